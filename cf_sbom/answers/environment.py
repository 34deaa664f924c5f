"""One inventory of an environment: an installed one, or one that a lock file names.

Knows the model. What it holds is told by its records, what is in each package by the package's own document; what has
none is said. No edge leads out of an environment, and so none crosses platforms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from cf_sbom.assemble import fit
from cf_sbom.environments import PYPI, Entry, Environment
from cf_sbom.environments.versions import meets
from cf_sbom.generate import Description, rfc3339
from cf_sbom.hookspecs import Options
from cf_sbom.joining import Rules, admitted, join
from cf_sbom.joining.apart import renamed
from cf_sbom.joining.contents import Lookup
from cf_sbom.joining.wholes import base_of, dated, root_of, with_lacking
from cf_sbom.merging import evidence_of
from cf_sbom.model import Completeness, Component, Problem, Ref, Relation, Sbom, State
from cf_sbom.requirements import Provider, relations


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
    times: dict[Ref, str] = {}
    lacking: list[Entry] = []
    for entry in environment.entries:
        if not entry.stem:
            continue
        opened = next((found for lookup in lookups if (found := lookup(entry)) is not None), None)
        if opened is None:
            lacking.append(entry)
        else:
            # A document may name the package without its channel; what the environment calls it counts.
            parts[entry.component.ref] = _as(opened.part, entry.component)
            times[entry.component.ref] = opened.created
        passed()
    count = len({entry.component.ref for entry in environment.entries}) + 1
    kept, over = admitted(list(parts.values()), count, options.limits)
    if over:
        parts = {part.root: part for part in kept}
        told = {entry.component.ref for entry in lacking} | parts.keys()
        lacking += (entry for entry in environment.entries if entry.stem and entry.component.ref not in told)
    base = _environment_base(environment, parts, lacking, options)
    built = rfc3339(environment.built) if environment.built else ""
    created, doubt = dated(options.timestamp, max(built, *(times[ref] for ref in parts), ""))
    base = replace(base, problems=(*base.problems, *problems, *doubt, *over))
    rules = Rules(limits=options.limits, closed=True, build=options.build_packages == "all")
    return Description(sbom=with_lacking(join(base, kept, rules)), created=created)


def _environment_base(
    environment: Environment, parts: dict[Ref, Sbom], lacking: Sequence[Entry], options: Options
) -> Sbom:
    """The environment as its records tell it, without what is in the packages."""
    root = root_of(environment.name, environment.platform, environment.container, options, environment.properties)
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
    return base_of(
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


def _as(part: Sbom, component: Component) -> Sbom:
    """A part whose root goes by the name that the environment has for it; its own name stays as another."""
    if part.root == component.ref:
        return part
    return renamed(part, {part.root: component.ref}, lambda root: _called(root, component))


def _called(root: Component, component: Component) -> Component:
    aliases = {*root.aliases, root.purl} - {"", component.purl}
    return replace(root, purl=component.purl, aliases=tuple(sorted(aliases)))
