"""Checks of extractors: their Match tables without files, and what they make of good and damaged members."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import get_args

from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Artifact, Body, Context, Extractor, Finding, Note, Options, View
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Digest, File, Member, Subject
from cf_sbom.scan import Router
from cf_sbom.testing.damaged import garbage
from cf_sbom.testing.sandbox import Loud, quiet, raised
from cf_sbom.testing.shapes import faults, misfit

_INDEX = "info/index.json"  # without it there is no package: who reads it may refuse one and say which it is
CONTEXT = Context(options=Options(), limits=Limits())


def check_match(extractor: Extractor, wanted: Iterable[str | Member], unwanted: Iterable[str | Member] = ()) -> None:
    """The Match table by example: paths, or Members where kind or first bytes count. Nothing is read."""
    router = Router([extractor])
    for expected, members in ((True, wanted), (False, unwanted)):
        for given in members:
            member = Member(path=given, kind="file", size=0) if isinstance(given, str) else given
            if bool(router.route(member)) != expected:
                verb = "does not want" if expected else "wants"
                raise AssertionError(f"extractor {extractor.name}: {verb} the {member.kind} {member.path!r}")


def check_extractor(extractor: Extractor, samples: Mapping[str, bytes]) -> None:
    """read and join on good members (path -> bytes) and on garbage made from each: nothing is raised, all findings are
    well formed, the same bytes give the same findings, the body is not kept, and all is quiet."""
    check_match(extractor, [member_of(extractor, path, data) for path, data in samples.items()])
    bench = _Bench(extractor, samples)
    good = {path: bench.read(path, data, "as it is") for path, data in samples.items()}
    joined = bench.join([finding for found in good.values() for finding in found], "as they are")
    if samples and not joined and not any(good.values()):
        raise AssertionError(f"extractor {extractor.name}: finds nothing in its samples")
    bench.join([], "nothing was read")
    for path, data in samples.items():
        others = [finding for other, found in good.items() if other != path for finding in found]
        for what, damaged in garbage(data):
            found = bench.read(path, damaged, what)
            bench.join([*others, *found], f"{path}: {what}")


def member_of(extractor: Extractor, path: str, data: bytes) -> Member:
    """A sample as the pass would offer it: of the first kind that the extractor takes."""
    return Member(path=path, kind=extractor.match.kinds[0], size=len(data), head=data[:16])


def wanted(extractor: Extractor, samples: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of the samples that an extractor matches."""
    router = Router([extractor])
    return {path: data for path, data in samples.items() if router.route(member_of(extractor, path, data))}


class _Bench:
    """One extractor and the members it sees."""

    def __init__(self, extractor: Extractor, samples: Mapping[str, bytes]) -> None:
        self._extractor = extractor
        self._paths = frozenset(samples)
        self._files = {path: _file(path, data) for path, data in samples.items() if not path.startswith("info/")}
        self._is_subject = bool(Router([extractor]).route(Member(path=_INDEX, kind="file", size=0)))

    def read(self, path: str, data: bytes, what: str) -> list[Finding]:
        member = member_of(self._extractor, path, data)

        def once() -> list[Finding]:
            buffer = bytearray(data)
            body = Body(memoryview(buffer).toreadonly())
            kept = weakref.ref(body)
            found = self._call(place, (data,), self._extractor.read, member, body, CONTEXT)
            del body
            if kept() is not None:
                gc.collect()
            if kept() is not None:
                raise AssertionError(f"{place}: keeps its body, which is valid only during read")
            try:
                buffer.clear()
            except BufferError:
                raise AssertionError(f"{place}: keeps a view of its body; copy what is needed with bytes()") from None
            return found

        place = f"extractor {self._extractor.name}: {path} ({what})"
        return self._twice(place, once)

    def join(self, found: list[Finding], what: str) -> list[Finding]:
        join = self._extractor.join
        if join is None:
            return []
        view = View(
            notes=tuple(finding for finding in found if isinstance(finding, Note)),
            files=self._files,
            components=tuple(finding for finding in found if isinstance(finding, Component)),
            artifact=Artifact(container="conda", filename="demo-1.0-0.conda", size=1, digests=()),
        )
        place = f"extractor {self._extractor.name}: join ({what})"
        return self._twice(place, lambda: self._call(place, (), join, view, CONTEXT))

    def _twice(self, place: str, call: Callable[[], list[Finding]]) -> list[Finding]:
        first, second = call(), call()
        if [f for f in first if not isinstance(f, Note)] != [f for f in second if not isinstance(f, Note)]:
            raise AssertionError(f"{place}: the same bytes gave other findings the second time")
        for finding in first:
            self._check(place, finding)
        return first

    def _call(
        self, place: str, data: tuple[bytes, ...], call: Callable[..., Iterable[Finding]], *arguments: object
    ) -> list[Finding]:
        try:
            with quiet(data=data):
                return list(call(*arguments))
        except Loud as error:
            raise AssertionError(f"{place}: {error}, which a plugin must not") from error
        except TargetError as error:
            if self._is_subject:
                return []
            raise AssertionError(f"{place}: raises TargetError, which refuses the whole package: {error}") from error
        except Exception as error:
            raise AssertionError(f"{place}: {raised(error)}; give a Problem instead") from error

    def _check(self, place: str, finding: Finding) -> None:
        kind = type(finding).__name__
        if type(finding) not in get_args(Finding):
            raise AssertionError(f"{place}: gives a {kind}, which is no finding")
        if isinstance(finding, Subject) and not self._is_subject:
            raise AssertionError(f"{place}: gives a Subject, but {_INDEX} alone says which package this is")
        wrong = misfit(finding, type(finding), kind) or next(faults(finding, self._extractor.name, self._paths), "")
        if wrong:
            raise AssertionError(f"{place}: {wrong}")


def _file(path: str, data: bytes) -> File:
    digest = Digest(algorithm="sha256", value=sha256(data).hexdigest())
    return File(path=path, kind="file", size=len(data), digests=(digest,))
