"""Documents of ours inside packages are found, and those of others are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import Members, info_members

from cf_sbom.embedded import documents_about_itself, may_be_inside, place_inside, places_inside
from cf_sbom.errors import TargetError
from cf_sbom.limits import Limits
from cf_sbom.plugins import Registry

OURS, OTHER = b'{"tools": [{"name": "cf-sbom"}]}', b'{"tools": [{"name": "other"}]}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("share/sbom/a-1-0.cdx.json", True),
        ("info/sbom/a-1-0.spdx", True),
        ("share/sbom/a-1-0.odd.json", True),
        ("share/sbom/more/a-1-0.cdx.json", False),
        ("lib/a.dist-info/sboms/a.cdx.json", False),
    ],
)
def test_where_documents_lie(path: str, expected: bool) -> None:
    assert may_be_inside(path) is expected


def test_places_of_one_package() -> None:
    assert place_inside("a-1-0", ".cdx.json") in places_inside("a-1-0")
    assert place_inside("a-1-0", ".spdx", in_info=True) == "info/sbom/a-1-0.spdx"
    assert all(map(may_be_inside, places_inside("a-1-0")))


def test_documents_about_the_package_itself(package: Callable[..., Path], registry: Registry) -> None:
    payload: Members = {
        "lib/large.bin": b"x" * 100_000,
        "share/sbom/demo-1.0-0.cdx.json": OURS,
        "share/sbom/demo-1.0-0.spdx.json": OTHER,
        "share/sbom/else-2-0.cdx.json": OURS,
        "share/doc/demo.cdx.json": OURS,
    }
    path = package({**info_members(), "info/sbom/demo-1.0-0.spdx": OURS}, payload)
    found = [(d.path, d.data) for d in documents_about_itself(path, registry.sources, Limits())]
    assert found == [
        ("info/sbom/demo-1.0-0.spdx", OURS),
        ("share/sbom/demo-1.0-0.cdx.json", OURS),
        ("share/sbom/demo-1.0-0.spdx.json", OTHER),
    ]
    with pytest.raises(TargetError, match="limit document_size"):
        documents_about_itself(path, registry.sources, Limits(document_size=4))
