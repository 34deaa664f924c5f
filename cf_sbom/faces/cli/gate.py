"""`--max-unexplained`: which packages do not pass, and why.

Knows how much of a payload is attributed, and nothing of how that came about.
"""

from __future__ import annotations

from cf_sbom.coverage import largest_unexplained, measure
from cf_sbom.faces.cli.terminal import size
from cf_sbom.model import Sbom

ATTRIBUTION = "attribution"
"""The enricher without which nothing is explained."""
_NAMED = 3  # of the files that nothing explains


class Gate:
    """How much of a payload may be unexplained, in percent; None lets everything through."""

    def __init__(self, most: float | None) -> None:
        self.failed = 0
        self._most = most

    @property
    def is_shut(self) -> bool:
        """Whether there is anything that does not pass."""
        return self._most is not None

    def verdict(self, sbom: Sbom) -> str:
        """Why a package does not pass, in one line, or "" where it does."""
        coverage = measure(sbom.files)
        if self._most is None or 100 * coverage.sizes["unexplained"] <= self._most * coverage.size:
            return ""
        self.failed += 1
        largest = ", ".join(f"{f.path} ({size(f.size)})" for f in largest_unexplained(sbom.files, _NAMED))
        more = coverage.counts["unexplained"] - _NAMED
        rest = f", and {more} more" if more > 0 else ""
        share = coverage.percent("unexplained")
        return f"{share} % of the payload is unexplained, more than {self._most:g} %: {largest}{rest}"
