"""What a contract itself deletes, replaces, strikes or leaves unchosen, and which of its documents prevails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import forms
from .literals import Swift
from .numbers import arabic

if TYPE_CHECKING:
    from .structure import Unit

STRUCK = re.compile(r"~~(.+?)~~")
CITED = r"(?:sections?|articles?|paragraphs?|clauses?|items?|subsections?)\s+((?:[A-Z]{1,3}-)?[\dIVXivx]+(?:\.\d+)*(?:\([a-z0-9]+\))?)"
DELETED = Swift(
    rf"(?i)\b{CITED}(?:[^.;]{{0,80}}?)\s(?:is|are|shall be)\s+(?:hereby\s+)?(?:deleted|stricken|struck|removed|void|waived|of no (?:force|effect)"
    r"|not (?:applicable|part|binding)|replaced|superseded|rescinded|inapplicable|omitted|suspended|null|deemed deleted)"
)
NOT_APPLY = Swift(rf"(?i)\b{CITED}[^.;]{{0,60}}?\s(?:does|do|shall|will)\s+not\s+(?:apply|bind|form part)")
REPLACES = Swift(rf"(?i)\b(?:delete|strike|replace|supersede|remove)s?\s+{CITED}")
AMENDED = Swift(
    rf"(?i)\b{CITED}[^.;]{{0,80}}?\s(?:is|are|shall be)\s+(?:hereby\s+)?amended\s+(?:and restated\s+)?(?:in its entirety\s+)?(?:to read|as follows|by (?:replacing|deleting))"
)


def mark_void(units: list[Unit]) -> None:
    """Void what the contract itself deletes, replaces, strikes through, leaves un-chosen or only asks for."""
    forms.answered(units)
    forms.boxes(units)
    forms.questions(units)
    forms.replies(units)
    for unit in units:
        if unit.kind in ("toc", "heading", "definition"):
            continue
        for pattern in (DELETED, NOT_APPLY, REPLACES, AMENDED):
            for match in pattern.finditer(unit.text):
                if re.search(
                    r"(?i)\bif\b|\bany\b|\bshould\b|\bheld\b|\bfound\b", unit.text[: match.start()][-60:]
                ):
                    continue
                void_section(units, unit, match.group(1))
        if STRUCK.fullmatch(unit.text.strip("| ")) or (
            unit.row and len(STRUCK.sub("", unit.text).strip("| -")) < 25 and STRUCK.search(unit.text)
        ):
            unit.void = "struck through"
    forms.unchosen(units)


def void_section(units: list[Unit], by: Unit, number: str) -> None:
    wanted = arabic(number) if not number[:1].isdigit() else number
    for unit in units:
        if unit is by or unit.block == by.block:
            continue
        own = unit.number
        same = own == wanted or own.startswith(wanted + ".") or own.startswith(wanted + "(")
        if same and unit.part != by.part and unit.index < by.index:
            unit.void = f"section {number} is deleted or replaced further on"


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
