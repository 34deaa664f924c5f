"""`python -m benchmarks.recall.bundled [WHEEL...]`: bundled shared libraries, told from the binaries alone.

Each wheel is laid out as conda has it and read with the documents in it (PEP 770) passed over; what is then said of
each file that auditwheel, delocate or delvewheel put there is compared with those documents. Without WHEEL those of the
corpus that have such files are read. The names that documents give are matched with files by a table of its own:
nothing of cf-sbom says what is true here. Of files that no document speaks of, the reviewed file of natives.py may.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measure import CommandError
from benchmarks.recall.corpus import CORPUS, fetch
from benchmarks.recall.environment import readers
from benchmarks.recall.natives import Finding, Judgements, Library, Verdict, judgements
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.model import Ref, Sbom
from cf_sbom.plugins import Registry, load

NAMES = ("pillow", "psycopg-binary", "opencv-python-headless")
_SITE = "lib/python3.12/site-packages"
_BUNDLED = re.compile(r".*(?:[^/]\.libs|/\.dylibs)/[^/]*\.(?:so|dylib|dll)(?:\.[^/]*)?")
_OF_A_RELEASE = re.compile(r"(?:\d+:)?(?P<release>[^-]+)(?:-.*)?")
# What documents call a library, and how its files begin.
_FILES: Mapping[str, tuple[str, ...]] = {
    "FreeType": ("libfreetype",),
    "HarfBuzz": ("libharfbuzz",),
    "libavif": ("libavif",),
    "libimagequant": ("libimagequant",),
    "libjpeg / libjpeg-turbo": ("libjpeg",),
    "libtiff": ("libtiff",),
    "libwebp": ("libwebp", "libsharpyuv"),
    "libxcb": ("libxcb-46a603a8", "libxcb-5ddf6756", "libxcb-9065bb12", "libxcb-ad31f5a3", "libxcb-randr", "libxcb-sh"),
    "Little CMS 2": ("liblcms2",),
    "OpenJPEG": ("libopenjp2",),
    "FriBiDi": ("libfribidi",),
    "libXau": ("libXau",),
    "keyutils-libs": ("libkeyutils",),
    "libcom_err": ("libcom_err-2abe824b",),  # that of e2fsprogs; krb5 has another
    "cyrus-sasl-lib": ("libsasl2",),
    "openssl-libs": ("libssl", "libcrypto"),
    "libdrm": ("libdrm",),
    "openblas-threads": ("libopenblas",),
    "libgfortran": ("libgfortran",),
    "libquadmath": ("libquadmath",),
}
# Under which names each of them may be told, besides that of the document.
_SAME: Mapping[str, frozenset[str]] = {
    "FreeType": frozenset({"freetype"}),
    "HarfBuzz": frozenset({"harfbuzz"}),
    "libjpeg / libjpeg-turbo": frozenset({"libjpeg-turbo"}),
    "Little CMS 2": frozenset({"lcms2"}),
    "OpenJPEG": frozenset({"openjpeg"}),
    "libXau": frozenset({"libxau"}),
    "keyutils-libs": frozenset({"keyutils"}),
    "libcom_err": frozenset({"e2fsprogs"}),
    "cyrus-sasl-lib": frozenset({"cyrus-sasl"}),
    "openssl-libs": frozenset({"openssl"}),
    "openblas-threads": frozenset({"openblas"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One bundled file: its name, what is told of it, and what documents say, "" where that is nothing. reviewed: what
    people say of what is told, where documents say nothing. others: how many more components are told to be this file.
    """

    name: str
    told: str = ""
    version: str = ""
    true: str = ""
    release: str = ""
    reviewed: Verdict | None = None
    others: int = 0

    @property
    def is_named(self) -> bool:
        return bool(self.told) and (not self.true or self.told in {self.true, *_SAME.get(self.true, ())})

    @property
    def is_right(self) -> bool:
        return bool(self.release) and self.is_named and self.version == self.release

    @property
    def verdict(self) -> str:
        if not self.is_named:
            return "not named" if not self.told else "wrong name"
        if self.is_right:
            return "right"
        if self.reviewed == "wrong":
            return "wrong, reviewed"
        if not self.version:
            return "no version"
        if self.reviewed:
            return "right, reviewed"
        return "not judged" if not self.release else "another version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One wheel, read from its binaries alone. judged: files of which a document states a version, and right those with
    that version; reviewed: others with a version that people found to be right."""

    wheel: str
    files: tuple[File, ...]
    seconds: float

    @property
    def named(self) -> int:
        return sum(file.is_named for file in self.files)

    @property
    def versions(self) -> int:
        return sum(file.is_named and bool(file.version) for file in self.files)

    @property
    def judged(self) -> int:
        return sum(bool(file.release) for file in self.files)

    @property
    def right(self) -> int:
        return sum(file.is_right for file in self.files)

    @property
    def reviewed(self) -> int:
        return sum(file.verdict == "right, reviewed" for file in self.files)

    @property
    def wrong(self) -> int:
        return sum(file.verdict in ("wrong name", "another version", "wrong, reviewed") for file in self.files)

    @property
    def twice(self) -> int:
        return sum(file.others for file in self.files)


def figures(wheel: Path, registry: Registry | None = None, judged: Judgements | None = None) -> Figures:
    """Read one wheel. Raises SbomError where it cannot be read, zipfile.BadZipFile where it is none."""
    judged = judged or judgements()
    registry = registry or load(frozenset({"embedded_sboms"}))
    with tempfile.TemporaryDirectory() as temporary, zipfile.ZipFile(wheel) as archive:
        package = Path(temporary, "package")
        archive.extractall(package / _SITE)
        index = {"name": "wheel", "version": "0", "build": "0", "build_number": 0, "subdir": "linux-64", "depends": []}
        (package / "info").mkdir()
        (package / "info" / "index.json").write_text(json.dumps(index))
        stated = tuple(_stated(archive))
        start = time.perf_counter()
        sbom = describe(package, Options(), registry).sbom
        seconds = time.perf_counter() - start
    files = tuple(_reviewed(file, wheel.name, judged) for file in _told(sbom, stated))
    return Figures(wheel=wheel.name, files=files, seconds=seconds)


def corpus() -> Iterator[Figures]:
    """The wheels of the corpus that bundle libraries. Raises CommandError where one cannot be had."""
    binaries, registry = readers(), load(frozenset({"embedded_sboms"}))
    for artefact in CORPUS:
        if artefact.client == "pip" and artefact.name in NAMES:
            yield figures(fetch(artefact, binaries), registry)


def table(rows: Iterable[Figures], *, every_file: bool = False) -> Iterator[str]:
    """The figures as text, a heading first."""
    row = "{:<44} {:>6} {:>6} {:>9} {:>7} {:>6} {:>9} {:>6} {:>6} {:>8}"
    words = ("files", "named", "versions", "judged", "right", "reviewed", "wrong", "twice", "seconds")
    yield row.format("bundled libraries", *words)
    for one in rows:
        counts = (len(one.files), one.named, one.versions, one.judged, one.right, one.reviewed, one.wrong, one.twice)
        yield row.format(one.wheel[:44], *counts, f"{one.seconds:.1f}")
        for file in one.files if every_file else ():
            truth = f"{file.true} {file.release}".strip()
            yield f"  {file.name[:48]:<48} {f'{file.told} {file.version}':<32} {truth:<28} {file.verdict}"


def _stated(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Names and releases in the CycloneDX documents of a wheel."""
    for name in archive.namelist():
        if re.fullmatch(r"[^/]*\.dist-info/sboms/[^/]*\.json", name):
            for component in json.loads(archive.read(name)).get("components", ()):
                purl, version = str(component.get("purl") or ""), str(component.get("version") or "")
                match = (
                    _OF_A_RELEASE.fullmatch(version) if purl.startswith(("pkg:rpm/", "pkg:deb/", "pkg:apk/")) else None
                )
                yield str(component.get("name")), match["release"] if match else version


