"""Whether licence fields agree with each other and with the licence texts in a package.

Knows the finished Sbom, and askalono (the extra `licenses`), which tells the text of a licence by how alike it is to
those of the SPDX list. What it tells is evidence for a person: nothing of it goes into a document. Some texts are those
of several ids (`-only` and `-or-later` are not told by a text): such ids agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cf_sbom.errors import SettingsError
from cf_sbom.identity.licenses import license_refs, satisfied, symbols
from cf_sbom.model import Component, Sbom, Text

ALIKE: Final = 0.9
"""How alike a text must be to count as that of a licence, 0 to 1. Of texts of well-known licences as projects write
them 0.90 and more is usual; of what holds several licences, or none, far less."""
MOST: Final = 300
"""How many different texts are looked at; each takes some 0.1 s."""
_SAME: Final = (
    frozenset(("Apache-2.0", "Pixar")),  # Pixar's is Apache's with one section of its own
    frozenset(("PSF-2.0", "Python-2.0", "Python-2.0.1", "CNRI-Python")),  # the text of one holds the others
)
_VARIANT = re.compile(r"(?:-(?:no-)?invariants)?(?:-only|-or-later|\+)?$")
# Where wheels keep the texts of what they bundle, below the licences of the wheel (PEP 639 keeps paths as they were).
_BUNDLED = re.compile(
    r"\.dist-info/licenses/(?:.*/)?(?:_?vendor(?:ed)?|third[-_]?party|_?extern(?:als?)?|_?bundled)/([^/.]+)",
    re.IGNORECASE,
)
_NAMED = 4
_COPYRIGHT = re.compile(r"^.*(?:copyright|\(c\)|©).*$", re.IGNORECASE | re.MULTILINE)
_LACKING = "licence texts cannot be told without askalono: pip install 'cf_sbom[licenses]' (Python 3.11 or newer)"

Tell = Callable[[str], "tuple[str, float]"]
"""A text -> the id of the licence that it is most alike, and how alike, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two places that say different licences of a component; place is the path of one in the package."""

    component: str
    message: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was compared: told are the texts in which a licence was recognised, untold those in which none was."""

    differences: tuple[Difference, ...]
    told: int
    untold: int


def askalono() -> Tell:
    """The library's judgement. Raises SettingsError where it is not installed."""
    try:
        from askalono import identify
    except ImportError:
        raise SettingsError(_LACKING) from None

    def tell(text: str) -> tuple[str, float]:
        found = identify(text)
        return str(found.name), float(found.score)

    return tell


def compare(sbom: Sbom, tell: Tell, attached: Mapping[str, tuple[Text, ...]] | None = None) -> Comparison:
    """All differences of one package, the package's own first. attached: texts that are known to be those of the
    component of a purl, besides those that the Sbom places."""
    attached = attached or {}
    texts = _Texts((*sbom.texts, *(text for found in attached.values() for text in found)), tell)
    bundled = {text.path: _key(name[1]) for text in sbom.texts if (name := _BUNDLED.search(text.path))}
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for path, named in bundled.items():
        texts.of(path)  # counted, be it in the package or not what it is the text of
        by_name[named].add(path)
    found: list[Difference] = []
    root = sbom.root_component
    for component in (root, *(one for one in sbom.components if one.ref != sbom.root)):
        paths = {path for license_ in component.licenses for path in license_.texts} - bundled.keys()
        paths |= by_name.get(_key(component.name), set())
        paths |= {text.path for text in attached.get(component.purl, ())}
        if component is root:
            paths |= {text.path for text in sbom.texts if _is_own(text.path)}
        found += _against_texts(component, sorted(paths), texts)
        found += _against_each_other(component)
    found += _against_upstream(sbom)
    return Comparison(differences=tuple(found), told=texts.told, untold=texts.untold)


def _key(name: str) -> str:
    """Names of Python distributions and of the modules in them are compared so."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_own(path: str) -> bool:
    """Whether a licence text is the package's own; the entries of a list are those of others."""
    return path.startswith("info/") and "#/" not in path and "library_licenses/" not in path


