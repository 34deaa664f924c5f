"""Where libraries lie that are not the package's own.

Knows folders. What a package puts into the folders in which all packages have their libraries is its own, as far as
this module can tell, and so is what lies in a folder that nothing is known of.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Place: TypeAlias = Literal["grafted", "private", ""]
"""grafted: a tool that makes wheels run elsewhere put it there. private: below a folder for the files of a program or
module, where no other package looks for libraries; it may still be the module's own. "": anywhere else."""

_GRAFTED = re.compile(r"(?:.*/)?(?:[^/]+\.libs|\.dylibs)/[^/]+", re.DOTALL)
_PRIVATE = re.compile(
    r"(?:.*/)?(?:site-packages|dist-packages|node_modules)/[^/]+/.+"
    r"|(?:Library/)?(?:lib|Lib)/(?:R/library|jvm)/.+"
    r"|(?:Library/)?(?:libexec|opt|share)/.+",
    re.DOTALL,
)


def place_of(path: str) -> Place:
    """The kind of place that a file lies in."""
    if _GRAFTED.fullmatch(path):
        return "grafted"
    return "private" if _PRIVATE.fullmatch(path) else ""
