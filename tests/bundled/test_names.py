"""Names of bundled files, where they lie, and every row of the table of projects."""

from __future__ import annotations

import pytest

from cf_sbom import bundled
from cf_sbom.bundled import Project, plain, version_in
from cf_sbom.bundled.names import library_name
from cf_sbom.bundled.places import place_of
from cf_sbom.bundled.projects import PROJECTS, project_called, projects_of


@pytest.mark.parametrize(
    ("path", "stem", "number", "mangled"),
    [
        ("pillow.libs/libjpeg-3a1f2c9d.so.62.4.0", "jpeg", "62.4.0", True),
        ("pillow.libs/libbrotlidec-53534446.so.1", "brotlidec", "1", True),  # a hash without letters
        ("a.libs/libopenblasp-r0-59ffcd50.3.15.so", "openblasp", "0.3.15", True),
        ("a.libs/libopenblasp-r0-23e5df77.3.21.dev.so", "openblasp", "0.3.21.dev", True),
        ("a.libs/libgfortran-040039e1-0352e75f.so.5.0.0", "gfortran", "5.0.0", True),  # twice
        ("fiona.libs/libpng16-fiona-8ebcc106.so.16.35.0", "png16", "16.35.0", True),
        ("pygame.libs/libSDL2-2-1667c208.0.so.0.2800.4", "sdl2-2.0", "0.2800.4", True),
        ("PIL/.dylibs/libpng16.16.dylib", "png16", "16", False),
        ("PIL/.dylibs/libz.1.3.1.zlib-ng.dylib", "z", "1.3.1.zlib-ng", False),
        ("numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll", "msvcp140", "", True),
        ("a.libs/libcrypto-3-x64-2e8f488bea4cd837057b41d4992de8ca.dll", "crypto", "3", True),
        ("lib/libstd-d3b9b0ccc1b5ac5d.so", "std-d3b9b0ccc1b5ac5d", "", False),  # as rustc names them
        ("lib/libabsl-20230802.so", "absl-20230802", "", False),  # a date
        ("lib/libfreetype.so", "freetype", "", False),
    ],
)
def test_names(path: str, stem: str, number: str, mangled: bool) -> None:
    found = library_name(path, grafted=place_of(path) == "grafted")
    assert found is not None
    assert (found.stem, found.number, found.mangled) == (stem, number, mangled)


@pytest.mark.parametrize(
    "path",
    [
        "a/_a.cpython-312-x86_64-linux-gnu.so",
        "a/_a.cp312-win_amd64.pyd",
        "a/_a.abi3.so",
        "a/x.py",
        "",
        "a" * 999 + ".so",
    ],
)
def test_what_is_no_library(path: str) -> None:
    assert library_name(path) is None


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("lib/python3.12/site-packages/pillow.libs/libjpeg-3a1f2c9d.so.62", "grafted"),
        ("lib/python3.12/site-packages/PIL/.dylibs/libjpeg.dylib", "grafted"),
        ("lib/python3.12/site-packages/ortools/.libs/libz.so.1", "private"),  # no tool makes a folder of that name
        ("lib/python3.12/site-packages/a/lib/libz.so", "private"),
        ("lib/jvm/lib/libfreetype.so", "private"),
        ("lib/R/library/a/libs/libz.so", "private"),
        ("lib/libz.so.1", ""),
        ("lib/a/libz.so.1", ""),
        ("Library/bin/zlib.dll", ""),
        ("bin/zlib.dll", ""),
        ("lib/gcc/x86_64-conda-linux-gnu/14.2.0/libgcc_s.so", ""),
        ("x86_64-conda-linux-gnu/sysroot/lib64/libcrypt.so.1", ""),
    ],
)
def test_places(path: str, place: str) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_every_row(project: Project) -> None:
    """Its stems are those of its files in every form, and all it is called leads to it."""
    assert project.name == project.name.lower()
    for stem in project.stems:
        plain_stem = stem.replace("*", "core")
        assert project in projects_of(plain_stem)
        for path in (f"a.libs/lib{plain_stem}-3a1f2c9d.so.9", f"a/.dylibs/lib{plain_stem}.9.dylib"):
            name = library_name(path, grafted=True)
            assert name is not None
            assert project in projects_of(name.stem), path
    for called in (project.name, *project.called):
        assert project_called(called) is project
    assert len({*project.symbols}) == len(project.symbols)


