"""PostgreSQL killed, away, full, restored from an older day, or worn by millions of changes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from compliance_portal.local.postgres import DURABLE, make_database, programs
from mail import valve
from mail.models import Delivery
from tests.factories import DistrictFactory
from tests.faults.conftest import Nursery, Stopwatch, accepted_counts, lost_and_twice
from tests.faults.servers import fill_connections, own_valkey, start_celery, watchdog
from tests.mail.letters_out import family, ingest, notice
from tests.servers import ROOT, TEMPLATE, portal_environ, run_manage, wait_for, write_facts

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
OPEN_ROWS = "SELECT count(*) FROM mail_delivery WHERE status <> 'sent'"


def lost_and_twice_of(server, relay) -> tuple[int, int, int]:
    """(messages, lost, twice) of a server that the test itself is not signed in to."""
    counts = accepted_counts(relay)
    headers = {header for (header,) in server.ask("SELECT header_id FROM mail_delivery")}
    return len(headers), len(headers - set(counts)), sum(counts.values()) - len(counts)


def wait_until_sent(server, nursery, relay, *, seconds: float = 120) -> None:
    log, place = relay.folder / "accepted.jsonl", 0

    def read_on() -> bool:
        nonlocal place
        end = log.read_bytes().rfind(b"\n") + 1
        assert nursery.run("read_log", path=str(log), since=place) == 0
        place = end
        return server.ask(OPEN_ROWS) == [(0,)]

    wait_for(read_on, seconds=seconds, what="all mail to leave")


@pytest.mark.fault_long
def test_f09_a_database_killed_while_mail_leaves(elsewhere, relay, tally):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=600) == 0
    workers = [nursery.bear("turns", lease=3, silence=3) for _ in range(2)]
    for _ in range(8):
        handed_over = len(relay.accepted)
        wait_for(lambda before=handed_over: len(relay.accepted) > before + 5, seconds=60)
        server.kill()
        time.sleep(0.3)  # workers meet a server that is not there
        server.start()
    recovery = Stopwatch()
    wait_until_sent(server, nursery, relay)
    messages, lost, twice = lost_and_twice_of(server, relay)
    tally(
        "F09 PostgreSQL killed while mail leaves", kills=server.kills, messages=messages, lost=lost,
        twice_with_log=twice, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)
    assert nursery.living.issuperset(workers), "the workers of the first minute are those of the last"


@pytest.mark.fault_long
def test_f10_a_worker_started_before_its_database_waits_and_the_watchdog_hears_nothing(
    elsewhere, relay, tally, tmp_path
):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=50) == 0
    server.kill()
    with own_valkey() as broker, watchdog() as (address, pings):
        write_facts(tmp_path / "var", server.cluster, TEMPLATE, redis_url=broker.url)
        log = tmp_path / "early.log"
        worker = start_celery(
            tmp_path / "var", "early", log, beat=True, EMAIL_URL=relay.url, PORTAL_HEARTBEAT_URL=address
        )
        try:
            wait_for(lambda: "OperationalError" in log.read_text(), seconds=120, what="a bell in vain")
            server.cluster.options = {**DURABLE, "max_connections": "10"}
            server.start()
            held = fill_connections(server.cluster, "portal", "portal")
            crowded = len(log.read_text())
            wait_for(lambda: "connection slots" in log.read_text()[crowded:], seconds=120)
            assert (worker.process.poll(), pings(), relay.accepted) == (None, 0, [])
            recovery = Stopwatch()
            for session in held:
                session.close()
            wait_for(lambda: server.ask(OPEN_ROWS) == [(0,)], seconds=120, what="all mail to leave")
            recovered = recovery.ms
            wait_for(pings, seconds=120, what="the watchdog to be pinged")
            assert worker.process.poll() is None, "the worker of the first minute is that of the last"
        finally:
            worker.stop()
    messages, lost, twice = lost_and_twice_of(server, relay)
    tally(
        "F10 a worker older than its database", kills=server.kills, messages=messages, lost=lost,
        twice_without_log=twice, recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


@pytest.mark.fault_long
def test_f19_a_database_without_room_loses_nothing_that_it_took(elsewhere, relay, tally):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=300) == 0
    for _ in range(2):
        nursery.bear("turns", lease=3, silence=3)
    wait_for(lambda: len(relay.accepted) > 20, seconds=60)
    server.may_write(64 << 10)
    wait_for(lambda: server.child.poll() is not None or log_says_full(server), seconds=60, what="no room")
    written = len(relay.accepted)
    if server.child.poll() is None:  # else it gave up by itself
        server.kill()
    server.start()
    recovery = Stopwatch()
    wait_until_sent(server, nursery, relay)
    messages, lost, twice = lost_and_twice_of(server, relay)
    tally(
        "F19 no room for PostgreSQL", kills=server.kills, messages=messages, lost=lost,
        twice_with_log=twice, recovered_ms=recovery.ms,
    )  # fmt: skip
    assert written < 300
    assert (lost, twice) == (0, 0)


def log_says_full(server) -> bool:
    return "File too large" in server.cluster.log.read_text(errors="replace")


@pytest.mark.fault_long
def test_f19_a_store_without_room_keeps_neither_row_nor_half_a_file(nursery, tally):
    from ledger.models import Document
    from tests.factories import make_case

    case = make_case(DistrictFactory())
    kept = Path(nursery.files)
    before = sorted(path for path in kept.rglob("*") if path.is_file())
    assert nursery.run("receive_without_room", case=case.pk, district=case.district_id, most=32 << 10) == 0
    assert Document.objects.count() == 0
    assert sorted(path for path in kept.rglob("*") if path.is_file()) == before
    assert nursery.run("receive", case=case.pk, district=case.district_id) == 0
    tally("F19 no room for documents", events=1, lost=1 - Document.objects.filter(kind="evidence").count())
    assert Document.objects.filter(kind="evidence").count() == 1


def test_f27_a_restored_back_up_sends_nothing_until_it_was_compared(nursery, relay, tally, database):
    notice(DistrictFactory(), [family(n) for n in range(30)])
    before = list(Delivery.objects.values_list("pk", flat=True))
    nursery.run("one_turn")
    with database.superuser.cursor() as cursor:  # what an older back-up says in a new database
        cursor.execute("UPDATE mail_valve SET identity = 'the old server'")
        cursor.execute(
            "UPDATE mail_delivery SET status = 'pending', attempts = 0, sent_at = NULL, began_data_at = NULL"
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
    assert (lost, twice, Delivery.objects.counted()) == (0, 0, {"sent": 30})


@pytest.mark.fault_long
def test_f27_a_dump_restored_after_500_letters_left_sends_none_of_them_again(
    elsewhere, relay, tally, tmp_path
):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=500) == 0
    dump = tmp_path / "portal.dump"
    pg("pg_dump", server, "-Fc", "-f", dump, TEMPLATE)
    wait_for(lambda: nursery.run("one_turn") or server.ask(OPEN_ROWS) == [(0,)], seconds=120)
    make_database(server.cluster, "restored")
    pg("pg_restore", server, "-d", "restored", "--clean", "--if-exists", dump)
    var = tmp_path / "var"
    write_facts(var, server.cluster, "restored")
    with closing(Nursery(portal_environ(var, EMAIL_URL=relay.url), tmp_path / "nursery.log")) as young:
        assert young.run("one_turn") == 0
        assert len(relay.accepted) == 500, "halted"
        assert young.run("send_many", count=20, since=1000) == 0
        assert young.run("read_log", path=str(relay.folder / "accepted.jsonl")) == 0
        run_manage(var, "mail", "release", "--reason", "Compared with the log")
        recovery = Stopwatch()
        wait_for(lambda: young.run("one_turn") or len(relay.accepted) >= 520, seconds=60)
        assert young.run("one_turn") == 0
    counts = accepted_counts(relay)
    lost, twice = 520 - len(counts), sum(counts.values()) - len(counts)
    tally(
        "F27 a dump restored after 500 letters", messages=520, lost=lost, twice_with_log=twice,
        recovered_ms=recovery.ms,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)


def pg(program, server, *arguments) -> None:
    cluster = server.cluster
    done = subprocess.run(
        [programs() / program, "-h", cluster.sockets, "-U", "postgres", *arguments],
        env={**os.environ, "PGPASSWORD": (cluster.folder / "superuser").read_text()},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


DUE = """SELECT d.id, d.district_id FROM policy_deadline AS d
         WHERE d.status = 'running' AND d.due_at <= now() ORDER BY d.due_at, d.id LIMIT 200"""
KEY = "J8Wn2sQk0vR5tXz7Bc1dEf3gHi6jKl9mNo4pQrUsTwY"
OTHER_KEY = "Zz9Wn2sQk0vR5tXz7Bc1dEf3gHi6jKl9mNo4pQrUsTw"
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@pytest.mark.fault_long
def test_f36_without_its_key_a_back_up_restores_nothing_at_all(elsewhere, tally, tmp_path):
    server, nursery = elsewhere
    assert nursery.run("send_many", count=40) == 0
    nursery.close()
    archive = tmp_path / "night.backup"

    def manage(name: str, *arguments, key: str = KEY) -> subprocess.CompletedProcess[str]:
        var, files = tmp_path / name, tmp_path / f"{name}-files"
        write_facts(var, server.cluster, name)
        return subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments],
            env=portal_environ(var, STORAGE_URL=f"file://{files}", PORTAL_BACKUP_KEY=key),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    made = manage(TEMPLATE, "backup", archive)
    assert made.returncode == 0, made.stderr
    make_database(server.cluster, "fresh")
    for key, words in (("", "PORTAL_BACKUP_KEY is not set"), (OTHER_KEY, "not the key with which")):
        refused = manage("fresh", "restore", archive, key=key)
        assert refused.returncode != 0
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
        assert server.ask(TABLES, database="fresh") == [(0,)]
        assert not (tmp_path / "fresh-files").exists()
    recovery = Stopwatch()
    done = manage("fresh", "restore", archive)
    assert done.returncode == 0, done.stderr
    recovered = recovery.ms
    ((kept,),) = server.ask("SELECT count(*) FROM mail_delivery", database="fresh")
    tally("F36 backup key missing or wrong", events=2, messages=40, lost=40 - kept, recovered_ms=recovered)
    assert kept == 40


MANY = """
SET session_replication_role = replica;
INSERT INTO policy_deadline (district_id, case_id, obligation_id, pack, rule, citation, generation, status,
    unit, started_at, due_at, provisional, basis)
