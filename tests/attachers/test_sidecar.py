"""Documents beside the package: whole or not at all, and never over what is not ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cf_sbom.attachers.sidecar import attach, write
from cf_sbom.errors import AttachError
from cf_sbom.hookspecs import Options
from cf_sbom.model import Document

OURS = b'{"tools": {"components": [{"name": "cf-sbom"}]}}'
DOCUMENT = Document(format="f", version="1", media_type="m", suffix=".cdx.json", data=OURS, sha256="")


def test_the_name_follows_the_file_on_disk(tmp_path: Path) -> None:
    assert attach(tmp_path / "renamed", DOCUMENT, Options()) == tmp_path / "renamed.cdx.json"
    folder = tmp_path / "made" / "for it"
    assert attach(tmp_path / "x.conda", DOCUMENT, Options(output_dir=folder)) == folder / "x.conda.cdx.json"


def test_a_folder_named_by_a_dot_has_its_real_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo-1.0-0"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert attach(Path(), DOCUMENT, Options()) == tmp_path / "demo-1.0-0.cdx.json"


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
