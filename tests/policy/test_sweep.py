"""The sweep by state: misses, settlement by delivery, letters, yearly duties; and many at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Entry
from mail.models import Delivery, Message
from parties.access import acting_in, see_districts
from parties.models import Role
from policy import sweep as engine
from policy.adoptions import adopt_pack
from policy.calendars import calendar_of, confirm_year, holidays_of
from policy.models import Deadline, Heartbeat, Obligation
from policy.obligations import cancel, raise_for, settle, settle_by_delivery
from policy.recount import recount
from policy.sweep import sweep
from tests.factories import DistrictFactory, make_case, member

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)
EARLIER = datetime(2026, 11, 16, 11, 50, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(travel):
    travel(MONDAY)


def connecticut():
    """A district without people who could be told: what the sweep does beside its messages."""
    district = DistrictFactory()
    admin = member(district, Role.ADMINISTRATOR)
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    calendar = calendar_of(district)
    days = holidays_of(calendar, 2026)
    confirm_year(district=district, calendar=calendar, year=2026, holidays=days, by=admin)
    district.memberships.update(ended_at=engine_now())
    return district


def executed(district, day=date(2026, 11, 12), ref="instrument:1"):
    at = datetime.combine(day, datetime.min.time(), NEW_YORK)
    return {o.rule: o for o in raise_for("executed", case=make_case(district), at=at, ref=ref, by=None)}


def message_for(case, is_legal=True):
    return Message.objects.create(
        district=case.district, case=case, kind="contract-notice", is_legal=is_legal, made_at=EARLIER
    )


def delivery(message, ref, status, channel="email", **fields):
    return Delivery.objects.create(
        district=message.district,
        message=message,
        recipient_ref=ref,
        address="x@y.example",
        channel=channel,
        status=status,
        header_id=f"<{message.pk}.{ref}.{channel}@portal.example>",
        **fields,
    )


@pytest.mark.django_db
class TestMisses:
    def test_it_misses_what_is_due_at_the_legal_instant_however_late_it_comes(self, travel):
        notice = executed(connecticut())["contract-notice"]
        travel(utc(2026, 11, 23, 9))  # the worker was away over the weekend
        sweep()
        deadline = notice.deadlines.get()
        assert (deadline.status, deadline.ended_at) == ("missed", utc(2026, 11, 20, 5))
        assert Entry.objects.filter(act="deadline-missed", at=utc(2026, 11, 20, 5)).count() == 2
        assert Obligation.objects.get(pk=notice.pk).status == "open"

    def test_it_misses_nothing_an_instant_too_early(self, travel):
        notice = executed(connecticut())["contract-notice"]
        travel(utc(2026, 11, 20, 4, 59, 50))
        sweep()
        assert notice.deadlines.get().status == "running"

    def test_a_second_sweep_and_a_clock_that_goes_back_change_nothing(self, travel):
        executed(connecticut())
        travel(utc(2026, 11, 23, 9))
        sweep()
        entries = Entry.objects.count()
        assert sweep().missed == 0
        travel(utc(2026, 11, 18, 9))
        assert sweep().missed == 0
        assert Entry.objects.count() == entries

    def test_one_row_that_fails_stops_no_other(self, travel, monkeypatch):
        notice, posting = executed(connecticut()).values()
        travel(utc(2026, 11, 23, 9))
        mark = engine.mark_missed

        def mark_or_fail(pk, now):
            if pk == notice.deadlines.get().pk:
                raise RuntimeError("this row only")
            return mark(pk, now)

        monkeypatch.setattr(engine, "mark_missed", mark_or_fail)
        assert sweep().failed == 1
        assert (notice.deadlines.get().status, posting.deadlines.get().status) == ("running", "missed")


@pytest.mark.django_db
class TestSettlingByDelivery:
    @pytest.mark.obligation("L-5")
    def test_every_email_handed_over_settles_at_the_last_hand_over(self):
        notice = executed(connecticut())["contract-notice"]
        message = message_for(notice.case)
        delivery(message, "guardian:1", "sent", sent_at=utc(2026, 11, 16, 11, 51))
        last = delivery(message, "guardian:2", "pending")
        settle_by_delivery([notice], message=message)
        sweep()
        notice.refresh_from_db()
        assert notice.status == "open"
        Delivery.objects.filter(pk=last.pk).update(status="sent", sent_at=utc(2026, 11, 16, 11, 55))
        sweep()
        notice.refresh_from_db()
        assert (notice.status, notice.settled_at) == ("settled", utc(2026, 11, 16, 11, 55))
        assert notice.deadlines.get().status == "kept"

    @pytest.mark.parametrize("status", ["pending", "sending", "uncertain", "exported", "refused"])
    def test_an_email_that_has_not_left_keeps_the_duty_open(self, status):
        notice = executed(connecticut())["contract-notice"]
        message = message_for(notice.case)
        delivery(message, "guardian:1", "sent", sent_at=MONDAY)
        delivery(message, "guardian:2", status)
        settle_by_delivery([notice], message=message)
        sweep()
        notice.refresh_from_db()
        assert notice.status == "open"

    def test_a_refused_email_with_a_letter_settles_and_the_letter_is_a_duty_of_its_own(self):
        notice = executed(connecticut())["contract-notice"]
        message = message_for(notice.case)
        delivery(message, "guardian:1", "refused")
        letter = delivery(message, "guardian:1", "to_print", channel="letter")
        settle_by_delivery([notice], message=message)
        sweep()
        notice.refresh_from_db()
        assert notice.status == "settled"
        duty = Obligation.objects.get(rule="print-letters")
        assert duty.status == "open"
        Delivery.objects.filter(pk=letter.pk).update(status="posted")
        sweep()
        duty.refresh_from_db()
        assert duty.status == "settled"

    def test_a_later_bounce_opens_a_new_duty_and_never_unsettles_the_first(self):
        notice = executed(connecticut())["contract-notice"]
        message = message_for(notice.case)
        sent = delivery(message, "guardian:1", "sent", sent_at=MONDAY)
        settle_by_delivery([notice], message=message)
        sweep()
        Delivery.objects.filter(pk=sent.pk).update(bounced_at=engine_now())
        sweep()
        sweep()
        notice.refresh_from_db()
        assert notice.status == "settled"
        (duty,) = Obligation.objects.filter(rule="reach-otherwise")
        assert duty.status == "open"
        delivery(message, "guardian:1", "posted", channel="letter")
        sweep()
        duty.refresh_from_db()
        assert duty.status == "settled"

    def test_a_message_to_staff_that_fails_raises_no_duty(self):
        notice = executed(connecticut())["contract-notice"]
        delivery(message_for(notice.case, is_legal=False), "user:1", "refused")
        sweep()
        assert not Obligation.objects.filter(rule="reach-otherwise").exists()


@pytest.mark.django_db
def test_yearly_duties_appear_once_120_days_ahead(travel):
    district = connecticut()
    travel(utc(2026, 7, 1, 12))
    sweep()
    assert not Obligation.objects.filter(trigger="fixed_date").exists()
    travel(utc(2026, 11, 16, 12))
    sweep()
    found = {o.rule: o.deadlines.get().due_at for o in Obligation.objects.filter(trigger="fixed_date")}
    assert found == {"yearly-drill": utc(2026, 12, 1, 5)}
    travel(utc(2026, 11, 17, 12))
    sweep()
    assert Obligation.objects.filter(trigger="fixed_date", district=district).count() == 1


@pytest.mark.django_db
def test_due_lists_what_is_open_soonest_first(capsys):
    district = connecticut()
    executed(district, date(2026, 11, 13), ref="instrument:2")
    executed(district, date(2026, 11, 12))
    call_command("due", "--json", "--district", district.slug)
    rows = json.loads(capsys.readouterr().out)
    dated = [row["due_at"] for row in rows if row["rule"] == "contract-notice"]
    assert dated == ["2026-11-20T05:00:00Z", "2026-11-21T05:00:00Z"]
    call_command("due")
    assert "2026-11-20T05:00:00Z" in capsys.readouterr().out


@pytest.mark.django_db
def test_health_judges_by_progress(travel, capsys):
    Heartbeat.objects.all().delete()
    with pytest.raises(CommandError, match="never swept"):
        call_command("health")
    sweep()
    call_command("health")
    assert "makes progress" in capsys.readouterr().out
    executed(connecticut())
    travel(utc(2026, 11, 20, 5, 3))
    with pytest.raises(CommandError, match=r"No sweep for 5 minutes[\s\S]*more than 2 minutes ago"):
        call_command("health", "--json")


@pytest.mark.django_db
def test_new_zone_rules_bring_a_clock_of_days_nearer_by_themselves_and_never_put_it_off():
    """As if the clock had been counted under zone rules that have since changed by an hour."""
    district = connecticut()
    at = utc(2026, 11, 14, 15)
    raise_for("breach_discovered", case=make_case(district, kind="breach"), at=at, ref="breach:1", by=None)
    clock = Deadline.objects.filter(unit="calendar_days").earliest("pk")
    due_at = clock.due_at
    Deadline.objects.filter(pk=clock.pk).update(due_at=due_at - timedelta(hours=1))
    assert recount(district, by=None, reason="Counted again.") == []
    Deadline.objects.filter(pk=clock.pk).update(due_at=due_at + timedelta(hours=1))
    (again,) = recount(district, by=None, reason="Counted again.")
    assert (again.due_at, again.generation, again.rule) == (due_at, 2, clock.rule)
    clock.refresh_from_db()
    assert clock.status == "superseded"


def together(times, act, districts):
    """Run an act in so many threads at once, each with its own connection; what each returned or raised."""

    def one(number):
        try:
            see_districts(district.pk for district in districts)
            return act(number)
        except Conflict as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_one_event_raised_twenty_times_at_once_is_one_set_of_duties(self):
        district = connecticut()
        case = make_case(district)
        at = datetime(2026, 11, 12, tzinfo=NEW_YORK)
        together(
            20, lambda _: raise_for("executed", case=case, at=at, ref="instrument:1", by=None), [district]
        )
        assert Obligation.objects.filter(case=case).count() == 2
        assert Deadline.objects.filter(case=case).count() == 2
        assert Entry.objects.filter(case=case, act="obligation-raised").count() == 2

    def test_five_sweeps_at_once_miss_each_clock_once(self, travel):
        district = connecticut()
        for number in range(10):
            executed(district, ref=f"instrument:{number}")
        travel(utc(2026, 11, 23, 9))
        swept = together(5, lambda _: sweep(), [])
        assert sum(each.failed for each in swept) == 0
        assert (
            Deadline.objects.filter(district=district, status="missed", rule__startswith="contract").count()
            == 20
        )
        assert (
            Entry.objects.filter(
                district=district, act="deadline-missed", facts__rule__startswith="c"
            ).count()
            == 20
        )

    def test_settling_and_cancelling_at_once_has_one_winner(self):
        district = connecticut()
        cure = raise_for(
            "cure_notice_given", case=make_case(district), at=utc(2026, 11, 12), ref="cure:1", by=None
        )[0]

        def act(number):
            if number % 2:
                return settle(cure_of(cure), at=MONDAY, by=None).status
            return cancel(cure_of(cure), reason="Withdrawn.", by=None).status

        def cure_of(obligation):
            return Obligation.objects.get(pk=obligation.pk)

        together(10, act, [district])
        acts = Entry.objects.filter(case=cure.case, act__in=("obligation-settled", "obligation-cancelled"))
        assert acts.count() == 1
        assert cure.deadlines.get().status in ("kept", "cancelled")

    def test_a_sweep_passes_by_a_locked_row_and_comes_back_for_it(self, travel):
        district = connecticut()
        first, second = executed(district).values()
        travel(utc(2026, 11, 23, 9))
        with acting_in(district), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM policy_obligation WHERE id = %s FOR UPDATE", [first.pk])
            together(1, lambda _: sweep(), [])
            assert first.deadlines.get().status == "running"
            assert second.deadlines.get().status == "missed"
        sweep()
        assert first.deadlines.get().status == "missed"


def test_the_due_scan_uses_its_partial_index(db):
    with connection.cursor() as cursor:
        # A nearly empty table is read in any way: ask whether the index alone gives the rows in order.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            """EXPLAIN SELECT d.id, d.district_id FROM policy_deadline AS d
               WHERE d.status = 'running' AND d.due_at <= now() ORDER BY d.due_at, d.id LIMIT 200"""
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "deadlines_due" in plan
    assert "Sort" not in plan
