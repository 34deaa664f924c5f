"""Do documents and package belong together? Every document that speaks of a package, and why it is refused, if it is.

Knows where documents are: beside the package, inside it, in statements about it, in OCI layouts. What one of them is
worth against the package is judging.py's question, who signed it that of signatures.py and keyless.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

import orjson

from cf_sbom.documents import document_bytes
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Subject
from cf_sbom.oci import IN_TOTO
from cf_sbom.oci.layouts import is_layout, read_layout
from cf_sbom.plugins import Registry
from cf_sbom.signing.keyless import check_bundle
from cf_sbom.signing.signatures import Checked, PublicKey, check_signatures
from cf_sbom.signing.statements import PAYLOAD, STATEMENT, Envelope, Statement, read_envelopes, read_statement
from cf_sbom.verifying.judging import Agreement, Judgement, Package, judge

Kind: TypeAlias = Literal["sidecar", "embedded", "statement", "layout"]

STATEMENTS = (".intoto.jsonl", ".intoto.json", ".sigstore.json", ".sigstore.jsonl")
_SIGNS = (b'"payload"', b'"payloadType"', b'"signatures"', b'"_type"', b'"dsseEnvelope"', b"dev.sigstore.bundle")
_START = 256
_NOT_CHECKED = "the signature (--key PUBLIC-KEY checks it, --identity that of sigstore)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signatures count: keys, and an identity of sigstore with who vouches for it."""

    keys: tuple[PublicKey, ...] = ()
    identity: str = ""
    issuer: str = ""

    @property
    def wanted(self) -> bool:
        return bool(self.keys or self.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said of one document at a place. It is refused where a reason for that is given. signer is the name of
    the key or the identity that signed it; signed says whether it bears a signature at all."""

    place: str
    kind: Kind
    format: str = ""
    version: str = ""
    agreement: Agreement = ""
    signed: bool = False
    signer: str = ""
    refusals: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The package and an answer for each document. missing: what had to be there and is not. passed_over: statements of
    other things than SBOMs."""

    subject: Subject
    answers: tuple[Answer, ...]
    missing: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.missing and all(answer.ok for answer in self.answers)


def verify(
    target: Path, options: Options, registry: Registry, trust: Trust, documents: Iterable[Path] = ()
) -> Verification:
    """Hold documents against a package: those that are named, else all that lie beside it and inside it. options are
    those by which they were made, as far as the documents themselves do not show them.

    Raises TargetError where the package cannot be read, SettingsError where a library for signatures is missing.
    """
    run = _Run(Package(target, options, registry), trust)
    subject = run.package.subject
    named = tuple(documents)
    if named:
        for path in named:
            run.path(path)
    else:
        run.beside(options.output_dir or target.resolve().parent)
        run.inside()
    missing = []
    if not run.answers:
        where = "in what was named" if named else "beside the package or in it"
        missing.append(f"no document about the package is {where}")
    elif trust.wanted and not any(answer.signer for answer in run.answers) and all(a.ok for a in run.answers):
        missing.append("no statement about the package is signed by whom you trust")
    return Verification(
        subject=subject, answers=tuple(run.answers), missing=tuple(missing), passed_over=tuple(run.passed_over)
    )


@dataclass(slots=True)
class _Run:
    """One package, and what was found so far."""

    package: Package
    trust: Trust
    answers: list[Answer] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)

    @property
    def _limits(self) -> Limits:
        return self.package.options.limits

    def beside(self, folder: Path) -> None:
        """Sidecars in every format, then statements and bundles."""
        name = self.package.target.resolve().name
        suffixes = {emitter.suffix for emitter in self.package.registry.emitters}
        for suffix in sorted(suffixes):
            path = folder / f"{name}{suffix}"
            if path.exists():
                self._file(path, "sidecar")
        pattern = re.compile(rf"{re.escape(name)}(?:\.[a-z0-9]+)?(?:{'|'.join(map(re.escape, STATEMENTS))})")
        try:
            found = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
        except OSError as error:
            raise TargetError(f"the folder of the package cannot be read: {error.strerror}") from error
        for path in found:
            self._file(path, "statement")

    def inside(self) -> None:
        """Documents about the package that it holds itself."""
        for one in self.package.inside:
            self._document(one.path, "embedded", one.data)

    def path(self, path: Path) -> None:
        """A document, a file of statements, or an OCI layout."""
        if path.is_dir():
            self._layout(path)
        else:
            self._file(path, "statement" if path.name.endswith(STATEMENTS) else "sidecar")

    def _file(self, path: Path, kind: Kind) -> None:
        try:
            data = document_bytes(path, self._limits)
        except DocumentError as error:
            self._refuse(path.name, kind, str(error))
            return
        if kind == "sidecar" and any(sign in data[:_START] for sign in _SIGNS):
            kind = "statement"
        if kind == "statement":
            self._statements(path.name, kind, data)
        else:
            self._document(path.name, kind, data)

    def _layout(self, folder: Path) -> None:
        """What a layout attaches to the manifest of this very package."""
        if not is_layout(folder):
            self._refuse(folder.name, "layout", "a folder that is no OCI image layout")
            return
        try:
            attached = read_layout(folder, self._limits)
        except DocumentError as error:
            self._refuse(folder.name, "layout", str(error))
            return
        sha256 = self.package.sha256
        for one in attached:
            if not sha256 or one.package != sha256:
                continue
            place = f"{folder.name}: {one.title or one.manifest}"
            if one.artifact_type == IN_TOTO:
                self._statements(place, "layout", one.data)
            else:
                self._document(place, "layout", one.data)

    def _document(self, place: str, kind: Kind, data: bytes) -> None:
        found = judge(data, self.package, inside=kind == "embedded")
        self.answers.append(_answer(place, kind, found))

    def _statements(self, place: str, kind: Kind, data: bytes) -> None:
        try:
            envelopes = read_envelopes(data, self._limits)
        except DocumentError as error:
            self._refuse(place, kind, str(error))
            return
        for envelope in envelopes:
            where = f"{place}: {envelope.place}" if envelope.place else place
            answer = self._statement(where, kind, envelope)
            if answer is None:
                self.passed_over.append(where)
            else:
                self.answers.append(answer)

    def _statement(self, place: str, kind: Kind, envelope: Envelope) -> Answer | None:
        """The answer for one statement; None where it is about something else than an SBOM. What one of the keys has
        signed must be as it was, whatever it is about."""
        checked = self._checked(envelope)
        refusals = (checked.reason,) if checked.reason else ()
        answer = Answer(
            place=place, kind=kind, signed=bool(envelope.signatures), signer=checked.signer, refusals=refusals
        )
        try:
            if envelope.payload_type != PAYLOAD:
                raise DocumentError(f"the payload is {envelope.payload_type[:80]!r}, no in-toto statement")
            statement = read_statement(envelope.payload, self._limits)
        except DocumentError as error:
            return replace(answer, refusals=(str(error), *refusals))
        if not statement.about_sbom:
            return answer if checked.forged else None
        found = judge(orjson.dumps(statement.predicate), self.package)
        wrong = tuple(_wrong(statement, found, self.package))
        ignored = bool(envelope.signatures) and not self.trust.wanted
        return replace(
            _answer(place, kind, found),
            agreement="" if wrong or refusals else found.agreement,
            signed=answer.signed,
            signer=checked.signer,
            refusals=(*found.refusals, *wrong, *refusals),
            unchecked=(*found.unchecked, *((_NOT_CHECKED,) if ignored else ())),
        )

    def _checked(self, envelope: Envelope) -> Checked:
        """Who signed an envelope, or why no signature of it counts; neither where nobody asked."""
        trust = self.trust
        if not trust.wanted:
            return Checked()
        if not envelope.signatures:
            return Checked(reason="not signed")
        if trust.identity and envelope.certificate:
            reason = check_bundle(envelope.bundle, trust.identity, trust.issuer)
            return Checked(reason=reason) if reason else Checked(signer=trust.identity)
        return check_signatures(envelope, trust.keys)

    def _refuse(self, place: str, kind: Kind, reason: str) -> None:
        self.answers.append(Answer(place=place, kind=kind, refusals=(reason,)))


