"""What the workers of the fault tests do: the portal's own verbs, with waits shortened."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection

from ledger import jobs, seals
from ledger.models import Job
from mail import events, line, outbox


def shorten(*, lease: float = 2, silence: float = 3, knows: float = 600) -> None:
    """The waits of an outage, in seconds instead of minutes."""
    outbox.LEASE_SECONDS = lease
    line.STOOD_STILL = lease / 2
    outbox.KNOWS_AFTER = timedelta(seconds=knows)
    events.ANSWER_WAIT = timedelta(seconds=silence)


def turns(**waits: float) -> None:
    """A worker that never ends by itself, and survives a database that is away."""
    shorten(**waits)
    while True:
        try:
            outbox.turn(seconds=2)
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.1)
        time.sleep(0.02)


def one_turn(*, timeout: int = 20, **waits: float) -> None:
    from django.conf import settings

    settings.EMAIL_TIMEOUT = timeout
    shorten(**waits)
    outbox.turn(seconds=30)


def seal_once() -> None:
    seals.seal()


def sweep_once() -> None:
    from policy.sweep import sweep

    sweep()


def job_once(pk: int, district: int) -> None:
    jobs.KINDS["fault"] = count_to_three
    jobs.run_job(pk, district)


def job_that_eats_memory(pk: int, district: int, megabytes: int) -> None:
    """A worker under a limit of memory, with work that wants more."""
    import resource

    def eat(job: Job) -> None:
        bytearray(megabytes * 4 << 20)

    jobs.KINDS["fault"] = eat
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    jobs.run_job(pk, district)


def count_to_three(job: Job) -> None:
    for n in range(3):
        jobs.report_progress(job, done=n + 1, total=3, step=f"Step {n + 1}")


def send_many(count: int) -> None:
    """Make a message of so many recipients, in a database that the test itself is not connected to."""
    from parties.access import acting_in
    from parties.models import District
    from tests.mail.letters_out import family, notice

    elm, _ = District.objects.get_or_create(
        slug="elm", defaults={"name": "Elm", "state": "CT", "zone": "America/New_York"}
    )
    with acting_in(elm):
        notice(elm, [family(n) for n in range(count)])


def read_log(path: str) -> None:
    """Take the sink's log as the relay's log, once."""
    import json
    from datetime import UTC, datetime
    from pathlib import Path

    from mail.models import RelayLog

    now = datetime.now(UTC)
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    events.take_events(
        events.Event(line["message_id"], "accepted", now, "relay-log", line["file"]) for line in lines
    )
    RelayLog.objects.update_or_create(source="relay", defaults={"read_until": now})
