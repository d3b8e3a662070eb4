"""Cure and void: ask the vendor to amend, count from proven delivery; void only when a person decides.

Policy 3520.13, paragraphs on void provisions and void contracts; architecture §7. Never automatic.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from contracts import exit as leaving
from contracts import lifecycle
from contracts.checklist import requirement_of
from contracts.models import ClauseFinding, Contract, ContractStatus, CurePeriod, CureStatus
from contracts.review import is_short, judge
from contracts.roles import DECIDERS_OF_VOID, require_editor
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record, transition
from ledger.models import Document
from mail.models import Message
from parties.access import require_role
from parties.models import User
from policy.claims import claim_done
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus
from policy.obligations import cancel, raise_for, settle, settle_by_delivery

OPEN: Final = (CureStatus.DRAFT, CureStatus.SENT, CureStatus.RUNNING)


def begin_cure(contract: Contract, *, findings: Collection[int], words: str, by: User) -> CurePeriod:
    """Write down what the vendor is asked to amend: the terms a person found short, and the words.

    Effects: CurePeriod (draft), Entry. Raises ValidationError, PermissionDenied; Conflict when the vendor
    is already being asked.
    """
    require_editor(by, contract.district)
    chosen = list(contract.findings.filter(pk__in=findings))
    wrong = {}
    if not chosen or len(chosen) != len(set(findings)) or not all(is_short(row) for row in chosen):
        wrong["findings"] = _("Choose terms that somebody found missing or too weak.")
    if not words.strip():
        wrong["words"] = _("Write what you ask of the vendor.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        if locked.cures.filter(status__in=OPEN).exists():
            raise Conflict(_("The vendor is already being asked. Finish or withdraw that first."))
        cure = CurePeriod.objects.create(
            district=locked.district, contract=locked, words=words.strip(), begun_at=engine_now(), begun_by=by
        )
        cure.findings.set(chosen)
        asked = [f"{row.pack} {row.requirement}" for row in chosen]
        record("cure-begun", by=by, case=locked.case, cure=cure.pk, requirements=asked)
    return cure


def give_notice_to_amend(
    cure: CurePeriod, *, by: User, sent_at: datetime | None = None, message: Message | None = None
) -> CurePeriod:
    """The request has gone to the vendor: as this message of the outbox, or else by post or by hand.

    The vendor's clock does not start yet. Effects: status, conformity judged, Entry; the duty to ask (L-3)
    is settled now, or by the sweep once the message was handed over.
    Raises ValidationError for a time to come or before the terms were found missing, Conflict,
    PermissionDenied.
    """
    contract = cure.contract
    require_editor(by, contract.district)
    now = engine_now()
    if sent_at is not None:
        _check_sent(cure, sent_at, now)
    with transaction.atomic():
        sent = transition(
            cure,
            to=CureStatus.SENT,
            graph=lifecycle.CURE,
            act="notice-to-amend-sent",
            case=contract.case,
            by=by,
            changes={"sent_at": sent_at or now, "message": message},
            cure=cure.pk,
            message=message.pk if message else None,
        )
        if message is None:
            _settle_asking(contract, at=sent_at or now, by=by)
        else:
            settle_by_delivery(_asking(contract), message=message)
        judge(contract, by=by)
    return sent


def record_delivery(cure: CurePeriod, *, delivered_at: datetime, proof: File[bytes], by: User) -> CurePeriod:
    """The notice to amend reached the vendor, and here is the proof: now its time runs (L-4).

    A bounce is no notice. Effects: Document (evidence), status, obligation `cure` with its deadline, Entry.
    Raises ValidationError for an impossible time or no proof, Conflict, PermissionDenied.
    """
    contract = cure.contract
    require_editor(by, contract.district)
    if delivered_at > engine_now():
        raise ValidationError({"delivered_at": _("This time is in the future.")})
    if cure.sent_at is not None and delivered_at < cure.sent_at:
        raise ValidationError({"delivered_at": _("It cannot arrive before it was sent.")})
    with transaction.atomic():
        paper = receive_document(case=contract.case, kind="evidence", upload=proof, by=by)
        return start_time_to_amend(cure, delivered_at=delivered_at, proof=paper, by=by)


def start_time_to_amend(cure: CurePeriod, *, delivered_at: datetime, proof: Document, by: User) -> CurePeriod:
    """The proof that the vendor has the notice is kept: its clock runs from the delivery (L-4).

    The caller has checked who says so. Effects: status, the duty to ask settled, obligation `cure` with its
    deadline, Entry. Raises Conflict.
    """
    contract = cure.contract
    with transaction.atomic():
        running = transition(
            cure,
            to=CureStatus.RUNNING,
            graph=lifecycle.CURE,
            act="notice-to-amend-delivered",
            case=contract.case,
            by=by,
            changes={"delivered_at": delivered_at, "proof": proof},
            cure=cure.pk,
            sha256=proof.sha256,
        )
        _settle_asking(contract, at=delivered_at, by=by, proof=proof)
        for duty in _owed_about(cure):
            settle(duty, at=engine_now(), by=by)
        ref = f"cure:{cure.pk}"
        raise_for(
            "cure_notice_given", case=contract.case, at=delivered_at, ref=ref, by=by, vendor=contract.vendor
        )
    return running


def declare_void(
    cure: CurePeriod, *, decision: File[bytes], reason: str, by: User, on: date | None = None
) -> Contract:
    """Counsel or the superintendent decides that the contract is void.

    Only when the notice is proven, the time has passed, and the pack of a lacking term says that this
    voids; and nobody on their own word alone that it went out before it was written down here. Starts the
    exit: return and destruction.
    Effects: Document (decision), statuses of cure and contract, exit duties, Entries.
    Raises ValidationError, Conflict, PermissionDenied (policy 3520.13; domain 1f.2).
    """
    contract = cure.contract
    require_role(by, contract.district, *DECIDERS_OF_VOID)
    now = engine_now()
    _check_void(cure, reason, now)
    _check_second(cure, by)
    with transaction.atomic():
        paper = receive_document(case=contract.case, kind="decision", upload=decision, by=by)
        transition(
            cure,
            to=CureStatus.VOID,
            graph=lifecycle.CURE,
            act="cure-failed",
            case=contract.case,
            by=by,
            reason=reason.strip(),
            changes={"ended_at": now, "decision": paper, "decided_by": by},
            cure=cure.pk,
            sha256=paper.sha256,
        )
        voided = transition(
            Contract.objects.get(pk=contract.pk),
            to=ContractStatus.VOID,
            graph=lifecycle.CONTRACT,
            act="contract-void",
            case=contract.case,
            by=by,
            reason=reason.strip(),
            changes={"ended_on": on or now.astimezone(contract.district.tz).date()},
            cure=cure.pk,
        )
        _close_duties(cure, at=now, by=by)
        leaving.start_exit(voided, at=now, ref=f"cure:{cure.pk}", by=by)
    contract.refresh_from_db()
    return voided


def withdraw_cure(cure: CurePeriod, *, reason: str, by: User) -> CurePeriod:
    """Stop asking the vendor, because … The open duties of the request are cancelled with the same reason."""
    contract = cure.contract
    require_editor(by, contract.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        withdrawn = transition(
            cure,
            to=CureStatus.WITHDRAWN,
            graph=lifecycle.CURE,
            act="cure-withdrawn",
            case=contract.case,
            by=by,
            reason=reason.strip(),
            changes={"ended_at": engine_now()},
            cure=cure.pk,
        )
        for duty in contract.case.obligations.filter(
            trigger_ref=f"cure:{cure.pk}", status=ObligationStatus.OPEN
        ):
            cancel(duty, reason=reason.strip(), by=by)
        # A request that was withdrawn settles nothing, even when its e-mail still arrives.
        Obligation.objects.filter(pk__in=[duty.pk for duty in _asking(contract)]).update(message=None)
        for duty in _owed_about(cure):
            cancel(duty, reason=reason.strip(), by=by)
        judge(contract, by=by)
    return withdrawn


def foresee_time_to_amend(cure: CurePeriod) -> list[Deadline]:
    """The clocks that a delivery at this instant would start, soonest first. Nothing is kept."""
    contract = cure.contract
    with transaction.atomic():
        duties = raise_for(
            "cure_notice_given", case=contract.case, at=engine_now(), ref=f"cure:{cure.pk}", by=None
        )
        clocks = [clock for duty in duties for clock in duty.deadlines.all()]
        transaction.set_rollback(True)
    return sorted((clock for clock in clocks if clock.due_at), key=lambda clock: clock.due_at or engine_now())


def _asking(contract: Contract) -> list[Obligation]:
    return list(contract.case.obligations.filter(trigger="deficiency_recorded", status=ObligationStatus.OPEN))


def _owed_about(cure: CurePeriod) -> list[Obligation]:
    """Open duties about the request's own e-mail: to reach the vendor another way when it did not arrive."""
    if cure.message_id is None:
        return []
    open_now = cure.contract.case.obligations.filter(status=ObligationStatus.OPEN)
    return list(open_now.filter(message=cure.message_id, trigger="delivery_failed"))


