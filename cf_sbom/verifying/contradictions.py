"""Two accounts of one package: what a document states, and what the package says when it is read anew.

Knows the model only. Both accounts come through the same reader of the same format, so what a format cannot say is
missing in both. Each difference is one line; the lines of one account are in the order subject, files, components.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from cf_sbom import properties as names
from cf_sbom.model import Component, File, Ref, Relation, Sbom

_MOST = 20  # lines of one kind
_LONGEST = 80  # characters of a value in a line
_ARTIFACT = frozenset((names.FILENAME, names.SIZE, names.DIGESTS_STATED))
_NAMES = ("reason", "expression", "url", "path", "value")  # of records, the telling one first
_LINKING = frozenset(("links_to", "static_candidate"))
_RESOLVING = frozenset(("environment", "linkage", "static"))  # who complains by what other packages hold
_SEEN = ("(held by ", "(a host package that holds static libraries")  # evidence that those were looked into
_ADDRESS = re.compile(r"https?://[^#]*-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}#")
_UNRESOLVED = "what other packages hold (--prefix and --packages, as they were given to generate, check it)"


@dataclass(slots=True, kw_only=True)
class Differences:
    """What contradicts, and what cannot be told with what is known here; one line each."""

    subject: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    partial: bool = False
    """Whether something was left aside that the document could state otherwise."""

    @property
    def count(self) -> int:
        return len(self.subject) + len(self.files) + len(self.components)

    @property
    def refusals(self) -> tuple[str, ...]:
        """The lines in their order; of many of one kind the first, and their number."""
        return tuple(line for lines in (self.subject, self.files, self.components) for line in _cut(lines))


def differences(stated: Sbom, anew: Sbom, *, inside: bool, resolved: bool) -> Differences:
    """How a document differs from the package. inside: it lies in the package, so it cannot know the artifact.
    resolved: the package was read with the environment or the folders of packages that the user has. A document that
    was made with such, where the user has none, is not compared in what only they can tell."""
    told, true = _plain(stated), _plain(anew)
    return _Comparison(told, true, inside=inside, lenient=not resolved and _saw_others(told)).found


class _Comparison:
    """One document against one package."""

    def __init__(self, stated: Sbom, anew: Sbom, *, inside: bool, lenient: bool) -> None:
        self.found = Differences()
        self._inside = inside
        self._lenient = lenient
        self._renamed: dict[Ref, Ref] = {}
        self._stated = self._as_declared(stated, anew) if lenient else stated
        self._anew = anew
        self._outside = (_outside(self._stated) | _outside(anew)) if lenient else frozenset()
        self._subject()
        self._files()
        self._components()
        self._relations()
        self._rest()
        if lenient:
            self.found.unchecked.append(_UNRESOLVED)
            self.found.partial = True

    def _subject(self) -> None:
        stated, anew, say = self._stated.subject, self._anew.subject, self.found.subject
        for name in ("name", "version", "build", "subdir", "filename", "size"):
            told, true = getattr(stated, name), getattr(anew, name)
            if told != true and not (self._inside and name in ("filename", "size") and not told):
                say.append(f"{name}: {_against(told, true)}")
        told, true = ({d.algorithm: d.value for d in one.digests} for one in (stated, anew))
        for algorithm in sorted({*told, *true}):
            if told.get(algorithm) != true.get(algorithm) and not (self._inside and algorithm not in told):
                say.append(f"{algorithm}: {_against(told.get(algorithm), true.get(algorithm))}")

    def _files(self) -> None:
        told, true = ({f.path: f for f in one.files} for one in (self._stated, self._anew))
        for path in sorted({*told, *true}) if told else ():
            if path not in true:
                self.found.files.append(f"{path}: listed in the document, not in the package")
            elif path not in told:
                self.found.files.append(f"{path}: in the package, not listed in the document")
            else:
                one, another = (
                    {f.name: getattr(file, f.name) for f in fields(File)} for file in (told[path], true[path])
                )
                one["owner"] = self._renamed.get(one["owner"], one["owner"])
                say = (
                    f"{path}: {name}: {_against(one[name], another[name])}"
                    for name in one
                    if one[name] != another[name]
                )
                self.found.files += say

    def _components(self) -> None:
        told, true = ({c.ref: c for c in one.components} for one in (self._stated, self._anew))
        roots = {self._stated.root, self._anew.root}
        say = self.found.components
        say += (
            f"{_named(told[ref])} is listed, and not found in the package" for ref in sorted(told.keys() - true - roots)
        )
        say += (
            f"{_named(true[ref])} is found in the package, and not listed" for ref in sorted(true.keys() - told - roots)
        )
        pairs = [(told[self._stated.root], true[self._anew.root])]
        pairs += ((told[ref], true[ref]) for ref in sorted(told.keys() & true.keys() - roots))
        renamed = set(self._renamed.values())
        for one, another in pairs:
            if one.ref not in renamed and one != another:
                self.found.components += (f"{_named(another)}: {line}" for line in self._component(one, another))

    def _component(self, told: Component, true: Component) -> Iterator[str]:
        root, outside = true.ref == self._anew.root, true.ref in self._outside
        for name in (f.name for f in fields(Component)):
            one, another = getattr(told, name), getattr(true, name)
            if name == "ref" or (outside and name == "occurrences"):
                continue
            if root and self._inside and name == "digests" and not one:
                continue
            if name == "properties":
                dropped = _ARTIFACT if root else frozenset((names.LINKED,)) if outside else frozenset()
                dropped |= {names.LINKED_UNKNOWN} if root and self._lenient else set()
                one, another = (tuple(p for p in pairs if p[0] not in dropped) for pairs in (one, another))
            if isinstance(one, tuple):
                yield from _of_sets(name, one, another)
            elif one != another:
                yield f"{name}: {_against(one, another)}"

    def _relations(self) -> None:
        roots = {self._stated.root: self._anew.root}
        told, true = ({_key(r, roots): r for r in one.relations} for one in (self._stated, self._anew))
        here, there = ({roots.get(c.ref, c.ref) for c in one.components} for one in (self._stated, self._anew))
        missing = here ^ there  # what lacks an end has been said already
        for keys, line in (
            (told.keys() - true.keys(), "is stated, and not found in the package"),
            (true.keys() - told.keys(), "is found in the package, and not stated"),
        ):
            for source, kind, target, scope in sorted(keys):
                if {source, target} & missing or (target in self._outside and kind in _LINKING):
                    continue
                self.found.components.append(f"{source} {kind} {target} ({scope}) {line}")
        for key in sorted(told.keys() & true.keys()):
            one, another = told[key].specs, true[key].specs
            if one != another:
                self.found.components.append(f"{key[2]}: specs: {_against(one, another)}")

    def _rest(self) -> None:
        """Texts, patches, what is claimed of completeness, and problems."""
        say = self.found.components
        for name in ("texts", "patches"):
            say += _of_sets(name, getattr(self._stated, name), getattr(self._anew, name))
        roots = {self._stated.root: self._anew.root}
        unknown = {*roots.values(), *self._outside} if self._lenient else set()
        told, true = (
            [
                (ref, c.aspect, c.state, c.why)
                for c in one.completeness
                if (ref := roots.get(c.ref, c.ref)) not in unknown or c.aspect != "dependencies"
            ]
            for one in (self._stated, self._anew)
        )
        say += _of_sets("completeness", told, true)
        by = _RESOLVING if self._lenient else frozenset()
        problems = ([p for p in one.problems if p.by not in by] for one in (self._stated, self._anew))
        say += _of_sets("problems", *problems)

    def _as_declared(self, stated: Sbom, anew: Sbom) -> Sbom:
        """The stated Sbom without what only --prefix and --packages can tell: dependencies bear the names that the
        package has for them, and further conda packages are left out."""
        own, called = {c.ref for c in anew.components}, {c.ref: c.name for c in anew.components}
        declared = {r.target: r.specs for r in stated.relations if _declares(r, stated.root)}
        by_need = {(called[r.target], r.specs): r.target for r in anew.relations if _declares(r, anew.root)}
        outside = _outside(stated)
        left_out: set[Ref] = set()
        for component in (c for c in stated.components if c.ref in outside - own):
            meant = by_need.get((component.name, declared.get(component.ref, ())))
            if meant is not None:
                self._renamed[component.ref] = meant
            elif component.ref not in declared and _is_linked(component.ref, stated):
                left_out.add(component.ref)
        renamed = self._renamed
        components = {renamed.get(c.ref, c.ref): c for c in stated.components if c.ref not in left_out}
        return replace(
            stated,
            components=tuple(replace(c, ref=ref) for ref, c in components.items()),
            relations=tuple(
                replace(r, source=renamed.get(r.source, r.source), target=renamed.get(r.target, r.target))
                for r in stated.relations
                if not {r.source, r.target} & left_out
            ),
            completeness=tuple(
                replace(c, ref=renamed.get(c.ref, c.ref)) for c in stated.completeness if c.ref not in left_out
            ),
        )


def _plain(sbom: Sbom) -> Sbom:
    """Identities without the address of their document, which is another in each; a purl has none."""

    def plain(ref: Ref) -> Ref:
        return Ref(_ADDRESS.sub("", ref, count=1))

    if not any(_ADDRESS.match(c.ref) for c in sbom.components):
        return sbom
    return replace(
        sbom,
        root=plain(sbom.root),
        components=tuple(replace(c, ref=plain(c.ref)) for c in sbom.components),
        relations=tuple(replace(r, source=plain(r.source), target=plain(r.target)) for r in sbom.relations),
        completeness=tuple(replace(c, ref=plain(c.ref)) for c in sbom.completeness),
        files=tuple(replace(f, owner=plain(f.owner) if f.owner else None) for f in sbom.files),
    )


def _saw_others(sbom: Sbom) -> bool:
    """Whether a document was made with an environment or with folders of packages: it tells what those hold."""
    evidence = (e for c in sbom.components for o in c.occurrences for e in o.evidence)
    return any(e.path.startswith("conda-meta/") or any(sign in e.place for sign in _SEEN) for e in evidence) or any(
        p.by == "linkage" and "as far as names tell" not in p.reason for p in sbom.problems
    )


def _outside(sbom: Sbom) -> frozenset[Ref]:
    """The conda packages that the package does not contain."""
    contained = {r.target for r in sbom.relations if r.kind == "contains"} | {sbom.root}
    return frozenset(c.ref for c in sbom.components if c.purl.startswith("pkg:conda/") and c.ref not in contained)


def _is_linked(ref: Ref, sbom: Sbom) -> bool:
    return any(r.target == ref and r.kind in _LINKING for r in sbom.relations)


def _against(told: Any, true: Any) -> str:
    return f"{_shown(told)} in the document, {_shown(true)} in the package"


def _declares(relation: Relation, root: Ref) -> bool:
    return relation.kind == "depends_on" and relation.source == root and bool(relation.specs)


def _key(relation: Relation, roots: dict[Ref, Ref]) -> tuple[str, str, str, str]:
    source, target = (roots.get(ref, ref) for ref in (relation.source, relation.target))
    return source, relation.kind, target, relation.scope


def _of_sets(name: str, told: Sequence[Any], true: Sequence[Any]) -> Iterator[str]:
    """What stands in one collection only."""
    one, another = Counter(told), Counter(true)
    for value in sorted((one - another).elements(), key=repr):
        yield f"{name}: {_shown(value)} in the document only"
    for value in sorted((another - one).elements(), key=repr):
        yield f"{name}: {_shown(value)} in the package only"


def _named(component: Component) -> str:
    return component.purl or f"{component.name} {component.version}".strip()


def _shown(value: Any) -> str:
    """A value in few words: of a record what it is known by."""
    if isinstance(value, tuple):
        text = ", ".join(_shown(part) for part in value)
    else:
        text = next((str(found) for name in _NAMES if (found := getattr(value, name, ""))), str(value or ""))
    return (text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...") or "nothing"


def _cut(lines: list[str]) -> Iterable[str]:
    rest = len(lines) - _MOST
    return lines if rest <= 1 else [*lines[:_MOST], f"and {rest} more differences of this kind"]
