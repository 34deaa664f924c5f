"""Whether licence fields agree with each other and with the licence texts in a package.

Knows the finished Sbom, and what lies beside it in the payload. What is told of a text is evidence for a person:
nothing of it goes into a document. What cannot be compared is said: it is no difference, and no agreement.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cf_sbom.identity.licenses import license_refs, normalize, satisfied, symbols
from cf_sbom.license_texts.payload import MANIFESTS, Payload
from cf_sbom.license_texts.telling import Likeness, Tell, Texts, agrees, askalono, family, usual
from cf_sbom.listings import NAMES
from cf_sbom.model import Component, License, Sbom, Text

__all__ = ["Comparison", "Difference", "Payload", "Tell", "askalono", "compare"]

# Where wheels keep the texts of what they bundle, below the licences of the wheel (PEP 639 keeps paths as they were).
_BUNDLED = re.compile(
    r"\.dist-info/licenses/(?:.*/)?(?:_?vendor(?:ed)?|third[-_]?party|_?extern(?:als?)?|_?bundled)/([^/.]+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"/licen[cs]es?$", re.IGNORECASE)
_OWN_FOLDER = re.compile(r"(?:Library/)?share/(?:doc/|licen[cs]es/)?([^/]+)", re.IGNORECASE)
_NAMED: Final = 4
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two places that say different licences of a component, or cannot be compared; place is the path of one in the
    package."""

    component: str
    message: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was compared: told are the texts in which a licence was recognised, untold those in which none was, be it
    for a limit; unrecognised are the paths of these, but for what was not even read. uncompared: what says a licence
    and has nothing to be held against."""

    differences: tuple[Difference, ...]
    told: int
    untold: int
    uncompared: tuple[Difference, ...] = ()
    unrecognised: tuple[str, ...] = ()

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return self.told + self.untold


def compare(
    sbom: Sbom,
    tell: Tell,
    attached: Mapping[str, tuple[Text, ...]] | None = None,
    payload: Payload | None = None,
) -> Comparison:
    """All differences of one package, the package's own first. attached: texts that a document has with the licences of
    the component of a purl. payload: the texts and manifests in the package, beside those that the Sbom places."""
    attached, payload = attached or {}, payload or Payload()
    known = {text.path for text in sbom.texts}
    loose = {path: text for path, text in payload.texts.items() if path not in known}
    all_texts = (*sbom.texts, *loose.values(), *(text for found in attached.values() for text in found))
    owners = _Owners(sbom, payload)
    looked = _Comparing(Texts(all_texts, tell))
    bundled = {text.path: _key(name[1]) for text in sbom.texts if (name := _BUNDLED.search(text.path))}
    by_owner: defaultdict[str, set[str]] = defaultdict(set)
    for path, named in bundled.items():
        looked.texts.of(path)  # counted, be it in the package or not what it is the text of
        by_owner[named].add(path)
    for path in loose:
        by_owner[owners.of(path)].add(path)
    root = sbom.root_component
    lists = {text.path for text in sbom.texts if text.path.rpartition("/")[2] in NAMES}
    entries = {text.path for text in sbom.texts if not _is_own(text.path)}
    found: list[Difference] = [*_about(sbom)]
    for component in (root, *(one for one in sbom.components if one.ref != sbom.root)):
        given = attached.get(component.purl, ())
        # What a reader called after its licence is one of these, and a better place is known of them.
        terms = {one.expression for one in component.licenses} if given else set()
        paths = {path for license_ in component.licenses for path in license_.texts} - bundled.keys() - lists
        paths = {path for path in paths if _is_own(path) or path.rpartition("/")[2] not in terms}
        paths |= by_owner.get(_key(component.name), set()) | by_owner.get(component.ref, set())
        also: set[str] = set()
        if component is root:
            paths |= {text.path for text in sbom.texts if _is_own(text.path)} - lists
            also = {family(looked.texts.of(path)[0]) for path in sorted(entries)}
        keys = {looked.texts.key(path) for path in paths}
        new = (text.path for text in given if looked.texts.key(text.path) not in keys)
        paths |= {*new}
        found += looked.against_texts(_title(component), _declared(component), sorted(paths), also)
        found += _against_each_other(component)
    for folder, stated in sorted(payload.stated.items()):
        told = normalize(stated.license)
        licenses = [License(expression=told.expression, found=told.found)] if told.expression else []
        if paths := by_owner.get(f"{folder}/", set()):
            found += looked.against_texts(stated.title, licenses, sorted(paths))
    looked.of_nobody(sorted(by_owner.get("", set())), {looked.texts.key(path) for path in known})
    for problem in sbom.problems:
        if problem.path in lists and problem.severity == "damage":
            message = f"the licences of what is bundled cannot be read: {problem.reason}"
            looked.aside.append(Difference(component="", message=message, place=problem.path))
    found += _against_upstream(sbom)
    counted = looked.texts
    return Comparison(
        differences=tuple(found),
        told=counted.told,
        untold=len(counted.untold) + payload.left,
        uncompared=tuple(looked.aside),
        unrecognised=counted.untold,
    )


class _Owners:
    """Whose each text in the payload is, by where it lies."""

    def __init__(self, sbom: Sbom, payload: Payload) -> None:
        self._root, self._own = sbom.root, _key(sbom.root_component.name)
        self._stated = payload.stated
        self._folders: dict[str, str] = {}
        for component in sbom.components:
            for seen in component.occurrences:
                folder, _, name = seen.path.rpartition("/")
                if component.ref != sbom.root and name in MANIFESTS and not seen.path.startswith("info/"):
                    self._folders.setdefault(folder, component.ref)

    def of(self, path: str) -> str:
        """The ref of a component, a folder with a slash whose manifest states a licence, or "" for nobody's."""
        folder = path.rpartition("/")[0]
        for place in (folder, _BESIDE.sub("", folder)):
            if place in self._folders:
                return self._folders[place]
            if place in self._stated:
                return f"{place}/"
        named = _OWN_FOLDER.fullmatch(folder)
        return self._root if not folder or (named and self._is_own(_key(named[1]))) else ""

    def _is_own(self, name: str) -> bool:
        return name == self._own or re.fullmatch(rf"{re.escape(self._own)}-v?\d[\w-]*", name) is not None


