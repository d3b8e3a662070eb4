"""How fast mail leaves, beside other ways to send the same, and how a page answers meanwhile.

One run, one durable PostgreSQL, one relay: Postfix's smtp-sink, which is C and costs next to nothing. Each way
takes its turn in every round, and what is printed is the median of the rounds: also of the ratios, each taken
within one round, so that a machine that is busy for a while is busy for both sides. django-post-office gets as
many processes and as many lines to the relay as the outbox, logs nothing, and of two sizes of batch the one
that serves it better. `make bench`, or `python bench/outbox.py [messages [rounds]]`.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings

settings.INSTALLED_APPS.append("post_office")  # what we are compared with
settings.POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}}
logging.disable(logging.WARNING)  # no bell rings here, and the other tells of each hundred
django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from bench.table import show
from compliance_portal.local.children import open_child, stop_child, wait_ready
from compliance_portal.local.postgres import Cluster
from compliance_portal.local.supervisor import answers
from ledger.clock import engine_now
from mail import outbox, routes
from mail.claiming import claim
from mail.models import Delivery
from mail.writing import Writer
from parties.access import see_districts
from parties.models import District
from tests.servers import Database, migrated_template, portal_environ, write_facts

WORKERS = (1, 2)
FAN_OUT = 50_000
SINK_LINE = "apt-get install -y --no-install-recommends postfix"

TEXTS = [
    outbox.Text(
        "en", "A new agreement", "We made an agreement with MathPath.\n" * 20, "<p>We made it.</p>" * 20
    )
]
BATCHES = (100, 1000)  # django-post-office's own, and one by which it marks less often
OURS = "the outbox, {} x {} lines"
OTHER = "django-post-office, {} x {} threads, marks {} at their end"
LOOP = "a loop: same MIME, same commits, one line"
BARE = "raw smtplib: MIME ready, no database, one line"
Way = Callable[[District, int], float]


def main() -> None:
    count, rounds = (int(word) for word in [*sys.argv[1:], *("2000", "3")[len(sys.argv) - 1 :]])
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit(f"smtp-sink is absent. Install it: {SINK_LINE}")
    folder = settings.TESTS_FOLDER
    with migrated_template() as template:
        subprocess.run(["cp", "-a", "--reflink=auto", template, folder / "postgres"], check=True)
    sockets = folder / "s"
    sockets.mkdir(mode=0o700)
    cluster = Cluster(folder / "postgres", sockets, folder / "postgres.log")  # durable: as in real life
    server = cluster.start()
    port = free_port()
    least = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = open_child([program, *least, f"127.0.0.1:{port}", "100"], log=folder / "sink.log")
    try:
        wait_ready(sink, lambda: listens(port), name="smtp-sink", log=folder / "sink.log")
        database = Database(cluster, settings.DATABASES["default"]["NAME"])
        as_in_real_life(database)
        migrate_post_office()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        measure(count, rounds, database)
    finally:
        connection.close()
        stop_child(sink, first=15, seconds=2)
        stop_child(server, first=2, seconds=10)
        shutil.rmtree(folder, ignore_errors=True)


def measure(count: int, rounds: int, database: Database) -> None:
    elm = District.objects.create(name="Elm", slug="elm", state="CT", zone="America/New_York")
    see_districts([elm.pk])
    fanned, size = fan_out(elm)
    Delivery.objects.all().delete()
    ways = the_ways()
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            sweep_up(database)
            messages = count // 5 if way is by_loop else count
            rates[name].append(messages / way(elm, messages))
            print(f"{name}: {rates[name][-1]:.0f}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
            Delivery.objects.all().delete()
    quiet, busy = latencies(elm, count, database)
    show(
        f"{count:,} messages, median of {rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}",
        [
            *(
                (f"{name}: messages a second", f"{statistics.median(each):,.0f}")
                for name, each in rates.items()
            ),
            *compared(rates),
            ("a public page, nothing leaving: median, 95 of 100", quiet),
            ("a public page while mail leaves: median, 95 of 100", busy),
            ("fan-out of 50,000 deliveries, one transaction", f"{fanned:.2f} s"),
            ("room of one delivery, with its indexes", f"{size:,} bytes"),
            (
                "forecast of 117,600 at 10 a second",
                routes.forecast(district=elm, messages=117_600).sentence,
            ),
        ],
    )


def the_ways() -> dict[str, Way]:
    lines, ways = outbox.LINES, dict[str, Way]()
    for workers in WORKERS:
        ways[OURS.format(workers, lines)] = partial(by_outbox, workers=workers)
        for batch in BATCHES:
            other = partial(by_post_office, processes=workers, batch=batch)
            ways[OTHER.format(workers, lines, batch)] = other
    return {**ways, LOOP: by_loop, BARE: by_smtplib}


def compared(rates: dict[str, list[float]]) -> Iterator[tuple[str, str]]:
    """The median of each round's ratio, and its least and greatest; the other side's better batch counts."""
    for workers in WORKERS:
        ours = rates[OURS.format(workers, outbox.LINES)]
        theirs = [rates[OTHER.format(workers, outbox.LINES, batch)] for batch in BATCHES]
        better = max(theirs, key=statistics.median)
        ratios = [a / b for a, b in zip(ours, better, strict=True)]
        yield (
            f"the outbox against django-post-office, {workers} to {workers} (wanted: 2.00)",
            f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})",
        )
    ratios = [a / b for a, b in zip(rates[OURS.format(1, outbox.LINES)], rates[LOOP], strict=True)]
    yield "the outbox against the loop (wanted: 60 %)", f"{statistics.median(ratios):.0%}"


def as_in_real_life(database: Database) -> None:
    """Without the offset row by which tests travel in time, which makes each statement slower."""
    with database.superuser.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION engine_now() RETURNS timestamptz LANGUAGE sql VOLATILE"
            " AS 'SELECT clock_timestamp()'"
        )


def sweep_up(database: Database) -> None:
    """What autovacuum does in time: each way begins with tables that hold no dead rows."""
    with database.superuser.cursor() as cursor:
        for table in ("mail_delivery", "mail_message", "post_office_email", "ledger_entry"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def make(district: District, count: int) -> None:
    outbox.send(
        kind="bench", district=district, texts=TEXTS, by=None, is_legal=True,
        recipients=[outbox.Recipient(f"guardian:{n}", f"Family {n}", f"f{n}@homes.example") for n in range(count)],
    )  # fmt: skip


def fan_out(district: District) -> tuple[float, int]:
    """Seconds of one INSERT for all, and what a row takes."""
    began = time.perf_counter()
    make(district, FAN_OUT)
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('mail_delivery')")
        return took, cursor.fetchone()[0] // FAN_OUT


def by_outbox(district: District, count: int, *, workers: int) -> float:
    make(district, count)
    began = time.perf_counter()
    if workers == 1:
        send_all()
    else:  # as the other way does it: children that share nothing but the database
        connection.close()
        children = [multiprocessing.get_context("fork").Process(target=send_all) for _ in range(workers)]
        for child in children:
            child.start()
        for child in children:
            child.join()
    took = time.perf_counter() - began
    see_districts([district.pk])
    assert Delivery.objects.filter(status="sent").count() == count
    return took


def send_all() -> None:
    while outbox.turn(seconds=600, lines=outbox.LINES):
        pass
    connection.close()


def migrate_post_office() -> None:
    """As the owner of the tables, then as the portal again."""
    portal = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.settings_dict.update(USER="owner", PASSWORD="owner")
    call_command("migrate", "post_office", verbosity=0)
    connection.close()
    connection.settings_dict.update(portal)


def by_post_office(district: District, count: int, *, processes: int, batch: int) -> float:
    from post_office import mail
    from post_office.models import Email

    words = {"subject": TEXTS[0].subject, "message": TEXTS[0].plain, "html_message": TEXTS[0].html}
    mail.send_many(
        [{"sender": "portal@localhost", "recipients": [f"f{n}@homes.example"], **words} for n in range(count)]
    )
    settings.POST_OFFICE |= {"THREADS_PER_PROCESS": outbox.LINES, "BATCH_SIZE": batch, "LOG_LEVEL": 0}
    began = time.perf_counter()
    mail.send_queued_mail_until_done(str(settings.TESTS_FOLDER / "lock"), processes, 0)
    took = time.perf_counter() - began
    see_districts([district.pk])  # it closed our connection
    assert Email.objects.filter(status=0).count() == count
    Email.objects.all().delete()
    return took


def by_loop(district: District, count: int) -> float:
    """One after the other, with our commits: that this one was taken and that the next begins, in one."""
    make(district, count)
    began = time.perf_counter()
    smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT)
    batch = claim(district.pk, limit=count)
    writer, before = Writer(batch), None
    for delivery in batch:
        content = writer.email(delivery).message().as_bytes(linesep="\r\n")
        with transaction.atomic():
            Delivery.objects.filter(pk=before).update(status="sent", sent_at=engine_now())
            Delivery.objects.filter(pk=delivery.pk).update(status="sending", began_data_at=engine_now())
        smtp.sendmail(writer.sender_of(delivery), [delivery.address], content)
        before = delivery.pk
    Delivery.objects.filter(pk=before).update(status="sent", sent_at=engine_now())
    smtp.quit()
    return time.perf_counter() - began


def by_smtplib(district: District, count: int) -> float:
    make(district, 1)
    (delivery,) = claim(district.pk, limit=1)
    content = Writer([delivery]).content(delivery)
    began = time.perf_counter()
    smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT)
    for n in range(count):
        own = content.replace(delivery.header_id.encode(), f"<{uuid.uuid4()}@bench>".encode())
        smtp.sendmail("portal@localhost", [f"f{n}@homes.example"], own)
    smtp.quit()
    return time.perf_counter() - began


# --- a page meanwhile


def latencies(district: District, count: int, database: Database) -> tuple[str, str]:
    """How long the public list takes, with nothing else to do and while the outbox is busy."""
    with web_server(database) as port:
        asked: list[float] = []
        ask(port, asked, lambda: len(asked) < 100)
        quiet = spread(asked)
        make(district, count * 2)
        asked, done = [], threading.Event()
        asker = threading.Thread(target=ask, args=(port, asked, lambda: not done.is_set()))
        asker.start()
        send_all()
        done.set()
        asker.join()
        see_districts([district.pk])
        return quiet, spread(asked)


def ask(port: int, took: list[float], wanted: Callable[[], bool]) -> None:
    while wanted():
        began = time.perf_counter()
        http = HTTPConnection("127.0.0.1", port, timeout=30)
        http.request("GET", "/elm/en/", headers={"Host": "localhost"})
        assert http.getresponse().status == 200
        http.close()
        took.append(time.perf_counter() - began)
        time.sleep(0.05)


def spread(took: list[float]) -> str:
    hundredths = statistics.quantiles(took, n=100)
    return f"{1000 * hundredths[49]:.0f} ms, {1000 * hundredths[94]:.0f} ms ({len(took)})"


@contextmanager
def web_server(database: Database) -> Iterator[int]:
    var = settings.TESTS_FOLDER / "web"
    port = free_port()
    write_facts(var, database.cluster, database.name)
    web = open_child(
        [sys.executable, "-m", "gunicorn", "compliance_portal.wsgi", "--no-control-socket",
         "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"],
        log=var / "web.log", environ=portal_environ(var),
    )  # fmt: skip
    try:
        wait_ready(web, lambda: answers(port), name="The web server", log=var / "web.log")
        yield port
    finally:
        stop_child(web, first=15, seconds=5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