def _answer(place: str, kind: Kind, found: Judgement) -> Answer:
    return Answer(
        place=place,
        kind=kind,
        format=found.format,
        version=found.version,
        agreement=found.agreement,
        refusals=found.refusals,
        unchecked=found.unchecked,
    )


def _wrong(statement: Statement, found: Judgement, package: Package) -> Iterator[str]:
    """What is wrong with a statement besides its predicate: it has the form of CEP 27, one subject of name and
    sha256."""
    if statement.type != STATEMENT:
        yield f"statement: of the type {statement.type[:80]!r}, not {STATEMENT}"
    if len(statement.subjects) != 1:
        yield f"statement: {len(statement.subjects)} subjects; one is wanted (CEP 27)"
        return
    ((name, sha256),) = statement.subjects
    subject = package.subject
    if name not in (subject.filename, package.target.name):
        yield f"statement: of {name[:80]!r}, not of {subject.filename or package.target.name}"
    if sha256 != package.sha256:
        yield "statement: the sha256 of its subject is not that of the package"
    if found.format and not _suits(statement.predicate_type, found):
        yield f"statement: the predicate is {found.format} {found.version}, and called {statement.predicate_type}"


def _suits(predicate_type: str, found: Judgement) -> bool:
    """Whether a type names the format of a predicate, and its version where it names one."""
    kind, _, version = predicate_type.partition("/v")
    right = kind.endswith("/bom") == found.format.startswith("cyclonedx")
    return right and (f"{found.version}.".startswith(f"{version}.") if version else True)
