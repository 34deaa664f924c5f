"""What is asked about, a package or a finished document -> its inventory, one Sbom.

Knows how a target is told from a document, and nothing of either. What questions are asked of it is the business of
`answers`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cf_sbom.documents import document_bytes, read_document
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.identity.purl import archive_type
from cf_sbom.limits import Limits
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry


def inventory(path: Path, options: Options, registry: Registry) -> Sbom:
    """The Sbom of a package, or the one that a document holds. Raises TargetError or DocumentError, which name it."""
    if is_document(path, registry):
        return document_inventory(path, options.limits)
    try:
        return describe(path, options, registry).sbom
    except TargetError as error:
        raise TargetError(f"{path.name or path}: {error}") from error


def is_document(path: Path, registry: Registry) -> bool:
    """Whether a path is a file that no source takes for a package. Raises TargetError where it cannot be read."""
    if not path.is_file() or archive_type(path.name):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise TargetError(f"{path.name}: cannot be read: {error.strerror}") from error
    return not any(source.accepts(path, head) for source in registry.sources)


def document_inventory(path: Path, limits: Limits) -> Sbom:
    """The Sbom that a document holds. Raises DocumentError, which names it."""
    try:
        return read_document(document_bytes(path, limits), limits).sbom()
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error}") from None


def without_losses(sbom: Sbom, registry: Registry) -> Sbom:
    """The same without the problems of formats, such as characters that one cannot carry: they are about the document
    that was read, not about the package."""
    formats = {emitter.name for emitter in registry.emitters}
    return replace(sbom, problems=tuple(problem for problem in sbom.problems if problem.by not in formats))
