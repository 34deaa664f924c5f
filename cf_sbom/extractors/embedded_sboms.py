"""SBOMs that lie in the payload: those of wheels (PEP 770), and whatever bears an SBOM's name or lies in share/sbom/.

Knows where they lie and what they are called; what they are is told by their content. What a document says of packages
is told anew by foreign.py; a document of the conda package itself adds what it contains and no more; of one that
cf-sbom made to lie there only the packages that the build ran with are told, since everything else is read anew.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from packageurl import PackageURL

from cf_sbom.carried import Found
from cf_sbom.documents import read_document
from cf_sbom.errors import DocumentError
from cf_sbom.fields import Fields
from cf_sbom.foreign import Told, tell
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.purl import conda_purl
from cf_sbom.identity.urls import inner_url
from cf_sbom.limits import MIB, Limits
from cf_sbom.merging import grouped
from cf_sbom.model import ROOT, Component, Evidence, Link, Member, Occurrence, Problem, Ref, Relation
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import unsafe
from cf_sbom.properties import BUILD, EMBEDDED
from cf_sbom.reading import Reading
from cf_sbom.writing import is_ours

NAME = "embedded_sboms"
INDEX = "info/index.json"
META, RENDERED = "info/recipe/meta.yaml", "info/recipe/rendered_recipe.yaml"
NAMES = ("bom.json", "bom.xml", "sbom.json", "sbom.xml")
SUFFIXES = (
    ".cdx.json",
    ".cdx.json.gz",
    ".cdx.xml",
    ".cdx.xml.gz",
    ".spdx",
    ".spdx.json",
    ".spdx.json.gz",
    ".spdx.rdf",
    ".spdx.rdf.xml",
    ".spdx.xml",
    ".spdx.yaml",
    ".spdx.yml",
    ".spdx3.json",
)
GLOBS = ("**/*.dist-info/sboms/**", "share/sbom/**", "info/sbom/*")
_LARGEST = 16 * MIB  # as a tree and as findings a document takes many times its size
# A file there is an SBOM whatever it is called (PEP 770: in a wheel's sboms/).
_FOLDER = re.compile(r"(?:.*/)?[^/]*\.dist-info/sboms/.*|share/sbom/.*", re.DOTALL)
_OF_WHEEL = re.compile(r"((?:.*/)?)[^/]*\.dist-info/sboms/", re.DOTALL)
_SIGNS = (b"CycloneDX", b"cyclonedx.org/schema/bom", b"SPDXVersion:", b"spdxVersion", b"spdx.org/")
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ")
_START = 4096
_RECORDS = "conda-meta/"
_ROLES = ("host", "build_tool")
_BY_A_DOCUMENT = "recorded in the build"
_ELSEWHERE = 0.9  # of a file that says by its name alone that it speaks of what lies around it


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(INDEX, META, RENDERED, *NAMES), suffixes=SUFFIXES, globs=GLOBS),
        read=read,
        join=join,
        body_limit=_LARGEST,
        doc="CycloneDX and SPDX documents in the payload: wheels' sboms/ (PEP 770), share/sbom/, *.cdx.*, *.spdx.*",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A document to link to."""

    path: str


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    path, limits = member.path, context.limits
    if path == INDEX:
        with suppress(ParseError):  # the extractor of this file says what is wrong with it
            tree = parse_json(body.getbuffer(), limits)
            if isinstance(tree, dict):
                yield Note(key=INDEX, value={key: tree.get(key) for key in ("name", "version")})
        return
    if path in (META, RENDERED):
        yield Note(key=path, value=path)
        return
    if path.startswith("info/"):
        yield from _of_info(path, body, limits)
        return
    in_folder = _FOLDER.fullmatch(path) is not None
    found = Found(NAME, path)
    try:
        reading = _document(body, limits)
    except DocumentError as error:
        start = bytes(body.getbuffer()[:_START])
        if in_folder or path.endswith(SUFFIXES) or any(sign in start for sign in _SIGNS):
            found.problem(f"not read as an SBOM: {error}", "gap")
        if in_folder:
            yield Note(key=path, value=_Link(path=path))
        yield from found.problems
        return
    yield Note(key=path, value=_Link(path=path))
    if _conda_root(reading) is not None:  # only join knows whether that is this package
        yield Note(key=path, value=reading)
        return
    told = tell(reading, found, limits, confidence=1.0 if in_folder else _ELSEWHERE)
    yield from _findings(told, found)
    yield Note(key=path, value=told)


