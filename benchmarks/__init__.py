"""Time and memory of cf-sbom against bare references: `make bench`. A report, not a test: it never fails.

Absolute seconds say little on a shared machine, so each command takes turns with a reference command and what counts
is the ratio of each pair.
"""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
OUT = REPOSITORY / "benchmarks" / "out"
REAL_PACKAGES = "CF_SBOM_REAL_PACKAGES"
"""The environment variable that names the optional folder of real packages."""
