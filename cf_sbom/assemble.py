"""Findings -> one Sbom: identities merged, references mended, the root made, everything sorted.

Knows the model only. It repairs what extractors leave open and says so; what it returns passes Sbom.check(), and holds
nothing private of the machine that built the package.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from heapq import nsmallest
from typing import Any, TypeVar

from packageurl import PackageURL

from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Finding, Options
from cf_sbom.identity.packages import is_public
from cf_sbom.identity.purl import archive_type, conda_purl
from cf_sbom.identity.urls import WITHHELD, holds_local_path, is_secret, withheld, withheld_prose
from cf_sbom.merging import evidence_of, grouped, identities, merge
from cf_sbom.model import (
    ROOT,
    Binary,
    Completeness,
    Component,
    File,
    Linkage,
    Ownership,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Scope,
    State,
    Subject,
    Text,
    found_ref,
)
from cf_sbom.paths import of_tests
from cf_sbom.placement import in_payload
from cf_sbom.properties import GO_SUM
from cf_sbom.samefile import unite

T = TypeVar("T")

_STATES: tuple[State, ...] = ("incomplete", "unknown", "complete")  # the weakest claim wins
_LEADING: frozenset[RelationKind] = frozenset(
    (
        "contains",
        "depends_on",
        "built_from",
        "build_tool",
        "host",
        "constrains",
        "links_to",
        "static_link",
        "static_candidate",
    )
)
# What is carried and has one of these from the root needs no other word for being there.
_PLACING: frozenset[RelationKind] = frozenset(("contains", "depends_on", "static_link", "static_candidate"))
_CARRYING: frozenset[RelationKind] = frozenset(("contains", "static_link"))
_GO_SUM = re.compile(r"h1:[A-Za-z0-9+/]{43}=")  # its base64 may look like a path
_BY = "assemble"
_VERSION_LENGTH = 1024  # CycloneDX 1.6 and 1.7, component.version


def assemble(files: Iterable[File], findings: Iterable[Finding], options: Options) -> Sbom:
    """The Sbom of one package. Raises TargetError unless one Subject and a component with the reference ROOT were
    found."""
    found = _Sorted(findings)
    problems = found.problems
    if len(found.subjects) != 1:
        raise TargetError("no extractor says which package this is; the extractor `conda` is needed")
    subject = found.subjects[0]
    components = [fit(c, problems) for c in found.components if not _doubtful(c, options.native_threshold)]
    doubted = {c.ref for c in found.components} - {c.ref for c in components}
    stated = [r for r in found.relations if r.source not in doubted and r.target not in doubted]
    claims = [claim for claim in found.ownership if claim.ref not in doubted]
    listed = _unique(files, lambda f: f.path)
    components, claims, names = unite(components, claims, {f.path: f for f in listed}, identities(components))
    merged: dict[Ref, Component] = {}
    for ref, group in grouped(components, lambda c: names[c.ref]).items():
        merged[ref], conflicts = merge(group, ref)
        problems += conflicts
    texts = _unique(found.texts, lambda t: t.path)
    root = _root(merged.pop(ROOT), subject, texts, options)
    if root.ref in merged:  # without a version its purl would be that of a requirement
        root = replace(root, ref=found_ref("info/index.json", "package", subject.name))
    merged[root.ref] = root
    names[ROOT] = root.ref
    patches = _unique(found.patches, lambda p: p.path)
    known = {*merged, *(p.ref for p in patches)}
    tests = {ref for ref, component in merged.items() if _is_of_tests(component)}
    relations, dropped = _relations(stated, names, known, tests)
    problems += dropped
    relations += _carried(root.ref, merged, relations, tests)
    ownership, unheld = _ownership(claims, names, known)
    problems += unheld
    sbom = Sbom(
        subject=subject,
        root=root.ref,
        components=tuple(merged[ref] for ref in sorted(merged)),
        files=tuple(map(_told, listed)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        texts=texts,
        patches=patches,
        problems=bounded(problems, options.limits.problems),
        completeness=_completeness(found.completeness, names, known),
        linkages=_unique(found.linkages, lambda linkage: f"{linkage.path}\0{linkage.machine}"),
        ownership=ownership,
        binaries=_unique(found.binaries, lambda binary: f"{binary.path}\0{binary.machine}"),
    )
    sbom.check()
    return sbom


class _Sorted:
    """Findings by type."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        by_type: defaultdict[type, list[Any]] = defaultdict(list)
        for finding in findings:
            by_type[type(finding)].append(finding)
        self.components: list[Component] = by_type[Component]
        self.relations: list[Relation] = by_type[Relation]
        self.texts: list[Text] = by_type[Text]
        self.patches: list[Patch] = by_type[Patch]
        self.completeness: list[Completeness] = by_type[Completeness]
        self.ownership: list[Ownership] = by_type[Ownership]
        self.problems: list[Problem] = by_type[Problem]
        self.subjects: list[Subject] = by_type[Subject]
        self.linkages: list[Linkage] = by_type[Linkage]
        self.binaries: list[Binary] = by_type[Binary]