def join(view: View, context: Context) -> Iterable[Finding]:
    index = Fields(view.note(INDEX), context.limits, lambda text: None)
    name, version = index.text("name"), index.text("version")
    paths = [note.value.path for note in view.notes if isinstance(note.value, _Link)]
    documents = [(note.key, note.value) for note in view.notes if isinstance(note.value, Told)]
    inside = list(view.components)
    for path, reading in ((note.key, note.value) for note in view.notes if isinstance(note.value, Reading)):
        found = Found(NAME, path)
        root = _conda_root(reading)
        own = root is not None and (root.name, root.version or version) == (name, version)
        if own and (path.startswith("info/") or _lies_inside(reading)):
            yield from _built_with(reading, view)
            continue  # all else the same tool reads anew, of the files as they were packed
        told = tell(reading, found, context.limits, own=own)
        if own:
            told = _placed(told, view)
        yield from _findings(told, found)
        inside += told.components
        documents.append((path, told))
    named = grouped((c for c in view.components if c.purl and _by_others(c)), _name)
    for path, told in documents:
        if told.root is not None:
            yield from _of_a_package(path, told.root, named.get(_name(told.root), ()))
        for component, places in told.seen:
            if occurrences := tuple(_occurrences(component, _inside(path, places, view))):
                yield replace(component, occurrences=occurrences)
    yield from _asides(documents, inside)
    links = tuple(sorted(link for path in paths for link in _link(path, view)))
    if links:
        yield Component(ref=ROOT, kind="library", name=name, links=links)


def _of_info(path: str, body: Body, limits: Limits) -> Iterator[Finding]:
    """A document that `embed --in-info` wrote, which lies beside the package's own metadata and is no payload."""
    if is_ours(bytes(body.getbuffer())):
        with suppress(DocumentError):
            reading = _document(body, limits)
            if _conda_root(reading) is not None:
                yield Note(key=path, value=reading)


def _lies_inside(reading: Reading) -> bool:
    """Whether a document was made to lie in the package; one of a finished package may have been copied there."""
    roots = (c for c in reading.components if c.ref == reading.root)
    return any((EMBEDDED, "true") in root.properties for root in roots)


def _built_with(reading: Reading, view: View) -> Iterator[Finding]:
    """The packages of the build's environments that a document of ours found in their conda-meta/. They are told with
    that as their place, so that a document made of this one tells them alike."""
    used = {r.target for r in reading.relations if r.source == reading.root and r.kind in _ROLES}
    stated = (c for c in reading.components if c.ref in used)
    recorded = {c.ref: c for c in stated if any(o.path.startswith(_RECORDS) for o in c.occurrences)}
    evidence = {ref: _recorded(component) for ref, component in recorded.items()}
    # Recipes of conda-build name no more of a package than this; what is there for two platforms stays apart.
    short = {ref: conda_purl(c.name, c.version, dict(c.properties).get(BUILD, "")) for ref, c in recorded.items()}
    count = Counter(short.values())
    is_short = view.note(META) is not None and view.note(RENDERED) is None
    for ref, component in recorded.items():
        yield replace(
            component,
            aliases=(short[ref],) if is_short and count[short[ref]] == 1 and short[ref] != component.purl else (),
            occurrences=tuple(Occurrence(path=e.path, evidence=(e,)) for e in evidence[ref]),
        )
    for relation in reading.relations:
        target = relation.target
        if target in recorded and relation.source == reading.root and relation.kind in _ROLES:
            yield replace(relation, source=ROOT, evidence=evidence[target])
        elif target in recorded and relation.source in recorded and relation.kind == "depends_on":
            yield replace(relation, scope="build", evidence=evidence[relation.source])


