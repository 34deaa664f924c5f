"""What all tests share."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from running import Ran, Run
from support import Members, conda, fixture_packages, info_members

from cf_sbom.faces.cli import main
from cf_sbom.generate import Description, describe
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry, load

# Under nohup, or in the background of a shell, signals are ignored, and all that tests start would ignore them, too.
for _number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        with contextlib.suppress(ValueError):  # only the main thread may
            signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

# A slow machine is no defect: properties are bounded by their number of examples, not by time.
settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="write fixtures/expected anew")


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load()


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Write a .conda made of members; returns its path."""

    def write(info: Members | None = None, payload: Members | None = None, name: str = "demo-1.0-0.conda") -> Path:
        path = tmp_path / name
        path.write_bytes(conda(info_members() if info is None else info, payload))
        return path

    return write


@pytest.fixture
def described(package: Callable[..., Path], registry: Registry) -> Callable[..., Description]:
    """Describe a .conda made of members."""

    def run(info: Members | None = None, payload: Members | None = None, **options: object) -> Description:
        return describe(package(info, payload), Options(**options), registry)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="session")
def fixture(registry: Registry) -> Callable[..., Description]:
    """Describe a package of fixtures/ by the start of its file name."""

    def run(name: str, **options: object) -> Description:
        path = next(p for p in fixture_packages() if p.name.startswith(name))
        return describe(path, Options(**options), registry)  # type: ignore[arg-type]

    return run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run cf-sbom in an empty folder with no settings around."""
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("CF_SBOM") or n in ("COLUMNS", "SOURCE_DATE_EPOCH")]:
        monkeypatch.delenv(name)

    def call(*words: object, stdin: str = "", **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cf-sbom", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        return Ran(int(end.value.code or 0), out, err)

    return call
