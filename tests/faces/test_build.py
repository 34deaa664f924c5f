"""`cf-sbom build` with py-rattler-build behind the name rattler-build, and with builders that only seem to build."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support import FIXTURES, ROOT

from cf_sbom.limits import Limits
from cf_sbom.validate import validate

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the builders here are shell scripts")

RECIPE = FIXTURES / "recipes" / "demo-py"
PACKAGE = FIXTURES / "packages" / "noarch" / "hello-cb-1.2.3-1.conda"
CF_SBOM = [sys.executable, "-m", "cf_sbom"]


class Ran(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder on the path with a rattler-build in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    add_builder(folder, "rattler-build", f'exec {sys.executable} {ROOT / "tests/standins/rattler.py"} "$@"')
    return folder


def add_builder(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def environment(bin_folder: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": f"{bin_folder}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path / "home"),
        "RATTLER_CACHE_DIR": str(tmp_path / "cache"),
    }


@pytest.fixture
def build(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Ran]:
    """Run `cf-sbom build` in an empty folder: words before -- are ours, the command is the builder's."""
    work = tmp_path / "work"
    work.mkdir()

    def call(command: str, *ours: object, **more: str) -> Ran:
        words = [*CF_SBOM, "build", *map(str, ours), "--", *shlex.split(command)]
        ran = subprocess.run(words, capture_output=True, text=True, check=False, env=environment | more, cwd=work)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return call


def found(folder: Path, pattern: str = "*.json") -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob(pattern) if p.name != "repodata.json")


def test_documents_for_what_rattler_build_makes(build: Callable[..., Ran], tmp_path: Path) -> None:
    ran = build(
        f"rattler-build build --recipe {RECIPE} --output-dir out", "--supplier", "Example <https://example.org>"
    )
    assert ran.status == 0, ran.err
    (package,) = (tmp_path / "work" / "out" / "noarch").glob("demo-py-1.4.2-*.conda")
    documents = [f"{package}.cdx.json", f"{package}.spdx.json"]
    assert ran.out.splitlines()[0] == "building demo-py", "the builder's own output comes first and as it is"
    assert ran.out.splitlines()[-2:] == documents
    for path in documents:
        verdict = validate(Path(path).read_bytes(), Limits())
        assert verdict.valid, verdict.reasons
    bom = json.loads(Path(documents[0]).read_bytes())
    assert bom["metadata"]["component"]["name"] == "demo-py"
    assert bom["metadata"]["supplier"]["name"] == "Example"
    assert len(bom["metadata"]["component"]["hashes"]) >= 1


@pytest.mark.parametrize(
    ("words", "environment_", "folder"),
    [
        ("", {}, "output"),
        ("", {"CONDA_BLD_PATH": "elsewhere"}, "elsewhere"),
        ("--output-dir=named", {"CONDA_BLD_PATH": "elsewhere"}, "named"),
    ],
)
def test_wherever_it_puts_them(
    build: Callable[..., Ran], tmp_path: Path, words: str, environment_: dict[str, str], folder: str
) -> None:
    ran = build(f"rattler-build build --recipe {RECIPE} {words}", "-o", "cyclonedx-json", **environment_)
    assert ran.status == 0, ran.err
    (document,) = (tmp_path / "work" / folder / "noarch").glob("*.cdx.json")
    assert ran.out.splitlines()[-1] == str(document)


def test_a_tar_bz2_and_an_output_dir(build: Callable[..., Ran], tmp_path: Path) -> None:
    command = f"rattler-build build --recipe {RECIPE} --package-format tar-bz2"
    ran = build(command, "--output-dir", "sboms", "-o", "spdx-json")
    assert ran.status == 0, ran.err
    (name,) = found(tmp_path / "work" / "sboms")
    assert name.endswith(".tar.bz2.spdx.json")
    assert found(tmp_path / "work" / "output") == [n for n in found(tmp_path / "work" / "output") if "cdx" not in n]


def test_a_second_build_is_new_again_and_what_is_not_built_is_not(build: Callable[..., Ran], tmp_path: Path) -> None:
    command = f"rattler-build build --recipe {RECIPE}"
    assert build(command).status == 0
    documents = found(tmp_path / "work" / "output", "*.conda.*.json")
    assert len(documents) == 2
    for name in documents:
        (tmp_path / "work" / "output" / name).unlink()
    ran = build("true", "--built", "output")
    assert (ran.status, ran.out, ran.err) == (0, "", "cf-sbom: nothing new was built\n")
    assert build("true", "--built", "output", "--quiet").err == ""
    assert found(tmp_path / "work" / "output", "*.conda.*.json") == []
    assert build(command).status == 0
    assert found(tmp_path / "work" / "output", "*.conda.*.json") == documents


