"""Bytes that no reader should trip over, made from good ones; the same for the same input.

Knows text, lines and JSON; nothing of any ecosystem.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

_DEEP = 5_000
_LONG = 100_000
_PLACES = 24  # fields, lines and offsets of one sample that are changed one at a time
_ODD: tuple[object, ...] = (None, True, -1, 10**400, 0.5, "", "\x00\u202e</a>", "x" * 5000, [], [None], {}, {"": {}})


def garbage(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each piece of garbage made from a good sample."""
    yield "empty", b""
    yield "one NUL", b"\x00"
    yield "zeros", bytes(max(len(data), 64))
    yield "bytes that look random", _noise(4096)
    yield "not UTF-8", b"\xff\xfe" + data
    yield "a byte order mark before it", b"\xef\xbb\xbf" + data
    yield "noise behind it", data + _noise(64)
    yield "twice", data + data
    yield "carriage returns", data.replace(b"\n", b"\r\n")
    yield "no line ends", data.replace(b"\n", b" ")
    yield "huge numbers", _numbers(data)
    yield "one long line", b"a" * _LONG
    yield "deep lists", b"[" * _DEEP
    yield "deep objects", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP
    yield "deep tags", b"<a>" * _DEEP
    for value in _ODD:
        yield f"only {_short(value)}", json.dumps(value).encode()
    yield from _cut(data)
    yield from _lines(data)
    yield from _fields(data)


def _noise(size: int) -> bytes:
    return b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(size // 32 + 1))[:size]


def _numbers(data: bytes) -> bytes:
    digits = b"0123456789"
    return b"".join(b"9" * 30 if byte in digits else bytes((byte,)) for byte in data[:_LONG])


def _cut(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Truncations and flipped bytes, evenly spread."""
    step = max(1, len(data) // _PLACES)
    for offset in range(0, len(data), step):
        yield f"cut at byte {offset}", data[:offset]
        yield f"byte {offset} flipped", data[:offset] + bytes((data[offset] ^ 0xFF,)) + data[offset + 1 :]
    if data:
        yield "without its last byte", data[:-1]


def _lines(data: bytes) -> Iterator[tuple[str, bytes]]:
    lines = data.splitlines(keepends=True)
    for number, line in enumerate(lines[:_PLACES]):
        before, after = b"".join(lines[:number]), b"".join(lines[number + 1 :])
        yield f"without line {number + 1}", before + after
        for mark in (b":", b"=", b" "):
            key, found, _ = line.partition(mark)
            if found:
                yield f"line {number + 1} ends at its first {mark.decode()!r}", before + key + mark + b"\n" + after


def _fields(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Where the sample is JSON: each field of the first three levels as something else, and left out."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return
    for where in list(_places(tree, 3))[:_PLACES]:
        for value in _ODD:
            yield f"{'.'.join(map(str, where))} = {_short(value)}", json.dumps(_changed(tree, where, value)).encode()


def _places(tree: Any, depth: int) -> Iterator[tuple[str | int, ...]]:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree[:2]) if isinstance(tree, list) else ()
    for key, value in pairs:
        yield (key,)
        if depth > 1:
            yield from ((key, *rest) for rest in _places(value, depth - 1))


def _changed(tree: Any, where: tuple[str | int, ...], value: object) -> Any:
    if not where:
        return value
    copy = tree.copy()
    copy[where[0]] = _changed(tree[where[0]], where[1:], value)
    return copy


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 30 else f"{text[:12]}…"
