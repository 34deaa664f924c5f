"""Documents of packages that do not exist, and an index of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sboms import STAMP

from cf_sbom import properties as names
from cf_sbom.answers.index import Entry, build
from cf_sbom.emitters import cyclonedx, spdx2
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Evidence, Occurrence, Ref, Relation, RelationKind, Sbom, Scope, Subject

LIMITS = Limits()


def part(
    purl: str,
    kind: RelationKind = "contains",
    *specs: str,
    scope: Scope = "runtime",
    name: str = "",
    confidence: float = 1.0,
    aliases: tuple[str, ...] = (),
) -> tuple[Component, RelationKind, tuple[str, ...], Scope]:
    """A component by its purl, `pkg:TYPE/NAME@VERSION`, or without one by its name; and what the package has to do with
    it."""
    from packageurl import PackageURL

    parsed = PackageURL.from_string(purl) if purl.startswith("pkg:") else None
    called = name or (parsed.name if parsed else purl)
    path = f"lib/{called}" if called.isprintable() and called.isascii() else "lib/x"
    evidence = Evidence(path=path, field="name", technique="binary", confidence=confidence, by="test")
    component = Component(
        ref=Ref(purl if parsed else f"in:{path}#test:{called}"),
        kind="library",
        name=called,
        version=(parsed.version or "") if parsed else "",
        purl=purl if parsed else "",
        aliases=aliases,
        occurrences=(Occurrence(path=path, evidence=(evidence,)),),
    )
    return component, kind, specs, scope


def sbom(
    name: str,
    *parts: tuple[Component, RelationKind, tuple[str, ...], Scope],
    version: str = "1.0",
    edges: Iterable[tuple[str, RelationKind, str]] = (),
) -> Sbom:
    """A package with parts, and what these are to each other."""
    purl = f"pkg:conda/{name}@{version}?build=0&subdir=linux-64&type=conda"
    stated = (
        (names.BUILD, "0"),
        (names.FILENAME, f"{name}-{version}-0.conda"),
        (names.SIZE, "1"),
        (names.SUBDIR, "linux-64"),
    )
    root = Component(ref=Ref(purl), kind="library", name=name, version=version, purl=purl, properties=stated)
    relations = {}
    for component, kind, specs, scope in parts:
        ends = (component.ref, root.ref) if kind == "upstream_of" else (root.ref, component.ref)
        relations[ends[0], kind, ends[1], scope] = Relation(
            source=ends[0], kind=kind, target=ends[1], scope=scope, specs=specs
        )
    for source, kind, target in edges:
        relations[Ref(source), kind, Ref(target), "runtime"] = Relation(
            source=Ref(source), kind=kind, target=Ref(target)
        )
    components = {c.ref: c for c in (root, *(c for c, *_ in parts))}
    return Sbom(
        subject=Subject(
            filename=f"{name}-{version}-0.conda",
            container="conda",
            size=1,
            digests=(),
            name=name,
            version=version,
            build="0",
            subdir="linux-64",
        ),
        root=root.ref,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
    )


def entry(of: Sbom, form: str = "spdx-json", artifact: str = "", sha256: str = "", stamp: str = "") -> Entry:
    """Its document. SPDX keeps what CycloneDX has no words for."""
    emitters = [*cyclonedx.cf_sbom_emitters(), *spdx2.cf_sbom_emitters()]
    emitter = next(e for e in emitters if e.name == form)
    data = emitter.emit(of, STAMP, emitter.versions[0])
    artifact = artifact or f"linux-64/{of.subject.filename}"
    return Entry(artifact=artifact, sha256=sha256, document=data, format=form, stamp=stamp)


def index(file: Path, *packages: Sbom) -> Path:
    """An index of packages."""
    build(map(entry, packages), file, LIMITS)
    return file
