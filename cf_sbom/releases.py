"""Versions of packages of distributions -> the release of the project that they package; whether two versions agree.

Knows how RPM, Debian, Alpine and Arch Linux write versions: an epoch before a colon, a revision behind the last hyphen.
"""

from __future__ import annotations

import re

_DISTRIBUTIONS = re.compile(r"pkg:(?:alpm|apk|deb|rpm)/")
_REPACKED = re.compile(r"[+~.-](?:dfsg|ds|repack|really|git).*")


def of_distribution(purl: str) -> bool:
    """Whether a purl names a package of a distribution of Linux."""
    return _DISTRIBUTIONS.match(purl) is not None


def release(version: str, purl: str) -> str:
    """The project's own release in a version: of `1:2.1.4-3.el8` in an rpm 2.1.4; any other version as it is."""
    if not of_distribution(purl):
        return version
    version = re.sub(r"^\d+:", "", version).rpartition("-")[0] or re.sub(r"^\d+:", "", version)
    return _REPACKED.sub("", version)


def agree(first: str, second: str) -> bool:
    """Whether two releases can be the same: equal, or one says less than the other, as 2.19 does of 2.19.1."""
    short, long = sorted((first, second), key=len)
    return long == short or (bool(short) and long.startswith(f"{short}."))
