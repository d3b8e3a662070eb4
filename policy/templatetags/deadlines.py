"""How a deadline looks: time left, the date and hour in the district's zone, and why this time (ux §7.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import dateformat
from django.utils.translation import get_language, gettext, ngettext

from ledger.clock import engine_now
from parties.models import District
from policy.models import Deadline, DeadlineStatus

register = template.Library()

_ENDED = {
    DeadlineStatus.KEPT: ("good", "yes"),
    DeadlineStatus.CANCELLED: ("plain", "part"),
    DeadlineStatus.SUPERSEDED: ("plain", "part"),
    DeadlineStatus.PAUSED: ("check", "clock"),
    DeadlineStatus.UNDATED: ("check", "ask"),
}


@dataclass(frozen=True)
class Left:
    """Words for the time left, and how loud they are: plain, soon, late, good or check."""

    words: str
    tone: str
    icon: str
    seconds: int | None = None


def now_of(context: Context) -> datetime:
    """The engine's now, asked of the database once a request."""
    request = context.get("request")
    if request is None:
        return engine_now()
    if not hasattr(request, "engine_now"):
        request.engine_now = engine_now()
    now: datetime = request.engine_now
    return now


def last_day(deadline: Deadline, district: District) -> date:
    """The last local day on which a day clock can still be kept: `due_at` itself is already too late."""
    assert deadline.due_at is not None
    return (deadline.due_at - timedelta(microseconds=1)).astimezone(district.tz).date()


