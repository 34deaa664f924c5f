"""How an extractor speaks of a package that it found in the payload: one way to make the component, one to complain.

Knows the model and names. A component that is seen in the payload is carried by the conda package; assemble() says so,
and says that it is only a test's where all of it lies in folders of tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cf_sbom.fields import Fields, severity_of
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.packages import package_purl
from cf_sbom.identity.urls import clean_url, withheld
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Component,
    ComponentKind,
    Digest,
    Evidence,
    License,
    Link,
    LinkKind,
    Occurrence,
    Problem,
    Ref,
    Relation,
    Severity,
    Technique,
    Text,
    found_ref,
)
from cf_sbom.parsing import ParseError, parse_json


class Found:
    """The findings of one extractor in one member: components and problems that name both.

    path is the member's; by the extractor's name. problems collects what is wrong on the way and is given out last.
    """

    def __init__(self, by: str, path: str) -> None:
        self.by = by
        self.path = path
        self.problems: list[Problem] = []

    def package(
        self,
        kind: str,
        name: str,
        version: str = "",
        *,
        namespace: str = "",
        qualifiers: tuple[tuple[str, str], ...] = (),
        title: str = "",
        place: str = "",
        field: str = "",
        technique: Technique = "manifest",
        confidence: float = 1.0,
        detail: str = "",
        licenses: tuple[License, ...] = (),
        digests: tuple[Digest, ...] = (),
        seen: tuple[Digest, ...] = (),
        description: str = "",
        links: Iterable[Link] = (),
        aliases: tuple[str, ...] = (),
        properties: Iterable[tuple[str, str]] = (),
        type_: ComponentKind = "library",
        registered: bool = True,
    ) -> Component:
        """A package of another ecosystem. kind is a purl type; title is how people call it where that is not name.

        place: the member to name instead of path. field: where in that member it was stated, such as `dependencies[3]`.
        digests are stated of the package itself, seen of the bytes at the place. Where no purl can be made, or the
        registry of this kind is not known to have the package (registered), the component is known by its place.
        """
        purl = package_purl(kind, name, version, namespace, qualifiers) if registered else ""
        place = place or self.path
        title = title or (f"{namespace}/{name}" if namespace else name)
        evidence = Evidence(
            path=place, field=field, technique=technique, confidence=confidence, by=self.by, detail=detail
        )
        return Component(
            ref=Ref(purl) if purl else found_ref(place, kind, withheld(f"{title}@{version}" if version else title)),
            kind=type_,
            name=title,
            version=version,
            purl=purl,
            aliases=aliases,
            licenses=licenses,
            digests=tuple(sorted(digests)),
            description=description,
            links=tuple(sorted(set(links))),
            occurrences=(Occurrence(path=place, digests=tuple(sorted(seen)), evidence=(evidence,)),),
            properties=tuple(sorted((key, value) for key, value in properties if value)),
        )

    def license(self, text: str, texts: tuple[str, ...] = ()) -> tuple[License, ...]:
        """A declared licence as written: none, or one; what is no SPDX expression becomes a LicenseRef and a
        problem. texts: paths of Text findings."""
        stated = normalize(text)
        if stated.reason:
            self.problem(stated.reason, "gap")
        if not stated.expression:
            return ()
        return (License(expression=stated.expression, found=stated.found, texts=texts),)

    def license_choice(self, stated: Iterable[str], texts: tuple[str, ...] = ()) -> tuple[License, ...]:
        """Licences as written, of which one may choose: none, or one expression of all."""
        each = [license_ for text in stated for license_ in self.license(text, texts)]
        if len(each) < 2:
            return tuple(each)
        expression = normalize(" OR ".join(f"({license_.expression})" for license_ in each)).expression
        written = " OR ".join(license_.found for license_ in each if license_.found)
        return (License(expression=expression, found=written, texts=texts),)

    def text(
        self, data: bytes | memoryview, limits: Limits, *, media_type: str = "text/plain", place: str = ""
    ) -> Text:
        """A text to keep, cut at limits.text_size. place: its path where that is not the member's."""
        limit = limits.text_size
        path = place or self.path
        return Text(path=path, media_type=media_type, data=bytes(data[:limit]), truncated=len(data) > limit)

    def json(self, data: bytes | memoryview, limits: Limits) -> Fields | None:
        """The object that a member is, or None where it is no JSON, which is a problem."""
        try:
            return Fields(parse_json(data, limits), limits, self.damage)
        except ParseError as error:
            self.damage(str(error))
        return None

    def link(self, kind: LinkKind, url: str) -> tuple[Link, ...]:
        """An address as written: one that may stand in a document, or none."""
        cleaned = clean_url(url.removeprefix("git+")).url if url else ""
        return (Link(kind=kind, url=cleaned),) if cleaned else ()

    def evidence(
        self, field: str = "", technique: Technique = "manifest", confidence: float = 1.0
    ) -> tuple[Evidence, ...]:
        """Evidence for a relation."""
        return (Evidence(path=self.path, field=field, technique=technique, confidence=confidence, by=self.by),)

    def contains(self, outer: Ref | None, inner: Ref, field: str) -> Iterator[Relation]:
        """That one has the other inside; nothing where no outer one is known, or both are the same."""
        if outer is not None and outer != inner:
            yield Relation(source=outer, kind="contains", target=inner, evidence=self.evidence(field))

    def problem(self, reason: str, severity: Severity = "damage") -> None:
        """Something that is missing (gap), contradictory (conflict) or broken (damage) in this member."""
        self.problems.append(Problem(path=self.path, reason=reason, by=self.by, severity=severity))

    def damage(self, reason: str) -> None:
        """A problem of bytes or fields that are not what they should be, or of which a limit left something unread: a
        remark in the manner of fields.Fields."""
        self.problem(reason, severity_of(reason))
