"""The command line run inside a test: what it printed where, and the status it ended with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Ran]
