"""Options that commands share, and their way from words to Options.

Knows click and Options. Each option can be set in the environment as CF_SBOM_<NAME> and in a settings file. What
describes packages is imported when it is asked for: questions to an index must be answered at once.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cf_sbom.errors import SettingsError
from cf_sbom.faces import settings
from cf_sbom.faces.cli import completion
from cf_sbom.faces.cli.terminal import say
from cf_sbom.index import DEFAULT_FILE
from cf_sbom.limits import Limits

if TYPE_CHECKING:
    from cf_sbom.hookspecs import Options
    from cf_sbom.model import Party

F = TypeVar("F", bound=Callable[..., Any])

_PARTY = re.compile(r"(?P<name>[^<>]+?)\s*(?:<(?P<place>[^<>\s]+)>)?")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class _Authors(click.types.StringParamType):
    """The environment has one a line, since names hold spaces."""

    def split_envvar_value(self, rv: str) -> list[str]:
        return [line for line in rv.splitlines() if line.strip()]


_JUDGES = frozenset(("check", "verify"))  # commands whose answer must not hang on the working folder


class Share(click.FloatRange):
    """A number from 0 to the most; not NaN, which no comparison finds to be outside."""

    def __init__(self, most: float) -> None:
        super().__init__(0, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """A click option that the environment can set, too."""
    long = next(name for name in names if name.startswith("--")).lstrip("-")
    attributes.setdefault("envvar", f"CF_SBOM_{long.replace('-', '_').upper()}")
    return click.option(*names, **attributes)


def _note_strict(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    ctx.meta["strict"] = value
    return value


def _use_settings(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Read the settings file before any other option but --strict is looked at.

    Settings of the working folder can be written by whoever wrote the package: a strict run and a command that judges
    do not use them.
    """
    path = value or settings.find(Path.cwd())
    if path is None or ctx.resilient_parsing:
        return value
    if value is None and ctx.command.name in _JUDGES:
        say(f"cf-sbom: the settings in {path.name} are not used to {ctx.command.name}; --config {path.name} uses them")
        return value
    if value is None and ctx.meta.get("strict"):
        say(f"cf-sbom: the settings in {path.name} are not used with --strict; --config {path.name} uses them")
        return value
    try:
        found = settings.read(path)
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    known = {parameter.name for parameter in ctx.command.params}
    if "limit" in found:
        found["limit"] = [f"{name}={number}" for name, number in found["limit"].items()]
    if isinstance(found.get("author"), str):
        found["author"] = [found["author"]]
    ctx.default_map = {name: setting for name, setting in found.items() if name in known}
    return value


# Both are eager, and --strict is declared first wherever it is used: it decides which settings file may be read.
strict_option = option(
    "--strict", is_flag=True, is_eager=True, callback=_note_strict, help="Any problem makes the exit status 1."
)
config_option = option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    is_eager=True,
    callback=_use_settings,
    metavar="FILE",
    help="Settings file.  [default: cf-sbom.toml or pyproject.toml of the working folder]",
)
disable_option = option(
    "--disable",
    multiple=True,
    metavar="NAME",
    help="Leave a plugin out; repeatable.",
    shell_complete=completion.plugins,
)
limit_option = option(
    "--limit",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a limit; repeatable.",
    shell_complete=completion.limits,
)
index_option = option(
    "--index",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),  # who asks it says what is wrong with it
    default=DEFAULT_FILE,
    show_default=True,
    metavar="FILE",
    help="The index.",
)
color_option = option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour on a terminal; NO_COLOR is honoured.",
)


prefix_option = option(
    "--prefix",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="PREFIX",
    help="An environment whose conda-meta resolves dependencies to exact packages.",
)


purl_style_option = option(
    "--purl-style", type=click.Choice(["spec", "cep159"]), default="spec", show_default=True, help="Form of purls."
)
files_option = option(
    "--files",
    type=click.Choice(["none", "all"]),
    default="none",
    show_default=True,
    help="Packaged files to list, each with what it is attributed to.",
)


def output_option(
    what: str = "A format to write", *, default: str = "cyclonedx-json and spdx-json", places: bool = False
) -> Callable[[F], F]:
    """The formats that a command makes; places: each may have one of its own."""
    told = "; =- is standard output" if places else ""
    return option(
        "-o",
        "--output",
        multiple=True,
        metavar="FORMAT[@VERSION][=PATH]" if places else "FORMAT[@VERSION]",
        help=f"{what}; repeatable{told}.  [default: {default}]",
        shell_complete=completion.formats,
    )


def party_options(of: str) -> Callable[[F], F]:
    """Who is behind what is described, and behind the document."""
    party = '"NAME <email or URL>"'
    return _together(
        option("--supplier", metavar=party, help=f"Who supplies {of}.  [default: not stated]"),
        option("--manufacturer", metavar=party, help=f"Who made {of}.  [default: not stated]"),
        option("--author", type=_Authors(), multiple=True, metavar=party, help="Who makes the SBOM; repeatable."),
    )


