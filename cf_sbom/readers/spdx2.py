"""SPDX 2 JSON -> Sbom: ours whole, anybody's as far as its words have a place in the model.

Knows the emitter's words in reverse: relationship types, and annotations that hold one fact a line. Input is untrusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from cf_sbom import properties as names
from cf_sbom.facts import (
    CANDIDATE,
    FOR_TESTS,
    NO_LINKS,
    NOT_LISTED,
    OF_PAYLOAD,
    SPECS,
    Facts,
    listed_binaries,
    listed_file,
    pairs,
)
from cf_sbom.fields import Fields
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Algorithm,
    Completeness,
    Component,
    ComponentKind,
    Digest,
    License,
    Link,
    LinkKind,
    Part,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Scope,
    Text,
    file_ref,
    found_ref,
)
from cf_sbom.reading import OTHER_HASHES, OTHER_KINDS, OTHER_LINKS, Reading, is_of_many, stated_ref

PURPOSES: Final[dict[str, ComponentKind]] = {
    "APPLICATION": "application",
    "FILE": "file",
    "OTHER": "data",
    "SOURCE": "source",
}
ALGORITHMS: Final[dict[str, Algorithm]] = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
REFERENCES: Final[dict[str, LinkKind]] = {
    "website": "website",
    "vcs": "vcs",
    "documentation": "documentation",
    "source-distribution": "source",
    "distribution": "distribution",
    "build-meta": "recipe",
    "license": "license",
    "bom": "bom",
}
# relationship type -> kind, scope, and whether source and target change places
RELATIONSHIPS: Final[dict[str, tuple[RelationKind, Scope, bool]]] = {
    "CONTAINS": ("contains", "runtime", False),
    "CONTAINED_BY": ("contains", "runtime", True),
    "DEPENDS_ON": ("depends_on", "runtime", False),
    "DEPENDENCY_OF": ("depends_on", "runtime", True),
    "RUNTIME_DEPENDENCY_OF": ("depends_on", "runtime", True),
    "PROVIDED_DEPENDENCY_OF": ("depends_on", "runtime", True),
    "HAS_PREREQUISITE": ("depends_on", "runtime", False),
    "PREREQUISITE_FOR": ("depends_on", "runtime", True),
    "DEV_DEPENDENCY_OF": ("depends_on", "build", True),
    "OPTIONAL_DEPENDENCY_OF": ("depends_on", "optional", True),
    "TEST_DEPENDENCY_OF": ("depends_on", "test", True),
    "DYNAMIC_LINK": ("links_to", "runtime", False),
    "STATIC_LINK": ("static_link", "runtime", False),
    "GENERATED_FROM": ("built_from", "build", False),
    "GENERATES": ("built_from", "build", True),
    "BUILD_TOOL_OF": ("build_tool", "build", True),
    "BUILD_DEPENDENCY_OF": ("host", "build", True),
    "ANCESTOR_OF": ("upstream_of", "runtime", False),
    "DESCENDANT_OF": ("upstream_of", "runtime", True),
    "PATCH_APPLIED": ("patched_by", "build", True),
}
# What SPDX 2.3 has for which the model has no place; a merge says so once for each document. Fields that ours fill with
# words of their own are not among them.
_UNPLACED: Final = (
    "attributionTexts",
    "builtDate",
    "comment",
    "copyrightText",
    "licenseComments",
    "releaseDate",
    "validUntilDate",
)
_LEFT_OUT: Final[dict[str, Part]] = {NOT_LISTED: "build packages", NO_LINKS: "links"}
_RELATIONSHIP = ("relationshipType", "spdxElementId", "relatedSpdxElement")
_PROVIDED = "PROVIDED_DEPENDENCY_OF"  # by whatever the artifact runs in
_NOWHERE = ("", "NONE", "NOASSERTION")
_BY = "spdx2"
_ACTOR = re.compile(r"(?:Organization|Person): (?P<name>.*?)(?: \((?P<email>[^()\s]*)\))?")


def read(tree: Any, limits: Limits) -> Reading:
    """The content of one document; it has passed no schema yet."""
    return _Reader(tree, limits).reading


class _Reader:
    """One document on its way into the model."""

    def __init__(self, tree: Any, limits: Limits) -> None:
        self._limits = limits
        self._remarks: list[Problem] = []
        self._top = Fields(tree, limits, self._remark)
        self._found = {i.text("licenseId"): i for i in self._top.each("hasExtractedLicensingInfos")}
        self._refs: dict[str, Ref] = {}
        self._relationships = list(self._top.each("relationships", limits.members))
        described = self._described()
        for fields in self._top.each("packages", limits.members):
            self._refs[fields.text("SPDXID")] = _ref(fields)
        refs = tuple(dict.fromkeys(self._refs[one] for one in described if one in self._refs))
        unknown = found_ref("document", "package", self._top.text("name"))
        self.reading = Reading(root=refs[0] if refs else unknown, described=refs)
        for fields in self._top.each("packages", limits.members):
            self._package(fields)
        if self.reading.root not in (c.ref for c in self.reading.components):
            self.reading.components.append(
                Component(ref=self.reading.root, kind="library", name=self._top.text("name"))
            )
            self._remark("the document describes none of its packages")
        self.reading.license_texts = {
            key: text for key, info in self._found.items() if (text := info.whole_text("extractedText"))
        }
        self.reading.license_names = {key: name for key, info in self._found.items() if (name := info.text("name"))}
        self._many = any(is_of_many(c.properties) for c in self.reading.components if c.ref == self.reading.root)
        self.reading.created = self._top.fields("creationInfo").text("created")
        self._files()
        self._relations()
        self.reading.left_out.update(name for name in ("snippets",) if self._top.is_list(name))
        for line in _lines(self._top):
            name, _, value = line.partition(": ")
            self.reading.add_remark(name, value)
            self._whole_contents(name)
        self.reading.unlisted.add("licence texts")  # it has a place for those of a LicenseRef only
        self.reading.remarks += self._remarks

    def _remark(self, text: str) -> None:
        self._remarks.append(Problem(path="", reason=text, by=_BY, severity="damage"))

    def _described(self) -> list[str]:
        """What the document is about, in its order."""
        document = self._top.text("SPDXID")
        found = []
        for fields in self._relationships:
            kind, source, target = (fields.text(key) for key in _RELATIONSHIP)
            if kind == "DESCRIBES" and source == document:
                found.append(target)
            elif kind == "DESCRIBED_BY" and target == document:
                found.append(source)
        return [*found, *self._top.texts("documentDescribes")]

    def _package(self, fields: Fields) -> None:
        ref = self._refs[fields.text("SPDXID")]
        self.reading.places.setdefault(ref, (fields.text("SPDXID"), fields.where()))
        self._leave_out(fields)
        lines = _lines(fields)
        facts = Facts(lines)
        is_root = ref == self.reading.root
        if is_root:
            said = (part for words, part in _LEFT_OUT.items() if any(words in line for line in lines))
            self.reading.unlisted.update(said)
        purls = [e.text("referenceLocator") for e in fields.each("externalRefs") if e.text("referenceType") == "purl"]
        cpes = [
            e.text("referenceLocator") for e in fields.each("externalRefs") if e.text("referenceType") == "cpe23Type"
        ]
        digests = _digests(fields)
        self.reading.components.append(
            Component(
                ref=ref,
                kind=PURPOSES.get(fields.text("primaryPackagePurpose"), "library"),
                name=fields.text("name"),
                version=fields.text("versionInfo"),
                purl=purls[0] if purls else "",
                aliases=tuple(sorted({*facts.aliases, *purls[1:]})),
                licenses=tuple(self._licenses(fields, is_root)),
                digests=digests,
                supplier=_party(fields.text("supplier")),
                manufacturer=_party(fields.text("originator")),
                description="\n\n".join(t for t in (fields.text("summary"), fields.text("description")) if t),
                links=tuple(sorted(_links(fields, facts, digests))),
                cpes=tuple(cpes),
                occurrences=facts.occurrences(),
                properties=tuple(sorted({one for one in facts.properties if one[0] != names.REF})),
            )
        )
        for spec in facts.constrains:
            self.reading.add_constraint(ref, spec, "document")

    def _leave_out(self, fields: Fields) -> None:
        """What has a value and no place in the model."""
        left = self.reading.left_out
        left.update(name for name in _UNPLACED if set(fields.texts(name)) - {*_NOWHERE})
        if any(one.text("algorithm") not in ALGORITHMS for one in fields.each("checksums")):
            left.add(OTHER_HASHES)
        kinds = {one.text("referenceType") for one in fields.each("externalRefs")}
        if not kinds <= {"purl", "cpe23Type", *REFERENCES}:
            left.add(OTHER_LINKS)
        if fields.text("primaryPackagePurpose") not in ("", "LIBRARY", "OTHER", *PURPOSES):
            left.add(OTHER_KINDS)

    def _licenses(self, fields: Fields, is_root: bool) -> Iterator[License]:
        for role, key in (("declared", "licenseDeclared"), ("concluded", "licenseConcluded")):
            expression = fields.text(key)
            if expression in ("", "NONE", "NOASSERTION"):
                continue
            info = self._found.get(expression)
            name = info.text("name") if info is not None else ""
            found = name if name != expression else ""
            yield License(expression=expression, role="concluded" if role == "concluded" else "declared", found=found)

    def _files(self) -> None:
        applied = {
            f.text("spdxElementId") for f in self._relationships if f.text("relationshipType") == "PATCH_APPLIED"
        }
        for fields in self._top.each("files", self._limits.members):
            path = fields.text("fileName").removeprefix("./")
            self._refs[fields.text("SPDXID")] = file_ref(path)
            if fields.text("SPDXID") in applied:
                resolves = tuple(sorted(w for w in re.split(r",? ", fields.text("comment"))[1:] if w))
                text = next((a.whole_text("comment") for a in fields.each("annotations")), "")
                body = Text(path=path, media_type="text/x-diff", data=text.encode("utf-8", "replace"))
                self.reading.patches.append(Patch(path=path, text=body, resolves=resolves))
            else:
                told = tuple(pairs(fields.text("comment")))
                self.reading.files.append(listed_file(path, _digests(fields), told))
                self.reading.binaries += listed_binaries(path, told)

    def _relations(self) -> None:
        unknown = ("NONE", "NOASSERTION")
        files = {f"file:{f.path}" for f in self.reading.files}
        build = {c.ref for c in self.reading.components}
        for fields in self._relationships:
            kind = fields.text("relationshipType")
            source, target = self._end(fields.text("spdxElementId")), self._end(fields.text("relatedSpdxElement"))
            if fields.text("relatedSpdxElement") in unknown:
                self._completeness(source, kind, fields.text("relatedSpdxElement"))
            elif kind == "OTHER" and fields.text("comment") == CANDIDATE:
                self.reading.relations.append(Relation(source=source, kind="static_candidate", target=target))
            elif kind in RELATIONSHIPS and target not in files:
                relation, scope, turned = RELATIONSHIPS[kind]
                ends = (target, source) if turned else (source, target)
                comment = fields.text("comment")
                of_whom = self._many or ends[0] == self.reading.root
                if relation == "host" and (comment == OF_PAYLOAD or not of_whom):
                    relation = "depends_on"
                elif relation in ("contains", "static_link") and comment == FOR_TESTS:
                    scope = "test"
                is_spec = relation == "depends_on" and ends[0] in build and comment not in ("", OF_PAYLOAD)
                specs = tuple(sorted(comment.split(SPECS))) if is_spec else ()
                self.reading.relations.append(
                    Relation(source=ends[0], kind=relation, target=ends[1], scope=scope, specs=specs)
                )
                if kind == _PROVIDED:
                    self.reading.outside[ends[1]] = "runtime"

    def _completeness(self, ref: Ref, kind: str, stated: str) -> None:
        aspect: Any = {"CONTAINS": "contents", "DEPENDS_ON": "dependencies"}.get(kind)
        if aspect is not None:
            unknown: Any = "incomplete" if aspect == "contents" else "unknown"
            state: Any = "complete" if stated == "NONE" else unknown
            self.reading.completeness.append(Completeness(ref=ref, aspect=aspect, state=state))

    def _whole_contents(self, name: str) -> None:
        """A document of ours that tells what the completeness of the contents rests on, and of which no relation says
        that they are not known, has them all: SPDX 2.3 has no word for that."""
        key = self.reading.root, "contents"
        if name == f"{names.COMPLETENESS}contents" and key not in {
            (c.ref, c.aspect) for c in self.reading.completeness
        }:
            self.reading.completeness.append(Completeness(ref=key[0], aspect="contents", state="complete"))

    def _end(self, spdx_id: str) -> Ref:
        return self._refs.get(spdx_id, Ref(spdx_id))


def _ref(fields: Fields) -> Ref:
    for reference in fields.each("externalRefs"):
        if reference.text("referenceType") == "purl":
            return Ref(reference.text("referenceLocator"))
    told = (tuple(line.partition(": ")[::2]) for line in _lines(fields) if line.startswith(names.REF))
    return stated_ref((name, value) for name, value in told) or Ref(fields.text("SPDXID"))


def _links(fields: Fields, facts: Facts, digests: tuple[Digest, ...]) -> Iterator[Link]:
    """The external references, and the addresses in fields of their own that are none of these."""
    stated: set[str] = set()
    for reference in fields.each("externalRefs"):
        kind = REFERENCES.get(reference.text("referenceType"))
        if kind is not None and reference.text("referenceCategory") == "OTHER":
            url = reference.text("referenceLocator")
            stated.add(url)
            yield Link(
                kind=kind,
                url=url,
                digests=facts.link_digests(kind, url, digests),
                comment=facts.comments.get((kind, url), ""),
            )
    home, download = fields.text("homepage"), fields.text("downloadLocation")
    if home not in _NOWHERE and home not in stated:
        yield Link(kind="website", url=home)
    if download not in _NOWHERE and download.removeprefix("git+") not in stated and download not in stated:
        if download.startswith("git+"):
            yield Link(kind="vcs", url=download)
        else:
            yield Link(kind="distribution", url=download, digests=digests)


def _digests(fields: Fields) -> tuple[Digest, ...]:
    found = ((ALGORITHMS.get(c.text("algorithm")), c.text("checksumValue").lower()) for c in fields.each("checksums"))
    return tuple(sorted(Digest(algorithm=algorithm, value=value) for algorithm, value in found if algorithm and value))


def _party(text: str) -> Party | None:
    match = _ACTOR.fullmatch(text)
    return Party(name=match["name"], email=match["email"] or "") if match and match["name"] else None


def _lines(fields: Fields) -> list[str]:
    return [line for a in fields.each("annotations") for line in a.whole_text("comment").splitlines()]