def _told(file: File) -> File:
    """A file whose link, if it is one, names no place of the builder's machine; which one it was is told by the first
    digits of its SHA-256, so that another one is seen."""
    if (target := withheld(file.link_target)) == file.link_target:
        return file
    if WITHHELD in target:
        target += f" sha256:{sha256(file.link_target.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return replace(file, link_target=target)


def _root(found: Component, subject: Subject, texts: Iterable[Text], options: Options) -> Component:
    """The package itself: what extractors said of ROOT, its purl, its digests and what the user stated."""
    purl = conda_purl(
        subject.name,
        subject.version,
        subject.build,
        subdir=subject.subdir,
        channel=subject.channel,
        archive=archive_type(subject.filename),
        style=options.purl_style,
    )
    # A text inside a list of licences (`info/licenses/list.json#/0/text`) is that of what the list names.
    in_info = tuple(t.path for t in texts if t.path.startswith("info/") and "#/" not in t.path)
    return replace(
        found,
        ref=Ref(purl) if purl else found_ref("info/index.json", "package", subject.name),
        purl=purl,
        digests=tuple(sorted(subject.digests)),
        licenses=tuple(replace(lic, texts=in_info) if lic.role == "declared" else lic for lic in found.licenses),
        supplier=options.supplier,
        manufacturer=options.manufacturer,
    )


def _doubtful(component: Component, threshold: float) -> bool:
    """Native findings, those made from bytes alone, enter from a confidence on (`--native-threshold`)."""
    evidence = evidence_of(component)
    return bool(evidence) and all(e.technique == "binary" and e.confidence < threshold for e in evidence)


def fit(component: Component, problems: list[Problem]) -> Component:
    """A component with nothing in it that a document cannot hold or must not tell; what is left out is said."""
    path = component.occurrences[0].path if component.occurrences else "info"
    said: list[str] = []
    version = component.version
    if len(version) > _VERSION_LENGTH or holds_local_path(version):
        said.append("a version that is a local path or too long is left out")
        version = ""
    properties = []
    for key, value in component.properties:
        if is_secret(key.rpartition(":")[2]):
            said.append(f"{withheld(key)}: what seems to be a credential is left out")
        elif key == GO_SUM and _GO_SUM.fullmatch(value):
            properties.append((key, value))
        elif holds_local_path(value) or withheld(key) != key:
            said.append(f"{withheld(key)}: a local path is left out")
        else:
            properties.append((key, withheld(value)))
    description = withheld_prose(component.description)
    if description != component.description:
        said.append("the description names a private address or a local path; withheld")
    problems += (Problem(path=path, reason=reason, by=_BY, severity="gap") for reason in said)
    name, stated, aliases = withheld(component.name), tuple(properties), _clean_aliases(component)
    if not said and (name, stated, aliases) == (component.name, component.properties, component.aliases):
        return component
    return replace(component, name=name, version=version, description=description, properties=stated, aliases=aliases)


def _clean_aliases(component: Component) -> tuple[str, ...]:
    """Purls that others stated: valid ones only, without qualifiers that are addresses."""
    found = set()
    for alias in component.aliases:
        try:
            purl = PackageURL.from_string(alias)
        except ValueError:
            continue
        kept = {k: v for k, v in purl.qualifiers.items() if k not in ("vcs_url", "download_url")}
        cleaned = purl._replace(qualifiers=kept).to_string()
        if withheld(cleaned) == cleaned and is_public(cleaned) and cleaned.isprintable():
            found.add(cleaned)
    return tuple(sorted(found))


