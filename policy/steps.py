"""When a running clock warns: pure arithmetic on its start and its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

HOUR_UNITS: Final = frozenset({"hours", "immediately"})
"""Clocks that ring at once, step by step; all others go into one daily message a person."""

ALWAYS_TO_SUPERINTENDENT: Final = frozenset({"90%", "4h", "1h", "due", "overdue"})

_HOUR: Final = timedelta(hours=1)
_SHARES: Final = (("50%", 0.50), ("75%", 0.75), ("90%", 0.90))
_HOURS_BEFORE: Final = (("24h", 24), ("4h", 4), ("1h", 1))
_DAYS_BEFORE: Final = (("7d", 7), ("3d", 3), ("1d", 1))


def steps(unit: str, started_at: datetime, due_at: datetime | None) -> list[tuple[str, datetime]]:
    """The warning steps of a clock with their instants, soonest first.

    Hour clocks: at once, at 50, 75 and 90 % of the time, 24, 4 and 1 hours before the end, at the end and an
    hour later. Day clocks: 7, 3 and 1 days before, at the end and a day later. A step that would come before
    the start is left out. A clock without a date has one step, now.
    """
    if due_at is None:
        return [("undated", started_at)]
    if unit not in HOUR_UNITS:
        before = [(name, due_at - timedelta(days=days)) for name, days in _DAYS_BEFORE]
        kept = [(name, at) for name, at in before if at > started_at]
        return [*kept, ("due", due_at), ("overdue", due_at + timedelta(days=1))]
    span = due_at - started_at
    found = [("start", started_at), *((name, started_at + span * share) for name, share in _SHARES if span)]
    found += [(name, due_at - hours * _HOUR) for name, hours in _HOURS_BEFORE if span > hours * _HOUR]
    return sorted([*found, ("due", due_at), ("overdue", due_at + _HOUR)], key=lambda step: step[1])


def first_step(unit: str, started_at: datetime, due_at: datetime) -> datetime:
    """The instant of the first step."""
    return steps(unit, started_at, due_at)[0][1]


def passed(found: list[tuple[str, datetime]], now: datetime) -> list[tuple[str, datetime]]:
    """The steps whose instant has come."""
    return [(name, at) for name, at in found if at <= now]


def next_after(found: list[tuple[str, datetime]], now: datetime) -> datetime | None:
    """The instant of the first step still to come; None when there is none."""
    return min((at for _, at in found if at > now), default=None)
