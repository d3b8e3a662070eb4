"""The vendor's access to data: cleared only after what the packs ask, and stopped when it must be."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.checklist import forbidden_elements, packs_of, points_before_data
from contracts.models import Answer, Attestation, Contract, ContractStatus, Suspension
from contracts.roles import require_editor
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record
from parties.models import User


def state_point(
    contract: Contract,
    *,
    pack: str,
    point: str,
    answer: str,
    stated_on: date,
    by: User,
    remark: str = "",
    evidence: File[bytes] | None = None,
) -> Attestation:
    """Record what the vendor or the district stated about one point of an adopted pack (L-9, L-12, NE-I-E).

    A later statement replaces the earlier; the Entries keep both. Effects: Attestation, Document, Entry.
    """
    require_editor(by, contract.district)
    known = {(each.ref, asked.id) for each in packs_of(contract.district) for asked in each.attestations}
    if (pack, point) not in known:
        raise ValidationError({"point": _("None of your packs asks for this.")})
    if answer not in Answer.values:
        raise ValidationError({"answer": _("Choose one of the answers.")})
    if answer == Answer.NOT_APPLICABLE and not remark.strip():
        raise ValidationError({"remark": _("Say why it does not apply. It stays on record.")})
    if stated_on > engine_now().astimezone(contract.district.tz).date():
        raise ValidationError({"stated_on": _("This day is in the future.")})
    with transaction.atomic():
        paper = None
        if evidence is not None:
            paper = receive_document(case=contract.case, kind="evidence", upload=evidence, by=by)
        stated, _made = Attestation.objects.update_or_create(
            contract=contract,
            pack=pack,
            point=point,
            defaults={
                "district": contract.district,
                "answer": answer,
                "remark": remark.strip()[:300],
                "evidence": paper,
                "stated_on": stated_on,
                "recorded_by": by,
                "recorded_at": engine_now(),
            },
        )
        record(
            "point-stated",
            by=by,
            case=contract.case,
            pack=pack,
            point=point,
            answer=answer,
            on=stated_on.isoformat(),
            sha256=paper.sha256 if paper else "",
        )
    return stated


def missing_before_data(contract: Contract) -> list[str]:
    """What still stands between the vendor and the data, in the packs' own words."""
    stated = {(row.pack, row.point) for row in contract.attestations.all() if row.answer != Answer.NO}
    return [point.title for pack, point in points_before_data(contract) if (pack.ref, point.id) not in stated]


def clear_for_data(contract: Contract, *, by: User) -> Contract:
    """The vendor may have the data from today: everything the adopted packs ask before is stated.

    Effects: `cleared_for_data_on`, Entry. Raises ValidationError naming what is missing, Conflict.
    """
    require_editor(by, contract.district)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        if locked.cleared_for_data_on is not None:
            raise Conflict(_("The vendor is already cleared for data."))
        if locked.status != ContractStatus.EXECUTED:
            raise ValidationError(_("A contract that both sides signed comes first (L-1)."))
        if missing := missing_before_data(locked):
            raise ValidationError(_("Still missing: %(points)s") % {"points": "; ".join(missing)})
        if forbidden := forbidden_elements(locked):
            named = "; ".join(f"{element.label} ({point.citation})" for element, point in forbidden)
            raise ValidationError(_("Your policies forbid this data: %(named)s") % {"named": named})
        if locked.suspensions.filter(lifted_at=None).exists():
            raise ValidationError(_("The vendor's access is stopped. Lift that first."))
        locked.cleared_for_data_on = engine_now().astimezone(locked.district.tz).date()
        locked.save()
        record("cleared-for-data", by=by, case=locked.case, on=locked.cleared_for_data_on.isoformat())
    contract.cleared_for_data_on = locked.cleared_for_data_on
    return locked


def suspend_access(contract: Contract, *, extent: str, reason: str, by: User) -> Suspension:
    """Stop the vendor's access for a while (B-9). Effects: Suspension, Entry. Raises Conflict."""
    require_editor(by, contract.district)
    wrong = {
        name: _("Please fill this in.")
        for name, value in (("extent", extent), ("reason", reason))
        if not value.strip()
    }
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        if locked.suspensions.filter(lifted_at=None).exists():
            raise Conflict(_("The vendor's access is already stopped."))
        stopped = Suspension.objects.create(
            district=locked.district,
            contract=locked,
            extent=extent.strip()[:200],
            reason=reason.strip(),
            started_at=engine_now(),
            started_by=by,
        )
        record("access-suspended", by=by, case=locked.case, reason=reason.strip(), suspension=stopped.pk)
    return stopped


def lift_suspension(suspension: Suspension, *, reason: str, by: User) -> Suspension:
    """Give the access back, because … Effects: its end, Entry. Raises Conflict."""
    contract = suspension.contract
    require_editor(by, contract.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = Suspension.objects.select_for_update().get(pk=suspension.pk)
        if locked.lifted_at is not None:
            raise Conflict(_("The access was already given back."))
        locked.lifted_at = engine_now()
        locked.lifted_by = by
        locked.lifted_reason = reason.strip()
        locked.save()
        record("suspension-lifted", by=by, case=contract.case, reason=reason.strip(), suspension=locked.pk)
    return locked
