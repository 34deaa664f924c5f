"""The result for people: what a reader of Markdown shows is what the package says, and nothing in it is syntax."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cf_sbom.faces.cli.markdown import MOST, markdown
from cf_sbom.faces.cli.terminal import safe
from cf_sbom.faces.markdown import cell

READER = MarkdownIt("js-default", {"html": True}).enable("table")
TAGS = {"<code>", "</code>", "<wbr>", "<sub>", "</sub>", "<b>", "</b>"}
SYNTAX = (
    "|",
    "`",
    "\\",
    "<b>",
    "</code>",
    "<!--",
    "[x](y)",
    "![",
    "](",
    "*",
    "_",
    "~~",
    "&amp;",
    "&#124;",
    "\n",
    "\r\n",
)
WORDS = (*SYNTAX, "://", "www.", "WWW.a.org", "a@b.org", "@me", "#1", "$x$", ":a:", "\u202e", "\udcff", "é", " ", "a")


BROKEN = {"path": "x", "reason": "broken", "by": "conda", "severity": "damage"}


def done(name: str = "a.conda", **changes: Any) -> dict[str, Any]:
    result = {
        "target": f"build/{name}",
        "status": "done",
        "package": {"filename": name, "subdir": "noarch"},
        "counts": {"carried": 2, "required": 1},
        "coverage": {"unexplained": {"bytes": 0, "files": 0}, "unexplained_percent": 0.0},
        "licenses": {"package": ["MIT"], "carried": []},
        "problems": [],
    }
    return result | changes


def read(data: bytes) -> tuple[list[list[str]], list[str]]:
    """Rows of the table and all other texts, as shown; links, images and tags of others fail."""
    rows: list[list[str]] = []
    texts = []
    stack: list[str] = []
    for token in READER.parse(data.decode()):
        stack += [token.type] if token.nesting == 1 else []
        if token.type == "tr_open":
            rows.append([])
        if token.type == "html_block":
            assert token.content.startswith(("<details><summary>", "</details>"))
        if token.type == "inline":
            children = token.children or []
            assert {c.content for c in children if c.type == "html_inline"} <= TAGS
            assert {c.type for c in children} <= {"text", "text_special", "html_inline", "strong_open", "strong_close"}
            text = "".join(c.content for c in children if c.type.startswith("text"))
            (rows[-1] if stack[-1] in ("td_open", "th_open") else texts).append(text)
        if token.nesting == -1:
            stack.pop()
    return rows, texts


@pytest.mark.parametrize("text", ["@octocat", "a @octocat b", "see #1", "GH-1", "o/r#12", "a@b.org", "<@a>"])
def test_nobody_is_called_and_nothing_is_linked_to(text: str) -> None:
    """GitHub looks for these in each piece of text between tags, outside code, once references are resolved."""
    (inline,) = [token for token in READER.parse(cell(text)) if token.type == "inline"]
    pieces = [""]
    for child in inline.children or []:
        pieces += [""] if child.type == "html_inline" else []
        pieces[-1] += child.content if child.type.startswith("text") else ""
    assert "".join(pieces) == text
    assert not [piece for piece in pieces if re.search(r"@\w|#\d|GH-\d", piece)]


def test_a_row_for_each_package() -> None:
    unexplained = {"unexplained": {"bytes": 4020, "files": 2}, "unexplained_percent": 86.1}
    licenses = {"package": [], "carried": list("ABCDEFGHIJ")}
    rows, texts = read(
        markdown([done(problems=[BROKEN] * 2), done("b.conda", coverage=unexplained, licenses=licenses)])
    )
    assert rows == [
        ["package", "carries", "needs", "problems", "unexplained", "licence", "licences of what it carries"],
        ["noarch/a.conda", "2", "1", "2", "0", "MIT", ""],
        ["noarch/b.conda", "2", "1", "0", "4.0 kB (86.1 %)", "not declared", "A, B, C, D, E, F, G, H and 2 more"],
    ]
    assert texts[:2] == ["SBOMs of conda packages", "2 packages, 2 problems."]
    assert texts[2:4] == ["damage in a.conda: x: broken"] * 2


def test_what_failed_stands_first() -> None:
    data = markdown([done(), {"target": "in/b.conda", "status": "failed", "error": "no <zip>"}])
    assert read(data)[1][1:4] == ["1 package, 0 problems.", "1 target could not be read:", "b.conda: no <zip>"]
    assert b"|" not in markdown([{"target": "b", "status": "failed", "error": "no"}])


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), min_size=1).map("".join)))
@example("a\\|b\\\\|c")
def test_any_text_is_shown_as_it_is(text: str) -> None:
    name = text.replace("/", "-") or "x"
    problem = BROKEN | {"path": "", "reason": text}
    results = [
        done(f"{name}.conda", licenses={"package": [text or "x"], "carried": [name]}, problems=[problem]),
        {"target": name, "status": "failed", "error": text},
    ]
    data = markdown(results)
    rows, texts = read(data)
    cut = safe(text) if len(text) <= 300 else f"{safe(text[:300])}…"
    assert [len(row) for row in rows] == [7, 7]
    assert squeezed(rows[1][5]) == squeezed(cut or "x")
    assert squeezed(cut) in squeezed("".join(texts))
    assert not re.search(rb"\x1b|@|://|www\.", data, re.IGNORECASE), "of what readers make a link without brackets"


def squeezed(text: str) -> str:
    """Without blanks, which HTML runs together."""
    return "".join(text.split())


def test_there_is_an_end_to_it() -> None:
    """GitHub shows no summary of more than a mebibyte: what has no room is counted."""
    results = [done(f"{number}{'x' * 200}.conda", problems=[BROKEN] * 3) for number in range(4000)]
    data = markdown(results)
    assert MOST - 2000 < len(data) < MOST + 2000
    rows, texts = read(data)
    packages = len(rows) - 1
    problems = sum(text.startswith("damage in ") for text in texts)
    left = [text for text in texts if "for which there is no room here" in text]
    lacking = {"package": len(results) - packages, "problem": 3 * len(results) - problems}
    assert left == [f"and {n:,} {what}s more, for which there is no room here" for what, n in lacking.items() if n]
