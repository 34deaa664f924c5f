"""Conda's order of versions and its specs, with py-rattler as a witness."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.identity.version import Version, VersionError, satisfies

ORDER = [
    "0.4.1.rc",
    "0.4.1",
    "0.5a1",
    "0.5b3",
    "0.5C1",
    "0.5",
    "0.9.6",
    "0.960923",
    "1.0",
    "1.0.1dev",
    "1.0.1_",
    "1.0.1a",
    "1.0.1",
    "1.1dev1",
    "1.1_",
    "1.1a1",
    "1.1.0dev1",
    "1.1.a1",
    "1.1.0rc1",
    "1.1.0",
    "1.1.0post1",
    "1.1post1",
    "1996.07.12",
    "1!0.4.1",
    "1!3.1.1.6",
    "2!0.4.1",
]
EQUAL = [
    ("0.4", "0.4.0"),
    ("0.4.1.rc", "0.4.1.RC"),
    ("1.1.0dev1", "1.1.dev1"),
    ("1.1.0", "1.1"),
    ("1.1.0post1", "1.1.post1"),
    ("1-2", "1.2"),
]


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDER, 2)))
def test_order(first: str, second: str) -> None:
    assert Version.parse(first) < Version.parse(second)
    assert Version.parse(first) != Version.parse(second)


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_equal(first: str, second: str) -> None:
    one, other = Version.parse(first), Version.parse(second)
    assert one == other
    assert hash(one) == hash(other)


SPECS = {
    ("1.7.3", "1.7.*"): True,
    ("1.70", "1.7.*"): False,
    ("1.7", "1.7.*"): True,
    ("1.7.3", "=1.7"): True,
    ("1.70", "=1.7"): False,
    ("1.7rc1", "=1.7"): True,
    ("1.7", "1.7"): True,
    ("1.7.0", "1.7"): True,
    ("1.7.1", "1.7"): False,
    ("1.7.1", "==1.7"): False,
    ("1.7.1", ">=1.7,<2"): True,
    ("2.0", ">=1.7,<2"): False,
    ("2.0a1", ">=1.7,<2.0a0"): False,
    ("3.1", "<2|>=3"): True,
    ("2.5", "<2|>=3"): False,
    ("1.8.3", "~=1.8.2"): True,
    ("1.9", "~=1.8.2"): False,
    ("1.8.3", "!=1.8.3"): False,
    ("1.8.3", "!=1.8.*"): False,
    ("1.9", "!=1.8.*"): True,
    ("1.9", "*"): True,
    ("1!1.0", ">2"): True,
    ("1.0+cu121", "1.0+cu121"): True,
    ("1.0+cu121", ">1.0"): False,  # a text is before the 0 that a version without a local part has there
    ("1.0+1", ">1.0"): True,
}


@pytest.mark.parametrize(("case", "expected"), SPECS.items(), ids=str)
def test_specs(case: tuple[str, str], expected: bool) -> None:
    assert satisfies(*case) is expected


@pytest.mark.parametrize("text", ["", "1..2", "1!2!3", "a!1", "1+", "1+2+3", "1 2", "1-2_3-", "x" * 300, "1.0é"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(VersionError):
        Version.parse(text)


@pytest.mark.parametrize("spec", ["", ">", ">=1,", "~=1", "(1|2)", "^1.*$"])
def test_what_is_no_spec_is_refused(spec: str) -> None:
    with pytest.raises(VersionError):
        satisfies("1", spec)


versions = st.from_regex(
    r"(?:[0-9]!)?[0-9]{1,2}[a-d]{0,2}(?:[._][0-9]{1,2}(?:[a-z]{1,3}[0-9]?)?){0,3}(?:\+[0-9]{1,2}(?:\.[0-9]{1,2})?)?",
    fullmatch=True,
)


@given(versions, versions, versions)
def test_it_is_an_order(a: str, b: str, c: str) -> None:
    first, second, third = sorted(map(Version.parse, (a, b, c)))
    assert first <= second <= third
    assert first <= third
    assert (first == third) is (not first < third)


@given(versions, versions)
def test_a_witness_orders_alike(a: str, b: str) -> None:
    rattler = pytest.importorskip("rattler")
    one, other = Version.parse(a), Version.parse(b)
    theirs, others = rattler.Version(a), rattler.Version(b)
    assert (one < other, one == other) == (theirs < others, theirs == others)
