"""The conformance kit: every built-in passes it, and for each of its checks there is a plugin that does not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time
import types
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from conda_package_streaming.package_streaming import stream_conda_component
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, fixture_members, fixture_packages

from cf_sbom import testing
from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import (
    Artifact,
    Attacher,
    Body,
    Context,
    Emitter,
    Enricher,
    Extractor,
    Finding,
    Match,
    Note,
    SourceKind,
    hookimpl,
)
from cf_sbom.model import (
    ROOT,
    Component,
    Digest,
    Evidence,
    License,
    Link,
    Member,
    Occurrence,
    Ownership,
    Problem,
    Ref,
    Relation,
    Sbom,
    Subject,
)
from cf_sbom.testing import Loud, garbage, quiet
from fixtures.members import exporting, images, jars, linking

SAMPLE = {"lib/a.toy": b'{"name": "x"}\n1 + 1\n'}
MATCH = Match(suffixes=(".toy",))


def members(start: str) -> dict[str, bytes]:
    """All files of a package of the fixtures."""
    path = next(p for p in fixture_packages() if p.name.startswith(start))
    found: dict[str, bytes] = {}
    for part in ("info", "pkg"):
        for tar, member in stream_conda_component(path, None, part):
            if member.isfile():
                file = tar.extractfile(member)
                assert file is not None
                found[member.name] = file.read()
    return found


@pytest.fixture(scope="module")
def samples() -> dict[str, bytes]:
    found = members("sources-demo-2.1.0-h5600cae_0.conda") | members("linkage-demo-0") | images.SAMPLES | jars.SAMPLES
    for folder in sorted(path for path in (FIXTURES / "members").iterdir() if path.is_dir()):
        found |= fixture_members(folder.name)
    found |= {path: data for path, data in linking.SAMPLES.items() if path not in found}
    found |= exporting.SAMPLES
    found["info/environment/host/libz-1.3-0.json"] = (
        b'{"name": "libz", "version": "1.3", "depends": ["libc"], "files": []}'
    )
    found["bin/static"] = images.elf({".rodata": b"\0 inflate 1.3.1 Copyright 1995-2024 Mark Adler \0"})
    return found


@pytest.mark.parametrize("name", sorted(e.name for e in entry_points(group="cf_sbom")))
def test_every_built_in_passes(name: str, samples: dict[str, bytes]) -> None:
    (entry,) = entry_points(group="cf_sbom", name=name)
    testing.check(entry.load(), samples, seeds=())  # test_determinism.py has all of them in processes of their own


def component(path: str = "lib/a.toy", by: str = "toy", **fields: Any) -> Component:
    seen = Evidence(path=path, by=by)
    plain: dict[str, Any] = {
        "ref": Ref("pkg:generic/x@1"),
        "kind": "library",
        "name": "x",
        "purl": "pkg:generic/x@1",
        "occurrences": (Occurrence(path=path, evidence=(seen,)),),
    }
    return Component(**plain | fields)


def plugin(hook: str, *records: object) -> types.ModuleType:
    module = types.ModuleType("my_plugin")

    @hookimpl
    def register() -> Iterable[object]:
        return records

    setattr(module, hook, register)
    return module


def extractor(read: Any, **fields: Any) -> types.ModuleType:
    plain = {"name": "toy", "match": MATCH, "read": read, "doc": "toys"}
    return plugin("cf_sbom_extractors", Extractor(**plain | fields))


def giving(*findings: Any) -> Callable[..., Iterable[Finding]]:
    return lambda member, body, context: findings


def doing(act: Callable[[bytes], object]) -> Callable[..., Iterable[Finding]]:
    """A read that does something with the bytes and hides what comes of it."""

    def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
        try:
            act(body.read())
        except Exception as error:
            return [Problem(path=member.path, reason=type(error).__name__, by="toy", severity="damage")]
        return [component()]

    return read


def test_an_sbom_in_the_package_is_linked_to_by_its_path() -> None:
    testing.check(extractor(giving(component(links=(Link(kind="bom", url="lib/a%20b.toy"),)))), SAMPLE)


@pytest.mark.parametrize("match", [MATCH, Match(magics=(b'{"n',)), Match(names=("a.toy",), kinds=("softlink",))])
def test_a_good_extractor_passes(match: Match) -> None:
    testing.check(extractor(giving(component()), match=match), SAMPLE)


kept: list[object] = []
ticks = iter(range(1_000_000))


def keeping(what: Callable[[Body], object]) -> Callable[..., Iterable[Finding]]:
    def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
        kept.append(what(body))
        return ()

    return read


def evidence(**fields: Any) -> Component:
    seen = replace(Evidence(path="lib/a.toy", by="toy"), **fields)
    return component(occurrences=(Occurrence(path="lib/a.toy", evidence=(seen,)),))


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (giving(), "finds nothing in its samples"),
        (giving("x"), "gives a str, which is no finding"),
        (giving(component(kind="module")), "Component.kind: 'module' is not one of application, data"),
        (giving(component(version=1)), "Component.version: a int, not a str"),
        (giving(component(aliases=["pkg:generic/y"])), "Component.aliases: a list, not a tuple"),
        (giving(component(properties=(("a",),))), "Component.properties[0]: 1 values where 2 belong"),
        (giving(component(description="\udcff")), "Component.description: holds a surrogate"),
        (giving(component(name="")), "Component.name is empty"),
        (giving(component(occurrences=())), "no claim without evidence"),
        (giving(component(ref=Ref("x"))), "ref 'x' is neither ROOT nor a purl"),
        (giving(component(ref=Ref("pkg:generic/y@1"))), "a purl, but not that of the component"),
        (
            giving(component(ref=Ref("file:x"), purl="pkg:PyPI/Foo_Bar@1")),
            "not canonical; packageurl writes 'pkg:pypi/foo",
        ),
        (giving(component(aliases=("generic/y",))), "'generic/y' is no purl"),
        (giving(component(digests=(Digest(algorithm="md5", value="AB"),))), "'AB' is no md5 in lowercase"),
        (giving(component(licenses=(License(expression="GPL"),))), "'GPL' is no SPDX expression"),
        (giving(component(links=(Link(kind="website", url="file:///a"),))), "'file:///a' is no address"),
        (giving(component(links=(Link(kind="website", url="lib/a.toy"),))), "'lib/a.toy' is no address"),
        (giving(component(links=(Link(kind="bom", url="../a"),))), "'../a' is no address"),
        (giving(component(links=(Link(kind="bom", url="a b"),))), "'a b' is no address"),
        (giving(evidence(by="other")), "by is 'other', not the plugin's own name 'toy'"),
        (giving(evidence(confidence=2.0)), "confidence 2.0 is not within 0 and 1"),
        (giving(evidence(confidence=True)), "confidence: a bool, not a float"),
        (giving(evidence(path="lib/b")), "path 'lib/b' is no member that the plugin saw"),
        (giving(Problem(path="", reason="a", by="you", severity="gap")), "Problem: by is 'you'"),
        (giving(Problem(path="", reason="a\nb", by="toy", severity="gap")), "is not one line"),
        (giving(Relation(source=Ref("root"), kind="contains", target=Ref("x"))), "Relation: ref 'x' is neither"),
        (giving(Ownership(path="lib/a", ref=Ref("x"))), "Ownership: ref 'x' is neither"),
        (giving(Ownership(path="", ref=ROOT)), "Ownership: path '' is no file"),
        (giving(Ownership(path="lib//", ref=ROOT)), "Ownership: path 'lib//' is no file"),
        (giving(Ownership(path="../lib/", ref=ROOT)), "Ownership: path '../lib/' is no file"),
        (giving(Ownership(path="info/x", ref=ROOT)), "Ownership: path 'info/x' is not of the payload"),
        (
            giving(
                Subject(filename="", container="conda", size=1, digests=(), name="x", version="", build="", subdir="")
            ),
            "gives a Subject, but info/index.json alone",
        ),
        (lambda *_: [component(version=str(next(ticks)))], "gave other findings the second time"),
        (lambda *_: [component(version=str(time.time_ns()))], "gave other findings the second time"),
        (
            lambda member, body, context: [component(version=body.read(99)[1:2].decode("ascii"))],
            "raises UnicodeDecodeError",
        ),
        (
            lambda member, body, context: [component(version=str(len(body.read()[3:4][0:1] or 1 // 0)))],
            "raises ZeroDivision",
        ),
        (lambda *_: (_ for _ in ()).throw(TargetError("no")), "raises TargetError, which refuses the whole package"),
        (lambda *_: {}["a\n  b"], "raises KeyError ('a\\n b')"),
        (lambda *_: (_ for _ in ()).throw(ValueError("a\n  b")), "raises ValueError (a b); give a Problem instead"),
        (keeping(lambda body: body), "keeps its body"),
        (keeping(lambda body: body.getbuffer()[:1]), "keeps a view of its body"),
        (doing(lambda data: Path("x").write_bytes(data)), "writes 'x', which a plugin must not"),
        (doing(lambda data: os.open("x", os.O_CREAT | os.O_WRONLY)), "writes 'x'"),
        (doing(lambda data: ThreadPoolExecutor(1).submit(Path("x").write_bytes, data).result()), "writes 'x'"),
        (doing(lambda data: Path("x").mkdir()), "makes the folder"),
        (doing(lambda data: Path("x").unlink()), "removes"),
        (doing(lambda data: Path("x").rename("y")), "renames"),
        (doing(lambda data: Path("x").symlink_to("y")), "links"),
        (doing(lambda data: Path("x").chmod(0)), "changes the mode of"),
        (doing(lambda data: os.putenv("X", "y")), "changes the environment"),
        (doing(lambda data: os.chdir("/")), "changes the working folder"),
        (doing(lambda data: print("hello")), "prints 'hello"),
        (doing(lambda data: socket.create_connection(("127.0.0.1", 9))), "opens a socket"),
        (doing(lambda data: subprocess.run(["true"], check=False)), "starts a process"),
        (doing(lambda data: os.system("true")), "starts a process"),
        (doing(lambda data: eval(data.splitlines()[-1])), "executes text of the package"),
        (doing(lambda data: exec(compile(data.splitlines()[-1], "setup.py", "exec"))), "executes text of the package"),
        (doing(lambda data: __import__("pickle").loads(b"cos\nsystem\n.")), "unpickles"),
    ],
)
def test_an_extractor_that_breaks_a_rule_is_told(
    read: Callable[..., Iterable[Finding]], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError) as error:
        testing.check(extractor(read), SAMPLE)
    kept.clear()
    assert message in str(error.value)
    assert str(error.value).startswith("extractor toy: ")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir()), "what is told is also prevented"


def test_to_parse_text_of_a_package_is_no_execution() -> None:
    import ast

    testing.check(extractor(doing(lambda data: ast.parse(data))), SAMPLE)
    testing.check(extractor(doing(lambda data: ast.literal_eval(data.decode()))), SAMPLE)


@pytest.mark.parametrize(
    ("join", "message"),
    [
        (lambda view, context: 1 // len(view.notes) and [], "join (nothing was read): raises ZeroDivisionError"),
        (lambda view, context: [component(name="")], "join (as they are): Component.name is empty"),
        (
            lambda view, context: [component(version=str(v)) for n in view.notes if (v := n.value["name"])],
            "raises KeyError ('name')",
        ),
    ],
)
def test_a_join_that_breaks_a_rule_is_told(join: Callable[..., Any], message: str) -> None:
    import json

    def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
        try:
            tree = json.loads(body.read().splitlines()[0])
        except (ValueError, IndexError, RecursionError):
            return
        if isinstance(tree, dict):
            yield Note(key="a", value=tree)

    with pytest.raises(AssertionError) as error:
        testing.check(extractor(read, join=join), SAMPLE)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "To y"}, "the name is not made of"),
        ({"doc": ""}, "doc is not one line"),
        ({"match": Match()}, "matches nothing and has no join"),
        ({"match": Match(suffixes=".toy")}, "Extractor.match.suffixes: a str, not a tuple"),
        ({"match": Match(suffixes=("",))}, "an empty pattern wants every member"),
        ({"match": Match(suffixes=("*.toy",))}, "without *"),
        ({"match": Match(names=("/lib/a.toy",))}, "do not begin with a slash"),
        ({"match": Match(magics=(b"x" * 17,))}, "only the first 16 bytes"),
        ({"match": Match(suffixes=(".toy",), kinds=())}, "Match.kinds is empty"),
        ({"match": Match(suffixes=(".toy",), kinds=("links",))}, "'links' is not one of file, softlink"),
        ({"match": Match(suffixes=(".other",))}, "no sample that it wants"),
        ({"read": None}, "Extractor.read: a NoneType, which cannot be called"),
        ({"body_limit": 0}, "body_limit"),
    ],
)
def test_a_record_that_is_not_well_formed_is_told(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError) as error:
        testing.check(extractor(**{"read": giving(component()), **fields}), SAMPLE)
    assert message in str(error.value)


def test_a_plugin_that_registers_nothing_wrong_or_other_things_is_told() -> None:
    with pytest.raises(AssertionError, match="registers nothing"):
        testing.check(types.ModuleType("empty"))
    with pytest.raises(AssertionError, match="returned str, not a named Extractor"):
        testing.check(plugin("cf_sbom_extractors", "x"))
    module = plugin("cf_sbom_extractors")
    names = iter("abcd")
    module.cf_sbom_extractors = hookimpl(  # type: ignore[attr-defined]
        lambda: [Extractor(name=next(names), match=MATCH, read=giving(), doc="x")]
    )
    with pytest.raises(AssertionError, match="other names the second time"):
        testing.check(module)
    module = extractor(giving(component()))
    module.CF_SBOM_INTERFACE = 99  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match="written for version 99"):
        testing.check(module, SAMPLE)


def test_match_tables_are_tested_without_files() -> None:
    toy = Extractor(name="toy", match=Match(suffixes=(".toy",), magics=(b"TOY",)), read=giving())
    odd = Member(path="bin/x", kind="file", size=9, head=b"TOY!")
    testing.check_match(toy, ["a.toy", "lib/a.toy", odd], ["toy", "info/a.toy", replace(odd, head=b"")])
    with pytest.raises(AssertionError, match=r"extractor toy: does not want the file 'a\.txt'"):
        testing.check_match(toy, ["a.txt"])
    with pytest.raises(AssertionError, match=r"extractor toy: wants the file 'a\.toy'"):
        testing.check_match(toy, [], ["a.toy"])


def emitter(emit: Callable[..., Any], **fields: Any) -> types.ModuleType:
    plain = {
        "name": "toy-text",
        "versions": ("1",),
        "media_type": "text/plain",
        "suffix": ".toy",
        "emit": emit,
        "doc": "toys",
    }
    return plugin("cf_sbom_emitters", Emitter(**plain | fields))


def words(sbom: Sbom, stamp: Any, version: str) -> bytes:
    return f'"{stamp.tool}" {sbom.root}'.encode()


def test_a_good_emitter_passes() -> None:
    testing.check(emitter(words))


@pytest.mark.parametrize(
    ("emit", "fields", "message"),
    [
        (lambda *a: words(*a).decode(), {}, "gives str, not bytes"),
        (lambda *a: b"", {}, "gives nothing, not bytes"),
        (lambda *a: words(*a) + uuid.uuid4().bytes, {}, "other bytes the second time"),
        (lambda *a: words(*a) + time.strftime("%Y-%m-%d", time.gmtime()).encode(), {}, "the date of today"),
        (
            lambda sbom, *a: words(sbom, *a) + ";".join(c.name for c in sbom.components).encode("ascii"),
            {},
            "UnicodeEncode",
        ),
        (lambda sbom, *a: str(sbom.root).encode(), {}, "is not known as ours"),
        (lambda *a: Path("x").write_bytes(words(*a)), {}, "writes 'x'"),
        (lambda *a: b"{}", {"name": "spdx-json", "versions": ("2.3",)}, "emitter spdx-json 2.3: "),
        (words, {"versions": ()}, "versions are empty or repeat"),
        (words, {"versions": ("1", "1")}, "versions are empty or repeat"),
        (words, {"versions": ("v1",)}, "takes numbers and points"),
        (words, {"suffix": "toy"}, "does not begin with a point"),
        (words, {"media_type": "text"}, "media_type 'text' is none"),
    ],
)
def test_an_emitter_that_breaks_a_rule_is_told(emit: Callable[..., Any], fields: Any, message: str) -> None:
    with pytest.raises(AssertionError) as error:
        testing.check(emitter(emit, **fields))
    assert message in str(error.value)


def enricher(enrich: Callable[..., Any], **fields: Any) -> types.ModuleType:
    return plugin("cf_sbom_enrichers", Enricher(name="toy", order=1, enrich=enrich, doc="toys", **fields))


@pytest.mark.parametrize(
    ("enrich", "message"),
    [
        (lambda sbom, context: None, "Sbom: a NoneType, not a Sbom"),
        (lambda sbom, context: replace(sbom, files=list(sbom.files)), "Sbom.files: a list, not a tuple"),
        (lambda sbom, context: replace(sbom, components=sbom.components[::-1]), "is not whole: component references"),
        (lambda sbom, context: replace(sbom, subject=replace(sbom.subject, name="y")), "another package"),
        (lambda sbom, context: 1 // 0, "raises ZeroDivisionError"),
        (lambda sbom, context: socket.socket(), "opens a socket"),
        (
            lambda sbom, context: replace(
                sbom, problems=(Problem(path="", reason=str(next(ticks)), by="toy", severity="gap"),)
            ),
            "gave another the second time",
        ),
    ],
)
def test_an_enricher_that_breaks_a_rule_is_told(enrich: Callable[..., Any], message: str) -> None:
    testing.check(enricher(lambda sbom, context: sbom))
    testing.check(enricher(enrich, network=True))
    with pytest.raises(AssertionError) as error:
        testing.check(enricher(enrich))
    assert message in str(error.value)


def put(target: Path, document: Any, options: Any) -> Path:
    path = target.with_suffix(document.suffix)
    path.write_bytes(document.data)
    return path


@pytest.mark.parametrize(
    ("attach", "message"),
    [
        (lambda target, document, options: target.with_suffix(".x"), "is not the one place of the document"),
        (lambda target, document, options: Path("x").write_text("y"), "writes 'x'"),
        (lambda *a: [put(*a), a[0].with_suffix(".part").write_text("x")][0], "left ['demo-1.0-0.part'] behind"),
        (lambda *a: 1 // 0, "raises ZeroDivisionError"),
    ],
)
def test_an_attacher_that_breaks_a_rule_is_told(attach: Callable[..., Any], message: str) -> None:
    testing.check_attacher(Attacher(name="toy", attach=put))
    testing.check_attacher(Attacher(name="toy", attach=attach, network=True))
    with pytest.raises(AssertionError) as error:
        testing.check(plugin("cf_sbom_attachers", Attacher(name="toy", attach=attach, doc="toys")))
    assert message in str(error.value)


class Empty:
    def __init__(self, path: Path, context: Context) -> None:
        self.problems: list[Problem] = []

    def members(self) -> Any:
        return iter(())

    def artifact(self) -> Artifact:
        return Artifact(container="folder", filename="", size=None, digests=())

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"accepts": lambda path, head: head[0] == 1}, "raises IndexError"),
        ({"accepts": lambda path, head: None}, "accepts gives a NoneType"),
        ({"open": lambda path, context: 1 // 0}, "raises ZeroDivisionError"),
        ({"open": lambda path, context: path.with_suffix(".x").write_text("y")}, "writes "),
    ],
)
def test_a_source_that_breaks_a_rule_is_told(fields: Any, message: str) -> None:
    plain: dict[str, Any] = {"name": "toy", "accepts": lambda path, head: True, "open": Empty, "doc": "toys"}
    testing.check(plugin("cf_sbom_sources", SourceKind(**plain)))
    with pytest.raises(AssertionError) as error:
        testing.check(plugin("cf_sbom_sources", SourceKind(**plain | fields)))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("read", "emit", "message"),
    [
        (
            "repr(sorted({'a', 'b', 'c', 'd'}))",
            "'-'.join({'a', 'b', 'c', 'd', 'e'})",
            "emitter toy-text: gives something",
        ),
        ("'-'.join({'a', 'b', 'c', 'd', 'e'})", "''", "extractor toy: gives something else in another process"),
        ("''", "''", ""),
    ],
)
def test_what_hangs_on_the_order_of_a_set_is_told(
    read: str, emit: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set_walker.py").write_text(
        textwrap.dedent(f"""
        from cf_sbom.hookspecs import Emitter, Extractor, Match, hookimpl
        from cf_sbom.model import Problem

        @hookimpl
        def cf_sbom_extractors():
            yield Extractor(name="toy", match=Match(suffixes=(".toy",)), read=read, doc="toys")

        @hookimpl
        def cf_sbom_emitters():
            yield Emitter(name="toy-text", versions=("1",), media_type="a/b", suffix=".t", emit=emit, doc="toys")

        def read(member, body, context):
            yield Problem(path=member.path, reason="x" + {read}, by="toy", severity="gap")

        def emit(sbom, stamp, version):
            return ('"cf-sbom"' + {emit}).encode()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "set_walker", raising=False)
    import set_walker  # type: ignore[import-not-found]

    if not message:
        testing.check(set_walker, SAMPLE, seeds=("1", "2", "3"))
        return
    with pytest.raises(AssertionError) as error:
        testing.check(set_walker, SAMPLE, seeds=("1", "2", "3"))
    assert message in str(error.value)


