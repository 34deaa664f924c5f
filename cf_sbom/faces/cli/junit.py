"""JUnit's XML, which CI services show as tests, of what `check` found.

Source: the schema of Jenkins' xUnit plugin, which the services agree on. A suite is a profile, a policy or the licences
of one document; a case is an element or a demand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cf_sbom.answers.check import Answer
from cf_sbom.faces.cli.checked import LICENSES, encodable, told
from cf_sbom.policies.judging import RULES
from cf_sbom.profiles import Judged
from cf_sbom.syntaxes import xml

Case = tuple[str, str, Sequence[str]]
"""Name, why it was skipped, and what failed."""


def to_junit(answers: Iterable[Answer]) -> bytes:
    """All answers as suites of cases. An element that does not decide is skipped where it is not met."""
    from lxml import etree

    root = etree.Element("testsuites", name="cf-sbom check")
    for answer in answers:
        for name, cases in _suites(answer):
            suite = etree.SubElement(root, "testsuite", name=_text(f"{answer.target}: {name}"))
            suite.set("tests", str(len(cases)))
            suite.set("failures", str(sum(1 for _, _, failed in cases if failed)))
            suite.set("errors", "0")
            suite.set("skipped", str(sum(1 for _, skipped, _ in cases if skipped)))
            for case in cases:
                _add(suite, name, case)
    return xml.write(root)


def _add(suite: Any, name: str, case: Case) -> None:
    from lxml import etree

    title, skipped, failed = case
    element = etree.SubElement(suite, "testcase", classname=_text(name), name=_text(title))
    if skipped:
        etree.SubElement(element, "skipped", message=_text(skipped))
    for message in failed[:1]:
        failure = etree.SubElement(element, "failure", message=_text(message), type="check")
        failure.text = _text("\n".join(failed))


def _suites(answer: Answer) -> Iterator[tuple[str, list[Case]]]:
    for judged in answer.judged:
        yield judged.profile.name, list(_cases(judged, judged.profile.name in answer.deciding))
    if answer.rules:
        messages: dict[str, list[str]] = {rule: [] for rule in answer.rules}
        for breach in answer.breaches:
            where = f" [{breach.place}]" if breach.place else ""
            messages[breach.rule].append(f"{breach}{where}")
        yield "policy", [(f"{rule}: {RULES[rule]}", "", messages[rule]) for rule in answer.rules]
    if answer.licenses is not None:
        differences = [f"{d} [{d.place}]" for d in answer.licenses.differences]
        yield LICENSES, [("licence fields and texts agree", "", differences)]


def _cases(judged: Judged, decides: bool) -> Iterator[Case]:
    for verdict in judged.verdicts:
        element = verdict.element
        title = f"{element.name}: {element.fact.title}"
        if verdict.state == "met":
            yield title, "", ()
        elif verdict.state == "does not apply":
            yield title, f"does not apply: {verdict.why}", ()
        elif decides and element.level == "required":
            yield title, "", (told(verdict), *(one.title for one in verdict.lacking))
        else:
            yield title, f"{element.level}: {told(verdict)}", ()


def _text(text: str) -> str:
    return xml.writable(str(encodable(text)))
