"""Layouts read back: what is attached to which package, and everything that is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom import oci
from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci import manifests as oci_manifests
from cf_sbom.oci.layouts import blob_path, is_layout, read_layout
from cf_sbom.parsing import ParseError

PACKAGE = b"the bytes of a package"
LAYERS = oci_manifests.PackageLayers(
    name="demo",
    version="1.0",
    build="0",
    package=oci.describe(PACKAGE, oci.PACKAGES["conda"]),
    md5="0" * 32,
    info_archive=b"archive",
    index=b"{}",
)
DOCUMENT = Document(
    format="cyclonedx-json",
    version="1.6",
    media_type="application/vnd.cyclonedx+json",
    suffix=".cdx.json",
    data=b'{"bomFormat": "CycloneDX"}',
    sha256="",
)
TITLE = "demo-1.0-0.conda.cdx.json"


class Layout:
    """A layout written byte by byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        data, blobs = oci_manifests.package_manifest(LAYERS)
        self.subject = oci.describe(data, oci.MANIFEST)
        self.referrer = oci_manifests.referrer(DOCUMENT, TITLE, self.subject)
        for content in (data, PACKAGE, self.referrer.data, *(b for _, b in (*blobs, *self.referrer.blobs))):
            self.blob(content)
        self.index(self.subject, self.referrer.descriptor)

    def blob(self, data: bytes, name: str = "") -> Path:
        path = blob_path(self.folder, name or oci.digest_of(data))
        path.write_bytes(data)
        return path

    def index(self, *listed: oci.Descriptor) -> None:
        tree = {"schemaVersion": 2, "manifests": [d.tree for d in listed]}
        (self.folder / "index.json").write_bytes(json.dumps(tree).encode())

    def list_manifest(self, tree: Any) -> None:
        data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
        self.blob(data)
        self.index(self.subject, oci.describe(data, oci.MANIFEST))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


def test_a_document_is_read_with_its_subject_and_package(layout: Layout) -> None:
    assert is_layout(layout.folder)
    (found,) = read_layout(layout.folder, Limits())
    assert (found.data, found.media_type, found.artifact_type) == (
        DOCUMENT.data,
        DOCUMENT.media_type,
        DOCUMENT.media_type,
    )
    assert found.subject == layout.subject
    assert found.package == LAYERS.package.digest.removeprefix("sha256:")
    assert found.title == TITLE
    assert found.manifest == layout.referrer.descriptor.digest


def test_what_an_index_in_the_index_lists_is_read_once(layout: Layout) -> None:
    inner, _ = oci_manifests.listed(b"", [layout.referrer.descriptor], Limits())
    layout.blob(inner)
    layout.index(layout.subject, oci.describe(inner, oci.INDEX), layout.referrer.descriptor)
    assert len(read_layout(layout.folder, Limits())) == 1


def test_what_is_no_document_is_passed_over(layout: Layout) -> None:
    signature = replace(DOCUMENT, media_type="application/vnd.dev.cosign.artifact.sig.v1+json")
    other = oci_manifests.referrer(signature, "sig", layout.subject)
    layout.blob(other.data)
    layout.index(layout.subject, other.descriptor, replace(other.descriptor, media_type="application/x-other"))
    assert read_layout(layout.folder, Limits()) == ()


def test_the_subject_need_not_be_a_conda_package(layout: Layout) -> None:
    subject = oci.encode({"mediaType": oci.MANIFEST, "config": LAYERS.package.plain.tree, "layers": []})
    layout.blob(subject)
    other = oci_manifests.referrer(DOCUMENT, TITLE, oci.describe(subject, oci.MANIFEST))
    layout.blob(other.data)
    layout.index(other.descriptor)
    assert [found.package for found in read_layout(layout.folder, Limits())] == [""]


