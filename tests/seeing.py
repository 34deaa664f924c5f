"""What one extractor makes of members, told in lines that a test can list."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import NamedTuple

from cf_sbom.model import Component, Ref, Sbom
from cf_sbom.testing import describe_members


class Seen(NamedTuple):
    """Components by what they are called, edges and problems of one extractor."""

    components: dict[str, Component]
    edges: set[tuple[str, str, str, tuple[str, ...]]]
    problems: list[tuple[str, str, str]]
    sbom: Sbom


def seen(module: ModuleType, members: Mapping[str, bytes]) -> Seen:
    """A component is called by its purl without `pkg:`, else by its name."""
    sbom = describe_members(members)
    by = module.NAME
    ours = [
        c for c in sbom.components if c.ref != sbom.root and any(e.by == by for o in c.occurrences for e in o.evidence)
    ]
    names: dict[Ref, str] = {c.ref: c.purl.removeprefix("pkg:") or c.name for c in ours}
    edges = {
        (names[r.source], names[r.target], r.scope, r.specs)
        for r in sbom.relations
        if r.kind == "depends_on" and r.source in names and r.target in names
    }
    problems = [(p.path.rpartition("/")[2], p.severity, p.reason) for p in sbom.problems if p.by in (by, "assemble")]
    return Seen({names[c.ref]: c for c in ours}, edges, problems, sbom)
