"""Containers: told by their bytes, read to their end, and what is wrong with them said."""

from __future__ import annotations

import bz2
import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support import FIXTURES, conda, info_members, link, tar, tar_bz2, zip_conda, zstd

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.generate import Description, describe
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry

METADATA = b'{"conda_pkg_format_version": 2}'


@pytest.fixture
def read(tmp_path: Path, registry: Registry) -> Callable[..., Sbom]:
    """Describe a file with these bytes."""

    def run(data: bytes, name: str = "demo-1.0-0.conda", **limits: int) -> Sbom:
        path = tmp_path / name
        path.write_bytes(data)
        return describe(path, Options(limits=Limits(**limits)), registry).sbom

    return run


def parts(**changes: bytes) -> dict[str, bytes]:
    found = {
        "metadata.json": METADATA,
        "pkg-demo-1.0-0.tar.zst": zstd.compress(tar({})),
        "info-demo-1.0-0.tar.zst": zstd.compress(tar(info_members())),
    }
    return found | changes


def test_the_container_is_told_by_its_bytes_not_by_its_name(read: Callable[..., Sbom]) -> None:
    assert read(conda(info_members()), "x.tar.bz2").subject.container == "conda"
    assert read(tar_bz2(info_members()), "x.conda").subject.container == "tar.bz2"
    assert read(conda(info_members()), "no-suffix-at-all").subject.filename == "demo-1.0-0.conda"


def test_component_names_come_from_the_archive(read: Callable[..., Sbom]) -> None:
    sbom = read(conda(info_members(), stem="something-else-1"), "renamed")
    assert sbom.subject.name == "demo"


def test_parts_in_a_folder_of_the_zip_are_read_and_told(read: Callable[..., Sbom]) -> None:
    sbom = read(zip_conda({f"some/folder/{name}": data for name, data in parts().items()}))
    assert [p.reason for p in sbom.problems if p.by == "archive"] == [
        "the parts of the archive lie in a folder; they belong at its root (CEP 35)"
    ]


def test_every_stream_of_a_multi_stream_bzip2_is_read(read: Callable[..., Sbom]) -> None:
    whole = tar({**info_members(), "lib/late.txt": b"late"})
    data = bz2.compress(whole[:700]) + bz2.compress(whole[700:2000]) + bz2.compress(whole[2000:])
    assert [f.path for f in read(data, "demo-1.0-0.tar.bz2").files] == ["lib/late.txt"]


def test_licences_in_the_payload_part_are_read_and_other_metadata_there_is_not(read: Callable[..., Sbom]) -> None:
    payload = {"info/licenses/LICENSE": b"text", "info/index.json": b'{"name": "other"}'}
    sbom = read(conda(info_members(), payload))
    assert [t.path for t in sbom.texts] == ["info/licenses/LICENSE"]
    assert sbom.subject.name == "demo"
    assert [p.path for p in sbom.problems if p.by == "archive"] == ["info/index.json"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello", "neither a .conda"),
        (b"PK\x03\x04", "damaged or truncated"),
        (b"BZh9", "damaged or truncated"),
        (zip_conda({"metadata.json": METADATA}), "no info-"),
        (zip_conda(parts() | {"info-two-1-0.tar.zst": b""}), "two info parts"),
        (zip_conda(parts() | {"metadata.json": b'{"conda_pkg_format_version": 3}'}), "unknown version '3'"),
        (zip_conda(parts() | {"info-demo-1.0-0.tar.zst": b"no zstd"}), "damaged or truncated"),
        (zip_conda(parts() | {"info-demo-1.0-0.tar.zst": zstd.compress(b"no tar" * 200)}), "damaged or truncated"),
        (conda(info_members())[:-300], "damaged or truncated"),
        (conda({}), "no info/index.json"),
        (conda({"info/index.json": b"[1]"}), "info/index.json: not a mapping"),
        (conda({"info/index.json": b"{"}), "info/index.json: not JSON"),
        (conda({"info/index.json": b'{"version": "1"}'}), "has no name"),
        (tar_bz2(info_members())[:200], "damaged or truncated"),
        (tar_bz2({"lib/x": b"x"}), "no info/index.json"),
    ],
)
def test_what_is_no_package_is_refused_in_one_line(read: Callable[..., Sbom], data: bytes, reason: str) -> None:
    with pytest.raises(TargetError, match=r"\A[^\n]*\Z") as error:
        read(data)
    assert reason in str(error.value)