def _told(sbom: Sbom, stated: tuple[tuple[str, str], ...]) -> Iterator[File]:
    components = {component.ref: component for component in sbom.components}
    inside = {relation.target for relation in sbom.relations if relation.kind == "static_link"}
    inside |= {c.ref for c in sbom.components if c.purl.startswith("pkg:cargo/")}  # compiled into it, too
    for file in sbom.files:
        if file.kind == "file" and _BUNDLED.fullmatch(file.path):
            found = File(name=file.path.rpartition("/")[2])
            owner: Ref | None = file.owner if file.role == "component" else None
            if owner is not None and not components[owner].purl.startswith("pkg:pypi/"):
                found = replace(found, told=components[owner].name, version=components[owner].version)
            seen = {
                c.ref
                for c in sbom.components
                if c.ref not in inside and any(o.path == file.path for o in c.occurrences)
            }
            found = replace(found, others=len(seen - {owner}))
            for name, release in stated:
                if any(found.name.startswith(start) for start in _FILES.get(name, ())):
                    found = replace(found, true=name, release=release)
            yield found


def _reviewed(file: File, wheel: str, judged: Judgements) -> File:
    """The file with what people say of it, where documents say nothing."""
    if file.true or not file.told:
        return file
    distribution, dash, rest = wheel.partition("-")
    package = distribution.replace("_", "-") + dash + rest  # as packages of the corpus are called
    library = Library(file.told.lower(), file.version)
    return replace(file, reviewed=judged.spoken(Finding(package, file.name, library, "binary", stated=True)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall.bundled")
    parser.add_argument("wheels", nargs="*", type=Path, metavar="WHEEL")
    parser.add_argument("-v", "--verbose", action="store_true", help="each file with what is told of it")
    options = parser.parse_args()
    try:
        registry = load(frozenset({"embedded_sboms"}))
        rows = [figures(wheel, registry) for wheel in options.wheels] or list(corpus())
    except CommandError as error:
        print(f"cannot be had: {error}", file=sys.stderr)
        return 1
    print("\n".join(table(rows, every_file=options.verbose)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
