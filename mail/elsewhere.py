"""What the district's own system says about the messages it sent for us (architecture §6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mail.letters import add_letters
from mail.models import Channel, Delivery, DeliveryStatus, Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a delivery report: whose, by ref or by address, and whether it arrived."""

    ref: str
    email: str
    arrived: bool
    at: datetime
    words: str = ""


def take_outcomes(message: Message, outcomes: Iterable[Outcome], *, report: int) -> int:
    """Mark exported deliveries as sent or refused; a line that names nobody is passed over.

    Guarded: only a row that still waits for its report moves, so reading a report twice changes nothing.
    `report` is the Document's id, kept with each row it moves.
    Effects: Delivery rows; a letter for each refused one. Returns how many moved.
    """
    moved, failed = 0, list[int]()
    with transaction.atomic():
        waiting = Delivery.objects.select_for_update().filter(
            message=message, channel=Channel.EMAIL, status=DeliveryStatus.EXPORTED
        )
        rows = list(waiting.order_by("pk"))
        by_ref = {row.recipient_ref: [row] for row in rows}
        by_email: dict[str, list[Delivery]] = {}
        for row in rows:
            by_email.setdefault(row.address.lower(), []).append(row)
        done: set[int] = set()
        for outcome in outcomes:
            for row in by_ref.get(outcome.ref, []) if outcome.ref else by_email.get(outcome.email, []):
                if row.pk in done:
                    continue
                done.add(row.pk)
                moved += _mark(row, outcome, report)
                if not outcome.arrived:
                    failed.append(row.pk)
        add_letters(Delivery.objects.filter(pk__in=failed))
    return moved


def take_back(message: Message | None, *, report: int) -> int:
    """Nobody believes this report: what it called sent waits for another. Letters it led to stay owed.

    Returns how many rows wait again.
    """
    told = Delivery.objects.filter(message=message, last_code=_code(report), status=DeliveryStatus.SENT)
    return told.update(status=DeliveryStatus.EXPORTED, sent_at=None, last_answer="")


def _code(report: int) -> str:
    return f"report {report}"


def _mark(row: Delivery, outcome: Outcome, report: int) -> int:
    status = DeliveryStatus.SENT if outcome.arrived else DeliveryStatus.REFUSED
    return Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.EXPORTED).update(
        status=status,
        sent_at=outcome.at if outcome.arrived else None,
        last_code=_code(report),
        last_answer=outcome.words,
    )
