"""What the workers of the fault tests do: the portal's own verbs, with waits shortened."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection

from ledger import jobs, seals
from ledger.clock import engine_now
from ledger.models import Job
from mail import claiming, events, line, outbox, reconciling


def shorten(*, lease: float = 2, silence: float = 3, knows: float = 600) -> None:
    """The waits of an outage, in seconds instead of minutes."""
    claiming.LEASE_SECONDS = lease
    line.STOOD_STILL = lease / 2
    reconciling.KNOWS_AFTER = timedelta(seconds=knows)
    events.ANSWER_WAIT = timedelta(seconds=silence)


def turns(*, seconds: float = 2, lines: int = 3, **waits: float) -> None:
    """A worker that never ends by itself, and survives a database that is away."""
    shorten(**waits)
    while True:
        try:
            outbox.turn(seconds=seconds, lines=lines)
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


def elm():
    """A district in a database that the test itself is not connected to."""
    from parties.models import District

    found, _ = District.objects.get_or_create(
        slug="elm", defaults={"name": "Elm", "state": "CT", "zone": "America/New_York"}
    )
    return found


def send_many(count: int, since: int = 0) -> None:
    """Make a message of so many recipients."""
    from parties.access import acting_in
    from tests.mail.letters_out import family, notice

    with acting_in(elm()):
        notice(elm(), [family(n) for n in range(since, since + count)])


def send_to_districts(districts: int, each: int) -> None:
    """A message of a few recipients in each of many districts."""
    from parties.access import acting_in
    from parties.models import District
    from tests.mail.letters_out import family, notice

    made = District.objects.bulk_create(
        District(slug=f"small-{n}", name=f"Small {n}", state="CT", zone="America/New_York")
        for n in range(districts)
    )
    for place, district in enumerate(made):
        with acting_in(district):
            people = [family(place * each + n, local="small") for n in range(each)]
            notice(district, people)


def send_and_die(district: int) -> None:
    """Commit a message, and die after the commit before the bell rings."""
    from django.db import transaction

    from parties.access import acting_in
    from parties.models import District
    from tests.mail.letters_out import family, notice

    with acting_in(district), transaction.atomic():
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        notice(District.objects.get(pk=district), [family(1)])


def ring_a_full_broker(url: str, district: int, count: int) -> None:
    """Send a message whose bell goes to this broker."""
    from celery import current_app

    from parties.access import acting_in
    from parties.models import District
    from tests.mail.letters_out import family, notice

    current_app.conf.broker_url = url
    with acting_in(district):
        notice(District.objects.get(pk=district), [family(n) for n in range(count)])


def one_obligation() -> None:
    """One duty, for deadlines to hang on."""
    from ledger.entries import open_case
    from parties.access import acting_in
    from policy.models import Obligation

    with acting_in(elm()):
        case = open_case(district=elm(), kind="contract", title="MathPath")
        Obligation.objects.create(
            district=elm(), case=case, trigger="executed", trigger_ref="load:1",
            triggered_at=engine_now(), rule="load", kind="notice", title="Load", verb="Load",
        )  # fmt: skip


def cancel_duty(pk: int, district: int, by: int, approved_by: int) -> None:
    from ledger.entries import Conflict
    from parties.access import acting_in
    from parties.models import User
    from policy.models import Obligation
    from policy.obligations import cancel

    with acting_in(district), contextlib.suppress(Conflict):
        cancel(
            Obligation.objects.get(pk=pk), reason="No student uses it.", by=User.objects.get(pk=by),
            approved_by=User.objects.get(pk=approved_by),
        )  # fmt: skip


def sweep_with_a_wrong_clock(days: int) -> None:
    """A sweep on a machine whose own clock is wrong; the database's is right."""
    import time_machine

    from policy.sweep import sweep

    with time_machine.travel(timedelta(days=days)):
        sweep()
        outbox.turn(seconds=20)


def receive(case: int, district: int) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from ledger.documents import receive_document
    from ledger.models import Case
    from parties.access import acting_in

    with acting_in(district):
        paper = SimpleUploadedFile("log.txt", b"One line of the record.\n" * 20_000)
        receive_document(case=Case.objects.get(pk=case), kind="evidence", upload=paper, by=None)


def receive_without_room(case: int, district: int, most: int) -> None:
    """A worker that can write no file beyond so many bytes; the refusal must be one for people."""
    import resource

    import pytest
    from django.core.exceptions import ValidationError

    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    with pytest.raises(ValidationError, match="no room"):
        receive(case, district)


def read_log(path: str, since: int = 0) -> None:
    """Take the sink's log as the relay's log, from this byte on."""
    import json
    from pathlib import Path

    from mail.models import RelayLog
    from tests.mail.letters_out import FAR_BACK

    now = engine_now()
    whole = Path(path).read_bytes()[since:].rpartition(b"\n")[0]
    lines = [json.loads(line) for line in whole.splitlines()]
    events.take_events(
        events.Event(line["message_id"], "accepted", now, "relay-log", line["file"]) for line in lines
    )
    RelayLog.objects.update_or_create(source="relay", defaults={"read_from": FAR_BACK, "read_until": now})
