"""The page in a real browser, as people use it: Chromium without a window, asked through Playwright.

Pictures are kept in build/report-pictures/ for people to look at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reports import POISONS, many, plain, poisoned, reported
from support import ROOT, fixture_packages

from cf_sbom.answers.report import Comparison, Group, report
from cf_sbom.generate import Description, describe
from cf_sbom.hookspecs import Options
from cf_sbom.model import Component, Evidence, File, Occurrence, Ref, Relation
from cf_sbom.plugins import Registry

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium is installed (`make browser` does it)", allow_module_level=True)
PICTURES = ROOT / "build" / "report-pictures"
ASSETS = ROOT / "build" / "report-assets"
BUILT = ROOT / "cf_sbom" / "report" / "built"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Seen:
    """An opened page, and all that it did besides being shown."""

    def __init__(self, context: Any, path: Path) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("popup", lambda popup: self.asked.append(popup.url))
        self.url = path.as_uri()
        self.page.goto(self.url)
        self.page.wait_for_selector("html[data-ready]")

    def check(self) -> None:
        assert self.said == []
        assert self.asked == [self.url]

    def picture(self, name: str, **options: Any) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", **options)


@pytest.fixture
def look(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Seen]]:
    """Open bytes as a page; at the end nothing was said on its console, and nothing was asked for but itself."""
    seen, contexts = [], []

    def open_(data: bytes, **options: Any) -> Seen:
        path = tmp_path / f"{len(seen)}.html"
        path.write_bytes(data)
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        contexts[-1].route(re.compile(r"^(?!file:)"), lambda route: route.abort())
        seen.append(Seen(contexts[-1], path))
        return seen[-1]

    yield open_
    for one in seen:
        one.check()
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def pear(registry: Registry) -> bytes:
    """A page about a package that has some of everything."""
    path = next(p for p in fixture_packages() if p.name.startswith("pear"))
    return report([reported(describe(path, Options(), registry).sbom, path.name, b'{"bomFormat": 1}')], [])


@pytest.fixture(scope="module")
def two(registry: Registry) -> bytes:
    """A page about two packages and what changed between them."""
    paths = [p for p in fixture_packages() if p.name.startswith(("linkage-demo-0", "linkage-demo-v1"))]
    group = Group(title="Licences", changes=(("changed", "linkage-demo", "MIT", "ISC", ""),))
    one = Comparison(old=0, new=1, groups=(group,), sizes=(("data", 1000, 2000),), skipped=("files: none",))
    return report([reported(describe(path, Options(), registry).sbom, path.name) for path in paths], [one])


@pytest.fixture(scope="module")
def large() -> bytes:
    return report([reported(many(10_000))], [])


def rows(page: Any, part: str) -> list[str]:
    """The names of the rows of a part's table."""
    return page.locator(f"#{part} tbody tr[data-row] > :first-child").all_inner_texts()


def status(page: Any, part: str) -> str:
    return str(page.locator(f"#{part} [role=status]").inner_text())


