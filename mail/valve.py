"""Whether mail may leave at all: closed by hand, or by itself in a restored database (reliability §1.9)."""

from __future__ import annotations

from django.db import connection, transaction

from ledger.clock import engine_now
from ledger.entries import record
from mail.events import mark_what_left
from mail.models import Valve
from parties.models import User

IDENTITY = """
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                 (SELECT timeline_id FROM pg_control_checkpoint()),
                 (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
RESTORED = (
    "The database was restored from a back-up. Mail that left since then would leave again: read the relay's "
    "log first (manage.py read_relay_log), then release the mail (manage.py mail release)."
)


def identity() -> str:
    """Which database this is: it changes when a back-up is restored or a standby takes over."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        (name,) = cursor.fetchone()
    return str(name)


def know_database() -> Valve:
    """The valve's row, made in the first database that asks: before its first message and its first pass.

    A back-up that holds a message then also holds the row that tells a copy from the database it was made of.
    """
    return (
        Valve.objects.filter(pk=1).first()
        or Valve.objects.get_or_create(pk=1, defaults={"identity": identity()})[0]
    )


def is_open() -> bool:
    """Whether mail may leave. Effect: closes the valve when the row was written in another database."""
    valve = know_database()
    if valve.halted_at is None and valve.identity != identity():
        halt(reason=RESTORED, by=None)
        return False
    return valve.halted_at is None


def halt(*, reason: str, by: User | None) -> None:
    """Let no mail out until a person releases it. Effects: the valve's row, one Entry."""
    with transaction.atomic():
        Valve.objects.update_or_create(
            pk=1, defaults={"identity": identity(), "halted_at": engine_now(), "reason": reason}
        )
        record("mail-halted", by=by, reason=reason)


def release(*, reason: str, by: User | None) -> None:
    """Let mail out again, by a person who has compared it with the relay's log.

    Effects: as `halt`; what the log shows to have left meanwhile is marked as sent and leaves no second time.
    """
    with transaction.atomic():
        left = mark_what_left()
        Valve.objects.update_or_create(
            pk=1,
            defaults={
                "identity": identity(),
                "halted_at": None,
                "reason": "",
                "released_at": engine_now(),
                "released_by": by,
            },
        )
        record("mail-released", by=by, reason=reason, already_left=left)
