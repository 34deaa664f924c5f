"""Makes the channel that is measured, the same bytes each time: `python -m benchmarks.channel.packages COUNT FOLDER`.

The shapes of its packages are those of conda-forge: how many files of which sizes, how many dependencies, how long the
texts of the metadata are. They are taken from a folder of real packages where there is one (CF_SBOM_REAL_PACKAGES), of
which sizes alone are read, and else from the table below, which was made so. The bytes are made up, but for shared
libraries, which are those of the fixtures.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import random
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import OUT, REPOSITORY
from benchmarks.packages import _Bytes, _zstd

# measure.run() starts this file without the settings of the user; the folder is a word then.
REAL = Path(
    sys.argv[2]
    if __name__ == "__main__"
    else os.environ.get("CF_SBOM_REAL_PACKAGES", REPOSITORY.parent / "shared" / "packages")
)
_LIBRARIES = REPOSITORY / "fixtures" / "packages" / "linux-64" / "linkage-demo-0.4.0-2.conda"
_TIME = 1_700_000_000
_MOST = 40_000_000  # bytes of one payload
_DATE = (2023, 11, 14, 22, 13, 20)


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of one package in bytes: of each file of the payload, of the texts of info/; and its dependencies."""

    files: tuple[int, ...]
    about: int
    recipe: int
    licenses: tuple[int, ...]
    depends: int
    noarch: bool


BUILT_IN = (
    Shape((9_000,) * 30 + (1_200_000,), 7_000, 2_400, (1_900,), 2, False),
    Shape((4_000,) * 60, 1_500, 2_000, (1_100,), 5, True),
    Shape((2_500,) * 12, 900, 1_200, (11_000,), 2, True),
    Shape((12_000,) * 150, 2_500, 3_500, (1_500, 11_000), 12, True),
    Shape((60_000,) * 8 + (400_000, 90_000), 7_500, 4_000, (35_000,), 6, False),
)


def folder(count: int) -> Path:
    """Where a channel of so many packages is, made by this version of this file."""
    made = hashlib.sha256(Path(__file__).read_bytes() + bytes(REAL.is_dir())).hexdigest()[:12]
    return OUT / f"channel-{made}-{count}"


def make(count: int) -> None:
    """Two subdirs with their repodata.json; the same for the same count and shapes."""
    place = folder(count)
    shapes = list(_shapes())
    source = _Bytes(3)
    payloads = [_payload(shape, source) for shape in shapes]
    records: dict[str, dict[str, Any]] = {"linux-64": {}, "noarch": {}}
    chance = random.Random(4)
    for number in range(count):
        at = chance.randrange(len(shapes))
        name, data, record = _package(number, shapes[at], *payloads[at], source)
        path = place / record["subdir"] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digests = {"md5": hashlib.md5(data).hexdigest(), "sha256": hashlib.sha256(data).hexdigest()}
        records[record["subdir"]][name] = record | digests | {"size": len(data)}
    for subdir, packages in records.items():
        (place / subdir).mkdir(parents=True, exist_ok=True)
        tree = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
        (place / subdir / "repodata.json").write_text(json.dumps(tree, indent=2))
    (place / "ready").touch()


