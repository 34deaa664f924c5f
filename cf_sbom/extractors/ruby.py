"""Ruby gems installed in a package, from the specification that RubyGems writes for each.

Knows the shape of what Gem::Specification#to_ruby writes: one assignment of literals a line. It is Ruby code and never
evaluated; what is no literal is not known. The name of the file is a second source for name, version and platform. A
gem that lists several licences does not say whether all or any of them apply: each is given on its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.model import Component, Member, Ownership
from cf_sbom.requirements import Provider, Requirement, relations
from cf_sbom.syntaxes.text import plain_text

NAME = "ruby"
_GEM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,255}")
_VERSION = re.compile(r"[0-9]{1,20}(?:\.[0-9A-Za-z]{1,64}){0,20}")
_PLATFORM = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,64}")
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>[0-9][0-9A-Za-z.]*)(?:-(?P<platform>[A-Za-z][\w.-]*))?\.gemspec")
_ASSIGNMENT = re.compile(r"[ \t]{0,20}\w{1,20}\.(?P<name>[a-z_]{1,40}) ?= ?(?P<value>[^\n]*)")
_DEPENDENCY = re.compile(
    r"[ \t]{0,20}\w{1,20}\.add_(?P<kind>runtime_|development_)?dependency\("
    r"%q<(?P<name>[^<>\n]{1,256})>(?:\.freeze)?, ?(?P<specs>\[[^\n]*)"
)
_STRING = re.compile(r'"((?:[^"\\#\n]|\\[^\n]|#(?!\{))*)"(?:\.freeze)?|' r"'([^'\\\n]*)'(?:\.freeze)?")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "#": "#"}
_WANTED = frozenset(("homepage", "licenses", "name", "platform", "summary", "version"))


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(globs=("**/specifications/*.gemspec", "**/specifications/default/*.gemspec")),
        read=read,
        join=join,
        doc="Ruby gems by their installed specifications",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    lines = plain_text(body.getbuffer(), context.limits, found.damage).split("\n")
    stated = Fields(_assigned(lines), context.limits, found.damage)
    component = _component(found, stated)
    if component is not None:
        yield component
        needs = tuple(_requirements(lines, context.limits.dependencies))
        names = (component.name,)
        yield Note(
            key=member.path,
            value=Provider(ref=component.ref, path=member.path, names=names, requirements=needs),
        )
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    gems = [note.value for note in view.notes if isinstance(note.value, Provider)]
    yield from _ownership(gems, view.files)
    yield from relations(NAME, gems)


def _ownership(gems: Sequence[Provider], files: Iterable[str]) -> Iterator[Ownership]:
    """A gem's specification and its folders, which RubyGems calls alike; those of extensions lie two folders deeper."""
    folders = {}
    for gem in gems:
        home, _, name = gem.path.removesuffix(".gemspec").removeprefix("/").rpartition("specifications/")
        name = name.removeprefix("default/")
        folders[home, name] = gem.ref
        yield Ownership(path=gem.path, ref=gem.ref)
        yield Ownership(path=f"{home}cache/{name}.gem", ref=gem.ref)
        yield from (Ownership(path=f"{home}{folder}/{name}/", ref=gem.ref) for folder in ("doc", "gems"))
    seen = set()
    for path in files if gems else ():
        home, inside, rest = path.rpartition("extensions/")
        parts = rest.split("/", 3)
        if inside and len(parts) == 4 and (ref := folders.get((home, parts[2]))):
            seen.add((f"{home}{inside}{parts[0]}/{parts[1]}/{parts[2]}/", ref))
    yield from (Ownership(path=folder, ref=ref) for folder, ref in sorted(seen))


def _assigned(lines: Iterable[str]) -> dict[str, list[str]]:
    """The literals of the attributes that are of use; of several assignments the first."""
    found: dict[str, list[str]] = {}
    for line in lines:
        assignment = _ASSIGNMENT.match(line)
        if assignment and assignment["name"] in _WANTED and assignment["name"] not in found:
            found[assignment["name"]] = _strings(assignment["value"])
    return found


def _strings(text: str) -> list[str]:
    """A string literal, or a list of them, that stands at the start of text; nothing where it is anything else, or has
    other escapes than the plainest."""
    found = []
    is_list = text.startswith("[")
    position = 1 if is_list else 0
    while literal := _STRING.match(text, position):
        if any(mark not in _ESCAPES for mark in _ESCAPE.findall(literal[1] or "")):
            return []
        found.append(literal[2] if literal[1] is None else _ESCAPE.sub(lambda m: _ESCAPES[m[1]], literal[1]))
        position = literal.end()
        if not text.startswith(",", position):
            break
        position += 2 if text.startswith(", ", position) else 1
    rest = text[position:].rstrip()
    return found if (rest.startswith("]") if is_list else not rest or rest.startswith(" if ")) else []


def _component(found: Found, stated: Fields) -> Component | None:
    """What the specification and the name of its file say; the specification is what RubyGems goes by."""
    name, version, platform = (next(iter(stated.texts(key)), "") for key in ("name", "version", "platform"))
    platform = "" if platform == "ruby" else platform
    file = found.path.rpartition("/")[2]
    whole = _GEM.fullmatch(name) and _VERSION.fullmatch(version) and (not platform or _PLATFORM.fullmatch(platform))
    if not whole:
        found.problem("states no name and version as plain strings; only the name of the file does", "gap")
        by_name = _FILE.fullmatch(file)
        name, version, platform = by_name.group("name", "version", "platform") if by_name else ("", "", "")
        if not _GEM.fullmatch(name) or not _VERSION.fullmatch(version):
            return None
    elif file != f"{'-'.join(filter(None, (name, version, platform)))}.gemspec":
        found.problem(f"states {name} {version}, and the file is called otherwise", "conflict")
    homepage = next(iter(stated.texts("homepage")), "")
    return found.package(
        "gem",
        name,
        version,
        qualifiers=(("platform", platform),) if platform else (),
        field="name, version" if whole else "",
        technique="manifest" if whole else "filename",
        confidence=1.0 if whole else 0.7,
        detail="a default gem of Ruby" if found.path.endswith(f"/default/{file}") else "",
        licenses=tuple(sorted({lic for text in stated.texts("licenses") for lic in found.license(text)})),
        description=next(iter(stated.texts("summary")), ""),
        links=found.link("website", homepage),
    )


def _requirements(lines: Iterable[str], limit: int) -> Iterator[Requirement]:
    """What it needs at run time. For RubyGems that do not tell kinds apart, some specifications repeat every need, also
    those of development, without its kind."""
    needs = list(islice(filter(None, map(_DEPENDENCY.match, lines)), limit))
    others = {need["name"] for need in needs if need["kind"] == "development_"}
    for name, need in {need["name"]: need for need in needs if need["name"] not in others}.items():
        spec = f"{name} {', '.join(_strings(need['specs'].partition(')')[0]))}".strip()
        yield Requirement(name=name, spec=spec, field=f"add_dependency {name}")