def test_a_broken_header_in_mid_archive_is_an_error_and_not_the_end(read: Callable[..., Sbom]) -> None:
    data = bytearray(tar({**info_members(), "lib/a": b"a", "lib/b": b"b"}))
    at = data.index(b"lib/b")
    data[at + 148 : at + 156] = b"garbage!"  # its checksum
    with pytest.raises(TargetError, match="damaged or truncated"):
        read(bz2.compress(bytes(data)))


def test_a_missing_end_marker_is_told(read: Callable[..., Sbom]) -> None:
    whole = tar(info_members())
    sbom = read(bz2.compress(whole.rstrip(b"\0") + bytes(-len(whole.rstrip(b"\0")) % 512)))
    assert "the tar archive ends without its end marker" in [p.reason for p in sbom.problems]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "an absolute name"),
        ("../../x", "a name that climbs out of the package"),
        ("C:\\x", "an absolute name"),
        ("lib/../../x", "a name that climbs out of the package"),
    ],
)
def test_names_that_leave_the_folder_are_told(read: Callable[..., Sbom], name: str, reason: str) -> None:
    sbom = read(conda(info_members(), {name: b"x"}))
    assert reason in [p.reason for p in sbom.problems if p.by == "scan"]


def test_links_devices_and_doubles_are_told_and_never_followed(read: Callable[..., Sbom]) -> None:
    sbom = read(
        conda(
            info_members(),
            {
                "a": b"a",
                "hard": link("hard", "a", tarfile.LNKTYPE),
                "lost": link("lost", "nowhere", tarfile.LNKTYPE),
                "out": link("out", "../../etc/passwd"),
                "null": link("null", "", tarfile.CHRTYPE),
                "cycle": link("cycle", "cycle"),
            },
        )
    )
    files = {f.path: f for f in sbom.files}
    assert files["hard"].digests == files["a"].digests != ()
    assert {p.path for p in sbom.problems if p.by == "scan"} == {"lost", "out", "null", "cycle"}


def test_two_index_files_are_refused(read: Callable[..., Sbom]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for _ in range(2):
            data = info_members()["info/index.json"]
            member = tarfile.TarInfo("info/index.json")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(TargetError, match=r"2 info/index\.json"):
        read(bz2.compress(buffer.getvalue()))


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"members": 2}, "members"),
        ({"member_size": 50}, "member_size"),
        ({"total_size": 2000}, "total_size"),
        ({"path_length": 8}, "path_length"),
        ({"header_size": 100}, "header_size"),
    ],
)
def test_limits_refuse_with_their_name(read: Callable[..., Sbom], limits: dict[str, int], name: str) -> None:
    with pytest.raises(LimitError, match=f"limit {name}"):
        read(conda(info_members(), {"lib/x": bytes(5000)}), **limits)


def test_a_decompression_bomb_ends_early(read: Callable[..., Sbom]) -> None:
    compressor = zstd.ZstdCompressor()
    header = tarfile.TarInfo("zeros")
    header.size = 8 * 1024**3
    packed = [compressor.compress(header.tobuf()), *(compressor.compress(bytes(2**24)) for _ in range(20))]
    packed.append(compressor.flush())
    with pytest.raises(LimitError, match="compression_ratio"):
        read(zip_conda(parts() | {"pkg-demo-1.0-0.tar.zst": b"".join(packed)}))


def test_a_long_name_header_is_bounded(read: Callable[..., Sbom]) -> None:
    long = tarfile.TarInfo("x" * (3 * 1024 * 1024))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(long)
    with pytest.raises(LimitError, match="header_size"):
        read(bz2.compress(buffer.getvalue()))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_memory_is_not_taken_for_a_header_that_only_announces_bytes(read: Callable[..., Sbom], kind: bytes) -> None:
    header = tarfile.TarInfo("long")
    header.type, header.size = kind, 2**60
    with pytest.raises(LimitError, match="header_size"):
        read(bz2.compress(header.tobuf(tarfile.GNU_FORMAT)))


