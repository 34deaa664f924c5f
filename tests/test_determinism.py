"""Same package, same options: the same bytes, whatever the machine is set to."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, fixture_packages, tar_bz2

from cf_sbom import properties as names
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.model import Component, Sbom
from cf_sbom.plugins import Registry, load

PACKAGE = FIXTURES / "packages" / "linux-64" / "linkage-demo-v1-0.4.0-hb0f4dca_2.conda"


def generate(folder: Path, *arguments: str, **environment: str) -> dict[str, str]:
    """The sha256 of each document that a process of its own writes."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CF_SBOM", "SOURCE_DATE", "LC_", "LANG", "TZ"))}
    command = [sys.executable, "-m", "cf_sbom", "generate", "--output-dir", str(folder), *arguments, str(PACKAGE)]
    subprocess.run(command, check=True, capture_output=True, env=clean | environment)
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2"},
        {"TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"COLUMNS": "20", "NO_COLOR": "1", "HOME": "/nonexistent"},
    ],
    ids=str,
)
def test_the_environment_does_not_matter(tmp_path: Path, environment: dict[str, str]) -> None:
    assert generate(tmp_path / "a") == generate(tmp_path / "b", **environment)


def test_source_date_epoch_is_honoured_and_an_option_is_stronger(tmp_path: Path) -> None:
    by_epoch = generate(tmp_path / "a", SOURCE_DATE_EPOCH="1700000000")
    by_option = generate(tmp_path / "b", "--timestamp", "2023-11-14T23:13:20+01:00", SOURCE_DATE_EPOCH="5")
    assert by_epoch == by_option
    assert '"timestamp": "2023-11-14T22:13:20Z"' in (tmp_path / "a" / f"{PACKAGE.name}.cdx.json").read_text()


def test_a_renamed_file_gives_the_same_inventory(tmp_path: Path, registry: Registry) -> None:
    renamed = tmp_path / "0123456789abcdef"
    shutil.copyfile(PACKAGE, renamed)
    ours, theirs = (describe(p, Options(), registry).sbom for p in (PACKAGE, renamed))
    assert (ours.subject, ours.components, ours.relations) == (theirs.subject, theirs.components, theirs.relations)
    assert [p.reason for p in theirs.problems if p not in ours.problems] == [
        f"the file is called differently from what info/index.json says: {PACKAGE.name}"
    ]


def test_two_different_documents_never_share_a_serial_number(registry: Registry) -> None:
    seen = set()
    for path in fixture_packages():
        for options in (Options(), Options(channel="conda-forge"), Options(list_files=True)):
            description = describe(path, options, registry)
            seen |= {d.data.split(b'"serialNumber": "', 1)[1][:45] for d in render(description, options, registry)[:1]}
    assert len(seen) == 3 * len(fixture_packages())


def in_order(order: list[str], folder: Path) -> Sbom:
    """The Sbom of one fixture whose members stand in this order, without what is of the file itself."""
    path = folder / "sources-demo-2.1.0-h5600cae_0.tar.bz2"
    path.write_bytes(tar_bz2({name: MEMBERS[name] for name in order}))
    sbom = describe(path, Options(), load()).sbom
    return replace(
        sbom, subject=replace(sbom.subject, size=0, digests=()), components=tuple(map(_bare, sbom.components))
    )


def _bare(component: Component) -> Component:
    return replace(component, digests=(), properties=tuple(p for p in component.properties if p[0] != names.SIZE))


with tarfile.open(FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.tar.bz2") as archive:
    MEMBERS = {m.name: file.read() for m in archive if (file := archive.extractfile(m))}


@given(st.permutations(sorted(MEMBERS)))
def test_the_order_of_members_does_not_matter(order: list[str]) -> None:
    with TemporaryDirectory() as folder:
        assert in_order(order, Path(folder)) == in_order(sorted(MEMBERS), Path(folder))
