"""Longer checks: the suite on every supported Python that this machine has."""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests"]
# Interpreters of pyenv are found though its shims may not be on the path; those that are missing are said and skipped.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *(str(p) for p in sorted(PYENV.glob("versions/*/bin")))])


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """All tests; the goldens prove that documents do not depend on the Python version."""
    session.install("--editable", ".[docs,test]")
    session.run("pytest", *session.posargs)


@nox.session
def shacl(session: nox.Session) -> None:
    """The SPDX 3 goldens against the official JSON schema and SHACL shapes; needs a folder of official schemas."""
    session.install("--editable", ".[test]")
    session.run("python", "tests/shacl.py", *sorted(str(p) for p in Path("fixtures").rglob("spdx3-json-*.json")))


@nox.session(python="3.12")
def fuzz(session: nox.Session) -> None:
    """Every reader under atheris: `nox -s fuzz -- --seconds 3600`. Python 3.12: atheris has wheels for few Pythons
    only (on Linux, 3.11 to 3.14)."""
    session.install("--editable", ".[test]", "atheris>=3.1")
    session.run("python", "-m", "fuzz.run", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def recall(session: nox.Session) -> None:
    """What is found in real packages, against independent readers: `nox -s recall -- --tools cf-sbom`."""
    session.install("--editable", ".[test]")
    session.run("python", "-m", "benchmarks.recall", "--check", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """The documentation as a site, warnings as errors: `nox -s site`."""
    session.install("--editable", ".[docs]")
    words = ("--quiet", "--fail-on-warning", "--keep-going", "--fresh-env", "-b", "html", "docs", "build/site")
    session.run("python", "-m", "sphinx", *words)


@nox.session
def bench(session: nox.Session) -> None:
    """Time and memory: `nox -s bench`."""
    session.install("--editable", ".[test]")
    session.run("python", "-m", "benchmarks", *session.posargs)
