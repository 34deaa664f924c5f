"""Digests: of bytes, and as metadata states them.

Knows the lengths of hashes; a stated value of another length or with other characters is left out, and remarked where
it has a field of its own.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
from typing import get_args

from cf_sbom.fields import Fields
from cf_sbom.model import Algorithm, Digest

LENGTHS: dict[Algorithm, int] = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}


def computed_digests(data: memoryview, algorithms: Iterable[Algorithm]) -> tuple[Digest, ...]:
    """Those of the bytes themselves."""
    return tuple(sorted(Digest(algorithm=name, value=hashlib.new(name, data).hexdigest()) for name in algorithms))


def stated_digests(fields: Fields) -> tuple[Digest, ...]:
    """The fields md5, sha1, sha256 and sha512 of one mapping."""
    found = []
    algorithm: Algorithm
    for algorithm in get_args(Algorithm):
        value = fields.text(algorithm).lower()
        if re.fullmatch(rf"[0-9a-f]{{{LENGTHS[algorithm]}}}", value):
            found.append(Digest(algorithm=algorithm, value=value))
        elif value:
            fields.remark(algorithm, "not a hash of this kind; left out")
    return tuple(sorted(found))


def integrity_digests(text: str) -> tuple[Digest, ...]:
    """The hashes of a Subresource Integrity value (`sha512-<base64>`, several apart by spaces; W3C SRI, 3.5), which npm
    keeps of a package's tarball. What is no hash, or of another kind, is none."""
    found = set()
    for word in text.split()[:8]:
        kind, _, value = word.partition("?")[0].partition("-")
        for algorithm in LENGTHS:
            if kind == algorithm and len(value) <= 128:
                with suppress(ValueError):
                    digest = b64decode(value, validate=True).hex()
                    if len(digest) == LENGTHS[algorithm]:
                        found.add(Digest(algorithm=algorithm, value=digest))
    return tuple(sorted(found))