def _settle_asking(contract: Contract, *, at: datetime, by: User, proof: Document | None = None) -> None:
    """The vendor was asked at `at`; a time that would undo a miss waits for a second person."""
    for duty in _asking(contract):
        claim_done(duty, at=at, by=by, proof=proof)


def voiding(cure: CurePeriod) -> list[ClauseFinding]:
    """The asked terms that are still short and whose pack says a contract without them is void."""
    asked = cure.findings.all()
    return [row for row in asked if is_short(row) and requirement_of(row).voids]


def time_has_passed(cure: CurePeriod, now: datetime) -> bool:
    """Whether every clock that the delivered notice started has run out."""
    clocks = [
        deadline
        for duty in cure.contract.case.obligations.filter(trigger_ref=f"cure:{cure.pk}")
        for deadline in duty.deadlines.exclude(
            status__in=(DeadlineStatus.SUPERSEDED, DeadlineStatus.CANCELLED)
        )
    ]
    return bool(clocks) and all(clock.due_at is not None and clock.due_at <= now for clock in clocks)


def _check_void(cure: CurePeriod, reason: str, now: datetime) -> None:
    if cure.delivered_at is None or cure.proof_id is None:
        raise ValidationError(_("There is no proof that the vendor got the notice to amend."))
    if not time_has_passed(cure, now):
        raise ValidationError(_("The vendor still has time to amend."))
    if not voiding(cure):
        raise ValidationError(_("None of the missing terms makes a contract void."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})


