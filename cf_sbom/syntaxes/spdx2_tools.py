"""SPDX 2.3 tag-value and RDF/XML <-> the tree of SPDX 2.3 JSON, by way of spdx-tools (extra `spdx`).

Knows that library's model and where its writers cannot be relied on: tag-value values are neutralised before it writes
them, element by element, since its writer of documents looks for each file in a list of all; and the RDF graph that it
makes is written down in one order, since its own output differs from run to run.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from typing import Any

from cf_sbom.errors import DocumentError
from cf_sbom.limits import MIB
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes import xml
from cf_sbom.syntaxes.trees import mapped

Json = dict[str, Any]

UNWRITABLE = re.compile("</?text>|[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\U0010ffff]")
"""What a tag-value text cannot hold: the marks around a text, and characters that end a line."""
_LINE_ENDS = re.compile("[\n\t]")
_NAMES = frozenset(("fileName", "name", "packageFileName", "versionInfo"))
_MEANT = re.compile(r"(?:Tool|Organization|Person|[A-Za-z0-9-]+):|NONE$|NOASSERTION$|\d{4}-\d\d-\d\dT")
"""What the reader takes for an agent, a checksum, a date or a keyword, wherever it stands."""
_TEXTS = frozenset(
    ("comment", "summary", "description", "sourceInfo", "copyrightText", "licenseComments", "extractedText")
)
# spdx-tools reads such lines in quadratic time, and texts with 200 bytes of memory for each character.
LONGEST_LINE, LONGEST_TEXT = 2000, 2 * MIB
_LONG_LINE = re.compile(
    rf"^(?:Annotator|Creator|ExternalDocumentRef|PackageOriginator|PackageSupplier|PackageVerificationCode|Reviewer)"
    rf"[ \t]*:.{{{LONGEST_LINE}}}",
    re.MULTILINE,
)
_MISSING = "is read and written with spdx-tools: pip install 'cf_sbom[spdx]'"


def write_tag_value(tree: Json) -> bytes:
    """The tree as tag-value; a value that could be taken for a tag or the end of a text is changed so that it cannot.

    Raises DocumentError where spdx-tools is not installed.
    """
    document = _document(_neutral(tree), "SPDX tag-value")
    from spdx_tools.spdx.writer.tagvalue.annotation_writer import write_annotation
    from spdx_tools.spdx.writer.tagvalue.creation_info_writer import write_creation_info
    from spdx_tools.spdx.writer.tagvalue.extracted_licensing_info_writer import write_extracted_licensing_info
    from spdx_tools.spdx.writer.tagvalue.file_writer import write_file
    from spdx_tools.spdx.writer.tagvalue.package_writer import write_package
    from spdx_tools.spdx.writer.tagvalue.relationship_writer import write_relationship

    stream = io.StringIO()
    write_creation_info(document.creation_info, stream)
    for write, elements in (  # files first: behind a package they would be taken for its contents
        (write_file, document.files),
        (write_package, document.packages),
        (write_extracted_licensing_info, document.extracted_licensing_info),
        (write_relationship, document.relationships),
        (write_annotation, document.annotations),
    ):
        for element in elements:
            stream.write("\n")
            write(element, stream)
    return stream.getvalue().encode()


def _neutral(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _neutral(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_neutral(inner, key) for inner in value]
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub(_shown, value)
    if key in _TEXTS:  # the writer puts marks around several lines only, and one line may look like something else
        return text if "\n" in text or text in ("NONE", "NOASSERTION") else f"<text>{text}</text>"
    line = _LINE_ENDS.sub(_shown, text)
    return f'"{line}"' if key in _NAMES and _MEANT.match(line) else line


def _shown(match: re.Match[str]) -> str:
    found = match[0]
    return f"{found[:-1]} >" if found.endswith(">") else found.encode("unicode_escape").decode()


def read_tag_value(data: bytes) -> Json:
    """The tree of a tag-value document. Raises ParseError, and DocumentError where spdx-tools is not installed."""
    try:
        from ply import yacc
        from spdx_tools.spdx.parser.tagvalue.parser import Parser
    except ImportError:
        raise DocumentError(f"SPDX tag-value {_MISSING}") from None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 at byte {error.start}") from None
    if _LONG_LINE.search(text):
        raise ParseError(f"a name or reference of more than {LONGEST_LINE} characters")
    if any(len(part) - part.find("<text>") > LONGEST_TEXT for part in text.split("</text>") if "<text>" in part):
        raise ParseError(f"a text of more than {LONGEST_TEXT} characters")
    parser = Parser(write_tables=False, debug=False, errorlog=yacc.NullLogger())
    return _tree(lambda: parser.parse(text), "SPDX tag-value")


def write_rdf(tree: Json) -> bytes:
    """The tree as RDF/XML, subjects and properties in order. Raises DocumentError where spdx-tools is not
    installed."""
    document = _document(mapped(tree, xml.writable), "SPDX RDF")
    from cf_sbom.syntaxes.rdf import graph_of, write

    return write(graph_of(document))


def read_rdf(data: bytes, root: Any) -> Json:
    """The tree of an RDF/XML document that xml.parse() has found harmless and given this root.

    Raises ParseError, and DocumentError where spdx-tools is not installed.
    """
    try:
        from rdflib import Graph
        from spdx_tools.spdx.parser.rdf.rdf_parser import translate_graph_to_document
    except ImportError:
        raise DocumentError(f"SPDX RDF {_MISSING}") from None
    from cf_sbom.syntaxes.rdf_bounds import check_graph, check_xml

    check_xml(root)

    def document() -> Any:
        graph = Graph().parse(data=data, format="xml")
        check_graph(graph)
        return translate_graph_to_document(graph)

    return _tree(document, "SPDX RDF")


def _document(tree: Json, what: str) -> Any:
    try:
        from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    except ImportError:
        raise DocumentError(f"{what} {_MISSING}") from None
    return JsonLikeDictParser().parse(tree)


def _tree(parse: Any, what: str) -> Json:
    """spdx-tools fails on broken documents in many ways, none of which may end a run."""
    from spdx_tools.spdx.parser.error import SPDXParsingError

    try:
        return _converted(parse())
    except ParseError:
        raise
    except SPDXParsingError as error:
        reason = " ".join(error.get_messages()[0].split()) if error.get_messages() else "no reason is given"
    except SystemExit:  # what its RDF reader does about a document node without a proper address
        reason = "the SpdxDocument is not called by its namespace and #SPDXRef-DOCUMENT"
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    raise ParseError(f"not {what}: {reason[:200]}")


def _converted(document: Any) -> Json:
    """The library's document as a tree. Its own converter looks through all annotations for every element; here each
    element is given its own."""
    from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
    from spdx_tools.spdx.jsonschema.file_converter import FileConverter
    from spdx_tools.spdx.jsonschema.package_converter import PackageConverter
    from spdx_tools.spdx.model import Document

    annotations: defaultdict[str, list[Any]] = defaultdict(list)
    for annotation in document.annotations:
        annotations[annotation.spdx_id].append(annotation)

    def alone(spdx_id: str) -> Any:
        return Document(document.creation_info, annotations=annotations.pop(spdx_id, []))

    packages = [PackageConverter().convert(p, alone(p.spdx_id)) for p in document.packages]
    files = [FileConverter().convert(f, alone(f.spdx_id)) for f in document.files]
    rest = Document(
        document.creation_info,
        annotations=[a for same in annotations.values() for a in same],
        relationships=document.relationships,
        extracted_licensing_info=document.extracted_licensing_info,
    )
    tree: Json = DocumentConverter().convert(rest) | {"packages": packages, "files": files}
    for package in packages:
        for reference in package.get("externalRefs", ()):  # the official schema has only the hyphen
            reference["referenceCategory"] = reference["referenceCategory"].replace("_", "-")
    return {key: value for key, value in tree.items() if value != []}
