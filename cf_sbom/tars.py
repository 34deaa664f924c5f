"""tar archives out of metered streams: headers that are quick to read, and broken ones that end in an error.

Knows tar (POSIX pax and GNU) and tarfile's ways; nothing of packages. docs/decisions/0013 says why.
"""

from __future__ import annotations

import io
import re
import tarfile
from typing import Any

from conda_package_streaming.package_streaming import TarfileNoSameOwner

from cf_sbom.streams import CHUNK, Meter, Metered

_BUFFER = 32 * 1024  # what is read ahead counts as a header: it must stay well below the limit header_size
_DIGIT_RUN = re.compile(rb"[0-9]{65}")


class _Header(tarfile.TarInfo):
    """tarfile ends in silence at a broken header in mid-archive: members would vanish. Here it is an error."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        """As tarfile's, but quick for what most headers are: a file, without the second part of a name.

        tarfile adds up each header twice, number by number, and reads owners and devices, which nobody asks for here
        (so they may be malformed): that took a third of the time of a package of many small files.
        """
        number, text = tarfile.nti, tarfile.nts  # type: ignore[attr-defined]
        plain = len(buf) == tarfile.BLOCKSIZE and buf[156:157] == tarfile.REGTYPE and not buf[345]
        if not plain or number(buf[148:156]) != sum(buf) - sum(buf[148:156]) + 8 * ord(" "):
            return super().frombuf(buf, encoding, errors)
        header = cls(text(buf[0:100], encoding, errors))
        header.mode, header.size, header.mtime = number(buf[100:108]), number(buf[124:136]), number(buf[136:148])
        return header

    @classmethod
    def fromtarfile(cls, tarfile_: Any) -> _Header:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            tarfile_.saw_end = True
            raise
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from None

    def _proc_pax(self, tarfile_: Any) -> Any:
        """Older Pythons look for records in quadratic time where there are many digits (CVE-2024-6232)."""
        stream = tarfile_.fileobj
        data = stream.read(-(-self.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE)
        if _DIGIT_RUN.search(data):
            raise tarfile.ReadError("an extended header of digits")
        tarfile_.fileobj = _ReadAgain(data, stream)
        try:
            return super()._proc_pax(tarfile_)  # type: ignore[misc]
        finally:
            tarfile_.fileobj = stream

    def _proc_member(self, tarfile_: Any) -> _Header:
        if self.type in _EXTENSIONS:
            tarfile_.fileobj.raw.meter.before_extension(self.size)
        header: _Header = super()._proc_member(tarfile_)  # type: ignore[misc]
        return header


class _ReadAgain:
    """A stream of which something was read already; the next one who reads gets it."""

    def __init__(self, data: bytes, stream: Any) -> None:
        self._data = data
        self._stream = stream

    def read(self, size: int) -> bytes:
        data, self._data = self._data, b""
        found: bytes = data or self._stream.read(size)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_EXTENSIONS = frozenset(
    (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
)


def tar_stream(stream: Any, meter: Meter) -> io.BufferedReader:
    """The decompressed bytes of a tar archive for open_tar(). Its buffer replaces the one of tarfile's stream mode,
    which takes as much time as the rest of tarfile."""
    return io.BufferedReader(Metered(stream, meter), _BUFFER)


def open_tar(fileobj: io.BufferedReader, mode: str, encoding: str) -> Any:
    return TarfileNoSameOwner(fileobj=fileobj, mode="r", encoding=encoding, tarinfo=_Header)


def only_zeros(stream: io.BufferedReader) -> bool:
    """Whether nothing but zeros follows; reads to the end."""
    found = True
    while chunk := stream.read(CHUNK):
        found = found and chunk.count(0) == len(chunk)
    return found
