"""Policies: what each demand lets through and what it does not, and what is said of a file that is no policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from asserting import FULL, without
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom import properties as names
from cf_sbom.assertions import state
from cf_sbom.errors import SettingsError
from cf_sbom.identity.licenses import satisfied
from cf_sbom.model import Component, Evidence, File, License, Occurrence, Problem, Ref, Relation, Sbom, Scope, Subject
from cf_sbom.policies import Policy, parse
from cf_sbom.policies.judging import breaches, demanded
from cf_sbom.profiles import judge
from cf_sbom.profiles.tables import PROFILES

ROOT = Ref("pkg:conda/demo@1.0")
STATEMENT = state(*FULL["cyclonedx"])


def component(purl: str, *licenses: str, kind: str = "library") -> Component:
    name, _, version = purl.rpartition("/")[2].partition("@")
    return Component(
        ref=Ref(purl),
        kind=kind,  # type: ignore[arg-type]
        name=name,
        version=version,
        purl=purl,
        licenses=tuple(License(expression=one) for one in licenses),
        occurrences=(Occurrence(path=f"lib/{name}", evidence=(Evidence(path=f"lib/{name}"),)),),
    )


def sbom(*placed: tuple[Component, str] | tuple[Component, str, Scope], **changes: Any) -> Sbom:
    """A package whose own licence is MIT, related to each component as said."""
    root = replace(component(str(ROOT), "MIT"), occurrences=())
    relations = [
        Relation(source=ROOT, kind=one[1], target=one[0].ref, scope=one[2] if len(one) > 2 else "runtime")  # type: ignore[arg-type, misc]
        for one in placed
    ]
    subject = Subject(
        filename="", container="conda", size=1, digests=(), name="demo", version="1.0", build="0", subdir="noarch"
    )
    return Sbom(
        subject=subject,
        root=ROOT,
        components=tuple(sorted((changes.pop("root", root), *(one[0] for one in placed)), key=lambda c: c.ref)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        **changes,
    )


def broken(policy: str, of: Sbom, statement: Any = STATEMENT) -> list[tuple[str, str]]:
    """The rule and the component of each breach."""
    read = parse(policy.encode())
    judged = [judge(PROFILES[name], statement) for name, _ in read.profiles]
    return [(one.rule, one.component) for one in breaches(read, of, statement, judged)]


GPL = component("pkg:npm/a@1", "GPL-3.0-only")
DUAL = component("pkg:npm/b@1", "MIT OR GPL-3.0-only")
BOTH = component("pkg:npm/c@1", "MIT AND GPL-3.0-only")
EXCEPTED = component("pkg:npm/d@1", "GPL-2.0-only WITH Classpath-exception-2.0")
OWN = component("pkg:npm/e@1", "LicenseRef-house")
NONE = component("pkg:npm/f@1")
BREACH = "license"
LICENSES: dict[str, tuple[str, Sbom, list[str]]] = {
    "allow": ('[licenses]\nallow = ["MIT"]', sbom((GPL, "contains")), ["pkg:npm/a@1"]),
    "allow, by pattern": ('[licenses]\nallow = ["MIT", "GPL-*"]', sbom((GPL, "contains")), []),
    "allow, as SPDX wrote it once": ('[licenses]\nallow = ["MIT", "GPL-3.0"]', sbom((GPL, "contains")), []),
    "allow, in other letters": ('[licenses]\nallow = ["mit"]', sbom(), []),
    "allow nothing": ("[licenses]\nallow = []", sbom(), ["pkg:conda/demo@1.0"]),
    "one branch of OR": ('[licenses]\nallow = ["MIT"]', sbom((DUAL, "contains")), []),
    "both parts of AND": ('[licenses]\nallow = ["MIT"]', sbom((BOTH, "contains")), ["pkg:npm/c@1"]),
    "deny": ('[licenses]\ndeny = ["GPL-3.0-only"]', sbom((GPL, "contains"), (DUAL, "contains")), ["pkg:npm/a@1"]),
    "deny before allow": (
        '[licenses]\nallow = ["*"]\ndeny = ["GPL-*"]',
        sbom((GPL, "contains"), (DUAL, "contains")),
        ["pkg:npm/a@1"],
    ),
    "an exception permits more": ('[licenses]\nallow = ["MIT", "GPL-2.0-only"]', sbom((EXCEPTED, "contains")), []),
    "a denied licence with an exception": (
        '[licenses]\ndeny = ["GPL-2.0-only"]',
        sbom((EXCEPTED, "contains")),
        ["pkg:npm/d@1"],
    ),
    "a denied licence, but with the exception that is allowed": (
        '[licenses]\nallow = ["MIT", "GPL-2.0-only WITH Classpath-exception-2.0"]\ndeny = ["GPL-2.0-only"]',
        sbom((EXCEPTED, "contains")),
        [],
    ),
    "a LicenseRef": ('[licenses]\nallow = ["MIT"]', sbom((OWN, "contains")), ["pkg:npm/e@1"]),
    "a LicenseRef that is allowed": ('[licenses]\nallow = ["MIT", "LicenseRef-house"]', sbom((OWN, "contains")), []),
    "no licence": ('[licenses]\nallow = ["MIT"]', sbom((NONE, "contains")), []),
    "no licence, which is denied": ('[licenses]\nmissing = "deny"', sbom((NONE, "contains")), ["pkg:npm/f@1"]),
    "only what is linked in": (
        '[[licenses.rules]]\nrelations = ["static"]\ndeny = ["GPL-*"]',
        sbom((GPL, "static_link"), (BOTH, "contains")),
        ["pkg:npm/a@1"],
    ),
    "what is linked dynamically may be": (
        '[licenses]\ndeny = ["GPL-*"]\n[[licenses.rules]]\nrelations = ["dynamic"]\nallow = ["*"]',
        sbom((GPL, "links_to"), (BOTH, "contains")),
        ["pkg:npm/c@1"],
    ),
    "of one kind": (
        '[[licenses.rules]]\nkinds = ["application"]\ndeny = ["GPL-*"]',
        sbom((component("pkg:npm/z@1", "GPL-3.0-only", kind="application"), "contains"), (GPL, "contains")),
        ["pkg:npm/z@1"],
    ),
    "of some purls": (
        '[[licenses.rules]]\npurls = ["pkg:npm/*"]\ndeny = ["GPL-*"]',
        sbom((component("pkg:pypi/z@1", "GPL-3.0-only"), "contains"), (GPL, "contains")),
        ["pkg:npm/a@1"],
    ),
    "what built it is not asked": ('[licenses]\nallow = ["MIT"]', sbom((GPL, "build_tool", "build")), []),
    "unless it is": (
        '[[licenses.rules]]\nrelations = ["build"]\nallow = ["MIT"]',
        sbom((GPL, "build_tool", "build")),
        ["pkg:npm/a@1"],
    ),
    "tests are not asked": ('[licenses]\nallow = ["MIT"]', sbom((GPL, "contains", "test")), []),
    "what is only constrained is not there": ('[licenses]\nallow = ["MIT"]', sbom((GPL, "constrains")), []),
    "no expression": (
        '[licenses]\nallow = ["MIT"]',
        sbom((component("pkg:npm/a@1", "MIT AND (" * 500), "contains")),
        ["pkg:npm/a@1"],
    ),
}


@pytest.mark.parametrize("name", LICENSES)
def test_licenses(name: str) -> None:
    policy, package, expected = LICENSES[name]
    assert broken(policy, package) == [(BREACH, one) for one in expected]


def test_a_conclusion_stands_for_what_is_declared() -> None:
    concluded = replace(GPL, licenses=(*GPL.licenses, License(expression="MIT", role="concluded")))
    assert broken('[licenses]\nallow = ["MIT"]', sbom((concluded, "contains"))) == []


UNEXPLAINED = (
    File(path="a", kind="file", size=90, role="own"),
    File(path="b", kind="file", size=10),
)
STATED = replace(component(str(ROOT), "MIT"), properties=((names.UNEXPLAINED, "12.5"),))
DAMAGE = Problem(path="info/x", reason="broken", by="conda", severity="damage")
GAP = Problem(path="", reason="not covered", by="licenses", severity="gap")
DEMANDS: dict[str, tuple[str, Sbom, list[tuple[str, str]]]] = {
    "unexplained, by files": ("max-unexplained = 9", sbom(files=UNEXPLAINED), [("unexplained", "")]),
    "as much as that": ("max-unexplained = 10", sbom(files=UNEXPLAINED), []),
    "unexplained, as stated": ("max-unexplained = 12", sbom(root=STATED), [("unexplained", "")]),
    "unexplained, and not stated": ("max-unexplained = 100", sbom(), [("unexplained", "")]),
    "forbidden": ('[[forbidden]]\npurl = "pkg:npm/a"', sbom((GPL, "contains")), [("forbidden", "pkg:npm/a@1")]),
    "forbidden in a version": (
        '[[forbidden]]\npurl = "pkg:npm/a@1"',
        sbom((GPL, "contains")),
        [("forbidden", "pkg:npm/a@1")],
    ),
    "forbidden in another version": ('[[forbidden]]\npurl = "pkg:npm/a@2"', sbom((GPL, "contains")), []),
    "forbidden in versions": (
        '[[forbidden]]\npurl = "pkg:npm/*"\nversions = ["0.*", "1"]',
        sbom((GPL, "contains")),
        [("forbidden", "pkg:npm/a@1")],
    ),
    "forbidden in other versions": (
        '[[forbidden]]\npurl = "pkg:npm/*"\nversions = ["1.*"]',
        sbom((GPL, "contains")),
        [],
    ),
    "forbidden by another purl": (
        '[[forbidden]]\npurl = "pkg:generic/zlib"',
        sbom((replace(GPL, aliases=("pkg:generic/zlib@1",)), "contains")),
        [("forbidden", "pkg:npm/a@1")],
    ),
    "forbidden to be linked in": (
        '[[forbidden]]\npurl = "pkg:npm/*"\nrelations = ["static"]',
        sbom((GPL, "static_link"), (BOTH, "contains")),
        [("forbidden", "pkg:npm/a@1")],
    ),
    "a problem of a severity": ('[problems]\nfail = ["damage"]', sbom(problems=(DAMAGE,)), [("problem", "")]),
    "of one plugin": ('[problems]\nfail = ["gap:licenses"]', sbom(problems=(GAP,)), [("problem", "")]),
    "of another plugin": ('[problems]\nfail = ["gap:conda"]', sbom(problems=(GAP,)), []),
    "of another severity": ('[problems]\nfail = ["conflict"]', sbom(problems=(DAMAGE, GAP)), []),
    "nothing is demanded": ("", sbom((GPL, "contains"), problems=(DAMAGE,)), []),
}


@pytest.mark.parametrize("name", DEMANDS)
def test_demands(name: str) -> None:
    policy, package, expected = DEMANDS[name]
    assert broken(policy, package) == expected


LESS = state("cyclonedx-json", "1.6", without(FULL["cyclonedx"][2], "authors", "copyright", "hashes"))
REQUIRED: dict[str, tuple[str, int]] = {
    '[required]\ndocument = ["author", "timestamp"]': 1,
    '[required]\npackage = ["copyright", "version"]': 1,
    '[required]\nparts = ["hash"]\ndependencies = ["hash"]': 2,
    "[profiles.ntia-2021]\nscore = 100": 1,
    "[profiles.ntia-2021]\nscore = 80": 0,
    '[profiles.ntia-2021]\nelements = ["author", "version"]': 1,
    '[profiles."bsi-tr-03183-2-2.1"]\nelements = ["timestamp"]': 0,
}


@pytest.mark.parametrize("policy", REQUIRED)
def test_what_must_be_stated(policy: str) -> None:
    assert broken(policy, sbom()) == []
    assert len(broken(policy, sbom(), LESS)) == REQUIRED[policy]


def test_a_profile_that_does_not_apply_is_a_breach() -> None:
    other = state("cyclonedx-json", "1.6", without(FULL["cyclonedx"][2], "purl"))
    assert broken("[profiles.conda]\nscore = 50", sbom(), other) == [("profile", "")]


def test_the_rules_that_a_policy_has() -> None:
    assert demanded(Policy()) == []
    whole = '[licenses]\nallow=[]\n[required]\npackage=["name"]\n[problems]\nfail=["gap"]\n[profiles.conda]\nscore=1\n'
    whole = f'max-unexplained = 0\n{whole}[[forbidden]]\npurl="pkg:a/b"\n'
    assert demanded(parse(whole.encode())) == ["license", "required", "unexplained", "forbidden", "problem", "profile"]


BAD = {
    "x = 1": "Additional properties are not allowed ('x' was unexpected)",
    "[licenses]\nallow = 'MIT'": 'licenses.allow: "MIT" is not of type "array"',
    '[licenses]\nallow = ["MIT OR BSD-3-Clause"]': "licenses.allow: 'MIT OR BSD-3-Clause' is no SPDX licence id",
    '[licenses]\ndeny = ["GPL"]': "licenses.deny: 'GPL' is no SPDX licence id",
    '[[licenses.rules]]\nallow = ["MIT"]': "licenses.rules.0: ",
    '[[licenses.rules]]\nrelations = ["linked"]': "licenses.rules.0.relations.0: ",
    '[required]\npackage = ["colour"]': "required.package: 'colour' is none of: name, version, identifier",
    '[required]\ndocument = ["license"]': "required.document: 'license' is none of: author",
    "max-unexplained = 101": "max-unexplained: 101 is greater than the maximum of 100",
    '[[forbidden]]\npurl = "left-pad"': "forbidden.0.purl: ",
    '[problems]\nfail = ["warning"]': "problems.fail.0: ",
    "[profiles.nist]\nscore = 1": "profiles: 'nist' is none of: cisa-2026",
    '[profiles.conda]\nelements = ["nothing"]': "profiles.conda.elements: 'nothing' is none of: tool-name",
    "a = ": "not TOML: ",
    "a = " + "[" * 100_000: "not TOML: ",
    "#" * (1 << 21): "larger than 1048576 bytes",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_what_is_no_policy_is_told(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse(text.encode())
    assert str(error.value).startswith(BAD[text])
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(SettingsError, match="not TOML"):
        parse(b"\xff\xfe")


EXPRESSIONS = st.recursive(
    st.sampled_from("abcd"),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "and", "or"]), inner).map(
        lambda x: f"({' '.join(x)})"
    ),
    max_leaves=12,
)


@given(expression=EXPRESSIONS, held=st.sets(st.sampled_from("abcd")))
def test_expressions_are_satisfied_as_python_would_say(expression: str, held: set[str]) -> None:
    meaning = eval(expression.lower(), {name: name in held for name in "abcd"})
    assert satisfied(expression, held.__contains__) == meaning


PRECEDENCE = {"a OR b AND c": "a", "b AND c OR a": "a", "a AND b OR c AND d": "cd"}


@pytest.mark.parametrize("expression", PRECEDENCE)
def test_and_binds_before_or(expression: str) -> None:
    assert satisfied(expression, set(PRECEDENCE[expression]).__contains__)


@pytest.mark.parametrize(
    "text", ["", "a b", "(a", "a)", "AND", "a AND", "()", "a ()", "(a) b", "WITH", "a WITH", "a OR OR b"]
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ValueError, match="not a licence expression"):
        satisfied(text, lambda one: True)
