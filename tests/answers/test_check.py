"""`cf-sbom check`: what says no, in which words and forms; the same answer for all formats of one package."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
from asserting import FULL, cyclonedx, without
from lxml import etree
from peers import npm_file
from running import Run
from support import INDEX, ROOT, conda, fixture_packages, info_members, real_packages

from cf_sbom.answers.check import Answer, Questions, check
from cf_sbom.assertions import state
from cf_sbom.documents import open_document
from cf_sbom.faces.cli.verdicts import markdown_text
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Party
from cf_sbom.plugins import Registry
from cf_sbom.profiles import judge
from cf_sbom.profiles.tables import PROFILES

FORMATS = (
    ("cyclonedx-json", "1.6"),
    ("cyclonedx-json", "1.7"),
    ("cyclonedx-xml", "1.6"),
    ("spdx-json", "2.3"),
    ("spdx-tag-value", "2.3"),
    ("spdx-yaml", "2.3"),
    ("spdx-xml", "2.3"),
    ("spdx-rdf", "2.3"),
    ("spdx3-json", "3.0.1"),
)
ACME = Party(name="ACME", email="a@example.org")
AUTHOR = Party(name="ACME", url="https://example.org")  # whom our CycloneDX names as an organisation
STATED = Options(outputs=FORMATS, supplier=ACME, manufacturer=ACME, authors=(ACME, AUTHOR), channel="conda-forge")
HOSTILE = "\x1b[2J\u202e<script>alert(1)</script>|`$x`[a](javascript:1)@team\n::error::"


@pytest.fixture(params=[*fixture_packages(), *real_packages(), None], ids=lambda path: path.name if path else "made")
def any_package(request: pytest.FixtureRequest, package: Callable[..., Path]) -> Path:
    """Those that there are, and one with a licence that is none and a Python distribution that it is a release of."""
    metadata = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense: BSD\n"
    wheel = {"site-packages/demo-1.0.dist-info/METADATA": metadata, "site-packages/demo-1.0.dist-info/RECORD": b""}
    return request.param or package(info_members(INDEX | {"license": "BSD"}), wheel)


def test_all_formats_of_a_package_are_judged_alike(any_package: Path, registry: Registry) -> None:
    """But for what a format cannot say."""
    path = any_package
    documents = render(describe(path, STATED, registry), STATED, registry)
    found = {}
    for document in documents:
        opened = open_document(document.data, Limits())
        statement = state(opened.format, opened.version, opened.tree)
        found[document.format, document.version] = {
            (name, verdict.element.name): (verdict.state, verdict.met, verdict.total)
            for name, profile in PROFILES.items()
            for verdict in judge(profile, statement).verdicts
        }
    first = found.pop(FORMATS[0])
    for form, verdicts in found.items():
        differ = {key for key, verdict in verdicts.items() if verdict[0] != "cannot be met" and verdict != first[key]}
        assert not differ, form


def test_of_a_package_without_options_only_its_licence_can_be_a_no(any_package: Path, registry: Registry) -> None:
    """Of the profile that decides by default: all else stands in every document of ours."""
    (judged,) = check(any_package, Questions(), Options(), registry).judged
    required = [v for v in judged.verdicts if v.element.level == "required" and v.state != "does not apply"]
    assert {v.element.name for v in required if v.state != "met"} <= {"license"}


@pytest.mark.parametrize("path", fixture_packages(), ids=lambda path: path.name)
def test_our_documents_say_what_is_asked_of_the_package_itself(path: Path, registry: Registry) -> None:
    """Nothing that a document of ours lacks of the package itself is advised to be had by generating it anew."""
    documents = render(describe(path, STATED, registry), STATED, registry)
    for document in documents:
        opened = open_document(document.data, Limits())
        for profile in PROFILES.values():
            for verdict in judge(profile, state(opened.format, opened.version, opened.tree)).verdicts:
                if any(fix.startswith("every document of cf-sbom has it") for fix in verdict.fixes):
                    assert all(one.role != "package" for one in verdict.lacking), (profile.name, verdict.element.name)
                    assert verdict.lacking, (profile.name, verdict.element.name)


def test_what_a_folder_has_no_record_of_is_to_be_had_by_the_package_itself(tmp_path: Path, registry: Registry) -> None:
    for name, data in info_members(INDEX).items():
        path = tmp_path / "demo-1.0-0" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    answer = check(tmp_path / "demo-1.0-0", Questions(profiles=("bsi-tr-03183-2-2.1", "conda")), Options(), registry)
    of = {v.element.name: v.fixes[0] for judged in answer.judged for v in judged.verdicts if v.state == "not met"}
    assert of["filename"] == of["sha256"] == "give the package itself, not a folder without its record"


@pytest.fixture
def document(tmp_path: Path) -> Callable[..., Path]:
    """Write a document that says everything, without what is given; returns its path."""

    def write(*gone: str, family: str = "cyclonedx", name: str = "d.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(without(FULL[family][2], *gone)))
        return path

    return write


def policy(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text)
    return path


ASK = ("--profile", "ntia-2021")


@pytest.mark.parametrize("form", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "spdx3-json"])
def test_out_of_the_box_a_document_of_a_conda_package_passes(run: Run, tmp_path: Path, form: str) -> None:
    """Without options: what no builder can know is asked by the profiles that are named at the end, and only there."""
    for path in fixture_packages():
        out = tmp_path / f"{path.parent.name}-{path.name}"
        document = run("generate", path, "--output-dir", out, "-o", form).out.splitlines()[-1]
        ran = run("check", document)
        assert (ran.status, ran.out.splitlines()[-3]) == (0, "yes: conda is met"), path.name
        assert ran.out.splitlines()[-1].startswith("For other measures: --profile cisa-2026, ntia-2021, ")
        assert "For other" not in run("check", "--profile", "conda", document).out
        assert run("check", "--profile", "cisa-2026", document).status == 1


@pytest.mark.parametrize(("license_", "status"), [("MIT", 0), ("LicenseRef-house", 0), ("Bob's", 1), ("", 1)])
def test_what_a_recipe_can_state_is_asked_for(
    run: Run, package: Callable[..., Path], license_: str, status: int
) -> None:
    ran = run("check", package(info_members(INDEX | {"license": license_})))
    assert ran.status == status
    assert ("→ about.license of the recipe, as an SPDX expression" in " ".join(ran.out.split())) == bool(status)


def test_the_package_itself_is_not_named_for_each_element(run: Run, package: Callable[..., Path]) -> None:
    """It stands above them; parts and dependencies are named."""
    path = package(info_members(INDEX | {"license": "MIT", "depends": ["zlib"]}))
    words = ("check", "--profile", "cisa-2026", path)
    told = " ".join(run(*words, COLUMNS="200").out.split())
    assert "supplier" not in told
    assert "not met (1 of 2 have it) pkg:conda/zlib → --prefix PREFIX" in told
    told = " ".join(run("check", "-v", path, COLUMNS="200").out.split())
    assert 'supplier (who supplies it; additional): not met → generate --supplier "NAME <email or URL>"' in told
    assert "| supplier (additional) | not met | the package |" in run("check", path, "--format", "markdown").out
    assert "not met by the package; generate --supplier" in run("check", path, "--format", "junit").out


def test_a_profile_that_does_not_apply_says_no(run: Run, document: Callable[..., Path]) -> None:
    """In every form: a yes of what nobody looked at would hide that."""
    other = document("purl")
    ran = run("check", other)
    assert (ran.status, "does not apply: the document speaks of no conda package" in ran.out) == (1, True)
    (suite,) = etree.fromstring(run("check", "--format", "junit", other).out.encode())
    assert (suite.get("failures"), suite[0].get("name")) == ("1", "the profile applies to the document")
    assert int(suite.get("skipped")) == int(suite.get("tests")) - 1
    (result,) = json.loads(run("check", "--format", "sarif", other).out)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("conda", "error")
    assert json.loads(run("check", "--json", other).out)["results"][0]["profiles"][0]["holds"] is False
    assert run("check", "--profile", "conda", *ASK, other).status == 1


FORBIDDEN = """
[[forbidden]]
purl = "pkg:npm/part@<2"
reason = "old"
[[forbidden]]
purl = "pkg:npm/part@>=1,<1.0.1"
[[forbidden]]
purl = "pkg:conda/needed@<1"
[[forbidden]]
purl = "pkg:conda/needed@vers:conda/>=1|<1.0.1"
relations = ["build"]
"""


def test_ranges_of_versions_on_the_command_line(run: Run, document: Callable[..., Path], tmp_path: Path) -> None:
    rules = policy(tmp_path, FORBIDDEN)
    for family in FULL:
        words = ("check", "--policy", rules, document(family=family))
        ran = run(*words)
        assert ran.status == 1
        assert "2 breaches; demanded: forbidden" in ran.out
        assert "pkg:npm/part@1.0: must not be there (carried): old" in " ".join(ran.out.split())
        results = json.loads(run(*words, "--format", "sarif").out)["runs"][0]["results"]
        assert [one["ruleId"] for one in results] == ["policy/forbidden"] * 2
        assert len({one["partialFingerprints"]["finding/v1"] for one in results}) == 2
        assert "pkg&#58;npm/part" in run(*words, "--format", "markdown").out


def test_what_cannot_be_compared_is_told_on_the_command_line(
    run: Run, document: Callable[..., Path], tmp_path: Path
) -> None:
    rules = policy(tmp_path, '[[forbidden]]\npurl = "pkg:npm/part@<2"')
    ran = run("check", "--policy", rules, document("version"))
    told = "pkg:npm/part@1.0: may be what must not be there"
    assert ran.status == 1
    assert told not in " ".join(ran.out.split())  # the purl has the version
    tree = without(FULL["cyclonedx"][2])
    tree["metadata"]["component"]["components"][0] |= {"version": "latest", "purl": "pkg:npm/part@latest"}
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps(tree))
    ran = run("check", "--policy", rules, odd)
    assert ran.status == 1
    assert "which cannot be decided: pkg:npm/part@<2: 'latest' is no npm version" in " ".join(ran.out.split())
    ran = run("check", "--policy", policy(tmp_path, '[[forbidden]]\npurl = "pkg:cran/a@<2"'), odd)
    assert (ran.status, "forbidden.0.purl: 'pkg:cran/a@<2': versions of cran have no order" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("form", "words", "rules"),
    [
        ("cyclonedx-json", (), ["forbidden"]),
        ("spdx3-json", (), ["forbidden"]),
        ("spdx-json", (), ["license", "forbidden"]),  # it leaves them out, and says so
        ("spdx-tag-value", (), ["license", "forbidden"]),
        ("spdx-json", ("--build-packages", "all"), ["forbidden"]),
    ],
)
def test_what_a_document_leaves_out_does_not_pass(
    run: Run, tmp_path: Path, form: str, words: tuple[str, ...], rules: list[str]
) -> None:
    path = next(p for p in fixture_packages() if p.name.startswith("v1-lib"))
    document = run("generate", path, "--output-dir", tmp_path, "-o", form, *words).out.strip()
    demands = policy(
        tmp_path,
        '[[licenses.rules]]\nrelations = ["build"]\nallow = ["*"]\n'
        '[[forbidden]]\npurl = "pkg:conda/*"\nrelations = ["build"]',
    )
    ran = run("check", "--policy", demands, "--json", document)
    breaches = json.loads(ran.out)["results"][0]["policy"]["breaches"]
    assert ran.status == 1
    assert list(dict.fromkeys(one["rule"] for one in breaches)) == rules
    unlisted = [one["message"] for one in breaches if "not listed here" in one["message"]]
    assert len(unlisted) == (2 if "license" in rules else 0)
    assert all(message.startswith("cannot be decided of build packages: ") for message in unlisted)
    assert run("check", "--policy", policy(tmp_path, '[[forbidden]]\npurl = "pkg:npm/*"'), document).status == 0


def test_many_findings_of_one_demand_hide_none_of_another(run: Run, tmp_path: Path) -> None:
    tree = cyclonedx()
    tree["metadata"]["component"]["components"] = [
        {"type": "library", "bom-ref": f"r{n}", "name": f"n{n}", "purl": f"pkg:npm/n{n}@1"} for n in range(50)
    ]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(tree))
    rules = policy(tmp_path, '[licenses]\nmissing = "deny"\n[[forbidden]]\npurl = "pkg:npm/n49"')
    ran = run("check", "--policy", rules, path)
    assert "pkg:npm/n49@1: must not be there (carried): pkg:npm/" in " ".join(ran.out.split())
    assert "30 more; -v lists them" in ran.out
    assert "more; -v" not in run("check", "-v", "--policy", rules, path).out
    words = ("check", "--policy", rules, "--format", "markdown", path)
    assert "| license |  | 30 more |  |" in run(*words).out
    assert "30 more |" not in run(*words, "-v").out


def test_yes_and_no(run: Run, document: Callable[..., Path]) -> None:
    good, bad = document(), document("authors", "manufacturer", name="bad.json")
    assert run("check", good).status == 0
    assert run("check", *ASK, good).out.splitlines()[-1] == "yes: ntia-2021 is met"
    ran = run("check", *ASK, bad)
    assert (ran.status, ran.out.splitlines()[-1]) == (1, "no: ntia-2021 is not met")
    assert "85.7 % of what is required is met" in ran.out
    assert "→ metadata.authors or metadata.manufacturer" in ran.out
    assert run("check", "--profile", "bsi-tr-03183-2-2.1", bad).status == 1
    assert run("check", *ASK, good, bad).status == 1


def test_what_a_format_cannot_say_is_no_for_a_profile_that_is_asked_for(
    run: Run, document: Callable[..., Path]
) -> None:
    spdx = document(family="spdx2")
    assert run("check", spdx).status == 0
    ran = run("check", "--profile", "fsct-3", spdx)
    assert ran.status == 1
    assert "cannot be met" in ran.out


def test_with_a_policy_the_policy_decides(run: Run, document: Callable[..., Path], tmp_path: Path) -> None:
    bad = document("authors", "manufacturer")
    lenient = policy(tmp_path, "[profiles.ntia-2021]\nscore = 80")
    ran = run("check", "--policy", lenient, bad)
    assert ran.status == 0
    assert "does not decide" in ran.out
    assert run("check", "--policy", lenient, *ASK, bad).status == 1  # unless a profile is asked for, too
    ran = run("check", "--policy", policy(tmp_path, '[required]\ndocument = ["author"]'), bad)
    assert ran.status == 1
    assert "required: not stated: who made the SBOM (author)" in " ".join(ran.out.split())


def test_usage(run: Run, document: Callable[..., Path], tmp_path: Path) -> None:
    good = document()
    assert run("check").status == 2
    assert run("check", "--profile", "nist", good).status == 2
    assert run("check", "--policy", tmp_path / "none.toml", good).status == 2
    ran = run("check", "--policy", policy(tmp_path, "x = 1"), good)
    assert (ran.status, "policy.toml: Additional properties" in ran.err) == (2, True)
    ran = run("check", "--policy", policy(tmp_path, "[licenses]"), good)  # it would say yes to everything
    assert (ran.status, "policy.toml: demands nothing" in ran.err) == (2, True)


def test_what_cannot_be_read_is_told_and_the_others_are_judged(
    run: Run, document: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    ran = run("check", broken, tmp_path / "gone.json", document())
    assert ran.status == 3
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == ["cf-sbom", "cf-sbom"]
    assert "broken.json: " in ran.err
    assert "gone.json: " in ran.err
    assert "yes" in ran.out


UNREADABLE = "nosuch.json: cannot be read: No such file or directory"


@pytest.mark.parametrize("form", ["table", "json", "sarif", "junit", "markdown"])
def test_what_cannot_be_read_is_in_every_form(run: Run, document: Callable[..., Path], form: str) -> None:
    ran = run("check", *ASK, "--format", form, "nosuch.json", document())
    assert ran.status == 3
    assert UNREADABLE in ran.err
    if form == "table":
        assert "2 targets: 1 yes, 0 no, 1 could not be read" in ran.out
    elif form == "json":
        tree = json.loads(ran.out)
        assert tree["unreadable"] == [{"target": "nosuch.json", "reason": UNREADABLE}]
        jsonschema_rs.validate(json.loads((ROOT / "schemas" / "check.schema.json").read_bytes()), tree)
    elif form == "sarif":
        (invocation,) = json.loads(ran.out)["runs"][0]["invocations"]
        (note,) = invocation["toolExecutionNotifications"]
        assert not invocation["executionSuccessful"]
        assert (note["level"], note["message"]["text"]) == ("error", UNREADABLE)
        assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "nosuch.json"
    elif form == "junit":
        suite = etree.fromstring(ran.out.encode())[-1]
        assert (suite.get("name"), suite.get("errors"), suite.get("failures")) == ("nosuch.json", "1", "0")
        assert suite.find("testcase/error").get("message") == UNREADABLE
    else:
        assert ran.out.startswith("### 1 could not be read")
        assert "nosuch.json: cannot be read" in ran.out


def test_the_last_line_says_of_what(run: Run, document: Callable[..., Path], tmp_path: Path) -> None:
    good, bad = document(), document("supplier", name="bad.json")
    rules = policy(tmp_path, "[[forbidden]]\npurl = 'pkg:npm/part'")
    words = ("check", *ASK, "--profile", "cisa-2026", "--policy", rules)
    assert "\nno: ntia-2021 is not met, the policy does not hold\n" in run(*words, bad).out
    assert "\nno: the policy does not hold\n" in run(*words, good).out
    assert "\n2 targets: 1 yes, 1 no\n" in run("check", *ASK, good, bad).out
    assert "\nyes: ntia-2021 is met\n" in run("check", *ASK, good).out
    other = document("purl", name="other.json")
    assert "\nno: conda does not apply\n" in run("check", other).out


@pytest.mark.parametrize("form", ["table", "json", "sarif", "markdown"])
def test_packages_that_nothing_leads_to_are_told(run: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "floating.json"
    packages = [{"SPDXID": f"SPDXRef-{name}", "name": name, "downloadLocation": "NOASSERTION"} for name in "ab"]
    head = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "n"}
    made = {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: t-1"]}
    head |= {"documentNamespace": "https://example.org/a", "creationInfo": made}
    path.write_text(json.dumps(head | {"packages": packages}))
    ran = run("check", "--profile", "cisa-2026", "--format", form, path)
    assert ran.status == 1
    if form == "json":
        assert json.loads(ran.out)["results"][0]["unreached"] == 2
    else:
        assert "2 packages are reached from nothing; they count as dependencies" in ran.out


def test_what_is_not_required_takes_one_line(run: Run, document: Callable[..., Path]) -> None:
    path = document("supplier", "authors", "manufacturer")
    short, long = run("check", path).out, run("check", "-v", path).out
    assert "not required, and not met: supplier, author (-v tells more)" in short
    assert "→" not in short
    assert "supplier (who supplies it; additional): not met" in long


def test_elements_that_lack_the_same_stand_together(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}')
    told = run("check", "--profile", "cisa-2026", path, COLUMNS="200").out
    assert "producer, name, version, identifier, hash-value, hash-algorithm, license, dependencies: not met" in told
    assert told.count("the document lists no component") == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
def test_texts_that_were_not_recognised_are_named_where_asked_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(INDEX | {"license": "MIT"}), {"LICENSE": b"All is mine."}))
    words = ("check", "--policy", policy(tmp_path, "[licenses]\nagree = true"), "--format")
    short, long = run(*words, "table", path), run(*words, "table", "-v", path)
    assert "a licence was recognised in 0 of 1 texts" in short.out
    assert "no licence recognised" not in short.out
    assert "no licence recognised in the text: LICENSE" in long.out
    assert "no licence recognised in the text | <code>LICENSE</code> |" in run(*words, "markdown", "-v", path).out
    (result,) = json.loads(run(*words, "json", path).out)["results"]
    assert result["licenses"]["unrecognised"] == ["LICENSE"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
def test_nothing_to_compare_is_not_said_to_agree(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(INDEX | {"license": "MIT"}), {"a": b"a"}))
    ran = run("check", "--policy", policy(tmp_path, "[licenses]\nagree = true"), path)
    assert ran.status == 0
    assert "0 differences; no licence text to compare" in ran.out
    assert "yes: no licence text to compare" in ran.out
    assert "no licences differ" not in ran.out


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
def test_what_could_not_be_compared_is_counted_and_told_where_asked_for(run: Run, tmp_path: Path) -> None:
    index = {"name": "demo", "version": "1.0", "build": "0", "build_number": 0, "subdir": "noarch", "license": "Own"}
    path = tmp_path / "demo-1.0-0.conda"
    payload = {"share/x/LICENSE": (ROOT / "LICENSE").read_bytes()}
    path.write_bytes(conda(info_members(index), payload))
    words = ("check", "--policy", policy(tmp_path, "[licenses]\nagree = true"), "--format")
    short = run(*words, "table", path)
    assert short.status == 0
    assert "0 differences; a licence was recognised in 1 of 1 texts; 1 could not be compared" in short.out
    assert "share/x/LICENSE" not in short.out
    assert "share/x/LICENSE" in run(*words, "table", "-v", path).out
    assert [one["place"] for one in json.loads(run(*words, "json", path).out)["results"][0]["licenses"]["uncompared"]]
    (result,) = json.loads(run(*words, "sarif", path).out)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("licenses/uncompared", "note")
    suite = etree.fromstring(run(*words, "junit", path).out.encode())[-1]
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["2", "0", "1"]


def test_settings_of_the_working_folder_do_not_count(run: Run, tmp_path: Path, package: Callable[..., Path]) -> None:
    """They can be written by whoever wrote the package."""
    (tmp_path / "cf-sbom.toml").write_text('supplier = "Evil <e@example.org>"')
    path = package()
    needs = policy(tmp_path, '[required]\npackage = ["supplier"]')
    ran = run("check", "--policy", needs, path)
    assert ran.status == 1
    assert "the settings in cf-sbom.toml are not used to check" in ran.err
    assert run("check", "--policy", needs, "--config", "cf-sbom.toml", path).status == 0
    assert run("check", "--policy", needs, "--supplier", "ACME", path).status == 0


def test_a_package_is_judged_as_its_document(run: Run, tmp_path: Path) -> None:
    path = next(p for p in fixture_packages() if p.name.startswith("v1-lib"))
    assert run("generate", path, "--output-dir", tmp_path, "-o", "cyclonedx-json").status == 0
    of_package = json.loads(run("check", "--json", path).out)["results"][0]
    of_document = json.loads(run("check", "--json", tmp_path / f"{path.name}.cdx.json").out)["results"][0]
    assert of_package["profiles"] == of_document["profiles"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
def test_licenses_are_compared_where_asked_for(run: Run, tmp_path: Path) -> None:
    index = {"name": "demo", "version": "1.0", "build": "0", "build_number": 0, "subdir": "noarch", "license": "MIT"}
    path = tmp_path / "demo-1.0-0.conda"
    members = info_members(index) | {"info/licenses/LICENSE": (ROOT / "LICENSE").read_bytes()}
    path.write_bytes(conda(members))
    ran = run("check", "--profile", "conda", "--licenses", path)
    assert ran.status == 1
    assert "the text reads like BSD-3-Clause" in " ".join(ran.out.split())
    assert run("check", "--policy", policy(tmp_path, "[licenses]\nagree = true"), path).status == 1
    assert run("check", "--policy", policy(tmp_path, "[licenses]\nallow = ['*']"), path).status == 0
    run("generate", path, "--output-dir", tmp_path, "-o", "cyclonedx-json")
    found = json.loads(run("check", "--licenses", "--json", tmp_path / "demo-1.0-0.conda.cdx.json").out)["results"][0]
    assert "licenses of pkg:conda/demo@1.0" in found["licenses"]["differences"][0]["place"]  # documents hold texts, too


def test_a_document_of_another_tool(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    tree = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "a"}]}
    path.write_text(json.dumps(tree))
    ran = run("check", path)
    assert ran.status == 1
    assert "does not apply: the document speaks of no conda package" in ran.out


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A document whose every text is an attack, beside one whose name is."""
    tree = cyclonedx()
    del tree["metadata"]["authors"], tree["metadata"]["manufacturer"]
    part = copy.deepcopy(tree["components"][0])
    part |= {"bom-ref": HOSTILE, "name": HOSTILE, "version": HOSTILE, "purl": HOSTILE}
    part |= {"licenses": [{"license": {"name": HOSTILE}}]}
    del part["supplier"]
    tree["components"] = [part]
    path = tmp_path / "hostile\u202e`|x.json"
    path.write_text(json.dumps(tree))
    return path


