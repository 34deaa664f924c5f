"""Every fuzz target in the ordinary suite: over its seeds, over all that was ever found, and over fresh damage.

A finding is kept as tests/fuzz/cases/<target>/<what it was>: the bytes that did it, as small as they get.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest
from fuzz import grown
from fuzz.mutations import mutate
from fuzz.targets import TARGETS, read_any_document
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = sorted(path for path in (Path(__file__).parent / "cases").glob("*/*"))
EXAMPLES = {"archive": 20, "spdx-rdf": 15, "spdx-tag-value": 5}
"""Fewer where one takes long."""


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    return tuple(sorted(TARGETS[name].seeds()))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    assert seeds(name)
    for seed in seeds(name)[:: 1 if len(seeds(name)) < 6 else 4]:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_what_was_once_found_is_harmless(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize("case", grown.CASES)
def test_what_is_repeated_does_not_take_long(case: str) -> None:
    """Nothing is timed: before, the suite would hang."""
    read_any_document(grown.CASES[case])


@pytest.mark.parametrize("name", TARGETS)
def test_damage_is_read_or_refused(name: str) -> None:
    damaged = st.builds(lambda seed, number: mutate(seed, Random(number)), st.sampled_from(seeds(name)), st.integers())

    @settings(max_examples=EXAMPLES.get(name, 60))
    @given(data=st.binary(max_size=400) | damaged | damaged)
    def run(data: bytes) -> None:
        TARGETS[name].run(data)

    run()


def test_every_case_has_a_target() -> None:
    assert {path.parent.name for path in CASES} <= set(TARGETS)