def test_rows_of_one_stem_are_told_apart_by_what_they_export() -> None:
    for project in PROJECTS:
        for stem in project.stems:
            rivals = projects_of(stem.rstrip("*"))
            symbols = [symbol for rival in rivals for symbol in rival.symbols]
            assert len(rivals) == 1 or all(rival.symbols for rival in rivals)
            assert len(set(symbols)) == len(symbols)


NUMBERS = [
    ("zlib", "1.3.1", "1.3.1"),
    ("zlib", "1", ""),
    ("xz", "5.8.4", "5.8.4"),
    ("zstd", "1.5.7", "1.5.7"),
    ("lz4", "1.9.4", "1.9.4"),
    ("openjpeg", "2.5.4", "2.5.4"),
    ("openjpeg", "7", ""),
    ("libpng", "16.58.0", "1.6.58"),
    ("libpng", "15.13.0", "1.5.13"),
    ("libpng", "16", ""),
    ("harfbuzz", "0.60830.0", "8.3.0"),
    ("harfbuzz", "0.61450.0", "14.5.0"),
    ("harfbuzz", "0.60000.0", ""),
    ("harfbuzz", "0.20704.0", ""),
    ("openssl", "1.1.1k", "1.1.1k"),
    ("openssl", "3.0.7", "3.0.7"),
    ("openssl", "1.1", ""),
    ("openssl", "1.0.0", ""),
    ("openssl", "3", ""),
    ("icu", "72.1", "72.1"),
    ("icu", "72", ""),
    ("libdrm", "2.124.0", "2.4.124"),
    ("libdrm", "2.4.0", ""),
    ("openblas", "0.3.15", "0.3.15"),
    ("openblas", "0", ""),
    ("qt", "5.15.2", "5.15.2"),
    ("qt", "6", ""),
    ("boost", "1.84.0", "1.84.0"),
]


@pytest.mark.parametrize(("name", "number", "version"), NUMBERS)
def test_numbers_that_are_versions(name: str, number: str, version: str) -> None:
    (project,) = (project for project in PROJECTS if project.name == name)
    assert project.number is not None
    assert project.number(number) == version


def test_every_rule_for_numbers_is_tested() -> None:
    assert {name for name, _, version in NUMBERS if version} == {p.name for p in PROJECTS if p.number is not None}


def test_what_numbers_decode_to() -> None:
    assert bundled.decimal(10507) == "1.5.7"
    assert bundled.bytewise(0x10600) == "1.6.0"
    assert bundled.brotli(0x1002000) == "1.2.0"
    assert bundled.thousands(3046001) == "3.46.1"
    assert (bundled.xz(50080042), bundled.xz(50080040)) == ("5.8.4", "")
    assert (bundled.postgresql(180006), bundled.postgresql(90603)) == ("18.6", "9.6.3")
    assert (bundled.lcms(2170), bundled.lcms(2131)) == ("2.17", "2.13.1")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (b"LIBTIFF, Version 4.7.2\nCopyright", "4.7.2"),
        (b"1.0.8, 13-Jul-2019", "1.0.8"),
        (b"expat_2.6.2", "2.6.2"),
        (b"fftw-3.3.10-sse2", "3.3.10"),
        (b"1.5.1-0-gabcdef0", "1.5.1"),
        (b"1.5.1-12-gabcdef0", ""),  # after that release
        (b"1.3.1.zlib-ng", ""),
        (b"3.12.0abc", ""),
        (b"", ""),
    ],
)
def test_versions_in_texts(text: bytes, version: str) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("Little CMS 2", "lcms2"),
        ("FreeType", "freetype"),
        ("libjpeg / libjpeg-turbo", "libjpeg-turbo"),
        ("openssl-libs", "openssl"),
        ("libXau", "libxau"),
        ("libcom_err", "e2fsprogs"),
        ("openblas-threads", "openblas"),
        ("cyrus-sasl-lib", "cyrus-sasl"),
    ],
)
def test_what_others_call_projects(called: str, name: str) -> None:
    project = project_called(called)
    assert project is not None
    assert project.name == name
    assert plain(called) == plain(plain(called))
    assert project_called("somethingelse") is None
