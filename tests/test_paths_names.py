import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cf_sbom.paths import holding, member_path, of_tests, resolve_link, unsafe

any_text = st.text(st.characters()) | st.text(st.sampled_from("a/ \ud800\udcff"))  # lone surrogates too
path_text = st.lists(st.sampled_from(["/", ".", "..", "a", "b", "\\", "C:", " ", "\udcff", "\u00fc"]), max_size=12).map(
    "".join
)
not_utf8 = st.binary(min_size=1).filter(lambda data: data.decode("utf-8", "ignore").encode() != data)


def decoded(data: bytes) -> str:
    """As the archive modules and os give a name."""
    return data.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"lib/a.so", "lib/a.so"),
        (b"./lib/a.so", "lib/a.so"),
        (b"././a", "a"),
        (b".//a", "a"),
        (b"./", ""),
        (b".a/./b", ".a/b"),
        (b"info//index.json", "info/index.json"),
        (b"//a", "/a"),
        (b"../a", "../a"),
        (b"/a", "/a"),
        ("\u00fc/\U0001f40d".encode(), "\u00fc/\U0001f40d"),
        (b"a\\b", "a\\b"),
        (b"\xff", "\\xff"),
        (b"./caf\xe9/x", "caf\\xe9/x"),
        (b"a\\xff\xff", "a\\x5cxff\\xff"),
    ],
)
def test_member_path(name, path):
    assert member_path(decoded(name)) == path


@given(not_utf8)
@example(b"\x80./b")
def test_member_path_of_bytes_that_are_not_utf8_can_be_turned_back(data):
    assume(not {b"", b"."} & set((b"a" + data).split(b"/")))  # such parts are dropped
    path = member_path(decoded(b"a" + data))
    bytes_again = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes.fromhex(m[1].decode()), path.encode())
    assert bytes_again == b"a" + data


@pytest.mark.parametrize("name", ["\ud800", "a/\ud83d", "\udcff\ud800"])
def test_member_path_of_a_surrogate_that_stands_for_no_byte_is_text(name):
    member_path(name).encode()


@given(any_text | path_text)
def test_member_path_never_raises_and_gives_unicode_text_without_empty_parts(name):
    path = member_path(name)
    path.encode()
    assert not {"", "."} & set(path.strip("/").split("/")) or path.strip("/") == ""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc/passwd", "absolute"),
        ("//host/share", "absolute"),
        ("\\windows", "absolute"),
        ("\\\\host\\share", "absolute"),
        ("C:\\windows", "absolute"),
        ("c:/windows", "absolute"),
        ("C:windows", "absolute"),
        ("..", "climbs"),
        ("../a", "climbs"),
        ("a/../../b", "climbs"),
        ("a/..", "climbs"),
        ("..\\a", "climbs"),
        ("a\\..\\b", "climbs"),
        ("a/..\\b", "climbs"),
    ],
)
def test_unsafe_says_why_a_name_would_leave_its_folder(path, why):
    assert why in unsafe(path)


@pytest.mark.parametrize("path", ["", "a", "a/b", "..a", "a..", "a/...", "a/..b/c", ".a", "./a", "a b", "aa:b", "a\\b"])
def test_unsafe_is_empty_for_a_name_that_stays(path):
    assert unsafe(path) == ""


@given(any_text | path_text)
def test_unsafe_never_raises_and_knows_every_climb(path):
    if ".." in re.split(r"[/\\]", path):
        assert unsafe(path)


@pytest.mark.parametrize(
    ("path", "target", "resolved"),
    [
        ("lib/a.so", "a.so.1", "lib/a.so.1"),
        ("lib/a.so", "./a.so.1", "lib/a.so.1"),
        ("lib/a.so", "sub//./a", "lib/sub/a"),
        ("lib/a.so", "sub/", "lib/sub"),
        ("bin/a", "../lib/a", "lib/a"),
        ("bin/x/a", "../../lib/../share/a", "share/a"),
        ("a", "b", "b"),
        ("a", "x/../b", "b"),
        ("bin/a", "../../b", ""),
        ("a", "..", ""),
        ("a", "../b", ""),
        ("a", "x/../../b", ""),
        ("bin/a", "/usr/bin/a", ""),
        ("bin/a", "\\a", ""),
        ("bin/a", "\\\\host\\a", ""),
        ("bin/a", "C:\\a", ""),
        ("bin/a", "c:/a", ""),
        ("bin/a", "", ""),
    ],
)
def test_resolve_link(path, target, resolved):
    assert resolve_link(path, target) == resolved


@given(st.lists(st.sampled_from(["a", "b", "c d"]), min_size=1, max_size=4).map("/".join), any_text | path_text)
def test_resolve_link_never_raises_and_stays_in_the_package(path, target):
    resolved = resolve_link(path, target)
    assert not resolved.startswith("/")
    assert not resolved or not {"", ".", ".."} & set(resolved.split("/"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lib/python3.12/site-packages/demo/tests/data/x.dist-info/METADATA", True),
        ("lib/python3.12/test/wheeldata/x.whl", True),
        ("share/demo/__tests__/node_modules/x/package.json", True),
        ("Lib/Test/x.py", True),
        ("tests/x", True),
        ("tests", False),
        ("lib/latest/x", False),
        ("lib/node_modules/test/package.json", False),
        ("lib/node_modules/@acme/test/package.json", False),
        ("lib/node_modules/test/test/fixtures/package.json", True),
        ("lib/R/library/test/DESCRIPTION", False),
    ],
)
def test_what_lies_in_a_folder_of_tests(path: str, expected: bool) -> None:
    assert of_tests(path) is expected


@given(st.lists(st.text("ab/", max_size=5)), st.text("ab/", max_size=5))
def test_holding_tells_whether_a_path_begins_so(paths, start):
    assert holding(paths)(start) == any(path.startswith(start) for path in paths)
