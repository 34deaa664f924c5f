"""One inventory of many packages: an installed environment, one that a lock file names, or documents put together.

Knows the model. What an environment holds is told by its records, what is in each package by the package's own
document; what has none is said. No edge leads out of an environment, and so none crosses platforms.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from cf_sbom import properties as names
from cf_sbom.assemble import fit
from cf_sbom.documents import document_bytes, read_document
from cf_sbom.environments import PYPI, Entry, Environment
from cf_sbom.environments.versions import meets
from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.generate import Description, rfc3339
from cf_sbom.hookspecs import Options
from cf_sbom.identity.urls import withheld
from cf_sbom.joining import Rules, conda_parts, join
from cf_sbom.joining.contents import Lookup
from cf_sbom.joining.parts import of_document
from cf_sbom.merging import evidence_of
from cf_sbom.model import (
    OF_DOCUMENT,
    Completeness,
    Component,
    Container,
    Problem,
    Ref,
    Relation,
    Sbom,
    State,
    Subject,
)
from cf_sbom.requirements import Provider, relations

_BY = "merge"
_ENVIRONMENT = "conda-environment:"
_NAMED = 5  # packages without a document that one problem names


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A document that is merged, and its own time as far as it states one."""

    part: Sbom
    created: str = ""


def merge_environment(
    environment: Environment,
    lookups: Sequence[Lookup],
    options: Options,
    *,
    passed: Callable[[], None] = lambda: None,
    problems: Sequence[Problem] = (),
) -> Description:
    """The inventory of an environment. The first of the lookups that knows a package tells what is in it; passed is
    called after each package, and problems is what the lookups find on the way."""
    parts: dict[Ref, Sbom] = {}
    lacking: list[Entry] = []
    for entry in environment.entries:
        if not entry.stem:
            continue
        part = next((found for lookup in lookups if (found := lookup(entry)) is not None), None)
        if part is None:
            lacking.append(entry)
        else:
            # A document may name the package without its channel; what the environment calls it counts.
            parts[entry.component.ref] = _as(part, entry.component)
        passed()
    base = _environment_base(environment, parts, lacking, options)
    created, doubt = _created(options.timestamp, rfc3339(environment.built) if environment.built else "")
    base = replace(base, problems=(*base.problems, *problems, *doubt))
    rules = Rules(limits=options.limits, closed=True, build=options.build_packages == "all")
    return Description(sbom=_with_lacking(join(base, list(parts.values()), rules)), created=created)


def merge_documents(
    opened: Sequence[Opened], name: str, options: Options, *, unread: Sequence[DocumentError] = ()
) -> Description:
    """The inventory of what several documents speak of; the root holds the root of each. unread: why others could not
    be opened, which the inventory tells. Raises SettingsError for environments of several platforms: a noarch package
    that they share would link one platform to the other."""
    platforms = sorted({one.part.subject.subdir for one in opened if one.part.subject.of_many} - {""})
    if len(platforms) > 1:
        raise SettingsError(f"environments of {' and '.join(platforms)}: merge the documents of each platform apart")
    root = _root(name, "", "collection", options, ())
    why = "as the documents tell that were merged"
    if unread:
        why += f"; {len(unread)} could not be read"
    claim = Completeness(ref=root.ref, aspect="contents", state="incomplete" if unread else "unknown", why=why)
    created, doubt = _created(options.timestamp, max((one.created for one in opened), default=""))
    lost = (Problem(path="", reason=f"left out: {withheld(str(e))}", by=_BY, severity="damage") for e in unread)
    base = _base(root, "", "collection", (root,), (), (*doubt, *lost), (claim,))
    rules = Rules(limits=options.limits, build=options.build_packages != "none")
    return Description(sbom=_with_lacking(join(base, [one.part for one in opened], rules)), created=created)


