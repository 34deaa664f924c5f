"""Edges between carried packages."""

from __future__ import annotations

from cf_sbom.model import Problem, Ref, Relation
from cf_sbom.requirements import Provider, Requirement, relations


def provider(name: str, *needs: str, version: str = "1", place: str = "") -> Provider:
    return Provider(
        ref=Ref(f"pkg:generic/{name}@{version}"),
        path=f"lib/{name}",
        names=(name, f"also-{name}"),
        requirements=tuple(Requirement(name=need, spec=f"{need} >=1", field=f"needs.{need}") for need in needs),
        place=place,
    )


def edges(*providers: Provider) -> list[tuple[str, str]]:
    found = relations("toy", providers)
    return [(r.source[12:], r.target[12:]) for r in found if isinstance(r, Relation)]


def test_a_need_is_met_by_any_name_of_what_is_there() -> None:
    (edge,) = relations("toy", [provider("a", "also-b", "absent"), provider("b")])
    assert isinstance(edge, Relation)
    assert (edge.kind, edge.scope, edge.specs) == ("depends_on", "runtime", ("also-b >=1",))
    assert [(e.path, e.field, e.by) for e in edge.evidence] == [("lib/a", "needs.also-b", "toy")]


def test_only_the_same_place_counts_and_none_needs_itself() -> None:
    assert edges(provider("a", "b", "a", place="x"), provider("b", place="y")) == []
    assert edges(provider("a", "b", place="x"), provider("b", place="x")) == [("a@1", "b@1")]
    assert edges(provider("a", "b"), provider("b"), provider("b")) == [("a@1", "b@1")], "one package, seen twice"


def test_of_several_versions_none_is_chosen() -> None:
    found = list(relations("toy", [provider("a", "b", "c"), *(provider(n, version=v) for n in "bc" for v in "12")]))
    reason = "needs b and 1 more, carried in several versions: which of them is meant is not known"
    assert found == [Problem(path="lib/a", reason=reason, by="toy", severity="gap")]
