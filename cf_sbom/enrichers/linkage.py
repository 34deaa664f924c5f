"""What the package's binaries link to: relations, and what is linked and not declared, declared and not linked, or not
known.

Knows the finished Sbom and what is known of other packages (`--prefix`, `--packages`). What rests on the names of
libraries and packages alone is marked as inferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cf_sbom import properties as names
from cf_sbom.hookspecs import Context, Enricher, Provider, hookimpl
from cf_sbom.identity.libraries import base_name, is_never_unused, usual_package
from cf_sbom.identity.purl import archive_type, conda_purl
from cf_sbom.identity.urls import withheld
from cf_sbom.model import (
    Completeness,
    Component,
    Evidence,
    File,
    Linkage,
    Occurrence,
    Problem,
    Ref,
    Relation,
    Sbom,
    found_ref,
)
from cf_sbom.resolution import Answer, Resolver, is_same

NAME = "linkage"
INDEX = "info/index.json"
INFERRED = 0.7
"""How sure it is that a library is that of the package that is called like it."""
_WORDS = {"ELF": "NEEDED", "Mach-O": "LC_LOAD_DYLIB", "PE": "import"}
_SHOWN = 100  # files that a component names as evidence; the relation has all
_SCRIPTS = tuple(
    f".{end}"
    for end in (
        *("bat", "class", "cmd", "jar", "jl", "js", "lua", "mjs", "php", "pl", "pm"),
        *("ps1", "py", "pyc", "r", "rb", "rdb", "sh", "tcl"),
    )
)


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(
        name=NAME,
        order=15,
        enrich=enrich,
        doc="what binaries link to, against what is declared; exact with --prefix or --packages",
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with relations links_to, a Problem for each finding, and what is now known of its dependencies."""
    found = _Linked(sbom, context)
    found.look()
    components = {c.ref: c for c in sbom.components}
    relations = {(r.source, r.kind, r.target, r.scope): r for r in sbom.relations}
    for name in sorted(found.links):
        link = found.links[name]
        target = components.setdefault(*found.target(name, link))
        evidence = tuple(sorted(link.evidence))
        components[target.ref] = _seen(target, evidence)
        relation = Relation(source=sbom.root, kind="links_to", target=target.ref, evidence=evidence)
        relations[sbom.root, relation.kind, target.ref, relation.scope] = relation
    if found.unresolved:
        root = components[sbom.root]
        unknown = {(names.LINKED_UNKNOWN, library) for library in sorted(found.unresolved)[: context.limits.problems]}
        components[sbom.root] = replace(root, properties=tuple(sorted({*root.properties, *unknown})))
    problems = [*found.problems(), *(context.providers.problems if context.providers else ())]
    if (more := len(problems) - context.limits.problems) > 0:
        problems = problems[:-more]
        problems.append(_gap("", f"{more} more problems of this kind (limit problems)"))
    return replace(
        sbom,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
        problems=tuple(sorted({*sbom.problems, *problems})),
        completeness=_claimed(sbom, found),
    )


@dataclass(slots=True)
class _Link:
    """All that was found of one package: its libraries and the files that ask for each."""

    evidence: list[Evidence] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    providers: tuple[Provider, ...] = ()
    through: str = ""
    exact: bool = True


class _Linked:
    def __init__(self, sbom: Sbom, context: Context) -> None:
        self._sbom = sbom
        self._style = context.options.purl_style
        self._resolver = Resolver(sbom, context.providers, context.limits.dependencies)
        self.links: dict[str, _Link] = {}
        self.unresolved: dict[str, list[str]] = {}
        self.broken = [linkage.path for linkage in sbom.linkages if not linkage.whole]

    def look(self) -> None:
        for linkage in self._sbom.linkages:
            for name in linkage.needed:
                answer = self._resolver.resolve(linkage, name)
                if answer.where == "package":
                    self._add(linkage, name, answer)
                elif answer.where == "unresolved" and name not in linkage.optional:
                    self.unresolved.setdefault(_shown(name), []).append(linkage.path)

    def _add(self, linkage: Linkage, name: str, answer: Answer) -> None:
        link = self.links.setdefault(answer.package, _Link())
        link.files.setdefault(_shown(name), []).append(linkage.path)
        link.providers = link.providers or answer.providers
        link.through = link.through or answer.through
        link.exact = link.exact and answer.exact
        place = next((provider.place for provider in answer.providers), "")
        link.evidence.append(
            Evidence(
                path=linkage.path,
                field=f"{_WORDS[linkage.format]} {_shown(name)}",
                technique="binary" if answer.exact else "inferred",
                confidence=1.0 if answer.exact else INFERRED,
                by=NAME,
                detail=f"held by {place}" if answer.exact else "by the names of library and package",
            )
        )

    def target(self, name: str, link: _Link) -> tuple[Ref, Component]:
        """The component of a package that is linked to: the requirement; else the host package, where it is the one
        that holds the library; else a new one."""
        known = self._resolver.declared.get(name)
        host = self._resolver.host.get(name)
        if known is None and host is not None and (not link.providers or any(is_same(p, host) for p in link.providers)):
            known = host
        if known is not None:
            return known.ref, known
        provider = link.providers[0]
        alone = len({(p.version, p.build) for p in link.providers}) == 1
        purl = conda_purl(
            name,
            provider.version if alone else "",
            provider.build if alone else "",
            subdir=provider.subdir,
            channel=provider.channel,
            archive=archive_type(provider.file_name),
            style=self._style,
        )
        ref = Ref(purl) if purl else found_ref(provider.place, "package", withheld(name))
        version = provider.version if alone else ""
        return ref, Component(ref=ref, kind="library", name=withheld(name), version=withheld(version), purl=purl)

    def problems(self) -> Iterator[Problem]:
        for name, link in sorted(self.links.items()):
            if name in self._resolver.declared or link.through:
                continue
            for library, files in sorted(link.files.items()):
                reason = f"links to {library} of {withheld(name)}, which is in no depends{_others(files)}"
                yield _gap(files[0], reason + ("" if link.exact else ", as far as names tell"))
        for library, files in sorted(self.unresolved.items()):
            reason = f"links to {library}, which is not found: not in the package, a dependency or the system"
            usual = usual_package(library)
            hint = f"; it is usually in {usual}" if usual else ""
            yield _gap(files[0], reason + _others(files) + hint)
        for name, sure in self._unused():
            doubt = "" if sure else ", as far as names tell"
            yield _gap(INDEX, f"depends on {name}, but no binary links to a library of it{doubt}")

    def _unused(self) -> Iterator[tuple[str, bool]]:
        """Declared packages that hold libraries, were there to be linked against, and are not; and whether that is
        known of their files."""
        if not self._sbom.linkages or self.broken:
            return
        used = {*self.links, *(link.through for link in self.links.values())}
        for name, component in sorted(self._resolver.declared.items()):
            host = self._resolver.host.get(name)
            if name in used or is_never_unused(name) or (host is None and self._resolver.host):
                continue
            at_hand = self._resolver.at_hand(name)
            if at_hand:
                if all(_is_linkable(p) and (host is not None or not p.programs) for p in at_hand):
                    yield withheld(name), True
            elif host is not None and not self.unresolved and not _is_of_language(host):
                stated = {key for key, _ in (*host.properties, *component.properties)}
                if name.startswith("lib") or any(key.startswith(names.RUN_EXPORTS) for key in stated):
                    yield withheld(name), False


