"""Shell completion through the console script: click's protocol for zsh and fish, bash itself for bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from support import ROOT

from cf_sbom.faces.cli import COMMANDS
from cf_sbom.limits import Limits

SCRIPTS = Path(sys.executable).parent
FORMATS = ["cyclonedx-json", "cyclonedx-json@1.6", "cyclonedx-json@1.7"]


def run(words: list[str], folder: Path, **environment: str) -> str:
    """Standard output; standard error must stay empty, as it would land in the user's prompt."""
    path = {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        words, cwd=folder, env=os.environ | path | environment, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    return ran.stdout


def offered(line: str, folder: Path) -> list[str]:
    """What zsh is told for a line whose end is completed: values, or `file` where the shell looks itself."""
    out = run(
        ["cf-sbom"],
        folder,
        _CF_SBOM_COMPLETE="zsh_complete",
        COMP_WORDS=line,
        COMP_CWORD=str(len(line.split()) - (not line.endswith(" "))),
    )
    lines = out.splitlines()
    return [value if kind == "plain" else kind for kind, value in zip(lines[::3], lines[1::3], strict=False)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cf-sbom ", sorted(COMMANDS)),
        ("cf-sbom va", ["validate"]),
        ("cf-sbom --ver", ["--version"]),
        ("cf-sbom generate --output-", ["--output-dir"]),
        ("cf-sbom generate -o cyclonedx-j", FORMATS),
        ("cf-sbom generate -o spdx-json --output cyclonedx-j", FORMATS),
        ("cf-sbom generate -o cyclonedx-json@1.7", ["cyclonedx-json@1.7"]),
        ("cf-sbom generate -o cyclonedx-json=x", ["file"]),
        ("cf-sbom generate --disable li", ["license_files", "license_lists", "licenses", "linkage"]),
        ("cf-sbom validate --limit ", [f"{f.name}=" for f in fields(Limits)]),
        ("cf-sbom show --color ", ["auto", "always", "never"]),
        ("cf-sbom show --build-packages ", ["all", "none"]),
        ("cf-sbom generate ", ["file"]),
        ("cf-sbom generate --strict --quiet x.conda y", ["file"]),
        ("cf-sbom show x", ["file"]),
        ("cf-sbom generate --summary ", ["file"]),
        ("cf-sbom generate --output-dir ", ["dir"]),
    ],
)
def test_what_is_offered(line: str, expected: list[str], tmp_path: Path) -> None:
    found = offered(line, tmp_path)
    assert (sorted(found) if line == "cf-sbom " else found) == expected


def test_settings_of_the_folder_are_not_read_to_complete(tmp_path: Path) -> None:
    (tmp_path / "cf-sbom.toml").write_text("nonsense")
    assert offered("cf-sbom generate --strict -o cyclonedx-j", tmp_path) == FORMATS


def test_fish_gets_values_with_their_meaning(tmp_path: Path) -> None:
    out = run(
        ["cf-sbom"],
        tmp_path,
        _CF_SBOM_COMPLETE="fish_complete",
        COMP_WORDS="cf-sbom generate -o spdx-j",
        COMP_CWORD="spdx-j",
    )
    assert out.splitlines() == ["plain,spdx-json\tSPDX JSON", "plain,spdx-json@2.3\tSPDX JSON"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_that_its_shell_understands(shell: str, tmp_path: Path) -> None:
    script = run(["cf-sbom"], tmp_path, _CF_SBOM_COMPLETE=f"{shell}_source")
    assert f"_CF_SBOM_COMPLETE={shell}_complete" in script
    assert f"_CF_SBOM_COMPLETE={shell}_source cf-sbom" in (ROOT / "docs" / "how-to" / "completion.md").read_text()
    if shutil.which(shell):
        run([shell, "-n", "-c", script] if shell != "fish" else [shell, "--no-execute", "-c", script], tmp_path)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("cf-sbom gen", "gen", ["generate"]),
        ("cf-sbom generate -o cyclonedx-j", "cyclonedx-j", FORMATS),
        ("cf-sbom generate -o cyclonedx-json@", "", ["1.6", "1.7"]),
        ("cf-sbom generate -o cyclonedx-json@1.7", "1.7", ["1.7"]),
        ("cf-sbom generate --output=cyclonedx-j", "cyclonedx-j", FORMATS),
        ("cf-sbom generate --output=cyclonedx-json@1.7", "1.7", ["1.7"]),
        ("cf-sbom generate --limit field", "field", ["field_length="]),
        ("cf-sbom show 'a b' --color ne", "ne", ["never"]),
    ],
)
def test_bash_replaces_only_what_it_takes_for_the_word(
    line: str, word: str, expected: list[str], tmp_path: Path
) -> None:
    """Bash breaks words at `=` and `@`; the second argument of the function is what it will replace."""
    script = """
        compopt() { :; }
        eval "$(_CF_SBOM_COMPLETE=bash_source cf-sbom)"
        COMP_LINE=$1 COMP_POINT=${#1}
        _cf_sbom_completion cf-sbom "$2"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert run(["bash", "-c", script, "-", line, word], tmp_path).splitlines() == expected


def test_a_plugin_that_cannot_be_loaded_breaks_no_prompt(tmp_path: Path) -> None:
    info = tmp_path / "bad-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[cf_sbom]\nbad = bad_module_that_is_not_there\n")
    environment = {"_CF_SBOM_COMPLETE": "zsh_complete", "PYTHONPATH": str(tmp_path)}
    for words in ("cf-sbom generate -o ", "cf-sbom generate --disable "):
        assert run(["cf-sbom"], tmp_path, COMP_WORDS=words, COMP_CWORD="3", **environment).strip() == ""
