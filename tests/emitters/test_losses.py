"""What a syntax cannot carry is said: in the document that lacks it, on the terminal, and in the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import INDEX, info_members

from cf_sbom.documents import read_document
from cf_sbom.generate import Result, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.plugins import Registry


@pytest.mark.parametrize(
    ("summary", "name", "said"),
    [
        ("a\x1b[31mb", "cyclonedx-json", False),
        ("a\x1b[31mb", "cyclonedx-xml", True),
        ("a\x1b[31mb", "spdx-xml", True),
        ("a\x1b[31mb", "spdx-rdf", True),
        ("a\x1b[31mb", "spdx-tag-value", True),
        ("a\x1b[31mb", "spdx-yaml", False),
        ("a\x1b[31mb", "spdx3-json", False),
        ("a</text>b", "spdx-tag-value", True),
        ("a</text>b", "spdx-xml", False),
        ("aéb", "spdx-tag-value", False),
        ("aéb", "cyclonedx-xml", False),
    ],
)
def test_what_is_lost_is_said(
    summary: str, name: str, said: bool, package: Callable[..., Path], registry: Registry
) -> None:
    options = Options(outputs=((name, ""),))
    path = package(info_members(INDEX, about={"summary": summary}))
    description = describe(path, options, registry)
    documents = render(description, options, registry)
    result = Result(target=path, description=description, documents=documents)
    reasons = (
        {f"1 text holds characters that {name} cannot carry; they are replaced in that document"} if said else set()
    )
    lost = set(result.problems) - set(description.sbom.problems)
    assert {p.reason for p in lost} == reasons
    read = read_document(documents[0].data, Limits()).sbom()
    assert set(read.problems) == set(result.problems)
    assert (read.root_component.description == summary) is not said
