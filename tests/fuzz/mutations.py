"""Damage as real files have it: a value of another type, a part left out or given twice, an odd word in a known place.

Byte mutations alone seldom get behind a parser; these keep the syntax and change what it says.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

WORDS = (
    "",
    " ",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\ufffe",
    "\ud800",
    "</text>",
    "]]>",
    "../../x",
    "C:\\x",
    "file:///x",
    "http://[",
    "https://a@b@c/?q#f#g",
    "%ff%",
    "pkg:",
    "pkg:conda/x@1?build=%",
    "LicenseRef-",
    "MIT AND (",
    "NOASSERTION",
    "SPDXRef-DOCUMENT",
    "1970-01-01T00:00:00Z",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "a" * 5000,
    "-" * 3000,
    "(" * 1000,
    "Ⅷ²",
)
VALUES: tuple[Any, ...] = (None, True, -1, 0, 1.5, 10**30, [], {}, [[]], [None], {"": ""}, {"x": []}, *WORDS)
_WORD = re.compile(r"[\w.+-]+")


def mutate(data: bytes, chance: Random) -> bytes:
    """The same bytes for the same state of chance."""
    try:
        tree = [json.loads(data)]
        for _ in range(chance.randint(1, 3)):
            _change(tree, chance)
        return json.dumps(tree[0]).encode()
    except (ValueError, RecursionError, IndexError):
        return _lines(data, chance)


def _change(tree: Any, chance: Random) -> None:
    """One edit somewhere below tree, which itself stays."""
    places = list(_places(tree))
    container, key = chance.choice(places)
    other, other_key = chance.choice(places)
    match chance.randrange(6):
        case 0 if container is not tree:
            del container[key]
        case 1:
            container[key] = deepcopy(other[other_key])
        case 2:
            container[key] = [container[key], deepcopy(container[key])]
        case 3 if isinstance(container, dict):
            container[chance.choice(WORDS)] = container.pop(key)
        case 4 if isinstance(container[key], str):
            container[key] = _spliced(container[key], WORDS, chance)
        case _:
            container[key] = deepcopy(chance.choice(VALUES))  # the next edit may be inside it


def _places(tree: Any) -> Any:
    """Every value as its container and key."""
    stack = [tree]
    while stack:
        container = stack.pop()
        for key, value in container.items() if isinstance(container, dict) else enumerate(container):
            yield container, key
            if isinstance(value, dict | list):
                stack.append(value)


def _lines(data: bytes, chance: Random) -> bytes:
    lines = data.decode("latin-1").split("\n")  # a character a byte: nothing is lost
    words = tuple(word.encode("utf-8", "surrogatepass").decode("latin-1") for word in WORDS)
    for _ in range(chance.randint(1, 3)):
        place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0 if len(lines) > 1:
                del lines[place]
            case 1:
                lines.insert(place, lines[other])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3 if found := list(_WORD.finditer(lines[place])):
                start, end = chance.choice(found).span()
                lines[place] = lines[place][:start] + chance.choice(words) + lines[place][end:]
            case _:
                lines[place] = _spliced(lines[place], words, chance)
    return "\n".join(lines).encode("latin-1")


def _spliced(text: str, words: tuple[str, ...], chance: Random) -> str:
    """A word put over a part of the text."""
    start, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    return text[:start] + chance.choice(words) + text[end:]
