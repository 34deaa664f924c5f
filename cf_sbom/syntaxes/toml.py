"""TOML bytes -> a plain tree, within limits.

Knows the syntax and nothing of what the tree means.
"""

from __future__ import annotations

import sys
from typing import Any

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_text

_POINTS = 200  # in one line: the parser's time grows with the square of the parts of a dotted key


def parse_toml(data: bytes | memoryview, limits: Limits) -> dict[str, Any]:
    """A TOML document as dict, list, str, int, float, bool and the types of datetime. Raises ParseError for what is no
    TOML, and above limits.toml_size."""
    if len(data) > limits.toml_size:
        raise ParseError(f"larger than {limits.toml_size} bytes (limit toml_size)")
    text = parse_text(data)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _POINTS:
            raise ParseError(f"more than {_POINTS} points in line {number}; not read")
    return load_toml(text)


def load_toml(text: str) -> dict[str, Any]:
    """As parse_toml(), for text of which the caller knows that the parser stands it. Raises ParseError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise ParseError("nested too deep") from None
    except ValueError as error:
        raise ParseError(f"not TOML: {' '.join(str(error).split())[:200]}") from None
    return tree
