"""The first bytes of a file -> what they show it to be.

Knows signatures only. What a file is called is not looked at: `filetypes.py` knows names.
"""

from __future__ import annotations

from typing import Final

from cf_sbom.model import FileFormat

_TEXT: Final = bytes(range(32, 127)) + b"\t\n\v\f\r"
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # of UTF-16 and UTF-32
_OF_TEXT: tuple[tuple[bytes, FileFormat], ...] = (
    (b"#!", "script"),
    (b"!<arch>\n", "objects"),
    (b"!<thin>\n", "objects"),
    *((b"BZh%d1AY&SY" % level, "archive") for level in range(1, 10)),  # the sum that follows may look like text
)
_SIGNATURES: tuple[tuple[bytes, FileFormat], ...] = (
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    # Mach-O of both widths and byte orders, or of several machines; the last is also that of a class of Java.
    (b"\xfe\xed\xfa\xce", "program"),
    (b"\xfe\xed\xfa\xcf", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"!<arch>\n", "objects"),
    (b"#!", "script"),
    (b"\x00asm", "bytecode"),
    (b"BC\xc0\xde", "bytecode"),
    (b"dex\n", "bytecode"),
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\x1f\x9d", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x04\x22\x4d\x18", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"MSCF\x00", "archive"),
    (b"xar!", "archive"),
    (b"\xed\xab\xee\xdb", "archive"),
)
_STARTS_OF_TEXT = tuple(magic for magic, _ in _OF_TEXT)
_STARTS = tuple(magic for magic, _ in _SIGNATURES)


def format_of(head: bytes) -> FileFormat:
    """What a file is whose first bytes, at most 16, are head; "" for one without any."""
    if not head:
        return ""
    if _is_text(head):
        return _named(head, _OF_TEXT) if head.startswith(_STARTS_OF_TEXT) else "text"
    return _named(head, _SIGNATURES) if head.startswith(_STARTS) else "binary"


def _named(head: bytes, signatures: tuple[tuple[bytes, FileFormat], ...]) -> FileFormat:
    return next(name for magic, name in signatures if head.startswith(magic))


def _is_text(head: bytes) -> bool:
    """Whether the bytes are UTF-8 without control characters; the last character may be cut off."""
    rest = head.translate(None, _TEXT)
    if not rest:
        return True
    if head.startswith(_BYTE_ORDERS):
        return True
    if min(rest) < 0x80:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.end == len(head) and error.reason == "unexpected end of data"
    return True
