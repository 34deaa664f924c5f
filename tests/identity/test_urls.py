from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cf_sbom.identity.urls import clean_url, file_name, holds_local_path, holds_secret, inner_url, withheld

any_text = st.text(st.characters()) | st.text(st.sampled_from("a/ \ud800\udcff"))  # lone surrogates too
SECRET_NAMES = ["token", "access_token", "TOKEN", "private_token", "api_key", "apikey", "key", "password", "passwd"]
SECRET_NAMES += [
    "auth",
    "client_secret",
    "sig",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Goog-Signature",
    "session_id",
]
url_like = st.tuples(
    st.sampled_from(["http://", "HTTPS://", "ssh://", "git+ssh://", "ftp://", "file://", "//", "x://", ""]),
    st.sampled_from(["", "hidden@", "u:hidden@", "u:hid%40den@", "hidden@u@"]),
    st.sampled_from(["example.org", "Example.ORG", "[::1]", "h:80", "\u00e9.org", "h."]),
    st.lists(st.sampled_from([*"/@:;=.? \t", "/t/", "a", "\u00e9", "%41", "%zz", "\\"]), max_size=8).map("".join),
    st.sampled_from(["", "?", "?token=hidden", "?a=b", "?key=hidden&a=b", "?sig=hidden&token=hidden"]),
    st.sampled_from(["", "#x", "#a@b", "#token=hidden", "#a?b"]),
).map("".join)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org/",
        "https://example.org:8080/a/b-1.0.tar.gz",
        "https://example.org/a#part",
        "https://example.org/@scope/a",
        "https://example.org/a%20b",
        "https://\u00e9.org/\u00fc",
        "http://[::1]/a",
        "ftp://example.org/a",
        "git+https://example.org/a.git",
        "ssh://example.org/a.git",
        "https://example.org/t",
        "https://example.org/t/",
        "https://example.org/packages/source/t/threads/threads-1.0.tar.gz",
        "https://example.org/pool/main/t/tar/tar_1.35.orig.tar.xz",
    ],
)
def test_address_that_holds_nothing_private_is_kept(url):
    assert clean_url(url) == (url, "")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (" https://example.org/a ", "https://example.org/a"),
        ("HTTPS://example.org/a", "https://example.org/a"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://user:hidden@example.org/a", "https://example.org/a"),
        ("https://hidden@example.org/a", "https://example.org/a"),
        ("https://user:hid%40den@example.org:80/a", "https://example.org:80/a"),
        ("https://a@b:hidden@example.org/a", "https://example.org/a"),
        ("git+ssh://git@example.org/o/r.git@v1", "git+ssh://example.org/o/r.git@v1"),
        ("git@example.org:o/r.git", "ssh://example.org/o/r.git"),
        ("git@example.org:/o/r.git", "ssh://example.org/o/r.git"),
        ("https://example.org/a?token=hidden&sig=hidden", "https://example.org/a"),
        ("https://example.org/a#token=hidden", "https://example.org/a"),
        ("https://example.org/t/hidden/main/noarch/a.conda", "https://example.org/main/noarch/a.conda"),
        ("https://user:pw@example.org/t/hidden/main?token=x", "https://example.org/main"),
    ],
)
def test_what_is_private_is_dropped_and_the_rest_is_kept(written, url):
    assert clean_url(written) == (url, "")


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_credential_like_query_parameter_is_dropped(name):
    assert clean_url(f"https://example.org/a?{name}=hidden") == ("https://example.org/a", "")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("https://example.org/t/hidden/main", id="conda token first"),
        pytest.param("https://example.org/t/hidden/", id="conda token and nothing else"),
        pytest.param("https://example.org/t/hidden", id="conda token without a slash"),
        pytest.param("https://example.org//t/hidden/main", id="conda token behind two slashes"),
        pytest.param("https://example.org/t/hidden/t/hidden/main", id="two conda tokens"),
        pytest.param("git@example.org:/t/hidden/main", id="conda token in an scp-like address"),
        pytest.param("https://example.org/a;jsessionid=hidden", id="session in the path"),
    ],
)
def test_token_in_a_path_never_gets_through(written):
    assert "hidden" not in clean_url(written).url


@pytest.mark.parametrize(
    "written",
    ["https://example.org/api/t/tk-123-456/main", "https://example.org/conda/t/tk-123-456/main"],
)
def test_conda_token_behind_a_folder_never_gets_through(written):
    """The two forms that conda's own split_anaconda_token documents beside the plain one."""
    assert "tk-123-456" not in clean_url(written).url


@pytest.mark.parametrize(
    "written",
    [
        "https://example.org/hidden?page=2",
        "https://example.org/hidden?hidden",
        "https://example.org/hidden?=",
        "https://example.org/hidden?monkey=1",
        "https://example.org/hidden?token=x&page=2",
        "https://example.org/hidden?page=2&token=x",
        "git@example.org:hidden?page=2",
    ],
)
def test_address_with_another_query_is_left_out_and_that_is_said(written):
    url, reason = clean_url(written)
    assert url == ""
    assert "query" in reason
    assert "hidden" not in reason


