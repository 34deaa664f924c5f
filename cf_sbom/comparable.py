"""What one inventory says that can be compared with another, as plain data: names, and what is said of each.

Knows the model only, and nothing of a second inventory. What is here is small beside the inventory, so that it can be
sent from the process that read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from cf_sbom import properties as names
from cf_sbom.coverage import stated_sizes
from cf_sbom.identity.purl import without_version
from cf_sbom.merging import evidence_of, grouped
from cf_sbom.model import Component, FileRole, Part, Ref, Relation, Sbom, Scope
from cf_sbom.payloads import Content, contents
from cf_sbom.placement import place
from cf_sbom.syntaxes.xml import writable

Told: TypeAlias = Mapping[str, str]
"""What is said of each name, as one text."""

NO_VERSION = "no version"

_LIBRARY_VERSION = re.compile(r"(?<=\.so)\.[0-9.]+\Z|\.[0-9.]+(?=\.dylib\Z)", re.ASCII)


class Seen(NamedTuple):
    """A version of a component: its licences as one expression, "" where none is stated, and where it was seen."""

    license: str
    paths: tuple[str, ...]


Versions: TypeAlias = Mapping[str, Mapping[str, Seen]]
"""Components by what they are without a version (a purl or a name), and each by its versions; that of a conda package
has its build, which is another artifact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One inventory. name to purl are what it is called by; the other fields are what is compared.

    dependencies are match specs, and specs has them by the names of required, which is what is needed, directly or
    through others. files are those of the payload by path, without folders; lists_files tells whether all are there,
    since a payload without any is no document that leaves them out. sizes: bytes of the payload attributed to each
    role, empty where they are not stated. unlisted: what a document says that it leaves out;
    of_document: it may leave out more than that.
    """

    name: str
    version: str
    build: str
    subdir: str
    purl: str
    package: Told
    license: str
    license_texts: Told
    dependencies: Told
    constraints: Told
    run_exports: Told
    linkage: Told
    glibc: Told
    binaries: Told
    defined: Mapping[str, frozenset[str]]
    sources: Told
    patches: Told
    entry_points: Told
    problems: Told
    components: Versions
    bundled: Versions
    static: Versions
    candidates: Versions
    required: Versions
    specs: Mapping[str, tuple[str, ...]]
    build_packages: Versions
    lists_files: bool
    files: Mapping[str, Content]
    sizes: Mapping[FileRole, int]
    unlisted: tuple[Part, ...]
    of_document: bool


def side(sbom: Sbom) -> Side:
    """All that an inventory says to a comparison. Linear in components, relations and files, but for sorting."""
    asked = _Inventory(sbom)
    root, subject = asked.root, sbom.subject
    carried, bundled, static = asked.carried()
    sizes = stated_sizes(root)
    return Side(
        name=root.name,
        version=root.version,
        build=subject.build,
        subdir=subject.subdir,
        purl=root.purl,
        package=asked.package(),
        license=_licenses(asked.root) or "not declared",
        license_texts=asked.license_texts(),
        dependencies=asked.dependencies(),
        constraints=asked.constraints(),
        run_exports=asked.run_exports(),
        linkage=asked.linkage(),
        glibc=asked.glibc(),
        binaries=asked.binaries(),
        defined=asked.defined(),
        sources=asked.sources(),
        patches=asked.patches(),
        entry_points=asked.entry_points(),
        problems=asked.problems(),
        components=_versions(carried),
        bundled=_versions(bundled),
        static=_versions(static),
        candidates=_versions(asked.placement.sections["candidate"]),
        required=_versions(asked.required(), asked.placement.scopes),
        specs=asked.specs(),
        build_packages=_versions(asked.targets("build_tool", "host")),
        lists_files=bool(sbom.files) or (bool(sizes) and not any(sizes.values())),
        files=contents(sbom.files),
        sizes=sizes,
        unlisted=sbom.unlisted,
        of_document=sbom.of_document,
    )


class _Inventory:
    """An inventory, asked for one thing after the other."""

    def __init__(self, sbom: Sbom) -> None:
        self.sbom = sbom
        self.placement = place(sbom)
        self.root = self.placement.root
        self.by_ref: Mapping[str, Component] = {component.ref: component for component in sbom.components}

    def package(self) -> dict[str, str]:
        subject, root = self.sbom.subject, self.root
        told = {
            "name": root.name,
            "version": root.version,
            "build": subject.build,
            "platform": subject.subdir,
            "noarch": " ".join(self._stated(names.NOARCH)),
            "channel": subject.channel,
            "kind": root.kind,
            "description": " ".join(root.description.split()),
            "supplier": root.supplier.name if root.supplier else "",
            "manufacturer": root.manufacturer.name if root.manufacturer else "",
        }
        told |= {link.kind: link.url for link in root.links if link.kind in ("website", "vcs", "documentation")}
        return {name: value for name, value in told.items() if value}

    def license_texts(self) -> dict[str, str]:
        """The first digits of the SHA-256 of the package's licence texts: what stands in info/, and what a document has
        with the package's licence, be it without a path."""
        own = {path for license_ in self.root.licenses for path in license_.texts}
        own |= {t.path for t in self.sbom.texts if t.path.startswith("info/") and "#/" not in t.path}
        return {t.path: _digest(t.data) for t in self.sbom.texts if t.path in own}

    def dependencies(self) -> dict[str, str]:
        needed: list[tuple[str, str]] = []
        for relation, target in self._declared():
            scope = "" if relation.scope == "runtime" else f" ({relation.scope})"
            needed += ((target.name, f"{spec}{scope}") for spec in relation.specs)
        return _joined([*needed, *((_first(spec), spec) for spec in self._stated(names.VIRTUAL_DEPENDS))])

    def required(self) -> Iterator[Component]:
        """What is needed, and no package of the build environments that is listed as such."""
        made_with = {relation.target for relation in self.sbom.relations if relation.kind in ("build_tool", "host")}
        yield from self.placement.sections["required"]
        yield from (one for one in self.placement.sections["build"] if one.ref not in made_with)

    def specs(self) -> dict[str, tuple[str, ...]]:
        """The match specs that the package has for each component, by what it is without a version."""
        declared = ((_name(target), spec) for relation, target in self._declared() for spec in relation.specs)
        return {name: tuple(spec for _, spec in same) for name, same in grouped(declared, lambda pair: pair[0]).items()}

    def _declared(self) -> Iterator[tuple[Relation, Component]]:
        """What the package itself depends on, but for what it carries."""
        for relation in self.placement.outgoing.get(self.sbom.root, ()):
            target = self.by_ref.get(relation.target)
            if relation.kind == "depends_on" and target is not None and not self._is_carried(target):
                yield relation, target

    def constraints(self) -> dict[str, str]:
        restricting = (r for r in self.sbom.relations if r.kind == "constrains")
        stated = [*(spec for r in restricting for spec in r.specs), *self._stated(names.VIRTUAL_CONSTRAINS)]
        return _joined((_first(spec), spec) for spec in stated)

    def run_exports(self) -> dict[str, str]:
        exported = (
            (name.removeprefix(names.RUN_EXPORTS), spec)
            for name, spec in self.root.properties
            if name.startswith(names.RUN_EXPORTS)
        )
        return _joined((f"{_first(spec)} ({kind})", spec) for kind, spec in exported)

    def linkage(self) -> dict[str, str]:
        """The libraries asked for, and the package or component that provides each."""
        asked = [(library, "provider unknown") for library in self._stated(names.LINKED_UNKNOWN)]
        for component in self.targets("links_to"):
            sonames = [value for name, value in component.properties if name == names.LINKED]
            asked += [(soname, component.name) for soname in sonames or [component.name]]
        return _joined(asked)

    def glibc(self) -> dict[str, str]:
        """The one that its binaries need; the property is there though no files are listed."""
        return _joined(("glibc", f">={version}") for version in self._stated(names.GLIBC))

    def binaries(self) -> dict[str, str]:
        """What all binaries together say, whatever their paths, since these bear versions: their machines and
        toolchains, and of each family of symbol versions but glibc's the highest that they ask for."""
        told: list[tuple[str, str]] = []
        highest: dict[str, str] = {}
        for binary in self.sbom.binaries:
            told += (("machine", machine) for machine in binary.machine.split(",") if machine)
            told += (("toolchain", text) for text in binary.toolchain)
            for version in (version for _, asked in binary.imported_versions for version in asked):
                family, _, number = version.rpartition("_")
                if family not in ("", "GLIBC") and number[:1].isdigit():
                    highest[family] = max(highest.get(family, ""), number, key=_numbers)
        return _joined([*told, *((f"{family} asked for", f">={number}") for family, number in highest.items())])

    def defined(self) -> dict[str, frozenset[str]]:
        """The versions of symbols that each library defines, by its name without its own version."""
        named = ((_LIBRARY_VERSION.sub("", b.path.rpartition("/")[2]), b.exported_versions) for b in self.sbom.binaries)
        by_name = grouped(((name, versions) for name, versions in named if versions), lambda pair: pair[0])
        return {name: frozenset(v for _, versions in same for v in versions) for name, same in by_name.items()}

    def sources(self) -> dict[str, str]:
        """What the package was built from: each name with version, revision, address and the first digits of a digest:
        MD5's where there is no better one."""
        found = []
        for component in self.targets("built_from"):
            urls = sorted(link.url for link in component.links if link.kind in ("source", "distribution", "vcs"))
            better = [d for d in component.digests if d.algorithm != "md5"]
            digests = [f"{d.algorithm}:{d.value[:12]}" for d in better or component.digests]
            revision = [value for name, value in component.properties if name == names.SOURCE_REVISION]
            found.append((_name(component), " ".join([component.version, *revision, *urls, *digests]).strip()))
        return _joined(found)

    def patches(self) -> dict[str, str]:
        """The patches by file name, with the first digits of the SHA-256 of their text, without the blanks around it:
        not every format keeps these."""
        held = ((p.path.rpartition("/")[2], p.text) for p in self.sbom.patches)
        return {name: _digest(text.data, b" \t\r\n") if text else "not in the package" for name, text in held}

    def problems(self) -> dict[str, str]:
        return {f"{p.path}: {p.reason}" if p.path else p.reason: p.severity for p in self.sbom.problems}

    def entry_points(self) -> dict[str, str]:
        """Commands that an installer makes."""
        stated = (text.partition("=") for text in self._stated(names.ENTRY_POINT))
        return {name.strip(): f"entry point {target.strip()}" for name, _, target in stated}

    def carried(self) -> tuple[list[Component], list[Component], list[Component]]:
        """What is carried: as metadata states it; told by bytes or file names alone; linked into binaries."""
        stated: list[Component] = []
        bundled: list[Component] = []
        static: list[Component] = []
        for component in self.placement.sections["carried"]:
            if any(relation.kind == "static_link" for relation in self.placement.incoming.get(component.ref, ())):
                static.append(component)
                continue
            techniques = {evidence.technique for evidence in evidence_of(component)}
            (bundled if techniques and techniques <= {"binary", "filename"} else stated).append(component)
        return stated, bundled, static

    def targets(self, *kinds: str) -> Iterator[Component]:
        """The components that relations of these kinds lead to, in order of reference."""
        targets = {relation.target for relation in self.sbom.relations if relation.kind in kinds}
        return (self.by_ref[ref] for ref in sorted(targets) if ref in self.by_ref)

    def _stated(self, wanted: str) -> list[str]:
        return [value for name, value in self.root.properties if name == wanted]

    def _is_carried(self, component: Component) -> bool:
        return any(relation.kind == "contains" for relation in self.placement.incoming.get(component.ref, ()))


