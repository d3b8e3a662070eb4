"""Decisions that take two people: no breach after all, a later receipt; and checking who sent a report."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from breaches import lifecycle
from breaches.affected import lock_open, require_open
from breaches.calls import tell_staff
from breaches.clocks import raise_clocks, raise_fallen_away, recount_receipt, settle_vendor_report
from breaches.intake import contracts_of
from breaches.models import (
    Breach,
    BreachSort,
    BreachStatus,
    Determination,
    DeterminationSort,
    ReceiptChange,
    VendorReport,
)
from breaches.roles import require_desk, second_persons
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record, transition
from ledger.models import Document
from notices.duties import notice_duties
from notices.models import Notice, NoticeStatus
from parties.models import User, Vendor
from policy.claims import check_after_event, claim_done
from policy.models import Obligation, ObligationStatus
from policy.obligations import cancel, settle_where
from policy.two_persons import others, was_always_near

TELLING: Final = frozenset({"notice", "posting", "external_report", "vendor_families_notice", "approve"})
"""What falls away when nobody got at the data; the investigation and what was asked of the vendor stay."""

UNVERIFIED: Final = "unverified-report"


def determine(
    breach: Breach,
    *,
    sort: str,
    determined_by: str,
    because: str,
    by: User,
    evidence: File[bytes] | None = None,
    alone_because: str = "",
) -> Determination:
    """Say that nobody got at the data (or that the report is not genuine): X determined it because Y.

    The clocks run on until a second person agrees. With `alone_because` one person decides at once what
    cannot wait: duties within 12 hours of their limit, or all when nobody else is there; the superintendent
    is told. What is not near its limit stays owed, and the decision waits for a second person. Effects:
    Determination, Document, a message to the second persons, Entry.
    Raises ValidationError by field, Conflict when families were already told.
    """
    require_open(breach, by)
    wrong = {}
    if sort not in DeterminationSort.values:
        wrong["sort"] = _("Choose one of the answers.")
    if not determined_by.strip():
        wrong["determined_by"] = _("Say who determined it: a firm, a team or a role.")
    if not because.strip():
        wrong["because"] = _("Say why. It stays on record.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        refuse_when_told(locked)
        if locked.determinations.filter(agreed_at=None, refused_at=None).exists():
            raise Conflict(_("Somebody has already asked for this decision."))
        paper = (
            receive_document(case=locked.case, kind="evidence", upload=evidence, by=by) if evidence else None
        )
        asked = Determination.objects.create(
            district=locked.district,
            breach=locked,
            sort=sort,
            determined_by=determined_by.strip()[:200],
            because=because.strip(),
            evidence=paper,
            asked_at=engine_now(),
            asked_by=by,
        )
        record("determination-asked", by=by, case=locked.case, reason=because.strip(), sort=sort)
        if alone_because.strip():
            asked = _carry_out(locked, asked, by=by, second=None, alone_because=alone_because.strip())
        if asked.agreed_at is None:
            tell_staff(
                locked,
                second_persons(locked, first=by),
                kind="breach-decision",
                subject=_("Please decide: %(case)s") % {"case": locked.case},
                template="breaches/mail/decide.txt",
            )
    return asked


def agree(determination: Determination, *, by: User) -> Determination:
    """Agree, as the second person: the duties to tell are cancelled lawfully, the evidence is kept.

    Effects: the duties cancelled with the reason and both names, status, Entry. Raises ValidationError for
    the person who asked, Conflict when it was already decided.
    """
    require_desk(by, determination.district)
    if by == determination.asked_by:
        raise ValidationError(_("A second person must agree: you asked for this yourself."))
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=determination.breach_id)
        asked = Determination.objects.select_for_update().get(pk=determination.pk)
        refuse_when_told(locked)
        return _carry_out(locked, asked, by=by, second=by, alone_because="")


def refuse(determination: Determination, *, by: User) -> Determination:
    """Do not agree: the clocks run on, and what one person alone let fall is owed again.

    Effects: the row, duties raised anew from the first receipt, Entry.
    """
    require_desk(by, determination.district)
    with transaction.atomic():
        breach = Breach.objects.select_for_update().get(pk=determination.breach_id)
        asked = Determination.objects.select_for_update().get(pk=determination.pk)
        if asked.agreed_at or asked.refused_at:
            raise Conflict(_("This was already decided."))
        asked.refused_at = engine_now()
        asked.save()
        record("determination-refused", by=by, case=breach.case, sort=asked.sort)
        if asked.alone_because:
            raise_fallen_away(breach, by=by)
    return asked


def refuse_when_told(breach: Breach) -> None:
    """Raise Conflict when families were already told: what was said cannot be unsaid."""
    if Notice.objects.filter(case=breach.case, status=NoticeStatus.ISSUED).exists():
        raise Conflict(_("Families were already told. Post a new version that says what you know now."))


def find_access(breach: Breach, *, reason: str, by: User) -> Breach:
    """It was more than an attempt: somebody did get at the data. One person may: it adds duties.

    Effects: the sort, the duties to tell with their clocks from the first receipt, Entry. Raises
    ValidationError, Conflict when it is no attempt.
    """
    require_open(breach, by)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        if locked.sort != BreachSort.ATTEMPT:
            raise Conflict(_("This is no attempt any more."))
        locked.sort = BreachSort.ACCESS
        locked.save()
        record("more-than-an-attempt", by=by, case=locked.case, reason=reason.strip())
        raise_fallen_away(locked, by=by)
        raise_clocks(locked, by=by)
        settle_vendor_report(locked, by=by)
    return locked


def verify_report(breach: Breach, *, how: str, by: User, vendor: Vendor | None = None) -> VendorReport:
    """Say that an unverified report is genuine: who sent it, and how that was checked.

    The clocks have run since the first moment the district had it and go on. The vendor's own clocks are
    added, by its contracts too. Effects: the report's verification, the breach's contracts, the duty to check
    settled, Entry. Raises ValidationError, Conflict.
    """
    require_open(breach, by)
    if not how.strip():
        raise ValidationError({"how": _("Say how you checked: whom you called, and at which number.")})
    if vendor is not None and not vendor.districts.filter(pk=breach.district_id).exists():
        raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    with transaction.atomic():
        report = VendorReport.objects.select_for_update().get(pk=breach.report_id)
        if not report.is_unverified or report.verified_at is not None:
            raise Conflict(_("This report was already checked."))
        report.verified_at, report.verified_by = engine_now(), by
        report.vendor = vendor or report.vendor
        report.save()
        record("report-verified", by=by, case=breach.case, reason=how.strip(), report=report.number)
        breach = lock_open(breach)
        if vendor is not None and {each.vendor for each in breach.merged.all()} - {None, vendor}:
            # as with two files (merging.py): the first vendor's clocks would be taken for the second's
            raise ValidationError({"vendor": _("This file is about another vendor. Keep one for each.")})
        breach.contracts.add(*contracts_of(breach))
        raise_clocks(breach, by=by)
        settle_where(case=breach.case, rule=UNVERIFIED, at=report.verified_at, by=by)
        if vendor is not None:
            settle_vendor_report(breach, by=by, at=breach.received_at)
    return report


def ask_later_receipt(
    breach: Breach, *, to: datetime, because: str, proof: File[bytes], by: User
) -> ReceiptChange:
    """Ask to say that the district had the report later than recorded: proof now, a second person next.

    Effects: ReceiptChange, Document, Entry; no clock moves yet. Raises ValidationError by field, Conflict
    while one waits already.
    """
    require_open(breach, by)
    wrong = {}
    if to.tzinfo is None:
        wrong["to"] = _("Give the time with its UTC offset, for example -05:00 or Z.")
    elif to > engine_now():
        wrong["to"] = _("This time is in the future.")
    elif to <= breach.received_at:
        wrong["to"] = _("This is not later. An earlier time needs no second person.")
    if not because.strip():
        wrong["because"] = _("Say why. It stays on record.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        lock_open(breach)
        if waiting_receipt(breach) is not None:
            raise Conflict(_("Somebody has already asked for this decision."))
        paper = receive_document(case=breach.case, kind="evidence", upload=proof, by=by)
        change = ReceiptChange.objects.create(
            district=breach.district,
            breach=breach,
            to=to,
            because=because.strip(),
            proof=paper,
            asked_at=engine_now(),
            asked_by=by,
        )
        record("later-receipt-asked", by=by, case=breach.case, reason=because.strip(), to=to.isoformat())
    return change


def agree_later_receipt(change: ReceiptChange, *, by: User) -> Breach:
    """Agree, as the second person, that the district had the report later.

    Effects: `received_at`, a new generation of each clock that starts from it (the old one stays), Entry.
    Raises ValidationError for the person who asked, Conflict when it was already decided or the breach has
    ended.
    """
    require_desk(by, change.district)
    with transaction.atomic():
        locked = lock_open(change.breach)
        asked = _waiting_change(change)
        if by == asked.asked_by:
            raise ValidationError(_("A second person must agree: you asked for this yourself."))
        asked.agreed_at, asked.agreed_by = engine_now(), by
        asked.save()
        locked.received_at = asked.to
        locked.save()
        record(
            "receipt-moved-later",
            by=by,
            case=locked.case,
            reason=asked.because,
            received_at=asked.to.isoformat(),
            proof=asked.proof.sha256 if asked.proof else "",
        )
        recount_receipt(locked, by=asked.asked_by, reason=asked.because, proof=asked.proof, approved_by=by)
    return locked


def refuse_later_receipt(change: ReceiptChange, *, by: User) -> ReceiptChange:
    """Do not agree, or take it back: the receipt and its clocks stay as they are. Effects: the row, Entry."""
    require_desk(by, change.district)
    with transaction.atomic():
        breach = Breach.objects.select_for_update().get(pk=change.breach_id)
        asked = _waiting_change(change)
        asked.refused_at = engine_now()
        asked.save()
        record("later-receipt-refused", by=by, case=breach.case, to=asked.to.isoformat())
    return asked


def waiting_receipt(breach: Breach) -> ReceiptChange | None:
    """The later receipt that waits for a second person."""
    return breach.receipt_changes.filter(agreed_at=None, refused_at=None).first()


def _waiting_change(change: ReceiptChange) -> ReceiptChange:
    """Locked; the caller holds the breach's lock. Raises Conflict when it was already decided."""
    locked = ReceiptChange.objects.select_for_update().get(pk=change.pk)
    if locked.agreed_at is not None or locked.refused_at is not None:
        raise Conflict(_("This was already decided."))
    return locked


