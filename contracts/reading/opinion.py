"""A second opinion by likeness of meaning, on the terms that the clauses found.

One weight vector a requirement (`minilm/heads.json`, made by `bench/heads.py` from our own labelled clauses) over the
vector of a passage gives how much the passage reads like a clause that meets the requirement. It can only cast doubt:
taken for a finding of its own it brought more wrong "has it" than right ones on contracts it had not seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .case import Case
from .grammar import Clause
from .judge import Judged
from .structure import Unit

HEADS = Path(__file__).parent / "minilm" / "heads.json"
FAR_FROM = 0.1  # below it a met term is worded unlike any that we know: to be checked (0.2 doubted 40 right, 1 wrong)
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


def give(case: Case, rows: Sequence[Row]) -> None:
    """Doubt, in place, the met rows whose passage reads unlike every wording of the term that we know."""
    met = [row for row in rows if row.judged.verdict == "met" and row.clause.id in heads()]
    if not met or not case.about_students:
        return
    every = passages(case)
    quoted = {i for i, p in enumerate(every) if any(u in row.judged.units for row in met for u in p)}
    chosen = sorted(quoted)[: 2 * MOST_PASSAGES]
    if not chosen:
        return
    from . import meaning

    vectors = meaning.vectors([meaning.spoken(" ".join(u.canon for u in every[i])) for i in chosen])
    place = {index: n for n, index in enumerate(chosen)}
    for row in met:
        own = [i for i in chosen if any(u in row.judged.units for u in every[i])]
        weights = heads()[row.clause.id]
        if own and max(meaning.read_by(vectors[place[i]], weights) for i in own) < FAR_FROM:
            row.judged.doubts.append("worded unlike the terms we know")
