"""Conditions on versions: their syntax, each ecosystem's order, and what cannot be decided."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.identity.ranges import ORDERED, Condition, RangeError, UndecidedError, order_of

HOLDS = [
    ("1.2", "gem", ["1.2"], ["1.2.0", "1.20"]),
    ("1.2", "npm", ["1.2", "1.2.0", "1.2.0-rc.1"], ["1.20", "1.20.0", "11.2.0"]),
    ("1.2.0", "npm", ["1.2.0"], ["1.2.0.1", "1.2.0-rc.1"]),
    ("0.17", "cargo", ["0.17.0", "0.17.8"], ["0.16.20", "0.170.0"]),
    ("1", "hex", ["1.0.0", "1.9.1"], ["10.0.0"]),
    ("0.38", "golang", ["v0.38.0", "v0.38.1"], ["v0.3.8", "v0.380.0"]),
    ("v0.38", "golang", ["v0.38.0"], ["v0.39.0"]),
    ("1.20", "golang", ["1.20", "v1.20.1"], ["1.20.1"]),  # of the standard library, which has two numbers
    ("1.x-dev", "composer", ["1.x-dev"], ["1.2"]),
    ("(devel)", "golang", ["(devel)"], ["v1.0.0"]),
    ("0.38.0", "golang", ["v0.38.0"], ["v0.38.1"]),
    ("1.*", "generic", ["1.2", "1.2rc1", "1."], ["1", "11.2", ""]),
    ("*", "generic", ["1", "", "any"], []),
    ("0.38.*", "golang", ["v0.38.0", "0.38.1"], ["v0.39.0"]),
    ("1.*.0", "npm", ["1.2.0"], ["1.2.1", "1.0"]),
    ("=1.2", "pypi", ["1.2", "1.2.0"], ["1.2.1", "1.2rc1"]),
    ("==1.2", "conda", ["1.2", "1.2.0"], ["1.2.1"]),
    ("!=1.2", "pypi", ["1.3"], ["1.2", "1.2.0"]),
    ("<3", "conda", ["1.1.1w", "2.9", "3.0a1", "3.0dev"], ["3", "3.0", "3.0.1"]),
    (">=1.0.2_", "conda", ["1.0.2a", "1.0.2"], ["1.0.1"]),
    ("<2", "pypi", ["2.0rc1", "1.9.post1"], ["2.0", "2.0.post1", "1!1"]),
    ("<1.10.0", "npm", ["1.9.9", "1.10.0-rc.1", "1.2"], ["1.10.0", "1.10.0+build"]),
    ("<=1.10.0", "npm", ["1.10.0", "1.10.0+build"], ["1.10.1-a"]),
    (">1.0.0-rc.2", "npm", ["1.0.0-rc.10", "1.0.0"], ["1.0.0-rc.2", "1.0.0-beta"]),
    ("<0.38", "golang", ["v0.37.0", "v0.0.0-20220722155217-630584e8d5aa"], ["v0.38.0", "v1.0.0"]),
    ("<=2.0.0", "golang", ["v2.0.0+incompatible"], ["v2.0.1+incompatible"]),
    (">=0.17,<0.18", "cargo", ["0.17.0", "0.17.8", "0.18.0-alpha.1"], ["0.16.20", "0.18.0"]),
    ("<2.17.1", "maven", ["2.17.0", "2.0-beta9", "2.17.1-SNAPSHOT"], ["2.17.1", "2.17.1-1"]),
    ("<7.0.0", "gem", ["7.0.0.rc1", "6.1.7.10", "6.1.7"], ["7.0.0", "7.0.0.1"]),
    (">6.1.7.9", "gem", ["6.1.7.10"], ["6.1.7.8"]),
    ("<13.0.1", "nuget", ["12.0.3", "13.0.1-beta2", "13.0.0.9"], ["13.0.1", "13.0.1.1"]),
    ("<2.0.0", "composer", ["1.9.9", "2.0.0-RC1", "2.0.0-beta10", "1.0.0.0"], ["2.0.0", "2.0.0.0"]),
    (">2.0.0-beta9", "composer", ["2.0.0-beta10", "2.0.0-RC1"], ["2.0.0-beta2", "2.0.0-alpha11"]),
    ("<1:1.2.11-2", "deb", ["1.9-1", "1:1.2.11-1+deb11u1", "1:1.2.11~rc1-9"], ["1:1.2.11-2", "2:0"]),
    ("<3.0.7-18", "rpm", ["3.0.7-9.el9", "3.0.7~rc1-99"], ["3.0.7-18", "1:1.0-1"]),
    ("<1.2.3-r2", "apk", ["1.2.3-r1", "1.2.3_rc1-r9"], ["1.2.3-r2", "1.2.4-r0"]),
    ("<1:2.0-1", "alpm", ["3.0-1", "1:1.9-1"], ["1:2.0-1"]),
    ("<2|>=3,<4", "pypi", ["1.9", "3.5"], ["2", "2.5", "4"]),
    ("vers:npm/1.2.3|>=2.0.0|<5.0.0", "npm", ["1.2.3", "2.0.0", "4.9.9"], ["1.2.4", "5.0.0"]),
    ("vers:pypi/<1|>=2|!=2.5|<3|>4", "pypi", ["0.9", "2.1", "5"], ["1.5", "2.5", "3", "4"]),
    ("vers:pypi/!=1.0", "pypi", ["1.1"], ["1.0", "1.0.0"]),
    ("vers:pypi/1.0|2.0", "pypi", ["1.0", "2.0.0"], ["1.5"]),
    ("vers:npm/*", "npm", ["1", "anything"], []),
    ("vers:conda/<3", "generic", ["1.1.1w"], ["3.0.13"]),
    ("vers:openssl/<1.1.1k", "generic", ["1.1.1j", "1.0.2zf"], ["1.1.1k", "3.0.0"]),
    ("vers:npm/<1.0.0%2Bx", "npm", ["0.9"], ["1.0.0"]),
]


@pytest.mark.parametrize(("text", "kind", "inside", "outside"), HOLDS, ids=lambda v: v if isinstance(v, str) else "")
def test_each_ecosystem_has_its_own_order(text: str, kind: str, inside: list[str], outside: list[str]) -> None:
    condition = Condition.parse(text)
    assert [version for version in inside if not condition.holds(kind, version)] == []
    assert [version for version in outside if condition.holds(kind, version)] == []


@pytest.mark.parametrize("kind", ORDERED)
def test_every_order_is_exercised(kind: str) -> None:
    exercised = {row[1] for row in HOLDS} | {"hex", "conan"}
    assert kind in exercised
    order = order_of(kind)
    assert order("1.2.3") < order("1.10.0")


@pytest.mark.parametrize(
    "text", ["", "<", "<1,", "|", "<1|", "1,,2", ">=<1", "< 1 2", "vers:", "vers:npm", "vers:npm/", "vers:rust/<1",
             "^0.17", "~0.17", "~> 1.2", "~=5.0", "===5.0", "1.x", "1.X.x", "1.2 - 1.4", "[1.0,2.0)", "(,2.0]",
             "=3.*", "==5.*", "^1||^2", ">=1 <2", ">=1,<2.x", "vers:npm/^1", "vers:npm/*|<1", "vers:npm/abc", "<1.*",
             "<" + "1" * 300, "<1," * 3000]
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(RangeError):
        Condition.parse(text)


@pytest.mark.parametrize("text", ["^0.17", "1.x", "=3.*", ">=1 <2"])
def test_a_range_of_another_writing_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(RangeError, match=r"a range is written '>=1.2,<1.3', and what a version begins with '1.2.\*'"):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("3.0", "3.0.*"), ("=3.0", "3.0.*"), ("3.*", ""), ("<3", ""), ("=3|=4", ""), ("vers:npm/3", ""), ("!=3", "")],
)
def test_what_goes_on_behind_the_only_version_has_a_pattern(text: str, pattern: str) -> None:
    assert Condition.parse(text).beginning == pattern


@pytest.mark.parametrize(
    ("kind", "version", "reason"),
    [
        ("generic", "1.0", "versions of generic have no order"),
        ("cran", "1.0-2", "versions of cran have no order"),
        ("", "1.0", "versions of no known kind have no order"),
        ("npm", "", "no version is stated"),
        ("npm", "latest", "'latest' is no npm version"),
        ("npm", "1.2.3.4", "'1.2.3.4' is no npm version"),
        ("composer", "dev-main", "'dev-main' is no composer version"),
        ("composer", "1.0.0.7", "'1.0.0.7' is no composer version"),
        ("pypi", "1.0-", "'1.0-' is no pypi version"),
        ("conda", "1..0", "'1..0' is no conda version"),
        ("deb", "1" * 300, "the version is too long"),
    ],
)
def test_what_cannot_be_decided_says_why(kind: str, version: str, reason: str) -> None:
    with pytest.raises(UndecidedError, match=reason.replace("(", r"\(")):
        Condition.parse("<3").holds(kind, version)
    assert not Condition.parse("3").holds(kind, version)  # the very text can always be compared


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("<3", "npm", ""),
        ("3", "cran", ""),
        ("3.*", "cran", ""),
        ("vers:conda/<3", "cran", ""),
        ("<3", "cran", "versions of cran have no order"),
        (">=1|<x", "npm", "'x' is no npm version"),
    ],
)
def test_what_could_never_be_decided_is_told_beforehand(text: str, kind: str, reason: str) -> None:
    with pytest.raises(RangeError, match=reason) if reason else contextlib.nullcontext():
        Condition.parse(text).require_order(kind)


def test_without_univers_the_reason_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from cf_sbom.identity import ranges

    ranges._made.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "univers"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "univers", None)
    for text in ("<3", "vers:npm/<3"):
        with pytest.raises(UndecidedError, match=r"pip install 'cf_sbom\[ranges\]'"):
            Condition.parse(text).holds("npm", "1")
    assert Condition.parse("<3").holds("conda", "1")
    assert Condition.parse("<3").holds("pypi", "1")
    ranges._made.cache_clear()


@pytest.mark.parametrize(
    ("text", "spec", "admitted"),
    [
        ("<3", "", True),
        ("<3", ">=3.0.1,<4.0a0", False),
        ("<3", ">=3.0dev", True),
        ("<3", ">=1.1.1,<2.0a0", True),
        ("<3", "1.1.*", True),
        ("<3", "3.*", True),  # 3.0a1 is one of 3.*, and before 3
        ("<3", "4.*", False),
        ("<3", "=3.0.13", False),
        ("<3", "==3.0.13", False),
        ("<3", "<2|>=4", True),
        (">2,<3", "<2|>=3", False),
        (">2,<3", ">2.5", True),
        ("3.0.1", ">=3.0,<4", True),
        ("3.0.1", "!=3.0.1", False),
        ("=3.0.1", "3.0.1", True),
        ("3.*", ">=1,<4", True),
        ("3.*", ">3.5,<3.6", True),
        ("3.*", ">=4", False),
        ("3.*", "<2|>=4", False),
        ("<3", "*", True),
    ],
)
def test_a_spec_admits_a_version_that_is_wanted(text: str, spec: str, admitted: bool) -> None:
    assert Condition.parse(text).admitted_by(spec) is admitted


def test_a_spec_that_is_not_understood_decides_nothing() -> None:
    with pytest.raises(UndecidedError, match="not understood"):
        Condition.parse("<3").admitted_by("(1|2)")


bounds = st.integers(0, 6).map(lambda n: f"1.{n}")


@given(st.lists(st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), bounds), min_size=1, max_size=2), bounds)
def test_choices_are_what_they_say(clauses: list[tuple[str, str]], version: str) -> None:
    """Against arithmetic, in an order that is conda's and PEP 440's alike."""
    number = float(version)
    told = {
        "<": number.__lt__,
        "<=": number.__le__,
        ">": number.__gt__,
        ">=": number.__ge__,
        "=": number.__eq__,
        "!=": number.__ne__,
    }
    each = [told[operator](float(bound)) for operator, bound in clauses]
    words = [f"{operator}{bound}" for operator, bound in clauses]
    for kind in ("conda", "pypi", "npm"):
        assert Condition.parse(",".join(words)).holds(kind, version) is all(each)
        assert Condition.parse("|".join(words)).holds(kind, version) is any(each)


@given(st.sampled_from(ORDERED), st.text(max_size=40), st.text(max_size=12))
def test_no_version_and_no_condition_raises_anything_else(kind: str, version: str, text: str) -> None:
    for condition in (f"<{text}", text):
        with contextlib.suppress(RangeError, UndecidedError):
            Condition.parse(condition).holds(kind, version)


@pytest.mark.parametrize(
    ("kind", "text", "version", "held"),
    [
        ("cargo", "0.17|0.18", "0.17.8", True),
        ("cargo", "0.17|0.18", "0.18.2", True),
        ("cargo", "0.17|0.18", "0.19.0", False),
        ("cargo", "=0.17|0.18", "0.17.8", False),
        ("golang", "0.37|>=1", "v0.37.4", True),
        ("pypi", "4.0|5", "4.0.1", False),
        ("pypi", "4.0|5", "4", True),
        ("cargo", "vers:cargo/0.17|0.18", "0.17.8", False),
    ],
)
def test_a_bare_version_means_the_same_beside_others(kind: str, text: str, version: str, held: bool) -> None:
    assert Condition.parse(text).holds(kind, version) is held


@pytest.mark.parametrize(
    ("kind", "text", "refused"),
    [
        ("cargo", "<abc", True),
        ("pypi", ">=1,<not-one", True),
        ("pypi", ">=1,<2", False),
        ("generic", "<abc", False),
        ("zstar0z", "<abc", False),
    ],
)
def test_a_bound_that_is_no_version_is_refused_where_versions_are_known(kind: str, text: str, refused: bool) -> None:
    condition = Condition.parse(text)
    if refused:
        with pytest.raises(RangeError, match=f"is no {kind} version"):
            condition.require_versions(kind)
    else:
        condition.require_versions(kind)
