"""Today: what a person has to do, soonest first, from one query over the open obligations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from contracts.views.lists import counts_of
from ledger.clock import engine_now
from ledger.models import Case
from parties.access import districts_of
from parties.models import District, Membership, Vendor
from policy.models import Deadline, Obligation, OwedBy

SHOWN = 12
DAYS_AHEAD = 14
URGENT_HOURS = 48
LIVE = ("running", "paused", "undated", "missed")


@dataclass(frozen=True, slots=True)
class Task:
    """One act owed, and where to do it."""

    obligation: Obligation
    url: str


@dataclass(slots=True)
class Row:
    """One line of work: what one case owes at one moment, the act to do first at the front."""

    deadline: Deadline | None
    due: datetime | None
    is_urgent: bool
    tasks: list[Task]

    @property
    def case(self) -> Case:
        return self.tasks[0].obligation.case

    @property
    def district(self) -> District:
        return self.tasks[0].obligation.district

    @property
    def minutes(self) -> int:
        return sum(task.obligation.minutes for task in self.tasks)


def open_obligations(request: HttpRequest) -> QuerySet[Any]:
    """What the person's districts owe and await, soonest clock first, undated ones at the top.

    Undated means that a parameter was never set: the engine will not guess, so a person must look.
    """
    clocks = Q(deadlines__status__in=LIVE)
    undated = Deadline.objects.filter(obligation=OuterRef("pk"), status="undated")
    return (
        Obligation.objects.for_user(request.user)
        .open()
        .annotate(first_due=Min("deadlines__due_at", filter=clocks), is_undated=Exists(undated))
        .select_related("district", "case")
        .prefetch_related("deadlines", "changes")
        .order_by(F("first_due").asc(nulls_first=True), "pk")
    )


def work_url(obligation: Obligation) -> str:
    """The page on which the act is done; the case's own page when the room names no other.

    What was claimed as done waits on the duty's own page for a second person.
    """
    if obligation.claims:
        return obligation.get_absolute_url()
    where = [obligation.case.district.slug, obligation.case.number]
    try:
        return reverse(f"{obligation.case.kind}:act", args=[*where, obligation.rule])
    except NoReverseMatch:
        return obligation.case.get_absolute_url()


def rows_of(obligations: Iterable[Obligation], now: datetime) -> list[Row]:
    """A line for each case and moment, in the order given: acts of one case due together are one line."""
    rows: dict[tuple[int, datetime | None], Row] = {}
    for obligation in obligations:
        clocks = [d for d in obligation.deadlines.all() if d.status in LIVE]
        first = min(clocks, key=lambda d: (d.due_at is not None, d.due_at or now), default=None)
        due = first.due_at if first else None
        is_urgent = bool(
            first and due and first.unit == "hours" and due - now < timedelta(hours=URGENT_HOURS)
        )
        row = rows.setdefault((obligation.case_id, due), Row(first, due, is_urgent, []))
        row.tasks.append(Task(obligation, work_url(obligation)))
    return list(rows.values())


def grouped(rows: Iterable[Row], now: datetime) -> list[tuple[str, list[Row]]]:
    """The lines under headings that people plan by; `due` is exclusive, days are the district's."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(heading_of(row, now), []).append(row)
    return list(groups.items())


def heading_of(row: Row, now: datetime) -> str:
    if row.due is None:
        return _("Without a date: somebody must look")
    if row.due <= now:
        return _("Overdue")
    zone = row.district.tz
    days = ((row.due - timedelta(microseconds=1)).astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Tomorrow")
    return _("In the next 7 days") if days <= 7 else _("Later")


def today(request: HttpRequest) -> HttpResponse:
    """The work list. A person of a vendor is sent to the vendor's home, a newcomer to the set-up desk."""
    user = request.user
    memberships = list(Membership.objects.active_for(user).select_related("district"))
    if not memberships:
        if Vendor.objects.for_member(user).exists():
            return redirect("vendor:home")
        return redirect("setup:districts")
    now = engine_now()
    mine = open_obligations(request).filter(owed_by=OwedBy.DISTRICT)
    soon = mine.filter(Q(first_due__lt=now + timedelta(days=DAYS_AHEAD)) | Q(first_due=None))
    rows = rows_of(soon, now)
    others = [row for row in rows if row is not urgent_of(rows)]
    later = mine.filter(first_due__gte=now + timedelta(days=DAYS_AHEAD)).first()
    context = {
        "now": now,
        "urgent": urgent_of(rows),
        "groups": grouped(others[:SHOWN], now),
        "not_shown": len(others[SHOWN:]),
        "count": len(rows),
        "effort": effort_of(rows),
        "next_due": later.first_due if later else None,
        "waiting_count": open_obligations(request).filter(owed_by=OwedBy.VENDOR).count(),
        "several": len({m.district_id for m in memberships}) > 1,
        "district": memberships[0].district,
        "desks": desks(request),
    }
    return render(request, "today/today.html", context)


def urgent_of(rows: Iterable[Row]) -> Row | None:
    """The line whose hours are shown large at the top."""
    return next((row for row in rows if row.is_urgent), None)


def effort_of(rows: Iterable[Row]) -> str:
    """How long the rows will take, as people say it."""
    minutes = sum(row.minutes for row in rows)
    if minutes <= 90:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return ngettext("%(n)s hour", "%(n)s hours", round(minutes / 60)) % {"n": round(minutes / 60)}


def desks(request: HttpRequest) -> list[tuple[District, dict[str, int]]]:
    """Each district of the person with the counts of its contracts: they come last on the page."""
    mine = Contract.objects.for_user(request.user)
    return [(one, counts_of(mine.filter(district=one))) for one in districts_of(request.user)]


def deadlines(request: HttpRequest) -> HttpResponse:
    """Every open act of the person's districts, the vendors' as well as their own, page by page."""
    found = open_obligations(request)
    if slug := request.GET.get("district"):
        found = found.filter(district=get_object_or_404(districts_of(request.user), slug=slug))
    owed_by = request.GET.get("owed_by", "")
    if owed_by in OwedBy.values:
        found = found.filter(owed_by=owed_by)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    now = engine_now()
    context = {"now": now, "page": page, "rows": rows_of(page.object_list, now), "owed_by": owed_by}
    return render(request, "today/deadlines.html", context)
