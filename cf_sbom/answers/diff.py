"""What changed from one inventory to another: two packages, two documents, or one of each.

Knows the two sides only as `comparable` tells them. A question that one of the two cannot answer, such as which files
there are of a document that lists none, is not compared, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

from cf_sbom.comparable import NO_VERSION, Seen, Side, Told, Versions, side
from cf_sbom.coverage import ROLES
from cf_sbom.identity.licenses import is_same
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.install_scripts import install_script
from cf_sbom.merging import grouped
from cf_sbom.model import FileRole, Sbom
from cf_sbom.payloads import Content, calling, described, is_alike

Action: TypeAlias = Literal["added", "removed", "changed"]
ChangeKind: TypeAlias = Literal[
    "package",
    "license",
    "component",
    "bundled",
    "static",
    "candidate",
    "dependency",
    "constraint",
    "run_exports",
    "linkage",
    "binary",
    "source",
    "patch",
    "script",
    "program",
    "file",
    "build",
    "problem",
]
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
MEANING: dict[ChangeKind, str] = {
    "package": "the package's own name, version, build, platform, description or supplier",
    "license": "licence expressions of the package and of what it carries; the package's licence texts",
    "component": "what the package carries, as metadata states it",
    "bundled": "libraries that the package carries, told by their bytes or file names alone",
    "static": "libraries linked into its binaries",
    "candidate": "what it may carry, not proven",
    "dependency": "what it needs, directly or through others, the system's included: match specs and versions",
    "constraint": "match specs that restrict other packages",
    "run_exports": "match specs given on to dependents",
    "linkage": "shared libraries that its binaries ask the loader for, but for those of the system",
    "binary": "the glibc that its binaries need, their machines, toolchains and symbol versions, asked for and defined",
    "source": "what it was built from",
    "patch": "patches of the source",
    "script": "what acts by itself: link and activation scripts, variables, menu entries, what Python runs at start",
    "program": "what can be called: programs, entry points, and what is setuid or setgid",
    "file": "packaged files: bytes, what they are attributed to, whether they are executable, setuid or setgid",
    "build": "packages of the build and host environments",
    "problem": "what is missing, contradictory or broken",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """One difference. name is what it is about, by which the two sides were matched; before and after are what each
    says of it, "" where that side lacks it; note says more, such as a path or a scope."""

    kind: ChangeKind
    name: str
    action: Action
    before: str = ""
    after: str = ""
    note: str = ""


class Skipped(NamedTuple):
    """Something that was not compared, and why; kinds are those of which changes may be missing for that. remedy says
    how documents are made that can be compared, "" where nothing helps."""

    what: str
    why: str
    kinds: tuple[ChangeKind, ...]
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """changes are in the order of KINDS, then by name. sizes: bytes of the payload attributed to each role before and
    after, where both state them."""

    old: Side
    new: Side
    changes: tuple[Change, ...]
    sizes: dict[FileRole, tuple[int, int]]
    skipped: tuple[Skipped, ...]

    def by_kind(self) -> dict[ChangeKind, list[Change]]:
        """The changes of each kind that has any."""
        return grouped(self.changes, lambda change: change.kind)

    def unanswered(self, kinds: Collection[ChangeKind]) -> dict[Skipped, list[ChangeKind]]:
        """What was skipped, and which of these kinds nobody can therefore say that nothing of changed."""
        asked = {one: [kind for kind in one.kinds if kind in kinds] for one in self.skipped}
        return {one: found for one, found in asked.items() if found}


def diff(old: Sbom, new: Sbom) -> Difference:
    """Compare two inventories. Linear in components, relations and files, but for sorting."""
    return compare(side(old), side(new))


def compare(before: Side, after: Side) -> Difference:
    """Compare two inventories by what they say."""
    skipped = tuple(_skipped(before, after))
    left_out = {one.what for one in skipped}
    found = list(_changes("license", {after.name: before.license}, {after.name: after.license}))
    for kind, told in _TOLD.items():
        found += _changes(kind, told(before), told(after))
    for kind, versions in _VERSIONS.items():
        found += _versions(kind, versions(before), versions(after))
    found += _required(before, after)
    if _BUILD not in left_out:
        found += _versions("build", before.build_packages, after.build_packages)
    if _TEXTS not in left_out:
        found += _changes("license", *_unlike(before.license_texts, after.license_texts))
    if _FILES not in left_out:
        found += _payload(_known(before.files, left_out), _known(after.files, left_out))
    if not left_out & {_FILES, _BINARIES}:
        found += _changes("binary", before.binaries, after.binaries)
        found += _defined(before.defined, after.defined)
    return Difference(
        old=before,
        new=after,
        changes=tuple(sorted(set(found), key=_place)),
        sizes={role: (before.sizes[role], after.sizes[role]) for role in ROLES} if before.sizes and after.sizes else {},
        skipped=skipped,
    )


# What is told as a name and a text; components and files are matched with more care.
_TOLD: dict[ChangeKind, Callable[[Side], Told]] = {
    "package": lambda one: one.package,
    "dependency": lambda one: one.dependencies,
    "constraint": lambda one: one.constraints,
    "run_exports": lambda one: one.run_exports,
    "linkage": lambda one: one.linkage,
    "binary": lambda one: one.glibc,
    "source": lambda one: one.sources,
    "patch": lambda one: one.patches,
    "program": lambda one: one.entry_points,
    "problem": lambda one: one.problems,
}
_VERSIONS: dict[ChangeKind, Callable[[Side], Versions]] = {
    "component": lambda one: one.components,
    "bundled": lambda one: one.bundled,
    "static": lambda one: one.static,
    "candidate": lambda one: one.candidates,
}

_FILES, _LINKS, _MODES = "files", "links", "permissions of files"
_ROLES, _BINARIES = "attribution of files", "what binaries say of themselves"
_BUILD, _TEXTS, _RESOLVED = "build packages", "licence texts", "resolved versions of dependencies"


class _Part(NamedTuple):
    """What one side may leave out as a whole. lacks: whether the first leaves it out, beside the second."""

    what: str
    lacks: Callable[[Side, Side], bool]
    kinds: tuple[ChangeKind, ...]
    remedy: str = ""
    amount: str = "none"


_PARTS = (
    _Part(_FILES, lambda one, _: not one.lists_files, ("binary", "script", "program", "file"), "generate --files all"),
    _Part(_LINKS, lambda one, _: "links" in one.unlisted, ("script", "program", "file"), "CycloneDX or SPDX 3"),
    _Part(_MODES, lambda one, _: not _has_modes(one), ("program", "file")),
    _Part(_ROLES, lambda one, _: bool(one.files) and not one.sizes, ("file",)),
    _Part(_BINARIES, lambda one, _: bool(one.files) and not (one.sizes or one.binaries), ("binary",)),
    _Part(
        _BUILD,
        lambda one, other: _BUILD in one.unlisted or _is_silent(one, one.build_packages, other.build_packages),
        ("build",),
        "generate --build-packages all",
    ),
    _Part(
        _TEXTS,
        lambda one, other: _TEXTS in one.unlisted or _is_silent(one, one.license_texts, other.license_texts),
        ("license",),
        "CycloneDX",
    ),
    _Part(
        _RESOLVED,
        lambda one, other: bool(one.specs.keys() & _resolved(other) - _resolved(one)),
        ("dependency", "license"),
        "generate --prefix",
        "not all",
    ),
)
_OF_FILES = (_LINKS, _MODES, _ROLES, _BINARIES)  # a document of ours that lists files has the latter three


def _skipped(before: Side, after: Side) -> Iterator[Skipped]:
    """The parts that a side leaves out; of files that are not compared there are no others."""
    listed = before.lists_files and after.lists_files
    for part in _PARTS:
        lacking = [
            name
            for name, one, other in (("old", before, after), ("new", after, before))
            if part.lacks(one, other) and (listed or part.what not in _OF_FILES)
        ]
        if lacking:
            why = f"the {lacking[0]} one lists" if len(lacking) == 1 else "both list"
            yield Skipped(part.what, f"{why} {part.amount}", part.kinds, part.remedy)


def _is_silent(one: Side, told: Collection[str], others: Collection[str]) -> bool:
    """Whether a document tells nothing of what the other side has; of a package it is known that it has none."""
    return one.of_document and not told and bool(others)


def _has_modes(one: Side) -> bool:
    return all(content.mode is not None for content in one.files.values() if content.sha256)


def _resolved(one: Side) -> set[str]:
    """What there is a match spec and a version of."""
    return {name for name in one.specs if not all(v.startswith(NO_VERSION) for v in one.required.get(name, ()))}


def _place(change: Change) -> tuple[object, ...]:
    return (_ORDER[change.kind], change.name, change.action, change.before, change.after, change.note)


_ORDER = {kind: number for number, kind in enumerate(KINDS)}


def _action(before: object, after: object) -> Action:
    """What happened to something, of which each side says something or nothing."""
    return "changed" if before and after else "removed" if before else "added"


def _changes(kind: ChangeKind, before: Told, after: Told) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new and not (kind == "license" and is_same(old, new)):
            action: Action = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(kind=kind, name=name, action=action, before=old, after=new)


def _unlike(before: Told, after: Told) -> tuple[Told, Told]:
    """Both without what the other one says, too, be it under another name, as of a text that has moved. Of what is left
    a lone one belongs to a lone one: not every document knows what a text is called."""
    both = {*before.values()} & {*after.values()}
    left, right = ({name: text for name, text in one.items() if text not in both} for one in (before, after))
    if len(left) == len(right) == 1:
        (was, old), (now, new) = *left.items(), *right.items()
        name = was if "/" in was else now
        return {name: old}, {name: new}
    return left, right


def _required(before: Side, after: Side) -> Iterator[Change]:
    """What is needed, by its versions. Match specs are told elsewhere; a version is told beside one only where it says
    more: both sides have one of their own for a spec that leaves it open."""
    apart = (before.specs.keys() & after.specs.keys()) & (_resolved(before) ^ _resolved(after))
    for change in _versions("dependency", before.required, after.required):
        old, new = before.specs.get(change.name, ()), after.specs.get(change.name, ())
        come_or_gone = bool(old) != bool(new) and change.action != "changed"
        is_exact = _is_exact(old, change.before) and _is_exact(new, change.after)
        if change.name not in apart and (change.kind != "dependency" or not (come_or_gone or is_exact)):
            yield change


def _is_exact(specs: Collection[str], version: str) -> bool:
    """Whether a match spec says as much as the version that was found for it."""
    return bool(version) and any(parse_spec(spec).version == version.partition(" ")[0] for spec in specs)


def _versions(kind: ChangeKind, before: Versions, after: Versions) -> Iterator[Change]:
    """Components matched by what they are without a version. Of several versions of one those that both sides have are
    no change, of the rest the ones at the same place belong together, then a lone one to a lone one."""
    for name in {**before, **after}:
        olds, news = before.get(name, {}), after.get(name, {})
        pairs = [(version, version) for version in olds if version in news]
        changed = list(_matched(_without(olds, news), _without(news, olds)))
        for old, new in changed:
            note = _where(news[new] if new else olds[old])
            yield Change(kind=kind, name=name, action=_action(old, new), before=old, after=new, note=note)
        for old, new in (*pairs, *changed):
            if old and new and kind != "build":
                yield from _license(name, olds[old], news[new])


def _without(some: Mapping[str, Seen], others: Mapping[str, Seen]) -> dict[str, Seen]:
    """The versions that the other side lacks, in order."""
    return {version: some[version] for version in sorted(some.keys() - others.keys())}


def _matched(gone: Mapping[str, Seen], come: Mapping[str, Seen]) -> Iterator[tuple[str, str]]:
    """Pairs of versions, "" for none."""
    places = {path: version for version, seen in come.items() for path in seen.paths}
    left = dict.fromkeys(come)
    alone = []
    for version, seen in gone.items():
        there = (places.get(path) for path in seen.paths)
        other = next((one for one in there if one in left), None)
        if other is None:
            alone.append(version)
        else:
            del left[other]
            yield version, other
    if len(alone) == len(left) == 1:
        yield alone[0], next(iter(left))
        return
    yield from ((version, "") for version in alone)
    yield from (("", version) for version in left)


def _license(name: str, old: Seen, new: Seen) -> Iterator[Change]:
    """The licences of what is carried on both sides."""
    if not is_same(old.license, new.license):
        action = _action(old.license, new.license)
        yield Change(kind="license", name=name, action=action, before=old.license, after=new.license, note=_where(new))


def _where(seen: Seen) -> str:
    """Where it was seen first, and how often."""
    more = len(seen.paths) - 1
    return (seen.paths[0] + (f" and {more} more" if more else "")) if seen.paths else ""


def _defined(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> Iterator[Change]:
    """The versions of symbols that each library defines on one side only."""
    for library in {**before, **after}:
        old, new = before.get(library, frozenset()), after.get(library, frozenset())
        name, gone, come = f"{library} defines", ", ".join(sorted(old - new)), ", ".join(sorted(new - old))
        if gone:
            yield Change(kind="binary", name=name, action="removed", before=gone)
        if come:
            yield Change(kind="binary", name=name, action="added", after=come)


def _known(files: Mapping[str, Content], left_out: Collection[str]) -> Mapping[str, Content]:
    """The files without what one of the sides does not tell of any."""
    if _LINKS in left_out:
        files = {path: one for path, one in files.items() if one.sha256 or not one.link_target}
    if _MODES in left_out:
        files = {path: one._replace(mode=None, executable=False) for path, one in files.items()}
    if _ROLES in left_out:
        files = {path: one._replace(role="unexplained") for path, one in files.items()}
    return files


def _payload(before: Mapping[str, Content], after: Mapping[str, Content]) -> Iterator[Change]:
    for path in {**before, **after}:
        yield from _file(path, before.get(path), after.get(path))


def _file(path: str, old: Content | None, new: Content | None) -> Iterator[Change]:
    """A file by its path; one that runs by itself or that can be called once more, as such."""
    if old and new and is_alike(old, new):
        return
    action = _action(old, new)
    before, after = (described(one) if one else "" for one in (old, new))
    if old and new and before == after:
        before, after = (f"{described(one)}, sha256 {one.sha256[:12]}" for one in (old, new))
    yield Change(kind="file", name=path, action=action, before=before, after=after)
    if script := install_script(path):
        yield Change(kind="script", name=path, action=action, before=before, after=after, note=script)
    elif calling(path, old) != calling(path, new):
        yield Change(kind="program", name=path, action=action, before=before, after=after)
