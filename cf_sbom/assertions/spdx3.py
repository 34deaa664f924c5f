"""What an SPDX 3 document says, out of its graph.

Source: SPDX specification 3.0.1, profiles Core, Software and SimpleLicensing; BSI TR-03183-2 v2.1.0 for where its
fields stand. A package is a component where `contains`, `dependsOn`, `hasDynamicLink` or `hasStaticLink` lead to it
from the root, but for what only a build, a test or the making of it needs from outside.
"""

from __future__ import annotations

from typing import Any

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
from cf_sbom.assertions.values import STAGES, hashed, identifier
from cf_sbom.facts import CANDIDATE

_HOLDS = frozenset(("contains", "hasStaticLink"))
_NEEDS = frozenset(("dependsOn", "hasDynamicLink", "hasStaticLink"))
_ASIDE = frozenset(("build", "development", "test", "design"))
_PACKAGES = frozenset(("software_Package", "ai_AIPackage", "dataset_DatasetPackage"))
_AGENTS = frozenset(("Person", "Organization", "Agent"))
_STATES = {"complete": "complete", "incomplete": "incomplete", "noAssertion": "unknown"}
_WORST = ("", "complete", "incomplete", "unknown")
_IDENTIFIERS = {"packageUrl": "purl", "cpe22": "cpe", "cpe23": "cpe", "swhid": "swhid", "gitoid": "gitoid", "swid": ""}
_JOINED = frozenset(("software_File", "software_Snippet", "build_Build")) | _PACKAGES
"""What relations join: not licences, nor what stands for nothing."""
_TYPES = frozenset(stage.lower() for stage in STAGES)
_SOURCE_LINKS = frozenset(("sourceArtifact", "vcs"))
_LICENSES = ("https://spdx.org/licenses/", "http://spdx.org/licenses/")
"""A licence of the SPDX list may be named by its address alone."""


def state(document_format: str, version: str, tree: Any) -> Statement:
    """What the tree says."""
    return _Reader(tree).statement(document_format, version)


