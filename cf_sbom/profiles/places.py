"""Where each family of formats says each fact: what the maker of a document that is not ours can fill in.

Sources: CycloneDX 1.7; SPDX 2.3, with Annex L of 2.3.1 for the elements of CISA 2026; SPDX 3.0.1; BSI TR-03183-2
v2.1.0 for where its fields stand.
"""

from __future__ import annotations

from typing import Final

from cf_sbom.assertions import Family

NOWHERE: Final = "no field of the format says it"
_FAMILIES: tuple[Family, ...] = ("cyclonedx", "spdx2", "spdx3")
_CDX_MAKER, _CDX_BSI = "component.manufacturer", "component.properties: bsi:component:"
_PACKAGE3, _FILE3 = "software_Package", "software_File that hasDistributionArtifact leads to"
_NOTE2, _NOTE3 = "package.annotations", "Annotation"

_PLACES: dict[str, tuple[str, str, str]] = {
    # of documents
    "author": (
        "metadata.authors or metadata.manufacturer",
        "creationInfo.creators: Person or Organization",
        "CreationInfo.createdBy: Person or Organization",
    ),
    "author-contact": (
        "metadata.manufacturer.contact[].email or metadata.manufacturer.url",
        "creationInfo.creators: Person or Organization: NAME (email)",
        "CreationInfo.createdBy with an externalIdentifier of type email or urlScheme",
    ),
    "signature": ("signature (JSF)", "", ""),
    "format-name": ("bomFormat", "spdxVersion", "@context"),
    "format-version": ("specVersion", "spdxVersion", "CreationInfo.specVersion"),
    "bsi-format": ("write CycloneDX 1.6 or newer", "write SPDX 3.0.1 or CycloneDX 1.6", "write SPDX 3.0.1 or newer"),
    "context": (
        "metadata.lifecycles[].phase",
        "creationInfo.comment: SBOM type: Design, Source, Build, Analyzed, Deployed or Runtime",
        "software_Sbom.software_sbomType",
    ),
    "timestamp": ("metadata.timestamp", "creationInfo.created", "CreationInfo.created"),
    "tool-name": ("metadata.tools", "creationInfo.creators: Tool: NAME-VERSION", "CreationInfo.createdUsing"),
    "tool-version": (
        "metadata.tools.components[].version",
        "creationInfo.creators: Tool: NAME-VERSION",
        "CreationInfo.createdUsing: a Tool called NAME-VERSION",
    ),
    "sbom-version": ("serialNumber and version", "documentNamespace", "SpdxDocument.spdxId"),
    "sbom-uri": ("serialNumber", "documentNamespace", "SpdxDocument.spdxId"),
    "primary-component": ("metadata.component", "a relationship DESCRIBES", "SpdxDocument.rootElement"),
    "relationships": (
        "dependencies: an entry for metadata.component",
        "relationships DEPENDS_ON of the package, to NONE or NOASSERTION too",
        "Relationship dependsOn of the package, with its completeness",
    ),
    "contents": (
        "compositions: assemblies with metadata.component",
        "relationships CONTAINS of the package, to NONE or NOASSERTION too",
        "Relationship contains of the package, with its completeness",
    ),
    "coverage": ("", "", ""),
    "no-vulnerabilities": ("vulnerabilities: leave it out", "", "security_Vulnerability: leave it out"),
    # of components
    "name": ("component.name", "package.name", f"{_PACKAGE3}.name"),
    "version": ("component.version", "package.versionInfo", f"{_PACKAGE3}.software_packageVersion"),
    "identifier": (
        "component.purl, cpe, swid, swhid or omniborId",
        "package.externalRefs: purl, cpe23Type, swid, swh or gitoid",
        f"{_PACKAGE3}.software_packageUrl or externalIdentifier",
    ),
    "purl": ("component.purl", "package.externalRefs: purl", f"{_PACKAGE3}.software_packageUrl"),
    "supplier": ("component.supplier", "package.supplier", f"{_PACKAGE3}.suppliedBy"),
    "producer": (_CDX_MAKER, "package.originator", f"{_PACKAGE3}.originatedBy"),
    "producer-contact": (
        f"{_CDX_MAKER}.contact[].email or {_CDX_MAKER}.url",
        "package.originator: NAME (email)",
        f"{_PACKAGE3}.originatedBy with an externalIdentifier of type email or urlScheme",
    ),
    "hash": ("component.hashes[].content", "package.checksums: checksumValue", f"{_PACKAGE3}.verifiedUsing: hashValue"),
    "hash-algorithm": (
        "component.hashes[].alg",
        "package.checksums: algorithm",
        f"{_PACKAGE3}.verifiedUsing: algorithm",
    ),
    "sha256": ("component.hashes: SHA-256", "package.checksums: SHA256", f"{_PACKAGE3}.verifiedUsing: sha256"),
    "artifact-sha512": (
        "component.externalReferences of type distribution: hashes: SHA-512",
        "package.checksums: SHA512, beside packageFileName",
        f"{_FILE3}: verifiedUsing: sha512",
    ),
    "license": (
        "component.licenses",
        "package.licenseDeclared or licenseConcluded",
        "Relationship hasDeclaredLicense or hasConcludedLicense",
    ),
    "license-declared": (
        "component.licenses with acknowledgement declared",
        "package.licenseDeclared",
        "Relationship hasDeclaredLicense",
    ),
    "license-concluded": (
        "component.licenses with acknowledgement concluded",
        "package.licenseConcluded",
        "Relationship hasConcludedLicense",
    ),
    "license-expression": (
        "component.licenses: id or expression",
        "package.licenseDeclared",
        "simplelicensing_LicenseExpression",
    ),
    "copyright": ("component.copyright", "package.copyrightText", f"{_PACKAGE3}.software_copyrightText"),
    "dependencies": (
        "dependencies: an entry for each component, an empty one too; compositions with aggregate unknown",
        "relationships DEPENDS_ON, to NONE or NOASSERTION too",
        "Relationship dependsOn, to none or with completeness noAssertion too",
    ),
    "completeness": (
        "compositions: dependencies, beside an entry in dependencies",
        "relationships DEPENDS_ON to NONE or NOASSERTION",
        "Relationship dependsOn: completeness",
    ),
    "filename": (f"{_CDX_BSI}filename", "package.packageFileName", f"{_FILE3}: name"),
    "executable": (f"{_CDX_BSI}executable: executable or non-executable", "", f"{_FILE3}: software_additionalPurpose"),
    "archive": (f"{_CDX_BSI}archive: archive or no archive", "", f"{_FILE3}: software_additionalPurpose"),
    "structured": (f"{_CDX_BSI}structured: structured or unstructured", "", f"{_FILE3}: software_additionalPurpose"),
    "source": (
        "component.externalReferences of type source-distribution or vcs",
        "package.sourceInfo, or a relationship GENERATED_FROM",
        f"{_PACKAGE3}.externalRef of type sourceArtifact or vcs",
    ),
    "source-hash": (
        "component.externalReferences of type source-distribution: hashes",
        "checksums of the package that GENERATED_FROM leads to",
        "verifiedUsing of what generates the package",
    ),
    "source-sha512": (
        "component.externalReferences of type source-distribution: hashes: SHA-512",
        "checksums: SHA512 of the package that GENERATED_FROM leads to",
        "verifiedUsing: sha512 of what generates the package",
    ),
    "distribution": (
        "component.externalReferences of type distribution",
        "package.downloadLocation",
        f"{_PACKAGE3}.software_downloadLocation",
    ),
    "security": (
        "component.externalReferences of type rfc-9116",
        "",
        f"{_PACKAGE3}.externalRef of type securityOther",
    ),
    "evidence": ("component.evidence", "", ""),
    "conda-purl": (
        "component.purl: pkg:conda/NAME@VERSION?build=BUILD&subdir=SUBDIR",
        "package.externalRefs: purl: pkg:conda/NAME@VERSION?build=BUILD&subdir=SUBDIR",
        f"{_PACKAGE3}.software_packageUrl: pkg:conda/NAME@VERSION?build=BUILD&subdir=SUBDIR",
    ),
    "build": ("component.properties: conda:package:build", _NOTE2, _NOTE3),
    "subdir": ("component.properties: conda:package:subdir", _NOTE2, _NOTE3),
    "channel": ("component.properties: conda:package:channel", _NOTE2, _NOTE3),
}
"""By the name of the fact, in the order of _FAMILIES."""


def place(fact: str, family: Family) -> str:
    """What to fill in, or that there is nothing to."""
    return _PLACES[fact][_FAMILIES.index(family)] or NOWHERE
