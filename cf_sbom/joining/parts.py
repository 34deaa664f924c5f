"""One inventory as a part of a larger one: its paths begin with what it is of, and nothing in it is taken on trust.

Knows the model and names. A document was written by others, or may have been changed by them: what no document of ours
could hold, or must not tell, is left out here as assemble() leaves it out of what extractors find.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from packageurl import PackageURL

from cf_sbom import properties as names
from cf_sbom.assemble import fit
from cf_sbom.fields import clean_text
from cf_sbom.identity.digests import LENGTHS
from cf_sbom.identity.packages import canonical, is_public
from cf_sbom.identity.purl import SUBDIR, without_version
from cf_sbom.identity.urls import WITHHELD, clean_url, withheld
from cf_sbom.joining.gate import named, short, told
from cf_sbom.joining.same import conda_parts
from cf_sbom.joining.terms import Terms
from cf_sbom.model import (
    OF_DOCUMENT,
    Component,
    Digest,
    Evidence,
    Link,
    Occurrence,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    Sbom,
    Subject,
    Text,
    file_ref,
    found_ref,
)
from cf_sbom.reading import Reading

T = TypeVar("T")

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CPE = re.compile(r"cpe:2\.3:[aho*\-](?::(?:[A-Za-z0-9_.*\-]|\\[^A-Za-z0-9\s]|\?){1,256}){10}")
_HEX = re.compile(r"[0-9a-f]+")
_INNER = re.compile(r"(?!/)[A-Za-z0-9._~!$&'()*+,;=@%/-]+")
_VIRTUAL = {"depends_on": names.VIRTUAL_DEPENDS, "constrains": names.VIRTUAL_CONSTRAINS}
_PLACES = ("file:", "in:")
# Where in a document it is that readers call a component after which it gives no name.
_IN_DOCUMENT = ("document#", "metadata.component", "components[", "formulation[", "pedigree.")
_SEVERAL = "several"  # what stands for the name of a document of several packages
_SHOWN = 80  # characters of a name in a reference
_NAMED = 12  # fields without a place that one problem names


def of_document(reading: Reading) -> Sbom:
    """The part that a document is."""
    return _Mover(reading.sbom(), reading).moved()


def of_package(sbom: Sbom) -> Sbom:
    """The part that a package is which was described just now."""
    return _Mover(sbom, None).moved()


def stem(subject: Subject) -> str:
    """What the paths of a part begin with: name, version and build; "" where it holds several parts itself, whose
    paths begin so already."""
    if subject.of_many:
        return ""
    words = (withheld(word) for word in (subject.name, subject.version, subject.build) if word)
    return _slug("-".join(words)) or "package"


def _slug(text: str) -> str:
    return re.sub(r"[^\w.+!~-]+", "-", text).strip("-.")[:200]


class _Mover:
    """One inventory on its way into a larger one. Without a reading it is our own, and needs no cleaning."""

    def __init__(self, sbom: Sbom, reading: Reading | None) -> None:
        self._sbom = sbom
        self._clean = reading is not None
        self._described = reading.described if reading else ()
        self._left_out = reading.left_out if reading else set()
        self._place = _SEVERAL if len(self._described) > 1 else stem(sbom.subject)
        self._is_conda = sbom.root_component.purl.startswith("pkg:conda/")
        self._stated = {text.path: text for text in sbom.texts}
        self._terms = Terms(sbom, reading, self._text_path)
        self._problems: list[Problem] = []
        self._refs: dict[Ref, Ref] = {}
        self._patches: dict[Ref, Ref] = {}  # a patch may be a component, too

    def moved(self) -> Sbom:
        sbom = _without_virtual(self._sbom) if self._clean else self._sbom
        self._patches = {patch.ref: file_ref(self._named(patch.path)) for patch in sbom.patches}
        fit = [self._fit(component) for component in sbom.components] if self._clean else list(sbom.components)
        alike = Counter(filter(None, map(_content, fit)))
        for component in fit:
            self._refs[component.ref] = self._ref(component, alike)
        components = [self._component(component) for component in fit]
        self._say_what_is_left_out()
        part = Sbom(
            subject=self._subject(),
            root=self._refs[sbom.root],
            components=tuple(components),
            relations=tuple(self._relation(relation) for relation in self._told(sbom.relations)),
            texts=(*map(self._text, self._told(sbom.texts)), *self._terms.texts.values()),
            patches=tuple(self._patch(patch) for patch in self._told(sbom.patches)),
            problems=tuple(
                replace(p, path=self._at(p.path))
                for p in self._told((*sbom.problems, *self._problems))
                if p.by != OF_DOCUMENT
            ),
            completeness=tuple(replace(claim, ref=self._refs[claim.ref], why="") for claim in sbom.completeness),
        )
        return self._of_several(part) if len(self._described) > 1 else part

    def _told(self, items: tuple[T, ...]) -> tuple[T, ...]:
        return told(items) if self._clean else items

    def _subject(self) -> Subject:
        """Of the platform only what is one: it stands in messages."""
        subject = self._told((self._sbom.subject,))[0]
        return subject if SUBDIR.fullmatch(subject.subdir) else replace(subject, subdir="")

    def _of_several(self, part: Sbom) -> Sbom:
        """A document that describes several packages is a collection of these: none of them holds the others."""
        root = Component(ref=Ref(f"collection:{self._print}"), kind="application", name="document")
        held = sorted({self._refs[ref] for ref in self._described if ref in self._refs})
        return replace(
            part,
            subject=replace(part.subject, container="collection", subdir="", digests=(), filename=""),
            root=root.ref,
            components=(*part.components, root),
            relations=(*part.relations, *(Relation(source=root.ref, kind="contains", target=ref) for ref in held)),
        )

    def _say_what_is_left_out(self) -> None:
        left = sorted(map(withheld, self._left_out))
        if left:
            more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
            reason = f"left out, as it has no place here: {', '.join(left[:_NAMED])}{more}"
            self._problems.append(Problem(path="", reason=reason, by="merge", severity="gap"))

    def _at(self, path: str) -> str:
        if not path.isascii():
            path = clean_text(path)
        return f"{self._place}/{path.lstrip('/')}".rstrip("/") if self._place else path

    def _named(self, path: str) -> str:
        """The same of a path that names something."""
        return self._at(named(path) if self._clean else path)

    @cached_property
    def _built(self) -> defaultdict[Ref, set[str]]:
        """What the conda packages are called that were built from a component."""
        found: defaultdict[Ref, set[str]] = defaultdict(set)
        purls = {c.ref: c.purl for c in self._sbom.components}
        for relation in self._sbom.relations:
            if relation.kind == "built_from":
                package = conda_parts(purls.get(relation.source, ""))
                if package is not None:
                    found[relation.target].add(_slug("-".join(map(withheld, filter(None, package[:3])))))
        return found

    @cached_property
    def _sources(self) -> Counter[tuple[str, str]]:
        """How many sources of one name, by the package that was built from them, no strong hash tells apart."""
        plain = (c for c in self._sbom.components if c.kind == "source" and not c.purl and not _content(c))
        return Counter((package, _title(c)) for c in plain for package in self._built[c.ref])

    @cached_property
    def _print(self) -> str:
        """What tells the document from all others; the same for the same document wherever it lies."""
        return short(repr((self._sbom.root, self._sbom.components, self._sbom.relations)))

    def _ref(self, component: Component, alike: Mapping[str, int]) -> Ref:
        """The identity of a component in the larger whole: its purl; else, unless it is a file, name and hash, where
        these are of one component; else its place in a conda package, whose name is unique, or for a source its name
        there; else it is this document's alone."""
        ref = component.ref
        if component.purl:
            return Ref(component.purl)
        content = _content(component)
        shown = _slug(f"{component.name}-{component.version}")[:_SHOWN] or "unnamed"
        by_content = content and alike[content] == 1 and ref != self._sbom.root
        if by_content and not ref.startswith("file:"):
            return found_ref("sbom", component.kind, f"{shown}-{short(content)}")
        if not content and component.kind == "source" and len(self._built[ref]) == 1:
            (package,) = self._built[ref]
            title = _title(component)
            if self._sources[package, title] == 1:
                return found_ref(package, component.kind, f"{shown}-{short(title)}")
        if self._is_named_for_all(component):
            start, _, place = ref.partition(":")
            made = Ref(f"{start}:{self._at(place)}") if self._place else ref
            if made not in self._patches.values():
                return made
        if by_content:
            return found_ref("sbom", component.kind, f"{shown}-{short(content)}")
        return found_ref(self._place or _SEVERAL, "sbom", f"{shown}-{short(self._print, ref)}")

    def _is_named_for_all(self, component: Component) -> bool:
        """Whether a reference means the same in all documents: a place in a conda package, or what an earlier merge
        made of one."""
        start, _, rest = component.ref.partition(":")
        if self._clean and (withheld(rest) != rest or not rest.isprintable()):
            return False
        if self._place and self._clean and not self._is_conda:
            return False
        if f"{start}:" in _PLACES:
            return not (self._clean and rest.startswith(_IN_DOCUMENT))
        whole = component.ref == self._sbom.root and self._sbom.subject.container == "collection"
        return not self._place and start == ("collection" if whole else "conda-environment")

    def _component(self, component: Component) -> Component:
        ref = self._refs[component.ref]
        licenses = tuple(sorted(set(filter(None, map(self._terms.told, component.licenses)))))
        if not self._place:
            return replace(component, ref=ref, licenses=licenses)
        return replace(
            component,
            ref=ref,
            licenses=licenses,
            links=tuple(self._link(link) for link in component.links),
            occurrences=tuple(self._occurrence(occurrence) for occurrence in component.occurrences),
        )

    def _link(self, link: Link) -> Link:
        """An address inside the package is one inside the part."""
        return link if "://" in link.url else replace(link, url=f"{self._place}/{link.url}")

    def _occurrence(self, one: Occurrence) -> Occurrence:
        return Occurrence(path=self._at(one.path), digests=one.digests, evidence=self._evidence(one.evidence))

    def _evidence(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(_at_path(one, self._at(one.path)) for one in evidence)

    def _relation(self, relation: Relation) -> Relation:
        target = self._refs.get(relation.target)
        if target is None or relation.kind == "patched_by":
            target = self._patches.get(relation.target, target)
        return Relation(
            source=self._refs.get(relation.source) or self._patches[relation.source],
            kind=relation.kind,
            target=target or relation.target,
            scope=relation.scope,
            specs=tuple(map(withheld, relation.specs)),
            evidence=self._evidence(relation.evidence),
        )

    def _text(self, text: Text) -> Text:
        return replace(text, path=self._text_path(text.path))

    def _text_path(self, path: str) -> str:
        """Where a text stands. Only a conda package has one text of a name: others are told apart by what they say."""
        text = self._stated.get(path)
        if text is None or not self._place or self._is_conda or not self._clean:
            return self._named(path)
        return f"{self._named(path)}-{short(text.data.decode('utf-8', 'replace'))}"

    def _patch(self, patch: Patch) -> Patch:
        path = self._named(patch.path)
        return replace(patch, path=path, text=replace(patch.text, path=path) if patch.text else None)

    def _fit(self, component: Component) -> Component:
        """A component as a document of ours may hold it."""
        stated = component.purl
        purl = self._purl(stated) if stated else ""
        aliases = {alias for alias in (*component.aliases, stated) if is_public(alias)}
        name = component.name
        if not name:
            name = without_version(purl).partition("?")[0].rpartition("/")[2] or "unnamed"
            reason = f"a component without a name is called {name[:80]!r}"
            self._problems.append(Problem(path="", reason=reason, by="merge", severity="damage"))
        found = replace(
            component,
            name=name,
            purl=purl,
            aliases=tuple(sorted(aliases - {"", purl})),
            digests=_digests(component.digests),
            supplier=_party(component.supplier),
            manufacturer=_party(component.manufacturer),
            links=tuple(sorted(set(_links(component.links)))),
            cpes=tuple(cpe for cpe in component.cpes if _CPE.fullmatch(cpe) and not _is_private(cpe)),
            occurrences=tuple(_occurrences(told(component.occurrences))),
        )
        found = told(fit(found, self._problems))  # which gives an alias its one spelling, too
        if purl in found.aliases:
            found = replace(found, aliases=tuple(alias for alias in found.aliases if alias != purl))
        return found

    def _purl(self, stated: str) -> str:
        """A purl in its one spelling, without the credentials in its qualifiers; "" where it is none, or private in
        itself. Both are said."""
        purl = canonical(stated)
        if not purl or is_public(purl):
            return purl
        parsed = PackageURL.from_string(purl)
        kept = {key: withheld(value) for key, value in parsed.qualifiers.items()}
        kept = {key: value for key, value in kept.items() if WITHHELD not in value}
        purl = parsed._replace(qualifiers=kept).to_string()
        public = is_public(purl)
        reason = "what is private in a purl is left out" if public else "a private purl is left out"
        self._problems.append(Problem(path="", reason=reason, by="merge", severity="gap"))
        return purl if public else ""


def _content(component: Component) -> str:
    """What a component without a purl is, where a strong hash says it; "" for others."""
    hashes = {d.algorithm: d.value for d in component.digests}
    found = hashes.get("sha256") or hashes.get("sha512")
    return "" if component.purl or not found else f"{_title(component)}\0{found}"


def _title(component: Component) -> str:
    return "\0".join((component.kind, component.name, component.version))


def _is_private(cpe: str) -> bool:
    plain = cpe.replace("\\", "")
    return withheld(plain) != plain


def _without_virtual(sbom: Sbom) -> Sbom:
    """Virtual packages (CEP 26) describe a system and are no components: what needs one has it as a property."""
    virtual = {c.ref: c.name for c in sbom.components if c.purl.startswith("pkg:conda/__") and c.ref != sbom.root}
    if not virtual:
        return sbom
    stated: defaultdict[Ref, set[tuple[str, str]]] = defaultdict(set)
    for relation in sbom.relations:
        name = _VIRTUAL.get(relation.kind)
        if relation.target in virtual and name and relation.source != sbom.root:
            stated[relation.source] |= {(name, spec) for spec in relation.specs or (virtual[relation.target],)}
    return replace(
        sbom,
        components=tuple(
            replace(c, properties=tuple(sorted({*c.properties, *stated[c.ref]}))) if c.ref in stated else c
            for c in sbom.components
            if c.ref not in virtual
        ),
        relations=tuple(r for r in sbom.relations if not virtual.keys() & {r.source, r.target}),
        completeness=tuple(claim for claim in sbom.completeness if claim.ref not in virtual),
    )


def _digests(digests: Iterable[Digest]) -> tuple[Digest, ...]:
    return tuple(sorted({d for d in digests if len(d.value) == LENGTHS[d.algorithm] and _HEX.fullmatch(d.value)}))


def _links(links: Iterable[Link]) -> Iterator[Link]:
    for link in links:
        url = clean_url(link.url).url if "://" in link.url else ""
        if not url and link.kind == "bom" and _INNER.fullmatch(link.url) and ".." not in link.url.split("/"):
            url = link.url
        if url:
            yield replace(link, url=url, digests=_digests(link.digests), comment=withheld(link.comment))


def _occurrences(occurrences: Iterable[Occurrence]) -> Iterator[Occurrence]:
    for one in occurrences:
        yield Occurrence(path=one.path, digests=_digests(one.digests), evidence=one.evidence)


def _at_path(evidence: Evidence, path: str) -> Evidence:
    """The same evidence at another place. There is much of it: this takes a third of the time of replace()."""
    return Evidence(
        path=path,
        field=evidence.field,
        technique=evidence.technique,
        confidence=evidence.confidence,
        by=evidence.by,
        detail=evidence.detail,
    )


def _party(party: Party | None) -> Party | None:
    if party is None:
        return None
    name = re.sub(r"[\s()]+", " ", "".join(c for c in party.name if c.isprintable() or c.isspace())).strip()
    if not name:
        return None
    return Party(
        name=withheld(name),
        email=party.email if _EMAIL.fullmatch(party.email) else "",
        url=clean_url(party.url).url if party.url else "",
    )
