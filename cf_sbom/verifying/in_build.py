"""A document that was written while its package was built, against the finished package.

Knows the model only. Neither knew all of the other: metadata came later, packing changed files and moved them, and the
environments of the build are gone. What both know is the package itself and what it carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from cf_sbom import properties as names
from cf_sbom.model import Component, Ref, Sbom
from cf_sbom.verifying.contradictions import Differences

UNCHECKED = "what only the build knew: its environments, files as they were before packing"
_OF_OUTCOME = (names.COVERAGE, names.FILENAME, names.LINKED_UNKNOWN)  # told of what is packed, and of who is there then
_LATER = frozenset(("ref", "purl", "digests", "occurrences", "links", "properties", "licenses", "description"))
"""What is not compared of the package itself. Of components it is what packing changes: digests and places."""
_PACKED = frozenset(("ref", "digests", "occurrences"))


def was_made_in_build(sbom: Sbom) -> bool:
    """Whether the package was not there yet: nothing of it is known from its own metadata."""
    paths = {o.path for o in sbom.root_component.occurrences}
    return "environment" in paths and "info/index.json" not in paths


def differences_in_build(stated: Sbom, anew: Sbom) -> Differences:
    """How a document of the build contradicts the finished package."""
    found = Differences(unchecked=[UNCHECKED], partial=True)
    for name in ("name", "version", "build", "subdir"):
        told, true = getattr(stated.subject, name), getattr(anew.subject, name)
        if told and told != true:
            found.subject.append(f"{name}: {told} in the document, {true} in the package")
    root, itself = stated.root_component, anew.root_component
    if root.purl.partition("?")[0] != itself.purl.partition("?")[0]:
        found.subject.append(f"purl: {root.purl} in the document, {itself.purl} in the package")
    told_pairs = {p for p in root.properties if not p[0].startswith(_OF_OUTCOME)}
    found.subject += (
        f"{name}: {value} in the document only" for name, value in sorted(told_pairs - set(itself.properties))
    )
    found.components += _fields(root, itself, _LATER)
    told_by, true_by = _carried(stated), _carried(anew)
    for ref in sorted(told_by.keys() - true_by.keys()):
        found.components.append(f"{told_by[ref].purl or ref} is listed, and not found in the package")
    for ref in sorted(true_by.keys() - told_by.keys()):
        found.components.append(f"{true_by[ref].purl or ref} is found in the package, and not listed")
    for ref in sorted(told_by.keys() & true_by.keys()):
        found.components += (f"{true_by[ref].purl}: {line}" for line in _fields(told_by[ref], true_by[ref], _PACKED))
    # By every name: what conda-build's recipe says of a host package has another purl, and the two are one.
    known = {str(name) for c in anew.components for name in (c.ref, c.purl, *c.aliases)}
    for component in stated.components:
        if component.ref not in known and component.ref not in told_by and component.ref != stated.root:
            found.components.append(f"{component.purl or component.ref} is listed, and not found in the package")
    return found


def _carried(sbom: Sbom) -> dict[Ref, Component]:
    """What has an identity that no place is part of: places change when a package is packed."""
    contained = {r.target for r in sbom.relations if r.kind == "contains"} - {sbom.root}
    return {c.ref: c for c in sbom.components if c.ref in contained and c.purl}


def _fields(told: Component, true: Component, without: frozenset[str]) -> Iterator[str]:
    for name in (f.name for f in fields(Component) if f.name not in without):
        one, another = getattr(told, name), getattr(true, name)
        if one != another and one:
            yield f"{name}: differs from what the package says"
