"""What programs and libraries ask of the loader, and what packagers want to know of how they were linked.

Knows what an rpath, a text relocation and an executable stack mean for a package; nothing of who provides a library. It
alone tells that a binary is broken: the other readers of binaries pass that over.
"""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom import model
from cf_sbom.binaries import Linkage
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, hookimpl
from cf_sbom.limits import GIB
from cf_sbom.model import Member
from cf_sbom.rpaths import folder

NAME = "linkage"
_OPTIONAL = frozenset(("weak", "auxiliary"))


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=MAGICS),
        read=read,
        body_limit=2 * GIB,
        doc="needed libraries, rpaths, text relocations and executable stacks of ELF, Mach-O and PE files",
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
        _judge(found, linkage)
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


def _judge(found: Found, linkage: Linkage) -> None:
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
