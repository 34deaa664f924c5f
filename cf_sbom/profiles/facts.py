"""The facts that profiles and policies ask for: what is looked at, and what a maker of the document can do for it.

Knows assertions and our own options and recipe fields. A fact is about presence: whether what is said is true is not
its question. Nothing here advises to claim what is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cf_sbom import properties as names
from cf_sbom.assertions import Agent, Role, Stated, Statement, is_web
from cf_sbom.assertions.values import is_time
from cf_sbom.identity.licenses import normalize
from cf_sbom.profiles import ComponentFact, DocumentFact

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+")
_PART_SOURCE = "state it where the component comes from: its own metadata, or an SBOM that it ships (PEP 770)"
_PREFIX = "--prefix PREFIX resolves dependencies to exact packages, whose records have it"
_OTHER = "only who made the component can say it: cf-sbom guesses nothing"
_WHOLE = "give the package itself, not a folder without its record"
_TOOL = "every document of cf-sbom has it: ask the maker of the tool, or generate the document anew"


def _document(name: str, title: str, holds: Callable[[Statement], bool], fix: str = _TOOL) -> DocumentFact:
    return DocumentFact(name=name, title=title, holds=holds, fix=fix)


def _component(
    name: str,
    title: str,
    holds: Callable[[Stated], bool],
    package: str,
    part: str = _PART_SOURCE,
    dependency: str = _PREFIX,
) -> ComponentFact:
    fix: dict[Role, str] = {"package": package, "part": part, "dependency": dependency}
    return ComponentFact(name=name, title=title, holds=holds, fix=fix)


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


_OF_DOCUMENTS = (
    _document(
        "author",
        "who made the SBOM",
        lambda s: any(a.name or a.contact for a in s.authors),
        'generate --author "NAME <email>"',
    ),
    _document(
        "author-contact",
        "an e-mail or web address of who made the SBOM",
        lambda s: any(map(reachable, s.creators)),
        'generate --author "NAME <URL>"',
    ),
    _document(
        "signature",
        "a signature of who made the SBOM",
        lambda s: s.signed,
        "sign it beside the package: cf-sbom attest",
    ),
    _document("format-name", "the name of the data format", lambda s: bool(s.family)),
    _document("format-version", "the version of the data format", lambda s: bool(s.version)),
    _document(
        "bsi-format",
        "CycloneDX from 1.6 or SPDX from 3.0.1 on",
        accepted_by_bsi,
        "generate -o cyclonedx-json or -o spdx3-json",
    ),
    _document("context", "at which stage the SBOM was made", lambda s: any(s.context)),
    _document("timestamp", "when the SBOM was made", lambda s: is_time(s.timestamp)),
    _document("tool-name", "the tool that made the SBOM", lambda s: any(name for name, _ in s.tools)),
    _document(
        "tool-version", "the version of that tool", lambda s: bool(s.tools) and all(version for _, version in s.tools)
    ),
    _document("sbom-version", "which version of the SBOM this is", lambda s: bool(s.identifier and s.number)),
    _document("sbom-uri", "an address of the SBOM itself", lambda s: bool(s.identifier)),
    _document("primary-component", "what the SBOM is about", lambda s: s.package is not None),
    _document(
        "relationships", "what the package needs, or that this is not known", _package(lambda one: one.dependencies)
    ),
    _document("contents", "how complete the contents are", lambda s: bool(s.contents)),
    _document(
        "coverage",
        "how much of the payload is attributed to something",
        _package(lambda one: bool(one.property(names.UNEXPLAINED))),
        "the enricher `attribution` states it; do not --disable it",
    ),
    _document(
        "no-vulnerabilities",
        "no vulnerabilities: they change while the SBOM does not",
        lambda s: not s.vulnerabilities,
        "keep them in a document of their own (VEX, CSAF)",
    ),
)
DOCUMENT: dict[str, DocumentFact] = {one.name: one for one in _OF_DOCUMENTS}
"""By the names that policies use."""

_OF_COMPONENTS = (
    _component(
        "name", "name", lambda c: bool(c.name), "name in info/index.json", dependency="a depends entry names it"
    ),
    _component("version", "version", lambda c: bool(c.version), "package.version of the recipe"),
    _component(
        "identifier",
        "a unique identifier: purl, CPE, SWID, SWHID or OmniBOR",
        lambda c: bool(c.identifiers),
        "name and version in info/index.json",
        dependency="a depends entry with a package name",
    ),
    _component("purl", "purl", lambda c: bool(c.purl), "name in info/index.json", dependency="a depends entry"),
    _component(
        "supplier",
        "who supplies it",
        lambda c: bool(c.supplier and c.supplier.name),
        'generate --supplier "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    _component(
        "producer",
        "who made it",
        lambda c: any(agent.name or agent.contact for agent in c.producers),
        'generate --manufacturer "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    _component(
        "producer-contact",
        "an e-mail or web address of who made it",
        lambda c: any(map(reachable, c.creators)),
        'generate --manufacturer "NAME <email or URL>"',
        dependency=_OTHER,
    ),
    _component("hash", "the value of a hash", lambda c: bool(c.hashes), _WHOLE),
    _component("hash-algorithm", "the algorithm of that hash", lambda c: bool(c.hashes), _WHOLE),
    _component("sha256", "SHA-256", lambda c: "sha256" in c.hashes, _WHOLE),
    _component(
        "artifact-sha512",
        "SHA-512 of the file it is distributed as",
        lambda c: "sha512" in c.artifact_hashes,
        "give the package itself, not a folder",
        part="what has no file of its own has no such hash",
    ),
    _component("license", "licence", lambda c: bool(c.declared or c.concluded), "about.license of the recipe"),
    _component(
        "license-declared",
        "the licence that its makers declare",
        lambda c: bool(c.declared),
        "about.license of the recipe",
    ),
    _component(
        "license-concluded",
        "the licence that somebody concluded after a look",
        lambda c: bool(c.concluded),
        "conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
        part="conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
        dependency="conclude it yourself, in a document of yours: cf-sbom claims no conclusion",
    ),
    _component(
        "license-expression",
        "a licence that is an SPDX expression",
        _has_expression,
        "about.license of the recipe, as an SPDX expression",
    ),
    _component(
        "copyright",
        "copyright notice",
        lambda c: bool(c.copyright),
        "add it yourself: cf-sbom does not read notices out of texts",
        part="add it yourself: cf-sbom does not read notices out of texts",
        dependency="add it yourself: cf-sbom does not read notices out of texts",
    ),
    _component(
        "dependencies",
        "what it needs, or that this is not known",
        lambda c: c.dependencies,
        _TOOL,
        part=_TOOL,
        dependency=_TOOL,
    ),
    _component(
        "completeness",
        "how complete its dependencies are",
        lambda c: c.dependencies and bool(c.completeness),
        _TOOL,
        part=_TOOL,
        dependency=_TOOL,
    ),
    _component(
        "filename", "file name", lambda c: bool(c.filename), _WHOLE, part="what has no file of its own has no such name"
    ),
    _component(
        "executable",
        "whether its file is executable",
        lambda c: c.executable in ("executable", "non-executable"),
        _TOOL,
        part=_OTHER,
    ),
    _component(
        "archive",
        "whether its file is an archive",
        lambda c: c.archive in ("archive", "no archive"),
        _TOOL,
        part=_OTHER,
    ),
    _component(
        "structured",
        "whether its file is structured",
        lambda c: c.structured in ("structured", "unstructured"),
        _TOOL,
        part=_OTHER,
    ),
    _component("source", "where its source is", lambda c: bool(c.sources), "source.url or source.git of the recipe"),
    _component("source-hash", "a hash of its source", lambda c: bool(c.source_hashes), "source.sha256 of the recipe"),
    _component(
        "source-sha512",
        "SHA-512 of its source",
        lambda c: "sha512" in c.source_hashes,
        "recipes state SHA-256 or MD5 alone: neither builder takes SHA-512",
    ),
    _component("distribution", "where it can be had", lambda c: bool(c.distributions), "generate --channel URL"),
    _component(
        "security",
        "where its makers take reports of vulnerabilities",
        lambda c: bool(c.security),
        _OTHER,
        part=_OTHER,
        dependency=_OTHER,
    ),
    _component("evidence", "how it is known to be there", lambda c: c.evidence, _TOOL, part=_TOOL, dependency=_TOOL),
    _component(
        "conda-purl",
        "a purl of type conda with build and subdir",
        lambda c: c.purl.startswith("pkg:conda/") and "build=" in c.purl and "subdir=" in c.purl,
        "build and subdir in info/index.json",
    ),
    _component("build", "build string", lambda c: bool(c.property(names.BUILD)), "build in info/index.json"),
    _component("subdir", "platform folder", lambda c: bool(c.property(names.SUBDIR)), "subdir in info/index.json"),
    _component("channel", "channel", lambda c: bool(c.property(names.CHANNEL)), "generate --channel NAME|URL"),
)
COMPONENTS: dict[str, ComponentFact] = {one.name: one for one in _OF_COMPONENTS}
"""By the names that policies use."""
