"""Libraries inside binaries: what is linked in, what a file itself is, and what is not claimed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cf_sbom.banners.libraries import LIBRARIES
from cf_sbom.extractors import native
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Member, Ownership, Problem, Relation
from cf_sbom.testing import check_match
from fixtures.members.images import SAMPLES, crates, elf, go_inline, macho, pe
from fixtures.members.linking import archive, coff

ZLIB = b"\0 deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly and Mark Adler \0"
OPENSSL = b'\0OpenSSL 3.0.13 30 Jan 2024\0OPENSSLDIR: "/x"\0'
CRATE = b"\0/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/regex-1.10.2/src/lib.rs\0"
CONTEXT = Context(options=Options(), limits=Limits())


def read(data: bytes, path: str = "bin/tool") -> list[Any]:
    return list(native.read(Member(path=path, kind="file", size=len(data)), Body(memoryview(data)), CONTEXT))


def told(data: bytes, path: str = "bin/tool") -> list[tuple[str, str]]:
    """What is found, and how the package has it: linked in, the file itself, or simply there."""
    findings = read(data, path)
    linked = {f.target for f in findings if isinstance(f, Relation) and f.kind == "static_link"}
    owned = {f.ref for f in findings if isinstance(f, Ownership)}
    return [
        (f.ref, "linked" if f.ref in linked else "itself" if f.ref in owned else "there")
        for f in findings
        if isinstance(f, Component)
    ]


FORKS = {"libjpeg", "zlib-ng"}  # their files have the names of those whose place they take


def test_members() -> None:
    (extractor,) = native.cf_sbom_extractors()
    magics = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"!<arch>\n")
    check_match(
        extractor,
        [Member(path="any/name", kind="file", size=9, head=magic.ljust(16, b"\0")) for magic in magics],
        ["lib/libz.a", "lib/python3.12/a.py", Member(path="info/x", kind="file", size=4, head=b"\x7fELF")],
    )


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("bin/tool", "linked"),
        ("lib/python3.12/site-packages/a/_a.cpython-312-x86_64-linux-gnu.so", "linked"),
        ("lib/libz.so.1.3.1", "itself"),
        ("lib/libz.1.dylib", "itself"),
        ("Library/bin/zlib.dll", "itself"),
        ("Library/bin/zlib1.dll", "itself"),
        ("lib/python3.12/site-packages/a.libs/libz-3a1f2c9d.so.1.3.1", "itself"),
        ("lib/libzstd.so.1", "linked"),
        ("lib/libz", "linked"),
        ("lib/libz3.so.4", "linked"),  # a solver
        ("lib/python3.12/lib-dynload/zlib.cpython-312-x86_64-linux-gnu.so", "linked"),  # the module, not the library
    ],
)
def test_a_library_is_linked_in_unless_the_file_is_called_so(path: str, how: str) -> None:
    assert told(elf({".rodata": ZLIB}), path) == [("pkg:generic/zlib@1.3.1", how)]


@pytest.mark.parametrize(
    ("path", "library"),
    [
        ("lib/libbz2.so.1.0.8", "bzip2"),
        ("lib/libcrypto.so.3", "openssl"),
        ("Library/bin/libcrypto-3-x64.dll", "openssl"),
        ("lib/libopenjp2.so.2.5.4", "openjpeg"),
        ("lib/libpng16.so.16", "libpng"),
        ("lib/libkrb5.so.3.3", "krb5"),
        ("lib/libicuuc.73.2.dylib", "icu"),
        ("lib/libsqlite3.so.0", "sqlite"),
        ("a.libs/libjpeg-3a1f2c9d.so.62.4.0", "libjpeg-turbo"),
        ("lib/libavcodec.so.61", "ffmpeg"),
        ("lib/liblzma.5.dylib", "xz"),
        ("lib/libcares.so.2", "c-ares"),
        ("lib/libturbojpeg.so.0", "libjpeg-turbo"),
        ("a.libs/libscipy_openblas64_-32a4b2a6.so", "openblas"),
        ("Library/lib/libcrypto_static.lib", "openssl"),
        # of libraries that the table of projects lacks
        ("lib/liblua5.4.so.0", "lua"),
        ("lib/libtcl8.6.so", "tcl"),
        ("lib/libtk8.6.so", "tk"),
        ("Library/bin/python312.dll", "python"),
        ("lib/libLLVM.so.22.1-rust-1.95.0-stable", "llvm"),
    ],
)
def test_the_library_that_a_file_is_called_after(path: str, library: str) -> None:
    assert {one.name for one in LIBRARIES if native.is_called(path, one.name)} - FORKS == {library}


@pytest.mark.parametrize("make", [elf, macho, pe])
def test_every_format(make: Callable[..., bytes]) -> None:
    name = "__const" if make is macho else ".rdata"
    found = {ref for ref, _ in told(make({name: ZLIB + OPENSSL}))}
    assert found == {"pkg:generic/zlib@1.3.1", "pkg:generic/openssl@3.0.13"}


def test_what_is_said_of_a_library() -> None:
    (found,) = (f for f in read(elf({".rodata": OPENSSL})) if isinstance(f, Component))
    (evidence,) = found.occurrences[0].evidence
    assert (found.version, found.cpes) == ("3.0.13", ("cpe:2.3:a:openssl:openssl:3.0.13:*:*:*:*:*:*:*",))
    assert (evidence.technique, evidence.confidence, evidence.detail) == ("binary", 0.95, "OpenSSL 3.0.13 30 Jan 2024")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (elf({".rodata": CRATE}), [("pkg:cargo/regex@1.10.2", "there")]),
        (elf({".rodata": CRATE, ".dep-v0": crates()}), []),  # says itself what it is made of
        (elf({".rodata": ZLIB, ".go.buildinfo": go_inline("go1.22.3", "")}), []),  # Go has translations of libraries
        (elf({".text": b"x", ".rodata": b"nothing"}), []),
        (b"\x7fELF" + bytes(60), []),
        (b"\xca\xfe\xba\xbe\0\0\0\x41", []),
        (ZLIB, []),
    ],
)
def test_other_binaries(data: bytes, found: list[tuple[str, str]]) -> None:
    assert told(data) == found


def test_a_whole_package(described: Callable[..., Description]) -> None:
    purl = "pkg:generic/openssl@3.0.13?checksum=sha256:00"
    component = {"type": "library", "name": "OpenSSL", "version": "3.0.13", "purl": purl}
    tree = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}
    sbom = described(
        payload={
            "bin/tool": elf({".rodata": ZLIB + OPENSSL}),
            "lib/libz.so.1.3.1": elf({".rodata": ZLIB}),
            "share/sbom/a.cdx.json": json.dumps(tree).encode(),
        }
    ).sbom
    kinds = {(r.kind, r.target) for r in sbom.relations if r.source == sbom.root}
    assert ("contains", "pkg:generic/zlib@1.3.1") in kinds  # the library itself lies beside the program
    openssl = next(c for c in sbom.components if c.name.lower() == "openssl")
    assert ("static_link", "pkg:generic/zlib@1.3.1") in kinds
    assert ("static_link", openssl.ref) in kinds
    assert {o.path for o in openssl.occurrences} == {"bin/tool", "share/sbom/a.cdx.json"}


@pytest.mark.parametrize(("threshold", "count"), [(0.95, 1), (0.96, 0)])
def test_the_threshold_decides(described: Callable[..., Description], threshold: float, count: int) -> None:
    sbom = described(payload={"bin/tool": elf({".rodata": ZLIB})}, native_threshold=threshold).sbom
    assert len([c for c in sbom.components if c.name == "zlib"]) == count
    assert not [p for p in sbom.problems if "was not found" in p.reason]


@pytest.mark.parametrize("data", SAMPLES.values())
def test_programs_without_banners_hold_no_libraries(data: bytes) -> None:
    assert told(data) == []


# Static libraries

PCRE = (b"\0PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u\0", b"\x0010.42 2022-12-11\0")


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("lib/libz.a", "itself"),
        ("Library/lib/zlib.lib", "itself"),
        ("Library/lib/zlibstatic.lib", "itself"),
        ("lib/libother.a", "linked"),
        ("lib/libz.a.txt", "linked"),
    ],
)
def test_a_static_library_is_what_its_objects_name(path: str, how: str) -> None:
    objects = (("deflate.o", elf({".rodata": ZLIB}, kind=1)), ("README", ZLIB), ("b.o", elf({".text": b"x"}, kind=1)))
    assert told(archive(objects), path) == [("pkg:generic/zlib@1.3.1", how)]


def test_the_objects_of_a_static_library_are_searched_as_one() -> None:
    objects = [(f"{number}.o", elf({".rodata": data}, kind=1)) for number, data in enumerate(PCRE)]
    (found,) = (f for f in read(archive(objects), "lib/libpcre2-8.a") if isinstance(f, Component))
    (evidence,) = found.occurrences[0].evidence
    start = archive(objects[1:]).index(PCRE[1]) - archive(objects[1:]).index(b"\x7fELF")
    assert (found.ref, evidence.field) == ("pkg:generic/pcre2@10.42", f"1.o offset {start + 1:#x}")


@pytest.mark.parametrize(
    "member",
    [
        coff({".rdata": ZLIB}),
        coff({".data": b"x", ".rdata$zz": ZLIB}),
        macho({"__const": ZLIB}, kind=1),
        elf({".rodata": ZLIB}, kind=1, pointer=4, order=">"),
    ],
)
def test_objects_of_every_format(member: bytes) -> None:
    assert told(archive((("a.o", member),)), "lib/libx.a") == [("pkg:generic/zlib@1.3.1", "linked")]


@pytest.mark.parametrize(
    "data",
    [
        archive((("go.o", elf({".rodata": ZLIB, ".go.buildinfo": go_inline("go1.22.3", "")}, kind=1)),)),
        archive((("a.o", b"BC\xc0\xde" + ZLIB),)),
        archive((("a.o", elf({".rodata": ZLIB}, kind=1)),), thin=True),
        archive((("a.obj", coff({".debug$S": ZLIB, ".drectve": ZLIB})),)),
        archive((("a.o", elf({".rodata": ZLIB}, kind=1)[:40]),)),
        b"!<arch>\n" + ZLIB,
    ],
)
def test_archives_that_tell_nothing(data: bytes) -> None:
    assert read(data, "lib/libx.a") == []


def test_a_static_library_of_rust_names_its_crates() -> None:
    assert told(archive((("a.o", elf({".rodata": CRATE}, kind=1)),)), "lib/x.a") == [
        ("pkg:cargo/regex@1.10.2", "there")
    ]


def test_the_sections_of_a_static_library_are_bounded() -> None:
    data = archive([(f"{number}.o", elf({".rodata": ZLIB}, kind=1)) for number in range(9)])
    member = Member(path="lib/libx.a", kind="file", size=len(data), head=data[:16])
    context = Context(options=Options(), limits=Limits(entries=4))
    problems = [f for f in native.read(member, Body(memoryview(data)), context) if isinstance(f, Problem)]
    assert [(p.severity, "limit entries" in p.reason) for p in problems] == [("gap", True)]
