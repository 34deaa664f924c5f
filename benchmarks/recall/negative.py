"""Packages that look as if they carried others and do not: nothing may be invented, and what cannot be told be said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import CommandError
from benchmarks.recall import HOME
from benchmarks.recall.score import Listed

_GO = 'package main\n\nfunc main() { println("recall") }\n'
_DEPS = {
    "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"},
    "targets": {".NETCoreApp,Version=v8.0": {"Alone/1.0.0": {"runtime": {"Alone.dll": {}}}}},
    "libraries": {"Alone/1.0.0": {"type": "project", "serviceable": False, "sha512": ""}},
}
Make = Callable[[Path, Path], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """make fills a folder, given the readers' bin folder, and returns the names of what is really there, such as Go's
    standard library; it raises CommandError where it cannot. gap: whether there is something that cannot be told."""

    name: str
    make: Make
    gap: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a tool made of a case. said: its document holds a problem; None where the tool has no such words."""

    case: str
    tool: str
    invented: tuple[str, ...]
    said: bool | None
    wanted: bool

    @property
    def good(self) -> bool:
        return not self.invented and (self.said is None or self.said or not self.wanted)


def judge(case: Case, true: frozenset[str], tool: str, found: list[Listed], document: Mapping[str, object]) -> Verdict:
    """invented: what is listed and not there; said: only cf-sbom puts problems into its documents."""
    invented = sorted({f"{e.key.type}/{e.key.name}@{e.key.version}" for e in found if e.key.name not in true})
    said = "cf_sbom:problem:" in json.dumps(document) if tool == "cf-sbom" else None
    return Verdict(case=case.name, tool=tool, invented=tuple(invented), said=said, wanted=case.gap)


_ROW = "{:<44} {:<10} {:>8}  {:<5} {}"


def table(verdicts: list[Verdict]) -> Iterator[str]:
    """A line for each, a heading first."""
    yield _ROW.format("negative", "tool", "invented", "said", "").rstrip()
    for v in verdicts:
        said = "-" if v.said is None else "yes" if v.said else "no"
        yield _ROW.format(v.case, v.tool, len(v.invented), said, "" if v.good else "NOT GOOD").rstrip()
        yield from (f"    {entry}" for entry in v.invented[:3])


def _go(*flags: str, without: str = "") -> Make:
    """A Go program built outside a module, at last without a section."""

    def make(folder: Path, binaries: Path) -> frozenset[str]:
        source, program = folder.with_name("main.go"), folder / "bin" / "recall"
        program.parent.mkdir(parents=True)
        source.write_text(_GO)
        environment = {**os.environ, "GOCACHE": str(HOME / "go-cache"), "GOFLAGS": "-p=1", "GO111MODULE": "auto"}
        words = (str(binaries / "go"), "build", "-buildvcs=false", *flags, "-o", str(program), str(source))
        _call(words, folder.parent, environment)
        if without:
            _call(("objcopy", "--remove-section", without, str(program)), folder, environment)
        return frozenset({"stdlib"})

    return make


def _call(words: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    try:
        subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        raise CommandError(f"{words[0]}: {error}") from error


def _rust(folder: Path, binaries: Path) -> frozenset[str]:
    """The program of a wheel of the corpus that was not built by cargo-auditable, without the wheel's own SBOM. Who
    finds crates by the addresses of their sources in the program finds what that SBOM names."""
    wheel = next((HOME / "files").glob("ruff-*/*.whl"), None)
    if wheel is None:
        raise CommandError("the wheel of ruff is not there")
    with zipfile.ZipFile(wheel) as archive:
        program = next(n for n in archive.namelist() if n.endswith("/scripts/ruff"))
        stated = next(n for n in archive.namelist() if n.endswith(".cyclonedx.json"))
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "ruff").write_bytes(archive.read(program))
        return frozenset(component["name"] for component in json.loads(archive.read(stated))["components"])


def _write(files: Mapping[str, bytes], *true: str) -> Make:
    def make(folder: Path, binaries: Path) -> frozenset[str]:
        for path, data in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return frozenset(true)

    return make


def _jar() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nCreated-By: 17\n\n")
        jar.writestr("org/example/Helper.class", b"\xca\xfe\xba\xbe\0\0\0=")
    return buffer.getvalue()


_ALONE = json.dumps(_DEPS).encode()
_UNNAMED = "lib/python3.12/site-packages/named-1.dist-info/RECORD"  # the folder names it
CASES = (
    Case("go: built outside a module", _go()),
    Case("go: built outside a module, stripped", _go("-ldflags=-s -w")),
    Case("go: without build info", _go(without=".go.buildinfo")),
    Case("rust: without .dep-v0", _rust),
    Case(".net: deps.json of a project alone", _write({"lib/alone/Alone.deps.json": _ALONE})),
    Case("java: a jar that names no package", _write({"share/recall/helper-7.jar": _jar()}), gap=False),
    Case(
        "npm: package.json that only says its type",
        _write({"lib/node_modules/x/dist/package.json": b'{"type": "module"}'}),
        gap=False,
    ),
    Case("python: dist-info without METADATA", _write({_UNNAMED: b""}, "named")),
)
