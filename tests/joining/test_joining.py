"""Parts put together: what is one and what is not, what needs lead to, and what is claimed of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, permutations

import pytest

from cf_sbom import properties as names
from cf_sbom.answers.merge import merge_documents
from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.generate import render
from cf_sbom.hookspecs import Options
from cf_sbom.joining.opened import Opened
from cf_sbom.joining.same import conda_parts
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Aspect,
    Completeness,
    Component,
    Container,
    Digest,
    License,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    State,
    Subject,
)
from cf_sbom.plugins import load

SUBDIRS = ("linux-64", "osx-64")
K = "pkg:npm/k@1"
OPTIONS = Options(
    outputs=(("cyclonedx-json", ""), ("spdx-json", ""), ("spdx3-json", "")), timestamp="2026-01-02T03:04:05Z"
)


def conda(name: str, version: str = "1.0", subdir: str = "linux-64", channel: str = "conda-forge") -> str:
    told = f"channel={channel}&" if channel else ""
    return f"pkg:conda/{name}@{version}?build=h0_0&{told}subdir={subdir}"


def thing(purl: str, ref: str = "", aliases: Sequence[str] = (), sha256: str = "") -> Component:
    return Component(
        ref=Ref(ref or purl),
        kind="library",
        name=(purl or ref).partition("@")[0].rpartition("/")[2],
        purl=purl,
        aliases=tuple(aliases),
        digests=(Digest(algorithm="md5", value="0" * 32), Digest(algorithm="sha256", value=sha256 * 64))
        if sha256
        else (),
        properties=((names.SIZE, "12"),) if sha256 else (),
    )


def edge(source: str, target: str, *specs: str, kind: RelationKind = "depends_on") -> Relation:
    return Relation(source=Ref(source), kind=kind, target=Ref(target), specs=specs)


def part(
    root: Component,
    components: Sequence[Component] = (),
    relations: Sequence[Relation] = (),
    claims: Iterable[tuple[str, Aspect, State]] = (),
    container: Container = "conda",
) -> Opened:
    """A document; its root holds what no relation leads to."""
    led = {r.target for r in relations}
    held = [edge(root.ref, c.ref, kind="contains") for c in components if c.ref not in led]
    stated = [Completeness(ref=Ref(ref), aspect=aspect, state=state) for ref, aspect, state in claims]
    subject = Subject(
        filename="", container=container, size=None, digests=(), name=root.name, version="", build="", subdir=""
    )
    return Opened(
        part=Sbom(
            subject=subject,
            root=root.ref,
            components=tuple(sorted((root, *components), key=lambda c: c.ref)),
            relations=tuple(sorted((*relations, *held), key=lambda r: (r.source, r.kind, r.target, r.scope))),
            completeness=tuple(sorted(stated, key=lambda c: (c.ref, c.aspect))),
        )
    )


def environment(name: str, *purls: str, platform: str = "linux-64", relations: Sequence[Relation] = ()) -> Opened:
    root = Component(
        ref=Ref(f"conda-environment:{name}?platform={platform}"),
        kind="application",
        name=name,
        properties=((names.PLATFORM, platform),),
    )
    held = [edge(root.ref, purl, kind="contains") for purl in purls]
    return part(root, [thing(purl) for purl in purls], [*relations, *held], container="environment")


def merged(*opened: Opened) -> Sbom:
    """The whole: the same in any order, and when it is merged again."""
    found = merge_documents(opened, "all", OPTIONS).sbom
    for order in permutations(opened):
        assert merge_documents(order, "all", OPTIONS).sbom == found
    assert merge_documents([Opened(part=found)], "all", OPTIONS).sbom == found
    assert merge_documents([Opened(part=found), *opened], "all", OPTIONS).sbom == found
    return found


def pairs(sbom: Sbom, kind: RelationKind) -> set[tuple[str, str]]:
    return {(str(r.source), str(r.target)) for r in sbom.relations if r.kind == kind}


def state(sbom: Sbom, ref: str, aspect: Aspect) -> str:
    return next((c.state for c in sbom.completeness if (c.ref, c.aspect) == (ref, aspect)), "")


class TestEnvironments:
    def test_those_of_one_name_stay_apart_where_they_hold_different_packages(self) -> None:
        found = merged(
            environment("default", conda("app"), conda("libz")),
            environment("default", conda("web"), conda("libz", "2.0")),
            environment("default", conda("web", channel=""), conda("libz", "2.0")),
        )
        held: dict[str, set[str]] = {}
        for source, target in pairs(found, "contains"):
            if source.startswith("conda-environment:default?platform=linux-64&packages="):
                held.setdefault(source, set()).add(target)
        assert sorted(map(sorted, held.values())) == [
            [conda("app"), conda("libz")],
            [conda("libz", "2.0"), conda("web")],
        ]

    def test_one_that_tells_of_python_packages_besides_is_the_same(self) -> None:
        found = merged(
            environment("default", conda("app")),
            environment("default", conda("app"), "pkg:pypi/flask@3.0"),
        )
        assert [c.ref for c in found.components if c.name == "default"] == [
            "conda-environment:default?platform=linux-64"
        ]
        again = merged(
            environment("default", conda("app"), "pkg:pypi/flask@2.0"),
            environment("default", conda("app"), "pkg:pypi/flask@3.0"),
        )
        assert len([c for c in again.components if c.name == "default"]) == 2


class TestPlatforms:
    @pytest.mark.parametrize(
        "others",
        [
            [environment("e", conda("libz", subdir="osx-64"), platform="osx-64")],
            [environment("e", conda("libz", subdir="osx-64"), platform="")],
            [part(thing(conda("app", subdir="osx-64")))],
            # What was merged before.
            [
                Opened(
                    part=merge_documents(
                        [environment("e", conda("x", subdir="osx-64"), platform="osx-64")], "c", OPTIONS
                    ).sbom
                )
            ],
        ],
    )
    def test_nothing_for_another_is_put_beside_an_environment(self, others: list[Opened]) -> None:
        own = environment("e", conda("libz"), conda("py", subdir="noarch"))
        first = Opened(part=merge_documents([own], "first", OPTIONS).sbom)
        for one in (own, first):
            with pytest.raises(SettingsError, match="packages of linux-64 and osx-64 would be linked"):
                merge_documents([one, *others], "all", OPTIONS)

    def test_nor_beside_a_noarch_package_that_needs_what_is_for_one(self) -> None:
        """As the documents of tools have it that name no platform."""
        py = conda("py", subdir="noarch")
        one, other = (
            part(
                Component(ref=Ref(f"in:x#sbom:{subdir}"), kind="application", name="x"),
                [thing(py), thing(conda("libz", subdir=subdir))],
                [edge(py, conda("libz", subdir=subdir))],
            )
            for subdir in ("linux-64", "osx-64")
        )
        merged(one)
        with pytest.raises(SettingsError, match="linux-64 and osx-64"):
            merge_documents([one, other], "all", OPTIONS)

    def test_packages_of_several_are_not_linked_by_one_for_any(self) -> None:
        py, needed = thing(conda("py", subdir="noarch")), thing("pkg:conda/libz")
        package = part(py, [needed], [edge(py.ref, needed.ref)])
        linux, osx = part(thing(conda("libz"))), part(thing(conda("app", subdir="osx-64")))
        assert (py.ref, needed.ref) in pairs(merged(package, linux, osx), "depends_on")
        assert (py.ref, conda("libz")) in pairs(merge_documents([package, linux], "all", OPTIONS).sbom, "depends_on")

    def test_tools_of_the_build_may_be_for_another(self) -> None:
        tool = thing(conda("gcc", subdir="linux-64"))
        cross = part(
            thing(conda("app", subdir="osx-64")),
            [tool],
            [edge(conda("app", subdir="osx-64"), tool.ref, kind="build_tool")],
        )
        merged(cross, environment("e", conda("libz", subdir="osx-64"), platform="osx-64"))


class TestNeeds:
    def app(self, *specs: str) -> Opened:
        need = "pkg:conda/libz"
        return part(thing(conda("app")), [thing(need)], [edge(conda("app"), need, *specs)])

    @pytest.mark.parametrize(
        ("specs", "there", "led"),
        [
            (["libz >=2"], ["1.0"], "pkg:conda/libz"),
            (["libz >=2"], ["1.0", "3.0"], conda("libz", "3.0")),
            (["libz >=1", "libz <2"], ["1.0", "3.0"], conda("libz")),
            (["libz"], ["1.0"], conda("libz")),
            ([], ["1.0"], conda("libz")),
            (["libz >=1"], ["1.0", "3.0"], "pkg:conda/libz"),  # which of them is not known
            (["libz >=5"], [str(n) for n in range(30)], "pkg:conda/libz"),
        ],
    )
    def test_they_are_met_by_what_satisfies_them(self, specs: list[str], there: list[str], led: str) -> None:
        opened = [self.app(*specs), *(part(thing(conda("libz", version))) for version in there)]
        found = merge_documents(opened, "all", OPTIONS).sbom
        assert pairs(found, "depends_on") == {(conda("app"), led)}
        assert merge_documents([Opened(part=found)], "all", OPTIONS).sbom == found

    def test_what_one_document_asks_for_holds_for_all(self) -> None:
        found = merged(self.app("libz >=2"), self.app(), part(thing(conda("libz"))))
        assert pairs(found, "depends_on") == {(conda("app"), "pkg:conda/libz")}

    def test_specs_stand_with_the_package_and_come_back_to_the_edge(self) -> None:
        found = merged(self.app("libz >=2"))
        app = next(c for c in found.components if c.ref == conda("app"))
        assert app.properties == ((names.DEPENDS, "libz >=2"),)
        (need,) = [r for r in found.relations if r.kind == "depends_on"]
        assert need.specs == ("libz >=2",)

    def test_what_is_told_of_a_need_moves_along(self) -> None:
        named, libz = "pkg:conda/libz@1.0", conda("libz")
        known = replace(thing(named, sha256="a"), licenses=(License(expression="MIT"),), properties=(("x", "y"),))
        asks = part(thing(conda("app")), [known, thing("pkg:npm/k@1")], [edge(conda("app"), named), edge(named, K)])
        is_it = part(replace(thing(libz), licenses=(License(expression="Zlib"),)), [thing("pkg:npm/held@1")])
        found = merged(asks, is_it)
        shown = next(c for c in found.components if c.ref == libz)
        assert [license_.expression for license_ in shown.licenses] == ["MIT", "Zlib"]
        assert (shown.purl, shown.aliases, shown.properties, len(shown.digests)) == (libz, (), (("x", "y"),), 2)
        assert any(f"licence of {libz}: MIT or Zlib" in problem.reason for problem in found.problems)
        assert pairs(found, "depends_on") == {(conda("app"), libz), (libz, K)}
        assert named not in {c.ref for c in found.components}

    def test_a_constraint_is_on_all_of_a_name(self) -> None:
        need = "pkg:conda/libz"
        limits = part(thing(conda("web")), [thing(need)], [edge(conda("web"), need, kind="constrains")])
        found = merged(self.app(), limits, part(thing(conda("libz"))))
        assert pairs(found, "depends_on") == {(conda("app"), conda("libz"))}
        assert pairs(found, "constrains") == {(conda("web"), need)}
        for one in (self.app(), limits):
            assert merge_documents([Opened(part=found), one], "all", OPTIONS).sbom == found

    def test_so_do_needs_of_what_is_needed(self) -> None:
        a, b, c = "pkg:conda/a@1.0", "pkg:conda/b@1.0", "pkg:conda/c@1.0"
        chain = part(
            thing(conda("app")), [thing(p) for p in (a, b, c)], [edge(conda("app"), a), edge(a, b), edge(b, c)]
        )
        there = [part(thing(conda(name))) for name in "abc"]
        other = part(thing(conda("c", subdir="osx-64")))
        found = merge_documents([chain, *there, other], "all", OPTIONS).sbom
        names = [conda(name) for name in ("app", "a", "b", "c")]
        assert pairs(found, "depends_on") == set(pairwise(names))
        assert merge_documents([other, Opened(part=found), *there[::-1], chain], "all", OPTIONS).sbom == found

    @pytest.mark.parametrize("full", [False, True])
    def test_where_two_mean_different_ones_nothing_is_lost(self, full: bool) -> None:
        named = "pkg:conda/libz@1.0"
        known = replace(thing(named), licenses=(License(expression="MIT"),) if full else ())
        apps = [part(thing(conda("app", subdir=s)), [known], [edge(conda("app", subdir=s), named)]) for s in SUBDIRS]
        found = merged(*apps, *(part(thing(conda("libz", subdir=subdir))) for subdir in SUBDIRS))
        led = {target for _, target in pairs(found, "depends_on")}
        assert led == ({named} if full else {conda("libz", subdir=subdir) for subdir in SUBDIRS})

    def test_one_of_other_bytes_is_another(self) -> None:
        named = "pkg:conda/libz@1.0"
        asks = part(thing(conda("app")), [thing(named, sha256="a")], [edge(conda("app"), named)])
        assert pairs(merged(asks, part(thing(conda("libz"), sha256="b"))), "depends_on") == {(conda("app"), named)}

    @pytest.mark.parametrize("there", [[], ["1.0"]])
    def test_what_only_builds_had_meets_none(self, there: list[str]) -> None:
        tool = conda("libz", "2.0")
        built = part(thing(conda("llvm")), [thing(tool)], [edge(conda("llvm"), tool, kind="build_tool")])
        found = merged(self.app("libz"), built, *(part(thing(conda("libz", version))) for version in there))
        assert pairs(found, "depends_on") == {(conda("app"), conda("libz") if there else "pkg:conda/libz")}
        options = replace(OPTIONS, build_packages="none")
        refs = {c.ref for c in merge_documents([self.app("libz"), built], "all", options).sbom.components}
        assert tool not in refs

    @pytest.mark.parametrize(
        ("linked", "led"),
        [(["1.0"], ["1.0"]), (["1.0", "2.0"], ["1.0", "2.0"]), (["1.0", "2.0", "5.0"], ["1.0", "2.0", "5.0"])],
    )
    def test_one_told_again_beside_exact_edges_means_these(self, linked: list[str], led: list[str]) -> None:
        exact = [
            part(
                thing(f"pkg:npm/{v}@1"),
                [thing(conda("app")), thing(conda("libz", v))],
                [edge(conda("app"), conda("libz", v))],
            )
            for v in linked
        ]
        others = part(thing(conda("libz", "3.0")))
        found = merge_documents([self.app("libz <4"), *exact, others], "all", OPTIONS).sbom
        assert pairs(found, "depends_on") == {(conda("app"), conda("libz", version)) for version in led}
        assert merge_documents([others, *exact, Opened(part=found)], "all", OPTIONS).sbom == found


class TestClaims:
    def test_one_that_another_document_disproves_is_void(self) -> None:
        x, y = "pkg:npm/x@1", "pkg:npm/y@1"
        says = part(thing(x), claims=[(x, "dependencies", "complete"), (x, "contents", "complete")])
        assert state(merged(says), x, "dependencies") == "complete"
        knows = part(thing(x), [thing(y)], [edge(x, y)])
        found = merged(says, knows)
        assert (state(found, x, "dependencies"), state(found, x, "contents")) == ("incomplete", "complete")
        holds = part(thing(x), [thing(y)])
        assert state(merged(says, holds), x, "contents") == "incomplete"

    def test_a_need_that_is_met_is_no_other_need(self) -> None:
        app, need = conda("app"), "pkg:conda/libz"
        says = part(thing(app), [thing(need)], [edge(app, need)], [(app, "dependencies", "complete")])
        found = merged(says, part(thing(conda("libz"))))
        assert pairs(found, "depends_on") == {(app, conda("libz"))}
        assert state(found, app, "dependencies") == "complete"

    def test_of_other_bytes_nothing_is_told(self) -> None:
        libz = conda("libz")
        one = part(thing(libz, sha256="a"), claims=[(libz, "contents", "complete")])
        other = part(thing(libz, sha256="b"))
        found = merge_documents([one, other], "all", OPTIONS).sbom
        shown = next(c for c in found.components if c.ref == libz)
        assert (shown.digests, shown.properties) == ((), ())
        assert state(found, libz, "contents") == "incomplete"
        assert merge_documents([other, one], "all", OPTIONS).sbom == found

    def test_that_is_so_without_a_claim_and_with_one_of_them_again(self) -> None:
        libz = conda("libz")
        one, other = part(thing(libz, sha256="a")), part(thing(libz, sha256="b"))
        found = merge_documents([one, other], "all", OPTIONS).sbom
        assert state(found, libz, "contents") == "incomplete"
        for more in ([], [one], [other], [one, other]):
            assert merge_documents([Opened(part=found), *more], "all", OPTIONS).sbom == found

    def test_a_conflict_that_is_known_is_told_once(self) -> None:
        x = "pkg:pypi/x@1"
        one, other, third = (part(replace(thing(x), licenses=(License(expression=e),))) for e in ("MIT", "Zlib", "ISC"))
        found = merge_documents([one, other], "all", OPTIONS).sbom
        assert [p.reason for p in found.problems] == [f"licence of {x}: MIT or Zlib"]
        for more in ([], [one], [other], [one, other]):
            assert merge_documents([Opened(part=found), *more], "all", OPTIONS).sbom == found
        again = merge_documents([Opened(part=found), third], "all", OPTIONS).sbom
        assert [p.reason for p in again.problems if "ISC" in p.reason]

    def test_what_is_left_out_is_incomplete(self) -> None:
        parts = [part(thing(conda(name))) for name in ("a", "b")]
        found = merge_documents(parts, "all", Options(limits=Limits(members=2))).sbom
        assert state(found, "collection:all", "contents") == "incomplete"
        with pytest.raises(DocumentError, match="2 documents are left out"):
            merge_documents(parts, "all", Options(limits=Limits(members=1)))

    def test_packages_of_several_platforms_are_told_apart(self) -> None:
        parts = [part(thing(conda("a", subdir=subdir))) for subdir in ("linux-64", "osx-64")]
        assert [p.reason for p in merged(*parts).problems] == [
            "what is in 2 of 2 packages is not known, as no document tells it (linux-64/a-1.0-h0_0, osx-64/a-1.0-h0_0)"
        ]


class TestNames:
    def test_an_alias_joins_no_two_purls_that_name_different_things(self) -> None:
        x, y = part(thing("pkg:npm/x@1")), part(thing("pkg:npm/y@1"))
        odd = part(thing("", "in:odd#sbom:odd", ["pkg:npm/x@1", "pkg:npm/y@1"]))
        refs = {c.ref for c in merged(x, y, odd).components}
        assert refs == {"collection:all", "in:odd#sbom:odd", "pkg:npm/x@1", "pkg:npm/y@1"}
        plain = part(thing("", "in:odd#sbom:odd", ["pkg:npm/x@1"]))
        assert {c.ref for c in merged(x, y, plain).components} == {"collection:all", "pkg:npm/x@1", "pkg:npm/y@1"}

    @pytest.mark.parametrize(
        ("channel", "known"),
        [
            ("conda-forge", "conda-forge"),
            ("linux-64", ""),
            ("conda-forge/linux-64", "conda-forge"),
            ("https://conda.anaconda.org/conda-forge/linux-64", "conda-forge"),
            ("https://CONDA.anaconda.org/conda-forge", "conda-forge"),
            ("https://example.org/Channel/linux-64", "https://example.org/Channel"),
            ("conda-forge/osx-64", "conda-forge/osx-64"),
        ],
    )
    def test_channels(self, channel: str, known: str) -> None:
        parts = conda_parts(conda("libz", channel=channel))
        assert parts is not None
        assert parts.channel == known

    def test_a_channel_that_is_a_platform_takes_no_place(self) -> None:
        found = merged(part(thing(conda("libz"))), part(thing(conda("libz", channel="linux-64"))))
        assert [c.ref for c in found.components if c.name == "libz"] == [conda("libz")]

    def test_tools_of_builds_are_one_by_name_and_version(self) -> None:
        def built(ref: str, name: str) -> Opened:
            tool = Component(ref=Ref(ref), kind="application", name="conda-build", version="3.15.1")
            return part(thing(conda(name)), [tool], [edge(conda(name), ref, kind="build_tool")])

        found = merged(built("in:a-1.0/info#builder:conda-build", "a"), built("in:a-1.0#sbom:Package-conda-build", "a"))
        assert [c.ref for c in found.components if c.name == "conda-build"] == ["in:a-1.0/info#builder:conda-build"]


def test_every_format_takes_it() -> None:
    opened = [environment("e", conda("app"), conda("libz")), part(thing(conda("app")), [thing("pkg:npm/x@1")])]
    assert len(render(merge_documents(opened, "all", OPTIONS), OPTIONS, load())) == 3
