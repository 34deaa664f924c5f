"""RDF/XML that cannot harm: what takes rdflib or spdx-tools more than linear time or memory is refused.

Knows where those two libraries grow; nothing of what a document says.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lxml import etree
from rdflib import RDF
from spdx_tools.spdx.rdfschema.namespace import SPDX_NAMESPACE

from cf_sbom.parsing import ParseError

LONGEST_NAME = 2000
_PLAIN = ("anyURI", "boolean", "dateTime", "int", "integer", "nonNegativeInteger", "positiveInteger", "string")
_DATATYPES = frozenset(("", *(f"http://www.w3.org/2001/XMLSchema#{name}" for name in _PLAIN)))
_DATATYPE = f"{{{RDF}}}datatype"
_PREFIXES_AT_MOST = 200
_GROWTH = 20  # ids read over statements in the graph
_ACTORS = ("annotator", "creator", "originator", "reviewer", "supplier")
_MEMBER = SPDX_NAMESPACE.member


def check_xml(root: Any) -> None:
    """Refuse what would take rdflib too long or too much memory: it makes of each literal a value of its datatype, of
    a decimal all its digits and of markup a tree with its entities; and it looks for a new name for every prefix that
    is given twice.

    Raises ParseError.
    """
    if any(element.get(_DATATYPE, "") not in _DATATYPES for element in root.iter(etree.Element)):
        raise ParseError("a literal of a datatype that SPDX does not use")
    if len({pair for _, pair in etree.iterwalk(root, events=("start-ns",))}) > _PREFIXES_AT_MOST:
        raise ParseError(f"more than {_PREFIXES_AT_MOST} namespace prefixes")


def check_graph(graph: Any) -> None:
    """Refuse what would take spdx-tools too long. Raises ParseError."""
    names = (name for role in _ACTORS for name in graph.objects(None, SPDX_NAMESPACE[role]))
    if any(len(name) > LONGEST_NAME for name in names):
        raise ParseError(f"a name of more than {LONGEST_NAME} characters")
    _check_licenses(graph)


def _check_licenses(graph: Any) -> None:
    """A licence set is read again wherever it is used, so that a few sets inside each other would take for ever."""

    @cache
    def written(node: Any) -> tuple[int, int]:
        """The ids of a set, and how many are read on the way to them."""
        members = [written(member) for member in graph.objects(node, _MEMBER)]
        ids = sum(own for own, _ in members) or 1
        return ids, ids + sum(read for _, read in members)

    try:
        uses = (node for _, predicate, node in graph if predicate != _MEMBER and (node, _MEMBER, None) in graph)
        total = sum(written(node)[1] for node in uses)
    except RecursionError:
        raise ParseError("licence sets that hold themselves, or are nested too deeply") from None
    if total > _GROWTH * len(graph):
        raise ParseError("licence sets that hold the same sets over and over")
