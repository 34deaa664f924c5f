"""The least that any reader of a `.conda` file must do: `python benchmarks/reference.py PACKAGE`.

Decompresses both parts, walks their tar archives, computes sha256 of every member and md5, sha256 and sha512 of the
file itself; one thread, no checks, no output. What cf-sbom takes beyond this is its own.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import zipfile
from pathlib import Path

try:
    from compression import zstd
except ImportError:
    from backports import zstd

CHUNK = 256 * 1024
"""Most bytes read at once. To ask for more than a small file holds, and to give the tar stream a buffer as large as
this, which it copies at each read, makes many small files take over half as long again."""


def read(package: str) -> list[str]:
    """The digests of all members and of the file."""
    digests = []
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if name.endswith(".tar.zst"):
                with archive.open(name) as packed, zstd.ZstdFile(packed) as stream:
                    digests += _members(stream)
    return digests + _file(package)


def _members(stream: zstd.ZstdFile) -> list[str]:
    digests = []
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            body = tar.extractfile(member)
            if body is not None:
                digest = hashlib.sha256()
                while chunk := body.read(min(CHUNK, member.size)):
                    digest.update(chunk)
                digests.append(digest.hexdigest())
    return digests


def _file(package: str) -> list[str]:
    hashes = [hashlib.md5(usedforsecurity=False), hashlib.sha256(), hashlib.sha512()]
    with Path(package).open("rb") as file:
        while chunk := file.read(CHUNK):
            for digest in hashes:
                digest.update(chunk)
    return [digest.hexdigest() for digest in hashes]


if __name__ == "__main__":
    read(sys.argv[1])
