"""conda match specs -> what they pin. Tolerant: CEP 29 forms, brackets, CEP 43 conditions and CEP 44 extras.

Knows the syntax only; it never solves. A version or build is given only where the spec admits exactly one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_LONGEST = 1024
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?=$|[ =<>!~])")
# A bracket may hold quoted text, which may hold brackets, and lists such as extras=[a,b].
_BRACKETS = re.compile(r"""\[((?:[^\[\]"']|"[^"]*"|'[^']*'|\[[^\[\]]*\])*)\]""")
_KEY_VALUE = re.compile(r"""(?<![A-Za-z_0-9])([A-Za-z_0-9]+) ?= ?("[^"]*"|'[^']*'|\[[^\[\]]*\]|[^,\s]+)""")
_BLANKS = re.compile(r" ?([|,]) ?")
_OPERATOR_BLANK = re.compile(r"([<>=!~]) ")
_EXACT_VERSION = re.compile(r"[0-9A-Za-z_.!+]+")
_EXACT_BUILD = re.compile(r"[0-9A-Za-z_.+]+")
_CHANNEL = re.compile(r"(?P<channel>[A-Za-z0-9_.-]+)(?:/(?P<subdir>noarch|[a-z0-9]+-[a-z0-9_]+))?")
_CONDITION = re.compile(r" ?; ?if\b.*$")


class MatchSpec(NamedTuple):
    """name is "" where none can be read; version, build, channel and subdir are "" where the spec leaves them open."""

    name: str
    version: str = ""
    build: str = ""
    channel: str = ""
    subdir: str = ""
    conditional: bool = False

    @property
    def virtual(self) -> bool:
        """Virtual packages (CEP 26) describe the system and have no artifact."""
        return self.name.startswith("__")


@lru_cache(maxsize=65536)
def parse(spec: str) -> MatchSpec:
    """Read one spec, such as `libzlib >=1.3.1,<2.0a0` or `conda-forge/linux-64::numpy=1.26=py312*`."""
    if len(spec) > _LONGEST:
        return MatchSpec("")
    name, rest, keys, conditional = _taken_apart(spec)
    if not name:
        return MatchSpec("", conditional=conditional)
    version, build = _version_and_build(rest)
    version = _exact(keys["version"]) if "version" in keys else version
    build = keys.get("build", build)
    return MatchSpec(
        name,
        version,
        build if version and _EXACT_BUILD.fullmatch(build) else "",
        keys.get("channel", ""),
        keys.get("subdir", ""),
        conditional or "when" in keys,
    )


class Demand(NamedTuple):
    """What a spec demands of the version and of the build string, in conda's syntax: `>=1.3.1,<2.0a0` or `=1.26`, and
    `py310*`; "" for nothing."""

    version: str
    build: str


@lru_cache(maxsize=65536)
def demand(spec: str) -> Demand:
    """What a spec demands, exactly or not; nothing where it cannot be read."""
    _, rest, keys, _ = _taken_apart(spec) if len(spec) <= _LONGEST else ("", "", {}, False)
    words = _OPERATOR_BLANK.sub(r"\1", _BLANKS.sub(r"\1", rest)).split()
    first = words[0] if words else ""
    operator = "==" if first.startswith("==") else "=" if first.startswith("=") else ""
    version, separator, build = first[len(operator) :].partition("=") if operator else (first, "", "")
    version = f"{'==' if separator else operator}{version}"  # name=1.2=build is exact, name=1.2 means 1.2.*
    return Demand(keys.get("version", version), keys.get("build", build or (words[1] if len(words) > 1 else "")))


def _taken_apart(spec: str) -> tuple[str, str, dict[str, str], bool]:
    """The name ("" where none can be read), what stands behind it, what brackets and a channel say, and whether there
    is a condition."""
    written = " ".join(spec.split(" #", 1)[0].split())
    text = _CONDITION.sub("", written)
    conditional = text != written
    keys: dict[str, str] = {}
    for bracket in _BRACKETS.findall(text):
        keys.update((key.lower(), value.strip("'\"")) for key, value in _KEY_VALUE.findall(bracket))
    text = _BRACKETS.sub(" ", text).strip()
    channel, separator, rest = text.rpartition("::")
    if separator:
        text = rest.strip()
        channel, subdir = _channel(channel.strip())
        keys.setdefault("channel", channel)
        keys.setdefault("subdir", subdir)
    match = _NAME.match(text)
    if match is None:
        return "", "", keys, conditional
    return match[0].lower(), text[match.end() :], keys, conditional


def _channel(text: str) -> tuple[str, str]:
    """`conda-forge/linux-64` -> channel and subdir; a place on a machine is neither."""
    if "://" in text:
        return text, ""
    match = _CHANNEL.fullmatch(text)
    return (match["channel"], match["subdir"] or "") if match else ("", "")


def _version_and_build(rest: str) -> tuple[str, str]:
    rest = _BLANKS.sub(r"\1", rest)
    words = rest.split()
    if not words:
        return "", ""
    if rest[0] == "=" and len(words) == 1 and not rest.startswith("=="):
        version, _, build = rest[1:].partition("=")  # name=1.2=build is exact, name=1.2 means 1.2.*
        return (_exact(version), build) if build else ("", "")
    text = rest.strip()
    if text.startswith("==") and len(words) == 1 and "=" in text[2:]:
        version, _, build = text[2:].partition("=")
        return _exact(version), build
    if words[0] in ("==", "=") and len(words) > 1:
        words[:2] = [words[0] + words[1]]
    return (_exact(words[0]), words[1] if len(words) == 2 else "") if len(words) <= 2 else ("", "")


def _exact(version: str) -> str:
    version = version.strip()
    if version.startswith("=="):
        version = version[2:].strip()
    return version if _EXACT_VERSION.fullmatch(version) and any(c.isdigit() for c in version) else ""
