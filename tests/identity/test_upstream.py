import pytest
from packageurl import PackageURL

from cf_sbom.identity.upstream import commit_purl, release

SHA256 = "0a" * 32
COMMIT = "0123456789abcdef" * 2 + "01234567"
CHECKSUM = f"checksum=sha256:{SHA256}"
PYPI = [".".join(("pypi", "io")), ".".join(("pypi", "org"))]


def find(*urls, names=("demo",), versions=("1.0",), sha256=SHA256):
    found = release(urls, names, versions, sha256)
    assert not found.purl or PackageURL.from_string(found.purl).to_string() == found.purl
    return found


@pytest.mark.parametrize(
    ("url", "purl"),
    [
        ("https://github.com/o/r/archive/v1.2.tar.gz", "pkg:github/o/r@v1.2"),
        ("https://github.com/o/r/archive/v1.2.zip", "pkg:github/o/r@v1.2"),
        ("https://github.com/O/R/archive/1.2.tar.gz", "pkg:github/o/r@1.2"),
        ("https://github.com/libarchive/libarchive/archive/v3.7.tar.gz", "pkg:github/libarchive/libarchive@v3.7"),
        ("https://github.com/o/r/archive/refs/tags/v1.2.tar.gz", "pkg:github/o/r@v1.2"),
        ("https://github.com/o/r/archive/refs/tags/r-1.2.tar.gz", "pkg:github/o/r@r-1.2"),
        (f"https://github.com/o/r/archive/{COMMIT}.tar.gz", f"pkg:github/o/r@{COMMIT}"),
        ("https://codeload.github.com/o/r/tar.gz/v1.2", "pkg:github/o/r@v1.2"),
        ("https://github.com/o/r/releases/download/v1.2/r-1.2.tar.gz", "pkg:github/o/r@v1.2"),
        ("https://github.com/o/r/releases/download/1.2/other.tgz", "pkg:github/o/r@1.2"),
        ("https://gitlab.com/o/r/-/archive/v1.2/r-v1.2.tar.gz", "pkg:gitlab/o/r@v1.2"),
        ("https://gitlab.com/g/s/r/-/archive/v1.2/r-v1.2.tar.gz", "pkg:gitlab/g/s/r@v1.2"),
        ("https://cran.r-project.org/src/contrib/jsonlite_1.8.8.tar.gz", "pkg:cran/jsonlite@1.8.8"),
        ("https://cran.r-project.org/src/contrib/Archive/jsonlite/jsonlite_1.8.8.tar.gz", "pkg:cran/jsonlite@1.8.8"),
        ("https://crates.io/api/v1/crates/ripgrep/14.1.0/download", "pkg:cargo/ripgrep@14.1.0"),
        ("https://static.crates.io/crates/ripgrep/ripgrep-14.1.0.crate", "pkg:cargo/ripgrep@14.1.0"),
        ("https://static.crates.io/crates/a-b/a-b-1.0.0-rc.1.crate", "pkg:cargo/a-b@1.0.0-rc.1"),
        ("https://rubygems.org/downloads/jwt-0.1.8.gem", "pkg:gem/jwt@0.1.8"),
        ("https://rubygems.org/gems/i18n-js-3.0.11.gem", "pkg:gem/i18n-js@3.0.11"),
        ("https://hackage.haskell.org/package/pandoc-3.1.2/pandoc-3.1.2.tar.gz", "pkg:hackage/pandoc@3.1.2"),
        ("https://hackage.haskell.org/package/cli-extras-0.2/cli-extras-0.2.tar.gz", "pkg:hackage/cli-extras@0.2"),
        ("https://cpan.metacpan.org/authors/id/A/AB/ABC/Foo-Bar-0.039.tar.gz", "pkg:cpan/ABC/Foo-Bar@0.039"),
        ("https://www.cpan.org/authors/id/A/AB/ABC/Foo-v1.2.tar.gz", "pkg:cpan/ABC/Foo@1.2"),
        ("http://www.cpan.org/authors/id/A/AB/ABC/sub/Foo-1.2-TRIAL.tgz", "pkg:cpan/ABC/Foo@1.2"),
        *((f"https://{host}/packages/source/d/demo/demo-1.0.tar.gz", "pkg:pypi/demo@1.0") for host in PYPI),
    ],
)
def test_address_at_a_registry_or_forge_is_its_release(url, purl):
    found = find(url, names=(), versions=(), sha256="")
    expected = PackageURL.from_string(purl)
    assert found.purl.split("?")[0] == purl
    assert (found.name, found.version) == (expected.name, expected.version)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://github.com/o/r/archive/v1.2.3.tgz", "pkg:github/o/r@v1.2."),
        ("https://rubygems.org/downloads/nokogiri-1.6.0-x86-mingw32.gem", "pkg:gem/nokogiri-1.6.0-x86@mingw32"),
        ("https://static.crates.io/crates/ripgrep/other-14.1.0.crate", "pkg:cargo/ripgrep@14.1.0"),
    ],
)
def test_address_is_not_misread(url, wrong):
    assert find(url).purl != wrong


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "https://example.org/",
        "https://github.com/o",
        "https://github.com/o/r",
        "https://github.com/o/r.git",
        "https://github.com/o/r/issues",
        "https://github.com/o/r/releases",
        "https://github.com/o/r/releases/latest",
        "https://github.com/o/r/archive/refs/heads/main.tar.gz",
        "https://github.com/o/r/blob/v1/x.py",
        "https://gitlab.com/o/r",
        "https://gitlab.com/g/s/r",
        "https://gitlab.com/g/s/r.git",
        "https://gitlab.com/o/r/-/releases",
        "https://cran.r-project.org/package=jsonlite",
        "https://cran.r-project.org/src/contrib/jsonlite.tar.gz",
        "https://cran.r-project.org/src/contrib/Archive/jsonlite/",
        "https://crates.io/crates/ripgrep",
        "https://crates.io/api/v1/crates/ripgrep/download",
        "https://rubygems.org/gems/jwt",
        "https://rubygems.org/gems/jwt.gem",
        "https://rubygems.org/gems/i18n-js.gem",
        "https://hackage.haskell.org/package/pandoc",
        "https://hackage.haskell.org/package/cli-extras/",
        "https://cpan.metacpan.org/authors/id/A/AB/ABC/Foo.tar.gz",
        *(f"https://{host}/project/demo/" for host in PYPI),
    ],
)
def test_address_without_a_version_has_no_purl(url):
    assert find(url) == ("", "", "")


