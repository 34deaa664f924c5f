"""One inventory as a part of a larger one: its paths begin with what it is of, and nothing in it is taken on trust.

Knows the model and names. A document was written by others, or may have been changed by them: what no document of ours
could hold, or must not tell, is left out here as assemble() leaves it out of what extractors find.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cf_sbom import properties as names
from cf_sbom.assemble import fit
from cf_sbom.facts import NO_TEXT
from cf_sbom.fields import clean_text
from cf_sbom.identity.digests import LENGTHS
from cf_sbom.identity.licenses import COMMON, license_ref, license_refs, normalize
from cf_sbom.identity.packages import canonical, is_public
from cf_sbom.identity.purl import without_version
from cf_sbom.identity.urls import clean_url, withheld
from cf_sbom.model import (
    OF_DOCUMENT,
    Component,
    Digest,
    Evidence,
    License,
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

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CPE = re.compile(r"cpe:2\.3:[aho*\-](?::(?:[A-Za-z0-9_.*\-]|\\[^A-Za-z0-9\s]|\?){1,256}){10}")
_HEX = re.compile(r"[0-9a-f]+")
_INNER = re.compile(r"(?!/)[A-Za-z0-9._~!$&'()*+,;=@%/-]+")
_VIRTUAL = {"depends_on": names.VIRTUAL_DEPENDS, "constrains": names.VIRTUAL_CONSTRAINS}
_OURS = ("file:", "in:", "conda-environment:", "collection:")


def of_document(reading: Reading) -> Sbom:
    """The part that a document is."""
    return _Mover(reading.sbom(), reading.license_names, reading.license_texts, clean=True).moved()


def of_package(sbom: Sbom) -> Sbom:
    """The part that a package is which was described just now."""
    return _Mover(sbom, {}, {}, clean=False).moved()


def stem(subject: Subject) -> str:
    """What the paths of a part begin with: name, version and build; "" where it holds several parts itself, whose
    paths begin so already."""
    if subject.of_many:
        return ""
    words = "-".join(word for word in (subject.name, subject.version, subject.build) if word)
    return re.sub(r"[^\w.+!~-]+", "-", withheld(words)).strip("-.")[:200] or "package"


class _Mover:
    """One inventory on its way into a larger one."""

    def __init__(
        self, sbom: Sbom, license_names: dict[str, str], license_texts: dict[str, str], *, clean: bool
    ) -> None:
        self._sbom = sbom
        self._place = stem(sbom.subject)
        self._license_names = license_names
        self._license_texts = license_texts
        self._texts: dict[str, Text] = {}  # those of LicenseRefs, by these
        self._clean = clean
        self._problems: list[Problem] = []
        self._refs: dict[Ref, Ref] = {}

    def moved(self) -> Sbom:
        sbom = _without_virtual(self._sbom) if self._clean else self._sbom
        components = []
        for component in sbom.components:
            made = self._component(self._fit(component) if self._clean else component)
            self._refs[component.ref] = made.ref
            components.append(made)
        for patch in sbom.patches:
            self._refs[patch.ref] = file_ref(self._at(patch.path))
        return Sbom(
            subject=sbom.subject,
            root=self._refs[sbom.root],
            components=tuple(components),
            relations=tuple(self._relation(relation) for relation in sbom.relations),
            texts=tuple(self._text(text) for text in (*sbom.texts, *self._texts.values())),
            patches=tuple(self._patch(patch) for patch in sbom.patches),
            problems=tuple(self._told(p) for p in (*sbom.problems, *self._problems) if p.by != OF_DOCUMENT),
            completeness=tuple(replace(claim, ref=self._refs[claim.ref], why="") for claim in sbom.completeness),
        )

    def _at(self, path: str) -> str:
        if not path.isascii():
            path = clean_text(path)
        return f"{self._place}/{path.lstrip('/')}".rstrip("/") if self._place else path

    def _ref(self, component: Component) -> Ref:
        """The identity of a component in the larger whole: its purl, else its place, which begins with the part's."""
        ref = component.ref
        if component.purl:
            return Ref(component.purl)
        if ref.startswith("file:"):
            return file_ref(self._at(ref.removeprefix("file:")))
        if ref.startswith("in:"):
            return Ref(f"in:{self._at(ref.removeprefix('in:'))}")
        if not self._place and ref.startswith(_OURS):
            return ref
        return found_ref(self._place or stem(replace(self._sbom.subject, container="folder")), "sbom", withheld(ref))

    def _component(self, component: Component) -> Component:
        ref = self._ref(component)
        if not self._place:
            return component if component.ref == ref else replace(component, ref=ref)
        return replace(
            component,
            ref=ref,
            licenses=tuple(
                replace(one, texts=tuple(map(self._at, one.texts))) if one.texts else one for one in component.licenses
            ),
            links=tuple(self._link(link) for link in component.links),
            occurrences=tuple(self._occurrence(occurrence) for occurrence in component.occurrences),
        )

    def _link(self, link: Link) -> Link:
        """An address inside the package is one inside the part."""
        return link if "://" in link.url else replace(link, url=f"{self._place}/{link.url}")

    def _occurrence(self, one: Occurrence) -> Occurrence:
        return Occurrence(path=self._at(one.path), digests=one.digests, evidence=self._evidence(one.evidence))

    def _evidence(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(_at_path(one, self._at(one.path), one.field) for one in evidence)

    def _relation(self, relation: Relation) -> Relation:
        return Relation(
            source=self._refs[relation.source],
            kind=relation.kind,
            target=self._refs[relation.target],
            scope=relation.scope,
            specs=tuple(map(withheld, relation.specs)),
            evidence=self._evidence(relation.evidence),
        )

    def _text(self, text: Text) -> Text:
        return replace(text, path=self._at(text.path))

    def _patch(self, patch: Patch) -> Patch:
        return replace(patch, path=self._at(patch.path), text=self._text(patch.text) if patch.text else None)

    def _told(self, problem: Problem) -> Problem:
        return replace(problem, path=self._at(problem.path))

    def _fit(self, component: Component) -> Component:
        """A component as a document of ours may hold it."""
        stated = component.purl
        purl = canonical(stated) if stated else ""
        purl = purl if is_public(purl) else ""
        aliases = {*component.aliases, *([stated] if stated != purl else [])}
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
            licenses=tuple(self._licenses(component.licenses)),
            digests=_digests(component.digests),
            supplier=_party(component.supplier),
            manufacturer=_party(component.manufacturer),
            links=tuple(sorted(set(_links(component.links)))),
            cpes=tuple(cpe for cpe in component.cpes if _CPE.fullmatch(cpe)),
            occurrences=tuple(_occurrences(component.occurrences)),
        )
        return fit(found, self._problems)

    def _licenses(self, licenses: Iterable[License]) -> Iterator[License]:
        """A LicenseRef means nothing outside its document: what it is called there goes before it."""
        for license_ in licenses:
            expression = license_.expression
            if expression in COMMON and not license_.found:
                yield license_
                continue
            for ref in license_refs(expression):
                name = self._license_names.get(ref, ref)
                if name != ref and not license_.found:
                    expression = expression.replace(ref, license_ref(withheld(name)))
            made = normalize(expression)
            if made.expression:
                found = withheld(license_.found) or made.found
                texts = (*license_.texts, *self._license_texts_of(license_.expression, expression, found))
                yield replace(license_, expression=made.expression, found=found, texts=texts)

    def _license_texts_of(self, stated: str, renamed: str, found: str) -> Iterator[str]:
        """The paths of the texts that the document has of LicenseRefs; one that says no more than a name is none."""
        for theirs, ours in zip(license_refs(stated), license_refs(renamed), strict=False):
            text = self._license_texts.get(theirs, "")
            if text and text not in (found, theirs, ours) and not text.endswith(NO_TEXT):
                body = Text(path=ours, media_type="text/plain", data=text.encode("utf-8", "replace"))
                yield self._texts.setdefault(ours, body).path


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
        evidence = tuple(_evidence(e) for e in one.evidence)
        yield Occurrence(path=withheld(one.path).lstrip("/"), digests=_digests(one.digests), evidence=evidence)


def _evidence(evidence: Evidence) -> Evidence:
    return _at_path(evidence, withheld(evidence.path).lstrip("/"), withheld(evidence.field))


def _at_path(evidence: Evidence, path: str, field: str) -> Evidence:
    """The same evidence at another place. There is much of it: this takes a third of the time of replace()."""
    return Evidence(
        path=path,
        field=field,
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
