"""Java: every pom.properties, and every pom.xml that has none beside it, in archives and in archives in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.recall.truth import Entry, files

_ARCHIVES = (".jar", ".war", ".ear")


def read(folder: Path) -> Iterator[Entry]:
    for path in files(folder):
        if path.suffix in _ARCHIVES and zipfile.is_zipfile(path):
            yield from archive(path.read_bytes())


def archive(data: bytes) -> Iterator[Entry]:
    with zipfile.ZipFile(io.BytesIO(data)) as jar:
        names = set(jar.namelist())
        for name in sorted(names):
            if name.endswith("/pom.properties"):
                yield from _properties(jar.read(name).decode("latin-1"))
            elif name.endswith("/pom.xml") and name.startswith("META-INF/maven/"):
                if f"{name.removesuffix('pom.xml')}pom.properties" not in names:
                    yield from _project(jar.read(name))
            elif name.endswith(_ARCHIVES):
                yield from archive(jar.read(name))


def _properties(text: str) -> Iterator[Entry]:
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    stated = {name.strip(): value.strip() for name, _, value in lines}
    if {"groupId", "artifactId", "version"} <= stated.keys():
        yield Entry("java", "maven", f"{stated['groupId']}/{stated['artifactId']}", stated["version"])


def _project(data: bytes) -> Iterator[Entry]:
    """What a project does not say itself it has from its parent."""
    root = ElementTree.fromstring(data)
    group, artifact, version = (
        root.findtext(f"{{*}}{name}") or root.findtext(f"{{*}}parent/{{*}}{name}") or ""
        for name in ("groupId", "artifactId", "version")
    )
    if group and artifact and version and "$" not in f"{group}{artifact}{version}":
        yield Entry("java", "maven", f"{group.strip()}/{artifact.strip()}", version.strip())
