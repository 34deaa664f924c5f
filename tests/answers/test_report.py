"""The page of `report` as bytes: what stands in it, and that nothing of a package does so as HTML."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import POISONS, many, plain, poisoned, unpacked
from reports import reported as target
from sboms import sboms

from cf_sbom import placement
from cf_sbom.answers.report import Comparison, Group, report, reported
from cf_sbom.coverage import ROLES
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.escaping import safe
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Options
from cf_sbom.model import Problem, Sbom
from cf_sbom.plugins import Registry
from cf_sbom.report.view import view


class Outline(HTMLParser):
    """Elements with their attributes, in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def strings(told: Any) -> list[str]:
    if isinstance(told, str):
        return [told]
    if isinstance(told, dict):
        return [text for key, value in told.items() for text in (key, *strings(value))]
    return [text for value in told for text in strings(value)] if isinstance(told, list) else []


def test_the_policy_lets_the_one_script_and_the_one_style_through_and_nothing_else() -> None:
    page = report([target(plain())], [])
    outline = Outline(page)
    (policy,) = (a["content"] for tag, a in outline.elements if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    (script, style) = (
        "'sha256-" + b64encode(sha256("".join(text).encode()).digest()).decode() + "'"
        for text in (re.findall(rf"<{tag}>(.*?)</{tag}>", page.decode(), re.DOTALL) for tag in ("script", "style"))
    )
    assert rules == {
        "default-src": "'none'",
        "script-src": script,
        "style-src": style,
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert [tag for tag, _ in outline.elements].count("script") == 2
    assert not any({"src", "href", "style"} & set(attributes) for _, attributes in outline.elements)


@pytest.mark.parametrize("poison", POISONS, ids=range(len(POISONS)))
def test_hostile_text_in_every_field_makes_no_element_and_no_sign_that_hides(
    poison: str, fixture: Callable[..., Description]
) -> None:
    sbom = poisoned(fixture("pear").sbom, lambda text: f"{text}{poison}")
    assert poison in sbom.root_component.name
    page = report([target(sbom, f"x{poison}")], [], f"Title {poison}")
    assert [t for t, _ in Outline(page).elements] == [t for t, _ in Outline(report([target(plain())], [])).elements]
    told, _ = unpacked(page)
    del told["about"]  # not of a package
    lines = [text["text"] for text in told["packages"][0].pop("texts")]
    lines += [component.pop("description", "") for component in told["packages"][0]["components"]]
    assert all(text == safe(text) for text in strings(told))
    assert all(line == safe(line) for text in lines for line in re.split(r"[\n\t]", text))


@given(st.text())
def test_any_text_in_every_field_leaves_the_page_as_it_is(text: str) -> None:
    sbom = poisoned(plain(problems=(Problem(path="a", reason="b", by="c", severity="gap"),)), lambda old: old + text)
    page = report([target(sbom, text, b"x")], [], text or "x")
    assert [t for t, _ in Outline(page).elements] == [t for t, _ in Outline(report([target(plain())], [])).elements]


@given(sboms(), st.text())
def test_any_inventory_becomes_plain_data(sbom: Sbom, name: str) -> None:
    told = json.loads(json.dumps(view(sbom, name)))
    assert [component["name"] for component in told["components"]] == [safe(c.name) for c in sbom.components]
    assert told["components"][told["root"]]["section"] == "package"
    ends = [relation[end] for relation in told.get("relations", []) for end in (0, 2)]
    assert all(0 <= end < len(told["components"]) for end in ends)
    assert told.get("size", 0) == (sbom.subject.size or 0)


def test_zero_is_told_and_nothing_is_left_out() -> None:
    told = view(plain(), "x")
    assert told["root"] == 0
    assert {"channel", "problems", "digests_stated"}.isdisjoint(told)


def test_a_description_keeps_its_paragraphs() -> None:
    sbom = plain()
    described = replace(sbom.root_component, description="a library\r\n\nIt does\u202e much.", version="1\n2")
    told = view(replace(sbom, components=(described, *sbom.components[1:])), "x")["components"][0]
    assert told["description"] == "a library\n\nIt does\\u202e much."
    assert told["version"] == "1\\n2"


def test_the_same_input_makes_the_same_bytes(fixture: Callable[..., Description]) -> None:
    sbom = fixture("pear").sbom
    assert report([target(sbom, data=b"x")], []) == report([target(sbom, data=b"x")], [])


def test_documents_are_handed_out_as_they_are(registry: Registry, tmp_path: Path) -> None:
    from support import FIXTURES

    package = FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.conda"
    options = Options(outputs=(("cyclonedx-json", ""), ("spdx-json", "")))
    found = reported(package, options, registry)
    assert [download.filename for download in found.downloads] == [
        f"{package.name}.cdx.json",
        f"{package.name}.spdx.json",
    ]
    document = tmp_path / "any.name"
    document.write_bytes(found.downloads[0].data)
    again = reported(document, options, registry)
    assert [(d.filename, d.format) for d in again.downloads] == [("any.name", "cyclonedx-json 1.6")]
    told, documents = unpacked(report([found, again], []))
    assert documents == [*(d.data for d in found.downloads), document.read_bytes()]
    handed = [d for one in told["packages"] for d in one["documents"]]
    assert [d["number"] for d in handed] == [0, 1, 2]
    assert [d["sha256"] for d in handed] == [sha256(document).hexdigest() for document in documents]


def test_an_error_names_the_target(registry: Registry, tmp_path: Path) -> None:
    broken = tmp_path / "x.conda"
    broken.write_bytes(b"no archive")
    with pytest.raises(TargetError, match=r"^x\.conda: "):
        reported(broken, Options(), registry)
    broken = tmp_path / "x.json"
    broken.write_bytes(b"{}")
    with pytest.raises(DocumentError, match=r"^x\.json: "):
        reported(broken, Options(), registry)


def test_a_comparison_is_escaped_like_all_else() -> None:
    group = Group(title="Licences", changes=(("changed", "a\u202eb", "MIT\x1b", "<b>", ""),))
    one = Comparison(old=0, new=1, groups=(group,), sizes=(("data", 1, 2),), skipped=("files: \u2028",))
    told, _ = unpacked(report([target(plain()), target(plain())], [one]))
    assert told["comparisons"] == [
        {
            "old": 0,
            "new": 1,
            "groups": [{"title": "Licences", "changes": [["changed", "a\\u202eb", "MIT\\x1b", "<b>", ""]]}],
            "sizes": [["data", 1, 2]],
            "skipped": ["files: \\u2028"],
        }
    ]


def test_a_usual_package_is_under_a_megabyte_and_ten_thousand_components_are_not_far_from_it(
    fixture: Callable[..., Description],
) -> None:
    assert len(report([target(fixture("pear").sbom)], [])) < 200_000
    assert len(report([target(many(10_000))], [])) < 1_500_000


def test_libraries_in_the_script_are_named_with_version_and_licence() -> None:
    import cf_sbom.report.html as html

    head = html._part("built/page.js").partition("\n")[0]
    named = re.findall(r"([\w@/.-]+ \d+\.\d+\.\d+ \([\w.-]+\))", head)
    assert named
    licences = html._part("built/LICENSES.txt")
    assert all(f"{name}\n\n" in licences for name in named)
    assert licences.lower().count("permission") >= len(named)


def test_the_pinned_libraries_name_no_place_to_have_them_from() -> None:
    lock = json.loads((Path(__file__).parents[2] / "cf_sbom/report/source/package-lock.json").read_text())
    parts = [part for name, part in lock["packages"].items() if name]
    assert parts
    assert all("integrity" in part and "resolved" not in part for part in parts)


def test_the_page_has_words_for_every_word_of_the_model() -> None:
    source = (Path(__file__).parents[2] / "cf_sbom/report/source/data.js").read_text()
    for table, words in (("KINDS", placement.SECTIONS), ("ROLES", ROLES), ("SECTIONS", placement._ORDER)):
        listed = re.search(rf"const {table} = {{(.*?)^}};", source, re.DOTALL | re.MULTILINE)
        assert listed
        assert set(words) <= set(re.findall(r"^  (\w+):", listed[1], re.MULTILINE))


def test_the_page_is_named_after_its_packages() -> None:
    """Also for who reads it without its script; the first few of many."""
    page = report([target(plain())] * 9, []).decode()
    (heading,) = re.findall("<h1>(.*?)</h1>", page)
    (title,) = re.findall("<title>(.*?)</title>", page)
    assert heading == title
    assert re.fullmatch(r"SBOM report: (demo[^,]*, ){3}demo[^,]* and 5 more", title)
    assert "<h1>&lt;b&gt;</h1>" in report([target(plain())], [], "<b>").decode()
