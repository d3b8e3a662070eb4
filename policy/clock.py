"""When a duty falls due. Pure arithmetic on dates and instants: no Django, no database, no clock of its own.

Conventions, each tested with literal dates:

* ``due_at`` is exclusive and in UTC: the duty is in time at any instant *before* it.
* Hours are elapsed time, added in UTC: 48 hours are always 172,800 seconds, whatever the wall clock does.
* Days count from the event's local day, which is day 0; the duty is due at the first instant of the local
  day after day n, in the district's zone.
* Business days leave out Saturdays, Sundays and the legal holidays a person confirmed. A year nobody
  confirmed is counted with weekends only, which gives the earliest possible date, and the answer says
  `provisional`.
"""

from __future__ import annotations

from calendar import day_name, month_name, monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

UNITS: Final = ("hours", "business_days", "calendar_days", "months", "annual_date", "immediately")

_DAY: Final = timedelta(days=1)


class ClockError(ValueError):
    """The start, the amount or the unit cannot be counted with; the text can be shown to a person."""


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """The legal holidays of one place. Only `confirmed_years` are believed."""

    name: str
    holidays: Mapping[date, str] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()

    def holiday(self, day: date) -> str:
        """The name of the confirmed holiday on this day, or an empty string."""
        return self.holidays.get(day, "") if day.year in self.confirmed_years else ""


WEEKENDS_ONLY: Final = HolidayCalendar("weekends only")


@dataclass(frozen=True, slots=True)
class Due:
    """A due instant with the arithmetic that leads to it."""

    due_at: datetime
    """UTC, exclusive."""
    lines: tuple[str, ...]
    """The arithmetic in plain words, so that anybody can count it again by hand."""
    skipped: tuple[tuple[date, str], ...] = ()
    """Each holiday that was not counted, with its name."""
    provisional: bool = False
    """A counted day lies in a year whose holidays nobody has confirmed."""

    def as_basis(self) -> dict[str, Any]:
        """The form kept for good on a Deadline (JSON)."""
        return {
            "lines": list(self.lines),
            "skipped": [{"date": day.isoformat(), "name": name} for day, name in self.skipped],
            "provisional": self.provisional,
        }


def due(
    *,
    unit: str,
    amount: int | str | None,
    at: date | datetime,
    zone: ZoneInfo,
    calendar: HolidayCalendar = WEEKENDS_ONLY,
) -> Due:
    """Count `amount` of `unit` from `at`; the one door for the engine and for `explain_deadline`.

    `at` is an aware instant, or, for units counted in days, the local date itself. `annual_date` takes
    "MM-DD". Raises ClockError when the start cannot be counted from: a bare date for hours, a naive instant.
    """
    if unit in ("hours", "immediately"):
        return add_hours(instant(at), _whole(amount or 0))
    day_zero = local_day(at, zone)
    try:
        if unit == "business_days":
            return add_business_days(day_zero, _whole(amount), zone, calendar)
        if unit == "calendar_days":
            return add_calendar_days(day_zero, _whole(amount), zone)
        if unit == "months":
            return add_months(day_zero, _whole(amount), zone)
        if unit == "annual_date":
            return next_annual_date(day_zero, str(amount), zone)
    except OverflowError as error:
        raise ClockError("The count leaves the calendar: years 1 to 9999.") from error
    raise ClockError(f"Unknown unit “{unit}”. Known units: {', '.join(UNITS)}.")


def add_hours(started_at: datetime, hours: int) -> Due:
    """Elapsed hours, nights, weekends and holidays included; zero hours is the very instant."""
    start = instant(started_at).astimezone(UTC)
    try:
        due_at = start + timedelta(hours=hours)
    except OverflowError as error:
        raise ClockError("The count leaves the calendar: years 1 to 9999.") from error
    lines = (
        f"The clock started at {stamp(start)}.",
        f"{_amount(hours, 'hour')} of elapsed time; nights, weekends and holidays count.",
        f"Due before {stamp(due_at)}.",
    )
    return Due(due_at, lines)


def add_business_days(day_zero: date, days: int, zone: ZoneInfo, calendar: HolidayCalendar) -> Due:
    """Monday to Friday without confirmed legal holidays; day 0 is never counted, whatever day it is."""
    lines = [_day_zero_line(day_zero, zone)]
    skipped: list[tuple[date, str]] = []
    unconfirmed: set[int] = set()
    day, counted = day_zero, 0
    while counted < days:
        day += _DAY
        if day.weekday() >= 5:
            lines.append(f"{long_date(day)}: weekend, not counted.")
        elif name := calendar.holiday(day):
            skipped.append((day, name))
            lines.append(f"{long_date(day)}: {name}, not counted.")
        else:
            counted += 1
            lines.append(f"{long_date(day)}: business day {counted}.")
            if day.year not in calendar.confirmed_years:
                unconfirmed.add(day.year)
    lines += [
        f"Nobody has confirmed the holidays of {year}: only weekends are left out, the earliest date."
        for year in sorted(unconfirmed)
    ]
    return _end_of(day, zone, lines, tuple(skipped), provisional=bool(unconfirmed))