def test_quiet_lets_read_and_import_and_ends_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with quiet():
        assert Path(__file__).read_text()
        import fractions

        assert fractions.Fraction(1, 2)
    path.write_text("outside of it anything goes")
    with quiet(writable=tmp_path):
        (tmp_path / "y").write_text("here, too")
    with pytest.raises(Loud, match="writes"), quiet(writable=tmp_path / "z"):
        path.write_text("not here")
    assert path.read_text() == "outside of it anything goes"


def test_a_package_made_in_memory_has_no_problems_and_holds_what_was_given() -> None:
    sbom = testing.describe_members({"lib/a": b"x", "info/licenses/L": b"text"}, index={"name": "y", "license": None})
    assert not sbom.problems
    assert [(f.path, f.size) for f in sbom.files] == [("lib/a", 1)]
    assert [(t.path, t.data) for t in sbom.texts] == [("info/licenses/L", b"text")]
    assert (sbom.subject.name, sbom.subject.filename) == ("y", "y-1.0-0.conda")
    found = testing.describe_members(SAMPLE, extractor(giving(component())))
    assert "pkg:generic/x@1" in {c.ref for c in found.components}


@given(st.binary(max_size=300))
def test_garbage_is_the_same_for_the_same_bytes(data: bytes) -> None:
    made = list(garbage(data))
    assert made == list(garbage(data))
    assert len({what for what, _ in made}) == len(made)
    assert max(len(damaged) for _, damaged in made) <= 200_000


def test_garbage_changes_each_field_of_a_tree() -> None:
    made = dict(garbage(b'{"a": {"b": [1]}}'))
    assert made["a.b.0 = null"] == b'{"a": {"b": [null]}}'
    assert made["a = []"] == b'{"a": []}'
