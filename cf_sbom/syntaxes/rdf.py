"""An SPDX document's RDF graph -> RDF/XML in one order.

Knows rdflib's graphs and the element writers of spdx-tools. Named nodes stand at the top in order of their address,
blank nodes where they are used; properties are ordered by name, then by value.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from rdflib import RDF, BNode, Graph, URIRef
from spdx_tools.spdx.rdfschema.namespace import POINTER_NAMESPACE, SPDX_NAMESPACE
from spdx_tools.spdx.writer.rdf.annotation_writer import add_annotation_to_graph
from spdx_tools.spdx.writer.rdf.creation_info_writer import add_creation_info_to_graph
from spdx_tools.spdx.writer.rdf.extracted_licensing_info_writer import add_extracted_licensing_info_to_graph
from spdx_tools.spdx.writer.rdf.file_writer import add_file_to_graph
from spdx_tools.spdx.writer.rdf.package_writer import add_package_to_graph
from spdx_tools.spdx.writer.rdf.relationship_writer import add_relationship_to_graph

from cf_sbom.syntaxes import xml

_PREFIXES = {
    "rdf": str(RDF),
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": str(SPDX_NAMESPACE),
    "doap": "http://usefulinc.com/ns/doap#",
    "ptr": str(POINTER_NAMESPACE),
}
_RDF = f"{{{RDF}}}"


def graph_of(document: Any) -> Any:
    """The graph of a document of spdx-tools; one of ours has neither snippets nor references to other documents."""
    graph = Graph()
    namespace = document.creation_info.document_namespace
    node = add_creation_info_to_graph(document.creation_info, graph)
    for add, elements in (
        (add_annotation_to_graph, document.annotations),
        (add_file_to_graph, document.files),
        (add_package_to_graph, document.packages),
        (add_relationship_to_graph, document.relationships),
    ):
        for element in elements:
            add(element, graph, namespace, {})
    for info in document.extracted_licensing_info:
        add_extracted_licensing_info_to_graph(info, graph, node, namespace)
    return graph


def write(graph: Any) -> bytes:
    """The graph as RDF/XML. Every blank node must have one place of use, as those of spdx-tools have."""
    root = etree.Element(f"{_RDF}RDF", nsmap=_PREFIXES)
    for node in sorted({s for s in graph.subjects() if not isinstance(s, BNode)}):
        _describe(etree.SubElement(root, f"{_RDF}Description"), graph, node)
    return xml.write(root)


def _describe(element: Any, graph: Any, node: Any) -> None:
    """Fill the element of a node; of its types one becomes the element's name."""
    if isinstance(node, URIRef):
        element.set(f"{_RDF}about", str(node))
    types = sorted(graph.objects(node, RDF.type))
    if types:
        element.tag = _name(types[0])
    found = []
    for predicate, value in graph.predicate_objects(node):
        if predicate == RDF.type and value == types[0]:
            continue
        child = etree.Element(_name(predicate))
        if isinstance(value, BNode):
            _describe(etree.SubElement(child, f"{_RDF}Description"), graph, value)
        elif isinstance(value, URIRef):
            child.set(f"{_RDF}resource", str(value))
        else:
            if value.datatype is not None:
                child.set(f"{_RDF}datatype", str(value.datatype))
            child.text = str(value)
        found.append(child)
    element.extend(sorted(found, key=etree.tostring))


def _name(address: Any) -> str:
    namespace, separator, name = str(address).rpartition("#")
    return f"{{{namespace}{separator}}}{name}"
