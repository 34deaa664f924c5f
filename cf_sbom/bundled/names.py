"""Names of libraries, shared ones also as tools that bundle them have made them: stem, number, whether it was changed.

Knows the manner of auditwheel (`libjpeg-3a1f2c9d.so.62.4.0`, eight digits of a hash before the first dot), delocate
(`.dylibs/libpng16.16.dylib`, names unchanged) and delvewheel (`zlib1-` and 32 digits, `.dll`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HASH = r"(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{8})(?![0-9a-f])"
"""The part of a hash that such a tool puts into a name; a date has no letters, and a hash of rustc has 16 digits."""
_MANGLED = re.compile(rf"-{HASH}(?=[.-])")
_GRAFTED = re.compile(r"-(?:[0-9a-f]{32}|[0-9a-f]{8})(?=[.-])")  # one in fifty hashes of eight digits has no letter
_MODULE = re.compile(r"\.(?:cpython-|cp3\d|abi3|pypy\d|graalpy)")
_SO = re.compile(r"(?P<stem>.+?)\.so(?:\.(?P<number>\w[\w.-]*))?")  # `libLLVM.so.22.1-rust-1.95.0-stable`
_DYLIB = re.compile(r"(?P<stem>.+?(?:-\d+\.\d+)?)(?:\.(?P<number>\d[\w.-]*))?\.dylib")
_DLL = re.compile(r"(?P<stem>.+?)(?:[-.](?P<number>\d+(?:[._]\d+)*))?(?:-x64|-x86)?\.dll")
_STATIC = re.compile(r"(?P<stem>.+?)(?:[-_]?static)?(?P<number>)\.(?:a|lib)")  # `zlibstatic.lib`
_IN_STEM = re.compile(r"(?P<stem>.+?)[-.]r?(?P<number>\d+(?:\.\d+){1,3}(?:\.dev)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryName:
    """stem in lower case and without `lib`, number as written or "", and whether the name has part of a hash. base is
    the name without that part, title that without number and ending."""

    stem: str
    number: str
    mangled: bool
    base: str
    title: str


def library_name(path: str, *, grafted: bool = False) -> LibraryName | None:
    """What the name of a file, or the name that a library has for others, says; None where it is that of no library.
    Modules of Python are none. grafted: it is in a folder of one of those tools, so what looks like a hash is one."""
    *folders, name = re.split(r"[/\\]", path)
    base, changed = (_GRAFTED if grafted else _MANGLED).subn("", name)
    if changed and folders and folders[-1].endswith(".libs"):
        base = base.replace(f"-{folders[-1][:-5]}.", ".", 1)  # some builds put the wheel's name in, too
    if len(name) > 255 or _MODULE.search(name):
        return None
    lower = base.lower()
    match = _SO.fullmatch(lower) or _DYLIB.fullmatch(lower) or _DLL.fullmatch(lower) or _STATIC.fullmatch(lower)
    if match is None:
        return None
    stem, number = match["stem"], match["number"] or ""
    if not number and not lower.endswith(".dll") and (inner := _IN_STEM.fullmatch(stem)):
        stem, number = inner["stem"], inner["number"]  # libopenblasp-r0.3.15.so
    title = base[: len(stem)]
    stem = stem.removeprefix("lib") or stem
    return LibraryName(stem=stem, number=number, mangled=bool(changed), base=base, title=title)
