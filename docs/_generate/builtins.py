"""The page of what is built in, as `cf-sbom plugins` lists it."""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom.about import NAME
from cf_sbom.faces.cli.plugins import _rows
from cf_sbom.plugins import load
from docs._generate.markdown import code, prose, table

_KINDS = {
    "source": ("Sources", "Kinds of target."),
    "extractor": ("Extractors", "What reads the members of a package; in the order of names."),
    "enricher": ("Enrichers", "What adds to the finished inventory; in the order in which they run."),
    "emitter": ("Emitters", "Formats."),
    "attacher": ("Attachers", "Where documents go."),
}


def page() -> str:
    """A table for each kind, of this distribution's own records alone."""
    rows = [row for row in _rows(load(frozenset())) if row["provider"].split()[0] in (NAME, "cf_sbom")]
    parts = []
    for kind, (title, text) in _KINDS.items():
        parts.append(f"## {title}\n\n{text}\n\n{_table(row for row in rows if row['kind'] == kind)}")
    tables = "\n\n".join(parts)
    return f"""# What is built in

`{NAME} plugins` lists these and those of other distributions; each name can be given to `--disable`. They enter by the
same [hooks](plugins.md) as everybody's.

{tables}
"""


def _table(rows: Iterable[dict[str, str]]) -> str:
    found = list(rows)
    matches = any(row["matches"] for row in found)
    titles = ("name", "what it does", "matches") if matches else ("name", "what it does")
    cells = ((code(row["name"]), prose(row["doc"]), _told(row["matches"])) for row in found)
    return table(titles, (line[: len(titles)] for line in cells))


def _told(matches: str) -> str:
    """Names and bytes as code; what has no list is told in words."""
    words = matches.removeprefix("matches ")
    return ", ".join(map(code, words.split(", "))) if matches.startswith("matches ") and ";" not in matches else words
