"""R packages in a library folder, from the DESCRIPTION that R CMD INSTALL leaves in each.

Knows the fields (Writing R Extensions, section 1.1.1), R's licence language and which repository a package says it
came from. A DESCRIPTION without `Built` outside a library folder is of a source tree and no installed package. The
packages of R itself (Priority: base) are in no repository and have no purl.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.licenses import is_single, normalize
from cf_sbom.identity.packages import package_purl
from cf_sbom.identity.urls import clean_url
from cf_sbom.model import Component, Member, Ownership, Ref, Scope
from cf_sbom.properties import PACKAGE_SOURCE
from cf_sbom.requirements import Provider, Requirement, relations
from cf_sbom.syntaxes.headers import parse_headers

NAME = "r"
_LIBRARIES = frozenset(("library", "site-library"))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,255}")
_VERSION = re.compile(r"[0-9]{1,20}(?:[.-][0-9]{1,20}){1,20}")
_HEAD = 64 * 1024  # bytes in which the encoding is looked for
_LATIN1 = re.compile(rb"^Encoding:[ \t]*latin-?1[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
_NEED = re.compile(r"([A-Za-z][A-Za-z0-9.]*)\s*(?:\([^()]*\))?")
_NEEDS: tuple[tuple[str, Scope], ...] = (("Depends", "runtime"), ("Imports", "runtime"), ("LinkingTo", "build"))
_BIOCONDUCTOR = "https://git.bioconductor.org/"
_COMMIT = re.compile(r"[0-9a-f]{40}")

# Licences whose text is a template: the file names holders and years, and changes no term.
_TEMPLATES = frozenset(("MIT", "BSD_2_clause", "BSD_3_clause"))
_FILES = ("file LICENSE", "file LICENCE")
_LICENSES = {
    "Apache License (== 2.0)": "Apache-2.0",
    "BSD_2_clause": "BSD-2-Clause",
    "BSD_3_clause": "BSD-3-Clause",
    "CC0": "CC0-1.0",
}
_GNU = {
    "AGPL": "AGPL",
    "GNU Affero General Public License": "AGPL",
    "GNU General Public License": "GPL",
    "GNU Lesser General Public License": "LGPL",
    "GPL": "GPL",
    "LGPL": "LGPL",
}
_GNU_VERSION = re.compile(r"(?P<family>[A-Za-z ]+?)(?:-(?P<exact>[\d.]+)| ?\((?P<sign>>=|==) ?(?P<stated>[\d.]+)\))")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME, match=Match(names=("DESCRIPTION",)), read=read, join=join, doc="R packages of library folders"
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    folder, _, _ = member.path.rpartition("/")
    library = folder.rpartition("/")[0]
    in_library = library.rpartition("/")[2] in _LIBRARIES
    stated: dict[str, str] = {}
    for name, value in parse_headers(
        _utf8(body.getbuffer(), context.limits.embedded_size), context.limits, found.damage
    ):
        text = " ".join(value.split())
        if stated.setdefault(name, text) != text:
            found.problem(f"{name}: stands twice, with different values; the first is taken", "conflict")
    if not in_library and not ("package" in stated and "built" in stated):
        return  # a file of this name has no other mark
    fields = Fields(stated, context.limits, found.damage)
    if not _NAME.fullmatch(fields.text("package")):
        found.damage("package: not the name of an R package")
    else:
        component = _component(found, fields)
        yield component
        if folder:
            yield Ownership(path=f"{folder}/", ref=component.ref)
        needs = tuple(_requirements(fields))
        names = (component.name,)
        provider = Provider(ref=component.ref, path=member.path, names=names, requirements=needs, place=library)
        yield Note(key=member.path, value=provider)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    yield from relations(NAME, [note.value for note in view.notes if isinstance(note.value, Provider)])


def _utf8(data: memoryview, limit: int) -> bytes | memoryview:
    """The bytes, turned into UTF-8 where they say that they are Latin-1; of these no more than the limit needs."""
    return bytes(data[: limit + 1]).decode("latin-1").encode() if _LATIN1.search(data[:_HEAD]) else data


def _component(found: Found, fields: Fields) -> Component:
    name, version = fields.text("package"), fields.text("version")
    if not _VERSION.fullmatch(version):
        found.damage("version: not the version of an R package" if version else "version: missing")
        version = ""
    kind, source = _repository(found, fields)
    is_base = _is_base(fields)
    license_text = fields.text("license")
    file = next((word for word in _FILES if word in license_text), "")
    details = ("part of R itself" if is_base else "", f"licence text: {file.removeprefix('file ')}" if file else "")
    links = [link for word in re.split(r"[,\s]+", fields.text("url")) for link in found.link("website", word)]
    component = found.package(
        kind or "cran",
        name,
        version,
        field="Package",
        detail="; ".join(filter(None, details)),
        licenses=found.license(spdx(license_text) or license_text),
        description=fields.text("title"),
        links=links,
        properties=[(PACKAGE_SOURCE, source)],
        registered=bool(kind),
    )
    if is_base or not (purl := _commit(fields)):
        return component
    # A commit is what identifies it; what DESCRIPTION says of its version is kept.
    return replace(component, ref=Ref(purl), purl=purl)


def _repository(found: Found, fields: Fields) -> tuple[str, str]:
    """The purl type of the repository that has the package, or "", and the source to state where it is another one.

    A package of CRAN may have biocViews, so that installers find what it needs from Bioconductor.
    """
    repository, remote = fields.text("repository"), fields.text("remotetype")
    if _is_base(fields) or _commit(fields):
        return "", ""
    if remote not in ("", "standard", "cran", "bioc"):
        return "", clean_url(fields.text("remoteurl")).url or remote
    if repository == "CRAN":
        return "cran", ""
    if repository.startswith("Bioconductor") or fields.text("git_url").startswith(_BIOCONDUCTOR):
        return "bioconductor", ""
    if not repository and "biocviews" in fields:
        return "bioconductor", ""
    if not repository:
        found.problem("says no repository that it came from, so it has no purl", "gap")
    return "", repository


def _is_base(fields: Fields) -> bool:
    return fields.text("priority") == "base" or fields.text("license").startswith("Part of R ")


def _commit(fields: Fields) -> str:
    """The purl of a package installed from GitHub; one of several in a repository has none of its own."""
    owner, name, commit = (fields.text(f"remote{part}") for part in ("username", "repo", "sha"))
    if fields.text("remotetype") != "github" or "remotesubdir" in fields or not _COMMIT.fullmatch(commit):
        return ""
    if fields.text("remotehost") not in ("", "api.github.com") or not owner:
        return ""
    return package_purl("github", name, commit, owner)


def _requirements(fields: Fields) -> Iterator[Requirement]:
    for field, scope in _NEEDS:
        for item in fields.text(field.lower()).split(","):
            need = _NEED.fullmatch(item.strip())
            if need and need[1] != "R":
                yield Requirement(name=need[1], spec=need[0], field=field, scope=scope)


def spdx(text: str) -> str:
    """The SPDX expression of a licence specification of R (section 1.1.2), or "" where it has none that says the same.

    `|` means a choice. `+ file LICENSE` restricts or extends a licence, but for one that is a template.
    """
    choices = []
    for alternative in text.split("|"):
        name, plus, more = (part.strip() for part in alternative.partition("+"))
        if plus and not (name in _TEMPLATES and more in _FILES):
            return ""
        stated = normalize(_LICENSES.get(name) or _gnu(name) or name)
        if not stated.expression or stated.reason:
            return ""
        choices.append(stated.expression)
    return " OR ".join(c if is_single(c) or len(choices) == 1 else f"({c})" for c in choices)


def _gnu(name: str) -> str:
    found = _GNU_VERSION.fullmatch(name)
    if not found or found["family"] not in _GNU:
        return ""
    version = found["exact"] or found["stated"]
    ending = "or-later" if found["sign"] == ">=" else "only"
    return f"{_GNU[found['family']]}-{version if '.' in version else f'{version}.0'}-{ending}"
