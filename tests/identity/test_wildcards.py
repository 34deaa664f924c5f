"""Patterns with stars, against the standard library's."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.identity.wildcards import fits


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_star_stands_for_any_text(pattern: str, text: str) -> None:
    assert fits(pattern, text) == fnmatchcase(text, pattern)


def test_nothing_else_means_anything() -> None:
    assert fits("[ab]?*", "[ab]?c")
    assert not fits("[ab]?", "ac")
