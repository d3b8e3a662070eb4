"""Grades in one order, however a roster writes them: PK, KG, 1 to 12."""

from __future__ import annotations

from typing import Final

_BEFORE_FIRST: Final = {
    "IT": -3,
    "PR": -2,
    "PK": -1,
    "PREK": -1,
    "PRE-K": -1,
    "TK": 0,
    "KG": 0,
    "K": 0,
    "0": 0,
}


def grade_rank(grade: str) -> int | None:
    """The place of a grade in order (kindergarten 0, first grade 1 …), or None when it is not a grade."""
    text = grade.strip().upper().lstrip("0") or ("0" if grade.strip() else "")
    if text in _BEFORE_FIRST:
        return _BEFORE_FIRST[text]
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= 13 else None


def grade_name(grade: str) -> str:
    """One spelling of a grade: PK, KG, 1 … 12; what is not a grade stays as it was written."""
    rank = grade_rank(grade)
    if rank is None:
        return grade.strip()[:8]
    return {-3: "IT", -2: "PR", -1: "PK", 0: "KG"}.get(rank, str(rank))
