"""One document against one package: is it whole, is it about this very package, and does the package say the same?

Knows how to read the package anew as the document was made. First the document is made again: what is equal to the
last byte needs no comparing. Else both are read into the model and every fact is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

from cf_sbom import properties as names
from cf_sbom.about import NAME, VERSION
from cf_sbom.documents import Opened, open_document, read_document
from cf_sbom.embedded import Embedded, documents_about_itself
from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.generate import NAMESPACE, Description, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.model import BuildPackages, Document, Sbom, Subject
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate
from cf_sbom.verifying import own_ids
from cf_sbom.verifying.contradictions import differences
from cf_sbom.verifying.in_build import UNCHECKED, differences_in_build, was_made_in_build
from cf_sbom.verifying.repeating import options_of, taken_on_trust, tools_of
from cf_sbom.verifying.strangers import differences_of_others
from cf_sbom.verifying.unembedded import without
from cf_sbom.verifying.unlike import unlike

_OURS = f"{NAME}-{VERSION}"
_WORDS = b"cf_sbom:"  # with which names of properties of ours begin; no other tool has them
_MOST = 20  # differences that are told
_IDENTIFIERS = ("serialNumber", "documentNamespace")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_ADDRESS = re.compile(rf"(?<={re.escape(NAMESPACE)}/)[^\"#]*-{_UUID.pattern[:-1]}(?=#)")

Agreement: TypeAlias = Literal["", "byte for byte", "word for word", "in all that it states"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is wrong with a document, in order; agreement says how well it fits where nothing is. unchecked: what could
    not be told, which is no fault of the document."""

    format: str = ""
    version: str = ""
    agreement: Agreement = ""
    refusals: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(slots=True)
class Package:
    """A package that documents are held against; it is read once for each set of options. options are what the user
    knows of how the documents were made."""

    target: Path
    options: Options
    registry: Registry
    _inside: tuple[Embedded, ...] | None = None
    _read: dict[tuple[Options, bool], Description] = field(default_factory=dict)

    @property
    def inside(self) -> tuple[Embedded, ...]:
        """The documents about the package that lie in it. Raises TargetError."""
        if self._inside is None:
            self._inside = documents_about_itself(self.target, self.registry.sources, self.options.limits)
        return self._inside

    @property
    def subject(self) -> Subject:
        """What the package is. Raises TargetError."""
        return self.description(self.options, before=False).sbom.subject

    @property
    def sha256(self) -> str:
        """Of the file, in hexadecimal; "" where there is no file that has one. Raises TargetError."""
        subject = self.subject
        return next((d.value for d in subject.digests if d.algorithm == "sha256" and not subject.digests_stated), "")

    def description(self, options: Options, *, before: bool) -> Description:
        """All that is said of the package; before: as if no document about it had been put into it, which knows nothing
        of the artifact either."""
        options = replace(options, outputs=())
        key = options, before
        if key not in self._read:
            registry = self.registry
            if before:
                paths = frozenset(one.path for one in self.inside)
                registry = replace(registry, sources=without(registry.sources, paths))
            found = describe(self.target, options, registry)
            self._read[key] = replace(found, sbom=_as_embedded(found.sbom)) if before else found
        return self._read[key]


