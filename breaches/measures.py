"""What is done about a breach beside telling: the investigation's log, whom else to tell, access."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.affected import require_open
from breaches.models import (
    AccessOrder,
    Breach,
    Investigation,
    NoticeConsidered,
    StepKind,
    Term,
    Whom,
)
from breaches.roles import require_desk
from contracts.access import lift_suspension, suspend_access
from contracts.models import Contract
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record
from ledger.models import Document
from parties.models import User
from policy.obligations import settle_where

INVESTIGATION = "investigate"


def log_step(
    breach: Breach,
    *,
    kind: str,
    words: str,
    by: User,
    reference: str = "",
    upload: File[bytes] | None = None,
) -> Investigation:
    """Write one line of the investigation's log (B-8), a referral to the police included (B-10).

    Effects: Investigation, Document, Entry without the words; with the first line and the first notice
    considered, the duty to investigate is settled. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_open_or_no_breach(breach, by)
    wrong = {}
    if kind not in StepKind.values:
        wrong["kind"] = _("Choose one of the answers.")
    if not words.strip():
        wrong["words"] = _("Write what was done or found.")
    elif len(words) > 8000:
        wrong["words"] = _("Use at most 8,000 letters.")
    if len(reference) > 100:
        wrong["reference"] = _("Use at most 100 letters.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        paper = receive_document(case=breach.case, kind="evidence", upload=upload, by=by) if upload else None
        step = Investigation.objects.create(
            district=breach.district,
            breach=breach,
            kind=kind,
            words=words.strip(),
            reference=reference.strip(),
            document=paper,
            at=engine_now(),
            by=by,
        )
        record("investigation-logged", by=by, case=breach.case, kind=kind, step=step.pk)
        _settle_investigation(breach, by=by)
    return step


def consider_notice(
    breach: Breach, *, whom: str, is_needed: bool | None, reason: str, by: User
) -> NoticeConsidered:
    """Say whether one more notice is needed, and why (B-8: all required notices). Effects: row, Entry."""
    require_open_or_no_breach(breach, by)
    wrong = {}
    if whom not in Whom.values:
        wrong["whom"] = _("Choose one of the answers.")
    if is_needed is None:
        wrong["is_needed"] = _("Say yes or no.")
    if not reason.strip():
        wrong["reason"] = _("Say why. It stays on record.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        row = NoticeConsidered.objects.create(
            district=breach.district,
            breach=breach,
            whom=whom,
            is_needed=bool(is_needed),
            reason=reason.strip(),
            at=engine_now(),
            by=by,
        )
        record(
            "notice-considered",
            by=by,
            case=breach.case,
            reason=reason.strip(),
            whom=whom,
            needed=row.is_needed,
        )
        _settle_investigation(breach, by=by)
    return row


def stop_access(
    breach: Breach,
    *,
    whose: str,
    extent: str,
    term: str,
    reason: str,
    by: User,
    contract: Contract | None = None,
) -> AccessOrder:
    """Order that access stops while this is looked into (B-9): for a vendor's contract, or for a role.

    Effects: AccessOrder, the contract's Suspension, Entries. Raises ValidationError, Conflict.
    """
    require_open_or_no_breach(breach, by)
    wrong = {
        name: _("Please fill this in.")
        for name, value in (("whose", whose), ("extent", extent), ("reason", reason))
        if not value.strip()
    }
    if term not in Term.values:
        wrong["term"] = _("Choose one of the answers.")
    if contract is not None and contract.district_id != breach.district_id:
        wrong["contract"] = _("Choose a contract of this district.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        stopped = suspend_access(contract, extent=extent, reason=reason, by=by) if contract else None
        order = AccessOrder.objects.create(
            district=breach.district,
            breach=breach,
            suspension=stopped,
            whose=whose.strip()[:200],
            extent=extent.strip()[:200],
            term=term,
            reason=reason.strip(),
            started_at=engine_now(),
            started_by=by,
        )
        record("access-stopped", by=by, case=breach.case, reason=reason.strip(), order=order.pk, term=term)
    return order


def give_back_access(order: AccessOrder, *, reason: str, by: User) -> AccessOrder:
    """End an order: the access is given back, because … Effects: the order, the Suspension, Entries."""
    require_desk(by, order.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = AccessOrder.objects.select_for_update().get(pk=order.pk)
        if locked.lifted_at is not None:
            raise Conflict(_("The access was already given back."))
        if locked.suspension is not None and locked.suspension.lifted_at is None:
            lift_suspension(locked.suspension, reason=reason, by=by)
        locked.lifted_at, locked.lifted_by, locked.lifted_reason = engine_now(), by, reason.strip()
        locked.save()
        record("access-given-back", by=by, case=locked.breach.case, reason=reason.strip(), order=locked.pk)
    return locked


def require_open_or_no_breach(breach: Breach, by: User) -> None:
    """Raise unless the person works at the desk and the breach is not closed."""
    if breach.status == "no_breach":
        require_desk(by, breach.district)
    else:
        require_open(breach, by)


def _settle_investigation(breach: Breach, *, by: User) -> None:
    if breach.investigation.exists() and breach.considered.exists():
        settle_where(case=breach.case, kind=INVESTIGATION, at=engine_now(), by=by)


def keep(breach: Breach, upload: File[bytes] | None, *, by: User) -> Document | None:
    return receive_document(case=breach.case, kind="evidence", upload=upload, by=by) if upload else None
