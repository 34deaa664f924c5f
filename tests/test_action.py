"""The GitHub action: its own shell, run as a runner runs it, on packages of every kind and name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from support import FIXTURES, INDEX, ROOT, conda, info_members, real_packages

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: dict[str, dict[str, Any]] = {step.get("id", "upload"): step for step in ACTION["runs"]["steps"]}
EXPRESSION = re.compile(r"\$\{\{ (inputs|steps)\.([a-z-]+)(?:\.outputs\.([a-z]+))? \}\}")


@dataclass
class Job:
    """What a run of the action left: outputs of its steps, the job summary, what the log shows and what it obeyed."""

    inputs: dict[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    status: int = 0

    def value(self, text: str) -> str:
        """A text with its expressions replaced, as the runner does it."""

        def one(found: re.Match[str]) -> str:
            kind, name, output = found.groups()
            return self.inputs[name] if kind == "inputs" else self.outputs.get(name, {}).get(output, "")

        return EXPRESSION.sub(one, text)

    def paths(self) -> list[str]:
        return self.value(ACTION["outputs"]["paths"]["value"]).splitlines()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "a workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def runner(tmp_path: Path, workspace: Path) -> Callable[..., Job]:
    """Run steps of the action in the workspace; without the installing one, the tree's own Python stands for it."""
    temporary = tmp_path / "runner temp"
    temporary.mkdir()

    def run(*steps: str, environment: dict[str, str] | None = None, **inputs: str) -> Job:
        defaults = {name: given.get("default", "") for name, given in ACTION["inputs"].items()}
        job = Job(defaults | {name.replace("_", "-"): value for name, value in inputs.items()})
        job.outputs["install"] = {"python": sys.executable}
        for step in steps or ("generate",):
            output, summary, script = (tmp_path / f"{step}.{kind}" for kind in ("output", "summary", "sh"))
            output.write_text("")
            summary.write_text("")
            script.write_text(STEPS[step]["run"])
            assert STEPS[step]["shell"] == "bash"
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
                cwd=workspace,
                env={
                    "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                    "GITHUB_ACTION_PATH": str(ROOT),
                    "GITHUB_OUTPUT": str(output),
                    "GITHUB_STEP_SUMMARY": str(summary),
                    "RUNNER_TEMP": str(temporary),
                }
                | {name: job.value(text) for name, text in STEPS[step]["env"].items()}
                | (environment or {}),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            job.log = ran.stdout.decode().splitlines()
            job.commands += obeyed(job.log)
            job.outputs[step] = written(output.read_text())
            job.summary += summary.read_text()
            job.status = ran.returncode
            if job.status:
                break
        return job

    return run


def obeyed(log: list[str]) -> list[str]:
    """The workflow commands that a runner would carry out."""
    found, stopped = [], ""
    for line in log:
        command = re.match(r"\s*::([^:\s]+)[^:]*::(.*)", line) or re.search(r"##\[([^\]\s]+)[^\]]*\](.*)", line)
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
        elif command and command[1] == "stop-commands":
            stopped = command[2]
        elif command:
            found.append(command[0])
    assert not stopped, "commands are read again at the end"
    return found


