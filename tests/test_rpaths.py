"""Where loaders look: tables of rpaths and names, of three systems."""

from __future__ import annotations

import pytest

from cf_sbom.model import Linkage
from cf_sbom.rpaths import folder, places

OLD = "/opt/anaconda1anaconda2anaconda3"
LONG = "/home/builder/work_1/_h_env_placehold_placehold_placehold_placeh"


@pytest.mark.parametrize(
    ("entry", "path", "found"),
    [
        ("$ORIGIN", "lib/a.so", "lib"),
        ("${ORIGIN}/../lib", "bin/tool", "lib"),
        ("$ORIGIN/.", "lib/a.so", "lib"),
        ("$ORIGIN/../../..", "lib/python3.12/site-packages/x.so", ""),
        ("$ORIGIN/../..", "lib/a.so", None),
        ("$ORIGINAL", "lib/a.so", None),
        ("@loader_path/../lib/", "bin/tool", "lib"),
        ("@executable_path/../lib", "bin/tool", "lib"),
        (f"{LONG}/lib", "lib/a.so", "lib"),
        (LONG, "lib/a.so", ""),
        (f"{LONG}/lib/../../x", "lib/a.so", None),
        (f"{OLD}/lib", "lib/a.so", "lib"),
        (f"{OLD}x/lib", "lib/a.so", None),
        ("/usr/lib64", "lib/a.so", None),
        ("/home/builder/_build_env/lib", "lib/a.so", None),
        ("", "lib/a.so", None),
        ("lib", "lib/a.so", None),
        ("C:/x", "lib/a.so", None),
    ],
)
def test_a_folder_of_the_prefix_or_none(entry: str, path: str, found: str | None) -> None:
    assert folder(entry, path) == found


@pytest.mark.parametrize(
    ("format_", "path", "rpaths", "name", "found"),
    [
        ("ELF", "bin/tool", ("$ORIGIN/../lib",), "libz.so.1", ("lib/libz.so.1",)),
        ("ELF", "bin/tool", (), "libz.so.1", ("lib/libz.so.1",)),
        ("ELF", "bin/tool", ("$ORIGIN/../lib/x", "/usr/lib"), "libz.so.1", ("lib/x/libz.so.1", "lib/libz.so.1")),
        ("ELF", "lib/a.so", (), "$ORIGIN/x/libz.so", ("lib/x/libz.so",)),
        ("ELF", "lib/a.so", (), "/usr/lib/libz.so", ()),
        ("ELF", "lib/a.so", (), "../libz.so", ()),
        ("Mach-O", "bin/tool", ("@loader_path/../lib",), "@rpath/libz.1.dylib", ("lib/libz.1.dylib",)),
        ("Mach-O", "bin/tool", ("@loader_path/../x",), "@rpath/a/b.dylib", ("x/a/b.dylib", "lib/a/b.dylib")),
        ("Mach-O", "lib/a.dylib", (), "@loader_path/libz.1.dylib", ("lib/libz.1.dylib",)),
        ("Mach-O", "lib/a.dylib", (), f"{LONG}/lib/libz.1.dylib", ("lib/libz.1.dylib",)),
        ("Mach-O", "lib/a.dylib", (), "/usr/lib/libSystem.B.dylib", ()),
        ("Mach-O", "lib/a.dylib", (), "libz.dylib", ("lib/libz.dylib",)),
    ],
)
def test_the_places_of_a_library(
    format_: str, path: str, rpaths: tuple[str, ...], name: str, found: tuple[str, ...]
) -> None:
    assert places(Linkage(path=path, format=format_, rpaths=rpaths), name) == found


def test_windows_has_one_order_for_all() -> None:
    found = places(Linkage(path="Library/lib/x/a.dll", format="PE"), "zlib.dll")
    assert found[:2] == ("Library/lib/x/zlib.dll", "zlib.dll")
    assert "Library/bin/zlib.dll" in found


def test_many_rpaths_are_bounded() -> None:
    rpaths = tuple(f"$ORIGIN/{number}" for number in range(10_000))
    assert len(places(Linkage(path="lib/a.so", format="ELF", rpaths=rpaths), "libz.so")) == 33
