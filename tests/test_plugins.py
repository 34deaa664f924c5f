"""The door for plugins: entry points in, sorted records out, everything wrong said at the start."""

from __future__ import annotations

import importlib.metadata
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from support import conda, info_members

from cf_sbom import hookspecs
from cf_sbom.errors import PluginError, SettingsError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import INTERFACE, Body, Context, Extractor, Finding, Match, Options, View, hookimpl
from cf_sbom.model import Component, Evidence, Member, Occurrence, Ref
from cf_sbom.plugins import Registry, load, only
from cf_sbom.scan import Router, glob_pattern


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], None]:
    """Let a module with these hooks come in by an entry point of the group."""
    extra: list[importlib.metadata.EntryPoint] = []
    original = importlib.metadata.entry_points

    def entry_points(**wanted: Any) -> Any:
        return [*original(**wanted), *extra]

    monkeypatch.setattr("cf_sbom.plugins.entry_points", entry_points)

    def add(name: str, hooks: dict[str, Any]) -> None:
        module = types.ModuleType(f"a_plugin_{name}")
        vars(module).update(hooks)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        extra.append(importlib.metadata.EntryPoint(name, module.__name__, "cf_sbom"))

    return add


def extractors(*records: object) -> dict[str, Any]:
    @hookimpl
    def cf_sbom_extractors() -> Iterable[object]:
        return records

    return {"cf_sbom_extractors": cf_sbom_extractors}


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    where = Evidence(path=member.path, by="toy", detail=body.read(3).decode())
    yield Component(
        ref=Ref("pkg:toy/x@1"),
        kind="library",
        name="x",
        version="1",
        purl="pkg:toy/x@1",
        occurrences=(Occurrence(path=member.path, evidence=(where,)),),
    )


TOY = Extractor(name="toy", match=Match(suffixes=(".toy",)), read=read)


def test_built_ins_come_by_the_entry_points(registry: Registry) -> None:
    assert [s.name for s in registry.sources] == ["archive", "folder"]
    assert {e.name: (e.versions, e.suffix) for e in registry.emitters} == {
        "cyclonedx-json": (("1.6", "1.7"), ".cdx.json"),
        "cyclonedx-xml": (("1.6", "1.7"), ".cdx.xml"),
        "spdx-json": (("2.3",), ".spdx.json"),
        "spdx-tag-value": (("2.3",), ".spdx"),
        "spdx-yaml": (("2.3",), ".spdx.yaml"),
        "spdx-xml": (("2.3",), ".spdx.xml"),
        "spdx-rdf": (("2.3",), ".spdx.rdf"),
        "spdx3-json": (("3.0.1",), ".spdx3.json"),
    }
    assert [e.name for e in registry.extractors] == sorted(e.name for e in registry.extractors)
    assert set(registry.owners.values()) == {o for o in registry.owners.values() if o.startswith("cf_sbom ")}


def test_a_plugin_adds_an_ecosystem(install: Any, tmp_path: Path) -> None:
    install("toy", extractors(TOY))
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"lib/a.toy": b"abcdef", "lib/b": b"x"}))
    sbom = describe(path, Options(), load()).sbom
    (found,) = (c for c in sbom.components if c.purl == "pkg:toy/x@1")
    assert found.occurrences[0].evidence[0].detail == "abc"
    assert [r.kind for r in sbom.relations if r.target == found.ref] == ["contains"]


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        (extractors(TOY, TOY), "two plugins register the Extractor 'toy'"),
        (extractors(Extractor(name="conda", match=Match(), read=read)), "two plugins register the Extractor 'conda'"),
        (extractors("no record"), "returned str"),
        (extractors(Extractor(name="", match=Match(), read=read)), "not a named Extractor"),
        ({"cf_sbom_extractors": hookimpl(lambda: 1 / 0)}, "failed: division by zero"),
    ],
)
def test_what_is_wrong_is_said_at_the_start(install: Any, hooks: dict[str, Any], message: str) -> None:
    install("bad", hooks)
    with pytest.raises(PluginError, match="a_plugin_bad") as error:
        load()
    assert message in str(error.value)


def test_a_plugin_that_cannot_be_imported_is_named_and_can_be_left_out(install: Any, monkeypatch: Any) -> None:
    install("gone", {})
    monkeypatch.delitem(sys.modules, "a_plugin_gone")
    with pytest.raises(PluginError, match="--disable gone"):
        load()
    assert load(frozenset({"gone"}))


@pytest.mark.parametrize("stated", [0, 2, "1", True, None])
def test_a_plugin_for_another_version_is_refused_with_both_versions_named(install: Any, stated: object) -> None:
    install("toy", extractors(TOY) | {"CF_SBOM_INTERFACE": stated})
    with pytest.raises(PluginError) as error:
        load()
    assert "a_plugin_toy" in str(error.value)
    assert f"written for version {stated!r}" in str(error.value)
    assert f"with version {INTERFACE}" in str(error.value)
    assert str(error.value).endswith("`--disable toy` leaves it out")
    assert load(frozenset({"toy"}))


