"""What meets a need that is known by name: the package of that name which is there.

Knows conda's names and specs. An environment holds one package of a name, which is what it has; in a collection of
documents a package of another version, or for another platform, is simply another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cf_sbom.environments.versions import meets_conda
from cf_sbom.joining.same import Conda, conda_parts
from cf_sbom.model import Component, Ref

_MOST = 20  # packages of one name; among more a spec is not asked which of them it means


class Needs:
    """The packages of these references, by what needs call them. closed: they are all that there is; platform: the one
    of an environment, and no edge leads to or from a package of another."""

    def __init__(
        self, components: Mapping[Ref, Component], refs: Iterable[Ref], *, closed: bool, platform: str = ""
    ) -> None:
        self._components = components
        self._closed = closed
        self._platform = platform
        self._there: set[Ref] = set()
        self._by_name: defaultdict[tuple[str, str, str], list[tuple[Ref, Conda]]] = defaultdict(list)
        platforms = set()
        for ref in sorted(refs):
            parts = conda_parts(components[ref].purl)
            if parts is not None and (parts.subdir or closed) and self._is_here(parts):
                self._there.add(ref)
                platforms.add(parts.platform)
                for version in {"", parts.version}:
                    for subdir in {"", parts.subdir}:
                        self._by_name[parts.name, version, subdir].append((ref, parts))
        self._one_platform = len(platforms - {""}) < 2

    def met(self, source: Ref, target: Ref, specs: Iterable[str]) -> Ref:
        """What meets a need; "" where an environment has none, and what was needed itself where that is not known."""
        needed = conda_parts(self._components[target].purl) if target in self._components else None
        if needed is None:
            return target
        own = conda_parts(self._components[source].purl) if source in self._components else None
        if own is not None and not self._is_here(own):
            return Ref("")
        if target in self._there:
            return target
        if self._closed:
            found = self._by_name.get((needed.name, "", ""), [])
            return found[0][0] if len(found) == 1 else Ref("")
        found = [] if needed.subdir else self._of_platform(own, needed)
        fit = found if len(found) <= _MOST else []
        fit = [(ref, parts) for ref, parts in fit if needed.build in ("", parts.build) and _meets(parts, specs)]
        return fit[0][0] if len(fit) == 1 else target

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


def _meets(parts: Conda, specs: Iterable[str]) -> bool:
    return all(meets_conda(parts.version, parts.build, spec) for spec in specs)