@pytest.mark.parametrize(
    ("file", "name", "version"),
    [
        ("demo-1.0.tar.gz", "demo", "1.0"),
        ("demo_1.0.tgz", "demo", "1.0"),
        ("demo1.0.zip", "demo", "1.0"),
        ("Demo-v1.0.tar.xz", "demo", "1.0"),
        ("demo-1.0-src.tar.gz", "demo", "1.0"),
        ("my-demo-1.0.tar.gz", "my_demo", "1.0"),
        ("c++-1.0.tar.gz", "c++", "1.0"),
    ],
)
def test_generic_purl_needs_name_and_version_in_the_file_name(file, name, version):
    found = find(f"https://example.org/{file}", names=("other", name), versions=("9", version))
    assert (found.name, found.version) == (name, version)
    assert found.purl == PackageURL("generic", None, name, version, {"checksum": f"sha256:{SHA256}"}).to_string()


@pytest.mark.parametrize(
    "path",
    [
        "1.0.tar.gz",
        "v1.0.tar.gz",
        "demo.tar.gz",
        "demo-1.0/source.tar.gz",
        "demo-1.0.1.tar.gz",
        "demo-11.0.tar.gz",
        "demo-1.0rc1.tar.gz",
        "demo-1.0-2.tar.gz",
        "demo-1x0.tar.gz",
        "demos-1.0.tar.gz",
        "libdemo-1.0.tar.gz",
        "demo-other-1.0.tar.gz",
        "",
    ],
)
def test_generic_purl_is_not_made_of_parts_of_words_or_of_folders(path):
    assert find(f"https://example.org/{path}") == ("", "", "")


@pytest.mark.parametrize(
    "missing", [{"names": ()}, {"names": ("",)}, {"versions": ()}, {"versions": ("",)}, {"sha256": ""}]
)
def test_generic_purl_needs_name_version_and_checksum(missing):
    assert find("https://example.org/demo-1.0.tar.gz").purl == f"pkg:generic/demo@1.0?{CHECKSUM}"
    assert find("https://example.org/demo-1.0.tar.gz", **missing) == ("", "", "")


def test_registry_or_forge_wins_over_generic_whatever_the_order():
    urls = ["https://example.org/demo-1.0.tar.gz", "https://github.com/o/demo/archive/v1.0.tar.gz"]
    assert find(*urls) == find(*reversed(urls)) == ("pkg:github/o/demo@v1.0", "demo", "v1.0")


def test_no_address_has_no_purl():
    assert find() == ("", "", "")


@pytest.mark.parametrize(
    ("url", "purl"),
    [
        ("https://github.com/o/r", f"pkg:github/o/r@{COMMIT}"),
        ("https://github.com/o/r/", f"pkg:github/o/r@{COMMIT}"),
        ("https://github.com/o/r.git", f"pkg:github/o/r@{COMMIT}"),
        ("https://gitlab.com/o/r.git", f"pkg:gitlab/o/r@{COMMIT}"),
        ("https://example.org/o/r.git", ""),
        ("https://github.com/o", ""),
        ("https://github.com/o/r/tree/main", ""),
        ("", ""),
    ],
)
def test_commit_purl_names_a_repository_of_a_forge(url, purl):
    assert commit_purl(url, COMMIT) == purl


@pytest.mark.parametrize("commit", ["", "v1.0", "main", COMMIT[:7], COMMIT.upper(), COMMIT + "0", COMMIT + "\n"])
def test_commit_purl_needs_a_full_commit(commit):
    assert commit_purl("https://github.com/o/r", commit) == ""
