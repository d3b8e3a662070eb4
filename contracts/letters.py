"""The letter that asks a vendor to amend: the missing terms, why, and words it may simply accept."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string

from contracts.checklist import requirement_of
from contracts.models import ClauseFinding, Contract

CLAUSES: Final = Path(__file__).parent / "reading" / "clauses"


def request_to_amend(contract: Contract, short: Sequence[ClauseFinding]) -> str:
    """The proposed words of the letter, for a person to read and change before anything is sent."""
    terms = [
        {
            "requirement": requirement_of(row),
            "finding": row,
            "quotes": [quote["text"] for quote in row.passages],
            "wording": suggested_wording(row.pack, row.requirement),
        }
        for row in short
    ]
    return render_to_string("contracts/letters/request_to_amend.txt", {"contract": contract, "terms": terms})


def suggested_wording(pack: str, requirement: str) -> str:
    """Words that would satisfy the requirement; empty when nobody has written any."""
    asked = _clauses(pack.partition("@")[0]).get("requirement", {}).get(requirement, {})
    return str(asked.get("suggest", ""))


@cache
def _clauses(pack: str) -> dict[str, Any]:
    try:
        return tomllib.loads((CLAUSES / f"{pack}.toml").read_text())
    except FileNotFoundError:
        return {}
