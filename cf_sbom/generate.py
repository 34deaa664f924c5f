"""One target -> its documents: describe, render, attach.

The whole library behind one function; every face calls it and adds nothing of its own. Knows the order of the steps
and nothing of any format, container or ecosystem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

from cf_sbom.about import NAME, VERSION
from cf_sbom.assemble import assemble
from cf_sbom.errors import SbomError, SettingsError
from cf_sbom.hookspecs import Context, Options
from cf_sbom.model import OF_DOCUMENT, Digest, Document, Problem, Sbom, Stamp, Subject
from cf_sbom.plugins import Registry, load
from cf_sbom.providers import providers
from cf_sbom.scan import scan

NAMESPACE = "https://spdx.org/spdxdocs"
"""Where SPDX puts the namespaces of documents whose tools have no place of their own; never fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A package described: created is the document time, RFC 3339 in UTC."""

    sbom: Sbom
    created: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What generate() made of one target: the documents, and where each was put (empty: nowhere yet)."""

    target: Path
    description: Description
    documents: tuple[Document, ...]
    paths: tuple[Path, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those of the package, and what single formats could not carry of it."""
        return tuple(sorted({*self.description.sbom.problems, *(p for d in self.documents for p in d.problems)}))


def generate(
    target: Path, options: Options, registry: Registry | None = None, stated: tuple[Digest, ...] = ()
) -> Result:
    """Describe a package, render every output of the options and attach it as a sidecar. stated: see describe().

    Raises TargetError where the target cannot be read, DocumentError where a document would be invalid, AttachError
    where it cannot be put in its place, SettingsError for options that make no sense.
    """
    registry = registry or load(options.disabled)
    description = describe(target, options, registry, stated)
    documents = render(description, options, registry)
    return attach(Result(target=target, description=description, documents=documents), options, registry)


def describe(target: Path, options: Options, registry: Registry, stated: tuple[Digest, ...] = ()) -> Description:
    """Everything that can be said of the target. stated: what a channel's record gives as the digests of the artifact;
    they stand in the documents where only the metadata is read, and are held against the computed ones elsewhere."""
    sha1 = ("sha1",) if options.list_files else ()  # SPDX 2.3 demands it of every listed file
    context = Context(
        options=options,
        limits=options.limits,
        algorithms=(*sha1, "sha256"),
        providers=providers(options, registry.sources, options.limits),
        stated=stated,
    )
    found = scan(target, registry.sources, registry.extractors, context)
    sbom = assemble(found.files, found.findings, options)
    if differing := tuple(_differing(sbom.subject, stated)):
        sbom = replace(sbom, problems=tuple(sorted({*sbom.problems, *differing})))
    for enricher in registry.enrichers:
        if enricher.network and not options.network:
            continue
        try:
            enriched = enricher.enrich(sbom, context)
            if enriched is not sbom:
                enriched.check()
        except SbomError:
            raise
        except Exception as error:
            reason = f"the enricher failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            problem = Problem(path="", reason=reason, by=enricher.name, severity="gap")
            enriched = replace(sbom, problems=tuple(sorted({*sbom.problems, problem})))
        sbom = enriched
    created, doubt = _created(options.timestamp, sbom.subject.built)
    if doubt:
        sbom = replace(sbom, problems=tuple(sorted({*sbom.problems, doubt})))
    return Description(sbom=sbom, created=created)


def _differing(subject: Subject, stated: tuple[Digest, ...]) -> Iterator[Problem]:
    computed = {digest.algorithm: digest.value for digest in subject.digests}
    for digest in stated:
        if computed.get(digest.algorithm, digest.value) != digest.value:
            reason = f"{digest.algorithm} differs from the one that the channel's record states, {digest.value}"
            yield Problem(path="", reason=reason, by="generate", severity="conflict")


def render(description: Description, options: Options, registry: Registry) -> tuple[Document, ...]:
    """One valid document for each output of the options."""
    from cf_sbom.validate import validate_own

    documents = []
    for name, wanted in options.outputs:
        emitter = registry.emitter(name)
        version = wanted or emitter.versions[0]
        if version not in emitter.versions:
            raise SettingsError(f"{name} has no version {version}; there are: {', '.join(emitter.versions)}")
        stamp = Stamp(
            tool=NAME,
            tool_version=VERSION,
            created=description.created,
            namespace=NAMESPACE,
            authors=options.authors,
            build_packages=options.build_packages,
            list_files=options.list_files,
        )
        sbom = description.sbom
        lost = tuple(emitter.losses(sbom, stamp, version)) if emitter.losses else ()
        if lost:
            sbom = replace(sbom, problems=tuple(sorted({*sbom.problems, *lost})))
        data = emitter.emit(sbom, stamp, version)
        validate_own(name, data)
        documents.append(
            Document(
                format=name,
                version=version,
                media_type=emitter.media_type,
                suffix=emitter.suffix,
                data=data,
                sha256=sha256(data).hexdigest(),
                problems=lost,
            )
        )
    return tuple(documents)


def attach(result: Result, options: Options, registry: Registry) -> Result:
    """Put each document beside the target, or in the output folder."""
    sidecar = next((a for a in registry.attachers if a.name == "sidecar"), None)
    if sidecar is None:
        raise SettingsError("the attacher `sidecar` is disabled: give each output a place of its own")
    paths: Iterable[Path] = [sidecar.attach(result.target, document, options) for document in result.documents]
    return replace(result, paths=tuple(paths))


def _created(wanted: str, built: int | None) -> tuple[str, Problem | None]:
    """The document time: the user's, else the package's own, else the epoch with a Problem."""
    if wanted or built is not None:
        return wanted or rfc3339(built or 0), None
    reason = "no time of building is recorded; the document is dated 1970-01-01"
    return rfc3339(0), Problem(path="info/index.json", reason=reason, by=OF_DOCUMENT, severity="gap")


def rfc3339(seconds: int) -> str:
    """Unix seconds as RFC 3339 in UTC without fractions."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
