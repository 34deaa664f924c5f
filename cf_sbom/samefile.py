"""Components that are one and the same file -> one component, however many sources named it.

Knows the model only. A component may hold a file (a wheel its libraries) or be it: here only claims that say the latter
(Ownership.whole) count. Files of the same bytes are the same file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cf_sbom.merging import rank
from cf_sbom.model import ROOT, Component, File, Ownership, Ref


def unite(
    components: Sequence[Component], claims: Sequence[Ownership], files: Mapping[str, File], names: Mapping[Ref, Ref]
) -> tuple[list[Component], list[Ownership], dict[Ref, Ref]]:
    """The findings, the claims and the names of identities (as merging.identities() gives them) with one identity for
    each file.

    Of several that are the same file, that goes first which a registry knows, then which has a purl, then the better
    evidence. Another that was seen in nothing but such files becomes that one, and its purl an alias. One that was also
    seen elsewhere, or in files of several, stays what it is there; only what was seen in the file goes over, and its
    purl stays with it, since two components never share one.
    """
    same = _Files(components, claims, files, names)
    if not any(len(rivals) > 1 for rivals in same.rivals.values()):
        return list(components), list(claims), dict(names)
    final = same.final()
    found = [part for component in components for part in same.parts(component, final)]
    settled = [
        replace(claim, ref=final[same.first[same.key(claim.path)]])
        if claim.whole and claim.ref in names and same.key(claim.path) in same.first
        else claim
        for claim in claims
    ]
    return found, settled, {ref: final[name] for ref, name in names.items()}


class _Files:
    """Which identities are which file. A file is known by its digest, or by its path where that is not known."""

    def __init__(
        self,
        components: Sequence[Component],
        claims: Iterable[Ownership],
        files: Mapping[str, File],
        names: Mapping[Ref, Ref],
    ) -> None:
        self._names = names
        self._keys = {c.path: _digest(files.get(c.path)) or c.path for c in claims if c.whole}
        self.rivals: defaultdict[str, set[Ref]] = defaultdict(set)
        for claim in claims:
            if claim.whole and claim.ref in names and claim.ref != ROOT:
                self.rivals[self._keys[claim.path]].add(names[claim.ref])
        same = self._by_digest(components)
        ranks: dict[Ref, tuple[bool, bool, tuple[int, float, str], str]] = {}
        for component in components:
            ref, own = names[component.ref], component.purl
            mine = (not own or own.startswith("pkg:generic/"), not own, rank(component), names[component.ref])
            ranks[ref] = min(mine, ranks.get(ref, mine))
        self.first = {key: min(refs, key=lambda ref: ranks[ref]) for key, refs in self.rivals.items()}
        self._targets: defaultdict[Ref, set[Ref]] = defaultdict(set)
        for component in components:
            ref = names[component.ref]
            for occurrence in component.occurrences:
                self._targets[ref].add(self._target(ref, occurrence.path))
        for ref, key in same.items():
            self._targets[ref] = {self.first[key]}

    def key(self, path: str) -> str:
        return self._keys.get(path, path)

    def final(self) -> dict[Ref, Ref]:
        """What each identity becomes: itself, or that of the file that it is. The first of a file goes before all
        others of it, so that there are no circles."""
        found: dict[Ref, Ref] = {}
        for ref in self._names.values():
            end = ref
            while (targets := self._targets.get(end)) and end not in targets:
                end = min(targets)
            found[ref] = end
        return found

    def parts(self, component: Component, final: Mapping[Ref, Ref]) -> Iterable[Component]:
        """A finding as it is, or parted by the files that it was seen in."""
        ref = self._names[component.ref]
        targets = self._targets.get(ref, {ref})
        if len(targets) < 2:
            yield component
            return
        by_target: defaultdict[Ref, list[int]] = defaultdict(list)
        for number, occurrence in enumerate(component.occurrences):
            by_target[self._target(ref, occurrence.path)].append(number)
        if not component.occurrences:
            by_target[ref if ref in targets else min(targets)] = []
        for target, numbers in sorted(by_target.items()):
            seen = tuple(component.occurrences[number] for number in numbers)
            if target == ref:
                yield replace(component, occurrences=seen)
            else:
                yield replace(component, ref=final[target], purl="", aliases=(), occurrences=seen)

    def _target(self, ref: Ref, path: str) -> Ref:
        key = self._keys.get(path)
        return self.first[key] if key is not None and ref in self.rivals[key] else ref

    def _by_digest(self, components: Iterable[Component]) -> dict[Ref, str]:
        """Identities of which nothing but the bytes of one such file was seen, wherever that was; they are it, too."""
        seen: defaultdict[Ref, set[str]] = defaultdict(set)
        for component in components:
            if component.ref != ROOT:
                seen[self._names[component.ref]] |= {
                    d.value for o in component.occurrences for d in o.digests if d.algorithm == "sha256"
                }
        found = {ref: next(iter(values)) for ref, values in seen.items() if len(values) == 1}
        found = {ref: key for ref, key in found.items() if key in self.rivals}
        for ref, key in found.items():
            self.rivals[key].add(ref)
        return found


def _digest(file: File | None) -> str:
    return next((d.value for d in file.digests if d.algorithm == "sha256"), "") if file else ""
