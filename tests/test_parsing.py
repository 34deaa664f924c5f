import json

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json, parse_strict_json, parse_yaml, repeated_names

LIMITS = Limits()
text_trees = st.recursive(st.text(), lambda t: st.lists(t) | st.dictionaries(st.text(), t), max_leaves=20)
json_trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda t: st.lists(t) | st.dictionaries(st.text(), t),
    max_leaves=20,
)
yaml_like = st.lists(
    st.sampled_from(
        [*"ab:[]{}-?&*!'\"|>#%@ \n\t,~", "- ", ": ", "!!x ", "!y ", "&a ", "*a", "---\n", "...\n", "\\u00"]
    ),
    max_size=60,
).map(lambda pieces: "".join(pieces).encode())
json_like = st.lists(st.sampled_from([*'[]{}":,0-+.eE\\u ', "NaN", "Infinity", "null", "\ufeff"]), max_size=60).map(
    lambda pieces: "".join(pieces).encode()
)


def yaml_tree(data: bytes, limits: Limits = LIMITS) -> object:
    return parse_yaml(data, limits)[0]


def refusal(parse, data: bytes) -> str:
    try:
        parse(data, LIMITS)
    except ParseError as error:
        return str(error)
    return ""


# JSON


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": [1, -2, true, null, "x"]}', {"a": [1, -2, True, None, "x"]}),
        (b'{"version": 3.10, "x": 1e2}', {"version": "3.10", "x": "1e2"}),
        (b"\xef\xbb\xbf{}", {}),
        ('"\u00fc"'.encode(), "\u00fc"),
        (memoryview(b"[1]"), [1]),
        (b"9223372036854775807", 2**63 - 1),
    ],
)
def test_json_is_read(data, value):
    assert parse_json(data, LIMITS) == value


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("NaN", id="NaN"),
        pytest.param("Infinity", id="Infinity"),
        pytest.param("-Infinity", id="-Infinity"),
        pytest.param("18446744073709551616", id="2**64"),
        pytest.param("9" * 5000, id="5000 digits"),
        pytest.param("-" + "9" * 5000, id="minus 5000 digits"),
        pytest.param("1e999", id="float too large"),
        pytest.param("-1e999", id="float too small"),
        pytest.param("9" * 5000 + ".0", id="float of 5000 digits"),
    ],
)
def test_json_numbers_beyond_64_bits_nan_and_infinities_become_text(number):
    assert parse_json(f"[{number}]".encode(), LIMITS) == [number]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"{} {}", "not JSON", id="two values"),
        pytest.param(b"{'a': 1}", "not JSON", id="single quotes"),
        pytest.param(b"[1,\n2", "at line 2", id="cut off"),
        pytest.param(b'["\xff"]', "not UTF-8 at byte 2", id="Latin-1"),
        pytest.param("{}".encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param(b'"\xed\xa0\x80"', "not UTF-8", id="encoded surrogate"),
        pytest.param(b"[" * 1_000_000, "limit json_depth", id="open lists"),
        pytest.param(b"[" * 1_000_000 + b"]" * 1_000_000, "limit json_depth", id="closed lists"),
        pytest.param(b'{"a":' * 1_000_000, "limit json_depth", id="open objects"),
    ],
)
def test_json_that_is_none_is_a_parse_error(data, message):
    with pytest.raises(ParseError, match=message):
        parse_json(data, LIMITS)


def test_json_size_limit_admits_its_own_size_and_no_more():
    limits = Limits(json_size=4)
    assert parse_json(b"[12]", limits) == [12]
    with pytest.raises(ParseError, match="limit json_size"):
        parse_json(b"[123]", limits)


@given(json_trees)
def test_json_gives_back_every_tree_that_was_written(tree):
    assert parse_strict_json(orjson.dumps(tree), LIMITS) == tree
    assert parse_strict_json(json.dumps(tree).encode(), LIMITS) == tree


@pytest.mark.parametrize("data", [b'{"a": NaN}', b"[Infinity]", b'{"a": 1, "a": 2}', b"[" + b"1" * 5000 + b"]"])
def test_json_that_readers_take_differently_is_refused_where_that_matters(data):
    with pytest.raises(ParseError):
        parse_strict_json(data, LIMITS)


