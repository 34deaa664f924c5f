"""What a reader found in a document, and its way to an Sbom.

Knows the model and conda's names. A document of others may repeat or miss what ours never would; that is settled here
as assemble() settles findings: references mended, the lost said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import get_args

from cf_sbom import properties as names
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.identity.purl import conda_purl
from cf_sbom.merging import grouped, merge
from cf_sbom.model import (
    Binary,
    Completeness,
    Component,
    Container,
    File,
    Part,
    Patch,
    Problem,
    Ref,
    Relation,
    Sbom,
    Scope,
    Severity,
    Subject,
    Text,
    found_ref,
)

_ARTIFACTS: tuple[Container, ...] = ("conda", "tar.bz2", "folder")


OTHER_HASHES, OTHER_LINKS, OTHER_KINDS = "hashes of other algorithms", "links of other types", "other kinds"
"""What `Reading.left_out` calls values that the model has no word for."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one document, in its own order, references as the document has them."""

    root: Ref
    created: str = ""
    """The document's own time as it stands there."""
    components: list[Component] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    binaries: list[Binary] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    completeness: list[Completeness] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    """What is wrong with the document itself; problems are what it tells of the package."""
    places: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    """How the document names each component, and where in it that stands, as far as the syntax tells."""
    certainty: dict[Ref, float] = field(default_factory=dict)
    """How sure the document itself is of a component, 0 to 1, where it says so."""
    license_names: dict[str, str] = field(default_factory=dict)
    """What the document means by each LicenseRef of its own."""
    license_texts: dict[str, str] = field(default_factory=dict)
    """The text of each LicenseRef, where the document has one for all that bear it."""
    described: tuple[Ref, ...] = ()
    """All that the document says it is about; the root is the first of these."""
    left_out: set[str] = field(default_factory=set)
    """What has a value in the document and no place in the model: its fields by name, and OTHER_HASHES and the like."""
    implied: set[tuple[Ref, Ref]] = field(default_factory=set)
    """Dependencies of the root that follow from a component's scope; no list of dependencies has them."""
    outside: dict[Ref, Scope | None] = field(default_factory=dict)
    """What the artifact needs without holding it, and its scope; None is what it runs on, such as a system."""
    unlisted: set[Part] = field(default_factory=set)
    """What the document leaves out as a whole."""
    _extra: dict[Ref, set[tuple[str, str]]] = field(default_factory=dict)
    _why: dict[str, str] = field(default_factory=dict)

    def add_properties(self, ref: Ref, pairs: list[tuple[str, str]]) -> None:
        """Properties of a component that stand elsewhere in the document."""
        self._extra.setdefault(ref, set()).update(pairs)

    def add_constraint(self, source: Ref, spec: str, where: str) -> None:
        """A spec that restricts another package; where is the place in the document, for a spec without a name."""
        name = parse_spec(spec).name
        purl = conda_purl(name)
        ref = Ref(purl) if purl else found_ref(where, "spec", spec)
        self.components.append(Component(ref=ref, kind="library", name=name or spec, purl=purl))
        self.relations.append(Relation(source=source, kind="constrains", target=ref, specs=(spec,)))

    def add_remark(self, name: str, value: str) -> None:
        """A property of the whole document: a problem, what a completeness rests on, or what it leaves out."""
        severity: Severity
        for severity in get_args(Severity):
            if name == f"{names.PROBLEM}{severity}":
                text, _, by = value.removesuffix("]").rpartition(" [")
                path, separator, reason = text.partition(": ")
                found = Problem(path=path if separator else "", reason=reason or text, by=by, severity=severity)
                self.problems.append(found)
        if name == names.UNLISTED:
            self.unlisted |= {part for part in get_args(Part) if part == value}
        if name.startswith(names.COMPLETENESS):
            self._why[name.removeprefix(names.COMPLETENESS)] = value

    def sbom(self) -> Sbom:
        """The whole as one Sbom that passes its own check."""
        components = self._united()
        for ref, pairs in self._extra.items():
            if ref in components:
                united = tuple(sorted({*components[ref].properties, *pairs}))
                components[ref] = replace(components[ref], properties=united)
        patches = {p.path: p for p in self.patches}
        known = {*components, *(p.ref for p in patches.values())}
        relations = {
            (r.source, r.kind, r.target, r.scope): r for r in self.relations if r.source in known and r.target in known
        }
        lost = len([r for r in self.relations if r.source not in known or r.target not in known])
        if lost:
            reason = f"{lost} references name nothing in the document"
            self.remarks.append(Problem(path="", reason=reason, by=_BY, severity="damage"))
        files = {f.path: f if f.owner in known else replace(f, owner=None) for f in self.files}
        binaries = {(one.path, one.machine): one for one in self.binaries}
        claims = {(c.ref, c.aspect): c for c in self.completeness if c.ref in known}
        root = components[self.root]
        return Sbom(
            subject=_subject(root),
            root=self.root,
            components=tuple(components[ref] for ref in sorted(components)),
            files=tuple(files[path] for path in sorted(files)),
            relations=tuple(relations[key] for key in sorted(relations)),
            texts=tuple(sorted({t.path: t for t in self.texts}.values(), key=lambda t: t.path)),
            patches=tuple(patches[path] for path in sorted(patches)),
            problems=tuple(sorted({*self.problems, *self.remarks})),
            binaries=tuple(binaries[key] for key in sorted(binaries)),
            unlisted=tuple(sorted(self.unlisted)),
            of_document=True,
            completeness=tuple(
                replace(claims[key], why=self._why.get(key[1], "") if key[0] == self.root else "")
                for key in sorted(claims)
            ),
        )

    def _united(self) -> dict[Ref, Component]:
        """One component for each reference. What a document says of one in several places is put together; of two that
        bear one reference the second gets another."""
        found: dict[Ref, Component] = {}
        for ref, group in grouped(self.components, lambda c: c.ref).items():
            same = [c for c in dict.fromkeys(group) if c != _bare(c)] or group[:1]
            others = [c for c in same if not _is_same(c, same[0])]
            found[ref], conflicts = merge([c for c in same if c not in others], ref) if len(same) > 1 else (same[0], [])
            self.remarks += (replace(p, by=_BY, path="") for p in conflicts)
            if not others:
                continue
            self.remarks.append(
                Problem(path="", reason=f"{len(others) + 1} components bear one reference", by=_BY, severity="damage")
            )
            for number, other in enumerate(others, 2):
                apart = found_ref("document", "again", f"{number}-{ref}")
                found[apart] = replace(other, ref=apart)
        return found


