"""Digests as metadata states them.

Knows the lengths of hashes; a value of another length or with other characters is remarked and left out.
"""

from __future__ import annotations

import re
from typing import get_args

from cf_sbom.fields import Fields
from cf_sbom.model import Algorithm, Digest

LENGTHS: dict[Algorithm, int] = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}


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
