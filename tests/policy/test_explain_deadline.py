"""`manage.py explain_deadline`: the arithmetic for anybody, without a database."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command


def explain(capsys, *args):
    call_command("explain_deadline", *args)
    return capsys.readouterr().out


CT = ("--zone", "America/New_York", "--calendar", "US-CT")


def test_it_answers_in_json(capsys):
    answer = json.loads(explain(capsys, "ct-3520.13", "contract-notice", "--at", "2026-07-02", *CT, "--json"))
    assert answer["due_at"] == "2026-07-11T04:00:00Z"
    assert answer["provisional"] is False
    assert answer["skipped"] == [{"date": "2026-07-03", "name": "Independence Day (observed)"}]
    assert answer["pack"] == "ct-3520.13@2017"
    assert len(answer["lines"]) == 10


def test_it_answers_in_words(capsys):
    out = explain(capsys, "ct-3520.13@2017", "contract-posting", "--at", "2026-11-12", *CT)
    assert "due_at: 2026-11-20T05:00:00Z\nprovisional: false" in out
    assert "Thursday 19 November 2026: business day 5." in out


def test_without_a_calendar_only_weekends_are_left_out(capsys):
    out = explain(capsys, "ct-3520.13", "contract-notice", "--at", "2026-07-02", "--zone", "America/New_York")
    assert "due_at: 2026-07-10T04:00:00Z\nprovisional: true" in out


def test_a_year_outside_the_calendar_is_provisional(capsys):
    out = explain(capsys, "ct-3520.13", "contract-notice", "--at", "2031-07-02", *CT)
    assert "due_at: 2031-07-10T04:00:00Z\nprovisional: true" in out


def test_hours_run_through_the_night_the_clocks_change(capsys):
    rule = ("ct-3520.13", "families-breach-notice")
    out = explain(capsys, *rule, "--at", "2026-03-07T09:00:00-06:00", "--zone", "America/Chicago")
    assert "due_at: 2026-03-09T15:00:00Z" in out


def test_a_parameter_is_shown_at_its_default(capsys):
    out = explain(capsys, "ct-3520.13", "cure", "--at", "2026-01-31", *CT)
    assert "Parameter cure-days at its default: 30." in out
    assert "due_at: 2026-03-03T05:00:00Z" in out


def test_an_unset_parameter_gives_no_date(capsys):
    out = explain(capsys, "ca-bp-5125", "cyberattack-report", "--at", "2026-05-01T09:00Z")
    assert "The district must set “cyberattack-report-hours”" in out
    assert "due_at: undated" in out


def test_a_rule_outside_its_dates_says_that_no_duty_arises(capsys):
    out = explain(capsys, "ca-bp-5125", "cyberattack-report", "--at", "2027-01-02T09:00Z")
    assert "not in force on this day" in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ("ct-3520.13", "families-breach-notice", "--at", "2026-07-02"),
            "the time and the UTC",
        ),
        (("ct-3520.13", "families-breach-notice", "--at", "2026-07-02T09:00"), "no UTC offset"),
        (("ct-3520.13", "contract-notice", "--at", "2026-07-02T09:00"), "no UTC offset"),
        (("ca-bp-5125", "cyberattack-report", "--at", "2026-07-02"), "from an instant"),
        (("ct-3520.13", "contract-notice", "--at", "next week"), "neither a date"),
        (("ct-3520.13", "contract-notice", "--at", "2026-02-30"), "neither a date"),
        (("ct-3520.13", "contract-notice", "--at", "2026-07-02", "--zone", "Mars/Base"), "no time zone"),
        (("ct-3520.13", "contract-notice", "--at", "2026-07-02", "--calendar", "US-ZZ"), "no calendar"),
        (("practice", "yearly-drill", "--at", "2026-07-02"), "Say in which zone"),
        (("ct-3520.13", "nope", "--at", "2026-07-02"), "has no rule “nope”"),
        (("nope", "nope", "--at", "2026-07-02"), "no pack “nope”"),
    ],
)
def test_it_refuses_with_a_reason(args, says):
    with pytest.raises(CommandError, match=says):
        call_command("explain_deadline", *args)
