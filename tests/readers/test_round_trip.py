"""What is written is read back: identities, edges, hashes, licences, patches and completeness survive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import fixture_packages

from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Sbom
from cf_sbom.placement import place
from cf_sbom.plugins import Registry
from cf_sbom.readers import cyclonedx, spdx2

READERS: dict[str, Callable[[Any, Limits], Any]] = {"cyclonedx-json": cyclonedx.read, "spdx-json": spdx2.read}
json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "ref", "purl"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def identity(component: Component) -> tuple[Any, ...]:
    return (
        component.name,
        component.version,
        component.purl,
        component.digests,
        tuple((lic.expression, lic.role) for lic in component.licenses),
        component.occurrences,
    )


def edges(sbom: Sbom, *kinds: str) -> set[tuple[str, ...]]:
    names = {c.ref: c.purl or c.name for c in sbom.components} | {p.ref: p.path for p in sbom.patches}
    return {(names[r.source], r.kind, names[r.target], *r.specs) for r in sbom.relations if r.kind in kinds}


@pytest.mark.parametrize("package", fixture_packages(), ids=lambda p: p.name)
@pytest.mark.parametrize(
    "output", [("cyclonedx-json", "1.6"), ("cyclonedx-json", "1.7"), ("spdx-json", "2.3")], ids=str
)
def test_the_model_survives(package: Path, output: tuple[str, str], registry: Registry) -> None:
    options = Options(outputs=(output,), build_packages="all")
    description = describe(package, options, registry)
    (document,) = render(description, options, registry)
    written, read = description.sbom, READERS[output[0]](json.loads(document.data), Limits()).sbom()
    read.check()
    for section in ("carried", "required", "source", "build"):
        ours, theirs = (sorted(map(identity, place(s).sections[section])) for s in (written, read))  # type: ignore[index]
        assert ours == theirs, section
    kinds = ("depends_on", "built_from", "build_tool", "host", "constrains", "contains")
    build = {e for e in edges(written, "depends_on") if e not in edges(read, "depends_on")}
    assert edges(read, *kinds) | build == edges(written, *kinds)
    if output[0] == "spdx-json":
        assert build == set()
    assert [(p.path, p.resolves, p.text and p.text.data) for p in read.patches] == [
        (p.path, p.resolves, p.text and p.text.data) for p in written.patches
    ]
    claims = {(c.aspect, c.state, c.why) for c in written.completeness if c.state != "complete"}
    assert {(c.aspect, c.state, c.why) for c in read.completeness if c.ref == read.root} >= claims
    assert read.problems == written.problems
    root, again = written.root_component, read.root_component
    assert (root.purl, root.digests, root.properties, root.links) == (
        again.purl,
        again.digests,
        again.properties,
        again.links,
    )


@given(tree=json_trees)
@pytest.mark.parametrize("reader", [cyclonedx, spdx2], ids=lambda m: m.__name__)
def test_a_reader_takes_any_tree(reader: Any, tree: Any) -> None:
    reader.read(tree, Limits()).sbom().check()


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a tree."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


@given(tree=json_trees, data=st.data())
@pytest.mark.parametrize("name", ["cyclonedx-json", "spdx-json"])
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
    from cf_sbom.plugins import load

    package = next(p for p in fixture_packages() if p.name.startswith("linkage-demo-v1"))
    options = Options()
    return {d.format: d.data for d in render(describe(package, options, load()), options, load())}


DOCUMENTS = _documents()
