"""What a document says of itself and of each component, in the words of no format: what profiles and policies judge.

Knows trees in the words of each standard's JSON form, of whatever tool. Every tree is hostile input: what is not of the
expected type counts as not said. What a document should say is the question of `profiles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from cf_sbom.about import NAME
from cf_sbom.identity.licenses import license_ref

Family: TypeAlias = Literal["cyclonedx", "spdx2", "spdx3"]
Role: TypeAlias = Literal["package", "part", "dependency"]
"""What a component is to the document: the package it speaks of, something inside that, or something it needs."""
ROLES: tuple[Role, ...] = ("package", "part", "dependency")

_TOOL_VERSION = re.compile(r"-(?=v?\d)")
_UNSAID = frozenset(("", "NOASSERTION", "NONE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person, an organisation or a tool that acts as an author; contact is an e-mail address or a web address."""

    name: str
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What is said of one component. ref names it in the document.

    Licences are expressions or names; license_texts those that stand with them. hashes are algorithms, such as
    `sha256`; artifact_hashes those of the file it is distributed as. dependencies: whether anything is said of what it
    needs, be it that nothing is known. completeness: what is said of how complete that is: complete, incomplete,
    unknown or "". creators are those of the producers whom BSI TR-03183-2 takes for the creator.
    """

    ref: str
    role: Role
    name: str = ""
    version: str = ""
    purl: str = ""
    identifiers: tuple[str, ...] = ()
    supplier: Agent | None = None
    producers: tuple[Agent, ...] = ()
    creators: tuple[Agent, ...] = ()
    declared: tuple[str, ...] = ()
    concluded: tuple[str, ...] = ()
    license_texts: tuple[bytes, ...] = ()
    copyright: str = ""
    hashes: frozenset[str] = frozenset()
    artifact_hashes: frozenset[str] = frozenset()
    filename: str = ""
    executable: str = ""
    archive: str = ""
    structured: str = ""
    sources: tuple[str, ...] = ()
    source_hashes: frozenset[str] = frozenset()
    distributions: tuple[str, ...] = ()
    security: str = ""
    dependencies: bool = False
    completeness: str = ""
    evidence: bool = False
    properties: frozenset[tuple[str, str]] = frozenset()

    @property
    def title(self) -> str:
        """A name for people."""
        return self.purl or f"{self.name} {self.version}".strip() or self.ref

    def property(self, name: str) -> str:
        """The value of a property, the first in order where several bear the name."""
        return min((value for key, value in self.properties if key == name), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a document says. context: the phases or types that its making is described by; number: its own version;
    creators: those of the authors that BSI TR-03183-2 takes for the creator.

    components: the package first, if the document speaks of one, then in the order of the document; files that are
    listed as files are not among them, nor is what a package was only built with or from. unreached: how many of them
    no relation leads to, be it of any kind; they count as dependencies.
    """

    family: Family
    format: str
    version: str
    identifier: str = ""
    number: str = ""
    timestamp: str = ""
    authors: tuple[Agent, ...] = ()
    creators: tuple[Agent, ...] = ()
    tools: tuple[tuple[str, str], ...] = ()
    context: tuple[str, ...] = ()
    signed: bool = False
    vulnerabilities: bool = False
    components: tuple[Stated, ...] = ()
    unreached: int = 0
    unlisted: str = ""
    """What the document says of build packages that it leaves out."""
    contents: str = ""
    """How complete the contents of the package are said to be: complete, incomplete, unknown or ""."""

    @property
    def package(self) -> Stated | None:
        """What the document speaks of."""
        return next((one for one in self.components if one.role == "package"), None)

    @property
    def is_ours(self) -> bool:
        """Whether cf-sbom says it made the document."""
        return any(name == NAME for name, _ in self.tools)


def state(document_format: str, version: str, tree: Any) -> Statement:
    """What the tree of a document says, as documents.open_document() gives it."""
    from cf_sbom.assertions import cyclonedx, spdx2, spdx3

    if document_format.startswith("cyclonedx"):
        return cyclonedx.state(document_format, version, tree)
    if document_format.startswith("spdx3"):
        return spdx3.state(document_format, version, tree)
    return spdx2.state(document_format, version, tree)


def text(tree: Any, key: str) -> str:
    """A text of a mapping without the blanks around it; "" where there is none."""
    value = tree.get(key) if isinstance(tree, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip() if not isinstance(value, int) or abs(value) < 1 << 60 else ""


def said(tree: Any, key: str) -> str:
    """A text that says something: not that nothing is asserted."""
    value = text(tree, key)
    return "" if value.upper() in _UNSAID else value


def inner(tree: Any, key: str) -> dict[str, Any]:
    """A mapping in a mapping; an empty one where there is none."""
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, dict) else {}


def objects(tree: Any, key: str) -> Iterator[dict[str, Any]]:
    """The mappings of a list in a mapping; one alone may stand without a list."""
    value = tree.get(key) if isinstance(tree, dict) else None
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))


def texts(tree: Any, key: str) -> Iterator[str]:
    """The texts of a list in a mapping; one alone may stand without a list."""
    value = tree.get(key) if isinstance(tree, dict) else None
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one)


def meant(license_: str, names: Mapping[str, str]) -> str:
    """What a licence is called. SPDX has an id for every licence; one that only stands for a name says no more than
    that name, as the formats say it that have no such ids."""
    name = names.get(license_, "")
    return name if name and license_ref(name) == license_ else license_


def tool(name: str) -> tuple[str, str]:
    """The name and version of a tool as SPDX writes both in one: `name-1.2`."""
    found = _TOOL_VERSION.search(name)
    return (name[: found.start()].strip(), name[found.end() :].strip()) if found else (name.strip(), "")


def is_web(url: str) -> bool:
    """Whether an address is one of the web. Raises nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https", "ftp", "git+https", "git+http") and bool(parts.netloc)


@dataclass(slots=True)
class Graph:
    """Edges of a document, and what is reached from its package: parts by containment, dependencies by all others.
    near: what relations of any kind join, both ways."""

    contains: dict[str, list[str]] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)

    def join(self, one: str, other: str) -> None:
        """Note that a relation joins two elements."""
        self.near.setdefault(one, []).append(other)
        self.near.setdefault(other, []).append(one)

    def apart(self, roots: Iterable[str], packages: Iterable[str]) -> list[str]:
        """The packages that no chain of relations joins to the roots: nothing tells what they are to the package."""
        found: dict[str, Role] = dict.fromkeys(roots, "package")
        self._spread(found, list(found), "dependency", self.near)
        return [one for one in packages if one not in found]

    def roles(self, roots: Iterable[str]) -> dict[str, Role]:
        """The role of each element that is reached. Linear; no recursion."""
        found: dict[str, Role] = dict.fromkeys(roots, "package")
        start = list(found)
        self._spread(found, start, "part", self.contains)
        # What a part needs is a part where the package contains it too, else it is needed from outside.
        self._spread(found, list(found), "dependency", self.needs, self.contains)
        return found

    @staticmethod
    def _spread(found: dict[str, Role], stack: list[str], role: Role, *edges: dict[str, list[str]]) -> None:
        while stack:
            ref = stack.pop()
            for targets in edges:
                for target in targets.get(ref, ()):
                    if target not in found:
                        found[target] = role
                        stack.append(target)
