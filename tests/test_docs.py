"""What the documentation says is run or compared."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from support import ROOT

from cf_sbom import schemas


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def test_generated_pages_are_those_of_the_code() -> None:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, page in module.PAGES.items():
        assert (ROOT / "docs" / "reference" / name).read_text() == page(), f"{name}: run `make docs`"


TUTORIAL = "docs/tutorial/first-extractor.md"


@pytest.fixture
def fresh(tmp_path: Path) -> dict[str, str]:
    """An environment of its own for a newcomer: it sees what is installed here, and installs nowhere else."""
    venv.create(tmp_path / "venv")
    place = tmp_path / "venv" / "bin"
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    here = sysconfig.get_path("purelib")
    (site / "seen.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    for command, module in (("pip", "pip"), ("cf-sbom", "cf_sbom"), ("pytest", "pytest")):
        script = place / command
        script.write_text(f'#!/bin/sh\nexec {place}/python -m {module} "$@"\n')
        script.chmod(0o755)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1"}  # 0 is pip's way to say so
    return {"PATH": f"{place}:/usr/bin:/bin", "COLUMNS": "120", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | offline


def test_the_tutorial_leads_where_it_says(tmp_path: Path, fresh: dict[str, str]) -> None:
    """Its files are written and its commands run in their order; `...` stands for anything."""
    folder = tmp_path / "cf-sbom-pub"
    folder.mkdir()
    steps = re.findall(r"```(\w+)(?: (\S+))?\n(.*?)```", (ROOT / TUTORIAL).read_text(), re.DOTALL)
    for language, name, text in steps:
        if name:
            (folder / name).write_text(text)
        elif language == "console":
            follow(text, folder, fresh)
    for path in (ROOT / "docs" / "example-plugin").glob("*.*"):
        assert (folder / path.name).read_text() == path.read_text(), "the page ends with the example"


def test_an_extractor_is_added_as_contributing_says(tmp_path: Path) -> None:
    """Its files are written into a copy of the tree, the line is added, and the checks of `make test` that look at it
    are run. In place of an installation there is what one leaves, a list of entry points."""
    tree = tmp_path / "tree"
    for name in ("cf_sbom", "docs", "tests", "schemas", "fixtures/members", "fixtures/packages"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    page = (ROOT / "CONTRIBUTING.md").read_text()
    for name, text in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        assert not (tree / name).exists()
        (tree / name).write_text(text)
    (line,) = re.findall(r"`\[project\.entry-points\.cf_sbom\]`: `(.*?)`", page)
    project = (ROOT / "pyproject.toml").read_text()
    section = "[project.entry-points.cf_sbom]\n"
    (tree / "pyproject.toml").write_text(project.replace(section, f"{section}{line}\n"))
    entries = project.partition(section)[2].partition("\n[")[0]
    installed = tmp_path / "site" / "cf_sbom-0.1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "entry_points.txt").write_text(f"[cf_sbom]\n{line}\n{entries}\n".replace('"', ""))
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: cf_sbom\nVersion: 0.1.0\n")
    checks = (
        "pytest -q tests/extractors/test_conan.py tests/test_testing.py::test_every_built_in_passes[conan]",
        "ruff check cf_sbom/extractors tests/extractors",
        "ruff format --check cf_sbom/extractors tests/extractors",
        "docs.generate",
        "cf_sbom plugins",
    )
    for check in checks:
        ran = subprocess.run(
            [sys.executable, "-m", *check.split()],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": f"{tree}:{installed.parent}", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{check}: {ran.stdout}{ran.stderr}"
    assert "Conan packages of conan.lock" in ran.stdout
    assert "| `conan` |" in (tree / "docs" / "reference" / "builtins.md").read_text()


def follow(block: str, folder: Path, environment: dict[str, str]) -> None:
    """Run the commands of a console block: each line below one must be printed by it."""
    for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        ran = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, env=environment
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        printed = [line.rstrip() for line in (ran.stdout + ran.stderr).splitlines()]
        for line in shown.splitlines():
            if line.strip() != "...":
                pattern = re.escape(line.rstrip()).replace(r"\.\.\.", ".*")
                assert any(re.fullmatch(pattern, one) for one in printed), f"{command}: {line}: {printed}"


def test_every_settings_key_is_an_option() -> None:
    from cf_sbom.faces.cli.generate import command
    from cf_sbom.faces.cli.where import command as where

    keys = json.loads((ROOT / "schemas" / "config.schema.json").read_bytes())["properties"]
    options = {opt.lstrip("-") for p in (*command.params, *where.params) for opt in p.opts}
    assert set(keys) <= options


def test_the_catalog_pins_what_is_installed() -> None:
    for entry in schemas.catalog():
        spec = importlib.util.find_spec(entry["package"])
        assert spec is not None
        assert spec.submodule_search_locations
        data = Path(spec.submodule_search_locations[0], *entry["path"].split("/")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], entry["path"]


@pytest.mark.parametrize("name", schemas.OWN)
def test_our_own_schemas_are_schemas(name: str) -> None:
    import jsonschema_rs

    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_bytes())
    assert jsonschema_rs.meta.is_valid(schema)
    assert schemas.own(name)


def test_a_schema_of_other_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from cf_sbom.errors import DocumentError

    monkeypatch.setattr(schemas, "_read", lambda package, path: b"{}")
    schemas.official.cache_clear()
    with pytest.raises(DocumentError, match="is not the one that"):
        schemas.official("spdx-json", "2.3")
    schemas.official.cache_clear()


def test_the_policy_of_the_how_to_is_one() -> None:
    from cf_sbom.policies import parse
    from cf_sbom.policies.judging import RULES, demanded

    (text,) = blocks("docs/how-to/check.md", "toml policy.toml")
    assert demanded(parse(text.encode())) == list(RULES)


def anchors(page: Path) -> set[str]:
    """What a forge calls the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text()):
            there = page.parent / target if target else page
            assert there.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(there), f"{page.name}: {target}#{anchor}"


def test_every_variable_is_in_the_reference() -> None:
    """Those that options have are found in click's objects; others are named in the code."""
    text = "".join((ROOT / "docs" / "reference" / f"{page}.md").read_text() for page in ("settings", "command-line"))
    code = "".join(path.read_text() for path in (ROOT / "cf_sbom").rglob("*.py") if path.name != "conda_plugin.py")
    asked = set(re.findall(r"environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"", code)) | set(
        re.findall(r"\"(CF_SBOM_\w+)\"", code)
    )
    completion = {"COMP_WORDS", "COMP_CWORD"}  # from the shell, while it completes a word
    for name in asked - completion - {"CF_SBOM_INTERFACE"}:
        assert f"`{name}`" in text, name


def test_every_schema_of_ours_has_a_page() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "reference" / "schemas").glob("*.md")} - {"index"}
    assert pages == {path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").glob("*.schema.json")} - {
        "config"
    }