@dataclass(slots=True)
class _Comparing:
    """Fields held against texts; aside is what could not be."""

    texts: Texts
    aside: list[Difference] = field(default_factory=list)

    def against_texts(
        self, title: str, licenses: Iterable[License], paths: list[str], also: Iterable[str] = ()
    ) -> Iterator[Difference]:
        """What a text says that the field does not; where there is none of that, what the field says that no text does,
        if each text is that of some licence. also: families whose texts stand elsewhere in the package."""
        found = {one.expression: one.found or one.expression for one in licenses}
        told = {path: self.texts.of(path) for path in paths}
        if not found:
            self._set_aside(title, "and no licence is stated to hold it against", paths)
            return
        expressions = sorted(found)
        field_ = " AND ".join(f"({one})" for one in expressions) if len(expressions) > 1 else expressions[0]
        named = {family(one) for one in symbols(field_)}
        differs = False
        for path, (license_, _) in told.items():
            if agrees(family(license_), named):
                continue
            all_ = self.texts.within(path)
            if all(agrees(family(one), named) for one, _ in all_):
                continue
            differs = True
            if license_refs(field_):
                shown = " and ".join(found[one] for one in expressions)
                self._set_aside(title, f"and the licence field says {shown}, which is none of SPDX", [path])
                continue
            message = f"the text reads like {_read(all_, named)}, the licence field says {field_}"
            yield Difference(component=title, message=message, place=path)
        if differs or not told or not all(license_ for license_, _ in told.values()) or license_refs(field_):
            return
        likenesses = [one for path in paths for one in self.texts.within(path)]
        read = {family(license_) for license_, _ in likenesses}
        try:
            whole = satisfied(field_, lambda one: agrees(family(one), read | {*also}))
        except ValueError:
            return
        if not whole and len(likenesses) == len(paths):  # a file of several licences may hold more than is told of it
            ids = ", ".join(sorted({usual(license_, named) for license_, _ in likenesses}))
            message = f"the licence field says {field_}, the texts are those of {ids} alone"
            yield Difference(component=title, message=message, place=paths[0])

    def of_nobody(self, paths: list[str], known: set[str]) -> None:
        """Texts that lie where nothing tells whose they are, each once; known: those that stand elsewhere, too."""
        for path in paths:
            if (key := self.texts.key(path)) not in known:
                known.add(key)
                self._set_aside("", "and nothing tells what it is the licence of", [path])

    def _set_aside(self, title: str, why: str, paths: list[str]) -> None:
        for path in paths:
            if all_ := self.texts.within(path):
                message = f"the text reads like {_read(all_, set())}, {why}"
                self.aside.append(Difference(component=title, message=message, place=path))


