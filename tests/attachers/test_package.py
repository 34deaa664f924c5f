"""Documents inside packages: all else stays byte for byte, and what cannot be done safely is refused."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conda_package_handling import api
from conda_package_streaming.package_streaming import CondaComponent, stream_conda_component
from support import INDEX, Members, conda, fixture_packages, info_members, link, tar, tar_bz2, zip_conda, zstd

from cf_sbom.attachers.package import SIGNED, attach, stale
from cf_sbom.embedded import documents_about_itself
from cf_sbom.embedding import embed
from cf_sbom.errors import AttachError, SbomError
from cf_sbom.generate import describe, generate
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate

STEM = "demo-1.0-0"
CDX, SPDX = f"share/sbom/{STEM}.cdx.json", f"share/sbom/{STEM}.spdx.json"
OURS = b'{"tools": [{"name": "cf-sbom"}]}'
PLACES = ("place", "beside")


def members(path: Path) -> dict[str, tuple[Any, ...]]:
    """Every member with all that tar says of it and the hash of its bytes, in the order of the file."""
    parts = [CondaComponent.info, CondaComponent.pkg] if path.name.endswith(".conda") else [CondaComponent.pkg]
    return {
        info.name: (
            *(info.mode, info.mtime, info.uid, info.gid, info.uname, info.gname, info.type, info.linkname),
            sorted(info.pax_headers.items()),
            hashlib.sha256(archive.extractfile(info).read() if info.isreg() else b"").hexdigest(),
        )
        for part in parts
        for archive, info in stream_conda_component(path, component=part)
    }


def content(path: Path, name: str) -> bytes:
    """One member of a package."""
    parts = [CondaComponent.info, CondaComponent.pkg] if path.name.endswith(".conda") else [CondaComponent.pkg]
    for part in parts:
        for archive, info in stream_conda_component(path, component=part):
            if info.name == name:
                return bytes(archive.extractfile(info).read())
    raise KeyError(name)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[Path], Path]:
    def run(path: Path) -> Path:
        found = tmp_path / path.name
        found.write_bytes(path.read_bytes())
        return found

    return run


@pytest.mark.parametrize("original", fixture_packages(), ids=lambda p: p.name)
def test_all_else_stays_byte_for_byte(
    original: Path, copy: Callable[[Path], Path], tmp_path: Path, registry: Registry
) -> None:
    target = copy(original)
    result = embed(target, Options(), registry).result
    assert result.paths == (target,)
    before, after = members(original), members(target)
    stem = original.name.removesuffix(".conda").removesuffix(".tar.bz2")
    new = {f"share/sbom/{stem}{suffix}" for suffix in (".cdx.json", ".spdx.json")}
    assert set(after) - set(before) == new
    assert {name for name in before if before[name] != after[name]} <= {"info/paths.json", "info/files"}
    assert [name for name in after if name in before] == list(before)

    listed = {entry["_path"]: entry for entry in json.loads(content(target, "info/paths.json"))["paths"]}
    paths = [entry["_path"] for entry in json.loads(content(original, "info/paths.json"))["paths"]]
    assert set(listed) == {*paths, *new}
    assert paths != sorted(paths) or list(listed) == sorted(listed)
    for name, document in zip(sorted(new), result.documents, strict=True):
        data = content(target, name)
        assert data == document.data
        assert listed[name] == {
            "_path": name,
            "path_type": "hardlink",
            "sha256": document.sha256,
            "size_in_bytes": len(data),
        }
        assert validate(data, Limits()).valid
    if "info/files" in before:
        assert set(content(target, "info/files").decode().split()) >= new

    first = sha(target)  # again: the same bytes, and so from the same old package in another place
    embed(target, Options(), registry)
    assert sha(target) == first
    embed(original, Options(output_dir=tmp_path / "out"), registry)
    assert sha(tmp_path / "out" / original.name) == first

    api.extract(str(target), str(tmp_path / "extracted"))
    assert (tmp_path / "extracted" / min(new)).read_bytes() == result.documents[0].data


def test_what_the_document_says(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    embed(target, Options(channel="https://example.org/chan"), registry)
    root = json.loads(content(target, CDX))["metadata"]["component"]
    properties = {p["name"]: p["value"] for p in root["properties"]}
    assert properties["cf_sbom:embedded"] == "true"
    assert "conda:package:size" not in properties
    assert "hashes" not in root
    assert not any("hashes" in reference for reference in root["externalReferences"])
    (described,) = (p for p in json.loads(content(target, SPDX))["packages"] if p["name"] == "demo")
    assert "checksums" not in described


def test_generate_finds_and_links_it(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    before = generate(target, Options(), registry).problems
    embed(target, Options(), registry)
    result = generate(target, Options(), registry)
    assert result.problems == before
    sbom = result.description.sbom
    links = {ln.url: ln.digests[0].value for ln in sbom.root_component.links if ln.kind == "bom"}
    assert links == {path: hashlib.sha256(content(target, path)).hexdigest() for path in (CDX, SPDX)}
    assert {f.path: f.role for f in sbom.files} == {CDX: "data", SPDX: "data"}
    assert sbom.root_component.digests


def test_an_earlier_document_is_replaced_whatever_its_format(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    embed(target, Options(), registry)
    embed(target, Options(outputs=(("spdx-yaml", ""),)), registry)
    inside = [d.path for d in documents_about_itself(target, registry.sources, Limits())]
    assert inside == [f"share/sbom/{STEM}.spdx.yaml"]
    embed(target, Options(), registry, in_info=True)
    inside = [d.path for d in documents_about_itself(target, registry.sources, Limits())]
    assert inside == [f"info/sbom/{STEM}.cdx.json", f"info/sbom/{STEM}.spdx.json"]
    assert json.loads(content(target, "info/paths.json"))["paths"] == []


def test_in_info(package: Callable[..., Path], registry: Registry) -> None:
    target = package(payload={"lib/a": b"a"})
    with zipfile.ZipFile(target) as archive:
        payload = archive.read(f"pkg-{STEM}.tar.zst")
    done = embed(target, Options(), registry, in_info=True)
    assert any("CEP 34" in line for line in done.warnings)
    with zipfile.ZipFile(target) as archive:
        assert archive.read(f"pkg-{STEM}.tar.zst") == payload  # not even packed anew
    assert validate(content(target, f"info/sbom/{STEM}.cdx.json"), Limits()).valid
    first = sha(target)
    embed(target, Options(), registry, in_info=True)
    assert sha(target) == first


def test_headers_that_python_would_write_otherwise(tmp_path: Path, registry: Registry) -> None:
    """Owners, odd modes, long names, extended records and links are copied as bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in info_members().items():
            info = tarfile.TarInfo(name)
            info.size, info.uid, info.uname = len(data), 1234, "somebody"
            archive.addfile(info, io.BytesIO(data))
        for name in ("lib/" + "long/" * 40 + "a", "lib/b"):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.gid = 3, 0o6751, 99
            archive.addfile(info, io.BytesIO(b"abc"))
        archive.addfile(link("lib/c", "b"))
        archive.addfile(link("lib/d", "lib/b", tarfile.LNKTYPE))
    pax = tarfile.TarInfo("lib/e")
    pax.pax_headers, pax.size = {"comment": "kept", "mtime": "1.25"}, 1
    data = buffer.getvalue().rstrip(b"\0")
    data += bytes(-len(data) % 512) + pax.tobuf(tarfile.PAX_FORMAT) + b"e".ljust(512, b"\0") + bytes(10240)
    target = tmp_path / f"{STEM}.tar.bz2"
    target.write_bytes(bz2.compress(data))
    raw, before = data, members(target)
    embed(target, Options(), registry)
    assert {k: v for k, v in members(target).items() if k in before and k != "info/paths.json"} == {
        k: v for k, v in before.items() if k != "info/paths.json"
    }
    new = bz2.decompress(target.read_bytes())
    start = raw.index(b"lib/long/")  # from the first of the payload on, every block
    assert raw[start : raw.index(b"e".ljust(512, b"\0"))] in new


