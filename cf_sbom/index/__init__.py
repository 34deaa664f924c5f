"""An index of documents: one SQLite file that is asked where something is. The record of what goes into it stands here.

A finished file is never changed, only replaced as a whole, so that it is read without any lock.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_FILE = "cf-sbom-index.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A document of a channel, and what it speaks of: the artifact's path in the channel, and its sha256 or "". stamp
    tells its file apart from any later one, where that is known without reading it."""

    artifact: str
    sha256: str
    document: bytes
    format: str
    stamp: str = ""
