"""Checks that a pattern alone cannot make: amounts, recipients, jurisdictions, subjects, conditions.

Each takes the live units that speak to a requirement, and the pack's limits, and says what it found. The law's
numbers come from `limits` only; what a check concludes is explained in `why`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..grammar import Macros
from ..structure import Unit


@dataclass(slots=True)
class Checked:
    """What one passage (a unit or a section) amounts to for a requirement."""

    verdict: str  # met | deficient
    why: str
    units: list[Unit]
    doubt: str = ""
    rank: int = 0


Check = Callable[[Sequence[Sequence[Unit]], Mapping[str, Any], Macros], list[Checked]]
REGISTRY: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        REGISTRY[name] = function
        return function

    return register


def sentence_of(units: Sequence[Unit]) -> str:
    return " . ".join(u.canon for u in units)


BLANK = re.compile(
    r"\[\s*(?:insert|state|number|name|date|blank|tbd|x+|_+|•|#|hours?|days?|enter|to be|e\.g)[^\]]{0,60}\]|\[[a-z ]{0,30}(?:number|state|name|days|hours|amount)[^\]]{0,40}\]|_{3,}|<(?:insert|state|number)[^>]{0,40}>|\btbd\b|\bto be (?:determined|inserted|completed|agreed)\b|\{\{[^}]+\}\}",
    re.I,
)
