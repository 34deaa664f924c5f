"""Whether a value is what its field is for: a time, a hash, an identifier, a stage. What is not counts as not said.

Knows the forms of values, of no format in particular. Sources: RFC 3339; the algorithms that CycloneDX 1.7 and SPDX
3.0.1 list; purl-spec; the CPE specification 2.3; SWHID 1.2; OmniBOR; for the types of SBOM, SPDX 2.3.1, Annex L.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

from cf_sbom.identity.packages import canonical

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,18})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_HEX = re.compile(r"[0-9A-Fa-f]+")
_ALGORITHM = re.compile(r"[^a-z0-9]")
_DIGITS = {"md2": 32, "md4": 32, "md5": 32, "sha1": 40, "adler32": 8}
_BITS = re.compile(r"(?:sha|sha3|blake2b|streebog)(224|256|384|512)")
_FORMS = {
    "cpe": re.compile(r"cpe:(?:2\.3:[aho*-](?::(?:[^:\\]|\\.)+){10}|/[aho]:.+)", re.DOTALL),
    "swhid": re.compile(r"swh:1:(?:cnt|dir|rev|rel|snp):[0-9a-f]{40}(?:;.*)?", re.DOTALL),
    "gitoid": re.compile(r"gitoid:[a-z]+:sha(?:1:[0-9a-f]{40}|256:[0-9a-f]{64})"),
}
_LONGEST = 4000
STAGES = ("Design", "Source", "Build", "Analyzed", "Deployed", "Runtime")
_STAGE = f"(?:{'|'.join(STAGES)})"
_LEAD = r"(?:SBOM(?:[ -]type)?|Type of SBOM|Generation context)\s?:?\s?"
_STAGED = re.compile(rf"\s*(?:{_LEAD})?({_STAGE}(?:(?:,| and|, and)? {_STAGE}){{0,5}})(?: SBOM)?\s*", re.IGNORECASE)


def is_time(text: str) -> bool:
    """Whether a text is a moment of RFC 3339 that is in the calendar. A leap second is."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
    except ValueError:
        return False
    return second <= 60


def algorithm(word: str) -> str:
    """`SHA-256`, `SHA256` and `sha256` are one."""
    return _ALGORITHM.sub("", word.lower())


def hashed(word: str, value: str) -> str:
    """The algorithm, if the value can be a hash by it; otherwise ""."""
    name = algorithm(word)
    bits = _BITS.fullmatch(name)
    length = int(bits[1]) // 4 if bits else _DIGITS.get(name, 0)
    return name if name and _HEX.fullmatch(value) and length in (0, len(value)) else ""


def purl(text: str) -> str:
    """The text, if it is a purl; otherwise ""."""
    return text if canonical(text) else ""


def identifier(kind: str, text: str) -> str:
    """The text, if it is an identifier of the kind: purl, cpe, swhid or gitoid; of another any text is."""
    if kind == "purl":
        return purl(text)
    form = _FORMS.get(kind)
    return text if form is None or form.fullmatch(text[:_LONGEST]) else ""


def stages(comment: str) -> tuple[str, ...]:
    """The types of SBOM that a comment states: a sentence or a line of it that names them and nothing else, such as
    `SBOM type: Source, Build`. That one of the words stands somewhere in a text says nothing."""
    found: dict[str, None] = {}
    for part in re.split(r"[.;\n]", comment[:_LONGEST]):
        if stated := _STAGED.fullmatch(part):
            found |= dict.fromkeys(word.capitalize() for word in re.findall(_STAGE, stated[1], re.IGNORECASE))
    return tuple(found)
