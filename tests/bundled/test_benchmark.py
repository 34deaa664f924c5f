"""The benchmark of bundled libraries judges by documents that the reading does not see, and by what people reviewed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from benchmarks.recall.bundled import figures, table
from benchmarks.recall.natives import Judgement, Judgements
from fixtures.members.exporting import exporting_elf, returns

LIBRARIES = {
    "libwebp-3a1f2c9d.so.7": exporting_elf({"WebPGetDecoderVersion": returns(0x10600)}),
    "libtiff-3a1f2c9d.so.6": exporting_elf({"TIFFGetVersion": returns("LIBTIFF, Version 4.7.1")}),
    "libxcb-randr-3a1f2c9d.so.1": exporting_elf({"xcb_randr_get_screen_info": b"x"}),
    "libzstd-3a1f2c9d.so.1": exporting_elf({"ZSTD_versionNumber": returns(10507)}),
    "liblz4-3a1f2c9d.so.1": exporting_elf({"LZ4_versionNumber": returns(11000)}),
    "libbz2-3a1f2c9d.so.1.0": exporting_elf({"BZ2_bzlibVersion": returns("1.0.8, 13-Jul-2019")}),
}
TRUTH = (
    ("libwebp", "1.6.0", ""),
    ("libtiff", "4.7.2", ""),
    ("libxcb", "1.17.0-1.el8", "pkg:rpm/x/libxcb@1.17.0-1.el8"),
)


def test_figures(tmp_path: Path) -> None:
    wheel = tmp_path / "de_mo-1.0-py3-none-any.whl"
    components = [{"name": name, "version": version, "purl": purl} for name, version, purl in TRUTH]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in LIBRARIES.items():
            archive.writestr(f"demo.libs/{name}", data)
        archive.writestr("demo-1.0.dist-info/sboms/x.cdx.json", json.dumps({"components": components}))
    judged = Judgements(
        names={},
        entries=[
            Judgement("de-mo-1.0-*", "liblz4.so.*", "lz4", "1.10.0", right=True),
            Judgement("de-mo-1.0-*", "libbz2.so.*", "bzip2", "", right=False),
            Judgement("de-mo-1.0-*", "libwebp.so.*", "libwebp", "1.6.0", right=False),  # documents go before
        ],
    )
    found = figures(wheel, judged=judged)
    assert {file.name.partition("-")[0]: file.verdict for file in found.files} == {
        "libbz2": "wrong, reviewed",
        "liblz4": "right, reviewed",
        "libtiff": "another version",
        "libwebp": "right",
        "libxcb": "no version",
        "libzstd": "not judged",
    }
    counts = (found.named, found.versions, found.judged, found.right, found.reviewed, found.wrong, found.twice)
    assert counts == (6, 5, 3, 1, 1, 2, 0)
    assert len(list(table([found]))) == 2
    assert len(list(table([found], every_file=True))) == 8
