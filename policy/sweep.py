"""One round of the engine: everything that has come due, by state and never by window.

Celery workers run it every few seconds and `manage.py sweep` from cron; both, or five at once, do no harm.
Each row is one transaction under its obligation's lock; a row somebody else holds is left to them (`SKIP
LOCKED`). What was due is dated to its legal instant, whatever happened to the worker. A row that fails is
logged and stops no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.db import transaction
from django.db.models import Max

from ledger.clock import engine_now
from ledger.entries import record
from ledger.once import forget_old_answers
from ledger.protection import Doorway
from mail.models import Channel, Delivery, DeliveryStatus, Message
from parties.access import acting_in
from parties.models import District
from policy import alerts, daily, doorways
from policy.claims import was_confirmed_alone
from policy.deadlines import move
from policy.models import Alert, Deadline, DeadlineStatus, Heartbeat, Obligation, ObligationStatus
from policy.obligations import raise_for, settle
from policy.recount import recount
from policy.standing import raise_yearly
from policy.succession import pass_on_cases

logger = logging.getLogger(__name__)

SWEEP: Final = "sweep"
LISTS: Final = "daily-lists"
HOUSEKEEPING: Final = "housekeeping"
BATCH: Final = 200


@dataclass(slots=True)
class Swept:
    """How many rows one round moved."""

    missed: int = 0
    settled: int = 0
    raised: int = 0
    alerts: int = 0
    escalated: int = 0
    lists: int = 0
    failed: int = 0


def sweep() -> Swept:
    """Do everything that has come due. Effects: deadlines, obligations, alerts with messages, Entries."""
    swept = Swept()
    swept.settled = _each(doorways.DELIVERED_OBLIGATIONS, settle_delivered, swept)
    swept.missed = _each(doorways.DUE_DEADLINES, mark_missed, swept)
    swept.raised = _each(doorways.LETTERS_WAITING, owe_letters, swept)
    swept.raised += _each(doorways.PEOPLE_UNREACHED, owe_reaching, swept)
    swept.settled += _each(doorways.LETTERS_POSTED, settle_now, swept)
    swept.settled += _each(doorways.PEOPLE_REACHED, settle_now, swept)
    swept.alerts = _each(doorways.DUE_ALERTS, warn, swept)
    swept.escalated = _each(doorways.UNANSWERED_ALERTS, call_superintendent, swept)
    if is_time(LISTS, timedelta(minutes=1)):
        swept.lists = daily.write_lists()
    if is_time(HOUSEKEEPING, timedelta(hours=1)):
        _keep_house(swept)
    beat(SWEEP, **asdict(swept))
    return swept


def mark_missed(pk: int, now: datetime) -> bool:
    """The time of a running clock is over and its duty is open: missed, at the instant it was due."""
    with transaction.atomic():
        deadline = _locked_deadline(pk)
        if deadline is None or deadline.status != DeadlineStatus.RUNNING:
            return False
        assert deadline.due_at is not None
        if deadline.due_at > now:
            return False
        move(deadline, DeadlineStatus.MISSED, at=deadline.due_at)
        record(
            "deadline-missed",
            by=None,
            case=deadline.obligation.case,
            at=deadline.due_at,
            obligation=deadline.obligation_id,
            rule=deadline.rule,
            pack=deadline.pack,
        )
    return True


def warn(pk: int, now: datetime) -> bool:
    """Write the alerts of one clock whose next step has come."""
    with transaction.atomic():
        deadline = _locked_deadline(pk)
        return deadline is not None and bool(alerts.make_alerts(deadline))


def settle_delivered(pk: int, now: datetime) -> bool:
    """Every e-mail is handed over and everybody else has a letter: done, when the last of them was."""
    obligation = Obligation.objects.open().select_related("message").filter(pk=pk).first()
    if obligation is None or obligation.message is None:
        return False
    at = min(delivered_at(obligation.message, now), now)
    settle(obligation, at=at, by=None, revives=not was_confirmed_alone(obligation))
    return True


def delivered_at(message: Message, now: datetime) -> datetime:
    """When the last recipient was served. A letter made together with the message counts from then on; one
    that stands in for a refused e-mail counts from now, for nobody wrote down when it was made.
    """
    emails = Delivery.objects.filter(message=message, channel=Channel.EMAIL)
    if emails.exclude(status=DeliveryStatus.SENT).exists():
        return now
    return max(emails.aggregate(last=Max("sent_at"))["last"] or message.made_at, message.made_at)


def owe_letters(pk: int, now: datetime) -> bool:
    """Letters of a legal message wait for the printer: a duty of their own."""
    return _owe("letters_ready", "letters", pk)


def owe_reaching(pk: int, now: datetime) -> bool:
    """E-mail of a legal message was refused or came back and no letter stands in: a duty of its own.

    It never un-settles the notice: what was handed over was handed over (architecture §5.6).
    """
    return _owe("delivery_failed", "unreached", pk)


def settle_now(pk: int, now: datetime) -> bool:
    """Every letter of the message is in the post, or everybody who was missed has one."""
    obligation = Obligation.objects.open().filter(pk=pk).first()
    if obligation is None:
        return False
    settle(obligation, at=now, by=None)
    return True


def call_superintendent(pk: int, now: datetime) -> bool:
    """Nobody answered an alert within 30 minutes."""
    alert = Alert.objects.filter(pk=pk).first()
    return alert is not None and alerts.escalate(alert)


def beat(name: str, **facts: int) -> None:
    """Write down that a round was done: health is judged by this."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": engine_now(), "facts": facts})


