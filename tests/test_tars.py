"""Tar headers read here are what tarfile reads, whoever wrote them; a broken one is an error."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.errors import TargetError
from cf_sbom.limits import Limits
from cf_sbom.streams import Meter
from cf_sbom.tars import open_tar, tar_stream

OWNERS = {*range(108, 124), *range(265, 345)}  # fields of a header that are not read, and so not refused
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
TYPES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CONTTYPE)
NAMES = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=120),
    st.from_regex(r"[a-z]{1,60}(/[a-z.]{1,60}){1,3}/?", fullmatch=True),
)


def archive(name: str, kind: bytes, size: int, mode: int, mtime: int, tar_format: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as written:
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.mtime = kind, mode, mtime
        member.size = size if member.isreg() else 0
        member.linkname = "target" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
        written.addfile(member, io.BytesIO(bytes(member.size)))
    return buffer.getvalue()


def said(tar: Any) -> list[tuple[object, ...]]:
    return [(m.name, m.type, m.size, m.mode, m.mtime, m.linkname if m.islnk() or m.issym() else "") for m in tar]


def read(data: bytes) -> list[tuple[object, ...]]:
    meter = Meter(Limits(), len(data))
    meter.before_body(len(data))
    return said(open_tar(tar_stream(io.BytesIO(data), meter), "r|", "utf-8"))


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    name, kind, tar_format = draw(NAMES), draw(st.sampled_from(TYPES)), draw(st.sampled_from(FORMATS))
    size, mode, mtime = (draw(st.integers(0, most)) for most in (2000, 0o7777, 2**33 - 1))
    try:
        return archive(name, kind, size, mode, mtime, tar_format)
    except ValueError:  # a name that this format cannot hold
        return archive("short", kind, size, mode, mtime, tar_format)


@given(data=archives())
def test_members_are_those_that_tarfile_sees(data: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as tar:
        assert read(data) == said(tar)


@given(
    data=archives(),
    place=st.sampled_from(sorted({*range(512)} - OWNERS)),
    value=st.integers(0, 255),
    mended=st.booleans(),
)
def test_a_changed_header_is_an_error_or_what_tarfile_sees(data: bytes, place: int, value: int, mended: bool) -> None:
    header = bytearray(data[:512])
    header[place] = value
    if mended:
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    data = bytes(header) + data[512:]
    try:
        found = read(data)
    except (TargetError, tarfile.TarError, ValueError, OverflowError):
        return
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as tar:
        assert found == said(tar)


def test_a_wrong_checksum_is_an_error() -> None:
    data = bytearray(archive("lib/a", tarfile.REGTYPE, 3, 0o644, 0, tarfile.USTAR_FORMAT))
    data[0] ^= 1
    with pytest.raises(tarfile.ReadError, match="checksum"):
        read(bytes(data))