def test_a_failed_build_keeps_its_status_and_gets_nothing(
    build: Callable[..., Ran], tmp_path: Path, bin_folder: Path
) -> None:
    recipe = tmp_path / "bad" / "recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text("package: {name: bad, version: '1'}\nbuild: {noarch: generic, script: 'exit 9'}\n")
    ran = build(f"rattler-build build --recipe {recipe}")
    assert ran.status == 1
    assert "cf-sbom" not in ran.err
    add_builder(bin_folder, "conda-build", f"mkdir -p bld/noarch; cp {PACKAGE} bld/noarch; exit 5")
    assert build("conda-build r --croot bld") == (5, "", "")
    assert found(tmp_path / "work" / "bld", "*") == ["noarch", f"noarch/{PACKAGE.name}"]


def test_what_a_builder_sets_aside_as_broken_gets_nothing(
    build: Callable[..., Ran], tmp_path: Path, bin_folder: Path
) -> None:
    add_builder(bin_folder, "conda-build", f"mkdir -p bld/broken; cp {PACKAGE} bld/broken")
    assert build("conda-build r --croot bld") == (0, "", "cf-sbom: nothing new was built\n")


@pytest.fixture
def odd_builder(bin_folder: Path, tmp_path: Path) -> str:
    """One whose package cannot be read."""
    add_builder(bin_folder, "conda-build", "mkdir -p bld/noarch; echo no package > bld/noarch/x-1-0.conda")
    return "conda-build r --croot bld"


def test_a_failed_generation_after_a_good_build_is_a_warning(build: Callable[..., Ran], odd_builder: str) -> None:
    ran = build(odd_builder)
    assert (ran.status, ran.out) == (0, "")
    assert ran.err.startswith("cf-sbom: warning: x-1-0.conda: not a conda package")
    assert len(ran.err.splitlines()) == 1


def test_unless_strict(build: Callable[..., Ran], odd_builder: str, bin_folder: Path) -> None:
    ran = build(odd_builder, "--strict")
    assert ran.status == 3
    assert ran.err.startswith("cf-sbom: x-1-0.conda: not a conda package")
    pear = next(FIXTURES.glob("packages/*/pear-*.conda"))  # it has problems
    add_builder(bin_folder, "conda-build", f"mkdir -p bld/noarch; cp {pear} bld/noarch")
    lenient = build(odd_builder)
    assert lenient.status == 0
    assert all(line.startswith(f"cf-sbom: {pear.name}: ") for line in lenient.err.splitlines())
    assert build(odd_builder, "--strict").status == 1


def test_a_document_of_others_is_not_overwritten(build: Callable[..., Ran], tmp_path: Path, bin_folder: Path) -> None:
    place = tmp_path / "work" / "bld" / "noarch"
    place.mkdir(parents=True)
    (place / f"{PACKAGE.name}.cdx.json").write_text("{}")
    add_builder(bin_folder, "conda-build", f"cp {PACKAGE} bld/noarch")
    ran = build("conda-build r --croot bld")
    assert ran.status == 0
    assert "warning" in ran.err
    assert "was not made by cf-sbom" in ran.err
    assert (place / f"{PACKAGE.name}.cdx.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "put the builder's command behind --"),
        (("conda-build", "r"), "put the builder's command behind --"),
        (("--",), "put the builder's command behind --"),
        (("-o", "nonsense", "--", "rattler-build", "build"), "nonsense"),
        (("-o", "spdx-json=x", "--", "rattler-build", "build"), "-o FORMAT=PATH is for one package"),
        (("-o", "spdx-json=-", "--", "rattler-build", "build"), "-o FORMAT=PATH is for one package"),
        (("--limit", "x", "--", "rattler-build", "build"), "--limit"),
        (("--", "make", "packages"), "where make puts its packages is not known"),
    ],
)
def test_usage_errors_come_before_the_build(
    tmp_path: Path, environment: dict[str, str], bin_folder: Path, words: tuple[str, ...], said: str
) -> None:
    for name in ("rattler-build", "conda-build", "make"):
        add_builder(bin_folder, name, f"touch {tmp_path}/started")
    ran = subprocess.run([*CF_SBOM, "build", *words], capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 2
    assert said in " ".join(ran.stderr.split())
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [("absent-builder", 127, "No such file or directory"), ("./not-a-program", 126, "Permission denied")],
)
def test_what_does_not_start(build: Callable[..., Ran], tmp_path: Path, command: str, status: int, said: str) -> None:
    (tmp_path / "work" / "not-a-program").write_text("")
    assert build(command, "--built", ".") == (status, "", f"cf-sbom: {command}: {said}\n")


