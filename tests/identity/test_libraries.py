"""Names of libraries: the system's, and the packages that may hold one."""

from __future__ import annotations

import pytest

from cf_sbom.identity import libraries
from cf_sbom.identity.libraries import (
    is_never_unused,
    is_system,
    may_be_packaged,
    packages_by_name,
    stem_and_version,
    usual_package,
)


@pytest.mark.parametrize(
    ("name", "format_", "system"),
    [
        ("libc.so.6", "ELF", True),
        ("libm.so.6", "ELF", True),
        ("libc.so.6.1", "ELF", True),
        ("libpthread.so.0", "ELF", True),
        ("libdl.so.2", "ELF", True),
        ("libresolv.so.2", "ELF", True),
        ("libnss_files.so.2", "ELF", True),
        ("ld-linux-x86-64.so.2", "ELF", True),
        ("ld-linux-aarch64.so.1", "ELF", True),
        ("ld64.so.2", "ELF", True),
        ("libcuda.so.1", "ELF", True),
        ("libcrypt.so.1", "ELF", True),
        ("libcrypt.so.2", "ELF", False),
        ("libstdc++.so.6", "ELF", False),
        ("libgcc_s.so.1", "ELF", False),
        ("libcommon.so.6", "ELF", False),
        ("libc.so", "ELF", False),
        ("/usr/lib/libSystem.B.dylib", "Mach-O", True),
        ("/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation", "Mach-O", True),
        ("/usr/lib/../../home/x.dylib", "Mach-O", False),
        ("/usr/local/lib/libz.dylib", "Mach-O", False),
        ("@rpath/libc++.1.dylib", "Mach-O", False),
        ("KERNEL32.dll", "PE", True),
        ("WINSPOOL.DRV", "PE", True),
        ("api-ms-win-core-synch-l1-2-0.dll", "PE", True),
        ("ucrtbase.dll", "PE", True),
        ("VCRUNTIME140.dll", "PE", False),
        ("zlib.dll", "PE", False),
        ("libc.so.6", "PE", False),
    ],
)
def test_what_the_system_has(name: str, format_: str, system: bool) -> None:
    assert is_system(name, format_) is system


def test_the_c_runtime_of_windows_may_be_packaged() -> None:
    assert may_be_packaged("api-ms-win-crt-heap-l1-1-0.dll", "PE")
    assert not may_be_packaged("api-ms-win-core-synch-l1-2-0.dll", "PE")
    assert not may_be_packaged("libc.so.6", "ELF")


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("libshout.so.1", "libshout"),
        ("libshout.so.1", "shout"),
        ("libquiet.2.dylib", "libquiet"),
        ("libz.so.1", "libzlib"),
        ("libz.so.1", "zlib"),
        ("zlib1.dll", "libzlib"),
        ("libssl.so.3", "openssl"),
        ("libcrypto-3-x64.dll", "openssl"),
        ("libcrypto.1.1.dylib", "openssl"),
        ("libstdc++.so.6", "libstdcxx"),
        ("libstdc++.so.6", "libstdcxx-ng"),
        ("libgcc_s.so.1", "libgcc"),
        ("libgomp.so.1", "_openmp_mutex"),
        ("libpython3.12.so.1.0", "python"),
        ("python312.dll", "python"),
        ("libsqlite3.so.0", "libsqlite"),
        ("libpng16.so.16", "libpng"),
        ("libfoo-2.4.so.1", "libfoo"),
        ("libgfortran.so.5", "libgfortran5"),
        ("libLLVM.so.21.1", "libllvm21"),
        ("libX11.so.6", "xorg-libx11"),
        ("libicuuc.so.75", "icu"),
        ("@rpath/libc++.1.dylib", "libcxx"),
        ("VCRUNTIME140_1.dll", "vc14_runtime"),
        ("libR.so", "r-base"),
        ("libblas.so.3", "libblas"),
        ("libhdf5_hl.so.310", "hdf5"),
        ("libdeflate.so.0", "libdeflate"),
        ("libbar.so", "bar-cpp"),
        ("libavutil.so.59", "ffmpeg"),
    ],
)
def test_a_package_that_may_hold_it(name: str, package: str) -> None:
    assert package in packages_by_name(name)


@pytest.mark.parametrize("name", ["", "lib.so", ".so.1", "lib", "-", "a" * 10_000, "\ud800.so", "lib\n.so"])
def test_any_name_has_an_answer(name: str) -> None:
    assert "" not in packages_by_name(name)
    assert not {"lib", "-"} & set(packages_by_name(name))


def test_unlike_names_are_not_taken_for_one() -> None:
    assert "ffmpeg" not in packages_by_name("libavahi-client.so.3")
    assert "ncurses" not in packages_by_name("libformat.so.1")
    assert usual_package("libshout.so.1") == ""
    assert usual_package("libz.so.1") == "libzlib"
    assert usual_package("libbrotlidec.so.1") == "libbrotlidec"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("libz.so.1.3", ("libz", "1.3")),
        ("libz.so", ("libz", "")),
        ("lib/libz.1.2.dylib", ("libz", "1.2")),
        ("Z.DLL", ("z", "")),
        ("Foo.framework/Versions/A/Foo", ("foo", "")),
        ("a.so.b", ("a.so.b", "")),
    ],
)
def test_stem_and_version(name: str, parts: tuple[str, str]) -> None:
    assert stem_and_version(name) == parts


def test_what_may_be_required_without_being_linked() -> None:
    assert all(map(is_never_unused, ("python", "libgcc-ng", "libstdcxx", "vc14_runtime", "tzdata", "r-base", "ucrt")))
    assert not any(map(is_never_unused, ("libspare", "libpng", "zlib", "openssl", "libgccx")))


def test_the_table_is_in_order() -> None:
    for name, packages in libraries._KNOWN.items():
        assert name.strip() == name, name
        assert packages.split(), name
        assert len(set(packages.split())) == len(packages.split()), name
