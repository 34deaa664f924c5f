"""Documents of anybody as parts of a whole: what is one, what stays apart, what is kept, and what nobody may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefixes import CARRIED, document, package

from cf_sbom.answers.merge import merge_documents
from cf_sbom.documents import read_document
from cf_sbom.errors import DocumentError
from cf_sbom.generate import Description, render
from cf_sbom.hookspecs import Options
from cf_sbom.joining.gate import named, told
from cf_sbom.joining.opened import Opened
from cf_sbom.joining.parts import of_document
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Evidence, Occurrence, Ref, Sbom
from cf_sbom.plugins import load
from cf_sbom.reading import Reading
from cf_sbom.writing import real_path

FORMATS = (
    ("cyclonedx-json", "1.6"),
    ("cyclonedx-json", "1.7"),
    ("cyclonedx-xml", ""),
    ("spdx-json", ""),
    ("spdx-tag-value", ""),
    ("spdx3-json", ""),
)
OPTIONS = Options(outputs=FORMATS, timestamp="2026-01-02T03:04:05Z")
A, B = "a" * 64, "b" * 64
Tree = dict[str, Any]


def cyclonedx(*components: Tree, root: Tree | None = None, **more: Any) -> Tree:
    metadata = {"component": {"type": "application", "bom-ref": "root", "name": ".", **(root or {})}}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": [*components],
    } | more


def library(ref: str, name: str, **more: Any) -> Tree:
    return {"type": "library", "bom-ref": ref, "name": name, "version": "1", **more}


def spdx(*packages: Tree, described: tuple[str, ...] = ("SPDXRef-a",), **more: Any) -> Tree:
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "x",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://example.org/x",
        "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: x"]},
        "packages": [*packages],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": one}
            for one in described
        ],
    } | more


def spdx_package(ref: str, name: str = "", **more: Any) -> Tree:
    return {"SPDXID": ref, "name": name, "versionInfo": "1", "downloadLocation": "NOASSERTION"} | more


def opened(*trees: Tree | bytes) -> list[Opened]:
    data = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in trees]
    return [Opened(part=of_document(read_document(one, Limits()))) for one in data]


def merged(*trees: Tree | bytes) -> Sbom:
    """The whole, which is the same in any order and with a document that comes twice."""
    parts = opened(*trees)
    found = merge_documents(parts, "all", OPTIONS)
    assert merge_documents([*parts[::-1], *parts], "all", OPTIONS) == found
    return found.sbom


def written(sbom: Sbom) -> list[bytes]:
    made = render(Description(sbom=sbom, created="2026-01-02T03:04:05Z"), OPTIONS, load())
    return [one.data for one in made]


def called(sbom: Sbom, name: str) -> list[Component]:
    return [c for c in sbom.components if c.name == name]


def reasons(sbom: Sbom) -> list[str]:
    return [p.reason for p in sbom.problems]


def edges(sbom: Sbom, kind: str = "contains") -> set[tuple[str, str]]:
    by_ref = {c.ref: c.name for c in sbom.components}
    return {(by_ref[r.source], by_ref[r.target]) for r in sbom.relations if r.kind == kind}


class TestIdentity:
    @pytest.mark.parametrize("root", [{}, {"bom-ref": None, "name": None}, {"name": "app", "version": "1"}])
    def test_local_ids_join_nothing(self, root: Tree) -> None:
        one, other = (cyclonedx(library("1", name), root=root) for name in ("alpha", "beta"))
        found = merged(one, other)
        assert len(found.components) == 5
        assert len([r for r in found.relations if r.source == found.root]) == 2

    def test_nor_do_those_of_spdx(self) -> None:
        one, other = (spdx(spdx_package("SPDXRef-a", "app"), spdx_package("SPDXRef-1", n)) for n in ("alpha", "beta"))
        assert sorted(c.name for c in merged(one, other).components) == ["all", "alpha", "app", "app", "beta"]

    def test_nor_do_places_in_documents_of_several(self) -> None:
        several = {"properties": [{"name": "conda:environment:platform", "value": "linux-64"}]}
        one, other = (
            cyclonedx({"type": "library", "name": "x", "version": version}, root=several | {"name": version})
            for version in ("1", "2")
        )
        assert len(called(merged(one, other), "x")) == 2

    def test_refs_that_differ_in_private_words_alone_stay_two(self) -> None:
        refs = [f"path+file:///home/joe/{name}" for name in ("core", "util")]
        found = merged(
            cyclonedx(*(library(ref, "same") for ref in refs), dependencies=[{"ref": refs[0], "dependsOn": refs[1:]}])
        )
        assert len(called(found, "same")) == 2
        assert ("same", "same") in edges(found, "depends_on")

    @pytest.mark.parametrize(("other", "one"), [({}, True), ({"version": "2"}, False), ({"type": "file"}, False)])
    def test_without_a_purl_name_and_hash_are_one(self, other: Tree, one: bool) -> None:
        hashes = {"hashes": [{"alg": "SHA-256", "content": A}]}
        found = merged(
            cyclonedx(library("1", "x", **hashes)), cyclonedx(library("9", "x", **hashes, **other), root={"name": "b"})
        )
        assert len(called(found, "x")) == (1 if one else 2)
        assert ("b", "x") in edges(found)

    def test_but_not_in_one_document(self) -> None:
        hashes = {"hashes": [{"alg": "SHA-256", "content": A}]}
        assert len(called(merged(cyclonedx(library("1", "x", **hashes), library("2", "x", **hashes))), "x")) == 2

    @pytest.mark.parametrize("with_hash", [True, False])
    def test_a_source_of_one_package_is_one_in_any_format(self, with_hash: bool, tmp_path: Path) -> None:
        """What has no purl has a place in the one format, and none in the other."""
        source = f"url: https://example.org/libz-1.0.tar.gz\n  sha256: {A}" if with_hash else "path: ./here"
        recipe = f"package:\n  name: libz\n  version: '1.0'\nsource:\n  {source}\n"
        files = package("libz", {"info/recipe/meta.yaml": recipe.encode()})
        made = [document(files, "libz-1.0-h0_0.conda", tmp_path / f, f) for f in ("cyclonedx-json", "spdx-json")]
        found = merged(*made)
        assert len([c for c in found.components if c.kind == "source"]) == 1
        assert written(merged(written(found)[0], *made))[0] == written(found)[0]

    def test_a_purl_is_no_alias_of_itself_in_whatever_spelling(self) -> None:
        stated = "pkg:oci/app@sha256:abcd?repository_url=example.org%2Flibrary%2Fapp&arch=amd64"
        found = merged(cyclonedx(library("1", "app", purl=stated)))
        (app,) = [c for c in found.components if c.purl.startswith("pkg:oci/")]
        assert app.purl != stated
        assert app.purl not in app.aliases

    def test_merged_again_it_is_the_same(self, tmp_path: Path) -> None:
        trees = cyclonedx(library("/home/joe/1", "alpha")), cyclonedx(library("/home/joe/1", "beta"))
        once = merged(*trees)
        data = written(once)[0]
        assert written(merged(data))[0] == data
        assert written(merged(data, *trees))[0] == data


class TestLicenses:
    @staticmethod
    def stated(name: str, text: str, /, **more: Any) -> Tree:
        info = {"licenseId": "LicenseRef-0", "name": name, "extractedText": text}
        return spdx(
            spdx_package("SPDXRef-a", **{"name": f"p-{name}-{text}", "licenseDeclared": "LicenseRef-0"} | more),
            hasExtractedLicensingInfos=[{k: v for k, v in info.items() if v}],
        )

    @staticmethod
    def texts(sbom: Sbom) -> dict[str, tuple[str, ...]]:
        """For each component the name and text of its licence as SPDX has them."""
        tree = json.loads(written(sbom)[3])
        known = {i["licenseId"]: (i["name"], i["extractedText"]) for i in tree.get("hasExtractedLicensingInfos", ())}
        found = {}
        for one in tree["packages"]:
            refs = [word.strip("()") for word in one["licenseDeclared"].split() if "LicenseRef-" in word]
            found[one["name"]] = tuple(part for ref in refs for part in known[ref])
        return {name: pair for name, pair in found.items() if pair}

    @pytest.mark.parametrize(
        ("names", "texts"), [(("Foo", "Bar"), ("f", "b")), (("", ""), ("f", "b")), (("Same", "Same"), ("f", "b"))]
    )
    def test_each_keeps_its_own_text(self, names: tuple[str, str], texts: tuple[str, str]) -> None:
        found = merged(*(self.stated(n, t) for n, t in zip(names, texts, strict=True)))
        assert {name: pair[1] for name, pair in self.texts(found).items()} == {
            f"p-{n}-{t}": t for n, t in zip(names, texts, strict=True)
        }

    def test_the_same_name_and_text_is_one(self) -> None:
        more = {"licenseDeclared": "MIT AND LicenseRef-0"}
        found = merged(self.stated("Foo", "f"), self.stated("Foo", "f", name="other", **more))
        (single, compound) = sorted({lic.expression for c in found.components for lic in c.licenses})
        assert compound == f"MIT AND {single}"

    def test_ids_that_begin_alike_are_not_mixed_up(self) -> None:
        ids = ("LicenseRef-1", "LicenseRef-10", "LicenseRef-1-0")
        infos = [{"licenseId": one, "name": f"N{n}", "extractedText": f"text {n}"} for n, one in enumerate(ids)]
        one = spdx_package("SPDXRef-a", "a", licenseDeclared=" AND ".join(ids))
        found = self.texts(merged(spdx(one, hasExtractedLicensingInfos=infos)))
        assert found["a"][1::2] == ("text 0", "text 1", "text 2")

    def test_two_texts_under_one_name_of_one_package_are_both_kept(self) -> None:
        purl = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:generic/a@1"}
        ]
        found = merged(*(self.stated("Foo", text, name="a", externalRefs=purl) for text in ("one", "two")))
        assert sorted(self.texts(found)["a"][1::2]) == ["one", "two"]

    def test_a_name_with_a_text_in_cyclonedx(self) -> None:
        trees = [
            cyclonedx(
                library("1", name, licenses=[{"license": {"name": "Custom", "text": {"content": name}}}]),
                library("2", f"bare-{name}", licenses=[{"expression": "LicenseRef-Custom"}]),
            )
            for name in ("six", "seven")
        ]
        found = merged(*trees)
        told_ = self.texts(found)
        assert (told_["six"][1], told_["seven"][1]) == ("six", "seven")
        assert "no text" in told_["bare-six"][1]
        for number, data in enumerate(written(found)):
            if FORMATS[number][0].startswith("cyclonedx"):
                assert written(merged(data))[number] == data

    def test_our_document_says_the_same_of_a_text_in_any_format(self, tmp_path: Path) -> None:
        data = package("app", {"info/licenses/LICENSE": b"Do as you like.\n"}, license="Odd Terms")
        documents = [
            document(data, "app-1.0-h0_0.conda", tmp_path / name, name)
            for name in ("cyclonedx-json", "spdx-json", "spdx3-json")
        ]
        found = merged(*documents)
        assert len({lic.expression for c in found.components for lic in c.licenses}) == 1
        assert self.texts(found)["app"] == ("Odd Terms", "Do as you like.\n")


class TestSeveralDescribed:
    def test_the_whole_holds_each(self) -> None:
        packages = [spdx_package(f"SPDXRef-{name}", name) for name in ("a", "b", "c")]
        needs = {"spdxElementId": "SPDXRef-b", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-c"}
        tree = spdx(*packages, described=("SPDXRef-a", "SPDXRef-b"))
        tree["relationships"].append(needs)
        found = merged(tree)
        assert edges(found) == {("all", "a"), ("all", "b")}
        assert edges(found, "depends_on") == {("b", "c")}
        reading = read_document(json.dumps(tree).encode(), Limits())
        assert reading.root == reading.described[0] == "SPDXRef-a"

    def test_of_spdx_2_2_and_3_too(self) -> None:
        old = spdx(
            spdx_package("SPDXRef-a", "a"),
            spdx_package("SPDXRef-b", "b"),
            described=(),
            documentDescribes=["SPDXRef-a", "SPDXRef-b"],
        )
        assert edges(merged(old)) == {("all", "a"), ("all", "b")}
        ids = ["https://example.org/1", "https://example.org/2"]
        new = {
            "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            "@graph": [
                {"type": "software_Sbom", "spdxId": "https://example.org/s", "rootElement": ids},
                *({"type": "software_Package", "spdxId": one, "name": one[-1]} for one in ids),
            ],
        }
        assert edges(merged(new)) == {("all", "1"), ("all", "2")}


class TestNothingIsLost:
    def test_one_reference_for_two_things(self) -> None:
        found = merged(cyclonedx(library("d", "one", purl="pkg:npm/one@1"), library("d", "two", purl="pkg:npm/two@1")))
        assert called(found, "one")
        assert called(found, "two")
        assert "2 components bear one reference" in reasons(found)

    def test_one_thing_told_twice(self) -> None:
        licensed = {"licenses": [{"license": {"id": "MIT"}}]}
        twice = [
            {"type": "library", "name": "x", "version": "1", "purl": "pkg:npm/x@1"} | more for more in ({}, licensed)
        ]
        found = merged(cyclonedx(*twice))
        (x,) = called(found, "x")
        assert [lic.expression for lic in x.licenses] == ["MIT"]
        assert not reasons(found)

    def test_a_stub_takes_nothing_from_the_full_one(self) -> None:
        reading = Reading(root=Ref("root"), components=[Component(ref=Ref("root"), kind="library", name="r")])
        reading.add_constraint(Ref("root"), "libgomp >=1", "document")
        evidence = Evidence(path="info/index.json", by="x")
        ref = reading.components[-1].ref
        full = Component(
            ref=ref,
            kind="library",
            name="libgomp",
            purl=str(ref),
            occurrences=(Occurrence(path=evidence.path, evidence=(evidence,)),),
        )
        reading.components.append(full)
        assert full in reading.sbom().components

    def test_what_has_no_place_is_said_once(self) -> None:
        more = {
            "copyright": "(c) me",
            "author": "me",
            "hashes": [{"alg": "SHA-384", "content": "0" * 96}],
            "externalReferences": [{"type": "issue-tracker", "url": "https://example.org"}],
        }
        tree = cyclonedx(
            library("1", "x", **more),
            library("2", "y", **more | {"type": "firmware"}),
            services=[{"name": "s"}],
            vulnerabilities=[{"id": "CVE-1"}],
        )
        assert reasons(merged(tree)) == [
            "left out, as it has no place here: author, copyright, hashes of other algorithms, links of other types, "
            "other kinds, services, vulnerabilities"
        ]
        more = {
            "copyrightText": "(c) me",
            "checksums": [{"algorithm": "SHA384", "checksumValue": "0"}],
            "primaryPackagePurpose": "CONTAINER",
        }
        assert reasons(merged(spdx(spdx_package("SPDXRef-a", "a", **more)))) == [
            "left out, as it has no place here: copyrightText, hashes of other algorithms, other kinds"
        ]

    @pytest.mark.parametrize("name", sorted({name for name, _ in FORMATS} | {"spdx-yaml", "spdx-xml", "spdx-rdf"}))
    def test_ours_have_nothing_without_a_place(self, name: str, tmp_path: Path) -> None:
        data = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path, name)
        assert not read_document(data, Limits()).left_out

    def test_json_in_utf_16(self) -> None:
        for codec in ("utf-16", "utf-16-be", "utf-16-le"):
            data = json.dumps(cyclonedx()).encode(codec)
            data = data if codec == "utf-16" else "\ufeff".encode(codec) + data
            with pytest.raises(DocumentError, match="JSON in UTF-16"):
                read_document(data, Limits())

    def test_a_loop_of_links_leads_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        assert real_path(tmp_path / "a").parent == tmp_path.resolve()


COLLECTION = {"properties": [{"name": "cf_sbom:environment", "value": "collection"}]}
ENVIRONMENT = {"properties": [{"name": "cf_sbom:environment", "value": "environment"}]}


@pytest.mark.parametrize("root", [{}, COLLECTION, ENVIRONMENT])
@pytest.mark.parametrize("ref", ["file:x", "root", "collection:all", "in:x#y:z"])
def test_a_component_may_be_called_as_a_patch_is(root: Tree, ref: str) -> None:
    pedigree = {
        "ancestors": [{"type": "library", "name": "src", "version": "1"}],
        "patches": [{"type": "backport", "diff": {"url": "x", "text": {"content": "+"}}}],
    }
    clash = cyclonedx(
        library("file:x", "x"), library("collection:all", "y"), root={"bom-ref": ref, "pedigree": pedigree} | root
    )
    found = merged(clash)
    assert {"x", "y", "src"} - {c.name for c in found.components} <= {"x", "y"} - {"src"}
    assert written(found)


PATHS = ("/home/joe/marker", "C:\\Users\\joe\\marker", "file:///home/joe/marker")
URLS = ("https://joe:marker@example.org/x", "https://example.org/x?token=marker", "https://example.org/t/tk-marker/x")
BODIES = ("text", "content", "extractedText")  # of licences and patches: they are what they are


def everywhere(tree: Any, word: str, keep: Callable[[str], bool]) -> Any:
    """The tree with a word in the place of every string that may be any."""
    if isinstance(tree, dict):
        return {key: one if keep(key) else everywhere(one, word, keep) for key, one in tree.items()}
    if isinstance(tree, list):
        return [everywhere(one, word, keep) for one in tree]
    return f"{tree}{word}" if tree in ("pkg:generic/x@1?a=", "x.json: ") else word if isinstance(tree, str) else tree


def full_cyclonedx() -> Tree:
    one: Tree = {
        **dict.fromkeys(("group", "version", "author", "publisher", "copyright", "cpe", "description"), ""),
        "purl": "pkg:generic/x@1?a=",
        "supplier": {"name": "", "url": [""], "contact": [{"email": "", "name": ""}]},
        "manufacturer": {"name": "", "url": [""]},
        "licenses": [{"license": {"name": "", "url": "", "text": {"content": "body", "contentType": ""}}}],
        "externalReferences": [
            {"type": kind, "url": "", "comment": ""}
            for kind in ("website", "vcs", "bom", "distribution", "build-meta", "license", "documentation")
        ],
        "evidence": {
            "identity": [{"field": "name", "methods": [{"technique": "filename", "value": "x.json: "}, {"value": ""}]}],
            "occurrences": [{"location": ""}],
            "licenses": [{"license": {"name": "", "text": {"content": "body"}}}],
        },
        "pedigree": {
            "ancestors": [{"type": "library", "name": "", "version": "", "bom-ref": ""}],
            "patches": [
                {
                    "type": "backport",
                    "diff": {"url": "", "text": {"content": "body"}},
                    "resolves": [{"type": "", "id": ""}],
                }
            ],
        },
        "hashes": [{"alg": "", "content": ""}],
    }
    names: tuple[str, ...] = (
        "cf_sbom:alias",
        "cf_sbom:ref",
        "cf_sbom:scope",
        "conda:package:build",
        "conda:package:subdir",
    )
    names += ("conda:package:channel", "conda:package:filename", "conda:dependency:spec", "conda:package:constrains")
    one["properties"] = [{"property": name, "value": ""} for name in names]
    parts = [{"type": "library", "bom-ref": "", "name": "", **one, "components": [{"type": "library", "name": ""}]}]
    parts.append({"type": "library", "bom-ref": "", "name": ""})
    tree = cyclonedx(*parts, root={"name": "", "bom-ref": "", **one})
    tree["dependencies"] = [{"ref": "", "dependsOn": ["", ""]}]
    tree["compositions"] = [{"aggregate": "complete", "assemblies": [""]}]
    tree["metadata"]["timestamp"] = ""
    tree["metadata"]["properties"] = [
        {"property": f"cf_sbom:{name}", "value": ""}
        for name in ("problem:gap", "problem:damage", "completeness:contents")
    ]
    return tree


def full_spdx() -> Tree:
    one: Tree = dict.fromkeys(
        ("versionInfo", "supplier", "originator", "homepage", "summary", "description", "licenseDeclared"), ""
    )
    one |= dict.fromkeys(("licenseConcluded", "downloadLocation", "copyrightText", "comment", "packageFileName"), "")
    one["externalRefs"] = [
        {"referenceCategory": category, "referenceType": kind, "referenceLocator": ""}
        for category, kind in (
            ("PACKAGE-MANAGER", "purl"),
            ("SECURITY", "cpe23Type"),
            ("OTHER", "vcs"),
            ("OTHER", "bom"),
        )
    ]
    one["annotations"] = [{"comment": ""}]
    tree = spdx(spdx_package("", "", **one), spdx_package("SPDXRef-b", "", **one), described=("",))
    tree["files"] = [{"SPDXID": "", "fileName": "", "comment": "", "annotations": [{"comment": ""}]}]
    tree["hasExtractedLicensingInfos"] = [{"licenseId": "", "name": "", "extractedText": "body"}]
    tree["annotations"] = [{"comment": ""}]
    return tree


def kept(key: str) -> bool:
    """Words of the formats themselves, and the bodies of texts."""
    return key in (
        *("bomFormat", "specVersion", "type", "technique", "field", "alg", "aggregate", "property"),
        *("spdxVersion", "relationshipType", "referenceCategory", "referenceType", "SPDXID", "spdxElementId"),
        *("content", "extractedText"),
    )


def properties_named(tree: Any) -> Any:
    """`property` is `name` again: it is kept where all other names are not."""
    if isinstance(tree, dict):
        return {("name" if key == "property" else key): properties_named(one) for key, one in tree.items()}
    return [properties_named(one) for one in tree] if isinstance(tree, list) else tree


def of_kind(tree: Tree, kind: Tree) -> Tree:
    root = tree["metadata"]["component"]
    root["properties"] = root["properties"] + kind.get("properties", [])
    return tree


def marked(word: str) -> Iterator[Tree]:
    for kind in ({}, COLLECTION, ENVIRONMENT):
        yield of_kind(properties_named(everywhere(full_cyclonedx(), word, kept)), kind)
    yield everywhere(full_spdx(), word, kept)
    said = everywhere(full_spdx(), word, kept)
    lines = (
        f"cf_sbom:problem:gap: {word}: {word} [{word}]",
        f"evidence: {word} {word} (manifest, confidence 1) [{word}]",
    )
    said["annotations"] = [{"comment": line} for line in lines]
    said["packages"][0]["annotations"] = [{"comment": line} for line in (*lines, f"cf_sbom:ref: {word}")]
    yield said


@pytest.mark.parametrize(
    "word", [*PATHS, *URLS, *(f"{s}{word}" for s in ("file:", "in:") for word in PATHS[:1] + URLS[:1])]
)
def test_nothing_private_gets_through(word: str) -> None:
    """A path of a machine, or a credential, in every string of a document."""
    for tree in marked(word):
        for data, (name, _) in zip(written(merged(tree)), FORMATS, strict=True):
            at = data.find(b"marker")
            assert at < 0, (name, data[max(0, at - 300) : at + 50].decode())


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.sampled_from([*PATHS, *URLS]))
def test_a_text_around_it_does_not_help(around: str, word: str) -> None:
    component = Component(ref=Ref("x"), kind="library", name=f"{around} {word}", version=word)
    seen = (Occurrence(path=word, evidence=(Evidence(path=word, field=word, by=word, detail=word),)),)
    found = told((component, seen))
    assert "marker" not in repr((found[0].name, found[0].version, found[1]))
    assert told(found) == found


def test_names_that_had_to_go_stay_two() -> None:
    assert named("lib/x") == "lib/x"
    assert named("/home/joe/a") != named("/home/joe/b")
    assert "joe" not in named("/home/joe/a")


@pytest.mark.parametrize(
    "channel",
    [
        "https:%2F%2Fconda.anaconda.org%2Ft%2Ftk-0123456789abcdef%2Fconda-forge",
        "https://conda.anaconda.org/t/tk-0123456789abcdef/conda-forge",
        "https://joe:secret@conda.anaconda.org/conda-forge",
    ],
)
def test_a_channel_loses_its_token_alone(channel: str) -> None:
    purls = [f"pkg:conda/libz@1.0?build=h0_0&channel={one}&subdir=linux-64" for one in ("conda-forge", channel)]
    found = merged(*(cyclonedx(library("z", "libz", purl=one), root={"name": one[-60:-50]}) for one in purls))
    assert len(called(found, "libz")) == 1
    assert "tk-0" not in repr(found)
    assert "secret" not in repr(found)
    assert "what is private in a purl is left out" in reasons(found)
