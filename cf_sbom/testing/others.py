"""Checks of enrichers, attachers and sources. One that needs the network is not run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from cf_sbom.about import NAME
from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Attacher, Enricher, Options, SourceKind
from cf_sbom.model import Document, Sbom
from cf_sbom.testing.damaged import garbage
from cf_sbom.testing.emitters import sample_sboms
from cf_sbom.testing.extractors import CONTEXT
from cf_sbom.testing.packages import make_conda
from cf_sbom.testing.sandbox import Loud, quiet, raised
from cf_sbom.testing.shapes import misfit


def check_enricher(enricher: Enricher, sboms: Iterable[Sbom] = ()) -> None:
    """A whole Sbom comes back, the same twice, and all is quiet."""
    if enricher.network:
        return
    for sbom in (*sample_sboms(), *sboms):
        place = f"enricher {enricher.name}: {sbom.subject.name}"
        try:
            with quiet():
                enriched, again = enricher.enrich(sbom, CONTEXT), enricher.enrich(sbom, CONTEXT)
        except Loud as error:
            raise AssertionError(f"{place}: {error}, which a plugin must not") from error
        except Exception as error:
            raise AssertionError(f"{place}: {raised(error)}; give a Problem instead") from error
        if wrong := misfit(enriched, Sbom, "Sbom"):
            raise AssertionError(f"{place}: {wrong}")
        try:
            enriched.check()
        except AssertionError as error:
            raise AssertionError(f"{place}: what comes back is not whole: {error}") from error
        if enriched != again:
            raise AssertionError(f"{place}: the same Sbom gave another the second time")
        if (enriched.root, enriched.subject) != (sbom.root, sbom.subject):
            raise AssertionError(f"{place}: speaks of another package afterwards")


def check_attacher(attacher: Attacher) -> None:
    """A document goes where the returned path says, twice, and nothing else is touched."""
    if attacher.network:
        return
    place = f"attacher {attacher.name}"
    data = f'{{"tool": "{NAME}"}}'.encode()
    document = Document(
        format="demo-json",
        version="1",
        media_type="application/json",
        suffix=".demo.json",
        data=data,
        sha256=sha256(data).hexdigest(),
    )
    with tempfile.TemporaryDirectory(prefix="cf-sbom-") as folder:
        target = Path(folder, "demo-1.0-0.conda")
        target.write_bytes(make_conda({}))
        try:
            with quiet(writable=Path(folder)):
                written = {attacher.attach(target, document, Options()) for _ in range(2)}
        except Loud as error:
            raise AssertionError(f"{place}: {error} beside its target's folder, which a plugin must not") from error
        except Exception as error:
            raise AssertionError(f"{place}: {raised(error)}") from error
        if len(written) != 1 or not all(isinstance(path, Path) and path.exists() for path in written):
            raise AssertionError(f"{place}: returned {written}, which is not the one place of the document")
        if left := set(Path(folder).iterdir()) - {target} - written:
            raise AssertionError(f"{place}: left {sorted(path.name for path in left)} behind")


def check_source(source: SourceKind) -> None:
    """Files that are no packages are declined, or opened and refused with a TargetError, and all is quiet."""
    with tempfile.TemporaryDirectory(prefix="cf-sbom-") as folder:
        path = Path(folder, "demo-1.0-0.conda")
        for what, data in garbage(make_conda({"lib/a": b"a"})):
            place = f"source {source.name}: {what}"
            path.write_bytes(data)
            try:
                with quiet():
                    accepted = source.accepts(path, data[:16])
                    if accepted is True:
                        _walk(source, path)
            except TargetError:
                continue
            except Loud as error:
                raise AssertionError(f"{place}: {error}, which a plugin must not") from error
            except Exception as error:
                raise AssertionError(f"{place}: {raised(error)}, not TargetError") from error
            if not isinstance(accepted, bool):
                raise AssertionError(f"{place}: accepts gives a {type(accepted).__name__}, not a bool")


def _walk(source: SourceKind, path: Path) -> None:
    package = source.open(path, CONTEXT)
    try:
        for _, stream in package.members():
            while stream is not None and stream.read(1 << 16):
                pass
        package.artifact()
    finally:
        package.close()
