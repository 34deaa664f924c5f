"""Where two trees of one document format differ, whatever the order of their lists.

Knows nothing of what the trees mean but how elements of lists are named in the formats, so that one can be told from
another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

_NAMES = ("bom-ref", "SPDXID", "spdxId")
_LONGEST = 60


def unlike(told: Any, true: Any) -> Iterator[str]:
    """A line for each difference: its place, and what stands there in the document and in the one that was made
    anew."""
    waiting = [("", told, true)]
    while waiting:
        place, one, another = waiting.pop()
        if _plain(one) == _plain(another):
            continue
        if isinstance(one, dict) and isinstance(another, dict):
            both = sorted({*one, *another}, reverse=True)
            waiting += ((f"{place}/{key}".lstrip("/"), one.get(key), another.get(key)) for key in both)
        elif isinstance(one, list) and isinstance(another, list):
            waiting += reversed(list(_elements(place, one, another)))
        else:
            yield f"{place}: {_shown(one)} in the document, {_shown(another)} when it is made anew"


def _elements(place: str, one: list[Any], another: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """The elements that stand in one list only, by pairs of one name, else in order."""
    left = _only(one, another), _only(another, one)
    named: defaultdict[str, list[list[Any]]] = defaultdict(lambda: [[], []])
    for side, elements in enumerate(left):
        for element in elements:
            named[_name(element)][side].append(element)
    for name, (ours, theirs) in sorted(named.items()):
        where = f"{place}[{name}]" if name else place
        for number in range(max(len(ours), len(theirs))):
            one_element, other = (side[number] if number < len(side) else None for side in (ours, theirs))
            yield where, one_element, other


def _only(one: list[Any], another: list[Any]) -> list[Any]:
    rest = Counter(_plain(element) for element in another)
    found = []
    for element in one:
        key = _plain(element)
        if rest[key]:
            rest[key] -= 1
        else:
            found.append(element)
    return found


def _name(element: Any) -> str:
    if not isinstance(element, dict):
        return ""
    return next((element[name][-_LONGEST:] for name in _NAMES if isinstance(element.get(name), str)), "")


def _plain(tree: Any) -> bytes:
    """Equal for what is equal but for the order of its lists."""
    if isinstance(tree, dict):
        return b"{%b}" % b",".join(orjson.dumps(key) + _plain(tree[key]) for key in sorted(tree))
    if isinstance(tree, list):
        return b"[%b]" % b",".join(sorted(_plain(element) for element in tree))
    return orjson.dumps(tree)


def _shown(value: Any) -> str:
    text = "nothing" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
