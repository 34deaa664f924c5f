"""The facts that profiles and policies ask for: what is looked at, and what a maker of the document can do for it.

Knows assertions and our own options and recipe fields. A fact is about presence: whether what is said is true is not
its question. Nothing here advises to claim what is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cf_sbom import properties as names
from cf_sbom.assertions import Agent, Stated, Statement, is_web
from cf_sbom.identity.licenses import normalize
from cf_sbom.profiles import ComponentFact, DocumentFact

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+")
_PART_SOURCE = "state it where the component comes from: its own metadata, or an SBOM that it ships (PEP 770)"
_PREFIX = "--prefix PREFIX resolves dependencies to exact packages, whose records have it"
_OTHER = "only who made the component can say it: cf-sbom guesses nothing"
_TOOL = "every document of cf-sbom has it: ask the maker of the tool, or generate the document anew"


def _document(title: str, holds: Callable[[Statement], bool], fix: str = _TOOL) -> DocumentFact:
    return DocumentFact(title=title, holds=holds, fix=fix)


def _component(
    title: str, holds: Callable[[Stated], bool], package: str, part: str = _PART_SOURCE, dependency: str = _PREFIX
) -> ComponentFact:
    return ComponentFact(title=title, holds=holds, fix={"package": package, "part": part, "dependency": dependency})


def reachable(agent: Agent) -> bool:
    """Whether an e-mail address or a web address is given."""
    return bool(_EMAIL.fullmatch(agent.contact)) or is_web(agent.contact)


def accepted_by_bsi(statement: Statement) -> bool:
    """CycloneDX from 1.6 and SPDX from 3.0.1 on (BSI TR-03183-2 v2.1.0, section 4)."""
    found = _VERSION.match(statement.version)
    least = {"cyclonedx": (1, 6, 0), "spdx3": (3, 0, 1), "spdx2": (9, 0, 0)}[statement.family]
    return found is not None and tuple(int(part or 0) for part in found.groups()) >= least


def is_conda(statement: Statement) -> bool:
    """Whether the document speaks of a conda package."""
    return statement.package is not None and statement.package.purl.startswith("pkg:conda/")


def _has_expression(one: Stated) -> bool:
    stated = (*one.declared, *one.concluded)
    return bool(stated) and all(not (told := normalize(text[:2000])).found and told.expression for text in stated)


def _package(holds: Callable[[Stated], bool]) -> Callable[[Statement], bool]:
    return lambda statement: statement.package is not None and holds(statement.package)


DOCUMENT: dict[str, DocumentFact] = {
    "author": _document(
        "who made the SBOM", lambda s: any(a.name or a.contact for a in s.authors), 'generate --author "NAME <email>"'
    ),
    "author-contact": _document(
        "an e-mail or web address of who made the SBOM",
        lambda s: any(map(reachable, s.authors)),
        'generate --author "NAME <email or URL>"',
    ),
    "signature": _document(
        "a signature of who made the SBOM", lambda s: s.signed, "sign it beside the package: cf-sbom attest"
    ),
    "format-name": _document("the name of the data format", lambda s: bool(s.family)),
    "format-version": _document("the version of the data format", lambda s: bool(s.version)),
    "bsi-format": _document(
        "CycloneDX from 1.6 or SPDX from 3.0.1 on", accepted_by_bsi, "generate -o cyclonedx-json or -o spdx3-json"
    ),
    "context": _document("at which stage the SBOM was made", lambda s: any(s.context)),
    "timestamp": _document("when the SBOM was made", lambda s: bool(_RFC3339.fullmatch(s.timestamp))),
    "tool-name": _document("the tool that made the SBOM", lambda s: any(name for name, _ in s.tools)),
    "tool-version": _document(
        "the version of that tool", lambda s: bool(s.tools) and all(version for _, version in s.tools)
    ),
    "sbom-version": _document("which version of the SBOM this is", lambda s: bool(s.identifier and s.number)),
    "sbom-uri": _document("an address of the SBOM itself", lambda s: bool(s.identifier)),
    "primary-component": _document("what the SBOM is about", lambda s: s.package is not None),
    "relationships": _document(
        "what the package needs, or that this is not known", _package(lambda one: one.dependencies)
    ),
    "contents": _document("how complete the contents are", lambda s: bool(s.contents)),
    "coverage": _document(
        "how much of the payload is attributed to something",
        _package(lambda one: bool(one.property(names.UNEXPLAINED))),
        "the enricher `attribution` states it; do not --disable it",
    ),
    "no-vulnerabilities": _document(
        "no vulnerabilities: they change while the SBOM does not",
        lambda s: not s.vulnerabilities,
        "keep them in a document of their own (VEX, CSAF)",
    ),
}
"""By the names that policies use."""

COMPONENTS: dict[str, ComponentFact] = {
    "name": _component(
        "name", lambda c: bool(c.name), "name in info/index.json", dependency="a depends entry names it"
    ),
    "version": _component("version", lambda c: bool(c.version), "package.version of the recipe"),
    "identifier": _component(
        "a unique identifier: purl, CPE, SWID, SWHID or OmniBOR",
        lambda c: bool(c.identifiers),
        "name and version in info/index.json",
        dependency="a depends entry with a package name",
    ),
    "purl": _component("purl", lambda c: bool(c.purl), "name in info/index.json", dependency="a depends entry"),
    "supplier": _component(
        "who supplies it",
        lambda c: bool(c.supplier and c.supplier.name),
        'generate --supplier "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    "producer": _component(
        "who made it",
        lambda c: any(agent.name or agent.contact for agent in c.producers),
        'generate --manufacturer "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    "producer-contact": _component(
        "an e-mail or web address of who made it",
        lambda c: any(map(reachable, c.producers)),
        'generate --manufacturer "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    "hash": _component("a hash", lambda c: bool(c.hashes), "give the package itself, not a folder without its record"),
    "sha256": _component(
        "SHA-256", lambda c: "sha256" in c.hashes, "give the package itself, not a folder without its record"
    ),
    "artifact-sha512": _component(
        "SHA-512 of the file it is distributed as",
        lambda c: "sha512" in c.artifact_hashes,
        "give the package itself, not a folder",
        part="what has no file of its own has no such hash",
    ),
    "license": _component("licence", lambda c: bool(c.declared or c.concluded), "about.license of the recipe"),
    "license-declared": _component(
        "the licence that its makers declare", lambda c: bool(c.declared), "about.license of the recipe"
    ),
    "license-concluded": _component(
        "the licence that somebody concluded after a look",
        lambda c: bool(c.concluded),
        "conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
        part="conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
        dependency="conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
    ),
    "license-expression": _component(
        "a licence that is an SPDX expression", _has_expression, "about.license of the recipe, as an SPDX expression"
    ),
    "copyright": _component(
        "copyright notice",
        lambda c: bool(c.copyright),
        "add it yourself: cf-sbom does not read notices out of texts",
        part="add it yourself: cf-sbom does not read notices out of texts",
        dependency="add it yourself: cf-sbom does not read notices out of texts",
    ),
    "dependencies": _component(
        "what it needs, or that this is not known", lambda c: c.dependencies, _TOOL, part=_TOOL, dependency=_TOOL
    ),
    "completeness": _component(
        "how complete its dependencies are",
        lambda c: c.dependencies and bool(c.completeness),
        _TOOL,
        part=_TOOL,
        dependency=_TOOL,
    ),
    "filename": _component(
        "file name", lambda c: bool(c.filename), _TOOL, part="what has no file of its own has no such name"
    ),
    "executable": _component("whether its file is executable", lambda c: bool(c.executable), _TOOL, part=_OTHER),
    "archive": _component("whether its file is an archive", lambda c: bool(c.archive), _TOOL, part=_OTHER),
    "structured": _component("whether its file is structured", lambda c: bool(c.structured), _TOOL, part=_OTHER),
    "source": _component("where its source is", lambda c: bool(c.sources), "source.url or source.git of the recipe"),
    "source-hash": _component("a hash of its source", lambda c: bool(c.source_hashes), "source.sha256 of the recipe"),
    "source-sha512": _component(
        "SHA-512 of its source",
        lambda c: "sha512" in c.source_hashes,
        "recipes state SHA-256 or MD5 alone: neither builder takes SHA-512",
    ),
    "distribution": _component("where it can be had", lambda c: bool(c.distributions), "generate --channel URL"),
    "security": _component(
        "where its makers take reports of vulnerabilities",
        lambda c: bool(c.security),
        _OTHER,
        part=_OTHER,
        dependency=_OTHER,
    ),
    "evidence": _component("how it is known to be there", lambda c: c.evidence, _TOOL, part=_TOOL, dependency=_TOOL),
    "conda-purl": _component(
        "a purl of type conda with build and subdir",
        lambda c: c.purl.startswith("pkg:conda/") and "build=" in c.purl and "subdir=" in c.purl,
        "build and subdir in info/index.json",
    ),
    "build": _component("build string", lambda c: bool(c.property(names.BUILD)), "build in info/index.json"),
    "subdir": _component("platform folder", lambda c: bool(c.property(names.SUBDIR)), "subdir in info/index.json"),
    "channel": _component("channel", lambda c: bool(c.property(names.CHANNEL)), "generate --channel NAME|URL"),
}
"""By the names that policies use."""
