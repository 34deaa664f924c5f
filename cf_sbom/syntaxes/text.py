"""Bytes of a file that people write -> text, within limits.

Knows UTF-8 only; what it is not, is replaced and remarked.
"""

from __future__ import annotations

from cf_sbom.fields import Remark
from cf_sbom.limits import Limits


def plain_text(data: bytes | memoryview, limits: Limits, remark: Remark) -> str:
    """The text without a byte order mark, cut at limits.embedded_size bytes. Never raises."""
    if len(data) > limits.embedded_size:
        remark(f"{len(data)} bytes; only {limits.embedded_size} are read (limit embedded_size)")
    kept = bytes(data[: limits.embedded_size])
    try:
        return kept.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(kept) == len(data) or error.start < len(kept) - 4:  # the cut may have split a character
            remark(f"not UTF-8 at byte {error.start}; replaced")
        return kept.decode("utf-8-sig", "replace")