def open_document(path: Path, options: Options) -> Opened:
    """A document of any format, to be merged. Raises DocumentError, which names it."""
    try:
        reading = read_document(document_bytes(path, options.limits), options.limits)
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error}") from None
    return Opened(part=of_document(reading), created=_time(reading.created))


def _environment_base(
    environment: Environment, parts: dict[Ref, Sbom], lacking: Sequence[Entry], options: Options
) -> Sbom:
    """The environment as its records tell it, without what is in the packages."""
    root = _root(environment.name, environment.platform, environment.container, options, environment.properties)
    components = {root.ref: root}
    inside = []
    odd: list[Problem] = []
    for entry in environment.entries:
        if entry.component.ref not in components:
            components[entry.component.ref] = fit(entry.component, odd)
            evidence = evidence_of(entry.component)
            inside.append(Relation(source=root.ref, kind="contains", target=entry.component.ref, evidence=evidence))
    edges, unmet, incomplete = _edges(environment)
    claims = [Completeness(ref=ref, aspect="dependencies", state="incomplete") for ref in sorted(incomplete)]
    claims += (Completeness(ref=entry.component.ref, aspect="contents", state="unknown") for entry in _unique(lacking))
    claims.append(_contents(root.ref, environment, parts))
    return _base(
        root,
        environment.platform,
        environment.container,
        tuple(components.values()),
        (*inside, *edges),
        (*environment.problems, *unmet, *odd),
        tuple(claims),
    )


def _unique(entries: Sequence[Entry]) -> list[Entry]:
    return list({entry.component.ref: entry for entry in entries}.values())


def _contents(root: Ref, environment: Environment, parts: dict[Ref, Sbom]) -> Completeness:
    """How much of the contents is known: all of it only where each package's own document says so."""
    whole = sum(_is_whole(part) for part in parts.values())
    count = len({entry.component.ref for entry in environment.entries})
    state: State = "complete" if count == whole and count else "incomplete"
    why = f"{len(parts)} of {count} packages have a document of what is in them, {whole} of these complete"
    return Completeness(ref=root, aspect="contents", state=state, why=why)


def _is_whole(part: Sbom) -> bool:
    return any(c.ref == part.root and c.aspect == "contents" and c.state == "complete" for c in part.completeness)


def _edges(environment: Environment) -> tuple[list[Relation], list[Problem], set[Ref]]:
    """Edges for what packages need of each other, problems for what is not there or is of another version, and whose
    needs are not all met."""
    by = "lock" if environment.container == "lock" else "prefix"
    there: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in environment.entries:
        for name in entry.names:
            there[name].append(entry)
    providers = []
    unmet: list[Problem] = []
    incomplete: set[Ref] = set()
    for entry in environment.entries:
        own = set(entry.names)
        needs = []
        for need in entry.needs:
            if others := there.get(need.name):
                needs.append(need)
                if need.scope == "runtime" and not any(meets(other, need) for other in others):
                    versions = " and ".join(sorted({other.component.version for other in others}))
                    reason = f"{need.field}: {need.spec[:200]} is needed and {versions[:80]} is there"
                    unmet.append(Problem(path=entry.place, reason=reason, by=by, severity="conflict"))
            elif need.scope == "runtime" and not (need.name.startswith(PYPI) and ";" in need.spec):
                incomplete.add(entry.component.ref)
                reason = f"{need.field}: {need.spec[:200]} is needed and not in the environment"
                unmet.append(Problem(path=entry.place, reason=reason, by=by, severity="gap"))
        providers.append(
            Provider(
                ref=entry.component.ref,
                path=entry.place,
                names=entry.names,
                requirements=tuple(need for need in needs if need.name not in own),
            )
        )
    edges: list[Relation] = []
    for found in relations(by, providers):
        if isinstance(found, Problem):
            unmet.append(found)
        else:
            edges.append(found)
    return edges, unmet, incomplete


