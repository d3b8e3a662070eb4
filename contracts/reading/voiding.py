"""What a contract itself deletes, replaces, strikes or leaves unchosen, and which of its documents prevails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from . import forms
from .literals import Swift
from .numbers import arabic

if TYPE_CHECKING:
    from .structure import Unit

STRUCK = re.compile(r"~~(.+?)~~")
BY_HAND = re.compile(
    r"(?i)[\[(](?:[^\])]{0,60}\W)?(?:hand-?written(?! (?:signature|date|name|initials))|(?:struck|deleted|added|inserted|written|changed|corrected)"
    r"(?: (?:out|in|through|over))? (?:by hand|in (?:ink|pen|pencil))|struck|crossed out|lined out|margin|interlined|interlineated)\b"
)
CITED = r"(?:sections?|articles?|paragraphs?|clauses?|items?|subsections?)\s+((?:[A-Z]{1,3}-)?[\dIVXivx]+(?:\.\d+)*(?:\([a-z0-9]+\))?)"
CITES = Swift(rf"(?i)\b{CITED}")
NAMES = Swift(
    r"(?i)\b(?:section|article|paragraph|clause|item|exhibit|schedule|annex|appendix|attachment|addendum|rider|supplement)"
)
GONE = (
    r"(?:[^.;]{0,80}?)\s(?:is|are|shall be)\s+(?:hereby\s+)?(?:deleted|stricken|struck|removed|void|waived|of no (?:force|effect)"
    r"|not (?:applicable|part|binding)|replaced|superseded|rescinded|inapplicable|omitted|suspended|null|deemed deleted)"
)
DELETED = Swift(rf"(?i)\b{CITED}{GONE}")
PART_DELETED = Swift(
    r"(?i)\b(exhibit|schedule|annex|appendix|attachment|addendum|rider|supplement)\s+(?:no\.?\s*)?([A-Z0-9]{1,3})\b"
    + GONE
)
NOT_APPLY = Swift(rf"(?i)\b{CITED}[^.;]{{0,60}}?\s(?:does|do|shall|will)\s+not\s+(?:apply|bind|form part)")
REPLACES = Swift(rf"(?i)\b(?:delete|strike|replace|supersede|remove)s?\s+{CITED}")
AMENDED = Swift(
    rf"(?i)\b{CITED}[^.;]{{0,80}}?\s(?:is|are|shall be)\s+(?:hereby\s+)?amended\s+(?:and restated\s+)?(?:in its entirety\s+)?(?:to read|as follows|by (?:replacing|deleting))"
)


QUOTED = r"[\"“]([^\"“”]{1,200})[\"”]"
EXCHANGED = Swift(
    rf"(?i){QUOTED}[^\"“”.;]{{0,60}}?\b(?:replac|chang|amend|substitut|insert|read|becom)\w*[^\"“”.;]{{0,60}}?{QUOTED}"
)
REVERSED = re.compile(r"(?i)\b(?:in (?:place|lieu) of|instead of)\b")


def mark_void(units: list[Unit]) -> None:
    """Void what the contract itself deletes, replaces, strikes through, leaves un-chosen or only asks for."""
    forms.answered(units)
    forms.boxes(units)
    forms.questions(units)
    forms.replies(units)
    for unit in units:
        amend(units, unit, same_paper=True)
        if unit.row and len(STRUCK.sub("", unit.text).strip("| -")) < 25 and STRUCK.search(unit.text):
            unit.void = "struck through"
    strike(units)
    by_hand(units)
    forms.unchosen(units)


def amend(units: Sequence[Unit], by: Unit, *, same_paper: bool) -> None:
    """Do to these earlier sentences what a later one says of their sections: delete them, or put in other words."""
    if by.kind in ("toc", "heading", "definition") or not NAMES.search(by.text):
        return
    earlier = [u for u in units if u.index < by.index and u.part != by.part] if same_paper else units
    if exchange(earlier, by, same_paper=same_paper):
        return
    for pattern in (DELETED, NOT_APPLY, REPLACES, AMENDED):
        for match in pattern.finditer(by.text):
            if not SUPPOSED.search(by.text[: match.start()][-60:]):
                for unit in section(earlier, match.group(1)):
                    unit.void = f"section {match.group(1)} is deleted or replaced further on"
    for match in PART_DELETED.finditer(by.text):
        if not SUPPOSED.search(by.text[: match.start()][-60:]):
            name = " ".join(match.groups()).lower()
            for unit in earlier:
                unit.void = f"{name} is deleted or replaced further on" if unit.part == name else unit.void


SUPPOSED = re.compile(r"(?i)\bif\b|\bany\b|\bshould\b|\bheld\b|\bfound\b")


def section(units: Sequence[Unit], number: str) -> list[Unit]:
    wanted = arabic(number) if not number[:1].isdigit() else number
    return [unit for unit in units if any(within(own, wanted) for own in numbers(unit))]


def numbers(unit: Unit) -> set[str]:
    """Its section's number, and the one that it bears itself ("5. Security. 5.1 The Company ...")."""
    own = OWN_NUMBER.match(unit.text[unit.bare :]) or OWN_NUMBER.match(unit.text)
    return {unit.number, own.group(1)} if own else {unit.number}


OWN_NUMBER = re.compile(r"(?:\W*\d{1,3}\. [A-Z][\w ,'&-]{2,60}\.)?\W*(\d{1,3}(?:\.\d{1,3})+)\.?\s")


def within(own: str, wanted: str) -> bool:
    return own == wanted or own.startswith((f"{wanted}.", f"{wanted}("))


def exchange(units: Sequence[Unit], by: Unit, *, same_paper: bool) -> bool:
    """Words that an amendment puts in the place of others: the section is read with them."""
    cited, words = CITES.search(by.text), EXCHANGED.search(by.text)
    if not cited or not words or REVERSED.search(words.group()):
        return False
    former, new = words.group(1).strip(), words.group(2).strip()
    held = [unit for unit in section(units, cited.group(1)) if former in unit.text]
    for unit in held:
        unit.text = unit.text.replace(former, new)
        if same_paper:
            unit.replies.append(by)
        else:
            unit.doubt = "a later paper changes its words"
    if held:  # the words that go are no term
        by.text = by.text.replace(words.group(1), " " * len(words.group(1)), 1)
    return bool(held)


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
