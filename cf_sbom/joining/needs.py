"""What meets a need that is known by name: the package of that name which is there.

Knows conda's names and specs. An environment holds one package of a name, which is what it has; in a collection of
documents a package of another version, or for another platform, is simply another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from cf_sbom.environments.versions import meets_conda
from cf_sbom.joining.same import Conda, conda_parts
from cf_sbom.model import Digest, Ref

_MOST = 20  # packages of one name; among more a spec is not asked which of them it means


class Needs:
    """The packages of these references, by what needs call them. purls and digests: those of all that is known.
    closed: they are all that there is; platform: the one of an environment, and no edge leads to or from a package of
    another."""

    def __init__(
        self,
        purls: Mapping[Ref, str],
        digests: Mapping[Ref, Collection[Digest]],
        refs: Iterable[Ref],
        *,
        closed: bool,
        platform: str = "",
    ) -> None:
        self._purls = purls
        self._digests = digests
        self.closed = closed
        self._platform = platform
        self._there: set[Ref] = set()
        self._by_name: defaultdict[tuple[str, str, str], list[tuple[Ref, Conda]]] = defaultdict(list)
        platforms = set()
        for ref in sorted(refs):
            parts = conda_parts(purls.get(ref, ""))
            if parts is not None and (parts.subdir or closed) and self._is_here(parts):
                self._there.add(ref)
                platforms.add(parts.platform)
                for version in {"", parts.version}:
                    for subdir in {"", parts.subdir}:
                        self._by_name[parts.name, version, subdir].append((ref, parts))
        self._one_platform = len(platforms - {""}) < 2

    def met(self, source: Ref, target: Ref, specs: Iterable[str], linked: Collection[Ref] = ()) -> tuple[Ref, ...]:
        """What meets a need; nothing where an environment has none, and what was needed itself where that is not known.
        linked: what the source is known to need; where packages of that name are among it, the need means these."""
        needed = conda_parts(self._purls.get(target, ""))
        if needed is None:
            return (target,)
        own = conda_parts(self._purls.get(source, ""))
        if own is not None and not self._is_here(own):
            return ()
        if target in self._there:
            return (target,)
        if self.closed:
            found = self._by_name.get((needed.name, "", ""), [])
            return (found[0][0],) if len(found) == 1 else ()
        found = [] if needed.subdir else self._of_platform(own, needed)
        fit = found if len(found) <= _MOST else []
        refs = [ref for ref, parts in fit if self.means(target, ref) and _meets(parts, specs)]
        refs = [ref for ref in refs if ref in linked] or refs[: len(refs) < 2]
        return tuple(refs) or (target,)

    def means(self, named: Ref, ref: Ref) -> bool:
        """Whether what is named may be this package: all that its purl says is so, and no digest is another."""
        needed, parts = conda_parts(self._purls[named]), conda_parts(self._purls[ref])
        if needed is None or parts is None or needed.name != parts.name:
            return False
        if any(one not in ("", other) for one, other in zip(needed[1:4], parts[1:4], strict=True)):
            return False
        known = {d.algorithm: d.value for d in self._digests.get(ref, ())}
        return all(known.get(d.algorithm, d.value) == d.value for d in self._digests.get(named, ()))

    def _is_here(self, parts: Conda) -> bool:
        return not self._platform or parts.platform in ("", self._platform)

    def _of_platform(self, own: Conda | None, needed: Conda) -> list[tuple[Ref, Conda]]:
        """Those that a package may need. One for any platform needs none that is for one, where several are there: it
        would link what is for one platform to what is for another."""
        platform = own.platform if own else ""
        subdirs = [platform, "noarch"] if platform else [""]
        found = [one for subdir in subdirs for one in self._by_name.get((needed.name, needed.version, subdir), ())]
        if not platform and not self._one_platform and any(parts.platform for _, parts in found):
            return []
        return found


class Led:
    """What all needs lead to. names: what goes by the name of the package that it means, as more is told of it than its
    name; that is so where all who need it mean the same one."""

    def __init__(
        self,
        needs: Needs,
        pairs: Iterable[tuple[Ref, Ref]],
        specs: defaultdict[tuple[Ref, str], set[str]],
        name_of: Callable[[Ref], str],
        *,
        full: Collection[Ref],
        held: Collection[Ref],
    ) -> None:
        """pairs: who needs what. specs: what is asked for, by who asks and what name_of calls it; here is added what is
        asked by one that is another. full: of what more than the name is known, so that in a collection no edge leads
        past it. held: what is a thing of its own as something holds it."""
        self.names: dict[Ref, Ref] = {}
        self._needs = needs
        self._specs = specs
        self._name_of = name_of
        self._full = full
        self._edges: dict[tuple[Ref, Ref], tuple[Ref, ...]] = {}
        self._linked: defaultdict[tuple[Ref, str], set[Ref]] = defaultdict(set)
        self._sources: defaultdict[Ref, set[Ref]] = defaultdict(set)
        self._targets: defaultdict[Ref, set[Ref]] = defaultdict(set)
        for source, target in pairs:
            self._sources[target].add(source)
            self._targets[source].add(target)
            self._linked[source, name_of(target)].add(target)
        waiting = self._sources.keys() - held
        while waiting:  # all of a round see the same, so that their order cannot matter
            waiting = self._round({ref: self._led(ref) for ref in waiting}) - self.names.keys() - set(held)

    def __call__(self, source: Ref, target: Ref) -> tuple[Ref, ...]:
        """What a need leads to, by the names that are given here."""
        return self._edges.get((source, target), (target,))

    def _led(self, ref: Ref) -> dict[Ref, tuple[Ref, ...]]:
        """What meets a need, by who has it."""
        name = self._name_of(ref)
        return {
            source: self._needs.met(source, ref, self._specs.get((source, name), ()), self._linked[source, name])
            for source in self._sources[ref]
        }

    def _round(self, found: dict[Ref, dict[Ref, tuple[Ref, ...]]]) -> set[Ref]:
        """Settle what was found; gives what has to be asked again, as more is known of who needs it."""
        again: set[Ref] = set()
        named: dict[Ref, Ref] = {}
        for ref, led in found.items():
            meant = set(led.values())
            only = next(iter(meant)) if len(meant) == 1 else ()
            if ref in self._full:  # of others a constraint still speaks by their name
                if len(only) == 1 and only != (ref,) and self._needs.means(ref, only[0]):
                    named[ref] = only[0]
                elif not self._needs.closed:
                    continue
            for source, targets in led.items():
                if targets == (ref,):
                    continue
                self._edges[source, ref] = targets
                linked = self._linked[source, self._name_of(ref)]
                if not linked.issuperset(targets):
                    linked.update(targets)
                    again |= self._targets[source]
        for ref, target in named.items():
            for needed in self._targets.pop(ref, ()):
                name = self._name_of(needed)
                self._sources[needed].discard(ref)
                self._sources[needed].add(target)
                self._targets[target].add(needed)
                self._specs[target, name] |= self._specs.get((ref, name), set())
                self._linked[target, name] |= self._linked[ref, name]
                again |= self._targets[target]
        self.names |= named
        return again


def _meets(parts: Conda, specs: Iterable[str]) -> bool:
    return all(meets_conda(parts.version, parts.build, spec) for spec in specs)