def _is_linkable(provider: Provider) -> bool:
    """Whether it has shared libraries where a linker looks for them."""
    folders = {path.rpartition("/")[0] for path in provider.libraries}
    return provider.subdir != "noarch" and bool(folders & {"lib", "Library/bin", "Library/lib"})


def _is_of_language(component: Component) -> bool:
    build, subdir = (dict(component.properties).get(key, "") for key in (names.BUILD, names.SUBDIR))
    return subdir == "noarch" or build.startswith("py")


def _seen(component: Component, evidence: Iterable[Evidence]) -> Component:
    """A component with the files that link to it, the first of them where there are many."""
    by_path: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_path.setdefault(one.path, []).append(one)
    paths = sorted(by_path)
    if len(paths) > _SHOWN:
        more = f"; and {len(paths) - _SHOWN} more files"
        by_path[paths[_SHOWN - 1]] = [replace(one, detail=one.detail + more) for one in by_path[paths[_SHOWN - 1]]]
    seen = {o.path: o for o in component.occurrences}
    for path in paths[:_SHOWN]:
        before = seen.get(path, Occurrence(path=path))
        seen[path] = replace(before, evidence=tuple(sorted({*before.evidence, *by_path[path]})))
    linked = {(names.LINKED, one.field.partition(" ")[2]) for one in evidence}
    return replace(
        component,
        occurrences=tuple(sorted(seen.values())),
        properties=tuple(sorted({*component.properties, *linked})),
    )


def _claimed(sbom: Sbom, found: _Linked) -> tuple[Completeness, ...]:
    """What is known of the root's dependencies, where no extractor knew that already."""
    if any(claim.ref == sbom.root and claim.aspect == "dependencies" for claim in sbom.completeness):
        return sbom.completeness
    guessed = sum(len(link.files) for link in found.links.values() if not link.exact)
    read = {linkage.path for linkage in sbom.linkages}
    scripts = any(_is_script(file) and file.path not in read for file in sbom.files)
    open_ = [
        _counted(len(found.broken), "binary", "binaries", "could not be read whole"),
        _counted(len(found.unresolved), "library", "libraries", "unresolved"),
        _counted(guessed, "library", "libraries", "known by name only (--packages or --prefix tells for certain)"),
        "what scripts load was not analysed" if scripts else "",
        "" if read or scripts else "the payload holds code and no binary",
    ]
    why = "; ".join(text for text in open_ if text)
    claim = Completeness(
        ref=sbom.root,
        aspect="dependencies",
        state="unknown" if why else "complete",
        why=f"depends is complete as declared; {why or 'all libraries that binaries link to are resolved'}",
    )
    return tuple(sorted((*sbom.completeness, claim), key=lambda c: (c.ref, c.aspect)))


def _is_script(file: File) -> bool:
    return file.kind == "file" and (file.executable or file.path.lower().endswith(_SCRIPTS))


def _counted(count: int, one: str, many: str, what: str) -> str:
    verb = "" if what.startswith("could") else "is " if count == 1 else "are "
    return f"{count} {one if count == 1 else many} {verb}{what}" if count else ""


def _others(files: list[str]) -> str:
    count = len(set(files)) - 1
    return f" (asked for by {count} more file{'s' if count > 1 else ''})" if count else ""


def _shown(name: str) -> str:
    """A library as it may stand in a document: of a place on the builder's machine the file alone."""
    return withheld(name if withheld(name) == name else base_name(name))


def _gap(path: str, reason: str) -> Problem:
    return Problem(path=path, reason=reason, by=NAME, severity="gap")
