"""Names of elements inside an SPDX document.

Knows the narrow character set of SPDX 2.3 (section 7.2); the same names serve as fragments of SPDX 3 identifiers.
"""

from __future__ import annotations

import hashlib
import re


def local_id(kind: str, ref: str, name: str = "") -> str:
    """An id that can be read and cannot collide: its character set lacks much of what names hold."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:60].strip("-")
    return "-".join(part for part in (kind, readable, hashlib.sha256(ref.encode()).hexdigest()[:12]) if part)


def document_slug(name: str) -> str:
    """The readable part of a document's namespace."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:120]
