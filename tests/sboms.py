"""Arbitrary Sboms that pass their own check: the model in all its shapes, free of any package."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import strategies as st

from cf_sbom import model
from cf_sbom import properties as names
from cf_sbom.model import (
    Completeness,
    Component,
    Digest,
    Evidence,
    License,
    Occurrence,
    Patch,
    Problem,
    Ref,
    Relation,
    Sbom,
    Stamp,
    Subject,
    Text,
)

STAMP = Stamp(
    tool="cf-sbom",
    tool_version="1.0",
    created="2024-01-01T00:00:00Z",
    namespace="https://example.org",
    build_packages="all",
)
ROOT = Ref("pkg:conda/demo@1.0?build=0&subdir=linux-64&type=conda")
words = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
versions = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}", fullmatch=True)
prose = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)
licenses = st.sampled_from(["MIT", "BSD-3-Clause", "Apache-2.0 OR MIT", "GPL-2.0-only WITH GCC-exception-2.0"])
EDGES: tuple[tuple[Any, Any], ...] = (
    ("contains", "runtime"),
    ("contains", "test"),
    ("static_link", "runtime"),
    ("depends_on", "runtime"),
    ("depends_on", "optional"),
    ("depends_on", "test"),
    ("depends_on", "build"),
    ("upstream_of", "runtime"),
    ("static_candidate", "runtime"),
    ("links_to", "runtime"),
    ("built_from", "build"),
    ("build_tool", "build"),
    ("host", "build"),
    ("constrains", "runtime"),
)
"""How the root may be related to a component; those that every format can tell apart."""


@st.composite
def digests(draw: st.DrawFn) -> tuple[Digest, ...]:
    lengths = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
    chosen = draw(st.sets(st.sampled_from(get_args(model.Algorithm)), max_size=2))
    return tuple(
        Digest(algorithm=name, value=draw(st.from_regex(rf"[0-9a-f]{{{lengths[name]}}}", fullmatch=True)))
        for name in sorted(chosen)
    )


@st.composite
def components(draw: st.DrawFn) -> Component:
    name, version = draw(words), draw(versions)
    purl = f"pkg:generic/{name}@{version}"
    evidence = Evidence(path=f"lib/{draw(words)}", field=draw(words), by=draw(words))
    return Component(
        ref=Ref(purl),
        kind=draw(st.sampled_from(["application", "library"])),
        name=name,
        version=version,
        purl=purl,
        aliases=tuple(sorted(draw(st.sets(words.map(lambda n: f"pkg:generic/alias-{n}@1"), max_size=2)))),
        licenses=tuple(License(expression=e) for e in draw(st.sets(licenses, max_size=1))),
        digests=draw(digests()),
        description=draw(prose).strip(),
        occurrences=(Occurrence(path=evidence.path, evidence=(evidence,)),),
        properties=tuple(sorted({("conda:package:build", draw(words))})),
    )


@st.composite
def sboms(draw: st.DrawFn) -> Sbom:
    found = {c.ref: c for c in draw(st.lists(components(), max_size=6))}
    root = Component(
        ref=ROOT,
        kind="library",
        name="demo",
        version="1.0",
        purl=str(ROOT),
        licenses=tuple(License(expression=e) for e in draw(st.sets(licenses, max_size=1))),
        digests=draw(digests()),
    )
    relations: dict[tuple[str, ...], Relation] = {}
    required = []
    for ref in sorted(found):
        kind, scope = draw(st.sampled_from(EDGES))
        specs = (f"{found[ref].name} >=1",) if kind in ("depends_on", "constrains") else ()
        if kind == "constrains":  # the reader knows a constraint by its spec alone
            purl = f"pkg:conda/{found[ref].name}"
            del found[ref]
            ref = Ref(purl)
            found[ref] = Component(ref=ref, kind="library", name=purl.partition("/")[2], purl=purl)
        if kind == "links_to":  # CycloneDX has it as a property
            linked = (names.LINKED, draw(words))
            found[ref] = replace(found[ref], properties=tuple(sorted((*found[ref].properties, linked))))
        if kind == "built_from":  # sources are known from the recipe alone
            path = f"info/recipe/{draw(words)}"
            evidence = Evidence(path=path, field=draw(words), technique="recipe", by=draw(words))
            found[ref] = replace(found[ref], occurrences=(Occurrence(path=path, evidence=(evidence,)),))
        ends = (Ref(ref), ROOT) if kind == "upstream_of" else (ROOT, Ref(ref))
        specs = () if scope == "build" else specs
        relations[ends[0], kind, ends[1], scope] = Relation(
            source=ends[0], kind=kind, target=ends[1], scope=scope, specs=specs
        )
        if draw(st.booleans()) and kind == "upstream_of":  # what the package is may lie in it, too
            relations[ROOT, "contains", ref, "runtime"] = Relation(source=ROOT, kind="contains", target=Ref(ref))
        if kind in ("contains", "depends_on") and scope == "runtime":
            required.append(ref)
    for target in required[1:]:
        relations[required[0], "depends_on", target, "runtime"] = Relation(
            source=Ref(required[0]), kind="depends_on", target=Ref(target)
        )
    patches = {p.path: p for p in draw(st.lists(_patches(), max_size=2))}
    owners = [r.target for r in relations.values() if r.kind == "built_from"]
    end = owners[0] if len(owners) == 1 else ROOT
    for patch in patches.values():
        relation = Relation(source=end, kind="patched_by", target=patch.ref, scope="build")
        relations[end, "patched_by", patch.ref, "build"] = relation
    claims = tuple(
        Completeness(ref=ROOT, aspect=aspect, state=draw(st.sampled_from(get_args(model.State))), why=draw(words))
        for aspect in ("contents", "dependencies")
    )
    sbom = Sbom(
        subject=Subject(
            filename="demo-1.0-0.conda",
            container="conda",
            size=10,
            digests=root.digests,
            name="demo",
            version="1.0",
            build="0",
            subdir="linux-64",
        ),
        root=ROOT,
        components=tuple(sorted([root, *found.values()], key=lambda c: c.ref)),
        relations=tuple(relations[key] for key in sorted(relations)),
        patches=tuple(patches[path] for path in sorted(patches)),
        completeness=claims,
        problems=tuple(sorted(draw(st.sets(_problems(), max_size=2)))),
    )
    sbom.check()
    return sbom


@st.composite
def _patches(draw: st.DrawFn) -> Patch:
    path = f"info/recipe/{draw(words)}.patch"
    data = f"--- a\n+++ b\n{draw(prose)}\n-{draw(prose)}\n+end".encode()
    resolves = tuple(sorted(draw(st.sets(st.sampled_from(["CVE-2099-1", "CVE-2099-2"]), max_size=2))))
    return Patch(path=path, text=Text(path=path, media_type="text/x-diff", data=data), resolves=resolves)


@st.composite
def _problems(draw: st.DrawFn) -> Problem:
    return Problem(
        path=draw(words), reason=draw(words), by=draw(words), severity=draw(st.sampled_from(["gap", "damage"]))
    )


def with_text_everywhere(sbom: Sbom, text: str) -> Sbom:
    """The Sbom with one text in every field that is free text."""
    return replace(
        sbom,
        components=tuple(
            replace(
                c,
                name=c.name + text,
                version=c.version + text,
                description=text,
                licenses=tuple(replace(lic, found=text) for lic in c.licenses),
                properties=(("conda:package:build", text),),
            )
            for c in sbom.components
        ),
        problems=(Problem(path=text, reason=text, by="test", severity="gap"),),
        completeness=tuple(replace(c, why=text) for c in sbom.completeness),
        patches=tuple(replace(p, text=replace(p.text, data=text.encode())) if p.text else p for p in sbom.patches),
    )
