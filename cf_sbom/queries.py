"""What somebody looks for, a name or a purl with a condition on its version, and whether a component is that.

Knows purls and names; nothing of where components come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from packageurl import PackageURL

from cf_sbom.errors import QueryError
from cf_sbom.identity.matchspec import demand
from cf_sbom.identity.packages import canonical
from cf_sbom.identity.ranges import Condition, RangeError, UndecidedError
from cf_sbom.identity.wildcards import fits
from cf_sbom.model import Component, Ref, Sbom

_LONGEST = 4096
_SPEC = re.compile(r"([^\s<>=!~]+)\s*([<>=!~].*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """package is a purl without version as package_key() gives it, or "" for a name in any ecosystem, as name_key()
    gives it. Either may hold `*` for any text."""

    text: str
    package: str = ""
    name: str = ""
    condition: Condition = field(default_factory=Condition)
    qualifiers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Query:
        """`openssl`, `openssl@<3`, `pkg:cargo/ring@0.17`, `pkg:npm/%40babel/*@vers:npm/>=7|<8`. Raises QueryError."""
        wanted = text.strip()
        if not wanted or len(wanted) > _LONGEST:
            raise QueryError("nothing to look for" if not wanted else "what is looked for is too long")
        what, version = _divided(wanted)
        try:
            condition = Condition.parse(version) if version else Condition()
        except RangeError as error:
            raise QueryError(str(error)) from None
        if not what.lower().startswith("pkg:"):
            if spec := _SPEC.fullmatch(what):  # as a name it would be nowhere, which is no answer
                raise QueryError(f"{wanted!r} is a match spec; a range stands behind `@`: '{spec[1]}@{spec[2]}'")
            return cls(text=wanted, name=name_key(what), condition=condition)
        base, mark, rest = what.partition("?")
        base = base.replace("/@", "/%40")
        purl = canonical(base.replace("*", _STAR))
        if not purl:
            raise QueryError(f"{what!r} is no purl; a purl is pkg:TYPE/NAME, such as pkg:npm/left-pad")
        try:
            qualifiers = dict(PackageURL.from_string(f"{base}?{rest}").qualifiers) if mark and rest else {}
        except ValueError:
            raise QueryError(f"{rest[:80]!r}: qualifiers of a purl are NAME=VALUE, with `&` between them") from None
        try:
            condition.require_versions(purl_type(purl))
        except RangeError as error:
            raise QueryError(str(error)) from None
        package = package_key(purl).replace(_STAR.lower(), "*").replace(_STAR, "*")
        return cls(text=wanted, package=package, condition=condition, qualifiers=qualifiers)

    @property
    def key(self) -> str:
        """What names or purls are compared with."""
        return self.package or self.name

    @property
    def is_choosy(self) -> bool:
        """Whether some versions are not wanted."""
        return bool(self.condition.exact or self.condition.choices)

    @property
    def prefix(self) -> str:
        """The start that everything wanted has."""
        return self.key.partition("*")[0]

    def admits(self, key: str) -> bool:
        """Whether a name or a purl without version is as wanted, versions aside. Linear in its length."""
        return fits(self.key, key)

    def holds(self, kind: str, version: str, purl: str) -> bool:
        """Whether the version is as wanted, and the qualifiers of the purl. Raises UndecidedError."""
        if self.qualifiers:
            stated = _parsed(purl)
            if stated is None or not self.qualifiers.items() <= stated.qualifiers.items():
                return False
        return self.condition.holds(kind, _whole_version(kind, version, purl))

    def admitted_by(self, specs: Iterable[str]) -> bool:
        """Whether match specs of conda's, all of them, admit a version that is wanted; no spec admits any. Raises
        UndecidedError."""
        return all(self.condition.admitted_by(demand(spec).version) for spec in specs)

    def wants(self, component: Component, demands: Sequence[Sequence[str]] | None = None) -> bool:
        """Whether this is it. demands: the match specs of conda's of each relation that asks for it, one of which must
        admit what is wanted where it has no version; None where these are not known. Raises UndecidedError where its
        names are and its version cannot be told."""
        if self.name:
            if not any(map(self.admits, names_of(component))):
                return False
            return self._decided(component.purl, component.version, demands)
        reasons = []
        for purl in purls_of(component):
            if self.admits(package_key(purl) or purl.partition("@")[0]):  # what is no purl may still fit a pattern
                try:
                    if self._decided(purl, version_of(purl) or component.version, demands):
                        return True
                except UndecidedError as error:
                    reasons.append(error)
        if reasons:
            raise reasons[0]
        return False

    def _decided(self, purl: str, version: str, demands: Sequence[Sequence[str]] | None) -> bool:
        kind = purl_type(purl)
        if not version and demands is not None and kind == "conda":  # nor has it qualifiers
            return not self.is_choosy or self._admitted_by_any(demands)
        return self.holds(kind, version, purl)

    def _admitted_by_any(self, demands: Sequence[Sequence[str]]) -> bool:
        reasons = []
        for specs in demands:
            try:
                if self.admitted_by(specs):
                    return True
            except UndecidedError as error:
                reasons.append(error)
        if reasons:
            raise reasons[0]
        return False


_STAR = "Zstar0Z"  # stands for `*` where purls are taken apart, which would escape it


def _divided(text: str) -> tuple[str, str]:
    """What is before the `@` of a version, and the version. The `@` of a scope is none, nor one in a range."""
    what = text.partition("#")[0]
    if "@vers:" in what:
        what, _, version = what.partition("@vers:")
        return what, f"vers:{version}"
    plain, mark, qualifiers = what.partition("?")
    head, at, version = plain.rpartition("@")
    if not at or not head or head.endswith("/"):
        return what, ""
    return f"{head}{mark}{qualifiers}", _unquoted(version) if head.lower().startswith("pkg:") else version


def _unquoted(version: str) -> str:
    from urllib.parse import unquote

    return unquote(version)


def name_key(name: str) -> str:
    """How a name is compared: letter case makes no difference."""
    return name.casefold()


@lru_cache(maxsize=65536)
def package_key(purl: str) -> str:
    """A purl as type, namespace and name alone; of conda without the channel that some write for a namespace. "" where
    it is none."""
    parsed = _parsed(canonical(purl))
    if parsed is None:
        return ""
    namespace = None if parsed.type == "conda" else parsed.namespace
    name = parsed.name.lower() if parsed.type == "nuget" else parsed.name  # whose registry tells no case apart
    return PackageURL(parsed.type, namespace, name).to_string()


def purl_type(purl: str) -> str:
    """`npm` of `pkg:npm/left-pad@1`, or ""."""
    return purl.removeprefix("pkg:").partition("/")[0].lower() if purl.startswith("pkg:") else ""


def version_of(purl: str) -> str:
    """The version in a purl, or ""."""
    parsed = _parsed(purl)
    return (parsed.version or "") if parsed else ""


def names_of(component: Component) -> frozenset[str]:
    """The names that a component goes by, as name_key() gives them: its own, and those of its purls with and without
    namespace."""
    found = {component.name}
    for purl in purls_of(component):
        parsed = _parsed(purl)
        if parsed is not None:
            found.add(parsed.name)
            if parsed.namespace:
                found.add(f"{parsed.namespace}/{parsed.name}")
            if parsed.type == "pypi":  # `-`, `_` and `.` are one in names of Python distributions (PEP 503)
                found |= {parsed.name.replace("-", mark) for mark in "_."}
    return frozenset(name_key(name) for name in found if name)


def demands_of(sbom: Sbom) -> dict[Ref, list[tuple[str, ...]]]:
    """The specs of each relation in which a component is needed, linked, carried or the like, by its reference; what is
    only constrained has none."""
    found: dict[Ref, list[tuple[str, ...]]] = {}
    for relation in sbom.relations:
        known = found.setdefault(relation.target, [])
        if relation.kind not in ("constrains", "patched_by"):
            known.append(relation.specs if relation.kind == "depends_on" else ())
    return found


def purls_of(component: Component) -> Iterable[str]:
    """Its purl and its aliases."""
    return (purl for purl in (component.purl, *component.aliases) if purl)


@lru_cache(maxsize=65536)
def _parsed(purl: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(purl)
    except ValueError:
        return None


def _whole_version(kind: str, version: str, purl: str) -> str:
    """rpm's purls have the epoch apart from the version."""
    if kind == "rpm" and ":" not in version and (parsed := _parsed(purl)) and (epoch := parsed.qualifiers.get("epoch")):
        return f"{epoch}:{version}"
    return version