def test_json_of_too_many_values_is_refused():
    with pytest.raises(ParseError, match="limit json_values"):
        parse_json(b"[" + b"[]," * 100 + b"[]]", Limits(json_values=100))


@given(st.binary() | json_like)
def test_json_raises_only_a_parse_error_of_one_line(data):
    assert len(refusal(parse_json, data).splitlines()) <= 1


# YAML


@pytest.mark.parametrize("scalar", ["3.10", "1", "0x10", "1e3", ".nan", "yes", "true", "2020-01-01", "12:30:45", "="])
def test_yaml_plain_scalars_stay_text(scalar):
    assert yaml_tree(f"version: {scalar}".encode()) == {"version": scalar}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", None),
        (b"[a, ~, null, Null, NULL, ]", ["a", None, None, None, None]),
        (b"a:\nb: ''\nc: 'null'\nd: \"~\"", {"a": None, "b": "", "c": "null", "d": "~"}),
        (b"a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        (b"a: !!int 3\nb: !!str 4\nc: !!map {}\nd: !!seq []", {"a": "3", "b": "4", "c": {}, "d": []}),
        (b"\xef\xbb\xbfa: 1", {"a": "1"}),
        ("a: \u00fc".encode("utf-16"), {"a": "\u00fc"}),
        (b"- &x [1]\n- *x\n- *x", [["1"]] * 3),
        (b"a: &x {b: 1}\nc: *x", {"a": {"b": "1"}, "c": {"b": "1"}}),
        (b"&k key: *k", {"key": "key"}),
    ],
)
def test_yaml_is_read_without_remarks(data, value):
    assert parse_yaml(data, LIMITS) == (value, ())


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"a: !foo x\nb: 2", {"a": None, "b": "2"}),
        (b"a: !foo {x: 1, y: [1, {z: 2}]}\nb: 2", {"a": None, "b": "2"}),
        (b"[!foo [1, [2]], 3]", [None, "3"]),
        (b"[!foo [!foo [1], 2], 3]", [None, "3"]),
        (b"!foo {a: b}", None),
        (b"!foo x", None),
        (b"a: !foo &x [1]\nb: *x", {"a": None, "b": None}),
        (b"? !foo {a: b}\n: c\nd: e", {"d": "e"}),
        (b"a: !<foo> 1\nb: !foo [1]", {"a": None, "b": None}),
    ],
)
def test_yaml_value_with_an_unknown_tag_becomes_null_with_a_remark_and_the_rest_is_kept(data, value):
    tree, remarks = parse_yaml(data, LIMITS)
    assert tree == value
    assert any("foo" in remark and "left out" in remark for remark in remarks)


@pytest.mark.parametrize("data", [b"[a]: b\nd: e", b"{a: b}: c\nd: e", b"~: b\nd: e"])
def test_yaml_key_that_is_not_text_is_left_out_with_a_remark(data):
    assert parse_yaml(data, LIMITS) == ({"d": "e"}, ("a key that is not text was left out",))


@pytest.mark.parametrize(
    "tag", ["python/object/apply:os.mkdir", "python/object/new:os.mkdir", "python/name:os.mkdir", "python/module:os"]
)
def test_yaml_tag_executes_nothing(tag, tmp_path):
    trap = tmp_path / "made"
    tree, remarks = parse_yaml(f'a: !!{tag} ["{trap}"]\nb: c'.encode(), LIMITS)
    assert not trap.exists()
    assert (tree, len(remarks)) == ({"a": None, "b": "c"}, 1)


@pytest.mark.parametrize(
    ("data", "value"), [(b"&a [*a]", [None]), (b"&a {b: *a}", {"b": None})], ids=["list in itself", "mapping in itself"]
)
def test_yaml_that_holds_itself_is_cut_and_that_is_said(data, value):
    tree, remarks = parse_yaml(data, LIMITS)
    assert (tree, len(remarks)) == (value, 1)