def _carry_out(
    breach: Breach, asked: Determination, *, by: User, second: User | None, alone_because: str
) -> Determination:
    if asked.agreed_at or asked.refused_at:
        raise Conflict(_("This was already decided."))
    reason = f"{asked.get_sort_display()}. {asked.determined_by}: {asked.because}"
    if alone_because:
        reason = f"{reason} ({alone_because})"
    falling = _falling_away(breach, asked)
    if alone_because:
        falling = _that_one_may_cancel(breach, falling, by=by)
    for duty in falling:
        cancel(duty, reason=reason, by=asked.asked_by, approved_by=second, evidence=_evidence(asked))
    if asked.sort == DeterminationSort.NOT_GENUINE:
        settle_where(case=breach.case, rule=UNVERIFIED, at=engine_now(), by=by)
    asked.alone_because = asked.alone_because or alone_because
    if _falling_away(breach, asked):
        asked.save()
        record("decided-alone-in-part", by=by, case=breach.case, reason=reason)
        return asked  # the rest is not near its limit and waits for a second person
    asked.agreed_at, asked.agreed_by = engine_now(), second or by
    asked.save()
    if asked.sort == DeterminationSort.ATTEMPT_ONLY:
        breach.sort = BreachSort.ATTEMPT
        breach.save()
        record("breach-was-an-attempt", by=by, case=breach.case, reason=reason)
        return asked
    transition(
        breach,
        to=BreachStatus.NO_BREACH,
        graph=lifecycle.BREACH,
        act="no-breach-determined",
        case=breach.case,
        by=by,
        reason=reason,
        alone=bool(alone_because),
        evidence=asked.evidence.sha256 if asked.evidence else "",
    )
    return asked


