"""Names of members as archives and folders have them -> paths that may stand in a document.

Knows names only. Nothing is ever opened or written by such a name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from unicodedata import normalize

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that do not stand for a byte
_DRIVE = re.compile(r"[A-Za-z]:")
_BYTE = re.compile(r"\\x(?!5c)[0-9a-f]{2}|\\u[0-9a-f]{4}")  # as member_path() writes what is not UTF-8
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def member_path(name: str) -> str:
    """A member's name as text: empty and `.` parts are dropped, bytes that are not UTF-8 become `\\xNN`.

    A backslash that could be taken for such a byte is written as `\\x5c`, so that the name can be turned back.
    """
    if "//" in name or "./" in name or name.endswith("/.") or name == ".":
        start = "/" if name.startswith("/") else ""
        name = start + "/".join(part for part in name.split("/") if part not in ("", "."))
    name = name.replace("\\x", "\\x5cx")
    try:
        name.encode()
    except UnicodeEncodeError:
        plain = _NO_BYTE.sub(lambda m: f"\\u{ord(m[0]):04x}", name)
        return plain.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name


_TEST_FOLDERS = frozenset(("test", "tests", "testdata", "test_data", "test-data", "__tests__", "t"))
_PACKAGE_FOLDERS = ("node_modules", "library", "packages", "@")  # a package in them may be called test


def of_tests(path: str) -> bool:
    """Whether a file lies in a folder of tests: what it describes is there to be read by them, not to be used."""
    parts = path.lower().split("/")[:-1]
    return any(
        part in _TEST_FOLDERS and (number == 0 or not parts[number - 1].startswith(_PACKAGE_FOLDERS))
        for number, part in enumerate(parts)
    )


def unsafe(path: str) -> str:
    """Why a path should not stand in a package, or "" where nothing is wrong with it: it would leave the folder that it
    is unpacked to, on any platform, or it is not what it looks like."""
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        return "an absolute name"
    if ".." in path and ".." in path.replace("\\", "/").split("/"):
        return "a name that climbs out of the package"
    if not path.isprintable() and _STEERING.search(path):
        return "a name with control or bidirectional characters"
    if "\\" in path and _BYTE.search(path):
        return "a name that is not UTF-8"
    return ""


def folded(path: str) -> str:
    """What file systems that do not tell case or Unicode normalisation apart take a path for."""
    return path.lower() if path.isascii() else normalize("NFC", normalize("NFC", path).casefold())


def also_folders(paths: Collection[str]) -> list[str]:
    """Those of the paths, none of which is a folder's, under which others of them lie."""
    folders: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return sorted(folders.intersection(paths))


def resolve_link(path: str, target: str) -> str:
    """Where a symbolic link at path points, as a path in the package, or "" where it points outside."""
    if not target or target.startswith(("/", "\\")) or _DRIVE.match(target):
        return ""
    parts = path.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def holding(paths: Iterable[str]) -> Callable[[str], bool]:
    """Tells of these paths whether one of them is, or begins with, what is asked."""
    ordered = sorted(paths)

    def holds(start: str) -> bool:
        place = bisect_left(ordered, start)
        return place < len(ordered) and ordered[place].startswith(start)

    return holds
