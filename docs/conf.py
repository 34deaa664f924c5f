"""The site: `make site`. Knows Sphinx.

Pages are Markdown that reads well on a forge, too. Which pages there are is what the folders hold: in an index page the
comment `<!-- pages -->` stands for all pages beside it and the index of each folder below it, by title. A page that no
index reaches is a warning, and warnings are errors. `<!-- the text of FILE -->` stands for a page of the root.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from cf_sbom.about import VERSION

project = "cf_sbom"
author = "the cf_sbom authors"
version = release = VERSION
extensions = ["myst_parser"]
exclude_patterns = ["_generate", "example-plugin"]
nitpicky = True

myst_heading_anchors = 4

html_theme = "furo"  # fonts of the system, scripts and styles beside the pages: nothing is fetched
html_title = f"cf_sbom {VERSION}"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_last_updated_fmt = None
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}

PAGES = "<!-- pages -->"
WHOLE = re.compile(r"<!-- the text of (\S+) -->")


def _key(page: Path) -> tuple[str, str]:
    """Numbered pages by number, the others by title."""
    number = re.match(r"\d+", page.name)
    heading = re.search(r"^# (.+)$", page.read_text(), re.MULTILINE)
    return number[0] if number else "", heading[1].lower() if heading else page.name


def _listing(folder: Path) -> list[str]:
    """The pages of a folder and the indexes of those below it, without suffix, in reading order."""
    pages = [page for page in folder.glob("*.md") if page.name != "index.md"] + list(folder.glob("[!._]*/index.md"))
    return [page.relative_to(folder).with_suffix("").as_posix() for page in sorted(pages, key=_key)]


def _moved(text: str) -> str:
    """A text of the repository's root as one of docs/: its links lead where they led."""
    text = re.sub(r"\]\((?![a-z]+:|#)", "](../", text)
    return text.replace("](../docs/", "](")


def _fill(app: Sphinx, name: str, source: list[str]) -> None:
    folder = (Path(app.srcdir) / name).parent
    source[0] = WHOLE.sub(lambda found: _moved((folder / found[1]).read_text()), source[0])
    if PAGES in source[0]:
        listing = "\n".join(_listing(folder))
        source[0] = source[0].replace(PAGES, f"```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```")


def setup(app: Sphinx) -> None:
    app.connect("source-read", _fill)
