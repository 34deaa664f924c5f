"""Recall and precision of cf-sbom's document by technique of evidence, over the whole corpus.

Pure: knows records and numbers. A component that several techniques know counts for each of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.recall.evidence import Seen
from benchmarks.recall.natives import Judgements, Truth, finding, verdict
from benchmarks.recall.score import ECOSYSTEMS, Key, Stated, purl_key, without

_PASSED_OVER = frozenset({"conda"})  # the package itself and its needs, which no reader of contents tells


@dataclass(slots=True)
class Row:
    """listed: components by their verdict, `no purl` where nothing says which package it is. found: entries of the
    truth."""

    listed: Counter[str] = field(default_factory=Counter)
    found: int = 0


def rows(
    seen: Mapping[str, Sequence[Seen]],
    truths: Mapping[str, Sequence[Stated]],
    natives: Mapping[str, Truth],
    judged: Judgements,
) -> dict[str, Row]:
    """By technique; everything by package. What is found in binaries is judged file by file, and is right where one
    file is."""
    known = frozenset().union(*ECOSYSTEMS.values())
    found: dict[str, Row] = defaultdict(Row)
    for package, entries in seen.items():
        stated = {s.key for s in truths[package]}
        types = known | {key.type for key in stated} - {"generic"}
        by_technique: dict[str, dict[tuple[str, str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
        for entry in entries:
            key = purl_key(entry.purl)
            if key is not None and key.type in _PASSED_OVER:
                continue
            said = "no purl" if key is None else "right" if not without({key}, stated) else ""
            native = finding(package, entry, 0)
            if said != "right" and native is not None:
                said = verdict(native, natives[package], judged)
            elif not said and key is not None:
                said = "wrong" if key.type in types else "unjudged"
            by_technique[entry.technique][entry[:3]].add(said)
        for technique, components in by_technique.items():
            row = found[technique]
            row.listed.update(_best(words) for words in components.values())
            keys = {key for purl, _, _ in components if (key := purl_key(purl)) is not None}
            row.found += len(stated) - len(without(stated, keys))
    return dict(sorted(found.items()))


def _best(words: set[str]) -> str:
    return next(word for word in ("right", "wrong", "unjudged", "no purl") if word in words)


_ROW = "{:<14} {:>7} {:>7} {:>6} {:>9} {:>8} {:>12} {:>7} {:>7} {:>9}"


def table(found: Mapping[str, Row], truths: Mapping[str, Sequence[Stated]]) -> Iterator[str]:
    """The rows as text, a heading first. The truth is the same for all: that of the corpus."""
    truth = sum(len(_keys(stated)) for stated in truths.values())
    yield _ROW.format(
        "technique", "listed", "right", "wrong", "unjudged", "no purl", "precision %", "truth", "found", "recall %"
    )
    for name, row in found.items():
        right, wrong, unjudged, unnamed = (row.listed[w] for w in ("right", "wrong", "unjudged", "no purl"))
        precision = f"{100 * right / (right + wrong):.2f}" if right + wrong else "-"
        recall = f"{100 * row.found / truth:.2f}" if truth else "-"
        counts = (right + wrong + unjudged + unnamed, right, wrong, unjudged, unnamed)
        yield _ROW.format(name, *counts, precision, truth, row.found, recall)


def _keys(stated: Sequence[Stated]) -> set[Key]:
    return {s.key for s in stated}
