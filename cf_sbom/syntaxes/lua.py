"""Lua code that assigns plain values, as configuration files do -> the strings in it. Nothing is evaluated.

Knows strings, tables and assignments (Lua 5.4 reference manual, sections 3.1 and 3.4.9). What is computed is not known
and left out; where there are other statements than assignments, nothing is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from cf_sbom.fields import Remark
from cf_sbom.limits import Limits

_TOKEN = re.compile(
    r"\s+|--[^\n]*|(?P<name>[A-Za-z_]\w*)|"
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')|"
    r"(?P<other>[^\s\w\"'{}\[\]=,;()-]+|.)",
    re.DOTALL,
)
_LONG = re.compile(r"(?:--)?\[(=*)\[\n?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "\n": "\n"}
_STATEMENTS = frozenset(("do", "for", "function", "goto", "if", "repeat", "return", "while"))
_ENDS = frozenset((",", ";", "}"))


class _Odd(Exception):
    """Reading cannot go on; the message is a remark."""


def assigned(text: str, limits: Limits, remark: Remark) -> dict[str, list[str]]:
    """What stands in plain strings: `name` of a global, `name.key` of a table, and `name.` for what has no key in it.
    Tables in tables are not looked at; a global that is assigned to twice is not known.

    Never raises: of what is broken, or has more than limits.dependencies words, nothing is returned and a remark made.
    """
    try:
        tokens = list(_tokens(text, limits))
    except _Odd as error:
        remark(str(error))
        return {}
    end = [("end", "")] * 3
    tokens = [*end, *tokens, *end]
    found: defaultdict[str, list[str]] = defaultdict(list)
    times: Counter[str] = Counter()
    stack: list[str] = []  # the brackets that are open, each by the name of what it is assigned to
    for at in range(3, len(tokens) - 3):
        (before, name), (sign, _), (kind, value) = tokens[at - 2 : at + 1]
        key = name if sign == "=" and before == "name" and tokens[at - 3][0] != "." else ""
        if kind == "=" and not stack and tokens[at - 1][0] == "name":
            times[tokens[at - 1][1]] += 1
        elif kind in ("{", "(", "["):
            stack.append(key if kind == "{" else "")
        elif kind in ("}", ")", "]"):
            del stack[-1:]
        elif kind == "string" and len(stack) < 2 and _ends(tokens[at + 1][0], not stack):
            if stack and (key or sign in ("{", ",", ";")):
                found[f"{stack[0]}.{key}"].append(value)
            elif not stack and key and tokens[at - 3][1] != "local":
                found[key].append(value)
    return {name: values for name, values in found.items() if times[name.partition(".")[0]] == 1}


def _ends(following: str, outside: bool) -> bool:
    """Whether a value is over; outside of tables the next assignment needs no mark between."""
    return following in _ENDS or (outside and following in ("name", "end"))


def _tokens(text: str, limits: Limits) -> Iterator[tuple[str, str]]:
    """Kind and value: a name, a string, `computed` for a string with other escapes, or what is its own kind."""
    position = count = 0
    while position < len(text):
        long = _LONG.match(text, position)
        if long:
            end = text.find(f"]{long[1]}]", long.end())
            if end < 0:
                raise _Odd("a long string or comment without an end; not read")
            if not long[0].startswith("--"):
                yield "string", text[long.end() : end]
            position = end + len(long[1]) + 2
        elif token := _TOKEN.match(text, position):
            position = token.end()
            kind = token.lastgroup
            if token[0] in ("'", '"'):
                raise _Odd("a string without an end; not read")
            if token[0] in _STATEMENTS:
                raise _Odd("has other statements than assignments of plain values; not read")
            if kind == "string":
                yield _unescaped(token[0][1:-1])
            elif kind:
                yield kind if kind == "name" else token[0], token[0]
        count += 1
        if count > limits.dependencies:
            raise _Odd(f"more than {limits.dependencies} words; not read (limit dependencies)")


def _unescaped(written: str) -> tuple[str, str]:
    if any(mark not in _ESCAPES for mark in _ESCAPE.findall(written)):
        return "computed", ""
    return "string", _ESCAPE.sub(lambda m: _ESCAPES[m[1]], written)
