"""Perl distributions: packlists with the version of their main module, CPAN metadata, and what cpanm knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeing import Seen, seen
from support import fixture_members

from cf_sbom.extractors import perl
from cf_sbom.testing import check_match

BOX, COUNTER, THREAD = "cpan/Bead::Box@2.0", "cpan/Bead::Counter@1.07", "cpan/EXAMPLE/libthread-perl@0.50"
META = {"meta-spec": {"version": 2}, "name": "Bead-Box", "version": "2.0", "provides": {"Bead::Box": {}}}


def test_which_members() -> None:
    (extractor,) = perl.cf_sbom_extractors()
    wanted = ["lib/auto/A/.packlist", "META.json", "share/META.yml", "lib/A.pm", "lib/.meta/A-1/install.json"]
    unwanted = ["share/install.json", "share/MYMETA.json", "lib/A.pl", "info/META.json", "lib/x.packlist"]
    check_match(extractor, [*wanted, ".meta/A-1/MYMETA.json"], unwanted)


def test_all_sources() -> None:
    found = seen(perl, fixture_members("perl"))
    told = {name: ([lic.expression for lic in c.licenses], c.name, c.version) for name, c in found.components.items()}
    assert told == {
        BOX: (["LicenseRef-bsd"], "Bead-Box", "2.0"),
        COUNTER: ([], "Bead-Counter", "1.07"),
        "cpan/Bead::Silent": ([], "Bead-Silent", ""),
        THREAD: (["Artistic-1.0-Perl OR GPL-1.0-or-later"], "libthread-perl", "0.50"),
    }
    assert found.edges == {
        (BOX, THREAD, "runtime", ("Thread::Needle 0.2",)),
        (THREAD, BOX, "runtime", ("Bead::Box 1.0",)),
    }
    assert found.problems == [
        (".packlist", "gap", "the version is not known: the main module states none as a plain literal"),
        ("META.yml", "gap", "licence 'bsd' is no SPDX licence expression; kept as a LicenseRef"),
    ]
    places = {
        name: [(o.path.rpartition("/")[2], e.field, e.confidence) for o in c.occurrences for e in o.evidence]
        for name, c in found.components.items()
    }
    assert places[COUNTER] == [(".packlist", "", 0.8), ("Counter.pm", "$VERSION", 0.8)]
    assert places[THREAD] == [("MYMETA.json", "", 1.0), ("install.json", "", 1.0), (".packlist", "", 1.0)]
    thread = found.components[THREAD]
    assert thread.aliases == ("pkg:cpan/Thread@0.50",)
    assert [(k.kind, k.url) for k in thread.links] == [
        ("vcs", "https://example.org/thread.git"),
        ("website", "https://example.org/thread"),
    ]


def described(tree: Any, path: str = "share/META.json", **others: bytes) -> Seen:
    return seen(perl, {path: json.dumps(tree).encode(), **others})


@pytest.mark.parametrize(
    ("change", "names", "reasons"),
    [
        ({}, [BOX], []),
        ({"meta-spec": {"version": "2"}}, [BOX], []),
        ({"meta-spec": {"version": "1.4"}}, [BOX], []),
        ({"meta-spec": {"version": "1.0.0", "url": "https://example.org/pgxn"}}, [], []),
        ({"meta-spec": None}, [], []),
        ({"meta-spec": "2"}, [], []),
        ({"name": None}, [], ["name, version: not those of a distribution"]),
        ({"version": [1]}, [], ["version: not a string", "name, version: not those of a distribution"]),
        (
            {"provides": None},
            ["Bead-Box"],
            ["names neither the author nor the main module, so the distribution has no purl"],
        ),
        ({"provides": []}, ["Bead-Box"], ["provides: not a mapping"]),
        ({"prereqs": {"runtime": [1]}}, [BOX], ["prereqs.runtime: not a mapping"]),
    ],
)
def test_metadata(change: dict[str, Any], names: list[str], reasons: list[str]) -> None:
    found = described(META | change)
    assert list(found.components) == names
    told = [reason for _, _, reason in found.problems]
    assert set(reasons) <= set(told), told
    assert bool(told) == bool(reasons)


@pytest.mark.parametrize(
    ("version", "words", "expressions"),
    [
        (2, ["perl_5"], ["Artistic-1.0-Perl OR GPL-1.0-or-later"]),
        (2, ["mit", "apache_2_0"], ["Apache-2.0", "MIT"]),
        (2, ["bsd"], ["BSD-3-Clause"]),
        (2, ["unknown"], []),
        (2, ["restricted"], ["LicenseRef-restricted"]),
        ("1.4", "perl", ["Artistic-1.0-Perl OR GPL-1.0-or-later"]),
        ("1.4", "gpl", ["LicenseRef-gpl"]),
        ("1.4", "bsd", ["LicenseRef-bsd"]),
    ],
)
def test_licence_words(version: object, words: object, expressions: list[str]) -> None:
    found = described(META | {"meta-spec": {"version": version}, "license": words})
    assert [lic.expression for lic in found.components[BOX].licenses] == expressions


def test_an_expression_says_more_than_words() -> None:
    found = described(META | {"license": ["open_source"], "x_spdx_expression": "MIT OR Apache-2.0"})
    assert [lic.expression for lic in found.components[BOX].licenses] == ["MIT OR Apache-2.0"]


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        ({"dist": "Bead-Box-2.0", "pathname": "E/EX/EXAMPLE/Bead-Box-2.0.tar.gz"}, ["cpan/EXAMPLE/Bead-Box@2.0"]),
        ({"dist": "Bead-Box-v2.0.1-TRIAL", "pathname": "E/EX/EX-1/x.tgz"}, ["cpan/EX-1/Bead-Box@v2.0.1-TRIAL"]),
        ({"dist": "Bead-Box-2.0", "name": "Bead::Box", "pathname": "/tmp/x.tgz"}, [BOX]),
        ({"dist": "Bead-Box-2.0", "name": "Bead::Box", "pathname": "A/BC/EXAMPLE/x.tgz"}, [BOX]),
        ({"dist": "Bead-Box-2.0"}, ["Bead-Box"]),
        ({"dist": "-2.0"}, []),
        ({}, []),
    ],
)
def test_what_cpanm_says(tree: dict[str, Any], names: list[str]) -> None:
    assert list(described(tree, "lib/.meta/x/install.json").components) == names


def test_a_packlist_confirms_the_main_module() -> None:
    members = {"lib/auto/Bead/Box/.packlist": b"/opt/lib/Bead/Box.pm\n"}
    found = described(META | {"provides": None}, **members)
    assert {name: len(c.occurrences) for name, c in found.components.items()} == {BOX: 2}
    assert found.problems == []


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("lib/auto/Bead/.packlist", ["cpan/Bead"]),
        ("auto/Bead/.packlist", ["cpan/Bead"]),
        ("lib/perl5/core_perl/.packlist", []),
        ("lib/auto/.packlist", []),
        ("lib/auto/a b/.packlist", []),
    ],
)
@pytest.mark.parametrize("data", [b"", b"\xff" * 99, b"/Bead.pm" * 100_000])
def test_a_packlist_alone(path: str, names: list[str], data: bytes) -> None:
    assert list(seen(perl, {path: data}).components) == names


@pytest.mark.parametrize(
    ("path", "said"), [("share/META.json", 0), ("share/META.yml", 0), ("lib/.meta/a/MYMETA.json", 1)]
)
@pytest.mark.parametrize("data", [b"", b"{", b"[" * 5000, b"\xff"])
def test_what_is_no_metadata_is_said_where_only_perl_has_such_files(path: str, said: int, data: bytes) -> None:
    found = seen(perl, {path: data})
    assert found.components == {}
    assert len(found.problems) == said or not data
