"""What others wrote -> what may be told: every text of the model without credentials and places of machines.

Knows the types of the model and nothing of what they mean: a text passes whatever field it stands in, and so do those
of fields that are added one day. Not changed are the few that name something (references, purls, paths of texts and
patches), which must stay what they are until all that they name is known, and the bodies of texts.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from cf_sbom.identity.urls import withheld
from cf_sbom.model import Completeness, Component, License, Link, Party, Patch, Relation, Text

T = TypeVar("T")

# What parts.py settles itself: names of other things, addresses, and what fit() looks at.
_SETTLED: dict[type, frozenset[str]] = {
    Component: frozenset(("ref", "purl", "aliases", "properties", "description")),
    Relation: frozenset(("source", "target")),
    Completeness: frozenset(("ref",)),
    License: frozenset(("expression", "texts")),
    Link: frozenset(("url",)),
    Party: frozenset(("email", "url")),
    Patch: frozenset(("path",)),
    Text: frozenset(("path",)),
}


def told(item: T) -> T:
    """The same with every text in it as withheld() leaves it; the very same object where nothing changes."""
    made: Any = item
    if isinstance(item, str):
        made = withheld(item)
    elif isinstance(item, tuple):
        found = [told(one) for one in item]
        if any(new is not old for new, old in zip(found, item, strict=True)):
            made = tuple(found)
    else:
        changed = {name: new for name in _names(made.__class__) if (new := told(old := getattr(item, name))) is not old}
        if changed:
            made = replace(made, **changed)
    return made  # type: ignore[no-any-return]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields that are looked at; none of what is no part of the model, such as numbers and bytes."""
    settled = _SETTLED.get(kind, frozenset())
    return tuple(f.name for f in fields(kind) if f.name not in settled) if is_dataclass(kind) else ()


def named(text: str) -> str:
    """A text that names something as it may stand in a document: what had to go leaves a hash behind, so that two names
    stay two."""
    cleaned = withheld(text)
    return cleaned if cleaned == text else f"{cleaned}-{short(text)}"


def short(*words: str) -> str:
    """A few digits that stand for some words, and hardly ever for others."""
    return sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:12]
