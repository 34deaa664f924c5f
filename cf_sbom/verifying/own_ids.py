"""Whether a document of ours still is what was written: its identifier is a UUIDv5 of everything else in it.

Knows how the emitters of JSON make serial numbers and namespaces; a test holds it against them. This is no signature:
whoever changes a document on purpose can give it a new identifier. It tells of changes that nobody meant.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from cf_sbom.about import NAME

_SERIAL = re.compile(r"urn:uuid:(?P<id>[0-9a-f-]{36})")
_NAMESPACE = re.compile(r".*-(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def is_changed(document_format: str, tree: Any) -> bool:
    """Whether a document that names no other tool than cf-sbom was changed since. tree is that of orjson; formats that
    are not JSON, and documents on which others worked, are taken as they are."""
    try:
        check = {"cyclonedx-json": _cyclonedx, "spdx-json": _spdx2, "spdx3-json": _spdx3}[document_format]
        return check(tree)
    except (KeyError, TypeError, AttributeError, IndexError, StopIteration):
        return False  # not as ours are, which the schema or the comparison will say


def _cyclonedx(tree: Any) -> bool:
    tools = tree["metadata"]["tools"]["components"]
    if [tool["name"] for tool in tools] != [NAME]:
        return False
    return _differs(_SERIAL.fullmatch(tree["serialNumber"]), tree | {"serialNumber": ""})


def _spdx2(tree: Any) -> bool:
    tools = [creator for creator in tree["creationInfo"]["creators"] if creator.startswith("Tool: ")]
    if len(tools) != 1 or not tools[0].startswith(f"Tool: {NAME}-"):
        return False
    return _differs(_NAMESPACE.fullmatch(tree["documentNamespace"]), tree | {"documentNamespace": ""})


def _spdx3(tree: Any) -> bool:
    graph = tree["@graph"]
    tools = [element for element in graph if element["type"] == "Tool"]
    if len(tools) != 1 or not tools[0]["name"].startswith(NAME):
        return False
    document = next(element["spdxId"] for element in graph if element["type"] == "SpdxDocument")
    found = _NAMESPACE.match(document)
    draft = _text(graph).replace(found[0], "") if found else ""
    return found is None or str(uuid5(NAMESPACE_URL, draft)) != found["id"]


def _differs(stated: re.Match[str] | None, rest: Any) -> bool:
    return stated is None or str(uuid5(NAMESPACE_URL, _text(rest))) != stated["id"]


def _text(tree: Any) -> str:
    """As syntaxes/json.py writes it."""
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
