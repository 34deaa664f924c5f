"""What programs and libraries ask of the loader, and what packagers want to know of how they were linked.

Knows what an rpath, a text relocation and an executable stack mean for a package, and what a binary says of its own
making; nothing of who provides a library. It alone tells that a binary is broken: the other readers of binaries pass
that over.
"""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom import model
from cf_sbom.binaries import Image, Linkage, elf
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.carried import Found
from cf_sbom.fields import Remark
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, hookimpl
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import GIB, Limits
from cf_sbom.model import Binary, BinaryKind, Member, Ownership
from cf_sbom.package_notes import read_note
from cf_sbom.rpaths import folder

NAME = "linkage"
MOST = 256
"""Versions of symbols and texts of a toolchain that are told of one binary; glibc itself defines some forty."""
_OPTIONAL = frozenset(("weak", "auxiliary"))
_NOTE = ".note.package"
_KINDS: dict[str, BinaryKind] = {"program": "program", "library": "library"}
# Where glibc takes a library that does not say as asking for an executable stack (stackinfo.h of each machine).
_STACKS_EXECUTABLE = frozenset(("x86", "x86_64", "arm", "ppc", "ppc64", "s390x", "mips"))


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=MAGICS),
        read=read,
        body_limit=2 * GIB,
        doc="needed libraries, rpaths, versions of symbols, build ids and package notes of ELF, Mach-O and PE files",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    file = body.shared(opened)
    reasons = dict.fromkeys(file.remarks)
    images = file.images
    if reasons and not images:
        yield model.Linkage(path=member.path, whole=False)
    for image in images:
        if image.kind == "object":
            continue  # it is linked by others
        before = len(reasons)
        linkage = read_linkage(image, context.limits, lambda text: reasons.setdefault(text))
        yield _told(member.path, linkage, whole=not before and len(reasons) == before)
        yield _made(member.path, linkage)
        yield from _noted(found, linkage, context.limits, lambda text: reasons.setdefault(text))
        _judge(found, image, linkage)
    if reasons:
        first, more = next(iter(reasons)), len(reasons) - 1
        found.damage(f"{first}; and {more} more of it is broken" if more else first)
    yield from dict.fromkeys(found.problems)


def _told(path: str, linkage: Linkage, *, whole: bool) -> model.Linkage:
    names = dict.fromkeys(needed.name for needed in linkage.needed if needed.name)
    sure = {needed.name for needed in linkage.needed if not _OPTIONAL & set(needed.how)}
    return model.Linkage(
        path=path,
        format=linkage.format,
        machine=linkage.machine,
        soname=linkage.name,
        needed=tuple(names),
        optional=tuple(name for name in names if name not in sure),
        rpaths=linkage.runpaths or linkage.rpaths,
        whole=whole,
    )


def _made(path: str, linkage: Linkage) -> Binary:
    return Binary(
        path=path,
        machine=linkage.machine,
        kind=_KINDS.get(linkage.kind, "other"),
        build_id=linkage.build_id,
        toolchain=_shown(linkage.toolchain),
        imported_versions=tuple((withheld(name), _shown(which)) for name, which in linkage.imported_versions[:MOST]),
        exported_versions=_shown(linkage.exported_versions),
    )


def _shown(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(withheld, texts[:MOST]))


def _noted(found: Found, linkage: Linkage, limits: Limits, remark: Remark) -> Iterable[Finding]:
    """The package that the binary says it was built for, which then owns the file."""
    if not linkage.package_note:
        return
    note = read_note(linkage.package_note, limits, lambda text: remark(f"{_NOTE}: {text}"))
    if note is not None:
        component = found.package(
            note.kind,
            note.name,
            note.version,
            namespace=note.system,
            qualifiers=note.qualifiers,
            title=note.name,
            field=_NOTE,
            registered=note.is_registered,
        )
        yield component
        yield Ownership(path=found.path, ref=component.ref)


def _judge(found: Found, image: Image, linkage: Linkage) -> None:
    """Problems that need no other file. Entries are counted, not shown: they may be places on the builder's machine."""
    rpaths = {*linkage.runpaths, *linkage.rpaths}
    outside = sorted(entry for entry in rpaths if folder(entry, found.path) is None and entry.startswith("/"))
    loose = sorted(entry for entry in rpaths if folder(entry, found.path) is None and not entry.startswith("/"))
    if outside:
        what = "an rpath that is" if len(outside) == 1 else f"{len(outside)} rpaths that are"
        found.problem(f"has {what} an absolute path outside of the package; use one relative to the file", "gap")
    if loose:
        what = "an rpath that leads" if len(loose) == 1 else f"{len(loose)} rpaths that lead"
        found.problem(f"has {what} out of the package, or to the folder a program is started in", "gap")
    if linkage.text_relocations:
        found.problem("has text relocations: the loader must write into its code; build it with -fPIC", "gap")
    if linkage.executable_stack:
        found.problem("asks for an executable stack; link it with -z noexecstack", "gap")
    is_loaded = linkage.kind == "library" and any(True for _ in image.each_part(elf.DYNAMIC))
    is_silent = image.format == "ELF" and linkage.executable_stack is None and linkage.machine in _STACKS_EXECUTABLE
    if is_loaded and is_silent:
        reason = "does not say that it needs no executable stack (PT_GNU_STACK), so it gets one"
        found.problem(f"{reason}; link it with -z noexecstack", "gap")
