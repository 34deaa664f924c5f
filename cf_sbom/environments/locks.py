"""Lock files of environments -> one environment for each platform: which kind of file it is, told by its content.

Knows no kind itself. A lock file is read within limits of its own, since it is larger than other YAML.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cf_sbom.environments import Environment, Remarks, conda_lock, explicit, pixi_lock
from cf_sbom.environments.conda import Records
from cf_sbom.environments.platforms import settled
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.fields import Fields, severity_of
from cf_sbom.identity.purl import Style
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_text, parse_yaml

DEFAULT = "default"
"""The environment of a pixi.lock that is meant where none is named."""


def read_lock(
    path: Path,
    limits: Limits,
    *,
    name: str = "",
    environment: str = "",
    platforms: Iterable[str] = (),
    style: Style = "spec",
) -> tuple[Environment, ...]:
    """The environment of each platform, or of those named; of a pixi.lock the one called environment.

    name is "" for what the file suggests. Raises TargetError for a file that is none of the three kinds, SettingsError
    for a platform or an environment that it does not have.
    """
    data = _bytes(path, limits)
    remarks = Remarks("lock")
    place = path.name
    records = Records(remarks, style)
    try:
        text = parse_text(data)
        if explicit.is_explicit(text):
            if environment:
                raise SettingsError(f"--environment is for a pixi.lock; {place} has none")
            found = explicit.read(text, place, records, remarks, limits)
        else:
            wide = replace(limits, yaml_size=limits.lock_size, yaml_nodes=limits.lock_nodes)
            tree, said = parse_yaml(data, wide)
            for remark in said:
                remarks.say(place, remark)
            fields = Fields(tree, limits, lambda remark: remarks.say(place, remark, severity_of(remark)))
            if pixi_lock.is_pixi(fields):
                found = pixi_lock.read(fields, place, environment or DEFAULT, records, remarks, limits)
            elif conda_lock.is_conda_lock(fields):
                if environment:
                    raise SettingsError(f"--environment is for a pixi.lock; {place} has none")
                found = conda_lock.read(fields, place, records, remarks, limits)
            else:
                raise ParseError("neither a pixi.lock, nor a conda-lock.yml, nor a list of @EXPLICIT addresses")
    except ParseError as error:
        reason = (
            str(error).replace("(limit yaml_size)", "(limit lock_size)").replace("limit yaml_nodes", "limit lock_nodes")
        )
        raise TargetError(f"{place}: {reason}") from None
    if not found:
        raise TargetError(f"{place}: names no package")
    return tuple(
        settled(_named(one, name or _suggested(path, one)), "lock") for one in _chosen(found, tuple(platforms), place)
    )


def _chosen(found: list[Environment], platforms: tuple[str, ...], place: str) -> list[Environment]:
    known = {one.platform for one in found}
    for platform in platforms:
        if platform not in known:
            there = ", ".join(sorted(known))
            raise SettingsError(f"{place} has no packages for the platform {platform[:80]!r}; there are: {there}"[:500])
    return [one for one in sorted(found, key=lambda one: one.platform) if not platforms or one.platform in platforms]


def _suggested(path: Path, environment: Environment) -> str:
    return environment.name or path.name.partition(".")[0] or "environment"


def _named(environment: Environment, name: str) -> Environment:
    return replace(environment, name=name)


def _bytes(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise TargetError(f"{path}: not a file")
        if status.st_size > limits.lock_size:
            raise TargetError(f"{path.name}: larger than {limits.lock_size} bytes (limit lock_size)")
        return path.read_bytes()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}") from None
