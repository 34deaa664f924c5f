"""Makes the packages that are measured, the same bytes each time: `python -m benchmarks.packages`.

They lie in benchmarks/out/ under a name that changes with this file, and are made once. Their bytes come from a seeded
generator: known words with fresh random bytes between them, so that they shrink about as much as real packages do.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import struct
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import OUT

LEVEL = 3
WINDOW_LOG = 23  # 8 MiB, as at level 19, which channels use; level 3 alone would take 2 MiB
MANY = (2_500, 25_000)
DEPENDS = (10, 1_000, 10_000, 100_000)
CARRIED = 10_000
_TIME = 1_700_000_000
_FRESH = 3  # random bytes after each word
_BLOCK = 1 << 20
_DATE = (2023, 11, 14, 22, 13, 20)


def folder() -> Path:
    """Where the packages of this version of this file are."""
    return OUT / f"packages-{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]}"


def large() -> Path:
    """About 60 MB packed and 157 MB unpacked, in some 1700 files of 15 kB to 45 MB."""
    return folder() / "bench-large-1.0-0.conda"


def many(count: int) -> Path:
    """That many files of 200 bytes to 3 kB."""
    return folder() / f"bench-many-{count}-1.0-0.conda"


def depends(count: int) -> Path:
    """One file and that many entries of `depends`."""
    return folder() / f"bench-depends-{count}-1.0-0.conda"


def carrying(version: int) -> Path:
    """CARRIED npm packages, each a package.json; a third of them has another version in each version of this one."""
    return folder() / f"bench-npm-{version}.0-0.conda"


def ready() -> bool:
    made = (_sizes(), large(), *map(many, MANY), *map(depends, DEPENDS), *map(carrying, (1, 2)))
    return all(path.is_file() for path in made)


def make() -> None:
    """Make all of them, and remove what earlier versions of this file made."""
    for old in OUT.glob("packages-*"):
        if old != folder():
            shutil.rmtree(old)
    folder().mkdir(parents=True, exist_ok=True)
    sizes = {}
    for path, files in ((large(), _large_files()), *((many(count), _many_files(count)) for count in MANY)):
        sizes[path.name] = write(path, files, [])
    for count in DEPENDS:
        write(depends(count), [("share/bench/one.txt", b"one\n")], _specs(count))
    for version in (1, 2):
        write(carrying(version), _npm_files(version), [])
    _sizes().write_bytes(_json(sizes))


def unpacked_size(package: Path) -> int:
    """Bytes of all files of the payload, as noted when the package was made."""
    sizes: dict[str, int] = json.loads(_sizes().read_bytes())
    return sizes[package.name]


def window_size(package: Path) -> int:
    """Bytes of the zstd window that the payload part asks for, from its frame header (RFC 8878, 3.1.1.1)."""
    with zipfile.ZipFile(package) as archive:
        name = next(n for n in archive.namelist() if n.startswith("pkg-"))
        with archive.open(name) as packed:
            magic, flags, window = struct.unpack("<LBB", packed.read(6))
    if magic != 0xFD2FB528 or flags & 0b10_0000:
        raise ValueError("not a zstd frame with a window of its own")
    base: int = 1 << (10 + (window >> 3))
    steps: int = window & 7
    return base + base // 8 * steps


def _sizes() -> Path:
    return folder() / "sizes.json"


def _large_files() -> Iterator[tuple[str, bytes]]:
    source = _Bytes(1)
    for number, megabytes in enumerate((45, 25, 16)):
        yield f"lib/libbench{number}.so.1.0", source.take(megabytes * 1_000_000)
    for number in range(60):
        yield f"share/bench/table{number:03}.dat", source.take(500_000)
    for number in range(1_640):
        path = f"lib/python3.12/site-packages/bench/part{number // 40:02}/module{number:04}.py"
        yield path, source.take(15_000 + number % 41 * 500)


def _many_files(count: int) -> Iterator[tuple[str, bytes]]:
    source = _Bytes(2)
    for number in range(count):
        yield f"share/bench/{number // 250:03}/file{number:05}.txt", source.take(200 + number % 29 * 100)


def _npm_files(version: int) -> Iterator[tuple[str, bytes]]:
    for number in range(CARRIED):
        name = f"part-{number:05}" if number % 4 else f"@scope{number % 40}/part-{number:05}"
        tree = {
            "name": name,
            "version": f"{number % 5}.{number % 7}.{0 if number % 3 else version}",
            "description": f"Part {number} of what is measured",
            "license": ("MIT", "ISC", "Apache-2.0", "(MIT OR CC0-1.0)")[number % 4],
            "homepage": f"https://example.org/part-{number:05}#readme",
            "repository": {"type": "git", "url": f"git+https://example.org/acme/part-{number:05}.git"},
            "dependencies": {f"part-{(number * 7 + other) % CARRIED:05}": "^1.0.0" for other in range(number % 3)},
        }
        yield f"lib/node_modules/{name}/package.json", _json(tree)


def _specs(count: int) -> list[str]:
    return [f"bench-part-{number:05} >={number % 9}.{number % 7},<{number % 9 + 1}.0a0" for number in range(count)]


class _Bytes:
    """A seeded stream of bytes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        letters = bytes(range(97, 123)) * 9 + b" _().,:=\n0123456789"
        table = (letters + letters)[:256]
        self._words = [self._random.randbytes(self._random.randint(4, 20)).translate(table) for _ in range(4096)]
        self._waiting = io.BytesIO()

    def take(self, size: int) -> bytes:
        data = self._waiting.read(size)
        while len(data) < size:
            self._waiting = io.BytesIO(self._block())
            data += self._waiting.read(size - len(data))
        return data

    def _block(self) -> bytes:
        words = self._random.choices(self._words, k=_BLOCK // 16)
        fresh = self._random.randbytes(_FRESH * len(words))
        return b"".join(word + fresh[_FRESH * n : _FRESH * (n + 1)] for n, word in enumerate(words))


def write(path: Path, files: Iterable[tuple[str, bytes]], specs: list[str]) -> int:
    """A `.conda` file: a stored zip of metadata.json, the payload and the metadata. Returns the bytes of all files."""
    part = path.with_suffix(".part")
    stem = path.stem
    paths: list[dict[str, Any]] = []
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(zipfile.ZipInfo("metadata.json", _DATE), "w") as entry:
            entry.write(_json({"conda_pkg_format_version": 2}))
        with archive.open(zipfile.ZipInfo(f"pkg-{stem}.tar.zst", _DATE), "w", force_zip64=True) as entry:
            _tar(entry, _listed(files, paths))
        with archive.open(zipfile.ZipInfo(f"info-{stem}.tar.zst", _DATE), "w") as entry:
            _tar(entry, _metadata(stem, paths, specs))
    part.replace(path)
    return sum(entry["size_in_bytes"] for entry in paths)


def _listed(files: Iterable[tuple[str, bytes]], paths: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    for path, data in files:
        digest = hashlib.sha256(data).hexdigest()
        paths.append({"_path": path, "path_type": "hardlink", "sha256": digest, "size_in_bytes": len(data)})
        yield path, data


def _metadata(stem: str, paths: list[dict[str, Any]], specs: list[str]) -> Iterator[tuple[str, bytes]]:
    name, version, build = stem.rsplit("-", 2)
    index = {
        "arch": "x86_64",
        "build": build,
        "build_number": 0,
        "depends": specs or ["libzlib >=1.3.1,<2.0a0", "python >=3.12,<3.13.0a0"],
        "license": "MIT",
        "name": name,
        "platform": "linux",
        "subdir": "linux-64",
        "timestamp": _TIME * 1000,
        "version": version,
    }
    about = {
        "home": "https://example.org/bench",
        "license": "MIT",
        "license_file": "LICENSE.txt",
        "summary": "A package to measure with",
    }
    yield "info/index.json", _json(index)
    yield "info/about.json", _json(about)
    yield "info/files", "".join(f"{entry['_path']}\n" for entry in paths).encode()
    yield "info/paths.json", _json({"paths": paths, "paths_version": 1})
    yield "info/licenses/LICENSE.txt", b"Permission is hereby granted, free of charge, to any person.\n"


def _tar(target: Any, files: Iterable[tuple[str, bytes]]) -> None:
    zstd = _zstd()
    parameter = zstd.CompressionParameter
    options = {parameter.compression_level: LEVEL, parameter.window_log: WINDOW_LOG, parameter.checksum_flag: 1}
    with (
        zstd.ZstdFile(target, "w", options=options) as stream,
        tarfile.open(fileobj=stream, mode="w|", bufsize=_BLOCK) as tar,
    ):
        for path, data in files:
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(data), _TIME, 0o644
            tar.addfile(member, io.BytesIO(data))


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode()


def _zstd() -> Any:
    """Imported late: the process that measures reads names and sizes only, and must stay small."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


if __name__ == "__main__":
    make()