def test_yaml_alias_counts_as_all_that_it_repeats():
    lines = ["- &a0 [x]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60))]
    with pytest.raises(ParseError, match="limit yaml_nodes"):
        yaml_tree("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"a: 1\n---\nb: 2", {"a": "1"}), (b"a: 1\na: 2", {"a": "2"}), (b"a: *x", {"a": None})],
    ids=["second document", "key given twice", "undefined alias"],
)
def test_yaml_that_is_taken_in_part_is_remarked(data, value):
    tree, remarks = parse_yaml(data, LIMITS)
    assert (tree, len(remarks)) == (value, 1)


@pytest.mark.parametrize(
    "bomb", [b"[", b"{", b"- ", b"? ", b"[{a: ", b"[?", b"!x [", b"&a ["], ids=lambda bomb: bomb.decode()
)
def test_yaml_depth_bomb_is_a_parse_error(bomb):
    with pytest.raises(ParseError, match="limit yaml_depth"):
        yaml_tree(bomb * (1_000_000 // len(bomb)))


@pytest.mark.parametrize(
    ("limits", "fits", "exceeds", "name"),
    [
        (Limits(yaml_size=4), b"[12]", b"[123]", "yaml_size"),
        (Limits(yaml_nodes=3), b"[a, b]", b"[a, b, c]", "yaml_nodes"),
        (Limits(yaml_nodes=3), b"{a: b}", b"{a: b, c: d}", "yaml_nodes"),
        (Limits(yaml_nodes=3), b"[&a b, *a]", b"[&a b, *a, *a]", "yaml_nodes"),
        (Limits(yaml_nodes=3), b"!x [a, b]", b"!x [a, b, c]", "yaml_nodes"),
        (Limits(yaml_depth=2), b"[[a]]", b"[[[]]]", "yaml_depth"),
        (Limits(yaml_depth=2), b"a: {b: c}", b"a: {b: {}}", "yaml_depth"),
        (Limits(yaml_depth=2), b"!x [[a]]", b"!x [[[]]]", "yaml_depth"),
    ],
)
def test_yaml_limit_admits_its_own_value_and_no_more(limits, fits, exceeds, name):
    parse_yaml(fits, limits)
    with pytest.raises(ParseError, match=f"limit {name}"):
        parse_yaml(exceeds, limits)


@pytest.mark.parametrize(
    "data", [b"a: [", b"a: b: c", b"\t- x", b"a: \x00", b"\xff", b"@a", b"%FOO\n---\na", b'"\\ud800"', b"a: !x!y z"]
)
def test_yaml_that_is_none_is_a_parse_error(data):
    with pytest.raises(ParseError, match=r"^not YAML: "):
        yaml_tree(data)


@given(text_trees)
def test_yaml_gives_back_every_tree_of_texts_that_was_written(tree):
    assert parse_yaml(yaml.safe_dump(tree).encode(), LIMITS) == (tree, ())


@given(st.binary() | yaml_like)
def test_yaml_raises_only_a_parse_error_of_one_line(data):
    assert len(refusal(parse_yaml, data).splitlines()) <= 1


@pytest.mark.parametrize(("depth", "fits"), [(0, True), (1, True), (3, True), (4, False), (50, False), (5000, False)])
@pytest.mark.parametrize("around", [(b"[", b"]"), (b'{"a": ', b"}")], ids=["lists", "mappings"])
def test_depth_of_json_is_bounded(depth, fits, around):
    start, end = around
    data = start * depth + b"1" + end * depth
    if fits:
        parse_json(data, Limits(json_depth=3))
    else:
        with pytest.raises(ParseError, match="limit json_depth"):
            parse_json(data, Limits(json_depth=3))


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b'{"a": 1, "b": 2}', ()),
        (b'{"a": 1, "a": 2}', ("a",)),
        (b'[{"x": {"b": 1, "b": 1, "a": 0, "a": 0}}]', ("a", "b")),
        (b'{"a": {"a": 1}}', ()),
    ],
)
def test_names_that_stand_twice_are_found(data, names):
    assert repeated_names(data, Limits()) == names
