"""What one clock counts, from when and in which zone; and how a clock that stood still is counted again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parties.models import District
from policy import clock
from policy.holidays import holidays_for, holidays_running
from policy.models import Deadline, Pause
from policy.steps import HOUR_UNITS


@dataclass(frozen=True, slots=True)
class Count:
    """`amount` of `unit` from `since`, on the wall calendar of `zone`."""

    unit: str
    amount: int | str
    since: datetime
    zone: ZoneInfo
    calendar: clock.HolidayCalendar
    before: Mapping[str, Any] = field(default_factory=dict)
    """What goes ahead of it in a deadline's `basis`: the lines and skipped days up to a pause."""

    def due(self) -> clock.Due:
        return clock.due(
            unit=self.unit, amount=self.amount, at=self.since, zone=self.zone, calendar=self.calendar
        )

    def as_basis(self, found: clock.Due) -> dict[str, Any]:
        """The arithmetic as a deadline keeps it (JSON)."""
        shown = found.as_basis()
        ahead = {name: [*self.before.get(name, []), *shown[name]] for name in ("lines", "skipped")}
        counted = {"since": self.since.isoformat(), "amount": self.amount, "zone": self.zone.key}
        return {**self.before, **shown, **ahead, **counted}


def first_count(district: District, *, unit: str, amount: int | str, since: datetime) -> Count:
    """The count of a clock that begins now: the district's zone and every holiday confirmed so far."""
    return Count(unit, amount, since, district.tz, holidays_for(district))


def count_again(deadline: Deadline, *, start: datetime, agreed: Collection[date] = ()) -> Count:
    """The clock counted anew from `start` in the zone it began in, and through each pause that has ended.

    The original amount counts up to the pause, and what was left of it from its end; a pause that ended
    before `start` stopped nothing, and neither does one after the clock was over. `agreed` are further
    holidays that two persons agreed to.
    """
    pauses = _ended_pauses(deadline)
    original = pauses[0].deadline if pauses else deadline
    calendar = clock.WEEKENDS_ONLY
    if original.unit == "business_days":
        calendar = holidays_running(deadline, agreed=agreed)
    count = Count(original.unit, original.basis["amount"], start, zone_of(deadline), calendar)
    for pause in pauses:
        assert pause.ended_at is not None
        if pause.ended_at <= count.since:
            continue
        found = count.due()
        if found.due_at <= pause.began_at:
            break
        count = _after(count, found, pause, ended_at=pause.ended_at)
    return count


def zone_of(deadline: Deadline) -> ZoneInfo:
    """The zone the clock began in; it stays, also when the district's changes."""
    return ZoneInfo(deadline.basis.get("zone") or deadline.district.zone)


def _ended_pauses(deadline: Deadline) -> list[Pause]:
    same = Pause.objects.filter(
        deadline__obligation=deadline.obligation_id,
        deadline__pack=deadline.pack,
        deadline__rule=deadline.rule,
        ended_at__isnull=False,
    )
    return list(same.select_related("deadline").order_by("began_at"))


def _after(count: Count, found: clock.Due, pause: Pause, *, ended_at: datetime) -> Count:
    """The count from the pause's end on. Hours: exactly what was left. Days: the whole days left."""
    stopped = clock.local_day(pause.began_at, count.zone)
    if count.unit in HOUR_UNITS:
        # From where the start would lie had the pause never been: what is left stays exact to the second.
        stood = ended_at - max(pause.began_at, count.since)
        unit, amount, since = count.unit, count.amount, count.since + stood
        left = "It counts as if it had begun so much later."
    elif pause.began_at <= count.since:
        unit, amount, since, left = count.unit, count.amount, ended_at, "All of it was left."
    else:
        days = _days_left(count, found, stopped)
        since, unit, amount = (
            ended_at,
            "business_days" if count.unit == "business_days" else "calendar_days",
            days,
        )
        left = f"{days} {unit.replace('_', ' ')} were left; they count from the day it ran on, day 0."
    still = f"The clock stood still from {clock.stamp(pause.began_at)} until {clock.stamp(ended_at)}. {left}"
    skipped = [each for each in found.as_basis()["skipped"] if each["date"] <= stopped.isoformat()]
    before = {
        "lines": [*count.before.get("lines", []), *found.lines, still],
        "skipped": [*count.before.get("skipped", []), *skipped],
        "paused": {
            "from": clock.stamp(pause.began_at), "until": clock.stamp(ended_at), "ground": pause.ground,
        },
    }  # fmt: skip
    return replace(count, unit=unit, amount=amount, since=since, before=before)


def _days_left(count: Count, found: clock.Due, stopped: date) -> int:
    """The days that count after the one it was stopped on, up to the last."""
    last = clock.local_day(found.due_at - timedelta(seconds=1), count.zone)
    days = [stopped + timedelta(days=n) for n in range(1, (last - stopped).days + 1)]
    if count.unit != "business_days":
        return len(days)
    return sum(day.weekday() < 5 and not count.calendar.holiday(day) for day in days)
