"""A document that is merged: the part that it is, and the time that it states.

Knows the model and how documents write times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

from cf_sbom.generate import rfc3339
from cf_sbom.joining.parts import of_document
from cf_sbom.model import Sbom
from cf_sbom.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A document that is merged, and its own time as far as it states one."""

    part: Sbom
    created: str = ""


def of_reading(reading: Reading) -> Opened:
    """What a document is in a larger whole."""
    return Opened(part=of_document(reading), created=stated_time(reading.created))


def stated_time(written: str) -> str:
    """A time as documents state it, in UTC with seconds; "" for what is none, as 1970-01-01 is, which stands for a
    time that is not known."""
    try:
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", written).replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return ""
    time = found.strftime("%Y-%m-%dT%H:%M:%SZ")
    return time if found.year >= 1970 and time > rfc3339(0) else ""