def _package(
    number: int, shape: Shape, packed: bytes, paths: list[dict[str, Any]], source: _Bytes
) -> tuple[str, bytes, dict[str, Any]]:
    stem = f"bench{number:05}-1.{number % 9}.0-h{number:07x}_0"
    name, version, build = stem.rsplit("-", 2)
    index = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "depends": [f"part{n} >={n}.{number % 7},<{n + 1}.0a0" for n in range(shape.depends)],
        "license": "MIT",
        "noarch": "python" if shape.noarch else None,
        "subdir": "noarch" if shape.noarch else "linux-64",
        "timestamp": _TIME * 1000 + number,
    }
    index = {key: value for key, value in index.items() if value is not None}
    about = {"home": "https://example.org", "license": "MIT", "summary": "A package", "description": _text(source, 400)}
    packages = [f"root{n} 1.{n} h{n:07x}_0" for n in range(max(0, shape.about - 900) // 40)]
    recipe = {
        "package": {"name": name, "version": version},
        "source": {"url": f"https://example.org/{name}-{version}.tar.gz", "sha256": "ab" * 32},
        "requirements": {"run": index["depends"]},
        "about": {"license": "MIT", "description": _text(source, max(0, shape.recipe - 500))},
    }
    info = {
        "info/index.json": _json(index),
        "info/about.json": _json(about | {"root_pkgs": packages}),
        "info/paths.json": _json({"paths": paths, "paths_version": 1}),
        "info/files": "".join(f"{entry['_path']}\n" for entry in paths).encode(),
        "info/hash_input.json": b"{}",
        "info/recipe/meta.yaml": _json(recipe),
        "info/recipe/conda_build_config.yaml": _json({f"key{n}": f"1.{n}" for n in range(40)}),
    } | {f"info/licenses/LICENSE{n}": source.take(size) for n, size in enumerate(shape.licenses)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo("metadata.json", _DATE), b'{"conda_pkg_format_version": 2}')
        file.writestr(zipfile.ZipInfo(f"pkg-{stem}.tar.zst", _DATE), packed)
        file.writestr(zipfile.ZipInfo(f"info-{stem}.tar.zst", _DATE), _zstd().compress(_tar(info)))
    return f"{stem}.conda", archive.getvalue(), index


def _payload(shape: Shape, source: _Bytes) -> tuple[bytes, list[dict[str, Any]]]:
    """The payload part of a shape, and its paths.json."""
    if shape.noarch:
        files = {f"site-packages/part/module{n:04}.py": source.take(size) for n, size in enumerate(shape.files)}
        metadata = b"Metadata-Version: 2.1\nName: part\nVersion: 1.0\nLicense: MIT\nRequires-Dist: other>=1\n"
        listed = "".join(f"{path.removeprefix('site-packages/')},,\n" for path in files).encode()
        files["site-packages/part-1.0.dist-info/METADATA"] = metadata
        files["site-packages/part-1.0.dist-info/RECORD"] = listed
    else:
        files = {f"share/part/file{n:04}.dat": source.take(size) for n, size in enumerate(shape.files)}
        files |= _libraries()
    paths = [
        {"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(data).hexdigest(), "size_in_bytes": len(data)}
        for path, data in sorted(files.items())
    ]
    return _zstd().compress(_tar(files)), paths


def _libraries() -> dict[str, bytes]:
    with zipfile.ZipFile(_LIBRARIES) as archive:
        name = next(name for name in archive.namelist() if name.startswith("pkg-"))
        payload = _zstd().decompress(archive.read(name))
    with tarfile.open(fileobj=io.BytesIO(payload)) as tar:
        found = {member.name: tar.extractfile(member) for member in tar if ".so" in member.name and member.isreg()}
    return {name: file.read() for name, file in found.items() if file is not None}


def _shapes() -> Iterable[Shape]:
    real = sorted(REAL.rglob("*.conda")) + sorted(REAL.rglob("*.tar.bz2")) if REAL.is_dir() else []
    return [shape for path in real if (shape := _shape(path)) is not None] or BUILT_IN


def _shape(path: Path) -> Shape | None:
    """The sizes of a real package."""
    sizes: dict[str, int] = {}
    index: dict[str, Any] = {}
    try:
        for data in _parts(path):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    sizes[member.name] = member.size if member.isreg() else 0
                    if member.name == "info/index.json" and (file := tar.extractfile(member)):
                        index = json.loads(file.read())
    except (OSError, StopIteration, tarfile.TarError, zipfile.BadZipFile):
        return None
    files = tuple(size for name, size in sizes.items() if not name.startswith("info/"))
    if sum(files) > _MOST:
        return None
    recipes = [size for name, size in sizes.items() if name in ("info/recipe/meta.yaml", "info/recipe/recipe.yaml")]
    return Shape(
        files=files,
        about=sizes.get("info/about.json", 0),
        recipe=max(recipes, default=0),
        licenses=tuple(size for name, size in sizes.items() if name.startswith("info/licenses/"))[:20],
        depends=len(index.get("depends", ())),
        noarch=index.get("subdir") == "noarch",
    )


def _parts(path: Path) -> Iterable[bytes]:
    if path.name.endswith(".tar.bz2"):
        yield bz2.decompress(path.read_bytes())
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".tar.zst"):
                yield _zstd().decompress(archive.read(name))


def _text(source: _Bytes, size: int) -> str:
    return source.take(size).decode("ascii", "replace").replace("\ufffd", "x")


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(data), _TIME, 0o644
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode()


if __name__ == "__main__":
    make(int(sys.argv[1]))
