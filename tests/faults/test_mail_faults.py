"""The outbox under fault: nothing lost, nothing twice where a relay's log can be asked (F01 to F37)."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from datetime import timedelta

import pytest

from mail import claiming, outbox, reconciling
from mail.models import Delivery
from policy.models import Obligation
from policy.obligations import settle_by_delivery
from policy.sweep import sweep
from tests.factories import DistrictFactory
from tests.faults.conftest import (
    LogReader,
    Stopwatch,
    kill_senders,
    lost_and_twice,
    wait_until_idle,
)
from tests.mail.letters_out import family, ingest, notice
from tests.policy.test_sweep import connecticut, executed
from tests.servers import wait_for

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def elm():
    return DistrictFactory()


def sent() -> bool:
    return not Delivery.objects.exclude(status="sent").exists()


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 10), *(pytest.param(seed, 120, marks=pytest.mark.fault_long) for seed in (2, 3, 4, 5))],
)
def test_f01_killed_senders_lose_nothing_and_repeat_nothing(nursery, relay, elm, tally, seed, kills):
    recovered = kill_senders(nursery, relay, [elm, DistrictFactory()], kills=kills, seed=seed)
    lost, twice = lost_and_twice(relay)
    tally(
        f"F01 senders killed (seed {seed})", kills=nursery.kills, messages=Delivery.objects.count(),
        lost=lost, twice_with_log=twice, recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f16_without_a_relay_log_nothing_is_lost_and_what_went_twice_is_counted(nursery, relay, elm, tally):
    recovered = kill_senders(nursery, relay, [elm], kills=100, with_log=False, knows=4)
    lost, twice = lost_and_twice(relay)
    tally(
        "F16 no relay log", kills=nursery.kills, messages=Delivery.objects.count(), lost=lost,
        twice_without_log=twice, recovered_ms=recovered,
    )  # fmt: skip
    assert lost == 0
    assert twice <= Delivery.objects.tried_again().count()


@pytest.mark.fault_long
def test_f02_a_sender_killed_between_every_pair_of_statements(nursery, relay, elm, tally, travel):
    deaths, log = 0, LogReader(relay)

    def lease_over() -> None:
        wait_until_idle(relay)  # what the dead had handed over is in the log before it is read
        travel(timedelta(minutes=2))
        log.read()

    while True:
        notice(elm, [family(1000 * deaths), family(1000 * deaths + 1)])
        if nursery.run("one_turn", die_at=deaths + 1, lease=90, silence=60) == 0:
            break
        deaths += 1
        lease_over()
    recovery = Stopwatch()
    wait_for(lambda: lease_over() or nursery.run("one_turn", lease=90, silence=60) or sent(), seconds=60)
    lost, twice = lost_and_twice(relay)
    tally(
        "F02 sender killed between statements", kills=deaths, messages=Delivery.objects.count(), lost=lost,
        twice_with_log=twice, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert deaths > 20
    assert (lost, twice) == (0, 0)


def test_f07_five_triggers_at_once_send_nothing_twice(nursery, relay, elm, tally):
    notice(elm, [family(n) for n in range(300)])
    for pid in [nursery.bear("one_turn", lease=60) for _ in range(5)]:
        assert nursery.wait(pid) == 0
    lost, twice = lost_and_twice(relay)
    tally("F07 five triggers at once", messages=300, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


def test_several_lines_of_one_worker_send_nothing_twice(relay, elm):
    notice(elm, [family(n) for n in range(120)])
    assert outbox.turn(lines=4) == 120
    assert (*lost_and_twice(relay), sent()) == (0, 0, True)
    assert outbox.turn(lines=outbox.LINES) == 0


def test_f11_a_line_cut_after_the_text_is_settled_by_the_log(nursery, relay, elm, tally):
    notice(elm, [family(n, local="cut") for n in range(20)])
    nursery.run("one_turn")
    assert Delivery.objects.counted() == {"uncertain": 20}
    ingest(relay)
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F11 cut after the text", messages=20, lost=lost, twice_with_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f14_a_relay_that_never_answers_is_given_up_and_asked_by_its_log(nursery, relay, elm, tally):
    notice(elm, [family(1, local="slow"), family(2)])
    waits = nursery.bear("one_turn", timeout=2, lease=10)
    wait_for(lambda: relay.accepted, what="the relay to take it")
    assert nursery.run("one_turn", timeout=2, lease=10) == 0  # another worker lets its lease alone
    assert nursery.wait(waits) == 0
    wait_for(lambda: nursery.run("one_turn") or Delivery.objects.filter(status="sent").count() == 1)
    assert Delivery.objects.counted() == {"sent": 1, "uncertain": 1}
    ingest(relay)
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F14 relay takes and never answers", messages=2, lost=lost, twice_with_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
@pytest.mark.parametrize("answer", ["421 4.3.2 Closed", "451 4.3.0 Try again", "452 4.3.1 Full"])
def test_f12_a_relay_closed_for_hours_loses_nothing_and_blames_nobody(
    nursery, relay, elm, tally, travel, answer
):
    notice(elm, [family(n) for n in range(30)])
    notice(DistrictFactory(), [family(n) for n in range(30)])
    relay.close(answer)
    for _ in range(6):
        nursery.run("one_turn")
        travel(timedelta(minutes=20))
    assert Delivery.objects.counted() == {"pending": 60}
    relay.open()
    recovery = Stopwatch()
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally(
        f"F12 relay answers {answer[:3]} for two hours", messages=60, lost=lost, twice_without_log=twice,
        recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f12_recipients_put_off_wait_longer_each_time_and_hold_up_no_other_district(
    nursery, relay, elm, tally, travel
):
    notice(elm, [family(n, local="later") for n in range(60)])
    notice(DistrictFactory(), [family(n) for n in range(60)])
    nursery.run("one_turn")
    assert Delivery.objects.counted() == {"pending": 60, "sent": 60}
    for _ in range(3):
        travel(timedelta(minutes=10))
        nursery.run("one_turn")
    tried = set(Delivery.objects.filter(district=elm).values_list("status", "attempts"))
    assert tried == {("pending", 4)}
    for late in Delivery.objects.filter(district=elm):  # the recipients' own system answers again
        Delivery.objects.filter(pk=late.pk).update(address=late.address.replace("later", "family"))
    travel(timedelta(minutes=16))
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F12 recipients put off for half an hour", messages=120, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f13_one_refused_recipient_gets_a_letter_and_somebody_a_duty(nursery, relay, tally):
    duty = executed(connecticut())["contract-notice"]
    message = notice(
        duty.district, [family(1, local="refuse"), *(family(n) for n in range(2, 21))], case=duty.case
    )
    settle_by_delivery([duty], message=message)
    nursery.run("one_turn")
    assert Delivery.objects.emails().counted() == {"refused": 1, "sent": 19}
    assert Delivery.objects.letters().counted() == {"to_print": 1}
    sweep()
    owed = Obligation.objects.get(message=message, trigger="letters_ready")
    assert (owed.status, owed.kind) == ("open", "print")
    sweep()
    assert Obligation.objects.filter(message=message, trigger="letters_ready").count() == 1
    lost = 20 - len({line["to"][0] for line in relay.accepted}) - Delivery.objects.letters().count()
    tally("F13 one recipient refused", events=1, messages=20, lost=lost, twice_without_log=0)
    assert lost == 0


@pytest.mark.fault_long
def test_f15_a_worker_that_stood_still_longer_than_its_lease(nursery, relay, elm, tally):
    notice(elm, [family(n) for n in range(200)])
    stopped = nursery.bear("turns", lease=1, silence=2)
    wait_for(lambda: relay.accepted, what="the first message")
    nursery.kill(stopped, signal.SIGSTOP)
    time.sleep(1.5)  # longer than its lease
    recovery, log = Stopwatch(), LogReader(relay)
    nursery.bear("turns", lease=1, silence=2)
    wait_for(lambda: log.read() or sent(), seconds=60)
    recovered = recovery.ms
    nursery.kill(stopped, signal.SIGCONT)
    notice(elm, [family(n) for n in range(200, 210)])
    wait_for(lambda: log.read() or sent(), seconds=60)
    lost, twice = lost_and_twice(relay)
    tally(
        "F15 worker stopped beyond its lease", messages=210, lost=lost, twice_with_log=twice,
        recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f18_a_row_that_cannot_be_written_stops_no_other_and_becomes_a_duty(nursery, relay, tally):
    duty = executed(connecticut())["contract-notice"]
    message = notice(duty.district, [family(n) for n in range(20)], case=duty.case)
    Delivery.objects.filter(recipient_ref="guardian:7").update(header_id="<a@b>\nBcc: x@y.example")
    nursery.run("one_turn")
    assert Delivery.objects.emails().counted() == {"refused": 1, "sent": 19}
    assert Delivery.objects.letters().get().recipient_ref == "guardian:7"
    sweep()
    assert Obligation.objects.filter(message=message, trigger="letters_ready", status="open").count() == 1
    lost = 20 - len(relay.accepted) - Delivery.objects.letters().count()
    tally("F18 a poison row", events=1, messages=20, lost=lost, twice_without_log=0)
    assert lost == 0


@pytest.mark.fault_long
def test_f23_a_clock_that_jumps_sends_nothing_twice(nursery, relay, elm, tally, travel):
    for jump in (timedelta(hours=3), timedelta(hours=-6), timedelta(days=400)):
        notice(elm, [family(n) for n in range(10)])
        nursery.run("one_turn")
        travel(jump)
        nursery.run("one_turn")
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F23 clock jumps +3 h, -6 h, +400 d", messages=30, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f30_a_row_that_somebody_holds_stops_no_other(nursery, relay, elm, tally, database):
    notice(elm, [family(n) for n in range(20)])
    pk = Delivery.objects.order_by("pk").first().pk
    with closing(database.cluster.connect(database.name)) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT 1 FROM mail_delivery WHERE id = %s FOR UPDATE", [pk])
        nursery.run("one_turn")
        assert Delivery.objects.counted() == {"pending": 1, "sent": 19}
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F30 a row locked by somebody", messages=20, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f37_everything_at_once(nursery, relay, tally, travel):
    districts = [DistrictFactory() for _ in range(4)]
    recovered = 0
    for round_ in range(4):
        kill_senders(nursery, relay, districts, kills=50, seed=37 + round_)
        relay.close("451 4.3.0 Try again")
        notice(districts[round_], [family(900_000_000 + round_ * 1000 + n) for n in range(50)])
        time.sleep(0.5)  # its senders meet a relay that refuses everybody
        relay.open()
        for minutes in ((20,), (-10, 30), (400,), (-180, 200))[round_]:
            travel(timedelta(minutes=minutes))
            time.sleep(0.2)
        for pid in sorted(nursery.living):
            nursery.kill(pid)
        recovered = max(recovered, kill_senders(nursery, relay, districts, kills=10, seed=370 + round_))
        nursery.end_all()
    lost, twice = lost_and_twice(relay)
    tally(
        "F37 kills, outages and clock jumps together", kills=nursery.kills,
        messages=Delivery.objects.count(), lost=lost, twice_with_log=twice, recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


def test_the_waits_of_the_product_are_those_of_its_design():
    assert claiming.LEASE_SECONDS == 90
    assert timedelta(minutes=10) == reconciling.KNOWS_AFTER
