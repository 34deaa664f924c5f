"""What somebody looks for: its syntax, and which components are meant."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import part

from cf_sbom.errors import QueryError
from cf_sbom.identity.ranges import UndecidedError
from cf_sbom.queries import Query, package_key


@pytest.mark.parametrize(
    ("text", "key", "exact"),
    [
        ("openssl", "openssl", ""),
        (" OpenSSL@3.0.1 ", "openssl", "3.0.1"),
        ("@babel/core", "@babel/core", ""),
        ("@babel/core@7", "@babel/core", "7"),
        ("pkg:npm/@babel/core@7", "pkg:npm/%40babel/core", "7"),
        ("pkg:npm/%40babel/core@7", "pkg:npm/%40babel/core", "7"),
        ("pkg:npm/@babel/*", "pkg:npm/%40babel/*", ""),
        ("pkg:pypi/Foo_Bar@1", "pkg:pypi/foo-bar", "1"),
        ("pkg:golang/golang.org/x/net@v0.38.0", "pkg:golang/golang.org/x/net", "v0.38.0"),
        ("pkg:conda/conda-forge/openssl@3", "pkg:conda/openssl", "3"),
        ("pkg:conda/openssl@3?subdir=linux-64", "pkg:conda/openssl", "3"),
        ("pkg:maven/org.acme/x@1#sub", "pkg:maven/org.acme/x", "1"),
        ("pkg:cargo/x@1.0.0%2Bwasi", "pkg:cargo/x", "1.0.0+wasi"),
    ],
)
def test_a_name_or_purl_and_a_version(text: str, key: str, exact: str) -> None:
    query = Query.parse(text)
    assert (query.key, query.condition.exact) == (key, exact)


@pytest.mark.parametrize(
    "text", ["", "  ", "pkg:", "pkg:npm", "pkg:npm/", "x@<", "x@vers:npm/", "pkg:npm/x?a", "x" * 5000, "ring@^0.17"]
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        Query.parse(text)


@pytest.mark.parametrize("text", ["openssl >=3", "openssl>=3"])
def test_a_match_spec_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(QueryError, match="'openssl@>=3'"):
        Query.parse(text)


@pytest.mark.parametrize(
    ("query", "purl", "wanted"),
    [
        ("OPENSSL", "pkg:conda/openssl@3.0", True),
        ("openssl", "pkg:cargo/openssl-sys@1", False),
        ("openssl*", "pkg:cargo/openssl-sys@1", True),
        ("*SSL*sys", "pkg:cargo/openssl-sys@1", True),
        ("*ssl*ssl*", "pkg:cargo/openssl-sys@1", False),
        ("net", "pkg:golang/golang.org/x/net@v0.37.0", True),
        ("golang.org/x/net", "pkg:golang/golang.org/x/net@v0.37.0", True),
        ("golang.org/x/net@<0.38", "pkg:golang/golang.org/x/net@v0.37.0", True),
        ("pkg:golang/golang.org/x/*@<0.38", "pkg:golang/golang.org/x/net@v0.39.0", False),
        ("pkg:cargo/openssl", "pkg:conda/openssl@3", False),
        ("pkg:conda/openssl@3.0", "pkg:conda/openssl@3.0?build=0&subdir=linux-64", True),
        ("pkg:conda/openssl@3.0?subdir=osx-64", "pkg:conda/openssl@3.0?build=0&subdir=linux-64", False),
        ("pkg:conda/openssl?subdir=linux-64", "pkg:conda/openssl@3.0?build=0&subdir=linux-64", True),
        ("pkg:rpm/openssl@<1:3", "pkg:rpm/fedora/openssl@2.0-1?epoch=1", False),
        ("pkg:rpm/fedora/openssl@<1:3", "pkg:rpm/fedora/openssl@2.0-1?epoch=1", True),
        ("pkg:rpm/fedora/openssl@<1:1", "pkg:rpm/fedora/openssl@2.0-1?epoch=1", False),
        ("pkg:nuget/newtonsoft.json", "pkg:nuget/Newtonsoft.Json@13.0.1", True),
        ("pkg:nuget/NEWTONSOFT.*", "pkg:nuget/Newtonsoft.Json@13.0.1", True),
        ("pkg:gem/RedCloth", "pkg:gem/redcloth@4", False),
        ("ruamel_yaml", "pkg:pypi/ruamel-yaml@0.18", True),
        ("Ruamel.Yaml", "pkg:pypi/ruamel-yaml@0.18", True),
        ("zope_*", "pkg:pypi/zope-interface@5.0", True),
        ("left_pad", "pkg:npm/left-pad@1.3.0", False),
        ("ring@0.17", "pkg:cargo/ring@0.17.8", True),
        ("pkg:cargo/ring@0.17", "pkg:cargo/ring@0.17.8", True),
        ("pkg:cargo/ring@0.17", "pkg:cargo/ring@0.16.20", False),
        ("100%", "pkg:generic/100x@1", False),
        ("a_b", "pkg:generic/axb@1", False),
    ],
)
def test_which_components_are_meant(query: str, purl: str, wanted: bool) -> None:
    assert Query.parse(query).wants(part(purl)[0]) is wanted


def test_aliases_count_with_their_own_versions() -> None:
    component = part("pkg:generic/openssl@1.1.1", aliases=("pkg:rpm/almalinux/openssl-libs@1.1.1k-9.el8",))[0]
    assert Query.parse("openssl-libs").wants(component)
    assert Query.parse("pkg:rpm/almalinux/openssl-libs@<1.1.1k-10").wants(component)
    assert not Query.parse("pkg:rpm/almalinux/openssl-libs@<1.1.1k-9").wants(component)


def test_a_name_is_compared_by_the_order_of_each_ecosystem() -> None:
    query = Query.parse("openssl@<3")
    assert query.wants(part("pkg:conda/openssl@1.1.1w")[0])
    assert not query.wants(part("pkg:npm/openssl@3.0.0")[0])
    with pytest.raises(UndecidedError, match="generic have no order"):
        query.wants(part("pkg:generic/openssl@1.1.1w")[0])
    assert Query.parse("openssl@vers:conda/<3").wants(part("pkg:generic/openssl@1.1.1w")[0])


@given(st.text(max_size=30))
def test_any_text_is_looked_for_or_refused(text: str) -> None:
    with contextlib.suppress(QueryError, UndecidedError):
        Query.parse(text).wants(part("pkg:npm/left-pad@1")[0])


@given(st.text(max_size=30))
def test_any_purl_has_a_key_or_none(text: str) -> None:
    key = package_key(text)
    assert package_key(key) == key


def test_a_bound_that_is_no_version_of_the_purl_is_no_question() -> None:
    with pytest.raises(QueryError, match="'abc' is no cargo version"):
        Query.parse("pkg:cargo/ring@<abc")
    assert Query.parse("pkg:generic/ring@<abc").is_choosy
