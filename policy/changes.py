"""Asking for less than the law asks, and the second person's answer (architecture §7).

A person asks with a reason and its proof; somebody else with a deciding role agrees or declines. What one
person may do alone is done at once. What somebody says was done (policy/claims.py) is answered here too.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ledger.clock import check_past, engine_now
from ledger.documents import Upload
from ledger.entries import Conflict, record
from mail.elsewhere import take_back
from parties.access import require_role
from parties.models import User
from policy import alerts
from policy.claims import check_alone
from policy.models import ChangeKind, Deadline, DutyChange, Obligation
from policy.obligations import cancel, settle
from policy.pauses import pause
from policy.recount import move_start
from policy.reports import keep_proof
from policy.two_persons import MAY_AGREE, check_second, may_act_alone


def ask_cancel(
    obligation: Obligation, *, reason: str, by: User, proof: Upload | None = None
) -> DutyChange | None:
    """Ask that a duty fall away; None when one person may decide it, and it is then done.

    Effects: DutyChange and a message to the deciders, or the cancellation. Raises ValidationError, Conflict.
    """
    require_role(by, obligation.district, *MAY_AGREE)
    _require_reason(reason)
    with transaction.atomic():
        if not may_act_alone(obligation, by):
            return _ask(obligation, ChangeKind.CANCEL, reason=reason, by=by, proof=proof)
        cancel(obligation, reason=reason, by=by, evidence=keep_proof(obligation, proof, by=by))
    return None


def ask_start(
    obligation: Obligation, *, at: datetime, reason: str, by: User, proof: Upload | None = None
) -> DutyChange | None:
    """Say that the event was at another time: earlier is done at once, later is asked of a second person."""
    require_role(by, obligation.district, *MAY_AGREE)
    _require_reason(reason)
    check_past("at", at)
    with transaction.atomic():
        if at > obligation.triggered_at:
            if proof is None:
                raise ValidationError({"proof": _("A later start needs its proof.")})
            return _ask(obligation, ChangeKind.START, reason=reason, by=by, proof=proof, at=at)
        move_start(obligation, at=at, reason=reason, by=by)
    return None


def ask_pause(deadline: Deadline, *, reason: str, by: User, proof: Upload) -> DutyChange:
    """Ask that a clock stand still; always a second person's to agree."""
    require_role(by, deadline.district, *MAY_AGREE)
    _require_reason(reason)
    with transaction.atomic():
        return _ask(
            deadline.obligation, ChangeKind.PAUSE, reason=reason, by=by, proof=proof, deadline=deadline
        )


def agree(change: DutyChange, *, by: User, alone_because: str = "") -> DutyChange:
    """The second person agrees: what was asked is done in both names.

    Whoever recorded that a duty was done may confirm it alone near its limit or when nobody else is there,
    with `alone_because`; the superintendent is told, and a clock that is over stays missed. Raises
    ValidationError, Conflict, PermissionDenied.
    """
    require_role(by, change.district, *MAY_AGREE)
    with transaction.atomic():
        locked = _open(change)
        alone = locked.kind == ChangeKind.DONE and by == locked.asked_by
        if alone:
            check_alone(locked, by=by, because=alone_because)
        else:
            check_second(locked.district, by=locked.asked_by, approved_by=by)
        _apply(locked, approved_by=by)
        return _decide(locked, by=by, is_agreed=True, reason=alone_because if alone else "")


def decline(change: DutyChange, *, by: User, reason: str) -> DutyChange:
    """The second person says no, or the first thinks better of it. Effects: DutyChange, Entry.

    The e-mails of a delivery report that is not believed wait for another report.
    """
    require_role(by, change.district, *MAY_AGREE)
    _require_reason(reason)
    with transaction.atomic():
        locked = _open(change)
        if _is_delivery_report(locked):
            assert locked.proof is not None
            take_back(locked.obligation.message, report=locked.proof.pk)
        return _decide(locked, by=by, is_agreed=False, reason=reason)


def _ask(
    obligation: Obligation,
    kind: str,
    *,
    reason: str,
    by: User,
    proof: Upload | None,
    at: datetime | None = None,
    deadline: Deadline | None = None,
) -> DutyChange:
    paper = keep_proof(obligation, proof, by=by)
    try:
        with transaction.atomic():
            change = DutyChange.objects.create(
                district=obligation.district,
                case=obligation.case,
                obligation=obligation,
                deadline=deadline,
                kind=kind,
                at=at,
                reason=reason.strip(),
                proof=paper,
                asked_by=by,
                asked_at=engine_now(),
            )
    except IntegrityError as error:
        raise Conflict(_("This was already asked. A second person must answer first.")) from error
    record("change-asked", by=by, case=obligation.case, reason=reason.strip(), kind=kind, change=change.pk)
    alerts.tell_deciders(change)
    return change


def _apply(change: DutyChange, *, approved_by: User) -> None:
    duty, by, reason, proof = change.obligation, change.asked_by, change.reason, change.proof
    if change.kind == ChangeKind.DONE:
        if change.at is not None:  # without a time the sweep settles it by its deliveries
            revives = approved_by != by
            settle(duty, at=change.at, by=by, evidence=proof, reason=reason, revives=revives)
    elif change.kind == ChangeKind.CANCEL:
        cancel(duty, reason=reason, by=by, approved_by=approved_by, evidence=proof)
    elif change.kind == ChangeKind.START:
        assert change.at is not None
        move_start(duty, at=change.at, reason=reason, by=by, approved_by=approved_by, proof=proof)
    else:
        assert change.deadline is not None
        assert proof is not None
        pause(change.deadline, ground=reason, authority=proof, by=by, approved_by=approved_by)


def _is_delivery_report(change: DutyChange) -> bool:
    return change.kind == ChangeKind.DONE and change.at is None and change.obligation.message is not None


def _decide(change: DutyChange, *, by: User, is_agreed: bool, reason: str = "") -> DutyChange:
    change.decided_by, change.decided_at, change.is_agreed = by, engine_now(), is_agreed
    change.save(update_fields=["decided_by", "decided_at", "is_agreed"])
    act = "change-agreed" if is_agreed else "change-declined"
    record(act, by=by, case=change.case, reason=reason.strip(), kind=change.kind, change=change.pk)
    return change


def _open(change: DutyChange) -> DutyChange:
    locked = DutyChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if locked.is_agreed is not None:
        raise Conflict(_("This was already decided."))
    return locked


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
