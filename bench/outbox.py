"""How fast mail leaves, how long the fan-out takes, and what a due scan costs. Prints one table.

One run, one sink, one durable PostgreSQL. `make bench`, or `python bench/outbox.py [messages]`.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings

settings.INSTALLED_APPS.append("post_office")  # what we are compared with
settings.POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}}
django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from compliance_portal.local.children import open_child, stop_child, wait_ready
from compliance_portal.local.postgres import Cluster
from mail import outbox, routes
from mail.models import Delivery
from parties.access import see_districts
from parties.models import District
from tests.servers import Database, migrated_template, portal_environ

ROUNDS = 3
FAN_OUT = 50_000
DEADLINES = 1_000_000

TEXTS = [
    outbox.Text(
        "en", "A new agreement", "We made an agreement with MathPath.\n" * 20, "<p>We made it.</p>" * 20
    )
]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    folder = settings.TESTS_FOLDER
    with migrated_template() as template:
        subprocess.run(["cp", "-a", "--reflink=auto", template, folder / "postgres"], check=True)
    sockets = folder / "s"
    sockets.mkdir(mode=0o700)
    cluster = Cluster(folder / "postgres", sockets, folder / "postgres.log")  # durable: as in real life
    server = cluster.start()
    sink_folder = folder / "sink"
    sink_folder.mkdir()
    sink = open_child(
        [sys.executable, "-m", "tests.sink", sink_folder], log=sink_folder / "log",
        environ=portal_environ(sink_folder),
    )  # fmt: skip
    try:
        database = Database(cluster, settings.DATABASES["default"]["NAME"])
        wait_ready(sink, (sink_folder / "port").exists, name="The sink", log=sink_folder / "log")
        migrate_post_office()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int((sink_folder / "port").read_text())
        report(measure(count, database))
    finally:
        connection.close()
        stop_child(sink, first=15, seconds=2)
        stop_child(server, first=2, seconds=10)
        shutil.rmtree(folder, ignore_errors=True)


def measure(count: int, database: Database) -> list[tuple[str, str]]:
    elm = District.objects.create(name="Elm", slug="elm", state="CT", zone="America/New_York")
    see_districts([elm.pk])
    rows = [("fan-out of 50,000 deliveries, one transaction", f"{fan_out(elm):.2f} s")]
    Delivery.objects.all().delete()
    ways: dict[str, Callable[[District, int], float]] = {
        "the outbox (4 lines, two commits a message)": by_outbox,
        "django-post-office (5 threads, marks each 100 at their end)": by_post_office,
        "a loop: same MIME, same commits": by_loop,
        "raw smtplib, MIME ready, no database": by_smtplib,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            rates[name].append(count / way(elm, count))
            print(f"{name}: {rates[name][-1]:.0f}", file=sys.stderr)
            Delivery.objects.all().delete()
    medians = {name: statistics.median(each) for name, each in rates.items()}
    rows += [(f"{name}, messages a second", f"{rate:.0f}") for name, rate in medians.items()]
    ours = medians["the outbox (4 lines, two commits a message)"]
    share = ours / medians["a loop: same MIME, same commits"]
    rows.append(("the outbox against the loop", f"{share:.0%}"))
    other = medians["django-post-office (5 threads, marks each 100 at their end)"]
    rows.append(("the outbox against django-post-office", f"{ours / other:.2f} x"))
    rows += due_scan(elm, database)
    rows.append(
        ("forecast of 117,600 at 10 a second", routes.forecast(district=elm, messages=117_600).sentence)
    )
    return rows


def make(district: District, count: int) -> None:
    outbox.send(
        kind="bench", district=district, texts=TEXTS, by=None, is_legal=True,
        recipients=[outbox.Recipient(f"guardian:{n}", f"Family {n}", f"f{n}@homes.example") for n in range(count)],
    )  # fmt: skip


def fan_out(district: District) -> float:
    began = time.perf_counter()
    make(district, FAN_OUT)
    return time.perf_counter() - began


def by_outbox(district: District, count: int) -> float:
    make(district, count)
    began = time.perf_counter()
    while outbox.turn_on_lines(seconds=600):
        pass
    took = time.perf_counter() - began
    assert Delivery.objects.filter(status="sent").count() == count
    return took


def migrate_post_office() -> None:
    """As the owner of the tables, then as the portal again."""
    portal = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.settings_dict.update(USER="owner", PASSWORD="owner")
    call_command("migrate", "post_office", verbosity=0)
    connection.close()
    connection.settings_dict.update(portal)


def by_post_office(district: District, count: int) -> float:
    from post_office import mail
    from post_office.models import Email

    words = {"subject": TEXTS[0].subject, "message": TEXTS[0].plain, "html_message": TEXTS[0].html}
    mail.send_many(
        [{"sender": "portal@localhost", "recipients": [f"f{n}@homes.example"], **words} for n in range(count)]
    )
    began = time.perf_counter()
    while mail.send_queued(log_level=0)[0]:
        pass
    took = time.perf_counter() - began
    see_districts([district.pk])  # it closed our connection
    assert Email.objects.filter(status=0).count() == count
    Email.objects.all().delete()
    return took


def by_loop(district: District, count: int) -> float:
    """What nobody could do with fewer commits: note the beginning, send, note the end."""
    make(district, count)
    began = time.perf_counter()
    smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT)
    batch = list(Delivery.objects.select_related("message").order_by("pk"))
    writer = outbox.Writer(batch)
    for delivery in batch:
        content = writer.email(delivery).message().as_bytes(linesep="\r\n")
        Delivery.objects.filter(pk=delivery.pk).update(status="sending", began_data_at=timezone.now())
        smtp.sendmail(writer.sender, [delivery.address], content)
        Delivery.objects.filter(pk=delivery.pk).update(status="sent", sent_at=timezone.now())
    smtp.quit()
    return time.perf_counter() - began


def by_smtplib(district: District, count: int) -> float:
    make(district, 1)
    delivery = Delivery.objects.select_related("message").get()
    content = outbox.Writer([delivery]).email(delivery).message().as_bytes(linesep="\r\n")
    began = time.perf_counter()
    smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT)
    for n in range(count):
        own = content.replace(delivery.header_id.encode(), f"<{uuid.uuid4()}@bench>".encode())
        smtp.sendmail("portal@localhost", [f"f{n}@homes.example"], own)
    smtp.quit()
    return time.perf_counter() - began


def due_scan(district: District, database: Database) -> list[tuple[str, str]]:
    """A million deadlines, a fifth of them running, two hundred due: the plan, and the time it takes."""
    from ledger.entries import open_case

    case = open_case(district=district, kind="contract", title="Bench")
    with database.superuser.cursor() as cursor:
        cursor.execute(
            """INSERT INTO policy_obligation (district_id, case_id, trigger, trigger_ref, triggered_at, rule, kind,
                   owed_by, role, title, verb, minutes, cites, status, settled_when, reason)
               VALUES (%s, %s, 'executed', 'x', now(), 'r', 'notice', 'district', 'custodian', 't', 'v', 5, '{}',
                   'open', '', '') RETURNING id""",
            [district.pk, case.pk],
        )
        (obligation,) = cursor.fetchone()
        columns = COPIED
        cursor.execute(
            columns, {"district": district.pk, "case": case.pk, "obligation": obligation, "n": DEADLINES}
        )
        cursor.execute("ANALYZE policy_deadline")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {SCAN}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "deadlines_due" in plan, plan
    spent = plan.rpartition("Execution Time: ")[2]
    return [("due scan among 1,000,000 deadlines, by the partial index", spent)]


COPIED = """
INSERT INTO policy_deadline (district_id, case_id, obligation_id, pack, rule, citation, generation, status, unit,
    started_at, due_at, provisional, basis)
SELECT %(district)s, %(case)s, %(obligation)s, 'p' || n, 'r', 'c', 1,
       CASE WHEN n %% 5 = 0 THEN 'running' ELSE 'kept' END, 'hours', now(),
       now() + make_interval(mins => n - 1000), false, '{}'
FROM generate_series(1, %(n)s) AS n
"""
SCAN = """
SELECT id, district_id FROM policy_deadline
WHERE status = 'running' AND due_at <= now() ORDER BY due_at, id LIMIT 200
"""


def report(rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, figure in rows:
        print(f"| {name.ljust(width)} | {figure:>32} |")


if __name__ == "__main__":
    main()
