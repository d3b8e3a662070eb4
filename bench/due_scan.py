"""What the engine's scan costs among a million deadlines, and what one sweep of a thousand due ones does.

    python bench/due_scan.py [DEADLINES]

A PostgreSQL of its own with a test's settings (fsync off): the ratio between the lines is what counts.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings

from bench.table import show
from policy.doorways import DUE_ALERTS, DUE_DEADLINES
from policy.sweep import sweep
from tests.servers import Database, Postgres

DUE = 1_000
SEED = """
INSERT INTO parties_district (id, name, slug, state, zone, languages, website, contact_name, contact_email,
    contact_phone, postal_address)
VALUES (1, 'Elm', 'elm', 'CT', 'America/New_York', '{en}', '', '', '', '', '');
INSERT INTO ledger_case (id, district_id, kind, number, title, restricted, is_drill, opened_at)
VALUES (1, 1, 'contract', '2026-0001', 'MathPath', false, false, now());
SELECT setval('ledger_case_id_seq', 1), setval('policy_obligation_id_seq', %(due)s);
INSERT INTO policy_obligation (id, district_id, case_id, trigger, trigger_ref, triggered_at, rule, kind, owed_by,
    role, title, verb, minutes, cites, status, settled_when, reason)
SELECT g, 1, 1, 'executed', 'instrument:' || g, now(), 'contract-notice', 'notice', 'district', 'custodian',
    'Tell families', 'Write', 5, '{L-5}', 'open', 'delivered', '' FROM generate_series(1, %(due)s) AS g;
INSERT INTO policy_deadline (district_id, case_id, obligation_id, pack, rule, citation, generation, status, unit,
    started_at, due_at, provisional, basis)
SELECT 1, 1, g, 'ct-3520.13@2017', 'contract-notice', '', 1,
    CASE WHEN g <= %(due)s OR g %% 5 = 0 THEN 'running' ELSE 'kept' END, 'business_days',
    now() - interval '8 days',
    CASE WHEN g <= %(due)s THEN now() - interval '1 hour' ELSE now() + g * interval '1 second' END,
    false, '{}' FROM generate_series(1, %(all)s) AS g;
"""


def timed(name: str, act: Callable[[], object], times: int = 20) -> tuple[str, str]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return name, f"{1000 * statistics.median(took):,.2f} ms"


def main(deadlines: int) -> None:
    postgres = Postgres(settings.TESTS_FOLDER)
    postgres.start()
    try:
        database = Database(postgres.cluster, settings.DATABASES["default"]["NAME"])
        show(
            f"{deadlines:,} deadlines, a fifth of them running, {DUE:,} due; PostgreSQL without fsync",
            measure(deadlines, database),
        )
    finally:
        django.db.connections.close_all()
        postgres.stop()


def measure(deadlines: int, database: Database) -> Iterator[tuple[str, str]]:
    with database.superuser.cursor() as cursor:
        cursor.execute(SEED, {"due": DUE, "all": deadlines})
        cursor.execute("ANALYZE policy_deadline")
        cursor.execute("SELECT pg_size_pretty(pg_relation_size('deadlines_due'))")
        yield "size of the partial index", cursor.fetchone()[0]
        yield timed("find 100 due, by the partial index", lambda: DUE_DEADLINES.ids(limit=100))
        yield timed("find due warnings, by the partial index", lambda: DUE_ALERTS.ids(limit=100))
        cursor.execute("DROP INDEX deadlines_due")
        yield timed("find 100 due, without the index", lambda: DUE_DEADLINES.ids(limit=100), times=5)
        cursor.execute("CREATE INDEX deadlines_due ON policy_deadline (due_at, id) WHERE status = 'running'")
    began = time.perf_counter()
    missed = sweep().missed
    took = time.perf_counter() - began
    assert missed == DUE
    yield f"one sweep: {missed:,} missed, a transaction each", f"{took:.2f} s ({missed / took:,.0f} a second)"
    yield timed("the next sweep, with nothing to do", sweep, times=5)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
