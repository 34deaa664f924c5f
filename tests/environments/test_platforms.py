"""What the platform of an environment decides, whoever read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from indexes import part, sbom
from prefixes import dist, make_prefix, record

from cf_sbom.answers.environment import merge_environment
from cf_sbom.environments import Entry, Environment
from cf_sbom.environments.locks import read_lock
from cf_sbom.environments.prefix import read_prefix
from cf_sbom.hookspecs import Options
from cf_sbom.joining.opened import Opened
from cf_sbom.limits import Limits

BASE = "https://conda.anaconda.org/conda-forge"
NAMES = {"app": "linux-64", "mac": "osx-64", "libz": "linux-64", "tool": "noarch"}
NEEDS = {"app": ["mac", "tool"], "mac": ["libz", "tool"], "tool": ["mac"], "libz": []}


def url(name: str) -> str:
    return f"{BASE}/{NAMES[name]}/{name}-1.0-h0_0.conda"


def prefix(folder: Path) -> Environment:
    records = [record(name, NEEDS[name], subdir=subdir) for name, subdir in NAMES.items()]
    return read_prefix(make_prefix(folder / "env", records), "", Limits())


def pixi(folder: Path) -> Environment:
    listed = "".join(f"      - conda: {url(name)}\n" for name in NAMES)
    packages = "".join(f"- conda: {url(name)}\n  depends: [{', '.join(needs)}]\n" for name, needs in NEEDS.items())
    text = f"version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n{listed}packages:\n{packages}"
    return locked(folder / "pixi.lock", text)


def conda_lock(folder: Path) -> Environment:
    packages = "".join(
        f"- name: {name}\n  version: '1.0'\n  manager: conda\n  platform: linux-64\n  url: {url(name)}\n"
        f"  dependencies: {{{', '.join(f'{need}: any' for need in needs)}}}\n"
        for name, needs in NEEDS.items()
    )
    return locked(folder / "conda-lock.yml", f"version: 1\nmetadata: {{}}\npackage:\n{packages}")


def explicit(folder: Path) -> Environment:
    return locked(folder / "explicit.txt", "# platform: linux-64\n@EXPLICIT\n" + "\n".join(map(url, NAMES)))


def locked(path: Path, text: str) -> Environment:
    path.write_text(text)
    (found,) = read_lock(path, Limits())
    return found


@pytest.mark.parametrize("read", [prefix, pixi, conda_lock, explicit])
def test_no_edge_crosses_platforms(tmp_path: Path, read: Callable[[Path], Environment]) -> None:
    found = read(tmp_path)
    assert {entry.component.name for entry in found.entries} == set(NAMES)
    (said,) = (p for p in found.problems if p.severity == "conflict")
    assert said.reason == "mac-1.0-h0_0.conda is for osx-64, the environment for linux-64: nothing of it is linked"
    merged = merge_environment(found, (), Options(limits=Limits())).sbom
    names = {c.ref: c.name for c in merged.components}
    edges = {(names[r.source], names[r.target]) for r in merged.relations if r.kind == "depends_on"}
    assert edges == (set() if read is explicit else {("app", "tool")})
    assert {names[r.target] for r in merged.relations if r.kind == "contains"} == set(NAMES)


def test_no_edge_that_documents_tell_crosses_either(tmp_path: Path) -> None:
    def told(entry: Entry) -> Opened:
        name = entry.component.name
        return Opened(part=sbom(name, *(part(f"pkg:conda/{need}", "depends_on") for need in NEEDS[name])))

    merged = merge_environment(explicit(tmp_path), (told,), Options(limits=Limits())).sbom
    names = {c.ref: c.name for c in merged.components}
    assert {(names[r.source], names[r.target]) for r in merged.relations if r.kind == "depends_on"} == {("app", "tool")}


@pytest.mark.parametrize(
    ("marker", "python", "needed"),
    [
        ("", "3.12.4", True),
        (" ; sys_platform == 'win32'", "3.12.4", False),
        (" ; sys_platform == 'linux'", "3.12.4", True),
        (" ; python_version < '3.8'", "3.12.4", False),
        (" ; python_version < '3.8'", "", True),
        (" ; platform_python_implementation == 'PyPy'", "3.12.4", True),
    ],
)
def test_what_python_needs_elsewhere_is_no_edge(tmp_path: Path, marker: str, python: str, needed: bool) -> None:
    files = dist("click", "8.0", f"Requires-Dist: colorama{marker}") | dist("colorama", "0.4")
    records = [record("libz"), *([record("python", version=python)] if python else [])]
    found = read_prefix(make_prefix(tmp_path / "env", records, files), "", Limits())
    merged = merge_environment(found, (), Options(limits=Limits())).sbom
    names = {c.ref: c.name for c in merged.components}
    edges = {(names[r.source], names[r.target]) for r in merged.relations if r.kind == "depends_on"}
    assert (("click", "colorama") in edges) is needed
