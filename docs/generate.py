"""Writes the parts of docs/reference that come from the code: `make docs`. A test holds them against it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from cf_sbom.limits import Limits
from cf_sbom.properties import MEANING

REFERENCE = Path(__file__).parent / "reference"


def properties() -> str:
    """The table of property names."""
    rows = "\n".join(f"| `{name}{'…' if name.endswith(':') else ''}` | {text} |" for name, text in MEANING.items())
    return f"""# Properties

CycloneDX documents carry these as `properties`, SPDX 2.3 documents as lines `name: value` of annotations. The names are
an interface: they change only with a note in the change log. Those in `conda:package:` are written as conda-sboms
writes them.

| name | meaning |
|---|---|
{rows}
"""


def limits() -> str:
    """The table of limits."""
    rows = "\n".join(f"| `{f.name}` | {f.default:,} | {f.metadata['doc']} |" for f in fields(Limits))
    return f"""# Limits

A package is untrusted input. Each limit is a setting: `--limit NAME=VALUE`, or the table `[limit]` of a settings file.
Sizes are in bytes. Beyond a limit of members, sizes or headers a package is refused (status 3); beyond one of fields,
texts or lists the rest is cut off and that is said.

| name | default | what it bounds |
|---|---|---|
{rows}
"""


PAGES = {"properties.md": properties, "limits.md": limits}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())


if __name__ == "__main__":
    main()
