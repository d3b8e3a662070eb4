"""A second opinion by likeness of meaning: a small sentence model that was taught on our own labelled clauses.

For a paragraph and each requirement it says how likely the paragraph speaks to the term, and how likely it meets
it (`meaning.opinions`). It doubts terms that the clauses found, lifts the doubt that is about wording alone, adds the
paragraph that speaks to a term where the clauses quoted others, and points at terms they know no words for. What it
finds by itself is never sure, and never decides where the law sets a number: it cannot count. Where it finds nothing
either, it shows the nearest words, if any come near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .case import Case
from .grammar import Clause
from .judge import Judged, carve_outs, overridden
from .passages import UNUSUAL
from .structure import Unit
from .undercuts import never_made, undercut

FAR_FROM = 0.7  # below it a met term reads unlike those that we know: to be checked
PLAIN_FAR_FROM = 0.1  # the same where the law's number was counted, or the term is about the contract itself
KNOWN = 0.9  # above it an unusual wording is no doubt
MEETS = 0.95  # above it a paragraph meets a term that no clause found; to be checked
SURELY = 0.99  # above it not even that: of 94 such terms of four sets it had not learned 93 were right
SPEAKS = 0.9  # above it a paragraph speaks to a term of which nothing else was found
QUOTED = 0.5  # above it a paragraph that speaks to a term is quoted beside those that the clauses found
NEAR = 0.15  # above it a paragraph comes near to a term that stays not found
COUNTED = ("breach_notice", "encryption_bits", "governing_law")  # the law's own number or name decides
LONGEST_PASSAGE = 420
MOST_PASSAGES = 36  # 48 say the same of the fourth set, 28 lose a row
NUMBERED = re.compile(r"(?i)^\W*(?:(?:section|article|part|clause)\s+)?(?:[\d.()]+|[ivx]{1,5}[.)])?\W*")


@dataclass(slots=True)
class Row:
    clause: Clause
    judged: Judged


@dataclass(slots=True)
class Heard:
    """Paragraphs that the model has read, and its opinions of them."""

    passages: list[list[Unit]]
    opinions: Any  # paragraph, requirement, (speaks, meets)

    def best(self, column: int, kind: int) -> tuple[float, list[Unit]]:
        at = int(self.opinions[:, column, kind].argmax())
        return float(self.opinions[at, column, kind]), self.passages[at]

    def of(self, units: Sequence[Unit], column: int) -> float | None:
        """How likely one of the paragraphs in which these units stand meets the term; None where none was read."""
        own = [i for i, p in enumerate(self.passages) if holds(p, units)]
        return max((float(self.opinions[i, column, 1]) for i in own), default=None)


def holds(passage: Sequence[Unit], units: Sequence[Unit]) -> bool:
    return any(u in units for u in passage)


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


def heard(passage: Sequence[Unit]) -> str:
    """A paragraph as the model hears it: its heading (no question: that binds nobody), and its words in the common tongue."""
    from . import meaning

    heading = NUMBERED.sub("", passage[0].heading).strip().lower()[:80]
    text = meaning.spoken(" ".join(u.canon for u in passage))
    return text if not heading or heading.endswith("?") or text.startswith(heading) else f"{heading}. {text}"


def choose(case: Case, rows: Sequence[Row]) -> list[list[Unit]]:
    """The paragraphs to read: those quoted for a row, then those nearest to the topics of rows not met."""
    every = passages(case)
    quoted = {id(u) for row in rows for u in row.judged.units}
    wanting = [row.clause for row in rows if row.judged.verdict != "met"]

    def rank(i: int) -> tuple[bool, int, int]:
        text = " ".join(u.canon for u in every[i])
        near = sum(c.about(text) for c in wanting)
        return not any(id(u) in quoted for u in every[i]), -near, i

    return [every[i] for i in sorted(sorted(range(len(every)), key=rank)[:MOST_PASSAGES])]


def give(case: Case, rows: Sequence[Row]) -> None:
    """Weigh, in place, what the clauses found by what the taught model reads."""
    if not case.about_students:
        return
    from . import meaning

    column = {name: i for i, name in enumerate(meaning.requirements())}
    known = [row for row in rows if row.clause.id in column]
    chosen = choose(case, known) if known else []
    if not chosen:
        return
    read = Heard(chosen, meaning.opinions([heard(p) for p in chosen]))
    for row in known:
        if row.judged.verdict == "met":
            plain = row.clause.check in COUNTED or row.clause.any_subject
            bar = PLAIN_FAR_FROM if plain else FAR_FROM
            weigh(row.judged, read.of(row.judged.units, column[row.clause.id]), bar)
        else:
            seek(case, row, read, column[row.clause.id])
        show(row.judged, read, column[row.clause.id])


def weigh(judged: Judged, likely: float | None, far_from: float) -> None:
    """Doubt a met term that reads unlike any we know; let an unusual wording pass that reads just like them."""
    if likely is None:
        return
    if likely < far_from:
        judged.doubts.append("worded unlike the terms we know")
    elif likely >= KNOWN and judged.doubts == [UNUSUAL]:
        judged.doubts, judged.sure = [], True


def undone(case: Case, clause: Clause, passage: Sequence[Unit]) -> bool:
    """Whether the paragraph itself takes back what it promises, or promises nothing (`undercuts`)."""
    none = any(never_made(unit.canon, passage[i + 1 :]) for i, unit in enumerate(passage))
    return none or bool(undercut(case, clause, passage))


def seek(case: Case, row: Row, read: Heard, column: int) -> None:
    """A term that the clauses did not find, where a paragraph reads like it: hardly ever sure."""
    judged = row.judged
    meets, passage = read.best(column, 1)
    open_to_it = row.clause.check not in COUNTED and not judged.settled
    if meets >= MEETS and open_to_it and not undone(case, row.clause, passage):
        held_back = [*judged.doubts, *sorted({u.doubt for u in passage if u.doubt})]
        if meets < SURELY or case.general:
            held_back.append("found by likeness of meaning alone")
        judged.verdict, judged.sure, judged.units = "met", not held_back, passage[:5]
        judged.why, judged.doubts = "reads like such a term", held_back
        overridden(case, judged)
        carve_outs(case, judged)
        return
    speaks, passage = read.best(column, 0)
    if speaks >= SPEAKS and judged.verdict == "missing":
        judged.verdict, judged.sure, judged.units = "deficient", False, passage[:5]
        judged.why, judged.doubts = "speaks to it, in words that show no firm term", []


def show(judged: Judged, read: Heard, column: int) -> None:
    """The paragraph that speaks most to the term: quoted too, or as the nearest words where nothing was found."""
    speaks, passage = read.best(column, 0)
    if judged.verdict == "missing":
        if speaks >= NEAR:
            judged.near, judged.sure = passage[:5], False
            judged.why = f"{judged.why}; the nearest words are shown"
    elif speaks >= QUOTED and not holds(passage, judged.units):
        judged.near = passage[:5]
