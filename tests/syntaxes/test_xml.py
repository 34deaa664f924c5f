"""XML from strangers, and CycloneDX XML both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import EXPECTED

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes import cyclonedx_xml, xml

HARMFUL = {
    "a file as entity": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>",
    "a parameter entity": b"<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'>%x;]><a/>",
    "entities of entities": b"<!DOCTYPE a [<!ENTITY x 'yyyy'><!ENTITY z '&x;&x;&x;&x;'>]><a>&z;</a>",
    "a document type alone": b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>",
    "a document type in UTF-16": "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a><a/>".encode("utf-16"),
}
BROKEN = {
    "nothing": b"",
    "half an element": b"<a",
    "an element that is not closed": b"<a><b></a>",
    "a character that is none": b"<a>&#0;</a>",
    "an entity of nobody": b"<a>&x;</a>",
    "300 levels": b"<a>" * 300 + b"</a>" * 300,
    "not UTF-8": b"<a>\xff</a>",
}


@pytest.mark.parametrize("data", [*HARMFUL.values(), *BROKEN.values()], ids=[*HARMFUL, *BROKEN])
def test_what_may_harm_or_is_broken_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        xml.parse(data, Limits())


def test_the_number_of_elements_is_bounded() -> None:
    with pytest.raises(ParseError, match="json_values"):
        xml.parse(b"<a>" + b"<b/>" * 100 + b"</a>", Limits(json_values=50))


@pytest.mark.parametrize(
    ("text", "written"),
    [("a\tb\nc\rd", "a\tb\nc\rd"), ("a\x00b\x1b", "a\ufffdb\ufffd"), ("\ufffe\uffff", "\ufffd\ufffd"), ("🐍", "🐍")],
)
def test_characters_that_xml_lacks_are_replaced_and_the_rest_comes_back(text: str, written: str) -> None:
    tree = {"specVersion": "1.6", "metadata": {"component": {"type": "library", "name": text}}}
    read = cyclonedx_xml.read(cyclonedx_xml.write(tree), Limits())
    assert read["metadata"]["component"]["name"] == written


def texts(tree: Any) -> Any:
    """Numbers and booleans as XML has them, nothing where a list is empty, and a list where one stands alone."""
    if isinstance(tree, dict):
        alone = {key: [value] for key, value in tree.items() if key == "identity" and isinstance(value, dict)}
        return {key: texts(value) for key, value in (tree | alone).items() if key != "$schema" and value != []}
    if isinstance(tree, list):
        return [texts(value) for value in tree]
    return ("true" if tree else "false") if isinstance(tree, bool) else str(tree)


@pytest.mark.parametrize("path", sorted(EXPECTED.rglob("cyclonedx-json-*.json")), ids=lambda p: f"{p.parent.name}")
def test_the_table_loses_nothing_of_a_document(path: Any) -> None:
    tree = json.loads(path.read_bytes())
    assert texts(cyclonedx_xml.read(cyclonedx_xml.write(tree), Limits())) == texts(tree)


def test_a_key_that_the_table_lacks_is_an_error_and_not_lost() -> None:
    with pytest.raises(KeyError, match="swid"):
        cyclonedx_xml.write({"specVersion": "1.6", "components": [{"type": "library", "name": "a", "swid": {}}]})


@pytest.mark.parametrize(
    "data", [b"<bom/>", b"<bom xmlns='urn:x'/>", b"<x xmlns='http://cyclonedx.org/schema/bom/1.6'/>"]
)
def test_other_xml_is_no_cyclonedx(data: bytes) -> None:
    with pytest.raises(ParseError, match="not a CycloneDX document"):
        cyclonedx_xml.read(data, Limits())
