"""The options by which a document can be made again, as far as the document shows them.

Knows what options leave behind in a document, by format. What leaves nothing behind (thresholds, environments, plugins)
is the caller's to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from cf_sbom.hookspecs import Options
from cf_sbom.identity.purl import conda_purl
from cf_sbom.model import Party, Sbom

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CREATOR = re.compile(r"(?:Person|Organization): (?P<name>.*?)(?: \((?P<email>[^()\s]+)\))?")


def options_of(document_format: str, version: str, tree: Any, stated: Sbom, given: Options) -> Options:
    """The given options, and where they leave something open what the document shows. tree has passed its schema.
    Whether it was to list tool and host packages is not told: packages without such look alike."""
    root = stated.root_component
    channel = given.channel or stated.subject.channel
    time = _time(document_format, tree)
    return replace(
        given,
        outputs=((document_format, version),),
        channel=channel,
        purl_style="cep159" if given.purl_style == "cep159" or _is_draft(stated, channel) else "spec",
        supplier=given.supplier or root.supplier,
        manufacturer=given.manufacturer or root.manufacturer,
        authors=given.authors or tuple(_authors(document_format, tree)),
        list_files=bool(stated.files),
        timestamp=given.timestamp or (time if _TIME.fullmatch(time) else ""),
    )


def taken_on_trust(stated: Sbom, given: Options) -> Iterator[str]:
    """What the document states by options of its maker, of which the package says nothing; one line each."""
    root = stated.root_component
    if stated.subject.channel and not given.channel:
        yield "the channel: no package says where it is published (--channel checks it)"
    for word, party, known in (
        ("supplier", root.supplier, given.supplier),
        ("manufacturer", root.manufacturer, given.manufacturer),
    ):
        if party is not None and known is None:
            yield f"the {word}: it is stated by whoever made the document (--{word} checks it)"


def tools_of(document_format: str, tree: Any) -> tuple[str, ...]:
    """The tools that a document says it was made with, each as `name-version`."""
    if document_format.startswith("cyclonedx"):
        tools = tree.get("metadata", {}).get("tools", {})
        found = tools.get("components", ()) if isinstance(tools, dict) else tools  # a plain list until 1.5
        return tuple(f"{tool.get('name', '')}-{tool.get('version', '')}" for tool in found)
    if document_format.startswith("spdx3"):
        return tuple(str(e.get("name", "")) for e in _graph(tree) if e.get("type") == "Tool")
    creators = (str(creator) for creator in tree.get("creationInfo", {}).get("creators", ()))
    return tuple(creator.removeprefix("Tool: ") for creator in creators if creator.startswith("Tool: "))


def _is_draft(stated: Sbom, channel: str) -> bool:
    """Whether the root's purl is in the form of the draft CEP, told by where that differs."""
    subject, purl = stated.subject, stated.root_component.purl
    forms = (
        conda_purl(subject.name, subject.version, subject.build, subdir=subject.subdir, channel=channel, style=style)
        for style in ("spec", "cep159")
    )
    plain, draft = (form.partition("?")[0] for form in forms)
    if plain != draft:
        return purl.partition("?")[0] == draft
    return bool(channel) and "channel=" not in purl and "repository_url=" in purl


def _time(document_format: str, tree: Any) -> str:
    if document_format.startswith("cyclonedx"):
        return str(tree.get("metadata", {}).get("timestamp", ""))
    if document_format.startswith("spdx3"):
        return next((str(e["created"]) for e in _graph(tree) if e.get("type") == "CreationInfo" and "created" in e), "")
    return str(tree.get("creationInfo", {}).get("created", ""))


def _authors(document_format: str, tree: Any) -> Iterator[Party]:
    """Who made the document, in the order in which emitters write them."""
    if document_format.startswith("cyclonedx"):
        metadata = tree.get("metadata", {})
        yield from (Party(name=a.get("name", ""), email=a.get("email", "")) for a in metadata.get("authors", ()))
        maker = metadata.get("manufacturer")
        if maker:
            yield Party(name=maker.get("name", ""), url=next(iter(maker.get("url", ())), ""))
    elif document_format.startswith("spdx3"):
        agents = {e["spdxId"]: e for e in _graph(tree) if e.get("type") in ("Person", "Organization")}
        makers = (name for e in _graph(tree) if e.get("type") == "CreationInfo" for name in e.get("createdBy", ()))
        for agent in (agents[name] for name in makers if name in agents):
            stated = agent.get("externalIdentifier", ())
            found = {i.get("externalIdentifierType"): i.get("identifier", "") for i in stated}
            yield Party(name=agent.get("name", ""), email=found.get("email", ""), url=found.get("urlScheme", ""))
    else:
        creators = (str(creator) for creator in tree.get("creationInfo", {}).get("creators", ()))
        for match in (_CREATOR.fullmatch(creator) for creator in creators if not creator.startswith("Tool: ")):
            if match:
                yield Party(name=match["name"], email=match["email"] or "")


def _graph(tree: Any) -> Iterable[Any]:
    return (element for element in tree.get("@graph", ()) if isinstance(element, dict))