def test_the_overview_says_what_it_is(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    assert page.title() == page.locator("h1").inner_text() == "SBOM report: pear 1.2 hb0f4dca_0"
    overview = page.locator("#overview").inner_text()
    for text in ("pear-1.2-hb0f4dca_0.conda", "MIT", "unexplained", "contents: incomplete", "python >=3.12"):
        assert text in overview


def test_search_narrows_with_every_letter_and_says_how_many(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    assert status(page, "components") == "80 components"
    page.get_by_label("Search").first.press_sequentially("BRUSH npm")
    assert rows(page, "components") == ["@demo/brush", "@demo/brush"]
    assert status(page, "components") == "2 of 80 components"
    page.get_by_label("Search").first.fill("no such thing")
    assert "nothing found" in page.locator("#components tbody").inner_text()
    page.get_by_label("Search").first.fill("")
    page.locator("#components").get_by_label("Place").select_option("candidate")
    assert status(page, "components") == "7 of 80 components"


def test_columns_sort_both_ways_and_say_so(look: Callable[..., Seen], large: bytes) -> None:
    page = look(large).page
    head = page.locator("#components thead th")
    assert head.nth(0).get_attribute("aria-sort") == "ascending"
    assert rows(page, "components")[:2] == ["demo", "part-00000"]
    head.nth(0).get_by_role("button").click()
    assert head.nth(0).get_attribute("aria-sort") == "descending"
    assert rows(page, "components")[0] == "part-09999"
    head.nth(1).get_by_role("button").click()
    assert [head.nth(n).get_attribute("aria-sort") for n in (0, 1)] == ["none", "ascending"]
    page.locator("#components").get_by_role("button", name="Last", exact=True).click()
    assert "page 101 of 101" in page.locator("#components .pages").inner_text()
    assert page.locator("tr").count() < 1000


def test_a_row_unfolds_to_all_that_is_known_and_leads_into_the_graph(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    page.get_by_label("Search").first.fill("brush 3.0.0")
    row = page.locator("#components").get_by_role("button", name="@demo/brush", exact=True)
    assert row.get_attribute("aria-expanded") == "false"
    row.press("Enter")
    assert row.get_attribute("aria-expanded") == "true"
    detail = page.locator("#components tr.detail")
    assert "share/desk/node_modules/@demo/brush/package.json" in detail.inner_text()
    assert "carried by" in detail.inner_text()
    detail.get_by_role("button", name="Follow @demo/brush in the graph").click()
    assert page.locator("#graph h3").first.inner_text() == "Around @demo/brush 3.0.0"
    playwright.expect(page.locator("#graph h3").first).to_be_focused()


def test_the_graph_is_followed_and_folded(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    graph = page.locator("#graph")
    graph.locator(".around").get_by_role("button", name="Demo.App").click()
    assert graph.locator("h3").first.inner_text().startswith("Around Demo.App")
    assert "needed by" in graph.locator(".around").inner_text()
    graph.get_by_role("navigation").get_by_role("button", name="pear 1.2").click()
    assert graph.locator("h3").first.inner_text() == "Around pear 1.2"
    lines = graph.locator(".lines path").count()
    assert lines > 10
    graph.locator(".around summary").first.click()
    playwright.expect(graph.locator(".lines path")).not_to_have_count(lines)
    graph.get_by_role("button", name="All about it").click()
    playwright.expect(page.locator("#components tr.detail")).to_have_count(1)
    playwright.expect(page.locator(":focus")).to_have_text("pear")


def test_the_tree_is_worked_with_keys_alone(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    tree = page.get_by_role("tree")
    items = tree.get_by_role("treeitem")
    before = items.count()
    items.first.focus()
    assert items.first.get_attribute("aria-expanded") == "true"
    for key, text in (
        ("ArrowDown", "carries"),
        ("ArrowRight", "carries"),
        ("ArrowRight", "org.demo.bundle"),
        ("ArrowLeft", "carries"),
        ("ArrowLeft", "carries"),
        ("n", "needs"),
        ("End", ""),
        ("Home", "pear"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('role')") == "treeitem"
        assert text in page.evaluate("document.activeElement.textContent"), key
    assert items.count() == before
    assert tree.locator("[tabindex='0']").count() == 1
    page.keyboard.press("ArrowLeft")
    assert items.count() == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#graph h3").first.inner_text() == "Around org.demo.bundle 1.2"
    assert tree.locator("[aria-selected=true]").count() == 1


def test_a_loop_in_the_graph_ends(look: Callable[..., Seen]) -> None:
    sbom = many(2)
    one, other = (c.ref for c in sbom.components if c.ref != sbom.root)
    relations = (*sbom.relations, Relation(source=other, kind="depends_on", target=one))
    relations = tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope)))
    page = look(report([reported(replace(sbom, relations=relations))], [])).page
    page.get_by_role("treeitem").first.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    assert "shown above" in page.get_by_role("tree").inner_text()


def test_licence_texts_open_where_they_are_named(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    page.locator("#overview").get_by_role("link", name="info/licenses/THIRDPARTY.yml").click()
    text = page.locator("details.text[open] pre")
    playwright.expect(text).to_have_count(1)
    assert text.inner_text().strip()
    assert "THIRDPARTY.yml" in page.evaluate("document.activeElement.textContent")


def test_files_are_walked_by_map_and_by_table(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    files = page.locator("#files")
    assert rows(page, "files") == ["bin/", "share/", "lib/", "THIRDPARTY.yml"]
    assert files.get_by_role("img").get_attribute("aria-label").startswith("Treemap of the package, 2.7 MB")
    files.get_by_role("button", name="Open folder share").press("Enter")
    assert "Treemap of share" in files.get_by_role("img").get_attribute("aria-label")
    assert files.locator(".treemap rect").count() > 10
    files.get_by_role("button", name="all files").click()
    files.locator(".treemap g.opens").first.click(position={"x": 9, "y": 9})
    assert "Treemap of bin" in files.get_by_role("img").get_attribute("aria-label")
    assert sorted(rows(page, "files")) == ["listed", "tool"]


def test_problems_and_evidence_are_tables_too(look: Callable[..., Seen], pear: bytes) -> None:
    page = look(pear).page
    assert rows(page, "problems")[0] == "damage"
    page.locator("#problems").get_by_label("Severity").select_option("conflict")
    assert set(rows(page, "problems")) == {"conflict"}
    page.locator("#evidence").get_by_label("Technique").select_option("filename")
    assert status(page, "evidence") == "2 of 237 pieces of evidence"
    assert page.locator("#evidence tbody td").first.inner_text() == "is there"
    assert "carried by pear" in page.locator("#evidence tbody").inner_text()
    page.locator("#evidence tbody button").first.click()
    playwright.expect(page.locator(":focus")).to_have_text("strand")


def test_documents_are_saved_as_they_were_given(look: Callable[..., Seen], pear: bytes, tmp_path: Path) -> None:
    seen = look(pear)
    with seen.page.expect_download() as saved:
        seen.page.get_by_role("button", name="Save pear").click()
    assert saved.value.suggested_filename == "pear-1.2-hb0f4dca_0.conda.cdx.json"
    assert Path(saved.value.path()).read_bytes() == b'{"bomFormat": 1}'
    assert all(url.startswith("blob:") for url in seen.asked[1:])
    del seen.asked[1:]


def test_packages_stand_side_by_side_and_are_compared(look: Callable[..., Seen], two: bytes) -> None:
    page = look(two).page
    assert page.locator("#packages thead th").all_inner_texts() == [
        "linkage-demo 0.4.0 2",
        "linkage-demo-v1 0.4.0 hb0f4dca_2",
    ]
    comparison = page.locator("#comparison").inner_text()
    assert "linkage-demo 0.4.0 2 → linkage-demo-v1 0.4.0 hb0f4dca_2" in comparison
    assert re.search(r"changed\s+linkage-demo\s+MIT\s+ISC", comparison)
    assert "Not compared: files: none" in comparison
    assert "linkage-demo-v1" in page.locator("#overview").inner_text()
    page.get_by_label("Package", exact=True).select_option("0")
    assert "linkage-demo-v1" not in page.locator("#overview dl").first.inner_text()
    assert rows(page, "components")


@pytest.mark.parametrize("poison", POISONS, ids=range(len(POISONS)))
def test_nothing_of_a_hostile_package_runs_or_hides(
    poison: str, look: Callable[..., Seen], fixture: Callable[..., Description]
) -> None:
    """In every text field of a package, of a comparison, in the title and in names of files."""
    sbom = poisoned(fixture("pear").sbom, lambda text: f"{text}{poison}" if len(text) % 2 else f"{poison}{text}")
    change = ("changed", poison, poison, poison, poison)
    one = Comparison(old=0, new=0, groups=(Group(title="Files", changes=(change,)),), sizes=(), skipped=(poison,))
    page = look(report([reported(sbom, poison, b"x")], [one], poison)).page
    for button in page.locator("#components .fold, #files .fold").all()[:12]:
        button.click()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_timeout(50)
    found = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll("*")];
          const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
          const odd = [];
          for (let node; (node = walker.nextNode()); ) {
            if (node.parentNode.nodeName === "SCRIPT" || node.parentNode.nodeName === "STYLE") continue;
            if (/[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]/u.test(node.data.replace(/[\\n\\t]/g, ""))) odd.push(node.data);
          }
          return {
            names: [...new Set(all.map((one) => one.localName))],
            events: all.flatMap((one) => one.getAttributeNames()).filter((name) => /^on/.test(name)),
            links: [...document.links].map((one) => one.getAttribute("href")),
            bare: [...document.links].filter((one) => /^http/.test(one.protocol) && !/noopener/.test(one.rel)).length,
            scripts: document.scripts.length,
            odd,
          };
        }"""
    )
    assert [name for name in found["names"] if not ELEMENTS.fullmatch(name)] == []
    assert found["events"] == found["odd"] == []
    assert found["scripts"] == 2
    assert found["bare"] == 0
    assert all(re.match(r"https?://|#[\w-]+$", link) for link in found["links"])


ELEMENTS = re.compile(
    """html|head|meta|title|style|script|body|header|main|footer|section|nav|div|span|h1|h2|h3|h4|p|a|ul|ol|li|dl|dt|dd|
    small|strong|pre|details|summary|label|select|option|input|button|table|caption|thead|tbody|tr|th|td|svg|g|rect|
    path|text""",
    re.VERBOSE,
)


def test_ten_thousand_components_are_usable(look: Callable[..., Seen], large: bytes) -> None:
    """What is on the screen does not grow with them; how long it takes is told, not judged."""
    page = look(large).page
    took = page.evaluate(
        """async () => {
          const times = { load: Math.round(performance.now()) };
          const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          const timed = async (name, act) => {
            const start = performance.now();
            act();
            await frame();
            times[name] = Math.round(performance.now() - start);
          };
          const heads = document.querySelectorAll("#components thead button");
          await timed("sort by version", () => heads[1].click());
          await timed("sort by file", () => heads[6].click());
          const input = document.querySelector("#components input");
          const type = (text) => {
            input.value = text;
            input.dispatchEvent(new Event("input", { bubbles: true }));
          };
          await timed("first letter", () => type("p"));
          await timed("more letters", () => type("part-0777"));
          return times;
        }"""
    )
    print(took, f"{len(large):,} bytes")
    assert status(page, "components") == "10 of 10,001 components"
    assert page.locator("*").count() < 10_000
    page.get_by_role("treeitem").first.focus()
    for key in ("ArrowDown", "ArrowRight", "End", "Enter"):
        page.keyboard.press(key)
    assert page.get_by_role("treeitem").count() == 203


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(width: int, look: Callable[..., Seen], two: bytes, pear: bytes) -> None:
    for name, data in (("two", two), ("one", pear)):
        seen = look(data)
        seen.page.set_viewport_size({"width": width, "height": 740})
        seen.page.locator("#components .fold").first.click()
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        seen.picture(f"{name}-{width}", full_page=True)


def test_dark_where_the_system_is_and_as_one_chooses(look: Callable[..., Seen], pear: bytes) -> None:
    seen = look(pear, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert seen.page.evaluate(ground) == "rgb(20, 24, 29)"
    seen.picture("dark")
    seen.page.get_by_label("Colours").select_option("light")
    assert seen.page.evaluate(ground) == "rgb(255, 255, 255)"
    light = look(pear)
    light.page.get_by_label("Colours").select_option("dark")
    assert light.page.evaluate(ground) == "rgb(20, 24, 29)"


def test_paper_has_all_rows_and_no_controls(look: Callable[..., Seen], pear: bytes, large: bytes) -> None:
    seen = look(pear, color_scheme="dark")
    seen.page.locator("details.text summary").first.click()
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not seen.page.locator("nav.parts").is_visible()
    assert seen.page.locator("details.text pre").is_visible()
    assert not seen.page.get_by_label("Search").first.is_visible()
    seen.picture("paper", full_page=True)
    page = look(large).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    playwright.expect(page.locator("#components tr[data-row]")).to_have_count(2000)
    assert "8,001 more components are not printed" in page.locator("#components").text_content()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    playwright.expect(page.locator("#components tr[data-row]")).to_have_count(100)
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "paper.pdf").write_bytes(seen.page.pdf())


def test_focus_goes_through_the_page_and_is_seen(look: Callable[..., Seen], pear: bytes) -> None:
    seen = look(pear)
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    assert seen.page.locator(".skip").is_visible()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("document.activeElement.id") == "main"
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate(outline) == "solid"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh build of what is stored in the package; beside it, node_modules has what only tests need."""
    for program in ("npm", "node", "make"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    built = tmp_path_factory.mktemp("built")
    ran = subprocess.run(
        ["make", "report-assets", f"REPORT={built}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        pytest.skip(f"npm cannot have the libraries here: {ran.stderr[-300:]}")
    return built


def test_a_build_gives_the_stored_bytes(assets: Path) -> None:
    for path in BUILT.iterdir():
        assert (assets / path.name).read_bytes() == path.read_bytes(), f"{path.name}: run `make report-assets`"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_axe_finds_nothing(width: int, scheme: str, assets: Path, look: Callable[..., Seen], two: bytes) -> None:
    page = look(two, color_scheme=scheme, bypass_csp=True).page
    page.set_viewport_size({"width": width, "height": 740})
    for button in page.locator("#components .fold, #files .fold").all()[:3]:
        button.click()
    page.locator("details.text summary").first.click()
    page.get_by_role("treeitem").nth(1).click()
    page.add_script_tag(content=(ASSETS / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_odd_numbers_and_deep_folders_are_shown(look: Callable[..., Seen]) -> None:
    """A time that no calendar has, a size that no disk has, a confidence that is none, no name, a thousand folders."""
    evidence = (Evidence(path="a", confidence=float("nan")),)
    components = (
        Component(ref=Ref("in:a#x:"), kind="file", name="", occurrences=(Occurrence(path="a", evidence=evidence),)),
    )
    files = (File(path="d/" * 1000 + "f", kind="file", size=10**30), File(path="e", kind="file", size=0))
    sbom = plain(components=components, files=files)
    sbom = replace(sbom, subject=replace(sbom.subject, built=10**18, size=10**30))
    page = look(report([reported(sbom)], [])).page
    assert "1000000000000000000 s after 1970" in page.locator("#overview").inner_text()
    assert rows(page, "components") == ["(no name)", "demo"]
    page.locator("#components .fold").first.click()
    for _ in range(20):
        page.locator("#files").get_by_role("button", name="Open folder d", exact=True).click()
    label = page.locator("#files").get_by_role("img").get_attribute("aria-label")
    assert label.startswith("Treemap of " + "/".join("d" * 20) + ", ")


def test_an_empty_package_is_a_page(look: Callable[..., Seen]) -> None:
    page = look(report([reported(plain())], [])).page
    assert "No relations are stated." in page.locator("#graph").inner_text()
    assert "No files are listed" in page.locator("#files").inner_text()
    assert "No licence texts." in page.locator("#licences").inner_text()
