"""Where something is: each way in which a package may have to do with it, ranges, and how the answer is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from indexes import LIMITS, entry, index, part, sbom
from running import Run
from support import ROOT

from cf_sbom.answers.index import Entry, build
from cf_sbom.answers.where import where
from cf_sbom.index.hits import MEANING, Answer, How, Link
from cf_sbom.index.reading import reading
from cf_sbom.model import RelationKind, Sbom
from cf_sbom.queries import Query

SCHEMA = json.loads((ROOT / "schemas" / "where.schema.json").read_bytes())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index in which OpenSSL is had in every way."""
    return index(
        tmp_path_factory.mktemp("index") / "i.db",
        sbom("openssl", part("pkg:generic/openssl@3.0.13", "built_from", scope="build"), version="3.0.13"),
        sbom("openssl", version="1.1.1w"),
        sbom("curl", part("pkg:conda/openssl", "depends_on", "openssl >=3.0.13,<4.0a0")),
        sbom("old-curl", part("pkg:conda/openssl", "depends_on", "openssl >=1.1.1w,<1.1.2a")),
        sbom("any-curl", part("pkg:conda/openssl", "depends_on")),
        sbom("choosy", part("pkg:conda/openssl", "depends_on", "openssl (1|2)")),
        sbom("linked", part("pkg:conda/openssl@3.0.13", "links_to")),
        sbom(
            "both",
            part("pkg:conda/openssl@3.0.13", "links_to"),
            part("pkg:conda/openssl@3.0.13", "depends_on", "openssl >=3"),
        ),
        sbom(
            "bundle",
            part("pkg:generic/openssl@1.1.1w", confidence=0.9),
            part("pkg:conda/openssl@1.0.2", "constrains", "openssl >=3"),
        ),
        sbom("static", part("pkg:generic/openssl@3.0.13", "static_link", confidence=0.95)),
        sbom("maybe", part("pkg:cargo/openssl@0.10.64", "static_candidate", confidence=0.6)),
        sbom("made", part("pkg:conda/openssl@3.0.13", "host", scope="build")),
        sbom("tested", part("pkg:npm/OpenSSL@2.0.0", scope="test")),
        sbom(
            "inner",
            part("pkg:npm/outer@1.0.0"),
            part("pkg:npm/openssl@2.1.0", name="openssl"),
            part("pkg:npm/far@1.0.0", name="far"),
            edges=[("pkg:npm/outer@1.0.0", "depends_on", "pkg:npm/openssl@2.1.0")],
        ),
        sbom("upstream", part("pkg:pypi/requests@2.31.0", "upstream_of")),
        sbom("cloudy", part("pkg:conda/openssl-wrap@1", "depends_on"), part("pkg:golang/golang.org/x/net@v0.37.0")),
        sbom("clear", part("pkg:golang/golang.org/x/net@v0.38.0")),
    )  # fmt: skip


def ask(file: Path, query: str, *hows: How) -> Answer:
    return where(file, Query.parse(query), hows=hows)


def found(file: Path, query: str, *hows: How) -> list[tuple[str, str]]:
    """Package and how, in order."""
    return [(hit.package.name, link.how) for hit in ask(file, query, *hows).hits for link in hit.links]


def test_every_way_is_told_the_strongest_first(file: Path) -> None:
    assert found(file, "openssl") == [
        ("openssl", "is"),
        ("openssl", "is"),
        ("bundle", "carries"),
        ("inner", "carries"),
        ("tested", "carries"),
        ("static", "static"),
        ("maybe", "may-carry"),
        ("both", "links"),
        ("both", "depends"),
        ("linked", "links"),
        ("any-curl", "depends"),
        ("choosy", "depends"),
        ("curl", "depends"),
        ("old-curl", "depends"),
        ("openssl", "made-from"),
        ("made", "built-with"),
    ]  # fmt: skip


def test_counts_are_of_packages(file: Path) -> None:
    answer = ask(file, "openssl")
    assert answer.counts == {
        "is": 2, "carries": 3, "static": 1, "may-carry": 1, "links": 2, "depends": 5, "made-from": 1, "built-with": 1,
    }  # fmt: skip
    assert (answer.packages, answer.indexed, answer.unread, answer.undecided) == (14, 17, 0, ())


