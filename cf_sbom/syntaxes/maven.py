"""What Maven and its like write into jars: pom.xml, pom.properties, MANIFEST.MF, and names of files.

Knows these texts (Maven's POM reference, the JAR file specification, java.util.Properties) and nothing of archives or
of what an SBOM says. A value that another file would have to supply is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cf_sbom.fields import clean_text
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes import xml

_ID = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_VERSION = re.compile(r"[A-Za-z0-9_.+~-]{1,256}")
_PROPERTY = re.compile(r"[ \t\f]*(groupId|artifactId|version)[ \t\f]*[=: \t][ \t\f]*(.*)")
_PLACEHOLDER = re.compile(r"\$\{([^{}$]{1,256})\}")
_ROUNDS = 4  # properties in properties
_LONGEST = 1024
_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9})*")
# Classifiers that Maven's own plugins give, and those of the parts of native libraries (os-maven-plugin, LWJGL).
_CLASSIFIER = re.compile(
    r"(?:test-)?(?:sources|javadoc)|tests|jar-with-dependencies|(?:natives-)?(?:linux|osx|macos|macosx|windows)(?:-\w{1,16})*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One entry of <dependencies>; version and scope are "" where they are not stated here."""

    group: str
    artifact: str
    version: str = ""
    scope: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pom:
    """What a pom states of its artifact; "" stands for what it does not state, or not alone."""

    group: str = ""
    artifact: str = ""
    version: str = ""
    licenses: tuple[str, ...] = ()
    url: str = ""
    repository: str = ""
    dependencies: tuple[Dependency, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether group, artifact and version are all stated, in characters that Maven takes."""
        return bool(_ID.fullmatch(self.group) and _ID.fullmatch(self.artifact) and _VERSION.fullmatch(self.version))


def read_properties(data: bytes | memoryview) -> Pom:
    """A pom.properties, as Maven's archiver writes it."""
    stated = {}
    for line in str(data, "latin-1").splitlines():
        if match := _PROPERTY.match(line[:_LONGEST]):
            stated[match[1]] = match[2].strip()
    return Pom(
        group=stated.get("groupId", ""), artifact=stated.get("artifactId", ""), version=stated.get("version", "")
    )


def read_project(data: bytes | memoryview, limits: Limits) -> Pom:
    """A pom.xml. What it does not say of itself it has of its parent. Raises ParseError."""
    project = xml.parse(bytes(data), limits)
    if xml.local_name(project) != "project":
        raise ParseError("not a project of Maven")
    parent, scm, own = _child(project, "parent"), _child(project, "scm"), _child(project, "properties")
    names = {xml.local_name(e): _plain(e) for e in own} if own is not None else {}
    for name in ("groupId", "artifactId", "version"):
        inherited = _text(parent, name)
        names[f"project.parent.{name}"] = inherited
        names[f"project.{name}"] = _text(project, name) or (inherited if name != "artifactId" else "")

    def text(element: Any, name: str) -> str:
        return _resolved(_text(element, name), names)

    licenses = (text(e, "name") or text(e, "url") for e in _children(project, "licenses", "license", limits))
    dependencies = (
        Dependency(
            group=text(e, "groupId"),
            artifact=text(e, "artifactId"),
            version=text(e, "version"),
            scope=text(e, "scope"),
            optional=text(e, "optional").lower() == "true",
        )
        for e in _children(project, "dependencies", "dependency", limits)
    )
    return Pom(
        group=text(project, "groupId") or text(parent, "groupId"),
        artifact=text(project, "artifactId"),
        version=text(project, "version") or text(parent, "version"),
        licenses=tuple(dict.fromkeys(filter(None, licenses))),
        url=text(project, "url"),
        repository=text(scm, "url"),
        dependencies=tuple(d for d in dependencies if d.group and d.artifact),
    )


def _child(element: Any, name: str) -> Any:
    return next((e for e in element if xml.local_name(e) == name), None) if element is not None else None


def _children(element: Any, folder: str, name: str, limits: Limits) -> Iterator[Any]:
    found = _child(element, folder)
    count = 0
    for child in found if found is not None else ():
        if xml.local_name(child) == name and count < limits.dependencies:
            count += 1
            yield child


def _text(element: Any, name: str) -> str:
    child = _child(element, name)
    return _plain(child) if child is not None else ""


def _plain(element: Any) -> str:
    """The text of an element, or "" where it is too long for a name."""
    text = " ".join((element.text or "").split()) if len(element.text or "") <= _LONGEST else ""
    return clean_text(text)


def _resolved(text: str, names: dict[str, str]) -> str:
    """A text with the properties of the same pom put in, or "" where one stands elsewhere."""
    for _ in range(_ROUNDS):
        if "${" not in text:
            break
        text = _PLACEHOLDER.sub(lambda m: names.get(m[1].replace("pom.", "project.", 1)) or m[0], text)
        if len(text) > _LONGEST:
            return ""
    return "" if "${" in text else text


def read_manifest(data: bytes | memoryview) -> dict[str, str]:
    """The main attributes of a MANIFEST.MF, their names in lower case; lines that begin with a space go on from the one
    before. One that is too long for a name is left out."""
    text = bytes(data).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    main = text.partition(b"\n\n")[0].replace(b"\n ", b"")
    found = {}
    for line in main.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and len(line) <= _LONGEST:
            found[str(name, "utf-8", "replace").strip().lower()] = " ".join(str(value, "utf-8", "replace").split())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """How a file's name goes with an artifact: rank 0 is best; classifier where it is certain; contradicts says that it
    names another version."""

    rank: int
    classifier: str = ""
    contradicts: bool = False


def named(stem: str, pom: Pom) -> Name | None:
    """Whether a file without its suffix is called by an artifact, with its version or without; None where it is not."""
    found: Name | None = None
    for name in (pom.artifact, f"{pom.group}.{pom.artifact}", f"{pom.group}-{pom.artifact}"):
        full = f"{name}-{pom.version}"
        rest = stem[len(full) :]
        if stem == full:
            return Name(rank=0)
        if stem.startswith(f"{full}-"):
            return Name(rank=1, classifier=rest[1:] if _CLASSIFIER.fullmatch(rest[1:]) else "")
        if stem == name:
            found = Name(rank=2)
        elif stem.startswith(f"{name}-") and stem[len(name) + 1 : len(name) + 2].isdigit():
            found = found or Name(rank=3, contradicts=differ(stem[len(name) + 1 :], pom.version))
    return found


def differ(version: str, other: str) -> bool:
    """Whether two versions cannot be the same: the numbers that they begin with differ. `1.4` may be `1.4.0.Final`, and
    `3.x` any of 3."""
    first, second = (_NUMBERS.match(text) for text in (version, other))
    if not first or not second:
        return False
    one, two = ([int(n) for n in match[0].split(".")][:3] for match in (first, second))
    length = max(len(one), len(two))
    if any(match.string[match.end() :].startswith(".x") for match in (first, second)):
        length = min(len(one), len(two))
    return (one + [0] * length)[:length] != (two + [0] * length)[:length]
