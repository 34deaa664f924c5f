"""The history of benchmarks: a slowdown is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import history
from benchmarks.figures import Figure, Section, lines, summary
from benchmarks.measure import spread

SETTING = {"python": "3.12.0", "cpus": 2, "quick": False}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> history.History:
    """Four runs of one setting, the last of them slow, one of another Python, and a line that is none."""
    monkeypatch.setattr(history, "PATH", tmp_path / "out" / "history.jsonl")
    for value in (1.0, 1.1, 0.9, 1.3):
        history.append({"time": f"at {value}", **SETTING, "version": "any", "figures": {"case.wall": value}})
    history.append({"time": "elsewhere", **SETTING, "python": "3.9.0", "figures": {"case.wall": 0.1}})
    with history.PATH.open("a") as file:
        file.write('{"cut of')
    return history.read(SETTING)


def section(value: float) -> Section:
    figure = Figure(key="case.wall", name="a case", unit="s", spread=spread([value]), target=2)
    return Section(title="one", figures=(figure,))


def test_the_median_of_comparable_runs_is_the_usual_value(runs: history.History) -> None:
    assert (runs.runs, runs.time, runs.usual) == (4, "at 1.3", {"case.wall": 1.05})


@pytest.mark.parametrize(("value", "slower"), [(1.3, False), (1.32, True)])
def test_more_than_a_quarter_above_the_usual_value_is_marked(runs: history.History, value: float, slower: bool) -> None:
    assert [line.endswith("SLOWER") for line in lines(section(value), runs)] == [False, slower]
    wanted = "slower than usual: case.wall" if slower else "nothing is slower than usual"
    assert list(summary([section(value)], runs)) == ["all targets met", wanted]


def test_each_figure_shows_its_ratio_to_the_last_run_and_whether_its_target_is_met(runs: history.History) -> None:
    assert list(lines(section(0.65), runs))[1].split()[-2:] == ["met", "0.50"]
    assert list(lines(section(2.6), runs))[1].split()[-4:] == ["not", "met", "2.00", "SLOWER"]
    assert next(iter(summary([section(2.6)], runs))) == "not met: case.wall"


def test_the_first_run_is_compared_with_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PATH", tmp_path / "none.jsonl")
    first = history.read(SETTING)
    assert list(summary([section(1)], first)) == ["all targets met"]
    assert list(lines(section(1), first))[1].rstrip().endswith("met")