REFUSED: dict[str, tuple[Callable[[Layout], object], str]] = {
    "no layout": (lambda one: (one.folder / "oci-layout").unlink(), "oci-layout: cannot be read"),
    "another version": (
        lambda one: (one.folder / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}'),
        "not an OCI image layout of version 1",
    ),
    "version is no object": (lambda one: (one.folder / "oci-layout").write_text("[]"), "not an OCI image layout"),
    "index is no JSON": (lambda one: (one.folder / "index.json").write_text("{"), "not JSON"),
    "index lists nothing": (lambda one: (one.folder / "index.json").write_text("{}"), "lists nothing"),
    "index too large": (
        lambda one: (one.folder / "index.json").write_bytes(b" " * (oci.MANIFEST_SIZE + 1)),
        "larger than",
    ),
    "document gone": (lambda one: blob_path(one.folder, oci.digest_of(DOCUMENT.data)).unlink(), "cannot be read"),
    "document changed": (
        lambda one: one.blob(DOCUMENT.data.replace(b"D", b"d"), oci.digest_of(DOCUMENT.data)),
        "the bytes under this digest are others",
    ),
    "document longer": (
        lambda one: one.blob(DOCUMENT.data + b" ", oci.digest_of(DOCUMENT.data)),
        "larger than",
    ),
    "manifest changed": (
        lambda one: one.blob(one.referrer.data.replace(b"demo", b"omed"), one.referrer.descriptor.digest),
        "the bytes under this digest are others",
    ),
    "package's manifest gone": (lambda one: blob_path(one.folder, one.subject.digest).unlink(), "cannot be read"),
    "a digest that climbs": (
        lambda one: one.index(replace(one.subject, digest="sha256:../../../etc/passwd")),
        "without a sha256 digest",
    ),
    "another hash": (lambda one: one.index(replace(one.subject, digest=f"sha512:{'0' * 128}")), "sha256 digest"),
    "a negative size": (lambda one: one.index(replace(one.subject, size=-1)), "without a size"),
    "a huge manifest": (lambda one: one.index(replace(one.subject, size=1 << 40)), "larger than"),
    "a manifest that is no object": (lambda one: one.list_manifest([]), "not a manifest"),
    "manifest and index in one": (
        lambda one: one.list_manifest({"mediaType": oci.MANIFEST, "layers": [], "manifests": []}),
        "a manifest and an index in one",
    ),
    "a layer that is no object": (
        lambda one: one.list_manifest({"mediaType": oci.MANIFEST, "config": {}, "layers": [1]}),
        "a descriptor",
    ),
    "announced as another kind": (
        lambda one: one.index(replace(one.subject, media_type=oci.INDEX)),
        "of another kind than announced",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_right_is_refused_in_one_line(case: str, layout: Layout) -> None:
    change, reason = REFUSED[case]
    change(layout)
    with pytest.raises(DocumentError, match=reason) as error:
        read_layout(layout.folder, Limits())
    assert "\n" not in str(error.value)
    assert str(layout.folder.parent) not in str(error.value)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_blob_is_a_regular_file(kind: str, layout: Layout, tmp_path: Path) -> None:
    path = blob_path(layout.folder, oci.digest_of(DOCUMENT.data))
    path.unlink()
    if kind == "link":
        (tmp_path / "elsewhere").write_bytes(DOCUMENT.data)
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(DocumentError, match=r"not a regular file|cannot be read"):
        read_layout(layout.folder, Limits())


def test_a_document_over_the_limit_is_not_read(layout: Layout) -> None:
    with pytest.raises(DocumentError, match="limit document_size"):
        read_layout(layout.folder, Limits(document_size=3))


def test_an_index_that_lists_itself_over_and_over_ends(layout: Layout) -> None:
    listing, _ = oci_manifests.listed(b"", [layout.subject], Limits())
    for _ in range(50):
        layout.blob(listing)
        listing, _ = oci_manifests.listed(listing, [oci.describe(listing, oci.INDEX)], Limits())
    (layout.folder / "index.json").write_bytes(listing)
    assert read_layout(layout.folder, Limits()) == ()


def test_what_others_wrote_into_an_index_stays_as_it_is() -> None:
    theirs = b'{"manifests":[{"digest":["x"],"odd":[1.5,null,"\\ud800"]}],"mediaType":"%s"}' % oci.INDEX.encode()
    data, gone = oci_manifests.listed(theirs, [oci.describe(b"", oci.MANIFEST)], Limits())
    assert data.startswith(theirs[: theirs.index(b"}]")])
    assert gone == ()
    with pytest.raises(ParseError, match="number that JSON cannot hold"):
        oci_manifests.listed(theirs.replace(b"1.5", b"1e999"), [oci.describe(b"", oci.MANIFEST)], Limits())
    with pytest.raises(ParseError, match="stands twice"):
        oci.parse_manifest(b'{"layers": [], "layers": []}', Limits())


@given(
    st.binary(max_size=200) | st.from_regex(rb'\{"(layers|manifests)": ?\[(\{"digest": ?"sha256:[0-9a-f]{3}"\})?\]\}')
)
def test_any_bytes_are_a_manifest_or_are_refused(data: bytes) -> None:
    for read in (oci.parse_manifest, partial(oci_manifests.listed, added=[oci.describe(b"", oci.MANIFEST)])):
        with suppress(ParseError):
            read(data, limits=Limits())
