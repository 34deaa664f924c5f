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


def told(policy: str, of: Sbom) -> list[str]:
    """What is said of each breach."""
    return [f"{one.component}: {one.message}" for one in breaches(parse(policy.encode()), of, STATEMENT, ())]


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


def test_a_licence_is_held_against_the_file_that_says_it() -> None:
    """Not against the recipe, which names the archive alone, nor against a file that was known by its bytes."""

    def seen(path: str, technique: str = "manifest") -> Occurrence:
        return Occurrence(path=path, evidence=(Evidence(path=path, technique=technique),))  # type: ignore[arg-type]

    recipe, library, metadata = seen("info/recipe/meta.yaml"), seen("lib/a.so", "binary"), seen("lib/METADATA")
    places = {(recipe, library, metadata): "lib/METADATA", (recipe, library): recipe.path, (): ""}
    for occurrences, place in places.items():
        one = sbom((replace(GPL, occurrences=occurrences), "contains"))
        (breach,) = breaches(parse(b'[licenses]\nallow = ["MIT"]'), one, STATEMENT, ())
        assert breach.place == place


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
    "forbidden in some versions": (
        '[[forbidden]]\npurl = "pkg:npm/*@1*"',
        sbom((GPL, "contains"), (component("pkg:npm/b@0.1"), "contains")),
        [("forbidden", "pkg:npm/a@1")],
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


RANGES: dict[str, tuple[str, list[str], list[str]]] = {
    "go": ("pkg:golang/golang.org/x/net@<0.38", ["golang.org/x/net@v0.37.0"], ["golang.org/x/net@v0.38.0"]),
    "go, a family": ("pkg:golang/golang.org/x/*@<0.38", ["golang.org/x/net@v0.9.0"], ["golang.org/y/net@v0.9.0"]),
    "npm, a scope": ("pkg:npm/@acme/*@>=1,<1.10", ["%40acme/a@1.9.0"], ["%40acme/a@1.10.0", "a@1.9.0"]),
    "npm, in other letters": ("pkg:npm/Left-Pad@<2", ["left-pad@1.0.0"], []),
    "python, as PEP 440 has it": (
        "pkg:pypi/Jinja2@<3.1.4",
        ["jinja2@3.1.4rc1"],
        ["jinja2@3.1.4", "jinja2@3.1.4.post1"],
    ),
    "cargo, one or the other": ("pkg:cargo/ring@<0.17|=0.17.8", ["ring@0.16.1", "ring@0.17.8"], ["ring@0.17.7"]),
    "cargo, none but": ("pkg:cargo/ring@!=0.17.8", ["ring@0.17.9"], ["ring@0.17.8"]),
    "maven, as vers:": ("pkg:maven/a/log@vers:maven/>=2|<2.17.1", ["a/log@2.17.0"], ["a/log@2.17.1", "a/log@1.2"]),
    "conda": ("pkg:conda/openssl@<3", ["openssl@1.1.1w"], ["openssl@3.0"]),
    "conda, one platform": (
        "pkg:conda/openssl@<3?subdir=linux-64",
        ["openssl@1.1?subdir=linux-64"],
        ["openssl@1.1?subdir=win-64", "openssl@3.0?subdir=linux-64"],
    ),
    "rpm, with an epoch": ("pkg:rpm/fedora/ssl@<1:3", ["fedora/ssl@2-1?epoch=1"], ["fedora/ssl@1-1?epoch=2"]),
    "no order, but another's": ("pkg:generic/openssl@vers:openssl/<1.1.1k", ["openssl@1.1.1j"], ["openssl@1.1.1k"]),
    "no order, the very text": ("pkg:generic/openssl@1.1.1j", ["openssl@1.1.1j"], ["openssl@1.1.1", "openssl@1.1.1k"]),
    "no order, by pattern": ("pkg:generic/openssl@1.*", ["openssl@1.1.1j"], ["openssl@11.1"]),
    "any version": ("pkg:generic/openssl", ["openssl@1.1.1j", "openssl"], ["openssl-fips"]),
}


def typed(pattern: str, rest: str) -> Component:
    return component(f"{pattern.partition('/')[0]}/{rest}".replace("pkg:*", "pkg:generic"))


@pytest.mark.parametrize("name", RANGES)
def test_versions_are_compared_as_where_does_it(name: str) -> None:
    pattern, inside, outside = RANGES[name]
    policy = f'[[forbidden]]\npurl = "{pattern}"'
    for rest in inside:
        one = typed(pattern, rest)
        assert broken(policy, sbom((one, "contains"))) == [("forbidden", one.purl)], rest
    for rest in outside:
        assert broken(policy, sbom((typed(pattern, rest), "contains"))) == [], rest


UNDECIDED = {
    "no version": ("pkg:npm/a@<2", "a", "no version is stated"),
    "no such version": ("pkg:npm/a@<2", "a@latest", "'latest' is no npm version"),
    "no order": ("pkg:*/a@<2", "a@1", "versions of generic have no order that is known here; vers:SCHEME/ names one"),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_cannot_be_compared_is_told_and_does_not_pass(name: str) -> None:
    pattern, rest, reason = UNDECIDED[name]
    one = typed(pattern, rest)
    (breach,) = told(f'[[forbidden]]\npurl = "{pattern}"\nreason = "old"', sbom((one, "contains")))
    assert breach == (
        f"{one.purl}: may be what must not be there (carried), which cannot be decided: {pattern}: {reason}: old"
    )


def needed(*specs: str) -> Sbom:
    one = component("pkg:conda/openssl")
    relation = Relation(source=ROOT, kind="depends_on", target=one.ref, specs=specs)
    return replace(sbom((one, "depends_on")), relations=(relation,))


SPECS: dict[tuple[str, ...], str] = {
    ("openssl >=3.0.13,<4.0a0",): "",
    ("openssl >=1.1",): "openssl >=1.1 admits pkg:conda/openssl@<3, which must not be there (dependency)",
    ("openssl >=1.1", "openssl >=3"): "",
    ("openssl",): "openssl admits pkg:conda/openssl@<3, which must not be there (dependency)",
    ("openssl (1|2)",): "may be what must not be there (dependency), which cannot be decided: pkg:conda/openssl@<3: ",
    (): "may be what must not be there (dependency), which cannot be decided: pkg:conda/openssl@<3: no version",
}


@pytest.mark.parametrize("specs", SPECS)
def test_a_dependency_without_version_is_what_its_specs_admit(specs: tuple[str, ...]) -> None:
    found = told('[[forbidden]]\npurl = "pkg:conda/openssl@<3"', needed(*specs))
    assert len(found) == bool(SPECS[specs])
    assert all(one.startswith(f"pkg:conda/openssl: {SPECS[specs]}") for one in found)
    assert told('[[forbidden]]\npurl = "pkg:conda/openssl@<3"\nrelations = ["carried"]', needed(*specs)) == []
    of_one_platform = told('[[forbidden]]\npurl = "pkg:conda/openssl@<3?subdir=linux-64"', needed(*specs))
    assert len(of_one_platform) == bool(SPECS[specs] and specs)


def test_a_purl_that_is_none_fits_patterns_as_it_stands() -> None:
    odd = component("pkg:npm/ünï@1")
    assert broken('[[forbidden]]\npurl = "pkg:npm/*"', sbom((odd, "contains"))) == [("forbidden", odd.purl)]


RULE = '[[licenses.rules]]\npurls = ["pkg:npm/a@<2"]\nallow = ["GPL-*"]\n[licenses]\nallow = ["MIT"]'


def test_licences_by_versions() -> None:
    """A rule of which nobody can say whether it fits decides with the next one: both must admit it."""
    assert broken(RULE, sbom((component("pkg:npm/a@1", "GPL-3.0-only"), "contains"))) == []
    assert broken(RULE, sbom((component("pkg:npm/a@2", "GPL-3.0-only"), "contains"))) == [("license", "pkg:npm/a@2")]
    odd = component("pkg:npm/a@latest", "MIT")
    (breach,) = told(RULE, sbom((odd, "contains")))
    assert breach == (
        "pkg:npm/a@latest: MIT is not admitted (carried; if it is one of the rule: pkg:npm/a@<2: 'latest' is no npm"
        " version)"
    )


@pytest.mark.parametrize("name", DEMANDS)
def test_demands(name: str) -> None:
    policy, package, expected = DEMANDS[name]
    assert broken(policy, package) == expected


LESS = state("cyclonedx-json", "1.6", without(FULL["cyclonedx"][2], "authors", "manufacturer", "copyright", "hashes"))
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


def test_what_is_required_of_a_package_is_missed_where_the_document_has_none() -> None:
    tree = without(FULL["cyclonedx"][2])
    del tree["metadata"]["component"]
    other = state("cyclonedx-json", "1.6", tree)
    assert broken('[required]\npackage = ["version"]', sbom(), other) == [("required", "")]


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
    '[[forbidden]]\npurl = "pkg:npm"': "forbidden.0.purl: 'pkg:npm': 'pkg:npm' is no purl; a purl is pkg:TYPE/NAME",
    '[[forbidden]]\npurl = "pkg:npm/a@<"': "forbidden.0.purl: 'pkg:npm/a@<': '<' is no condition on versions",
    '[[forbidden]]\npurl = "pkg:npm/a@<abc"': "forbidden.0.purl: 'pkg:npm/a@<abc': 'abc' is no npm version",
    '[[forbidden]]\npurl = "pkg:npm/a@<1.*"': "forbidden.0.purl: 'pkg:npm/a@<1.*': '<1.*' is no condition on versions",
    '[[forbidden]]\npurl = "pkg:cran/a@<1"': "forbidden.0.purl: 'pkg:cran/a@<1': versions of cran have no order that",
    '[[forbidden]]\npurl = "pkg:cran/a@vers:rust/<1"': "forbidden.0.purl: 'pkg:cran/a@vers:rust/<1': vers:rust: ",
    '[[forbidden]]\npurl = "pkg:npm/a"\nversions = ["1"]': "forbidden.0: Additional properties are not allowed",
    '[[licenses.rules]]\npurls = ["pkg:npm/a@<"]': "licenses.rules.0.purls: 'pkg:npm/a@<': '<' is no condition",
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
