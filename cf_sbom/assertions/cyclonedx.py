"""What a CycloneDX document says.

Sources: CycloneDX specification 1.2 to 1.7; BSI TR-03183-2 v2.1.0 for its properties. `formulation` and `pedigree` tell
how a package was made: what stands there is no component of it, and what it descends from is its source. Nor is what
stands beside the package and only a build or a test needs, or what may be there, as a property of ours says.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cf_sbom import properties as names
from cf_sbom.assertions import Agent, Role, Stated, Statement, inner, is_web, objects, said, text, texts
from cf_sbom.assertions.values import hashed, identifier

_FILE = "file"
_SOURCES = frozenset(("source-distribution", "vcs"))
_PHASES = frozenset(("design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"))
_AGGREGATES = {"complete": "complete", "unknown": "unknown", "not_specified": "unknown"}


def state(document_format: str, version: str, tree: Any) -> Statement:
    """What the tree says."""
    metadata = inner(tree, "metadata")
    claims = _claims(tree)
    needs = {text(entry, "ref") for entry in objects(tree, "dependencies")}
    root = inner(metadata, "component")
    components = [_stated(root, "package", needs, claims["dependencies"])] if root else []
    components += (_stated(one, role, needs, claims["dependencies"]) for role, one in _listed(tree, root))
    maker = _organization(inner(metadata, "manufacturer") or inner(metadata, "manufacture"))
    serial = text(tree, "serialNumber")
    return Statement(
        family="cyclonedx",
        format=document_format,
        version=version,
        identifier=serial,
        number=text(tree, "version"),
        timestamp=text(metadata, "timestamp"),
        authors=(*(_person(one) for one in objects(metadata, "authors")), *((maker,) if maker else ())),
        tools=tuple(_tools(metadata)),
        creators=(maker,) if maker else (),
        context=tuple(filter(None, (_stage(one) for one in objects(metadata, "lifecycles")))),
        signed=bool(inner(tree, "signature")),
        vulnerabilities=any(objects(tree, "vulnerabilities")),
        components=tuple(components),
        contents=claims["assemblies"].get(text(root, "bom-ref"), ""),
    )


def _listed(tree: Any, root: dict[str, Any]) -> Iterator[tuple[Role, dict[str, Any]]]:
    """What is nested in the package, then what stands beside it, with all that is nested there; no recursion."""
    roles: tuple[tuple[Role, dict[str, Any]], ...] = (("part", root), ("dependency", tree))
    for role, start in roles:
        stack = [start]
        while stack:
            for one in objects(stack.pop(), "components"):
                stack.append(one)
                if text(one, "type") != _FILE and (role == "part" or not _is_aside(one)):
                    yield role, one


def _stage(tree: dict[str, Any]) -> str:
    """A lifecycle is one of the phases, or has a name of somebody's own (specification 1.5)."""
    phase = said(tree, "phase")
    return phase if phase in _PHASES else "" if phase else said(tree, "name")


def _is_aside(tree: dict[str, Any]) -> bool:
    """Whether a component beside the package is neither needed by who uses it nor known to be there."""
    maybe = (
        text(one, "name") == names.SCOPE and text(one, "value") == "candidate" for one in objects(tree, "properties")
    )
    return text(tree, "scope") == "excluded" or any(maybe)


def _claims(tree: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"dependencies": {}, "assemblies": {}}
    for composition in objects(tree, "compositions"):
        state = _AGGREGATES.get(text(composition, "aggregate"), "incomplete")
        for aspect, states in found.items():
            states.update(dict.fromkeys(texts(composition, aspect), state))
    return found


