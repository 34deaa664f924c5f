"""Longer checks: the suite on every supported Python that this machine has."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """All tests; the goldens prove that documents do not depend on the Python version."""
    session.install("--editable", ".[test]")
    session.run("pytest", *session.posargs)
