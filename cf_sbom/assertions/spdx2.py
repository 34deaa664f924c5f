"""What an SPDX 2.2 or 2.3 document says, out of the tree of its JSON form.

Source: SPDX specification 2.3; Annex L of 2.3.1 for where the elements of CISA 2026 stand. A package is a component
where DESCRIBES, CONTAINS, DEPENDS_ON, DYNAMIC_LINK, STATIC_LINK or HAS_PREREQUISITE lead to it: the tools that built it
and the sources it was generated from are no components by that. What it is said to be generated from, or to descend
from, is its source, be it in the package as well or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cf_sbom import properties as names
from cf_sbom.assertions import (
    Agent,
    Graph,
    Role,
    Stated,
    Statement,
    inner,
    is_web,
    meant,
    objects,
    said,
    text,
    texts,
    tool,
)
from cf_sbom.assertions.values import hashed, identifier, stages
from cf_sbom.facts import CANDIDATE, NOT_LISTED

_DOCUMENT = "SPDXRef-DOCUMENT"
_HOLDS = frozenset(("CONTAINS", "STATIC_LINK"))
_NEEDS = frozenset(("DEPENDS_ON", "DYNAMIC_LINK", "STATIC_LINK", "HAS_PREREQUISITE"))
_ASIDE = frozenset(("BUILD_DEPENDENCY_OF", "BUILD_TOOL_OF", "DEV_DEPENDENCY_OF", "TEST_DEPENDENCY_OF"))
_TURNED = {
    "GENERATES": "GENERATED_FROM",
    "CONTAINED_BY": "CONTAINS",
    "DEPENDENCY_OF": "DEPENDS_ON",
    "DESCRIBED_BY": "DESCRIBES",
    "DESCENDANT_OF": "ANCESTOR_OF",
}
_PARTY = re.compile(r"(?:Person|Organization):\s*(?P<name>[^()]*)(?:\((?P<contact>[^()]*)\))?.*", re.DOTALL)
_LONGEST = 4000
_IDENTIFIERS = {"purl": "purl", "cpe22Type": "cpe", "cpe23Type": "cpe", "swh": "swhid", "gitoid": "gitoid", "swid": ""}
_NO_ELEMENTS = frozenset((_DOCUMENT, "NOASSERTION", "NONE", ""))
_SOURCES, _ARTIFACTS = frozenset(("source-distribution", "vcs")), frozenset(("distribution", "binaryArtifact"))


def state(document_format: str, version: str, tree: Any) -> Statement:
    """What the tree says."""
    creation = inner(tree, "creationInfo")
    creators = [one[:_LONGEST] for one in texts(creation, "creators")]
    authors = tuple(agent for one in creators if (agent := _party(one)))
    relations = list(_relations(tree))
    graph, told = Graph(), _Told()
    roots = list(texts(tree, "documentDescribes"))
    aside: set[str] = set()
    for source, kind, target in relations:
        if kind == "DESCRIBES" and source == _DOCUMENT:
            roots.append(target)
        elif kind in _HOLDS:
            graph.contains.setdefault(source, []).append(target)
        elif kind in _NEEDS:
            graph.needs.setdefault(source, []).append(target)
        elif kind == "GENERATED_FROM":
            told.origins.setdefault(source, []).append(target)
        elif kind == "ANCESTOR_OF":
            told.origins.setdefault(target, []).append(source)
        elif kind in _ASIDE:
            aside.add(source)
        told.take(source, kind, target)
        if not {source, target} & _NO_ELEMENTS:
            graph.join(source, target)
    told.settle()
    packages = {text(one, "SPDXID"): one for one in objects(tree, "packages")}
    if not roots and len(packages) == 1:
        roots = list(packages)
    roles = graph.roles(roots)
    aside |= {text(one, "relatedSpdxElement") for one in objects(tree, "relationships") if _is_doubtful(one)}
    aside -= {target for root in roots for target in graph.needs.get(root, ())}
    for ref, package in packages.items():
        if roles.get(ref) == "dependency" and ref in aside:
            del roles[ref]
        elif roles.get(ref) != "package" and text(package, "primaryPackagePurpose") == "FILE":
            roles.pop(ref, None)
    apart = [ref for ref in graph.apart(roots, packages) if text(packages[ref], "primaryPackagePurpose") != "FILE"]
    roles |= dict.fromkeys(apart, "dependency")
    licenses = {text(one, "licenseId"): said(one, "name") for one in objects(tree, "hasExtractedLicensingInfos")}
    components = [_stated(packages, ref, roles[ref], told, licenses) for ref in packages if ref in roles]
    components.sort(key=lambda one: one.role != "package")
    root = components[0].ref if components and components[0].role == "package" else ""
    remarks = sorted(name for name, _ in components[0].properties) if root else []
    return Statement(
        family="spdx2",
        format=document_format,
        version=version,
        identifier=said(tree, "documentNamespace"),
        number=said(tree, "documentNamespace"),
        timestamp=said(creation, "created"),
        authors=authors,
        creators=authors,
        tools=tuple(tool(one.partition(":")[2]) for one in creators if one.lstrip().startswith("Tool:")),
        context=stages(text(creation, "comment")),
        components=tuple(components),
        unreached=len(apart),
        unlisted=next((one for one in remarks if NOT_LISTED in one), ""),
        contents=told.contents.get(root, "") or ("complete" if _says_contents(tree) else ""),
    )


def _relations(tree: Any) -> Iterator[tuple[str, str, str]]:
    """Source, kind and target, with those turned that say the same the other way round."""
    for one in objects(tree, "relationships"):
        source, kind = text(one, "spdxElementId"), text(one, "relationshipType")
        target = text(one, "relatedSpdxElement")
        if kind in _TURNED:
            source, kind, target = target, _TURNED[kind], source
        yield source, kind, target


def _says_contents(tree: Any) -> bool:
    """Whether a document of ours tells what the completeness of the contents rests on: where no relation says that they
    are not known, they are complete."""
    lines = (line for one in objects(tree, "annotations") for line in text(one, "comment").split("\n"))
    return any(line.startswith(f"{names.COMPLETENESS}contents: ") for line in lines)


def _is_doubtful(relation: dict[str, Any]) -> bool:
    """Whether a relation of ours leads to what may be there."""
    return text(relation, "relationshipType") == "OTHER" and text(relation, "comment") == CANDIDATE


class _Told:
    """What relations say of dependencies and contents: named, none, or not known. NOASSERTION beside named ones says
    that there may be more; so where a document uses these words, named ones without it are all."""

    def __init__(self) -> None:
        self.needs: dict[str, str] = {}
        self.contents: dict[str, str] = {}
        self.origins: dict[str, list[str]] = {}

    def take(self, source: str, kind: str, target: str) -> None:
        states = self.needs if kind in _NEEDS else self.contents if kind == "CONTAINS" else None
        if states is None:
            return
        if target == "NOASSERTION":
            states[source] = "unknown"
        elif target == "NONE":
            states.setdefault(source, "complete")
        else:
            states.setdefault(source, "")

    def settle(self) -> None:
        """Read what is not said, once all relations are taken."""
        for states in (self.needs, self.contents):
            if any(states.values()):
                states.update({source: state or "complete" for source, state in states.items()})


def _stated(packages: dict[str, dict[str, Any]], ref: str, role: Role, told: _Told, licenses: dict[str, str]) -> Stated:
    tree = packages[ref]
    origins = [packages[one] for one in told.origins.get(ref, ()) if one in packages]
    links = _links(tree)
    ids = [(kind, identifier(_IDENTIFIERS[kind], locator)) for kind, locator in links if kind in _IDENTIFIERS]
    hashes = _hashes(tree)
    urls = [url for one in (tree, *origins) for kind, url in _links(one) if kind in _SOURCES]
    urls += (said(one, "downloadLocation") for one in origins)
    producer = _party(said(tree, "originator"))
    address = said(tree, "downloadLocation")
    return Stated(
        ref=ref,
        role=role,
        name=said(tree, "name"),
        version=said(tree, "versionInfo"),
        purl=next((locator for kind, locator in ids if kind == "purl" and locator), ""),
        identifiers=tuple(locator for _, locator in ids if locator),
        supplier=_party(said(tree, "supplier")),
        producers=(producer,) if producer else (),
        creators=(producer,) if producer else (),
        declared=_one(meant(said(tree, "licenseDeclared"), licenses)),
        concluded=_one(meant(said(tree, "licenseConcluded"), licenses)),
        copyright=said(tree, "copyrightText"),
        hashes=hashes,
        artifact_hashes=hashes if said(tree, "packageFileName") else frozenset(),
        filename=said(tree, "packageFileName"),
        sources=tuple(dict.fromkeys(url for url in (*urls, said(tree, "sourceInfo")) if url)),
        source_hashes=frozenset().union(*map(_hashes, origins)),
        distributions=tuple(u for u in (address, *(u for k, u in links if k in _ARTIFACTS)) if is_web(u)),
        dependencies=ref in told.needs,
        completeness=told.needs.get(ref, ""),
        evidence=any("evidence: " in text(one, "comment") for one in objects(tree, "annotations")),
        properties=frozenset(
            (name, value)
            for one in objects(tree, "annotations")
            for name, _, value in (line.partition(": ") for line in text(one, "comment").split("\n"))
        ),
    )


def _links(tree: dict[str, Any]) -> list[tuple[str, str]]:
    return [(text(one, "referenceType"), text(one, "referenceLocator")) for one in objects(tree, "externalRefs")]


def _hashes(tree: dict[str, Any]) -> frozenset[str]:
    found = ((text(one, "algorithm"), text(one, "checksumValue")) for one in objects(tree, "checksums"))
    return frozenset(hashed(word, value) for word, value in found) - {""}


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _party(value: str) -> Agent | None:
    found = _PARTY.fullmatch(value.strip()[:_LONGEST])
    name = said(found.groupdict(), "name") if found else ""
    return Agent(name=name, contact=(found["contact"] or "").strip()) if found and name else None
