"""Checks of emitters: bytes that depend on Sbom and Stamp alone, for every version, whatever the text in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from itertools import product
from pathlib import Path

from cf_sbom.about import NAME, VERSION
from cf_sbom.errors import DocumentError
from cf_sbom.generate import NAMESPACE
from cf_sbom.hookspecs import Emitter
from cf_sbom.model import (
    BuildPackages,
    Component,
    Evidence,
    License,
    Occurrence,
    Problem,
    Relation,
    Sbom,
    Stamp,
    Text,
    found_ref,
)
from cf_sbom.testing.packages import describe_members
from cf_sbom.testing.sandbox import Loud, quiet, raised
from cf_sbom.validate import validate_own
from cf_sbom.writing import ours_or_absent

_CREATED = "2001-02-03T04:05:06Z"
_ODD = 'a "b"\n<c>&amp;</text>,;\t\x1b[31m\u202e\U0001f40d\\ =1+1 ]]>'
_BUILD_PACKAGES: tuple[BuildPackages | None, ...] = (None, "all", "none")


def check_emitter(emitter: Emitter, sboms: Iterable[Sbom] = ()) -> None:
    """Every version with these and with sample_sboms(): bytes, the same twice, without a clock, valid where there is an
    official schema, known as ours when they are to be written again; and all is quiet."""
    for sbom, stamp, version in emissions(emitter, sboms):
        _check(emitter, sbom, stamp, version)


def emissions(emitter: Emitter, sboms: Iterable[Sbom] = ()) -> Iterator[tuple[Sbom, Stamp, str]]:
    """The arguments of every emit: each version and each choice of a Stamp, with these and with sample_sboms()."""
    for sbom in (*sample_sboms(), *sboms):
        for version, list_files, build_packages in product(emitter.versions, (False, True), _BUILD_PACKAGES):
            stamp = Stamp(
                tool=NAME,
                tool_version=VERSION,
                created=_CREATED,
                namespace=NAMESPACE,
                list_files=list_files,
                build_packages=build_packages,
            )
            yield sbom, stamp, version


def _check(emitter: Emitter, sbom: Sbom, stamp: Stamp, version: str) -> None:
    place = f"emitter {emitter.name} {version}: {sbom.subject.name}"
    try:
        with quiet():
            data, again = emitter.emit(sbom, stamp, version), emitter.emit(sbom, stamp, version)
        validate_own(emitter.name, data)
    except Loud as error:
        raise AssertionError(f"{place}: {error}, which a plugin must not") from error
    except DocumentError as error:
        raise AssertionError(f"{place}: {error}") from error
    except Exception as error:
        raise AssertionError(f"{place}: {raised(error)}") from error
    if not isinstance(data, bytes) or not data:
        raise AssertionError(f"{place}: gives {'nothing' if not data else type(data).__name__}, not bytes")
    if data != again:
        raise AssertionError(f"{place}: the same Sbom gave other bytes the second time")
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    if today.encode() in data:
        raise AssertionError(f"{place}: holds the date of today; the only time is stamp.created")
    with tempfile.TemporaryDirectory(prefix="cf-sbom-") as folder:
        path = Path(folder, "document")
        path.write_bytes(data)
        if not ours_or_absent(path):
            raise AssertionError(
                f"{place}: is not known as ours, so the next run would refuse to write over it: "
                f'name the tool in the document, as "{NAME}", >{NAME}< or Tool: {NAME}-'
            )


@cache
def sample_sboms() -> tuple[Sbom, ...]:
    """A package with next to nothing, and one whose every text holds what a syntax could trip over."""
    bare = describe_members({}, index={"depends": None, "license": None, "timestamp": None})
    return bare, _odd(describe_members({"lib/a": b"\x00", "info/licenses/LICENSE": b"\xff\x00 text"}))


def _odd(sbom: Sbom) -> Sbom:
    ref = found_ref("lib/a", "library", _ODD)
    seen = Evidence(path="lib/a", field=_ODD, detail=_ODD, technique="binary", confidence=0.5, by="demo")
    component = Component(
        ref=ref,
        kind="library",
        name=_ODD,
        version=_ODD,
        licenses=(License(expression="MIT OR LicenseRef-odd", found=_ODD),),
        description=_ODD,
        occurrences=(Occurrence(path="lib/a", evidence=(seen,)),),
        properties=(("odd", _ODD),),
    )
    relations = (
        Relation(source=sbom.root, kind="contains", target=ref, evidence=(seen,)),
        Relation(source=sbom.root, kind="depends_on", target=ref, specs=(_ODD,)),
    )
    return replace(
        sbom,
        subject=replace(sbom.subject, name="odd"),
        components=tuple(sorted((*sbom.components, component), key=lambda c: c.ref)),
        relations=tuple(sorted((*sbom.relations, *relations), key=lambda r: (r.source, r.kind, r.target, r.scope))),
        texts=(*sbom.texts, Text(path="odd", media_type="text/plain", data=_ODD.encode())),
        problems=tuple(sorted((*sbom.problems, Problem(path="odd", reason=_ODD, by="demo", severity="gap")))),
    )