def hours_and_minutes(span: timedelta) -> str:
    """11 h 20 min, rounded down; the sign is left to the words around it."""
    minutes = int(abs(span).total_seconds() // 60)
    return gettext("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def business_days_left(deadline: Deadline, today: date, last: date) -> int:
    """Business days after today up to the last day; the holidays are those of the frozen arithmetic."""
    holidays = {skipped["date"] for skipped in deadline.basis.get("skipped", [])}
    days = (today + timedelta(days=n) for n in range(1, (last - today).days + 1))
    return sum(day.weekday() < 5 and day.isoformat() not in holidays for day in days)


def time_left(deadline: Deadline, district: District, now: datetime) -> Left:
    """What is left of a running clock, or how it ended; one whose act was done late says by how much."""
    status = DeadlineStatus(deadline.status)
    if status in _ENDED:
        tone, icon = _ENDED[status]
        return Left(str(status.label), tone, icon)
    assert deadline.due_at is not None
    settled_at = deadline.obligation.settled_at if status == DeadlineStatus.MISSED else None
    if settled_at:
        late = _left_at(deadline, district, settled_at)
        return Left(gettext("Done, %(time)s") % {"time": late.words}, "late", "alarm")
    return _left_at(deadline, district, now)


def _left_at(deadline: Deadline, district: District, now: datetime) -> Left:
    assert deadline.due_at is not None
    if deadline.unit in ("hours", "immediately"):
        return _hours_left(deadline.due_at - now)
    today, last = now.astimezone(district.tz).date(), last_day(deadline, district)
    if today > last:
        return Left(_days_late((today - last).days), "late", "alarm")
    if today == last:
        return Left(gettext("Today is the last day"), "soon", "alarm")
    if deadline.unit == "business_days":
        days = business_days_left(deadline, today, last)
        words = ngettext("%(days)d business day left", "%(days)d business days left", days)
        return Left(words % {"days": days}, *(("soon", "alarm") if days <= 3 else ("plain", "")))
    days = (last - today).days
    words = ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return Left(words, *(("soon", "alarm") if days <= 7 else ("plain", "")))


def _days_late(days: int) -> str:
    return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}


def _hours_left(span: timedelta) -> Left:
    """Hours and minutes, which the page keeps up to date; a clock long past says whole days."""
    seconds = int(span.total_seconds())
    if span <= timedelta(hours=-72):
        return Left(_days_late(-seconds // 86_400), "late", "alarm")
    if seconds <= 0:
        words = gettext("%(time)s late") % {"time": hours_and_minutes(span)}
        return Left(words, "late", "alarm", seconds)
    words = gettext("%(time)s left") % {"time": hours_and_minutes(span)}
    return Left(words, "soon" if span <= timedelta(hours=24) else "plain", "alarm", seconds)


def _day(value: date, year: bool) -> str:
    english = (get_language() or "en").startswith("en")
    pattern = ("D, M j, Y" if year else "D, M j") if english else ("D j M Y" if year else "D j M")
    return dateformat.format(value, pattern)


@register.filter
def local_date(at: datetime | None, district: District) -> str:
    """Sun, Nov 22, 2026: the day on the district's wall calendar."""
    return _day(at.astimezone(district.tz), year=True) if at else ""


@register.filter
def local_time(at: datetime | None, district: District) -> str:
    """Sun, Nov 22, 6:20 a.m.: the date and hour on the district's wall clock."""
    if not at:
        return ""
    local = at.astimezone(district.tz)
    english = (get_language() or "en").startswith("en")
    return f"{_day(local, year=False)}, {dateformat.format(local, 'g:i a' if english else 'H:i')}"


@register.filter
def due_on(deadline: Deadline, district: District) -> str:
    """When it is due: an hour clock by the minute, a day clock as the end of its last day."""
    if deadline.due_at is None:
        return gettext("No date yet")
    if deadline.unit in ("hours", "immediately"):
        return local_time(deadline.due_at, district)
    return gettext("end of %(day)s") % {"day": _day(last_day(deadline, district), year=False)}


@register.filter
def due_day(due_at: datetime | None, district: District) -> str:
    """The last day on which it is still in time: `due_at` itself is exclusive, often a midnight."""
    if not due_at:
        return ""
    return _day((due_at - timedelta(microseconds=1)).astimezone(district.tz).date(), year=False)


@register.filter
def because(deadline: Deadline, district: District) -> str:
    """The rule in a few words: "5 business days after Mon, Nov 16"; empty where the date needs none."""
    amount, unit = deadline.basis.get("amount"), deadline.unit
    if not isinstance(amount, int) or unit not in AMOUNTS or not amount or "paused" in deadline.basis:
        return ""
    started = deadline.started_at.astimezone(district.tz)
    since = local_time(started, district) if unit == "hours" else _day(started.date(), year=False)
    return gettext("%(amount)s after %(since)s") % {"amount": AMOUNTS[unit](amount), "since": since}


AMOUNTS: dict[str, Callable[[int], str]] = {
    "hours": lambda n: ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n},
    "business_days": lambda n: ngettext("%(n)d business day", "%(n)d business days", n) % {"n": n},
    "calendar_days": lambda n: ngettext("%(n)d day", "%(n)d days", n) % {"n": n},
    "months": lambda n: ngettext("%(n)d month", "%(n)d months", n) % {"n": n},
}


@register.filter
def to_do(title: str) -> str:
    """An obligation's title after "left": "Tell the families" becomes "to tell the families"."""
    return gettext("to %(act)s") % {"act": title[:1].lower() + title[1:]}


@register.inclusion_tag("components/deadline.html", takes_context=True)
def deadline_cell(
    context: Context,
    deadline: Deadline,
    district: District | None = None,
    why: bool = True,
    rule: bool = True,
) -> dict[str, Any]:
    """Time left, date and hour, rule (unless a column beside it says so), and "Why this time?"."""
    district = district or deadline.district
    return {
        "deadline": deadline,
        "district": district,
        "left": time_left(deadline, district, now_of(context)),
        "why": why and deadline.basis.get("lines"),
        "rule": rule,
    }


@register.inclusion_tag("components/clock.html", takes_context=True)
def clock_banner(
    context: Context,
    deadline: Deadline,
    what: str,
    district: District | None = None,
    url: str = "",
    verb: str = "",
    note: str = "",
    about: str = "",
) -> dict[str, Any]:
    """The loud clock of the most urgent act: what is left, of what, how much is used up, and the button.

    `what` follows the time: "to tell 214 families about the Lumen Reading breach"; `about` names the case.
    """
    district = district or deadline.district
    now = now_of(context)
    left = time_left(deadline, district, now)
    share = 0.0
    if deadline.due_at and deadline.due_at > deadline.started_at:
        share = (now - deadline.started_at) / (deadline.due_at - deadline.started_at)
    return {
        "deadline": deadline,
        "district": district,
        "left": left,
        "what": what,
        "url": url,
        "verb": verb,
        "note": note,
        "about": about,
        "used": round(min(max(share, 0), 1) * 100),
        "tone": "stopped" if left.tone == "good" else "calm" if left.tone in ("plain", "check") else "urgent",
    }


@register.inclusion_tag("components/chip.html", takes_context=True)
def time_left_chip(context: Context, deadline: Deadline, district: District | None = None) -> dict[str, str]:
    """Only the mark: "3 business days left"."""
    left = time_left(deadline, district or deadline.district, now_of(context))
    return {"tone": left.tone, "icon": left.icon, "word": left.words}


@register.filter
def hours_minutes(seconds: int) -> str:
    """40800 as "11 h 20 min"."""
    return hours_and_minutes(timedelta(seconds=seconds))


@register.filter
def full_stop(words: str) -> str:
    """End a sentence once: "6:20 a.m." already has its stop."""
    return words if words.endswith(".") else f"{words}."
