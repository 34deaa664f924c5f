"""Whether the package's licence field covers what it carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.assemble import assemble
from cf_sbom.enrichers import licenses
from cf_sbom.hookspecs import Context, Options
from cf_sbom.identity.licenses import covers, normalize, symbols
from cf_sbom.limits import Limits
from cf_sbom.model import ROOT, Component, Evidence, License, Occurrence, Ref, Subject


def reasons(field: str, **carried: str) -> list[str]:
    """The problems of a package with this licence field that carries name=expression."""

    def component(ref: str, path: str, name: str, expression: str) -> Component:
        where = (Occurrence(path=path, evidence=(Evidence(path=path, by="x"),)),)
        stated = (License(expression=expression),) if expression else ()
        return Component(ref=Ref(ref), kind="library", name=name, version="1", licenses=stated, occurrences=where)

    subject = Subject(
        filename="", container="folder", size=None, digests=(), name="d", version="1", build="0", subdir="noarch"
    )
    found = [component(ROOT, "info/index.json", "d", field)]
    found += [component(f"pkg:pypi/{name}@1", f"lib/{name}", name, e) for name, e in carried.items()]
    sbom = assemble((), [subject, *found], Options())
    return [p.reason for p in licenses.enrich(sbom, Context(options=Options(), limits=Limits())).problems]


@pytest.mark.parametrize(
    ("field", "carried", "expected"),
    [
        ("MIT", {"a": "MIT"}, []),
        ("MIT", {"a": ""}, []),
        ("MIT", {"a": "MIT OR Zlib"}, []),
        ("MIT OR Zlib", {"a": "Zlib"}, []),
        ("MIT AND Zlib", {"a": "Zlib", "b": "MIT"}, []),
        ("MIT", {"a": "Zlib", "b": "Zlib"}, ["the licence field (MIT) does not cover Zlib of a 1, b 1"]),
        ("MIT", {"a": "MIT AND Zlib"}, ["the licence field (MIT) does not cover MIT AND Zlib of a 1"]),
        ("", {"a": "MIT"}, ["the package declares no licence, and carries MIT of a 1"]),
        (
            "MIT",
            {"a": "LicenseRef-x"},
            ["whether the licence field covers what is no SPDX expression is not known, of a 1"],
        ),
        ("LicenseRef-x", {"a": "LicenseRef-x"}, []),
        ("LicenseRef-x", {"a": "MIT"}, ["the licence field (LicenseRef-x) is not known to cover MIT of a 1"]),
    ],
)
def test_what_is_not_covered_is_a_gap_with_the_names(field: str, carried: dict[str, str], expected: list[str]) -> None:
    assert reasons(field, **carried) == expected


def test_what_tests_read_is_nobody_s_to_use() -> None:
    assert reasons("MIT", **{"tests/a": "Zlib"}) == []


@pytest.mark.parametrize(
    ("field", "expression", "covered"),
    [
        ("GPL-2.0-only", "GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("GPL-2.0-or-later", "GPL-2.0-only", False),
        ("MIT", "(MIT OR Zlib) AND ISC", False),
        ("MIT AND ISC", "(MIT OR Zlib) AND ISC", True),
    ],
)
def test_an_expression_is_covered_if_one_way_to_satisfy_it_is(field: str, expression: str, covered: bool) -> None:
    assert covers(field, expression) is covered


ids = st.sampled_from(["MIT", "Zlib", "ISC", "GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-a"])
expressions = st.recursive(
    ids, lambda inner: st.builds("({}) {} ({})".format, inner, st.sampled_from(["AND", "OR"]), inner), max_leaves=6
).map(lambda text: normalize(text).expression)


@given(expressions, expressions)
def test_more_in_the_field_never_covers_less(field: str, expression: str) -> None:
    assert covers(expression, expression)
    assert covers(f"({field}) AND ({expression})", expression)
    assert symbols(expression) <= symbols(f"({field}) AND ({expression})")
