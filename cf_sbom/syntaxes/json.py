"""JSON: two spaces of indent, UTF-8, a newline at the end; the same tree gives the same bytes.

Knows the syntax only. Reading is parsing.py's.
"""

from __future__ import annotations

from typing import Any

import orjson


def write(tree: Any) -> bytes:
    """The bytes of a tree of dict, list, str, int, float, bool and None."""
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
