from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.errors import SettingsError
from cf_sbom.limits import Limits

NAMES = [f.name for f in fields(Limits)]


@pytest.mark.parametrize("limit", fields(Limits), ids=lambda f: f.name)
def test_every_limit_is_documented_and_positive(limit):
    assert limit.metadata["doc"]
    assert isinstance(limit.default, int)
    assert limit.default > 0


def test_limits_cannot_be_changed_in_place():
    with pytest.raises(FrozenInstanceError):
        Limits().members = 1


@pytest.mark.parametrize(
    ("given_settings", "expected"),
    [
        ([], Limits()),
        ([("yaml_depth", 3)], Limits(yaml_depth=3)),
        ([("yaml-depth", 3)], Limits(yaml_depth=3)),
        ([("texts", 0)], Limits(texts=0)),
        ([("texts", 1), ("members", 2)], Limits(texts=1, members=2)),
        ([("texts", 1), ("texts", 2)], Limits(texts=2)),
    ],
)
def test_settings_replace_what_they_name_and_leave_the_rest(given_settings, expected):
    original = Limits()
    assert original.with_settings(given_settings) == expected
    assert original == Limits()


def test_settings_may_come_from_an_iterator():
    assert Limits().with_settings(iter([("texts", 1)])) == Limits(texts=1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("colour", 1, "no limit is called 'colour'; there are: compression_ratio, "),
        ("", 1, "no limit is called ''"),
        ("Members", 1, "no limit is called 'Members'"),
        ("members", -1, "limit members: -1 is negative"),
        ("yaml-depth", -1, "limit yaml-depth: -1 is negative"),
    ],
)
def test_setting_that_makes_no_sense_is_a_settings_error(name, value, message):
    with pytest.raises(SettingsError) as raised:
        Limits().with_settings([(name, value)])
    assert message in str(raised.value)


@given(st.text() | st.sampled_from(NAMES), st.integers())
def test_any_setting_is_taken_or_is_a_settings_error(name, value):
    try:
        limits = Limits().with_settings([(name, value)])
    except SettingsError:
        assert name.replace("-", "_") not in NAMES or value < 0
    else:
        assert getattr(limits, name.replace("-", "_")) == value
