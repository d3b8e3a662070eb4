"""The outbox under fault: nothing lost, nothing twice where a relay's log can be asked (F01 to F37)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from compliance_portal.local.postgres import Cluster
from mail import outbox, valve
from mail.models import Delivery
from tests.factories import DistrictFactory
from tests.faults.conftest import Nursery, accepted_counts, kill_senders, lost_and_twice
from tests.mail.letters_out import family, ingest, notice
from tests.servers import (
    TEMPLATE,
    migrated_template,
    portal_environ,
    run_manage,
    wait_for,
    write_facts,
)

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def elm():
    return DistrictFactory()


def sent() -> bool:
    return not Delivery.objects.exclude(status="sent").exists()


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 10), *(pytest.param(seed, 150, marks=pytest.mark.fault_long) for seed in (2, 3, 4, 5))],
)
def test_f01_killed_senders_lose_nothing_and_repeat_nothing(nursery, relay, elm, tally, seed, kills):
    recovered = kill_senders(nursery, relay, [elm, DistrictFactory()], kills=kills, seed=seed)
    lost, twice = lost_and_twice(relay)
    tally(
        f"F01 senders killed (seed {seed})", kills=nursery.kills, messages=Delivery.objects.count(),
        lost=lost, twice_with_log=twice, recovered=f"{recovered:.1f} s",
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f16_without_a_relay_log_nothing_is_lost_and_what_went_twice_is_counted(nursery, relay, elm, tally):
    recovered = kill_senders(nursery, relay, [elm], kills=150, with_log=False, knows=4)
    lost, twice = lost_and_twice(relay)
    tally(
        "F16 no relay log", kills=nursery.kills, messages=Delivery.objects.count(), lost=lost,
        twice_without_log=twice, recovered=f"{recovered:.1f} s",
    )  # fmt: skip
    assert lost == 0
    assert twice <= Delivery.objects.tried_again().count()


@pytest.mark.fault_long
def test_f02_a_sender_killed_between_every_pair_of_statements(nursery, relay, elm, tally):
    deaths, n = 0, 0
    while True:
        n += 1
        if sent():
            notice(elm, [family(1000 * n), family(1000 * n + 1)])
        if nursery.run("one_turn", die_at=n, lease=0.2, silence=0.3) == 0:
            break
        deaths += 1
        time.sleep(0.25)
    wait_for(lambda: ingest(relay) or nursery.run("one_turn", lease=0.2, silence=0.3) or sent(), seconds=60)
    lost, twice = lost_and_twice(relay)
    tally(
        "F02 sender killed between statements", kills=deaths, messages=Delivery.objects.count(), lost=lost,
        twice_with_log=twice,
    )  # fmt: skip
    assert deaths > 20
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f04_without_a_broker_mail_is_written_and_leaves(nursery, relay, elm, tally, travel, settings):
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/at/all.sock"
    notice(elm, [family(n) for n in range(20)])
    travel(timedelta(hours=1))
    assert nursery.run("one_turn") == 0
    lost, twice = lost_and_twice(relay)
    tally("F04 no broker for an hour", messages=20, lost=lost, twice_with_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f05_a_broker_wiped_while_a_bell_waits(worker, broker, relay, elm, tally):
    import redis

    notice(elm, [family(n) for n in range(20)])
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        client.flushall()
    began = time.monotonic()
    worker(beat=True)
    wait_for(sent, seconds=60)
    lost, twice = lost_and_twice(relay)
    tally(
        "F05 broker wiped", messages=20, lost=lost, twice_with_log=twice,
        recovered=f"{time.monotonic() - began:.1f} s",
    )  # fmt: skip
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
    assert outbox.turn_on_lines(lines=4) == 120
    assert (*lost_and_twice(relay), sent()) == (0, 0, True)
    assert outbox.turn_on_lines() == 0


@pytest.mark.fault_long
def test_f08_cron_alone_suffices(database, relay, elm, tally, tmp_path, monkeypatch):
    from tests.servers import write_facts

    notice(elm, [family(n) for n in range(20)])
    write_facts(tmp_path / "var", database.cluster, database.name)
    monkeypatch.setenv("EMAIL_URL", relay.url)
    run_manage(tmp_path / "var", "sweep")
    lost, twice = lost_and_twice(relay)
    tally("F08 cron alone, no worker, no beat", messages=20, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


def test_f11_a_line_cut_after_the_text_is_settled_by_the_log(nursery, relay, elm, tally):
    notice(elm, [family(n, local="cut") for n in range(20)])
    nursery.run("one_turn")
    assert Delivery.objects.counted() == {"uncertain": 20}
    ingest(relay)
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F11 cut after the text", messages=20, lost=lost, twice_with_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.fixture
def elsewhere(relay, tmp_path):
    """A durable server of the test's own, and a nursery whose children work in it: (server, nursery)."""
    folder = Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
    with migrated_template() as template:
        subprocess.run(["cp", "-a", "--reflink=auto", template, folder / "postgres"], check=True)
    (folder / "s").mkdir(mode=0o700)
    server = Server(Cluster(folder / "postgres", folder / "s", folder / "postgres.log"))
    write_facts(folder / "var", server.cluster, TEMPLATE)
    nursery = Nursery(portal_environ(folder / "var", EMAIL_URL=relay.url), folder / "nursery.log")
    yield server, nursery
    nursery.close()
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


