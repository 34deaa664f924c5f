"""What is written is read back: identities, edges, hashes, licences, patches and completeness survive in every format.

Where a format cannot carry something, the exception stands here and in docs/explanation/formats.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sboms import STAMP, sboms, with_text_everywhere
from support import fixture_packages

from cf_sbom.documents import read_document
from cf_sbom.generate import Description, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Patch, Sbom
from cf_sbom.placement import place
from cf_sbom.plugins import Registry, load
from cf_sbom.readers import cyclonedx, spdx2, spdx3
from cf_sbom.validate import validate
from fixtures.members import linking
from fixtures.members.images import elf

EMITTERS = {e.name: e for e in load().emitters}
OUTPUTS = [(e.name, version) for e in EMITTERS.values() for version in e.versions]
READERS: dict[str, Callable[[Any, Limits], Any]] = {
    "cyclonedx-json": cyclonedx.read,
    "spdx-json": spdx2.read,
    "spdx3-json": spdx3.read,
}
json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "ref", "purl"]), inner, max_size=3)
    ),
    max_leaves=8,
)
BINARIES = linking.SAMPLES | {"lib/thin.a": linking.archive((("a.o", b""),), thin=True)}
KINDS = (
    "static_candidate",
    "depends_on",
    "links_to",
    "built_from",
    "upstream_of",
    "build_tool",
    "host",
    "constrains",
    "contains",
    "patched_by",
)


def identity(component: Component, name: str) -> tuple[Any, ...]:
    return (
        component.name,
        component.version,
        component.purl,
        component.aliases,
        component.digests,
        # SPDX 2 has one expression, RDF a set of operands in no order.
        sorted(" AND ".join(w.expression for w in component.licenses).split(" "))
        if name.startswith("spdx-")
        else tuple((w.expression, w.role) for w in component.licenses),
        # Digests of single places are not written, and a place belongs to the file that it is in.
        sorted((e.path, e.place, e.technique, e.confidence, e.by) for o in component.occurrences for e in o.evidence),
    )


def edges(sbom: Sbom, name: str) -> set[tuple[str, ...]]:
    """Every edge with its specs. CycloneDX has none between build packages, its patches belong to all sources, the
    package contains all that it carries, and of an edge between other components it only tells that it is there."""
    names = {c.ref: c.purl or c.name for c in sbom.components} | {p.ref: p.path for p in sbom.patches}
    is_cyclonedx = name.startswith("cyclonedx")
    placement = place(sbom)
    build = {c.ref for c in placement.sections["build"]} if is_cyclonedx else set()
    found: set[tuple[str, ...]] = set()
    if is_cyclonedx:
        carried = placement.sections["carried"]
        found = {(names[sbom.root], "contains", names[c.ref], placement.scopes[c.ref]) for c in carried}
    for r in sbom.relations:
        if r.kind not in KINDS or r.source in build:
            continue
        told: tuple[str, ...] = (r.kind, names[r.target], r.scope, *r.specs)
        if is_cyclonedx and r.kind in ("contains", "depends_on") and r.source != sbom.root:
            told = ("edge", names[r.target])
        found.add((names[r.source] if r.kind != "patched_by" or not is_cyclonedx else "", *told))
    return found


def patch(found: Patch, name: str) -> tuple[Any, ...]:
    """spdx-tools takes white space off both ends of what it reads from RDF."""
    text = found.text.data if found.text else b""
    return found.path, found.resolves, text.strip() if name == "spdx-rdf" else text


def assert_same(written: Sbom, read: Sbom, name: str) -> None:
    read.check()
    for section in ("carried", "required", "candidate", "source", "build"):
        ours, theirs = (
            sorted(identity(c, name) for c in place(s).sections[section])  # type: ignore[index]
            for s in (written, read)
        )
        assert ours == theirs, section
    assert edges(read, name) == edges(written, name)
    assert [patch(p, name) for p in read.patches] == [patch(p, name) for p in written.patches]
    assert identity(read.root_component, name) == identity(written.root_component, name)
    assert claims(read, name) == claims(written, name)
    assert read.problems == written.problems


def claims(sbom: Sbom, name: str) -> set[tuple[str, ...]]:
    """SPDX 2 has no word for complete, nor one that tells incomplete from unknown; see the page on formats."""
    found = {(c.aspect, c.state, c.why) for c in sbom.completeness if c.ref == sbom.root}
    if name.startswith("spdx-"):
        weak = {"contents": "incomplete", "dependencies": "unknown"}
        return {(aspect, weak[aspect], why) for aspect, state, why in found if state != "complete"}
    return found


@pytest.mark.parametrize("package", fixture_packages(), ids=lambda p: p.name)
@pytest.mark.parametrize("output", OUTPUTS, ids="@".join)
def test_a_package_survives(package: Path, output: tuple[str, str], registry: Registry) -> None:
    options = Options(outputs=(output,), build_packages="all")
    description = describe(package, options, registry)
    (document,) = render(description, options, registry)
    written, read = description.sbom, read_document(document.data, Limits()).sbom()
    assert_same(written, read, output[0])
    root, again = written.root_component, read.root_component
    assert (root.properties, root.links) == (again.properties, again.links)
    assert validate(document.data, Limits()).reasons == ()


@pytest.mark.parametrize("output", OUTPUTS, ids="@".join)
@pytest.mark.parametrize("start", ["demo-py", "linkage-demo-v1", "sources-demo"])
def test_listed_files_survive(start: str, output: tuple[str, str], registry: Registry) -> None:
    """With their sizes and what they are attributed to; SPDX 2 has no file without a hash, so no symbolic link."""
    package = next(p for p in fixture_packages() if p.name.startswith(start))
    options = Options(outputs=(output,), list_files=True)
    description = describe(package, options, registry)
    (document,) = render(description, options, registry)
    written, read = (
        [(f.path, f.kind, f.size, f.role, f.owner, f.link_target) for f in sbom.files if f.digests]
        for sbom in (description.sbom, read_document(document.data, Limits()).sbom())
    )
    assert read == written
    assert len(written) > 2


@pytest.mark.parametrize("output", OUTPUTS, ids="@".join)
@given(sbom=sboms())
@settings(max_examples=25)
def test_any_sbom_survives(output: tuple[str, str], sbom: Sbom) -> None:
    name, version = output
    data = EMITTERS[name].emit(sbom, STAMP, version)
    assert_same(sbom, read_document(data, Limits()).sbom(), name)
    assert [r for r in validate(data, Limits()).reasons if not r.startswith("conda profile")] == []


NASTY = (
    "</text>\nPackageName: evil\nSPDXID: SPDXRef-evil",
    "<text>",
    "\nPackageName: evil\nSPDXID: SPDXRef-evil\n",
    "\r\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-evil",
    "\x85PackageName: evil\u2028PackageName: evil",
    "]]></name><component type='library'><name>evil</name></component>",
    "&evil; <!-- --> <?php ?>",
    "'\"\\: {[ - # !!python/object/apply:os.system",
    "\x00\x01\x1b[31m\x7f\u202eevil\ufffe\uffff",
    '{"@id": "evil"}',
)


@pytest.mark.parametrize("output", OUTPUTS, ids="@".join)
@pytest.mark.parametrize("text", NASTY, ids=ascii)
@given(sbom=sboms())
@settings(max_examples=3)
def test_no_text_can_add_anything_to_a_document(output: tuple[str, str], text: str, sbom: Sbom) -> None:
    name, version = output
    data = EMITTERS[name].emit(with_text_everywhere(sbom, text), STAMP, version)
    read = read_document(data, Limits()).sbom()
    plain = read_document(EMITTERS[name].emit(sbom, STAMP, version), Limits()).sbom()
    assert [c.ref for c in read.components] == [c.ref for c in plain.components]
    assert len(read.relations) == len(plain.relations)


@given(tree=json_trees)
@pytest.mark.parametrize("reader", READERS.values(), ids=lambda m: m.__module__)
def test_a_reader_takes_any_tree(reader: Any, tree: Any) -> None:
    reader(tree, Limits()).sbom().check()


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a tree."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


@given(tree=json_trees, data=st.data())
@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_a_document_with_anything_in_it(name: str, tree: Any, data: st.DataObject) -> None:
    """One value of a real document is replaced by an arbitrary tree."""
    document = json.loads(DOCUMENTS[name])
    *way, last = data.draw(st.sampled_from(list(places(document))))
    node = document
    for key in way:
        node = node[key]
    node[last] = tree
    READERS[name](document, Limits()).sbom().check()


def _documents() -> dict[str, bytes]:
    package = next(p for p in fixture_packages() if p.name.startswith("linkage-demo-v1"))
    options = Options(outputs=tuple(OUTPUTS))
    return {d.format: d.data for d in render(describe(package, options, load()), options, load())}


DOCUMENTS = _documents()


@pytest.mark.parametrize(("name", "version"), OUTPUTS)
def test_what_binaries_say_is_listed_with_the_files(
    described: Callable[..., Description], name: str, version: str
) -> None:
    description = described(None, BINARIES, list_files=True)
    assert len(description.sbom.binaries) == 10
    (listed,) = render(description, Options(outputs=((name, version),), list_files=True), load())
    assert read_document(listed.data, Limits()).sbom().binaries == description.sbom.binaries
    (bare,) = render(description, Options(outputs=((name, version),)), load())
    assert b"cf_sbom:file:" not in bare.data


@pytest.mark.parametrize(("name", "version"), OUTPUTS)
def test_what_is_linked_in_among_tests_is_a_test_s(
    described: Callable[..., Description], name: str, version: str
) -> None:
    banner = b"\0 inflate 1.3.1 Copyright 1995-2024 Mark Adler \0"
    description = described(None, {"lib/x/tests/tool": elf({".rodata": banner})})
    (relation,) = (r for r in description.sbom.relations if r.kind == "static_link")
    assert relation.scope == "test"
    (document,) = render(description, Options(outputs=((name, version),)), load())
    read = read_document(document.data, Limits()).sbom()
    zlib = next(c.ref for c in read.components if c.name == "zlib")
    assert place(read).scopes[zlib] == "test"
