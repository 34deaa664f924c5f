"""Documents beside the package: where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_sbom.attachers.sidecar import attach
from cf_sbom.hookspecs import Options
from cf_sbom.model import Document

DOCUMENT = Document(format="f", version="1", media_type="m", suffix=".cdx.json", data=b'{"name": "cf-sbom"}', sha256="")


def test_the_name_follows_the_file_on_disk(tmp_path: Path) -> None:
    assert attach(tmp_path / "renamed", DOCUMENT, Options()) == tmp_path / "renamed.cdx.json"
    folder = tmp_path / "made" / "for it"
    assert attach(tmp_path / "x.conda", DOCUMENT, Options(output_dir=folder)) == folder / "x.conda.cdx.json"


def test_a_folder_named_by_a_dot_has_its_real_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo-1.0-0"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert attach(Path(), DOCUMENT, Options()) == tmp_path / "demo-1.0-0.cdx.json"
