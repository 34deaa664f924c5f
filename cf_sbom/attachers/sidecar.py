"""Documents as files beside the package: `x-1.0-0.conda` gets `x-1.0-0.conda.cdx.json`.

Knows where a document belongs; writing.py puts it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cf_sbom.hookspecs import Attacher, Options, hookimpl
from cf_sbom.model import Document
from cf_sbom.writing import write


@hookimpl
def cf_sbom_attachers() -> Iterable[Attacher]:
    yield Attacher(name="sidecar", attach=attach, doc="files beside the package, or in --output-dir")


def attach(target: Path, document: Document, options: Options) -> Path:
    """Write the sidecar of a target. Raises AttachError where that fails or would overwrite a document not of ours."""
    return write(place_of(target, document.suffix, options), document.data, force=options.force)


def place_of(target: Path, suffix: str, options: Options) -> Path:
    """Where the sidecar of a target stands."""
    resolved = target.resolve() if target.name in ("", "..") else target
    folder = options.output_dir if options.output_dir is not None else resolved.parent
    return folder / f"{resolved.name}{suffix}"
