"""What of the set-up desk counsel can act on: the Board's own times, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parties.models import District
from policy.amending import waiting_edition
from policy.models import Adoption
from policy.packs import load


def counsel_desk(request: HttpRequest, district: District) -> HttpResponse:
    """The packs followed, each with the way to its own times, and what waits; the caller checks who sees it.

    Counsel makes editions, agrees to them, and is the second person for the end of a pack and further
    holidays (policy/amending.py, policy/adoptions.py, policy/calendars.py).
    """
    rows = district.adoptions.filter(until=None).select_related("edition", "end_asked_by", "district")
    context = {
        "district": district,
        "followed": [(load(row.pack), row) for row in rows],
        "changes": district.year_changes.filter(is_agreed=None).select_related("asked_by"),
        **waiting_in(rows),
    }
    return render(request, "setup_desk/counsel.html", context)


def waiting_in(adoptions: Iterable[Adoption]) -> dict[str, Any]:
    """Whose end, and whose longer time, waits for a second person; each with the pack's title."""
    titled = [(load(row.pack).title, row) for row in adoptions]
    return {
        "ending": [(title, row) for title, row in titled if row.end_asked_by is not None],
        "longer": [(title, asked) for title, row in titled if (asked := waiting_edition(row))],
    }
