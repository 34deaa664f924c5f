"""One spelling for one package, whoever names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from cf_sbom.identity.packages import canonical, module_purl, package_purl


@pytest.mark.parametrize(
    ("kind", "name", "version", "namespace", "purl"),
    [
        ("pypi", "Zope.Interface", "5.0", "", "pkg:pypi/zope-interface@5.0"),
        ("pypi", "a__b", "1.0-RC1", "", "pkg:pypi/a-b@1.0rc1"),
        ("pypi", "a", "not a version", "", "pkg:pypi/a"),
        ("pypi", "a", "0.1.x", "", "pkg:pypi/a@0.1.x"),
        ("npm", "core", "7.0", "@babel", "pkg:npm/%40babel/core@7.0"),
        ("npm", "JSONStream", "1.3.5", "", "pkg:npm/jsonstream@1.3.5"),
        ("cargo", "anyhow", "1.0.89", "", "pkg:cargo/anyhow@1.0.89"),
        ("maven", "commons-io", "2.11.0", "org.apache", "pkg:maven/org.apache/commons-io@2.11.0"),
        ("cpan", "JSON::XS", "4.03", "", "pkg:cpan/JSON::XS@4.03"),
        ("cran", "MASS", "7.3-60", "", "pkg:cran/MASS@7.3-60"),
        ("composer", "Monolog", "2.0", "Monolog", "pkg:composer/monolog/monolog@2.0"),
        ("npm", "../../x", "1", "", ""),
        ("npm", "..", "1", "", ""),
        ("npm", "", "1", "", ""),
        ("npm", "a/b", "1", "", ""),
        ("npm", "a\n", "1", "", ""),
        ("npm", "a" * 300, "1", "", ""),
        ("npm", "a", "../x", "", "pkg:npm/a"),
    ],
)
def test_a_purl_of_a_package(kind: str, name: str, version: str, namespace: str, purl: str) -> None:
    assert package_purl(kind, name, version, namespace) == purl


@pytest.mark.parametrize(
    ("path", "version", "purl"),
    [
        ("github.com/BurntSushi/toml", "v1.3.2", "pkg:golang/github.com/burntsushi/toml@v1.3.2"),
        ("github.com/acme/tool/v3", "v3.0.0+incompatible", "pkg:golang/github.com/acme/tool/v3@v3.0.0%2Bincompatible"),
        ("stdlib", "1.22.3", "pkg:golang/stdlib@1.22.3"),
        ("./local", "", ""),
        ("/home/somebody/x", "", ""),
    ],
)
def test_a_purl_of_a_module(path: str, version: str, purl: str) -> None:
    assert module_purl(path, version) == purl


@pytest.mark.parametrize(
    ("stated", "purl"),
    [
        ("pkg:PyPI/Zope.Interface@5.0?file_name=x.whl", "pkg:pypi/zope-interface@5.0"),
        ("pkg:maven/g/a@1?type=jar", "pkg:maven/g/a@1"),
        ("pkg:maven/g/a@1?type=war&classifier=x", "pkg:maven/g/a@1?classifier=x&type=war"),
        ("pkg:golang/github.com/Acme/x@v1?type=module#sub/folder", "pkg:golang/github.com/acme/x@v1"),
        ("pkg:golang/std@go1.22.3", "pkg:golang/stdlib@1.22.3"),
        ("pkg:golang/stdlib@v1.22.3", "pkg:golang/stdlib@1.22.3"),
        ("pkg:golang/x.org/a/v2@2.0.0", "pkg:golang/x.org/a/v2@v2.0.0"),
        ("pkg:golang/x.org/a@0123456789abcdef0123456789abcdef01234567",) * 2,
        ("pkg:golang/x.org/a", "pkg:golang/x.org/a"),
        ("pkg:cargo/a@1?download_url=file%3A%2F%2F%2Fhome%2Fx", "pkg:cargo/a@1"),
        (
            "pkg:npm/a@1?repository_url=https%3A%2F%2Fnpm.example.org",
            "pkg:npm/a@1?repository_url=https://npm.example.org",
        ),
        ("pkg:rpm/almalinux/libjpeg@2?arch=x86_64&upstream=y", "pkg:rpm/almalinux/libjpeg@2?arch=x86_64"),
        ("pkg:generic/a@1?checksum=sha256:00", "pkg:generic/a@1?checksum=sha256:00"),
        ("pkg:unknown/a@1?x=y#z", "pkg:unknown/a@1?x=y#z"),
        ("not a purl", ""),
        ("", ""),
        ("pkg:", ""),
        ("pkg:npm/" + "a" * 5000, ""),
    ],
)
def test_the_spelling_of_a_stated_purl(stated: str, purl: str) -> None:
    assert canonical(stated) == purl


kinds = st.sampled_from(["pypi", "npm", "golang", "cargo", "maven", "cran", "rpm", "generic", "gem", "unknown"])


@given(kinds, st.text(max_size=12), st.text(max_size=8), st.text(max_size=8))
def test_a_purl_is_its_own_canonical_spelling(kind: str, name: str, version: str, namespace: str) -> None:
    purl = package_purl(kind, name, version, namespace)
    if purl:
        assert canonical(purl) == purl
        assert PackageURL.from_string(purl).to_string() == purl


@given(
    st.sampled_from(["npm", "cargo", "gem", "nuget", "cran"]),
    st.from_regex(r"[A-Za-z0-9_.~-]{1,12}", fullmatch=True),
    st.from_regex(r"[0-9]{0,2}[A-Za-z0-9.+-]{0,6}", fullmatch=True),
    st.sampled_from(["", "@scope", "@a_b.c", "a@b", "acme"]),
)
def test_a_plain_purl_is_written_as_every_other(kind: str, name: str, version: str, namespace: str) -> None:
    if name.strip("."):
        lower = (namespace.lower(), name.lower()) if kind == "npm" else (namespace, name)
        assert package_purl(kind, name, version, namespace) == str(PackageURL(kind, *lower, version))


@given(st.text(max_size=40) | st.builds("pkg:{}/{}@{}?{}={}#{}".format, kinds, *[st.text(max_size=8)] * 5))
def test_any_text_has_one_spelling_or_none(text: str) -> None:
    purl = canonical(text)
    assert canonical(purl) == purl
