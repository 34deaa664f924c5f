"""Host packages whose code may be in the package without a trace: static libraries and headers.

Knows the finished Sbom and what is known of other packages. A package that the recipe asks for, that nothing links to,
that is in no depends and gives no dependency on (run_exports) was there for its tools, or its code was built in: a
candidate, never more (claims.md is the rule: candidates are stated as such).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from cf_sbom import properties as names
from cf_sbom.hookspecs import Context, Enricher, Provider, hookimpl
from cf_sbom.identity.libraries import packages_by_name
from cf_sbom.model import Component, Evidence, Occurrence, Relation, Sbom
from cf_sbom.resolution import Resolver, is_same

NAME = "static"
AT_HAND, BY_NAME = 0.6, 0.5
"""How sure it is, of a package whose files are known, and of one whose name alone is."""
# Builds of what an interpreter loads, and packages that serve a build or a program and hold no code to be built in.
_LANGUAGE = re.compile(r"(?:py|np|pl|rb?|lua|jl)\d.*|py(?:h|_|$).*")
_TOOLS = re.compile(
    r"(?:python|pypy|python_abi|pip|setuptools|wheel|cython|numpy|cffi|pythran|r-base|perl|ruby|nodejs|openjdk|lua|julia"
    r"|go|rust|cmake|make|ninja|meson|bazel|scons|autoconf|automake|libtool|m4|bison|flex|gperf|swig|doxygen|gettext"
    r"|pkg-config|pkgconfig|pkgconf|patch|patchelf|git|curl|wget|tar|unzip|sed|grep|coreutils|gnuconfig|help2man|texinfo"
    r"|vc|ucrt|.*_runtime|vs20\d\d.*|vcomp14|_?libgcc_mutex|_openmp_mutex|.*-ng|libgcc|libgcc\d*|libstdcxx|libcxx(?:abi)?"
    r"|libgomp|libgfortran\d*|llvm-openmp|compiler-rt.*|clang.*|llvm.*|lld|cctools.*|ld64.*|ld_impl_.*|binutils.*|gcc.*"
    r"|gxx.*|gfortran.*|sysroot_.*|kernel-headers_.*|.*_(?:linux|osx|win)-[\w]+|m2-.*|m2w64-.*|msys2-.*|posix"
    r"|ca-certificates|certifi|tzdata|.*-(?:bin|tools|doc|docs|data|feedstock|mutex|mpi|abi)|blas|mpi|__.*)"
)


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(
        name=NAME, order=16, enrich=enrich, doc="host packages whose code may be linked in statically, as candidates"
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with a relation static_candidate to each host package that the package may hold code of."""
    found = dict(_candidates(sbom, context))
    if not found:
        return sbom
    relations = {(r.source, r.kind, r.target, r.scope): r for r in sbom.relations}
    components = {c.ref: c for c in sbom.components}
    for component, evidence in found.items():
        relation = Relation(source=sbom.root, kind="static_candidate", target=component.ref, evidence=(evidence,))
        relations.setdefault((sbom.root, relation.kind, component.ref, relation.scope), relation)
        occurrences = {o.path: o for o in component.occurrences}
        before = occurrences.get(evidence.path, Occurrence(path=evidence.path))
        occurrences[evidence.path] = replace(before, evidence=tuple(sorted({*before.evidence, evidence})))
        components[component.ref] = replace(component, occurrences=tuple(sorted(occurrences.values())))
    return replace(
        sbom,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
    )


def _root(name: str) -> str:
    return re.sub(r"^lib|-(?:cpp|c|dev|devel|headers|libs|base)$", "", name)


def _candidates(sbom: Sbom, context: Context) -> Iterator[tuple[Component, Evidence]]:
    if not sbom.linkages:
        return  # no code that another could have been built into
    resolver = Resolver(sbom, context.providers, context.limits.dependencies)
    own = [r for r in sbom.relations if r.source == sbom.root]
    by_ref = {c.ref: c for c in sbom.components}
    asked = {r.target: r.evidence for r in own if r.kind == "host"}
    others = {by_ref[r.target].name for r in own if r.kind == "build_tool"} | {sbom.subject.name}
    linked = {by_ref[r.target].name for r in own if r.kind == "links_to"}
    kin = _kin(sbom, {*linked, *resolver.declared}, context.limits.dependencies)
    for name, component in sorted(resolver.host.items()):
        if name in others or _root(name) in kin or not _may_be_built_in(component):
            continue
        sure, why = _judged(component, resolver.at_hand(name))
        if sure and sure >= context.options.native_threshold:
            for place in asked[component.ref][:1]:
                evidence = replace(place, technique="inferred", confidence=sure, by=NAME, detail=why)
                yield component, evidence


def _kin(sbom: Sbom, needed: Iterable[str], most: int) -> set[str]:
    """The roots of the names of what is needed: a dependency may have come from another of them, such as zlib for
    libzlib. most: how many libraries that binaries ask for are looked up."""
    libraries = dict.fromkeys(library for one in sbom.linkages for library in one.needed)
    by_library = (name for library in islice(libraries, most) for name in packages_by_name(library))
    return {_root(name) for name in (*needed, *by_library)}


def _may_be_built_in(component: Component) -> bool:
    """Whether it was asked for, and neither gives dependencies nor is a tool."""
    stated = dict(component.properties)
    return (
        names.REQUESTED in stated
        and not any(key.startswith(names.RUN_EXPORTS) for key in stated)
        and stated.get(names.SUBDIR) != "noarch"
        and not _TOOLS.fullmatch(component.name)
    )


def _judged(component: Component, at_hand: Sequence[Provider]) -> tuple[float, str]:
    """How sure it is that code of a host package was built in, and why; 0 where its files or its build say no."""
    same = [p for p in at_hand if is_same(p, component)] or list(at_hand)
    if same:
        if any(p.libraries or p.exports or not (p.archives or p.headers) for p in same):
            return 0, ""
        holds = "static libraries" if same[0].archives else "headers"
        return AT_HAND, f"a host package that holds {holds} and no shared library"
    if _LANGUAGE.fullmatch(dict(component.properties).get(names.BUILD, "")):
        return 0, ""
    return BY_NAME, "a host package that nothing links to and that is no run dependency"
