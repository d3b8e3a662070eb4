"""A delivery under every order of acts that hypothesis can think of, with workers that die and workers at
once.

The relay is a process of its own with a log of its own, which is read before each turn; so after each step
the rows and that log must tell one story: what is marked as sent was accepted, nothing was accepted twice, a
status only goes where it may, and whoever lost a lease changes nothing.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ledger.clock import engine_now
from mail import events, outbox
from mail.claiming import Claimed, claim, release
from mail.line import Answer, Line, Result
from mail.marking import mark, mark_and_begin
from mail.models import Delivery, Message, RelayLog
from mail.reconciling import resolve_uncertain, sort_out_left_behind
from mail.writing import Writer
from parties.access import acting_in, see_districts
from tests.factories import DistrictFactory
from tests.mail.letters_out import FAR_BACK, TEXTS

START = datetime(2026, 11, 16, 14, tzinfo=UTC)
WAITS = {"pending", "sending", "uncertain"}
GOES_TO = {status: WAITS | {"sent", "refused"} for status in WAITS} | {
    "sent": {"sent"}, "refused": {"refused"}, "to_print": {"to_print"},
}  # fmt: skip


class DeliveryMachine(RuleBasedStateMachine):
    """The letters of one district; the address of each says how the relay treats it."""

    travel = None
    relay = None

    @initialize()
    def a_district(self):
        Message.objects.all().delete()
        RelayLog.objects.all().delete()
        self.relay.forget()
        type(self).travel(START)
        self.district = DistrictFactory()
        self.serial = 0
        self.seen: dict[int, tuple[str, str]] = {}

    # --- what people and time do

    @rule(
        locals_=st.lists(st.sampled_from(["family", "refuse", "later", "cut"]), min_size=1, max_size=6),
        is_legal=st.booleans(),
    )
    def a_message_is_sent(self, locals_, is_legal):
        recipients = []
        for local in locals_:
            self.serial += 1
            address = f"{local}{self.serial}@homes.example"
            recipients.append(
                outbox.Recipient(f"guardian:{self.serial}", "Family", address, "en", "1 Elm St")
            )
        outbox.send(
            kind="contract-notice", district=self.district, texts=TEXTS, recipients=recipients, by=None,
            is_legal=is_legal,
        )  # fmt: skip

    @rule(seconds=st.sampled_from([5, 44, 91, 1000, 4000]))
    def time_passes(self, seconds):
        type(self).travel(timedelta(seconds=seconds))

    @rule()
    def the_relay_goes_away(self):
        self.relay.close()

    @rule()
    def the_relay_comes_back(self):
        self.relay.open()

    @rule(number=st.integers(0, 9))
    def a_message_comes_back(self, number):
        gone = list(Delivery.objects.handed_over().order_by("pk"))
        if gone:
            header = gone[number % len(gone)].header_id
            events.take_events(
                [events.Event(header, "bounced", engine_now(), "postmark", f"{header}/back", "5.1.1")]
            )

    @rule()
    def a_person_decides(self):
        """By what the relay's own people say, which is the truth."""
        taken = self.accepted()
        for delivery in Delivery.objects.filter(status="uncertain"):
            resolve_uncertain(
                delivery, arrived=delivery.header_id in taken, by=None, reason="The relay's people looked."
            )

    # --- what workers do

    @rule(lines=st.integers(1, 3))
    def a_turn(self, lines):
        self.read_log()
        outbox.turn(seconds=20, lines=lines)

    @rule(workers=st.integers(2, 3), lines=st.integers(1, 3))
    def turns_at_once(self, workers, lines):
        self.read_log()
        turns = [lambda: outbox.turn(seconds=20, lines=lines)] * workers
        self.at_once(*turns, sort_out_left_behind, self.read_log)

    @rule(workers=st.integers(2, 4))
    def workers_claim_at_once_and_die(self, workers):
        """Each row is one worker's, and it bears that worker's token."""
        self.a_message_is_sent(["family"] * 2 * workers, is_legal=False)
        gate, claimed = threading.Barrier(workers), list[Claimed]()

        def one():
            with acting_in(self.district):
                gate.wait()
                claimed.extend(claim(self.district.pk, limit=4))

        self.at_once(*[one] * workers)
        assert len({each.pk for each in claimed}) == len(claimed)
        assert {each.pk: each.lease_token for each in claimed} == dict(
            Delivery.objects.filter(pk__in=[each.pk for each in claimed]).values_list("pk", "lease_token")
        )

    @rule(limit=st.integers(1, 4), how_far=st.sampled_from(["claimed", "begun", "accepted"]))
    def a_worker_dies(self, limit, how_far):
        """It took rows, and perhaps began or handed over the first; then it was gone."""
        self.a_message_is_sent(["family"], is_legal=True)
        for first in self.claimed(limit)[:1]:
            if how_far == "begun":
                mark_and_begin([], [first])
            if how_far == "accepted":
                self.deliver(first)

    @rule(how_far=st.sampled_from(["claimed", "begun"]), local=st.sampled_from(["family", "refuse", "cut"]))
    def a_slow_worker_is_left_alone_while_its_lease_runs(self, how_far, local):
        self.a_message_is_sent([local], is_legal=True)
        slow = self.claimed(50)
        if how_far == "begun":
            assert mark_and_begin([], slow[:1]) == {slow[0].pk}
        mine = Delivery.objects.filter(pk__in=[each.pk for each in slow]).order_by("pk")
        before = list(mine.values_list())
        self.time_passes(44)
        self.a_turn(lines=1)
        assert list(mine.values_list()) == before
        for delivery in slow:
            answer = self.deliver(delivery)
            assert answer is not None
            if answer.result is Result.DOWN:
                release([delivery], after=30, answer=answer)
            else:
                mark(delivery, answer)

    @rule(local=st.sampled_from(["family", "refuse", "cut"]), how_it_ends=st.sampled_from(["sent", "dead"]))
    def a_worker_speaks_whose_rows_another_has_taken_up(self, local, how_it_ends):
        self.a_message_is_sent([local], is_legal=False)
        stale = self.claimed(50)
        self.time_passes(91)
        sort_out_left_behind()
        again = self.claimed(50)
        assert {each.pk for each in stale} <= {each.pk for each in again}
        before = self.rows()
        for delivery in stale:
            for result in Result:
                if result is not Result.DOWN:
                    mark(delivery, Answer(result, "000"))
            assert mark_and_begin([(delivery, Answer(Result.SENT, "000"))], [delivery]) == set()
            release([delivery], after=0)
        assert self.rows() == before
        if how_it_ends == "sent":
            release(again, after=0)
            self.a_turn(lines=2)

    # --- what must hold

    @invariant()
    def the_rows_and_the_relay_tell_one_story(self):
        taken = self.accepted()
        assert [header for header, times in taken.items() if times > 1] == []
        for row in Delivery.objects.all():
            status, header = self.seen.get(row.pk, (row.status, row.header_id))
            assert row.status in GOES_TO[status]
            assert row.header_id == header
            assert (row.lease_token is not None) == (row.status == "sending")
            assert row.status != "sent" or row.header_id in taken
            assert row.status != "uncertain" or row.began_data_at is not None
            assert row.attempts >= taken[row.header_id]
            self.seen[row.pk] = (row.status, row.header_id)
        failed = Delivery.objects.failed().filter(message__is_legal=True)
        letters = Delivery.objects.letters().values_list("message", "recipient_ref")
        assert sorted(failed.values_list("message", "recipient_ref")) == sorted(letters)

    def teardown(self):
        """Given time, a relay and its log, everything comes to an end."""
        if not hasattr(self, "serial"):
            return
        self.relay.open()
        for _ in range(4):
            self.time_passes(4000)
            self.a_turn(lines=2)
        self.the_rows_and_the_relay_tell_one_story()
        for row in Delivery.objects.emails():
            is_put_off = row.address.startswith("later")
            assert row.status in ({"pending", "refused"} if is_put_off else {"sent", "refused"}), row.status
            assert row.status != "refused" or row.address.startswith(("refuse", "later"))

    # --- helpers of this machine

    def accepted(self) -> Counter[str]:
        return Counter(line["message_id"] for line in self.relay.accepted)

    def claimed(self, limit: int) -> list[Claimed]:
        with acting_in(self.district):
            return claim(self.district.pk, limit=limit)

    def deliver(self, delivery: Claimed) -> Answer | None:
        writer = Writer([delivery])
        with Line() as line:
            return line.deliver(
                writer.content(delivery), sender=writer.sender_of(delivery), to=delivery.address,
                begin=lambda: mark_and_begin([], [delivery]) == {delivery.pk},
            )  # fmt: skip

    def rows(self) -> list[tuple[object, ...]]:
        return list(Delivery.objects.order_by("pk").values_list())

    def read_log(self):
        now = engine_now()
        events.take_events(
            events.Event(
                line["message_id"], "accepted", now, "relay-log", f"{self.district.pk}/{line['file']}"
            )
            for line in self.relay.accepted
        )
        RelayLog.objects.update_or_create(source="relay", defaults={"read_from": FAR_BACK, "read_until": now})

    def at_once(self, *acts):
        def one(act):
            try:
                act()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            list(pool.map(one, random.sample(acts, len(acts))))
        see_districts([self.district.pk])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("examples", "acts"), [(5, 12), pytest.param(60, 30, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_no_order_of_acts_sends_twice_or_loses_one(travel, relay, examples, acts):
    machine = type("OneMachine", (DeliveryMachine,), {})
    machine.travel, machine.relay = staticmethod(travel), relay
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