def _tools(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Tools as components or services, or as the older list has them."""
    tools = inner(metadata, "tools")
    entries = [*objects(tools, "components"), *objects(tools, "services")] if tools else [*objects(metadata, "tools")]
    yield from ((said(one, "name"), said(one, "version")) for one in entries)


def _stated(tree: dict[str, Any], role: Role, needs: set[str], claims: dict[str, str]) -> Stated:
    ref = text(tree, "bom-ref")
    declared, concluded = _licenses(tree)
    stated = frozenset((text(one, "name"), text(one, "value")) for one in objects(tree, "properties"))
    bsi = {name: value for name, value in stated if name.startswith("bsi:")}
    links = _links(tree)
    sources = [(url, hashes) for kind, url, hashes in links if kind in _SOURCES]
    for ancestor in objects(inner(tree, "pedigree"), "ancestors"):
        sources.append(("", _hashes(ancestor)))
        sources += ((url, hashes) for kind, url, hashes in _links(ancestor) if kind in _SOURCES)
    artifacts = [(url, hashes) for kind, url, hashes in links if kind in ("distribution", "distribution-intake")]
    maker, supplier = _organization(inner(tree, "manufacturer")), _organization(inner(tree, "supplier"))
    authors = [*(_person(one) for one in objects(tree, "authors")), Agent(name=said(tree, "author"))]
    purl = identifier("purl", said(tree, "purl"))
    others = [identifier("cpe", said(tree, "cpe")), said(inner(tree, "swid"), "tagId")]
    others += (identifier("swhid", one) for one in texts(tree, "swhid"))
    others += (identifier("gitoid", one) for one in texts(tree, "omniborId"))
    group = said(tree, "group")
    return Stated(
        ref=ref,
        role=role,
        name=f"{group}/{text(tree, 'name')}" if group else said(tree, "name"),
        version=said(tree, "version"),
        purl=purl,
        identifiers=tuple(one for one in (purl, *others) if one),
        supplier=supplier,
        producers=(maker,) if maker else tuple(one for one in authors if one.name or one.contact),
        creators=(maker,) if maker else (),
        declared=declared,
        concluded=concluded,
        license_texts=tuple(_texts(tree)),
        copyright=said(tree, "copyright"),
        hashes=_hashes(tree),
        artifact_hashes=frozenset().union(*(hashes for _, hashes in artifacts)),
        filename=bsi.get(names.BSI_FILENAME, ""),
        executable=bsi.get(names.BSI_EXECUTABLE, ""),
        archive=bsi.get(names.BSI_ARCHIVE, ""),
        structured=bsi.get(names.BSI_STRUCTURED, ""),
        sources=tuple(url for url, _ in sources if url),
        source_hashes=frozenset().union(*(hashes for _, hashes in sources)),
        distributions=tuple(url for url, _ in artifacts if is_web(url)),
        security=next((url for kind, url, _ in links if kind == "rfc-9116"), ""),
        dependencies=bool(ref) and (ref in needs or claims.get(ref) == "unknown"),
        completeness=claims.get(ref, ""),
        evidence=bool(tree.get("evidence")),
        properties=stated,
    )


def _links(tree: dict[str, Any]) -> list[tuple[str, str, frozenset[str]]]:
    return [(text(one, "type"), text(one, "url"), _hashes(one)) for one in objects(tree, "externalReferences")]


def _hashes(tree: dict[str, Any]) -> frozenset[str]:
    return frozenset(hashed(text(one, "alg"), text(one, "content")) for one in objects(tree, "hashes")) - {""}


def _licenses(tree: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Declared and concluded; what is not said to be concluded is declared (specification 1.6)."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for entry in objects(tree, "licenses"):
        license_ = inner(entry, "license") or entry
        name = said(license_, "expression") or said(license_, "id") or said(license_, "name")
        if name:
            found[text(license_, "acknowledgement") == "concluded"].append(name)
    return tuple(found[False]), tuple(found[True])


def _texts(tree: dict[str, Any]) -> Iterator[bytes]:
    """The texts that stand in licences themselves; what is not in base64 as it says is none."""
    for entry in objects(tree, "licenses"):
        attached = inner(inner(entry, "license"), "text")
        content = attached.get("content")
        if isinstance(content, str) and text(attached, "encoding") == "base64":
            with suppress(ValueError):
                yield b64decode(content, validate=True)
        elif isinstance(content, str):
            yield content.encode("utf-8", "replace")


def _person(tree: dict[str, Any]) -> Agent:
    return Agent(name=said(tree, "name"), contact=said(tree, "email"))


def _organization(tree: dict[str, Any]) -> Agent | None:
    contacts = [said(one, "email") for one in objects(tree, "contact")] + list(texts(tree, "url"))
    name = said(tree, "name") or next((said(one, "name") for one in objects(tree, "contact")), "")
    contact = next((one for one in contacts if one), "")
    return Agent(name=name, contact=contact) if name or contact else None
