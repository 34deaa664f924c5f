"""Documents against packages: what was made of a package holds, whatever the options; what is changed does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import EXPECTED, FIXTURES, Members, conda, fixture_packages, info_members

from cf_sbom.documents import open_document
from cf_sbom.embedding import embed, embed_prefix
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Party
from cf_sbom.plugins import Registry
from cf_sbom.sources.prefix import Building
from cf_sbom.syntaxes import json as json_syntax
from cf_sbom.testing.packages import make_conda
from cf_sbom.verifying import own_ids
from cf_sbom.verifying.in_build import UNCHECKED
from cf_sbom.verifying.judging import Package, judge

LINKAGE = next(p for p in fixture_packages() if p.name.startswith("linkage-demo-v1"))
DEMO = next(p for p in fixture_packages() if p.name.startswith("sources-demo") and p.suffix == ".conda")
OTHERS = "what other packages hold"


def made(path: Path, registry: Registry, **chosen: Any) -> dict[str, bytes]:
    """A document of the package in every format and version."""
    outputs = tuple((e.name, v) for e in registry.emitters for v in e.versions)
    options = Options(outputs=outputs, **chosen)
    documents = render(describe(path, options, registry), options, registry)
    return {f"{d.format}@{d.version}": d.data for d in documents}


@pytest.mark.parametrize("path", fixture_packages(), ids=lambda p: p.name)
def test_every_golden_is_made_again(path: Path, registry: Registry) -> None:
    package = Package(path, Options(), registry)
    for golden in sorted((EXPECTED / path.name).iterdir()):
        found = judge(golden.read_bytes(), package)
        assert (found.agreement, found.refusals, found.unchecked) == ("byte for byte", (), ()), golden.name


PARTY = Party(name="Example", url="https://example.org")


@pytest.mark.parametrize(
    "chosen",
    [
        {"list_files": True},
        {"channel": "conda-forge"},
        {"channel": "conda-forge", "purl_style": "cep159"},
        {"channel": "https://prefix.example.org/x", "purl_style": "cep159"},
        {"channel": "main", "purl_style": "cep159"},
        {"supplier": PARTY, "manufacturer": PARTY},
        {"authors": (Party(name="A", email="a@example.org"), Party(name="O", url="https://o.example.org"))},
        {"timestamp": "2020-01-01T00:00:00Z"},
        {"build_packages": "none"},
        {"build_packages": "all"},
    ],
    ids=lambda c: " ".join(c),
)
def test_what_a_document_shows_of_its_options_is_used(chosen: dict[str, Any], registry: Registry) -> None:
    package = Package(LINKAGE, Options(), registry)
    for name, data in made(LINKAGE, registry, **chosen).items():
        found = judge(data, package)
        assert found.refusals == (), name
        # RDF has no order, so what one file means another may say.
        assert found.agreement == "byte for byte" or name == "spdx-rdf@2.3", name
        assert not any(OTHERS in line for line in found.unchecked)


def test_what_other_packages_told_is_checked_with_them_only(registry: Registry) -> None:
    chosen = {"packages": (FIXTURES / "channel",)}
    alone, together = Package(LINKAGE, Options(), registry), Package(LINKAGE, Options(**chosen), registry)
    for name, data in made(LINKAGE, registry, **chosen).items():
        found = judge(data, alone)
        assert (found.refusals, found.agreement) == ((), "in all that it states"), name
        assert [line for line in found.unchecked if OTHERS in line], name
        assert judge(data, together).agreement == "byte for byte"


def test_an_environment_told_the_versions(registry: Registry, tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    record = {"name": "libspare", "version": "1.3.1", "build": "0", "subdir": "linux-64", "sha256": "0" * 64}
    (meta / "libspare-1.3.1-0.json").write_text(json.dumps(record | {"fn": "libspare-1.3.1-0.conda", "files": []}))
    alone, together = Package(LINKAGE, Options(), registry), Package(LINKAGE, Options(prefix=tmp_path), registry)
    for name, data in made(LINKAGE, registry, prefix=tmp_path).items():
        found = judge(data, alone)
        assert found.refusals == (), name
        assert [line for line in found.unchecked if OTHERS in line], name
        assert judge(data, together).agreement == "byte for byte"


def test_what_is_taken_on_trust_is_said_and_can_be_checked(registry: Registry) -> None:
    data = made(DEMO, registry, channel="conda-forge", supplier=PARTY)["cyclonedx-json@1.6"]
    found = judge(data, Package(DEMO, Options(), registry))
    assert ["channel" in found.unchecked[0], "supplier" in found.unchecked[1]] == [True, True]
    known = Options(channel="conda-forge", supplier=PARTY)
    assert judge(data, Package(DEMO, known, registry)).unchecked == ()
    assert judge(data, Package(DEMO, Options(channel="bioconda"), registry)).refusals


def test_a_document_in_another_order_is_the_same_word_for_word(registry: Registry) -> None:
    data = made(DEMO, registry)["spdx-json@2.3"]
    sorted_ = json.dumps(json.loads(data), sort_keys=True).encode()
    assert judge(sorted_, Package(DEMO, Options(), registry)).agreement == "word for word"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{}", "neither a CycloneDX nor an SPDX document"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": 7}', "schema: components"),
        (
            b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "dependencies": [{"ref": "x"}]}',
            "reference: dependencies",
        ),
    ],
)
def test_what_is_no_document_or_not_valid_comes_first(data: bytes, reason: str, registry: Registry) -> None:
    found = judge(data, Package(DEMO, Options(), registry))
    assert found.refusals[0].startswith(reason)
    assert found.agreement == ""


def sealed(document_format: str, tree: dict[str, Any]) -> bytes:
    """A document with the identifier that follows from its content, as a clever forger would give it."""
    if document_format == "cyclonedx-json":
        tree["serialNumber"] = ""
        tree["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, json_syntax.write(tree).decode())}"
    else:
        base, tree["documentNamespace"] = tree["documentNamespace"][:-36], ""
        tree["documentNamespace"] = f"{base}{uuid5(NAMESPACE_URL, json_syntax.write(tree).decode())}"
    return json_syntax.write(tree)


def leaves(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Each plain value, as what holds it and where."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            yield from leaves(value)
        else:
            yield tree, key


OF_NOBODY = {"cyclonedx-json": {"serialNumber", "0.1.0"}, "spdx-json": {"documentNamespace", "Tool: cf-sbom-0.1.0"}}
"""What no package can contradict: the identifier, which is renewed anyhow, and the version of cf-sbom. Another version
may write otherwise, so how it is written is then not compared, and that is said."""


@pytest.mark.parametrize("document_format", sorted(OF_NOBODY))
@pytest.mark.parametrize("path", [DEMO, LINKAGE], ids=lambda p: p.name)
def test_every_value_of_a_document_is_held_against_the_package(
    path: Path, document_format: str, registry: Registry
) -> None:
    """Each value is changed, and the identifier renewed: all that is left is the comparison."""
    version = {"cyclonedx-json": "1.6", "spdx-json": "2.3"}[document_format]
    tree = orjson.loads((EXPECTED / path.name / f"{document_format}-{version}.json").read_bytes())
    package = Package(path, Options(), registry)
    for number, (_, key) in enumerate(list(leaves(tree))):
        changed = copy.deepcopy(tree)
        place, key = list(leaves(changed))[number]
        value = place[key]
        if key in OF_NOBODY[document_format] or value in OF_NOBODY[document_format]:
            continue
        place[key] = other(value)
        found = judge(sealed(document_format, changed), package)
        assert found.refusals, f"{key}: {value!r} -> {place[key]!r}"


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value / 2
    return value[:-1] + ("a" if value[-1:] != "a" else "b")


def test_another_version_is_compared_by_what_it_states(registry: Registry) -> None:
    tree = orjson.loads((EXPECTED / DEMO.name / "cyclonedx-json-1.6.json").read_bytes())
    tree["metadata"]["tools"]["components"][0]["version"] = "9.9"
    package = Package(DEMO, Options(), registry)
    found = judge(sealed("cyclonedx-json", tree), package)
    assert (found.agreement, found.refusals) == ("in all that it states", ())
    assert ["made by cf-sbom-9.9" in line for line in found.unchecked] == [True]
    tree["metadata"]["component"]["licenses"] = [{"license": {"id": "ISC"}}]
    assert judge(sealed("cyclonedx-json", tree), package).refusals


def test_words_of_ours_under_another_name_are_refused(registry: Registry) -> None:
    data = (EXPECTED / DEMO.name / "spdx-json-2.3.json").read_bytes().replace(b"Tool: cf-sbom-", b"Tool: other-")
    found = judge(data, Package(DEMO, Options(), registry))
    assert found.refusals == ("it holds what cf-sbom writes and does not name it as its tool",)


def stranger(**root: Any) -> bytes:
    """A document as other tools make it."""
    tree = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "other", "version": "1"}]},
            "component": {"type": "library", "bom-ref": "root", "name": "demo", "version": "1.0"} | root,
        },
        "components": [{"type": "library", "bom-ref": "a", "name": "attrs", "purl": "pkg:pypi/attrs@1.0"}],
    }
    return json.dumps(tree).encode()


def test_a_document_of_another_tool_is_held_against_what_is_found(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(rebuilt(payload=wheel("attrs", "1.0")))
    package = Package(path, Options(), registry)
    found = judge(stranger(), package)
    assert (found.agreement, found.refusals) == ("in all that it states", ())
    assert found.unchecked == ("what only its maker knows: it is of other-1",)
    hashes = [{"alg": "SHA-256", "content": "0" * 64}]
    assert judge(stranger(hashes=hashes), package).refusals[0].startswith("sha256: ")
    by_file = {"name": path.name, "version": f"sha256:{sha256(path.read_bytes()).hexdigest()}"}
    assert judge(stranger(**by_file), package).refusals == ()
    assert judge(stranger(version="2.0"), package).refusals[0].startswith("version: '2.0'")
    path.write_bytes(rebuilt(payload=wheel("six", "2.0")))
    assert judge(stranger(), Package(path, Options(), registry)).refusals == (
        "pkg:pypi/attrs@1.0 is listed, and not found in the package",
        "pkg:pypi/six@2.0 is found in the package, and not listed",
    )


@pytest.mark.parametrize("path", [DEMO, LINKAGE], ids=lambda p: p.name)
@pytest.mark.parametrize("name", ["cyclonedx-json@1.6", "cyclonedx-json@1.7", "spdx-json@2.3", "spdx3-json@3.0.1"])
def test_identifiers_are_those_that_emitters_write(path: Path, name: str, registry: Registry) -> None:
    data = made(path, registry)[name]
    opened = open_document(data, Limits())
    assert not own_ids.is_changed(opened.format, orjson.loads(data))
    assert own_ids.is_changed(opened.format, orjson.loads(data.replace(b"demo", b"dema")))


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Package:
    """A package with documents about it inside."""
    folder = tmp_path_factory.mktemp("embedded")
    embed(DEMO, Options(output_dir=folder), registry)
    return Package(folder / DEMO.name, Options(), registry)


@pytest.mark.parametrize("path", fixture_packages(), ids=lambda p: p.name)
@pytest.mark.parametrize("in_info", [False, True])
def test_embedded_documents_are_made_again(path: Path, in_info: bool, registry: Registry, tmp_path: Path) -> None:
    embed(path, Options(output_dir=tmp_path), registry, in_info=in_info)
    package = Package(tmp_path / path.name, Options(), registry)
    assert [one.path.rpartition("/")[0] for one in package.inside] == ["info/sbom" if in_info else "share/sbom"] * 2
    for one in package.inside:
        found = judge(one.data, package, inside=True)
        assert (found.agreement, found.refusals) == ("byte for byte", ())


@settings(max_examples=120)
@given(data=st.data())
def test_any_byte_of_an_embedded_document(embedded: Package, data: st.DataObject) -> None:
    """Whatever changes what the JSON says is refused; what does not is white space or another spelling of it."""
    one = data.draw(st.sampled_from(embedded.inside))
    position = data.draw(st.integers(0, len(one.data) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = one.data[:position] + bytes([byte]) + one.data[position + 1 :]
    found = judge(changed, embedded, inside=True)
    if not found.refusals:
        assert orjson.loads(changed) == orjson.loads(one.data)


def rebuilt(info: Members | None = None, payload: Members | None = None) -> bytes:
    return conda(info_members() if info is None else info, payload)


METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\nLicense: MIT\n"


def wheel(name: str, version: str, text: str = "") -> dict[str, bytes]:
    folder = f"site-packages/{name}-{version}.dist-info"
    return {f"{folder}/METADATA": (METADATA.format(name, version) + text).encode(), f"{folder}/RECORD": b""}


@pytest.mark.parametrize(
    ("payload", "reasons"),
    [
        ({**wheel("attrs", "1.0"), "bin/x": b"y"}, ("bin/x: digests",)),
        ({**wheel("attrs", "1.0")}, ("bin/x: listed in the document, not in the package",)),
        ({**wheel("attrs", "1.0"), "bin/x": b"x", "bin/z": b""}, ("bin/z: in the package, not listed",)),
        ({**wheel("attrs", "1.1"), "bin/x": b"x"}, ("attrs@1.0 is listed, and not found", "attrs@1.1 is found")),
        (
            {**wheel("attrs", "1.0"), **wheel("six", "2.0"), "bin/x": b"x"},
            ("six@2.0 is found in the package",),
        ),
        ({"bin/x": b"x"}, ("pkg:pypi/attrs@1.0 is listed, and not found in the package",)),
        ({**wheel("attrs", "1.0", "Summary: other\n"), "bin/x": b"x"}, ("pkg:pypi/attrs@1.0: description",)),
    ],
)
def test_reasons_come_in_order_and_name_what_differs(
    payload: dict[str, bytes], reasons: tuple[str, ...], registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(rebuilt(payload={**wheel("attrs", "1.0"), "bin/x": b"x"}))
    documents = made(path, registry, list_files=True)
    path.write_bytes(rebuilt(payload=payload))
    package = Package(path, Options(), registry)
    for name in ("cyclonedx-json@1.6", "spdx-json@2.3", "spdx3-json@3.0.1"):
        found = judge(documents[name], package)
        text = "\n".join(found.refusals)
        assert found.refusals[0].startswith("size: ")
        assert [line.partition(":")[0] for line in found.refusals[1:4]] == ["md5", "sha256", "sha512"]
        for reason in reasons:
            assert reason in text, name


@pytest.mark.parametrize("change", [{"version": "1.1"}, {"build": "1"}, {"subdir": "osx-64"}, {"name": "demi"}])
def test_the_document_of_another_package(change: dict[str, str], registry: Registry, tmp_path: Path) -> None:
    from support import INDEX

    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(rebuilt())
    documents = made(path, registry)
    path.write_bytes(rebuilt(info_members(INDEX | change)))
    package = Package(path, Options(), registry)
    for data in documents.values():
        assert judge(data, package).refusals[0].startswith(f"{next(iter(change))}: ")


@settings(max_examples=40)
@given(data=st.data())
def test_any_byte_of_the_package_against_a_sidecar(
    registry: Registry, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Where it still is a package, its digests are others."""
    from cf_sbom.errors import TargetError

    whole = DEMO.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    mask = data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("changed") / DEMO.name
    path.write_bytes(whole[:position] + bytes([whole[position] ^ mask]) + whole[position + 1 :])
    sidecar = (EXPECTED / DEMO.name / "cyclonedx-json-1.6.json").read_bytes()
    try:
        found = judge(sidecar, Package(path, Options(), registry))
    except TargetError:
        return
    assert [line for line in found.refusals if line.startswith("sha256: ")]


