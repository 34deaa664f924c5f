"""Plain trees from outside -> typed values, and a remark for everything that does not fit.

Knows nothing of what the fields mean. A remark carries the place in the manner of `depends[3]: not a string`; reading
goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from cf_sbom.limits import Limits
from cf_sbom.model import Severity

Remark = Callable[[str], None]
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Fields:
    """One mapping, read field by field. An absent or null field is no remark; a wrong type is one."""

    __slots__ = ("_data", "_limits", "_remark", "_where")

    def __init__(self, data: Any, limits: Limits, remark: Remark, where: str = "") -> None:
        self._limits = limits
        self._remark = remark
        self._where = where
        self._data: dict[str, Any] = {}
        if isinstance(data, dict):
            self._data = data
        elif data is not None:
            remark(_message(where, "not a mapping"))

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def names(self) -> tuple[str, ...]:
        return tuple(key for key in self._data if isinstance(key, str))

    def where(self, key: str = "") -> str:
        """The place of a field, or of this mapping, as it stands in remarks."""
        return f"{self._where}.{key}" if self._where and key else self._where or key

    def remark(self, key: str, what: str) -> None:
        """Say something of one field."""
        self._remark(_message(self.where(key), what))

    def text(self, key: str) -> str:
        """A string, or "". A number is taken as it is written."""
        value = self._data.get(key)
        # Nearly all texts are plain; a place to name in a remark is made for the others only.
        if type(value) is str and value.isascii() and value.isprintable() and len(value) <= self._limits.field_length:
            return value
        return "" if value is None else self._text(value, self.where(key))

    def whole_text(self, key: str) -> str:
        """A string of any length, as the size of the document bounds it."""
        value = self._data.get(key)
        if isinstance(value, str):
            return clean_text(value)
        if value is not None:
            self._remark(_message(self.where(key), "not a string"))
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; one string alone counts as a list of one."""
        return tuple(text for _, text in self.numbered_texts(key))

    def numbered_texts(self, key: str) -> tuple[tuple[str, str], ...]:
        """A list of strings, each with its place such as `depends[3]`."""
        value = self._data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            text = self._text(value, self.where(key))
            return ((self.where(key), text),) if text else ()
        found = []
        for where, item in self._items(key, value):
            if not isinstance(item, str):
                self._remark(_message(where, "not a string"))
            elif not item.strip():
                self._remark(_message(where, "empty"))
            else:
                found.append((where, self._text(item, where)))
        return tuple(found)

    def integer(self, key: str) -> int | None:
        """A whole number of 64 bits, written as a number or, as YAML has it here, as text."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        self._remark(_message(self.where(key), "not a whole number"))
        return None

    def flag(self, key: str) -> bool | None:
        value = self._data.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self._remark(_message(self.where(key), "not true or false"))
        return None

    def fields(self, key: str) -> Fields:
        """A mapping inside this one; an empty one where there is none."""
        return Fields(self._data.get(key), self._limits, self._remark, self.where(key))

    def each(self, key: str, limit: int | None = None) -> Iterator[Fields]:
        """The mappings of a list, at most limit or limits.dependencies; one mapping alone counts as a list of one."""
        value = self._data.get(key)
        if value is None:
            return
        if isinstance(value, dict):
            yield self.fields(key)
            return
        if not isinstance(value, list):
            self._remark(_message(self.where(key), "not a list"))
            return
        for where, item in self._items(key, value, limit):
            if isinstance(item, dict):
                yield Fields(item, self._limits, self._remark, where)
            else:
                self._remark(_message(where, "not a mapping"))

    def is_list(self, key: str) -> bool:
        return isinstance(self._data.get(key), list)

    def is_flag(self, key: str) -> bool:
        return isinstance(self._data.get(key), bool)

    def is_mapping(self, key: str) -> bool:
        return isinstance(self._data.get(key), dict)

    def pairs(self, skip: frozenset[str] = frozenset()) -> tuple[tuple[str, str], ...]:
        """This mapping as names and strings, without the names in skip; a list is joined by commas, a mapping left
        out."""
        return tuple(
            (clean_text(name), ",".join(self.texts(name)))
            for name in self.names()[: self._limits.dependencies]
            if name not in skip and not self.is_mapping(name)
        )

    def _items(self, key: str, value: list[Any], limit: int | None = None) -> Iterator[tuple[str, Any]]:
        name = "dependencies" if limit is None else "members"
        limit = self._limits.dependencies if limit is None else limit
        if len(value) > limit:
            self._remark(_message(self.where(key), f"{len(value)} entries; only {limit} are read (limit {name})"))
        for number, item in enumerate(value[:limit]):
            yield f"{self.where(key)}[{number}]", item

    def _text(self, value: Any, where: str) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._remark(_message(where, "not a string"))
            return ""
        text = str(value)
        if len(text) > self._limits.field_length:
            self._remark(
                _message(where, f"longer than {self._limits.field_length} characters; cut (limit field_length)")
            )
            text = text[: self._limits.field_length]
        cleaned = clean_text(text)
        if cleaned != text:
            self._remark(_message(where, "holds characters that are no Unicode text; replaced"))
        elif not text.isprintable() and _STEERING.search(text):
            self._remark(_message(where, "holds control or bidirectional characters"))
        return cleaned


def severity_of(remark: str) -> Severity:
    """How bad it is what a remark says: what only a limit kept from being read, as in `(limit entries)`, is a gap,
    everything else is damage."""
    return "gap" if "(limit " in remark else "damage"


def clean_text(text: str) -> str:
    """Lone surrogates cannot be written as UTF-8: each becomes U+FFFD. Everything else stays."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _message(where: str, what: str) -> str:
    return clean_text(f"{where}: {what}" if where else what)