def judge(data: bytes, package: Package, *, inside: bool = False) -> Judgement:
    """Hold a document against a package; inside says that it lies in that package. Raises TargetError where the package
    cannot be read."""
    limits = package.options.limits
    try:
        verdict = validate(data, limits)
        if verdict.reasons:
            return Judgement(format=verdict.format, version=verdict.version, refusals=verdict.reasons)
        opened = open_document(data, limits)
        stated = read_document(data, limits).sbom()
    except DocumentError as error:
        return Judgement(refusals=(str(error),))
    options = options_of(opened.format, opened.version, opened.tree, stated, package.options)
    description = package.description(options, before=inside)
    trusted = tuple(taken_on_trust(stated, package.options))
    found = Judgement(format=opened.format, version=opened.version, unchecked=trusted)
    anew: list[Document] = []
    for document in _made_again(description, options, package.registry):
        if agreement := _equal(opened.format, data, document):
            return replace(found, agreement=agreement, unchecked=(*trusted, *_recorded(stated, inside)))
        anew.append(document)
    again: list[tuple[Sbom, Document | None]] = [(description.sbom, None)]
    if anew:
        again = [(read_document(document.data, limits).sbom(), document) for document in anew]
    tools = tools_of(opened.format, opened.tree)
    if not any(tool.startswith(f"{NAME}-") for tool in tools):
        return _of_another(data, stated, again[0][0], tools, found)
    resolved = package.options.prefix is not None or bool(package.options.packages)
    if inside and was_made_in_build(stated):
        accounts = [(differences_in_build(stated, sbom), document) for sbom, document in again]
    else:
        accounts = [(differences(stated, sbom, inside=inside, resolved=resolved), document) for sbom, document in again]
    nearest, likeness = min(accounts, key=lambda account: account[0].count)
    refusals = ["changed since it was made: its identifier is not that of its content"] * _is_changed(opened, data)
    refusals += nearest.refusals
    if likeness is not None and tools == (_OURS,) and not nearest.partial and not nearest.count:
        refusals += islice(unlike(_comparable(opened), _comparable(open_document(likeness.data, limits))), _MOST)
    unchecked = [*trusted, *nearest.unchecked]
    if tools != (_OURS,):
        unchecked.append(f"how it is written: it was made by {', '.join(tools)}, and this is {_OURS}")
    return _judgement(found, refusals, unchecked)


def _of_another(data: bytes, stated: Sbom, anew: Sbom, tools: tuple[str, ...], found: Judgement) -> Judgement:
    """The judgement on a document that does not name cf-sbom: if it speaks in words of ours nevertheless, it was
    changed."""
    if _WORDS in data:
        return _judgement(found, [f"it holds what {NAME} writes and does not name it as its tool"], found.unchecked)
    result = differences_of_others(stated, anew)
    made_by = ", ".join(tools) or "a tool that is not named"
    return _judgement(found, result.refusals, (*found.unchecked, f"what only its maker knows: it is of {made_by}"))


def _judgement(found: Judgement, refusals: Sequence[str], unchecked: Sequence[str]) -> Judgement:
    agreement: Agreement = "" if refusals else "in all that it states"
    return replace(found, agreement=agreement, refusals=tuple(refusals), unchecked=tuple(unchecked))


def _recorded(stated: Sbom, inside: bool) -> tuple[str, ...]:
    """A document in a package may tell the packages of the build's environments, which nobody can look at any more."""
    paths = (o.path for c in stated.components for o in c.occurrences)
    return (UNCHECKED,) if inside and any(path.startswith("conda-meta/") for path in paths) else ()


def _made_again(description: Description, options: Options, registry: Registry) -> Iterator[Document]:
    """The document as each choice of tool and host packages makes it, since none leaves a sure trace; nothing for a
    format or a version that cf-sbom reads and does not write."""
    choices: tuple[BuildPackages | None, ...] = (None, "all", "none")
    if options.build_packages is not None:
        choices = (options.build_packages,)
    seen = set()
    for choice in choices:
        try:
            (document,) = render(description, replace(options, build_packages=choice), registry)
        except SettingsError:
            return
        if document.sha256 not in seen:
            seen.add(document.sha256)
            yield document


def _equal(document_format: str, data: bytes, anew: Document) -> Agreement:
    if data == anew.data:
        return "byte for byte"
    if document_format.endswith("-json") and orjson.loads(data) == orjson.loads(anew.data):
        return "word for word"
    return ""


def _comparable(opened: Opened) -> Any:
    """The tree of a document without the UUIDs that follow from all else in it."""
    own = {key: _UUID.sub("", value) for key in _IDENTIFIERS if isinstance(value := opened.tree.get(key), str)}
    return json.loads(_ADDRESS.sub("", json.dumps(opened.tree | own)))


def _is_changed(opened: Opened, data: bytes) -> bool:
    return opened.format.endswith("-json") and own_ids.is_changed(opened.format, orjson.loads(data))


def _as_embedded(sbom: Sbom) -> Sbom:
    """The Sbom with the word that its document lies in what it describes, as `embed` adds it."""
    root = sbom.root_component
    told = replace(root, properties=tuple(sorted({*root.properties, (names.EMBEDDED, "true")})))
    return replace(sbom, components=tuple(told if c.ref == sbom.root else c for c in sbom.components))
