"""`python -m benchmarks.recall.banners PATH...`: what the table of banners finds in real files, row by row.

Each PATH is a folder, a wheel, a conda package or a binary; all that are images are read, archives in folders too.
Printed are the libraries and versions with the files they are in, so that what is false can be seen, the crates of Rust
against the list of crates in the same file or the SBOM beside it, and the time. What is printed first is what the
table says with little certainty.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks import syft
from benchmarks.measure import CommandError
from cf_sbom.banners import Hit
from cf_sbom.banners.crates import find_crates
from cf_sbom.banners.finder import find_banners
from cf_sbom.binaries import Image
from cf_sbom.binaries.cargo_auditable import read_crates
from cf_sbom.binaries.data_sections import data_sections
from cf_sbom.binaries.images import MAGICS, open_images
from cf_sbom.limits import Limits

_CONDA = (".conda", ".tar.bz2")
_SHOWN = 6  # files of one version


class Found:
    """What was found in all files so far."""

    def __init__(self) -> None:
        self.hits: dict[tuple[float, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.crates: list[str] = []
        self.bytes, self.seconds, self.images, self.files = 0, 0.0, 0, 0

    def add(self, path: Path, label: str, crates: frozenset[tuple[str, str]]) -> None:
        """crates: what an SBOM says that lies in the same folder."""
        with path.open("rb") as file:
            if not file.read(4).startswith(MAGICS):
                return
        self.files += 1
        for image in open_images(memoryview(path.read_bytes()), lambda _: None):
            self.images += 1
            sections = data_sections(image)
            self.bytes += sum(len(content) for _, content in sections)
            start = time.perf_counter()
            hits = find_banners(sections, print)
            named = {(hit.name, hit.version) for hit in find_crates(sections)}
            self.seconds += time.perf_counter() - start
            for hit in hits:
                self.hits[_row(hit)][hit.version or "-"].append(label)
            if named:
                self.crates.append(_against(label, named, _listed(image) or crates))

    def lines(self) -> Iterator[str]:
        for (confidence, name), versions in sorted(self.hits.items()):
            yield f"{confidence:.2f} {name}"
            for version, labels in sorted(versions.items()):
                seen = list(dict.fromkeys(labels))
                more = f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
                yield f"       {version}: {', '.join(seen[:_SHOWN])}{more}"
        yield from self.crates
        size = self.bytes / 1e6
        rate = size / self.seconds if self.seconds else 0
        libraries = len({name.partition(" ")[0] for _, name in self.hits})
        yield f"{libraries} libraries in {self.files} files; {size:.0f} MB in {self.seconds:.2f} s, {rate:.0f} MB/s"


def _row(hit: Hit) -> tuple[float, str]:
    return hit.banner.confidence, f"{hit.library.name} ({hit.banner.kind}: {hit.banner.anchor[:40]!r})"


def _listed(image: Image) -> frozenset[tuple[str, str]]:
    lists = read_crates(image, Limits(), lambda _: None) or ()
    return frozenset((c.name, c.version) for crates in lists for c in crates.values() if c.source == "crates.io")


def _against(label: str, named: set[tuple[str, str]], truth: frozenset[tuple[str, str]]) -> str:
    if not truth:
        return f"crates of {label}: {len(named)}, nothing to compare them with"
    false = sorted(f"{name} {version}" for name, version in named - truth)
    right = len(named & truth)
    return f"crates of {label}: {right} of {len(truth)} found, {len(false)} false {' '.join(false[:3])}".rstrip()


def _read(path: Path, found: Found) -> None:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.is_symlink():
                _read(file, found)
    elif path.suffix == ".whl" or path.name.endswith(_CONDA):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            if path.suffix == ".whl":
                zipfile.ZipFile(path).extractall(home)
            else:
                try:
                    syft.unpack(path, home / "unpacked")
                except CommandError as error:
                    print(f"left out: {path.name}: {error}")
            crates = frozenset(_stated(home))
            for file in sorted(home.rglob("*")):
                if file.is_file() and not file.is_symlink():
                    found.add(file, f"{path.name.split('-')[0]}/{file.name}", crates)
    else:
        found.add(path, path.name, frozenset())


def _stated(folder: Path) -> Iterator[tuple[str, str]]:
    for file in folder.rglob("sboms/*.json"):
        for component in json.loads(file.read_bytes()).get("components", []):
            if component.get("purl", "").startswith("pkg:cargo/"):
                yield component["name"], component["version"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall.banners")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    found = Found()
    for path in parser.parse_args().paths:
        _read(path, found)
    print("\n".join(found.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
