"""CycloneDX JSON -> Sbom: ours whole, anybody's as far as its words have a place in the model.

Knows the emitter's words in reverse; its tables are turned round by a test. Input is untrusted: everything goes through
Fields, and what does not fit is a Problem.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

from cf_sbom import properties as names
from cf_sbom.facts import listed_binaries, listed_file
from cf_sbom.fields import Fields
from cf_sbom.identity.licenses import normalize
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Algorithm,
    Completeness,
    Component,
    ComponentKind,
    Digest,
    Evidence,
    License,
    Link,
    LinkKind,
    Occurrence,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    Scope,
    State,
    Technique,
    Text,
    file_ref,
    found_ref,
)
from cf_sbom.reading import OTHER_HASHES, OTHER_KINDS, OTHER_LINKS, Reading, is_of_many

_OF_FILES = tuple(name for name in names.MEANING if name.startswith("cf_sbom:file:"))
TYPES: Final[dict[str, ComponentKind]] = {"application": "application", "data": "data", "file": "file"}
ALGORITHMS: Final[dict[str, Algorithm]] = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}
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
TECHNIQUES: Final[dict[str, Technique]] = {
    "manifest-analysis": "manifest",
    "binary-analysis": "binary",
    "filename": "filename",
    "hash-comparison": "hash",
}
SCOPES: Final[dict[str, Scope]] = {"optional": "optional", "excluded": "test"}
_SURROUNDINGS = frozenset(("container", "device", "operating-system", "platform"))
_STATES: Final[dict[str, State]] = {"complete": "complete", "incomplete": "incomplete", "unknown": "unknown"}
# What CycloneDX 1.7 has for which the model has no place; a merge says so once for each document.
_UNPLACED: Final = (
    "author",
    "authors",
    "copyright",
    "cryptoProperties",
    "data",
    "modelCard",
    "omniborId",
    "patentAssertions",
    "publisher",
    "releaseNotes",
    "swhid",
    "swid",
    "tags",
)
_UNPLACED_ABOVE: Final = ("annotations", "citations", "declarations", "definitions", "services", "vulnerabilities")
_OF_RECIPE = re.compile(r"(?:[^/]+/)?info/recipe/")  # in a document of several packages behind the package's own name
_BY = "cyclonedx"
_DEPTH = 32


def read(tree: Any, limits: Limits) -> Reading:
    """The content of one document; it has passed no schema yet."""
    return _Reader(tree, limits).reading


class _Reader:
    """One document on its way into the model."""

    def __init__(self, tree: Any, limits: Limits) -> None:
        self._limits = limits
        self._place = ""
        self._remarks: list[Problem] = []
        self._top = Fields(tree, limits, self._remark)
        metadata = self._top.fields("metadata")
        root = metadata.fields("component")
        self._root = self._ref(root, "metadata.component")
        self._carried: set[Ref] = set()
        self._own_texts: dict[str, dict[tuple[str, bytes], str]] = {}  # that stand with licences: where each is put
        self._scopes: dict[Ref, Scope] = {}  # in which those are needed that an environment lacks
        carried = {fields.text("bom-ref") for fields in root.each("components", limits.members)}
        sources = (f for f in root.fields("pedigree").each("ancestors") if f.text("purl") not in carried)
        self._source_urls = {link.url for fields in sources for link in _links(fields)}
        self.reading = Reading(root=self._root, created=metadata.text("timestamp"))
        self._many = is_of_many(_pairs(root))
        self._read_root(root)
        for fields in self._top.each("components", limits.members):
            self._required(fields)
        self._formulation()
        self._edges()
        self._compositions()
        self._problems(metadata)
        self.reading.left_out.update(name for name in _UNPLACED_ABOVE if self._top.is_list(name))
        self.reading.remarks += self._remarks

    def _remark(self, text: str) -> None:
        self._remarks.append(Problem(path="", reason=text, by=_BY, severity="damage"))

    def _ref(self, fields: Fields, place: str) -> Ref:
        name = fields.text("bom-ref") or fields.text("purl")
        return Ref(name) if name else found_ref(place, fields.text("type") or "library", fields.text("name"))

    def _ancestor_ref(self, fields: Fields, place: str) -> Ref:
        """An ancestor of ours has no bom-ref; without a purl it is known by what states it, wherever it stands."""
        seen = () if "bom-ref" in fields or "purl" in fields else tuple(_occurrences(fields))
        evidence = next((e for occurrence in seen for e in occurrence.evidence if e.field), None)
        return found_ref(evidence.path, "source", evidence.field) if evidence else self._ref(fields, place)

    def _read_root(self, root: Fields) -> None:
        self._component(root, self._root)
        self._constraints(root, self._root)
        self._nested(root, self._root, 0)
        self._pedigree(root, self._root)

    def _constraints(self, fields: Fields, ref: Ref) -> None:
        for name, value in _pairs(fields):
            if name == names.CONSTRAINS:
                self.reading.add_constraint(ref, value, fields.where())

    def _pedigree(self, fields: Fields, made: Ref) -> None:
        """What a component was made of."""
        pedigree = fields.fields("pedigree")
        where = "pedigree" if made == self._root else pedigree.where()
        sources = []
        for number, fields in enumerate(pedigree.each("ancestors")):
            ref = self._ancestor_ref(fields, f"{where}.ancestors[{number}]")
            if ref not in self._carried:
                self._component(fields, ref, kind="source")
            techniques = {e.technique for o in _occurrences(fields) for e in o.evidence}
            if techniques - {"recipe"}:  # seen elsewhere than in the recipe: what the package is
                self._relate(ref, "upstream_of", made, "runtime")
            if "recipe" in techniques or not techniques:
                self._relate(made, "built_from", ref, "build")
                sources.append(ref)
        owner = sources[0] if len(sources) == 1 else made
        for number, fields in enumerate(pedigree.each("patches")):
            diff = fields.fields("diff")
            path = unquote(diff.text("url")) or f"{where}.patches[{number}]"
            resolves = tuple(sorted({i.text("id") for i in fields.each("resolves")} - {""}))
            self.reading.patches.append(Patch(path=path, text=_text(path, diff.fields("text")), resolves=resolves))
            self._relate(owner, "patched_by", file_ref(path), "build")

    def _nested(self, parent: Fields, parent_ref: Ref, depth: int) -> None:
        """Components inside components are carried by the one around them."""
        if depth > _DEPTH:
            self._remark(f"components nested deeper than {_DEPTH} are left out")
            return
        for fields in parent.each("components", self._limits.members):
            ref = self._ref(fields, fields.where())
            # What lists files says no more of one than its name and hashes; a component tells where it was seen.
            told = bool({"purl", "evidence"} & set(fields.names()))
            if fields.text("type") == "file" and ref.startswith("file:") and not told:
                self._file(fields, fields.text("name"))
                continue
            if any(name == names.FILE_SIZE for name, _ in _pairs(fields)):
                self._file(fields, ref.removeprefix("file:"))
            self._carried.add(ref)
            self._component(fields, ref, drop=(*_OF_FILES, names.LINKED_IN))
            linked_in = parent_ref == self._root and (names.LINKED_IN, "true") in _pairs(fields)
            scope = SCOPES.get(fields.text("scope"), "runtime")
            self._relate(parent_ref, "static_link" if linked_in else "contains", ref, scope)
            self._of_several(fields, ref)
            self._nested(fields, ref, depth + 1)

    def _file(self, fields: Fields, path: str) -> None:
        told = _pairs(fields)
        self.reading.files.append(listed_file(path, _digests(fields), told))
        self.reading.binaries += listed_binaries(path, told)

    def _required(self, fields: Fields) -> None:
        ref = self._ref(fields, fields.where())
        self._component(fields, ref, drop=(names.ROLE, names.SCOPE))
        self._roles(fields, ref, default=())
        if self._many:
            self._held(fields, ref)
            return
        specs = tuple(value for name, value in _pairs(fields) if name == names.SPEC)
        scope = SCOPES.get(fields.text("scope"))
        if scope == "test" and (names.SCOPE, "build") in _pairs(fields):
            scope = "build"
        linked = any(name == names.LINKED for name, _ in _pairs(fields))
        if linked:
            self._relate(self._root, "links_to", ref, "runtime")
            self.reading.implied.add((self._root, ref))
        if (names.SCOPE, "candidate") in _pairs(fields):
            self._relate(self._root, "static_candidate", ref, "runtime")
        elif specs or (scope and not linked):
            self._relate(self._root, "depends_on", ref, scope or "runtime", specs)
            self.reading.implied.add((self._root, ref))
        self._nested(fields, ref, 0)

    def _held(self, fields: Fields, ref: Ref) -> None:
        """A component of an environment, which holds it unless it says otherwise."""
        pairs = _pairs(fields)
        scope = SCOPES.get(fields.text("scope"), "runtime")
        if scope == "test" and (names.SCOPE, "build") in pairs:
            scope = "build"
        if (names.SCOPE, "candidate") in pairs:
            self._relate(self._root, "static_candidate", ref, "runtime")
        elif (names.SCOPE, "external") in pairs:
            self._scopes[ref] = scope
        else:
            self._relate(self._root, "contains", ref, scope)
        self._of_several(fields, ref)
        self._nested(fields, ref, 0)

    def _of_several(self, fields: Fields, ref: Ref) -> None:
        """What stands with each package where the document is of several; else with the root alone."""
        if self._many:
            self._constraints(fields, ref)
            self._pedigree(fields, ref)
            for name, value in _pairs(fields):
                if name == names.HELD_BY:
                    self._relate(Ref(value), "contains", ref, SCOPES.get(fields.text("scope"), "runtime"))

    def _formulation(self) -> None:
        for formula in self._top.each("formulation"):
            extra = _pairs(formula)
            if extra:
                self.reading.add_properties(self._root, extra)
            for fields in formula.each("components", self._limits.members):
                ref = self._ref(fields, fields.where())
                self._component(fields, ref, drop=(names.ROLE, names.SPEC))
                self._roles(fields, ref, default=("build",))

    def _roles(self, fields: Fields, ref: Ref, default: tuple[str, ...]) -> None:
        for role in {value for name, value in _pairs(fields) if name == names.ROLE} or default:
            self._relate(self._root, "host" if role == "host" else "build_tool", ref, "build")

    def _edges(self) -> None:
        stated = {(r.source, r.target) for r in self.reading.relations}
        for entry in self._top.each("dependencies", self._limits.members):
            source = Ref(entry.text("ref"))
            for target in entry.texts("dependsOn"):
                if len(self.reading.relations) >= self._limits.members:
                    self._remark(f"more than {self._limits.members} dependencies; the rest is not read (limit members)")
                    return
                self.reading.implied.discard((source, Ref(target)))
                if (source, target) not in stated:
                    stated.add((source, Ref(target)))
                    self._relate(source, "depends_on", Ref(target), self._scopes.get(Ref(target), "runtime"))

    def _compositions(self) -> None:
        for fields in self._top.each("compositions"):
            state = _STATES.get(fields.text("aggregate"))
            if state is None:
                continue
            for ref in fields.texts("assemblies"):
                self.reading.completeness.append(Completeness(ref=Ref(ref), aspect="contents", state=state))
            for ref in fields.texts("dependencies"):
                self.reading.completeness.append(Completeness(ref=Ref(ref), aspect="dependencies", state=state))

    def _problems(self, metadata: Fields) -> None:
        """What was wrong with the package when the document was made."""
        for name, value in _pairs(metadata):
            self.reading.add_remark(name, value)

    def _relate(self, source: Ref, kind: Any, target: Ref, scope: Scope, specs: Iterable[str] = ()) -> None:
        relation = Relation(source=source, kind=kind, target=target, scope=scope, specs=tuple(sorted(set(specs))))
        self.reading.relations.append(relation)

    def _component(
        self, fields: Fields, ref: Ref, kind: ComponentKind | None = None, drop: tuple[str, ...] = ()
    ) -> None:
        self._place_of(fields, ref)
        dropped = (
            names.CONSTRAINS,
            names.SPEC,
            names.ALIAS,
            names.CONFIDENCE,
            names.LICENSE_FOUND,
            names.HELD_BY,
            *drop,
        )
        pairs = _pairs(fields)
        is_root = ref == self._root
        texts = list(self._license_texts(fields))
        self._leave_out(fields)
        self.reading.components.append(
            Component(
                ref=ref,
                kind=kind or TYPES.get(fields.text("type"), "library"),
                name=_name(fields),
                version=fields.text("version"),
                purl=fields.text("purl"),
                aliases=tuple(sorted({value for name, value in pairs if name == names.ALIAS})),
                licenses=tuple(self._licenses(fields, tuple(texts))),
                digests=_digests(fields),
                supplier=_party(fields.fields("supplier")),
                manufacturer=_party(fields.fields("manufacturer")),
                description=fields.text("description"),
                links=tuple(sorted(self._links(fields, is_root))),
                cpes=tuple(cpe for cpe in (fields.text("cpe"),) if cpe),
                occurrences=tuple(_occurrences(fields)),
                properties=tuple(
                    sorted({p for p in pairs if p[0] not in dropped and not (is_root and p[0].startswith("bsi:"))})
                ),
            )
        )

    def _leave_out(self, fields: Fields) -> None:
        """What has a value and no place in the model."""
        left = self.reading.left_out
        left.update(name for name in _UNPLACED if name in fields)
        if any(one.text("alg") not in ALGORITHMS for one in fields.each("hashes")):
            left.add(OTHER_HASHES)
        if not _kinds_of_links(fields) <= {*REFERENCES}:
            left.add(OTHER_LINKS)
        if fields.text("type") not in ("", "library", *TYPES):
            left.add(OTHER_KINDS)

    def _place_of(self, fields: Fields, ref: Ref) -> None:
        """Where it stands in the document, how sure that is, and whether it is in the artifact at all."""
        self.reading.places.setdefault(ref, (fields.text("bom-ref"), fields.where()))
        identity = fields.fields("evidence").each("identity")
        if certainty := [_confidence(one) for one in identity if "confidence" in one]:
            self.reading.certainty.setdefault(ref, max(certainty))
        if fields.text("type") in _SURROUNDINGS:
            self.reading.outside.setdefault(ref, None)
        elif scope := SCOPES.get(fields.text("scope")):
            self.reading.outside.setdefault(ref, scope)
        elif fields.flag("isExternal"):
            self.reading.outside.setdefault(ref, "runtime")

    def _links(self, fields: Fields, is_root: bool) -> Iterator[Link]:
        """The root repeats its sources' addresses, and names its own file where the address is not known: no links
        of it."""
        for link in _links(fields):
            if not is_root or link.kind == "bom" or ("://" in link.url and link.url not in self._source_urls):
                yield link

    def _license_texts(self, fields: Fields) -> Iterator[str]:
        for entry in fields.fields("evidence").each("licenses"):
            license_ = entry.fields("license")
            text = _text(license_.text("name"), license_.fields("text"))
            if text is not None:
                self.reading.texts.append(text)
                yield text.path

    def _licenses(self, fields: Fields, texts: tuple[str, ...]) -> Iterator[License]:
        for entry in fields.each("licenses"):
            inner = entry.fields("license")
            role: Any = inner.text("acknowledgement") or entry.text("acknowledgement") or "declared"
            if expression := entry.text("expression") or inner.text("id"):
                own = self._own_text(expression, inner.fields("text"))
                yield License(
                    expression=expression,
                    role="concluded" if role == "concluded" else "declared",
                    texts=tuple(sorted({*own, *texts})),
                )
            elif name := inner.text("name"):
                stated = normalize(name)
                own = self._own_text(stated.expression, inner.fields("text"))
                yield License(
                    expression=stated.expression,
                    role="concluded" if role == "concluded" else "declared",
                    texts=own or texts,
                    found=stated.found,
                )

    def _own_text(self, expression: str, fields: Fields) -> tuple[str, ...]:
        """The text that stands with an id or a name, called after it, since the document says no path. A second one
        under the same has another place."""
        text = _text(expression, fields)
        if text is None:
            return ()
        same = self._own_texts.setdefault(expression, {})
        content = (text.media_type, sha256(text.data).digest())
        if content not in same:
            same[content] = f"{len(same)}/{expression}" if same else expression
            self.reading.texts.append(replace(text, path=same[content]))
        return (same[content],)


def _kinds_of_links(fields: Fields) -> set[str]:
    return {reference.text("type") for reference in fields.each("externalReferences")}


def _name(fields: Fields) -> str:
    """The whole name: with its group (npm's scope, Maven's group id), unless a purl without a namespace says that this
    is none of its parts."""
    group, name, purl = fields.text("group"), fields.text("name"), fields.text("purl")
    parts = purl.partition("?")[0].partition("#")[0].rpartition("@")[0].split("/")
    if not group or name.startswith(f"{group}/") or (purl and len(parts) < 3):
        return name
    return f"{group}/{name}"


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    return [(p.text("name"), p.text("value")) for p in fields.each("properties", 1_000_000)]


def _digests(fields: Fields) -> tuple[Digest, ...]:
    found = ((ALGORITHMS.get(h.text("alg")), h.text("content").lower()) for h in fields.each("hashes"))
    return tuple(sorted(Digest(algorithm=algorithm, value=value) for algorithm, value in found if algorithm and value))


def _links(fields: Fields) -> Iterator[Link]:
    for reference in fields.each("externalReferences"):
        kind = REFERENCES.get(reference.text("type"))
        if kind is not None:
            yield Link(
                kind=kind, url=reference.text("url"), digests=_digests(reference), comment=reference.text("comment")
            )


def _party(fields: Fields) -> Party | None:
    name = fields.text("name")
    email = next((c.text("email") for c in fields.each("contact") if c.text("email")), "")
    return Party(name=name, email=email, url="" if email else next(iter(fields.texts("url")), "")) if name else None


def _occurrences(fields: Fields) -> Iterator[Occurrence]:
    """A method's value is `path: field [by]` in documents of ours; in others it is kept as the detail."""
    evidence = fields.fields("evidence")
    stated: dict[str, list[Evidence]] = {}
    for identity in evidence.each("identity"):
        for method in identity.each("methods"):
            value, _, by = method.text("value").removesuffix("]").rpartition(" [")
            path, _, field = value.partition(": ")
            if path:
                technique = TECHNIQUES.get(method.text("technique"), "inferred")
                if technique == "manifest" and _OF_RECIPE.match(path):  # CycloneDX has one word for both
                    technique = "recipe"
                found = Evidence(path=path, field=field, technique=technique, confidence=_confidence(method), by=by)
                stated.setdefault(path, []).append(found)
    places = {o.text("location") for o in evidence.each("occurrences")} | set(stated)
    for path in sorted(places - {""}):
        yield Occurrence(path=path, evidence=tuple(sorted(stated.get(path, ()))))


def _confidence(method: Fields) -> float:
    try:
        return min(1.0, max(0.0, float(method.text("confidence") or 0)))
    except ValueError:
        return 0.0


def _text(path: str, fields: Fields) -> Text | None:
    if "content" not in fields:
        return None
    content = fields.whole_text("content")
    if fields.text("encoding") == "base64":
        try:
            data = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            return None
    else:
        data = content.encode("utf-8", "replace")
    return Text(path=path, media_type=fields.text("contentType") or "text/plain", data=data)