STRICT = f"{ASK[0]}={ASK[1]}"


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_hostile_text_is_shown_and_steers_nothing(run: Run, hostile: Path, form: str, tmp_path: Path) -> None:
    rules = policy(tmp_path, '[licenses]\nallow = ["MIT"]')
    ran = run("check", STRICT, "--policy", rules, "--format", form, "-v", hostile)
    assert ran.status == 1
    assert not {"\x1b", "\u202e"} & set(ran.out)
    if form == "markdown":
        assert not {"<script", "[a](", "`", "@team"} & {s for s in ("<script", "[a](", "`", "@team") if s in ran.out}
        assert all(line.startswith(("#", "|", "<", "")) for line in ran.out.splitlines())


def test_json_is_as_its_schema_has_it(run: Run, hostile: Path, document: Callable[..., Path], tmp_path: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "check.schema.json").read_bytes())
    assert jsonschema_rs.meta.is_valid(schema)
    rules = policy(tmp_path, '[licenses]\nallow = ["MIT"]\n[[forbidden]]\npurl = "pkg:npm/part"')
    words = [word for name in PROFILES for word in ("--profile", name)]
    ran = run("check", *words, "--policy", rules, "--json", hostile, document("licenses"), document(family="spdx3"))
    tree = json.loads(ran.out)
    jsonschema_rs.validate(schema, tree)
    assert len(tree["results"]) == 3
    assert set(schema["$defs"]["profile"]["properties"]["name"]["enum"]) == set(PROFILES)
    assert [b["rule"] for b in tree["results"][0]["policy"]["breaches"]] == ["license", "forbidden"]
    lacking = next(e for e in tree["results"][0]["profiles"][1]["elements"] if e["name"] == "supplier")["lacking"]
    assert [one["role"] for one in lacking] == ["dependency"]