SELECT o.district_id, o.case_id, o.id, 'load@' || n, 'load', '', 1,
    CASE WHEN n % 5 > 0 THEN 'kept' ELSE 'running' END,
    'hours', now(), now() + n * interval '1 minute', false, '{{}}'
FROM policy_obligation AS o, generate_series(1, {count}) AS n WHERE o.rule = 'load'
"""


def make_deadlines(server, nursery, count: int) -> None:
    assert nursery.run("one_obligation") == 0
    server.do(MANY.format(count=count))


def plan_of(server, query: str) -> str:
    return "\n".join(line for (line,) in server.ask(f"EXPLAIN {query}"))


@pytest.mark.fault_long
def test_f31_tables_that_were_changed_millions_of_times_keep_their_plan(elsewhere, tally):
    server, nursery = elsewhere
    make_deadlines(server, nursery, 20_000)
    server.do("ALTER SYSTEM SET autovacuum = off")
    server.do("SELECT pg_reload_conf()")
    for _ in range(25):  # 500,000 dead rows that nobody swept up
        server.do("UPDATE policy_deadline SET alert_at = now() + interval '1 year'")
    ((dead,),) = server.ask(
        "SELECT pg_stat_get_dead_tuples('policy_deadline'::regclass) + pg_stat_get_tuples_updated("
        "'policy_deadline'::regclass)"
    )
    plan = plan_of(server, DUE)
    assert dead > 100_000
    assert "deadlines_due" in plan
    assert "Seq Scan" not in plan
    options = dict(
        server.ask(
            "SELECT relname::text, coalesce(array_to_string(reloptions, ','), '') FROM pg_class"
            " WHERE relname IN ('mail_delivery', 'policy_deadline')"
        )
    )
    assert "autovacuum_vacuum_scale_factor=0.02" in options["mail_delivery"]
    assert "autovacuum_vacuum_scale_factor=0.02" in options["policy_deadline"]
    server.do("ALTER SYSTEM SET autovacuum_naptime = 1")
    server.do("ALTER SYSTEM RESET autovacuum")
    server.do("SELECT pg_reload_conf()")
    swept = "SELECT autovacuum_count > 0 FROM pg_stat_user_tables WHERE relname = 'policy_deadline'"
    wait_for(lambda: server.ask(swept) == [(True,)], seconds=120, what="autovacuum")
    tally("F31 a table changed 500,000 times unswept", events=20_000, lost=0)


@pytest.mark.fault_long
def test_f29_a_million_clocks_and_500_districts_due_in_one_second(elsewhere, relay, tally):
    server, nursery = elsewhere
    make_deadlines(server, nursery, 1_000_000)
    server.do("ANALYZE policy_deadline")
    plan = plan_of(server, DUE)
    assert "deadlines_due" in plan
    assert "Sort" not in plan
    assert nursery.run("send_many", count=40_000, patience=300) == 0
    assert nursery.run("send_to_districts", districts=500, each=2, patience=300) == 0
    recovery = Stopwatch()
    sender = nursery.bear("turns", seconds=60, lease=60)
    small = "SELECT count(*) FROM mail_delivery WHERE status {} 'sent' AND address LIKE 'small%'"
    assert server.ask(small.format("<>")) == [(1000,)]
    wait_for(lambda: server.ask(small.format("=")) == [(1000,)], seconds=300, what="the small districts")
    recovered = recovery.ms
    nursery.kill(sender)
    taken = [line["to"][0] for line in relay.accepted]
    last = max(place for place, address in enumerate(taken) if address.startswith("small"))
    ahead = sum(address.startswith("family") for address in taken[:last])
    twice = len(relay.accepted) - len(accepted_counts(relay))
    lost = 1000 - len({address for address in taken if address.startswith("small")})
    tally(
        "F29 a million clocks, 500 districts at once", kills=nursery.kills, events=1_000_000,
        messages=41_000, lost=lost, twice_with_log=twice, recovered_ms=recovered,
    )  # fmt: skip
    assert (lost, twice) == (0, 0)
    assert ahead <= 100, "the large district had two turns at most before each small one had its own"
