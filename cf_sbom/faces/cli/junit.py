"""JUnit's XML, which CI services show as tests, of what `check` found.

Source: the schema of Jenkins' xUnit plugin, which the services agree on. A suite is a profile, a policy or the licences
of one document; a case is an element or a demand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cf_sbom.answers.check import Answer, Unread
from cf_sbom.faces.cli.checked import AGREE, COMPARED, LICENSES, POLICY, UNCOMPARED, Finding, encodable, findings
from cf_sbom.policies.judging import RULES
from cf_sbom.syntaxes import xml

Case = tuple[str, str, Sequence[str]]
"""Name, why it was skipped, and what failed."""


def to_junit(answers: Iterable[Answer], unread: Iterable[Unread] = ()) -> bytes:
    """All answers as suites of cases. An element that does not decide is skipped where it is not met; what could not be
    read is an error."""
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
    for one in unread:
        suite = etree.SubElement(root, "testsuite", name=_text(str(one.target)))
        for name, count in (("tests", 1), ("failures", 0), ("errors", 1), ("skipped", 0)):
            suite.set(name, str(count))
        case = etree.SubElement(suite, "testcase", classname="target", name="the target can be read")
        etree.SubElement(case, "error", message=_text(one.reason), type="check")
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
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in findings(answer):
        found[one.rule].append(one)
    for judged in answer.judged:
        name = judged.profile.name
        cases = [] if judged.applies else [_case("the profile applies to the document", found[name])]
        for verdict in judged.verdicts:
            element = verdict.element
            aside = f"{verdict.state}: {verdict.why}" if verdict.state == "does not apply" else ""
            cases.append(_case(f"{element.name}: {element.fact.title}", found[f"{name}/{element.name}"], aside))
        yield name, cases
    if answer.rules:
        yield POLICY, [_case(f"{rule}: {RULES[rule]}", found[f"{POLICY}/{rule}"]) for rule in answer.rules]
    if answer.licenses is not None:
        open_ = found[f"{LICENSES}/{UNCOMPARED}"]
        yield LICENSES, [_case(AGREE, found[LICENSES]), *([_case(COMPARED, open_)] if open_ else [])]


def _case(title: str, found: Sequence[Finding], aside: str = "") -> Case:
    """What does not decide is skipped."""
    failed: list[str] = []
    for one in found:
        if one.decides:
            failed += (f"{one.text} [{one.place}]" if one.place else one.text, *one.lacking)
        else:
            aside = f"does not decide: {one.text}"
    return title, aside, failed


def _text(text: str) -> str:
    return xml.writable(str(encodable(text)))
