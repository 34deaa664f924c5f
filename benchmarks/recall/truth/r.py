"""R: DESCRIPTION of installed packages, read by python-debian, whose format it is (R: `?read.dcf`).

R itself tells an installed package from a source by its field `Built`; Bioconductor's have `biocViews` and no
`Repository: CRAN`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, files


def read(folder: Path) -> Iterator[Entry]:
    from debian.deb822 import Deb822  # only there in the readers' environment

    for path in files(folder):
        if path.name == "DESCRIPTION" and path.parent.parent.name in ("library", "site-library"):
            stated = Deb822(path.read_bytes())
            if "Built" in stated:
                cran = stated.get("Repository") == "CRAN" or "biocViews" not in stated
                yield Entry("r", "cran" if cran else "bioconductor", stated["Package"], stated["Version"])
