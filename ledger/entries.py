"""The only writers of history: `record` writes an Entry, `transition` an act's status with its Entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models, transaction

from ledger.clock import engine_now
from ledger.models import Case, Entry
from parties.models import District, User

Act = TypeVar("Act", bound=models.Model)
Graph = Mapping[str, frozenset[str]]


class Conflict(Exception):
    """Somebody else has already taken this step, or the state no longer allows it (409)."""


def open_case(
    *, district: District, kind: str, title: str, restricted: bool = False, is_drill: bool = False
) -> Case:
    """Open a case under the district's next number of its kind and year, e.g. 2026-0117.

    Effects: one Case row. The year is the district's local year. Two at once wait for each other.
    """
    now = engine_now()
    year = now.astimezone(district.tz).year
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"case {district.pk} {kind} {year}"]
            )
        last = (
            Case.objects.filter(district=district, kind=kind, number__startswith=f"{year}-")
            .order_by("-number")
            .values_list("number", flat=True)
            .first()
        )
        serial = int(last.split("-")[1]) + 1 if last else 1
        return Case.objects.create(
            district=district,
            kind=kind,
            number=f"{year}-{serial:04d}",
            title=title[:200],
            restricted=restricted,
            is_drill=is_drill,
            opened_at=now,
        )


def record(
    act: str,
    *,
    by: User | None,
    case: Case | None = None,
    district: District | None = None,
    reason: str = "",
    at: datetime | None = None,
    **facts: Any,
) -> Entry:
    """Write one Entry: who did which act, when and why. The only writer of Entry.

    `by` is None when the portal itself acted. Facts are JSON values: reference numbers, dates as ISO
    text, counts, digests; never a person's name or address.
    """
    owner = case.district if case is not None else district
    return Entry.objects.create(
        district=owner,
        case=case,
        case_number=f"{case.kind} {case.number}" if case is not None else "",
        act=act,
        at=at or engine_now(),
        by=by,
        reason=reason,
        facts=facts,
    )


def transition(
    row: Act,
    *,
    to: str,
    graph: Graph,
    act: str,
    case: Case,
    by: User | None,
    reason: str = "",
    field: str = "status",
    changes: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Act:
    """Move an act's status along its graph, under a row lock, with its Entry. The only writer of statuses.

    `changes` are further columns saved with the status. Raises Conflict when the stored state does not
    lead to `to`. Effects: the row saved (history kept), one Entry. Returns the locked, saved row.
    """
    with transaction.atomic():
        locked = type(row)._default_manager.select_for_update().get(pk=row.pk)
        now = getattr(locked, field)
        if to not in graph.get(now, frozenset()):
            raise Conflict(f"This is already {now}. Reload the page to see what happened.")
        for name, value in (changes or {}).items():
            setattr(locked, name, value)
        setattr(locked, field, to)
        locked.save()
        record(act, by=by, case=case, reason=reason, **facts)
    for name in (field, *(changes or {})):
        setattr(row, name, getattr(locked, name))
    return locked
