"""Static libraries and import libraries: for which machine they are, what made them, and where an import library leads.

Knows what an archive of `ar` means in a package; nothing of which libraries are in its objects. It alone tells that an
archive is broken.
"""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom.binaries.archive import MAGICS, Archive, open_archives, open_objects
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.binaries.macho import FAT_MAGICS
from cf_sbom.carried import Found
from cf_sbom.fields import Remark
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, hookimpl
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import GIB, Limits
from cf_sbom.model import Binary, Member

NAME = "archives"
_LOOKED_AT = 256  # objects whose toolchain is asked; the others are made alike
MOST = 16
"""Texts of toolchains, machines and imported libraries of one archive that are told; a sound one has one or two."""


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=MAGICS),
        read=read,
        body_limit=2 * GIB,
        doc="machine, toolchain and number of objects of static libraries; the libraries that import libraries name",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    reasons: dict[str, None] = {}
    told: dict[str, Binary] = {}
    for archive in open_archives(body.getbuffer(), context.limits, lambda text: reasons.setdefault(text)):
        binary = _told(member.path, archive, context.limits, lambda text: reasons.setdefault(text))
        told.setdefault(binary.machine, binary)
        _judge(found, archive)
    yield from told.values()
    if reasons and (told or member.head[:4] not in FAT_MAGICS):  # of other fat files `linkage` tells
        first, more = next(iter(reasons)), len(reasons) - 1
        found.damage(f"{first}; and {more} more of it is broken" if more else first)
    yield from dict.fromkeys(found.problems)


def _told(path: str, archive: Archive, limits: Limits, remark: Remark) -> Binary:
    machines: dict[str, None] = dict.fromkeys(archive.machines)
    toolchain: dict[str, None] = {}
    for looked, (_, image) in enumerate(open_objects(archive, remark)):
        machines.setdefault(image.machine)
        if looked < _LOOKED_AT:
            toolchain |= dict.fromkeys(read_linkage(image, limits, remark).toolchain[:MOST])
    return Binary(
        path=path,
        machine=", ".join(sorted(machines)[:MOST]),
        kind="import library" if archive.is_import_library else "static library",
        toolchain=tuple(map(withheld, list(toolchain)[:MOST])),
        objects=archive.objects,
        imports=tuple(map(withheld, archive.imports[:MOST])),
    )


def _judge(found: Found, archive: Archive) -> None:
    """What cannot be looked into though nothing is broken."""
    bitcode = sum(member.is_bitcode for member in archive.members)
    if archive.thin:
        found.problem("is a thin archive: its objects are other files, which the package may not have", "gap")
    if bitcode:
        reason = f"{bitcode} of {archive.objects} objects are LLVM bitcode, in which no libraries are looked for"
        found.problem(reason, "gap")
