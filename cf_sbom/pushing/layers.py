"""A package -> the layers that conda-oci-mirror makes of it.

Knows scan() and two members by name, info/index.json and whatever else lies in info/. Nothing is unpacked to disk.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Options, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.model import Member, Problem
from cf_sbom.oci import PACKAGES, Descriptor
from cf_sbom.oci.manifests import PackageLayers
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import unsafe
from cf_sbom.scan import scan

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!=-]{0,254}")


def package_layers(target: Path, sources: Iterable[SourceKind], limits: Limits) -> PackageLayers:
    """Raises TargetError for what is no package file, or has no name, version and build that a registry can hold."""
    info: dict[str, bytes] = {}
    size = 0

    def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
        nonlocal size
        size += len(body)
        if size <= limits.nested_size and not unsafe(member.path):
            info[member.path.removeprefix("info/")] = bytes(body.getbuffer())
        return ()

    collector = Extractor(name="oci", match=Match(globs=("info/**",)), read=read, body_limit=limits.nested_size)
    context = Context(options=Options(limits=limits), limits=limits, algorithms=())
    found = scan(target, sources, (collector,), context)
    if found.artifact.container not in PACKAGES:
        raise TargetError("a folder is no package file; what is pushed is a .conda or .tar.bz2 file")
    too_large = any(isinstance(one, Problem) and one.by == collector.name for one in found.findings)
    if too_large or size > limits.nested_size:
        raise LimitError(f"info/ is larger than {limits.nested_size} bytes", "nested_size")
    name, version, build = _identity(info.get("index.json", b""), limits)
    digests = {digest.algorithm: digest.value for digest in found.artifact.digests}
    return PackageLayers(
        name=name,
        version=version,
        build=build,
        package=Descriptor(
            media_type=PACKAGES[found.artifact.container],
            digest=f"sha256:{digests['sha256']}",
            size=found.artifact.size or 0,
        ),
        md5=digests["md5"],
        info_archive=_archive(info),
        index=info["index.json"],
    )


def _identity(index: bytes, limits: Limits) -> tuple[str, str, str]:
    try:
        tree = parse_json(index, limits)
    except ParseError as error:
        raise TargetError(f"info/index.json: {error}") from None
    found = [tree.get(field) if isinstance(tree, dict) else None for field in ("name", "version", "build")]
    name, version, build = (text if isinstance(text, str) and _NAME.fullmatch(text) else "" for text in found)
    if not (name and version and build):
        raise TargetError("info/index.json: without a name, version and build that a registry can hold")
    return name, version, build


def _archive(files: dict[str, bytes]) -> bytes:
    """The folder info/ as conda-oci-mirror packs it, paths from within it, but without times and owners."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(files):
            member = tarfile.TarInfo(path)
            member.size = len(files[path])
            tar.addfile(member, io.BytesIO(files[path]))
    return packed.getvalue()
