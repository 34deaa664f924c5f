import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.identity.matchspec import MatchSpec, parse

spec_like = st.lists(
    st.sampled_from([*"ab1.*=<>!~|,[]'\" :;/#_-", "::", "==", " if ", "; if ", "version=", "build=", "when=", " py_0"]),
    max_size=20,
).map("".join)


@pytest.mark.parametrize(
    ("spec", "name", "version", "build"),
    [
        ("_libgcc_mutex 0.1 conda_forge", "_libgcc_mutex", "0.1", "conda_forge"),
        ("numpy 1.26.4", "numpy", "1.26.4", ""),
        ("numpy ==1.26", "numpy", "1.26", ""),
        ("numpy==1.26", "numpy", "1.26", ""),
        ("numpy == 1.26", "numpy", "1.26", ""),
        ("numpy 1!2.0.post1+cpu", "numpy", "1!2.0.post1+cpu", ""),
        ("numpy=1.26=py312_0", "numpy", "1.26", "py312_0"),
        ("numpy==1.26=py312_0", "numpy", "1.26", "py312_0"),
        ("numpy ==1.26 py312_0", "numpy", "1.26", "py312_0"),
        ("  numpy\t1.26   py312_0  ", "numpy", "1.26", "py312_0"),
        ("numpy 1.26 # a remark", "numpy", "1.26", ""),
        ("foo[version='==1.2',build=py_0]", "foo", "1.2", "py_0"),
        ("foo[version='1.2', build=\"py_0\"]", "foo", "1.2", "py_0"),
        ("foo[version=1.2]", "foo", "1.2", ""),
        ("foo 1.2[build=py_0]", "foo", "1.2", "py_0"),
        ("foo >1[version='==2']", "foo", "2", ""),
        ("foo 1.2[md5=abc]", "foo", "1.2", ""),
    ],
)
def test_version_and_build_are_given_where_the_spec_admits_exactly_one(spec, name, version, build):
    assert parse(spec) == MatchSpec(name, version, build)


@pytest.mark.parametrize(
    ("spec", "name", "version"),
    [
        ("pkg 1.2.3 *_cpython", "pkg", "1.2.3"),
        ("pkg 1.2.3 *", "pkg", "1.2.3"),
        ("pkg 1.2.3 ^py.*$", "pkg", "1.2.3"),
        ("pkg=1.2.3=py312*", "pkg", "1.2.3"),
        ("pkg==1.2.3=*", "pkg", "1.2.3"),
        ("pkg[version='1.2.3',build='*_cpython']", "pkg", "1.2.3"),
    ],
)
def test_build_is_open_where_the_spec_admits_several(spec, name, version):
    assert parse(spec) == MatchSpec(name, version)


@pytest.mark.parametrize(
    "spec",
    [
        "x",
        "x *",
        "x >=7.5.0",
        "x>=7.5.0",
        "x >= 7.5.0",
        "x 3.9.*",
        "x=1.26",
        "x=1.26.*",
        "x 1.8*",
        "x =1.2",
        "x = 1.2",
        "x >=1|<0",
        "x 1|2",
        "x 1 |2",
        "x 1 | 2",
        "x 1,2",
        "x >=1,<2",
        "x >=1, <2",
        "x !=1.2",
        "x ~=1.2",
        "x <2",
        "x > 1",
        "x ==1.26.*",
        "x * py_0",
        "x 3.9.* py_0",
        "x >=1 py_0",
        "x=1.26.*=py_0",
        "x 1 2 3 4",
        "x=",
        "x==",
        "x =",
        "x[build=py_0]",
        "x[version='>=1.2']",
        "x[version='=1.2']",
        "x[version='1.2|1.3']",
        "x[version='1.2.*',build=py_0]",
        "x 1.2[version='>1']",
        "x[extras=[a,b]]",
    ],
)
def test_version_and_build_are_open_where_the_spec_admits_several_versions(spec):
    assert parse(spec) == MatchSpec("x")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("conda-forge::numpy", MatchSpec("numpy", channel="conda-forge")),
        ("conda-forge/linux-64::numpy ==1.0", MatchSpec("numpy", "1.0", "", "conda-forge", "linux-64")),
        ("conda-forge/linux-64::numpy=1.26=py312*", MatchSpec("numpy", "1.26", "", "conda-forge", "linux-64")),
        ("numpy[channel=conda-forge,subdir=linux-64]", MatchSpec("numpy", "", "", "conda-forge", "linux-64")),
        ("https://example.org/main::numpy", MatchSpec("numpy", channel="https://example.org/main")),
    ],
)
def test_channel_and_subdir_are_read(spec, expected):
    assert parse(spec) == expected


@pytest.mark.parametrize(
    ("spec", "version"),
    [
        ("numpy >=1; if python <3.9", ""),
        ("numpy 1.0; if python <3.9", "1.0"),
        ("numpy ; if __unix", ""),
        ("numpy;if __unix", ""),
        ("numpy 1.0 ; if python[version='3.9']", "1.0"),
        ("numpy[when='python <3.9']", ""),
        ('numpy[version="==1.0",when="python <3.9"]', "1.0"),
        ("numpy[extras=[a],when='python <3.9']", ""),
    ],
)
def test_spec_with_a_condition_is_conditional(spec, version):
    assert parse(spec) == MatchSpec("numpy", version, conditional=True)


@pytest.mark.parametrize("condition", ["python[version='3.9']", "python[build=py_0]", "python ==3.9"])
def test_condition_says_nothing_of_the_version_or_build(condition):
    for spec in (f"numpy >=1; if {condition}", f'numpy[version=">=1",when="{condition}"]'):
        assert parse(spec)[:3] == ("numpy", "", "")


@pytest.mark.parametrize(
    ("spec", "virtual"),
    [("__glibc >=2.17", True), ("__unix", True), ("_libgcc_mutex 0.1", False), ("glibc", False), ("", False)],
)
def test_virtual_packages_are_known_by_their_name(spec, virtual):
    assert parse(spec).virtual == virtual


@pytest.mark.parametrize("spec", ["NumPy", "NUMPY >=1", "conda-forge::NumPy"])
def test_name_is_in_lower_case(spec):
    assert parse(spec).name == "numpy"


@pytest.mark.parametrize("spec", ["", "  ", "*", "=1.2", ">=1", "[name=x]", "# x", "/a/b.conda", "\u00fc", "; if x"])
def test_name_is_empty_where_none_can_be_read(spec):
    assert parse(spec).name == ""


@given(st.text(st.characters()) | spec_like)
def test_any_text_is_read_without_raising(spec):
    found = parse(spec)
    assert found.name == found.name.lower()
    assert not set(found.version + found.build) & set("*<>=|,~^ ")
    assert found.version or not found.build


@given(
    st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,10}", fullmatch=True),
    st.from_regex(r"[0-9][0-9a-z_.]{0,8}", fullmatch=True),
    st.from_regex(r"[0-9a-z][0-9a-z_.]{0,8}", fullmatch=True),
)
def test_three_plain_words_are_name_version_and_build(name, version, build):
    assert parse(f"{name} {version} {build}") == MatchSpec(name, version, build)
    assert parse(f"{name}=={version}={build}") == MatchSpec(name, version, build)
    assert parse(f"{name}[version='=={version}',build='{build}']") == MatchSpec(name, version, build)
