"""What comes back: lines of a relay's log, bounces, complaints. Matched by Message-ID, each kept once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from ledger.clock import engine_now
from ledger.protection import Doorway
from mail.letters import add_letters
from mail.models import Delivery, DeliveryEvent, RelayLog
from parties.access import acting_in
from parties.models import District

ANSWER_WAIT = timedelta(seconds=60)  # a relay may still be taking a message so long after it began

PROVES_LEAVING = ("accepted", "delivered", "bounced")

BY_HEADER = Doorway(
    "deliveries_by_header",
    "SELECT m.id, m.district_id FROM mail_delivery AS m WHERE m.header_id = ANY(asked)",
)


@dataclass(frozen=True, slots=True)
class Event:
    """`kind`: accepted, delivered, bounced, complained or deferred; `source_id` is the source's own id."""

    header_id: str
    kind: str
    at: datetime
    source: str
    source_id: str
    code: str = ""


def take_events(found: Iterable[Event]) -> int:
    """Keep events of our messages, each once whatever order they come in; others are passed over.

    Effects: DeliveryEvent rows; a message that the relay has, and that still waits here or is uncertain, is
    marked as sent (a restored back-up thinks that it never left); a bounce marks its delivery as bounced and,
    for a legal message, asks for a letter. A delivery never goes back from sent. Returns how many were new.
    """
    new = 0
    for event in found:
        for pk, district in BY_HEADER.ids(asked=[event.header_id]):
            with acting_in(*([] if district is None else [district])), transaction.atomic():
                new += keep_event(event, pk, district)
    return new


KEEP = """
INSERT INTO mail_deliveryevent (district_id, header_id, kind, at, source, source_id, code)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


LEFT = """
UPDATE mail_delivery SET status = 'sent', sent_at = %s, last_code = 'log',
    last_answer = 'The relay''s log shows that it was accepted.'
WHERE id = %s AND channel = 'email' AND status IN ('pending', 'uncertain')
"""


def keep_event(event: Event, pk: int, district: int | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            [district, event.header_id, event.kind, event.at, event.source[:40], event.source_id[:200],
             event.code[:20]],
        )  # fmt: skip
        if not cursor.rowcount:
            return False
        if event.kind in PROVES_LEAVING:
            cursor.execute(LEFT, [event.at, pk])
    if event.kind == "bounced":
        delivery = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(pk=pk)
        if delivery.bounced_at is None:
            Delivery.objects.filter(pk=pk).update(bounced_at=event.at)
            if delivery.message.is_legal:
                add_letters(Delivery.objects.filter(pk=pk))
    return True


ALREADY_LEFT = """
UPDATE mail_delivery AS d
SET status = 'sent', sent_at = e.at, lease_token = NULL, lease_until = NULL, last_code = 'log',
    last_answer = 'The relay''s log shows that it was accepted.'
FROM (SELECT header_id, min(at) AS at FROM mail_deliveryevent
      WHERE kind = ANY(%s) GROUP BY header_id) AS e
WHERE d.header_id = e.header_id AND d.status IN ('pending', 'sending')
"""


def mark_what_left() -> int:
    """Mark by the relay's log what a restored database holds as waiting although it has left.

    The reader marks most of it; this also what was being sent when the back-up was made, and what the log's
    events of before the back-up already told. Effects: the deliveries of every district. Returns how many.
    """
    marked = 0
    for district in [None, *District.objects.order_by("pk")]:
        with acting_in(*([] if district is None else [district])), connection.cursor() as cursor:
            cursor.execute(ALREADY_LEFT, [list(PROVES_LEAVING)])
            marked += cursor.rowcount
    return marked


def accepted_at(header_id: str) -> datetime | None:
    """When a relay took the message, as far as its log was read; a bounce too proves that it left."""
    first = DeliveryEvent.objects.filter(header_id=header_id, kind__in=PROVES_LEAVING).order_by("at").first()
    return first.at if first else None


def logs_are_silent_since(began: datetime) -> bool:
    """Whether every relay log we read was read from before this instant to far enough beyond it for silence
    to mean no; the relay's clock may differ from ours by as much as it may take to answer.

    A reading that lies in the future was made before the clock went back: it says nothing about since then.
    """
    logs, now = RelayLog.objects.values_list("read_from", "read_until"), engine_now()
    return bool(logs) and all(
        first is not None and last is not None
        and first <= began - ANSWER_WAIT and began + ANSWER_WAIT < last <= now
        for first, last in logs
    )  # fmt: skip
