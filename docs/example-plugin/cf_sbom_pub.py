"""A plugin for cf_sbom in one file: Dart packages out of pubspec.lock, and the inventory as CSV."""

import csv
import io
import re
from collections.abc import Iterable

from packageurl import PackageURL

from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Emitter, Extractor, Finding, Match, hookimpl
from cf_sbom.model import Component, Evidence, Member, Occurrence, Problem, Ref, Sbom, Stamp
from cf_sbom.parsing import ParseError, parse_yaml

CF_SBOM_INTERFACE = 1
REGISTRY = ("https://pub.dev", "https://pub.dartlang.org")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(name="pub", match=Match(names=("pubspec.lock",)), read=read, doc="Dart packages of pubspec.lock")


@hookimpl
def cf_sbom_emitters() -> Iterable[Emitter]:
    yield Emitter(name="inventory-csv", versions=("1",), media_type="text/csv", suffix=".csv", emit=emit, doc="a table")


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    """Each package that is pinned. What cannot be read or named is said, not guessed."""
    said: list[str] = []
    try:
        tree, remarks = parse_yaml(body.read(), context.limits)
        said += remarks
    except ParseError as error:
        tree, said = {}, [str(error)]
    packages = Fields(tree, context.limits, said.append).fields("packages")
    for name in packages.names():
        package = packages.fields(name)
        hosted = package.text("source") == "hosted" and package.fields("description").text("url") in REGISTRY
        if not hosted or not re.fullmatch("[a-z0-9_]+", name):
            said.append(f"{package.where()[:80]}: not from the public registry, so it has no purl; left out")
            continue
        version = package.text("version")
        purl = PackageURL("pub", None, name, version or None).to_string()
        field = package.where("version")  # a lock file tells what was resolved, not what was compiled in: 0.5
        seen = Evidence(path=member.path, field=field, technique="manifest", confidence=0.5, by="pub")
        where = (Occurrence(path=member.path, evidence=(seen,)),)
        yield Component(ref=Ref(purl), kind="library", name=name, version=version, purl=purl, occurrences=where)
    for reason in said:
        yield Problem(path=member.path, reason=" ".join(reason.split()), by="pub", severity="gap")


def emit(sbom: Sbom, stamp: Stamp, version: str) -> bytes:
    table = io.StringIO()
    rows = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(("name", "version", "purl", "licence", "made by"))
    for component in sbom.components:
        licence = " AND ".join(found.expression for found in component.licenses)
        rows.writerow(map(plain, (component.name, component.version, component.purl, licence, stamp.tool)))
    return table.getvalue().encode()


def plain(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
