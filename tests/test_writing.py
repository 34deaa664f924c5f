"""Files appear whole or not at all, and never over what is not ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import fixture_packages

from cf_sbom.errors import AttachError
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry, load
from cf_sbom.writing import ours_or_absent, write

OURS = b'{"tools": {"components": [{"name": "cf-sbom"}]}}'


@pytest.fixture(params=["unnamed", "named"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With files that have no name until they are whole, and as where there are none."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


def test_ours_is_replaced_and_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert write(path, OURS, force=False).read_bytes() == OURS
    assert write(path, OURS + b"\n", force=False).read_bytes() == OURS + b"\n"
    path.write_bytes(b'{"tools": "another"}')
    with pytest.raises(AttachError, match="--force overwrites it"):
        write(path, OURS, force=False)
    assert path.read_bytes() == b'{"tools": "another"}'
    assert write(path, OURS, force=True).read_bytes() == OURS


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    write(tmp_path / "a.json", OURS, force=False)
    (tmp_path / "d.json").mkdir()
    with pytest.raises(AttachError):
        write(tmp_path / "d.json", OURS, force=True)
    assert sorted(os.listdir(tmp_path)) == ["a.json", "d.json"]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(OURS)
    link = tmp_path / "a.json"
    link.symlink_to(target)
    write(link, OURS + b" ", force=False)
    assert not link.is_symlink()
    assert target.read_bytes() == OURS


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AttachError, match="cannot be written"):
        write(tmp_path / "file" / "a.json", OURS, force=False)


def test_what_a_killed_write_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    write(tmp_path / "a.json", OURS, force=False)
    probe = tmp_path / "probe"
    stem = _temporary_name(tmp_path / "a.json")
    old, young, other = (tmp_path / name for name in (f"{stem}.1.part", f"{stem}.2.part", ".cf-sbom.0.1.part"))
    for path in (old, young, other, probe):
        path.write_bytes(b"half")
    then = probe.stat().st_mtime - 7200
    os.utime(old, (then, then))
    os.utime(other, (then, then))
    write(tmp_path / "a.json", OURS, force=False)
    assert not old.exists()
    assert young.exists(), "another process may be at work on it"
    assert other.exists(), "it belongs to another file"


def _temporary_name(path: Path) -> str:
    """The start of the temporary names of a file, seen in the folder while it is written."""
    seen: list[str] = []
    original = Path.replace

    def look(self: Path, target: Path) -> Path:
        seen.append(self.name)
        return original(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", look)
        write(path, OURS, force=True)
    return seen[0].rsplit(".", 2)[0]


@pytest.mark.parametrize("output", [(e.name, v) for e in load().emitters for v in e.versions], ids="@".join)
def test_a_document_of_any_format_is_known_as_ours(output: tuple[str, str], tmp_path: Path, registry: Registry) -> None:
    options = Options(outputs=(output,), list_files=True)
    (document,) = render(describe(fixture_packages()[0], options, registry), options, registry)
    path = tmp_path / "document"
    path.write_bytes(document.data)
    assert ours_or_absent(path)