def test_specs_scopes_and_evidence_are_told(file: Path) -> None:
    hits = {hit.package.name: hit for hit in ask(file, "openssl").hits if hit.links[0].how != "made-from"}
    assert hits["curl"].links == (Link("depends", specs=("openssl >=3.0.13,<4.0a0",)),)
    assert hits["tested"].links == (Link("carries", "test"),)
    (evidence,) = hits["bundle"].evidence
    assert (evidence.path, evidence.field, evidence.technique, evidence.confidence) == (
        "lib/openssl",
        "name",
        "binary",
        0.9,
    )
    assert hits["bundle"].confidence == 0.9
    assert hits["openssl"].evidence == ()


@pytest.mark.parametrize(
    ("query", "packages"),
    [
        (
            "pkg:conda/openssl",
            ["openssl", "openssl", "both", "linked", "any-curl", "choosy", "curl", "old-curl", "made"],
        ),
        ("pkg:conda/openssl@3.0.13", ["openssl", "both", "linked", "any-curl", "curl", "made"]),
        ("pkg:conda/openssl@3.0", ["any-curl"]),
        ("pkg:conda/openssl@<3", ["openssl", "any-curl", "old-curl"]),
        (
            "pkg:conda/openssl@>=1.1.1_,<1.1.2|=3.0.13",
            ["openssl", "openssl", "both", "linked", "any-curl", "curl", "old-curl", "made"],
        ),
        ("pkg:cargo/openssl@0.10.64", ["maybe"]),
        ("pkg:cargo/openssl@0.10", ["maybe"]),
        ("pkg:cargo/openssl@0.1", []),
        ("pkg:cargo/openssl@<0.10.70", ["maybe"]),
        ("pkg:cargo/openssl@vers:cargo/>=0.10|<0.11", ["maybe"]),
        ("pkg:generic/openssl@1.1.1w", ["bundle"]),
        ("pkg:generic/openssl@vers:conda/<3", ["bundle"]),
        ("pkg:golang/golang.org/x/net@<0.38", ["cloudy"]),
        ("golang.org/x/net@<0.38", ["cloudy"]),
        ("net", ["clear", "cloudy"]),
        ("pkg:pypi/Requests@<2.32", ["upstream"]),
        ("openssl-*", ["cloudy"]),
        ("*quest*", ["upstream"]),
        ("pkg:golang/golang.org/*", ["clear", "cloudy"]),
        ("pkg:conda/openssl?build=0", ["openssl", "openssl", "any-curl", "choosy", "curl", "old-curl"]),
        ("OPENSSL@0.10.64", ["maybe", "any-curl"]),
        ("nothing", []),
        ("opens_l", []),
        ("opens%", []),
        ("' OR 1=1 --", []),
    ],
)  # fmt: skip
def test_names_purls_and_ranges(file: Path, query: str, packages: list[str]) -> None:
    assert [hit.package.name for hit in ask(file, query).hits] == packages


def test_what_cannot_be_decided_is_said(file: Path) -> None:
    answer = ask(file, "pkg:generic/openssl@<3")
    assert not answer.hits
    assert not answer.is_empty
    assert [(u.component.version, u.packages) for u in answer.undecided] == [("1.1.1w", 1), ("3.0.13", 2)]
    assert "versions of generic have no order" in answer.undecided[0].reason
    specs = ask(file, "pkg:conda/openssl@<3")
    assert [(u.component.name, u.packages) for u in specs.undecided] == [("openssl", 1)]
    assert "(1|2)" in specs.undecided[0].reason


def test_where_nothing_is_found_the_versions_that_are_there_are_told(file: Path) -> None:
    answer = ask(file, "pkg:golang/golang.org/x/net@v0.1.0")
    assert answer.is_empty
    assert [found.version for found in answer.present] == ["v0.37.0", "v0.38.0"]
    assert ask(file, "nothing").present == ()


@pytest.mark.parametrize(
    ("query", "wider"),
    [
        ("pkg:generic/openssl@3.0", "3.0.*"),
        ("pkg:generic/openssl@3.0.1", ""),
        ("pkg:generic/openssl@4", ""),
        ("pkg:generic/openssl@1.1.1w", ""),
    ],
)
def test_a_version_that_others_begin_with_is_told(file: Path, query: str, wider: str) -> None:
    assert ask(file, query).wider == wider