def test_a_plugin_that_states_nothing_was_written_for_the_first_version(install: Any, monkeypatch: Any) -> None:
    install("toy", extractors(TOY))
    assert "toy" in {e.name for e in load().extractors}
    monkeypatch.setattr(hookspecs, "INTERFACE", 2)
    with pytest.raises(PluginError, match=r"a_plugin_toy was written for version 1 .* with version 2"):
        load()
    assert load(frozenset({"toy"})).emitters, "what ships with the interface is always current"


def test_a_module_without_an_entry_point_can_be_added_once(install: Any) -> None:
    install("toy", extractors(TOY))
    module = sys.modules["a_plugin_toy"]
    assert [e.name for e in load(extra=[module, module]).extractors].count("toy") == 1
    assert [e.name for e in only(module).extractors] == ["toy"]
    assert not only(module).emitters


def test_a_record_can_be_disabled_and_an_unknown_name_is_refused(install: Any) -> None:
    install("toy", extractors(TOY))
    assert "toy" not in [e.name for e in load(frozenset({"toy"})).extractors]
    with pytest.raises(SettingsError, match="nothing is called 'nonsense'"):
        load(frozenset({"nonsense"}))


def test_an_extractor_that_fails_becomes_a_problem_and_the_run_goes_on(install: Any, tmp_path: Path) -> None:
    def broken(member: Member, body: Body, context: Context) -> Iterable[Finding]:
        yield from read(member, body, context)
        raise RuntimeError("no\nidea")

    def join(view: View, context: Context) -> Iterable[Finding]:
        raise KeyError("join")

    install("toy", extractors(Extractor(name="toy", match=Match(names=("x",)), read=broken, join=join)))
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"lib/x": b"abc"}))
    sbom = describe(path, Options(), load()).sbom
    assert [c.name for c in sbom.components if c.purl.startswith("pkg:toy/")] == ["x"]
    assert [(p.path, p.reason) for p in sbom.problems if p.by == "toy"] == [
        ("", "the extractor failed: KeyError: 'join'"),
        ("lib/x", "the extractor failed: RuntimeError: no idea"),
    ]


def test_a_member_above_the_body_limit_is_not_given_and_named(install: Any, tmp_path: Path) -> None:
    install("toy", extractors(Extractor(name="toy", match=Match(names=("x",)), read=read, body_limit=2)))
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"lib/x": b"abc"}))
    sbom = describe(path, Options(), load()).sbom
    assert [p.path for p in sbom.problems if p.by == "toy"] == ["lib/x"]
    assert [f.digests for f in sbom.files if f.path == "lib/x"] != [()]


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("*.jar", "a.jar", True),
        ("*.jar", "lib/a.jar", False),
        ("**/*.jar", "a.jar", True),
        ("**/*.jar", "lib/x/a.jar", True),
        ("info/licenses/**", "info/licenses/a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert (glob_pattern(glob).fullmatch(path) is not None) is matches


@pytest.mark.parametrize(
    ("match", "member", "wanted"),
    [
        (Match(names=("METADATA",)), Member(path="a/METADATA", kind="file", size=0), True),
        (Match(names=("METADATA",)), Member(path="METADATA", kind="file", size=0), True),
        (Match(names=("METADATA",)), Member(path="info/METADATA", kind="file", size=0), False),
        (Match(names=("info/METADATA",)), Member(path="info/METADATA", kind="file", size=0), True),
        (Match(suffixes=(".jar",)), Member(path="info/test/a.jar", kind="file", size=0), False),
        (Match(suffixes=(".jar",)), Member(path="lib/a.jar", kind="file", size=0), True),
        (Match(suffixes=(".jar",)), Member(path="lib/a.jar", kind="softlink", size=0), False),
        (Match(suffixes=(".jar",), kinds=("softlink",)), Member(path="lib/a.jar", kind="softlink", size=0), True),
        (Match(magics=(b"\x7fELF",)), Member(path="a", kind="file", size=9, head=b"\x7fELF\x02"), True),
        (Match(magics=(b"\x7fELF",)), Member(path="info/recipe/a", kind="file", size=9, head=b"\x7fELF\x02"), False),
    ],
)
def test_routing(match: Match, member: Member, wanted: bool) -> None:
    assert bool(Router([Extractor(name="x", match=match, read=read)]).route(member)) is wanted


def test_extractors_share_what_is_made_of_a_body() -> None:
    calls: list[bytes] = []

    def upper(data: memoryview) -> bytes:
        calls.append(bytes(data))
        return calls[-1].upper()

    buffer = memoryview(b"elf")
    made: dict[Callable[[memoryview], Any], Any] = {}
    assert [Body(buffer, made).shared(upper) for _ in range(2)] == [b"ELF", b"ELF"]
    assert calls == [b"elf"]
    assert Body(memoryview(b"other")).shared(upper) == b"OTHER"


def test_a_body_is_seekable_and_has_a_length() -> None:
    body = Body(memoryview(b"0123456789"))
    assert (len(body), body.read(3), body.tell()) == (10, b"012", 3)
    body.seek(-2, 2)
    assert body.read() == b"89"
    assert bytes(body.getbuffer()[4:6]) == b"45"
    with pytest.raises(ValueError, match="before the start"):
        body.seek(-1)
