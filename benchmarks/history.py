"""The figures of earlier runs: one JSON object a line in benchmarks/out/history.jsonl, the newest last."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import OUT

PATH = OUT / "history.jsonl"


def last() -> dict[str, Any]:
    """The newest line that can be read, or an empty dict."""
    lines = PATH.read_text(encoding="utf-8").splitlines() if PATH.is_file() else []
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("figures"), dict):
            return entry
    return {}


def append(entry: dict[str, Any]) -> None:
    """Add a run."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    with PATH.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
