"""The records of a channel's repodata.json, one after the other.

Knows JSON and which objects of the file hold records (CEP 16 and before). That of a large channel has some hundred
megabytes: only the record that is being read is held. What a record says is the reader's to judge.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cf_sbom.errors import TargetError
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.streams import ZstdStream, damage

FILES = ("repodata.json", "repodata.json.zst")
"""What the file is called; the second is a copy of the first."""
_RECORDS = ("packages", "packages.conda")
_CHUNK = 256 * 1024


def records(path: Path, limits: Limits) -> Iterator[tuple[str, Any]]:
    """File name and record of each package in the order of the file; `.zst` by its name.

    Raises ParseError where the file is none, also behind the records that could be read, and TargetError.
    """
    with _opened(path) as read:
        yield from _records(_Values(read, limits.embedded_size))


def base_url(path: Path, limits: Limits) -> str:
    """Where the packages are, if not beside the file (CEP 15): a URL, absolute or relative to the file's; else "".
    Raises as records() does."""
    with _opened(path) as read:
        values = _Values(read, limits.embedded_size)
        if values.next() == "{":
            for key in values.members():
                if key == "info":
                    info = values.value()
                    found = info.get("base_url") if isinstance(info, dict) else None
                    return found if isinstance(found, str) else ""
                values.skip()
    return ""


def _records(values: _Values) -> Iterator[tuple[str, Any]]:
    if values.next() != "{":
        raise ParseError("not a JSON object")
    for key in values.members():
        if key in _RECORDS and values.next() == "{":
            for name in values.members():
                yield name, values.value()
        else:
            values.skip()


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[int], bytes]]:
    try:
        with path.open("rb") as file:
            stream = ZstdStream(file) if path.name.endswith(".zst") else file

            def read(size: int) -> bytes:
                with damage:
                    return stream.read(size)

            yield read
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror or error}") from None


class _Values:
    """JSON text read value by value. most: characters of one value; not much more is held."""

    def __init__(self, read: Callable[[int], bytes], most: int) -> None:
        self._read = read
        self._most = most
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._json = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 20 else digits).raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def next(self) -> str:
        """The character that stands next, or "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._more()

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; the value of each must be read before the next is asked for."""
        for _ in self._elements("{", "}"):
            key = self.value()
            if not isinstance(key, str):
                raise ParseError("not JSON: a key that is no string")
            self._take(":")
            yield key

    def skip(self) -> None:
        """Pass over a value of any size whose own parts are small."""
        if self.next() == "{":
            for _ in self.members():
                self.value()
        elif self.next() == "[":
            for _ in self._elements("[", "]"):
                self.value()
        else:
            self.value()

    def value(self) -> Any:
        """The value that begins here."""
        self.next()
        while True:
            try:
                value, end = self._json(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended:
                    raise ParseError(f"not JSON: {error.msg}") from None
            except RecursionError:
                raise ParseError("nested too deeply") from None
            else:
                if end - self._at > self._most:
                    raise self._too_large()
                if end < len(self._text) or self._ended:  # a number may go on behind what is held
                    self._at = end
                    return value
            if len(self._text) - self._at > self._most:
                raise self._too_large()
            self._more()

    def _too_large(self) -> ParseError:
        return ParseError(f"not JSON, or a record of more than {self._most} characters (limit embedded_size)")

    def _elements(self, first: str, last: str) -> Iterator[None]:
        self._take(first)
        if self.next() == last:
            self._at += 1
            return
        while True:
            yield None
            if self.next() == last:
                self._at += 1
                return
            self._take(",")

    def _take(self, wanted: str) -> None:
        if self.next() != wanted:
            raise ParseError(f"not JSON: {wanted!r} is missing")
        self._at += 1

    def _more(self) -> None:
        """Read on; as much again as is held, so that a long value is not looked at over and over."""
        held = self._text[self._at :]
        data = self._read(max(_CHUNK, len(held)))
        self._ended = not data
        self._text = held + self._decode(data, not data)
        self._at = 0
