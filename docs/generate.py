"""Writes the parts of docs/reference that come from the code: `make docs`. A test holds them against it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cf_sbom import hookspecs, model, testing
from cf_sbom.assertions import ROLES, Family
from cf_sbom.index.tables import SCHEMA_VERSION, TABLES, VIEWS
from cf_sbom.limits import Limits
from cf_sbom.plugins import HOOKS
from cf_sbom.profiles import ComponentFact, Profile
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT
from cf_sbom.profiles.places import place
from cf_sbom.profiles.tables import DEFAULT, PROFILES
from cf_sbom.properties import MEANING
from docs._generate import builtins, commands, schemas, settings

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


_GIVEN = (
    model.Member,
    hookspecs.Body,
    hookspecs.Context,
    hookspecs.Options,
    hookspecs.View,
    hookspecs.Artifact,
    model.File,
    model.Sbom,
    model.Stamp,
    model.Document,
)
_PARTS = (model.Evidence, model.Occurrence, model.Digest, model.License, model.Link, model.Party)


def plugins() -> str:
    """Hooks, records and findings, each with its fields."""
    hooks = "\n".join(
        f"| `{name}()` | `{kind.__name__}` | {getattr(hookspecs, name).__doc__} |" for name, kind in HOOKS.items()
    )
    checks = "\n".join(
        f"| `{name}{_signature(value)}` | {_prose(value)} |"
        for name in testing.__all__
        if inspect.isfunction(value := getattr(testing, name))
    )
    findings = [kind for kind in get_args(hookspecs.Finding) if kind is not hookspecs.Note]
    return f"""# Plugins

A plugin is a module that an entry point of the group `{hookspecs.GROUP}` names. Its hooks take no arguments and only
register: each gives records. [A first extractor](../tutorial/first-extractor.md) leads there; everything below is in
`cf_sbom.hookspecs` and `cf_sbom.model`, and every type is a frozen dataclass whose arguments are given by name.

The interface has version {hookspecs.INTERFACE}. {_interface()}

| hook | gives | for |
|---|---|---|
{hooks}

## Records

{_classes([*HOOKS.values(), hookspecs.Match, hookspecs.Package])}

## What a plugin is given

{_classes(_GIVEN)}

## What an extractor gives

{_classes([*findings, hookspecs.Note])}

## What findings are made of

{_classes(_PARTS)}

## Words

{_words()}

## The conformance kit

`cf_sbom.testing`; each check raises AssertionError.

| name | what it does |
|---|---|
{checks}
"""


def index_tables() -> str:
    """The tables of an index with their columns."""
    parts = [
        f"### {table.name}\n\n{table.meaning} Key: {', '.join(f'`{name}`' for name in table.key)}.\n\n"
        "| column | type | meaning |\n|---|---|---|\n"
        + "\n".join(f"| `{c.name}` | {c.type} | {_escaped(c.meaning)} |" for c in table.columns)
        for table in TABLES
    ]
    views = "\n\n".join(f"### {name}\n\n{text}\n\n```sql\n{select}\n```" for name, (text, select) in VIEWS.items())
    return f"""# The tables of an index

`cf-sbom index` makes a SQLite file of them; `PRAGMA user_version` is {SCHEMA_VERSION} and counts up where a table
changes its meaning. Numbers hold in one file only: join by them, and keep artifacts and purls.
[How to ask it](../how-to/where.md).

## Tables

{chr(10).join(f"{part}{chr(10)}" for part in parts)}
## Views

