"""JSON and YAML bytes -> plain trees, within limits.

Knows the two syntaxes and nothing of what the trees mean. A version 3.10 is no number: fractions and integers of more
than 64 bits stay text, and so does every plain scalar of YAML. A YAML tag is never acted upon.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import yaml

from cf_sbom.limits import MIB, Limits

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_STRING_TAGS = frozenset((None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))
_SCALAR_TAGS = _STRING_TAGS | {
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp", "binary")
}


class ParseError(ValueError):
    """The bytes are not what they should be; the message is one line without the bytes."""


def parse_text(data: bytes | memoryview) -> str:
    """UTF-8, without a byte order mark. Raises ParseError for what is none."""
    try:
        return str(data, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 at byte {error.start}") from None


def parse_json(data: bytes | memoryview, limits: Limits) -> Any:
    """One JSON value; a number with a point stays text, as it is written. Raises ParseError for what is not JSON, and
    above the json_* limits."""
    return _load(data, limits, parse_int=_integer, parse_float=str, parse_constant=str)


def repeated_names(data: bytes | memoryview, limits: Limits) -> tuple[str, ...]:
    """The names that stand twice in one object of a JSON value that parse_json() has read; each reader would take
    another of the values."""
    found: set[str] = set()

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) < len(pairs):
            found.update(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return tree

    _load(data, limits, parse_int=_integer, parse_float=str, parse_constant=str, object_pairs_hook=look)
    return tuple(sorted(found))


def parse_strict_json(data: bytes, limits: Limits) -> Any:
    """One JSON value that every reader takes alike: numbers as numbers; NaN and a name given twice are refused."""
    return _load(data, limits, parse_constant=_no_number, object_pairs_hook=_unique_names)


def _load(data: bytes | memoryview, limits: Limits, **hooks: Any) -> Any:
    if len(data) > limits.json_size:
        raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
    commas, lists, mappings = _counts(data, b",", b"[", b"{")
    if commas + lists + mappings > limits.json_values:
        raise ParseError(f"more than {limits.json_values} values (limit json_values)")
    try:
        tree = json.loads(parse_text(data), **hooks)
    except RecursionError:
        raise _too_deep(limits) from None
    except json.JSONDecodeError as error:
        raise ParseError(f"not JSON: {error.msg} at line {error.lineno}") from None
    except ParseError:
        raise
    except ValueError:
        raise ParseError("a number of too many digits") from None
    if lists + mappings > limits.json_depth and _is_deeper(tree, limits.json_depth):
        raise _too_deep(limits)
    return tree


def _counts(data: bytes | memoryview, *marks: bytes) -> list[int]:
    """How often each byte stands in the data, of which no second copy is made."""
    view = memoryview(data)
    counts = [0] * len(marks)
    for start in range(0, len(view), MIB):
        chunk = bytes(view[start : start + MIB])
        counts = [count + chunk.count(mark) for count, mark in zip(counts, marks, strict=True)]
    return counts


def _is_deeper(tree: Any, depth: int) -> bool:
    level = [tree]
    for _ in range(depth):
        nodes = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [child for node in nodes for child in node if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _too_deep(limits: Limits) -> ParseError:
    return ParseError(f"nested deeper than {limits.json_depth} (limit json_depth)")


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits


def _no_number(word: str) -> float:
    raise ParseError(f"not JSON: {word}")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError("a name stands twice in one object")
    return found


def parse_yaml(data: bytes | memoryview, limits: Limits) -> tuple[Any, tuple[str, ...]]:
    """The first YAML document as dict, list, str and None, and remarks on what was left out.

    Built from parser events rather than by a loader: the loader of libyaml recurses in C and crashes the process on
    deeply nested input. Raises ParseError for what is not YAML, and above the yaml_* limits.
    """
    if len(data) > limits.yaml_size:
        raise ParseError(f"larger than {limits.yaml_size} bytes (limit yaml_size)")
    try:
        return _YamlTree(limits).build(bytes(data))
    except yaml.MarkedYAMLError as error:
        if "nesting" in str(error.problem):  # newer versions of libyaml may meet a bound of their own first
            raise ParseError(f"nested deeper than {limits.yaml_depth} (limit yaml_depth)") from None
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ParseError(f"not YAML: {error.problem or error.context}{line}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParseError(f"not YAML: {str(error).splitlines()[0]}") from None


class _Open:
    """A collection whose end has not been met; key waits for its value."""

    __slots__ = ("anchor", "before", "has_key", "key", "value")

    def __init__(self, value: Any, anchor: str | None, before: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        self.key: Any = None
        self.has_key = False


class _YamlTree:
    """Builds one tree from events; open collections stand on a stack, so depth costs no recursion."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._anchors: dict[str | None, tuple[Any, int]] = {}  # a finished value and how many nodes it has
        self._remarks: dict[str, None] = {}
        self._nodes = 0

    def build(self, data: bytes) -> tuple[Any, tuple[str, ...]]:
        result: Any = None
        stack: list[_Open] = []
        dropped = 0  # how many open collections belong to a value whose tag is unknown
        ended = False
        for event in yaml.parse(data, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentEndEvent):
                ended = True
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = stack.pop()
                self._anchors[closed.anchor] = (closed.value, self._nodes - closed.before + 1)
                dropped = max(0, dropped - 1)
                if not stack:
                    result = closed.value
            elif isinstance(event, yaml.NodeEvent):
                if ended:
                    self._remarks["only the first of several YAML documents is read"] = None
                    break
                known = self._known_tag(event)
                self._count(event)
                value = self._value(event) if known and not dropped else None
                if not dropped:
                    self._place(stack, value)
                if isinstance(event, yaml.CollectionStartEvent):
                    if len(stack) >= self._limits.yaml_depth:
                        raise ParseError(f"nested deeper than {self._limits.yaml_depth} (limit yaml_depth)")
                    dropped += bool(dropped or not known)
                    stack.append(_Open(value, event.anchor, self._nodes))
                elif not stack:
                    result = value
        return result, tuple(self._remarks)

    def _count(self, event: Any) -> None:
        """An alias counts as all that it repeats: what is read from it is read again."""
        self._nodes += self._anchors.get(event.anchor, (None, 1))[1] if isinstance(event, yaml.AliasEvent) else 1
        if self._nodes > self._limits.yaml_nodes:
            raise ParseError(f"more than {self._limits.yaml_nodes} values (limit yaml_nodes)")

    def _known_tag(self, event: Any) -> bool:
        if isinstance(event, yaml.AliasEvent):
            return True
        allowed = _SCALAR_TAGS if isinstance(event, yaml.ScalarEvent) else _STRING_TAGS
        if event.tag in allowed:
            return True
        self._remarks[f"the tag {event.tag[:80]!r} is not understood; its value was left out"] = None
        return False

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:  # not defined, or a value that would hold itself
                self._remarks[f"the alias {str(event.anchor)[:80]!r} names nothing; it was left out"] = None
            return self._anchors.get(event.anchor, (None, 0))[0]
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        plain = not event.style and not event.tag
        value = None if plain and event.value in _NULLS else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        return value

    def _place(self, stack: list[_Open], value: Any) -> None:
        if not stack:
            return
        parent = stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif isinstance(parent.value, dict):
            if not parent.has_key:
                parent.key, parent.has_key = value, True
                return
            parent.has_key = False
            if not isinstance(parent.key, str):
                self._remarks["a key that is not text was left out"] = None
            else:
                if parent.key in parent.value:
                    self._remarks[f"the key {parent.key[:80]!r} stands twice in one mapping; the last is taken"] = None
                parent.value[parent.key] = value
