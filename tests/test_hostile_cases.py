"""Every case of fixtures/hostile through the command line: its status, its words, and nothing behind the scenes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cf_sbom.documents import read_document
from cf_sbom.faces.cli import main
from cf_sbom.limits import Limits
from cf_sbom.validate import validate
from fixtures.hostile.cases import CASES
from fixtures.hostile.making import Case

SMALL = [case for case in CASES if not case.large]
LARGE = [case for case in CASES if case.large]
FORMATS = ("cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "spdx-yaml", "spdx-xml", "spdx3-json")
FORBIDDEN = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "socket.", "ctypes.")


class Watch:
    """What the interpreter is asked to do while a case is read; the hook stays, and listens only when told to."""

    def __init__(self) -> None:
        self.on = False
        self.opened: list[tuple[str, bool]] = []
        self.others: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes):
            flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else 0
            self.opened.append((os.fsdecode(arguments[0]), bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))))
        elif event.startswith(FORBIDDEN):
            self.others.append(event)

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.opened.clear()
        self.others.clear()
        self.on = True
        try:
            yield
        finally:
            self.on = False


WATCH = Watch()


def test_there_are_many_cases_and_each_has_a_name() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)


def test_the_maker_gives_the_same_bytes_each_time() -> None:
    for case in SMALL:
        assert case.make() == case.make(), case.name


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_a_hostile_package_has_the_expected_answer(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path, folder = tmp_path / case.filename, tmp_path / "out"
    path.write_bytes(case.make())
    words = [word for name in FORMATS for word in ("-o", name)]
    monkeypatch.setattr(sys, "argv", ["cf-sbom", "generate", *words, "--output-dir", str(folder), str(path)])
    with WATCH.listening(), pytest.raises(SystemExit) as ended:
        main()
    said = capfd.readouterr().err
    assert ended.value.code == case.status, said
    for text in case.says:
        assert text in said
    assert "Traceback" not in said
    assert "a bug" not in said
    assert case.status == 0 or said.count("\n") == 1
    assert all(line.startswith(f"{case.filename}: ") and line.isprintable() for line in said.splitlines())
    assert WATCH.others == []
    _check_opened(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([case.filename, "out"] if case.status == 0 else [case.filename])
    _check_documents(folder, case)


def _check_opened(allowed: Path) -> None:
    """Only the package, the output folder, and what Python and its libraries are."""
    libraries = (sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent))
    for name, written in WATCH.opened:
        inside = name.startswith(str(allowed)) or name.startswith("/proc/self/fd/")
        assert inside or (not written and name.startswith(libraries)), name


def _check_documents(folder: Path, case: Case) -> None:
    documents = sorted(folder.iterdir()) if folder.is_dir() else []
    assert len(documents) == (len(FORMATS) if case.status == 0 else 0)
    named = set()
    for document in documents:
        data = document.read_bytes()
        reasons = [r for r in validate(data, Limits()).reasons if not r.startswith("conda profile")]
        assert reasons == [], document.name
        text = data.decode()
        assert not [secret for secret in case.absent if secret in text], document.name
        read = read_document(data, Limits()).sbom()
        named.add(frozenset(c.purl for c in read.components))
        assert "SPDXRef-evil" not in {str(c.ref) for c in read.components}
    assert len(named) <= 1, "every format tells of the same components"


@pytest.mark.parametrize("case", LARGE, ids=lambda case: case.name)
def test_a_bomb_ends_soon_and_in_little_memory(case: Case, tmp_path: Path) -> None:
    """In a process of its own: 300 MB, and far more time than it takes before the test gives up."""
    path = tmp_path / case.filename
    path.write_bytes(case.make())
    command = [sys.executable, "-c", MEASURED, "generate", "--output-dir", str(tmp_path / "out"), str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    said, _, peak = ended.stderr.rstrip("\n").rpartition("\n")
    assert ended.returncode == case.status, ended.stderr[-2000:]
    for text in case.says:
        assert text in said
    assert case.status == 0 or said.count("\n") == 0
    assert int(peak) < 300 * 1024, "kilobytes of memory"


# Linux gives a process the ru_maxrss of the one that started it; VmHWM begins anew.
MEASURED = """
import resource, sys
from cf_sbom.faces.cli import main
try:
    main()
finally:
    try:
        lines = open("/proc/self/status").read().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(peak, file=sys.stderr)
"""
