"""What documents in a wheel (PEP 770) say of the libraries that the wheel bundles, and which file each is.

Knows where a wheel has its documents and its libraries. Documents name packages, seldom files: auditwheel tells which
package of a distribution each library came from, others list what the wheel was built with.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cf_sbom.bundled import Project
from cf_sbom.bundled.copies import Clue, Copy
from cf_sbom.bundled.projects import project_called
from cf_sbom.identity.packages import package_purl
from cf_sbom.model import Component, Evidence, Occurrence, Ownership, Problem
from cf_sbom.releases import agree, of_distribution, release

BY_NAME = 0.9
"""How sure it is that a library is what a document of the same wheel calls so."""
_MOST = 256  # that documents say of one project; each is compared with each of its files
_DOCUMENT = re.compile(r"(?P<site>(?:.*/)?)(?P<dist>[^/-]+)(?:-[^/]*)?\.dist-info/sboms/.*", re.DOTALL)
_DIST_INFO = re.compile(r"(?P<site>(?:.*/)?)(?P<dist>[^/]+)\.dist-info/.*", re.DOTALL)
_TYPES = ("pkg:generic/", "pkg:github/", "pkg:gitlab/", "pkg:bitbucket/", "pkg:conan/", "pkg:vcpkg/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    component: Component
    evidence: Evidence
    site: str
    dist: str

    @property
    def release(self) -> str:
        return release(self.component.version, self.component.purl)


class Documents:
    """What the components that documents told of have to do with the copies. by: the name of who told of them."""

    def __init__(self, components: Iterable[Component], files: Iterable[str], copies: Sequence[Copy], by: str) -> None:
        self._stated: defaultdict[str, list[_Stated]] = defaultdict(list)
        for component in components:
            project = _project(component)
            if project is not None and component.version:
                for evidence in (e for o in component.occurrences for e in o.evidence if e.by == by):
                    if match := _DOCUMENT.fullmatch(evidence.path):
                        stated = _Stated(component=component, evidence=evidence, site=match["site"], dist=match["dist"])
                        if len(self._stated[project.name]) < _MOST:
                            self._stated[project.name].append(stated)
        matches = (_DIST_INFO.match(path) for path in files) if self._stated else ()
        self._wheels = Counter(site for site, _ in {(m["site"], m["dist"]) for m in matches if m})
        self._tied: dict[str, list[_Stated]] = {}
        self._rivals: defaultdict[tuple[str, str, str], list[Copy]] = defaultdict(list)
        for copy in copies:
            for stated in self._of_wheel(copy):
                self._rivals[_key(stated)].append(copy)
        for copy in copies:
            self._tied[copy.path] = list(self._ties(copy))

    def completed(self, copy: Copy) -> Copy:
        """The copy with the version that documents state, where nothing else tells one, or not all of it."""
        releases = {stated.release for stated in self._tied[copy.path]}
        longer = {one for one in releases if one != copy.version and agree(one, copy.version or one)}
        if len(releases) != 1 or not longer or len(*longer) < len(copy.version):
            return copy
        clues = [
            Clue(
                version=stated.release,
                technique="manifest",
                confidence=BY_NAME,
                field=stated.evidence.field,
                detail="by the name of the file",
                path=stated.evidence.path,
            )
            for stated in self._tied[copy.path]
        ]
        return replace(copy, clues=(*clues[:1], *copy.clues))

    def findings(self, copies: Iterable[Copy], by: str) -> Iterator[Component | Ownership | Problem]:
        """Which components of documents are which file: a package of a distribution is the library that came from it,
        what else is called so has its purl; and what they contradict. by: who says so."""
        purls: defaultdict[str, set[str]] = defaultdict(set)
        for copy in copies:
            for stated in self._tied[copy.path]:
                component = stated.component
                if of_distribution(component.purl):
                    evidence = replace(stated.evidence, by=by, confidence=BY_NAME, detail="by the name of the file")
                    yield replace(component, occurrences=(Occurrence(path=copy.path, evidence=(evidence,)),))
                    yield Ownership(path=copy.path, ref=component.ref, whole=True)
                elif copy.project is not None and copy.version:
                    purls[component.ref].add(package_purl("generic", copy.project.name, copy.version))
        for stated in (one for found in self._stated.values() for one in found):
            component = stated.component
            mine = purls.get(component.ref, set()) - {component.purl}
            if len(purls.get(component.ref, ())) == 1 and mine:
                yield replace(component, occurrences=(), aliases=tuple(sorted({*component.aliases, *mine})))
            rivals = self._rivals[_key(stated)] if stated.evidence.path else []
            if rivals and not any(stated in self._tied[copy.path] for copy in rivals):
                versions = " and ".join(sorted({copy.version or "?" for copy in rivals}))
                reason = f"says {component.name} {component.version}; the file is {versions} ({rivals[0].path})"
                yield Problem(path=stated.evidence.path, reason=reason, by=by, severity="conflict")

    def _of_wheel(self, copy: Copy) -> Iterator[_Stated]:
        """What documents of the wheel that a copy came with say of its project."""
        for stated in self._stated.get(copy.project.name, ()) if copy.project is not None else ():
            own = f"{stated.site}{stated.dist}.libs/"
            if copy.path.startswith(own) or (copy.path.startswith(stated.site) and self._wheels[stated.site] == 1):
                yield stated

    def _ties(self, copy: Copy) -> Iterator[_Stated]:
        """Those that are the copy: of its version; of any where it has none and they agree; or, of another version, the
        only package of a distribution where the copy is the only one of the project."""
        stated = list(self._of_wheel(copy))
        if copy.version:
            fitting = [one for one in stated if agree(one.release, copy.version)]
        else:
            fitting = stated if all(agree(one.release, stated[0].release) for one in stated) else []
        yield from fitting
        packages = [one for one in stated if of_distribution(one.component.purl)]
        if (
            not fitting
            and len({one.component.ref for one in packages}) == 1
            and len(self._rivals[_key(packages[0])]) == 1
        ):
            yield packages[0]


def _key(stated: _Stated) -> tuple[str, str, str]:
    return stated.component.ref, stated.evidence.path, stated.evidence.field


def _project(component: Component) -> Project | None:
    """The project that a component of a document is of; packages of languages may be called like one."""
    if component.purl and not (of_distribution(component.purl) or component.purl.startswith(_TYPES)):
        return None
    return project_called(component.name)