class _Texts:
    """The licence that each text is that of, looked up once for texts that differ in blanks and copyrights alone."""

    def __init__(self, texts: Iterable[Text], tell: Tell) -> None:
        self._texts = {text.path: text for text in texts}
        self._tell = tell
        self._known: dict[str, tuple[str, float]] = {}
        self._seen: dict[str, tuple[str, float]] = {}

    def of(self, path: str) -> tuple[str, float]:
        """The id and how alike; "" for a text that is no licence's, or is not at hand."""
        if path not in self._seen:
            self._seen[path] = self._look(self._texts.get(path))
        return self._seen[path]

    @property
    def told(self) -> int:
        return sum(1 for license_, _ in self._seen.values() if license_)

    @property
    def untold(self) -> int:
        return len(self._seen) - self.told

    def _look(self, text: Text | None) -> tuple[str, float]:
        if text is None or text.truncated:
            return "", 0.0
        written = text.data.decode("utf-8", "replace")
        key = " ".join(_COPYRIGHT.sub("", written).lower().split()) or written
        if key not in self._known:
            if len(self._known) >= MOST:
                return "", 0.0
            license_, alike = self._tell(written)
            self._known[key] = (license_, alike) if alike >= ALIKE else ("", alike)
        return self._known[key]


def _against_texts(component: Component, paths: list[str], texts: _Texts) -> Iterator[Difference]:
    """What a text says that the field does not, and what the field says that no text does; the latter only where each
    text is that of some licence."""
    expressions = _declared(component)
    if not expressions:
        return
    field = " AND ".join(f"({one})" for one in expressions) if len(expressions) > 1 else expressions[0]
    named = {_family(one) for one in symbols(field)}
    told = {path: texts.of(path) for path in paths}
    for path, (license_, alike) in told.items():
        if license_ and not _agrees(_family(license_), named) and not license_refs(field):
            percent = int(100 * alike)
            message = f"the text reads like {_alike(license_)} ({percent} % alike), the licence field says {field}"
            yield Difference(component=_title(component), message=message, place=path)
    if not told or not all(license_ for license_, _ in told.values()) or license_refs(field):
        return
    read = {_family(license_) for license_, _ in told.values()}
    try:
        whole = satisfied(field, lambda one: _agrees(_family(one), read))
    except ValueError:
        return
    if not whole:
        ids = ", ".join(sorted({_alike(license_) for license_, _ in told.values()}))
        message = f"the licence field says {field}, the texts are those of {ids} alone"
        yield Difference(component=_title(component), message=message, place=paths[0])


def _against_each_other(component: Component) -> Iterator[Difference]:
    """A component of which several files declare different licences; one file may declare several."""
    files = dict.fromkeys(evidence.path for seen in component.occurrences for evidence in seen.evidence)
    if len(files) < 2:
        return
    expressions = [one for one in _declared(component) if not license_refs(one)]
    if len({frozenset(map(_family, symbols(one))) for one in expressions}) > 1:
        message = f"declared as {' and as '.join(expressions)}, in {', '.join([*files][:_NAMED])}"
        yield Difference(component=_title(component), message=message, place=next(iter(files)))


def _against_upstream(sbom: Sbom) -> Iterator[Difference]:
    """The package's own field against the metadata of what it is upstream, which lies in its payload."""
    root = sbom.root_component
    own = _declared(root)
    upstream = {r.source for r in sbom.relations if r.kind == "upstream_of" and r.target == sbom.root}
    for component in sbom.components:
        theirs = _declared(component)
        if component.ref not in upstream or not own or not theirs or any(map(license_refs, (*own, *theirs))):
            continue
        if {_family(s) for one in own for s in symbols(one)} != {_family(s) for one in theirs for s in symbols(one)}:
            place = component.occurrences[0].path if component.occurrences else ""
            message = f"info/index.json says {' and '.join(own)}, {_title(component)} says {' and '.join(theirs)}"
            yield Difference(component=_title(root), message=message, place=place)


def _declared(component: Component) -> list[str]:
    return sorted({license_.expression for license_ in component.licenses if license_.role == "declared"})


def _family(license_: str) -> str:
    """An id without what no text tells: its exception, and whether later versions are meant."""
    return _VARIANT.sub("", license_.partition(" WITH ")[0])


def _agrees(license_: str, named: set[str]) -> bool:
    """Whether a text is one of those that the field names. The LGPL 3 is the GPL 3 with more permissions, so its
    packages hold both."""
    if license_ in named or (license_ == "GPL-3.0" and "LGPL-3.0" in named):
        return True
    return any(license_ in same and named & same for same in _SAME)


def _alike(license_: str) -> str:
    """All ids that the text of this one may be meant by."""
    return " or ".join(sorted(next((same for same in _SAME if license_ in same), {license_})))


def _title(component: Component) -> str:
    return component.purl or f"{component.name} {component.version}".strip()
