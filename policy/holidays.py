"""The legal holidays that the clock may believe: those a person confirmed."""

from __future__ import annotations

from datetime import date

from parties.models import District
from policy.clock import HolidayCalendar
from policy.models import ConfirmedYear


def holidays_for(district: District) -> HolidayCalendar:
    """Of each year the district's last confirmed version; other years are not believed."""
    days: dict[date, str] = {}
    latest = ConfirmedYear.objects.filter(district=district).order_by("year", "-version").distinct("year")
    years = list(latest.select_related("calendar"))
    for confirmed in years:
        days |= {date.fromisoformat(day): name for day, name in confirmed.holidays}
    names = ", ".join(f"{row.calendar.slug} {row.year} version {row.version}" for row in years)
    return HolidayCalendar(names or "none confirmed", days, frozenset(row.year for row in years))
