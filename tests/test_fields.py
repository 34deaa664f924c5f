import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.fields import Fields, clean_text, severity_of
from cf_sbom.limits import Limits

SMALL = Limits(field_length=5, dependencies=2)
any_text = st.text(st.characters()) | st.text(st.sampled_from("a/ \ud800\udcff"))  # lone surrogates too
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda t: st.lists(t, max_size=5) | st.dictionaries(any_text, t, max_size=5),
    max_leaves=20,
)

READERS = {
    "text": lambda f: f.text("k"),
    "whole_text": lambda f: f.whole_text("k"),
    "texts": lambda f: f.texts("k"),
    "numbered_texts": lambda f: f.numbered_texts("k"),
    "integer": lambda f: f.integer("k"),
    "flag": lambda f: f.flag("k"),
    "fields": lambda f: f.fields("k").names(),
    "each": lambda f: tuple(inner.where() for inner in f.each("k")),
    "is_list": lambda f: f.is_list("k"),
    "is_flag": lambda f: f.is_flag("k"),
    "is_mapping": lambda f: f.is_mapping("k"),
    "contains": lambda f: "k" in f,
    "names": lambda f: f.names(),
    "pairs": lambda f: f.pairs(),
}
NOTHING = {  # what an absent or null field gives
    "text": "",
    "whole_text": "",
    "texts": (),
    "numbered_texts": (),
    "integer": None,
    "flag": None,
    "fields": (),
    "each": (),
    "is_list": False,
    "is_flag": False,
    "is_mapping": False,
    "contains": False,
}


def read(reader, data, limits=Limits(), where=""):  # noqa: B008
    remarks = []
    return READERS[reader](Fields(data, limits, remarks.append, where)), remarks


def encodable(value):
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, tuple | list):
        for item in value:
            encodable(item)


@pytest.mark.parametrize("data", [None, {}, {"k": None}, {"other": 1}])
@pytest.mark.parametrize("reader", NOTHING)
def test_absent_or_null_gives_the_default_without_a_remark(reader, data):
    assert read(reader, data) == (NOTHING[reader], [])


@pytest.mark.parametrize("data", ["x", 1, 1.5, True, []])
@pytest.mark.parametrize("reader", NOTHING)
def test_no_mapping_at_all_gives_the_default_and_one_remark(reader, data):
    assert read(reader, data, where="about") == (NOTHING[reader], ["about: not a mapping"])
    assert read(reader, data) == (NOTHING[reader], ["not a mapping"])


@pytest.mark.parametrize(
    ("reader", "value", "result"),
    [
        ("text", "x", "x"),
        ("text", "", ""),
        ("text", 5, "5"),
        ("text", 1.5, "1.5"),
        ("whole_text", "x" * 100_000, "x" * 100_000),
        ("texts", ["a", "b"], ("a", "b")),
        ("texts", [], ()),
        ("texts", "a", ("a",)),
        ("texts", "", ()),
        ("texts", 5, ("5",)),
        ("numbered_texts", "a", (("k", "a"),)),
        ("integer", 0, 0),
        ("integer", -3, -3),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", "12", 12),
        ("flag", True, True),
        ("flag", False, False),
        ("flag", "true", True),
        ("flag", "False", False),
        ("fields", {"a": 1, "b": 2}, ("a", "b")),
        ("each", [{}, {}], ("k[0]", "k[1]")),
        ("each", {}, ("k",)),
        ("each", [], ()),
        ("is_list", [], True),
        ("is_list", {}, False),
        ("is_flag", False, True),
        ("is_flag", 0, False),
        ("is_mapping", {}, True),
        ("is_mapping", [], False),
        ("contains", False, True),
        ("contains", "", True),
        ("pairs", "v", (("k", "v"),)),
        ("pairs", ["a", "b"], (("k", "a,b"),)),
        ("pairs", {"a": 1}, ()),
    ],
)
def test_value_that_fits_is_given_without_a_remark(reader, value, result):
    assert read(reader, {"k": value}) == (result, [])