def _digest(data: bytes, blanks: bytes = b"") -> str:
    """The first digits of the SHA-256 of a text as every format can hold it, without these around it: XML has no form
    feed, which licences have. What is no UTF-8 stands in base64, which is whole."""
    with suppress(UnicodeDecodeError):
        data = writable(data.decode()).encode()
    return sha256(data.strip(blanks)).hexdigest()[:12]


def _versions(components: Iterable[Component], scopes: Mapping[Ref, Scope] | None = None) -> dict[str, dict[str, Seen]]:
    """scopes: those to be told with the version, where they are not runtime."""
    found: dict[str, dict[str, Seen]] = {}
    for component in components:
        version = _version(component)
        if scopes and (scope := scopes.get(component.ref, "runtime")) != "runtime":
            version = f"{version} ({scope})"
        paths = tuple([occurrence.path for occurrence in component.occurrences])
        found.setdefault(_name(component), {})[version] = Seen(_licenses(component), paths)
    return found


def _licenses(component: Component) -> str:
    """All licences as one expression."""
    stated = sorted({one.expression for one in component.licenses})
    return " AND ".join(f"({one})" if " OR " in one and len(stated) > 1 else one for one in stated)


def _name(component: Component) -> str:
    return without_version(component.purl) or component.name


def _version(component: Component) -> str:
    build = dict(component.properties).get(names.BUILD, "")
    return f"{component.version} {build}".strip() or NO_VERSION


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All that is said of each name, in one order."""
    return {
        name: " and ".join(sorted({text for _, text in same}))
        for name, same in grouped(pairs, lambda pair: pair[0]).items()
    }


def _first(spec: str) -> str:
    return spec.split(maxsplit=1)[0] if spec.strip() else spec


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a symbol version, by which the higher is told; one longer than any library has counts as 0."""
    parts = version.split(".")
    return tuple(int(part) if part.isascii() and part.isdigit() and len(part) < 10 else 0 for part in parts)