def _falling_away(breach: Breach, asked: Determination) -> list[Obligation]:
    found = breach.case.obligations.filter(status=ObligationStatus.OPEN).exclude(rule=UNVERIFIED)
    if asked.sort != DeterminationSort.NOT_GENUINE:
        found = found.filter(kind__in=TELLING)
    return list(found.order_by("pk"))


def _that_one_may_cancel(breach: Breach, duties: list[Obligation], *, by: User) -> list[Obligation]:
    """The duties so near their limit that nobody can be waited for. Raises ValidationError when none is."""
    is_alone = not others(breach.district, by, case=breach.case)
    found = [duty for duty in duties if is_alone or was_always_near(duty)]
    if duties and not found:
        raise ValidationError({"alone_because": _("There is time: a second person must agree.")})
    return found


def _evidence(asked: Determination) -> Document | None:
    return asked.evidence


def settle_duty(
    duty: Obligation,
    *,
    at: datetime,
    words: str,
    by: User,
    proof: File[bytes] | None = None,
) -> Obligation:
    """Record that a duty of this breach was done outside the portal: when, how, with the proof.

    For duties that a person records (telling the superintendent, a decision, a letter by hand). Telling the
    families and posting are done by sending and posting, never by saying so. A time that would undo a miss
    waits for a second person, and so does the word that the vendor told the families. Effects: the duty
    settled as of `at` or claimed, Document, Entry. Raises ValidationError by field, Conflict.
    """
    require_desk(by, duty.district)
    if duty.kind == "posting" or duty in notice_duties([duty.case]):
        raise ValidationError(_("This duty is done by sending and posting the notice, not by saying so."))
    if not words.strip():
        raise ValidationError({"words": _("Say what was done. It stays on record.")})
    if at.tzinfo is None:
        raise ValidationError({"at": _("Give the time with its UTC offset, for example -05:00 or Z.")})
    check_after_event(duty, at)
    if duty.status != ObligationStatus.OPEN:
        raise Conflict(_("This duty is no longer open."))
    with transaction.atomic():
        paper = receive_document(case=duty.case, kind="evidence", upload=proof, by=by) if proof else None
        always = duty.kind == "vendor_families_notice"
        claim_done(duty, at=at, by=by, proof=paper, reason=words.strip(), always=always)
    duty.refresh_from_db()
    return duty