def test_a_folder_is_held_against_what_it_says_of_itself(
    registry: Registry, tmp_path: Path, package: Callable[..., Path]
) -> None:
    folder = tmp_path / "demo-1.0-0"
    for name, data in {**info_members(), "bin/x": b"x"}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    documents = made(folder, registry)
    assert {judge(data, Package(folder, Options(), registry)).agreement for data in documents.values()} == {
        "byte for byte"
    }


def record(folder: Path, name: str, **more: Any) -> None:
    """A package in an environment (CEP 32)."""
    url = f"https://conda.anaconda.org/conda-forge/linux-64/{name}-1.3-0.conda"
    tree = {"name": name, "version": "1.3", "build": "0", "subdir": "linux-64", "fn": f"{name}-1.3-0.conda", "url": url}
    place = folder / "conda-meta" / f"{name}-1.3-0.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(tree | {"sha256": "ab" * 32, "files": [], "depends": []} | more))


@pytest.fixture
def built(tmp_path: Path, registry: Registry) -> Callable[..., Package]:
    """A package with documents that were written while it was built; payload changes what was packed then."""
    host = tmp_path / "host"
    record(host, "libz")
    record(tmp_path / "build", "gcc")
    for name, data in {**wheel("attrs", "1.0"), "bin/x": b"#!/bin/sh\n"}.items():
        (host / name).parent.mkdir(parents=True, exist_ok=True)
        (host / name).write_bytes(data)
    building = Building(name="demo", version="1.0", host=host, build="0", subdir="linux-64", tools=tmp_path / "build")
    embed_prefix(building, Options(), registry)
    paths = (p for p in sorted(host.rglob("*")) if p.is_file() and p.parent.name != "conda-meta")
    packed = {p.relative_to(host).as_posix(): p.read_bytes() for p in paths}

    def pack(payload: dict[str, bytes] | None = None, index: dict[str, Any] | None = None) -> Package:
        path = tmp_path / "demo-1.0-0.conda"
        path.write_bytes(make_conda(packed | (payload or {}), index))
        return Package(path, Options(), registry)

    return pack


