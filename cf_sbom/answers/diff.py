"""What changed from one inventory to another: two packages, two documents, or one of each.

Knows the model only. A question that one of the two cannot answer, such as which files there are of a document that
lists none, is not compared, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

from cf_sbom import properties as names
from cf_sbom.coverage import ROLES, stated_sizes
from cf_sbom.identity.purl import without_version
from cf_sbom.install_scripts import install_script, is_program
from cf_sbom.merging import evidence_of, grouped
from cf_sbom.model import Component, File, FileRole, Sbom
from cf_sbom.placement import place

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
_LIBRARY_VERSION = re.compile(r"(?<=\.so)\.[0-9.]+\Z|\.[0-9.]+(?=\.dylib\Z)", re.ASCII)
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

    old: Sbom
    new: Sbom
    changes: tuple[Change, ...]
    sizes: dict[FileRole, tuple[int, int]]
    skipped: tuple[str, ...]

    def by_kind(self) -> dict[ChangeKind, list[Change]]:
        """The changes of each kind that has any."""
        return grouped(self.changes, lambda change: change.kind)


def diff(old: Sbom, new: Sbom) -> Difference:
    """Compare two inventories. Linear in components, relations and files, but for sorting."""
    before, after = _Side(old), _Side(new)
    found: list[Change] = []
    skipped = []
    for kind, told in _TOLD.items():
        found += _changes(kind, told(before), told(after))
    found += _components(before, after)
    for what, lists, compare in _ONLY_OF_BOTH:
        lacking = [name for name, side in (("old", before), ("new", after)) if not lists(side)]
        if not lacking:
            found += compare(before, after)
        elif len(lacking) == 1 or what == "files":
            who = f"the {lacking[0]} one lists" if len(lacking) == 1 else "both list"
            skipped.append(f"{what}: {who} none")
    return Difference(
        old=old,
        new=new,
        changes=tuple(sorted(set(found), key=lambda change: (KINDS.index(change.kind), change))),
        sizes=_sizes(before.sizes, after.sizes),
        skipped=tuple(skipped),
    )


class _Side:
    """One of the two inventories, asked for what can be compared: names, and what is said of each."""

    def __init__(self, sbom: Sbom) -> None:
        self.sbom = sbom
        self.placement = place(sbom)
        self.root = self.placement.root
        self.by_ref: Mapping[str, Component] = {component.ref: component for component in sbom.components}
        self.sizes = stated_sizes(self.root)

    def lists_files(self) -> bool:
        """Whether all files are there to be compared: a payload without any is no document that leaves them out."""
        return bool(self.sbom.files) or (bool(self.sizes) and not any(self.sizes.values()))

    def package(self) -> dict[str, str]:
        subject, root = self.sbom.subject, self.root
        told = {
            "name": root.name,
            "version": root.version,
            "build": subject.build,
            "platform": subject.subdir,
            "noarch": " ".join(self._stated(names.NOARCH)),
            "channel": subject.channel,
            "kind": root.kind,
            "description": root.description,
            "supplier": root.supplier.name if root.supplier else "",
            "manufacturer": root.manufacturer.name if root.manufacturer else "",
        }
        told |= {link.kind: link.url for link in root.links if link.kind in ("website", "vcs", "documentation")}
        return {name: value for name, value in told.items() if value}

    def licenses(self) -> dict[str, str]:
        """What the package declares."""
        return {self.root.name: " AND ".join(sorted(lic.expression for lic in self.root.licenses)) or "not declared"}

    def license_texts(self) -> dict[str, str]:
        """The first digits of the SHA-256 of the package's licence texts."""
        texts = (t for t in self.sbom.texts if t.path.startswith("info/") and "#/" not in t.path)
        return {t.path: sha256(t.data).hexdigest()[:12] for t in texts}

    def dependencies(self) -> dict[str, str]:
        needed: list[tuple[str, str]] = []
        for relation in self.placement.outgoing.get(self.sbom.root, ()):
            target = self.by_ref.get(relation.target)
            if relation.kind == "depends_on" and target is not None and not self._is_carried(target):
                scope = "" if relation.scope == "runtime" else f" ({relation.scope})"
                needed += ((target.name, f"{spec}{scope}") for spec in relation.specs or (target.name,))
        return _joined([*needed, *((_first(spec), spec) for spec in self._stated(names.VIRTUAL_DEPENDS))])

    def constraints(self) -> dict[str, str]:
        restricting = (r for r in self.sbom.relations if r.kind == "constrains")
        stated = [*(spec for r in restricting for spec in r.specs), *self._stated(names.VIRTUAL_CONSTRAINS)]
        return _joined((_first(spec), spec) for spec in stated)

    def run_exports(self) -> dict[str, str]:
        exported = (
            (name.removeprefix(names.RUN_EXPORTS), spec)
            for name, spec in self.root.properties
            if name.startswith(names.RUN_EXPORTS)
        )
        return _joined((f"{_first(spec)} ({kind})", spec) for kind, spec in exported)

    def linkage(self) -> dict[str, str]:
        """The libraries asked for, and the package or component that provides each."""
        linked = {relation.target for relation in self.sbom.relations if relation.kind == "links_to"}
        asked = []
        for component in (self.by_ref[ref] for ref in sorted(linked) if ref in self.by_ref):
            sonames = [value for name, value in component.properties if name == names.LINKED]
            asked += [(soname, component.name) for soname in sonames or [component.name]]
        return _joined(asked)

    def glibc(self) -> dict[str, str]:
        """The one that its binaries need; the property is there though no files are listed."""
        return _joined(("glibc", f">={version}") for version in self._stated(names.GLIBC))

    def binaries(self) -> dict[str, str]:
        """What all binaries together say, whatever their paths, since these bear versions: their machines and
        toolchains, of each family of symbol versions but glibc's the highest that they ask for, and each that a
        library defines."""
        told: list[tuple[str, str]] = []
        highest: dict[str, str] = {}
        for binary in self.sbom.binaries:
            told += (("machine", machine) for machine in binary.machine.split(",") if machine)
            told += (("toolchain", text) for text in binary.toolchain)
            name = _LIBRARY_VERSION.sub("", binary.path.rpartition("/")[2])
            told += ((f"{name} defines {version}", "defined") for version in binary.exported_versions)
            for version in (version for _, asked in binary.imported_versions for version in asked):
                family, _, number = version.rpartition("_")
                if family not in ("", "GLIBC") and number[:1].isdigit():
                    highest[family] = max(highest.get(family, ""), number, key=_numbers)
        return _joined([*told, *((f"{family} asked for", f">={number}") for family, number in highest.items())])

    def sources(self) -> dict[str, str]:
        """What the package was built from: each name with version, address and the first digits of a digest."""
        made_of = {relation.target for relation in self.sbom.relations if relation.kind == "built_from"}
        found = []
        for component in (self.by_ref[ref] for ref in sorted(made_of) if ref in self.by_ref):
            urls = sorted(link.url for link in component.links if link.kind in ("source", "distribution", "vcs"))
            digests = [f"{d.algorithm}:{d.value[:12]}" for d in component.digests if d.algorithm != "md5"]
            name = without_version(component.purl) or component.name
            found.append((name, " ".join([component.version, *urls, *digests]).strip()))
        return _joined(found)

    def patches(self) -> dict[str, str]:
        """The patches by file name, with the first digits of the SHA-256 of their text."""
        held = ((p.path.rpartition("/")[2], p.text) for p in self.sbom.patches)
        return {name: sha256(text.data).hexdigest()[:12] if text else "not in the package" for name, text in held}

    def problems(self) -> dict[str, str]:
        return {f"{p.path}: {p.reason}" if p.path else p.reason: p.severity for p in self.sbom.problems}

    def entry_points(self) -> dict[str, str]:
        """Commands that an installer makes."""
        stated = (text.partition("=") for text in self._stated(names.ENTRY_POINT))
        return {name.strip(): f"entry point {target.strip()}" for name, _, target in stated}

    def components(self) -> Iterator[tuple[ChangeKind, Component]]:
        """What is carried or may be, each by the kind of change that it would be."""
        for component in self.placement.sections["carried"]:
            incoming = self.placement.incoming.get(component.ref, ())
            techniques = {evidence.technique for evidence in evidence_of(component)}
            if any(relation.kind == "static_link" for relation in incoming):
                yield "static", component
            else:
                yield "bundled" if techniques and techniques <= {"binary", "filename"} else "component", component
        for component in self.placement.sections["candidate"]:
            yield "candidate", component

    def build_packages(self) -> Iterator[tuple[ChangeKind, Component]]:
        """Those of the build and host environments."""
        made_with = {r.target for r in self.sbom.relations if r.kind in ("build_tool", "host")}
        for ref in sorted(made_with & set(self.by_ref)):
            yield "build", self.by_ref[ref]

    def _stated(self, wanted: str) -> list[str]:
        return [value for name, value in self.root.properties if name == wanted]

    def _is_carried(self, component: Component) -> bool:
        return any(relation.kind == "contains" for relation in self.placement.incoming.get(component.ref, ()))