def test_sarif(run: Run, hostile: Path, document: Callable[..., Path], tmp_path: Path) -> None:
    rules = policy(tmp_path, '[licenses]\nallow = ["MIT"]')
    ran = run(
        "check", *ASK, "--policy", rules, "--format", "sarif", hostile, document("authors", "manufacturer"), "./d.json"
    )
    log = json.loads(ran.out)
    (found,) = log["runs"]
    ids = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in found["results"])
    assert "policy/license" in ids
    assert {result["level"] for result in found["results"]} == {"error"}
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found["results"]}
    assert any(uri.endswith("hostile%E2%80%AE%60%7Cx.json") for uri in uris)
    assert "d.json" in uris
    path = npm_file("@microsoft/jest-sarif", "lib/schemas/sarif-2.1.0-rtm.5.json")
    schema = json.loads(path.read_bytes())
    for name in ("run", "toolComponent"):
        del schema["definitions"][name]["properties"]["language"]["pattern"]  # no regular expression: a stray bracket
    jsonschema_rs.validate(schema, log)


def test_junit(run: Run, hostile: Path, document: Callable[..., Path], tmp_path: Path) -> None:
    rules = policy(tmp_path, '[licenses]\nallow = ["MIT"]\n[problems]\nfail = ["damage"]')
    words = (*ASK, "--profile", "bsi-tr-03183-2-2.1", "--policy", rules, "--format", "junit")
    root = etree.fromstring(run("check", *words, hostile, document()).out.encode())
    assert [suite.get("tests") for suite in root] == ["7", "21", "2"] * 2
    for suite in root:
        for kind, element in (("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.get(kind)) == len(suite.findall(f"testcase/{element}"))
    assert root[0].find("testcase/failure") is not None
    assert root[3].find("testcase/failure") is None
    failed = [case.get("name").partition(":")[0] for case in root[2] if case.find("failure") is not None]
    assert failed == ["license", "problem"]  # what the hostile component was called is in no list of dependencies


@pytest.mark.parametrize("width", [20, 40, 200])
def test_a_terminal_may_be_narrow(run: Run, document: Callable[..., Path], width: int) -> None:
    ran = run("check", *ASK, "-v", document("authors", "manufacturer", "version"), COLUMNS=str(width))
    assert max(map(len, ran.out.splitlines())) <= width


def test_colour_only_where_asked_for(run: Run, document: Callable[..., Path]) -> None:
    path = document("authors", "manufacturer")
    assert "\x1b" not in run("check", path).out
    assert "\x1b" in run("check", "--color", "always", path).out
    assert "\x1b" not in run("check", path, NO_COLOR="1").out


def answer(components: int) -> Answer:
    """One of a document whose every component lacks everything."""
    tree = cyclonedx()
    tree["components"] = [{"type": "library", "name": f"n{n}"} for n in range(components)]
    statement = state("cyclonedx-json", "1.6", tree)
    return Answer(
        target=Path("d.json"),
        format="cyclonedx-json",
        version="1.6",
        package="",
        unreached=0,
        judged=tuple(judge(profile, statement) for profile in PROFILES.values()),
        deciding=("ntia-2021",),
        rules=(),
        breaches=(),
        licenses=None,
    )


def test_a_comment_is_never_too_long() -> None:
    text = markdown_text([answer(100)] * 100, verbose=True)
    assert len(text) < 65_536
    assert "more documents do not fit here" in text


def test_many_components_are_judged_in_linear_time(tmp_path: Path, registry: Registry) -> None:
    """No timing: ten thousand components simply end."""
    tree = cyclonedx()
    tree["components"] = [
        {"type": "library", "bom-ref": f"r{n}", "name": f"n{n}", "purl": f"pkg:npm/n{n}@1"} for n in range(10_000)
    ]
    path = tmp_path / "large.json"
    path.write_text(json.dumps(tree))
    found = check(path, Questions(profiles=tuple(PROFILES)), Options(), registry)
    assert {len(v.lacking) for j in found.judged for v in j.verdicts} >= {10_000}


def test_paths_that_are_no_text(run: Run, document: Callable[..., Path], tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xff.json")
    document("authors", "manufacturer").rename(odd)
    for form in ("table", "json", "sarif", "junit", "markdown"):
        assert run("check", *ASK, "--format", form, odd).status == 1
