"""conda's door to us: `conda sbom`, and sidecars for what `conda build` made.

The only module that knows conda and conda-build. conda loads it on every start, so it imports nothing that conda has
not imported already; the rest is imported where it is used.

Around a build three things are needed that conda's hooks do not give: the folder of the packages, whether the build
went well (one of a recipe.yaml that failed returns 1 and is followed by post-commands all the same), and which packages
are its own (another build may write into the same folder). So the pre-command puts a function around conda-build's, for
this one call, that looks and keeps what it sees.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from conda.plugins import hookimpl
from conda.plugins.types import CondaPostCommand, CondaPreCommand, CondaSetting, CondaSubcommand

_OPTIONS = {
    "cf_sbom_formats": "CF_SBOM_OUTPUT",
    "cf_sbom_output_dir": "CF_SBOM_OUTPUT_DIR",
    "cf_sbom_supplier": "CF_SBOM_SUPPLIER",
    "cf_sbom_channel": "CF_SBOM_CHANNEL",
    "cf_sbom_strict": "CF_SBOM_STRICT",
}
"""conda's settings, and the variables by which the command line knows them: conda's are stronger than these and weaker
than options."""


@hookimpl
def conda_subcommands() -> Iterator[CondaSubcommand]:
    yield CondaSubcommand(
        name="sbom", summary="Software bills of materials for conda packages (cf-sbom).", action=_command
    )


@hookimpl
def conda_settings() -> Iterator[CondaSetting]:
    from conda.common.configuration import PrimitiveParameter, SequenceParameter

    def flag(default: bool | None) -> Any:
        return PrimitiveParameter(default, element_type=(bool, type(None)))

    def text() -> Any:
        return PrimitiveParameter("", element_type=str)

    for name, description, parameter in (
        ("enabled", "Whether `conda build` writes an SBOM for each package that it makes.", flag(True)),
        ("formats", "Formats, each FORMAT or FORMAT@VERSION.", SequenceParameter(text())),
        ("output_dir", "Where SBOMs go; beside the package if not set.", text()),
        ("supplier", "Who supplies the packages: NAME <email or URL>.", text()),
        ("channel", "Name or URL of the packages' channel.", text()),
        ("strict", "Whether a problem or an error makes `conda build` fail.", flag(None)),
    ):
        yield CondaSetting(name=f"cf_sbom_{name}", description=description, parameter=parameter)


@hookimpl
def conda_pre_commands() -> Iterator[CondaPreCommand]:
    yield CondaPreCommand(name="cf-sbom", action=_before_build, run_for={"build"})


@hookimpl
def conda_post_commands() -> Iterator[CondaPostCommand]:
    yield CondaPostCommand(name="cf-sbom", action=_after_build, run_for={"build"})


def _command(words: Sequence[str]) -> int:
    from cf_sbom.errors import SettingsError
    from cf_sbom.faces.cli import USAGE, run
    from cf_sbom.faces.cli.terminal import say

    try:
        with _settings_in_environment():
            return run(words, "conda sbom")
    except SettingsError as error:
        say(f"cf-sbom: {error}")
        return USAGE


class _Watch:
    """What one `conda build` found, made and returned."""

    def __init__(self) -> None:
        self.went_well = False
        self._folder = Path(os.devnull)
        self._before: dict[Path, Any] = {}
        self._announced: set[Path] | None = None
        self._failed: Exception | None = None

    def run(self, execute: Callable[[Any], int], arguments: Any) -> int:
        """conda-build's own function, with the output folder looked at before. Nothing here can fail the build."""
        from cf_sbom.building.builds import snapshot

        try:
            self._folder = _output_folder(arguments)
            self._before = snapshot([self._folder])
        except Exception as error:
            self._failed = error
        with self._listening():
            status = execute(arguments)
        self.went_well = not status
        return status

    def made(self) -> list[Path]:
        """The packages of this build that are in its output folder and were not before."""
        from cf_sbom.building.builds import new, snapshot

        if self._failed is not None:
            raise self._failed
        found = new(self._before, snapshot([self._folder]))
        return [path for path in found if self._announced is None or Path(os.path.realpath(path)) in self._announced]

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Both functions that build return what they made; conda-build's command line throws it away."""
        before = [(owner, name, getattr(owner, name)) for owner, name in _builders()]
        for owner, name, build in before:
            setattr(owner, name, self._noting(build))
        try:
            yield
        finally:
            for owner, name, build in before:
                setattr(owner, name, build)

    def _noting(self, build: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*arguments: Any, **named: Any) -> Any:
            made = build(*arguments, **named)
            paths = getattr(made, "packages", made)
            if isinstance(paths, list | tuple):
                found = {Path(os.path.realpath(path)) for path in paths if isinstance(path, str | Path)}
                self._announced = (self._announced or set()) | found
            return made

        return noting


