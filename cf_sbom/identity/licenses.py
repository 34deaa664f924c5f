"""Licence fields -> SPDX licence expressions.

Knows SPDX ids and the spellings that conda packages use. Nothing is guessed: what neither is an expression nor stands
in the table becomes a LicenseRef that keeps the text, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from cf_sbom.identity.urls import withheld

# Spellings that mean exactly one SPDX id. Anything that leaves open which clause count or version is meant is not here.
SPELLINGS = {
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "zlib": "Zlib",
}
# Ids that most packages have: the library would return them as they are, and its start costs more than a package.
COMMON = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "GPL-2.0-only",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    )
)
_LICENSE_REF = re.compile(r"(?<![A-Za-z0-9:.-])LicenseRef-[A-Za-z0-9.-]+")
_STAND_IN = re.compile(r"LicenseRef-scancode-standin-\d+", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s()]+")
_OPERATORS = frozenset(("and", "or", "with"))
_MAX_LENGTH = 2000
_EXPRESSION_WORD = re.compile(r"[()]|[^\s()]+")
_BINDS = {"OR": 1, "AND": 2}


class Normalized(NamedTuple):
    """expression is "" where no licence is declared; found is the text behind a LicenseRef of ours; reason says why."""

    expression: str
    found: str = ""
    reason: str = ""


@lru_cache(maxsize=4096)
def normalize(text: str) -> Normalized:
    """The SPDX expression for a declared licence. `None` and an empty text are no licence."""
    text = withheld(" ".join(text.split()))
    if text in ("", "None"):
        return Normalized("")
    if text in COMMON:
        return Normalized(text)
    if text.casefold() in SPELLINGS:
        return Normalized(SPELLINGS[text.casefold()])
    expression = _expression(text) if len(text) <= _MAX_LENGTH else ""
    if expression:
        return Normalized(expression)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Normalized(license_ref(text), text, f"licence {shown!r} is no SPDX licence expression; kept as a LicenseRef")


def of_cargo(text: str) -> str:
    """A licence of Cargo's as an expression: in its old form, which it still takes, `/` stands for OR (the Cargo book,
    The Manifest Format, license)."""
    return text.replace("/", " OR ") if "://" not in text else text


def license_ref(text: str) -> str:
    """A LicenseRef for a text: readable, and the same only for texts that differ in spaces and hyphens alone."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")
    if slug != text.replace(" ", "-") or len(slug) > 48:
        slug = f"{slug[:40].strip('-.')}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}".lstrip("-")
    return f"LicenseRef-{slug}"


def license_refs(expression: str) -> tuple[str, ...]:
    """The LicenseRefs in an expression, in their order, each once."""
    return tuple(dict.fromkeys(m for m in _LICENSE_REF.findall(expression)))


def with_refs(expression: str, made: Callable[[str], str]) -> str:
    """The expression with each of its LicenseRefs as `made` has it, each one asked for once."""
    ours = {ref: made(ref) for ref in license_refs(expression)}
    return _LICENSE_REF.sub(lambda match: ours[match[0]], expression)


def is_single(expression: str) -> bool:
    """Whether an expression is one id without operators."""
    return bool(expression) and not re.search(r"[\s()]", expression)


def symbols(expression: str) -> frozenset[str]:
    """The ids in an expression that normalize() made; an exception goes with its licence: `X WITH Y`."""
    found: list[str] = []
    joined = False
    for word in _TOKEN.findall(expression):
        if joined:
            found[-1] += f" WITH {word}"
        elif word not in ("AND", "OR", "WITH"):
            found.append(word)
        joined = word == "WITH"
    return frozenset(found)


def covers(field: str, expression: str) -> bool:
    """Whether one way to satisfy an expression names only licences that stand in a licence field, both as normalize()
    makes them. A licence covers itself with an exception, which only permits more."""
    allowed = symbols(field)
    if symbols(expression) <= allowed:
        return True

    def holds(node: Any) -> bool:
        operator = getattr(node, "operator", "").strip()
        if operator:
            return all(map(holds, node.args)) if operator == "AND" else any(map(holds, node.args))
        key = str(node.render("{symbol.key}"))
        return key in allowed or key.partition(" WITH ")[0] in allowed

    return holds(_licensing().parse(expression, simple=False))


