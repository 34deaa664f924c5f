"""Sboms for the page of `report`: one with hostile text in every field, one with thousands of components."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from typing import Any, get_args, get_origin, get_type_hints

from cf_sbom.answers.report import Download, Reported
from cf_sbom.model import (
    Component,
    Digest,
    Evidence,
    File,
    License,
    Occurrence,
    Ref,
    Relation,
    Sbom,
    Subject,
    Text,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script><!--",
    "</title></style><svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    '"><iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "' onfocus=alert(1) autofocus style='position:fixed",
    "javascript:alert(1)",
    "https://example.org/\"onmouseover='alert(1)'",
    "data:text/html,<script>alert(1)</script>",
    "\u202egnp.exe\u2066\u200f\u061c",
    "\x00\x07\x1b[31m\r\n\t\x7f\x85\u2028\u2029\ufeff\u200b",
    "\ud800 lone",
    "{{script}} {{data}} ${alert(1)} {alert(1)}",
    "__proto__/constructor/toString",
    "&lt;b&gt; &#60;script&#62; \\u003cscript\\u003e",
)
POISONS = ("".join(HOSTILE), *(text for text in HOSTILE if text.startswith(("javascript", "data", "https", "__"))))
"""All of it at once, and what matters at the beginning of a text."""
ROOT = Ref("pkg:conda/demo@1.0")


def poisoned(told: Any, poison: Callable[[str], str], hint: Any = None) -> Any:
    """The same with every free text changed: fields that are `str`, not words of the model, references or digests."""
    if is_dataclass(told) and not isinstance(told, type):
        hints = get_type_hints(type(told))
        left = {"value"} if isinstance(told, Digest) else set()
        changed = {
            f.name: poisoned(getattr(told, f.name), poison, hints[f.name]) for f in fields(told) if f.name not in left
        }
        return replace(told, **changed)
    if isinstance(told, tuple):
        inner = get_args(hint)
        hints_of = [inner[0]] * len(told) if len(inner) == 2 and inner[1] is Ellipsis else inner
        return tuple(poisoned(one, poison, each) for one, each in zip(told, hints_of, strict=True))
    if isinstance(told, bytes) and hint is bytes:
        return told + poison("").encode("utf-8", "surrogatepass")
    texts = hint is str or (get_origin(hint) is not None and str in get_args(hint))
    return poison(told) if isinstance(told, str) and texts else told


def unpacked(page: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What a page shows and hands out."""
    block = re.search(rb'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    packed = json.loads(block[1])
    return (
        json.loads(zlib.decompress(b64decode(packed["inventory"]))),
        [zlib.decompress(b64decode(document)) for document in packed["documents"]],
    )


def plain(name: str = "demo", version: str = "1.0", **parts: Any) -> Sbom:
    """A package of that name with nothing in it but what is given."""
    subject = Subject(
        filename=f"{name}-{version}-0.conda",
        container="conda",
        size=1,
        digests=(),
        name=name,
        version=version,
        build="0",
        subdir="noarch",
    )
    root = Component(ref=ROOT, kind="library", name=name, version=version, purl=str(ROOT))
    components = tuple(sorted((root, *parts.pop("components", ())), key=lambda component: component.ref))
    return Sbom(subject=subject, root=ROOT, components=components, **parts)


def many(count: int) -> Sbom:
    """A package that carries so many components, each with evidence, a licence, a file and an edge to the next."""
    purls = [f"pkg:npm/part-{number:05}@{number % 9}.{number % 7}.0" for number in range(count)]
    paths = [f"lib/node_modules/group-{number % 50:02}/part-{number:05}/package.json" for number in range(count)]
    words = ("MIT", "ISC", "Apache-2.0", "BSD-3-Clause")
    components = [
        Component(
            ref=Ref(purl),
            kind="library",
            name=f"part-{number:05}",
            version=f"{number % 9}.{number % 7}.0",
            purl=purl,
            licenses=(License(expression=words[number % len(words)]),),
            digests=(Digest(algorithm="sha512", value=f"{number:0128x}"),),
            occurrences=(Occurrence(path=path, evidence=(Evidence(path=path, field="name", by="npm"),)),),
        )
        for number, (purl, path) in enumerate(zip(purls, paths, strict=True))
    ]
    relations = [Relation(source=ROOT, kind="contains", target=Ref(purl)) for purl in purls]
    relations += [
        Relation(source=Ref(one), kind="depends_on", target=Ref(other), specs=(f"{other} ^1",))
        for one, other in pairwise(purls)
    ]
    files = [
        File(path=path, kind="file", size=1000 + number, role="component", owner=Ref(purl), format="text")
        for number, (purl, path) in enumerate(zip(purls, paths, strict=True))
    ]
    return plain(
        components=components,
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        files=tuple(sorted(files, key=lambda file: file.path)),
        texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"Do what you like.\n" * 50),),
    )


def reported(sbom: Sbom, name: str = "demo-1.0-0.conda", data: bytes = b"") -> Reported:
    """An inventory as a target of the report, with a document of these bytes, if any."""
    downloads = (Download(filename=f"{name}.cdx.json", format="cyclonedx-json 1.6", data=data),) if data else ()
    return Reported(name=name, sbom=sbom, downloads=downloads)
