"""A deadline under every order of acts that hypothesis can think of, with people and sweeps at once.

After each step the rows must tell one story: statuses only along MOVES, one live generation a pack, nothing
settled and still running, nothing missed before its time, nothing running after a sweep that came too late.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Document, Entry
from parties.access import see_districts
from parties.models import Role
from policy.adoptions import adopt_pack
from policy.deadlines import LIVE
from policy.models import Alert, Deadline, Obligation
from policy.obligations import cancel, raise_for, settle
from policy.pauses import pause, resume
from policy.recount import move_start
from policy.sweep import sweep
from tests.factories import DistrictFactory, make_case, member

START = datetime(2026, 11, 16, 14, tzinfo=UTC)
ENDED = {"kept", "cancelled", "superseded"}


class DeadlineMachine(RuleBasedStateMachine):
    """One breach under the policy (hours, no pause) and the statute (days; one clock may pause)."""

    travel = None
    people: tuple = ()
    district = None

    @initialize()
    def a_breach(self):
        self.now = START
        type(self).travel(self.now)
        case = make_case(self.district, kind="breach")
        self.duties = raise_for(
            "breach_discovered", case=case, at=engine_now() - timedelta(hours=1), ref="breach:1", by=None
        )
        self.duties += raise_for(
            "report_received", case=case, at=engine_now() - timedelta(hours=1), ref="report:1", by=None
        )
        self.paper = Document.objects.create(
            district=self.district,
            case=case,
            kind="evidence",
            name="request.pdf",
            content_type="application/pdf",
            size=1,
            sha256="0" * 64,
            file=ContentFile(b"x", name="x"),
            received_at=START,
        )
        self.swept_at = None
        self.seen: dict[int, str] = {}

    def duty(self, number: int) -> Obligation:
        return Obligation.objects.get(pk=self.duties[number % len(self.duties)].pk)

    def clock(self, number: int) -> Deadline | None:
        return self.duty(number).deadlines.exclude(status="superseded").order_by("pk").first()

    def attempt(self, *acts):
        """Do the acts, at once when there are several; a refusal is an answer like any other."""

        def one(act):
            try:
                if len(acts) > 1:
                    see_districts([self.district.pk])
                act()
            except (Conflict, ValidationError):
                pass
            finally:
                if len(acts) > 1:
                    connections.close_all()

        if len(acts) == 1:
            one(acts[0])
            return
        with ThreadPoolExecutor(len(acts)) as pool:
            list(pool.map(one, acts))

    def settle(self, number):
        return lambda: settle(self.duty(number), at=engine_now(), by=self.people[0])

    def cancel(self, number):
        first, second = self.people
        return lambda: cancel(self.duty(number), reason="No access.", by=first, approved_by=second)

    def pause(self, number):
        first, second = self.people

        def act():
            if clock := self.clock(number):
                pause(clock, ground="Police", authority=self.paper, by=first, approved_by=second)

        return act

    def resume(self, number):
        def act():
            if clock := self.clock(number):
                resume(clock, by=self.people[0])

        return act

    @rule(hours=st.sampled_from([1, 5, 23, 47, 49, 24 * 8, 24 * 61]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        type(self).travel(self.now)

    @rule()
    def sweep(self):
        assert sweep().failed == 0
        self.swept_at = self.now

    @rule(number=st.integers(0, 20))
    def person_pauses(self, number):
        self.attempt(self.pause(number))

    @rule(number=st.integers(0, 20))
    def person_resumes(self, number):
        self.attempt(self.resume(number))

    @rule(number=st.integers(0, 20), hours=st.integers(0, 72))
    def start_was_earlier(self, number, hours):
        def act():
            duty = self.duty(number)
            at = duty.triggered_at - timedelta(hours=hours)
            move_start(duty, at=at, reason="A voice message.", by=self.people[0])

        self.attempt(act)

    @rule(number=st.integers(0, 20), other=st.integers(0, 20))
    def all_at_once(self, number, other):
        self.attempt(
            self.settle(number),
            self.cancel(number),
            self.pause(other),
            self.resume(other),
            lambda: sweep(),
            lambda: sweep(),
        )

    @rule(number=st.integers(0, 20))
    def person_settles(self, number):
        self.attempt(self.settle(number))

    @rule(number=st.integers(0, 20))
    def person_cancels_and_another_settles(self, number):
        """Whoever comes second changes nothing that was decided."""
        self.attempt(self.cancel(number))
        before = self.rows(number)
        self.attempt(self.settle(number))
        self.attempt(self.cancel(number))
        assert before[0] == "open" or self.rows(number) == before

    @rule(sweeps=st.integers(2, 4))
    def sweeps_at_once_when_a_clock_has_just_run_out(self, sweeps):
        ends = (
            Deadline.objects.filter(obligation__in=self.duties, status="running").order_by("due_at").first()
        )
        if ends is not None and ends.due_at > self.now:
            self.time_passes((ends.due_at - self.now) // timedelta(hours=1) + 1)
        self.attempt(*[sweep] * sweeps)

    def rows(self, number: int) -> tuple[object, ...]:
        duty = self.duty(number)
        return duty.status, *duty.deadlines.order_by("pk").values_list("status", "due_at", "ended_at")

    @invariant()
    def each_miss_is_told_once(self):
        """A clock that ran out did so by one entry, at its legal instant; no message rings for two steps."""
        for duty in self.duties:
            told = Entry.objects.filter(act="deadline-missed", facts__obligation=duty.pk)
            said = [(entry.facts["pack"], entry.at) for entry in told]
            assert len(set(said)) == len(said)
        rung = Alert.objects.filter(deadline__obligation__in=self.duties).exclude(message=None)
        messages = list(rung.values_list("message", flat=True))
        assert len(set(messages)) == len(messages)

    @invariant()
    def the_rows_tell_one_story(self):
        now = engine_now()
        for duty in Obligation.objects.filter(pk__in=[d.pk for d in self.duties]):
            clocks = list(duty.deadlines.order_by("generation"))
            for pack in {clock.pack for clock in clocks}:
                line = [clock for clock in clocks if clock.pack == pack]
                assert [clock.generation for clock in line] == list(range(1, len(line) + 1))
                assert all(clock.status == "superseded" for clock in line[:-1])
                assert line[-1].status != "superseded"
            for clock in clocks:
                assert not (clock.status in LIVE and duty.status != "open")
                assert clock.status != "missed" or clock.due_at <= now
                before = self.seen.get(clock.pk)
                assert before not in ENDED or before == clock.status
                self.seen[clock.pk] = clock.status
                if clock.status == "running" and self.swept_at == self.now:
                    assert clock.due_at > self.now
            ends = Entry.objects.filter(
                act__in=("obligation-settled", "obligation-cancelled"), facts__obligation=duty.pk
            )
            assert ends.count() == (0 if duty.status == "open" else 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("examples", "acts"), [(5, 10), pytest.param(100, 25, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_no_order_of_acts_leaves_a_deadline_in_two_minds(travel, examples, acts):
    travel(START)
    district = DistrictFactory()
    admin = member(district, Role.ADMINISTRATOR)
    for pack in ("ct-3520.13@2017", "ct-10-234@2018"):
        adopt_pack(district=district, pack=pack, since=date(2026, 7, 1), by=admin)
    machine = type("OneMachine", (DeadlineMachine,), {})
    machine.travel = staticmethod(travel)
    machine.district = district
    machine.people = (admin, member(district, Role.CUSTODIAN))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=acts,
            deadline=None,
            phases=[Phase.reuse, Phase.generate],  # threads that compete do not fail alike when tried again
            suppress_health_check=list(HealthCheck),
        ),
    )
