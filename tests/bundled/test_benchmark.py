"""The benchmark of bundled libraries judges by documents that the reading does not see."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from benchmarks.recall.bundled import figures, table
from fixtures.members.exporting import exporting_elf, returns

LIBRARIES = {
    "libwebp-3a1f2c9d.so.7": exporting_elf({"WebPGetDecoderVersion": returns(0x10600)}),
    "libtiff-3a1f2c9d.so.6": exporting_elf({"TIFFGetVersion": returns("LIBTIFF, Version 4.7.1")}),
    "libxcb-randr-3a1f2c9d.so.1": exporting_elf({"xcb_randr_get_screen_info": b"x"}),
    "libzstd-3a1f2c9d.so.1": exporting_elf({"ZSTD_versionNumber": returns(10507)}),
}
TRUTH = (
    ("libwebp", "1.6.0", ""),
    ("libtiff", "4.7.2", ""),
    ("libxcb", "1.17.0-1.el8", "pkg:rpm/x/libxcb@1.17.0-1.el8"),
)


def test_figures(tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    components = [{"name": name, "version": version, "purl": purl} for name, version, purl in TRUTH]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in LIBRARIES.items():
            archive.writestr(f"demo.libs/{name}", data)
        archive.writestr("demo-1.0.dist-info/sboms/x.cdx.json", json.dumps({"components": components}))
    found = figures(wheel)
    assert {file.name.partition("-")[0]: file.verdict for file in found.files} == {
        "libtiff": "another version",
        "libwebp": "right",
        "libxcb": "no version",
        "libzstd": "not judged",
    }
    counts = (found.named, found.versions, found.judged, found.right, found.wrong, found.twice)
    assert counts == (4, 3, 3, 1, 1, 0)
    assert len(list(table([found]))) == 2
    assert len(list(table([found], every_file=True))) == 6