@pytest.mark.parametrize(
    ("reader", "value", "result", "remarks"),
    [
        ("text", True, "", ["k: not a string"]),
        ("text", [], "", ["k: not a string"]),
        ("text", {}, "", ["k: not a string"]),
        ("text", "a\ud800b", "a\ufffdb", ["k: holds characters that are no Unicode text; replaced"]),
        ("whole_text", 5, "", ["k: not a string"]),
        ("whole_text", True, "", ["k: not a string"]),
        ("whole_text", ["x"], "", ["k: not a string"]),
        ("whole_text", {}, "", ["k: not a string"]),
        ("texts", True, (), ["k: not a string"]),
        ("texts", {}, (), ["k: not a string"]),
        ("texts", ["a", None, "b"], ("a", "b"), ["k[1]: not a string"]),
        ("texts", ["a", 1, 1.5], ("a",), ["k[1]: not a string", "k[2]: not a string"]),
        ("numbered_texts", ["a", " ", "b"], (("k[0]", "a"), ("k[2]", "b")), ["k[1]: empty"]),
        ("texts", ["a", "b", "c", {}], ("a", "b", "c"), ["k[3]: not a string"]),
        ("texts", [False, ["x"]], (), ["k[0]: not a string", "k[1]: not a string"]),
        ("numbered_texts", [{}, "b"], (("k[1]", "b"),), ["k[0]: not a string"]),
        ("integer", 2**63, None, ["k: not a whole number"]),
        ("integer", -(2**70), None, ["k: not a whole number"]),
        ("integer", True, None, ["k: not a whole number"]),
        ("integer", 1.0, None, ["k: not a whole number"]),
        ("integer", float("nan"), None, ["k: not a whole number"]),
        ("integer", "", None, ["k: not a whole number"]),
        ("integer", "1.5", None, ["k: not a whole number"]),
        ("integer", "\u0663", None, ["k: not a whole number"]),
        ("integer", "9" * 5000, None, ["k: not a whole number"]),
        ("integer", [1], None, ["k: not a whole number"]),
        ("integer", {}, None, ["k: not a whole number"]),
        ("flag", 1, None, ["k: not true or false"]),
        ("flag", "yes", None, ["k: not true or false"]),
        ("flag", [True], None, ["k: not true or false"]),
        ("flag", {}, None, ["k: not true or false"]),
        ("fields", "x", (), ["k: not a mapping"]),
        ("fields", True, (), ["k: not a mapping"]),
        ("fields", [{}], (), ["k: not a mapping"]),
        ("each", "x", (), ["k: not a list"]),
        ("each", 5, (), ["k: not a list"]),
        ("each", False, (), ["k: not a list"]),
        ("each", [{}, "x", None, {}], ("k[0]", "k[3]"), ["k[1]: not a mapping", "k[2]: not a mapping"]),
        ("pairs", True, (("k", ""),), ["k: not a string"]),
        ("pairs", ["a", {}], (("k", "a"),), ["k[1]: not a string"]),
    ],
)
def test_value_that_does_not_fit_gives_the_default_and_a_remark_with_the_place(reader, value, result, remarks):
    assert read(reader, {"k": value}) == (result, remarks)
    assert read(reader, {"k": value}, where="source[2]")[1] == [f"source[2].{remark}" for remark in remarks]


@pytest.mark.parametrize(
    ("reader", "value", "result", "remark"),
    [
        ("text", "123456", "12345", "k: longer than 5 characters; cut (limit field_length)"),
        ("texts", ["a", "123456"], ("a", "12345"), "k[1]: longer than 5 characters; cut (limit field_length)"),
        ("texts", ["a", "b", "c"], ("a", "b"), "k: 3 entries; only 2 are read (limit dependencies)"),
        ("each", [{}, {}, {}], ("k[0]", "k[1]"), "k: 3 entries; only 2 are read (limit dependencies)"),
    ],
)
def test_what_exceeds_a_limit_is_cut_with_a_remark(reader, value, result, remark):
    assert read(reader, {"k": value}, SMALL) == (result, [remark])


def test_each_takes_a_limit_of_its_own():
    remarks = []
    fields = Fields({"k": [{}] * 3}, SMALL, remarks.append)
    assert len(list(fields.each("k", 3))) == 3
    assert len(list(fields.each("k", 1))) == 1
    assert remarks == ["k: 3 entries; only 1 are read (limit members)"]


def test_pairs_leave_out_what_is_skipped():
    assert Fields({"a": 1, "b": 2}, Limits(), pytest.fail).pairs(skip=frozenset("a")) == (("b", "2"),)


def test_place_grows_with_each_step_inwards():
    remarks = []
    fields = Fields({"a": {"b": [{"c": True}]}}, Limits(), remarks.append)
    inner = next(fields.fields("a").each("b"))
    assert (fields.where(), fields.where("x"), inner.where(), inner.where("c")) == ("", "x", "a.b[0]", "a.b[0].c")
    assert inner.text("c") == ""
    inner.remark("c", "odd")
    assert remarks == ["a.b[0].c: not a string", "a.b[0].c: odd"]


@pytest.mark.parametrize("reader", READERS)
@given(tree=trees)
def test_any_tree_is_read_without_raising_and_gives_unicode_text_with_places(reader, tree):
    for data, place in (({"k": tree}, "at.k"), (tree, "at")):
        value, remarks = read(reader, data, SMALL, "at")
        assert all(remark.startswith(place) for remark in remarks)
        if reader not in ("names", "fields"):  # these give keys as they are in the tree
            encodable(value)


@given(name=any_text, value=trees)
def test_remark_on_a_field_of_any_name_is_unicode_text(name, value):
    remarks = []
    Fields({name: value}, SMALL, remarks.append).pairs()
    encodable(remarks)


def test_remark_on_a_field_whose_name_is_a_lone_surrogate_is_unicode_text():
    remarks = []
    Fields({"\ud800": True}, Limits(), remarks.append).pairs()
    encodable(remarks)


@given(any_text)
def test_clean_text_replaces_lone_surrogates_and_nothing_else(text):
    cleaned = clean_text(text)
    cleaned.encode()
    assert clean_text(cleaned) == cleaned
    assert [c for c in cleaned if c != "\ufffd"] == [
        c for c in text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore") if c != "\ufffd"
    ]


@pytest.mark.parametrize(
    ("remark", "severity"),
    [
        ("depends: 3 entries; only 2 are read (limit dependencies)", "gap"),
        ("depends[0]: not a string", "damage"),
        ("no limit at all", "damage"),
    ],
)
def test_what_a_limit_left_unread_is_a_gap_and_the_rest_damage(remark, severity):
    assert severity_of(remark) == severity
