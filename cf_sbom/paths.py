"""Names of members as archives and folders have them -> paths that may stand in a document.

Knows names only. Nothing is ever opened or written by such a name.
"""

from __future__ import annotations

import re

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that do not stand for a byte
_DRIVE = re.compile(r"[A-Za-z]:")


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


def unsafe(path: str) -> str:
    """Why a path would leave the folder it is unpacked to, on any platform, or "" where it would not."""
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        return "an absolute name"
    if ".." in path.replace("\\", "/").split("/"):
        return "a name that climbs out of the package"
    return ""


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
