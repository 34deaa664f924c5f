"""What a benchmark says: figures with targets, and a table of them beside those of earlier runs.

Knows no benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.history import History
from benchmarks.measure import Spread

_ROW = "  {name:<46} {value:>11}  {spread:<19} {target:<18} {verdict:<7} {last:>7} {mark}"
_DECIMALS = {"times": 2, "s": 3, "MB": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity. unit is "times", "s" or "MB" (a million bytes); the median counts against the target,
    which is the most that is wanted. A figure that is not steady, such as wall time, follows the load of the machine:
    it is not marked as slower."""

    key: str
    name: str
    unit: str
    spread: Spread
    target: float | None = None
    steady: bool = True

    def is_slower(self, history: History) -> bool:
        return self.steady and history.is_slower(self.key, self.spread.median)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.spread.median <= self.target else "not met"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The figures of one benchmark; remarks say what was measured, and what could not be. failed: it could not run."""

    title: str
    remarks: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    failed: bool = False


def heading() -> str:
    return _ROW.format(
        name="", value="median", spread="min..max", target="target", verdict="", last="to last", mark=""
    ).rstrip()


def lines(section: Section, history: History) -> Iterator[str]:
    """The section as text; `to last` is the ratio to the run before."""
    yield section.title
    yield from (f"  {remark}" for remark in section.remarks)
    yield from (_row(figure, history) for figure in section.figures)


def summary(sections: Iterable[Section], history: History) -> Iterator[str]:
    """Which targets are not met, and what has become slower."""
    found = list(sections)
    missed = [section.title for section in found if section.failed]
    missed += (figure.key for section in found for figure in section.figures if figure.verdict == "not met")
    slower = [f.key for section in found for f in section.figures if f.is_slower(history)]
    yield f"not met: {', '.join(missed)}" if missed else "all targets met"
    if history.runs:
        yield f"slower than usual: {', '.join(slower)}" if slower else "nothing is slower than usual"


def medians(sections: Iterable[Section]) -> dict[str, float]:
    """Medians by key, rounded."""
    return {figure.key: round(figure.spread.median, 4) for section in sections for figure in section.figures}


def _row(figure: Figure, history: History) -> str:
    low, high = _number(figure.spread.low, figure.unit), _number(figure.spread.high, figure.unit)
    last = history.to_last(figure.key, figure.spread.median)
    return _ROW.format(
        name=figure.name,
        value=f"{_number(figure.spread.median, figure.unit)} {figure.unit}",
        spread=f"{low}..{high}",
        target="" if figure.target is None else f"at most {figure.target:g} {figure.unit}",
        verdict=figure.verdict,
        last="" if last is None else f"{last:.2f}",
        mark="SLOWER" if figure.is_slower(history) else "",
    ).rstrip()


def _number(value: float, unit: str) -> str:
    return f"{value:.{_DECIMALS[unit]}f}"
