"""One inventory of what several documents speak of.

Knows the model. The root holds the root of each document; packages that are the same are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cf_sbom.documents import document_bytes, read_document
from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Options
from cf_sbom.identity.urls import withheld
from cf_sbom.joining import Rules, admitted, join
from cf_sbom.joining.apart import crossing
from cf_sbom.joining.opened import Opened, of_reading
from cf_sbom.joining.wholes import base_of, dated, root_of, with_lacking
from cf_sbom.model import Completeness, Problem, State

_BY = "merge"


def merge_documents(
    opened: Sequence[Opened], name: str, options: Options, *, unread: Sequence[DocumentError] = ()
) -> Description:
    """The inventory of what several documents speak of; the root holds the root of each. unread: why others could not
    be opened, which the inventory tells. Raises SettingsError where packages of several platforms would be linked, and
    DocumentError where the limit of members admits no document."""
    platforms = crossing([one.part for one in opened])
    if platforms:
        told = " and ".join(platforms)
        raise SettingsError(f"packages of {told} would be linked: merge the documents of each platform apart")
    root = root_of(name, "", "collection", options, ())
    parts, over = admitted([one.part for one in opened], 1, options.limits)
    if over and not parts:
        raise DocumentError(over[0].reason)
    why = "as the documents tell that were merged"
    if unread:
        why += f"; {len(unread)} could not be read"
    if over:
        why += f"; {len(opened) - len(parts)} were left out"
    state: State = "incomplete" if unread or over else "unknown"
    claim = Completeness(ref=root.ref, aspect="contents", state=state, why=why)
    created, doubt = dated(options.timestamp, max((one.created for one in opened), default=""))
    lost = (Problem(path="", reason=f"left out: {withheld(str(e))}", by=_BY, severity="damage") for e in unread)
    base = base_of(root, "", "collection", (root,), (), (*doubt, *lost, *over), (claim,))
    rules = Rules(limits=options.limits, build=options.build_packages != "none")
    return Description(sbom=with_lacking(join(base, parts, rules)), created=created)


def open_document(path: Path, options: Options) -> Opened:
    """A document of any format, to be merged. Raises DocumentError, which names it."""
    try:
        reading = read_document(document_bytes(path, options.limits), options.limits)
    except DocumentError as error:
        raise DocumentError(f"{path.name or path}: {error}") from None
    return of_reading(reading)