def _recorded(component: Component) -> tuple[Evidence, ...]:
    """The records that a component was read from."""
    paths = sorted({o.path for o in component.occurrences if o.path.startswith(_RECORDS)})
    return tuple(Evidence(path=path, field="name", by=NAME, detail=_BY_A_DOCUMENT) for path in paths)


def _document(body: Body, limits: Limits) -> Reading:
    """The document in a member. Raises DocumentError for anything else."""
    data = bytes(body.getbuffer())
    if data.startswith(_PACKED):
        raise DocumentError("it is packed; only plain files are read")
    # A list of theirs is no longer than one of anybody else.
    return read_document(data, replace(limits, members=min(limits.members, limits.dependencies)))


def _conda_root(reading: Reading) -> PackageURL | None:
    """The purl of the conda package that a document is about."""
    purl = next((c.purl for c in reading.components if c.ref == reading.root), "")
    if not purl.startswith("pkg:conda/"):
        return None
    with suppress(ValueError):
        return PackageURL.from_string(purl)
    return None


def _findings(told: Told, found: Found) -> Iterator[Finding]:
    yield from told.components
    yield from told.relations
    yield from dict.fromkeys(found.problems)


def _placed(told: Told, view: View) -> Told:
    """A document of this very package, which knew what it saw where: its components stand there, not where it lies."""
    places = {component.ref: places for component, places in told.seen}
    components = []
    for component in told.components:
        occurrences = tuple(_occurrences(component, [p for p in places.get(component.ref, ()) if p in view.files]))
        components.append(replace(component, occurrences=occurrences or component.occurrences))
    return replace(told, components=tuple(components), seen=())


def _occurrences(component: Component, places: Iterable[str]) -> Iterator[Occurrence]:
    (occurrence,) = component.occurrences
    for place in sorted(set(places)):
        yield Occurrence(path=place, evidence=occurrence.evidence)


def _inside(path: str, places: Iterable[str], view: View) -> Iterator[str]:
    """The files that a document names and the package holds; a wheel's knows the folder that it is installed into."""
    wheel = _OF_WHEEL.match(path)
    for place in places:
        place = place.removeprefix("./")
        if not unsafe(place):
            candidates = (place, f"{wheel[1]}{place}") if wheel else (place,)
            yield from (candidate for candidate in candidates if candidate in view.files)


def _of_a_package(path: str, root: Component, namesakes: Iterable[Component]) -> Iterator[Finding]:
    """A document about a package that another extractor has seen: that of the folder that it lies in, or the only one
    of its name. It may leave its purl out; another version of the folder's package is a conflict."""
    folder = path.partition(".dist-info/sboms/")[0] + ".dist-info/"
    others = list(namesakes)
    own = [c for c in others if any(o.path.startswith(folder) for o in c.occurrences)]
    for component in own:
        if root.version not in ("", component.version):
            reason = f"is about {root.name} {root.version}, and lies in the metadata of {component.version}"
            yield Problem(path=path, reason=reason, by=NAME, severity="conflict")
    same = {c.purl for c in own or others if root.version in ("", c.version)}
    if not root.purl and len(same) == 1:
        yield replace(root, aliases=tuple(sorted({*root.aliases, *same})))


def _name(component: Component) -> str:
    return re.sub(r"[-_.]+", "-", component.name).lower()


def _by_others(component: Component) -> bool:
    return any(e.by != NAME for o in component.occurrences for e in o.evidence)


def _asides(documents: Iterable[tuple[str, Told]], components: Iterable[Component]) -> Iterator[Relation]:
    """What documents say is not there at run time, unless another document or extractor has seen it."""
    stated = [(path, relation) for path, told in documents for relation in told.asides]
    doubted = {(relation.target, path) for path, relation in stated}
    targets = {relation.target for _, relation in stated}
    vouched: set[Ref] = {
        c.ref
        for c in components
        if c.ref in targets
        for o in c.occurrences
        for e in o.evidence
        if e.by != NAME or (c.ref, e.path) not in doubted
    }
    yield from (relation for _, relation in stated if relation.target not in vouched)


def _link(path: str, view: View) -> Iterator[Link]:
    """The document itself, with its hash."""
    url = inner_url(path)
    if url and path in view.files:
        yield Link(kind="bom", url=url, digests=view.files[path].digests)
