"""Every element of every profile, in every family of formats: met, not met, and what cannot be met."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from asserting import FULL, PURL, without
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.assertions import Statement, state, values
from cf_sbom.identity.licenses import license_ref
from cf_sbom.profiles import ComponentFact, Element, Profile, judge
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT
from cf_sbom.profiles.places import place
from cf_sbom.profiles.tables import PROFILES

CASES = [
    pytest.param(profile, element, family, id=f"{profile.name}-{element.name}-{family}")
    for profile in PROFILES.values()
    for element in profile.elements
    for family in FULL
]
NAMES = {id(fact): name for table in (DOCUMENT, COMPONENTS) for name, fact in table.items()}

_SOURCES = {"cyclonedx": ("type=source-distribution",), "spdx2": ("relationshipType=GENERATED_FROM",)}
_SOURCES |= {"spdx3": ("relationshipType=generates",)}
GONE: dict[str, dict[str, tuple[str, ...]]] = {
    "author": {"cyclonedx": ("authors", "manufacturer"), "spdx2": ("creators~Person",), "spdx3": ("createdBy",)},
    "author-contact": {
        "cyclonedx": ("contact",),
        "spdx2": ("creators~Person",),
        "spdx3": ("externalIdentifierType=email",),
    },
    "signature": {"cyclonedx": ("signature",)},
    "bsi-format": {},
    "context": {"cyclonedx": ("lifecycles",), "spdx2": ("comment~Analyzed",), "spdx3": ("software_sbomType",)},
    "timestamp": {"cyclonedx": ("timestamp",), "spdx2": ("created",), "spdx3": ("created",)},
    "tool-name": {"cyclonedx": ("tools",), "spdx2": ("creators~Tool",), "spdx3": ("createdUsing",)},
    "tool-version": {"cyclonedx": ("tools",), "spdx2": ("creators~Tool",), "spdx3": ("name~-1",)},
    "sbom-version": {
        "cyclonedx": ("serialNumber",),
        "spdx2": ("documentNamespace",),
        "spdx3": ("type=SpdxDocument",),
    },
    "sbom-uri": {"cyclonedx": ("serialNumber",), "spdx2": ("documentNamespace",), "spdx3": ("type=SpdxDocument",)},
    "primary-component": {
        "cyclonedx": ("component",),
        "spdx2": ("relationshipType=DESCRIBES",),
        "spdx3": ("rootElement",),
    },
    "relationships": {
        "cyclonedx": ("dependencies",),
        "spdx2": ("relationshipType=DEPENDS_ON",),
        "spdx3": ("relationshipType=dependsOn",),
    },
    "contents": {"cyclonedx": ("assemblies",), "spdx2": ("relationshipType=CONTAINS",), "spdx3": ("completeness",)},
    "coverage": {
        "cyclonedx": ("name=cf_sbom:coverage:unexplained-percent",),
        "spdx2": ("comment~cf_sbom:coverage:unexplained-percent",),
        "spdx3": ("statement~cf_sbom:coverage:unexplained-percent",),
    },
    "no-vulnerabilities": {},
    "name": {"cyclonedx": ("name",), "spdx2": ("name",), "spdx3": ("name",)},
    "version": {"cyclonedx": ("version",), "spdx2": ("versionInfo",), "spdx3": ("software_packageVersion",)},
    "identifier": {"cyclonedx": ("purl",), "spdx2": ("externalRefs",), "spdx3": ("software_packageUrl",)},
    "purl": {"cyclonedx": ("purl",), "spdx2": ("externalRefs",), "spdx3": ("software_packageUrl",)},
    "supplier": {"cyclonedx": ("supplier",), "spdx2": ("supplier",), "spdx3": ("suppliedBy",)},
    "producer": {"cyclonedx": ("manufacturer",), "spdx2": ("originator",), "spdx3": ("originatedBy",)},
    "producer-contact": {
        "cyclonedx": ("email",),
        "spdx2": ("originator~(a@example.org)",),
        "spdx3": ("externalIdentifierType=email",),
    },
    "hash": {"cyclonedx": ("hashes",), "spdx2": ("checksums",), "spdx3": ("verifiedUsing",)},
    "hash-algorithm": {"cyclonedx": ("alg",), "spdx2": ("algorithm",), "spdx3": ("algorithm",)},
    "sha256": {"cyclonedx": ("alg=SHA-256",), "spdx2": ("algorithm=SHA256",), "spdx3": ("algorithm=sha256",)},
    "artifact-sha512": {
        "cyclonedx": ("type=distribution",),
        "spdx2": ("packageFileName",),
        "spdx3": ("relationshipType=hasDistributionArtifact",),
    },
    "license": {
        "cyclonedx": ("licenses",),
        "spdx2": ("licenseDeclared", "licenseConcluded"),
        "spdx3": ("relationshipType=hasDeclaredLicense", "relationshipType=hasConcludedLicense"),
    },
    "license-declared": {
        "cyclonedx": ("licenses",),
        "spdx2": ("licenseDeclared",),
        "spdx3": ("relationshipType=hasDeclaredLicense",),
    },
    "license-concluded": {
        "cyclonedx": ("acknowledgement",),
        "spdx2": ("licenseConcluded",),
        "spdx3": ("relationshipType=hasConcludedLicense",),
    },
    "license-expression": {
        "cyclonedx": ("licenses",),
        "spdx2": ("licenseDeclared", "licenseConcluded"),
        "spdx3": ("type=simplelicensing_LicenseExpression",),
    },
    "copyright": {"cyclonedx": ("copyright",), "spdx2": ("copyrightText",), "spdx3": ("software_copyrightText",)},
    "dependencies": {
        "cyclonedx": ("dependencies",),
        "spdx2": ("relationshipType=DEPENDS_ON",),
        "spdx3": ("relationshipType=dependsOn",),
    },
    "completeness": {
        "cyclonedx": ("compositions",),
        "spdx2": ("relatedSpdxElement=NOASSERTION",),
        "spdx3": ("completeness",),
    },
    "filename": {
        "cyclonedx": ("name=bsi:component:filename",),
        "spdx2": ("packageFileName",),
        "spdx3": ("relationshipType=hasDistributionArtifact",),
    },
    "executable": {
        "cyclonedx": ("name=bsi:component:executable",),
        "spdx3": ("relationshipType=hasDistributionArtifact",),
    },
    "archive": {"cyclonedx": ("name=bsi:component:archive",), "spdx3": ("relationshipType=hasDistributionArtifact",)},
    "structured": {"cyclonedx": ("name=bsi:component:structured",), "spdx3": ("software_additionalPurpose",)},
    "source": _SOURCES,
    "source-hash": _SOURCES,
    "source-sha512": _SOURCES,
    "distribution": {
        "cyclonedx": ("type=distribution",),
        "spdx2": ("downloadLocation",),
        "spdx3": ("externalRefType=binaryArtifact",),
    },
    "security": {"cyclonedx": ("type=rfc-9116",), "spdx3": ("externalRefType=securityOther",)},
    "evidence": {"cyclonedx": ("evidence",), "spdx2": ("comment~evidence: ",), "spdx3": ("statement~evidence: ",)},
    "conda-purl": {"cyclonedx": ("purl~build=0",), "spdx2": ("referenceLocator~build=0",)},
    "build": {"cyclonedx": ("name=conda:package:build",), "spdx2": ("annotations",), "spdx3": ("type=Annotation",)},
    "subdir": {"cyclonedx": ("name=conda:package:subdir",), "spdx2": ("annotations",), "spdx3": ("type=Annotation",)},
    "channel": {"cyclonedx": ("name=conda:package:channel",), "spdx2": ("annotations",), "spdx3": ("type=Annotation",)},
}
GONE["conda-purl"]["spdx3"] = ("software_packageUrl~build=0",)
"""By fact and family, what to take out of a document that says everything, so that this is not said."""


def judged(profile: Profile, element: Element, family: str, tree: Any) -> tuple[str, tuple[str, ...], str]:
    """The state of one element, what is said to do, and why."""
    document_format, version, _ = FULL[family]
    verdicts = judge(profile, state(document_format, version, tree)).verdicts
    verdict = next(one for one in verdicts if one.element is element)
    return verdict.state, verdict.fixes, verdict.why


@pytest.mark.parametrize(("profile", "element", "family"), CASES)
def test_a_document_that_says_everything(profile: Profile, element: Element, family: str) -> None:
    found, fixes, why = judged(profile, element, family, FULL[family][2])
    if element.name in element.unfit or family in element.unfit:
        assert (found, why) == ("cannot be met", element.unfit[family])  # type: ignore[index]
    elif NAMES[id(element.fact)] == "signature" and family != "cyclonedx":
        assert (found, why) == ("does not apply", element.aside)
    elif NAMES[id(element.fact)] == "security" and family == "spdx2":
        assert found == "not met"
    else:
        assert (found, fixes) == ("met", ())


MISSABLE = [case for case in CASES if case.values[2] in GONE.get(NAMES[id(case.values[1].fact)], {})]
"""Cases but for what is always said, or never can be."""


@pytest.mark.parametrize(("profile", "element", "family"), MISSABLE)
def test_a_document_that_does_not_say_it(profile: Profile, element: Element, family: str) -> None:
    gone = GONE[NAMES[id(element.fact)]][family]
    found, fixes, why = judged(profile, element, family, without(FULL[family][2], *gone))
    if family in element.unfit:
        assert found == "cannot be met"
    elif element.aside:
        assert (found, why) == ("does not apply", element.aside)
    elif found != "does not apply":  # without a package or a purl, nothing is asked of it
        assert found == "not met"
        assert fixes


def test_every_fact_can_be_missed() -> None:
    always = {"format-name", "format-version"}
    assert set(GONE) | always == set(DOCUMENT) | set(COMPONENTS)


def test_bsi_takes_no_older_version_and_no_vulnerabilities() -> None:
    bsi = PROFILES["bsi-tr-03183-2-2.1"]
    tree = FULL["cyclonedx"][2] | {"vulnerabilities": [{"id": "CVE-2024-1"}]}
    verdicts = {v.element.name: v.state for v in judge(bsi, state("cyclonedx-json", "1.5", tree)).verdicts}
    assert (verdicts["format"], verdicts["no-vulnerabilities"]) == ("not met", "not met")
    assert judge(bsi, state("cyclonedx-json", "1.6", FULL["cyclonedx"][2])).score == 100


def test_a_score_is_the_mean_share_and_100_only_where_all_is_met() -> None:
    tree = without(FULL["cyclonedx"][2], "authors", "manufacturer")
    found = judge(PROFILES["ntia-2021"], state("cyclonedx-json", "1.6", tree))
    assert (found.score, found.holds) == (85.7, False)  # 6 of 7
    one = without(FULL["cyclonedx"][2])
    del one["components"][0]["version"]
    found = judge(PROFILES["ntia-2021"], state("cyclonedx-json", "1.6", one))
    assert found.score == 95.2  # 6 and 2 of 3


def test_the_profile_of_conda_is_for_conda() -> None:
    tree = without(FULL["cyclonedx"][2], "purl")
    found = judge(PROFILES["conda"], state("cyclonedx-json", "1.6", tree))
    assert (found.score, found.applies, found.holds) == (None, False, False)  # what was not looked at is no yes
    assert {v.state for v in found.verdicts} == {"does not apply"}


@pytest.mark.parametrize("family", ["spdx2", "spdx3"])
@pytest.mark.parametrize(
    ("name", "expected"), [("a/b", "a/b"), ("The MIT licence", license_ref("a/b")), ("", license_ref("a/b"))]
)
def test_an_id_that_only_stands_for_a_name_is_that_name(family: str, name: str, expected: str) -> None:
    """SPDX has an id for every licence; CycloneDX says the name."""
    ref = license_ref("a/b")
    document_format, version, tree = copy.deepcopy(FULL[family])
    if family == "spdx2":
        tree["packages"][0]["licenseDeclared"] = ref
        tree["hasExtractedLicensingInfos"] = [{"licenseId": ref, "name": name, "extractedText": "x"}]
    else:
        mit = next(one for one in tree["@graph"] if one.get("spdxId") == "mit")
        mit["simplelicensing_licenseExpression"] = ref
        mit["simplelicensing_customIdToUri"] = [{"type": "DictionaryEntry", "key": ref, "value": "text"}]
        tree["@graph"].append({"type": "simplelicensing_SimpleLicensingText", "spdxId": "text", "name": name})
    package = state(document_format, version, tree).package
    assert package is not None
    assert package.declared == (expected,)


def _edge(family: str, source: str, spdx2: str, spdx3: str, target: str) -> dict[str, Any]:
    if family == "spdx3":
        return {"type": "Relationship", "from": source, "relationshipType": spdx3, "to": [target]}
    ends = {"spdxElementId": f"SPDXRef-{source}", "relatedSpdxElement": f"SPDXRef-{target}"}
    return ends | {"relationshipType": spdx2}


@pytest.mark.parametrize("is_carried", [False, True])
@pytest.mark.parametrize(
    ("source", "spdx2", "spdx3", "target"),
    [
        ("root", "GENERATED_FROM", "descendantOf", "source"),
        ("source", "GENERATES", "generates", "root"),
        ("source", "ANCESTOR_OF", "ancestorOf", "root"),
        ("root", "DESCENDANT_OF", "descendantOf", "source"),
    ],
)
@pytest.mark.parametrize("family", ["cyclonedx", "spdx2", "spdx3"])
def test_what_a_package_is_made_from_or_descends_from_is_its_source_also_where_it_is_carried(
    family: str, source: str, spdx2: str, spdx3: str, target: str, is_carried: bool
) -> None:
    """A package of one archive of PyPI is a release of what it has in it."""
    document_format, version, tree = FULL[family]
    tree = without(tree, *_SOURCES[family])
    package = state(document_format, version, tree).package
    assert package is not None
    assert (package.sources, package.source_hashes) == ((), frozenset())
    if family == "cyclonedx":
        hashes = [{"alg": "SHA-256", "content": "a" * 64}, {"alg": "SHA-512", "content": "b" * 128}]
        link = {"type": "source-distribution", "url": "https://example.org/s.tgz"}
        ancestor = {"type": "library", "name": "source", "hashes": hashes, "externalReferences": [link]}
        tree["metadata"]["component"]["pedigree"] = {"ancestors": [ancestor]}
        tree["metadata"]["component"]["components"] += [ancestor] if is_carried else []
    else:
        edges = tree["relationships" if family == "spdx2" else "@graph"]
        edges.append(_edge(family, source, spdx2, spdx3, target))
        if is_carried:
            edges.append(_edge(family, "root", "CONTAINS", "contains", "source"))
    package = state(document_format, version, tree).package
    assert package is not None
    (address,) = package.sources
    assert address.startswith("https://example.org/s")
    assert package.source_hashes >= {"sha256", "sha512"}


EMPTY = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}


@pytest.mark.parametrize(
    ("document_format", "tree"),
    [
        ("cyclonedx-json", EMPTY),
        ("cyclonedx-json", EMPTY | {"components": []}),
        ("spdx-json", {"spdxVersion": "SPDX-2.3", "packages": []}),
        ("spdx3-json", {"@graph": [{"type": "SpdxDocument", "spdxId": "doc"}]}),
    ],
)
@pytest.mark.parametrize("name", sorted(set(PROFILES) - {"conda"}))
def test_a_document_of_nothing_meets_nothing_that_is_asked_of_components(
    document_format: str, tree: Any, name: str
) -> None:
    verdicts = [
        one
        for one in judge(PROFILES[name], state(document_format, "1", tree)).verdicts
        if isinstance(one.element.fact, ComponentFact)
    ]
    assert {one.state for one in verdicts} <= {"not met", "cannot be met"}
    assert {one.why for one in verdicts if one.state == "not met"} == {"the document lists no component"}


def test_without_a_package_what_is_asked_of_it_is_not_met() -> None:
    tree = without(FULL["cyclonedx"][2])
    del tree["metadata"]["component"]
    bsi = judge(PROFILES["bsi-tr-03183-2-2.1"], state("cyclonedx-json", "1.6", tree))
    found = {one.element.name: (one.state, one.why) for one in bsi.verdicts}
    assert found["filename"] == ("not met", "the document does not say what it is about")
    assert found["name"] == ("met", "")  # of what it lists


ISLANDS = [
    ([], 2),
    ([("root", "DESCRIBES", "a")], 1),
    ([("root", "DESCRIBES", "a"), ("a", "DEPENDS_ON", "b")], 0),
    ([("root", "DESCRIBES", "a"), ("b", "BUILD_TOOL_OF", "a")], 0),
    ([("root", "DESCRIBES", "a"), ("b", "DEPENDS_ON", "NOASSERTION"), ("a", "DEPENDS_ON", "NOASSERTION")], 1),
    ([("a", "DEPENDS_ON", "b")], 2),
]


@pytest.mark.parametrize(("relations", "unreached"), ISLANDS)
def test_packages_that_no_relation_leads_to_are_judged(relations: list[tuple[str, str, str]], unreached: int) -> None:
    """What is joined to the package in any way is what that relation says; of the others nothing is known."""
    spdx2 = {
        "packages": [{"SPDXID": "a", "name": "a"}, {"SPDXID": "b", "name": "b"}],
        "relationships": [
            {
                "spdxElementId": one.replace("root", "SPDXRef-DOCUMENT"),
                "relationshipType": kind,
                "relatedSpdxElement": other,
            }
            for one, kind, other in relations
        ],
    }
    statement = state("spdx-json", "2.3", spdx2)
    assert statement.unreached == unreached
    assert len(statement.components) >= unreached
    assert sum(one.role == "package" for one in statement.components) == sum(k == "DESCRIBES" for _, k, _ in relations)
    words = {"DEPENDS_ON": "dependsOn", "BUILD_TOOL_OF": "patchedBy"}
    graph = [{"type": "software_Package", "spdxId": name, "name": name} for name in "ab"]
    graph += [
        {"type": "Relationship", "from": one, "relationshipType": words[kind], "to": [other]}
        for one, kind, other in relations
        if kind in words
    ]
    roots = [other for _, kind, other in relations if kind == "DESCRIBES"]
    graph += [{"type": "software_Sbom", "spdxId": "sbom", "rootElement": roots}]
    assert state("spdx3-json", "3.0.1", {"@graph": graph}).unreached == unreached


def said(document_format: str, change: Any) -> Statement:
    """What a document says in which something was changed."""
    family = {"cyclonedx-json": "cyclonedx", "spdx-json": "spdx2", "spdx3-json": "spdx3"}[document_format]
    _, version, tree = copy.deepcopy(FULL[family])
    change(tree)
    return state(document_format, version, tree)


def root_of(tree: Any) -> Any:
    if "@graph" in tree:
        return next(one for one in tree["@graph"] if one.get("spdxId") == "root")
    return tree["packages"][0] if "packages" in tree else tree["metadata"]["component"]


def put(**values: Any) -> Any:
    return lambda tree: root_of(tree).update(values)


def of_head(key: str, value: Any) -> Any:
    return lambda tree: tree.get("metadata", tree.get("creationInfo")).update({key: value})


PROPERTY = "bsi:component:"
NOT_SAID = [
    ("timestamp", "cyclonedx-json", of_head("timestamp", "2026-13-45T99:99:99Z")),
    ("timestamp", "spdx-json", of_head("created", "2026-02-30T00:00:00Z")),
    ("identifier", "cyclonedx-json", put(purl="not a purl")),
    ("identifier", "cyclonedx-json", put(purl="", cpe="openssl", swhid=["x"], omniborId=["gitoid:blob:sha1:1"])),
    ("identifier", "spdx-json", put(externalRefs=[{"referenceType": "purl", "referenceLocator": "bad"}])),
    ("identifier", "spdx-json", put(externalRefs=[{"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:b"}])),
    (
        "identifier",
        "spdx3-json",
        put(
            software_packageUrl="bad",
            externalIdentifier=[{"externalIdentifierType": "email", "identifier": "a@example.org"}],
        ),
    ),
    ("hash", "cyclonedx-json", put(hashes=[{"alg": "SHA-256", "content": ""}])),
    ("hash", "cyclonedx-json", put(hashes=[{"alg": "SHA-512", "content": "ab"}, {"alg": "MD5", "content": "z" * 32}])),
    ("hash", "spdx-json", put(checksums=[{"algorithm": "SHA1", "checksumValue": ""}])),
    ("hash", "spdx3-json", put(verifiedUsing=[{"algorithm": "sha256", "hashValue": "ab"}])),
    ("producer", "spdx-json", put(originator="Person: NOASSERTION")),
    ("producer", "cyclonedx-json", put(manufacturer={"name": "NOASSERTION"})),
    ("context", "spdx-json", of_head("comment", "This SBOM was not made in Build, cost: Source unknown")),
    ("context", "cyclonedx-json", of_head("lifecycles", [{"phase": "banana"}])),
    ("author-contact", "cyclonedx-json", lambda tree: tree["metadata"].pop("manufacturer")),
    *(
        (name, "cyclonedx-json", put(properties=[{"name": PROPERTY + name, "value": value}]))
        for name, value in (("executable", "maybe"), ("archive", "???"), ("structured", "x"))
    ),
]


@pytest.mark.parametrize(("fact", "document_format", "change"), NOT_SAID)
def test_what_no_value_of_the_field_can_be_is_not_said(fact: str, document_format: str, change: Any) -> None:
    statement = said(document_format, change)
    if fact in DOCUMENT:
        assert not DOCUMENT[fact].holds(statement)
    else:
        assert statement.package is not None
        assert not COMPONENTS[fact].holds(statement.package)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-01-01T00:00:00Z", True),
        ("2024-02-29T23:59:60.123+05:30", True),  # a leap second
        ("2026-01-01T00:00:00", False),
        ("2026-01-01 00:00:00Z", False),
        ("2026-01-01T00:00:61Z", False),
        ("2026-01-01T24:00:00Z", False),
        ("0000-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00+24:00", False),
        ("٢٠٢٦-01-01T00:00:00Z", False),
    ],
)
def test_times(text: str, good: bool) -> None:
    assert values.is_time(text) is good


@pytest.mark.parametrize(
    ("word", "value", "name"),
    [
        ("SHA-256", "A" * 64, "sha256"),
        ("SHA3-512", "a" * 128, "sha3512"),
        ("BLAKE2b-256", "a" * 64, "blake2b256"),
        ("BLAKE3", "ab", "blake3"),  # of any length
        ("SHA-256", "a" * 63, ""),
        ("SHA1", "a" * 40, "sha1"),
        ("", "a" * 40, ""),
        ("MD5", "a" * 31 + "g", ""),
    ],
)
def test_hashes(word: str, value: str, name: str) -> None:
    assert values.hashed(word, value) == name


@pytest.mark.parametrize(
    ("kind", "text", "good"),
    [
        ("cpe", "cpe:2.3:a:openssl:openssl:3.0.0:*:*:*:*:*:*:*", True),
        ("cpe", r"cpe:2.3:a:a\:b:c:1:*:*:*:*:*:*:*", True),
        ("cpe", "cpe:/a:openssl:openssl:3.0.0", True),
        ("cpe", "cpe:2.3:a:openssl:openssl", False),
        ("swhid", f"swh:1:dir:{'a' * 40};origin=https://example.org", True),
        ("swhid", "swh:1:dir:aa", False),
        ("gitoid", f"gitoid:blob:sha256:{'a' * 64}", True),
        ("purl", "pkg:npm/%40a/b@1", True),
        ("purl", "pkg:npm/", False),
        ("", "a SWID tag is any text", True),
    ],
)
def test_identifiers(kind: str, text: str, good: bool) -> None:
    assert bool(values.identifier(kind, text)) is good


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("SBOM type: Analyzed. Made from a finished package, not at Build.", ("Analyzed",)),
        ("SBOM type: Source, Analyzed. Made from a lock file.", ("Source", "Analyzed")),
        ("SBOM Build", ("Build",)),
        ("Build SBOM", ("Build",)),
        ("sbom type: build", ("Build",)),
        ("A line.\nGeneration context: Design and Source\nanother", ("Design", "Source")),
        ("Runtime", ("Runtime",)),
        ("This SBOM was not made in Build", ()),
        ("Built from Source", ()),
        ("", ()),
    ],
)
def test_types_of_sbom_in_a_comment(comment: str, found: tuple[str, ...]) -> None:
    assert values.stages(comment) == found


@pytest.mark.parametrize(
    ("aggregate", "entry", "holds"),
    [("unknown", False, True), ("not_specified", False, True), ("complete", False, False), ("complete", True, True)],
)
def test_that_nothing_is_known_is_said_by_a_composition_too(aggregate: str, entry: bool, holds: bool) -> None:
    _, version, tree = copy.deepcopy(FULL["cyclonedx"])
    tree["dependencies"] = [{"ref": PURL}] if entry else []
    tree["compositions"] = [{"aggregate": aggregate, "dependencies": [PURL]}]
    package = state("cyclonedx-json", version, tree).package
    assert package is not None
    assert COMPONENTS["dependencies"].holds(package) is holds


@pytest.mark.parametrize("family", sorted(FULL))
@pytest.mark.parametrize("name", [*DOCUMENT, *COMPONENTS])
def test_a_document_of_others_is_told_a_field_of_its_format_and_ours_an_option(family: Any, name: str) -> None:
    place_ = place(name, family)
    assert place_
    assert not {"cf-sbom", "generate", "info/", "recipe"} & set(place_.split())


def test_what_is_to_be_done_depends_on_who_made_the_document() -> None:
    for tool, fixes in (("tool", ("component.supplier",)), ("cf-sbom", ('generate --supplier "NAME <email or URL>"',))):
        tree = without(FULL["cyclonedx"][2])
        del tree["metadata"]["component"]["supplier"]
        tree["metadata"]["tools"]["components"][0]["name"] = tool
        found = {v.element.name: v for v in judge(PROFILES["ntia-2021"], state("cyclonedx-json", "1.6", tree)).verdicts}
        assert found["supplier"].fixes == fixes


def keys(node: Any) -> set[str]:
    if isinstance(node, dict):
        return {*node, *(key for value in node.values() for key in keys(value))}
    return {key for value in node for key in keys(value)} if isinstance(node, list) else set()


words = st.sampled_from(sorted({key for _, _, tree in FULL.values() for key in keys(tree)}))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | words
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4), max_leaves=30
)


@given(tree=trees, family=st.sampled_from(sorted(FULL)))
def test_no_tree_of_any_shape_is_too_much(tree: Any, family: str) -> None:
    document_format, version, _ = FULL[family]
    for profile in PROFILES.values():
        judge(profile, state(document_format, version, tree))


@given(data=st.data(), family=st.sampled_from(sorted(FULL)))
def test_nor_a_document_with_anything_in_any_place(data: st.DataObject, family: str) -> None:
    document_format, version, tree = FULL[family]
    mutant = without(tree)
    node: Any = mutant
    while True:
        options = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(options))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
            continue
        node[key] = data.draw(trees)
        break
    for profile in PROFILES.values():
        judge(profile, state(document_format, version, mutant))


def test_circles_and_depth_are_walked_once() -> None:
    deep: Any = {"type": "library", "name": "x"}
    for _ in range(50_000):
        deep = {"type": "library", "name": "x", "components": [deep]}
    assert len(state("cyclonedx-json", "1.6", {"metadata": {"component": deep}}).components) == 50_001
    ring = [("SPDXRef-DOCUMENT", "DESCRIBES", "a"), ("a", "CONTAINS", "b"), ("b", "CONTAINS", "a")]
    tree = {
        "packages": [{"SPDXID": "a", "name": "a"}, {"SPDXID": "b", "name": "b"}],
        "relationships": [{"spdxElementId": x, "relationshipType": k, "relatedSpdxElement": y} for x, k, y in ring],
    }
    assert [one.role for one in state("spdx-json", "2.3", tree).components] == ["package", "part"]
