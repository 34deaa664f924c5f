"""Layouts on disk: what is written, what stays, and that none is ever half written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from attachers.test_oci import BOTH, CYCLONEDX, LAYERS, MANIFEST, NAME, NEWER, PACKAGE, SPDX, SUBJECT

from cf_sbom import oci
from cf_sbom.attachers.oci_layout import extend_layout
from cf_sbom.errors import AttachError, DocumentError
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci.layouts import blob_path, read_layout
from cf_sbom.oci.manifests import PackageLayers, Push, package_manifest


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(PACKAGE)
    return path


def extend(package: Path, *documents: Document, layers: PackageLayers = LAYERS, force: bool = False) -> Push:
    return extend_layout(package.parent / "layout", package, layers, documents, Limits(), force=force)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> dict[str, str]:
    """The digests in index.json by the names they bear."""
    entries = json.loads((folder / "index.json").read_bytes())["manifests"]
    return {e["annotations"][oci.REF_NAME]: e["digest"] for e in entries if oci.REF_NAME in e.get("annotations", {})}


def test_a_new_layout_is_complete(package: Path, tmp_path: Path) -> None:
    done = extend(package, *BOTH)
    layout = tmp_path / "layout"
    assert json.loads((layout / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    for path in (layout / "blobs" / "sha256").iterdir():
        assert oci.digest_of(path.read_bytes()) == f"sha256:{path.name}"
    assert blob_path(layout, LAYERS.package.digest).read_bytes() == PACKAGE
    assert blob_path(layout, SUBJECT.digest).read_bytes() == MANIFEST
    listing = json.loads(blob_path(layout, names(layout)[oci.fallback_tag(SUBJECT.digest)]).read_bytes())
    assert [f"{layout}@{entry['digest']}" for entry in listing["manifests"]] == [one.place for one in done.pushed]
    assert names(layout)["1.0-0"] == SUBJECT.digest
    assert [one.data for one in read_layout(layout, Limits())] == [CYCLONEDX.data, SPDX.data]


def test_the_package_is_laid_as_its_mirror_lays_it(package: Path) -> None:
    layers = json.loads(MANIFEST)["layers"]
    assert [(layer["mediaType"], layer["annotations"][oci.TITLE]) for layer in layers] == [
        ("application/vnd.conda.package.v2", "demo-1.0-0.conda"),
        ("application/vnd.conda.info.v1.tar+gzip", "demo-1.0-0/info.tar.gz"),
        ("application/vnd.conda.info.index.v1+json", "demo-1.0-0/info/index.json"),
    ]
    assert layers[0]["annotations"]["org.conda.md5"] == LAYERS.md5
    older = replace(LAYERS, package=replace(LAYERS.package, media_type=oci.PACKAGES["tar.bz2"]))
    layer = json.loads(package_manifest(older)[0])["layers"][0]
    assert (layer["mediaType"], layer["annotations"][oci.TITLE]) == (
        "application/vnd.conda.package.v1",
        "demo-1.0-0.tar.bz2",
    )


def test_the_same_again_changes_no_byte(package: Path, tmp_path: Path) -> None:
    extend(package, *BOTH)
    before = content(tmp_path / "layout")
    assert not any(one.new for one in extend(package, *BOTH).pushed)
    assert content(tmp_path / "layout") == before


def test_a_newer_document_takes_the_place_of_ours(package: Path, tmp_path: Path) -> None:
    old = extend(package, *BOTH).pushed[0].place.rpartition("@")[2]
    done = extend(package, NEWER)
    assert done.remarks == (f"{old}, an earlier document of cf-sbom, is no longer listed",)
    assert {one.data for one in read_layout(tmp_path / "layout", Limits())} == {NEWER.data, SPDX.data}


def test_documents_of_another_package_stay(package: Path, tmp_path: Path) -> None:
    extend(package, *BOTH)
    second = tmp_path / "demo-1.0-1.conda"
    second.write_bytes(b"another build")
    layers = replace(LAYERS, build="1", package=oci.describe(b"another build", oci.PACKAGES["conda"]))
    extend(second, NEWER, layers=layers)
    found = read_layout(tmp_path / "layout", Limits())
    assert {(one.data, one.package) for one in found} == {
        (CYCLONEDX.data, LAYERS.package.digest.removeprefix("sha256:")),
        (SPDX.data, LAYERS.package.digest.removeprefix("sha256:")),
        (NEWER.data, layers.package.digest.removeprefix("sha256:")),
    }


def test_a_name_is_not_taken_from_another_package_unless_forced(package: Path, tmp_path: Path) -> None:
    extend(package, *BOTH)
    before = content(tmp_path / "layout")
    package.write_bytes(b"built again")
    again = replace(LAYERS, package=oci.describe(b"built again", oci.PACKAGES["conda"]))
    with pytest.raises(AttachError, match=r"has another package under the name 1\.0-0"):
        extend(package, *BOTH, layers=again)
    assert content(tmp_path / "layout") == before
    extend(package, *BOTH, layers=again, force=True)
    assert names(tmp_path / "layout")["1.0-0"] == oci.digest_of(package_manifest(again)[0])
    assert len(read_layout(tmp_path / "layout", Limits())) == 4


def test_a_manifest_that_others_made_of_the_package_is_referred_to(package: Path, tmp_path: Path) -> None:
    """As a mirror's, which notes times, or one without the layers of info/."""
    extend(package)
    layout = tmp_path / "layout"
    theirs = json.loads(MANIFEST)
    theirs["layers"] = theirs["layers"][:1]
    theirs["layers"][0]["annotations"] = {oci.TITLE: "as-they-call-it.conda"}
    data = json.dumps(theirs, indent=1).encode()
    blob_path(layout, oci.digest_of(data)).write_bytes(data)
    index = {"schemaVersion": 2, "manifests": [oci.describe(data, oci.MANIFEST).tree], "annotations": {"their": "own"}}
    (layout / "index.json").write_text(json.dumps(index))
    extend(package, CYCLONEDX)
    (found,) = read_layout(layout, Limits())
    assert found.subject == oci.describe(data, oci.MANIFEST)
    assert found.title == "as-they-call-it.conda.cdx.json"
    assert json.loads((layout / "index.json").read_bytes())["annotations"] == {"their": "own"}