def test_contents_that_nobody_looked_at_are_counted(tmp_path: Path) -> None:
    """Only packages that are not found are: of these the answer may be wrong."""
    from dataclasses import replace

    from cf_sbom import properties as names
    from cf_sbom.model import Completeness

    def looked_at(whole: Sbom, **told: Any) -> Sbom:
        root = replace(whole.root_component, **told)
        return replace(whole, components=(*(c for c in whole.components if c.ref != whole.root), root))

    empty = sbom("empty")
    file = index(
        tmp_path / "i.db",
        sbom("metadata-only", part("pkg:conda/zlib", "depends_on", "zlib >=1.3")),
        sbom("carrying", part("pkg:npm/left-pad@1.3.0")),
        looked_at(sbom("measured"), properties=((names.UNEXPLAINED, "0.0"),)),
        replace(empty, completeness=(Completeness(ref=empty.root, aspect="contents", state="complete"),)),
    )
    assert (ask(file, "nothing").unseen, ask(file, "nothing").is_empty) == (1, True)
    assert ask(file, "nothing", "carries", "depends").unseen == 1
    assert ask(file, "nothing", "depends").unseen == 0
    assert ask(file, "zlib").unseen == 0
    with reading(file) as connection:
        told = dict(connection.execute("SELECT name, contents FROM packages"))
    assert told == {
        "metadata-only": "unknown", "carrying": "incomplete", "measured": "incomplete", "empty": "complete",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("zlib >=1.3,<2", ">=1.3,<2"),
        ("zlib 1.3.* h1_*", "1.3.* h1_*"),
        ("zlib[version='>=3']", ">=3"),
        ("zlib>=3", ">=3"),
        ("conda-forge::zlib", "any"),
        ("zlib", "any"),
        ("zlib >=1 ; if unix", ">=1 ; if unix"),
    ],
)
def test_what_a_spec_asks_for_is_shown(tmp_path: Path, run: Run, spec: str, shown: str) -> None:
    file = index(tmp_path / "i.db", sbom("app", part("pkg:conda/zlib", "depends_on", spec)))
    lines = [" ".join(line.split()) for line in run("where", "zlib", "--index", file).out.splitlines()]
    assert any(f"zlib (conda) {shown} lib/zlib: name " in line for line in lines)


def test_only_some_ways(file: Path) -> None:
    assert found(file, "openssl", "static", "may-carry") == [("static", "static"), ("maybe", "may-carry")]
    assert found(file, "openssl", "depends")[0] == ("any-curl", "depends")


def test_what_only_something_inside_needs_is_told_with_it(tmp_path: Path) -> None:
    needing = sbom(
        "app",
        part("pkg:npm/outer@1.0.0"),
        part("pkg:npm/peer@2.0.0", "depends_on", scope="optional"),
        edges=[
            ("pkg:npm/outer@1.0.0", "depends_on", "pkg:npm/peer@2.0.0"),
            ("pkg:npm/outer@1.0.0", "contains", "pkg:npm/core@1"),
        ],
    )  # fmt: skip
    core = part("pkg:npm/core@1")[0]
    from dataclasses import replace

    whole = replace(needing, components=tuple(sorted((*needing.components, core), key=lambda c: c.ref)))
    file = index(tmp_path / "i.db", whole)
    (peer,) = ask(file, "peer").hits
    assert [(link.how, link.scope, link.through) for link in peer.links] == [("depends", "optional", "")]
    (hit,) = ask(file, "core").hits
    assert ("carries", "outer 1.0.0") in [(link.how, link.through) for link in hit.links]


def test_every_kind_of_relation_has_its_way(tmp_path: Path) -> None:
    from typing import get_args

    from cf_sbom.answers import where as module

    assert set(module._KINDS) == set(get_args(RelationKind)) - {"patched_by", "constrains"}
    assert set(get_args(How)) == set(MEANING)


def test_cyclonedx_tells_what_is_linked_in(tmp_path: Path) -> None:
    whole = sbom("app", part("pkg:generic/zlib@1.3.1", "static_link"), part("pkg:npm/left-pad@1"))
    build([entry(whole, "cyclonedx-json")], tmp_path / "i.db", LIMITS)
    assert found(tmp_path / "i.db", "zlib") == [("app", "static")]
    assert found(tmp_path / "i.db", "left-pad") == [("app", "carries")]


