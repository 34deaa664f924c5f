"""--prefix: dependencies resolved by what is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import INDEX, info_members

from cf_sbom import properties as names
from cf_sbom.errors import TargetError
from cf_sbom.generate import Description

SHA = "ab" * 32


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    folder = tmp_path / "env" / "conda-meta"
    folder.mkdir(parents=True)
    record = {
        "name": "python",
        "version": "3.12.1",
        "build": "h1_0",
        "subdir": "linux-64",
        "channel": "https://conda.anaconda.org/conda-forge/linux-64",
        "url": "https://conda.anaconda.org/conda-forge/linux-64/python-3.12.1-h1_0.conda",
        "fn": "python-3.12.1-h1_0.conda",
        "sha256": SHA,
        "license": "Python-2.0",
    }
    (folder / "python-3.12.1-h1_0.json").write_text(json.dumps(record))
    (folder / "broken.json").write_text("{")
    (folder / "history").write_text("")
    return tmp_path / "env"


def test_a_dependency_becomes_the_exact_package(described: Callable[..., Description], prefix: Path) -> None:
    sbom = described(info_members(INDEX | {"depends": ["python >=3.10", "numpy"]}), prefix=prefix).sbom
    python = next(c for c in sbom.components if c.name == "python")
    assert python.purl == "pkg:conda/python@3.12.1?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert [d.value for d in python.digests] == [SHA]
    assert [lic.expression for lic in python.licenses] == ["Python-2.0"]
    assert {o.path for o in python.occurrences} == {"info/index.json", "conda-meta/python-3.12.1-h1_0.json"}
    assert [r.specs for r in sbom.relations if r.target == python.ref] == [("python >=3.10",)]
    assert [(p.path, p.severity) for p in sbom.problems if p.by == "environment"] == [
        ("conda-meta", "gap"),
        ("conda-meta/broken.json", "damage"),
    ]
    assert (names.CHANNEL, "conda-forge") in python.properties


def test_a_folder_that_is_no_environment_is_told(described: Callable[..., Description], tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="no conda environment"):
        described(prefix=tmp_path)