# What is told as a name and a text; components and files are matched with more care.
_TOLD: dict[ChangeKind, Callable[[_Side], dict[str, str]]] = {
    "package": _Side.package,
    "license": _Side.licenses,
    "dependency": _Side.dependencies,
    "constraint": _Side.constraints,
    "run_exports": _Side.run_exports,
    "linkage": _Side.linkage,
    "binary": _Side.glibc,
    "source": _Side.sources,
    "patch": _Side.patches,
    "program": _Side.entry_points,
    "problem": _Side.problems,
}


def _changes(kind: ChangeKind, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            action: Action = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(kind=kind, name=name, action=action, before=old, after=new)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All that is said of each name, in one order."""
    return {
        name: " and ".join(sorted({text for _, text in same}))
        for name, same in grouped(pairs, lambda pair: pair[0]).items()
    }


def _first(spec: str) -> str:
    return spec.split(maxsplit=1)[0] if spec.strip() else spec


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a symbol version, by which the higher is told; one longer than any library has counts as 0."""
    parts = version.split(".")
    return tuple(int(part) if part.isascii() and part.isdigit() and len(part) < 10 else 0 for part in parts)


def _components(before: _Side, after: _Side) -> Iterator[Change]:
    return _versions(before.components(), after.components())


def _build_packages(before: _Side, after: _Side) -> Iterator[Change]:
    return _versions(before.build_packages(), after.build_packages())


def _payload(before: _Side, after: _Side) -> Iterator[Change]:
    """Files, and what those among them say that are binaries."""
    yield from _files(before, after)
    yield from _changes("binary", before.binaries(), after.binaries())


def _license_texts(before: _Side, after: _Side) -> Iterator[Change]:
    return _changes("license", before.license_texts(), after.license_texts())


_Kinds: TypeAlias = Iterable[tuple[ChangeKind, Component]]


def _versions(before: _Kinds, after: _Kinds) -> Iterator[Change]:
    """Components matched by what they are without a version. Of several versions of one those that both sides have are
    no change, of the rest the ones at the same place belong together, then a lone one to a lone one."""
    old = grouped(before, lambda found: (found[0], _name(found[1])))
    new = grouped(after, lambda found: (found[0], _name(found[1])))
    for kind, name in {**old, **new}:
        olds = {_version(c): c for _, c in old.get((kind, name), ())}
        news = {_version(c): c for _, c in new.get((kind, name), ())}
        for version in olds.keys() & news.keys():
            yield from _license(kind, name, olds[version], news[version])
        gone = [olds[version] for version in sorted(olds.keys() - news.keys())]
        come = [news[version] for version in sorted(news.keys() - olds.keys())]
        for one, other in _matched(gone, come):
            yield Change(
                kind=kind,
                name=name,
                action="added" if one is None else "removed" if other is None else "changed",
                before=_version(one) if one else "",
                after=_version(other) if other else "",
                note=_where(other or one),
            )
            if one and other:
                yield from _license(kind, name, one, other)


def _matched(
    gone: list[Component], come: list[Component]
) -> Iterator[tuple[Component, None] | tuple[None, Component] | tuple[Component, Component]]:
    places = {occurrence.path: component for component in come for occurrence in component.occurrences}
    left = {component.ref: component for component in come}
    alone = []
    for component in gone:
        there = (places.get(occurrence.path) for occurrence in component.occurrences)
        other = next((c for c in there if c is not None and c.ref in left), None)
        if other is not None:
            del left[other.ref]
            yield component, other
        else:
            alone.append(component)
    if len(alone) == len(left) == 1:
        yield alone[0], next(iter(left.values()))
        return
    yield from ((component, None) for component in alone)
    yield from ((None, component) for component in left.values())


def _license(kind: ChangeKind, name: str, old: Component, new: Component) -> Iterator[Change]:
    """The licences of what is carried on both sides."""
    before, after = (" AND ".join(sorted({lic.expression for lic in c.licenses})) for c in (old, new))
    if before != after and kind != "build":
        action: Action = "added" if not before else "removed" if not after else "changed"
        yield Change(kind="license", name=name, action=action, before=before, after=after, note=_where(new))


def _name(component: Component) -> str:
    return without_version(component.purl) or component.name


def _version(component: Component) -> str:
    """The version; of a conda package with its build, which is another artifact."""
    build = dict(component.properties).get(names.BUILD, "")
    return f"{component.version} {build}".strip() or "no version"


def _where(component: Component | None) -> str:
    """Where it was seen first, and how often."""
    if component is None or not component.occurrences:
        return ""
    more = len(component.occurrences) - 1
    return component.occurrences[0].path + (f" and {more} more" if more else "")


def _files(before: _Side, after: _Side) -> Iterator[Change]:
    """Files by their paths; those that run by themselves and those that can be called once more, as such."""
    old, new = ({f.path: f for f in side.sbom.files if f.kind != "directory"} for side in (before, after))
    for path in {**old, **new}:
        one, other = old.get(path), new.get(path)
        if one and other and _content(one) == _content(other):
            continue
        action: Action = "changed" if one and other else "removed" if one else "added"
        sizes = [f"{f.size} bytes, {f.role}" if f else "" for f in (one, other)]
        change = Change(kind="file", name=path, action=action, before=sizes[0], after=sizes[1])
        yield change
        either = other or one
        if script := install_script(path):
            yield Change(kind="script", name=path, action=action, before=sizes[0], after=sizes[1], note=script)
        elif either and is_program(path, either.executable) and action != "changed":
            yield Change(kind="program", name=path, action=action, before=sizes[0], after=sizes[1])


def _content(file: File) -> tuple[object, ...]:
    digest = next((d.value for d in file.digests if d.algorithm == "sha256"), "")
    return (file.size, digest) if digest else (file.link_target, file.size)


# What a document may leave out as a whole: compared where both have it.
_ONLY_OF_BOTH: tuple[tuple[str, Callable[[_Side], object], Callable[[_Side, _Side], Iterator[Change]]], ...] = (
    ("files", _Side.lists_files, _payload),
    ("build packages", lambda side: next(side.build_packages(), None), _build_packages),
    ("licence texts", _Side.license_texts, _license_texts),
)


def _sizes(old: Mapping[FileRole, int], new: Mapping[FileRole, int]) -> dict[FileRole, tuple[int, int]]:
    return {role: (old[role], new[role]) for role in ROLES} if old and new else {}