def _together(*choices: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one; --help has them in this order."""

    def apply(command: F) -> F:
        for choice in reversed(choices):
            command = choice(command)
        return command

    return apply


def describing_options(command: F) -> F:
    """The options that say how a package is described; shared by generate and show."""
    return prefix_option(package_options(command))


def package_options(command: F) -> F:
    """Those of them that do not look at an environment."""
    together: Callable[[F], F] = _together(
        option("--channel", metavar="NAME|URL", help="The package's channel.  [default: none, as it is not known]"),
        purl_style_option,
        party_options("the package"),
        option(
            "--timestamp",
            metavar="RFC3339|now",
            help="Document time.  [default: SOURCE_DATE_EPOCH, else the package's own]",
        ),
        option(
            "--packages",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            multiple=True,
            metavar="DIR",
            help="A channel, a package cache or any folder of packages that tells who provides a library; repeatable.",
        ),
        option(
            "--upstream-map",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="FILE",
            help="JSON or YAML of conda names and the upstream purls (or names on PyPI) that they repackage.",
        ),
        option(
            "--build-packages",
            type=click.Choice(["all", "none"]),
            help="Tool and host packages.  [default: all; none for SPDX 2.3]",
        ),
        option(
            "--native-threshold",
            type=Share(1),
            default=0.5,
            show_default=True,
            help="Confidence from which findings made from bytes alone are stated.",
        ),
        option("--network", is_flag=True, help="Allow plugins that need the network."),
        config_option,
        disable_option,
        limit_option,
    )
    return together(command)


def limits(words: tuple[str, ...]) -> Limits:
    """Limits out of NAME=VALUE words. Raises UsageError."""
    changes = []
    for word in words:
        name, separator, value = word.partition("=")
        if not separator or not value.isascii() or not value.isdigit() or len(value) > 18:
            raise click.UsageError(f"--limit {word!r} is not NAME=VALUE with a whole number")
        changes.append((name, int(value)))
    try:
        return Limits().with_settings(changes)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def options(chosen: dict[str, Any]) -> Options:
    """Options out of what click parsed; names that Options lacks are the command's own and are passed over."""
    from cf_sbom.hookspecs import Options

    prefix = chosen.get("prefix")
    if prefix is not None and not (prefix / "conda-meta").is_dir():
        raise click.UsageError(f"--prefix {prefix} is no conda environment: it has no folder conda-meta")
    party = partial(_party, chosen)
    authors = tuple(_parse_party("--author", text) for text in chosen["author"])
    return Options(
        outputs=tuple(chosen["outputs"]),
        output_dir=chosen.get("output_dir"),
        channel=_channel(chosen["channel"] or ""),
        purl_style=chosen["purl_style"],
        supplier=party("supplier"),
        manufacturer=party("manufacturer"),
        authors=authors,
        list_files=chosen.get("files") == "all",
        timestamp=_timestamp(chosen["timestamp"] or ""),
        prefix=prefix,
        packages=tuple(chosen["packages"]),
        upstream_map=chosen["upstream_map"],
        build_packages=chosen["build_packages"],
        native_threshold=chosen["native_threshold"],
        network=chosen["network"],
        metadata_only=chosen.get("metadata_only", False),
        force=chosen.get("force", False),
        disabled=frozenset(chosen["disable"]),
        limits=limits(chosen["limit"]),
    )


def _party(chosen: dict[str, Any], name: str) -> Party | None:
    return _parse_party(f"--{name}", chosen[name]) if chosen[name] else None


def _parse_party(option_name: str, text: str) -> Party:
    from cf_sbom.identity.urls import clean_url
    from cf_sbom.model import Party

    match = _PARTY.fullmatch(text.strip())
    if match is None or not match["name"].strip():
        raise click.UsageError(f'{option_name} {text!r} is not "NAME <email or URL>"')
    name, place = match["name"].strip(), match["place"] or ""
    if not place:
        return Party(name=name)
    if _EMAIL.fullmatch(place):
        return Party(name=name, email=place)
    url = clean_url(place).url
    if not url:
        raise click.UsageError(f"{option_name}: {place!r} is neither an e-mail address nor a URL")
    return Party(name=name, url=url)


def _channel(text: str) -> str:
    from cf_sbom.identity.urls import clean_url, holds_local_path

    if "://" in text:
        url, reason = clean_url(text)
        if not url:
            raise click.UsageError(f"--channel: {reason}")
        return url.rstrip("/")
    if holds_local_path(text) or not re.fullmatch(r"[A-Za-z0-9_./-]*", text):
        raise click.UsageError("--channel is a name such as conda-forge, or an http(s) URL")
    return text.strip("/")


def time_of(name: str, text: str) -> float:
    """Unix seconds of RFC 3339, or of the begin of a day in UTC. Raises UsageError."""
    return _time(name, f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text, "such as 2026-11-22").timestamp()


def _time(name: str, text: str, example: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise click.UsageError(f"{name} {text!r} is not RFC 3339, {example}")
    try:
        parsed = datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
        return parsed.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{name} {text!r} is no time that exists") from None


def _timestamp(text: str) -> str:
    """RFC 3339 in UTC with seconds, or "" for the package's own time."""
    from cf_sbom.generate import rfc3339

    if text == "now":
        return rfc3339(int(datetime.now(timezone.utc).timestamp()))
    if text:
        time = _time("--timestamp", text, "such as 2026-11-22T09:00:00Z, nor `now`")
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return ""
    if not epoch.isascii() or not epoch.isdigit() or len(epoch) > 12 or int(epoch) > 253_402_300_799:
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}, not a number of seconds since 1970")
    return rfc3339(int(epoch))
