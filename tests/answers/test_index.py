"""An index of documents: what goes in, what a refresh does, and that readers never see anything half."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import LIMITS, entry, index, part, sbom
from running import Run
from sboms import sboms, with_text_everywhere
from support import FIXTURES, ROOT, zstd

from cf_sbom.answers.index import Entry, Figures, build, build_folder
from cf_sbom.answers.where import where
from cf_sbom.errors import AttachError, DocumentError, IndexFileError, TargetError
from cf_sbom.index import reading
from cf_sbom.index.tables import TABLES
from cf_sbom.limits import Limits
from cf_sbom.model import Digest, File, License, Problem, Sbom
from cf_sbom.plugins import Registry
from cf_sbom.queries import Query

APPLE = sbom("apple", part("pkg:npm/left-pad@1.3.0"), part("pkg:conda/zlib", "depends_on", "zlib >=1.3,<2"))
PEAR = sbom("pear", part("pkg:npm/left-pad@1.3.0"), part("pkg:cargo/ring@0.17.8", "static_link"))


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(file) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def all_rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """What is in an index, by names instead of numbers."""
    component = "p.artifact, i.name, i.version, i.purl"
    joined = "JOIN packages p ON p.id = t.package JOIN components c ON c.package = t.package AND c.number = {} "
    joined += "JOIN identities i ON i.id = c.identity"
    own = "artifact, sha256, name, version, purl, format, document_sha256"
    told = {
        "components": ("t.number", "t.section, t.scope"),
        "relations": ("t.target", "t.kind, t.scope, t.specs"),
        "evidence": ("t.component", "t.path, t.confidence"),
    }
    found = {
        table: rows(file, f"SELECT {component}, {columns} FROM {table} t {joined.format(number)}")
        for table, (number, columns) in told.items()
    }
    for table, columns in (("names", "t.name, i.purl, i.name"), ("purls", "t.package, t.purl, i.name")):
        found[table] = rows(file, f"SELECT {columns} FROM {table} t JOIN identities i ON i.id = t.identity")
    found["packages"] = rows(file, f"SELECT {own} FROM packages")
    found["failures"] = rows(file, "SELECT artifact, reason FROM failures")
    return {table: sorted(content, key=repr) for table, content in found.items()}


def test_all_that_a_document_says_is_in_a_table(tmp_path: Path) -> None:
    whole = replace(
        sbom("apple", part("pkg:npm/left-pad@1.3.0", aliases=("pkg:rpm/fedora/left-pad@1.3.0-1",))),
        files=(File(path="lib/x.js", kind="file", size=7, digests=(Digest(algorithm="sha256", value="a" * 64),)),),
        problems=(Problem(path="lib/x.js", reason="odd", by="npm", severity="gap"),),
    )
    root = replace(
        whole.root_component,
        licenses=(License(expression="MIT"),),
        digests=(Digest(algorithm="sha256", value="b" * 64),),
    )
    whole = replace(whole, components=tuple(root if c.ref == root.ref else c for c in whole.components))
    file = tmp_path / "i.db"
    given = replace(entry(whole, "cyclonedx-json"), document=_with_files(whole))
    assert build([given], file, LIMITS) == Figures(packages=1, read=1)
    assert rows(file, "SELECT artifact, sha256, name, version, build, subdir, size, format FROM packages") == [
        ("linux-64/apple-1.0-0.conda", "b" * 64, "apple", "1.0", "0", "linux-64", 1, "cyclonedx-json")
    ]
    assert rows(file, "SELECT name, version, purl, section, scope FROM inventory ORDER BY number")[1] == (
        "left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0", "carried", "runtime",
    )  # fmt: skip
    assert rows(file, "SELECT package, purl FROM purls ORDER BY 1")[1:] == [
        ("pkg:npm/left-pad", "pkg:npm/left-pad@1.3.0"),
        ("pkg:rpm/fedora/left-pad", "pkg:rpm/fedora/left-pad@1.3.0-1"),
    ]
    assert rows(file, "SELECT target, source, kind, scope, specs FROM relations") == [(1, 0, "contains", "runtime", "")]
    assert rows(file, "SELECT component, path, technique, confidence, found_by FROM evidence WHERE component = 1") == [
        (1, "lib/left-pad", "binary", 1.0, "test")
    ]
    assert rows(file, "SELECT component, expression, role FROM licenses") == [(0, "MIT", "declared")]
    assert rows(file, "SELECT path, kind, size, sha256 FROM files") == [("lib/x.js", "file", 7, "a" * 64)]
    assert rows(file, "SELECT path, reason, found_by, severity FROM problems") == [("lib/x.js", "odd", "npm", "gap")]
    assert [found.document for found in reading.documents(file, ["b" * 64, "linux-64/none.conda", ""])] == [
        given.document
    ]


def _with_files(of: Sbom) -> bytes:
    from sboms import STAMP

    from cf_sbom.emitters.cyclonedx import cf_sbom_emitters

    emitter = next(e for e in cf_sbom_emitters() if e.name == "cyclonedx-json")
    return emitter.emit(of, replace(STAMP, list_files=True), "1.6")


def test_every_column_has_a_meaning_and_every_table_a_key(tmp_path: Path) -> None:
    file = index(tmp_path / "i.db", APPLE)
    for table in TABLES:
        columns = rows(file, f"PRAGMA table_info({table.name})")
        assert [column[1] for column in columns] == [column.name for column in table.columns]
        assert set(table.key) <= {column.name for column in table.columns}
        assert all(column.meaning for column in table.columns)


def test_identities_are_shared(tmp_path: Path) -> None:
    file = index(tmp_path / "i.db", APPLE, PEAR)
    assert rows(file, "SELECT count(*) FROM identities WHERE name = 'left-pad'") == [(1,)]
    assert rows(file, "SELECT count(*) FROM inventory WHERE name = 'left-pad'") == [(2,)]


def test_several_documents_of_an_artifact_count_once_in_any_order(tmp_path: Path) -> None:
    cdx, spdx = entry(PEAR, "cyclonedx-json"), entry(PEAR, "spdx-json")
    other = replace(spdx, document=spdx.document + b"\n")
    broken = replace(cdx, format="cyclonedx-xml", document=b"<bom")
    expected = None
    for order in ([cdx, spdx, other, broken], [broken, other, spdx, cdx], [spdx, broken, cdx, other]):
        file = tmp_path / "i.db"
        file.unlink(missing_ok=True)
        build(order, file, LIMITS)
        assert rows(file, "SELECT format FROM packages") == [("cyclonedx-json",)]
        expected = expected or all_rows(file)
        assert all_rows(file) == expected
    build([other, spdx], file, LIMITS)
    one = all_rows(file)["packages"]
    build([spdx, other], file, LIMITS)
    assert all_rows(file)["packages"] == one


@given(st.lists(sboms(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_entries_cannot_be_seen(
    tmp_path_factory: pytest.TempPathFactory, found: list[Sbom], order: random.Random
) -> None:
    entries = [entry(one, artifact=f"noarch/{number}.conda") for number, one in enumerate(found)]
    folder = tmp_path_factory.mktemp("index")
    build(entries, folder / "one.db", LIMITS)
    build(entries, folder / "same.db", LIMITS)
    assert (folder / "one.db").read_bytes() == (folder / "same.db").read_bytes()
    order.shuffle(entries)
    build(entries, folder / "other.db", LIMITS)
    assert all_rows(folder / "one.db") == all_rows(folder / "other.db")
    build(entries[1:], folder / "other.db", LIMITS)
    build(entries, folder / "other.db", LIMITS)
    assert all_rows(folder / "one.db") == all_rows(folder / "other.db")


def test_a_refresh_reads_what_changed_and_lets_go_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import cf_sbom.answers.index as module

    seen = []
    read = module.read_document
    monkeypatch.setattr(module, "read_document", lambda data, limits: seen.append(data) or read(data, limits))
    file = tmp_path / "i.db"
    plum = sbom("plum", part("pkg:npm/gone@1"))
    assert build([entry(APPLE), entry(PEAR), entry(plum)], file, LIMITS) == Figures(packages=3, read=3)
    before, stamp = file.read_bytes(), file.stat()
    assert build([entry(plum), entry(APPLE), entry(PEAR)], file, LIMITS) == Figures(packages=3, unchanged=3)
    assert len(seen) == 3
    assert (file.read_bytes(), file.stat().st_ino) == (before, stamp.st_ino), "what is as before is not written again"
    newer = sbom("pear", part("pkg:npm/left-pad@1.4.0"))
    assert build([entry(APPLE), entry(newer)], file, LIMITS) == Figures(packages=2, read=1, unchanged=1, removed=1)
    assert len(seen) == 4
    assert all_rows(file) == all_rows(index(tmp_path / "anew.db", APPLE, newer))
    assert build([entry(plum)], file, LIMITS, whole=False) == Figures(packages=3, read=1)
    assert [row[0] for row in rows(file, "SELECT name FROM packages ORDER BY 1")] == ["apple", "pear", "plum"]


def test_documents_can_be_left_out(tmp_path: Path) -> None:
    file = tmp_path / "i.db"
    build([entry(APPLE)], file, LIMITS, store=False)
    assert list(reading.documents(file, ["linux-64/apple-1.0-0.conda"])) == []
    assert build([entry(APPLE)], file, LIMITS) == Figures(packages=1, read=1), "one made otherwise is no beginning"
    assert [found.artifact for found in reading.documents(file, ["linux-64/apple-1.0-0.conda"])] == [
        "linux-64/apple-1.0-0.conda"
    ]


def test_an_index_of_another_version_is_built_anew_but_not_added_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cf_sbom.answers.index as module

    file = index(tmp_path / "i.db", APPLE)
    monkeypatch.setattr(module, "VERSION", "99")
    with pytest.raises(IndexFileError, match="another version"):
        build([entry(PEAR)], file, LIMITS, whole=False)
    assert build([entry(PEAR)], file, LIMITS) == Figures(packages=1, read=1)


HOSTILE = {
    "no document": b"\x00\xff",
    "empty": b"",
    "cut short": b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "compo',
    "deep": b'{"bomFormat":"CycloneDX","x":' + b"[" * 100_000,
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&b;</bom>',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_one_line_and_the_rest_goes_on(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "i.db"
    bad = Entry(artifact="linux-64/bad-1-0.conda", sha256="", document=data, format="cyclonedx-json")
    figures = build([entry(APPLE), bad, entry(PEAR)], file, LIMITS)
    assert (figures.packages, figures.read, len(figures.failures)) == (2, 2, 1)
    ((place, reason),) = figures.failures
    assert place == "linux-64/bad-1-0.conda (cyclonedx-json)"
    assert "\n" not in reason
    assert reason
    assert rows(file, "SELECT artifact FROM failures") == [("linux-64/bad-1-0.conda",)]
    assert where(file, Query.parse("left-pad")).unread == 1
    assert build([replace(bad, document=entry(APPLE).document)], file, LIMITS, whole=False).failures == ()
    assert rows(file, "SELECT artifact FROM failures") == []


def test_a_bug_in_a_reader_is_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import cf_sbom.answers.index as module

    def fail(data: bytes, limits: Limits) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(module, "read_document", fail)
    figures = build([entry(APPLE)], tmp_path / "i.db", LIMITS)
    assert figures.failures == (
        ("linux-64/apple-1.0-0.conda (spdx-json)", "a bug in reading it: RecursionError: too deep"),
    )


TEXTS = [
    "'; DROP TABLE packages; --",
    '"',
    "%",
    "_",
    "\x00",
    "\x1b[31m",
    "‮",
    "\ud800",
    "\udcff",
    "x" * 10_000,
    "*",
    "?",
    "{}",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    """Through documents that can hold it, and as rows."""
    from cf_sbom.index.rows import Filling, rows_of
    from cf_sbom.index.tables import make_tables

    hostile = with_text_everywhere(APPLE, text)
    connection = sqlite3.connect(tmp_path / "raw.db", isolation_level=None)
    make_tables(connection)
    Filling(connection).put(
        rows_of(hostile, Entry(artifact=text, sha256=text, document=b"x", format=text), "", store=True)
    )
    assert connection.execute("SELECT count(*), count(DISTINCT package) FROM components").fetchone() == (3, 1)
    connection.close()
    if text.isprintable():
        file = tmp_path / "i.db"
        build([replace(entry(hostile, "cyclonedx-json"), artifact=text)], file, LIMITS)
        (hit,) = where(file, Query.parse("pkg:npm/left-pad")).hits
        assert (hit.package.artifact, hit.component.name) == (text, f"left-pad{text}")
        assert where(file, Query.parse("pkg:npm/left-pa_")).is_empty
        assert where(file, Query.parse("left-pa%")).is_empty


def test_only_an_index_is_overwritten(tmp_path: Path) -> None:
    for data in (b"mine", b"", b"SQLite format 3\0" + bytes(84)):
        (tmp_path / "mine.db").write_bytes(data)
        with pytest.raises(IndexFileError, match="no index of cf-sbom"):
            build([entry(APPLE)], tmp_path / "mine.db", LIMITS)
        assert (tmp_path / "mine.db").read_bytes() == data
    with pytest.raises(IndexFileError, match="cannot be read"):
        build([entry(APPLE)], tmp_path, LIMITS)
    (tmp_path / "file").touch()
    with pytest.raises(AttachError):
        build([entry(APPLE)], tmp_path / "file" / "i.db", LIMITS)


def test_a_damaged_index_is_said_and_built_anew(tmp_path: Path) -> None:
    file = index(tmp_path / "i.db", *(sbom(f"p{n}", *(part(f"pkg:npm/n{m}@1") for m in range(30))) for n in range(30)))
    data = bytearray(file.read_bytes())
    data[4096:] = random.Random(1).randbytes(len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(IndexFileError, match=r"i\.db: damaged"):
        where(file, Query.parse("n1"))
    assert build([entry(APPLE)], file, LIMITS) == Figures(packages=1, read=1)
    with pytest.raises(IndexFileError, match="there is no index"):
        where(tmp_path / "none.db", Query.parse("n1"))


def test_readers_go_on_with_the_old_one_while_it_is_built(tmp_path: Path) -> None:
    file = index(tmp_path / "i.db", APPLE)
    with reading.reading(file) as connection:

        def entries():  # type: ignore[no-untyped-def]
            yield entry(APPLE)
            assert len(where(file, Query.parse("left-pad")).hits) == 1
            yield entry(PEAR)
            assert len(where(file, Query.parse("left-pad")).hits) == 1

        build(entries(), file, LIMITS)
        assert connection.execute("SELECT count(*) FROM packages").fetchone() == (1,), "this one was opened before"
    assert len(where(file, Query.parse("left-pad")).hits) == 2


def test_questions_while_it_is_rebuilt_again_and_again(tmp_path: Path) -> None:
    """In another process: each answer is that of the old or of the new one, and none is an error."""
    file = index(tmp_path / "i.db", APPLE)
    code = (
        "import sys; from pathlib import Path; from cf_sbom.answers.where import where; "
        "from cf_sbom.queries import Query; q = Query.parse('left-pad'); print('ready', flush=True)\n"
        "counts = set()\n"
        "while len(counts) < 3: counts.add(len(where(Path(sys.argv[1]), q).hits))\n"
        "print(sorted(counts))"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, file], stdout=subprocess.PIPE, text=True)
    try:
        assert reader.stdout is not None
        reader.stdout.readline()
        plum = sbom("plum", part("pkg:npm/left-pad@1.3.0"))
        turn = 0
        while reader.poll() is None and turn < 5000:
            build(map(entry, [APPLE, PEAR, plum][: turn % 3 + 1]), file, LIMITS)
            turn += 1
        assert reader.communicate(timeout=60)[0] == "[1, 2, 3]\n"
    finally:
        reader.kill()
        reader.wait()


def test_a_build_that_is_killed_leaves_the_old_one(tmp_path: Path) -> None:
    file = index(tmp_path / "i.db", APPLE)
    before = file.read_bytes()
    code = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[2]); from indexes import *\n"
        "def entries():\n"
        "    for n in range(50): yield entry(sbom(f'p{n}', part('pkg:npm/left-pad@1')))\n"
        "    print('half', flush=True); time.sleep(600)\n"
        "build(entries(), Path(sys.argv[1]), LIMITS)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, file, ROOT / "tests"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert file.read_bytes() == before
    (left,) = [path for path in tmp_path.iterdir() if path != file]
    os.utime(left, (time.time() - 7200,) * 2)
    assert build([entry(APPLE), entry(PEAR)], file, LIMITS) == Figures(packages=2, read=1, unchanged=1)
    assert list(tmp_path.iterdir()) == [file], "what killed builds left is removed by a later one"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sidecars in two formats, a package without any, and things that are none."""
    folder = tmp_path_factory.mktemp("channel")
    place = folder / "linux-64"
    place.mkdir()
    for one in (APPLE, PEAR):
        for form, suffix in (("cyclonedx-json", ".cdx.json"), ("spdx-json", ".spdx.json")):
            (place / f"{one.subject.filename}{suffix}").write_bytes(entry(one, form).document)
    hello = next((FIXTURES / "packages").rglob("hello-cb-*.conda"))
    shutil.copy(hello, place)
    (folder / "repodata.json").write_text("{}")
    (folder / "loop").symlink_to(folder)
    return folder