def _read(found: tuple[Likeness, ...], named: set[str]) -> str:
    """The licences that a text reads like."""
    shown = {usual(license_, named): alike for license_, alike in found}
    return " and ".join(f"{license_} ({int(100 * alike)} % alike)" for license_, alike in shown.items())


def _key(name: str) -> str:
    """Names of Python distributions and of the modules in them are compared so."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_own(path: str) -> bool:
    """Whether a licence text is the package's own; the entries of a list are those of others."""
    return path.startswith("info/") and "#/" not in path and "library_licenses/" not in path


def _about(sbom: Sbom) -> Iterator[Difference]:
    """The two fields of the package itself."""
    for problem in sbom.problems:
        if (
            problem.severity == "conflict"
            and problem.path == "info/about.json"
            and problem.reason.startswith("license:")
        ):
            yield Difference(component=_title(sbom.root_component), message=problem.reason, place=problem.path)


def _against_each_other(component: Component) -> Iterator[Difference]:
    """A component of which several files declare different licences; one file may declare several. What a recipe says
    of a source is where it is, not its licence."""
    paths = (evidence.path for seen in component.occurrences for evidence in seen.evidence)
    files = dict.fromkeys(path for path in paths if not path.startswith("info/recipe/"))
    if len(files) < 2:
        return
    expressions = [one for one in _expressions(component) if not license_refs(one)]
    if len({_ids([one]) for one in expressions}) > 1:
        message = f"declared as {' and as '.join(expressions)}, in {', '.join([*files][:_NAMED])}"
        yield Difference(component=_title(component), message=message, place=next(iter(files)))


def _against_upstream(sbom: Sbom) -> Iterator[Difference]:
    """The package's own field against the metadata of what it is upstream, which lies in its payload."""
    root = sbom.root_component
    own = _expressions(root)
    upstream = {r.source for r in sbom.relations if r.kind == "upstream_of" and r.target == sbom.root}
    for component in sbom.components:
        theirs = _expressions(component)
        if component.ref not in upstream or not own or not theirs or any(map(license_refs, (*own, *theirs))):
            continue
        if _ids(own) != _ids(theirs):
            message = f"info/index.json says {' and '.join(own)}, {_title(component)} says {' and '.join(theirs)}"
            yield Difference(component=_title(root), message=message, place=component.manifest)


def _ids(expressions: list[str]) -> frozenset[str]:
    """The licences that fields name, as SPDX writes them now: unlike texts they tell `-only` from `-or-later`."""
    written = (normalize(one).expression or one if len(one) <= _LONGEST else one for one in expressions)
    return frozenset(id_ for one in written for id_ in symbols(one))


def _declared(component: Component) -> list[License]:
    return [license_ for license_ in component.licenses if license_.role == "declared"]


def _expressions(component: Component) -> list[str]:
    return sorted({license_.expression for license_ in _declared(component)})


def _title(component: Component) -> str:
    return component.purl or f"{component.name} {component.version}".strip()
