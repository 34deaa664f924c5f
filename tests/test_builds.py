"""Where builders put packages, told from their command lines, and which packages are new."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cf_sbom.building.builds import new, output_folders, snapshot
from cf_sbom.errors import SettingsError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "environment", "folder"),
    [
        ("conda-build r --output-folder out", {}, "out"),
        ("conda-build r --output-folder=out", {}, "out"),
        ("conda-build r --output-fold out", {}, "out"),
        ("conda-build --output --croot bld r", {}, "bld"),
        ("conda-build --cro=bld r", {}, "bld"),
        ("conda-build --croot bld --output-folder out r", {}, "out"),
        ("conda-build --output-folder a r --output-folder b", {}, "b"),
        ("conda-build --croot bld r", {"CONDA_BLD_PATH": "env"}, "bld"),
        ("conda-build r", {"CONDA_BLD_PATH": "env"}, "env"),
        ("/opt/x/bin/conda-build r --croot bld", {}, "bld"),
        ("C:\\x\\Scripts\\conda-build.exe r --croot bld", {}, "bld"),
        ("conda build r --croot bld", {}, "bld"),
        ("conda -v build r --croot ~/bld", {}, "home/bld"),
        ("conda.bat build r --croot bld", {}, "bld"),
        ("mamba build r --croot bld", {}, "bld"),
        ("python -m conda build r --croot bld", {}, "bld"),
        ("/opt/bin/python3.11 -I -m conda_build.cli.main_build r --croot bld", {}, "bld"),
        ("rattler-build build -r r", {}, "output"),
        ("rattler-build build -r r --output-dir out", {}, "out"),
        ("rattler-build --verbose build --output-dir=out", {"CONDA_BLD_PATH": "env"}, "out"),
        ("rattler-build build -r r", {"CONDA_BLD_PATH": "env"}, "env"),
        ("make packages", {"CONDA_BLD_PATH": "env"}, "env"),
    ],
)
def test_the_output_folder(place: Path, words: str, environment: dict[str, str], folder: str) -> None:
    assert output_folders(words.split(), environment) == [place / folder]


@pytest.mark.parametrize("words", ["make packages", "conda install x", "python build.py", "pixi build"])
def test_an_unknown_builder_is_asked_for(words: str) -> None:
    with pytest.raises(SettingsError, match=f"where {words.split()[0]} puts its packages is not known"):
        output_folders(words.split(), {})


def test_conda_build_itself_says_what_its_default_is(place: Path) -> None:
    for name, text in (
        ("conda-build", "#!/bin/sh\n"),
        ("python", "#!/bin/sh\necho noise\necho /somewhere/conda-bld\n"),
    ):
        program = place / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    environment = {"PATH": str(place / "bin")}
    assert output_folders(["conda-build", "r"], environment) == [Path("/somewhere/conda-bld")]
    (place / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    assert output_folders(["conda-build", "r"], environment) == [place / "conda-bld", place / "home" / "conda-bld"]


def test_new_is_what_was_written_in_a_subdir_or_right_in_the_folder(place: Path) -> None:
    old = [place / "out" / p for p in ("noarch/a-1-0.conda", "linux-64/b-1-0.tar.bz2", "linux-64/c-1-0.conda")]
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"old")
    before = snapshot([place / "out", place / "absent"])
    assert sorted(before) == sorted(old)
    assert new(before, snapshot([place / "out"])) == []
    for name in (
        "osx-arm64/d-1-0.conda",
        "e-1-0.conda",
        "broken/f-1-0.conda",
        "bld/g-1-0.conda",
        "src_cache/h-1-0.conda",
        "tiny_1795542655177/work/i-1-0.conda",
        "linux-64/repodata.json",
        "linux-64/a-1-0.conda.cdx.json",
        "linux-64/.cache/j-1-0.conda",
    ):
        path = place / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"new")
    (place / "out" / "noarch" / "dangling-1-0.conda").symlink_to("nowhere")
    (place / "out" / "noarch" / "folder-1-0.conda").mkdir()
    found = new(before, snapshot([place / "out"]))
    assert found == [place / "out" / "e-1-0.conda", place / "out" / "osx-arm64" / "d-1-0.conda"]


def test_a_package_written_anew_is_new(place: Path) -> None:
    path = place / "noarch" / "a-1-0.conda"
    path.parent.mkdir()
    path.write_bytes(b"same")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    before = snapshot([place])
    other = path.with_name("other")
    other.write_bytes(b"same")
    os.utime(other, ns=times)
    other.replace(path)
    assert new(before, snapshot([place])) == [path], "the same size and time, and another file"
    before = snapshot([place])
    path.chmod(stat.S_IRUSR)
    assert new(before, snapshot([place])) == []