def test_a_folder_is_walked(tmp_path: Path, channel: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "channel"
    shutil.copytree(channel, folder, symlinks=True)
    file = tmp_path / "i.db"
    told: list[str] = []
    figures = build_folder(folder, file, LIMITS, registry.sources, report=told.append)
    assert figures == Figures(packages=2, read=2, lacking=1)
    assert told == ["linux-64/apple-1.0-0.conda", "linux-64/hello-cb-1.2.3-1.conda", "linux-64/pear-1.0-0.conda"]
    assert rows(file, "SELECT DISTINCT format FROM packages") == [("cyclonedx-json",)]
    assert rows(file, "SELECT reason FROM failures") == [
        ("no document beside it or inside; `cf-sbom generate` makes one",)
    ]

    import cf_sbom.answers.index as module

    with monkeypatch.context() as patch:
        patch.setattr(module, "document_bytes", None)
        patch.setattr(module, "documents_about_itself", None)
        again = build_folder(folder, file, LIMITS, registry.sources)
    assert again == Figures(packages=2, unchanged=2, lacking=1), "nothing is opened again"
    (folder / "linux-64" / "apple-1.0-0.conda.cdx.json").write_bytes(b"{}")
    spare = build_folder(folder, file, LIMITS, registry.sources)
    assert (spare.packages, spare.read, len(spare.failures)) == (2, 1, 1)
    assert rows(file, "SELECT format FROM packages ORDER BY artifact") == [("spdx-json",), ("cyclonedx-json",)]
    (folder / "linux-64" / "apple-1.0-0.conda.spdx.json").unlink()
    gone = build_folder(folder, file, LIMITS, registry.sources)
    assert (gone.packages, gone.failures) == (
        1,
        (("linux-64/apple-1.0-0.conda (cyclonedx-json)", "neither a CycloneDX nor an SPDX document"),),
    )
    assert build_folder(folder, file, LIMITS, registry.sources).packages == 1
    shutil.rmtree(folder / "linux-64")
    assert build_folder(folder, file, LIMITS, registry.sources) == Figures(removed=1)


def test_documents_inside_packages_count_where_none_is_beside_them(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "channel"
    folder.mkdir()
    shutil.copy(next((FIXTURES / "packages").rglob("hello-cb-*.conda")), folder)
    (package,) = folder.iterdir()
    file = tmp_path / "i.db"
    assert build_folder(folder, file, LIMITS, registry.sources) == Figures(lacking=1)
    with_document(package)
    assert build_folder(folder, file, LIMITS, registry.sources) == Figures(packages=1, read=1)
    assert build_folder(folder, file, LIMITS, registry.sources) == Figures(packages=1, unchanged=1)
    package.write_bytes(package.read_bytes()[: package.stat().st_size // 2])
    broken = build_folder(folder, file, LIMITS, registry.sources)
    assert (broken.packages, len(broken.failures)) == (0, 1)


def with_document(package: Path) -> None:
    from support import INDEX, conda, info_members

    stem = package.name.removesuffix(".conda")
    name, version, build_ = stem.rsplit("-", 2)
    made = {**INDEX, "name": name, "version": version, "build": build_}
    document = entry(sbom(name, part("pkg:npm/left-pad@1"), version=version), "cyclonedx-json").document
    package.write_bytes(conda(info_members(made), {f"share/sbom/{stem}.cdx.json": document}))


def shard(*entries: Entry) -> bytes:
    lines = [
        {"artifact": e.artifact, "sha256": "c" * 64, "format": e.format, "version": "", "document": e.document.decode()}
        for e in entries
    ]
    return b"".join(zstd.compress(json.dumps(line).encode() + b"\n") for line in lines)


def test_shards_of_a_channel_run_are_read(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, file = tmp_path / "out", tmp_path / "i.db"
    (folder / "linux-64").mkdir(parents=True)
    place = folder / "linux-64" / "3f.jsonl.zst"
    place.write_bytes(shard(entry(APPLE), entry(PEAR), entry(PEAR, "cyclonedx-json")))
    assert build_folder(folder, file, LIMITS, registry.sources) == Figures(packages=2, read=2)
    assert rows(file, "SELECT format, sha256 FROM packages ORDER BY artifact") == [
        ("spdx-json", "c" * 64),
        ("cyclonedx-json", "c" * 64),
    ]
    import cf_sbom.answers.index as module

    with monkeypatch.context() as patch:
        patch.setattr(module, "in_shard", None)
        assert build_folder(folder, file, LIMITS, registry.sources) == Figures(packages=2, unchanged=2)
    place.write_bytes(shard(entry(APPLE)) + shard(entry(PEAR))[:40])
    cut = build_folder(folder, file, LIMITS, registry.sources)
    assert (cut.packages, [place for place, _ in cut.failures]) == (1, ["linux-64/3f.jsonl.zst"])
    for bad in (
        b"no zstd",
        zstd.compress(b"[1]\n"),
        zstd.compress(b'{"artifact": 1, "document": "", "format": ""}\n'),
        zstd.compress(b"{}\n"),
    ):
        place.write_bytes(bad)
        assert len(build_folder(folder, file, LIMITS, registry.sources).failures) == 1


def test_a_line_of_a_shard_is_bounded(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "3f.jsonl.zst").write_bytes(zstd.compress(b" " * 5_000_000))
    small = Limits().with_settings([("document_size", 1_000_000)])
    ((_, reason),) = build_folder(folder, tmp_path / "i.db", small, registry.sources).failures
    assert reason == "a line of the shard is larger than the limit document_size allows"


def test_a_document_larger_than_the_limit_is_not_read(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "x-1-0.conda.cdx.json").write_bytes(entry(APPLE, "cyclonedx-json").document)
    small = Limits().with_settings([("document_size", 100)])
    ((_, reason),) = build_folder(tmp_path, tmp_path / "i.db", small, registry.sources).failures
    assert "limit document_size" in reason


def test_no_folder_is_an_error(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(TargetError, match="no folder"):
        build_folder(tmp_path / "none", tmp_path / "i.db", LIMITS, registry.sources)


def test_parquet_holds_what_the_tables_hold(tmp_path: Path) -> None:
    from pyarrow import parquet

    from cf_sbom.answers.parquet import export

    file = index(tmp_path / "i.db", APPLE, PEAR)
    paths = list(export(file, tmp_path / "tables"))
    assert [path.name for path in paths] == [f"{t.name}.parquet" for t in TABLES if t.name != "documents"]
    for path in paths:
        found = parquet.read_table(path)
        assert sorted(map(repr, zip(*(column.to_pylist() for column in found.columns), strict=True))) == sorted(
            map(repr, rows(file, f"SELECT * FROM {path.stem}"))
        )
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in export(file, tmp_path / "tables")] == first
    (tmp_path / "tables" / "names.parquet").write_bytes(b"mine")
    with pytest.raises(AttachError, match="not made by cf-sbom"):
        list(export(file, tmp_path / "tables"))


def test_the_command_builds_refreshes_and_exports(
    channel: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("index", channel)
    assert ran == (0, "cf-sbom-index.db: 2 packages, 2 read, 0 as before, 1 without a document\n", "")
    assert run("index", channel, CF_SBOM_INDEX="other.db").out.startswith("other.db: 2 packages, 2 read")
    monkeypatch.delenv("CF_SBOM_INDEX")
    assert run("index", "--parquet", "tables").out.split()[:2] == [
        "tables/packages.parquet",
        "tables/identities.parquet",
    ]
    assert run("index").status == 2
    assert run("index", "none").status == 3
    assert run("index", channel, "--index", __file__).status == 3
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "x\x1b-1-0.conda.cdx.json").write_bytes(b"{}")
    ran = run("index", bad, "--index", "bad.db")
    assert (ran.status, ran.err) == (3, "x\\x1b-1-0.conda (cyclonedx-json): neither a CycloneDX nor an SPDX document\n")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = run("index", "--parquet", "tables")
    assert (ran.status, ran.err) == (2, "cf-sbom: Parquet files need pyarrow: pip install 'cf_sbom[parquet]'\n")


def test_an_index_error_is_a_document_error() -> None:
    assert issubclass(IndexFileError, DocumentError)
