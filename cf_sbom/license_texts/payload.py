"""Licence texts in the payload, and what the manifests beside them say: read for the comparison alone.

Knows names of files and two manifests. Nothing of it becomes a finding, so no document changes by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match
from cf_sbom.identity.licenses import of_cargo
from cf_sbom.model import Member, Text
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.syntaxes.toml import parse_toml

MANIFESTS = frozenset(
    ("package.json", "Cargo.toml", "METADATA", "PKG-INFO", "DESCRIPTION", "composer.json", "META.json", "Project.toml")
)
"""Files that say of the folder that they lie in what it is."""
_FILES = tuple(
    f"**/{start}*" for start in ("LICEN?E", "Licen?e", "licen?e", "COPYING", "Copying", "copying", "UNLICEN?E")
)
_TEXT = re.compile(r"(?:un)?licen[cs]es?|copying", re.IGNORECASE)
_END = re.compile(r"[-_. ][\w.+ -]{1,60}|", re.ASCII)
_NO_TEXTS = re.compile(
    r".*\.(?:py[cdio]?|[jt]sx?|[cm]js|json|ya?ml|toml|xml|html?|h|hpp|c|cc|cpp|go|rs|java|class|jar|rb|php|lua|jl|r|rd|"
    r"so|dll|exe|png|svg|gif|gz|zip|map|pdf|rtf)",
    re.IGNORECASE,
)
_ANY_SIZE = 1 << 62  # cut when it is read: no problem of the package


class Stated(NamedTuple):
    """What a manifest says of its folder; title names it for people."""

    title: str
    license: str


@dataclass(slots=True)
class Payload:
    """What was read: texts, those left out by a limit, and manifests by their folder."""

    texts: dict[str, Text] = field(default_factory=dict)
    left: int = 0
    stated: dict[str, Stated] = field(default_factory=dict)

    def extractor(self) -> Extractor:
        """One that fills this record and finds nothing."""
        match = Match(names=("Cargo.toml", "package.json"), globs=_FILES)
        return Extractor(name="licenses-in-payload", match=match, read=self._read, body_limit=_ANY_SIZE)

    def _read(self, member: Member, body: Body, context: Context) -> Iterable[Finding]:
        folder, _, name = member.path.rpartition("/")
        limits = context.limits
        if name in ("Cargo.toml", "package.json"):
            try:
                read = parse_toml if name == "Cargo.toml" else parse_json
                stated = _stated(name, read(body.getbuffer(), limits))
            except ParseError:
                stated = None
            if stated and len(self.stated) < limits.entries:
                self.stated[folder] = stated
        elif is_license_file(name):
            if len(self.texts) >= limits.texts:
                self.left += 1
            else:
                data = body.getbuffer()
                cut = len(data) > limits.text_size
                kept = bytes(data[: limits.text_size])
                self.texts[member.path] = Text(path=member.path, media_type="text/plain", data=kept, truncated=cut)
        return ()


def is_license_file(name: str) -> bool:
    """Whether a file is called as licence texts are, and is none of a program."""
    start = _TEXT.match(name)
    return start is not None and _END.fullmatch(name, start.end()) is not None and not _NO_TEXTS.fullmatch(name)


def _stated(name: str, tree: Any) -> Stated | None:
    cargo = name == "Cargo.toml"
    package = tree.get("package") if cargo and isinstance(tree, dict) else tree
    if not isinstance(package, dict) or not isinstance(package.get("license"), str):
        return None
    title = " ".join(str(package[key])[:200] for key in ("name", "version") if isinstance(package.get(key), str))
    license_ = package["license"][:2000]
    return Stated(f"{name}: {title}" if title else name, of_cargo(license_) if cargo else license_)