def test_the_limit_cuts_rows_but_not_counts(file: Path) -> None:
    answer = where(file, Query.parse("openssl"), limit=3)
    assert (len(answer.hits), answer.rows, answer.counts) == (3, 15, ask(file, "openssl").counts)
    assert answer.hits == ask(file, "openssl").hits[:3]


def test_the_command_shows_tables_and_json(file: Path, run: Run) -> None:
    ran = run("where", "openssl", "--index", file)
    assert ran.status == 0
    assert "openssl  in 14 packages of 17" in ran.out
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "carries 3 its files hold it" in lines
    assert "bundle 1.0 0 linux-64 openssl 1.1.1w (generic) lib/openssl: name (binary, 0.9)" in lines
    assert any(line.startswith("curl 1.0 0 linux-64 openssl (conda) >=3.0.13,<4.0a0") for line in lines)
    cut = run("where", "openssl", "--index", file, "--max-rows", 2)
    assert "13 more rows; --max-rows 0 shows all. In all: 2 is, 3 carries, 1 static" in cut.out
    data = json.loads(run("where", "openssl", "--index", file, "--json", "--max-rows", 2).out)
    jsonschema_rs.validator_for(SCHEMA).validate(data)
    assert (len(data["found"]), data["packages"], data["counts"]["carries"]) == (15, 14, 3)
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads(run("where", "openssl@<3", "--index", file, "--json").out))
    only = json.loads(run("where", "openssl", "--index", file, "--json", "--how", "static").out)
    assert [hit["package"]["name"] for hit in only["found"]] == ["static"]


def test_a_narrow_terminal_gets_lines(file: Path, run: Run) -> None:
    ran = run("where", "openssl", "--index", file, COLUMNS="40")
    assert max(map(len, ran.out.splitlines())) <= 40
    assert "  bundle 1.0 0 linux-64\n" in "\n".join(line.rstrip() for line in ran.out.splitlines())


def test_the_status_tells_what_was_found(file: Path, run: Run, tmp_path: Path) -> None:
    none = run("where", "pkg:golang/golang.org/x/net@v0.1.0", "--index", file)
    assert (none.status, none.out) == (
        1,
        "pkg:golang/golang.org/x/net@v0.1.0: in no package of 17\n  there are: net v0.37.0, net v0.38.0\n"
        "\nthe contents of 10 packages were not looked at, and may hold it\n",
    )
    undecided = run("where", "pkg:generic/openssl@<3", "--index", file)
    assert undecided.status == 0
    assert "openssl 1.1.1w (generic) in 1 package: versions of generic have no order" in " ".join(undecided.out.split())
    assert run("where", "x@<", "--index", file).status == 2
    assert run("where", "pkg:npm", "--index", file).status == 2
    assert run("where").status == 2
    missing = run("where", "openssl")
    assert missing.status == 3
    assert (
        missing.err
        == "cf-sbom: there is no index cf-sbom-index.db; `cf-sbom index FOLDER` makes one, --index names it\n"
    )
    (tmp_path / "odd.db").write_bytes(b"odd")
    assert run("where", "openssl", "--index", "odd.db").status == 3
    assert run("where", "openssl", CF_SBOM_INDEX=str(file)).status == 0


def test_the_index_can_be_named_in_the_settings(file: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "cf-sbom.toml").write_text(f'index = "{file}"\n')
    assert run("where", "openssl").status == 0


def test_text_of_documents_cannot_steer_a_terminal(tmp_path: Path, run: Run) -> None:
    evil = sbom("evil", part("[red]\x1b[2J‮", name="[red]\x1b[2J‮"))
    file = tmp_path / "i.db"
    bad = Entry(artifact="x", sha256="", document=b"", format="")
    build([entry(evil, "cyclonedx-json"), bad], file, LIMITS)
    for words in (("where", "*red*"), ("where", "*red*", "--json"), ("why", "evil", "*red*")):
        ran = run(*words, "--index", file)
        assert ran.status == 0
        assert "[red]" in ran.out
        assert "\x1b" not in ran.out
        assert "‮" not in ran.out or "--json" in words
    assert "1 package could not be asked" in run("where", "*red*", "--index", file).out
