"""The shipped calendars of legal holidays: pure, frozen files in `calendars/<name>.toml`, one a state.

The files were seeded from the `holidays` library and then frozen (`tools/seed_calendars.py`), so that an
update of that library never moves a legal date. A district confirms each holiday of a year before it counts.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from policy.clock import HolidayCalendar
from policy.packs import DIGESTS

HERE: Final = Path(__file__).parent / "calendars"


class CalendarError(ValueError):
    """There is no such shipped calendar; the text can be shown to a person."""


@dataclass(frozen=True, slots=True)
class ShippedCalendar:
    """One frozen calendar file: a proposal to a district, and `explain_deadline`'s ground."""

    name: str
    title: str
    source: str
    zone: ZoneInfo
    """The zone in which most of the state lives: a default for show, never for a district."""
    years: frozenset[int]
    days: dict[date, str]
    digest: str

    def as_confirmed(self) -> HolidayCalendar:
        """The calendar as the clock reads it when every listed year is taken as confirmed."""
        return HolidayCalendar(self.name, self.days, self.years)

    def of_year(self, year: int) -> dict[date, str]:
        """The holidays proposed for one year; empty when the file does not list it."""
        return {day: name for day, name in self.days.items() if day.year == year}


@cache
def shipped() -> tuple[str, ...]:
    """The names of the shipped calendars, sorted."""
    return tuple(sorted(path.stem for path in HERE.glob("*.toml")))


@cache
def load(name: str) -> ShippedCalendar:
    """The shipped calendar of this name; raises CalendarError."""
    if name not in shipped():
        raise CalendarError(f"There is no calendar “{name}”. Shipped: {', '.join(shipped())}.")
    content = (HERE / f"{name}.toml").read_bytes()
    table = tomllib.loads(content.decode())
    return ShippedCalendar(
        name=name,
        title=table["title"],
        source=table["source"],
        zone=ZoneInfo(table["zone"]),
        years=frozenset(table["years"]),
        days={date.fromisoformat(day): holiday for day, holiday in table["days"].items()},
        digest=hashlib.sha256(content).hexdigest(),
    )


def pinned_digests() -> dict[str, str]:
    """The digests that freeze the shipped calendars, by name."""
    return dict(tomllib.loads(DIGESTS.read_text())["calendars"])
