"""The broker killed, away, full, wiped or silent; beat, workers and releases that come and go."""

from __future__ import annotations

import signal
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Document, Job
from mail.models import Delivery, Route
from policy.models import Heartbeat
from policy.sweep import SWEEP
from tests.contracts.making import a_contract, adopt, pdf
from tests.factories import DistrictFactory, make_case, member
from tests.faults.conftest import LogReader, Stopwatch, lost_and_twice
from tests.faults.servers import SilentProxy, own_valkey, watchdog
from tests.mail.letters_out import family, notice
from tests.servers import run_manage, wait_for, write_facts

pytestmark = [pytest.mark.fault_long, pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def broker():
    """A broker of the test's own, instead of the one the run shares: it may be killed."""
    with own_valkey() as server:
        yield server


@pytest.fixture
def elm():
    return DistrictFactory()


def sent() -> bool:
    return not Delivery.objects.exclude(status="sent").exists()


def test_f03_a_broker_killed_and_back_empty_while_mail_leaves(worker, broker, relay, elm, tally):
    worker(beat=True)
    for round_ in range(6):
        notice(elm, [family(round_ * 100 + n) for n in range(40)])
        broker.kill()
        time.sleep(0.3)  # workers meet a broker that is not there
        broker.start()
        recovery = Stopwatch()
        wait_for(sent, seconds=120, what="what waited while the broker was away")
    lost, twice = lost_and_twice(relay)
    tally(
        "F03 broker killed, back empty", kills=broker.kills, messages=240, lost=lost,
        twice_without_log=twice, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


def test_f04_without_a_broker_pages_save_and_mail_leaves(
    nursery, relay, elm, tally, travel, client, settings
):
    custodian = member(elm)
    adopt(elm, custodian)
    contract = a_contract(elm, custodian)
    settings.EMBEDDED = True
    client.force_login(custodian)
    answer = client.post(
        f"/api/v1/contracts/{contract.pk}/instruments/",
        {"kind": "original", "agreed_how": "signed", "upload": pdf()},
    )
    assert answer.status_code == 201
    assert Document.objects.filter(case=contract.case).exists()
    notice(elm, [family(n) for n in range(20)])
    travel(timedelta(hours=1))
    assert nursery.run("one_turn") == 0
    lost, twice = lost_and_twice(relay)
    tally("F04 no broker for an hour", events=1, messages=20, lost=lost, twice_without_log=twice)
    assert (lost, twice, sent()) == (0, 0, True)


def test_f05_a_broker_wiped_while_bells_wait(worker, broker, relay, elm, tally):
    import redis

    from ledger.jobs import ask_job

    case = make_case(elm)
    notice(elm, [family(n) for n in range(20)])
    ask_job(kind="scan", case=case)
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        client.flushall()
    recovery = Stopwatch()
    worker(beat=True)
    wait_for(sent, seconds=60)
    recovered = recovery.ms
    wait_for(lambda: Job.objects.get().attempts or Job.objects.get().error, seconds=60, what="the job")
    lost, twice = lost_and_twice(relay)
    tally(
        "F05 broker wiped", events=1, messages=20, lost=lost, twice_without_log=twice,
        recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


def test_f06_a_full_broker_refuses_bells_and_nothing_else(nursery, broker, relay, elm, tally):
    import redis

    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        client.mset({f"filler:{n}": "x" * 1000 for n in range(1000)})
        client.config_set("maxmemory", "1mb")
    before = len(nursery.log.read_text())
    assert nursery.run("ring_a_full_broker", url=broker.url, district=elm.pk, count=20) == 0
    silent = nursery.log.read_text()[before:].count("did not ring")
    assert nursery.run("one_turn") == 0
    lost, twice = lost_and_twice(relay)
    tally("F06 broker full", events=silent, messages=20, lost=lost, twice_without_log=twice)
    assert silent == 1
    assert (lost, twice, sent()) == (0, 0, True)


def test_f08_cron_alone_suffices(database, relay, elm, tally, tmp_path, monkeypatch):
    notice(elm, [family(n) for n in range(20)])
    write_facts(tmp_path / "var", database.cluster, database.name)
    monkeypatch.setenv("EMAIL_URL", relay.url)
    recovery = Stopwatch()
    run_manage(tmp_path / "var", "sweep")
    lost, twice = lost_and_twice(relay)
    tally(
        "F08 cron alone, no worker, no beat", messages=20, lost=lost, twice_without_log=twice,
        recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (lost, twice, sent()) == (0, 0, True)


def test_f22_death_between_the_commit_and_the_bell(nursery, relay, elm, tally):
    for _ in range(200):
        assert nursery.run("send_and_die", district=elm.pk) == signal.SIGKILL
    recovery = Stopwatch()
    wait_for(lambda: nursery.run("one_turn") or sent(), seconds=180)
    lost, twice = lost_and_twice(relay)
    tally(
        "F22 killed between commit and bell", kills=200, messages=200, lost=lost, twice_without_log=twice,
        recovered_ms=recovery.ms,
    )  # fmt: skip
    assert Delivery.objects.count() == 200
    assert (lost, twice, sent()) == (0, 0, True)


def test_f28_releases_while_mail_leaves(worker, relay, elm, tally, travel):
    unknown = Job.objects.create(
        district=elm, case=make_case(elm), kind="of-a-newer-portal", asked_at="2026-01-01T00:00Z"
    )
    # Slow enough that mail still leaves at the third release, however fast the machine.
    Route.objects.create(district=elm, sender="records@elm.example", a_second=30)
    notice(elm, [family(n) for n in range(1500)])
    log, kills = LogReader(relay), 0
    old = worker(beat=True)
    for _ in range(3):
        handed_over = len(relay.accepted)
        wait_for(lambda before=handed_over: len(relay.accepted) > before + 20, seconds=120)
        young = worker(beat=True)
        old.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        old.kill()
        old, kills = young, kills + 1
        log.read()
        travel(timedelta(minutes=2))  # the leases of the dead run out
        log.read()
    recovery = Stopwatch()
    wait_for(lambda: log.read() or sent(), seconds=180, what="all mail to leave")
    lost, twice = lost_and_twice(relay)
    unknown.refresh_from_db()
    tally(
        "F28 three releases while mail leaves", kills=kills, messages=1500, lost=lost,
        twice_with_log=twice, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (unknown.status, unknown.attempts) == ("waiting", 0)
    assert (lost, twice) == (0, 0)


def test_f34_a_worker_that_lives_and_hears_nothing_is_noticed(
    worker, broker, database, relay, elm, tally, travel, tmp_path, monkeypatch
):
    Heartbeat.objects.all().delete()
    proxy = SilentProxy(broker.folder, broker.socket)
    broker.url = proxy.url
    with watchdog() as (address, pings):
        deaf = worker(beat=True, PORTAL_HEARTBEAT_URL=address)
        wait_for(pings, seconds=60, what="a good sweep")
        proxy.silent = True

        def stands_still() -> bool:
            before = Heartbeat.objects.get(name=SWEEP).at
            time.sleep(6)  # longer than beat's five seconds
            return Heartbeat.objects.get(name=SWEEP).at == before

        wait_for(stands_still, seconds=60, what="the sweeps to end")
        heard = pings()
        travel(timedelta(minutes=6))
        with pytest.raises(CommandError, match="No sweep for 5 minutes"):
            call_command("health")
        assert (deaf.process.poll(), pings()) == (None, heard)
        notice(elm, [family(n) for n in range(20)])
        write_facts(tmp_path / "cron", database.cluster, database.name)
        monkeypatch.setenv("EMAIL_URL", relay.url)
        recovery = Stopwatch()
        run_manage(tmp_path / "cron", "sweep")
    proxy.close()
    lost, twice = lost_and_twice(relay)
    tally(
        "F34 a worker that hears nothing", messages=20, lost=lost, twice_without_log=twice,
        recovered_ms=recovery.ms,
    )  # fmt: skip
    call_command("health")
    assert (lost, twice, sent()) == (0, 0, True)
