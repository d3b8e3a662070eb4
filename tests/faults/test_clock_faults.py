"""The engine of duties under fault: deaths, jumping clocks, changed calendars, people at the same moment."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from ledger.clock import engine_now
from ledger.models import Entry
from mail.models import Message
from policy.calendars import calendar_of, holidays_of
from policy.clock import stamp
from policy.models import Alert, Deadline, Obligation
from policy.obligations import raise_for
from policy.steps import passed, steps
from policy.sweep import HOUSEKEEPING, LISTS, beat, sweep
from tests.factories import make_case, member
from tests.faults.conftest import Stopwatch
from tests.policy import test_clock
from tests.policy.test_obligations import confirm
from tests.policy.test_sweep import connecticut, executed

pytestmark = [pytest.mark.fault, pytest.mark.fault_long, pytest.mark.django_db(transaction=True)]
MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)


RULES = ("contract-notice", "contract-posting", "families-breach-notice", "breach-posting")


def missed_of(district) -> Counter[int]:
    """How often history says that each deadline was missed."""
    found = Entry.objects.filter(district=district, act="deadline-missed", facts__rule__in=RULES)
    return Counter((entry.facts["obligation"], entry.facts["pack"]) for entry in found)


def due_and_untold(district) -> int:
    """Running clocks whose time is over, and steps that came and have no alert."""
    now = engine_now()
    clocks = Deadline.objects.filter(district=district).exclude(status__in=("superseded", "cancelled"))
    lost = clocks.filter(status="running", due_at__lte=now).count()
    for clock in clocks.filter(obligation__status="open"):
        come = {name for name, _ in passed(steps(clock.unit, clock.started_at, clock.due_at), now)}
        lost += len(come - set(clock.alerts.values_list("step", flat=True)))
    return lost


def report(district, number: int) -> Obligation:
    """A vendor's report has just come in: families are told, and the breach is posted, within 48 hours."""
    raised = raise_for(
        "report_received", case=make_case(district, kind="breach"), at=engine_now(),
        ref=f"report:{number}", by=None,
    )  # fmt: skip
    return next(duty for duty in raised if duty.rule == "families-breach-notice")