def test_a_folder_with_other_things_is_no_place_for_a_layout(package: Path, tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    extend(package)
    for name in ("oci-layout", "index.json"):
        (tmp_path / "layout" / name).unlink()
    with pytest.raises(AttachError, match="neither an OCI image layout nor an empty folder"):
        extend(package)


def test_a_damaged_layout_is_refused_and_a_damaged_blob_of_ours_mended(package: Path, tmp_path: Path) -> None:
    extend(package, *BOTH)
    layout = tmp_path / "layout"
    blob_path(layout, oci.digest_of(CYCLONEDX.data)).write_bytes(b"{}")
    extend(package, *BOTH)
    assert len(read_layout(layout, Limits())) == 2
    blob_path(layout, SUBJECT.digest).write_bytes(b"{}")
    with pytest.raises(DocumentError, match="the bytes under this digest are others"):
        extend(package, *BOTH)


def test_a_package_that_changes_meanwhile_is_not_laid(package: Path, tmp_path: Path) -> None:
    package.write_bytes(b"changed")
    with pytest.raises(AttachError, match="changed while it was read"):
        extend(package, *BOTH)
    assert not [path for path in (tmp_path / "layout").rglob("*") if path.is_file()]


def test_an_index_is_written_last_and_whole(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write fails, the layout is what it was."""
    import cf_sbom.attachers.oci_layout as module

    extend(package, CYCLONEDX)
    real = module.write
    for failing in range(4):
        calls = []

        def write(path: Path, data: bytes, *, force: bool, failing: int = failing, calls: list[Path] = calls) -> Path:
            calls.append(path)
            if path.name == "index.json" or len(calls) > failing:
                raise AttachError("no space")
            return real(path, data, force=force)

        monkeypatch.setattr(module, "write", write)
        with pytest.raises(AttachError, match="no space"):
            extend(package, NEWER)
        assert [one.data for one in read_layout(tmp_path / "layout", Limits())] == [CYCLONEDX.data]
        for path in (tmp_path / "layout" / "blobs" / "sha256").iterdir():
            assert oci.digest_of(path.read_bytes()) == f"sha256:{path.name}"
