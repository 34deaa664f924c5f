"""SPDX 3 JSON-LD -> Sbom: ours whole, anybody's as far as its words have a place in the model.

Knows the emitter's words in reverse. Reads the graph in the compact form of the official context; nothing is fetched.
Input is untrusted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from cf_sbom import properties as names
from cf_sbom.facts import CANDIDATE, OF_PAYLOAD, SPECS, Facts, listed_binaries, listed_file, pairs
from cf_sbom.fields import Fields
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Algorithm,
    Aspect,
    Completeness,
    Component,
    ComponentKind,
    Digest,
    License,
    LicenseRole,
    Link,
    LinkKind,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Scope,
    State,
    Text,
    file_ref,
    found_ref,
)
from cf_sbom.reading import OTHER_HASHES, OTHER_KINDS, OTHER_LINKS, Reading, is_of_many, stated_ref

PURPOSES: Final[dict[str, ComponentKind]] = {
    "application": "application",
    "data": "data",
    "file": "file",
    "source": "source",
}
ALGORITHMS: Final[dict[str, Algorithm]] = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
REFERENCES: Final[dict[str, LinkKind]] = {
    "altWebPage": "website",
    "vcs": "vcs",
    "documentation": "documentation",
    "sourceArtifact": "source",
    "binaryArtifact": "distribution",
    "buildMeta": "recipe",
    "license": "license",
    "productMetadata": "bom",
}
STATES: Final[dict[str, State]] = {"complete": "complete", "incomplete": "incomplete", "noAssertion": "unknown"}
# relationship type -> kind and scope; those of a build have the package that it made as their source
RELATIONSHIPS: Final[dict[str, tuple[RelationKind, Scope]]] = {
    "contains": ("contains", "runtime"),
    "dependsOn": ("depends_on", "runtime"),
    "hasOptionalDependency": ("depends_on", "optional"),
    "hasProvidedDependency": ("depends_on", "runtime"),
    "hasPrerequisite": ("depends_on", "runtime"),
    "hasDynamicLink": ("links_to", "runtime"),
    "hasStaticLink": ("static_link", "runtime"),
    "hasInput": ("built_from", "build"),
    "usesTool": ("build_tool", "build"),
    "ancestorOf": ("upstream_of", "runtime"),
    "patchedBy": ("patched_by", "build"),
}
# What SPDX 3.0.1 has for which the model has no place; a merge says so once for each document.
_UNPLACED: Final = (
    *("builtTime", "comment", "releaseTime", "software_attributionText", "software_copyrightText", "standardName"),
    *("software_contentIdentifier", "software_packageVersionScheme", "supportLevel", "validUntilTime"),
)
_OTHER_ELEMENTS: Final = ("ai_AIPackage", "dataset_DatasetPackage", "software_Snippet", "security_Vulnerability")
_SCOPES: Final[dict[str, Scope]] = {"build": "build", "development": "build", "test": "test"}
_PROVIDED = "hasProvidedDependency"  # by whatever the artifact runs in
_ROLES: Final[dict[str, LicenseRole]] = {"hasDeclaredLicense": "declared", "hasConcludedLicense": "concluded"}
_ASPECTS: Final[dict[str, Aspect]] = {"contains": "contents", "dependsOn": "dependencies"}
_NOBODY = ("NoneElement", "NoAssertionElement")
_LISTED_LICENSE = re.compile(r"https?://spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html|\.json)?")
_BY = "spdx3"


def read(tree: Any, limits: Limits) -> Reading:
    """The content of one document; it has passed no schema yet."""
    return _Reader(tree, limits).reading


class _Reader:
    """One document on its way into the model."""

    def __init__(self, tree: Any, limits: Limits) -> None:
        self._limits = limits
        self._remarks: list[Problem] = []
        top = Fields(tree, limits, self._remark)
        graph = list(top.each("@graph", limits.members)) if "@graph" in top else [top]
        self._by_type: defaultdict[str, list[Fields]] = defaultdict(list)
        self._by_id: dict[str, Fields] = {}
        for element in graph:
            spdx_id = _id(element)
            if self._by_id.setdefault(spdx_id, element) is element or not spdx_id:
                self._by_type[element.text("type").rpartition("/")[2]].append(element)
        if len(self._by_id.keys() - {""}) < sum(1 for element in graph if _id(element)):
            self._remark("several elements bear one spdxId; the first is read")
        self._relationships = self._by_type["Relationship"] + self._by_type["LifecycleScopedRelationship"]
        self._packages = self._by_type["software_Package"]
        self._notes: defaultdict[str, list[Fields]] = defaultdict(list)
        for annotation in self._by_type["Annotation"]:
            self._notes[annotation.text("subject")].append(annotation)
        self._facts = {_id(package): Facts(self._lines(_id(package))) for package in self._packages}
        self._refs = {
            _id(package): Ref(package.text("software_packageUrl"))
            if "software_packageUrl" in package
            else stated_ref(self._facts[_id(package)].properties) or Ref(_id(package))
            for package in self._packages
        }
        described = tuple(dict.fromkeys(self._refs[one] for one in self._described()))
        self._root = described[0] if described else found_ref("document", "package", "root")
        self.reading = Reading(root=self._root, described=described)
        self._read_packages()
        root_pairs = (c.properties for c in self.reading.components if c.ref == self._root)
        self._many = any(map(is_of_many, root_pairs))
        self.reading.created = next((c.text("created") for c in self._by_type["CreationInfo"]), "")
        self._read_licenses()
        self._read_files()
        self._read_builds()
        self._read_relationships()
        for document in (*self._by_type["software_Sbom"], *self._by_type["SpdxDocument"]):
            for line in self._lines(_id(document)):
                name, _, value = line.partition(": ")
                self.reading.add_remark(name, value)
        self.reading.left_out.update(name for name in _OTHER_ELEMENTS if self._by_type.get(name))
        self.reading.unlisted.add("licence texts")  # it has a place for those of a LicenseRef only
        self.reading.remarks += self._remarks

    def _remark(self, text: str) -> None:
        self._remarks.append(Problem(path="", reason=text, by=_BY, severity="damage"))

    def _lines(self, subject: str) -> list[str]:
        return [
            line for a in (self._notes[subject] if subject else ()) for line in a.whole_text("statement").splitlines()
        ]

    def _described(self) -> list[str]:
        """The packages that the SBOM, else the document is about; without either, the only one."""
        for collection in (*self._by_type["software_Sbom"], *self._by_type["SpdxDocument"]):
            if found := [ref for ref in collection.texts("rootElement") if ref in self._refs]:
                return found
        return [_id(self._packages[0])] if len(self._packages) == 1 else []

    def _read_packages(self) -> None:
        licenses: defaultdict[str, list[License]] = defaultdict(list)
        for fields in self._relationships:
            role = _ROLES.get(fields.text("relationshipType"))
            for target in fields.texts("to") if role else ():
                expression = self._expression(target)
                if expression and role:
                    facts = self._facts.get(fields.text("from"))
                    found = facts.found if facts and expression.startswith("LicenseRef-") else ""
                    licenses[fields.text("from")].append(License(expression=expression, role=role, found=found))
        for fields in self._packages:
            self._package(fields, tuple(sorted(set(licenses[_id(fields)]))))
        if self._root not in (c.ref for c in self.reading.components):
            self.reading.components.append(Component(ref=self._root, kind="library", name="unknown"))
            self._remark("the document names no package as its root")

    def _expression(self, target: str) -> str:
        element = self._by_id.get(target)
        if element is not None and (expression := element.text("simplelicensing_licenseExpression")):
            return expression
        match = _LISTED_LICENSE.fullmatch(target)
        return match[1] if match else ""

    def _package(self, fields: Fields, licenses: tuple[License, ...]) -> None:
        spdx_id = _id(fields)
        self.reading.places.setdefault(self._refs[spdx_id], (spdx_id, fields.where()))
        self._leave_out(fields)
        facts = self._facts[spdx_id]
        digests = _digests(fields)
        identifiers = list(fields.each("externalIdentifier"))
        purls = {i.text("identifier") for i in identifiers if i.text("externalIdentifierType") == "packageUrl"}
        cpes = {i.text("identifier") for i in identifiers if i.text("externalIdentifierType") == "cpe23"}
        purl = fields.text("software_packageUrl")
        self.reading.components.append(
            Component(
                ref=self._refs[spdx_id],
                kind=PURPOSES.get(fields.text("software_primaryPurpose"), "library"),
                name=fields.text("name"),
                version=fields.text("software_packageVersion"),
                purl=purl,
                aliases=tuple(sorted({*facts.aliases, *purls} - {purl, ""})),
                licenses=licenses,
                digests=digests,
                supplier=self._party(fields.text("suppliedBy")),
                manufacturer=self._party(next(iter(fields.texts("originatedBy")), "")),
                description="\n\n".join(t for t in (fields.text("summary"), fields.text("description")) if t),
                links=tuple(sorted(_links(fields, facts, digests))),
                cpes=tuple(sorted(cpes - {""})),
                occurrences=facts.occurrences(),
                properties=tuple(sorted({one for one in facts.properties if one[0] != names.REF})),
            )
        )
        for spec in facts.constrains:
            self.reading.add_constraint(self._refs[spdx_id], spec, "document")

    def _leave_out(self, fields: Fields) -> None:
        """What has a value and no place in the model."""
        left = self.reading.left_out
        left.update(name for name in _UNPLACED if set(fields.texts(name)) - {"NOASSERTION", "NONE"})
        if any(one.text("algorithm") not in ALGORITHMS for one in fields.each("verifiedUsing")):
            left.add(OTHER_HASHES)
        if not {one.text("externalRefType") for one in fields.each("externalRef")} <= {*REFERENCES}:
            left.add(OTHER_LINKS)
        if fields.text("software_primaryPurpose") not in ("", "library", "other", *PURPOSES):
            left.add(OTHER_KINDS)

    def _party(self, spdx_id: str) -> Party | None:
        agent = self._by_id.get(spdx_id)
        if agent is None or not agent.text("name"):
            return None
        stated = {i.text("externalIdentifierType"): i.text("identifier") for i in agent.each("externalIdentifier")}
        email = stated.get("email", "")
        return Party(name=agent.text("name"), email=email, url="" if email else stated.get("urlScheme", ""))

    def _read_licenses(self) -> None:
        """What the document means by each LicenseRef, where it means one thing by it."""
        for expression in self._by_type["simplelicensing_LicenseExpression"]:
            for entry in expression.each("simplelicensing_customIdToUri"):
                meant = self._by_id.get(entry.text("value"))
                if meant is not None and (text := meant.whole_text("simplelicensing_licenseText")):
                    self.reading.license_texts.setdefault(entry.text("key"), text)
                if meant is not None and (name := meant.text("name")):
                    self.reading.license_names.setdefault(entry.text("key"), name)

    def _read_files(self) -> None:
        """Patches and packaged files; the artifact itself is the package."""
        artifacts = {
            target
            for fields in self._relationships
            if fields.text("relationshipType") == "hasDistributionArtifact"
            for target in fields.texts("to")
        }
        for fields in self._by_type["software_File"]:
            spdx_id, path = _id(fields), fields.text("name")
            if spdx_id in artifacts:
                continue
            self._refs[spdx_id] = file_ref(path)
            if fields.text("software_primaryPurpose") == "patch":
                resolves = tuple(sorted(w for w in re.split(r",? ", fields.text("comment"))[1:] if w))
                self.reading.patches.append(Patch(path=path, text=self._patch_text(spdx_id, path), resolves=resolves))
            else:
                told = tuple(pairs(fields.text("comment")))
                self.reading.files.append(listed_file(path, _digests(fields), told))
                self.reading.binaries += listed_binaries(path, told)

    def _patch_text(self, spdx_id: str, path: str) -> Text | None:
        for note in self._notes[spdx_id]:
            data = note.whole_text("statement").encode("utf-8", "replace")
            return Text(path=path, media_type=note.text("contentType") or "text/x-diff", data=data)
        return None

    def _read_builds(self) -> None:
        """A build speaks for the package that it made."""
        outputs = {
            fields.text("from"): self._refs[target]
            for fields in self._relationships
            if fields.text("relationshipType") == "hasOutput"
            for target in fields.texts("to")[:1]
            if target in self._refs
        }
        for fields in self._by_type["build_Build"]:
            made = outputs.get(_id(fields), self._root)
            self._refs[_id(fields)] = made
            parameters = fields.each("build_parameter", self._limits.members)
            pairs = [(f"{names.VARIANT}{p.text('key')}", p.text("value")) for p in parameters]
            self.reading.add_properties(made, pairs)

    def _read_relationships(self) -> None:
        files = {f"file:{f.path}" for f in self.reading.files}
        for fields in self._relationships:
            word, start = fields.text("relationshipType"), fields.text("from")
            source = self._refs.get(start, Ref(start))
            targets = fields.texts("to")
            self._completeness(fields, word, source)
            comment = fields.text("comment")
            kind: RelationKind
            scope: Scope
            if word == "other" and comment == CANDIDATE:
                kind, scope, comment = "static_candidate", "runtime", ""
            elif word in RELATIONSHIPS:
                kind, scope = RELATIONSHIPS[word]
            else:
                continue
            scope = _SCOPES.get(fields.text("scope"), scope)
            of_whom = self._many or source == self._root
            if kind == "depends_on" and scope == "build" and of_whom and comment != OF_PAYLOAD:
                kind = "host"
            written = tuple(sorted(comment.split(SPECS))) if comment not in ("", OF_PAYLOAD) else ()
            for target in targets:
                if len(self.reading.relations) >= self._limits.members:
                    self._remark(f"more than {self._limits.members} relations; the rest is not read (limit members)")
                    return
                ref = self._refs.get(target, Ref(target))
                if target.endswith(_NOBODY) or ref in files:
                    continue
                specs = written
                if source == self._root and kind == "depends_on" and target in self._facts:
                    specs = tuple(sorted(self._facts[target].specs))
                relation = Relation(source=source, kind=kind, target=ref, scope=scope, specs=specs)
                self.reading.relations.append(relation)
                if word == _PROVIDED:
                    self.reading.outside[ref] = "runtime"

    def _completeness(self, fields: Fields, word: str, source: Ref) -> None:
        aspect, state = _ASPECTS.get(word), STATES.get(fields.text("completeness"))
        if aspect and state and fields.text("scope") in ("", "runtime"):
            self.reading.completeness.append(Completeness(ref=source, aspect=aspect, state=state))


def _id(fields: Fields) -> str:
    return fields.text("spdxId") or fields.text("@id")


def _links(fields: Fields, facts: Facts, digests: tuple[Digest, ...]) -> Iterator[Link]:
    """The external references, and the addresses in fields of their own that are none of these."""
    stated: set[str] = set()
    for reference in fields.each("externalRef"):
        kind = REFERENCES.get(reference.text("externalRefType"))
        for url in reference.texts("locator") if kind else ():
            if kind:
                stated.add(url)
                own = facts.link_digests(kind, url, digests)
                yield Link(kind=kind, url=url, digests=own, comment=reference.text("comment"))
    home, download = fields.text("software_homePage"), fields.text("software_downloadLocation")
    if home and home not in stated:
        yield Link(kind="website", url=home)
    if download and download not in stated:
        yield Link(kind="distribution", url=download, digests=digests)


def _digests(fields: Fields) -> tuple[Digest, ...]:
    found = ((ALGORITHMS.get(h.text("algorithm")), h.text("hashValue").lower()) for h in fields.each("verifiedUsing"))
    return tuple(sorted(Digest(algorithm=algorithm, value=value) for algorithm, value in found if algorithm and value))
