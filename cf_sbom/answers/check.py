"""`check`: what profiles, a policy and licence texts make of one document or package.

Knows how these are brought together, and what counts as no. A package is judged by the CycloneDX document that would be
made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from cf_sbom.assertions import Statement, state
from cf_sbom.documents import Opened, document_bytes, open_document, read_opened
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.inventories import is_document, without_losses
from cf_sbom.license_texts import Comparison, Payload, Tell, compare
from cf_sbom.limits import Limits
from cf_sbom.model import Sbom, Text
from cf_sbom.plugins import Registry
from cf_sbom.policies import Policy
from cf_sbom.policies.judging import Breach, Rule, breaches, demanded
from cf_sbom.profiles import Judged, judge
from cf_sbom.profiles.tables import DEFAULT, PROFILES

_OF_PACKAGES = (("cyclonedx-json", ""),)
_OWN = Limits(document_size=1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked of each target. tell: licence texts are compared, by this judgement."""

    profiles: tuple[str, ...] = ()
    policy: Policy | None = None
    tell: Tell | None = None

    @property
    def deciding(self) -> tuple[str, ...]:
        """The profiles that must apply and whose required elements must be met: those that are asked for by name;
        without any, and without a policy, the usual ones."""
        return self.profiles or (DEFAULT if self.policy is None else ())

    @property
    def judged(self) -> tuple[str, ...]:
        """All profiles that are looked at: also those that the policy has demands of."""
        demands = (name for name, _ in self.policy.profiles) if self.policy else ()
        return tuple(dict.fromkeys((*self.deciding, *demands)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one target. unreached: how many packages no relation leads to; deciding: the names of profiles
    that decide; rules: what the policy demands."""

    target: Path
    format: str
    version: str
    package: str
    unreached: int
    judged: tuple[Judged, ...]
    deciding: tuple[str, ...]
    rules: tuple[Rule, ...]
    breaches: tuple[Breach, ...]
    licenses: Comparison | None

    @property
    def holds(self) -> bool:
        """Whether nothing says no: a profile that decides, the policy, or a difference of licences."""
        differs = self.licenses is not None and bool(self.licenses.differences)
        met = all(one.holds for one in self.judged if one.profile.name in self.deciding)
        return met and not self.breaches and not differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A target that could not be read: it was judged by nothing."""

    target: Path
    reason: str


def check(target: Path, questions: Questions, options: Options, registry: Registry) -> Answer:
    """Judge one document or package. Raises TargetError or DocumentError, which name it."""
    payload = Payload()
    is_read = is_document(target, registry)
    if is_read:
        opened, sbom = _document(target, options.limits)
    else:
        if questions.tell:
            registry = replace(registry, extractors=(*registry.extractors, payload.extractor()))
        opened, sbom = _package(target, options, registry)
    statement = state(opened.format, opened.version, opened.tree)
    judged = tuple(judge(PROFILES[name], statement) for name in questions.judged)
    policy = questions.policy or Policy()
    attached = _attached(opened, statement) if is_read else {}  # of a package the texts themselves are at hand
    return Answer(
        target=target,
        format=opened.format,
        version=opened.version,
        package=statement.package.title if statement.package else "",
        unreached=statement.unreached,
        judged=judged,
        deciding=questions.deciding,
        rules=tuple(demanded(policy)),
        breaches=tuple(breaches(policy, without_losses(sbom, registry), statement, judged)),
        licenses=compare(sbom, questions.tell, attached, payload) if questions.tell else None,
    )


def _attached(opened: Opened, statement: Statement) -> dict[str, tuple[Text, ...]]:
    """Licence texts that stand in the licences of a document, by the purl of the component."""
    return {
        one.purl: tuple(
            Text(path=f"{opened.format}: licenses of {one.title}: text {number}", media_type="text/plain", data=data)
            for number, data in enumerate(one.license_texts, 1)
        )
        for one in statement.components
        if one.purl and one.license_texts
    }


def _document(path: Path, limits: Limits) -> tuple[Opened, Sbom]:
    try:
        opened = open_document(document_bytes(path, limits), limits)
        return opened, read_opened(opened, limits).sbom()
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error}") from None


def _package(path: Path, options: Options, registry: Registry) -> tuple[Opened, Sbom]:
    wanted = replace(options, outputs=_OF_PACKAGES)
    try:
        description = describe(path, wanted, registry)
    except TargetError as error:
        raise TargetError(f"{path.name or path}: {error}") from error
    (document,) = render(description, wanted, registry)
    return open_document(document.data, _OWN, lambda data, limits: orjson.loads(data)), description.sbom