class Server:
    """PostgreSQL as in real life: what it acknowledged survives a kill -9."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.child = cluster.start()

    def kill(self):
        """The postmaster without a word; its children notice by themselves and end."""
        pid = int((self.cluster.data / "postmaster.pid").read_text().split()[0])
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(pid, signal.SIGKILL)
        self.child.wait()

    def start(self):
        self.child = self.cluster.start()

    def ask(self, query):
        with closing(self.cluster.connect(TEMPLATE)) as session, session.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


@pytest.mark.fault_long
def test_f09_f10_a_database_killed_while_mail_leaves(elsewhere, relay, tally):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=600) == 0
    for _ in range(2):
        nursery.bear("turns", lease=3, silence=3)
    for _ in range(8):
        handed_over = len(relay.accepted)
        wait_for(lambda before=handed_over: len(relay.accepted) > before + 5, seconds=60)
        server.kill()
        time.sleep(0.5)  # workers meet a server that is not there
        server.start()
    log = str(relay.folder / "accepted.jsonl")
    open_rows = "SELECT count(*) FROM mail_delivery WHERE status <> 'sent'"
    began = time.monotonic()
    wait_for(lambda: nursery.run("read_log", path=log) or server.ask(open_rows) == [(0,)], seconds=120)
    counts = accepted_counts(relay)
    headers = {header for (header,) in server.ask("SELECT header_id FROM mail_delivery")}
    lost, twice = len(headers - set(counts)), sum(counts.values()) - len(counts)
    tally(
        "F09 F10 PostgreSQL killed 8 times", kills=8, messages=len(headers), lost=lost, twice_with_log=twice,
        recovered=f"{time.monotonic() - began:.1f} s",
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f14_a_relay_that_never_answers_is_given_up_and_asked_by_its_log(nursery, relay, elm, tally):
    notice(elm, [family(1, local="slow"), family(2)])
    assert nursery.run("one_turn", timeout=2) == 0
    assert Delivery.objects.counted() == {"sent": 1, "uncertain": 1}
    ingest(relay)
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F14 relay takes and never answers", messages=2, lost=lost, twice_with_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f12_a_relay_closed_for_hours_loses_nothing_and_blames_nobody(nursery, relay, elm, tally, travel):
    notice(elm, [family(n) for n in range(30)])
    notice(DistrictFactory(), [family(n) for n in range(30)])
    relay.close()
    for _ in range(6):
        nursery.run("one_turn")
        travel(timedelta(minutes=20))
    assert Delivery.objects.counted() == {"pending": 60}
    relay.open()
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F12 relay closed for two hours", messages=60, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


@pytest.mark.fault_long
def test_f15_a_worker_that_stood_still_longer_than_its_lease(nursery, relay, elm, tally):
    notice(elm, [family(n) for n in range(200)])
    stopped = nursery.bear("turns", lease=1, silence=2)
    wait_for(lambda: relay.accepted, what="the first message")
    nursery.kill(stopped, signal.SIGSTOP)
    time.sleep(1.5)
    nursery.bear("turns", lease=1, silence=2)
    wait_for(lambda: ingest(relay) or sent(), seconds=60)
    nursery.kill(stopped, signal.SIGCONT)
    time.sleep(1)
    lost, twice = lost_and_twice(relay)
    tally("F15 worker stopped beyond its lease", messages=200, lost=lost, twice_with_log=twice)
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f18_a_row_that_cannot_be_written_stops_no_other(nursery, relay, elm, tally):
    notice(elm, [family(n) for n in range(20)])
    Delivery.objects.filter(recipient_ref="guardian:7").update(header_id="<a@b>\nBcc: x@y.example")
    nursery.run("one_turn")
    tally("F18 a poison row", messages=20, lost=0, twice_without_log=0)
    assert Delivery.objects.emails().counted() == {"refused": 1, "sent": 19}


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


def test_f27_a_restored_back_up_sends_nothing_until_it_was_compared(nursery, relay, elm, tally, database):
    notice(elm, [family(n) for n in range(30)])
    before = list(Delivery.objects.values_list("pk", flat=True))
    nursery.run("one_turn")
    with database.superuser.cursor() as cursor:  # what an older back-up says in a new database
        cursor.execute("UPDATE mail_valve SET identity = 'the old server'")
        cursor.execute(
            "UPDATE mail_delivery SET status = 'uncertain', sent_at = NULL, began_data_at = now()"
            " WHERE id = ANY(%s)",
            [before],
        )
    nursery.run("one_turn")
    assert not valve.is_open()
    ingest(relay)
    valve.release(reason="Compared with the log", by=None)
    nursery.run("one_turn")
    lost, twice = lost_and_twice(relay)
    tally("F27 an old back-up restored", messages=30, lost=lost, twice_with_log=twice)
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
    recovered = 0.0
    for round_ in range(4):
        kill_senders(nursery, relay, districts, kills=100, seed=37 + round_, workers=3)
        relay.close()
        notice(districts[round_], [family(900_000 + round_ * 1000 + n) for n in range(50)])
        time.sleep(0.5)
        relay.open()
        travel(timedelta(minutes=20))
        for pid in sorted(nursery.living):
            nursery.kill(pid)
        recovered = kill_senders(nursery, relay, districts, kills=10, seed=370 + round_, workers=3)
    lost, twice = lost_and_twice(relay)
    tally(
        "F37 kills, outages and clock jumps together", kills=nursery.kills, messages=Delivery.objects.count(),
        lost=lost, twice_with_log=twice, recovered=f"{recovered:.1f} s",
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


def test_the_waits_of_the_product_are_those_of_its_design():
    assert outbox.LEASE_SECONDS == 90
    assert timedelta(minutes=10) == outbox.KNOWS_AFTER