def _with_lacking(sbom: Sbom) -> Sbom:
    """One problem more for all conda packages in it of which no document tells what they hold."""
    by_ref = {component.ref: component for component in sbom.components}
    holders = {sbom.root, *(ref for ref in by_ref if ref.startswith(_ENVIRONMENT))}
    packages: dict[Ref, str] = {}
    told = {claim.ref for claim in sbom.completeness if claim.aspect == "contents" and claim.state != "unknown"}
    for relation in sbom.relations:
        if relation.kind == "contains" and relation.source in holders:
            artifact = conda_parts(by_ref[relation.target].purl)
            if artifact is not None and artifact.build:
                packages[relation.target] = f"{artifact.name}-{artifact.version}-{artifact.build}"
        elif relation.kind in ("contains", "static_link"):
            told.add(relation.source)
    found = sorted(stem for ref, stem in packages.items() if ref not in told)
    if not found:
        return sbom
    named = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
    reason = f"what is in {len(found)} of {len(packages)} packages is not known, as no document tells it ({named})"
    problem = Problem(path="", reason=reason, by=OF_DOCUMENT, severity="gap")
    return replace(sbom, problems=tuple(sorted({*sbom.problems, problem})))


def _as(part: Sbom, component: Component) -> Sbom:
    """A part whose root goes by the name that the environment has for it; its own name stays as another."""
    if part.root == component.ref:
        return part

    def renamed(ref: Ref) -> Ref:
        return component.ref if ref == part.root else ref

    return replace(
        part,
        root=component.ref,
        components=tuple(_called(c, component) if c.ref == part.root else c for c in part.components),
        relations=tuple(replace(r, source=renamed(r.source), target=renamed(r.target)) for r in part.relations),
        completeness=tuple(replace(c, ref=renamed(c.ref)) for c in part.completeness),
    )


def _called(root: Component, component: Component) -> Component:
    aliases = {*root.aliases, root.purl} - {"", component.purl}
    return replace(root, ref=component.ref, purl=component.purl, aliases=tuple(sorted(aliases)))


def _root(
    name: str, platform: str, container: Container, options: Options, properties: Sequence[tuple[str, str]]
) -> Component:
    """What holds the packages. It has no purl: nothing of that name can be had anywhere."""
    name = withheld(name)
    ref = f"{'collection:' if container == 'collection' else _ENVIRONMENT}{quote(name, safe='')}"
    told = [(names.ENVIRONMENT, container), *properties]
    if platform:
        ref += f"?platform={quote(platform, safe='')}"
        told.append((names.PLATFORM, platform))
    return Component(
        ref=Ref(ref),
        kind="application",
        name=name,
        supplier=options.supplier,
        manufacturer=options.manufacturer,
        properties=tuple(sorted(set(told))),
    )


def _base(
    root: Component,
    platform: str,
    container: Container,
    components: tuple[Component, ...],
    edges: tuple[Relation, ...],
    problems: tuple[Problem, ...],
    claims: tuple[Completeness, ...],
) -> Sbom:
    subject = Subject(
        filename="",
        container=container,
        size=None,
        digests=(),
        name=root.name,
        version="",
        build="",
        subdir=platform,
    )
    return Sbom(
        subject=subject,
        root=root.ref,
        components=components,
        relations=edges,
        problems=problems,
        completeness=claims,
    )


def _created(wanted: str, newest: str) -> tuple[str, tuple[Problem, ...]]:
    """The document time: the user's, else the newest that what is merged states, else the epoch, which is said."""
    if wanted or newest:
        return wanted or newest, ()
    reason = "nothing that is merged states a time; the document is dated 1970-01-01"
    return rfc3339(0), (Problem(path="", reason=reason, by=OF_DOCUMENT, severity="gap"),)


def _time(stated: str) -> str:
    """A time as documents state it, in UTC with seconds; "" for what is none."""
    try:
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", stated).replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return ""
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found.year >= 1970 else ""
