"""Independent checkers of our documents, held against our own verdicts; where both differ, a note says why.

ntia-checker judges SPDX 2 and 3 (NTIA, FSCT 3, BSI), pyspdxtools what is valid SPDX 2, cdx-validate of cdxgen is strict
about CycloneDX, pixi-sbom scores its own list of elements.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from peers import node_script
from support import fixture_packages

from cf_sbom.assertions import Stated, Statement, state
from cf_sbom.documents import open_document
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Party
from cf_sbom.plugins import Registry
from cf_sbom.profiles import Judged, judge
from cf_sbom.profiles.tables import PROFILES

ACME = Party(name="ACME", email="a@example.org")
BARE = Options(outputs=(("cyclonedx-json", "1.6"), ("spdx-json", "2.3"), ("spdx3-json", "3.0.1")))
STATED = Options(outputs=BARE.outputs, supplier=ACME, manufacturer=ACME, authors=(ACME,), channel="conda-forge")
PACKAGES = [p for p in fixture_packages() if p.name.startswith(("hello-cb", "linkage-demo-v1", "pear", "v1-lib"))]
CASES = [pytest.param(p, o, id=f"{p.name}-{n}") for p in PACKAGES for n, o in (("bare", BARE), ("stated", STATED))]


class Ours(NamedTuple):
    """One document as we made and read it."""

    path: Path
    statement: Statement
    tree: Any

    def verdicts(self, profile: str) -> dict[str, bool]:
        """Whether each element is met; what does not apply is not there."""
        judged: Judged = judge(PROFILES[profile], self.statement)
        return {v.element.name: v.state == "met" for v in judged.verdicts if v.state != "does not apply"}


def made(package: Path, options: Options, registry: Registry, folder: Path) -> dict[str, Ours]:
    """By format."""
    found = {}
    for document in render(describe(package, options, registry), options, registry):
        path = folder / f"d{document.suffix}"
        path.write_bytes(document.data)
        opened = open_document(document.data, Limits())
        found[document.format] = Ours(path, state(opened.format, opened.version, opened.tree), opened.tree)
    return found


CHECKERS = {"ntia": "ntia-2021", "fsct3-min": "fsct-3", "bsi": "bsi-tr-03183-2-2.1"}
WORDS = {
    "All component names provided?": "name",
    "All component versions provided?": "version",
    "All component identifiers provided?": "identifier",
    "All component suppliers provided?": "supplier",
    "All component concluded license provided?": "license",
    "All component copyright notice provided?": "copyright",
    "SBOM author name provided?": "author",
    "SBOM creation timestamp provided?": "timestamp",
    "SBOM generation context (SBOM type) provided?": "type",
    "Dependency relationships provided?": "relationships",
    "Creator of the SBOM": "creator",
    "Timestamp": "timestamp",
    "Dependency Completeness": "dependencies",
    "Component Names": "name",
    "Component Versions": "version",
    "Component Creators": "component-creator",
    "Distribution Filenames": "filename",
    "Executable Properties": "executable",
    "Archive Properties": "archive",
    "Structured Properties": "structured",
    "Distribution Licenses": "distribution-license",
    "Deployable Component Hashes": "hash",
    "Source Code URIs (Warning)": "source-uri",
    "Deployable Form URIs (Warning)": "deployable-uri",
    "Other Unique Identifiers (Warning)": "identifier",
    "Original Licenses (Warning)": "original-license",
    "Source Code Hashes (Optional)": "source-hash",
    "Security.txt URLs (Optional)": "security",
}
UNCOMPARED = {
    "Effective Licenses (Optional)": "cf-sbom states none and does not ask for one",
    "BOM References (Optional)": "a link to another SBOM is asked for by no text that we judge by",
}
NOTES = {
    (
        "ntia",
        "identifier",
    ): "ntia-checker takes the SPDXID, which every element has; ours asks for a purl, CPE or the like",
    ("fsct3-min", "identifier"): "as for ntia",
    ("ntia", "relationships"): "ntia-checker wants a relation of two elements; ours takes also that none is known",
    ("ntia", "author"): "ntia-checker takes the tool for the author",
    ("fsct3-min", "author"): "as for ntia",
    ("fsct3-min", "license"): "ntia-checker wants concluded licences of dependencies, too; the text asks for a licence",
    (
        "fsct3-min",
        "relationships",
    ): "ntia-checker asks for any relation; ours for completeness, stated of each component",
    ("bsi", "filename"): "ntia-checker asks it of parts and dependencies, which have no file of their own",
    ("bsi", "source-uri"): "ntia-checker reads `generates` from a source package; ours also the inputs of a Build",
    ("bsi", "original-license"): "ntia-checker asks it of dependencies, which need only be identified",
    ("bsi", "identifier"): "ntia-checker does not read software_packageUrl",
}
"""Why an element of theirs may differ from ours."""


@pytest.mark.parametrize(("package", "options"), CASES)
def test_ntia_checker(
    package: Path, options: Options, registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from ntia_conformance_checker.sbom_checker import SbomChecker

    caplog.set_level(logging.CRITICAL)
    documents = made(package, options, registry, tmp_path)
    for compliance, profile in CHECKERS.items():
        for form, spec in (("spdx-json", "spdx2"), ("spdx3-json", "spdx3")):
            if compliance == "bsi" and spec == "spdx2":
                continue  # BSI takes no SPDX 2
            ours = documents[form]
            theirs = SbomChecker(str(ours.path), validate=False, compliance=compliance, sbom_spec=spec)
            found = ours.verdicts(profile)
            for title, met in theirs.table_elements:
                if title in UNCOMPARED:
                    continue
                name = WORDS[title]
                if name in found and found[name] != bool(met):
                    assert (compliance, name) in NOTES, (form, title, f"theirs {met}, ours {found[name]}")


def test_spdx_2_can_never_satisfy_their_fsct(registry: Registry, tmp_path: Path) -> None:
    """They miss the type of the SBOM in it, and so do we say."""
    from ntia_conformance_checker.sbom_checker import SbomChecker

    ours = made(PACKAGES[0], STATED, registry, tmp_path)["spdx-json"]
    theirs = dict(SbomChecker(str(ours.path), validate=False, compliance="fsct3-min", sbom_spec="spdx2").table_elements)
    assert not theirs["SBOM generation context (SBOM type) provided?"]
    assert not ours.verdicts("fsct-3")["type"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_pyspdxtools(package: Path, registry: Registry, tmp_path: Path) -> None:
    """Its only complaint is about hosts without a top-level domain, as the sources of fixtures have them."""
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    ours = made(package, STATED, registry, tmp_path)["spdx-json"]
    messages = [m.validation_message for m in validate_full_spdx_document(parse_file(str(ours.path)))]
    assert not [m for m in messages if "127.0.0.1" not in m]


OF_DOCUMENTS = {"SCVS-2.3": "sbom-version", "SCVS-2.7": "timestamp", "CRA-MIN-008": "tool-name"}
OF_COMPONENTS = {"SCVS-1.1": "version", "SCVS-1.7": "identifiers", "SCVS-2.14": "declared", "SCVS-2.18": "hashes"}
OF_COMPONENTS |= {"CRA-MIN-006": "identifiers", "CRA-MIN-007": "declared"}
"""What cdx-validate can tell by itself: elements of cisa-2026, and what must be stated of each component."""
ENCODED = "Invalid encoded ref in dependencies pkg:npm/%40"
"""It wants a bom-ref that is a purl written without escapes; to CycloneDX a bom-ref is any text."""


def beside(ours: Ours) -> tuple[Stated, ...]:
    """The components that stand beside the package, all that a flat reader counts."""
    listed = [one | {"scope": "required", "properties": []} for one in ours.tree.get("components", [])]
    return state("cyclonedx-json", "1.6", {"components": listed}).components


@pytest.mark.parametrize(("package", "options"), CASES)
def test_cdx_validate(package: Path, options: Options, registry: Registry, tmp_path: Path) -> None:
    """It reads nothing that is nested in the package, nor the package itself."""
    words = node_script("@cyclonedx/cdxgen", "bin/validate.js")
    ours = made(package, options, registry, tmp_path)["cyclonedx-json"]
    report = tmp_path / "report.json"
    arguments = ("-i", str(ours.path), "--strict", "--no-include-manual", "-r", "json", "-o", str(report))
    ran = subprocess.run([*words, *arguments], check=False, capture_output=True, text=True, timeout=120)
    theirs = json.loads(report.read_bytes())
    complaints = re.findall(r"'(.*)'", ran.stdout + ran.stderr)
    assert all(one.startswith(ENCODED) for one in complaints)
    assert theirs["schemaValid"] == theirs["deepValid"] == (not complaints)
    controls = {c["id"]: c for b in theirs["benchmarks"] for c in b["controls"]}
    found = ours.verdicts("cisa-2026")
    for name, element in OF_DOCUMENTS.items():
        assert (controls[name]["status"] == "pass") == found[element], controls[name]["message"]
    counted = beside(ours)
    for name, field in OF_COMPONENTS.items() if counted else ():
        stated = all(getattr(one, field) for one in counted)
        assert (controls[name]["status"] == "pass") == stated, controls[name]["message"]


ELEMENTS = {"supplier": "supplier", "name": "name", "version": "version", "unique identifier": "identifiers"}
ELEMENTS |= {"license": "declared", "hash": "hashes"}


@pytest.mark.parametrize(("package", "options"), CASES)
def test_pixi_sbom_scores(package: Path, options: Options, registry: Registry, tmp_path: Path) -> None:
    """Of CycloneDX it counts what stands beside the package: so do we, over the same components."""
    program = Path(sys.executable).with_name("pixi-sbom")
    if not program.is_file():
        pytest.skip("pixi-sbom is installed on Linux x86_64 only")
    ours = made(package, options, registry, tmp_path)["cyclonedx-json"]
    words = (
        "--from-sbom",
        str(ours.path),
        "--no-config",
        "--no-cache",
        "--report",
        "quality",
        "--report-format",
        "json",
    )
    ran = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=120, check=False)
    quality = {one["element"]: one for one in json.loads(ran.stdout)["quality"]}
    counted = beside(ours)
    for theirs, name in ELEMENTS.items():
        have = sum(1 for one in counted if getattr(one, name))
        detail = quality[theirs]["detail"]
        if counted:
            assert detail.startswith(f"{have} of {len(counted)} "), detail
