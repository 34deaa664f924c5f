"""The profiles: which elements each asks for, of what, and what a format cannot say.

Sources: CISA, Minimum Elements for an SBOM (2026), with the mapping of SPDX 2.3.1 Annex L; NTIA, The Minimum Elements
For an SBOM (2021); BSI TR-03183-2 v2.1.0 (2025-08-20); CISA, Framing Software Component Transparency, third edition
(2024), minimum expected; `conda` is our own.
"""

from __future__ import annotations

from collections.abc import Mapping

from cf_sbom.assertions import ROLES, Family, Role
from cf_sbom.profiles import Element, Level, Profile
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT, is_conda

_OWN: tuple[Role, ...] = ("package",)
_DELIVERED: tuple[Role, ...] = ("package", "part")
_SIGNED_BESIDE = "a signature beside the document is none of its words; cf-sbom verify looks for one"
_BSI_SPDX2: Mapping[Family, str] = {
    "spdx2": "BSI TR-03183-2 v2.1.0 takes CycloneDX from 1.6 and SPDX from 3.0.1 on; no SPDX 2 conforms"
}
_NO_TYPE: Mapping[Family, str] = {"spdx2": "SPDX 2 has no field for the type of an SBOM; a comment is none"}
_NO_FIELD: Mapping[Family, str] = {"spdx2": "SPDX 2 has no field for it"}


def _of_document(
    name: str, level: Level = "required", fact: str = "", unfit: Mapping[Family, str] | None = None, aside: str = ""
) -> Element:
    return Element(name=name, fact=DOCUMENT[fact or name], level=level, unfit=unfit or {}, aside=aside)


def _of(
    roles: tuple[Role, ...],
    name: str,
    level: Level = "required",
    fact: str = "",
    unfit: Mapping[Family, str] | None = None,
) -> Element:
    return Element(name=name, fact=COMPONENTS[fact or name], level=level, roles=roles, unfit=unfit or {})


CISA = Profile(
    name="cisa-2026",
    title="CISA, Minimum Elements for a Software Bill of Materials (2026)",
    source="the 17 elements, as SPDX 2.3.1 Annex L lists and maps them",
    elements=(
        _of_document("author"),
        _of_document("author-signature", fact="signature", aside=_SIGNED_BESIDE),
        _of_document("format-name"),
        _of_document("format-version"),
        _of_document("context"),
        _of_document("timestamp"),
        _of_document("tool-name"),
        _of_document("tool-version"),
        _of_document("sbom-version"),
        _of(ROLES, "producer"),
        _of(ROLES, "name"),
        _of(ROLES, "version"),
        _of(ROLES, "identifier"),
        _of(ROLES, "hash-value", fact="hash"),
        _of(ROLES, "hash-algorithm"),
        _of(ROLES, "license"),
        _of(ROLES, "dependencies"),
    ),
)
NTIA = Profile(
    name="ntia-2021",
    title="NTIA, The Minimum Elements For a Software Bill of Materials (2021)",
    source="the seven data fields",
    elements=(
        _of(ROLES, "supplier"),
        _of(ROLES, "name"),
        _of(ROLES, "version"),
        _of(ROLES, "identifier"),
        _of_document("relationships"),
        _of_document("author"),
        _of_document("timestamp"),
    ),
)
FSCT = Profile(
    name="fsct-3",
    title="CISA, Framing Software Component Transparency, third edition (2024)",
    source="the baseline attributes, at the level minimum expected",
    elements=(
        _of_document("author"),
        _of_document("timestamp"),
        _of_document("type", fact="context", unfit=_NO_TYPE),
        _of_document("primary-component"),
        _of(ROLES, "name"),
        _of(ROLES, "version"),
        _of(ROLES, "supplier"),
        _of(ROLES, "identifier"),
        _of(_DELIVERED, "hash"),
        _of(ROLES, "relationships", fact="completeness"),
        _of(_DELIVERED, "license"),
        _of(_DELIVERED, "copyright"),
    ),
)
BSI = Profile(
    name="bsi-tr-03183-2-2.1",
    title="BSI TR-03183-2, version 2.1.0 (2025)",
    source="the data fields; components outside the delivery need only be identified",
    elements=(
        _of_document("format", fact="bsi-format", unfit=_BSI_SPDX2),
        _of_document("creator", fact="author-contact"),
        _of_document("timestamp"),
        _of_document("no-vulnerabilities"),
        _of(ROLES, "component-creator", fact="producer-contact"),
        _of(ROLES, "name"),
        _of(ROLES, "version"),
        _of(_DELIVERED, "dependencies", fact="completeness"),
        _of(_DELIVERED, "distribution-license", fact="license-concluded"),
        _of(_OWN, "filename"),
        _of(_OWN, "hash", fact="artifact-sha512"),
        _of(_OWN, "executable", unfit=_NO_FIELD),
        _of(_OWN, "archive", unfit=_NO_FIELD),
        _of(_OWN, "structured", unfit=_NO_FIELD),
        _of_document("sbom-uri", "additional"),
        _of(_DELIVERED, "source-uri", "additional", fact="source"),
        _of(_OWN, "deployable-uri", "additional", fact="distribution"),
        _of(ROLES, "identifier", "additional"),
        _of(_DELIVERED, "original-license", "additional", fact="license-declared"),
        _of(_OWN, "source-hash", "optional", fact="source-sha512"),
        _of(_OWN, "security", "optional"),
    ),
)
CONDA = Profile(
    name="conda",
    title="What a good document of a conda package says",
    source="cf-sbom's own",
    applies=is_conda,
    otherwise="the document speaks of no conda package",
    elements=(
        _of_document("tool-name"),
        _of_document("tool-version"),
        _of_document("timestamp"),
        _of_document("context"),
        _of_document("sbom-version"),
        _of(_OWN, "purl", fact="conda-purl"),
        _of(_OWN, "version"),
        _of(_OWN, "build"),
        _of(_OWN, "subdir"),
        _of(_OWN, "filename"),
        _of(_OWN, "sha256"),
        _of(_OWN, "license", fact="license-expression"),
        _of(_OWN, "dependencies"),
        _of(_OWN, "completeness"),
        _of_document("contents"),
        _of_document("coverage"),
        _of(("part", "dependency"), "evidence"),
        _of(_OWN, "source", "additional"),
        _of(_OWN, "source-hash", "additional"),
        _of(_OWN, "channel", "additional"),
        _of(_OWN, "supplier", "additional"),
        _of(("part", "dependency"), "identifier", "additional"),
        _of(("part",), "part-license", "additional", fact="license"),
        _of_document("author", "additional"),
    ),
)
PROFILES: dict[str, Profile] = {one.name: one for one in (CISA, NTIA, BSI, FSCT, CONDA)}
"""By the names that --profile takes."""
DEFAULT = ("conda",)
"""Those that decide where none is named: what a document of a conda package can say out of the box."""
