"""Wheels and eggs made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def archive(entries: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive; the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in entries.items():
            made.writestr(zipfile.ZipInfo(name), data, packing)
    return buffer.getvalue()


def metadata(name: str = "pear", version: str = "1.2", *lines: str) -> bytes:
    return "\n".join(("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, "", "Text.")).encode()


def wheel(name: str = "pear", version: str = "1.2", *lines: str, **more: bytes) -> bytes:
    """A wheel with these lines in its METADATA; more: further entries, `__` in a keyword stands for a slash."""
    entries = {f"{name}-{version}.dist-info/METADATA": metadata(name, version, *lines)}
    return archive(entries | {key.replace("__", "/"): data for key, data in more.items()})


def wheels() -> list[bytes]:
    """One with everything that is read, a plain one and an egg."""
    entries = {
        "pear-1.2.dist-info/METADATA": metadata("pear", "1.2", "License: MIT"),
        "pear/_vendor/vendor.txt": b"cherry==1.5\nplum==2\n",
        "pear/_vendor/cherry/__init__.py": b"",
        "pear/_vendor/fig-3.0.dist-info/METADATA": metadata("fig", "3.0", "License: a\n        b"),
        "pear/embedded/kiwi-1-py3-none-any.whl": wheel("kiwi", "1"),
    }
    return [archive(entries), wheel(), archive({"EGG-INFO/PKG-INFO": metadata("fig", "3.0")})]