def _relations(
    found: Iterable[Relation], names: dict[Ref, Ref], known: set[Ref], tests: set[Ref]
) -> tuple[list[Relation], list[Problem]]:
    """Relations between known ends, one for each key; the others become problems. Nothing is related to itself, and
    what lies among tests is contained, or linked in, for these alone."""
    problems = []
    by_key: defaultdict[tuple[Ref, RelationKind, Ref, Scope], list[Relation]] = defaultdict(list)
    for relation in found:
        source = names.get(relation.source, relation.source)
        target = names.get(relation.target, relation.target)
        scope = "test" if relation.kind in _CARRYING and target in tests else relation.scope
        if source in known and target in known:
            if source != target:
                by_key[source, relation.kind, target, scope].append(relation)
        else:
            missing = relation.target if source in known else relation.source
            reason = f"a relation {relation.kind} names {missing}, which was not found"
            path = relation.evidence[0].path if relation.evidence else ""
            problems.append(Problem(path=path, reason=reason, by=_BY, severity="gap"))
    relations = [
        Relation(
            source=source,
            kind=kind,
            target=target,
            scope=scope,
            specs=tuple(sorted({withheld(spec) for r in same for spec in r.specs})),
            evidence=tuple(sorted({e for r in same for e in r.evidence})),
        )
        for (source, kind, target, scope), same in by_key.items()
    ]
    return relations, problems


def _is_of_tests(component: Component) -> bool:
    """Whether a component was seen in the payload, and there in folders of tests only."""
    seen = [o.path for o in component.occurrences if in_payload(o.path)]
    return bool(seen) and all(map(of_tests, seen))


def _carried(
    root: Ref, components: Mapping[Ref, Component], relations: Iterable[Relation], tests: set[Ref]
) -> list[Relation]:
    """The root contains every component that was seen in the payload and that nothing else contains; and so every
    other that no relation leads to from the root, so that nothing is lost."""
    leading: defaultdict[Ref, list[Ref]] = defaultdict(list)
    placed = {root}
    for relation in relations:
        if relation.kind in _LEADING:
            leading[relation.source].append(relation.target)
        elif relation.kind == "upstream_of":
            leading[relation.target].append(relation.source)
        if relation.kind in _CARRYING or (relation.source == root and relation.kind in _PLACING):
            placed.add(relation.target)
    unplaced = [
        ref for ref in components if ref not in placed and any(in_payload(o.path) for o in components[ref].occurrences)
    ]
    reached: set[Ref] = set()
    _reach([root, *unplaced], leading, reached)
    for ref in sorted(components):
        if ref not in reached:
            unplaced.append(ref)
            _reach([ref], leading, reached)
    return [
        Relation(
            source=root,
            kind="contains",
            target=ref,
            scope="test" if ref in tests else "runtime",
            evidence=tuple(sorted(set(evidence_of(components[ref])))),
        )
        for ref in unplaced
    ]


def _reach(starts: list[Ref], leading: Mapping[Ref, list[Ref]], reached: set[Ref]) -> None:
    """Add all that can be reached from the starts."""
    waiting = starts
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += leading.get(ref, ())


def _ownership(
    found: Iterable[Ownership], names: dict[Ref, Ref], known: set[Ref]
) -> tuple[tuple[Ownership, ...], list[Problem]]:
    """Claims of known components, by their names here; of one that is not known all claims are one problem."""
    claims: dict[tuple[str, Ref], bool] = {}
    unknown = set()
    for claim in found:
        ref = names.get(claim.ref, claim.ref)
        if ref in known:
            claims[claim.path, ref] = claim.whole or claims.get((claim.path, ref), False)
        else:
            unknown.add(claim.ref)
    reasons = (f"files are claimed for {ref}, which was not found" for ref in unknown)
    problems = [Problem(path="", reason=reason, by=_BY, severity="gap") for reason in reasons]
    return tuple([Ownership(path=path, ref=ref, whole=claims[path, ref]) for path, ref in sorted(claims)]), problems


def _completeness(found: Iterable[Completeness], names: dict[Ref, Ref], known: set[Ref]) -> tuple[Completeness, ...]:
    claims = [replace(c, ref=names.get(c.ref, c.ref)) for c in found]
    by_key = grouped((c for c in claims if c.ref in known), lambda c: (c.ref, c.aspect))
    weakest = [min(same, key=lambda c: (_STATES.index(c.state), c.why)) for same in by_key.values()]
    return tuple(sorted(weakest, key=lambda c: (c.ref, c.aspect)))


def bounded(found: Iterable[Problem], limit: int) -> tuple[Problem, ...]:
    """Sorted and unique; of each severity and plugin at most `limit`, the rest counted."""
    kept: set[Problem] = set()
    for (by, severity), same in grouped(set(found), lambda p: (p.by, p.severity)).items():
        first = nsmallest(limit, same, key=lambda p: (p.path, p.reason))
        kept |= {replace(p, path=withheld(p.path), reason=withheld(p.reason)) for p in first}
        if len(same) > limit:
            reason = f"{len(same) - limit} more problems of this kind (limit problems)"
            kept.add(Problem(path="", reason=reason, by=by, severity=severity))
    return tuple(sorted(kept))


def _unique(items: Iterable[T], key: Callable[[T], str]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found[name] for name in sorted(found))
