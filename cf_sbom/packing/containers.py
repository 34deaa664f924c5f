"""The two containers of conda packages (CEP 35) before anything is unpacked: their signs, the parts of a .conda file,
and what a zip directory may not be.

Knows zip files; nothing of what the parts hold.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from cf_sbom.errors import DamageError, TargetError
from cf_sbom.limits import MIB

ZIP, BZ2 = b"PK\x03\x04", b"BZh"

Role: TypeAlias = Literal["info", "pkg", "metadata", ""]
"""What an entry of a .conda file is; "" for one that has no place there."""


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; a pipe or a device is refused before it can block."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise TargetError("not a regular file")
    return os.fdopen(descriptor, "rb")


def check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a zip directory far larger than four entries need, before zipfile holds all of it in memory."""
    file.seek(max(0, size - 65_557))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise zipfile.BadZipFile("the zip directory is missing")
    (length,) = struct.unpack_from("<L", tail, end + 12)
    if tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):  # zipfile believes the zip64 record before these two
        if end < 76 or not tail.startswith(b"PK\x06\x06", end - 76):
            raise zipfile.BadZipFile("the zip64 record is missing")
        (length,) = struct.unpack_from("<Q", tail, end - 36)
    if length > MIB:
        raise DamageError("the zip directory is larger than 1 MiB, and a .conda file has three entries")
    file.seek(0)


def check_entry(entry: zipfile.ZipInfo, packed: int) -> None:
    """Refuse what could unpack to far more than the file: a part is compressed inside, and stored as it is (CEP 35)."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DamageError(f"the entry {shown(entry.filename)} is compressed in a way that is not read")
    if entry.file_size > 4 * packed + MIB:
        raise DamageError(f"the entry {shown(entry.filename)} unpacks to {entry.file_size} bytes; parts are stored")


def role_of(entry: zipfile.ZipInfo) -> Role:
    """What an entry is by its name: the archive's own, so that a renamed file works."""
    base = entry.filename.rpartition("/")[2]
    if base == "metadata.json":
        return "metadata"
    if base.endswith(".tar.zst"):
        return "info" if base.startswith("info-") else "pkg" if base.startswith("pkg-") else ""
    return ""


def stem_of(entry: zipfile.ZipInfo) -> str:
    """The `name-version-build` in the name of a part."""
    return entry.filename.rpartition("/")[2].partition("-")[2].removesuffix(".tar.zst")


def shown(name: str) -> str:
    """A name from an archive in a message."""
    return repr(name if len(name) <= 60 else f"{name[:57]}...")
