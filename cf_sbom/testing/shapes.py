"""Values against the types that the model declares for them, and findings against the rules of identity and evidence.

Knows type hints and the model. A type checker tells an author the first; the kit also tells it to those who run none.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import re
import types
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from packageurl import PackageURL

from cf_sbom.identity.digests import LENGTHS
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.urls import clean_url, inner_url
from cf_sbom.model import ROOT, Completeness, Component, Digest, Evidence, License, Link, Ownership, Problem, Relation
from cf_sbom.paths import unsafe

_FOUND = re.compile(r"file:.+|in:[^#]+#[^:]+:.+", re.DOTALL)


def misfit(value: object, hint: Any, where: str) -> str:
    """Why a value is not of its declared type, or "". where names the value: `Component.kind`."""
    hint = hint.__supertype__ if isinstance(hint, NewType) else hint
    origin, inner = get_origin(hint), get_args(hint)
    if hint in (Any, object):
        return ""
    if origin is Literal:
        return "" if value in inner else f"{where}: {value!r} is not one of {', '.join(inner)}"
    if origin in (Union, types.UnionType):
        reasons = [misfit(value, one, where) for one in inner]
        return "" if "" in reasons else reasons[0]
    if origin is tuple:
        return _tuple_misfit(value, inner, where)
    if origin is collections.abc.Callable:
        return "" if callable(value) else f"{where}: a {type(value).__name__}, which cannot be called"
    fits = isinstance(value, int | float if hint is float else origin or hint)
    if not fits or (isinstance(value, bool) and hint is not bool):
        return f"{where}: a {type(value).__name__}, not a {hint.__name__}"
    if isinstance(value, str):
        return _text_misfit(value, where)
    if hasattr(hint, "__dataclass_fields__"):
        hints = _hints(hint)
        found = (misfit(getattr(value, name), kind, f"{where}.{name}") for name, kind in hints.items())
        return next(filter(None, found), "")
    return ""


def _tuple_misfit(value: object, inner: tuple[Any, ...], where: str) -> str:
    if not isinstance(value, tuple):
        return f"{where}: a {type(value).__name__}, not a tuple"
    hints = inner[:1] * len(value) if inner[-1:] == (...,) else inner
    if len(hints) != len(value):
        return f"{where}: {len(value)} values where {len(hints)} belong"
    found = (misfit(item, hint, f"{where}[{n}]") for n, (item, hint) in enumerate(zip(value, hints, strict=True)))
    return next(filter(None, found), "")


def _text_misfit(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{where}: holds a surrogate, which no document can hold; decode with 'replace' or 'backslashreplace'"
    return ""


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def faults(finding: object, name: str, paths: frozenset[str]) -> Iterator[str]:
    """What is wrong with a finding of the plugin `name` that saw members at these paths. Every value in it is looked
    at, however deep; its types must fit."""
    if isinstance(finding, Component) and finding.ref != ROOT:
        if not any(occurrence.evidence for occurrence in finding.occurrences):
            yield "no claim without evidence: give it an Occurrence with an Evidence"
        if not finding.name:
            yield "Component.name is empty"
    for value in _parts(finding):
        rule = _RULES.get(type(value))
        if rule is not None:
            yield from (f"{type(value).__name__}: {fault}" for fault in rule(value, name, paths))


def _parts(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)


def _component(component: Component, name: str, paths: frozenset[str]) -> Iterator[str]:
    yield from _ref(component.ref)
    if component.ref.startswith("pkg:") and component.ref != component.purl:
        yield f"ref {component.ref!r} is a purl, but not that of the component ({component.purl!r})"
    for purl in (component.purl, *component.aliases):
        if purl:
            yield from _purl(purl)


def _ref(ref: str) -> Iterator[str]:
    if ref.startswith("pkg:"):
        yield from _purl(ref)
    elif ref != ROOT and not _FOUND.fullmatch(ref):
        yield f"ref {ref!r} is neither ROOT nor a purl, file_ref() or found_ref()"


def _purl(purl: str) -> Iterator[str]:
    try:
        canonical = PackageURL.from_string(purl).to_string()
    except ValueError as error:
        yield f"{purl!r} is no purl: {error}"
        return
    if canonical != purl:
        yield f"the purl {purl!r} is not canonical; packageurl writes {canonical!r}"


def _relation(relation: Relation, name: str, paths: frozenset[str]) -> Iterator[str]:
    yield from _ref(relation.source)
    yield from _ref(relation.target)


def _ownership(claim: Ownership, name: str, paths: frozenset[str]) -> Iterator[str]:
    yield from _ref(claim.ref)
    parts = claim.path.removesuffix("/").split("/")
    if not all(parts) or unsafe(claim.path):
        yield f"path {claim.path!r} is no file of a package, nor a folder with `/` at its end"
    elif claim.path.startswith("info/"):
        yield f"path {claim.path!r} is not of the payload"


def _completeness(claim: Completeness, name: str, paths: frozenset[str]) -> Iterator[str]:
    yield from _ref(claim.ref)


def _evidence(evidence: Evidence, name: str, paths: frozenset[str]) -> Iterator[str]:
    if evidence.by != name:
        yield f"by is {evidence.by!r}, not the plugin's own name {name!r}"
    if not 0 <= evidence.confidence <= 1:
        yield f"confidence {evidence.confidence} is not within 0 and 1"
    if not any(evidence.path == path or evidence.path.startswith(f"{path}/") for path in paths):
        yield f"path {evidence.path!r} is no member that the plugin saw"


def _problem(problem: Problem, name: str, paths: frozenset[str]) -> Iterator[str]:
    if problem.by != name:
        yield f"by is {problem.by!r}, not the plugin's own name {name!r}"
    if not problem.reason.strip() or "\n" in problem.reason:
        yield f"reason {problem.reason!r} is not one line"


def _digest(digest: Digest, name: str, paths: frozenset[str]) -> Iterator[str]:
    if not re.fullmatch(rf"[0-9a-f]{{{LENGTHS[digest.algorithm]}}}", digest.value):
        yield f"{digest.value!r} is no {digest.algorithm} in lowercase hexadecimal"


def _license(license_: License, name: str, paths: frozenset[str]) -> Iterator[str]:
    if normalize(license_.expression).expression != license_.expression:
        yield f"{license_.expression!r} is no SPDX expression; cf_sbom.identity.licenses.normalize() makes one"


def _link(link: Link, name: str, paths: frozenset[str]) -> Iterator[str]:
    is_inner = link.kind == "bom" and link.url != "" and inner_url(unquote(link.url)) == link.url
    if not is_inner and not clean_url(link.url).url:
        yield f"{link.url!r} is no address for a document; cf_sbom.identity.urls.clean_url() says why"


_RULES: dict[type, Callable[[Any, str, frozenset[str]], Iterator[str]]] = {
    Completeness: _completeness,
    Component: _component,
    Digest: _digest,
    Evidence: _evidence,
    License: _license,
    Link: _link,
    Ownership: _ownership,
    Problem: _problem,
    Relation: _relation,
}
