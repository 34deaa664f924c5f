"""Documents inside the package: a new .conda or .tar.bz2 with everything of the old one and share/sbom/... besides.

Knows what may stand in the way of that: signatures beside the package, documents of others inside it. repacking.py
writes the package, writing.py puts it in its place when it is whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cf_sbom.embedded import INFO_FOLDER, SUFFIXES, may_be_inside, place_inside
from cf_sbom.errors import AttachError, TargetError
from cf_sbom.hookspecs import Attacher, Options, hookimpl
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.packing.containers import BZ2, ZIP, open_regular
from cf_sbom.packing.repacking import Survey, plan, repack, survey
from cf_sbom.writing import ours_or_absent, replacing

SIGNED = {
    ".sig": "a detached signature",
    ".sign": "a detached signature",
    ".asc": "an OpenPGP signature",
    ".gpg": "an OpenPGP signature",
    ".minisig": "a minisign signature",
    ".p7s": "a PKCS #7 signature",
    ".sigstore": "a Sigstore bundle",
    ".sigstore.json": "a Sigstore bundle",
    ".bundle": "a cosign bundle",
    ".cosign.bundle": "a cosign bundle",
    ".intoto.jsonl": "in-toto attestations",
    ".intoto.json": "an in-toto attestation",
    ".attestation": "an attestation",
    ".attestation.json": "an attestation",
    ".attestations.json": "attestations",
    ".publish.attestation": "a publish attestation (CEP 27, as PEP 740 names it)",
    ".provenance": "a provenance attestation",
    ".provenance.json": "a provenance attestation",
    ".slsa.json": "a provenance attestation",
}
"""What beside a package speaks of its bytes and would be wrong of new ones, by the end of its name: also of what was
signed for a format (`.cdx.sigstore.json`) or for a checksum (`.sha256.asc`). Checksums alone are no promise of anybody
and are not in the list."""
_SIGNED_ANYHOW = re.compile(r"\.(?:attestations?|att|dsse|sigstore|intoto|sig|provenance)(?:\.|$)", re.IGNORECASE)


@hookimpl
def cf_sbom_attachers() -> Iterable[Attacher]:
    yield Attacher(name="package", attach=attach, doc="inside the package, share/sbom/ (cf-sbom embed)")


def attach(target: Path, document: Document, options: Options) -> Path:
    """Put one document into a package; those of ours in other formats stay. Returns where the new package is."""
    with Opened(target, options.limits) as package:
        place = place_of(target, options)
        package.refuse_signed(place, force=options.force)
        documents = {place_inside(package.stem, document.suffix): document.data}
        without = package.earlier((document.suffix,)) | package.in_place_of(documents, force=options.force)
        return package.write(place, documents, without)


def place_of(target: Path, options: Options) -> Path:
    """Where the new package goes: in the place of the old one, or under its name in --output-dir."""
    return target.resolve() if options.output_dir is None else options.output_dir / target.name


class Opened:
    """A package that is going to get documents, read once. Raises TargetError for what is no .conda or .tar.bz2 file,
    is damaged, or could be read in two ways."""

    def __init__(self, target: Path, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        if target.is_dir():
            raise TargetError("a folder; documents are put into .conda and .tar.bz2 files")
        self._file = open_regular(target)
        try:
            self._status = os.fstat(self._file.fileno())
            if not self._file.read(4).startswith((ZIP, BZ2)):
                raise TargetError("not a conda package: neither a .conda (zip) nor a .tar.bz2 file")
            self.found: Survey = survey(self._file, self._status.st_size, limits, may_be_inside)
            self.stem = self.found.stem
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def refuse_signed(self, place: Path, *, force: bool) -> None:
        """Raise AttachError where something beside the package, or the place of the new one, vouches for old bytes."""
        signed = sorted({*_signatures(self._target.resolve()), *_signatures(place)})
        if signed and not force:
            raise AttachError(
                f"{signed[0]} stands beside it and would no longer hold; embed before signing, or use --force"
            )

    def earlier(self, suffixes: Iterable[str]) -> frozenset[str]:
        """The documents of ours in the package that are about it and have one of these suffixes. Where the build string
        was not known yet when one was made, its name has none."""
        stems = (self.stem, self.stem.rpartition("-")[0])
        wanted = {place_inside(stem, s, in_info=i) for stem in stems for s in suffixes for i in (False, True)}
        return frozenset(wanted & self.found.ours)

    def in_place_of(self, documents: Iterable[str], *, force: bool) -> frozenset[str]:
        """What else lies at the paths of new documents. Raises AttachError unless that may be overwritten."""
        others = frozenset(documents) & self.found.kinds.keys() - self.found.ours
        if others and not force:
            raise AttachError(f"{min(others)} in the package was not made by cf-sbom; --force replaces it")
        return others

    def write(self, place: Path, documents: Mapping[str, bytes], without: frozenset[str]) -> Path:
        """The new package, with documents by their paths and without some members. Raises TargetError and AttachError;
        then the old one, and what is at the place, stay as they are."""
        info = {path: data for path, data in documents.items() if path.startswith(f"{INFO_FOLDER}/")}
        payload = {path: data for path, data in documents.items() if path not in info}
        wanted = plan(self.found, without, payload, info, self._limits)
        with replacing(place, mode=self._status.st_mode, durable=True) as new:
            repack(self._file, self._status.st_size, new, wanted, self._limits)
            now = self._target.stat()
            if (now.st_ino, now.st_size, now.st_mtime_ns) != _identity(self._status):
                raise TargetError("the file changed while it was read; run again when nobody writes to it")
        return place


def stale(target: Path) -> Iterator[Path]:
    """Sidecars of ours that speak of the package as it was, once it was replaced."""
    for suffix in SUFFIXES:
        sidecar = target.with_name(f"{target.name}{suffix}")
        if sidecar.is_file() and ours_or_absent(sidecar):
            yield sidecar


def _signatures(target: Path) -> Iterator[str]:
    if not target.parent.is_dir():
        return
    for path in target.parent.iterdir():
        end = path.name.removeprefix(target.name).lower()
        if path.name.startswith(f"{target.name}.") and (end.endswith(tuple(SIGNED)) or _SIGNED_ANYHOW.search(end)):
            yield path.name


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
