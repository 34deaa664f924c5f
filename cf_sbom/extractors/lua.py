"""Lua rocks, from the rockspec that LuaRocks keeps of each in its tree, as `rocks-5.4/<rock>/<version>/`.

A rockspec elsewhere is a template or a source, not an installed rock. Knows what the fields of a rockspec mean. It is
Lua code and never evaluated: only literals count. The name of the file is a second source for name and version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.model import Component, Member, Ownership
from cf_sbom.requirements import Provider, Requirement, relations
from cf_sbom.syntaxes.lua import assigned
from cf_sbom.syntaxes.text import plain_text

NAME = "lua"
_ROCK = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,255}")
_VERSION = re.compile(r"[A-Za-z0-9._]{1,64}-[0-9]{1,9}")
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>[A-Za-z0-9._]+-[0-9]+)\.rockspec")
_NEED = re.compile(r"\s*(?P<name>[A-Za-z0-9_][A-Za-z0-9._/-]*)[^\n]*")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(globs=("**/rocks/*/*/*.rockspec", "**/rocks-*/*/*/*.rockspec")),
        read=read,
        join=join,
        doc="Lua rocks by the rockspecs in the trees of LuaRocks",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    text = plain_text(body.getbuffer(), context.limits, found.damage)
    stated = Fields(assigned(text, context.limits, found.damage), context.limits, found.damage)
    component = _component(found, stated)
    if component is not None:
        yield component
        folder = member.path.rpartition("/")[0]
        is_own = folder.lower().endswith(f"/{component.name}/{component.version}".lower())  # as LuaRocks lays its tree
        yield Ownership(path=f"{folder}/" if is_own else member.path, ref=component.ref)
        names = (component.name.lower(),)
        needs = tuple(_requirements(stated))
        yield Note(
            key=member.path,
            value=Provider(ref=component.ref, path=member.path, names=names, requirements=needs),
        )
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    yield from relations(NAME, [note.value for note in view.notes if isinstance(note.value, Provider)])


def _component(found: Found, stated: Fields) -> Component | None:
    """What the rockspec and the name of its file say."""
    name, version = _first(stated, "package"), _first(stated, "version")
    file = found.path.rpartition("/")[2]
    whole = _ROCK.fullmatch(name) and _VERSION.fullmatch(version)
    if not whole:
        found.problem("states no package and version as plain strings; only the name of the file does", "gap")
        by_name = _FILE.fullmatch(file)
        name, version = by_name.group("name", "version") if by_name else ("", "")
        if not _ROCK.fullmatch(name) or not _VERSION.fullmatch(version):
            return None
    elif file.lower() != f"{name}-{version}.rockspec".lower():
        found.problem(f"states {name} {version}, and the file is called otherwise", "conflict")
    return found.package(
        "luarocks",
        name,
        version,
        field="package, version" if whole else "",
        technique="manifest" if whole else "filename",
        confidence=1.0 if whole else 0.7,
        licenses=found.license(_first(stated, "description.license")),
        description=_first(stated, "description.summary"),
        links=found.link("website", _first(stated, "description.homepage")),
    )


def _first(stated: Fields, key: str) -> str:
    return next(iter(stated.texts(key)), "")


def _requirements(stated: Fields) -> Iterator[Requirement]:
    """What it needs at run time. A name may have its owner before it; Lua itself is no rock."""
    for field, spec in stated.numbered_texts("dependencies."):
        need = _NEED.fullmatch(spec)
        name = need["name"].rpartition("/")[2].lower() if need else "lua"
        if name != "lua":
            yield Requirement(name=name, spec=" ".join(spec.split()), field=field.replace(".[", "["))
