import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from cf_sbom.identity.purl import channel_name, conda_purl, without_version

ARTIFACT = {"version": "1.2", "build": "py_0", "subdir": "linux-64", "archive": "conda"}
QUALIFIERS = "build=py_0&subdir=linux-64&type=conda"
styles = st.sampled_from(["spec", "cep159"])
archives = st.sampled_from(["", "conda", "tar.bz2"])
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}|_[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
versions = st.from_regex(r"([0-9]!)?[0-9][0-9a-z_.+]{0,12}", fullmatch=True)
builds = st.from_regex(r"[0-9A-Za-z_.+]{0,12}", fullmatch=True)
channels = st.sampled_from(
    ["", "conda-forge", "conda-forge/label/dev", "main", "https://example.org/a/b", "My Channel"]
)


@pytest.mark.parametrize(
    ("arguments", "purl"),
    [
        ({}, "pkg:conda/numpy"),
        ({"version": "1.2"}, "pkg:conda/numpy@1.2"),
        (ARTIFACT, f"pkg:conda/numpy@1.2?{QUALIFIERS}"),
        (
            {**ARTIFACT, "channel": "conda-forge"},
            "pkg:conda/numpy@1.2?build=py_0&channel=conda-forge&subdir=linux-64&type=conda",
        ),
        ({"channel": "conda-forge"}, "pkg:conda/numpy?channel=conda-forge"),
        ({**ARTIFACT, "version": "", "channel": "main"}, "pkg:conda/numpy?channel=main"),
        ({**ARTIFACT, "version": ""}, "pkg:conda/numpy"),
        ({"version": "1", "archive": "tar.bz2"}, "pkg:conda/numpy@1?type=tar.bz2"),
        ({"version": "1!2.0+cpu"}, "pkg:conda/numpy@1%212.0%2Bcpu"),
        ({"channel": "https://conda.anaconda.org/conda-forge/"}, "pkg:conda/numpy?channel=conda-forge"),
        ({"channel": "https://repo.anaconda.com/pkgs/main"}, "pkg:conda/numpy?channel=main"),
        (
            {"channel": "https://example.org/a/b"},
            "pkg:conda/numpy?channel=a/b&repository_url=https://example.org",
        ),
    ],
)
def test_style_spec_has_the_channel_as_a_qualifier(arguments, purl):
    assert conda_purl("numpy", **arguments) == purl


@pytest.mark.parametrize(
    ("arguments", "purl"),
    [
        ({}, "pkg:conda/numpy"),
        (ARTIFACT, f"pkg:conda/numpy@1.2?{QUALIFIERS}"),
        ({**ARTIFACT, "channel": "conda-forge"}, f"pkg:conda/conda-forge/numpy@1.2?{QUALIFIERS}"),
        ({"channel": "conda-forge"}, "pkg:conda/conda-forge/numpy"),
        ({**ARTIFACT, "version": "", "channel": "bioconda"}, "pkg:conda/bioconda/numpy"),
        ({"channel": "https://conda.anaconda.org/conda-forge"}, "pkg:conda/conda-forge/numpy"),
        ({"channel": "conda-forge/label/dev"}, "pkg:conda/conda-forge/label/dev/numpy"),
        ({"channel": "main"}, "pkg:conda/numpy?repository_url=https://repo.anaconda.com/pkgs/main"),
        ({"channel": "https://example.org/a/b"}, "pkg:conda/numpy?repository_url=https://example.org/a/b"),
    ],
)
def test_style_cep159_has_the_channel_as_the_namespace(arguments, purl):
    assert conda_purl("numpy", **arguments, style="cep159") == purl


@pytest.mark.parametrize("style", ["spec", "cep159"])
@pytest.mark.parametrize(
    "name",
    ["", "__glibc", "__unix", "NumPy", "-a", ".a", "a b", "a/b", "a@1", "a?b", "a#b", "a\n", "\u00fc", "a" * 129],
)
def test_virtual_or_malformed_name_has_no_purl(name, style):
    assert conda_purl(name, **ARTIFACT, channel="conda-forge", style=style) == ""


@pytest.mark.parametrize("name", ["a", "_a", "0ad", "a.b-c_d", "a" * 128])
def test_well_formed_name_is_kept(name):
    assert conda_purl(name) == f"pkg:conda/{name}"


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("conda-forge", "conda-forge"),
        ("https://conda.anaconda.org/conda-forge", "conda-forge"),
        ("https://conda.anaconda.org/conda-forge/label/dev/", "conda-forge/label/dev"),
        ("https://repo.anaconda.com/pkgs/main/", "main"),
        ("https://repo.anaconda.com/pkgs/r", "r"),
        ("https://repo.anaconda.com/pkgs/msys2", "msys2"),
        ("https://conda.anaconda.org/", "https://conda.anaconda.org"),
        ("https://example.org/a/b/", "https://example.org/a/b"),
    ],
)
def test_channel_name_shortens_well_known_addresses_only(channel, name):
    assert channel_name(channel) == name
    assert channel_name(name) == name


@given(names, versions | st.just(""), builds, st.sampled_from(["", "noarch", "linux-64"]), channels, archives, styles)
def test_purl_says_what_was_given_and_reads_back_equal(name, version, build, subdir, channel, archive, style):
    purl = conda_purl(name, version, build, subdir=subdir, channel=channel, archive=archive, style=style)
    read = PackageURL.from_string(purl)
    assert read.to_string() == purl
    assert (read.type, read.name, read.version or "", read.subpath) == ("conda", name, version, None)
    artifact = {"build": build, "subdir": subdir, "type": archive} if version else {}
    assert {k: v for k, v in read.qualifiers.items() if k not in ("channel", "repository_url")} == {
        k: v for k, v in artifact.items() if v
    }
    assert style == "cep159" or read.namespace is None
    assert list(read.qualifiers) == sorted(read.qualifiers)


@given(names, st.text(), st.text(), st.text(), st.text().filter(lambda c: "://" not in c), archives, styles)
def test_purl_of_odd_texts_reads_back_equal(name, version, build, subdir, channel, archive, style):
    purl = conda_purl(name, version, build, subdir=subdir, channel=channel, archive=archive, style=style)
    assert PackageURL.from_string(purl).to_string() == purl


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad"),
        ("pkg:npm/%40scope/a@1.0.0", "pkg:npm/%40scope/a"),
        ("pkg:golang/golang.org/x/net@v0.38.0", "pkg:golang/golang.org/x/net"),
        ("pkg:pypi/Some_Name@1", "pkg:pypi/some-name"),
        ("pkg:conda/zlib@1.3?build=0&subdir=linux-64&type=conda", "pkg:conda/zlib"),
        ("pkg:maven/g/a@1?classifier=x&type=jar", "pkg:maven/g/a?classifier=x"),
        ("pkg:generic/a", "pkg:generic/a"),
        ("no purl", ""),
    ],
)
def test_a_purl_without_its_version(purl: str, expected: str) -> None:
    assert without_version(purl) == expected


@given(
    st.sampled_from(["npm", "pypi", "golang", "cargo", "gem", "generic"]),
    st.from_regex(r"(?:%40)?[a-z0-9][a-z0-9.-]{0,6}", fullmatch=True),
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,6}", fullmatch=True),
)
def test_a_plain_purl_is_what_parsing_makes_of_it(kind: str, namespace: str, name: str) -> None:
    purl = f"pkg:{kind}/{namespace}/{name}@1.0"
    assert without_version(purl) == PackageURL.from_string(purl)._replace(version=None).to_string()
