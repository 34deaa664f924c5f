"""The packaged files against the package's own list of them: paths.json, else `files` and `has_prefix` (CEP 34).

Knows the list and the digests of the pass. Every difference is a Problem: real packages have some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.limits import MIB
from cf_sbom.links import follow
from cf_sbom.model import File, Member, Problem
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import member_path

NAME = "paths"
PATHS, FILES, HAS_PREFIX = "info/paths.json", "info/files", "info/has_prefix"


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(PATHS, FILES, HAS_PREFIX)),
        read=read,
        join=join,
        body_limit=256 * MIB,
        doc="the packaged files against info/paths.json or info/files",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    if member.path == PATHS:
        try:
            yield Note(key=PATHS, value=parse_json(body.getbuffer(), context.limits))
        except ParseError as error:
            found.damage(str(error))
    else:
        size, limit = context.limits.json_size, context.limits.members
        data = bytes(body.getbuffer()[: size + 1])
        if len(data) > size:
            found.damage(f"larger than {size} bytes (limit json_size); not read")
        elif data.count(b"\n") > limit:
            found.damage(f"more than {limit} lines (limit members); not read")
        else:
            yield Note(key=member.path, value=data)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    tree = view.note(PATHS)
    if context.options.metadata_only:
        return
    if tree is not None:
        yield from _against_paths(tree, view.files, context)
    elif view.note(FILES) is not None:
        yield from _against_lists(view, context)
    else:
        found = Found(NAME, PATHS)
        found.problem("missing, and so is info/files: the payload cannot be compared with a list", "gap")
        yield from found.problems


def _against_paths(tree: object, files: Mapping[str, File], context: Context) -> Iterator[Problem]:
    found = Found(NAME, PATHS)
    fields = Fields(tree, context.limits, found.damage)
    listed: set[str] = set()
    for entry in fields.each("paths", context.limits.members):
        path = member_path(entry.text("_path"))
        if not path:
            found.damage(f"{entry.where()}: has no _path")
            continue
        if path in listed:
            yield _damaged(path, f"listed twice in {PATHS}")
        listed.add(path)
        file = files.get(path)
        if file is None:
            if entry.text("path_type") != "directory":
                yield _damaged(path, f"listed in {PATHS} but not in the package")
        else:
            yield from _compare(file, entry, files)
    yield from _unlisted(files, listed, PATHS)
    yield from found.problems


def _compare(file: File, entry: Fields, files: Mapping[str, File]) -> Iterator[Problem]:
    size, sha256 = entry.integer("size_in_bytes"), entry.text("sha256").lower()
    stated_link = entry.text("path_type") == "softlink"
    if (file.kind == "softlink") != stated_link:
        yield _damaged(file.path, f"{file.kind} in the package but {entry.text('path_type')} in {PATHS}")
        return
    if file.kind == "softlink":
        yield from _compare_link(file, size, sha256, files)
        return
    if size is not None and size != file.size:
        yield _damaged(file.path, f"{file.size} bytes in the package but {size} in {PATHS}")
    if sha256 and sha256 != _sha256(file):
        yield _damaged(file.path, f"sha256 differs from the one in {PATHS}")


def _compare_link(file: File, size: int | None, sha256: str, files: Mapping[str, File]) -> Iterator[Problem]:
    """conda-build states digest and size of the target, rattler-build the target's digest and the size of the link's
    text, old builders nothing and 0; a target outside the package cannot be compared."""
    target = follow(file, files)
    if target is None:
        return
    if sha256 and sha256 != _sha256(target):
        yield _damaged(file.path, f"sha256 of the link's target differs from the one in {PATHS}")
    if size not in (None, 0, target.size, len(file.link_target.encode())):
        yield _damaged(file.path, f"size of the link or its target differs from {size} in {PATHS}")


def _against_lists(view: View, context: Context) -> Iterator[Problem]:
    """Before paths.json there were plain lists without digests."""
    listed = set(_lines(view.note(FILES)))
    for path in sorted(listed - set(view.files)):
        yield _damaged(path, f"listed in {FILES} but not in the package")
    yield from _unlisted(view.files, listed, FILES)
    for line in _lines(view.note(HAS_PREFIX)):
        path = line.split(" ")[-1].strip("\"'") if line.count(" ") >= 2 else line
        if path not in view.files:
            yield _damaged(path, f"listed in {HAS_PREFIX} but not in the package")


def _unlisted(files: Iterable[str], listed: set[str], where: str) -> Iterator[Problem]:
    for path in sorted(set(files) - listed):
        yield _damaged(path, f"in the package but not listed in {where}")


def _lines(data: object) -> list[str]:
    text = data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else ""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _sha256(file: File) -> str:
    return next((d.value for d in file.digests if d.algorithm == "sha256"), "")


def _damaged(path: str, reason: str) -> Problem:
    return Problem(path=path, reason=reason, by=NAME, severity="damage")
