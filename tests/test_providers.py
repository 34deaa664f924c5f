"""Which package holds which library: environments, channels, caches and folders, whole, broken and hostile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, INDEX, conda, info_members, tar_bz2, zip_conda

from cf_sbom import providers as module
from cf_sbom.hookspecs import Options, Provider, Providers
from cf_sbom.limits import Limits
from cf_sbom.plugins import load
from cf_sbom.providers import providers

SUBDIR = "linux-64"
SOURCES = load().sources


def known(*folders: Path, prefix: Path | None = None, limits: Limits | None = None) -> Providers:
    found = providers(Options(packages=folders, prefix=prefix), SOURCES, limits or Limits())
    assert found is not None
    return found


def members(name: str, *paths: str, version: str = "1.0", paths_json: bool = True, **more: Any) -> dict[str, bytes]:
    """The info/ of a package that lists these paths."""
    index = INDEX | {"name": name, "version": version, "build": "h0", "subdir": SUBDIR, "depends": ["a >=1", "b"]}
    listed = {"paths": [{"_path": path, "path_type": "hardlink"} for path in paths], "paths_version": 1}
    return info_members(index, paths=listed if paths_json else None, **more)


def channel(folder: Path, *packages: Mapping[str, bytes], archive: str = "conda") -> Path:
    (folder / SUBDIR).mkdir(parents=True)
    for info in packages:
        index = json.loads(info["info/index.json"])
        stem = f"{index['name']}-{index['version']}-{index['build']}"
        data = conda(info, {}, stem) if archive == "conda" else tar_bz2(info)
        (folder / SUBDIR / f"{stem}.{archive}").write_bytes(data)
    return folder


def names(found: tuple[Provider, ...]) -> list[str]:
    return [provider.name for provider in found]


def test_nothing_named_is_nothing_known() -> None:
    assert providers(Options(), SOURCES, Limits()) is None


@pytest.mark.parametrize("archive", ["conda", "tar.bz2"])
def test_what_is_known_of_a_package(tmp_path: Path, archive: str) -> None:
    paths = ("lib/libz.so", "lib/libz.so.1", "lib/libz.a", "include/zlib.h", "bin/zcat", "share/x", "lib/z.pc")
    info = members("libz", *paths, run_exports={"weak": ["libz"]})
    (found,) = known(channel(tmp_path / "c", info, archive=archive)).named("libz")
    assert found == Provider(
        name="libz",
        version="1.0",
        build="h0",
        subdir=SUBDIR,
        place=f"{SUBDIR}/libz-1.0-h0.{archive}",
        file_name=f"libz-1.0-h0.{archive}",
        depends=("a", "b"),
        libraries=frozenset(("lib/libz.so", "lib/libz.so.1")),
        archives=True,
        headers=True,
        programs=True,
        exports=True,
    )


@pytest.mark.parametrize(
    ("path", "is_library"),
    [
        ("lib/liba.so", True),
        ("lib/liba.so.1.2", True),
        ("lib/liba.1.dylib", True),
        ("Library/bin/A.DLL", True),
        ("lib/A.framework/Versions/A/A", True),
        ("lib/liba.so.py", False),
        ("lib/liba.a", False),
        ("lib/a.sofa", False),
    ],
)
def test_what_is_a_library(tmp_path: Path, path: str, is_library: bool) -> None:
    found = known(channel(tmp_path / "c", members("a", path)))
    assert names(found.named("a")) == ["a"]
    assert names(found.holding(path)) == (["a"] if is_library else [])


@pytest.mark.parametrize(
    ("exports", "adds"), [({"weak": ["x"]}, True), ({"strong": ["x"]}, True), (["x"], True), ({}, False), (None, False)]
)
def test_whether_it_exports_a_dependency(tmp_path: Path, exports: Any, adds: bool) -> None:
    (found,) = known(channel(tmp_path / "c", members("a", run_exports=exports))).named("a")
    assert found.exports is adds


def test_case_counts_unless_it_is_asked_for_without(tmp_path: Path) -> None:
    found = known(channel(tmp_path / "c", members("z", "Library/bin/Zlib.dll")))
    assert names(found.holding("Library/bin/zlib.DLL")) == []
    assert names(found.holding("Library/bin/zlib.DLL", folded=True)) == ["z"]


def test_older_lists_and_payloads_tell_as_well(tmp_path: Path) -> None:
    listed = members("listed", paths_json=False) | {"info/files": b"lib/liba.so\nlib/libb.so\n"}
    folder = channel(tmp_path / "c", listed)
    bare = members("bare", paths_json=False)
    (folder / SUBDIR / "bare-1.0-h0.conda").write_bytes(conda(bare, {"lib/libc.so": b"x"}, "bare-1.0-h0"))
    last = {"lib/libd.so": b"x"} | members("last", "lib/libd.so", run_exports={"weak": ["last"]})
    (folder / SUBDIR / "last-1.0-h0.tar.bz2").write_bytes(tar_bz2(last))
    found = known(folder)
    for name, path in (("listed", "lib/libb.so"), ("bare", "lib/libc.so"), ("last", "lib/libd.so")):
        assert names(found.holding(path)) == [name]
    assert found.named("last")[0].exports


def test_layouts(tmp_path: Path) -> None:
    """A channel, a flat folder, a package cache with packages as fetched and as extracted, or extracted alone."""
    flat = tmp_path / "flat"
    flat.mkdir()
    both = members("both", "lib/libboth.so")
    (flat / "both-1.0-h0.conda").write_bytes(conda(both, {}, "both-1.0-h0"))
    for name in ("both", "alone"):
        for path, data in members(name, f"lib/lib{name}.so").items():
            file = flat / f"{name}-1.0-h0" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    (flat / "no-package-here").mkdir()
    (flat / "urls.txt").write_text("x")
    found = known(flat)
    assert [p.place for p in found.named("both")] == ["both-1.0-h0.conda"]
    assert [(p.place, p.file_name) for p in found.named("alone")] == [("alone-1.0-h0", "")]
    assert names(found.holding("lib/libalone.so")) == ["alone"]
    assert found.problems == []


def test_an_environment(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    record = {
        "name": "libz",
        "version": "1",
        "build": "0",
        "subdir": SUBDIR,
        "channel": "https://conda.anaconda.org/conda-forge/linux-64",
        "fn": "libz-1-0.conda",
        "depends": ["x"],
        "files": ["lib/libz.so.1"],
    }
    (tmp_path / "conda-meta" / "libz-1-0.json").write_text(json.dumps(record))
    (tmp_path / "conda-meta" / "broken-1-0.json").write_text("{")
    found = known(prefix=tmp_path)
    (provider,) = found.holding("lib/libz.so.1")
    assert (provider.place, provider.channel, provider.exports) == ("conda-meta/libz-1-0.json", "conda-forge", None)
    assert [problem.path for problem in found.problems] == ["conda-meta/broken-1-0.json"]


def test_only_what_is_asked_for_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = module._opened

    def noting(folder: Path, place: str, *more: Any) -> Any:
        opened.append(place)
        return original(folder, place, *more)

    monkeypatch.setattr(module, "_opened", noting)
    folder = channel(tmp_path / "c", *(members(f"p{n}", f"lib/lib{n}.so") for n in range(5)))
    found = known(folder)
    assert names(found.named("p3")) == ["p3"]
    assert opened == [f"{SUBDIR}/p3-1.0-h0.conda"]
    assert names(found.holding("lib/lib1.so")) == ["p1"]
    assert len(opened) == 5
    assert names(known(folder).holding("lib/lib2.so")) == ["p2"]  # another target
    assert len(opened) == 5


def test_a_folder_that_changed_is_looked_into_again(tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", members("a", "lib/liba.so"))
    assert names(known(folder).holding("lib/libb.so")) == []
    path = folder / SUBDIR / "a-1.0-h0.conda"
    path.write_bytes(conda(members("a", "lib/libb.so"), {}, "a-1.0-h0"))
    os.utime(path, ns=(1, 1))
    assert names(known(folder).holding("lib/libb.so")) == ["a"]


def test_what_is_broken_is_told_and_the_rest_is_known(tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", members("good", "lib/libgood.so"))
    bad = {
        "empty": b"",
        "text": b"x",
        "zip": zip_conda({"a": b"x"}),
        "cut": conda(members("cut"), {}, "cut-1.0-h0")[:200],
        "nameless": conda(info_members(INDEX | {"name": ""}), {}, "nameless-1.0-h0"),
        "bomb": conda({"info/index.json": b"[" * 10_000}, {}, "bomb-1.0-h0"),
    }
    for name, data in bad.items():
        (folder / SUBDIR / f"{name}-1.0-h0.conda").write_bytes(data)
    (folder / SUBDIR / "folder-1.0-h0.conda").mkdir()
    (folder / SUBDIR / "link-1.0-h0.conda").symlink_to("nowhere")
    os.mkfifo(folder / SUBDIR / "pipe-1.0-h0.conda")
    found = known(folder)
    assert names(found.holding("lib/libgood.so")) == ["good"]
    assert sorted(p.path for p in found.problems) == sorted(f"{SUBDIR}/{name}-1.0-h0.conda" for name in bad)
    assert {p.severity for p in found.problems} == {"gap"}
    assert not any(str(tmp_path) in str(p) for p in found.problems)


def test_a_folder_without_packages_is_told(tmp_path: Path) -> None:
    assert [p.reason for p in known(tmp_path).problems] == ["a folder of --packages holds no package"]
    assert known(tmp_path).holding("lib/x.so") == ()


def test_the_number_of_packages_is_bounded(tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", *(members(f"p{n}", "lib/x.so") for n in range(5)))
    found = known(folder, limits=Limits(packages=3))
    assert len(found.holding("lib/x.so")) == 3
    assert "limit packages" in found.problems[0].reason
    assert "limit packages" not in str(known(folder).problems)


def test_a_large_list_is_refused(tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", members("a", *(f"lib/{n}.so" for n in range(500))))
    assert known(folder, limits=Limits(json_size=5000)).named("a") == ()


def test_the_channel_of_the_fixtures() -> None:
    found = known(FIXTURES / "channel")
    assert names(found.holding("lib/libquiet.so.2")) == ["libquiet"]
    assert [(p.archives, bool(p.libraries)) for p in found.named("libtally")] == [(True, False)]


def test_an_archive_is_read_no_further_than_its_metadata(tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", members("libz", "lib/libz.so"))
    path = folder / SUBDIR / "libz-2.0-h0.conda"
    path.write_bytes(
        conda(members("libz", "lib/libz.so", version="2.0"), {"a": b"", "lib/libz.so": b"x" * 10**6}, "libz-2.0-h0")
    )
    assert len(known(folder, limits=Limits(member_size=10**5)).named("libz")) == 2


@given(st.dictionaries(st.sampled_from(["name", "version", "depends", "subdir", "build"]), st.integers() | st.text()))
def test_any_index_is_read_or_told(index: dict[str, Any]) -> None:
    from cf_sbom.fields import Fields

    found = module._made(Fields(index, Limits(), lambda text: None), "a", ["lib/a.so"], exports=None)
    assert isinstance(found, Provider) is bool(str(index.get("name", "")))


def test_a_folder_is_read_once_whoever_loads_the_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = channel(tmp_path / "c", members("libz", "lib/libz.so"))
    opened = []
    read = module._opened
    monkeypatch.setattr(module, "_opened", lambda *given: opened.append(given[1]) or read(*given))
    for _ in range(2):
        registry = load()  # as every call without a registry does
        found = providers(Options(packages=(folder,)), registry.sources, Limits())
        assert found is not None
        assert names(found.named("libz")) == ["libz"]
    assert len(opened) == 1
    other = [replace(kind, open=lambda path, context, kind=kind: kind.open(path, context)) for kind in SOURCES]
    found = providers(Options(packages=(folder,)), other, Limits())
    assert found is not None
    assert names(found.named("libz")) == ["libz"]
    assert len(opened) == 2  # other code reads it anew