@lru_cache(maxsize=4096)
def is_same(expression: str, other: str) -> bool:
    """Whether two expressions mean the same, whatever the order of their licences."""
    if expression == other:
        return True
    longest = max(len(expression), len(other))
    if longest > _MAX_LENGTH or sorted(_TOKEN.findall(expression)) != sorted(_TOKEN.findall(other)):
        return False
    try:
        return bool(_licensing().is_equivalent(expression, other))
    except Exception:
        return False  # its parser meets odd text with errors of many types


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _expression(text: str) -> str:
    """The canonical expression, or "" where the text is none."""
    # license-expression knows no LicenseRef: a stand-in takes its place and gives it back afterwards.
    refs: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        refs.append(match[0])
        return f"LicenseRef-scancode-standin-{len(refs)}"

    licensing = _licensing()
    try:
        parsed = licensing.parse(_TOKEN.sub(lambda t: _LICENSE_REF.sub(stand_in, t[0]), text), simple=False)
        names = {f"licenseref-scancode-standin-{n}": ref for n, ref in enumerate(refs, 1)}
        if any(key.casefold() not in names for key in licensing.unknown_license_keys(parsed)):
            return ""
        result = str(parsed.render("{symbol.key}"))
        if licensing.validate(_STAND_IN.sub("MIT", result)).errors:
            return ""
    except Exception:
        return ""  # its parser meets odd text with errors of many types, all of which say: no expression
    result = _STAND_IN.sub(lambda m: names[m[0].casefold()], result)
    return result if len(result) <= _MAX_LENGTH and _same_ids(text, result) else ""


def _same_ids(written: str, canonical: str) -> bool:
    """Whether each id was written as SPDX has it, now or once: the library's wider aliases (`GPL`) would be guesses."""
    before = [t.casefold() for t in _TOKEN.findall(written) if t.casefold() not in _OPERATORS]
    after = [t.casefold() for t in _TOKEN.findall(canonical) if t.casefold() not in _OPERATORS]
    return len(before) == len(after) and all(map(_is_successor, before, after))


def _is_successor(old: str, new: str) -> bool:
    """SPDX deprecated `X` for `X-only` and `X+` for `X-or-later` in the GNU family."""
    return new in (old, f"{old[:-1]}-or-later" if old.endswith("+") else f"{old}-only")


def satisfied(expression: str, accepts: Callable[[str], bool]) -> bool:
    """Whether one way to satisfy an expression needs only licences that are accepted. accepts is asked of ids, an
    exception with its licence: `X WITH Y`. Raises ValueError for what is no expression.

    Linear and without recursion, since expressions come from documents of anybody; AND binds before OR.
    """
    words = _EXPRESSION_WORD.findall(expression)
    values: list[bool] = []
    operators: list[str] = []
    ready = True  # for a licence or an opening parenthesis
    number = 0

    def settle(least: int) -> None:
        while operators and _BINDS.get(operators[-1], 0) >= least:
            second, first = values.pop(), values.pop()
            values.append((first and second) if operators.pop() == "AND" else (first or second))

    while number < len(words):
        word = words[number]
        number += 1
        operator = word.upper()
        if word == "(" and ready:
            operators.append(word)
        elif word == ")" and not ready and "(" in operators:
            settle(1)
            operators.pop()
        elif operator in _BINDS and not ready:
            settle(_BINDS[operator])
            operators.append(operator)
            ready = True
        elif ready and word not in "()" and operator not in (*_BINDS, "WITH"):
            if words[number : number + 1] and words[number].upper() == "WITH" and number + 1 < len(words):
                word = f"{word} WITH {words[number + 1]}"
                number += 2
            values.append(accepts(word))
            ready = False
        else:
            raise ValueError("not a licence expression")
    if ready or "(" in operators:
        raise ValueError("not a licence expression")
    settle(1)
    return values[0]
