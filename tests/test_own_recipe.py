"""recipe/recipe.yaml, rendered by rattler-build: it is the project of pyproject.toml, bound by bound."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from rattler_build import PlatformConfig, RenderConfig, Stage0Recipe
from support import ROOT

from cf_sbom.about import VERSION

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPE = ROOT / "recipe" / "recipe.yaml"
TREE = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = TREE["project"]

# What is called how on conda-forge, one line for each dependency: a new one is looked up there before it gets a line.
NAMES = {
    "PyYAML": "pyyaml",
    "ahocorasick-rs": "ahocorasick-rs",
    "click": "click",
    "conda-package-streaming": "conda-package-streaming",
    "cyclonedx-python-lib": "cyclonedx-python-lib",
    "hatchling": "hatchling",
    "jsonschema-rs": "jsonschema-rs",
    "lib4sbom": "lib4sbom",
    "license-expression": "license-expression",
    "lxml": "lxml",
    "orjson": "orjson",
    "packageurl-python": "packageurl-python",
    "packaging": "packaging",
    "pluggy": "pluggy",
    "rich": "rich",
    "tomli": "tomli",
}


def rendered(platform: str = "linux-64") -> dict[str, Any]:
    config = RenderConfig(platform=PlatformConfig(target_platform=platform, build_platform="linux-64"))
    (variant,) = Stage0Recipe.from_file(str(RECIPE)).render(render_config=config)
    tree: dict[str, Any] = variant.recipe.to_dict()
    return tree


def wanted(words: list[str]) -> dict[str, set[str]]:
    """Bounds by conda name. Markers are left out: a noarch package has no condition on its Python."""
    requirements = map(Requirement, words)
    return {NAMES[r.name]: {str(s) for s in r.specifier} for r in requirements}


def given(specs: list[str]) -> dict[str, set[str]]:
    return {name: set(filter(None, bounds.split(","))) for name, _, bounds in (spec.partition(" ") for spec in specs)}


@pytest.mark.parametrize("platform", ["linux-64", "linux-aarch64", "osx-arm64", "win-64"])
def test_dependencies(platform: str) -> None:
    tree = rendered(platform)
    assert given(tree["requirements"]["run"]) == wanted(PROJECT["dependencies"]) | {
        "python": {PROJECT["requires-python"]}
    }
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert given(tree["requirements"]["host"]) == wanted(TREE["build-system"]["requires"]) | {
        "python": {f"{lowest}.*"},
        "pip": set(),
    }
    assert "build" not in tree["requirements"], "nothing is compiled"


def test_what_it_is() -> None:
    tree = rendered()
    assert tree["package"] == {"name": PROJECT["name"], "version": VERSION}
    assert tree["build"]["noarch"] == "python"
    scripts = [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert tree["build"]["python"]["entry_points"] == scripts
    assert PROJECT["description"].startswith(tree["about"]["summary"])
    assert tree["about"]["license"] == PROJECT["license"]
    assert tree["about"]["license_file"] == PROJECT["license-files"]
    assert all((ROOT / name).is_file() for name in tree["about"]["license_file"])
    assert (RECIPE.parent / tree["source"][0]["path"]).resolve() == ROOT


def test_the_tests_ask_for_commands_that_there_are() -> None:
    commands = [line for test in rendered()["tests"] for line in test.get("script", ())]
    assert {line.split()[0] for line in commands} == set(PROJECT["scripts"])
    assert yaml.safe_load(RECIPE.read_text())["tests"][0]["python"]["pip_check"]
    assert not re.search(r"\$\{\{", str(rendered()["tests"]))
