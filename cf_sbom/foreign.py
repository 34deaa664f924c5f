"""What a document of anybody tells of the packages in it -> components and relations as extractors give them.

Knows the model, purls and addresses; nothing of files or formats. The document lies in the payload and was written by
others: of its words only those enter that may stand in a document of ours, none that names a machine or a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from packageurl import PackageURL

from cf_sbom.carried import Found
from cf_sbom.identity.digests import LENGTHS
from cf_sbom.identity.licenses import license_ref, of_cargo
from cf_sbom.identity.packages import canonical, is_public
from cf_sbom.identity.urls import clean_url, holds_local_path, withheld
from cf_sbom.limits import Limits
from cf_sbom.model import (
    ROOT,
    Component,
    Digest,
    Evidence,
    License,
    Link,
    Occurrence,
    Ref,
    Relation,
    RelationKind,
    Scope,
    found_ref,
)
from cf_sbom.reading import Reading

_KIND = "sbom"
_LONGEST_FIELD = 256
_KEPT: Final[frozenset[RelationKind]] = frozenset(("contains", "depends_on", "links_to", "static_link"))
# What was there when something in the document was made: the payload does not hold it.
_MADE_WITH: Final[frozenset[RelationKind]] = frozenset(("built_from", "build_tool", "host"))
_STRENGTH: tuple[Scope, ...] = ("runtime", "optional", "build", "test")
# In purls of these types a subpath is a part of what the name stands for: a target of a crate, a package of a module.
_PARTS = frozenset(("cargo", "golang"))
# In these the namespace is a part of the name that people use.
_SCOPED = frozenset(("composer", "golang", "maven", "npm"))
_ADDRESSES = ("download_url", "vcs_url")
_LICENSE_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_OURS = re.compile(r"(?:file:|in:[^#]+#[^:]+:).+", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One document, told anew. asides: relations of ROOT to what the package does not hold at run time, as this
    document has it; another may know better. seen: components and the paths where the document saw them."""

    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
    asides: tuple[Relation, ...]
    seen: tuple[tuple[Component, tuple[str, ...]], ...]
    root: Component | None = None


def tell(reading: Reading, found: Found, limits: Limits, *, confidence: float = 1.0, own: bool = False) -> Told:
    """A document that stands at found.path; what is wrong with it is one of found.problems, and each licence that is no
    expression another. own: its root is the package itself, so only what that contains is told."""
    return _Teller(reading, found, limits, confidence, own).told()