class _Reader:
    """One document by its elements."""

    def __init__(self, tree: Any) -> None:
        self._elements: dict[str, dict[str, Any]] = {}
        self._by_type: dict[str, list[dict[str, Any]]] = {}
        for element in [*objects(tree, "@graph")] or [tree if isinstance(tree, dict) else {}]:
            name = text(element, "spdxId") or text(element, "@id")
            self._elements[name] = element
            self._by_type.setdefault(text(element, "type"), []).append(element)
        self._graph = Graph()
        self._aside: set[str] = set()
        self._needs: dict[str, str] = {}
        self._contents: dict[str, str] = {}
        self._targets: dict[tuple[str, str], list[str]] = {}
        for kind in ("Relationship", "LifecycleScopedRelationship"):
            for relation in self._by_type.get(kind, ()):
                self._take(relation)
        self._sources: dict[str, list[str]] = {}
        for (made, kind), targets in self._targets.items():
            if kind == "descendantOf":
                self._sources.setdefault(made, []).extend(targets)
            if kind in ("hasOutput", "generates", "ancestorOf"):
                inputs = self._targets.get((made, "hasInput"), ()) if kind == "hasOutput" else (made,)
                for target in targets:
                    self._sources.setdefault(target, []).extend(inputs)
        self._remarks: dict[str, list[str]] = {}
        for one in self._by_type.get("Annotation", ()):
            self._remarks.setdefault(text(one, "subject"), []).append(text(one, "statement"))

    def _take(self, relation: dict[str, Any]) -> None:
        source, kind = text(relation, "from"), text(relation, "relationshipType")
        targets = list(texts(relation, "to"))
        self._targets.setdefault((source, kind), []).extend(targets)
        if text(self._elements.get(source), "type") in _JOINED:
            for target in targets:
                if text(self._elements.get(target), "type") in _JOINED:
                    self._graph.join(source, target)
        if kind == "other" and text(relation, "comment") == CANDIDATE:
            self._aside.update(targets)
        if kind not in _HOLDS and text(relation, "scope") in _ASIDE:
            self._aside.update(targets)
            return
        states = self._needs if kind in _NEEDS else self._contents if kind == "contains" else None
        if states is None:
            return
        said_ = _STATES.get(text(relation, "completeness").rpartition("/")[2], "")
        states[source] = max(states.get(source, ""), said_, key=_WORST.index)
        (self._graph.contains if kind in _HOLDS else self._graph.needs).setdefault(source, []).extend(targets)

    def statement(self, document_format: str, version: str) -> Statement:
        head = next(iter(self._by_type.get("SpdxDocument", [])), {})
        creation = self._creation(head)
        collections = [head, *self._by_type.get("software_Sbom", []), *self._by_type.get("Bom", [])]
        roots = {ref for one in collections for ref in texts(one, "rootElement")}
        packages = {ref: one for ref, one in self._elements.items() if text(one, "type") in _PACKAGES}
        if not roots & packages.keys() and len(packages) == 1:
            roots = set(packages)
        roles = self._graph.roles(sorted(roots & packages.keys()))
        self._aside -= {target for root in roots for target in self._graph.needs.get(root, ())}
        for ref, one in packages.items():
            if roles.get(ref) == "dependency" and ref in self._aside:
                del roles[ref]
            elif roles.get(ref) != "package" and text(one, "software_primaryPurpose") == "file":
                roles.pop(ref, None)
        apart = self._graph.apart(roots & packages.keys(), packages)
        apart = [ref for ref in apart if text(packages[ref], "software_primaryPurpose") != "file"]
        roles |= dict.fromkeys(apart, "dependency")
        components = [self._stated(one, ref, roles[ref]) for ref, one in packages.items() if ref in roles]
        components.sort(key=lambda one: one.role != "package")
        root = components[0].ref if components and components[0].role == "package" else ""
        types = (one.rpartition("/")[2] for each in collections for one in texts(each, "software_sbomType"))
        authors = tuple(agent for ref in texts(creation, "createdBy") if (agent := self._agent(ref)))
        return Statement(
            family="spdx3",
            format=document_format,
            version=version,
            identifier=text(head, "spdxId"),
            number=text(head, "spdxId"),
            timestamp=said(creation, "created"),
            authors=authors,
            creators=authors,
            tools=tuple(tool(text(self._elements.get(ref), "name")) for ref in texts(creation, "createdUsing")),
            context=tuple(dict.fromkeys(one for one in types if one in _TYPES)),
            vulnerabilities="security_Vulnerability" in self._by_type,
            components=tuple(components),
            unreached=len(apart),
            contents=self._contents.get(root, ""),
        )

    def _creation(self, head: dict[str, Any]) -> dict[str, Any]:
        """That of the document; written in place or named."""
        named = inner(head, "creationInfo") or self._elements.get(text(head, "creationInfo"))
        return named or next(iter(self._by_type.get("CreationInfo", [])), {})

    def _agent(self, ref: str) -> Agent | None:
        element = self._elements.get(ref, {})
        if text(element, "type") not in _AGENTS:
            return None
        contacts = [text(one, "identifier") for one in objects(element, "externalIdentifier")]
        name, contact = said(element, "name"), next((c for c in contacts if "@" in c or is_web(c)), "")
        return Agent(name=name, contact=contact) if name or contact else None

    def _stated(self, tree: dict[str, Any], ref: str, role: Role) -> Stated:
        links = _links(tree)
        artifacts = [self._elements.get(one, {}) for one in self._targets.get((ref, "hasDistributionArtifact"), ())]
        artifact = artifacts[0] if artifacts else {}
        places = [url for one in artifacts for o in objects(one, "externalRef") for url in texts(o, "locator")]
        places += (url for kind, url in links if kind == "binaryArtifact")
        ids = [("purl", said(tree, "software_packageUrl"))]
        for one in objects(tree, "externalIdentifier"):
            kind = text(one, "externalIdentifierType").rpartition("/")[2]
            if kind in _IDENTIFIERS:
                ids.append((_IDENTIFIERS[kind], said(one, "identifier")))
        ids = [(kind, value) for kind, value in ids if identifier(kind, value)]
        purposes = {text(artifact, "software_primaryPurpose"), *texts(artifact, "software_additionalPurpose")} - {""}
        makers = tuple(agent for one in texts(tree, "originatedBy") if (agent := self._agent(one)))
        comment = "\n".join(self._remarks.get(ref, ()))
        sources = [self._elements.get(one, {}) for one in self._sources.get(ref, ())]
        urls = [url for one in (tree, *sources) for kind, url in _links(one) if kind in _SOURCE_LINKS and url]
        urls += filter(None, map(_origin, sources))
        return Stated(
            ref=ref,
            role=role,
            name=said(tree, "name"),
            version=said(tree, "software_packageVersion"),
            purl=next((value for kind, value in ids if kind == "purl"), ""),
            identifiers=tuple(value for _, value in ids),
            supplier=self._agent(text(tree, "suppliedBy")),
            producers=makers,
            creators=makers,
            declared=self._licenses(ref, "hasDeclaredLicense"),
            concluded=self._licenses(ref, "hasConcludedLicense"),
            copyright=said(tree, "software_copyrightText"),
            hashes=_hashes(tree),
            artifact_hashes=frozenset().union(*map(_hashes, artifacts)),
            filename=said(artifact, "name"),
            executable=_word(purposes, ("executable",), "executable", "non-executable"),
            archive=_word(purposes, ("archive",), "archive", "no archive"),
            structured=_word(purposes, ("container",), "structured", "unstructured" if "firmware" in purposes else ""),
            sources=tuple(dict.fromkeys(urls)),
            source_hashes=frozenset().union(*map(_hashes, sources)),
            distributions=tuple(url for url in (*places, text(tree, "software_downloadLocation")) if is_web(url)),
            security=next((url for kind, url in links if kind in ("securityOther", "securityPolicy")), ""),
            dependencies=ref in self._needs,
            completeness=self._needs.get(ref, ""),
            evidence="evidence: " in comment,
            properties=frozenset((n, v) for n, _, v in (line.partition(": ") for line in comment.split("\n")) if n),
        )

    def _licenses(self, ref: str, kind: str) -> tuple[str, ...]:
        found = []
        for target in self._targets.get((ref, kind), ()):
            element = self._elements.get(target, {})
            name = said(element, "simplelicensing_licenseExpression") or said(element, "name")
            if not element and target.startswith(_LICENSES):
                name = target.rpartition("/")[2]
            if name:
                entries = objects(element, "simplelicensing_customIdToUri")
                texts_ = {text(one, "key"): self._elements.get(text(one, "value"), {}) for one in entries}
                found.append(meant(name, {ref: said(one, "name") for ref, one in texts_.items()}))
        return tuple(found)


def _hashes(tree: dict[str, Any]) -> frozenset[str]:
    found = (
        (text(one, "algorithm").rpartition("/")[2], text(one, "hashValue")) for one in objects(tree, "verifiedUsing")
    )
    return frozenset(hashed(word, value) for word, value in found) - {""}


def _links(tree: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (text(one, "externalRefType"), url) for one in objects(tree, "externalRef") for url in texts(one, "locator")
    ]


def _origin(source: dict[str, Any]) -> str:
    """Where something that the package was made from was had from."""
    return said(source, "software_downloadLocation") or next((url for _, url in _links(source)), "")


def _word(purposes: set[str], words: tuple[str, ...], yes: str, no: str) -> str:
    """What the purposes of a file say; nothing where it has none."""
    return "" if not purposes else yes if purposes & {*words} else no