def test_the_builder_keeps_its_words_and_learns_that_the_plugin_has_nothing_to_do(
    build: Callable[..., Ran], bin_folder: Path
) -> None:
    add_builder(bin_folder, "conda-build", 'printf "<%s>" "$CONDA_PLUGINS_CF_SBOM_ENABLED" "$@"; echo; cat')
    ran = build("conda-build --debug --strict -o 'a b' -- --debug --croot bld")
    assert ran.out == "<false><--debug><--strict><-o><a b><--><--debug><--croot><bld>\n"
    assert ran.status == 0


def test_a_signal_ends_the_builder_and_nothing_is_written(
    tmp_path: Path, environment: dict[str, str], bin_folder: Path
) -> None:
    add_builder(bin_folder, "conda-build", f"mkdir -p bld/noarch; cp {PACKAGE} bld/noarch; echo there; exec sleep 60")
    words = [*CF_SBOM, "build", "--", "conda-build", "r", "--croot", "bld"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == ""
    assert process.returncode == 128 + signal.SIGTERM
    assert found(tmp_path / "bld") == []


def test_settings_of_the_environment_and_the_working_folder(build: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "work" / "cf-sbom.toml").write_text('output = ["cyclonedx-xml"]\nchannel = "from-file"\n')
    ran = build(f"rattler-build build --recipe {RECIPE}", CF_SBOM_CHANNEL="from-environment")
    assert ran.status == 0, ran.err
    (document,) = (tmp_path / "work" / "output" / "noarch").glob("*.cdx.xml")
    assert "channel=from-environment" in document.read_text()


def test_each_output_of_a_recipe(build: Callable[..., Ran], tmp_path: Path) -> None:
    outputs = [
        {"package": {"name": f"two-{name}"}, "build": {"noarch": "generic", "script": "true"}} for name in ("a", "b")
    ]
    recipe = tmp_path / "two" / "recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text(json.dumps({"recipe": {"name": "two", "version": "1"}, "outputs": outputs}))
    ran = build(f"rattler-build build --recipe {recipe}", "-o", "cyclonedx-json")
    assert ran.status == 0, ran.err
    packages = found(tmp_path / "work" / "output" / "noarch", "*.conda")
    assert len(packages) == 2
    assert found(tmp_path / "work" / "output" / "noarch", "*.cdx.json") == [f"{name}.cdx.json" for name in packages]


def test_several_packages_and_a_summary(build: Callable[..., Ran], tmp_path: Path, bin_folder: Path) -> None:
    packages = sorted(FIXTURES.glob("packages/*/multi-cb-*.conda"))
    copies = "; ".join(f"mkdir -p bld/{p.parent.name}; cp {p} bld/{p.parent.name}" for p in packages)
    add_builder(bin_folder, "conda-build", copies)
    ran = build("conda-build r --croot bld", "--summary", "result.json", "-o", "cyclonedx-json")
    assert ran.status == 0, ran.err
    assert sorted(Path(line).name for line in ran.out.splitlines()) == [
        f"{p.name}.cdx.json" for p in sorted(packages, key=lambda p: p.name)
    ]
    results = json.loads((tmp_path / "work" / "result.json").read_bytes())["results"]
    assert sorted(Path(r["target"]).name for r in results) == sorted(p.name for p in packages)


def test_the_same_bytes_as_generate_writes(build: Callable[..., Ran], tmp_path: Path, bin_folder: Path) -> None:
    add_builder(bin_folder, "conda-build", f"mkdir -p bld/noarch; cp {PACKAGE} bld/noarch")
    assert build("conda-build r --croot bld").status == 0
    copy = shutil.copy(PACKAGE, tmp_path)
    subprocess.run([*CF_SBOM, "generate", copy], check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)})
    for suffix in (".cdx.json", ".spdx.json"):
        assert (
            Path(f"{copy}{suffix}").read_bytes()
            == (tmp_path / "work" / "bld" / "noarch" / f"{PACKAGE.name}{suffix}").read_bytes()
        )
