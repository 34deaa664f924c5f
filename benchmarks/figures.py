"""What a benchmark says: figures with targets, and a table of them beside those of the run before.

Knows no benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.measure import Spread

_ROW = "  {name:<46} {value:>11}  {spread:<19} {target:<18} {verdict:<6} {change:>7}"
_DECIMALS = {"times": 2, "s": 3, "MB": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity. unit is "times", "s" or "MB" (a million bytes); the median counts against the target,
    which is the most that is wanted."""

    key: str
    name: str
    unit: str
    spread: Spread
    target: float | None = None

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.spread.median <= self.target else "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The figures of one benchmark; remarks say what was measured, and what could not be."""

    title: str
    remarks: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


def heading() -> str:
    return _ROW.format(
        name="", value="median", spread="min..max", target="target", verdict="", change="change"
    ).rstrip()


def lines(section: Section, before: Mapping[str, float]) -> Iterator[str]:
    """The section as text; before holds the medians of the run before by key."""
    yield section.title
    yield from (f"  {remark}" for remark in section.remarks)
    yield from (_row(figure, before.get(figure.key)) for figure in section.figures)


def medians(sections: Iterable[Section]) -> dict[str, float]:
    """Medians by key, rounded."""
    return {figure.key: round(figure.spread.median, 4) for section in sections for figure in section.figures}


def _row(figure: Figure, before: float | None) -> str:
    low, high = _number(figure.spread.low, figure.unit), _number(figure.spread.high, figure.unit)
    return _ROW.format(
        name=figure.name,
        value=f"{_number(figure.spread.median, figure.unit)} {figure.unit}",
        spread=f"{low}..{high}",
        target="" if figure.target is None else f"at most {figure.target:g} {figure.unit}",
        verdict=figure.verdict,
        change=f"{100 * (figure.spread.median / before - 1):+.0f} %" if before else "",
    ).rstrip()


def _number(value: float, unit: str) -> str:
    return f"{value:.{_DECIMALS[unit]}f}"
