"""All strings of a document's tree, to look at or to replace.

Knows dict, list and str; walks without recursion where it only looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from cf_sbom.model import Problem


def strings(tree: Any) -> Iterator[str]:
    """Every string value, in no particular order; keys are the format's own and not among them."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def mapped(tree: Any, change: Callable[[str], str]) -> Any:
    """The same tree with every string value replaced. For trees of our own: it recurses as deep as they are."""
    if isinstance(tree, str):
        return change(tree)
    if isinstance(tree, dict):
        return {key: mapped(value, change) for key, value in tree.items()}
    if isinstance(tree, list):
        return [mapped(value, change) for value in tree]
    return tree


def lost(tree: Any, unwritable: re.Pattern[str], syntax: str) -> Iterator[Problem]:
    """One problem where strings of the tree hold what a syntax cannot carry."""
    count = sum(1 for text in strings(tree) if unwritable.search(text))
    if count:
        texts = "1 text holds" if count == 1 else f"{count} texts hold"
        reason = f"{texts} characters that {syntax} cannot carry; they are replaced in that document"
        yield Problem(path="", reason=reason, by=syntax, severity="damage")
