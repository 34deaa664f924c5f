"""A document of another tool against the package: only what it states can be held against what is found.

Knows the model only. Such a document names things in its own way, so components are known by type, name and version of
their purls, and what it leaves unsaid of one is no contradiction; a component that it does not list is.
"""

from __future__ import annotations

from collections.abc import Iterator

from packageurl import PackageURL

from cf_sbom.model import Component, Ref, Sbom
from cf_sbom.verifying.contradictions import Differences


def differences_of_others(stated: Sbom, anew: Sbom) -> Differences:
    """How a document that cf-sbom did not make contradicts the package."""
    found = Differences()
    root, itself = stated.root_component, anew.root_component
    # Tools that know files and not packages call them by file name and digest.
    others = {"name": anew.subject.filename, "version": f"sha256:{_sha256(itself)}"}
    for name, other in others.items():
        told, true = getattr(root, name), getattr(itself, name)
        if told not in (true, other, ""):
            found.subject.append(f"{name}: {told!r} in the document, {true!r} in the package")
    found.subject += _digests(root, itself)
    files = {f.path: f for f in anew.files}
    for file in stated.files:
        true_file = files.get(file.path)
        if true_file is None:
            found.files.append(f"{file.path}: listed in the document, not in the package")
        elif file.digests and not set(file.digests) & set(true_file.digests):
            found.files.append(f"{file.path}: its digest differs")
    told_by, true_by = _by_key(stated), _by_key(anew)
    for key in sorted(told_by.keys() - true_by.keys()):
        found.components.append(f"{told_by[key].purl} is listed, and not found in the package")
    carried = _carried(anew)
    for key in sorted(true_by.keys() - told_by.keys()):
        if true_by[key].ref in carried:
            found.components.append(f"{true_by[key].purl} is found in the package, and not listed")
    for key in sorted(told_by.keys() & true_by.keys()):
        found.components += (f"{told_by[key].purl}: {line}" for line in _digests(told_by[key], true_by[key]))
    return found


def _digests(told: Component, true: Component) -> Iterator[str]:
    known = {d.algorithm: d.value for d in true.digests}
    for digest in told.digests:
        if known.get(digest.algorithm, digest.value) != digest.value:
            yield f"{digest.algorithm}: {digest.value} in the document, {known[digest.algorithm]} in the package"


def _sha256(component: Component) -> str:
    return next((d.value for d in component.digests if d.algorithm == "sha256"), "")


def _by_key(sbom: Sbom) -> dict[tuple[str, str, str], Component]:
    """Components by what every tool calls alike; conda packages are what this one needs, and are versioned or not."""
    found: dict[tuple[str, str, str], Component] = {}
    for component in sbom.components:
        for purl in (component.purl, *component.aliases):
            if component.ref != sbom.root and purl and not purl.startswith(("pkg:conda/", "pkg:generic/")):
                try:
                    parsed = PackageURL.from_string(purl)
                except ValueError:
                    continue
                name = f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name
                found.setdefault((parsed.type, name, parsed.version or ""), component)
    return found


def _carried(sbom: Sbom) -> set[Ref]:
    return {r.target for r in sbom.relations if r.kind == "contains"}
