"""Saying that a duty was done where the portal cannot see it: recorded at once, counted when two say so.

A posting on the district's own website, a delivery report of the district's own mail system, the vendor's
word that it told the families: one person records it with its proof, and the duty stays open (or missed)
until somebody else has looked at the proof. Facts first; but no one person turns a missed duty into a kept
one (architecture §6, and §7: later only with proof and a second).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from ledger.clock import check_past, engine_now
from ledger.entries import Conflict, record
from ledger.models import Document
from parties.access import require_role
from parties.models import User
from policy import alerts
from policy.models import ChangeKind, DeadlineStatus, DutyChange, Obligation, ObligationStatus
from policy.obligations import BEFORE_GO_LIVE, settle
from policy.two_persons import MAY_AGREE, others, was_always_near

MAY_PRECEDE: Final = BEFORE_GO_LIVE | {"joined", "ends_soon"}
"""Triggers that only call for an act which may have been done before them."""


def claim_done(
    obligation: Obligation,
    *,
    at: datetime | None,
    by: User,
    reason: str = "",
    proof: Document | None = None,
    always: bool = False,
) -> DutyChange | None:
    """A person says that it was done at `at`; None when their word is enough, and the duty is then settled.

    `always` asks for a second person whatever the time says; without it only for a time that would turn a
    clock that is over into a kept one. `at` is None where the message's own deliveries carry the times: the
    sweep then settles by them. Effects: DutyChange, Entry and a message to those who may confirm, or the duty
    settled. Raises ValidationError, Conflict.
    """
    if at is not None:
        check_past("at", at)
    with transaction.atomic():
        if at is not None and not always and not saves_a_missed_clock(obligation, at):
            settle(obligation, at=at, by=by, evidence=proof, reason=reason)
            return None
        if obligation.status != ObligationStatus.OPEN:
            raise Conflict(_("This duty is no longer open."))
        claim = DutyChange.objects.create(
            district=obligation.district,
            case=obligation.case,
            obligation=obligation,
            kind=ChangeKind.DONE,
            at=at,
            reason=reason.strip(),
            proof=proof,
            asked_by=by,
            asked_at=engine_now(),
        )
        record(
            "done-claimed",
            by=by,
            case=obligation.case,
            reason=reason.strip(),
            change=claim.pk,
            obligation=obligation.pk,
            rule=obligation.rule,
            done_at=at.isoformat() if at else None,
            evidence=proof.sha256 if proof else "",
        )
        alerts.tell_deciders(claim)
    return claim


def check_after_event(obligation: Obligation, at: datetime) -> None:
    """Raise ValidationError when it cannot have been done `at`: before its event (to the minute), or ever.

    Only what a day of the year, a reminder or setting up calls for may have been done before.
    """
    check_past("at", at)
    if obligation.trigger in MAY_PRECEDE or at >= obligation.triggered_at.replace(second=0, microsecond=0):
        return
    raise ValidationError({"at": _("This is before it began. If it began earlier, move the start first.")})


def saves_a_missed_clock(obligation: Obligation, at: datetime) -> bool:
    """Whether a clock of law or policy that is over would count as kept, were the act done at `at`."""
    over = obligation.deadlines.filter(
        status__in=(DeadlineStatus.RUNNING, DeadlineStatus.MISSED), due_at__lte=engine_now(), due_at__gt=at
    )
    return over.exclude(pack__startswith="practice@").exists()


def is_claimed(obligation: Obligation) -> bool:
    """Whether somebody says that it was done and nobody has confirmed or declined it yet."""
    return obligation.changes.filter(kind=ChangeKind.DONE, is_agreed=None).exists()


def was_declined(owed: QuerySet[Obligation]) -> bool:
    """Whether one of these open duties waits for nobody: what was said of it before was not believed."""
    return any(not is_claimed(duty) for duty in owed)


def may_confirm_alone(claim: DutyChange, by: User) -> bool:
    """Whether the one who recorded it may confirm it: near the limit, or nobody else is there to ask."""
    return was_always_near(claim.obligation) or not others(claim.district, by, case=claim.case)


def check_alone(claim: DutyChange, *, by: User, because: str) -> None:
    """Raise unless this one person may confirm their own word now; the superintendent is told at once."""
    require_role(by, claim.district, *MAY_AGREE)
    if not may_confirm_alone(claim, by):
        raise ValidationError({"approved_by": _("The second person must be somebody else.")})
    if not because.strip():
        raise ValidationError({"alone_because": _("Say why you confirm it alone. It stays on record.")})
    alerts.tell_superintendent(claim.obligation, by=by, reason=because.strip())


def was_confirmed_alone(obligation: Obligation) -> bool:
    """Whether one person alone stands for it: a clock that was missed then stays missed."""
    confirmed = obligation.changes.filter(kind=ChangeKind.DONE, is_agreed=True)
    return confirmed.filter(decided_by=F("asked_by")).exists()
