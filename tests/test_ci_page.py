"""The steps of docs/how-to/ci.md, run as their systems run them: on packages, and on names that mean harm."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import FIXTURES, INDEX, ROOT, conda, info_members

PAGE = (ROOT / "docs" / "how-to" / "ci.md").read_text()
HELLO = FIXTURES / "packages" / "noarch" / "hello-cb-1.2.3-1.conda"
SOURCES = FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.tar.bz2"
PEAR = FIXTURES / "packages" / "linux-64" / "pear-1.2-hb0f4dca_0.conda"


def blocks(section: str, language: str) -> list[str]:
    _, _, text = PAGE.partition(f"\n## {section}\n")
    return re.findall(rf"```{language}\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)


def tree(section: str) -> Any:
    (block,) = blocks(section, "yaml")
    return yaml.safe_load(block)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A folder with packages of two kinds, one of them without problems in a strict run."""
    for path in (HELLO, SOURCES):
        (tmp_path / "build" / path.parent.name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "build" / path.parent.name / path.name).write_bytes(path.read_bytes())
    return tmp_path / "build"


def bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script without the lines that install."""
    lines = [line for line in script.splitlines() if "pip install" not in line]
    return subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_github_uses_inputs_that_there_are() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (step,) = (s for s in tree("GitHub")["jobs"]["build"]["steps"] if "cf_sbom@" in s.get("uses", ""))
    assert set(step["with"]) <= set(action["inputs"])
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| .* \|(.*)\|$", PAGE, re.MULTILINE))
    assert set(listed) >= set(action["inputs"])
    for name, given in action["inputs"].items():
        if given.get("default"):
            assert listed[name].strip() == f"`{given['default']}`"


def test_gitlab(tmp_path: Path, build: Path) -> None:
    job = tree("GitLab")["sbom"]
    script = "set -eo pipefail\n" + "\n".join(job["script"])  # as GitLab's runner begins
    ran = bash(script, tmp_path, PACKAGES="build")
    assert ran.returncode == 0, ran.stderr
    assert json.loads((tmp_path / "sboms" / "result.json").read_bytes())["results"]
    (kept,) = job["artifacts"]["paths"]
    (report,) = job["artifacts"]["reports"]["cyclonedx"]
    assert sorted(p.name for p in tmp_path.glob(report)) == [f"{HELLO.name}.cdx.json", f"{SOURCES.name}.cdx.json"]
    assert all((tmp_path / line).is_relative_to(tmp_path / kept) for line in ran.stdout.splitlines())
    assert bash(script, tmp_path, PACKAGES=str(build.parent / "sboms")).returncode == 2, "nothing is found"
    (build / PEAR.name).write_bytes(PEAR.read_bytes())
    assert bash(script, tmp_path, PACKAGES="build").returncode == 1


def test_azure(tmp_path: Path, build: Path) -> None:
    step, publish = tree("Azure")["steps"]
    sboms = tmp_path / "staging area" / "sboms"
    assert step["env"]["SBOMS"] == publish["inputs"]["targetPath"]
    environment = {"PACKAGES": str(build), "SBOMS": str(sboms)}
    ran = bash(step["bash"], tmp_path, **environment)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.splitlines()[-1] == f"##vso[task.uploadsummary]{sboms}/summary.md"
    assert (sboms / "summary.md").read_text().count("<code>noarch/") == 2
    name = "##vso[task.setvariable variable=x]y"
    odd = conda(info_members(INDEX | {"depends": ["python", []]}, about={"license": name}))
    (build / f"{name}.conda").write_bytes(odd)
    ran = bash(step["bash"], tmp_path, **environment)
    assert ran.returncode == 1
    commands = [line for line in (ran.stdout + ran.stderr).splitlines() if re.search(r"##(vso)?\[", line)]
    assert commands == [f"##vso[task.uploadsummary]{sboms}/summary.md"]
    (build / "empty").mkdir()
    assert bash(step["bash"], tmp_path, **environment | {"PACKAGES": str(build / "empty")}).returncode == 2


def test_conda_forge(tmp_path: Path) -> None:
    (line,) = blocks("conda-forge", "bash")
    root = tmp_path / "feedstock root"
    places = {"noarch": HELLO, "linux-64": PEAR, "pkg_cache": SOURCES}
    for folder, path in places.items():
        (root / "build_artifacts" / folder).mkdir(parents=True)
        (root / "build_artifacts" / folder / path.name).write_bytes(path.read_bytes())
    environment = {"FEEDSTOCK_ROOT": str(root), "HOST_PLATFORM": "linux-64"}
    ran = bash(f"set -xeuo pipefail\n{line}", tmp_path, **environment)
    assert ran.returncode == 0
    made = {p.parent.name for p in root.rglob("*.cdx.json")}
    assert made == {"noarch", "linux-64"}
    assert "channel=conda-forge" in (root / "build_artifacts" / "noarch" / f"{HELLO.name}.cdx.json").read_text()
    ran = bash(f"set -xeuo pipefail\n{line}", tmp_path, **environment | {"FEEDSTOCK_ROOT": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (0, "no SBOMs\n"), "a build is not lost"
