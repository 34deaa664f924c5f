"""The documentation as a site: it builds without a warning, every page is in the navigation, and nothing is fetched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.rglob("*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The words are those of the Makefile."""
    place = tmp_path_factory.mktemp("site")
    words = re.search(r"-m sphinx (.*) docs build/site", (ROOT / "Makefile").read_text())
    assert words is not None
    command = [sys.executable, "-m", "sphinx", *words[1].split(), str(DOCS), str(place)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert ran.returncode == 0, ran.stderr
    return place


class Links(HTMLParser):
    """What a page leads to, and what a browser would load for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: set[str] = set()
        self.loads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.leads.add((value or "").partition("#")[0])
            elif name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link"):
                self.loads.add(value or "")


def test_every_page_is_in_the_navigation(site: Path) -> None:
    there = Links((site / "index.html").read_text()).leads
    assert [page for page in PAGES if page not in there and page != "index.html"] == []


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        for address in Links(page.read_text()).loads:
            assert not re.match(r"(https?:)?//", address), f"{page.name}: {address}"
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(\s*['\"]?|@import\s+['\"]?)(https?:)?//", style.read_text()), style.name


def test_pages_have_one_title() -> None:
    for page in DOCS.rglob("*.md"):
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        if page.name not in ("contributing.md", "changelog.md"):  # their text is that of the files of the same name
            assert len(re.findall(r"^# .", text, re.MULTILINE)) == 1, page.name
