"""A page for each JSON schema of this project, as tables. Knows JSON Schema as far as the files in schemas/ use it.

What a table cannot say, such as a condition, the schema itself says: each page leads to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from docs._generate.markdown import code, prose, table

SCHEMAS = Path(__file__).parents[2] / "schemas"
_SUFFIX = ".schema.json"
_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "minItems": "entries, at least:",
    "minLength": "characters, at least:",
    "maxLength": "characters, at most:",
}
Schema: TypeAlias = dict[str, Any]


def pages() -> dict[str, Callable[[], str]]:
    """The pages by their place below docs/reference. Settings have a page of their own."""
    names = sorted(path.name.removesuffix(_SUFFIX) for path in SCHEMAS.glob(f"*{_SUFFIX}"))
    return {f"schemas/{name}.md": partial(page, name) for name in names if name != "config"}


def read(name: str) -> Schema:
    """One schema of this project."""
    schema: Schema = json.loads((SCHEMAS / f"{name}{_SUFFIX}").read_bytes())
    return schema


def page(name: str) -> str:
    """What the objects of a schema hold, member by member."""
    schema = read(name)
    parts = [
        f"# `{name}`: {_lowered(schema.get('title', name))}",
        prose(schema.get("description", "")),
        f"The schema: [{name}{_SUFFIX}](../../../schemas/{name}{_SUFFIX}).",
        _members(schema),
    ]
    for key, part in schema.get("$defs", {}).items():
        parts += [f"## {key}", prose(part.get("description", "")), _members(part)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _members(schema: Schema) -> str:
    rows = list(_rows(schema, "", required=True))[1:]
    if rows:
        return table(("member", "type", "required", "meaning"), rows)
    bounds = _meaning({key: part for key, part in schema.items() if key != "description"})  # stands above already
    return f"A value: {'; '.join(part for part in (describe(schema), bounds) if part)}."


def _rows(schema: Schema, place: str, *, required: bool) -> Iterator[tuple[str, str, str, str]]:
    """One row for a place, then those of what lies below it; the depth is that of our own files."""
    yield code(place or "."), describe(schema), "yes" if required else "", _meaning(schema)
    needed = schema.get("required", ())
    for key, part in schema.get("properties", {}).items():
        yield from _rows(part, f"{place}.{key}" if place else key, required=key in needed)
    for key, word in (("items", "[]"), ("additionalProperties", ".*")):
        part = schema.get(key)
        if isinstance(part, dict) and (part.get("properties") or isinstance(part.get("items"), dict)):
            yield from list(_rows(part, f"{place}{word}", required=False))[1:]


def describe(schema: Schema | bool) -> str:
    """The type of a value in words."""
    if not isinstance(schema, dict):
        return "any" if schema else "nothing"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return ", ".join(code(json.dumps(value)) for value in schema["enum"])
    branches = [describe(part) for key in ("oneOf", "anyOf") for part in schema.get(key, ())]
    told = [words for words in dict.fromkeys(branches) if words != "any"]  # one that only adds conditions tells nothing
    if told:
        return " or ".join(told)
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if kind == "array" and "items" in schema:
        words = f"array of {describe(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        words = f"object of {describe(schema['additionalProperties'])}"
    return words


def _meaning(schema: Schema) -> str:
    parts = [prose(schema["description"])] if "description" in schema else []
    parts += [f"{word} {schema[key]:,}" for key, word in _LIMITS.items() if key in schema and schema[key] != 0]
    if "pattern" in schema:
        parts.append(f"matches {code(schema['pattern'])}")
    return "; ".join(part.rstrip(".") for part in parts) + ("." if "description" in schema else "")


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]
