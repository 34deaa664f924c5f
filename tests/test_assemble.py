"""Merging by identity, as properties: order cannot matter, and merging again changes nothing."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.assemble import assemble
from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.merging import merge
from cf_sbom.model import (
    ROOT,
    Completeness,
    Component,
    Digest,
    Evidence,
    File,
    License,
    Link,
    Occurrence,
    Ownership,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Subject,
    file_ref,
)
from cf_sbom.placement import place
from cf_sbom.properties import GO_SUM

SUBJECT = Subject(
    filename="demo-1.0-0.conda",
    container="conda",
    size=1,
    digests=(Digest(algorithm="sha256", value="00" * 32),),
    name="demo",
    version="1.0",
    build="0",
    subdir="noarch",
)
HERE = (Occurrence(path="info/index.json", evidence=(Evidence(path="info/index.json", by="conda"),)),)
BASE: list[Finding] = [SUBJECT, Component(ref=ROOT, kind="library", name="demo", version="1.0", occurrences=HERE)]
DEMO = Ref("pkg:conda/demo@1.0?build=0&subdir=noarch&type=conda")

words = st.sampled_from(["", "a", "b"])
evidence = st.builds(
    Evidence,
    path=st.sampled_from(["x", "y"]),
    technique=st.sampled_from(["manifest", "binary", "filename", "inferred"]),
    confidence=st.sampled_from([0.3, 0.6, 1.0]),
    by=st.sampled_from(["one", "two"]),
)
digests = st.lists(
    st.builds(Digest, algorithm=st.sampled_from(["md5", "sha256"]), value=st.sampled_from(["00", "11"])), max_size=2
).map(tuple)
occurrences = st.lists(
    st.builds(
        Occurrence,
        path=st.sampled_from(["x", "y"]),
        digests=digests,
        evidence=st.lists(evidence, max_size=2).map(tuple),
    ),
    max_size=2,
).map(tuple)
refs = st.sampled_from([Ref("pkg:a/1"), Ref("pkg:a/2"), Ref("file:x"), Ref("in:x#library:y")])
components = st.builds(
    Component,
    ref=refs,
    kind=st.sampled_from(["library", "application"]),
    name=st.sampled_from(["n", "m"]),
    version=words,
    purl=st.sampled_from(["", "pkg:a/1", "pkg:a/3"]),
    aliases=st.lists(st.sampled_from(["pkg:a/2", "pkg:a/4"]), max_size=1).map(tuple),
    licenses=st.lists(st.builds(License, expression=st.sampled_from(["MIT", "Zlib"])), max_size=2).map(tuple),
    digests=digests,
    description=words,
    supplier=st.sampled_from([None, Party(name="s"), Party(name="t")]),
    links=st.lists(
        st.builds(Link, kind=st.just("vcs"), url=st.sampled_from(["https://a", "https://b"])), max_size=2
    ).map(tuple),
    occurrences=occurrences,
)
relations = st.builds(
    Relation,
    source=st.one_of(refs, st.just(ROOT)),
    kind=st.sampled_from(["contains", "depends_on", "host"]),
    target=refs,
    scope=st.sampled_from(["runtime", "build"]),
    specs=st.lists(words, max_size=2).map(tuple),
)


@given(st.lists(components, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_group_does_not_matter(group: list[Component], rng: random.Random) -> None:
    shuffled = list(group)
    rng.shuffle(shuffled)
    merged, problems = merge(group, Ref("r"))
    again, same = merge(shuffled, Ref("r"))
    assert merged == again
    assert set(problems) == set(same)


@given(st.lists(components, min_size=1, max_size=5))
def test_merging_again_changes_nothing(group: list[Component]) -> None:
    merged, _ = merge(group, Ref("r"))
    assert merge([merged], Ref("r"))[0] == merged
    assert merge([merged, merged], Ref("r"))[0] == merged


@given(components, refs)
def test_one_alone_becomes_what_it_becomes_twice(component: Component, ref: Ref) -> None:
    assert merge([component], ref) == merge([component, component], ref)


@given(st.lists(components, min_size=1, max_size=5))
def test_a_digest_is_shown_only_where_all_occurrences_agree(group: list[Component]) -> None:
    merged, _ = merge(group, Ref("r"))
    for digest in merged.digests:
        seen = {d for c in group for o in c.occurrences for d in o.digests if d.algorithm == digest.algorithm}
        stated = {d for c in group for d in c.digests if d.algorithm == digest.algorithm}
        assert len(seen) <= 1
        assert digest in stated | seen


@given(
    st.lists(st.one_of(components, relations), max_size=12),
    st.randoms(use_true_random=False),
)
def test_any_findings_make_one_whole_sbom_in_any_order(found: list[Finding], rng: random.Random) -> None:
    findings = BASE + found
    shuffled = list(findings)
    rng.shuffle(shuffled)
    sbom = assemble((), findings, Options())
    sbom.check()
    assert sbom == assemble((), shuffled, Options())
    assert len({c.purl for c in sbom.components if c.purl}) == len([c for c in sbom.components if c.purl])


claims = st.builds(Ownership, path=st.sampled_from(["x", "y"]), ref=refs, whole=st.sampled_from([True, True, False]))


@given(
    st.lists(st.one_of(components, relations, claims), max_size=12),
    st.randoms(use_true_random=False),
)
def test_claims_to_be_a_file_make_one_whole_sbom_in_any_order(found: list[Finding], rng: random.Random) -> None:
    files = [File(path=path, kind="file", size=1, digests=(Digest(algorithm="sha256", value="00"),)) for path in "xz"]
    shuffled = BASE + found
    rng.shuffle(shuffled)
    sbom = assemble(files, BASE + found, Options())
    assert sbom == assemble(files, shuffled, Options())
    owners: dict[str, set[str]] = {}
    for claim in sbom.ownership:
        if claim.whole:
            owners.setdefault(claim.path, set()).add(claim.ref)
    assert all(len(refs) == 1 for refs in owners.values())
    ours = [c for c in sbom.components if c.ref != sbom.root]
    relations = [r for r in sbom.relations if sbom.root not in (r.source, r.target)]
    again = assemble(files, [*BASE, *ours, *relations, *sbom.ownership], Options())
    assert [c for c in again.components if c.ref != again.root] == ours
    assert again.ownership == sbom.ownership


def test_what_is_one_file_is_one_component() -> None:
    rpm, generic, nameless = Ref("pkg:rpm/x/y-libs@1:2.0-3"), Ref("pkg:generic/y@2.0"), Ref("in:lib/y#generic:y")
    where = (Occurrence(path="lib/y", evidence=(Evidence(path="lib/y", technique="binary", by="x"),)),)
    found = [
        seen("lib/y", ref=rpm, name="y-libs", version="1:2.0-3", purl=rpm),
        seen("lib/y", ref=generic, version="2.0", purl=generic, occurrences=where),
        seen("lib/y", ref=nameless, occurrences=where),
    ]
    sbom = build(*found, *(Ownership(path="lib/y", ref=c.ref, whole=True) for c in found))
    (one,) = (c for c in sbom.components if c.ref != sbom.root)
    assert (one.ref, one.name, one.version, one.aliases) == (rpm, "y-libs", "1:2.0-3", (generic,))
    assert sbom.problems == ()
    assert sbom.ownership == (Ownership(path="lib/y", ref=rpm, whole=True),)


def test_what_holds_a_file_is_not_the_file() -> None:
    found = [seen("lib/y", ref=Ref(purl), name=purl, purl=purl) for purl in ("pkg:pypi/x@1", "pkg:generic/y@2")]
    sbom = build(*found, *(Ownership(path="lib/y", ref=c.ref, whole=c is found[1]) for c in found))
    assert len(sbom.components) == 3
    assert len(sbom.ownership) == 2


def test_one_that_is_two_files_of_others_is_each_of_them() -> None:
    """Its purl would make the two one, so it is none of theirs; what it is elsewhere stays."""
    generic = Ref("pkg:generic/y@2")
    others = [Ref(f"pkg:deb/debian/{name}@2-1") for name in ("a", "b")]
    found = [seen(path, ref=generic, version="2", purl=generic) for path in ("lib/a", "lib/b", "lib/c")]
    found += [
        seen(path, ref=ref, name=ref[15:16], version="2-1", purl=ref)
        for path, ref in zip(("lib/a", "lib/b"), others, strict=True)
    ]
    claims = [Ownership(path=c.occurrences[0].path, ref=c.ref, whole=True) for c in found]
    link = Relation(source=ROOT, kind="static_link", target=generic)
    sbom = build(*found, *claims, link)
    paths = {c.ref: [o.path for o in c.occurrences] for c in sbom.components if c.ref != sbom.root}
    assert paths == {others[0]: ["lib/a"], others[1]: ["lib/b"], generic: ["lib/c"]}
    assert sbom.problems == ()
    assert {c.aliases for c in sbom.components} == {()}


def test_files_of_the_same_bytes_are_the_same_file() -> None:
    same = (Digest(algorithm="sha256", value="ab" * 32),)
    files = [File(path=path, kind="file", size=1, digests=same) for path in ("a/y", "b/y")]
    refs = [Ref(f"in:{file.path}#generic:y") for file in files]
    where = (Occurrence(path="share/sbom", digests=same),)
    stated = Component(ref=Ref("pkg:rpm/x/y@2"), kind="library", name="y", purl="pkg:rpm/x/y@2", occurrences=where)
    found: list[Finding] = [*BASE, stated]
    for file, ref in zip(files, refs, strict=True):
        found += [seen(file.path, ref=ref), Ownership(path=file.path, ref=ref, whole=True)]
    sbom = assemble(files, found, Options())
    (one,) = (c for c in sbom.components if c.ref != sbom.root)
    assert (one.ref, [o.path for o in one.occurrences]) == (stated.ref, ["a/y", "b/y", "share/sbom"])


@pytest.mark.parametrize(
    ("version", "purl", "other", "is_conflict"),
    [
        ("1:2.1.4-3.el8", "pkg:rpm/x/y@1", "2.1.4", False),
        ("2.1.4+dfsg-2", "pkg:deb/x/y@1", "2.1.4", False),
        ("2.1.4-r0", "pkg:apk/x/y@1", "2.1.4", False),
        ("2.1.5-3", "pkg:rpm/x/y@1", "2.1.4", True),
        ("2.1.4-3", "pkg:pypi/y@1", "2.1.4", True),
        ("2.19", "pkg:rpm/x/y@1", "2.19.1", False),
        ("2.19", "pkg:rpm/x/y@1", "2.191", True),
    ],
)
def test_versions_of_distributions_are_those_of_their_release(
    version: str, purl: str, other: str, is_conflict: bool
) -> None:
    generic = f"pkg:generic/y@{other}"
    found = [
        seen("a", ref=Ref(purl), purl=purl, version=version),
        seen("a", ref=Ref(generic), purl=generic, version=other),
    ]
    sbom = build(*found, *(Ownership(path="a", ref=c.ref, whole=True) for c in found))
    assert len(sbom.components) == 2
    assert [p.severity for p in sbom.problems] == ["conflict"] * is_conflict


def build(*found: Finding, **options: object) -> Sbom:
    return assemble((), [*BASE, *found], Options(**options))  # type: ignore[arg-type]


def test_the_root_has_its_purl_and_digests() -> None:
    root = build().root_component
    assert (root.ref, root.purl, root.digests) == (DEMO, DEMO, SUBJECT.digests)


def test_a_component_that_nothing_accounts_for_is_contained_by_the_root() -> None:
    sbom = build(Component(ref=Ref("pkg:x/y"), kind="library", name="y", occurrences=HERE))
    assert [(r.source, r.kind, r.target) for r in sbom.relations] == [(DEMO, "contains", "pkg:x/y")]


def seen(path: str, **fields: object) -> Component:
    where = (Occurrence(path=path, evidence=(Evidence(path=path, by="x"),)),)
    return Component(**{"ref": Ref("pkg:x/y"), "kind": "library", "name": "y", "occurrences": where} | fields)  # type: ignore[arg-type]


def related(sbom: Sbom) -> list[tuple[str, str, str, str]]:
    return [(r.source, r.kind, r.target, r.scope) for r in sbom.relations]


def test_what_is_seen_in_the_payload_is_carried_though_something_else_needs_it() -> None:
    other = seen("lib/z", ref=Ref("pkg:x/z"))
    sbom = build(seen("lib/y"), other, Relation(source=other.ref, kind="depends_on", target=Ref("pkg:x/y")))
    assert (DEMO, "contains", "pkg:x/y", "runtime") in related(sbom)


def test_what_something_carried_contains_is_not_contained_twice() -> None:
    other = seen("lib/z", ref=Ref("pkg:x/z"))
    sbom = build(seen("lib/y"), other, Relation(source=other.ref, kind="contains", target=Ref("pkg:x/y")))
    assert related(sbom) == [
        (DEMO, "contains", "pkg:x/z", "runtime"),
        ("pkg:x/z", "contains", "pkg:x/y", "runtime"),
    ]


def test_two_that_contain_each_other_are_not_lost() -> None:
    ends = Ref("pkg:x/y"), Ref("pkg:x/z")
    turned = [Relation(source=a, kind="contains", target=b) for a, b in (ends, ends[::-1])]
    assert (DEMO, "contains", "pkg:x/y", "runtime") in related(
        build(seen("lib/y"), seen("lib/z", ref=ends[1]), *turned)
    )


def test_a_source_that_is_also_carried_is_both() -> None:
    sbom = build(seen("lib/y"), Relation(source=ROOT, kind="built_from", target=Ref("pkg:x/y"), scope="build"))
    assert [r[1] for r in related(sbom)] == ["built_from", "contains"]


def test_a_part_of_the_build_that_the_payload_names_is_not_contained() -> None:
    part = Relation(source=ROOT, kind="depends_on", target=Ref("pkg:x/y"), scope="build")
    assert related(build(seen("lib/y"), part)) == [(DEMO, "depends_on", "pkg:x/y", "build")]


@pytest.mark.parametrize(
    ("paths", "scope"),
    [
        (["lib/tests/data/y"], "test"),
        (["lib/tests/data/y", "test/y"], "test"),
        (["lib/tests/data/y", "lib/y"], "runtime"),
        (["lib/tests/data/y", "info/recipe/meta.yaml"], "test"),
    ],
)
@pytest.mark.parametrize("kind", ["", "contains", "static_link"])
def test_what_lies_among_tests_only_is_a_test_s(paths: list[str], scope: str, kind: RelationKind | Literal[""]) -> None:
    told = [Relation(source=ROOT, kind=kind, target=Ref("pkg:x/y"))] if kind else []
    assert related(build(*map(seen, paths), *told)) == [(DEMO, kind or "contains", "pkg:x/y", scope)]


@pytest.mark.parametrize(("value", "kept"), [("h1:" + "/ab/" * 10 + "abc=", True), ("h1:/home/somebody/x", False)])
def test_a_sum_is_no_local_path(value: str, kept: bool) -> None:
    sbom = build(seen("lib/y", properties=((GO_SUM, value),)))
    assert [c.properties for c in sbom.components if c.ref == "pkg:x/y"] == [((GO_SUM, value),) if kept else ()]


def test_two_sums_of_one_module_are_a_conflict() -> None:
    sums = [f"h1:{letter * 43}=" for letter in "ab"]
    sbom = build(*(seen(value[3], properties=((GO_SUM, value),)) for value in sums))
    assert [p.reason for p in sbom.problems] == [f"cf_sbom:go:sum of pkg:x/y: {sums[0]} or {sums[1]}"]


def test_what_something_among_tests_depends_on_is_a_test_s_too() -> None:
    edge = Relation(source=Ref("pkg:x/y"), kind="depends_on", target=Ref("pkg:x/z"))
    sbom = build(seen("tests/y"), seen("tests/y", ref=Ref("pkg:x/z")), edge)
    assert set(place(sbom).scopes.values()) == {"test"}


def test_nothing_is_related_to_itself() -> None:
    assert related(build(seen("a/y"), Relation(source=Ref("pkg:x/y"), kind="depends_on", target=Ref("pkg:x/y")))) == [
        (DEMO, "contains", "pkg:x/y", "runtime")
    ]


def test_spellings_of_one_purl_are_no_conflict() -> None:
    sbom = build(seen("a", name="Y", version="1.0-rc1", purl="pkg:x/y"), seen("b", version="1.0rc1", purl="pkg:x/y"))
    assert sbom.problems == ()


def test_licences_that_differ_are_a_conflict_and_both_stay() -> None:
    stated = [seen(path, licenses=(License(expression=e),)) for path, e in (("a", "MIT"), ("b", "Zlib"))]
    sbom = build(*stated, seen("c", licenses=(License(expression="LicenseRef-text"),)))
    assert [p.reason for p in sbom.problems] == ["licence of pkg:x/y: MIT or Zlib"]
    assert [lic.expression for c in sbom.components if c.ref == "pkg:x/y" for lic in c.licenses] == [
        "LicenseRef-text",
        "MIT",
        "Zlib",
    ]


def test_a_relation_without_both_ends_becomes_a_problem() -> None:
    sbom = build(Relation(source=ROOT, kind="depends_on", target=Ref("pkg:x/gone")))
    assert sbom.relations == ()
    assert [(p.severity, "pkg:x/gone" in p.reason) for p in sbom.problems] == [("gap", True)]


def test_the_better_technique_wins_and_the_loser_is_told() -> None:
    def one(version: str, technique: str) -> Component:
        seen = Evidence(path="f", technique=technique, by="x")  # type: ignore[arg-type]
        where = (Occurrence(path="f", evidence=(seen,)),)
        return Component(ref=Ref("pkg:x/y"), kind="library", name="y", version=version, occurrences=where)

    sbom = build(one("2", "binary"), one("1", "manifest"))
    assert next(c.version for c in sbom.components if c.ref == "pkg:x/y") == "1"
    assert [p.severity for p in sbom.problems] == ["conflict"]


def test_an_alias_makes_two_components_one() -> None:
    first = Component(ref=Ref("pkg:x/y"), kind="library", name="y", purl="pkg:x/y", occurrences=HERE)
    second = Component(ref=Ref("file:lib/y.so"), kind="library", name="y", aliases=("pkg:x/y",), occurrences=HERE)
    sbom = build(first, second, Relation(source=ROOT, kind="contains", target=second.ref))
    assert {c.ref for c in sbom.components} == {DEMO, "pkg:x/y"}
    assert [r.target for r in sbom.relations] == ["pkg:x/y"]


def test_findings_from_bytes_alone_enter_from_the_threshold_on() -> None:
    seen = Evidence(path="f", technique="binary", confidence=0.4, by="x")
    found = Component(
        ref=Ref("pkg:x/y"), kind="library", name="y", occurrences=(Occurrence(path="f", evidence=(seen,)),)
    )
    told = (found, Relation(source=ROOT, kind="static_link", target=found.ref), Ownership(path="f", ref=found.ref))
    assert (len(build(*told).components), build(*told).relations, build(*told).problems) == (1, (), ())
    assert len(build(*told, native_threshold=0.4).components) == 2


def test_the_weakest_claim_of_completeness_stands() -> None:
    claims = [Completeness(ref=ROOT, aspect="contents", state=state) for state in ("complete", "incomplete", "unknown")]  # type: ignore[arg-type]
    assert [c.state for c in build(*claims).completeness] == ["incomplete"]


def test_a_patch_is_an_end_of_a_relation() -> None:
    patch = Patch(path="info/recipe/a.patch")
    source = Component(ref=Ref("pkg:x/s"), kind="source", name="s", occurrences=HERE)
    sbom = build(
        patch,
        source,
        Relation(source=ROOT, kind="built_from", target=source.ref),
        Relation(source=source.ref, kind="patched_by", target=file_ref(patch.path)),
    )
    assert {r.kind for r in sbom.relations} == {"built_from", "patched_by"}


def test_problems_of_one_kind_are_counted_beyond_the_limit() -> None:
    many = [Problem(path=f"p{n:03}", reason="r", by="x", severity="gap") for n in range(30)]
    problems = build(*many, limits=Limits(problems=10)).problems
    assert len(problems) == 11
    assert any("20 more problems" in p.reason for p in problems)


def test_a_version_no_document_can_hold_is_left_out() -> None:
    long = Component(ref=Ref("pkg:x/y"), kind="library", name="y", version="9" * 2000, occurrences=HERE)
    sbom = build(long)
    assert next(c.version for c in sbom.components if c.ref == "pkg:x/y") == ""
    assert [p.severity for p in sbom.problems] == ["gap"]


def test_without_a_subject_there_is_no_sbom() -> None:
    with pytest.raises(TargetError, match="extractor `conda` is needed"):
        assemble((), [], Options())