def _each(doorway: Doorway, act: Callable[[int, datetime], bool], swept: Swept) -> int:
    """Do one act for every row the doorway names, district by district; how many it moved.

    Rows that stay (held by somebody, or failing) are asked for once only, and hide nothing behind them.
    """
    seen: set[int] = set()
    stuck = moved = 0
    while True:
        listed = doorway.ids(limit=stuck + BATCH)
        rows = sorted((row for row in listed if row[0] not in seen), key=lambda row: row[1] or 0)
        if not rows:
            return moved
        stuck, now = len(listed) - len(rows), engine_now()
        for district, group in groupby(rows, key=lambda row: row[1]):
            with acting_in(*([district] if district else [])):
                for pk, _district in group:
                    seen.add(pk)
                    moved += _try(doorway, act, pk, now, swept)


def _try(
    doorway: Doorway, act: Callable[[int, datetime], bool], pk: int, now: datetime, swept: Swept
) -> bool:
    try:
        return act(pk, now)
    except Exception:
        logger.exception("%s %s could not be swept", doorway.name, pk)
        swept.failed += 1
        return False


def _locked_deadline(pk: int) -> Deadline | None:
    """The deadline, under its obligation's lock; None when it is gone or somebody else holds it."""
    held = Obligation.objects.select_for_update(of=("self",), skip_locked=True).filter(deadlines=pk)
    obligation = held.select_related("case__district").first()
    if obligation is None:
        return None
    deadline = Deadline.objects.get(pk=pk)
    deadline.obligation = obligation
    return deadline


def _owe(trigger: str, what: str, pk: int) -> bool:
    """Raise a duty about a message, once while one is open; after that one is settled, a new one."""
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).select_related("case__district").get(pk=pk)
        assert message.case is not None
        earlier = Obligation.objects.filter(case=message.case, trigger_ref__startswith=f"{what}:{pk}:")
        if earlier.filter(status=ObligationStatus.OPEN).exists():
            return False
        ref = f"{what}:{pk}:{earlier.count() + 1}"
        raised = raise_for(trigger, case=message.case, at=engine_now(), ref=ref, by=None)
        for obligation in raised:
            obligation.message = message
            obligation.save(update_fields=["message"])
    return bool(raised)


def _keep_house(swept: Swept) -> None:
    """The standing duties of the year, a recount of running clocks (it moves dates only earlier), the
    restricted cases that nobody sees any more, and the API's answers of yesterday, which go.
    """
    forget_old_answers()
    for district in District.objects.all():
        try:
            with acting_in(district):
                pass_on_cases(district)
                swept.raised += len(raise_yearly(district))
                recount(district, by=None, reason="Counted again by the holidays and zone rules in force.")
        except Exception:
            logger.exception("district %s could not be kept", district.pk)
            swept.failed += 1


def is_time(name: str, every: timedelta) -> bool:
    """Whether so much time has passed since this was last done; if so it counts as done from now on."""
    now = engine_now()
    last = Heartbeat.objects.filter(name=name).first()
    if last is not None and timedelta(0) <= now - last.at < every:
        return False
    beat(name)
    return True