@pytest.mark.parametrize(
    "written",
    [
        "file:///home/hidden/a",
        "FILE:///hidden",
        "file://hidden/share",
        "file:hidden",
        "/home/hidden/a",
        "~/hidden",
        "./hidden",
        "../hidden",
        "hidden",
        "C:\\hidden",
        "c:/hidden",
        "\\\\hidden\\share",
        "//hidden/share",
        "https:///hidden",
    ],
)
def test_local_path_never_gets_through(written):
    url, reason = clean_url(written)
    assert url == ""
    assert reason
    assert "hidden" not in reason


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "https://",
        "mailto:hidden@example.org",
        "data:text/plain,hidden",
        "javascript:hidden",
        "s3://hidden/k",
        "http://[hidden",
        "https://hid den/a",
        "https://example.org/hidden%zz",
        "https://example.org/hidden\ud800",
        "https://u:p/hidden@example.org/",
        "https://u:hidden#@example.org/",
        "https://h:/hidden",
        "https://h/hidden<a>",
        "http://\u2100.com/hidden",
        "https://example.org/" + "hidden" * 400,
    ],
)
def test_what_is_no_plain_address_is_left_out_and_that_is_said(written):
    url, reason = clean_url(written)
    assert url == ""
    assert reason
    assert "hidden" not in reason


@given(any_text | url_like)
@example("https://example.org/t/a/t/b/c")
def test_whatever_is_given_is_free_of_private_parts_and_stays_what_it_is(written):
    url, reason = clean_url(written)
    assert bool(url) != bool(reason)
    assert "hidden" not in url + reason
    if url:
        parts = urlsplit(url)
        assert "@" not in parts.netloc
        assert "?" not in url
        assert parts.scheme != "file"
        assert clean_url(url) == (url, "")


@given(
    st.from_regex(r"https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~+-]*){0,4}", fullmatch=True), st.sampled_from(["", "#a-1"])
)
@example("https://example.org/t/tk-1234567890ab/c", "")
def test_what_has_nothing_to_hide_is_what_is_left_when_that_is_taken_out(plain, fragment):
    assert clean_url(plain + fragment) == clean_url(f"{plain}?token=hidden{fragment}")


@given(st.from_regex(r"[a-z]{12,20}", fullmatch=True), url_like)
def test_reason_never_holds_a_part_of_the_address(word, written):
    assert word not in clean_url(f"{written}/{word}?{word}={word}").reason


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/b-1.0.tar.gz", "b-1.0.tar.gz"),
        ("https://example.org/a/b/", "b"),
        ("https://example.org/a.zip?b=c/d#e/f", "a.zip"),
        ("https://example.org/", ""),
        ("https://example.org", ""),
        ("", ""),
    ],
)
def test_file_name_is_the_last_part_of_the_path(url, name):
    assert file_name(url) == name


@pytest.mark.parametrize(
    ("value", "local"),
    [
        ("/home/me/x", True),
        ("~/x", True),
        ("C:\\x", True),
        ("c:/x", True),
        ("\\\\host\\share", True),
        ("file:///x", True),
        ("a=/usr/lib/x", True),
        ("x, /opt/sdk/lib", True),
        ("'/opt/sdk/lib'", True),
        ("-isystem /opt/sdk/include", True),
        ("-I/opt/sdk/include", True),
        ("-L/opt/sdk/lib", True),
        ("", False),
        ("3.10", False),
        ("linux-64", False),
        ("a/b", False),
        ("and/or", False),
        ("conda-forge/label/dev", False),
        ("conda-forge main", False),
        ("https://example.org/a/b", False),
        ("$PREFIX/lib/x", False),
        (">=1.2,<2", False),
        ("lib/a.jar!/lib/b.jar!/META-INF/x: broken", False),
        ("a.jar!/x of /home/me/x", True),
        ("look!/home/me", True),
    ],
)
def test_holds_local_path(value, local):
    assert holds_local_path(value) == local


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("https://example.org/a", False),
        ("git@example.org:a/b.git", False),
        ("ssh://git@example.org/a.git", False),
        ("https://example.org/t/some-topic/123", False),
        ("https://example.org/a?x=y", False),
        ("https://[bad", False),
        ("https://hidden@example.org/a", True),
        ("ssh://u:hidden@example.org/a", True),
        ("https://example.org/t/tk-hidden/c", True),
        ("https://example.org/a?x=y&token=hidden", True),
        ("https://example.org/a;session=hidden", True),
    ],
)
def test_holds_secret(written, holds):
    assert holds_secret(written) is holds


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://h/c::foo", "https://h/c::foo"),
        ("https://u:hidden@h/c::foo[url=https://u:hidden@h/d]", "https://h/c::foo[url=[withheld]"),
        ("https://u:hidden@[::1]/t/hidden/c::foo", "https://[::1]/c::foo"),
        ("x://y::z://u:hidden@h::w", "[withheld]::[withheld]::w"),
    ],
)
def test_every_address_of_a_spec_is_cleaned(written, shown):
    assert withheld(written) == shown


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("share/sbom/a.json", "share/sbom/a.json"),
        ("a b/é.json", "a%20b/%C3%A9.json"),
        ("~x", "%7Ex"),
        ("ab:c?d#e", "ab%3Ac%3Fd%23e"),
        ("/etc/x", ""),
        ("../x", ""),
        ("C:x", ""),
    ],
)
def test_the_address_of_a_packaged_file(path: str, url: str) -> None:
    assert inner_url(path) == url
