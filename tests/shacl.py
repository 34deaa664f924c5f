"""spdx3-validate without a network: what it would fetch is read from a folder of official schemas.

The folder is optional and named by CF_SBOM_OFFICIAL_SCHEMAS. SHACL takes about 16 s for a small document, so a session
of nox (`python tests/shacl.py DOCUMENT...`) checks all goldens and the suite checks one.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import urllib.request
from email.message import Message
from pathlib import Path
from urllib.response import addinfourl

OFFICIAL = Path(os.environ.get("CF_SBOM_OFFICIAL_SCHEMAS", Path(__file__).parent.parent.parent / "shared" / "schemas"))
_FILES = {
    "spdx-context.jsonld": ("spdx-context.jsonld", "application/ld+json"),
    "spdx-model.ttl": ("spdx-model.ttl.gz", "text/turtle"),
    "spdx-json-schema.json": ("spdx-3.0.1.official.json", "application/json"),
}


class _Local(urllib.request.HTTPSHandler):
    """Answers every https address with the file of its last part."""

    def https_open(self, request: urllib.request.Request) -> addinfourl:  # type: ignore[override]
        name, media_type = _FILES[request.full_url.rpartition("/")[2]]
        data = (OFFICIAL / name).read_bytes()
        headers = Message()
        headers["Content-Type"] = media_type
        body = io.BytesIO(gzip.decompress(data) if name.endswith(".gz") else data)
        answer = addinfourl(body, headers, request.full_url, 200)
        answer.msg = "OK"  # what urllib's own error handling looks at
        return answer


def available() -> bool:
    """Whether the folder holds what is needed."""
    return all((OFFICIAL / name).is_file() for name, _ in _FILES.values())


def findings(paths: list[Path]) -> list[str]:
    """What the official JSON schema and SHACL say against documents."""
    from spdx3_validate import core

    urllib.request.install_opener(urllib.request.build_opener(_Local()))
    try:
        result = core.validate([str(path) for path in paths])
        return [str(error) for error in result.errors]
    finally:
        urllib.request.install_opener(urllib.request.build_opener())


if __name__ == "__main__":
    found = findings([Path(word) for word in sys.argv[1:]])
    print(*found, f"{len(sys.argv) - 1} documents, {len(found)} findings", sep="\n")
    sys.exit(bool(found))