def test_a_sparse_file_has_the_digest_of_what_it_unpacks_to(read: Callable[..., Sbom]) -> None:
    stored = b"2\n0\n5\n100\n5\n".ljust(512, b"\0") + b"firstrest."
    keys = {"major": "1", "minor": "0", "name": "lib/holes", "realsize": "105"}
    member = tarfile.TarInfo("GNUSparseFile/holes")
    member.size, member.pax_headers = len(stored), {f"GNU.sparse.{key}": value for key, value in keys.items()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(stored))
    (file,) = read(zip_conda(parts() | {"pkg-demo-1.0-0.tar.zst": zstd.compress(buffer.getvalue())})).files
    unpacked = b"first" + bytes(95) + b"rest."
    assert (file.path, file.size) == ("lib/holes", 105)
    assert file.digests[0].value == hashlib.sha256(unpacked).hexdigest()


def test_a_member_that_is_passed_over_leads_to_the_next_one(read: Callable[..., Sbom]) -> None:
    payload = {"info/big": bytes(300_000), "lib/a": b"a" * 100_000, "info/small": b"x", "lib/b": b"b"}
    files = read(conda(info_members(), payload)).files
    assert [(f.path, f.digests[0].value) for f in files] == [
        (path, hashlib.sha256(payload[path]).hexdigest()) for path in ("lib/a", "lib/b")
    ]


def test_a_pipe_is_refused_before_it_can_block(tmp_path: Path, registry: Registry) -> None:
    pipe = tmp_path / "pipe.conda"
    os.mkfifo(pipe)
    with pytest.raises(TargetError, match="not a regular file"):
        describe(pipe, Options(), registry)


@pytest.fixture
def extracted(tmp_path: Path) -> Path:
    """The fixture linkage-demo, extracted as an installer does it, links and modes kept."""
    folder = tmp_path / "linkage-demo-0.4.0-2"
    package = FIXTURES / "packages" / "linux-64" / "linkage-demo-0.4.0-2.conda"
    from conda_package_handling.api import extract

    extract(str(package), dest_dir=str(folder))
    return folder


def test_a_folder_says_the_same_as_its_archive(
    extracted: Path, registry: Registry, fixture: Callable[..., Description]
) -> None:
    folder, archive = describe(extracted, Options(), registry).sbom, fixture("linkage-demo-0.4.0").sbom
    assert folder.files == archive.files
    assert [c.name for c in folder.components] == [c.name for c in archive.components]
    assert folder.texts == archive.texts
    assert folder.subject.digests == ()
    assert folder.subject.filename == ""


def test_what_is_stated_beside_a_folder_is_marked_as_stated(extracted: Path, registry: Registry) -> None:
    record = (
        b'{"fn": "linkage-demo-0.4.0-2.conda", "sha256": "'
        + b"ab" * 32
        + b'", "md5": "'
        + b"cd" * 16
        + b'", "size": 7,'
        b'"url": "https://conda.anaconda.org/demo/linux-64/linkage-demo-0.4.0-2.conda",'
        b'"channel": "https://conda.anaconda.org/demo/linux-64"}'
    )
    (extracted / "info" / "repodata_record.json").write_bytes(record)
    sbom = describe(extracted, Options(), registry).sbom
    root = sbom.root_component
    assert root.purl == "pkg:conda/linkage-demo@0.4.0?build=2&channel=demo&subdir=linux-64&type=conda"
    assert {d.value for d in root.digests} == {"ab" * 32, "cd" * 16}
    assert ("conda:package:digests-stated", "true") in root.properties
    assert "info/repodata_record.json" not in [f.path for f in sbom.files]


def test_a_folder_is_read_without_following_links(extracted: Path, registry: Registry, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (extracted / "lib" / "stolen").symlink_to(secret)
    (extracted / "info" / "licenses" / "stolen").symlink_to(secret)
    os.mkfifo(extracted / "lib" / "pipe")
    sbom = describe(extracted, Options(), registry).sbom
    assert {f.kind for f in sbom.files if f.path in ("lib/stolen", "lib/pipe")} == {"softlink", "device"}
    assert all(b"secret" not in t.data for t in sbom.texts)


def test_a_folder_without_info_is_no_package(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(TargetError, match="no folder info/"):
        describe(tmp_path, Options(), registry)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(extracted: Path, registry: Registry) -> None:
    (extracted / "lib" / "greet.pc").chmod(stat.S_IWUSR)
    with pytest.raises(TargetError, match="cannot be read"):
        describe(extracted, Options(), registry)
