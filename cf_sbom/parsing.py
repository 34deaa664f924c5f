"""JSON and YAML bytes -> plain trees, within limits.

Knows the two syntaxes and nothing of what the trees mean. Numbers that do not fit 64 bits, NaN and infinities become
text; a YAML plain scalar stays text (a version 3.10 is no number), and a tag is never acted upon.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import yaml

from cf_sbom.limits import Limits

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_STRING_TAGS = frozenset((None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))
_SCALAR_TAGS = _STRING_TAGS | {
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp", "binary")
}


class ParseError(ValueError):
    """The bytes are not what they should be; the message is one line without the bytes."""


def parse_json(data: bytes | memoryview, limits: Limits) -> Any:
    """One JSON value. Raises ParseError for anything else, and above limits.json_size."""
    if len(data) > limits.json_size:
        raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
    try:
        return json.loads(str(data, "utf-8-sig"), parse_int=_integer, parse_float=_float, parse_constant=str)
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise ParseError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"not JSON: {error.msg} at line {error.lineno}") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits


def parse_yaml(data: bytes, limits: Limits) -> tuple[Any, tuple[str, ...]]:
    """The first YAML document as dict, list, str and None, and remarks on what was left out.

    Built from parser events rather than by a loader: the loader of libyaml recurses in C and crashes the process on
    deeply nested input. Raises ParseError for what is not YAML, and above the yaml_* limits.
    """
    if len(data) > limits.yaml_size:
        raise ParseError(f"larger than {limits.yaml_size} bytes (limit yaml_size)")
    try:
        return _YamlTree(limits).build(data)
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ParseError(f"not YAML: {error.problem or error.context}{line}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParseError(f"not YAML: {str(error).splitlines()[0]}") from None


class _YamlTree:
    """Builds one tree from events; open collections stand on a stack, so depth costs no recursion."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._anchors: dict[str | None, Any] = {}
        self._remarks: dict[str, None] = {}

    def build(self, data: bytes) -> tuple[Any, tuple[str, ...]]:
        result: Any = None
        stack: list[tuple[Any, list[Any]]] = []  # a collection and, for a mapping, its key in waiting
        dropped = 0  # how many open collections belong to a value whose tag is unknown
        nodes = 0
        for event in yaml.parse(data, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            if isinstance(event, yaml.CollectionEndEvent):
                value, _ = stack.pop()
                if dropped:
                    dropped -= 1
                    if dropped:
                        continue
                    value = None
                if not stack:
                    result = value
                continue
            if not isinstance(event, yaml.NodeEvent):
                continue
            nodes += 1
            if nodes > self._limits.yaml_nodes:
                raise ParseError(f"more than {self._limits.yaml_nodes} values (limit yaml_nodes)")
            known = self._known_tag(event)
            value = self._value(event) if known else None
            if isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= self._limits.yaml_depth:
                    raise ParseError(f"nested deeper than {self._limits.yaml_depth} (limit yaml_depth)")
                if dropped or not known:
                    dropped += 1
                if dropped <= 1:
                    self._place(stack, value)
                stack.append((value if not dropped else None, []))
            elif not dropped:
                self._place(stack, value)
                if not stack:
                    result = value
        return result, tuple(self._remarks)

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
            return self._anchors.get(event.anchor)
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        else:
            value = None if not event.style and event.value in _NULLS else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _place(self, stack: list[tuple[Any, list[Any]]], value: Any) -> None:
        if not stack:
            return
        parent, waiting = stack[-1]
        if isinstance(parent, list):
            parent.append(value)
        elif isinstance(parent, dict):
            if not waiting:
                waiting.append(value)
                return
            key = waiting.pop()
            if isinstance(key, str):
                parent[key] = value
            else:
                self._remarks["a key that is not text was left out"] = None