class _Teller:
    """One document on its way to findings."""

    def __init__(self, reading: Reading, found: Found, limits: Limits, confidence: float, own: bool) -> None:
        self._reading = reading
        self._found = found
        self._limits = limits
        self._confidence = confidence
        self._own = own
        self._evidence = found.evidence(confidence=confidence)
        # Readers take the limit of members for one of lists; here it was that of lists.
        self._remarks = [p.reason.replace("(limit members)", "(limit dependencies)") for p in reading.remarks]
        self._refs: dict[Ref, Ref] = {}  # of the document -> here
        self._parts: dict[Ref, Ref] = {}  # parts of a package, and that package
        self._seen: list[tuple[Component, tuple[str, ...]]] = []

    def told(self) -> Told:
        components = tuple(self._components())
        self._refs |= {part: whole for part, whole in self._parts.items() if whole in set(self._refs.values())}
        told = Told(
            components=components,
            relations=tuple(self._relations()),
            asides=tuple(self._asides()),
            seen=tuple(self._seen),
            root=next((c for c in components if c.ref == self._refs.get(self._reading.root)), None),
        )
        if self._remarks:
            more = f"; and {len(self._remarks) - 1} more faults" if len(self._remarks) > 1 else ""
            self._found.problem(f"{self._remarks[0]}{more}")
        return told

    def _components(self) -> Iterator[Component]:
        contents, apart = self._contents(), self._apart()
        taken = 0
        for component in self._reading.components:
            ref = component.ref
            if ref in self._refs or ref in self._parts or _is_made_up(ref):
                continue
            if self._reading.outside.get(ref, "") is None or (ref not in contents and (self._own or ref in apart)):
                continue
            if taken == self._limits.dependencies:
                reason = f"more than {taken} components; the rest is not read (limit dependencies)"
                self._found.problem(reason, "gap")
                return
            made = self._component(component)
            if made is not None:
                taken += 1
                self._refs[ref] = made.ref
                yield made
                if component.occurrences:
                    self._seen.append((made, tuple(o.path for o in component.occurrences)))

    def _contents(self) -> set[Ref]:
        """All that the root contains, however deep, what is linked in included."""
        inside: defaultdict[Ref, list[Ref]] = defaultdict(list)
        for relation in self._reading.relations:
            if relation.kind in ("contains", "static_link"):
                inside[relation.source].append(relation.target)
        found: set[Ref] = set()
        left = [self._reading.root]
        while left:
            new = {ref for ref in inside.pop(left.pop(), ()) if ref not in found and ref != self._reading.root}
            found |= new
            left += sorted(new)
        return found

    def _apart(self) -> set[Ref]:
        """What documents of ours say of a conda package without saying that anything holds it: what it needs by a spec,
        what it was made with, and what it restricts."""
        root = self._reading.root
        is_conda = any(c.purl.startswith("pkg:conda/") for c in self._reading.components if c.ref == root)
        return {
            r.target
            for r in self._reading.relations
            if r.kind == "constrains" or (is_conda and r.source == root and (r.specs or r.kind in _MADE_WITH))
        }

    def _component(self, stated: Component) -> Component | None:
        """The component in our words; None for a part of another, and for what has no name."""
        purl, parsed = self._purl(stated.purl)
        is_part = parsed is not None and bool(parsed.subpath) and not purl.endswith(f"#{parsed.subpath}")
        if parsed is not None and is_part and parsed.type in _PARTS:
            self._parts[stated.ref] = Ref(purl)
            return None
        purl = "" if is_part else purl
        name = "" if holds_local_path(stated.name) else withheld(stated.name)
        version = stated.version
        if parsed is not None and purl:
            name, version = name or parsed.name, version or parsed.version or ""
            if parsed.type in _SCOPED and parsed.namespace and name == parsed.name:
                name = f"{parsed.namespace}/{name}"
        if not name.strip(". "):
            if stated.ref != self._reading.root:
                self._remarks.append("a component without a name, or with a local path for one, is left out")
            return None
        field = self._field(stated.ref)
        evidence = Evidence(path=self._found.path, field=field, confidence=self._sure(stated), by=self._found.by)
        return Component(
            ref=Ref(purl) if purl else self._nameless(stated.ref, name, version),
            kind=stated.kind,
            name=name,
            version=version,
            purl=purl,
            aliases=self._aliases(stated, purl),
            licenses=tuple(sorted({lic for one in stated.licenses for lic in self._license(one, purl)})),
            digests=self._digests(stated.digests),
            description=stated.description,
            links=tuple(sorted({link for one in stated.links for link in self._link(one)})),
            occurrences=(Occurrence(path=self._found.path, evidence=(evidence,)),),
        )

    def _purl(self, stated: str) -> tuple[str, PackageURL | None]:
        """The purl in its one spelling, and the parts of the stated one; none where it is not valid."""
        if not stated:
            return "", None
        purl = _private(canonical(stated))
        if not purl:
            self._remarks.append("a purl that is none is left out")
            return "", None
        return purl, PackageURL.from_string(stated)

    def _aliases(self, stated: Component, purl: str) -> tuple[str, ...]:
        """Other purls of the same, and the stated one where it says more than its one spelling does."""
        others = {_private(canonical(alias)) for alias in stated.aliases}
        if purl:
            others.add(_qualified(stated.purl, purl))
        return tuple(sorted(others - {"", purl}))

    def _nameless(self, ref: Ref, name: str, version: str) -> Ref:
        """The identity of what has no purl. Documents of ours give it the one that it has here."""
        if self._own and _OURS.fullmatch(ref) and withheld(ref) == ref:
            return ref
        called, *_ = self._reading.places.get(ref, ("",))
        if called and not called.startswith("pkg:") and withheld(called) == called:
            return found_ref(self._found.path, _KIND, called)
        return found_ref(self._found.path, _KIND, withheld(f"{name}@{version}" if version else name))

    def _field(self, ref: Ref) -> str:
        """What the document calls it, else where in the document it stands."""
        places = self._reading.places.get(ref, ())
        return next((p for p in places if p and len(p) <= _LONGEST_FIELD and withheld(p) == p), "")

    def _sure(self, stated: Component) -> float:
        """The document's own doubt counts."""
        said = max((e.confidence for o in stated.occurrences for e in o.evidence), default=1.0)
        return min(self._confidence, self._reading.certainty.get(stated.ref, 1.0), said)

    def _license(self, stated: License, purl: str) -> tuple[License, ...]:
        """A LicenseRef means nothing outside its document: what it is called there goes before it."""
        names = self._reading.license_names
        text = stated.found or _LICENSE_REF.sub(
            lambda ref: license_ref(withheld(names[ref[0]])) if ref[0] in names else ref[0], stated.expression
        )
        text = of_cargo(text) if purl.startswith("pkg:cargo/") else text
        return tuple(replace(lic, role=stated.role) for lic in self._found.license(text))

    def _digests(self, stated: tuple[Digest, ...]) -> tuple[Digest, ...]:
        valid = {d for d in stated if re.fullmatch(rf"[0-9a-f]{{{LENGTHS[d.algorithm]}}}", d.value)}
        if len(valid) < len(set(stated)):
            self._remarks.append("a hash that is none of its kind is left out")
        return tuple(sorted(valid))

    def _link(self, stated: Link) -> tuple[Link, ...]:
        url = clean_url(stated.url).url
        return (Link(kind=stated.kind, url=url, digests=self._digests(stated.digests)),) if url else ()

    def _relations(self) -> Iterator[Relation]:
        known = {c.ref for c in self._reading.components} | {f"file:{f.path}" for f in self._reading.files}
        found: set[tuple[Ref, RelationKind, Ref, Scope]] = set()
        lost = 0
        for stated in self._reading.relations:
            if stated.source not in known or stated.target not in known:
                lost += stated.kind in _KEPT
                continue
            relation = self._relation(stated)
            if relation is None or (key := (relation.source, relation.kind, relation.target, relation.scope)) in found:
                continue
            if len(found) == self._limits.dependencies:
                reason = f"more than {len(found)} relations; the rest is not read (limit dependencies)"
                self._found.problem(reason, "gap")
                break
            found.add(key)
            yield relation
        if lost:
            self._remarks.append(f"{lost} references name nothing in the document")

    def _relation(self, stated: Relation) -> Relation | None:
        """The relation between two packages that are told of; None where it says nothing of these."""
        kind, scope, ends = stated.kind, stated.scope, (stated.source, stated.target)
        if self._own and stated.source == self._reading.root:
            return None
        if kind == "depends_on" and ends in self._reading.implied:
            return None
        if kind == "upstream_of":
            ends = (stated.target, stated.source)
        if kind in _MADE_WITH or kind == "upstream_of":
            kind, scope = "depends_on", "build"
        source, target = self._refs.get(ends[0]), self._refs.get(ends[1])
        if kind not in _KEPT or source is None or target is None or source == target:
            return None
        if kind == "depends_on" and scope == "runtime":
            scope = self._reading.outside.get(ends[1]) or scope
        scope = _scope(scope, target)
        return Relation(source=source, kind=kind, target=target, scope=scope, evidence=self._evidence)

    def _asides(self) -> Iterator[Relation]:
        for ref, (kind, scope) in self._outside().items():
            target = self._refs.get(ref)
            if target is not None and ref != self._reading.root:
                scope = _scope(scope, target) if kind == "depends_on" else scope
                yield Relation(source=ROOT, kind=kind, target=target, scope=scope, evidence=self._evidence)

    def _outside(self) -> dict[Ref, tuple[RelationKind, Scope]]:
        """What the package does not hold at run time: of a document of its own what is contained for tests alone, of
        others what they say is needed but not there."""
        if self._own:
            return {
                r.target: ("contains", r.scope)
                for r in self._reading.relations
                if r.source == self._reading.root and r.kind == "contains" and r.scope != "runtime"
            }
        needed: dict[Ref, set[Scope]] = {}
        for relation in self._reading.relations:
            if relation.kind in _MADE_WITH:
                needed.setdefault(relation.target, set()).add("build")
            elif relation.kind == "upstream_of":
                needed.setdefault(relation.source, set()).add("build")
            elif relation.kind in _KEPT:
                needed.setdefault(relation.target, set()).add(relation.scope)
        scopes = {ref: min(found, key=_STRENGTH.index) for ref, found in needed.items() if "runtime" not in found}
        scopes |= {ref: scope for ref, scope in self._reading.outside.items() if scope}
        return {ref: ("depends_on", scope) for ref, scope in scopes.items()}


def _scope(scope: Scope, target: Ref) -> Scope:
    """CycloneDX calls excluded what tests need and what only the build needed; tools for Rust mean the latter."""
    return "build" if scope == "test" and target.startswith("pkg:cargo/") else scope


def _is_made_up(ref: Ref) -> bool:
    """Readers make a root for a document that names none."""
    return ref.startswith("in:document#")


def _private(purl: str) -> str:
    """A purl without the addresses and paths of somebody's machine, or "" where it is nothing without them."""
    if is_public(purl):
        return purl
    plain = PackageURL.from_string(purl)._replace(qualifiers={}, subpath=None).to_string()
    return plain if withheld(plain) == plain else ""


def _qualified(stated: str, purl: str) -> str:
    """A stated purl that has qualifiers which its one spelling lacks, addresses aside, or "". Its subpath would tell of
    a part."""
    parsed = PackageURL.from_string(stated)
    kept = {k: v for k, v in parsed.qualifiers.items() if k not in _ADDRESSES and (k, v) != ("type", "jar")}
    if kept.keys() <= PackageURL.from_string(purl).qualifiers.keys():
        return ""
    return _private(parsed._replace(qualifiers=kept, subpath=None).to_string())
