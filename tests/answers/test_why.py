"""The paths that lead to a component: the shortest first, cycles end, and the number is bounded."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import get_args

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import LIMITS, entry, index, part, sbom
from running import Run
from support import FIXTURES, ROOT

from cf_sbom.answers.index import build
from cf_sbom.answers.where import where
from cf_sbom.answers.why import Reason, why
from cf_sbom.faces.cli.paths import WORDS
from cf_sbom.index.reading import inventory_of
from cf_sbom.model import RelationKind, Sbom
from cf_sbom.queries import Query

SCHEMA = json.loads((ROOT / "schemas" / "why.schema.json").read_bytes())


def npm(*names: str) -> list[str]:
    return [f"pkg:npm/{name}@1" for name in names]


def web(edges: str, *carried: str) -> Sbom:
    """Components a, b, ... by their edges: `ab bc` is a needs b, and b needs c."""
    names = sorted({letter for pair in edges.split() for letter in pair} | set(carried))
    whole = sbom(
        "web",
        *(part(f"pkg:npm/{name}@1") for name in names),
        edges=[(f"pkg:npm/{a}@1", "depends_on", f"pkg:npm/{b}@1") for a, b in edges.split()],
    )
    from dataclasses import replace

    kept = (r for r in whole.relations if r.kind != "contains" or r.target in npm(*carried))
    return replace(whole, relations=tuple(kept))


def paths(reason: Reason) -> list[str]:
    return ["".join(step.target.name for step in path) for path in reason.paths]


@pytest.mark.parametrize(
    ("edges", "carried", "expected"),
    [
        ("ab bc", "a", ["abc"]),
        ("ab bc ac", "a", ["ac", "abc"]),
        ("ab bc", "abc", ["c", "bc", "abc"]),
        ("ab ba bc", "a", ["abc"]),
        ("ab ba bc ca cb", "ab", ["bc", "abc"]),
        ("ad bd dc", "ab", ["adc", "bdc"]),
        ("cd dc", "c", ["c"]),
        ("ab dc", "a", []),
    ],
)
def test_paths_by_length_without_going_round(edges: str, carried: str, expected: list[str]) -> None:
    (reason,) = why(web(edges, *carried), Query.parse("c")).reasons
    assert paths(reason) == expected
    assert not reason.more


def test_the_number_is_bounded() -> None:
    """A ladder of 20 rungs has a million paths, and a thousand dead ends that lead nowhere."""
    letters = [chr(0x100 + n) for n in range(40)]
    edges = [(a, b) for n in range(0, 38, 2) for a in letters[n : n + 2] for b in letters[n + 2 : n + 4]]
    text = " ".join(f"{a}{b}" for a, b in edges) + " " + " ".join(f"{last}c" for last in letters[-2:])
    text += " " + " ".join(f"{letters[0]}{chr(0x4000 + n)}" for n in range(1000))
    names = sorted({letter for pair in text.split() for letter in pair})
    number = {name: f"n{place}" for place, name in enumerate(names)} | {"c": "c"}
    whole = sbom(
        "ladder",
        *(part(f"pkg:npm/{number[name]}@1") for name in names),
        edges=[(f"pkg:npm/{number[a]}@1", "depends_on", f"pkg:npm/{number[b]}@1") for a, b in text.split()],
    )
    from dataclasses import replace

    whole = replace(
        whole,
        relations=tuple(
            r for r in whole.relations if r.kind != "contains" or r.target == f"pkg:npm/{number[letters[0]]}@1"
        ),
    )
    (reason,) = why(whole, Query.parse("c"), max_paths=7).reasons
    assert (len(reason.paths), {len(path) for path in reason.paths}, reason.more) == (7, {21}, True)


@given(
    st.sets(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=12),
    st.sets(st.sampled_from("abcde")),
)
def test_paths_are_those_of_an_exhaustive_search(edges: set[tuple[str, str]], carried: set[str]) -> None:
    whole = web(" ".join(a + b for a, b in edges if a != b), *carried, "c") if carried else web("ab bc", "a")
    links = {(r.source[-3:-2] if r.kind != "contains" else "", r.target[-3:-2]) for r in whole.relations}

    def search(at: str, seen: str) -> list[str]:
        if at == "c":
            return [seen]
        return [p for a, b in sorted(links) if a == at and b not in seen for p in search(b, seen + b)]

    (reason,) = why(whole, Query.parse("c"), max_paths=1000).reasons
    assert sorted(paths(reason)) == sorted(search("", ""))
    assert all(len(one) <= len(other) for one, other in pairwise(paths(reason)))
    assert not reason.more


def test_every_kind_of_relation_has_its_words() -> None:
    assert set(WORDS) == set(get_args(RelationKind))


def test_relations_between_two_are_one_step() -> None:
    whole = sbom("app", part("pkg:conda/zlib", "depends_on", "zlib >=1.3"), part("pkg:conda/zlib", "links_to"))
    (reason,) = why(whole, Query.parse("zlib")).reasons
    ((step,),) = reason.paths
    assert [(relation.kind, relation.specs) for relation in step.relations] == [
        ("depends_on", ("zlib >=1.3",)),
        ("links_to", ()),
    ]


def test_what_the_package_is_upstream_is_reached(tmp_path: Path) -> None:
    whole = sbom("requests", part("pkg:pypi/requests@2.31.0", "upstream_of"))
    itself, upstream = why(whole, Query.parse("requests")).reasons
    assert (itself.component.ref, itself.paths) == (whole.root, ((),))
    ((step,),) = upstream.paths
    assert (step.inverse, step.target.purl) == (True, "pkg:pypi/requests@2.31.0")


def test_what_cannot_be_decided_is_said() -> None:
    found = why(sbom("app", part("pkg:generic/openssl@1.1.1w")), Query.parse("openssl@<3"))
    assert not found.reasons
    ((component, reason),) = found.undecided
    assert (component.version, "no order" in reason) == ("1.1.1w", True)


@pytest.mark.parametrize(("spec", "found"), [("openssl >=1.1", 1), ("openssl >=3.0.13,<4.0a0", 0)])
def test_a_dependency_without_version_is_what_its_specs_admit(spec: str, found: int) -> None:
    """As `where` has it."""
    told = why(sbom("app", part("pkg:conda/openssl", "depends_on", spec)), Query.parse("pkg:conda/openssl@<3"))
    assert (len(told.reasons), told.undecided) == (found, ())


OPENSSL = {
    "any": [part("pkg:conda/openssl", "depends_on")],
    "three": [part("pkg:conda/openssl", "depends_on", "openssl >=3.0.13,<4.0a0")],
    "old": [part("pkg:conda/openssl", "depends_on", "openssl >=1.1.1w,<1.1.2a")],
    "bracket": [part("pkg:conda/openssl", "depends_on", "openssl[version='>=3']")],
    "choosy": [part("pkg:conda/openssl", "depends_on", "openssl (1|2)")],
    "restricting": [part("pkg:conda/openssl", "constrains", "openssl >=3")],
    "made": [part("pkg:conda/openssl", "host", scope="build")],
    "linked": [part("pkg:conda/openssl@3.0.13", "links_to")],
    "aliased": [part("pkg:generic/openssl@1.1.1w", aliases=("pkg:conda/openssl@1.1.1w",))],
}


@pytest.mark.parametrize("version", ["", "@3.0.13", "@<4", "@<2", "@1.1.1w", "@4.*"])
def test_where_and_why_agree(tmp_path: Path, version: str) -> None:
    """On what is meant, and on what cannot be decided."""
    query = Query.parse(f"pkg:conda/openssl{version}")
    wholes = {name: sbom(name, *parts) for name, parts in OPENSSL.items()}
    file = index(tmp_path / "i.db", *wholes.values())
    answer = where(file, query)
    found = {hit.package.name for hit in answer.hits}
    for told in (wholes, {name: inventory_of(file, name) for name in wholes}):
        explained = {name: why(whole, query) for name, whole in told.items()}
        assert {n for n, e in explained.items() if e.reasons} - found == ({"restricting"} if not version else set())
        assert found <= {n for n, e in explained.items() if e.reasons}
        assert sum(len(e.undecided) for e in explained.values()) == sum(u.packages for u in answer.undecided)


def test_contents_that_nobody_looked_at_are_told(tmp_path: Path, run: Run) -> None:
    bare, full = sbom("bare", part("pkg:conda/zlib", "depends_on")), sbom("full", part("pkg:npm/left-pad@1"))
    index(tmp_path / "i.db", bare, full)
    for name, whole, unseen in (("bare", bare, True), ("full", full, False)):
        (tmp_path / f"{name}.cdx.json").write_bytes(entry(whole, "cyclonedx-json").document)
        for target in (name, tmp_path / f"{name}.cdx.json"):
            ran = run("why", target, "nothing", "--index", "i.db")
            assert (ran.status, "its contents were not looked at, and may hold it" in ran.out) == (1, unseen)
            data = json.loads(run("why", target, "nothing", "--index", "i.db", "--json").out)
            jsonschema_rs.validator_for(SCHEMA).validate(data)
            assert data["unseen"] is unseen


def test_each_relation_is_judged_by_its_own_specs() -> None:
    inner = "pkg:npm/inner@1"
    whole = sbom(
        "app",
        part("pkg:conda/openssl", "depends_on", "openssl >=3"),
        part(inner),
        edges=[(inner, "depends_on", "pkg:conda/openssl")],
    )
    from dataclasses import replace

    old = ("openssl <2",)
    relations = tuple(replace(r, specs=old) if r.source == inner else r for r in whole.relations)
    for version, found in (("<2", 1), ("3.0.13", 1), ("=2.5", 0)):
        told = why(replace(whole, relations=relations), Query.parse(f"pkg:conda/openssl@{version}"))
        assert (len(told.reasons), told.undecided) == (found, ())


def test_an_index_tells_the_same_paths_as_the_document(tmp_path: Path, run: Run) -> None:
    whole = web("ab bc ac", "a")
    document = tmp_path / "web-1.0-0.conda.cdx.json"
    document.write_bytes(entry(whole, "cyclonedx-json").document)
    build([entry(whole, "cyclonedx-json")], tmp_path / "i.db", LIMITS)
    one, other = (json.loads(run("why", what, "c", "--index", "i.db", "--json").out) for what in (document, "web"))
    jsonschema_rs.validator_for(SCHEMA).validate(one)
    for found in (one, other):
        for reason in found["found"]:
            for path in reason["paths"]:
                for step in path:
                    for relation in step["relations"]:
                        relation.pop("evidence", None)
    assert one["found"] == other["found"]
    assert len(one["found"][0]["paths"]) == 2


def test_the_command_shows_paths(tmp_path: Path, run: Run) -> None:
    package = next((FIXTURES / "packages").rglob("pear-*.conda"))
    ran = run("why", package, "pkg:cargo/adler")
    assert ran.status == 0
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert lines[:4] == [
        "pear 1.2  hb0f4dca_0  linux-64",
        "",
        "adler 1.0.2 (cargo)",
        " 1. contains adler 1.0.2 (cargo)",
    ]
    assert " 2. contains demo 0.3.0 (cargo)" in lines
    assert "      depends on adler 1.0.2 (cargo)" in lines
    first = run("why", package, "pkg:cargo/adler", "--max-paths", 1)
    assert "there are more paths; --max-paths shows more" in first.out
    narrow = run("why", package, "pkg:cargo/adler", COLUMNS="40")
    assert max(map(len, narrow.out.splitlines())) <= 40
    none = run("why", package, "left-pad")
    assert (none.status, none.out) == (1, "pear 1.2  hb0f4dca_0  linux-64\n  has no left-pad\n")
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads(run("why", package, "pkg:cargo/*", "--json").out))


def test_packages_of_an_index_are_named_in_several_ways(tmp_path: Path, run: Run) -> None:
    index(
        tmp_path / "cf-sbom-index.db",
        sbom("one", part("pkg:npm/left-pad@1.3.0")),
        sbom("two", part("pkg:npm/left-pad@1.3.0")),
        sbom("two", part("pkg:npm/left-pad@1.3.0"), version="2.0"),
    )
    for name in ("one", "one@1.0", "one-1.0-0.conda", "linux-64/one-1.0-0.conda", "two@2.0", "two-1.0-0.conda"):
        assert run("why", name, "left-pad").status == 0, name
    several = run("why", "two", "left-pad")
    assert several.status == 2
    assert "linux-64/two-1.0-0.conda, linux-64/two-2.0-0.conda; name one of them" in several.err
    for name in ("three", "%", "", "' OR 1=1 --", "-1.0-0.conda"):
        assert run("why", "--", name, "left-pad").status == 3, name
    ran = run("why", "one", "left-pad", "--index", "none.db")
    assert (ran.status, ran.err) == (3, "cf-sbom: one: neither a file nor in an index: there is no none.db\n")
