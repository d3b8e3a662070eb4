"""What a contract itself deletes, replaces, strikes or leaves unchosen, and which of its documents prevails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from . import forms
from .amendments import amend_within, leave_out, replaced_cells
from .literals import Swift

if TYPE_CHECKING:
    from .structure import Unit

STRUCK = re.compile(r"~~(.+?)~~")
BY_HAND = re.compile(
    r"(?i)[\[(](?:[^\[\](]{0,60}\W)?(?:hand-?written(?! (?:signature|date|name|initials))|(?:struck|deleted|added|inserted|written|changed|corrected)"
    r"(?: (?:out|in|through|over))? (?:by hand|in (?:ink|pen|pencil))|struck|crossed out|lined out|margin|interlined|interlineated)\b"
)


def mark_void(units: list[Unit]) -> None:
    """Void what the contract itself deletes, replaces, strikes through, leaves un-chosen or only asks for."""
    forms.answered(units)
    forms.boxes(units)
    forms.questions(units)
    forms.replies(units)
    amend_within(units)
    replaced_cells(units)
    for unit in units:
        if unit.row and len(STRUCK.sub("", unit.text).strip("| -")) < 25 and STRUCK.search(unit.text):
            unit.void = "struck through"
    strike(units)
    by_hand(units)
    forms.unchosen(units)
    leave_out(units)


def strike(units: Sequence[Unit]) -> None:
    """Words between strokes are not read; a sentence that is mostly struck is void, whatever heading stays."""
    for _, block in groupby(units, key=lambda u: u.block):
        sentences, struck = list(block), False
        if sum(u.text.count("~~") for u in sentences) % 2:
            continue
        for unit in sentences:
            kept = ""
            for number, piece in enumerate(unit.text.split("~~")):
                struck = struck != bool(number)
                kept += ("  " if number else "") + (" " * len(piece) if struck else piece)
            if letters(kept) < 0.4 * letters(unit.text):
                unit.void = "struck through"
            elif not unit.row:
                unit.text = kept


def letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def by_hand(units: Sequence[Unit]) -> None:
    """A paragraph that bears a note of handwriting or strokes may mean something else: to be looked at."""
    for note in units:
        if BY_HAND.search(note.text):
            for unit in units[max(0, note.index - 12) : note.index + 1]:
                same = unit.number == note.number and unit.part == note.part
                if unit.block == note.block or (same and (note.number or unit.block == note.block - 1)):
                    unit.doubt = "changed by hand"


PREVAILS = Swift(
    r"(?i)(?:\b(?:this|the)\s+)?([\w' .\"-]{2,60}?)\s+(?:(?:shall|will)\s+)?(?:prevails?|controls?|governs?|takes? precedence|supersedes?)\b(?=[^.]{0,80}(?:\.|over|in (?:the event|case)|conflict|where|if|to the extent|$))"
)
CONFLICT = Swift(r"(?i)conflict|inconsisten|differ|discrepan|precedence|contradict|disagree")


def prevailing(units: Sequence[Unit]) -> list[tuple[str, Unit]]:
    """Which documents win over the others, in the contract's own words."""
    wins: list[tuple[str, Unit]] = []
    for unit in units:
        if unit.kind == "clause" and CONFLICT.search(unit.text):
            match = PREVAILS.search(unit.text)
            if match:
                wins.append((match.group(1).strip().lower(), unit))
    return wins
