"""A document is told by its content, whatever it is called; what is none is refused in one line."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import EXPECTED

from cf_sbom.documents import open_document, read_document
from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.validate import validate

GOLDENS = sorted(p for p in EXPECTED.rglob("*") if p.is_file() and "sources-demo" in p.parent.name)


RDF_DECIMAL = (
    b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<a r:datatype='http://www.w3.org/2001/XMLSchema#decimal'>1E9</a></r:RDF>"
)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_document_is_told_by_its_content(path: Path) -> None:
    opened = open_document(path.read_bytes(), Limits())
    assert path.name.startswith(f"{opened.format}-{opened.version}")


@pytest.mark.parametrize("path", GOLDENS, ids=lambda p: f"{p.parent.name}/{p.name}")
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\n"], ids=["byte order mark", "empty line"])
def test_what_stands_before_a_document_does_not_hide_it(path: Path, mark: bytes) -> None:
    if path.suffix == ".xml" or path.suffix == ".rdf":
        mark = mark.strip()  # XML has nothing before its declaration
    assert path.name.startswith(open_document(mark + path.read_bytes(), Limits()).format)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"PK\x03\x04", "not"),
        (b"{}", "neither a CycloneDX nor an SPDX document"),
        (b"[]", "neither a CycloneDX nor an SPDX document"),
        (b'{"@context": ["https://spdx.org/rdf/3.0.1/spdx-context.jsonld"]}', "neither"),
        (b"<a/>", "neither a CycloneDX nor an SPDX document"),
        (b"<bom/>", "not a CycloneDX document"),
        (b"SPDXVersion: SPDX-2.3\nPackageName", "not SPDX tag-value"),
        (b"SPDXVersion: \xff", "not UTF-8"),
        (b"spdxVersion: SPDX-2.3\n  a: [", "not YAML"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "not SPDX RDF"),
        (b"<!DOCTYPE Document><Document/>", "document type"),
        (RDF_DECIMAL, "datatype"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        open_document(data, Limits())


@pytest.mark.parametrize("wrong", [3, 5000])
def test_what_is_wrong_in_a_large_document_is_told_wherever_it_stands(wrong: int) -> None:
    components: list[dict[str, Any]] = [{"type": "library", "name": f"x{n}"} for n in range(10_000)]
    components[wrong]["type"] = "none"
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    (reason,) = validate(json.dumps(document).encode(), Limits()).reasons
    assert reason.startswith(f"schema: components/{wrong}/type: ")


def test_a_name_given_to_many_elements_is_told_in_xml() -> None:
    document = b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>%s</components></bom>'
    twice = document % (b'<component type="library" bom-ref="a"><name>x</name></component>' * 2)
    assert validate(twice, Limits()).reasons == ("schema: bom-ref 'a' is given 2 times",)


def test_of_two_elements_with_one_id_the_first_is_read() -> None:
    elements = [{"type": "software_Package", "spdxId": "https://e.org/p", "name": name} for name in ("a", "b")]
    document = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": elements}
    sbom = read_document(json.dumps(document).encode(), Limits()).sbom()
    assert [c.name for c in sbom.components] == ["a"]
    assert "several elements bear one spdxId; the first is read" in {p.reason for p in sbom.problems}


def test_a_document_over_the_limit_is_refused() -> None:
    with pytest.raises(DocumentError, match="document_size"):
        open_document(b"{}" * 10, Limits(document_size=10))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda p: f"{p.parent.name}/{p.name}")
@given(data=st.data())
def test_damaged_documents_are_read_or_refused(path: Path, data: st.DataObject) -> None:
    """Bytes are changed, taken away or put in; nothing but DocumentError may come of it."""
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 40))
        content[start : start + length] = data.draw(st.binary(max_size=8) | st.sampled_from([b"<", b"{", b'"', b": "]))
    for read in (lambda found: read_document(found, Limits()).sbom().check(), lambda found: validate(found, Limits())):
        try:
            read(bytes(content))
        except DocumentError:
            continue


@pytest.mark.parametrize("name", ["spdx-tag-value-2.3.spdx", "spdx-rdf-2.3.spdx.rdf"])
def test_without_spdx_tools_the_message_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = next(p for p in GOLDENS if p.name == name).read_bytes()
    original = builtins.__import__

    def without(module: str, *args: Any, **kwargs: Any) -> Any:
        if module.partition(".")[0] in ("spdx_tools", "rdflib", "ply"):
            raise ImportError(module)
        return original(module, *args, **kwargs)

    for module in [m for m in sys.modules if m.partition(".")[0] in ("spdx_tools", "rdflib", "ply")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DocumentError, match=r"pip install 'cf_sbom\[spdx\]'"):
        open_document(data, Limits())
