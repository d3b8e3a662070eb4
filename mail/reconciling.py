"""Rows whose worker died, and messages of which nobody can be sure: asked about, then decided
(architecture §6).

Text had not begun to flow: the message waits again. It had: it is `uncertain`, and the relay's log is asked.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction

from ledger.clock import engine_now
from ledger.entries import record
from ledger.protection import Doorway
from mail import events
from mail.letters import add_letters
from mail.marking import MOST_ATTEMPTS
from mail.models import Delivery, DeliveryStatus
from parties.access import acting_in
from parties.models import User

log = logging.getLogger(__name__)

KNOWS_AFTER = timedelta(minutes=10)  # a relay's log that says nothing by then, says nothing

LEFT_BEHIND = Doorway(
    "deliveries_left_behind",
    """SELECT m.id, m.district_id FROM mail_delivery AS m
       WHERE (m.status = 'sending' AND m.lease_until < instant) OR m.status = 'uncertain' ORDER BY m.id""",
)


def sort_out_left_behind() -> int:
    """Decide about each of them, as far as anybody can know now. Returns how many rows moved."""
    moved = 0
    for pk, district in LEFT_BEHIND.ids(limit=2000):
        try:
            moved += sort_out_one(pk, district)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one row's fault must not hold up all mail
            log.exception("Delivery %s cannot be sorted out", pk)
    return moved


def sort_out_one(pk: int, district: int | None) -> bool:
    with acting_in(*([] if district is None else [district])), transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("message").filter(pk=pk).first()
        )  # fmt: skip
        return delivery is not None and sort_out(delivery)


def sort_out(delivery: Delivery) -> bool:
    now, before = engine_now(), delivery.status
    if delivery.status == DeliveryStatus.SENDING and delivery.lease_until and delivery.lease_until < now:
        delivery.lease_token = delivery.lease_until = None
        if delivery.began_data_at is not None:
            delivery.status = DeliveryStatus.UNCERTAIN
        elif delivery.attempts >= MOST_ATTEMPTS:
            delivery.status, delivery.last_code = DeliveryStatus.REFUSED, "parked"
            delivery.last_answer = "Its worker died each time. A person must look."
        else:
            delivery.status, delivery.next_attempt_at = DeliveryStatus.PENDING, now
    if delivery.status == DeliveryStatus.UNCERTAIN:
        reconcile(delivery, now)
    if delivery.status == before:
        return False
    delivery.save()
    if delivery.status == DeliveryStatus.REFUSED and delivery.message.is_legal:
        add_letters(Delivery.objects.filter(pk=delivery.pk))
    return True


def reconcile(delivery: Delivery, now: datetime) -> None:
    """Ask the relay's log about a message whose fate is unknown.

    The log has it: sent. The log was read from before it to beyond it and is silent: it waits again. No log
    can say, ten minutes on: a legal message goes again under its own Message-ID, since a double beats a lost
    duty; any other stays for a person to decide.
    """
    began = delivery.began_data_at
    assert began is not None, "uncertain is only what began"
    # How far the log was read is asked first: a reader that commits between the two questions must not make
    # a message look refused that it has just found.
    is_silent = events.logs_are_silent_since(began)
    accepted = events.accepted_at(delivery.header_id)
    if accepted is not None:
        delivery.status, delivery.sent_at = DeliveryStatus.SENT, accepted
        delivery.last_code, delivery.last_answer = "log", "The relay's log shows that it was accepted."
    elif is_silent or (delivery.message.is_legal and now >= began + KNOWS_AFTER):
        delivery.status, delivery.began_data_at, delivery.next_attempt_at = DeliveryStatus.PENDING, None, now


def resolve_uncertain(delivery: Delivery, *, arrived: bool, by: User | None, reason: str) -> bool:
    """A person decides what nobody else can: it arrived, or it goes again. Effects: the row, one Entry.

    Returns whether it was still uncertain.
    """
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update()
            .filter(pk=delivery.pk, status=DeliveryStatus.UNCERTAIN)
            .first()
        )
        if row is None:
            return False
        row.status = DeliveryStatus.SENT if arrived else DeliveryStatus.PENDING
        row.sent_at = row.began_data_at if arrived else None
        row.next_attempt_at, row.began_data_at = engine_now(), row.began_data_at if arrived else None
        row.save()
        record("delivery-decided", by=by, case=row.message.case, district=row.district, reason=reason,
               recipient=row.recipient_ref, arrived=arrived)  # fmt: skip
    return True
