"""The words for time left, with literal instants: Saturday 21 November 2026, 7 p.m. in New York."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from parties.models import District
from policy.models import Deadline, Obligation
from policy.templatetags.deadlines import (
    because,
    due_day,
    due_on,
    full_stop,
    local_date,
    local_time,
    time_left,
    to_do,
)

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
NEW_YORK = District(zone="America/New_York")
STARTED = datetime(2026, 11, 16, 15, tzinfo=UTC)


def clock(unit, due_at, status="running", skipped=()):
    basis = {"skipped": [{"date": day, "name": "holiday"} for day in skipped]}
    return Deadline(
        obligation=Obligation(pk=1),
        unit=unit,
        due_at=due_at,
        started_at=STARTED,
        status=status,
        basis=basis,
    )


@pytest.mark.parametrize(
    ("deadline", "words", "tone"),
    [
        (clock("hours", datetime(2026, 11, 22, 11, 20, tzinfo=UTC)), "11 h 20 min left", "soon"),
        (clock("hours", datetime(2026, 11, 23, 1, 1, tzinfo=UTC)), "25 h 1 min left", "plain"),
        (clock("hours", datetime(2026, 11, 21, 21, 55, tzinfo=UTC), "missed"), "2 h 5 min late", "late"),
        (clock("hours", NOW, "missed"), "0 h 0 min late", "late"),
        (clock("hours", datetime(2026, 11, 14, 22, 47, tzinfo=UTC), "missed"), "7 days late", "late"),
        (clock("business_days", datetime(2026, 11, 24, 5, tzinfo=UTC)), "1 business day left", "soon"),
        (clock("business_days", datetime(2026, 11, 26, 5, tzinfo=UTC)), "3 business days left", "soon"),
        (clock("business_days", datetime(2026, 12, 1, 5, tzinfo=UTC)), "6 business days left", "plain"),
        (
            clock("business_days", datetime(2026, 12, 1, 5, tzinfo=UTC), skipped=["2026-11-26"]),
            "5 business days left",
            "plain",
        ),
        (clock("calendar_days", datetime(2026, 12, 18, 5, tzinfo=UTC)), "26 days left", "plain"),
        (clock("calendar_days", datetime(2026, 11, 22, 5, tzinfo=UTC)), "Today is the last day", "soon"),
        (clock("calendar_days", datetime(2026, 11, 21, 5, tzinfo=UTC), "missed"), "1 day late", "late"),
        (clock("business_days", datetime(2026, 11, 19, 5, tzinfo=UTC), "missed"), "3 days late", "late"),
        (clock("business_days", datetime(2026, 11, 19, 5, tzinfo=UTC), "kept"), "Kept", "good"),
        (clock("business_days", None, "undated"), "No date yet", "check"),
    ],
)
def test_it_says_how_much_time_is_left(deadline, words, tone):
    left = time_left(deadline, NEW_YORK, NOW)
    assert (left.words, left.tone) == (words, tone)


def test_a_day_clock_is_due_at_the_end_of_its_last_day():
    deadline = clock("business_days", datetime(2026, 11, 24, 5, tzinfo=UTC))
    assert due_on(deadline, NEW_YORK) == "end of Mon, Nov 23"


def test_an_hour_clock_is_due_at_its_minute_in_the_districts_zone():
    deadline = clock("hours", datetime(2026, 11, 22, 11, 20, tzinfo=UTC))
    assert due_on(deadline, NEW_YORK) == "Sun, Nov 22, 6:20 a.m."
    assert due_on(deadline, District(zone="Pacific/Guam")) == "Sun, Nov 22, 9:20 p.m."


def test_dates_stand_in_the_readers_language():
    at = datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    assert local_date(at, NEW_YORK) == "Sun, Nov 22, 2026"
    with translation.override("es"):
        assert local_time(at, NEW_YORK) == "dom 22 Nov, 06:20"


def test_a_sentence_stops_once():
    assert full_stop("6:20 a.m.") == "6:20 a.m."
    assert full_stop("Nov 22") == "Nov 22."


@pytest.mark.parametrize(
    ("unit", "amount", "words"),
    [
        ("business_days", 5, "5 business days after Mon, Nov 16"),
        ("hours", 48, "48 hours after Mon, Nov 16, 10:00 a.m."),
        ("months", 1, "1 month after Mon, Nov 16"),
        ("annual_date", "09-01", ""),
        ("immediately", None, ""),
    ],
)
def test_the_rule_is_said_in_a_few_words(unit, amount, words):
    deadline = clock(unit, datetime(2026, 11, 24, 5, tzinfo=UTC))
    deadline.basis["amount"] = amount
    assert because(deadline, NEW_YORK) == words


def test_the_day_of_a_midnight_is_the_day_before_it():
    assert due_day(datetime(2026, 11, 26, 5, tzinfo=UTC), NEW_YORK) == "Wed, Nov 25"


def test_an_act_follows_the_time_that_is_left():
    assert to_do("Tell the families") == "to tell the families"


def test_an_act_done_late_says_by_how_much_and_no_more():
    done = Obligation(pk=1, status="settled", settled_at=datetime(2026, 11, 20, 15, 47, tzinfo=UTC))
    deadline = clock("hours", datetime(2026, 11, 20, 12, 47, tzinfo=UTC), "missed")
    deadline.obligation = done
    assert time_left(deadline, NEW_YORK, NOW).words == "Done, 3 h 0 min late"
