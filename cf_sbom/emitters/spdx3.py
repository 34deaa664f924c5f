"""SPDX 3.0.1 JSON-LD, as one mapping from the model to a flat graph of plain dicts.

Source: SPDX specification 3.0.1, profiles Core, Software, SimpleLicensing and Build. What the format has no field for
stands in annotations, one fact a line, as in SPDX 2.3. Relations of one element, kind and scope are one element.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cf_sbom import properties as names
from cf_sbom.facts import (
    CANDIDATE,
    MADE_IN_BUILD,
    NO_TEXT,
    OF_PAYLOAD,
    SPECS,
    binaries_by_path,
    facts,
    file_facts,
    joined,
)
from cf_sbom.hookspecs import Emitter, hookimpl
from cf_sbom.identity.licenses import license_refs
from cf_sbom.identity.spdx_ids import document_slug, local_id
from cf_sbom.model import (
    Algorithm,
    Component,
    ComponentKind,
    Container,
    Digest,
    File,
    License,
    LicenseRole,
    LinkKind,
    Party,
    Patch,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Scope,
    Stamp,
    State,
    Text,
)
from cf_sbom.placement import Placement, place
from cf_sbom.syntaxes import json

Json = dict[str, Any]

VERSION = "3.0.1"
CONTEXT = f"https://spdx.org/rdf/{VERSION}/spdx-context.jsonld"
_TERMS = f"https://spdx.org/rdf/{VERSION}/terms"
NO_ELEMENT, UNKNOWN_ELEMENT = f"{_TERMS}/Core/NoneElement", f"{_TERMS}/Core/NoAssertionElement"
UNKNOWN_LICENSE = f"{_TERMS}/ExpandedLicensing/NoAssertionLicense"
_DATA_LICENSE = License(expression="CC0-1.0")
_BUILD_TYPE = "https://github.com/conda/ceps/blob/main/cep-0034.md"
"""What kind of build it was: one that makes a conda package, as CEP 34 describes them."""
_CREATION = "_:creation"

PURPOSES: dict[ComponentKind, str] = {
    "application": "application",
    "data": "data",
    "file": "file",
    "library": "library",
    "source": "source",
}
ALGORITHMS: dict[Algorithm, str] = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
REFERENCES: dict[LinkKind, str] = {
    "website": "altWebPage",
    "vcs": "vcs",
    "documentation": "documentation",
    "source": "sourceArtifact",
    "distribution": "binaryArtifact",
    "recipe": "buildMeta",
    "license": "license",
    "bom": "productMetadata",
}
STATES: dict[State, str] = {"complete": "complete", "incomplete": "incomplete", "unknown": "noAssertion"}


class Word(NamedTuple):
    """How a relation is written: the relationship type, the lifecycle scope, and whether the build is its source."""

    type: str
    scope: str = ""
    of_build: bool = False


RELATIONSHIPS: dict[RelationKind, Word | None] = {
    "contains": Word("contains"),
    "depends_on": Word("dependsOn", "runtime"),
    "links_to": Word("hasDynamicLink", "runtime"),
    "static_link": Word("hasStaticLink"),
    "static_candidate": Word("other"),
    "built_from": Word("hasInput", "build", of_build=True),
    "build_tool": Word("usesTool", "build", of_build=True),
    "host": Word("dependsOn", "build"),
    "upstream_of": Word("ancestorOf"),
    "patched_by": Word("patchedBy"),
    "constrains": None,  # may mean a conflict: an annotation
}
_DEPENDENCY_SCOPES: dict[Scope, Word] = {
    "runtime": Word("dependsOn", "runtime"),
    "build": Word("dependsOn", "build"),
    "test": Word("dependsOn", "test"),
    "optional": Word("hasOptionalDependency", "runtime"),
}
_OF_PACKAGE = (("analyzed",), "Made from a finished conda package and the build metadata it holds.")
# The types of SBOM, and how it was made.
MADE_FROM: dict[Container, tuple[tuple[str, ...], str]] = {
    "conda": _OF_PACKAGE,
    "tar.bz2": _OF_PACKAGE,
    "folder": _OF_PACKAGE,
    "prefix": (("build",), MADE_IN_BUILD),
    "environment": (("analyzed", "deployed"), "Made from the records of an environment and documents of its packages."),
    "lock": (("analyzed", "source"), "Made from a lock file and documents of the packages that it names."),
    "collection": (("analyzed",), "Made from other documents."),
}
_LICENSE_WORDS: tuple[tuple[LicenseRole, str], ...] = (
    ("declared", "hasDeclaredLicense"),
    ("concluded", "hasConcludedLicense"),
)


@hookimpl
def cf_sbom_emitters() -> Iterable[Emitter]:
    yield Emitter(
        name="spdx3-json",
        versions=(VERSION,),
        media_type="application/spdx+json",
        suffix=".spdx3.json",
        emit=lambda sbom, stamp, version: json.write(document(sbom, stamp)),
        doc="SPDX 3 JSON-LD",
    )


def document(sbom: Sbom, stamp: Stamp) -> Json:
    """The whole document. The base of its identifiers ends in a UUIDv5 of everything else in it."""
    placement = place(sbom)
    slug = document_slug(sbom.subject.filename or (sbom.subject.title if sbom.subject.of_many else sbom.subject.name))
    draft = json.write(_Writer(sbom, stamp, placement, "").graph())
    base = f"{stamp.namespace}/{slug}-{uuid5(NAMESPACE_URL, draft.decode())}"
    return {"@context": CONTEXT, "@graph": _Writer(sbom, stamp, placement, base).graph()}


class _Writer:
    """One document in the making; base is what its identifiers begin with."""

    def __init__(self, sbom: Sbom, stamp: Stamp, placement: Placement, base: str) -> None:
        self._sbom = sbom
        self._stamp = stamp
        self._base = base
        self._placement = placement
        self._texts = {text.path: text for text in sbom.texts}
        sections = placement.sections
        listed = [*placement.inventory, *sections["source"]]
        if stamp.build_packages != "none":
            listed += sections["build"]
        self._listed = [placement.root, *sorted(listed, key=lambda c: c.ref)]
        self._ids = {c.ref: self._id("Package", c.ref, f"{c.name}-{c.version}") for c in self._listed}
        self._ids |= {p.ref: self._id("File", p.ref, p.path) for p in sbom.patches}
        self._root = self._ids[sbom.root]
        self._many = sbom.subject.of_many
        built = self._built() if self._many else [placement.root]
        self._builds = {c.ref: self._id("Build", c.ref, c.name) for c in built}
        self._packed = sbom.files if stamp.list_files else ()
        self._agents: dict[str, Json] = {}

    def graph(self) -> list[Json]:
        """All elements, in one order."""
        elements = [
            *(self._package(component) for component in self._listed),
            *self._files(),
            *(self._build_element(ref) for ref in sorted(self._builds)),
            *self._licenses(),
            *self._relationships(),
            *self._annotations(),
        ]
        creation = self._creation()
        ids = sorted(e["spdxId"] for e in (*self._agents.values(), *elements))
        return [creation, *self._collections(ids), *(self._agents[key] for key in sorted(self._agents)), *elements]

    def _built(self) -> list[Component]:
        """Those packages of several of which is known what they were built from, or with what."""
        of_build = {kind for kind, word in RELATIONSHIPS.items() if word and word.of_build}
        known = {r.source for r in self._sbom.relations if r.kind in of_build and r.target in self._ids}
        return [component for component in self._listed if component.ref in known]

    def _id(self, kind: str, ref: str, name: str = "") -> str:
        return f"{self._base}#{local_id(kind, ref, name)}"

    def _element(self, kind: str, spdx_id: str, **fields: Any) -> Json:
        found = {"type": kind, "spdxId": spdx_id, "creationInfo": _CREATION} | fields
        return {key: value for key, value in found.items() if value not in (None, "", [])}

    def _creation(self) -> Json:
        stamp = self._stamp
        tool = f"{stamp.tool}-{stamp.tool_version}"
        authors = [self._agent("Person" if a.email else "Organization", a) for a in stamp.authors]
        return {
            "type": "CreationInfo",
            "@id": _CREATION,
            "specVersion": VERSION,
            "created": stamp.created,
            "createdBy": authors or [self._agent("SoftwareAgent", Party(name=tool))],
            "createdUsing": [self._agent("Tool", Party(name=tool))],
        }

    def _agent(self, kind: str, party: Party) -> str:
        """The identifier of a person, an organisation or a tool, which is added to the graph."""
        spdx_id = self._id(kind, f"{party.name}|{party.email}|{party.url}", party.name)
        identifier = []
        if party.email or party.url:
            word = "email" if party.email else "urlScheme"
            identifier = [_identifier(word, party.email or party.url)]
        self._agents[spdx_id] = self._element(kind, spdx_id, name=party.name, externalIdentifier=identifier)
        return spdx_id

    def _collections(self, ids: list[str]) -> list[Json]:
        subject = self._sbom.subject
        name = subject.title
        profiles = ["core", "software", "simpleLicensing", *(["build"] if self._builds else [])]
        types, made_from = MADE_FROM[subject.container]
        built = any(e.technique == "recipe" for c in self._sbom.components for o in c.occurrences for e in o.evidence)
        sbom = self._element(
            "software_Sbom",
            f"{self._base}#SBOM",
            name=name,
            profileConformance=profiles,
            rootElement=[self._root],
            element=ids,
            software_sbomType=["build", *types] if built and (types, made_from) == _OF_PACKAGE else list(types),
        )
        head = self._element(
            "SpdxDocument",
            f"{self._base}#DOCUMENT",
            name=name,
            comment=made_from,
            profileConformance=profiles,
            dataLicense=self._license_id(_DATA_LICENSE.expression),
            rootElement=[sbom["spdxId"]],
            element=[sbom["spdxId"], *ids],
        )
        return [head, sbom]

    def _package(self, component: Component) -> Json:
        is_root = component.ref == self._sbom.root
        addresses = [link.url for link in component.links if link.kind in ("distribution", "source")]
        websites = [link.url for link in component.links if link.kind == "website"]
        summary, _, description = component.description.partition("\n\n")
        supplier, maker = component.supplier, component.manufacturer
        return self._element(
            "software_Package",
            self._ids[component.ref],
            name=component.name,
            summary=summary,
            description=description,
            software_packageVersion=component.version,
            software_packageUrl=component.purl,
            software_primaryPurpose=PURPOSES[component.kind],
            software_downloadLocation=next(iter(addresses), ""),
            software_homePage=next(iter(websites), ""),
            software_sourceInfo=self._source_info() if is_root else "",
            suppliedBy=self._agent("Organization", supplier) if supplier else "",
            originatedBy=[self._agent("Organization", maker)] if maker else [],
            verifiedUsing=_hashes(component.digests),
            externalIdentifier=[
                *(_identifier("packageUrl", alias) for alias in component.aliases),
                *(_identifier("cpe23", cpe) for cpe in component.cpes),
            ],
            externalRef=[
                _present(
                    {
                        "type": "ExternalRef",
                        "externalRefType": REFERENCES[link.kind],
                        "locator": [link.url],
                        "comment": link.comment,
                    }
                )
                for link in component.links
            ],
        )

    def _source_info(self) -> str:
        sources = () if self._many else self._placement.sections["source"]
        urls = sorted({link.url for c in sources for link in c.links})
        return f"built from {', '.join(urls)}" if urls else ""

    def _files(self) -> Iterator[Json]:
        """The artifact itself, patches, and the packaged files where they are asked for."""
        subject = self._sbom.subject
        if subject.filename:
            yield self._element(
                "software_File",
                self._artifact_id(),
                name=subject.filename,
                software_primaryPurpose="archive",
                software_additionalPurpose=["container"],  # structured, in the words of BSI TR-03183-2
                software_fileKind="file",
                verifiedUsing=_hashes(subject.digests),
                externalRef=[
                    {"type": "ExternalRef", "externalRefType": "binaryArtifact", "locator": [link.url]}
                    for link in self._placement.root.links
                    if link.kind == "distribution"
                ],
            )
        for patch in self._sbom.patches:
            yield self._patch(patch)
        binaries = binaries_by_path(self._sbom) if self._packed else {}
        for file in self._packed:
            yield self._element(
                "software_File",
                self._file_id(file),
                name=file.path,
                comment=joined(f"{name}: {value}" for name, value in file_facts(file, binaries.get(file.path, ()))),
                software_fileKind="file",
                verifiedUsing=_hashes(file.digests),
            )

    def _patch(self, patch: Patch) -> Json:
        whole = patch.text is not None and not patch.text.truncated
        sha256 = hashlib.sha256(patch.text.data).hexdigest() if patch.text and whole else ""
        return self._element(
            "software_File",
            self._ids[patch.ref],
            name=patch.path,
            comment=f"resolves {', '.join(patch.resolves)}" if patch.resolves else "",
            software_primaryPurpose="patch",
            software_fileKind="file",
            verifiedUsing=_hashes([Digest(algorithm="sha256", value=sha256)] if sha256 else []),
        )

    def _artifact_id(self) -> str:
        return self._id("File", f"artifact:{self._sbom.subject.filename}", self._sbom.subject.filename)

    def _file_id(self, file: File) -> str:
        return self._id("File", f"packed:{file.path}", file.path)

    def _build_element(self, ref: Ref) -> Json:
        stated = () if self._many else self._placement.root.properties
        runs = [value for name, value in stated if name == names.FLOW_RUN]
        return self._element(
            "build_Build",
            self._builds[ref],
            build_buildType=_BUILD_TYPE,
            build_buildId=next(iter(runs), ""),
            build_parameter=[
                {"type": "DictionaryEntry", "key": name.removeprefix(names.VARIANT), "value": value}
                for name, value in stated
                if name.startswith(names.VARIANT)
            ],
        )

    def _licenses(self) -> Iterator[Json]:
        """Each expression once, that of the document itself too, and the text of each LicenseRef."""
        found = {_DATA_LICENSE.expression: _DATA_LICENSE}
        found |= {lic.expression: lic for c in self._listed for lic in sorted(c.licenses, reverse=True)}
        for expression, license_ in sorted(found.items()):
            refs = license_refs(expression)
            for ref in refs:
                texts = [self._texts[path] for path in license_.texts if path in self._texts]
                body = _body(texts, ref)
                yield self._element(
                    "simplelicensing_SimpleLicensingText",
                    self._text_id(expression, ref),
                    name=license_.found or ref,
                    simplelicensing_licenseText=body or license_.found or f"{ref}: {NO_TEXT}",
                )
            yield self._element(
                "simplelicensing_LicenseExpression",
                self._license_id(expression),
                simplelicensing_licenseExpression=expression,
                simplelicensing_customIdToUri=[
                    {"type": "DictionaryEntry", "key": ref, "value": self._text_id(expression, ref)} for ref in refs
                ],
            )

    def _license_id(self, expression: str) -> str:
        return self._id("License", expression, expression)

    def _text_id(self, expression: str, ref: str) -> str:
        return self._id("LicenseText", f"{expression}|{ref}", ref)

    def _relationships(self) -> Iterator[Json]:
        """One element for each source, word and comment; it names all targets and how complete they are."""
        found: dict[tuple[str, Word, str], set[str]] = {
            (build, Word("hasOutput", "build"), ""): {self._ids[ref]} for ref, build in self._builds.items()
        }
        if self._sbom.subject.filename:
            found[self._root, Word("hasDistributionArtifact"), ""] = {self._artifact_id()}
        for relation in self._sbom.relations:
            word = RELATIONSHIPS[relation.kind]
            if relation.kind == "depends_on":
                word = _DEPENDENCY_SCOPES[relation.scope]
            elif word and relation.kind in ("contains", "static_link") and relation.scope == "test":
                word = word._replace(scope="test")
            source, target = self._ids.get(relation.source), self._ids.get(relation.target)
            if source and target and word:
                start = self._builds.get(relation.source) or self._builds[self._sbom.root] if word.of_build else source
                found.setdefault((start, word, self._comment(relation)), set()).add(target)
        if self._packed:
            contents = found.setdefault((self._root, Word("contains"), ""), set())
            contents.update(self._file_id(file) for file in self._packed)
        for component in self._listed:
            for role, kind in _LICENSE_WORDS:
                expressions = [lic.expression for lic in component.licenses if lic.role == role]
                targets = {self._license_id(expression) for expression in expressions}
                if targets or role == "declared":
                    found[self._ids[component.ref], Word(kind), ""] = targets or {UNKNOWN_LICENSE}
        states = self._states(found)
        for (start, word, comment), targets in sorted(found.items()):
            yield self._relationship(start, word, comment, sorted(targets), states.get((start, word), ""))

    def _states(self, found: dict[tuple[str, Word, str], set[str]]) -> dict[tuple[str, Word], str]:
        """How complete the contents and dependencies of an element are; of leaves nothing is known. Where there is
        nothing to relate to, the relation to no or an unknown element says it."""
        stated = {(c.ref, c.aspect): c.state for c in self._sbom.completeness}
        states: dict[tuple[str, Word], str] = {}
        needs, holds = _DEPENDENCY_SCOPES["runtime"], Word("contains")
        claims: list[tuple[Ref, Word, State]] = [
            (c.ref, needs, stated.get((c.ref, "dependencies"), "unknown"))
            for c in (self._placement.root, *self._placement.inventory)
        ]
        claims += ((ref, holds, state) for (ref, aspect), state in stated.items() if self._is_inside(ref, aspect))
        claims.append((self._sbom.root, holds, stated.get((self._sbom.root, "contents"), "unknown")))
        for ref, word, state in claims:
            start = self._ids[ref]
            states[start, word] = STATES[state]
            if (start, word, "") not in found:
                found[start, word, ""] = {NO_ELEMENT if state == "complete" else UNKNOWN_ELEMENT}
        return states

    def _is_inside(self, ref: Ref, aspect: str) -> bool:
        """Whether a claim is one of the contents of another than the root."""
        return aspect == "contents" and ref != self._sbom.root and ref in self._ids

    def _comment(self, relation: Relation) -> str:
        """The specs of the package's own dependencies stand with these; those between build packages stand here."""
        if relation.kind == "static_candidate":
            return CANDIDATE
        of_whom = self._many or relation.source == self._sbom.root
        if relation.kind == "depends_on" and relation.scope == "build" and of_whom:
            return OF_PAYLOAD
        return SPECS.join(relation.specs) if relation.source != self._sbom.root else ""

    def _relationship(self, start: str, word: Word, comment: str, targets: list[str], state: str) -> Json:
        own = f"{start.removeprefix(self._base)}|{word.type}|{word.scope}|{comment}"
        return self._element(
            "LifecycleScopedRelationship" if word.scope else "Relationship",
            self._id("Relationship", own, word.type),
            **{"from": start},
            to=targets,
            relationshipType=word.type,
            scope=word.scope,
            completeness=state,
            comment=comment,
        )

    def _annotations(self) -> Iterator[Json]:
        for component in self._listed:
            lines = list(facts(component, self._placement))
            if component.ref == self._sbom.root:
                lines = [line for line in lines if not line.startswith(names.VARIANT)]
            if lines:
                yield self._annotation(self._ids[component.ref], joined(lines))
        for patch in self._sbom.patches:
            if patch.text is not None:
                text = patch.text.data.decode("utf-8", "backslashreplace")
                yield self._annotation(self._ids[patch.ref], text, patch.text.media_type)
        remarks = [f"{names.COMPLETENESS}{c.aspect}: {c.why}" for c in self._sbom.completeness if c.why]
        remarks += (f"{names.PROBLEM}{p.severity}: {p}" for p in self._sbom.problems)
        if self._stamp.build_packages == "none" and self._placement.sections["build"]:
            remarks.append(f"{names.UNLISTED}: build packages")
        if remarks:
            yield self._annotation(f"{self._base}#SBOM", joined(remarks))

    def _annotation(self, subject: str, statement: str, media_type: str = "") -> Json:
        return self._element(
            "Annotation",
            self._id("Annotation", subject.removeprefix(self._base)),
            annotationType="other",
            subject=subject,
            statement=statement,
            contentType=media_type,
        )


def _body(texts: Sequence[Text], ref: str) -> str:
    """The texts, each under its path; what is known to be that of the LicenseRef stands alone."""
    for text in texts:
        if text.path.rpartition("/")[2] == ref:
            return text.data.decode("utf-8", "backslashreplace")
    return "\n\n".join(f"{text.path}:\n{text.data.decode('utf-8', 'backslashreplace')}" for text in texts)


def _present(found: Json) -> Json:
    return {key: value for key, value in found.items() if value}


def _hashes(digests: Iterable[Digest]) -> list[Json]:
    return [{"type": "Hash", "algorithm": ALGORITHMS[d.algorithm], "hashValue": d.value} for d in sorted(digests)]


def _identifier(kind: str, value: str) -> Json:
    return {"type": "ExternalIdentifier", "externalIdentifierType": kind, "identifier": value}
