"""The figures of earlier runs: one JSON object a line in benchmarks/out/history.jsonl, the newest last.

Runs are comparable where their setting is the same: Python, CPUs, how many repetitions. The version of cf-sbom may
differ, since how it compares with itself is the question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import OUT

PATH = OUT / "history.jsonl"
SLOWER = 1.25
"""A figure above this many times its usual value is marked."""
_RECENT = 20


@dataclass(frozen=True, slots=True)
class History:
    """Comparable runs: when the last was and its figures; the usual ones are medians of the last 20 runs."""

    time: str
    runs: int
    last: Mapping[str, float]
    usual: Mapping[str, float]

    def to_last(self, key: str, value: float) -> float | None:
        """The ratio to the last run, if it had this figure."""
        return value / self.last[key] if self.last.get(key) else None

    def is_slower(self, key: str, value: float) -> bool:
        return key in self.usual and value > SLOWER * self.usual[key]


def read(setting: Mapping[str, Any]) -> History:
    """The runs of this setting."""
    runs = [entry for entry in _entries() if all(entry.get(name) == value for name, value in setting.items())]
    runs = runs[-_RECENT:]
    if not runs:
        return History("", 0, {}, {})
    values: dict[str, list[float]] = {}
    for run in runs:
        for key, value in run["figures"].items():
            values.setdefault(key, []).append(value)
    usual = {key: median(found) for key, found in values.items()}
    return History(str(runs[-1].get("time")), len(runs), runs[-1]["figures"], usual)


def append(entry: Mapping[str, Any]) -> None:
    """Add a run."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    with PATH.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _entries() -> Iterator[dict[str, Any]]:
    """The lines that can be read."""
    for line in PATH.read_text(encoding="utf-8").splitlines() if PATH.is_file() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("figures"), dict):
            yield entry
