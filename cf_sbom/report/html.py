"""Plain data -> one HTML file that needs nothing else and runs nothing but its own script.

Knows the page's parts and the rules that keep it shut, and nothing of an Sbom. The policy in the page names the one
script and the one style by their digests; data stand in a block of base64, so that not one byte of a package is read as
HTML.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from cf_sbom.about import NAME, VERSION
from cf_sbom.escaping import safe

POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def page(title: str, told: dict[str, Any], documents: list[bytes]) -> bytes:
    """The file. told is what the page shows, documents what it hands out, by number. The same input makes the same
    bytes, as long as zlib is the same."""
    script, style = _part("built/page.js"), _part("style.css")
    about = {"tool": NAME, "version": VERSION, "libraries": _part("built/LICENSES.txt")}
    slots = {
        "title": escape(safe(title)),
        "generator": NAME,
        "policy": escape(POLICY.format(script=_digest(script), style=_digest(style)), quote=False),
        "style": style,
        "script": script,
        "data": _json(
            {
                "inventory": _packed(_json({"title": safe(title), "about": about, **told}).encode()),
                "documents": [_packed(document) for document in documents],
            }
        ),
    }
    return _SLOT.sub(lambda slot: slots[slot[1]], _part("page.html")).encode()


def _part(name: str) -> str:
    return files("cf_sbom.report").joinpath(name).read_text(encoding="utf-8")


def _json(told: dict[str, Any]) -> str:
    """JSON in ASCII that can stand in a script element: no `<` ends it or opens a comment in it."""
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _packed(data: bytes) -> str:
    return b64encode(zlib.compress(data, 9)).decode()


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
