"""A package written anew with other documents in it; every other member is copied as the bytes that it is.

Knows both containers (CEP 35) and the lists of the payload; nothing of what the new members say. Nothing is unpacked to
disk, and no more than one member's list or one piece of its data is held. Same input, same bytes: levels of compression
are fixed, times are those of the package. docs/decisions/0021 says why it is done so.
"""

from __future__ import annotations

import bz2
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO

from cf_sbom.errors import AttachError, DamageError, TargetError
from cf_sbom.limits import GIB, Limits
from cf_sbom.packing.containers import ZIP, Role, check_directory, check_entry, role_of, shown
from cf_sbom.packing.payload_lists import FILES, PATHS, changed_files, changed_paths, listed_digests
from cf_sbom.packing.rawtars import RawMember, end_marker, new_member, padded, raw_members, resized
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import folded, unsafe
from cf_sbom.streams import CHUNK, Meter, ZstdStream, damage, zstd_packer
from cf_sbom.writing import is_ours

INDEX = "info/index.json"
LEVEL = 19
"""Of zstd: what both builders' packages on public channels are compressed with."""
_LISTS = (INDEX, PATHS, FILES)


@dataclass(slots=True)
class Survey:
    """What must be known of a package before it is written anew. kinds: of each member but folders what tar calls it;
    lists: the bytes of index.json, paths.json and files; ours: documents that cf-sbom made; mtime: that of
    index.json, in Unix seconds."""

    kinds: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)
    lists: dict[str, bytes] = field(default_factory=dict)
    mtime: int = 0

    @property
    def stem(self) -> str:
        """`name-version-build` by index.json."""
        try:
            tree = parse_json(self.lists[INDEX], Limits())
        except ParseError as error:
            raise TargetError(f"not a conda package: {INDEX}: {error}") from None
        parts = [tree.get(key) if isinstance(tree, dict) else None for key in ("name", "version", "build")]
        stem = "-".join(part for part in parts if isinstance(part, str) and part)
        if stem.count("-") < 2 or "/" in stem or unsafe(stem) or len(stem) > 200:
            raise TargetError(f"{INDEX} has no name, version and build that a file could be called by")
        return stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a package: members left out, members with new bytes, and new members by path, in this order."""

    without: frozenset[str]
    changed: Mapping[str, bytes]
    payload: Mapping[str, bytes]
    info: Mapping[str, bytes]
    mtime: int


def survey(file: BinaryIO, size: int, limits: Limits, is_document: Callable[[str], bool]) -> Survey:
    """Read a package once; is_document tells by the path where one of ours may lie.

    Raises TargetError for what is damaged, beyond the limits, or could be read in two ways.
    """
    found = Survey()
    for role, stream in _tars(file, size):
        for member in raw_members(stream, Meter(limits, size), limits):
            _take(found, member, role, limits)
            if member.info.isreg() and is_document(member.path):
                if member.info.size > limits.document_size:
                    raise TargetError(f"{member.path}: larger than {limits.document_size} bytes (limit document_size)")
                if is_ours(b"".join(member.data())):
                    found.ours.add(member.path)
    if INDEX not in found.lists:
        raise TargetError(f"not a conda package: no {INDEX}")
    if PATHS not in found.lists and FILES not in found.lists:
        raise TargetError(f"neither {PATHS} nor {FILES} lists the payload, so nothing can be added to it")
    return found


def plan(
    found: Survey, without: frozenset[str], payload: Mapping[str, bytes], info: Mapping[str, bytes], limits: Limits
) -> Plan:
    """The plan for new members, whose paths may be those of members that are left out. Raises TargetError where the
    package has something else in their way."""
    others = {folded(path) for path in found.kinds.keys() - without}
    for path in (*payload, *info):
        parts = path.split("/")
        starts = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        blocking = next((start for start in starts if folded(start) in others), "")
        if path in found.folders or any(other.startswith(f"{path}/") for other in found.kinds):
            blocking = path
        if blocking:
            raise TargetError(f"{blocking} in the package is in the way of {path}; its builder has to move it")
    gone = without - payload.keys()
    changed: dict[str, bytes] = {}
    if gone or payload:
        if PATHS in found.lists:
            changed[PATHS] = changed_paths(found.lists[PATHS], gone, payload, limits)
        if FILES in found.lists:
            changed[FILES] = changed_files(found.lists[FILES], gone, payload)
    return Plan(without=without, changed=changed, payload=dict(payload), info=dict(info), mtime=found.mtime)


def repack(old: BinaryIO, size: int, new: BinaryIO, wanted: Plan, limits: Limits) -> None:
    """Write the package anew to an empty file and read that back. Raises TargetError, and AttachError where the new one
    is not what was planned."""
    kept = sha256()
    old.seek(0)
    if old.read(4) == ZIP:
        _repack_zip(old, size, new, wanted, limits, kept)
    else:
        packer = bz2.BZ2Compressor(9)
        old.seek(0)
        _copy(_unpacked_bz2(old), size, "", wanted, limits, kept, lambda data: new.write(packer.compress(data)))
        new.write(packer.flush())
    new.flush()
    _check(new, wanted, limits, kept.hexdigest())


def _repack_zip(old: BinaryIO, size: int, new: BinaryIO, wanted: Plan, limits: Limits, kept: Any) -> None:
    """Entries in their order. A part in which nothing changes is copied packed as it is."""
    added = sum(map(len, (*wanted.payload.values(), *wanted.info.values())))
    with damage:
        archive = zipfile.ZipFile(old)
    with archive, zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as target:
        for entry in archive.infolist():
            role = role_of(entry)
            copy = zipfile.ZipInfo(entry.filename, entry.date_time)
            copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
            copy.create_system, copy.file_size = entry.create_system, entry.file_size
            large = entry.file_size + added > GIB  # the header has room for a larger number before it is known
            with damage:
                stream = archive.open(entry)
            with stream, target.open(copy, "w", force_zip64=large) as output:
                if _changes(role, wanted):
                    packer = zstd_packer(LEVEL)

                    def write(data: bytes, output: Any = output, packer: Any = packer) -> None:
                        output.write(packer.compress(data))

                    with damage:
                        unpacked = ZstdStream(stream)
                    _copy(unpacked, size, role, wanted, limits, kept, write)
                    output.write(packer.flush())
                else:
                    _copy_packed(stream, role, size, wanted, limits, kept, output)


def _copy_packed(stream: Any, role: Role, size: int, wanted: Plan, limits: Limits, kept: Any, output: Any) -> None:
    """An entry as it is; of a part the members count as kept."""
    if role in ("info", "pkg"):
        with damage:
            unpacked = ZstdStream(_Tee(stream, output))
        _copy(unpacked, size, role, wanted, limits, kept, lambda data: None)
        return
    with damage:
        while piece := stream.read(CHUNK):
            kept.update(piece)
            output.write(piece)


def _changes(role: Role, wanted: Plan) -> bool:
    if role == "info":
        return bool(wanted.changed or wanted.info or any(path.startswith("info/") for path in wanted.without))
    return role == "pkg" and bool(wanted.payload or any(not path.startswith("info/") for path in wanted.without))


def _copy(
    stream: Any,
    size: int,
    role: Role,
    wanted: Plan,
    limits: Limits,
    kept: Any,
    write: Callable[[bytes], object],
) -> None:
    """One tar archive: members in their order, new ones behind them. kept: the hash of all that is copied as it is."""
    written = 0

    def put(data: bytes) -> None:
        nonlocal written
        write(data)
        written += len(data)

    for member in raw_members(stream, Meter(limits, size), limits):
        if member.path in wanted.without and not member.info.isdir():
            continue
        if (data := wanted.changed.get(member.path)) is not None:
            put(resized(member, len(data)) + padded(data))
            continue
        kept.update(member.header)
        put(member.header)
        for piece in member.blocks():
            kept.update(piece)
            put(piece)
    for path, data in _new(role, wanted).items():
        put(new_member(path, data, wanted.mtime))
    put(end_marker(written))


def _new(role: Role, wanted: Plan) -> Mapping[str, bytes]:
    if role == "":
        return {**wanted.payload, **wanted.info}
    return wanted.payload if role == "pkg" else wanted.info


def _check(new: BinaryIO, wanted: Plan, limits: Limits, kept: str) -> None:
    """Read the new package as a stranger would: all that was copied is there, and what is new is as planned and listed.

    Raises AttachError; a package that cannot be read at all is one, too.
    """
    again, found = sha256(), dict[str, bytes]()
    expected = {**wanted.changed, **wanted.payload, **wanted.info}
    size = new.seek(0, 2)
    try:
        for _, stream in _tars(new, size, again):
            for member in raw_members(stream, Meter(limits, size), limits):
                if member.path in expected and member.path not in found:
                    found[member.path] = b"".join(member.data())
                    continue
                again.update(member.header)
                for piece in member.blocks():
                    again.update(piece)
    except TargetError as error:
        raise AttachError(f"the new package cannot be read again ({error}); the old one stays") from error
    if found != expected or again.hexdigest() != kept:
        raise AttachError("the new package is not what was to be written; the old one stays")
    if PATHS in found:
        listed = listed_digests(found[PATHS], limits)
        stated = {path: (sha256(data).hexdigest(), len(data)) for path, data in wanted.payload.items()}
        if any(listed.get(path) != value for path, value in stated.items()):
            raise AttachError(f"{PATHS} of the new package does not list the documents; the old one stays")


def _take(found: Survey, member: RawMember, role: Role, limits: Limits) -> None:
    path, info = member.path, member.info
    if reason := unsafe(path):
        raise TargetError(f"{shown(path)}: {reason}; such a package is not written anew")
    if info.isdir():
        found.folders.add(path)
        return
    if path in found.kinds:
        raise TargetError(f"{shown(path)} stands in the archive more than once; such a package is not written anew")
    if role == "pkg" and path in _LISTS:
        raise TargetError(f"{path} lies in the payload part; such a package is not written anew")
    found.kinds[path] = info.type
    if path not in _LISTS:
        return
    if not info.isreg():
        raise TargetError(f"{path} is no plain file; such a package is not written anew")
    if info.size > limits.json_size:
        raise TargetError(f"{path}: larger than {limits.json_size} bytes (limit json_size)")
    found.lists[path] = b"".join(member.data())
    if path == INDEX:
        found.mtime = min(max(0, int(info.mtime)), 2**32)


def _tars(file: BinaryIO, size: int, others: Any = None) -> Iterator[tuple[Role, Any]]:
    """The tar archives of a package, unpacked, in the order of the file; others: a hash of all other entries."""
    file.seek(0)
    if file.read(4) != ZIP:
        file.seek(0)
        yield "", _unpacked_bz2(file)
        return
    with damage:
        check_directory(file, size)
        archive = zipfile.ZipFile(file)
    with archive:
        names = [entry.filename for entry in archive.infolist()]
        roles = [role_of(entry) for entry in archive.infolist()]
        if len(set(names)) < len(names) or roles.count("info") != 1 or roles.count("pkg") != 1:
            raise DamageError("a .conda file has one info and one pkg part")
        for entry, role in zip(archive.infolist(), roles, strict=True):
            check_entry(entry, size)
            with damage:
                stream = archive.open(entry)
                if role in ("info", "pkg"):
                    unpacked = ZstdStream(stream)
            if role in ("info", "pkg"):
                yield role, unpacked
            elif others is not None:
                with damage:
                    while piece := stream.read(CHUNK):
                        others.update(piece)


def _unpacked_bz2(file: BinaryIO) -> Any:
    return bz2.open(file)


class _Tee:
    """A stream whose bytes are written elsewhere as they are read."""

    def __init__(self, stream: Any, output: Any) -> None:
        self._stream = stream
        self._output = output

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self._output.write(data)
        return data
