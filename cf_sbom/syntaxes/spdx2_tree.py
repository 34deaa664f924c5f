"""SPDX 2.3 YAML and XML <-> the tree of SPDX 2.3 JSON: the same names, so the tree itself is written down.

Source: SPDX specification 2.3, chapter 3 (formats); the types of the JSON schema say which names are lists, numbers or
booleans where the syntax does not tell.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import yaml

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_yaml
from cf_sbom.schemas import schema
from cf_sbom.syntaxes import xml

Json = dict[str, Any]
_DOCUMENT = "Document"


def write_yaml(tree: Json) -> bytes:
    """The tree as YAML in its own order; what is not printable is escaped by the writer, so nothing is lost."""
    text: str = yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=1 << 30)
    return text.encode()


def read_yaml(data: bytes, limits: Limits) -> Json:
    """The tree of a document in YAML. Raises ParseError."""
    tree, _ = parse_yaml(data, replace(limits, yaml_size=limits.document_size, yaml_nodes=limits.json_values))
    if not isinstance(tree, dict):
        raise ParseError("not an SPDX document")
    found: Json = _typed(tree)
    return found


def write_xml(tree: Json) -> bytes:
    """The tree as XML: an element a key, a list as elements of one name. Characters that XML lacks become U+FFFD."""
    from lxml import etree

    def add(parent: Any, key: str, value: Any) -> None:
        for item in value if isinstance(value, list) else [value]:
            element = etree.SubElement(parent, key)
            if isinstance(item, dict):
                for inner, below in item.items():
                    add(element, inner, below)
            elif isinstance(item, bool):
                element.text = "true" if item else "false"
            else:
                element.text = xml.writable(str(item))

    root = etree.Element(_DOCUMENT)
    for key, value in tree.items():
        add(root, key, value)
    return xml.write(root)


def from_element(root: Any) -> Json:
    """The tree of a `Document` element. Raises ParseError for any other."""
    if xml.local_name(root) != _DOCUMENT:
        raise ParseError("not an SPDX document")

    def value(element: Any) -> Any:
        if len(element) == 0:
            return element.text or ""
        found: Json = {}
        for child in element:
            found.setdefault(xml.local_name(child), []).append(value(child))
        return found

    tree = value(root)
    return _typed(tree) if isinstance(tree, dict) else {}


@cache
def _types() -> dict[str, str]:
    """The JSON type of each name, as the schema has it; SPDX gives no name two types."""
    found: dict[str, str] = {}

    def walk(properties: Json) -> None:
        for name, definition in properties.items():
            found[name] = definition.get("type", "")
            inner = definition.get("items", definition)
            walk(inner.get("properties", {}))

    walk(schema("spdx-json", "2.3")["properties"])
    return found


def _typed(value: Any, name: str = "") -> Any:
    """Lists where the schema has lists, single values where it has none, booleans and numbers out of words."""
    kind = _types().get(name, "")
    if isinstance(value, dict):
        return {key: _typed(inner, key) for key, inner in value.items()} if kind != "array" else [_typed(value)]
    if isinstance(value, list):
        if kind != "array" and len(value) == 1:
            return _typed(value[0], name)
        return [_typed(inner) for inner in value]
    if kind == "array":
        return [value] if value else []
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "integer" and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value