def written(text: str) -> dict[str, str]:
    """The outputs in a GITHUB_OUTPUT file."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, rest = re.fullmatch(r"([^=<]+)(=|<<)(.*)", line).groups()  # type: ignore[union-attr]
        if sign == "<<":
            found[name] = "\n".join(iter(lines.__next__, rest))
        else:
            found[name] = rest
    return found


def cells(markdown: str) -> list[list[str]]:
    """The rows of the table, as a reader of Markdown shows them; nothing in it may be a link, an image or a script."""
    tokens = MarkdownIt("js-default", {"html": True}).enable("table").parse(markdown)
    rows: list[list[str]] = []
    for token, inside in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(shown(inside.children or []))
    return rows


def shown(children: list[Any]) -> str:
    for child in children:
        if child.type == "html_inline":
            assert child.content in ("<code>", "</code>", "<wbr>", "<sub>", "</sub>", "<b>", "</b>")
        else:
            assert child.type in ("text", "text_special", "strong_open", "strong_close"), child
    return "".join(child.content for child in children if child.type.startswith("text"))


def put(path: Path, data: bytes | Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
    return path.name


HELLO = FIXTURES / "packages" / "noarch" / "hello-cb-1.2.3-1.conda"
PEAR = FIXTURES / "packages" / "linux-64" / "pear-1.2-hb0f4dca_0.conda"


def test_the_packages_of_a_build(runner: Callable[..., Job], workspace: Path) -> None:
    for path in FIXTURES.glob("packages/*/*"):
        put(workspace / "build" / path.parent.name / path.name, path)
    job = runner(packages="build/**/*.conda\nbuild/*/*.tar.bz2\n", supplier="Example Team <team@example.org>")
    made = sorted(p.relative_to(workspace).as_posix() for p in workspace.rglob("*.json"))
    assert job.status == 0
    assert job.commands == []
    assert sorted(job.paths()) == made
    assert len(made) == 2 * len(list(FIXTURES.glob("packages/*/*")))
    document = json.loads((workspace / job.paths()[0]).read_bytes())
    assert document["metadata"]["supplier"]["name"] == "Example Team"
    result = json.loads(Path(job.value(ACTION["outputs"]["result"]["value"])).read_bytes())
    assert [f"{Path(d['path']).as_posix()}" for r in result["results"] for d in r["documents"]] == job.paths()
    head, *rows = cells(job.summary)
    assert head[:2] == ["package", "carries"]
    assert [row[0] for row in rows] == [
        f"{r['package']['subdir']}/{r['package']['filename']}" for r in result["results"]
    ]
    pear = next(row for row in rows if "/pear-" in row[0])
    assert pear[1:5] == ["63", "7", "32", "144 B (0.1 %)"]
    assert pear[5] == "MIT"
    assert "GPL-3.0-only" in pear[6]


@pytest.mark.skipif(not real_packages(), reason="no folder of real packages (CF_SBOM_REAL_PACKAGES)")
def test_real_packages(runner: Callable[..., Job], workspace: Path) -> None:
    wanted = sorted(real_packages(), key=lambda p: (p.stat().st_size, p))[:6]
    for path in wanted:
        put(workspace / "build" / path.parent.name / path.name, path)
    job = runner(packages="build/**/*.conda\nbuild/**/*.tar.bz2", channel="conda-forge", formats="spdx-json@2.3")
    assert (job.status, job.commands) == (0, [])
    assert len(job.paths()) == len(wanted) == len(cells(job.summary)) - 1
    assert all("channel=conda-forge" in (workspace / path).read_text() for path in job.paths())


def test_formats_and_a_folder_of_their_own(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / "with a blank" / HELLO.name, HELLO)
    job = runner(packages="with a blank/*.conda", formats="cyclonedx-json@1.7\ncyclonedx-xml\n", output_dir="out of it")
    assert job.paths() == [f"out of it/{HELLO.name}.cdx.json", f"out of it/{HELLO.name}.cdx.xml"]
    assert json.loads((workspace / job.paths()[0]).read_bytes())["specVersion"] == "1.7"


def test_order_and_repetition_do_not_matter(runner: Callable[..., Job], workspace: Path) -> None:
    for name in ("b/2", "a/10", "a/9", "c"):
        put(workspace / f"{name}.conda", HELLO)
    job = runner(packages="c.conda\n**/*.conda\n*/*.conda", formats="spdx-json")
    assert job.paths() == [f"{name}.conda.spdx.json" for name in ("c", "a/10", "a/9", "b/2")]


@pytest.mark.parametrize("packages", ["build/*.conda", "", "\n \n", "build/**/*.conda\nother/x.conda"])
def test_nothing_found_is_an_error(runner: Callable[..., Job], workspace: Path, packages: str) -> None:
    put(workspace / "build" / "README.md", b"# nothing here")
    job = runner(packages=packages)
    assert job.status == 2
    assert job.paths() == []
    assert job.summary == ""
    assert all(f"cf-sbom: nothing matches {line!r}" in job.log for line in packages.split("\n") if line.strip())
    assert any("no target" in line for line in job.log)


def test_a_glob_that_finds_nothing_is_told(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / HELLO.name, HELLO)
    job = runner(packages="*.conda\n*.tar.bz2")
    assert job.status == 0
    assert "cf-sbom: nothing matches '*.tar.bz2'" in job.log


def test_a_strict_run_fails_and_tells_all_the_same(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / HELLO.name, HELLO)
    assert runner(packages="*.conda", strict="true").status == 0
    put(workspace / PEAR.name, PEAR)
    job = runner(packages="*.conda", strict="true")
    assert job.status == 1
    assert len(job.paths()) == 4
    assert "32 problems" in job.summary
    assert any("THIRDPARTY.yml" in line for line in job.log)
    assert runner(packages="*.conda", strict="false").status == 0


def test_what_cannot_be_read_is_told(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / HELLO.name, HELLO)
    put(workspace / "broken.conda", b"no archive")
    job = runner(packages="*.conda")
    assert job.status == 3
    assert len(job.paths()) == 2
    assert "1 target could not be read" in job.summary


def test_any_other_option_is_taken_from_the_environment(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / PEAR.name, PEAR)
    job = runner(packages="*.conda", environment={"CF_SBOM_MAX_UNEXPLAINED": "0"})
    assert job.status == 1
    assert any("is unexplained, more than 0 %" in line for line in job.log)


NAMES = (
    "$(touch pwned).conda",
    "`touch pwned`; touch pwned #.conda",
    "'\"; touch pwned; '.conda",
    "::error::title.conda",
    "##[add-mask]x.conda",
    "| a | <img src=x onerror=alert(1)> [x](javascript:1) www.example.org a@example.org.conda",
    "two\nlines=1\npaths<<EOF.conda",
    "[x].conda",
    "-o spdx-json=pwned.conda",
    "\u202egnp.conda",
    "}}${{ github.token }}.conda",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_means_anything(runner: Callable[..., Job], workspace: Path, name: str) -> None:
    odd = conda(info_members(INDEX | {"name": name.lower(), "depends": [name, []]}, about={"license": name}))
    put(workspace / "build" / name, odd)
    job = runner(packages="build/*", strict="true")
    assert job.status == 1, job.log
    assert job.commands == []
    assert not list(workspace.rglob("pwned*"))
    made = sorted(p.name for p in workspace.rglob("*.json"))
    assert made == [f"{name}.cdx.json", f"{name}.spdx.json"]
    assert set(job.outputs["generate"]) == {"paths", "result"}
    escaped = name.replace("\n", "\\n").replace("\u202e", "\\u202e")
    assert job.paths() == [f"build/{escaped}.cdx.json", f"build/{escaped}.spdx.json"]
    head, row = cells(job.summary)
    assert len(row) == len(head)
    for token in MarkdownIt("js-default", {"html": True}).enable("table").parse(job.summary):
        shown(token.children or [])


def test_modules_of_the_workspace_are_not_imported(runner: Callable[..., Job], workspace: Path) -> None:
    put(workspace / HELLO.name, HELLO)
    for name in ("glob.py", "secrets.py", "cf_sbom.py", "venv.py", "pip.py", "click.py"):
        (workspace / name).write_text("raise SystemExit(77)\n")
    assert runner(packages="*.conda").status == 0


def test_installing(runner: Callable[..., Job], workspace: Path) -> None:
    """Offline: what the tree needs is seen where the tests run, and pip is told to look nowhere else."""
    put(workspace / HELLO.name, HELLO)
    here = sysconfig.get_path("purelib")
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1", "PYTHONPATH": here}
    job = runner("install", environment=offline)
    assert job.status == 0, job.log
    python = Path(job.outputs["install"]["python"])
    assert python.is_file()
    (site,) = (python.parent.parent / "lib").glob("python*/site-packages")
    assert (site / "cf_sbom" / "schemas" / "catalog.json").is_file()
    (site / "seen.pth").write_text(f"{here}\n")
    assert runner("install", "generate", environment=offline, packages="*.conda").status == 0
    failed = runner("install", environment=offline, version="0.0.1; touch pwned")
    assert failed.status != 0
    assert not list(workspace.rglob("pwned*"))


def test_an_old_python_is_told(runner: Callable[..., Job], tmp_path: Path) -> None:
    for name in ("python3", "python"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    job = runner("install", environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert job.status == 1
    assert job.log == ["cf-sbom: no Python 3.10 or newer; actions/setup-python brings one"]


def test_nothing_is_pasted_into_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
        assert step.get("run", "set -euo pipefail\n").startswith("set -euo pipefail\n")


def test_uploading() -> None:
    step = STEPS["upload"]
    assert re.fullmatch(r"actions/upload-artifact@[0-9a-f]{40}", step["uses"])
    assert "!cancelled()" in step["if"], "a strict run that fails uploads what was made"
    job = Job({"upload": "sboms"}, {"generate": {"paths": "a.cdx.json\nb c.spdx.json"}})
    assert job.value(step["with"]["path"]) == "a.cdx.json\nb c.spdx.json"
    assert job.value(step["with"]["name"]) == "sboms"


@pytest.mark.parametrize("path", [ROOT / "action.yml", *ROOT.glob(".github/workflows/*.yml")], ids=lambda p: p.name)
def test_actions_of_others_are_pinned(path: Path) -> None:
    text = path.read_text()
    assert yaml.safe_load(text)
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert all(
        re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) and " # v" in tag for name, tag in used if name != "./"
    )
    scripts = re.findall(r"run: (.*\n(?: {10,}.*\n)*)", text)
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_the_workflow_uses_inputs_that_there_are() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text())
    (step,) = (s for s in workflow["jobs"]["action"]["steps"] if s.get("uses") == "./")
    assert set(step["with"]) <= set(ACTION["inputs"])
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert workflow["jobs"]["tests"]["strategy"]["matrix"]["python"] == classifiers


def test_every_input_and_output_is_used_and_told() -> None:
    text = (ROOT / "action.yml").read_text()
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text()
    assert {name for kind, name, _ in EXPRESSION.findall(text) if kind == "inputs"} | {"upload"} == set(
        ACTION["inputs"]
    )
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"`{name}`" in page
