"""The note `.note.package` of a binary -> the package of a distribution that it says it was built for.

Knows "Package Metadata for Executable Files" of the UAPI group (systemd): JSON with the type of the package, the name
and version of its source package, and the system. Fedora, Ubuntu and others write it into all they build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cf_sbom.fields import Fields, Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json

# How a purl says that a source package is meant; the types of which purl-spec wants the system as a namespace.
_SOURCE = {"deb": "source", "rpm": "src"}
_SYSTEM = re.compile(r"cpe:(?:/|2\.3:)o:[^:]{1,64}:([A-Za-z0-9_.-]{1,64})(?::.*)?", re.DOTALL)
_KIND = re.compile(r"[a-z][a-z0-9.-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageNote:
    """kind is the type of the package, such as rpm; name and version are those of its source package; system is that
    of the distribution, such as fedora, or ""."""

    kind: str
    name: str
    version: str
    system: str

    @property
    def is_registered(self) -> bool:
        """Whether it is known how a purl names such a package."""
        return self.kind in _SOURCE and bool(self.system)

    @property
    def qualifiers(self) -> tuple[tuple[str, str], ...]:
        return (("arch", _SOURCE[self.kind]),) if self.kind in _SOURCE else ()


def read_note(text: str, limits: Limits, remark: Remark) -> PackageNote | None:
    """What the note names; None where it names nothing, or a conda package, of which this is the SBOM."""
    try:
        fields = Fields(parse_json(text.encode(), limits), limits, remark)
    except ParseError as error:
        remark(str(error))
        return None
    kind, name = fields.text("type").lower(), fields.text("name")
    if not name or not _KIND.fullmatch(kind) or kind == "conda":
        return None
    by_cpe = _SYSTEM.fullmatch(fields.text("osCpe"))
    system = fields.text("os") or (by_cpe[1] if by_cpe else "")
    return PackageNote(kind=kind, name=name, version=fields.text("version"), system=system.lower())
