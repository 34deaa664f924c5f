"""XML that cannot harm: no document types, no entities, no network; characters that XML lacks are replaced.

Knows XML 1.0 and lxml; nothing of any document format.
"""

from __future__ import annotations

import re
from typing import Any

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_CHUNK = 1 << 20
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold, not even as a reference (section 2.2)."""


def writable(text: str) -> str:
    """The text with U+FFFD for every character that XML cannot hold."""
    return UNWRITABLE.sub("\ufffd", text)


def write(root: Any) -> bytes:
    """An element as a document, indented; text is left as it is."""
    from lxml import etree

    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return data


def parse(data: bytes, limits: Limits) -> Any:
    """The root element. Raises ParseError for what is not XML, for a document type, and above json_values elements.

    Entities are never expanded and nothing is fetched; nesting is bounded by libxml2 at 256.
    """
    from lxml import etree

    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    parser = etree.XMLPullParser(events=("start",), remove_comments=True, remove_pis=True, **safe)
    count = 0
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            for _, _element in parser.read_events():
                count += 1
            if count > limits.json_values:
                raise ParseError(f"more than {limits.json_values} elements (limit json_values)")
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise ParseError(f"not XML: {' '.join(str(error.msg).split())[:160]}") from None
    if root.getroottree().docinfo.doctype:
        raise ParseError("an XML document type is not read: it could name entities and files")
    return root


def local_name(element: Any) -> str:
    """The name of an element without its namespace."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""
