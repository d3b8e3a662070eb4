"""The clock, against literal dates and against a second counter that works another way."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import almanac, clock

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
CONNECTICUT = almanac.load("US-CT").as_confirmed()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def due_at(day, amount=5, unit="business_days", zone=NEW_YORK, calendar=CONNECTICUT):
    return clock.due(unit=unit, amount=amount, at=day, zone=zone, calendar=calendar).due_at


@pytest.mark.obligation("1f-6")
@pytest.mark.obligation("L-5", "L-6")
@pytest.mark.parametrize(
    ("executed", "before"),
    [
        (date(2026, 7, 2), utc(2026, 7, 11, 4)),  # Friday 3 July stands for Saturday 4 July
        (date(2021, 6, 30), utc(2021, 7, 9, 4)),  # Monday 5 July stands for Sunday 4 July
        (date(2021, 12, 23), utc(2022, 1, 4, 5)),  # 24 and 31 December stand for two Saturdays
        (date(2026, 4, 2), utc(2026, 4, 11, 4)),  # Good Friday, 3 April
        (date(2026, 11, 21), utc(2026, 12, 1, 5)),  # Saturday is day 0; Thanksgiving on the 26th
        (date(2026, 3, 6), utc(2026, 3, 14, 4)),  # the clocks go forward on 8 March
        (date(2026, 10, 30), utc(2026, 11, 7, 5)),  # the clocks go back on 1 November
        (date(2026, 12, 30), utc(2027, 1, 8, 5)),  # New Year
        (date(2028, 2, 24), utc(2028, 3, 3, 5)),  # 29 February counts
    ],
)
def test_five_business_days_leave_out_weekends_and_legal_holidays(executed, before):
    assert due_at(executed) == before


@pytest.mark.obligation("B-2", "B-3")
@pytest.mark.parametrize(
    ("start", "before"),
    [
        ("2026-03-07T09:00:00-06:00", utc(2026, 3, 9, 15)),  # an hour is lost on the wall clock
        ("2026-10-31T09:00:00-05:00", utc(2026, 11, 2, 14)),  # an hour is won
        ("2026-11-25T23:59:59-05:00", utc(2026, 11, 28, 4, 59, 59)),  # Thanksgiving counts
    ],
)
def test_forty_eight_hours_are_always_the_same_number_of_seconds(start, before):
    assert clock.add_hours(datetime.fromisoformat(start), 48).due_at == before


@pytest.mark.obligation("B-4", "B-5")
def test_calendar_days_count_every_day():
    assert due_at(date(2026, 11, 12), 30, "calendar_days") == utc(2026, 12, 13, 5)
    assert due_at(date(2026, 11, 12), 60, "calendar_days") == utc(2027, 1, 12, 5)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 1, 31), 1, utc(2026, 3, 1, 5)),
        (date(2028, 1, 31), 1, utc(2028, 3, 1, 5)),
        (date(2026, 11, 15), 2, utc(2027, 1, 16, 5)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(day, months, before):
    assert due_at(day, months, "months") == before


@pytest.mark.parametrize(
    ("day", "month_day", "before"),
    [
        (date(2026, 8, 31), "09-01", utc(2026, 9, 2, 4)),
        (date(2026, 9, 1), "09-01", utc(2026, 9, 2, 4)),
        (date(2026, 9, 2), "09-01", utc(2027, 9, 2, 4)),
        (date(2026, 1, 1), "02-29", utc(2026, 3, 1, 5)),
        (date(2028, 1, 1), "02-29", utc(2028, 3, 1, 5)),
    ],
)
def test_a_day_of_the_year_is_the_next_one(day, month_day, before):
    assert due_at(day, month_day, "annual_date") == before


def test_the_last_instant_of_a_day_and_the_first_of_the_next_are_two_different_days_zero():
    last = datetime(2026, 7, 2, 23, 59, 59, 999_999, tzinfo=NEW_YORK)
    assert due_at(last) == utc(2026, 7, 11, 4)
    assert due_at(last + timedelta(microseconds=1)) == utc(
        2026, 7, 11, 4
    )  # Friday 3 July is a holiday anyway
    assert due_at(datetime(2026, 7, 8, 23, 59, 59, tzinfo=NEW_YORK)) == utc(2026, 7, 16, 4)
    assert due_at(datetime(2026, 7, 9, 0, 0, tzinfo=NEW_YORK)) == utc(2026, 7, 17, 4)


def test_an_instant_counts_from_the_districts_day_not_from_the_senders():
    lying = datetime.fromisoformat("2026-07-10T03:00:00+14:00")  # still 9 July in New York
    assert due_at(lying) == due_at(date(2026, 7, 9))


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Pacific/Guam", date(2026, 7, 9), utc(2026, 7, 8, 14)),
        ("America/Puerto_Rico", date(2026, 7, 9), utc(2026, 7, 9, 4)),
        ("Pacific/Pago_Pago", date(2026, 7, 9), utc(2026, 7, 9, 11)),
        ("Pacific/Apia", date(2026, 7, 9), utc(2026, 7, 8, 11)),
        ("Pacific/Chatham", date(2026, 7, 9), utc(2026, 7, 8, 11, 15)),
        ("Asia/Kathmandu", date(2026, 7, 9), utc(2026, 7, 8, 18, 15)),
        ("America/St_Johns", date(2026, 7, 9), utc(2026, 7, 9, 2, 30)),
        ("America/Phoenix", date(2026, 3, 8), utc(2026, 3, 8, 7)),
        # Midnight happens twice: the first. Midnight never happens: the first instant after the jump.
        ("America/Havana", date(2025, 11, 2), utc(2025, 11, 2, 4)),
        ("America/Havana", date(2025, 3, 9), utc(2025, 3, 9, 5)),
        ("Asia/Beirut", date(2026, 3, 29), utc(2026, 3, 28, 22)),
        ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3)),
        ("America/Toronto", date(1919, 3, 31), utc(1919, 3, 31, 4, 30)),  # 23:30 became 00:30
        ("Pacific/Apia", date(2011, 12, 30), utc(2011, 12, 30, 10)),  # a day that was left out
    ],
)
def test_a_day_begins_at_its_first_instant(zone, day, first):
    assert clock.first_instant(day, ZoneInfo(zone)) == first


@pytest.mark.obligation("1f-6")
def test_a_year_nobody_confirmed_is_counted_with_weekends_only_and_says_so():
    due = clock.add_business_days(date(2026, 7, 2), 5, NEW_YORK, clock.WEEKENDS_ONLY)
    assert due.due_at == utc(2026, 7, 10, 4)
    assert due.provisional
    assert due.skipped == ()
    assert "Nobody has confirmed the holidays of 2026" in " ".join(due.lines)


def test_a_count_that_ends_before_the_unconfirmed_year_is_not_provisional():
    only_2026 = clock.HolidayCalendar("one year", CONNECTICUT.holidays, frozenset({2026}))
    assert not clock.add_business_days(date(2026, 12, 23), 5, NEW_YORK, only_2026).provisional
    crossing = clock.add_business_days(date(2026, 12, 23), 6, NEW_YORK, only_2026)
    assert crossing.provisional
    assert crossing.due_at == utc(2027, 1, 2, 5)  # 1 January 2027 counts: the earliest date


def test_the_arithmetic_names_what_it_left_out():
    due = clock.add_business_days(date(2026, 7, 2), 5, NEW_YORK, CONNECTICUT)
    assert due.skipped == ((date(2026, 7, 3), "Independence Day (observed)"),)
    assert due.lines == (
        "Thursday 2 July 2026 in America/New_York: day 0, not counted.",
        "Friday 3 July 2026: Independence Day (observed), not counted.",
        "Saturday 4 July 2026: weekend, not counted.",
        "Sunday 5 July 2026: weekend, not counted.",
        "Monday 6 July 2026: business day 1.",
        "Tuesday 7 July 2026: business day 2.",
        "Wednesday 8 July 2026: business day 3.",
        "Thursday 9 July 2026: business day 4.",
        "Friday 10 July 2026: business day 5.",
        "Due by the end of Friday 10 July 2026 in America/New_York: "
        "before Saturday 11 July 2026, 00:00 (2026-07-11T04:00:00Z).",
    )


@pytest.mark.parametrize(
    ("unit", "amount", "at", "says"),
    [
        ("hours", 48, date(2026, 7, 2), "from an instant"),
        ("hours", 48, datetime(2026, 7, 2, 9), "no UTC offset"),
        ("immediately", None, date(2026, 7, 2), "from an instant"),
        ("business_days", 5, datetime(2026, 7, 2, 9), "no UTC offset"),
        ("business_days", None, date(2026, 7, 2), "whole number"),
        ("business_days", -1, date(2026, 7, 2), "whole number"),
        ("calendar_days", 5, date(9999, 12, 30), "leaves the calendar"),
        ("annual_date", "02-30", date(2026, 7, 2), "MM-DD"),
        ("fortnights", 5, date(2026, 7, 2), "Unknown unit"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_plain_words(unit, amount, at, says):
    with pytest.raises(clock.ClockError, match=says):
        clock.due(unit=unit, amount=amount, at=at, zone=NEW_YORK)


# A second counter, written another way: it writes down every date of a span, strikes out what does not
# count, takes the n-th of the rest, and finds the end of that day by walking through UTC in quarters of an
# hour.

ZONES = [
    *("Pacific/Guam", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix"),
    *("America/Denver", "America/Chicago", "America/New_York", "America/Puerto_Rico", "Pacific/Pago_Pago"),
    *("Pacific/Apia", "Pacific/Chatham", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("America/Havana", "Asia/Beirut", "Europe/London"),
]
QUARTER = timedelta(minutes=15)
CONFIRMED = {name: almanac.load(name).as_confirmed() for name in almanac.shipped()}


def first_quarter_showing(day: date, zone: ZoneInfo) -> datetime:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while moment.astimezone(zone).date() < day:
        moment += QUARTER
    return moment


def second_opinion(start: datetime, count: int, zone: ZoneInfo, holidays, years) -> tuple[datetime, bool]:
    today = start.astimezone(zone).date().toordinal()
    dates = [date.fromordinal(today + n) for n in range(1, count * 2 + 15)]
    working = [d for d in dates if d.isoweekday() < 6 and not (d.year in years and d in holidays)][:count]
    last = working[-1] if working else date.fromordinal(today)
    end = first_quarter_showing(date.fromordinal(last.toordinal() + 1), zone)
    return end, not years.issuperset(d.year for d in working)


def assert_both_counters_agree(start: datetime, count: int, zone_name: str, calendar_name: str) -> None:
    zone, calendar = ZoneInfo(zone_name), CONFIRMED[calendar_name]
    found = clock.due(unit="business_days", amount=count, at=start, zone=zone, calendar=calendar)
    expected = second_opinion(start, count, zone, calendar.holidays, calendar.confirmed_years)
    assert (found.due_at, found.provisional) == expected, (start, count, zone_name, calendar_name)


def test_business_days_agree_with_a_second_counter_in_ten_thousand_cases():
    chance = random.Random(3520)
    first, last = utc(2016, 10, 1).timestamp(), utc(2032, 12, 31).timestamp()
    for _ in range(10_000):
        start = datetime.fromtimestamp(chance.uniform(first, last), UTC)
        assert_both_counters_agree(
            start, chance.randrange(13), chance.choice(ZONES), chance.choice(sorted(CONFIRMED))
        )


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2016, 10, 1), datetime(2032, 12, 31), timezones=st.just(UTC)),
    st.integers(0, 12),
    st.sampled_from(ZONES),
    st.sampled_from(sorted(CONFIRMED)),
)
def test_business_days_agree_with_a_second_counter_where_hypothesis_looks(start, count, zone, calendar):
    assert_both_counters_agree(start, count, zone, calendar)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2016, 1, 1), datetime(2035, 1, 1)), st.integers(0, 9_000), st.sampled_from(ZONES)
)
def test_hours_are_elapsed_seconds_in_every_zone(naive, hours, zone):
    start = naive.replace(tzinfo=ZoneInfo(zone))
    found = clock.add_hours(start, hours).due_at
    assert found.timestamp() - start.timestamp() == hours * 3600
    assert found.tzinfo is UTC


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.sampled_from(ZONES))
def test_the_first_instant_shows_the_day_and_the_instant_before_does_not(day, zone_name):
    zone = ZoneInfo(zone_name)
    first = clock.first_instant(day, zone)
    assert first.astimezone(zone).date() >= day
    assert (first - timedelta(seconds=1)).astimezone(zone).date() < day
