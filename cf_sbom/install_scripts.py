"""Which files of a conda package run without being asked for, told by where they lie.

Knows conda's conventions only: link scripts run when a package is installed or removed, activation scripts in every
shell that activates the environment, which also sets the variables of env_vars.d; menu entries are installed by
menuinst (CEP 11). Python's module site runs the lines of .pth files that begin with import, and two modules, at start.
"""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:bin|Scripts)/\.[^/]+-(?P<when>pre-link|post-link|pre-unlink)\.(?:sh|bat)")
_ACTIVATE = re.compile(r"etc/conda/(?P<when>activate|deactivate)\.d/[^/]+")
_VARIABLES = re.compile(r"etc/conda/env_vars\.d/[^/]+\.json")
_SITE = re.compile(r"(?:.*/)?site-packages/(?:[^/]+\.pth|(?:site|user)customize(?:\.py|/__init__\.py))", re.DOTALL)
_MENU = re.compile(r"Menu/[^/]+\.json", re.IGNORECASE)
_PROGRAMS = re.compile(r"(?:.*/)?(?:s?bin|Scripts|libexec)/[^/]+", re.DOTALL)
_LIBRARY = re.compile(r".*(?:\.(?:so(?:[.\d]*)|dylib|dll|pyd|a|lib|o|obj)|/__pycache__/.*)", re.DOTALL)


def install_script(path: str) -> str:
    """How a file acts without being asked: `post-link script`, `activation script`, `menu entry`...; "" for others."""
    if match := _LINK.fullmatch(path):
        return f"{match['when']} script"
    if match := _ACTIVATE.fullmatch(path):
        return "activation script" if match["when"] == "activate" else "deactivation script"
    if _VARIABLES.fullmatch(path):
        return "variables set at activation"
    if _SITE.fullmatch(path):
        return "run at start of Python"
    return "menu entry" if _MENU.fullmatch(path) else ""


def is_program(path: str, executable: bool) -> bool:
    """Whether a file can be called: it lies in a folder of programs, or may be executed and is no library."""
    return not _LIBRARY.fullmatch(path) and (executable or bool(_PROGRAMS.fullmatch(path))) and not install_script(path)
