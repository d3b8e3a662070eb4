"""Counting again: new generations of a deadline, the old one kept beside the new.

Earlier takes effect at once. Later takes a person: one for a provisional date, two for any other
(architecture §5.5). A clock keeps the zone it began in, its original amount and its pauses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.clock import check_past, engine_now
from ledger.entries import Conflict, record
from ledger.models import Document
from parties.models import District, User
from policy.counts import Count, count_again, first_count, zone_of
from policy.deadlines import LIVE, date_deadline, move
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus
from policy.obligations import lock
from policy.steps import HOUR_UNITS
from policy.two_persons import check_second


def recount(
    district: District, *, by: User | None, reason: str, agreed: Collection[date] = ()
) -> list[Deadline]:
    """Count the open clocks of the district again by the holidays and the time-zone rules now in force.

    With a person, who confirmed holidays: the business-day clocks; later only where the date was provisional,
    or by the days that two persons `agreed` to. Without one (`by` is None): every clock but those of elapsed
    hours, and only earlier dates take effect. Missed clocks are looked at too when their date was
    provisional. Effects: superseded and new deadlines, Entries. Returns the new ones.
    """
    rows = Deadline.objects.filter(district=district, obligation__status=ObligationStatus.OPEN)
    rows = rows.exclude(unit__in=HOUR_UNITS) if by is None else rows.filter(unit="business_days")
    rows = rows.filter(status=DeadlineStatus.RUNNING) | rows.filter(
        status=DeadlineStatus.MISSED, provisional=True
    )
    found = [
        _recount_one(row, by=by, reason=reason, agreed=agreed)
        for row in rows.select_related("obligation").order_by("pk")
    ]
    return [deadline for deadline in found if deadline is not None]


def set_amount(
    district: District, *, pack: str, parameter: str, amount: int | str, by: User
) -> list[Deadline]:
    """Date the clocks that waited for this parameter. Effects: superseded and new deadlines, Entries."""
    waiting = Deadline.objects.filter(
        district=district, status=DeadlineStatus.UNDATED, basis__parameter=parameter
    ).select_related("obligation")
    dated = []
    for deadline in waiting.order_by("pk"):
        if deadline.pack.partition("+")[0] == pack:
            since = datetime.fromisoformat(deadline.basis["since"])
            count = first_count(district, unit=deadline.unit, amount=amount, since=since)
            count = replace(count, zone=zone_of(deadline))
            dated.append(_replace(deadline, count=count, by=by, reason="The open point was set."))
    return dated


def move_start(
    obligation: Obligation,
    *,
    at: datetime,
    reason: str,
    by: User,
    proof: Document | None = None,
    approved_by: User | None = None,
) -> Obligation:
    """The event was at another time than recorded: earlier by one person, later only with proof and a second.

    Every clock of the open obligation is counted again. Effects: new generations, Entry. Raises
    ValidationError, Conflict (architecture §7: facts may move earlier by one person, later only with proof
    and a second).
    """
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    check_past("at", at)
    with transaction.atomic():
        locked = lock(obligation)
        if locked.status != ObligationStatus.OPEN:
            raise Conflict(_("This duty is no longer open."))
        is_later = at > locked.triggered_at
        if is_later:
            if proof is None:
                raise ValidationError({"proof": _("A later start needs its proof.")})
            if approved_by is None:
                raise ValidationError({"approved_by": _("A later start needs a second person.")})
            check_second(locked.district, by=by, approved_by=approved_by)
        before, locked.triggered_at = locked.triggered_at, at
        locked.save(update_fields=["triggered_at"])
        for deadline in locked.deadlines.filter(status__in=(*LIVE, DeadlineStatus.MISSED)):
            start = at if is_later else min(at, deadline.started_at)
            _restart(deadline, at=start, by=by, reason=reason.strip())
        record(
            "start-moved",
            by=by,
            case=locked.case,
            reason=reason.strip(),
            obligation=locked.pk,
            before=before.isoformat(),
            after=at.isoformat(),
            approved_by=approved_by.pk if approved_by else None,
            proof=proof.sha256 if proof else "",
        )
    obligation.refresh_from_db()
    return locked


def restart_earlier(obligation: Obligation, *, at: datetime, by: User | None, reason: str) -> Obligation:
    """Whoever owes this says that it began earlier: its clocks count from there, also when it is done.

    A clock that was kept is judged anew by when the act was done; one that stands still or has no date yet
    begins earlier too. Never later, never what was cancelled; the caller sees to it that nobody moves
    another's clock. Effects: new generations, Entries.
    """
    with transaction.atomic():
        locked = lock(obligation)
        if locked.status == ObligationStatus.CANCELLED or at >= locked.triggered_at:
            return locked
        before, locked.triggered_at = locked.triggered_at, at
        locked.save(update_fields=["triggered_at"])
        counted = locked.deadlines.filter(status__in=(*LIVE, DeadlineStatus.MISSED, DeadlineStatus.KEPT))
        for deadline in counted:
            new = _restart(deadline, at=min(at, deadline.started_at), by=by, reason=reason)
            if locked.settled_at is not None:
                _judge_done(new, done_at=locked.settled_at)
        record(
            "start-moved",
            by=by,
            case=locked.case,
            reason=reason,
            obligation=locked.pk,
            before=before.isoformat(),
            after=at.isoformat(),
        )
    return locked


def _judge_done(deadline: Deadline, *, done_at: datetime) -> None:
    """A clock that stands still is kept whenever the act was done: its time was not over."""
    if deadline.due_at is None:
        return
    if deadline.status == DeadlineStatus.PAUSED or done_at < deadline.due_at:
        move(deadline, DeadlineStatus.KEPT, at=done_at)
    elif deadline.status != DeadlineStatus.MISSED:
        move(deadline, DeadlineStatus.MISSED, at=deadline.due_at)


def _restart(deadline: Deadline, *, at: datetime, by: User | None, reason: str) -> Deadline:
    """Count the clock from `at`, with its original amount and its pauses; one without a date waits on."""
    if deadline.due_at is None:
        deadline.started_at = at
        deadline.basis = {**deadline.basis, "since": at.isoformat()}
        deadline.save(update_fields=["started_at", "basis"])
        return deadline
    return _replace(deadline, count=count_again(deadline, start=at), by=by, reason=reason, started_at=at)


def _recount_one(
    deadline: Deadline, *, by: User | None, reason: str, agreed: Collection[date]
) -> Deadline | None:
    with transaction.atomic():
        # A person waits for the row; the engine leaves one that somebody holds to its next round.
        rows = Obligation.objects.select_for_update(of=("self",), skip_locked=by is None)
        if rows.filter(pk=deadline.obligation_id).first() is None:
            return None
        deadline.refresh_from_db()
        if deadline.status not in (DeadlineStatus.RUNNING, DeadlineStatus.MISSED):
            return None
        count = count_again(deadline, start=deadline.started_at, agreed=agreed)
        now_due = count.due()
        assert deadline.due_at is not None
        unchanged = (now_due.due_at, now_due.provisional) == (deadline.due_at, deadline.provisional)
        may_be_later = by is not None and (deadline.provisional or bool(agreed))
        if unchanged or (now_due.due_at > deadline.due_at and not may_be_later):
            return None
        return _replace(deadline, count=count, by=by, reason=reason)


def _replace(
    deadline: Deadline,
    *,
    count: Count,
    by: User | None,
    reason: str,
    started_at: datetime | None = None,
) -> Deadline:
    obligation = lock(deadline.obligation)
    held = deadline.pauses.filter(ended_at=None).first()
    move(deadline, DeadlineStatus.SUPERSEDED, at=engine_now())
    new = date_deadline(
        obligation,
        pack=deadline.pack,
        rule=deadline.rule,
        citation=deadline.citation,
        count=count,
        generation=deadline.generation + 1,
        started_at=started_at or deadline.started_at,
        held=held,
    )
    record(
        "deadline-recounted",
        by=by,
        case=obligation.case,
        reason=reason,
        rule=deadline.rule,
        pack=deadline.pack,
        before=deadline.due_at.isoformat() if deadline.due_at else None,
        after=new.due_at.isoformat() if new.due_at else None,
    )
    return new