def test_f02_a_sweep_killed_between_every_pair_of_statements(nursery, tally, travel):
    travel(MONDAY)
    district = connecticut()
    member(district, "custodian")
    deaths, recovery = 0, Stopwatch()
    while True:
        report(district, deaths)
        travel(timedelta(hours=50))
        for chore in (LISTS, HOUSEKEEPING):  # done a moment ago: what is killed here is misses and alerts
            beat(chore)
        lives_on = nursery.run("sweep_once", die_at=deaths + 1) == 0
        recovery = Stopwatch()
        sweep()  # each has one report to deal with: what the dead left undone must not pile up
        if lives_on:
            break
        deaths += 1
    clocks = Deadline.objects.filter(district=district, obligation__trigger="report_received")
    lost, missed = due_and_untold(district), missed_of(district)
    alerts = Alert.objects.filter(deadline__district=district)
    tally(
        "F02 sweep killed between statements", kills=deaths, events=clocks.count() + alerts.count(),
        lost=lost, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert deaths > 80
    assert lost == 0
    assert set(clocks.values_list("status", flat=True)) == {"missed"}
    assert {missed[clock.obligation_id, clock.pack] for clock in clocks} == {1}
    rung = alerts.exclude(message=None).values_list("message", flat=True)
    told = Message.objects.filter(district=district, kind="alert").count()
    assert len(set(rung)) == len(rung) == told, "one message for each time it rang, and none beside"


def test_f23_a_clock_that_jumps_fires_nothing_early_and_nothing_again(nursery, tally, travel):
    travel(MONDAY)
    district = connecticut()
    for number in range(5):
        executed(district, ref=f"instrument:{number}")  # due on Friday 20 November at 5:00 UTC
    for days in (400, -400):
        nursery.run("sweep_with_a_wrong_clock", days=days)
    assert missed_of(district) == {}
    travel(timedelta(hours=3))
    sweep()
    assert missed_of(district) == {}
    travel(timedelta(days=400))
    sweep()
    told = Alert.objects.filter(deadline__district=district).count()
    for jump in (timedelta(hours=-3), timedelta(days=-397), timedelta(days=400)):
        travel(jump)
        sweep()
    missed = missed_of(district)
    tally("F23 clock jumps: clocks of duties", events=len(missed) + told, lost=due_and_untold(district))
    assert (len(missed), set(missed.values())) == (10, {1})
    dates = Entry.objects.filter(act="deadline-missed", facts__rule__in=RULES).values_list("at", flat=True)
    assert set(dates) == {datetime(2026, 11, 20, 5, tzinfo=UTC)}
    assert due_and_untold(district) == 0


def test_f24_ten_thousand_dates_agree_with_a_second_counter(tally):
    test_clock.test_business_days_agree_with_a_second_counter_in_ten_thousand_cases()
    test_clock.test_hours_are_elapsed_seconds_in_every_zone()
    tally("F24 changes to and from summer time, 18 zones", events=10_200, lost=0)


def test_f25_a_calendar_changed_in_the_middle_of_a_count(tally, travel):
    travel(MONDAY)
    district = connecticut()
    admin, custodian = member(district, "administrator"), member(district, "custodian")
    notices = [executed(district, ref=f"instrument:{n}")["contract-notice"] for n in range(5)]
    days = holidays_of(calendar_of(district), 2026)
    longer = [*days, (date(2026, 11, 18), "A day to push the date")]
    with pytest.raises(ValidationError, match="second person"):
        confirm(district, admin, holidays=longer)
    assert dates_of(notices) == {"2026-11-20T05:00:00Z"}
    confirm(district, admin, holidays=longer, approved_by=custodian, reason="A new legal holiday.")
    assert dates_of(notices) == {"2026-11-21T05:00:00Z"}
    confirm(district, admin, holidays=days)
    assert dates_of(notices) == {"2026-11-20T05:00:00Z"}
    sweep()
    lost = sum(notice.deadlines.count() != 3 for notice in notices) + due_and_untold(district)
    tally("F25 a calendar changed in the middle of a count", events=15, lost=lost)
    assert lost == 0


def dates_of(notices) -> set[str]:
    return {stamp(notice.deadlines.get(status="running").due_at) for notice in notices}


def test_f26_a_person_cancels_while_the_sweep_comes_and_either_dies(nursery, tally, travel):
    travel(MONDAY)
    district = connecticut()
    people = [member(district, role) for role in ("custodian", "administrator")]
    recovery, kills = Stopwatch(), 0
    for round_ in range(1, 41):
        duty = report(district, round_)
        travel(timedelta(hours=50))
        person = nursery.bear(
            "cancel_duty", pk=duty.pk, district=district.pk, by=people[0].pk, approved_by=people[1].pk,
            die_at=round_ if round_ % 2 else None,
        )  # fmt: skip
        engine = nursery.bear("sweep_once", die_at=None if round_ % 2 else round_)
        ends = [nursery.wait(pid) for pid in (person, engine)]
        assert set(ends) <= {0, signal.SIGKILL}
        kills += ends.count(signal.SIGKILL)
    sweep()
    missed = missed_of(district)
    for clock in Deadline.objects.filter(district=district, rule="families-breach-notice"):
        told = missed[(clock.obligation_id, clock.pack)]
        assert (clock.status, told) in {("missed", 1), ("cancelled", 0)}
        ended = Entry.objects.filter(act="obligation-cancelled", facts__obligation=clock.obligation_id)
        assert ended.count() == (clock.obligation.status == "cancelled")
    lost = due_and_untold(district)
    tally("F26 cancelled during the sweep", kills=kills, events=40, lost=lost, recovered_ms=recovery.ms)
    assert kills > 10
    assert lost == 0


def test_f30_a_duty_that_somebody_holds_stops_no_other_and_is_noticed(database, tally, travel):
    travel(MONDAY)
    held, *others = [executed(connecticut())["contract-notice"] for _ in range(4)]
    travel(timedelta(days=7))
    with closing(database.cluster.connect(database.name)) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT 1 FROM policy_obligation WHERE id = %s FOR UPDATE", [held.pk])
        assert sweep().failed == 0
        assert held.deadlines.get().status == "running"
        assert {other.deadlines.get().status for other in others} == {"missed"}
        with pytest.raises(CommandError, match="came due more than 2 minutes ago"):
            call_command("health")
    sweep()
    lost = Deadline.objects.filter(status="running", due_at__lte=engine_now()).count()
    tally("F30 a duty locked by somebody", events=4, lost=lost)
    assert (lost, held.deadlines.get().status) == (0, "missed")
    call_command("health")
