"""The legal holidays that the clock may believe: those a person confirmed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from parties.models import District
from policy.clock import HolidayCalendar
from policy.models import ConfirmedYear, Deadline, Holiday


def holidays_for(district: District, *, by: datetime | None = None) -> HolidayCalendar:
    """Of each year the version last confirmed (`by` an instant); other years are not believed."""
    days: dict[date, str] = {}
    versions = ConfirmedYear.objects.filter(district=district)
    if by is not None:
        versions = versions.filter(confirmed_at__lte=by)
    years = list(versions.order_by("year", "-version").distinct("year").select_related("calendar"))
    for confirmed in years:
        days |= {date.fromisoformat(day): name for day, name in confirmed.holidays}
    names = ", ".join(f"{row.calendar.slug} {row.year} version {row.version}" for row in years)
    return HolidayCalendar(names or "none confirmed", days, frozenset(row.year for row in years))


def holidays_running(deadline: Deadline, *, agreed: Collection[date] = ()) -> HolidayCalendar:
    """What a clock that runs may leave out when it is counted again.

    Of the confirmed days those of the shipped calendar, those confirmed before it began, those it has left
    out already, and those that two persons `agreed` to. A day of the district's own, confirmed by one person
    while the clock ran, never lengthens it (architecture §5.5, §7).
    """
    district = deadline.district
    now = holidays_for(district)
    calendars = ConfirmedYear.objects.filter(district=district).values("calendar")
    shipped = Holiday.objects.filter(calendar__in=calendars, on__in=list(now.holidays))
    believed = set(shipped.values_list("on", flat=True)) | set(agreed)
    if not believed.issuperset(now.holidays):
        believed |= {date.fromisoformat(each["date"]) for each in deadline.basis.get("skipped", [])}
        believed |= set(holidays_for(district, by=deadline.started_at).holidays)
    return replace(now, holidays={day: name for day, name in now.holidays.items() if day in believed})
