"""Bundled libraries: which files are, whose they are, their versions; and one component for one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from support import info_members

from cf_sbom.extractors import bundled
from cf_sbom.generate import Description
from cf_sbom.model import Component, Member, Sbom
from cf_sbom.testing import check_match
from fixtures.members.exporting import SAMPLES, exporting_elf, exporting_macho, exporting_pe, returns
from fixtures.members.images import elf

SITE = "lib/python3.12/site-packages"
LIBS = f"{SITE}/demo.libs"
Described = Callable[..., Description]
OPENSSL = b'\0OpenSSL 3.0.13 30 Jan 2024\0OPENSSLDIR: "/x"\0'


def here(sbom: Sbom, path: str) -> list[Component]:
    """The components that are seen in a file."""
    return [c for c in sbom.components if any(o.path == path for o in c.occurrences)]


def named(sbom: Sbom, path: str) -> tuple[str, str, str]:
    """The one component of a file, to which the file is attributed, and which the package contains."""
    (found,) = here(sbom, path)
    (file,) = (file for file in sbom.files if file.path == path)
    assert (file.role, file.owner) == ("component", found.ref)
    assert ("contains", found.ref) in {(r.kind, r.target) for r in sbom.relations}
    return found.name, found.version, found.purl


def wheel_document(*components: Mapping[str, Any], name: str = "demo-1.0.dist-info") -> dict[str, bytes]:
    tree = {"bomFormat": "CycloneDX", "specVersion": "1.4", "components": components}
    return {f"{SITE}/{name}/sboms/auditwheel.cdx.json": json.dumps(tree).encode()}


def rpm(name: str, version: str) -> dict[str, str]:
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:rpm/almalinux/{name}@{version}"}


def test_members() -> None:
    (extractor,) = bundled.cf_sbom_extractors()
    check_match(
        extractor,
        [
            Member(path="any/name", kind="file", size=9, head=b"\x7fELF".ljust(16, b"\0")),
            Member(path="info/index.json", kind="file", size=9),
        ],
        ["lib/libz.a", Member(path="info/x", kind="file", size=4, head=b"\x7fELF")],
    )


def test_every_format(described: Described) -> None:
    sbom = described(payload=SAMPLES).sbom
    told = {path.rpartition("/")[2].partition("-")[0]: named(sbom, path) for path in SAMPLES}
    assert told == {
        "libwebp": ("libwebp", "1.6.0", "pkg:generic/libwebp@1.6.0"),
        "libsharpyuv": ("libwebp", "1.6.0", "pkg:generic/libwebp@1.6.0"),  # since libwebp is linked with it
        "libavif.16.4.2.dylib": ("libavif", "1.4.2", "pkg:generic/libavif@1.4.2"),
        "msvcp140": ("microsoft-vc-runtime", "14.40.33810.0", "pkg:generic/microsoft-vc-runtime@14.40.33810.0"),
    }
    assert not [p for p in sbom.problems if p.by in ("bundled", "assemble")]


def library(exports: dict[str, bytes], **more: Any) -> bytes:
    return exporting_elf(exports, **more)


KEYUTILS = library({"keyutils_version_string": b"keyutils-1.5.8\0"})
RENAMED = library({"ZSTD_versionNumber": returns(10507)}, soname="libzstd.so.1")


@pytest.mark.parametrize(
    ("path", "data", "name", "version"),
    [
        (f"{LIBS}/libharfbuzz-3a1f2c9d.so.0.60830.0", library({"hb_version_string": b"\xcc"}), "harfbuzz", "8.3.0"),
        (f"{LIBS}/libfreetype-3a1f2c9d.so.6.20.6", library({"FT_Init_FreeType": b"\xcc"}), "freetype", ""),
        (f"{LIBS}/libkeyutils-3a1f2c9d.so.1.5", KEYUTILS, "keyutils", "1.5.8"),
        (f"{LIBS}/libcom_err-3a1f2c9d.so.2.1", library({"init_error_table": b"\xcc"}), "e2fsprogs", ""),
        (f"{LIBS}/libcom_err-3a1f2c9d.so.3.0", library({"error_table_name_r": b"\xcc"}), "krb5", ""),
        (f"{LIBS}/libjpeg-3a1f2c9d.so.62.4.0", library({"jpeg_skip_scanlines": b"\xcc"}), "libjpeg-turbo", ""),
        (f"{LIBS}/libjpeg-3a1f2c9d.so.9.6.0", library({"jpeg_core_output_dimensions": b"\xcc"}), "libjpeg", ""),
        # What is called so and exports nothing of it may be anything; where nothing can be seen the name counts.
        (f"{LIBS}/libfreetype-3a1f2c9d.so.6", library({"other": b"\xcc"}), "libfreetype", ""),
        (f"{LIBS}/libzstd-3a1f2c9d.so.1.5.7", elf({".text": b"x"}, kind=3), "zstd", "1.5.7"),
        (f"{LIBS}/libjpeg-3a1f2c9d.so.62.4.0", elf({".text": b"x"}, kind=3), "libjpeg", ""),
        (f"{LIBS}/libOther-3a1f2c9d.so.1.2.3", library({"f": b"\xcc"}), "libOther", ""),
        (f"{LIBS}/libicuuc-3a1f2c9d.so.72.1", library({"u_init_72": b"\xcc"}), "icu", "72.1"),
        # Its own name tells where the file's does not.
        (f"{LIBS}/libpriv-3a1f2c9d.so", RENAMED, "zstd", "1.5.7"),
        # Mangled names anywhere, plain ones where what they export shows whose they are.
        ("lib/libwebp-3a1f2c9d.so.7", library({"WebPGetDecoderVersion": returns(0x10600)}), "libwebp", "1.6.0"),
        (f"{SITE}/demo/lib/libz.so.1", library({"zlibVersion": returns("1.3.1")}), "zlib", "1.3.1"),
        ("lib/jvm/lib/libfreetype.so", library({"FT_Init_FreeType": b"\xcc"}), "freetype", ""),
        # The fork in its place says so.
        (f"{LIBS}/libz-3a1f2c9d.so.1", library({"zlibVersion": returns("1.3.1.zlib-ng")}), "zlib-ng", ""),
        (
            f"{SITE}/demo/.dylibs/libpng16.16.dylib",
            exporting_macho({"png_access_version_number": returns(10658, arm=True)}, name="/DLC/demo/.dylibs/x.dylib"),
            "libpng",
            "1.6.58",
        ),
        (
            f"{LIBS}/libpq-b5fba87b7d467685822e9fec10022db9.dll",
            exporting_pe({"PQlibVersion": returns(180004)}, name="libpq.dll"),
            "postgresql",
            "18.4",
        ),
    ],
)  # fmt: skip
def test_names_and_versions(described: Described, path: str, data: bytes, name: str, version: str) -> None:
    sbom = described(payload={path: data}).sbom
    purl = f"pkg:generic/{name}@{version}" if version else ""
    assert named(sbom, path) == (name, version, purl)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("lib/libz.so.1", library({"zlibVersion": returns("1.3.1")})),  # where packages have their own
        ("Library/bin/zlib.dll", exporting_pe({"zlibVersion": returns("1.3.1")}, name="zlib.dll")),
        (f"{SITE}/demo/libfreetype.so", library({"f": b"\xcc"})),  # no sign but the name
        (f"{SITE}/demo/libother.so", library({"f": b"\xcc"})),
        (f"{SITE}/demo/libdemo.so", library({"zlibVersion": returns("1.3.1")})),  # exports it, and is more
        (f"{SITE}/demo/_z.cpython-312-x86_64-linux-gnu.so", library({"zlibVersion": returns("1.3.1")})),
        (f"{LIBS}/libdemo-3a1f2c9d.so.1", library({"f": b"\xcc"})),  # of the package itself
        (f"{SITE}/demo/.libs/libdemo.so.1", library({"f": b"\xcc"})),
        ("bin/libz-3a1f2c9d.so", elf({".text": b"x"})),  # a program
        ("lib/libz-3a1f2c9d.so", b"\x7fELF" + bytes(60)),
        (f"{LIBS}/libz-3a1f2c9d.so.1", b"no library"),
    ],
)
def test_what_is_not_bundled(described: Described, path: str, data: bytes) -> None:
    sbom = described(payload={path: data}).sbom
    assert not [e for c in here(sbom, path) for o in c.occurrences for e in o.evidence if e.by == "bundled"]


def test_a_copy_in_the_package_of_its_own_project_is_its_own(described: Described) -> None:
    payload = {"share/demo/libz.so": library({"zlibVersion": returns("1.3.1")})}
    index = {
        "name": "libzlib",
        "version": "1.3.1",
        "build": "0",
        "build_number": 0,
        "subdir": "linux-64",
        "depends": [],
    }
    assert here(described(info=info_members(index), payload=payload).sbom, "share/demo/libz.so") == []
    assert named(described(payload=payload).sbom, "share/demo/libz.so")[0] == "zlib"


def test_what_the_evidence_says(described: Described) -> None:
    path = f"{LIBS}/libwebp-3a1f2c9d.so.7.2.0"
    (found,) = here(described(payload={path: SAMPLES[path]}).sbom, path)
    evidence = {(e.technique, e.field, e.detail, e.confidence) for e in found.occurrences[0].evidence}
    assert evidence == {
        ("filename", "", "libwebp.so.7.2.0", 0.7),
        ("binary", "own name", "libwebp-3a1f2c9d.so.7.2.0", 0.7),
        ("binary", "export WebPGetDecoderVersion", "", 0.95),
        ("binary", "export WebPGetDecoderVersion", "67072", 0.95),
    }


def test_clues_that_contradict_are_a_conflict(described: Described) -> None:
    path = f"{LIBS}/libzstd-3a1f2c9d.so.1.5.6"
    sbom = described(payload={path: library({"ZSTD_versionNumber": returns(10507)})}).sbom
    assert named(sbom, path)[1] == "1.5.7"
    (problem,) = (p for p in sbom.problems if p.by == "bundled")
    reason = "export ZSTD_versionNumber says that it is 1.5.7, and number 1.5.6"
    assert (problem.severity, problem.path, problem.reason) == ("conflict", path, reason)


def test_libraries_of_one_project_that_are_linked_have_one_version(described: Described) -> None:
    crypto, ssl, other = (f"{LIBS}/lib{name}-3a1f2c9d.so.3" for name in ("crypto", "ssl", "lber"))
    payload = {
        crypto: exporting_elf({"OPENSSL_init_crypto": OPENSSL}, soname="libcrypto-3a1f2c9d.so.3"),
        ssl: library({"OPENSSL_init_ssl": b"\xcc"}, needed=["libcrypto-3a1f2c9d.so.3"]),
        other: library({"ber_alloc_t": b"\xcc"}, needed=["libcrypto-3a1f2c9d.so.3"]),
        f"{LIBS}/libldap-3a1f2c9d.so.2": library({"ldap_initialize": b"\xcc"}, needed=["liblber-3a1f2c9d.so.3"]),
    }
    payload[crypto] = payload[crypto].replace(b".text", b".data")  # the text is data there
    sbom = described(payload=payload).sbom
    assert named(sbom, ssl) == ("openssl", "3.0.13", "pkg:generic/openssl@3.0.13")
    assert here(sbom, ssl) == here(sbom, crypto)
    assert here(sbom, other) == here(
        sbom, f"{LIBS}/libldap-3a1f2c9d.so.2"
    )  # one project, though its version is not known
    assert named(sbom, other) == ("openldap", "", "")


def test_a_package_of_a_distribution_and_the_file_are_one(described: Described) -> None:
    path = f"{LIBS}/libXau-154567c4.so.6.0.0"
    payload = {path: library({"XauReadAuth": b"\xcc"}), **wheel_document(rpm("libXau", "1.0.9-3.el8"))}
    sbom = described(payload=payload).sbom
    assert named(sbom, path) == ("libXau", "1.0.9-3.el8", "pkg:rpm/almalinux/libXau@1.0.9-3.el8")
    (found,) = here(sbom, path)
    assert found.aliases == ("pkg:generic/libxau@1.0.9",)
    assert not [p for p in sbom.problems if p.severity == "conflict"]


@pytest.mark.parametrize(("version", "conflict"), [("1:1.5.7-2.el8", False), ("1.5.5-1.el8", True)])
def test_versions_that_differ_are_a_conflict_of_one_component(
    described: Described, version: str, conflict: bool
) -> None:
    path = f"{LIBS}/libzstd-3a1f2c9d.so.1"
    payload = {path: library({"ZSTD_versionNumber": returns(10507)}), **wheel_document(rpm("libzstd", version))}
    sbom = described(payload=payload).sbom
    (found,) = here(sbom, path)
    assert found.aliases == ("pkg:generic/zstd@1.5.7",)
    reasons = [p.reason for p in sbom.problems if p.severity == "conflict"]
    assert reasons == ([f"version of {found.ref}: '1.5.5-1.el8' or '1.5.7'"] if conflict else [])


def test_a_package_of_a_distribution_has_all_its_files(described: Described) -> None:
    util, codec = f"{LIBS}/libavutil-3a1f2c9d.so.60", f"{LIBS}/libavcodec-3a1f2c9d.so.62"
    payload = {
        util: library({"av_version_info": returns("8.1.1")}),
        codec: library({"avcodec_version": b"\xcc"}, needed=["libavutil-3a1f2c9d.so.60"]),
        **wheel_document(rpm("ffmpeg", "8.1.1-1.el9")),
    }
    sbom = described(payload=payload).sbom
    assert here(sbom, util) == here(sbom, codec)
    assert named(sbom, util)[0] == "ffmpeg"


def test_what_a_document_calls_the_same_is_the_same(described: Described) -> None:
    lcms, xcb = f"{LIBS}/liblcms2-3a1f2c9d.so.2.0.19", f"{LIBS}/libxcb-3a1f2c9d.so.1.1.0"
    payload = {
        lcms: library({"cmsGetEncodedCMMversion": returns(2190)}),
        xcb: library({"xcb_connect": b"\xcc"}),
        **wheel_document(
            {"type": "library", "name": "Little CMS 2", "version": "2.19.1", "scope": "optional"},
            {"type": "library", "name": "libxcb", "version": "1.17.0"},
            {"type": "library", "name": "zstd", "version": "1.5.7", "purl": "pkg:pypi/zstd@1.5.7"},
        ),
    }
    sbom = described(payload=payload).sbom
    assert named(sbom, lcms) == ("lcms2", "2.19.1", "pkg:generic/lcms2@2.19.1")
    assert named(sbom, xcb) == ("libxcb", "1.17.0", "pkg:generic/libxcb@1.17.0")
    assert len([c for c in sbom.components if "CMS" in c.name or "lcms" in c.name]) == 1
    assert not [p for p in sbom.problems if p.severity == "conflict"]


def test_a_document_that_says_another_version_is_a_conflict(described: Described) -> None:
    path = f"{LIBS}/libzstd-3a1f2c9d.so.1"
    stated = {"type": "library", "name": "zstd", "version": "1.4.0"}
    sbom = described(payload={path: library({"ZSTD_versionNumber": returns(10507)}), **wheel_document(stated)}).sbom
    assert named(sbom, path)[1] == "1.5.7"
    (problem,) = (p for p in sbom.problems if p.severity == "conflict")
    assert problem.reason == f"says zstd 1.4.0; the file is 1.5.7 ({path})"


def test_a_document_of_another_wheel_says_nothing(described: Described) -> None:
    path = f"{LIBS}/libxcb-3a1f2c9d.so.1.1.0"
    payload = {
        path: library({"xcb_connect": b"\xcc"}),
        f"{SITE}/demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        **wheel_document({"type": "library", "name": "libxcb", "version": "1.17.0"}, name="other-1.0.dist-info"),
    }
    assert named(described(payload=payload).sbom, path) == ("libxcb", "", "")
