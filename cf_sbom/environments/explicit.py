"""A list of addresses as `conda list --explicit` writes it -> an environment.

Knows `@EXPLICIT`, the platform in a comment, and hashes behind `#`; and the comments in which conda-lock (`# pip NAME @
URL#sha256=...`) and conda-pypi (`# pypi: NAME==VERSION ...`) write Python distributions. What a package needs does not
stand in such a list: that is said once.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from cf_sbom.distributions.core_metadata import name_and_version, normal_name
from cf_sbom.environments import Entry, Environment, Remarks
from cf_sbom.environments.conda import Records, artifact
from cf_sbom.environments.python import locked
from cf_sbom.fields import Fields, severity_of
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.limits import Limits

_MARK = re.compile(r"^@EXPLICIT[ \t]*\r?$", re.MULTILINE)
_PLATFORM = re.compile(r"#[ \t]*platform:[ \t]*(\S+)")
_PYTHON = re.compile(r"#\s*(?:pip\s|pypi:)\s*(?P<rest>.*)", re.DOTALL)
_DISTRIBUTION = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(?:@\s*|={2,3}\s*(?P<version>[^\s;@]+)|(?=\s--|$)))?"
    r"(?P<url>[^\s-]\S*)?(?P<options>(?:\s+--.*)?)",
    re.DOTALL,
)
_OPTION = re.compile(r"--hash[= ](?P<kind>md5|sha1|sha256|sha512):(?P<value>[0-9A-Fa-f]+)(?!\S)")
_FRAGMENT = re.compile(r"(?:^|&)(?P<kind>md5|sha1|sha256|sha512)=(?P<value>[0-9A-Fa-f]+)(?=&|$)")
# A comment that names a package: an address or a file, commented out.
_PACKAGE = re.compile(r"\.(?:conda|tar\.bz2|whl|tar\.gz|zip)(?:#[0-9A-Za-z:=]*)?$")
_HASH = re.compile(r"(?:(?P<kind>md5|sha256)[:=])?(?P<value>[0-9a-fA-F]{32}|[0-9a-fA-F]{64})")


def is_explicit(text: str) -> bool:
    return _MARK.search(text) is not None


def read(text: str, place: str, records: Records, remarks: Remarks, limits: Limits) -> list[Environment]:
    """One environment for the platform that the list is for."""
    platform = ""
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if (match := _PLATFORM.match(line)) and SUBDIR.fullmatch(match[1]):
            platform = match[1]
        elif line and not line.startswith("@") and (line[0] != "#" or _names_package(line)):
            if len(entries) >= limits.dependencies:
                remarks.say(
                    place, f"more than {limits.dependencies} packages; the rest is not read (limit dependencies)", "gap"
                )
                break
            make = _python if line.startswith("#") else _entry
            entry = make(line, f"line {number}", place, records, remarks, limits)
            if entry is not None:
                entries.append(entry)
    if not entries:
        return []
    platform = platform or next((one.subdir for one in entries if one.subdir not in ("", "noarch")), "noarch")
    remarks.twice(entries)
    remarks.say(place, "a list of addresses does not say what the packages need; no dependencies are known", "gap")
    return [
        Environment(
            name="", platform=platform, container="lock", entries=tuple(entries), problems=tuple(remarks.problems)
        )
    ]


def _names_package(comment: str) -> bool:
    return bool(_PYTHON.fullmatch(comment) or _PACKAGE.search(comment))


def _python(line: str, where: str, place: str, records: Records, remarks: Remarks, limits: Limits) -> Entry | None:
    """The entry of a Python distribution in a comment; what else such a comment names is said."""
    stated = _PYTHON.fullmatch(line)
    match = _DISTRIBUTION.fullmatch(stated["rest"]) if stated else None
    if match is None:
        remarks.say(place, f"{where}: a comment names a package, which is not read from there; left out", "gap")
        return None
    url, _, fragment = (match["url"] or "").partition("#")
    called, version = _file_says(url)
    name = match["name"] or called
    version = match["version"] or (version if normal_name(called) == normal_name(name) else "")
    if not name:
        remarks.say(place, f"{where}: names no Python distribution; left out", "gap")
        return None
    hashes = [*_FRAGMENT.finditer(fragment), *_OPTION.finditer(match["options"])]
    tree = {"name": name, "version": version} | {one["kind"]: one["value"] for one in hashes}
    fields = Fields(tree, limits, lambda remark: remarks.say(place, f"{where}: {remark}", severity_of(remark)))
    return locked(fields, place, where, remarks, url=url, stated=())


def _file_says(url: str) -> tuple[str, str]:
    """Name and version by the file name of a wheel, or of a source archive that parts them clearly; else ""."""
    file_name = unquote(url.partition("?")[0].rpartition("/")[2])
    if file_name.endswith(".whl"):
        return name_and_version(file_name)
    name, _, version = file_name.removesuffix(".tar.gz").partition("-")
    clear = file_name.endswith(".tar.gz") and version[:1].isdigit() and "-" not in version
    return (name, version) if clear else ("", "")


def _entry(line: str, where: str, place: str, records: Records, remarks: Remarks, limits: Limits) -> Entry | None:
    url, _, fragment = line.partition("#")
    tree: dict[str, str] = {}
    if fragment:
        match = _HASH.fullmatch(fragment.strip())
        if match is None:
            remarks.say(place, f"{where}: what stands behind # is no MD5 or SHA-256; left out")
        else:
            tree["md5" if len(match["value"]) == 32 else "sha256"] = match["value"]
    if not artifact(url).name:
        remarks.say(place, f"{where}: no address of a conda package; left out")
        return None
    fields = Fields(tree, limits, lambda remark: remarks.say(place, f"{where}: {remark}", severity_of(remark)))
    return records.entry(fields, place, url=url, where=where)