@pytest.mark.parametrize(
    "end",
    [
        *SIGNED,
        ".attestation.foo",
        ".SIG",
        ".intoto.bundle.json",
        ".cdx.intoto.json",
        ".spdx3.sigstore.json",
        ".sha256.asc",
        ".cdx.json.minisig",
        ".dsse",
        ".att.json",
    ],
)
def test_a_signed_package_is_refused(end: str, package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    Path(f"{target}{end}").write_bytes(b"x")
    before = sha(target)
    with pytest.raises(AttachError, match="would no longer hold"):
        embed(target, Options(), registry)
    assert sha(target) == before
    embed(target, Options(force=True), registry)
    assert sha(target) != before


def test_what_is_no_signature_is_none(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    for name in (f"{target.name}.sha256", f"{target.name}.json", f"x{target.name}.sig", f"{target.name}x.sig", "a.sig"):
        (target.parent / name).write_bytes(b"x")
    embed(target, Options(), registry)


def test_a_sidecar_of_the_old_package_is_told(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    (sidecar, *_) = generate(target, Options(), registry).paths
    Path(f"{target}.spdx").write_bytes(b"of somebody")
    assert sidecar in list(stale(target))
    done = embed(target, Options(), registry)
    assert any(sidecar.name in line for line in done.warnings)
    assert not any(f"{target.name}.spdx " in line for line in done.warnings)


def test_documents_of_others_are_kept(package: Callable[..., Path], registry: Registry) -> None:
    other = f"share/sbom/{STEM}.cdx.xml"
    target = package(payload={CDX: b'{"by": "another"}', other: b"<bom/>", "share/sbom/x-1-0.cdx.json": OURS})
    before = sha(target)
    with pytest.raises(AttachError, match=r"demo-1\.0-0\.cdx\.json in the package was not made by cf-sbom"):
        embed(target, Options(), registry)
    assert sha(target) == before
    embed(target, Options(force=True), registry)
    assert b"CycloneDX" in content(target, CDX)
    assert content(target, other) == b"<bom/>"  # in the way of nothing
    assert content(target, "share/sbom/x-1-0.cdx.json") == OURS  # about another package


def test_a_package_of_others_in_the_output_folder(
    package: Callable[..., Path], tmp_path: Path, registry: Registry
) -> None:
    target, options = package(), Options(output_dir=tmp_path / "out")
    place = tmp_path / "out" / target.name
    for _ in range(2):  # the second time it is ours
        embed(target, options, registry)
    first = sha(place)
    place.write_bytes(target.read_bytes())
    with pytest.raises(AttachError, match="--force overwrites it"):
        embed(target, options, registry)
    embed(target, Options(output_dir=tmp_path / "out", force=True), registry)
    assert sha(place) == first


def test_attach_puts_one_document(package: Callable[..., Path], registry: Registry) -> None:
    target = package()
    embed(target, Options(), registry)
    data = OURS + b"\n"
    document = Document(
        format="cyclonedx-json",
        version="1.6",
        media_type="application/vnd.cyclonedx+json",
        suffix=".cdx.json",
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    assert attach(target, document, Options()) == target.resolve()
    assert content(target, CDX) == data
    assert b"SPDX" in content(target, SPDX)


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """Packages that could be read in two ways, or would not be what they were."""
    good = info_members()
    yield "a link for share/sbom", conda(good, {"share/sbom": link("share/sbom", "/etc")}), "in the way"
    yield "a link for share", conda(good, {"share": link("share", "../../x")}), "in the way"
    yield "a link by another case", conda(good, {"Share": link("Share", "x")}), "in the way"
    yield "a file for share/sbom", conda(good, {"share/sbom": b"x"}), "in the way"
    folder = tarfile.TarInfo(CDX)
    folder.type = tarfile.DIRTYPE
    yield "a folder for the document", conda(good, {CDX: folder}), "in the way"
    yield "a link for the document", conda(good, {CDX: link(CDX, "/etc/passwd")}), "not made by cf-sbom"
    yield "members in the document", conda(good, {f"{CDX}/x": b"x"}), "in the way"
    yield "an absolute name", conda(good, {"/etc/x": b"x"}), "an absolute name"
    yield "a name that climbs", conda(good, {"lib/../../x": b"x"}), "climbs out"
    twice = tar({"lib/a": b"1"})[:1024] + tar({"lib/a": b"2"})
    parts = {"metadata.json": b'{"conda_pkg_format_version": 2}', f"pkg-{STEM}.tar.zst": zstd.compress(twice)}
    info = {f"info-{STEM}.tar.zst": zstd.compress(tar(good))}
    yield "a name twice", zip_conda(parts | info), "more than once"
    yield "metadata in the payload", conda(good, {"info/paths.json": b"{}"}), "lies in the payload part"
    lists = {k: v for k, v in good.items() if k != "info/paths.json"}
    yield "no list", conda(lists), "lists the payload"
    yield "a broken list", conda(good | {"info/paths.json": b'{"paths": ['}), "info/paths.json"
    yield "a list of something else", conda(good | {"info/paths.json": b'{"paths": [1]}'}), "not a list of files"
    yield "two lists", conda(good | {"info/paths.json": b'{"paths": [], "paths": []}'}), "not a list of files"
    yield "no index", conda({k: v for k, v in good.items() if k != "info/index.json"}), "info/index.json"
    yield "an index without a name", conda(info_members({"version": "1"})), "no name, version and build"
    bad = INDEX | {"build": "../../../x"}
    yield "a build that climbs", conda(info_members(bad)), "no name, version and build"
    damaged = bytearray(zstd.compress(tar({"lib/a": os.urandom(4096)})))
    damaged[len(damaged) // 2] ^= 0xFF
    yield "damaged zstd", zip_conda(parts | {f"pkg-{STEM}.tar.zst": bytes(damaged[:-40])} | info), "damaged"
    yield "a cut file", conda(good)[:-30], "damaged"
    yield "not whole", zip_conda(info | {"metadata.json": b'{"conda_pkg_format_version": 2}'}), "one info and one pkg"
    cut = bz2.compress(tar(good))
    yield "a cut .tar.bz2", cut[: len(cut) // 2], "damaged"
    yield "no package", b"BZh9", "damaged"
    yield "something else", b"hello", "neither a .conda"
    yield "no end marker", bz2.compress(tar(good).rstrip(b"\0") + bytes(300)), "damaged"
    yield "bytes behind the end", bz2.compress(tar(good) + b"x" * 600), "behind the end"
    sparse = tarfile.TarInfo("lib/s")
    sparse.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": "10", "GNU.sparse.name": "lib/s"}
    yield "a sparse file", tar_bz2({**good, "lib/s": sparse}), "a sparse file"


@pytest.mark.parametrize(("data", "message"), [case[1:] for case in hostile()], ids=[case[0] for case in hostile()])
def test_hostile_packages_are_refused_and_untouched(
    data: bytes, message: str, tmp_path: Path, registry: Registry
) -> None:
    target = tmp_path / f"{STEM}.conda"
    target.write_bytes(data)
    with pytest.raises(SbomError, match=message.replace(".", r"\.")) as caught:
        embed(target, Options(), registry)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == data
    assert os.listdir(tmp_path) == [target.name]


def test_limits_hold(package: Callable[..., Path], registry: Registry) -> None:
    target = package(payload={f"lib/{n}": b"x" * 100 for n in range(20)})
    for limits, name in ((Limits(members=5), "members"), (Limits(member_size=50), "member_size")):
        with pytest.raises(SbomError, match=f"limit {name}"):
            embed(target, Options(limits=limits), registry)


def test_a_folder_is_no_package(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(SbomError, match="a folder"):
        embed(tmp_path, Options(), registry)


def test_a_link_to_a_package_stays_one(package: Callable[..., Path], tmp_path: Path, registry: Registry) -> None:
    target = package()
    alias = tmp_path / "alias" / target.name
    alias.parent.mkdir()
    alias.symlink_to(target)
    target.chmod(0o640)
    embed(alias, Options(), registry)
    assert alias.is_symlink()
    assert content(target, CDX)
    assert target.stat().st_mode & 0o777 == 0o640


KILLED = """
import os, signal, sys
from cf_sbom.packing import rawtars
from cf_sbom.packing import repacking
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
point = sys.argv[1]
setattr(os if point in ("link", "fsync", "replace") else repacking, point, die)
sys.argv = ["cf-sbom", "embed", sys.argv[2]]
from cf_sbom.faces.cli import main
main()
"""


@pytest.mark.parametrize("point", ["end_marker", "_check", "fsync", "link", "replace"])
def test_a_run_that_is_killed_leaves_the_old_package(point: str, package: Callable[..., Path]) -> None:
    target = package(payload={"lib/a": b"a" * 5000})
    before = target.read_bytes()
    ended = subprocess.run([sys.executable, "-c", KILLED, point, str(target)], check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    assert target.read_bytes() == before
    left = {path.name for path in target.parent.iterdir()} - {target.name}
    assert not left or (point == "replace" and all(name.startswith(".cf-sbom.") for name in left))


def test_a_new_package_that_is_not_what_was_planned(
    package: Callable[..., Path], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a disk or a library that loses bytes: the old one stays."""
    from cf_sbom.packing import repacking

    target: Path = package(payload={"lib/a": b"a"})
    before, true = target.read_bytes(), repacking.new_member
    monkeypatch.setattr(repacking, "new_member", lambda path, data, mtime: true(path, data[:-1] + b"?", mtime))
    with pytest.raises(AttachError, match="the old one stays"):
        embed(target, Options(), registry)
    assert target.read_bytes() == before


def test_the_members_of_others_keep_their_order(tmp_path: Path, registry: Registry) -> None:
    """A list that is in no order gets the documents at its end, and its layout stays."""
    payload: Members = {"lib/b": b"b", "lib/a": b"a"}
    entries = [
        {"_path": n, "path_type": "hardlink", "sha256": hashlib.sha256(d).hexdigest(), "size_in_bytes": 1, "x": [1.5]}
        for n, d in payload.items()
    ]
    tree = {"paths_version": 1, "paths": entries, "other": "ü"}
    target = tmp_path / f"{STEM}.conda"
    for layout in (json.dumps(tree, indent=4), json.dumps(tree), json.dumps(tree, separators=(",", ":")) + "\n"):
        info = info_members() | {"info/paths.json": layout.encode(), "info/files": b"lib/b\r\nlib/a\r\n"}
        target.write_bytes(conda(info, payload))
        embed(target, Options(), registry)
        text = content(target, "info/paths.json").decode()
        assert [entry["_path"] for entry in json.loads(text)["paths"]] == ["lib/b", "lib/a", CDX, SPDX]
        assert text.startswith(layout[: layout.index("}")])
        assert text.endswith(layout[-20:])
        assert content(target, "info/files") == f"lib/b\r\nlib/a\r\n{CDX}\r\n{SPDX}\r\n".encode()


@pytest.mark.parametrize("name", ["pear-", "linkage-demo-0", "demo-py"])
def test_a_document_inside_changes_nothing_that_is_said_of_the_package(
    name: str, copy: Callable[[Path], Path], registry: Registry
) -> None:
    """It adds itself, as a link and a file, and no component, relation or problem."""
    original = next(p for p in fixture_packages() if p.name.startswith(name) and p.name.endswith(".conda"))
    target = copy(original)
    before = describe(target, Options(), registry).sbom
    embed(target, Options(), registry)
    after = describe(target, Options(), registry).sbom
    assert [c for c in after.components if c.ref != after.root] == [
        c for c in before.components if c.ref != before.root
    ]
    assert after.relations == before.relations
    assert after.problems == before.problems
    assert {f.path for f in after.files} - {f.path for f in before.files} == {
        link.url for link in after.root_component.links if link.kind == "bom" and link.url.startswith("share/sbom/")
    }


def test_a_signature_where_the_new_package_goes(
    package: Callable[..., Path], tmp_path: Path, registry: Registry
) -> None:
    target, out = package(), tmp_path / "out"
    out.mkdir()
    (out / f"{target.name}.sig").write_bytes(b"x")
    with pytest.raises(AttachError, match="would no longer hold"):
        embed(target, Options(output_dir=out), registry)
