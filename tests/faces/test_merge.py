"""`cf-sbom merge` on the command line: what it writes where, what it says, and its exit status."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from prefixes import CARRIED, CHANNEL, document, make_prefix, package, record
from running import Run
from support import FIXTURES

from cf_sbom.limits import Limits
from cf_sbom.validate import validate

LOCK = f"""version: 6
environments:
  default:
    packages:
      linux-64:
      - conda: {CHANNEL}/linux-64/a-1.0-h0_0.conda
      win-64:
      - conda: {CHANNEL}/win-64/a-1.0-h0_0.conda
packages:
- conda: {CHANNEL}/linux-64/a-1.0-h0_0.conda
- conda: {CHANNEL}/win-64/a-1.0-h0_0.conda
"""


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_prefix(tmp_path / "env", [record("a", ["b"]), record("b")])


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    paths = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.cdx.json"
        path.write_bytes(document(package(name, CARRIED), f"{name}-1.0-h0_0.conda", tmp_path / "made"))
        paths.append(path)
    return paths


def test_a_prefix_gives_two_documents_in_the_working_folder(run: Run, prefix: Path, tmp_path: Path) -> None:
    ran = run("merge", "--prefix", prefix)
    assert (ran.status, ran.out.split()) == (0, ["env-linux-64.cdx.json", "env-linux-64.spdx.json"])
    assert ran.err == (
        "env-linux-64: what is in 2 of 2 packages is not known, as no document tells it (a-1.0-h0_0, b-1.0-h0_0) "
        "[document]\n"
    )
    for name in ran.out.split():
        assert validate((tmp_path / name).read_bytes(), Limits()).valid


def test_an_index_is_asked_for_documents(run: Run, documents: list[Path], tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", [record(name, sha256=None, md5=None) for name in ("a", "b")])
    channel, index = tmp_path / "channel" / "linux-64", tmp_path / "i.db"
    channel.mkdir(parents=True)
    for path in documents:
        shutil.copy(path, channel / f"{path.name.partition('.')[0]}-1.0-h0_0.conda.cdx.json")
    assert run("index", channel.parent, "--index", index).status == 0
    ran = run("merge", "--prefix", prefix, "--index", index, "-o", "cyclonedx-json=-")
    assert (ran.status, ran.err) == (0, "")
    assert "pkg:pypi/apple@2.0" in ran.out
    index.write_bytes(b"no index")
    ran = run("merge", "--prefix", prefix, "--index", index)
    assert (ran.status, len(ran.err.splitlines())) == (3, 1)


def test_documents_of_two_platforms_are_not_made_one(run: Run, tmp_path: Path) -> None:
    made = []
    for platform in ("linux-64", "osx-64"):
        place = make_prefix(tmp_path / platform, [record("a", ["b"], subdir="noarch"), record("b", subdir=platform)])
        made.append(tmp_path / f"{platform}.cdx.json")
        assert run("merge", "--prefix", place, "-o", f"cyclonedx-json={made[-1]}").status == 0
    ran = run("merge", *made)
    assert (ran.status, "packages of linux-64 and osx-64" in ran.err) == (2, True)
    assert run("merge", made[0], "-o", "cyclonedx-json=-").status == 0


def test_a_lock_file_gives_one_document_for_each_platform(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pixi.lock").write_text(LOCK)
    ran = run(
        "merge", "--lock", "pixi.lock", "-o", "cyclonedx-json", "--output-dir", "out", "--quiet", "--name", "my env"
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.split() == ["out/my-env-linux-64.cdx.json", "out/my-env-win-64.cdx.json"]
    tree = json.loads((tmp_path / "out" / "my-env-win-64.cdx.json").read_bytes())
    assert [c["purl"] for c in tree["components"]] == [
        "pkg:conda/a@1.0?build=h0_0&channel=conda-forge&subdir=win-64&type=conda"
    ]
    one = run("merge", "--lock", "pixi.lock", "-o", "spdx-json=-", "--platform", "linux-64", "-q")
    assert json.loads(one.out)["name"] == "default-linux-64"


def test_documents_are_merged_to_a_place(run: Run, documents: list[Path], tmp_path: Path) -> None:
    ran = run(
        "merge",
        *documents,
        "-o",
        "cyclonedx-json=all.cdx.json",
        "--name",
        "all",
        "--supplier",
        "Acme <https://example.org>",
    )
    assert (ran.status, ran.out) == (0, "all.cdx.json\n")
    tree = json.loads((tmp_path / "all.cdx.json").read_bytes())
    assert tree["metadata"]["component"]["supplier"] == {"name": "Acme", "url": ["https://example.org"]}
    assert sorted(c["name"] for c in tree["components"] if c["purl"].startswith("pkg:conda")) == ["a", "b"]


def test_nothing_is_written_where_one_place_cannot_be(run: Run, documents: list[Path], tmp_path: Path) -> None:
    (tmp_path / "foreign.json").write_text("{}")
    ran = run("merge", *documents, "-q", "-o", "cyclonedx-json", "-o", "spdx-json=foreign.json")
    assert (ran.status, "was not made by cf-sbom" in ran.err) == (3, True)
    documents[0].rename(tmp_path / "collection.spdx.json")
    ran = run("merge", tmp_path / "collection.spdx.json", documents[1], "-q")
    assert (ran.status, "would take the place of a document" in ran.err) == (2, True)
    assert not (tmp_path / "collection.cdx.json").exists()
    ran = run("merge", documents[1], "--limit", "members=2")
    assert (ran.status, ran.out) == (3, "")
    assert ran.err == "cf-sbom: 1 documents are left out, more than 2 components (limit members)\n"
    assert not (tmp_path / "collection.cdx.json").exists()


def test_what_other_runs_are_told_is_no_matter(
    run: Run, documents: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CF_SBOM_INDEX", str(documents[0]))
    assert run("merge", *documents, "-q").status == 0


def test_the_same_twice_is_the_same(run: Run, prefix: Path, tmp_path: Path) -> None:
    run("merge", "--prefix", prefix, "--output-dir", "1")
    run("merge", "--prefix", prefix, "--output-dir", "2")
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name one of: --prefix, --lock, or documents"),
        (["--prefix", "env", "a.cdx.json"], "name one of"),
        (["--prefix", "env", "--lock", "pixi.lock"], "name one of"),
        (["--prefix", "env", "--platform", "linux-64"], "--platform is for --lock"),
        (["--prefix", "env", "--environment", "x"], "--environment is for --lock"),
        (["a.cdx.json", "--describe"], "--describe is for --prefix and --lock"),
        (["--lock", "pixi.lock", "--describe"], "--describe needs --packages"),
        (["--lock", "pixi.lock", "--environment", "x"], "has no environment 'x'"),
        (["--lock", "pixi.lock", "--platform", "osx-64"], "has no packages for the platform 'osx-64'"),
        (["--lock", "pixi.lock", "-o", "spdx-json=x"], "-o FORMAT=PATH is for one platform"),
        (["a.cdx.json", "-o", "cyclonedx-json=a.cdx.json"], "would take the place of a document that is merged"),
        (["a.cdx.json", "--name", "a"], "would take the place of a document that is merged"),
        (["a.cdx.json", "-o", "spdx-json", "-o", "spdx-json@2.3"], "two outputs would go to one place"),
        (["a.cdx.json", "-o", "odd-json"], "odd-json"),
        (["--prefix", "nothing"], "does not exist"),
        (["a.cdx.json", "-o", "cyclonedx-json", "-o", "spdx-json=collection.cdx.json"], "would go to one place"),
        (["a.cdx.json", "-o", "spdx-json=folder/"], "-o FORMAT=PATH is for a file"),
        (["a.cdx.json", "-o", "spdx-json=env"], "-o FORMAT=PATH is for a file"),
        (["a.cdx.json", "--packages", "env"], "--packages is for --prefix and --lock"),
        (["a.cdx.json", "--index", "b.cdx.json"], "--index is for --prefix and --lock"),
    ],
)
def test_what_makes_no_sense_is_status_2(
    run: Run, prefix: Path, documents: list[Path], tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "pixi.lock").write_text(LOCK)
    before = sorted(tmp_path.iterdir())
    ran = run("merge", *words)
    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("words", [[], ["-q"]])
def test_the_others_are_merged_where_a_document_cannot_be_read(
    run: Run, documents: list[Path], tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "odd.json").write_text("{")
    ran = run("merge", *documents, "odd.json", "missing.json", "-o", "cyclonedx-json", *words)
    assert (ran.status, ran.out) == (3, "collection.cdx.json\n")
    for name in ("odd.json", "missing.json"):
        assert len([line for line in ran.err.splitlines() if f"{name}: " in line]) == 1
    tree = json.loads((tmp_path / "collection.cdx.json").read_bytes())
    assert sorted(c["name"] for c in tree["components"] if c["purl"].startswith("pkg:conda")) == ["a", "b"]
    told = [p["value"] for p in tree["metadata"]["properties"]]
    assert "left out: missing.json: no such file [merge]" in told
    root = tree["metadata"]["component"]["bom-ref"]
    assert [c["aggregate"] for c in tree["compositions"] if root in c.get("assemblies", [])] == ["incomplete"]


def test_what_cannot_be_read_at_all_is_status_3_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{")
    ran = run("merge", "odd.json", "missing.json")
    assert (ran.status, ran.out) == (3, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["odd.json", "missing.json"]
    (tmp_path / "folder").mkdir()
    assert run("merge", "--prefix", "folder").status == 3
    (tmp_path / "odd.lock").write_text("x")
    ran = run("merge", "--lock", "odd.lock")
    assert (ran.status, ran.err.count("\n")) == (3, 1)


def test_strict_and_force(run: Run, prefix: Path, tmp_path: Path) -> None:
    assert run("merge", "--prefix", prefix, "--strict", "-q").status == 1
    (tmp_path / "x.json").write_text("{}")
    ran = run("merge", "--prefix", prefix, "-q", "-o", "cyclonedx-json=x.json")
    assert ran.status == 3
    assert "--force overwrites it" in ran.err
    assert run("merge", "--prefix", prefix, "-q", "-o", "cyclonedx-json=x.json", "--force").status == 0


def test_a_settings_file_for_generate_does_not_choose_a_prefix(run: Run, documents: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cf-sbom.toml").write_text('prefix = "somewhere"\noutput = ["spdx-json"]\n')
    assert run("merge", *documents, "-q").out == "collection.spdx.json\n"


async def _install(channel: Path, prefix: Path) -> None:
    rattler: Any = pytest.importorskip("rattler", reason="py-rattler installs the packages of the fixtures")
    await rattler.index.index_fs(channel)
    found = await rattler.Gateway().query(
        [rattler.Channel(channel.as_uri())],
        ["linux-64", "noarch"],
        ["linkage-demo", "libshout", "libquiet", "v1-lib"],
        recursive=False,
    )
    records = {r.name.normalized: r for same in found for r in same if str(r.file_name).endswith(".conda")}
    await rattler.install(
        list(records.values()), target_prefix=prefix, cache_dir=prefix.parent / "cache", show_progress=False
    )


def test_a_real_environment(run: Run, tmp_path: Path) -> None:
    """Packages of the fixtures, installed by rattler from a channel on disk, described now and merged."""
    channel, prefix = tmp_path / "channel", tmp_path / "real"
    shutil.copytree(FIXTURES / "packages" / "linux-64", channel / "linux-64")
    shutil.copytree(FIXTURES / "channel" / "linux-64", channel / "linux-64", dirs_exist_ok=True)
    (channel / "noarch").mkdir()
    asyncio.run(_install(channel, prefix))
    ran = run("merge", "--prefix", prefix, "--packages", channel, "--describe", "--output-dir", "out")
    assert ran.status == 0, ran.err
    assert "have no document" not in ran.err
    tree = json.loads((tmp_path / "out" / "real-linux-64.cdx.json").read_bytes())
    purls = {c["purl"]: c for c in tree["components"] if c["purl"].startswith("pkg:conda/")}
    demo = purls["pkg:conda/linkage-demo@0.4.0?build=2&subdir=linux-64&type=conda"]
    edges = {entry["ref"]: entry["dependsOn"] for entry in tree["dependencies"]}
    assert "pkg:conda/libshout@1.3.1?build=hb0f4dca_1&subdir=linux-64&type=conda" in edges[demo["bom-ref"]]
    assert str(tmp_path) not in json.dumps(tree)
