"""What a package is, upstream: by name and version, by its source, and by the user's mapping."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import INDEX, conda, info_members

from cf_sbom.assemble import assemble
from cf_sbom.enrichers import upstream, upstream_map
from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli import cli
from cf_sbom.hookspecs import Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import ROOT, Component, Evidence, Occurrence, Ref, Relation, Sbom, Subject


def sbom(name: str, version: str, *found: Finding) -> Sbom:
    where = (Occurrence(path="info/index.json", evidence=(Evidence(path="info/index.json", by="conda"),)),)
    subject = Subject(
        filename="", container="folder", size=None, digests=(), name=name, version=version, build="0", subdir="noarch"
    )
    root = Component(ref=ROOT, kind="library", name=name, version=version, occurrences=where)
    return assemble((), [subject, root, *found], Options())


def carried(purl: str, version: str, path: str = "lib/x") -> Component:
    where = (Occurrence(path=path, evidence=(Evidence(path=path, by="x"),)),)
    return Component(ref=Ref(purl), kind="library", name="x", version=version, purl=purl, occurrences=where)


def source(purl: str) -> tuple[Finding, Finding]:
    seen = Evidence(path="info/recipe/meta.yaml", technique="recipe", by="recipe")
    where = (Occurrence(path=seen.path, evidence=(seen,)),)
    component = Component(ref=Ref(purl), kind="source", name="s", purl=purl, occurrences=where)
    return component, Relation(source=ROOT, kind="built_from", target=component.ref, scope="build")


def identities(found: Sbom) -> list[str]:
    return [r.source for r in found.relations if r.kind == "upstream_of"]


def context(**options: object) -> Context:
    return Context(options=Options(**options), limits=Limits())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "version", "purl", "stated", "is_it"),
    [
        ("demo-py", "1.4.2", "pkg:pypi/demo-py@1.4.2", "1.4.2", True),
        ("demo_py", "1.4.2", "pkg:pypi/demo-py@1.4.2", "1.4.2", True),
        ("demo-py", "1.4.3", "pkg:pypi/demo-py@1.4.2", "1.4.2", False),
        ("demo", "1.0rc1", "pkg:cargo/demo@1.0-rc1", "1.0-rc1", True),
        ("syft", "1.18.1", "pkg:golang/github.com/anchore/syft@v1.18.1", "v1.18.1", True),
        ("tool", "3.0.0", "pkg:golang/example.org/tool/v3@v3.0.0", "v3.0.0", True),
        ("r-digest", "0.6.37", "pkg:cran/digest@0.6.37", "0.6.37", True),
        ("r-mass", "7.3_60", "pkg:cran/MASS@7.3-60", "7.3-60", True),
        ("digest", "0.6.37", "pkg:cran/digest@0.6.37", "0.6.37", False),
        ("perl-json-xs", "4.03", "pkg:cpan/JSON::XS@4.03", "4.03", True),
        ("commons-io", "2.11.0", "pkg:maven/org.x/commons-io@2.11.0", "2.11.0", True),
        ("npm", "10.9.0", "pkg:npm/npm@10.9.0", "10.9.0", True),
        ("core", "7.0", "pkg:npm/%40babel/core@7.0", "7.0", False),
        ("dates", "1.0.0", "pkg:pypi/dates@1.0", "1.0", True),
        ("dates", "2024.01.02", "pkg:pypi/dates@2024.1.2", "2024.1.2", True),
        ("dates", "1.0", "pkg:pypi/dates@1.0.0rc1", "1.0.0rc1", False),
        ("babel-core", "7.0", "pkg:npm/%40babel/core@7.0", "7.0", True),
        ("openssl", "3.0", "pkg:rpm/almalinux/openssl@3.0", "3.0", False),
        ("demo", "1.0", "pkg:pypi/demo", "", False),
    ],
)
def test_a_carried_component_of_the_same_name_and_version_is_the_upstream(
    name: str, version: str, purl: str, stated: str, is_it: bool
) -> None:
    found = upstream.enrich(sbom(name, version, carried(purl, stated)), context())
    found.check()
    assert identities(found) == ([purl] if is_it else [])
    assert [(r.kind, r.target) for r in found.relations if r.kind == "contains"] == [("contains", purl)]


@pytest.mark.parametrize("kind", ["depends_on", "contains"])
def test_a_part_of_something_that_has_the_name_of_the_whole_is_not(kind: str) -> None:
    whole, part = carried("pkg:golang/x.org/tool@v2", "v2"), carried("pkg:golang/x.org/yaml@v1.0", "v1.0")
    edge = Relation(source=whole.ref, kind=kind, target=part.ref)  # type: ignore[arg-type]
    assert identities(upstream.enrich(sbom("yaml", "1.0", whole, part, edge), context())) == []
    assert identities(upstream.enrich(sbom("yaml", "1.0", whole, part), context())) == [part.ref]


def test_what_lies_among_tests_is_not_what_the_package_is() -> None:
    found = sbom("demo", "1.0", carried("pkg:pypi/demo@1.0", "1.0", "lib/tests/data/demo.dist-info/METADATA"))
    assert identities(upstream.enrich(found, context())) == []
    assert [r.scope for r in found.relations] == ["test"]


@pytest.mark.parametrize(
    ("of_source", "of_component"),
    [
        ("pkg:pypi/demo@2.0", "pkg:pypi/demo@2.0"),
        ("pkg:github/acme/tool@v1.0", "pkg:golang/github.com/acme/tool@0123456789abcdef0123456789abcdef01234567"),
        ("pkg:github/acme/tool@v3.0", "pkg:golang/github.com/acme/tool/v3"),
    ],
)
def test_what_comes_from_the_source_is_the_upstream_whatever_it_is_called(of_source: str, of_component: str) -> None:
    found = upstream.enrich(sbom("renamed", "9", *source(of_source), carried(of_component, "")), context())
    assert identities(found) == [of_component]


def test_another_module_of_the_forge_is_not() -> None:
    other = carried("pkg:golang/github.com/acme/other@v1.0", "v1.0")
    assert identities(upstream.enrich(sbom("x", "9", *source("pkg:github/acme/tool@v1.0"), other), context())) == []


@pytest.mark.parametrize(
    ("text", "suffix", "purls"),
    [
        ('{"demo": "pkg:pypi/Demo@{version}"}', ".json", ["pkg:pypi/demo@1.0"]),
        ('{"demo": "Demo_Dist"}', ".json", ["pkg:pypi/demo-dist"]),
        ('{"demo": null}', ".json", []),
        ('{"other": "x"}', ".json", []),
        ("demo: [pkg:pypi/demo, pkg:cargo/demo]", ".yaml", ["pkg:cargo/demo", "pkg:pypi/demo"]),
    ],
)
def test_the_mapping_of_the_user(tmp_path: Path, text: str, suffix: str, purls: list[str]) -> None:
    path = tmp_path / f"names{suffix}"
    path.write_text(text)
    found = upstream_map.enrich(sbom("demo", "1.0"), context(upstream_map=path))
    found.check()
    assert identities(found) == purls
    for component in found.components:
        if component.ref in purls:
            (evidence,) = component.occurrences[0].evidence
            assert (evidence.technique, evidence.detail) == ("inferred", f"by the mapping {path.name}")


def test_a_mapping_without_a_version_names_the_carried_one(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_text('{"demo": ["pkg:npm/%40acme/demo", "not a purl"]}')
    found = upstream_map.enrich(
        sbom("demo", "1.0", carried("pkg:npm/%40acme/demo@2.0", "2.0")), context(upstream_map=path)
    )
    assert identities(found) == ["pkg:npm/%40acme/demo@2.0"]
    assert [p.reason for p in found.problems] == ["the mapping names.json has no valid purl for demo"]


@pytest.mark.parametrize("text", ["", "[1]", "{", "null"])
def test_a_broken_mapping_is_a_wrong_setting(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="--upstream-map"):
        upstream_map.enrich(sbom("demo", "1.0"), context(upstream_map=path))
    package = tmp_path / "demo-1.0-0.conda"
    package.write_bytes(conda(info_members(INDEX)))
    assert CliRunner().invoke(cli, ["show", f"--upstream-map={path}", str(package)]).exit_code == 2


def test_the_command_takes_a_mapping(tmp_path: Path) -> None:
    package, path = tmp_path / "demo-1.0-0.conda", tmp_path / "names.json"
    package.write_bytes(conda(info_members(INDEX)))
    path.write_text(json.dumps({"demo": "pkg:pypi/demo@{version}"}))
    arguments = ["generate", f"--upstream-map={path}", "-o", "cyclonedx-json=-", str(package)]
    tree = json.loads(CliRunner().invoke(cli, arguments).stdout)
    assert [a["purl"] for a in tree["metadata"]["component"]["pedigree"]["ancestors"]] == ["pkg:pypi/demo@1.0"]
