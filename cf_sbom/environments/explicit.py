"""A list of addresses as `conda list --explicit` writes it -> an environment.

Knows `@EXPLICIT`, the platform in a comment, and hashes behind `#`. What a package needs does not stand in such a list:
that is said once.
"""

from __future__ import annotations

import re

from cf_sbom.environments import Entry, Environment, Remarks
from cf_sbom.environments.conda import Records, artifact
from cf_sbom.fields import Fields, severity_of
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.limits import Limits

_MARK = re.compile(r"^@EXPLICIT[ \t]*\r?$", re.MULTILINE)
_PLATFORM = re.compile(r"#[ \t]*platform:[ \t]*(\S+)")
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
        elif line and not line.startswith(("#", "@")):
            if len(entries) >= limits.dependencies:
                remarks.say(
                    place, f"more than {limits.dependencies} packages; the rest is not read (limit dependencies)", "gap"
                )
                break
            entry = _entry(line, f"line {number}", place, records, remarks, limits)
            if entry is not None:
                entries.append(entry)
    if not entries:
        return []
    platform = platform or next((one.subdir for one in entries if one.subdir not in ("", "noarch")), "noarch")
    for entry in entries:
        if entry.subdir not in ("", "noarch", platform):
            remarks.say(place, f"{entry.file_name[:80]} is for {entry.subdir}, the list for {platform}", "conflict")
    remarks.twice(entries)
    remarks.say(place, "a list of addresses does not say what the packages need; no dependencies are known", "gap")
    return [
        Environment(
            name="", platform=platform, container="lock", entries=tuple(entries), problems=tuple(remarks.problems)
        )
    ]


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
