"""`python -m benchmarks.index [--packages N] [--keep FILE]`: an index of many packages, built and asked.

Prints time to build and to refresh, size, the time of questions in one process and of whole commands. The documents are
made here: 50 components each out of names that packages share, drawn so that few are in most and most are in few.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import measure
from cf_sbom.answers.index import Entry, build
from cf_sbom.answers.where import where
from cf_sbom.emitters.cyclonedx import cf_sbom_emitters
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Evidence, Occurrence, Ref, Relation, Sbom, Stamp, Subject
from cf_sbom.queries import Query

_SHAPES = 250  # different sets of components; packages of one shape differ in name and version
_NAME = "package-00000"
_QUERIES = (
    "openssl",
    "openssl@<3",
    "python",
    "pkg:cargo/crate-0@1.3.2",
    "pkg:golang/example.org/go/module-1@<1.4",
    "pkg:npm/js-*@>=1.5",
    "nothing-like-this",
)
_STAMP = Stamp(
    tool="cf-sbom",
    tool_version="0",
    created="2024-01-01T00:00:00Z",
    namespace="https://example.org/sbom",
    build_packages="all",
)


def main() -> None:
    """Build, ask, print."""
    options = argparse.ArgumentParser()
    options.add_argument("--packages", type=int, default=10_000)
    options.add_argument("--keep", type=Path, help="where the index stays")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = chosen.keep or Path(folder) / "index.db"
        shapes = [_document(number) for number in range(_SHAPES)]
        size = sum(map(len, shapes)) // len(shapes)
        print(f"{chosen.packages:,} packages, documents of {size / 1000:.0f} kB on average")
        for title in ("built anew", "built again, all as before"):
            wall, cpu = _timed(lambda: build(_entries(shapes, chosen.packages), file, Limits()))
            print(f"{title:32} {wall:8.2f} s  {cpu:8.2f} s of processor")
        wall, cpu = _timed(lambda: build(_entries(shapes, chosen.packages, changed=100), file, Limits()))
        print(f"{'built again, every 100th other':32} {wall:8.2f} s  {cpu:8.2f} s of processor")
        print(f"{'size':32} {file.stat().st_size / 1e6:8.1f} MB")
        for query in _QUERIES:
            _ask(file, query)


def _ask(file: Path, text: str) -> None:
    query = Query.parse(text)
    answer = where(file, query, limit=100)
    asked = [_timed(lambda: where(file, query, limit=100)) for _ in range(9)]
    command = (sys.executable, "-m", "cf_sbom", "where", text, "--index", str(file))
    allowed = ("sh", "-c", '"$@" >/dev/null; test $? -le 1', "sh", *command)  # nothing found is status 1
    bare = (sys.executable, "-c", "pass")
    pairs = measure.pairs(allowed, bare, 5, file.parent)
    wall = statistics.median(run.wall for run in pairs.command)
    cpu = statistics.median(run.cpu for run in pairs.command)
    query_wall, query_cpu = (1000 * statistics.median(times) for times in zip(*asked, strict=True))
    print(
        f"where {text:42} {answer.packages:6,} packages, query {query_wall:6.1f} ms ({query_cpu:.1f} of processor), "
        f"command {1000 * wall:4.0f} ms ({1000 * cpu:.0f} of processor, "
        f"{pairs.cpu_ratio().median:.1f} times a bare Python)"
    )


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def _entries(shapes: list[bytes], count: int, changed: int = 0) -> Iterator[Entry]:
    for number in range(count):
        name = f"package-{number:05}"
        document = shapes[number % len(shapes)].replace(_NAME.encode(), name.encode())
        if changed and number % changed == 0:
            document = document.replace(b"2024-01-01T", b"2024-01-02T")
        yield Entry(artifact=f"linux-64/{name}-1.0-0.conda", sha256="", document=document, format="cyclonedx-json")


def _document(number: int) -> bytes:
    emitter = next(e for e in cf_sbom_emitters() if e.name == "cyclonedx-json")
    return emitter.emit(_sbom(random.Random(number)), _STAMP, "1.6")


def _sbom(draw: random.Random) -> Sbom:
    """30 carried, 8 required, 12 of the build."""
    purl = f"pkg:conda/{_NAME}@1.0?build=0&subdir=linux-64&type=conda"
    root = Component(ref=Ref(purl), kind="library", name=_NAME, version="1.0", purl=purl)
    components = {root.ref: root}
    relations: dict[tuple[str, str, str, str], Relation] = {}

    def add(component: Component, kind: str, scope: str = "runtime", specs: tuple[str, ...] = ()) -> None:
        components[component.ref] = component
        relation = Relation(source=root.ref, kind=kind, target=component.ref, scope=scope, specs=specs)  # type: ignore[arg-type]
        relations[root.ref, kind, component.ref, scope] = relation

    for name in {"python", "openssl", *(f"lib-{_low(draw, 2000)}" for _ in range(6))}:
        add(_component("conda", name, ""), "depends_on", specs=(f"{name} >={_version(draw)},<4.0a0",))
    for _ in range(12):
        add(
            _component("conda", f"lib-{_low(draw, 2000)}", _version(draw)), draw.choice(("host", "build_tool")), "build"
        )
    kinds = ("npm/js-", "cargo/crate-", "golang/example.org/go/module-", "pypi/py-", "generic/native-")
    for _ in range(30):
        start = draw.choice(kinds)
        version = _version(draw)
        prefix = "v" if start.startswith("golang") else ""
        kind, _, name = f"{start}{_low(draw, 3000)}".partition("/")
        add(_component(kind, name, prefix + version), "contains")
    if draw.random() < 0.05:
        add(_component("generic", "openssl", draw.choice(("1.1.1w", "3.0.13"))), "static_link")
    subject = Subject(
        filename=f"{_NAME}-1.0-0.conda",
        container="conda",
        size=12345,
        digests=(),
        name=_NAME,
        version="1.0",
        build="0",
        subdir="linux-64",
    )
    return Sbom(
        subject=subject,
        root=root.ref,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
    )


def _component(kind: str, name: str, version: str) -> Component:
    purl = f"pkg:{kind}/{name}" + (f"@{version}" if version else "")
    path = f"lib/{name}/metadata"
    seen = Occurrence(path=path, evidence=(Evidence(path=path, field="name", by=kind),))
    return Component(ref=Ref(purl), kind="library", name=name, version=version, purl=purl, occurrences=(seen,))


def _low(draw: random.Random, most: int) -> int:
    """A number below most, small ones far more often."""
    return int(most * draw.random() ** 3)


def _version(draw: random.Random) -> str:
    return f"{draw.randrange(4)}.{draw.randrange(6)}.{draw.randrange(3)}"


if __name__ == "__main__":
    main()
