"""Perl distributions, from the .packlist that an installation leaves and from CPAN metadata.

Knows three kinds of file. auto/<module>/.packlist names the main module; the version is what that module assigns to
$VERSION as a plain literal. META.json, META.yml and MYMETA.json (CPAN::Meta::Spec 1 and 2) name a distribution, its
version and licences. The install.json of cpanm names the author as well. No Perl is evaluated. On CPAN a distribution
is known by its author and name; where nobody says the author, by its main module.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.packages import package_purl
from cf_sbom.model import Component, License, Link, Member, Ownership, Text
from cf_sbom.parsing import ParseError, parse_json, parse_yaml
from cf_sbom.requirements import Provider, Requirement, relations
from cf_sbom.syntaxes.perl import module_version

NAME = "perl"
_HEAD = 64 * 1024  # bytes of a module in which its version is looked for
_TRIED = 64  # lines of a packlist by which the folder of the builder's is looked for
_FILES = 4  # of a packlist that may be the main module
_DEPTH = 40  # folders of a path
_MODULE = re.compile(r"[A-Za-z_]\w{0,100}(?:::\w{1,100}){0,20}", re.ASCII)
_DISTRIBUTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]{0,255}")
_VERSION = re.compile(r"v?[0-9][0-9A-Za-z._-]{0,100}")
_RELEASE = re.compile(r"(?P<name>.{1,256}?)-(?P<version>v?[0-9][0-9A-Za-z._]{0,100}(?:-TRIAL)?)")
_AUTHOR = re.compile(r"(?P<first>[A-Z])/(?P<two>(?P=first)[A-Z0-9-])/(?P<author>(?P=two)[A-Z0-9-]{0,30})/[^\n]*")
_PACKLIST = re.compile(r"(?:.*/)?auto/(?P<module>[^/]+(?:/[^/]+)*)/\.packlist", re.DOTALL)
_SPEC = re.compile(r"2|1(?:\.[0-9])?")
_BY_MODULE = 0.8
"""The confidence that a distribution has the version of its main module, as it nearly always has."""

# CPAN::Meta::Spec 2, the field license; the words of version 1 that left nothing open.
_LICENSES = {
    "agpl_3": "AGPL-3.0-only",
    "apache_1_1": "Apache-1.1",
    "apache_2_0": "Apache-2.0",
    "artistic_1": "Artistic-1.0",
    "artistic_2": "Artistic-2.0",
    "bsd": "BSD-3-Clause",
    "freebsd": "BSD-2-Clause",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mit": "MIT",
    "mozilla_1_0": "MPL-1.0",
    "mozilla_1_1": "MPL-1.1",
    "openssl": "OpenSSL",
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "qpl_1_0": "QPL-1.0",
    "unknown": "",
    "zlib": "Zlib",
}
_LICENSES_1 = {"mit": "MIT", "perl": _LICENSES["perl_5"], "unknown": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packlist:
    """module is the main one; files are those of the installed files, as absolute paths, that may be its own."""

    path: str
    module: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Module:
    path: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What one file says of a distribution. main is its main module, provides are all of them."""

    path: str
    name: str
    version: str
    author: str = ""
    main: str = ""
    provides: tuple[str, ...] = ()
    licenses: tuple[License, ...] = ()
    description: str = ""
    links: tuple[Link, ...] = ()
    requirements: tuple[Requirement, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Distribution:
    """What all files say of one."""

    name: str
    version: str
    author: str = ""
    main: str = ""
    stated: list[_Stated] = field(default_factory=list)


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(
            names=(".packlist", "META.json", "META.yml"),
            suffixes=(".pm",),
            globs=("**/.meta/*/MYMETA.json", "**/.meta/*/install.json"),
        ),
        read=read,
        join=join,
        doc="Perl distributions by their packlists and CPAN metadata",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    file = member.path.rpartition("/")[2]
    if file.endswith(".pm"):
        text = str(body.getbuffer()[:_HEAD], "utf-8", "replace")
        if version := module_version(text, member.path):
            yield Note(key=member.path, value=_Module(path=member.path, version=version))
        return
    if file == ".packlist":
        # That of Perl itself stands outside of auto/: what it lists is the conda package's own.
        place = _PACKLIST.fullmatch(member.path)
        if place and _MODULE.fullmatch(module := place["module"].replace("/", "::")):
            data = bytes(body.getbuffer()[: context.limits.embedded_size])
            yield Note(key=member.path, value=_packlist(member.path, module, data.decode("utf-8", "replace")))
            yield Note(key=member.path, value=Text(path=member.path, media_type="text/plain", data=data))
        return
    found = Found(NAME, member.path)
    is_certain = "/.meta/" in f"/{member.path}"
    try:
        if file.endswith(".yml"):
            tree, _ = parse_yaml(bytes(body.getbuffer()[: context.limits.yaml_size + 1]), context.limits)
        else:
            tree = parse_json(body.getbuffer(), context.limits)
    except ParseError as error:
        if is_certain:  # a file called META.json may be anybody's
            found.damage(str(error))
        tree = None
    if isinstance(tree, dict):
        fields = Fields(tree, context.limits, found.damage)
        stated = _installed(found, fields) if file == "install.json" else _described(found, fields)
        if stated is not None:
            yield Note(key=member.path, value=stated)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    packlists = [note.value for note in view.notes if isinstance(note.value, _Packlist)]
    versions = {note.value.path: note.value.version for note in view.notes if isinstance(note.value, _Module)}
    modules = {packlist.module for packlist in packlists}
    distributions = _distributions([note.value for note in view.notes if isinstance(note.value, _Stated)], modules)
    providers = []
    for distribution in distributions:
        for stated in distribution.stated:
            component = _component(distribution, stated, Found(NAME, stated.path))
            yield component
            if _is_cpanm(stated.path):
                yield Ownership(path=f"{stated.path.rpartition('/')[0]}/", ref=component.ref)
            names = (*stated.provides, *filter(None, (distribution.main,)))
            providers.append(
                Provider(ref=component.ref, path=stated.path, names=names, requirements=stated.requirements)
            )
        if not (distribution.author or distribution.main):
            found = Found(NAME, distribution.stated[0].path)
            found.problem("names neither the author nor the main module, so the distribution has no purl", "gap")
            yield from found.problems
    lists = {note.key: note.value for note in view.notes if isinstance(note.value, Text)}
    by_main = {distribution.main: distribution for distribution in distributions if distribution.main}
    for packlist in packlists:
        found = Found(NAME, packlist.path)
        if known := by_main.get(packlist.module):
            components = [_component(known, None, found)]
        else:
            components = _by_module(packlist, versions, found)
            providers.append(Provider(ref=components[0].ref, path=packlist.path, names=(packlist.module,)))
        yield from components
        yield from found.problems
        yield Ownership(path=packlist.path, ref=components[0].ref)
        if packlist.path in lists:
            paths = _installed_files(lists[packlist.path].data, view.files)
            yield from (Ownership(path=path, ref=components[0].ref) for path in paths)
    yield from relations(NAME, providers)


def _installed(found: Found, fields: Fields) -> _Stated | None:
    """What cpanm says: `dist` is name and version, `pathname` is where on CPAN it was, below the author's folder."""
    release = _RELEASE.fullmatch(fields.text("dist"))
    if not release or not _DISTRIBUTION.fullmatch(release["name"]):
        fields.remark("dist", "not the name and version of a distribution")
        return None
    author = _AUTHOR.fullmatch(fields.text("pathname"))
    main = fields.text("name")
    return _Stated(
        path=found.path,
        name=release["name"],
        version=release["version"],
        author=author["author"] if author else "",
        main=main if _MODULE.fullmatch(main) else "",
        provides=_provided(fields),
    )


def _described(found: Found, fields: Fields) -> _Stated | None:
    """What metadata says; nothing of a file that does not name the specification it follows."""
    spec = fields.fields("meta-spec") if fields.is_mapping("meta-spec") else None
    number = spec.text("version") if spec else ""
    if spec is None or not _SPEC.fullmatch(number) or "pgxn" in spec.text("url"):
        return None
    name, version = fields.text("name"), fields.text("version")
    if not _DISTRIBUTION.fullmatch(name) or not _VERSION.fullmatch(version):
        found.damage("name, version: not those of a distribution")
        return None
    resources = fields.fields("resources")
    repository = resources.fields("repository") if resources.is_mapping("repository") else None
    needs = (
        fields.fields("prereqs").fields("runtime").fields("requires") if number == "2" else fields.fields("requires")
    )
    return _Stated(
        path=found.path,
        name=name,
        version=version,
        provides=_provided(fields),
        licenses=_licenses(found, fields, _LICENSES if number == "2" else _LICENSES_1),
        description="" if fields.text("abstract") == "unknown" else fields.text("abstract"),
        links=(
            *found.link("website", resources.text("homepage")),
            *found.link("vcs", repository.text("url") if repository else resources.text("repository")),
        ),
        requirements=tuple(
            Requirement(name=module, spec=f"{module} {version}".strip(), field=needs.where(module))
            for module, version in needs.pairs()
        ),
    )


def _provided(fields: Fields) -> tuple[str, ...]:
    return tuple(name for name in fields.fields("provides").names() if _MODULE.fullmatch(name))


def _licenses(found: Found, fields: Fields, words: Mapping[str, str]) -> tuple[License, ...]:
    """Several words say that some apply to all or to parts: each is given on its own. An expression says it exactly."""
    if expression := fields.text("x_spdx_expression"):
        return found.license(expression)
    return tuple(sorted({lic for word in fields.texts("license") for lic in found.license(words.get(word, word))}))


def _distributions(stated: Iterable[_Stated], modules: Collection[str]) -> list[_Distribution]:
    """Who speaks of the same: the files of one folder of cpanm, else those that give the same name and version."""
    groups: defaultdict[tuple[str, ...], list[_Stated]] = defaultdict(list)
    for one in stated:
        folder = one.path.rpartition("/")[0]
        groups[(folder,) if _is_cpanm(one.path) else (one.name, one.version)].append(one)
    return [_distribution(group, modules) for group in groups.values()]


def _is_cpanm(path: str) -> bool:
    """Whether a file lies in a folder that cpanm keeps of a distribution."""
    return path.rpartition("/")[0].rpartition("/")[0].rpartition("/")[2] == ".meta"


def _distribution(group: list[_Stated], modules: Collection[str]) -> _Distribution:
    """One distribution; cpanm, which knows the author, also knows the name by which CPAN has it. A main module that is
    not stated is the one of the same name, where that is provided or installed."""
    best = max(group, key=lambda s: bool(s.author))
    main = best.main or best.name.replace("-", "::")
    is_known = bool(best.main) or main in modules or any(main in one.provides for one in group)
    return _Distribution(
        name=best.name, version=best.version, author=best.author, main=main if is_known else "", stated=group
    )


def _component(distribution: _Distribution, stated: _Stated | None, found: Found) -> Component:
    """A distribution as one file shows it: by author and name, by main module, or without a purl."""
    name, version, author, main = distribution.name, distribution.version, distribution.author, distribution.main
    by_module = package_purl("cpan", main, version) if main else ""
    return found.package(
        "cpan",
        name if author else main or name,
        version,
        namespace=author,
        title=name,
        aliases=(by_module,) if author and by_module else (),
        licenses=stated.licenses if stated else (),
        description=stated.description if stated else "",
        links=stated.links if stated else (),
        registered=bool(author or main),
    )


def _packlist(path: str, module: str, text: str) -> _Packlist:
    end = f"/{module.replace('::', '/')}.pm"
    files = (_listed(line) for line in text.split("\n") if end in line)
    return _Packlist(path=path, module=module, files=tuple(islice((f for f in files if f.endswith(end)), _FILES)))


def _listed(line: str) -> str:
    """A line is a path; what may follow it, ` type=file` and the like, says how it was installed."""
    return line.partition(" type=")[0]


def _installed_files(packlist: bytes, files: Collection[str]) -> Iterator[str]:
    """The files of a packlist that are in the package. All were installed below one folder of the builder's, which a
    line tells whose end is the path of a file here."""
    lines = [_listed(line) for line in packlist.decode("utf-8", "replace").split("\n")]
    starts = (line[: -len(end)] for line in lines[:_TRIED] for end in _ends(line) if end in files)
    start = next(starts, None)
    if start is not None:
        yield from (path for line in lines if line.startswith(start) and (path := line[len(start) :]) in files)


def _by_module(packlist: _Packlist, versions: Mapping[str, str], found: Found) -> list[Component]:
    """A distribution of which only the main module is known: as the packlist shows it, and as the module does."""
    title = packlist.module.replace("::", "-")
    path = next((p for file in packlist.files for p in _ends(file) if p in versions), "")
    if not path:
        found.problem("the version is not known: the main module states none as a plain literal", "gap")
        return [found.package("cpan", packlist.module, title=title)]
    places = ((packlist.path, ""), (path, "$VERSION"))
    return [
        found.package(
            "cpan", packlist.module, versions[path], title=title, place=place, field=field, confidence=_BY_MODULE
        )
        for place, field in places
    ]


def _ends(file: str) -> Iterator[str]:
    """The paths in the package that an installed file may have: what stands before them is a folder of the builder."""
    parts = file.split("/")[-_DEPTH:]
    return ("/".join(parts[at:]) for at in range(len(parts)))
