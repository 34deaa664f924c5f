"""Ruby gems: literals of installed specifications, and the name of the file as a second source."""

from __future__ import annotations

import pytest
from seeing import seen
from support import fixture_members

from cf_sbom.extractors import ruby
from cf_sbom.testing import check_match

FOLDER = "lib/ruby/gems/3.3.0/specifications"
BEAD, THING, JSON = "gem/bead@2.1.0", "gem/string-thing@1.0.4?platform=x86_64-linux", "gem/json@2.7.1"


def test_which_members() -> None:
    (extractor,) = ruby.cf_sbom_extractors()
    wanted = ["specifications/a-1.gemspec", f"{FOLDER}/a-1.gemspec", f"{FOLDER}/default/a-1.gemspec"]
    unwanted = ["lib/ruby/gems/3.3.0/gems/a-1/a.gemspec", f"{FOLDER}/a/b/a-1.gemspec", "info/specifications/a.gemspec"]
    check_match(extractor, wanted, unwanted)


def test_installed_gems() -> None:
    found = seen(ruby, fixture_members("ruby"))
    assert {name: [lic.expression for lic in c.licenses] for name, c in found.components.items()} == {
        BEAD: ["GPL-2.0-or-later", "MIT"],
        THING: ["Ruby"],
        JSON: ["Ruby"],
    }
    assert found.edges == {
        (BEAD, THING, "runtime", ("string-thing ~> 1.0, >= 1.0.2",)),
        (THING, JSON, "runtime", ("json < 3",)),
    }
    assert found.problems == []
    bead = found.components[BEAD]
    assert bead.description == 'Beads, "big" and small #1'
    assert [(k.kind, k.url) for k in bead.links] == [("website", "https://example.org/bead")]
    details = {name: c.occurrences[0].evidence[0].detail for name, c in found.components.items()}
    assert details == {BEAD: "", THING: "", JSON: "a default gem of Ruby"}


UNSTATED = "states no name and version as plain strings; only the name of the file does"


@pytest.mark.parametrize(
    ("file", "lines", "names", "problems"),
    [
        ("a-1.0", 's.name = "a"\ns.version = "1.0"', ["gem/a@1.0"], []),
        ("a-1.0", "s.name = 'a'.freeze\ns.version = '1.0'", ["gem/a@1.0"], []),
        ("a-1.0", 's.name = "a"\ns.version = "1.0"\ns.platform = "ruby"', ["gem/a@1.0"], []),
        ("a-1.1", 's.name = "a"\ns.version = "1.0"', ["gem/a@1.0"], ["states a 1.0, and the file is called otherwise"]),
        ("a-1.0", 's.name = "a"\ns.version = A::VERSION', ["gem/a@1.0"], [UNSTATED]),
        ("a-1.0", 's.name = "a#{b}"\ns.version = "1.0"', ["gem/a@1.0"], [UNSTATED]),
        ("a-1.0", 's.name = "a" + "b"\ns.version = "1.0"', ["gem/a@1.0"], [UNSTATED]),
        ("a-1.0", 's.name = "\\u0061"\ns.version = "1.0"', ["gem/a@1.0"], [UNSTATED]),
        ("a-b-1.0.rc1-java", "", ["gem/a-b@1.0.rc1?platform=java"], [UNSTATED]),
        ("a-1-2.0", "", ["gem/a-1@2.0"], [UNSTATED]),
        ("a", "", [], [UNSTATED]),
        ("a-1.0", 's.name = ["a", 5\ns.version = {"1.0"', ["gem/a@1.0"], [UNSTATED]),
    ],
)
def test_two_sources(file: str, lines: str, names: list[str], problems: list[str]) -> None:
    found = seen(ruby, {f"{FOLDER}/{file}.gemspec": lines.encode()})
    assert list(found.components) == names
    assert [reason for _, _, reason in found.problems] == problems
    by_file = UNSTATED in problems
    for component in found.components.values():
        (evidence,) = component.occurrences[0].evidence
        assert (evidence.technique, evidence.confidence) == (("filename", 0.7) if by_file else ("manifest", 1.0))


def test_of_two_versions_none_is_chosen() -> None:
    found = seen(
        ruby,
        {
            f"{FOLDER}/a-1.0.gemspec": b's.name = "a"\ns.version = "1.0"\ns.add_dependency(%q<b>, [">= 0"])',
            f"{FOLDER}/b-1.0.gemspec": b's.name = "b"\ns.version = "1.0"',
            f"{FOLDER}/b-2.0.gemspec": b's.name = "b"\ns.version = "2.0"',
        },
    )
    assert (len(found.components), found.edges) == (3, set())
    reason = "needs b, carried in several versions: which of them is meant is not known"
    assert found.problems == [("a-1.0.gemspec", "gap", reason)]


@pytest.mark.parametrize(
    "line", ["s.name = " + '"' * 500_000, "s." + "a" * 500_000, "s.licenses = [" + '"\\' * 250_000]
)
def test_long_lines_do_no_harm(line: str) -> None:
    found = seen(ruby, {f"{FOLDER}/a-1.0.gemspec": f's.version = "1.0"\n{line}\n'.encode()})
    assert list(found.components) == ["gem/a@1.0"]
