"""CycloneDX XML <-> the tree of CycloneDX JSON, by one ordered table that is walked both ways.

Source: the XML schemas of CycloneDX 1.6 and 1.7, whose sequences fix the order here. The table has the parts that
documents of ours use and those that readers look at; what it lacks is not read. Numbers and booleans read back as text.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple, TypeAlias

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes import xml

Json: TypeAlias = dict[str, Any]

_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_VERSION = re.compile(r"1\.[0-9]{1,2}")


class Part(NamedTuple):
    """How one JSON key is written.

    `attribute`, `text` (an element with text), `content` (the text of the element itself), `object`, `repeated`
    (elements one after the other; one alone may stand without a list), `list` (in an element around them),
    `references` and `repeated references` (elements that hold a `ref`).
    """

    key: str
    form: Literal["attribute", "text", "content", "object", "repeated", "list", "references", "repeated references"]
    tag: str
    kind: str = ""
    item: str = ""


def _attribute(key: str, tag: str = "") -> Part:
    return Part(key, "attribute", tag or key)


def _text(key: str) -> Part:
    return Part(key, "text", key)


def _object(key: str, kind: str) -> Part:
    return Part(key, "object", key, kind)


def _list(key: str, item: str, kind: str = "") -> Part:
    return Part(key, "list", key, kind, item)


def _repeated(key: str, kind: str = "") -> Part:
    return Part(key, "repeated", key, kind)


def _content(key: str) -> Part:
    return Part(key, "content", "")


_REF = _attribute("bom-ref")
_HASHES = _list("hashes", "hash", "hash")
_PROPERTIES = _list("properties", "property", "property")
_LINKS = _list("externalReferences", "reference", "reference")
_COMPONENTS = _list("components", "component", "component")
_LICENSES = _list("licenses", "", "license choice")

TABLE: dict[str, tuple[Part, ...]] = {
    "bom": (
        _attribute("serialNumber"),
        _attribute("version"),
        _object("metadata", "metadata"),
        _COMPONENTS,
        _LINKS,
        _list("dependencies", "dependency", "dependency"),
        _list("compositions", "composition", "composition"),
        _PROPERTIES,
        _list("formulation", "formula", "formula"),
    ),
    "metadata": (
        _text("timestamp"),
        _list("lifecycles", "lifecycle", "lifecycle"),
        _object("tools", "tools"),
        _list("authors", "author", "contact"),
        _object("component", "component"),
        _object("manufacturer", "organization"),
        _object("supplier", "organization"),
        _LICENSES,
        _PROPERTIES,
    ),
    "lifecycle": (_text("phase"), _text("name"), _text("description")),
    "tools": (_COMPONENTS,),
    "contact": (_REF, _text("name"), _text("email"), _text("phone")),
    "organization": (_REF, _text("name"), _repeated("url"), _repeated("contact", "contact")),
    "component": (
        _attribute("type"),
        _attribute("mime-type"),
        _attribute("isExternal"),
        _REF,
        _object("supplier", "organization"),
        _object("manufacturer", "organization"),
        _list("authors", "author", "contact"),
        _text("author"),
        _text("publisher"),
        _text("group"),
        _text("name"),
        _text("version"),
        _text("description"),
        _text("scope"),
        _HASHES,
        _LICENSES,
        _text("copyright"),
        _text("cpe"),
        _text("purl"),
        _object("pedigree", "pedigree"),
        _LINKS,
        _PROPERTIES,
        _COMPONENTS,
        _object("evidence", "evidence"),
    ),
    "hash": (_attribute("alg"), _content("content")),
    "property": (_attribute("name"), _content("value")),
    "reference": (_attribute("type"), _text("url"), _text("comment"), _HASHES),
    "license": (
        _REF,
        _attribute("acknowledgement"),
        _text("id"),
        _text("name"),
        _object("text", "attachment"),
        _text("url"),
    ),
    "expression": (_REF, _attribute("acknowledgement"), _content("expression")),
    "attachment": (_attribute("contentType", "content-type"), _attribute("encoding"), _content("content")),
    "pedigree": (_list("ancestors", "component", "component"), _list("patches", "patch", "patch"), _text("notes")),
    "patch": (_attribute("type"), _object("diff", "diff"), _list("resolves", "issue", "issue")),
    "diff": (_object("text", "attachment"), _text("url")),
    "issue": (_attribute("type"), _text("id"), _text("name"), _text("description")),
    "evidence": (
        _repeated("identity", "identity"),
        _list("occurrences", "occurrence", "occurrence"),
        _LICENSES,
    ),
    "identity": (
        _text("field"),
        _text("confidence"),
        _text("concludedValue"),
        _list("methods", "method", "method"),
    ),
    "method": (_text("technique"), _text("confidence"), _text("value")),
    "occurrence": (_REF, _text("location")),
    "dependency": (
        _attribute("ref"),
        Part("dependsOn", "repeated references", "dependency"),
        Part("provides", "repeated references", "provides"),
    ),
    "composition": (
        _REF,
        _text("aggregate"),
        Part("assemblies", "references", "assemblies", item="assembly"),
        Part("dependencies", "references", "dependencies", item="dependency"),
    ),
    "formula": (_REF, _COMPONENTS, _PROPERTIES),
}


def write(tree: Json) -> bytes:
    """The tree of a CycloneDX document as XML. Characters that XML cannot hold become U+FFFD.

    Raises KeyError for a key that the table lacks: nothing of a document may be lost without a word.
    """
    from lxml import etree

    namespace = f"{_NAMESPACE}{tree['specVersion']}"
    root = etree.Element(f"{{{namespace}}}bom", nsmap={None: namespace})
    _fill(root, {k: v for k, v in tree.items() if k not in ("$schema", "bomFormat", "specVersion")}, "bom", namespace)
    return xml.write(root)


def _fill(element: Any, tree: Json, kind: str, namespace: str) -> None:
    parts = TABLE[kind]
    if unknown := tree.keys() - {part.key for part in parts}:
        raise KeyError(f"{kind}: {', '.join(sorted(unknown))}")
    for part in parts:
        value = tree.get(part.key)
        if value is not None:
            _add(element, part, value, namespace)


def _add(element: Any, part: Part, value: Any, namespace: str) -> None:
    from lxml.etree import SubElement

    if part.form == "attribute":
        element.set(part.tag, _word(value))
        return
    if part.form == "content":
        element.text = _word(value)
        return
    tag = f"{{{namespace}}}{part.tag}"
    if part.form == "text":
        SubElement(element, tag).text = _word(value)
    elif part.form == "object":
        _fill(SubElement(element, tag), value, part.kind, namespace)
    elif part.form == "repeated":
        for item in value if isinstance(value, list) else (value,):
            _add_item(SubElement(element, tag), item, part.kind, namespace)
    elif part.form == "repeated references":
        for ref in value:
            SubElement(element, tag).set("ref", _word(ref))
    elif part.form == "references":
        around = SubElement(element, tag)
        for ref in value:
            SubElement(around, f"{{{namespace}}}{part.item}").set("ref", _word(ref))
    elif part.kind == "license choice":
        around = SubElement(element, tag)
        for item in value:
            chosen = "license" if "license" in item else "expression"
            inner = item["license"] if chosen == "license" else item
            _fill(SubElement(around, f"{{{namespace}}}{chosen}"), inner, chosen, namespace)
    else:
        around = SubElement(element, tag)
        for item in value:
            _add_item(SubElement(around, f"{{{namespace}}}{part.item}"), item, part.kind, namespace)


def _add_item(element: Any, item: Any, kind: str, namespace: str) -> None:
    if kind:
        _fill(element, item, kind, namespace)
    else:
        element.text = _word(item)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return xml.writable(value) if isinstance(value, str) else str(value)


def read(data: bytes, limits: Limits) -> Json:
    """The tree of a CycloneDX document in XML. Raises ParseError for anything else."""
    return from_element(xml.parse(data, limits))


def from_element(root: Any) -> Json:
    """The tree of a `bom` element. Raises ParseError for any other."""
    namespace, _, name = root.tag.removeprefix("{").rpartition("}")
    version = namespace.removeprefix(_NAMESPACE)
    if name != "bom" or not namespace.startswith(_NAMESPACE) or not _VERSION.fullmatch(version):
        raise ParseError("not a CycloneDX document")
    return {"bomFormat": "CycloneDX", "specVersion": version} | _read(root, "bom")


def _read(element: Any, kind: str) -> Json:
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(xml.local_name(child), []).append(child)
    found = {part.key: _value(element, children.get(part.tag, []), part) for part in TABLE[kind]}
    return {key: value for key, value in found.items() if value is not None}


def _value(element: Any, same: list[Any], part: Part) -> Any:
    if part.form == "attribute":
        return element.get(part.tag)
    if part.form == "content":
        return element.text or ""
    if not same:
        return None
    if part.form == "text":
        return same[0].text or ""
    if part.form == "object":
        return _read(same[0], part.kind)
    if part.form == "repeated":
        return [_item(child, part.kind) for child in same]
    if part.form == "repeated references":
        return [child.get("ref", "") for child in same]
    if part.form == "references":
        return [child.get("ref", "") for child in same[0]]
    if part.kind == "license choice":
        return [_license(child) for child in same[0]]
    return [_item(child, part.kind) for child in same[0]]


def _item(element: Any, kind: str) -> Any:
    return _read(element, kind) if kind else element.text or ""


def _license(element: Any) -> Json:
    name = xml.local_name(element)
    return {"license": _read(element, "license")} if name == "license" else _read(element, "expression")
