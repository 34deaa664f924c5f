"""What a user demands of packages: a policy, out of a TOML file.

Knows the file and its schema (schemas/policy.schema.json). What becomes of a demand is known in `judging`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from cf_sbom.assertions import Role
from cf_sbom.errors import QueryError, SettingsError
from cf_sbom.identity.licenses import normalize, symbols
from cf_sbom.identity.ranges import RangeError
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT
from cf_sbom.profiles.tables import PROFILES
from cf_sbom.queries import Query, purl_type
from cf_sbom.schemas import own

Relation: TypeAlias = Literal[
    "package", "carried", "static", "dynamic", "dependency", "candidate", "source", "build", "test"
]
"""What a component is to the package, for policies: static is carried by being linked in, dynamic is asked of the
loader."""
JUDGED: tuple[Relation, ...] = ("package", "carried", "static", "dynamic", "dependency", "candidate")
"""Those that are judged where no rule names relations: the others are not what users get."""

_MAX_SIZE = 1 << 20
_ROLES: dict[str, Role] = {"package": "package", "parts": "part", "dependencies": "dependency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseRule:
    """Which licences components may have. Empty relations, kinds and purls fit all; allow None admits all that is not
    denied."""

    relations: tuple[Relation, ...] = JUDGED
    kinds: tuple[str, ...] = ()
    purls: tuple[Query, ...] = ()
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    missing: bool = True

    def accepts(self, license_: str) -> bool:
        """Whether one licence may be used, an exception with it. A licence that is allowed is so with an exception,
        which only permits more; one that is denied is so with it, unless both together are allowed."""
        bare = license_.partition(" WITH ")[0]
        allow = self.allow or ()
        with_exception = tuple(one for one in allow if " WITH " in one)
        together = bare != license_ and matches(with_exception, license_)
        if matches(self.deny, license_) or (matches(self.deny, bare) and not together):
            return False
        return self.allow is None or together or matches(allow, license_) or matches(allow, bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """Components that must not be there, asked for as `where` does it."""

    purl: Query
    relations: tuple[Relation, ...] = JUDGED
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a profile must come to."""

    score: float | None = None
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All demands of one file. problems are `severity` or `severity:plugin`."""

    licenses: tuple[LicenseRule, ...] = ()
    agree: bool = False
    document: tuple[str, ...] = ()
    components: tuple[tuple[Role, tuple[str, ...]], ...] = ()
    max_unexplained: float | None = None
    forbidden: tuple[Forbidden, ...] = ()
    problems: tuple[str, ...] = ()
    profiles: tuple[tuple[str, Demand], ...] = ()


def matches(patterns: tuple[str, ...], text: str) -> bool:
    """Whether one of the patterns fits, upper and lower case alike; `*`, `?` and `[...]` as in file names."""
    return any(_pattern(one).fullmatch(text) for one in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(translate(text), re.IGNORECASE)


def read(path: Path) -> Policy:
    """The policy in a file, which demands something. Raises SettingsError, which names the file and the place in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path.name}: cannot be read: {error.strerror}") from None
    try:
        policy = parse(data)
    except SettingsError as error:
        raise SettingsError(f"{path.name}: {error}") from None
    if policy == Policy():
        raise SettingsError(f"{path.name}: demands nothing")
    return policy


def parse(data: bytes) -> Policy:
    """The policy in TOML. Raises SettingsError, which names the place."""
    tree = _tree(data)
    for error in own("policy").iter_errors(tree):
        place = ".".join(str(part) for part in error.instance_path)
        raise SettingsError(f"{place}: {error.message}" if place else str(error.message))
    licenses = tree.get("licenses", {})
    rules = [_rule(rule, f"licenses.rules.{n}") for n, rule in enumerate(licenses.get("rules", ()))]
    if licenses.keys() & {"allow", "deny", "missing"}:
        rules.append(_rule(licenses, "licenses"))
    required = tree.get("required", {})
    return Policy(
        licenses=tuple(rules),
        agree=licenses.get("agree", False),
        document=_known(required.get("document", ()), DOCUMENT, "required.document"),
        components=tuple(
            (role, _known(required[name], COMPONENTS, f"required.{name}"))
            for name, role in _ROLES.items()
            if name in required
        ),
        max_unexplained=tree.get("max-unexplained"),
        forbidden=tuple(
            Forbidden(
                purl=_query(one["purl"], f"forbidden.{n}.purl"),
                relations=tuple(one.get("relations", JUDGED)),
                reason=one.get("reason", ""),
            )
            for n, one in enumerate(tree.get("forbidden", ()))
        ),
        problems=tuple(tree.get("problems", {}).get("fail", ())),
        profiles=tuple((name, _demand(name, one)) for name, one in tree.get("profiles", {}).items()),
    )


def _tree(data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    if len(data) > _MAX_SIZE:
        raise SettingsError(f"larger than {_MAX_SIZE} bytes")
    try:
        tree: dict[str, Any] = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"not TOML: {error}") from None
    except RecursionError:
        raise SettingsError("not TOML: nested too deeply") from None
    return tree


def _rule(tree: dict[str, Any], place: str) -> LicenseRule:
    return LicenseRule(
        relations=tuple(tree.get("relations", JUDGED)),
        kinds=tuple(tree.get("kinds", ())),
        purls=tuple(_query(purl, f"{place}.purls") for purl in tree.get("purls", ())),
        allow=_licenses(tree["allow"], f"{place}.allow") if "allow" in tree else None,
        deny=_licenses(tree.get("deny", ()), f"{place}.deny"),
        missing=tree.get("missing", "allow") == "allow",
    )


def _query(text: str, place: str) -> Query:
    """A purl with a condition on its version. One that could never be decided is an error of the policy."""
    try:
        query = Query.parse(text)
        kind = purl_type(query.package)
        if "*" not in kind:
            query.condition.require_order(kind)
    except (QueryError, RangeError) as error:
        raise SettingsError(f"{place}: {text[:80]!r}: {error}") from None
    return query


def _licenses(written: list[str] | tuple[()], place: str) -> tuple[str, ...]:
    """Ids as SPDX writes them now. A pattern and a LicenseRef stand as they are."""
    found = []
    for text in written:
        told = normalize(text)
        if set(text) & set("*?[") or text.startswith(("LicenseRef-", "DocumentRef-")):
            found.append(text)
        elif told.found or len(symbols(told.expression)) != 1:
            raise SettingsError(f"{place}: {text!r} is no SPDX licence id")
        else:
            found.append(told.expression)
    return tuple(found)


def _known(written: list[str] | tuple[()], facts: dict[str, Any], place: str) -> tuple[str, ...]:
    for name in written:
        if name not in facts:
            raise SettingsError(f"{place}: {name!r} is none of: {', '.join(facts)}")
    return tuple(written)


def _demand(name: str, tree: dict[str, Any]) -> Demand:
    if name not in PROFILES:
        raise SettingsError(f"profiles: {name!r} is none of: {', '.join(PROFILES)}")
    elements = {one.name: None for one in PROFILES[name].elements}
    return Demand(
        score=tree.get("score"), elements=_known(tree.get("elements", ()), elements, f"profiles.{name}.elements")
    )
