"""What the documentation says is run or compared."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from support import FIXTURES, ROOT, conda, info_members

from cf_sbom import schemas
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import load


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


def test_the_extractor_of_the_contributing_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("my_lua")
    (code,) = blocks("CONTRIBUTING.md", "python")
    exec(compile(code, "my_lua", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, "my_lua", module)
    original = __import__("cf_sbom.plugins", fromlist=["entry_points"]).entry_points
    added = EntryPoint("lua", "my_lua", "cf_sbom")
    monkeypatch.setattr("cf_sbom.plugins.entry_points", lambda **wanted: [*original(**wanted), added])
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"share/lua/penlight-1.14.0-1.rockspec": b""}))
    sbom = describe(path, Options(), load()).sbom
    assert "pkg:luarocks/penlight@1.14.0" in {c.purl for c in sbom.components}


@pytest.mark.parametrize("block", blocks("README.md", "console"), ids=lambda b: b.splitlines()[0][:60])
def test_commands_of_the_readme_print_what_it_shows(block: str, tmp_path: Path) -> None:
    """Each `$ ` line is run in a folder with the package of the fixtures; its output stands below it, `...` cuts it."""
    for package in FIXTURES.glob("packages/*/*.conda"):
        shutil.copy(package, tmp_path)
    for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "COLUMNS": "100"},
        )
        printed = [line.rstrip() for line in (ran.stdout + ran.stderr).splitlines()]
        for line in shown.splitlines():
            if line.strip() != "...":
                assert line.rstrip() in printed, f"{command}: {line}"


def test_every_settings_key_is_an_option() -> None:
    from cf_sbom.faces.cli.generate import command

    keys = json.loads((ROOT / "schemas" / "config.schema.json").read_bytes())["properties"]
    options = {opt.lstrip("-") for p in command.params for opt in p.opts}
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


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
