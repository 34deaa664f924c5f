"""Whether what an environment has meets a need, against another reader of match specs."""

from __future__ import annotations

from typing import Any

import pytest

from cf_sbom import properties as names
from cf_sbom.environments import Entry
from cf_sbom.environments.versions import meets
from cf_sbom.model import Component, Ref
from cf_sbom.requirements import Requirement

SPECS = (
    "a",
    "a *",
    "a 1.0",
    "a =1.0",
    "a ==1.0",
    "a=1.0=h1_0",
    "a 1.0 h1_0",
    "a 1.*",
    "a 1.0.* py310*",
    "a * *_0",
    "a >=1.0,<2.0a0",
    "a >=1.2.0rc1,<1.3",
    "a ~=1.4.2",
    "a !=1.0.*",
    "a !=1.5",
    "a >=1.2|<0.5",
    "a 1.2.*|1.3.*",
    "a <1.0.post1",
    "a 2.*,>=2.1",
    "a >1!0.5",
    "a[version='>=1.2', build='h1*']",
)
VERSIONS = (
    "0.4",
    "1",
    "1.0",
    "1.0.0",
    "1.0a0",
    "1.0rc1",
    "1.0.post1",
    "1.2.0",
    "1.3",
    "1.4.10",
    "1.5",
    "2.0",
    "2.1",
    "1!1",
)
BUILDS = ("h0_0", "h1_0", "py310h1234567_0")


def there(version: str, build: str = "", kind: str = "conda", stem: str = "a") -> Entry:
    stated = ((names.BUILD, build),) if build else ()
    component = Component(ref=Ref("a"), kind="library", name="a", version=version, properties=stated)
    return Entry(component=component, place="", names=(f"{kind}:a",), stem=stem)


def need(spec: str, kind: str = "conda") -> Requirement:
    return Requirement(name=f"{kind}:a", spec=spec, field="")


@pytest.mark.parametrize("spec", SPECS)
def test_conda_specs_are_met_as_rattler_has_it(spec: str) -> None:
    rattler: Any = pytest.importorskip("rattler")
    from rattler.package.build_string import BuildString

    wanted = rattler.MatchSpec(spec)
    for version in VERSIONS:
        for build in BUILDS:
            record = rattler.PackageRecord(
                name="a", version=version, build=BuildString(build), build_number=0, subdir="linux-64"
            )
            assert meets(there(version, build), need(spec)) == wanted.matches(record), (spec, version, build)


@pytest.mark.parametrize("spec", ["a (odd", "a 1.*.2", "a ^1.*$", "a 1.0 ^h.*$", "a " + "x" * 2000, "a (1|2),3"])
def test_what_cannot_be_read_counts_as_met(spec: str) -> None:
    assert meets(there("1.0", "h0_0"), need(spec))


@pytest.mark.parametrize(
    ("spec", "met"),
    [
        ("a", True),
        ("a>=1,<2", True),
        ("a[x] (>=1)", True),
        ("a @ https://example.org/a.zip", True),
        ("a~=1.4", True),
        ("a>2; python_version>'3'", True),
        ("a<<1", True),
        ("a>=2", False),
        ("a==1.4.*", False),
    ],
)
def test_python_specs(spec: str, met: bool) -> None:
    assert meets(there("1.5", kind="pypi", stem=""), need(spec, "pypi")) == met
    assert meets(there("1.5", kind="pypi", stem="a-1.5-0"), need(spec, "pypi"))
    assert meets(there("not a version", kind="pypi", stem=""), need(spec, "pypi"))
