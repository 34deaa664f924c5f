"""SARIF 2.1.0, which code scanning reads, of what `check` found.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. A result is at a document, whose first line stands for
the whole; what it is about stands in logical locations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.answers.check import Answer, Unread
from cf_sbom.faces.cli.checked import LICENSES, POLICY, Finding, encodable, findings

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST = 1000
"""Logical locations of one result; GitHub reads no more than 1000 of any location."""


def to_sarif(answers: Iterable[Answer], unread: Sequence[Unread] = ()) -> bytes:
    """One run: a rule for each element or demand that is not met, and a result for each time; a notification of the
    tool for each target that could not be read."""
    found = [(answer, finding) for answer in answers for finding in findings(answer)]
    titles = {finding.rule: finding.title for _, finding in found}
    numbers = {rule: number for number, rule in enumerate(sorted(titles))}
    driver = {
        "name": NAME,
        "version": VERSION,
        "rules": [{"id": rule, "shortDescription": {"text": titles[rule]}} for rule in sorted(titles)],
    }
    notes = [
        {
            "level": "error",
            "message": {"text": one.reason},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(one.target)}}}],
        }
        for one in unread
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not unread, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(answer, finding, numbers[finding.rule]) for answer, finding in found],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(encodable(log), option=orjson.OPT_INDENT_2)


def _result(answer: Answer, finding: Finding, number: int) -> dict[str, Any]:
    physical = {"artifactLocation": {"uri": _uri(answer.target)}, "region": {"startLine": 1}}
    location: dict[str, Any] = {"physicalLocation": physical}
    components = [finding.component] if finding.component else finding.lacking[:_MOST]
    named = [{"fullyQualifiedName": name, "kind": "module"} for name in components]
    if finding.place:
        named.append({"fullyQualifiedName": finding.place, "kind": "resource"})
    if named:
        location["logicalLocations"] = named
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": "error" if finding.decides else "note",
        "message": {"text": finding.text},
        "locations": [location],
        "partialFingerprints": {"finding/v1": _fingerprint(answer, finding)},
    }


def _fingerprint(answer: Answer, finding: Finding) -> str:
    """The same finding of the same package has the same, whatever the version of the package. A document has one
    finding of an element, whose message counts components, and many of a demand."""
    many = (finding.component, finding.place, finding.message) if finding.part in (POLICY, LICENSES) else ()
    words = (answer.package.partition("@")[0], finding.rule, *many)
    return sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def _uri(path: Path) -> str:
    """A relative reference for a path as the user gave it; bytes that are not UTF-8 are escaped, too."""
    text = path.as_posix()
    start = "file://" if path.is_absolute() else "./" if ":" in text.partition("/")[0] else ""
    return start + quote(text.encode("utf-8", "surrogateescape"), safe="/")