def _builders() -> list[tuple[Any, str]]:
    """conda_build.api.build for a meta.yaml; for a recipe.yaml, since conda-build 26.5, py-rattler-build's."""
    found: list[tuple[Any, str]] = []
    with contextlib.suppress(ImportError):
        from conda_build import api

        found.append((api, "build"))
    with contextlib.suppress(ImportError):
        from rattler_build.render import RenderedVariant

        found.append((RenderedVariant, "run_build"))
    return [(owner, name) for owner, name in found if hasattr(owner, name)]


_watch: _Watch | None = None


def _before_build(name: str) -> None:
    """Put a watch around the one call of conda-build that follows."""
    global _watch
    _watch = None
    try:
        if not _setting("cf_sbom_enabled"):
            return
        from conda_build.cli import main_build

        execute, watch = main_build.execute, _Watch()

        def watched(arguments: Any = None) -> int:
            main_build.execute = execute
            return watch.run(execute, arguments)

        main_build.execute, _watch = watched, watch
    except Exception as error:
        _warn(error)


def _after_build(name: str) -> None:
    """Sidecars for the packages of a build that went well. What fails is said; it fails the command only if asked."""
    if _watch is None or not _watch.went_well:
        return
    try:
        made = _watch.made()
        if not made:
            return
        from cf_sbom.faces.cli.build import after_build

        with _settings_in_environment():
            status = after_build(made)
    except Exception as error:
        _warn(error)
        return
    if status:
        raise _conda_error()("the packages were built, but their SBOMs have problems, and cf_sbom_strict is set")


def _output_folder(arguments: Any) -> Path:
    """Where conda-build will put packages, as its own parser and configuration have it."""
    import warnings

    from conda_build.cli.main_build import parse_args
    from conda_build.config import get_or_merge_config

    with Path(os.devnull).open("w") as nowhere, warnings.catch_warnings(), contextlib.ExitStack() as quiet:
        warnings.simplefilter("ignore")  # conda-build itself will say all this once more
        quiet.enter_context(contextlib.redirect_stdout(nowhere))
        quiet.enter_context(contextlib.redirect_stderr(nowhere))
        try:
            _, parsed = parse_args(arguments)
        except SystemExit:  # --help, or words that make no sense
            return Path(os.devnull)
        return Path(get_or_merge_config(None, **vars(parsed)).output_folder).absolute()


def _setting(name: str) -> Any:
    """Raises SettingsError; conda has many errors for a value that a setting cannot have."""
    from conda.base.context import context

    from cf_sbom.errors import SettingsError

    try:
        return getattr(context.plugins, name)
    except Exception:
        raise SettingsError(f"conda's setting plugins.{name} has a value that it cannot have") from None


@contextlib.contextmanager
def _settings_in_environment() -> Iterator[None]:
    """What is set in conda stands in the environment, above what stood there."""
    wanted = {variable: _word(name, _setting(name)) for name, variable in _OPTIONS.items()}
    before = {variable: os.environ.get(variable) for variable, word in wanted.items() if word}
    os.environ.update({variable: wanted[variable] for variable in before})
    try:
        yield
    finally:
        for variable, word in before.items():
            os.environ.pop(variable)
            if word is not None:
                os.environ[variable] = word


def _word(name: str, value: Any) -> str:
    """A setting as the environment has it; "" where it is not set."""
    if value is None:
        return ""
    if name == "cf_sbom_formats":
        return " ".join(map(str, value))
    if name == "cf_sbom_output_dir":
        return str(Path(os.path.expandvars(value)).expanduser()) if value else ""
    return str(value)


def _warn(error: Exception) -> None:
    """One line, and the end of the command where that was asked for."""
    from cf_sbom.faces.cli.terminal import say, told

    strict = _is_strict()
    say(f"cf-sbom: {'' if strict else 'warning: '}{told(error)}")
    if strict:
        raise _conda_error()("cf-sbom failed, and cf_sbom_strict is set") from None


def _is_strict() -> bool:
    from cf_sbom.errors import SettingsError

    with contextlib.suppress(SettingsError):
        stated = _setting("cf_sbom_strict")
        if stated is not None:
            return bool(stated)
    return os.environ.get("CF_SBOM_STRICT", "").lower() in ("1", "true", "t", "yes", "y", "on")  # as click has it


def _conda_error() -> type[Exception]:
    from conda import CondaError

    error: type[Exception] = CondaError
    return error
