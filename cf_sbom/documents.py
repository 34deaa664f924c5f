"""The bytes of any document that is known here -> its format, version and tree, and on to the model.

Knows the syntaxes and readers, and tells a document by its content, never by its name. What a tree is worth is
validate.py's question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.readers import cyclonedx, spdx2, spdx3
from cf_sbom.reading import Reading

_START = 4096
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TAG_VALUE = re.compile(rb"^[ \t]*SPDXVersion:", re.MULTILINE)
_YAML = re.compile(rb"^[\"']?(?:spdxVersion|SPDXID)[\"']?\s*:", re.MULTILINE)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"


_READERS: dict[str, Callable[[Any, Limits], Reading]] = {
    "cyclonedx": cyclonedx.read,
    "spdx": spdx2.read,
    "spdx3": spdx3.read,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A document as a tree in the words of the JSON form of its standard; format is a name of cf-sbom's formats."""

    format: str
    version: str
    tree: Any


def document_bytes(path: Path, limits: Limits) -> bytes:
    """A file that may be a document. Raises DocumentError for what is no file, too large or cannot be read."""
    try:
        if not path.is_file():
            raise DocumentError("not a file" if path.exists() else "no such file")
        with path.open("rb") as file:
            data = file.read(limits.document_size + 1)
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}") from error
    if len(data) > limits.document_size:
        raise DocumentError(f"larger than {limits.document_size} bytes (limit document_size)")
    return data


def open_document(data: bytes, limits: Limits, parse: Callable[[bytes, Limits], Any] = parse_json) -> Opened:
    """The tree of a document. parse reads what is JSON. Raises DocumentError for anything that is no document."""
    if len(data) > limits.document_size:
        raise DocumentError(f"larger than {limits.document_size} bytes (limit document_size)")
    try:
        return _opened(data, limits, parse)
    except ParseError as error:
        raise DocumentError(str(error)) from None


def read_document(data: bytes, limits: Limits) -> Reading:
    """What a document says, as far as its words have a place in the model. Raises DocumentError."""
    return read_opened(open_document(data, limits), limits)


def read_opened(opened: Opened, limits: Limits) -> Reading:
    """The same of a document that is open already. Raises DocumentError."""
    return _READERS[opened.format.partition("-")[0]](opened.tree, limits)


def _opened(data: bytes, limits: Limits, parse: Callable[[bytes, Limits], Any]) -> Opened:
    start = data[:_START].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith(_UTF_16) and start[2:].replace(b"\0", b"").lstrip().startswith(b"{"):
        raise DocumentError("JSON in UTF-16; JSON documents are in UTF-8 (RFC 8259)")
    if start.startswith(b"<") or data.startswith(_UTF_16):
        return _opened_xml(data, limits)
    if _TAG_VALUE.search(start):
        from cf_sbom.syntaxes.spdx2_tools import read_tag_value

        return _spdx2("spdx-tag-value", read_tag_value(data))
    if not start.startswith(b"{") and _YAML.search(start):
        from cf_sbom.syntaxes.spdx2_tree import read_yaml

        return _spdx2("spdx-yaml", read_yaml(data, limits))
    return _told_json(parse(data, limits))


def _told_json(tree: Any) -> Opened:
    if isinstance(tree, dict):
        if tree.get("bomFormat") == "CycloneDX":
            return Opened(format="cyclonedx-json", version=str(tree.get("specVersion", "")), tree=tree)
        if isinstance(tree.get("spdxVersion"), str):
            return _spdx2("spdx-json", tree)
        context = tree.get("@context")
        if isinstance(context, str) and (found := re.fullmatch(r"https://spdx\.org/rdf/(3[0-9.]*)/.*", context)):
            return Opened(format="spdx3-json", version=found[1], tree=tree)
    raise DocumentError("neither a CycloneDX nor an SPDX document")


def _opened_xml(data: bytes, limits: Limits) -> Opened:
    from cf_sbom.syntaxes import cyclonedx_xml, spdx2_tree, xml

    root = xml.parse(data, limits)
    name = xml.local_name(root)
    if root.tag == _RDF:
        from cf_sbom.syntaxes.spdx2_tools import read_rdf

        return _spdx2("spdx-rdf", read_rdf(data, root))
    if name == "Document":
        return _spdx2("spdx-xml", spdx2_tree.from_element(root))
    if name == "bom":
        tree = cyclonedx_xml.from_element(root)
        return Opened(format="cyclonedx-xml", version=tree["specVersion"], tree=tree)
    raise DocumentError("neither a CycloneDX nor an SPDX document")


def _spdx2(document_format: str, tree: Any) -> Opened:
    version = tree.get("spdxVersion")
    version = version.removeprefix("SPDX-") if isinstance(version, str) else ""
    return Opened(format=document_format, version=version, tree=tree)
