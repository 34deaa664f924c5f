"""SPDX 3 documents before independent judges: the official JSON schema, the SHACL shapes, and the schema used at run
time, which is another text than the official one and must give the same verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shacl
from hypothesis import given, settings
from hypothesis import strategies as st
from support import EXPECTED

from cf_sbom import schemas

GOLDENS = sorted(EXPECTED.rglob("spdx3-json-*.json"))
needs_official = pytest.mark.skipif(not shacl.available(), reason="no folder of official schemas")


def official() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(json.loads((shacl.OFFICIAL / "spdx-3.0.1.official.json").read_bytes()))


@needs_official
@pytest.mark.parametrize("path", GOLDENS, ids=lambda p: p.parent.name)
def test_the_official_schema_accepts(path: Path) -> None:
    assert [e.message for e in official().iter_errors(json.loads(path.read_bytes()))] == []


@needs_official
def test_shacl_accepts() -> None:
    smallest = min(GOLDENS, key=lambda p: p.stat().st_size)
    assert shacl.findings([smallest]) == []


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


DOCUMENT = GOLDENS[0].read_bytes()
PLACES = places(json.loads(DOCUMENT))


@needs_official
@given(data=st.data())
@settings(max_examples=150)
def test_the_schema_at_run_time_judges_as_the_official_one(data: st.DataObject) -> None:
    """One value of a document is changed or taken away, or one is added."""
    document = json.loads(DOCUMENT)
    *way, last = data.draw(st.sampled_from(PLACES))
    node = document
    for key in way:
        node = node[key]
    change = data.draw(st.sampled_from(["other", "gone", "added", "type"]))
    if change == "other":
        node[last] = data.draw(st.sampled_from([None, 1, "", "x", [], {}, "https://example.org/a", ["x"], True]))
    elif change == "gone":
        del node[last]
    elif change == "added" and isinstance(node, dict):
        node[data.draw(st.sampled_from(["unknown", "comment", "name", "to"]))] = "x"
    elif isinstance(node, dict):
        node["type"] = data.draw(st.sampled_from(["Relationship", "software_Package", "Nothing", "Element"]))
    assert schemas.official("spdx3-json", "3.0.1").is_valid(document) == official().is_valid(document)