{views}
"""


def _classes(kinds: Iterable[type]) -> str:
    return "\n\n".join(f"### {kind.__name__}\n\n{_prose(kind)}{_fields(kind)}" for kind in kinds)


def _fields(kind: type) -> str:
    if not is_dataclass(kind):
        return ""
    rows = "\n".join(f"| `{f.name}` | `{_escaped(f.type)}` | {_default(f)} |" for f in fields(kind))
    return f"\n\n| field | type | default |\n|---|---|---|\n{rows}"


def _default(of: Field[Any]) -> str:
    if of.default_factory is not MISSING:
        return f"`{of.default_factory.__name__}()`"
    return "" if of.default is MISSING else f"`{of.default!r}`"


def _words() -> str:
    """The literals that fields of the model take."""
    rows = [
        f"| `{name}` | {', '.join(f'`{word}`' for word in get_args(value))} |"
        for name, value in vars(model).items()
        if get_origin(value) is Literal
    ]
    return "| type | one of |\n|---|---|\n" + "\n".join(rows)


def _signature(function: Callable[..., object]) -> str:
    """Names and defaults; types would fill the page."""
    bare = [p.replace(annotation=p.empty) for p in inspect.signature(function).parameters.values()]
    return str(inspect.Signature(bare))


def _prose(value: object) -> str:
    return _escaped(" ".join((inspect.getdoc(value) or "").split()))


def _escaped(text: object) -> str:
    return str(text).replace("|", "\\|")


def _interface() -> str:
    """The text below INTERFACE in the source; a constant has no docstring of its own."""
    text = inspect.getsource(hookspecs).partition(f"INTERFACE = {hookspecs.INTERFACE}")[2].split('"""')[1]
    return " ".join(text.split())


def profiles() -> str:
    """The profiles of `check`, element by element, and the facts that policies can require."""
    parts = "\n\n".join(_profile(one) for one in PROFILES.values())
    of_documents = "\n".join(f"| `{name}` | {fact.title} | {_escaped(fact.fix)} |" for name, fact in DOCUMENT.items())
    places = "\n".join(
        f"| `{name}` | {' | '.join(_escaped(place(name, family)) for family in get_args(Family))} |"
        for name in (*DOCUMENT, *COMPONENTS)
    )
    of_components = "\n".join(
        f"| `{name}` | {fact.title} | {' | '.join(_escaped(fact.fix[role]) for role in ROLES)} |"
        for name, fact in COMPONENTS.items()
    )
    return f"""# Profiles

What `cf-sbom check --profile NAME` asks of a document ([how to use it](../how-to/check.md)). An element is met where
the document states it, of each component that it is asked of: the package that the document speaks of, its parts
(whatever is inside the package), and its dependencies (what it needs from outside). Files that are listed as files,
what a package was only built, tested or made with, and what only may be there are not asked.

Required elements decide and make up the score; additional ones are asked for where they exist, optional ones are
allowed. The score is the share that is met, the mean over the required elements that apply; it promises no conformity,
and no document of cf-sbom claims anything to raise it. Without `--profile` and `--policy` it is `{DEFAULT[0]}` that
decides.

{parts}

## Facts

What the elements above look at. A policy requires them by these names.

### Of the document, for `required.document`

| name | what is stated | how to have it stated |
|---|---|---|
{of_documents}

### Of components, for `required.package`, `required.parts` and `required.dependencies`

| name | what is stated | how to have it stated of the package | of a part | of a dependency |
|---|---|---|---|---|
{of_components}

### Where each format says it

What `check` names for a document that cf-sbom did not make.

| name | CycloneDX | SPDX 2 | SPDX 3 |
|---|---|---|---|
{places}
"""


def _profile(profile: Profile) -> str:
    rows = []
    for element in profile.elements:
        of = ", ".join(element.roles) if isinstance(element.fact, ComponentFact) else "document"
        unfit = "; ".join(f"{family}: {why}" for family, why in element.unfit.items())
        rows.append(f"| `{element.name}` | {element.fact.title} | {of} | {element.level} | {unfit or element.aside} |")
    return (
        f"## {profile.name}\n\n{profile.title}: {profile.source}.\n\n"
        "| element | what is stated | of | level | remark |\n|---|---|---|---|---|\n" + "\n".join(rows)
    )


PAGES = {
    "builtins.md": builtins.page,
    "command-line.md": commands.page,
    "index-tables.md": index_tables,
    "limits.md": limits,
    "plugins.md": plugins,
    "profiles.md": profiles,
    "properties.md": properties,
    "settings.md": settings.page,
    **schemas.pages(),
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())


if __name__ == "__main__":
    main()
