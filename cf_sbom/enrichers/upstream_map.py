"""Upstream purls out of a mapping that the user gives (`--upstream-map FILE`): conda names -> purls.

Knows that one file; nothing is fetched. What it states is marked as inferred, with the mapping as its source: a name in
a list does not prove what an artifact was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from cf_sbom.errors import SettingsError
from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.identity.packages import canonical, package_purl
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Evidence, Occurrence, Problem, Ref, Relation, Sbom
from cf_sbom.parsing import ParseError, parse_json, parse_yaml

NAME = "upstream_map"
INDEX = "info/index.json"
_VERSION = "{version}"
_CONFIDENCE = 0.7


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(name=NAME, order=30, enrich=enrich, doc="upstream purls out of the mapping of --upstream-map")


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with an ancestor for each purl that the mapping has for the package's name; unchanged without a mapping.

    Raises SettingsError where the mapping cannot be read.
    """
    path = context.options.upstream_map
    if path is None:
        return sbom
    components = {c.ref: c for c in sbom.components}
    relations = {(r.source, r.kind, r.target, r.scope): r for r in sbom.relations}
    problems = set(sbom.problems)
    for stated in _entries(_mapping(path, context.limits).get(sbom.subject.name)):
        wanted = stated.replace(_VERSION, sbom.subject.version) if sbom.subject.version else stated
        purl = canonical(wanted) if wanted.startswith("pkg:") else package_purl("pypi", wanted)
        if not purl:
            reason = f"the mapping {path.name} has no valid purl for {sbom.subject.name}"
            problems.add(Problem(path="", reason=reason, by=NAME, severity="damage"))
            continue
        detail = f"by the mapping {path.name}"
        evidence = Evidence(
            path=INDEX, field="name", technique="inferred", confidence=_CONFIDENCE, by=NAME, detail=detail
        )
        ref = next(_carried(purl, components.values()), None)
        if ref is None:
            component = _component(purl, evidence)
            ref = component.ref
            components[ref] = component
        relation = Relation(source=ref, kind="upstream_of", target=sbom.root, evidence=(evidence,))
        relations.setdefault((ref, relation.kind, sbom.root, relation.scope), relation)
    return replace(
        sbom,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
        problems=tuple(sorted(problems)),
    )


@lru_cache(maxsize=4)
def _mapping(path: Path, limits: Limits) -> dict[str, Any]:
    """The file as a tree, read once for a run of many packages."""
    try:
        if path.stat().st_size > limits.json_size:
            raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
        data = path.read_bytes()
        tree = parse_yaml(data, limits)[0] if path.suffix in (".yaml", ".yml") else parse_json(data, limits)
    except OSError as error:
        raise SettingsError(f"--upstream-map {path}: {error.strerror}") from error
    except ParseError as error:
        raise SettingsError(f"--upstream-map {path}: {error}") from None
    if not isinstance(tree, dict):
        raise SettingsError(f"--upstream-map {path}: not a mapping of conda names to purls")
    return tree


def _entries(value: Any) -> tuple[str, ...]:
    """A purl, a name on PyPI, a list of these, or nothing."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for text in values if isinstance(text, str) and text))


def _carried(purl: str, components: Iterable[Component]) -> Iterator[Ref]:
    """The component that a purl names; one without a version names whichever version the package carries."""
    unversioned = re.fullmatch(r"[^@]*(?:/%40[^@]*)?", purl.partition("?")[0]) is not None
    for component in components:
        if component.purl == purl or (unversioned and component.purl.partition("@")[0] == purl):
            yield component.ref


def _component(purl: str, evidence: Evidence) -> Component:
    parsed = PackageURL.from_string(purl)
    return Component(
        ref=Ref(purl),
        kind="source",
        name=f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name,
        version=parsed.version or "",
        purl=purl,
        occurrences=(Occurrence(path=INDEX, evidence=(evidence,)),),
    )