def test_documents_of_the_build_hold_in_what_both_know(built: Callable[..., Package], registry: Registry) -> None:
    package = built({"bin/x": b"#!/packed/sh\n"})
    assert len(package.inside) == 2
    for one in package.inside:
        found = judge(one.data, package, inside=True)
        assert (found.agreement, found.refusals, found.unchecked) == ("in all that it states", (), (UNCHECKED,))
    embed(package.target, Options(), registry)
    again = Package(package.target, Options(), registry)
    assert {judge(one.data, again, inside=True).agreement for one in again.inside} == {"byte for byte"}


@pytest.mark.parametrize(
    ("payload", "index", "reason"),
    [
        (wheel("six", "2.0"), {}, "pkg:pypi/six@2.0 is found in the package, and not listed"),
        (wheel("attrs", "1.0", "Summary: s\n"), {}, ""),
        ({}, {"version": "1.1"}, None),
        ({}, {"subdir": "osx-64"}, "subdir: linux-64 in the document, osx-64 in the package"),
    ],
)
def test_documents_of_the_build_are_refused_where_they_differ(
    built: Callable[..., Package], payload: dict[str, bytes], index: dict[str, Any], reason: str | None
) -> None:
    package = built(payload, index)
    if reason is None:  # it is about another package: it has not its name
        assert package.inside == ()
        return
    for one in package.inside:
        found = judge(one.data, package, inside=True)
        assert [line for line in found.refusals if line == reason] or not reason


def test_the_recipe_of_conda_build_names_the_same_packages_otherwise(built: Callable[..., Package]) -> None:
    recipe = b"package: {name: demo, version: '1.0'}\nrequirements: {host: [libz 1.3 0], build: [gcc 1.3 0]}\n"
    package = built({"info/recipe/meta.yaml": recipe})
    assert [judge(one.data, package, inside=True).refusals for one in package.inside] == [(), ()]


def test_a_changed_document_of_the_build(built: Callable[..., Package]) -> None:
    package = built()
    for one in package.inside:
        for old, new in ((b"attrs", b"attrz"), (b"libz", b"libx"), (b'"demo"', b'"dema"'), (b"1.3", b"1.4")):
            changed = one.data.replace(old, new, 1)
            assert changed == one.data or judge(changed, package, inside=True).refusals
