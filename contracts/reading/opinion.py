"""A second opinion by likeness of meaning, for terms that the clauses did not find or found in doubt.

One weight vector a requirement (`minilm/heads.json`, made by `bench/heads.py` from our own labelled clauses) over the
vector of a passage gives how much the passage reads like a clause that meets the requirement. It never makes a
verdict sure, never judges numbers or places, and never overrules a shortfall that the clauses can name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .case import Case
from .grammar import Clause
from .judge import Judged
from .passages import likeness
from .structure import Unit

HEADS = Path(__file__).parent / "minilm" / "heads.json"
# what a law counts in hours, places or bits is for the checks alone
NOT_BY_LIKENESS = frozenset({"breach_notice", "governing_law", "encryption_bits"})
READS_LIKE = 0.9  # from here on a passage is taken for the term, to be checked
FAR_FROM = 0.2  # below it a met term is worded unlike any that we know: to be checked
LONGEST_PASSAGE = 420
MOST_PASSAGES = 160


@dataclass(slots=True)
class Row:
    clause: Clause
    judged: Judged


@cache
def heads() -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads(HEADS.read_text(encoding="utf-8"))
    return found


def passages(case: Case) -> list[list[Unit]]:
    """Paragraphs, and lists with their lead-in, cut where they grow long."""
    together: dict[Any, list[Unit]] = {}
    for unit in case.live:
        listed = unit.lead_unit >= 0 and not unit.row
        together.setdefault(unit.lead_unit if listed else ("block", unit.block), []).append(unit)
    out: list[list[Unit]] = []
    for units in together.values():
        current: list[Unit] = []
        for unit in units:
            if current and sum(size(u) for u in current) + size(unit) > LONGEST_PASSAGE:
                out.append(current)
                current = []
            current.append(unit)
        if current:
            out.append(current)
    return [p for p in out if sum(size(u) for u in p) > 25]


def size(unit: Unit) -> int:
    """A sentence's length without its numbers, so that renumbering cuts no passage elsewhere."""
    return len(re.sub(r"[\d.()]+", "", unit.canon))


def undecided(rows: Iterable[Row]) -> list[Row]:
    return [
        r
        for r in rows
        if r.clause.id in heads() and (r.judged.verdict == "met" or (r.judged.open and opinion_counts(r)))
    ]


def opinion_counts(row: Row) -> bool:
    return row.clause.check not in NOT_BY_LIKENESS


def give(case: Case, rows: Sequence[Row]) -> None:
    """Mend the undecided rows in place: a likely term becomes met, to be checked; an unlikely one is in doubt."""
    wanted = undecided(rows)
    if not wanted or not case.about_students:
        return
    every = passages(case)
    chosen = worth_reading(case, wanted, every)
    if not chosen:
        return
    from . import meaning

    vectors = meaning.vectors([meaning.spoken(" ".join(u.canon for u in every[i])) for i in chosen])
    place = {index: n for n, index in enumerate(chosen)}
    for row in wanted:
        weights = heads()[row.clause.id]
        if row.judged.verdict == "met":
            own = [i for i in chosen if any(u in row.judged.units for u in every[i])]
            if own and max(meaning.read_by(vectors[place[i]], weights) for i in own) < FAR_FROM:
                row.judged.doubts.append("worded unlike the terms we know")
            continue
        found = [
            (meaning.read_by(vectors[place[i]], weights), i) for i in chosen if topical(row.clause, every[i])
        ]
        if found and max(found)[0] >= READS_LIKE:
            adopt(case, row, every[max(found)[1]])


def topical(clause: Clause, passage: Sequence[Unit]) -> bool:
    return any(clause.topic.search(u.canon) for u in passage)


def worth_reading(case: Case, rows: Sequence[Row], every: Sequence[Sequence[Unit]]) -> list[int]:
    """The passages to embed: those quoted for met rows, and the nearest in words for each open row."""
    chosen: set[int] = set()
    each = max(6, MOST_PASSAGES // max(1, len(rows)))
    for row in rows:
        if row.judged.verdict == "met":
            chosen |= {i for i, p in enumerate(every) if any(u in row.judged.units for u in p)}
            continue
        about = [i for i, p in enumerate(every) if topical(row.clause, p)]
        about.sort(key=lambda i: -max(likeness(case, row.clause, u) for u in every[i]))
        chosen |= set(about[:each])
    return sorted(chosen)[: 2 * MOST_PASSAGES]


def adopt(case: Case, row: Row, passage: Sequence[Unit]) -> None:
    units = sorted(passage, key=lambda u: -likeness(case, row.clause, u))[:3]
    row.judged.verdict, row.judged.sure = "met", False
    row.judged.why = "reads like this term"
    row.judged.doubts = ["found by likeness of meaning only"]
    row.judged.units = sorted(units, key=lambda u: u.index)