_BY = "reading"


def _bare(component: Component) -> Component:
    """No more of a component than what a spec or a reference names."""
    return Component(ref=component.ref, kind="library", name=component.name, purl=component.purl)


def _is_same(one: Component, other: Component) -> bool:
    """Whether two components of one reference are one."""
    if one.purl and other.purl:
        return one.purl == other.purl
    return (one.name, one.version) == (other.name, other.version)


_PLACES = ("file:", "in:", "conda-environment:", "collection:")


def stated_ref(properties: Iterable[tuple[str, str]]) -> Ref | None:
    """What a component goes by in all formats, where it has no purl and the document states it."""
    found = next((value for name, value in properties if name == names.REF), "")
    return Ref(found) if found.startswith(_PLACES) and found.isprintable() else None


def is_of_many(properties: Iterable[tuple[str, str]]) -> bool:
    """Whether the root that has these properties is no package but what holds packages; conda-sboms writes such roots,
    too."""
    return any(name in (names.ENVIRONMENT, names.PLATFORM) for name, _ in properties)


def _subject(root: Component) -> Subject:
    stated = dict(root.properties)
    filename = stated.get(names.FILENAME, "")
    size = stated.get(names.SIZE, "")
    container: Container = next((c for c in _ARTIFACTS if filename.endswith(f".{c}")), "folder")
    if is_of_many(stated.items()):
        told = stated.get(names.ENVIRONMENT, "")
        container = next((c for c in get_args(Container) if c == told and c not in _ARTIFACTS), "environment")
    return Subject(
        filename=filename,
        container=container,
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        digests=root.digests,
        name=root.name,
        version=root.version,
        build=stated.get(names.BUILD, ""),
        subdir=stated.get(names.SUBDIR, "") or stated.get(names.PLATFORM, ""),
        channel=stated.get(names.CHANNEL, ""),
        digests_stated=stated.get(names.DIGESTS_STATED) == "true",
    )