def _check_sent(cure: CurePeriod, sent_at: datetime, now: datetime) -> None:
    """A request cannot have gone out before somebody found the terms missing that it asks for."""
    found_at = max((row.decided_at for row in cure.findings.all() if row.decided_at), default=cure.begun_at)
    if sent_at > now:
        raise ValidationError({"sent_at": _("This time is in the future.")})
    if sent_at < found_at.replace(second=0, microsecond=0):
        raise ValidationError({"sent_at": _("This is before somebody found that the terms are missing.")})


def _check_second(cure: CurePeriod, by: User) -> None:
    """A time that only a person's word puts before the request stood here takes two (architecture §7)."""
    if cure.sent_at is None or cure.sent_at >= cure.begun_at.replace(second=0, microsecond=0):
        return
    acts = ("cure-begun", "notice-to-amend-sent", "notice-to-amend-delivered")
    if cure.contract.case.entries.filter(act__in=acts, by=by, facts__cure=cure.pk).exists():
        raise ValidationError(
            _("You recorded yourself that the request went out earlier. A second person decides this.")
        )


def _close_duties(cure: CurePeriod, *, at: datetime, by: User) -> None:
    owed = cure.contract.case.obligations.filter(trigger_ref=f"cure:{cure.pk}", status=ObligationStatus.OPEN)
    for duty in owed:
        settle(duty, at=at, by=by)
