"""What holds several packages: its component, its time, and what is not known of the packages in it.

Knows the model and how this project calls such wholes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from cf_sbom import properties as names
from cf_sbom.generate import rfc3339
from cf_sbom.hookspecs import Options
from cf_sbom.identity.urls import withheld
from cf_sbom.joining.apart import ENVIRONMENT
from cf_sbom.joining.same import Conda, conda_parts
from cf_sbom.model import (
    OF_DOCUMENT,
    Completeness,
    Component,
    Container,
    Problem,
    Ref,
    Relation,
    Sbom,
    Subject,
)

_NAMED = 5  # packages without a document that one problem names


def root_of(
    name: str, platform: str, container: Container, options: Options, properties: Sequence[tuple[str, str]]
) -> Component:
    """What holds the packages. It has no purl: nothing of that name can be had anywhere."""
    name = withheld(name)
    ref = f"{'collection:' if container == 'collection' else ENVIRONMENT}{quote(name, safe='')}"
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


def base_of(
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


def dated(wanted: str, newest: str) -> tuple[str, tuple[Problem, ...]]:
    """The document time: the user's, else the newest that what is merged states, else the epoch, which is said."""
    if wanted or newest:
        return wanted or newest, ()
    reason = "nothing that is merged states a time; the document is dated 1970-01-01"
    return rfc3339(0), (Problem(path="", reason=reason, by=OF_DOCUMENT, severity="gap"),)


def with_lacking(sbom: Sbom) -> Sbom:
    """One problem more for all conda packages in it of which no document tells what they hold."""
    by_ref = {component.ref: component for component in sbom.components}
    holders = {sbom.root, *(ref for ref in by_ref if ref.startswith(ENVIRONMENT))}
    packages: dict[Ref, Conda] = {}
    told = {claim.ref for claim in sbom.completeness if claim.aspect == "contents" and claim.state != "unknown"}
    for relation in sbom.relations:
        if relation.kind == "contains" and relation.source in holders:
            artifact = conda_parts(by_ref[relation.target].purl)
            if artifact is not None and artifact.build:
                packages[relation.target] = artifact
        elif relation.kind in ("contains", "static_link"):
            told.add(relation.source)
    several = len({artifact.subdir for artifact in packages.values()} - {"", "noarch"}) > 1
    found = sorted(_stem(artifact, several) for ref, artifact in packages.items() if ref not in told)
    if not found:
        return sbom
    named = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
    reason = f"what is in {len(found)} of {len(packages)} packages is not known, as no document tells it ({named})"
    problem = Problem(path="", reason=reason, by=OF_DOCUMENT, severity="gap")
    return replace(sbom, problems=tuple(sorted({*sbom.problems, problem})))


def _stem(artifact: Conda, several: bool) -> str:
    """What a package is called, with its platform where there are several."""
    place = f"{artifact.subdir}/" if several and artifact.subdir else ""
    return f"{place}{artifact.name}-{artifact.version}-{artifact.build}"
