import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.limits import Limits

LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
WRONG = "not a hash of this kind; left out"


def read(data):
    remarks = []
    found = stated_digests(Fields(data, Limits(), remarks.append, "source"))
    return [(d.algorithm, d.value) for d in found], remarks


@pytest.mark.parametrize(("algorithm", "length"), LENGTHS.items())
def test_hash_of_its_own_length_is_taken_in_lower_case(algorithm, length):
    assert read({algorithm: "a0" * (length // 2)}) == ([(algorithm, "a0" * (length // 2))], [])
    assert read({algorithm: "A0" * (length // 2)}) == ([(algorithm, "a0" * (length // 2))], [])


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v[:-1],
        lambda v: v + "0",
        lambda v: v[:-1] + "g",
        lambda v: v + "\n",
        lambda v: " " + v[1:],
        lambda v: "\u0660" * len(v),
        lambda v: "sha256:" + v,
    ],
    ids=["short", "long", "not hexadecimal", "line feed", "space", "other digits", "prefix"],
)
@pytest.mark.parametrize(("algorithm", "length"), LENGTHS.items())
def test_value_of_another_shape_is_left_out_with_a_remark(algorithm, length, change):
    assert read({algorithm: change("a" * length)}) == ([], [f"source.{algorithm}: {WRONG}"])


@pytest.mark.parametrize(("algorithm", "length"), LENGTHS.items())
def test_hash_of_another_kind_is_left_out_with_a_remark(algorithm, length):
    for other in LENGTHS.values():
        assert bool(read({algorithm: "a" * other})[0]) == (other == length)


@pytest.mark.parametrize(
    ("data", "remarks"),
    [
        (None, []),
        ({}, []),
        ({"sha256": None}, []),
        ({"sha256": ""}, []),
        ({"sha224": "a" * 56}, []),
        ({"sha256": ["a" * 64]}, ["source.sha256: not a string"]),
        ({"sha256": True}, ["source.sha256: not a string"]),
        ({"md5": 5}, [f"source.md5: {WRONG}"]),
    ],
)
def test_what_is_no_hash_gives_no_digest(data, remarks):
    assert read(data) == ([], remarks)


def test_digests_are_sorted_and_one_wrong_value_costs_no_other():
    data = {"sha512": "d" * 128, "sha256": "x", "sha1": "b" * 40, "md5": "a" * 32}
    found, remarks = read(data)
    assert found == [("md5", "a" * 32), ("sha1", "b" * 40), ("sha512", "d" * 128)]
    assert remarks == [f"source.sha256: {WRONG}"]


@given(st.dictionaries(st.sampled_from(list(LENGTHS)), st.text(st.characters()) | st.integers() | st.none()))
def test_whatever_is_given_is_lower_case_hexadecimal_of_the_right_length(data):
    for algorithm, value in read(data)[0]:
        assert len(value) == LENGTHS[algorithm]
        assert set(value) <= set("0123456789abcdef")
