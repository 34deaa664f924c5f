"""The package's own lists of its payload, changed: info/paths.json and the older info/files (CEP 34).

Knows their shapes. What is not about the changed files stays as it is written, order, spelling and unknown fields
included.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cf_sbom.errors import TargetError
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json, repeated_names

PATHS, FILES = "info/paths.json", "info/files"
_INDENT = re.compile(rb"^\s*\{[ \t]*\r?\n([ \t]+)")


def changed_paths(data: bytes, without: Collection[str], added: Mapping[str, bytes], limits: Limits) -> bytes:
    """paths.json without some files and with others, in the layout and the order it has. Raises TargetError where it is
    not as CEP 34 has it."""
    try:
        parse_json(data, limits)  # so that it is within the limits; what it gives has texts for some numbers
        repeated = any(name in ("paths", "_path") for name in repeated_names(data, limits))
        tree = json.loads(data)
    except (ParseError, ValueError) as error:
        raise TargetError(f"{PATHS}: {error}") from None
    entries = tree.get("paths") if isinstance(tree, dict) else None
    if repeated or not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise TargetError(f"{PATHS}: not a list of files as CEP 34 has it; build the package again")
    kept = [entry for entry in entries if entry["_path"] not in without and entry["_path"] not in added]
    tree["paths"] = _placed(kept, [_entry(path, added[path]) for path in sorted(added)])
    return _written(tree, data)


def changed_files(data: bytes, without: Collection[str], added: Iterable[str]) -> bytes:
    """The plain list without some lines and with others, in the order it has."""
    gone = {path.encode() for path in (*without, *added)}
    lines = [line for line in data.splitlines() if line and line.rstrip() not in gone]
    new = sorted(path.encode() for path in added)
    if _sorted(lines):
        for line in new:
            insort(lines, line)
    else:
        lines += new
    end = b"\r\n" if b"\r\n" in data else b"\n"
    return end.join(lines) + (end if data.endswith(b"\n") or not data else b"")


def listed_digests(data: bytes, limits: Limits) -> dict[str, tuple[str, int]]:
    """sha256 and size of each file that paths.json lists."""
    tree = parse_json(data, limits)
    return {entry["_path"]: (entry.get("sha256", ""), entry.get("size_in_bytes", -1)) for entry in tree["paths"]}


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("_path"), str)


def _entry(path: str, data: bytes) -> dict[str, Any]:
    digest = sha256(data).hexdigest()
    return {"_path": path, "path_type": "hardlink", "sha256": digest, "size_in_bytes": len(data)}


def _placed(kept: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The new ones where the order has them, or at the end where there is none."""
    names = [entry["_path"] for entry in kept]
    if not _sorted(names):
        return [*kept, *new]
    for entry in new:
        place = bisect_left(names, entry["_path"])
        names.insert(place, entry["_path"])
        kept.insert(place, entry)
    return kept


def _sorted(names: list[Any]) -> bool:
    return all(first <= second for first, second in pairwise(names))


def _written(tree: Any, like: bytes) -> bytes:
    """JSON in the layout of what was there before."""
    indent = _INDENT.match(like)
    start = like[:4096]
    separators = (",", ": ") if indent else (", ", ": ") if b'": ' in start else (",", ":")
    text = json.dumps(
        tree, indent=indent[1].decode() if indent else None, separators=separators, ensure_ascii=like.isascii()
    )
    return text.encode() + like[len(like.rstrip()) :]
