"""What changed from one inventory to another: two packages, two documents, or one of each.

Knows the two sides only as `comparable` tells them. A question that one of the two cannot answer, such as which files
there are of a document that lists none, is not compared, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from cf_sbom.comparable import Content, Seen, Side, Told, Versions, side
from cf_sbom.coverage import ROLES
from cf_sbom.install_scripts import install_script, is_program
from cf_sbom.merging import grouped
from cf_sbom.model import FileRole, Sbom

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
    "dependency": "packages that it needs, the system's included, and their match specs",
    "constraint": "match specs that restrict other packages",
    "run_exports": "match specs given on to dependents",
    "linkage": "shared libraries that its binaries ask the loader for",
    "binary": "the glibc that its binaries need, their machines, toolchains and symbol versions, asked for and defined",
    "source": "what it was built from",
    "patch": "patches of the source",
    "script": "what runs by itself: link scripts, activation scripts, menu entries",
    "program": "what can be called: programs and entry points",
    "file": "packaged files, their bytes and what they are attributed to",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """changes are in the order of KINDS, then by name. sizes: bytes of the payload attributed to each role before and
    after, where both state them. skipped: what was not compared, and why."""

    old: Side
    new: Side
    changes: tuple[Change, ...]
    sizes: dict[FileRole, tuple[int, int]]
    skipped: tuple[str, ...]

    def by_kind(self) -> dict[ChangeKind, list[Change]]:
        """The changes of each kind that has any."""
        return grouped(self.changes, lambda change: change.kind)


def diff(old: Sbom, new: Sbom) -> Difference:
    """Compare two inventories. Linear in components, relations and files, but for sorting."""
    return compare(side(old), side(new))


def compare(before: Side, after: Side) -> Difference:
    """Compare two inventories by what they say."""
    found: list[Change] = []
    skipped = []
    for kind, told in _TOLD.items():
        found += _changes(kind, told(before), told(after))
    for kind, versions in _VERSIONS.items():
        found += _versions(kind, versions(before), versions(after))
    for what, lists, changes in _ONLY_OF_BOTH:
        lacking = [name for name, one in (("old", before), ("new", after)) if not lists(one)]
        if not lacking:
            found += changes(before, after)
        elif len(lacking) == 1 or what == "files":
            who = f"the {lacking[0]} one lists" if len(lacking) == 1 else "both list"
            skipped.append(f"{what}: {who} none")
    return Difference(
        old=before,
        new=after,
        changes=tuple(sorted(set(found), key=_place)),
        sizes={role: (before.sizes[role], after.sizes[role]) for role in ROLES} if before.sizes and after.sizes else {},
        skipped=tuple(skipped),
    )


# What is told as a name and a text; components and files are matched with more care.
_TOLD: dict[ChangeKind, Callable[[Side], Told]] = {
    "package": lambda one: one.package,
    "license": lambda one: one.licenses,
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


def _place(change: Change) -> tuple[object, ...]:
    return (_ORDER[change.kind], change.name, change.action, change.before, change.after, change.note)


_ORDER = {kind: number for number, kind in enumerate(KINDS)}


def _action(before: object, after: object) -> Action:
    """What happened to something, of which each side says something or nothing."""
    return "changed" if before and after else "removed" if before else "added"


def _changes(kind: ChangeKind, before: Told, after: Told) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            action: Action = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(kind=kind, name=name, action=action, before=old, after=new)


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
    if old.license != new.license:
        action = _action(old.license, new.license)
        yield Change(kind="license", name=name, action=action, before=old.license, after=new.license, note=_where(new))


def _where(seen: Seen) -> str:
    """Where it was seen first, and how often."""
    more = len(seen.paths) - 1
    return (seen.paths[0] + (f" and {more} more" if more else "")) if seen.paths else ""


def _payload(before: Side, after: Side) -> Iterator[Change]:
    """Files, and what those among them say that are binaries."""
    for path in {**before.files, **after.files}:
        yield from _file(path, before.files.get(path), after.files.get(path))
    yield from _changes("binary", before.binaries, after.binaries)


def _file(path: str, old: Content | None, new: Content | None) -> Iterator[Change]:
    """A file by its path; one that runs by itself or that can be called once more, as such."""
    if old and new and (old.size, old.sha256, old.link_target) == (new.size, new.sha256, new.link_target):
        return
    action = _action(old, new)
    before, after = (f"{one.size} bytes, {one.role}" if one else "" for one in (old, new))
    yield Change(kind="file", name=path, action=action, before=before, after=after)
    either = new or old
    if script := install_script(path):
        yield Change(kind="script", name=path, action=action, before=before, after=after, note=script)
    elif either and is_program(path, either.executable) and action != "changed":
        yield Change(kind="program", name=path, action=action, before=before, after=after)


# What a document may leave out as a whole: compared where both have it.
_ONLY_OF_BOTH: tuple[tuple[str, Callable[[Side], object], Callable[[Side, Side], Iterator[Change]]], ...] = (
    ("files", lambda one: one.lists_files, _payload),
    (
        "build packages",
        lambda one: one.build_packages,
        lambda before, after: _versions("build", before.build_packages, after.build_packages),
    ),
    (
        "licence texts",
        lambda one: one.license_texts,
        lambda before, after: _changes("license", before.license_texts, after.license_texts),
    ),
)