def add_calendar_days(day_zero: date, days: int, zone: ZoneInfo) -> Due:
    """Every day counts."""
    last = day_zero + days * _DAY
    lines = [
        _day_zero_line(day_zero, zone),
        f"{_amount(days, 'calendar day')}, every day counts: {long_date(last)}.",
    ]
    return _end_of(last, zone, lines)


def add_months(day_zero: date, months: int, zone: ZoneInfo) -> Due:
    """The same day of a later month, or that month's last day (one month after 31 January: 28 February)."""
    years, month_index = divmod(day_zero.month - 1 + months, 12)
    last = _day_of(day_zero.year + years, month_index + 1, day_zero.day)
    lines = [_day_zero_line(day_zero, zone), f"{_amount(months, 'month')} later: {long_date(last)}."]
    return _end_of(last, zone, lines)


def next_annual_date(day_zero: date, month_day: str, zone: ZoneInfo) -> Due:
    """The first "MM-DD" on or after day 0. 29 February falls on the 28th in a year without one."""
    last = annual_day(day_zero, month_day)
    month, day = parse_month_day(month_day)
    lines = [_day_zero_line(day_zero, zone), f"The next {day} {month_name[month]} is {long_date(last)}."]
    return _end_of(last, zone, lines)


def annual_day(day_zero: date, month_day: str) -> date:
    """The first "MM-DD" on or after day 0, as a date."""
    month, day = parse_month_day(month_day)
    this_year = _day_of(day_zero.year, month, day)
    return this_year if this_year >= day_zero else _day_of(day_zero.year + 1, month, day)


def parse_month_day(text: str) -> tuple[int, int]:
    """ "09-01" as (9, 1); ClockError when no year has such a day."""
    try:
        parsed = date.fromisoformat(f"2000-{text}")  # a leap year, so that 02-29 is known
    except ValueError as error:
        raise ClockError(
            f"“{text}” is not a day of the year. Write it as MM-DD, for example 09-01."
        ) from error
    return parsed.month, parsed.day


def instant(at: date | datetime) -> datetime:
    """`at` as an aware instant; ClockError for a bare date or a naive instant, which name no instant."""
    if not isinstance(at, datetime):
        raise ClockError("Hours are counted from an instant: give the date, the time and the UTC offset.")
    if at.tzinfo is None or at.utcoffset() is None:
        raise ClockError(
            "This time has no UTC offset, so it names no instant. Add one, for example -05:00 or Z."
        )
    return at


def local_day(at: date | datetime, zone: ZoneInfo) -> date:
    """The day on the wall calendar of `zone`: a bare date stands for itself."""
    if not isinstance(at, datetime):
        return at
    try:
        return instant(at).astimezone(zone).date()
    except OverflowError as error:
        raise ClockError("This time is outside the calendar: years 1 to 9999.") from error


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which the wall calendar of `zone` shows `day`.

    Midnight twice (clocks go back over it): the first. No midnight (clocks jump over it, or the whole day
    was left out): the first instant after the jump.
    """
    midnight = datetime.combine(day, time.min, tzinfo=zone)  # fold=0: the earlier of two
    found = midnight.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return found
    # A gap. fold=0 reads the clock as it went before the jump, so the jump lies at or before `found`.
    before, after = found - _DAY, found
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).date() >= day:
            after = middle
        else:
            before = middle
    return after


def long_date(day: date) -> str:
    """Friday 3 July 2026."""
    return f"{day_name[day.weekday()]} {day.day} {month_name[day.month]} {day.year}"


def stamp(at: datetime) -> str:
    """2026-07-03T14:00:00Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _end_of(
    last: date,
    zone: ZoneInfo,
    lines: list[str],
    skipped: tuple[tuple[date, str], ...] = (),
    *,
    provisional: bool = False,
) -> Due:
    due_at = first_instant(last + _DAY, zone)
    local = due_at.astimezone(zone)
    lines.append(
        f"Due by the end of {long_date(last)} in {zone.key}: "
        f"before {long_date(local.date())}, {local:%H:%M} ({stamp(due_at)})."
    )
    return Due(due_at, tuple(lines), skipped, provisional)


def _day_zero_line(day_zero: date, zone: ZoneInfo) -> str:
    return f"{long_date(day_zero)} in {zone.key}: day 0, not counted."


def _day_of(year: int, month: int, day: int) -> date:
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(year)
    return date(year, month, min(day, monthrange(year, month)[1]))


def _whole(amount: int | str | None) -> int:
    if not isinstance(amount, int) or amount < 0:
        raise ClockError("The amount must be a whole number, zero or more.")
    return amount


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
