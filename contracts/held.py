"""A litigation hold on a contract: the vendor keeps everything, and is told so, until it is released.

MO and ST: a hold overrides every schedule. It stops destruction, certificates and deletions at the vendor.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from contracts.asking import recipients_of
from contracts.models import Contract, ContractStatus, Renewal
from ledger.entries import record
from ledger.models import Case, HeldCase
from mail import outbox
from mail.models import Message
from parties.models import District, User, Vendor
from policy.models import Obligation, ObligationStatus
from policy.obligations import cancel, raise_for
from policy.packs import Rule

DESTROYS = "certificate"
"""The kind of duty whose doing is that data is gone."""


def is_held(contract: Contract) -> bool:
    return HeldCase.objects.filter(case=contract.case_id).exists()


def holds_data_of(vendor: Vendor, district: District) -> bool:
    """Whether a hold covers a contract of this vendor in the district: nothing there may be deleted."""
    return HeldCase.objects.filter(
        case__contract__vendor_file__vendor=vendor, case__district=district
    ).exists()


def refuse_destruction(contract: Contract) -> None:
    """Raise ValidationError while a hold covers the contract."""
    if is_held(contract):
        raise ValidationError(
            _("A litigation hold covers this contract. Nothing may be destroyed until it is released.")
        )


def may_arise(contract: Contract, rule: Rule) -> bool:
    """Whether a duty of the end may arise now: none that destroys, while a hold is in force."""
    return rule.kind != DESTROYS or not is_held(contract)


def owed_at_the_end(contract: Contract) -> list[Obligation]:
    """What the vendor owes or did for this end; not what fell away, nor for an end that was taken back."""
    raised = contract.case.obligations.filter(trigger__in=("terminated", "records_returned"))
    raised = raised.exclude(trigger_ref__startswith="withdrawn:")
    return list(raised.exclude(status=ObligationStatus.CANCELLED).order_by("pk"))


def is_over(contract: Contract, at: datetime) -> bool:
    """Whether a person recorded the end, or the last day of a term that does not renew lies behind."""
    if contract.status in (ContractStatus.ENDED, ContractStatus.VOID):
        return True
    today = at.astimezone(contract.district.tz).date()
    runs_out = contract.status == ContractStatus.EXECUTED and contract.renewal == Renewal.NONE
    return runs_out and contract.ends_on is not None and contract.ends_on < today


def stop_destruction(case: Case, *, hold: str, by: User) -> Message | None:
    """A hold now covers this case: what its vendor owed to destroy falls away, and the vendor is told.

    A case that is no contract is left alone. Effects: open duties of certificates cancelled with the hold's
    number, the preservation letter to the vendor in the outbox, one Entry. None when no address is known.
    """
    contract = Contract.objects.filter(case=case).select_related("district", "vendor_file__vendor").first()
    if contract is None:
        return None
    with transaction.atomic():
        for duty in _open_certificates(contract):
            cancel(
                duty, reason=_("Litigation hold %(hold)s: nothing may be destroyed.") % {"hold": hold}, by=by
            )
        told = recipients_of(contract.vendor_file)
        record("vendor-told-to-preserve", by=by, case=contract.case, hold=hold, recipients=len(told))
        return _letter(contract, told, by=by) if told else None


def resume_destruction(case: Case, *, hold: str, at: datetime, by: User) -> list[Obligation]:
    """The last hold on this case is released: what the vendor owes after the end is owed again, from now on.

    Effects: the certificates' duties of a contract that is over raised with their whole time, but for those
    that the vendor has met: a certificate that came is not asked for again. A case that another hold covers,
    or that is no such contract, is left alone.
    """
    contract = Contract.objects.filter(case=case).select_related("vendor_file__vendor").first()
    if contract is None or not is_over(contract, at) or not contract.in_scope or is_held(contract):
        return []
    met = {(duty.trigger, duty.rule) for duty in owed_at_the_end(contract)}
    triggers = ["terminated"]
    if case.entries.filter(act="data-returned").exists():
        triggers.append("records_returned")
    return [
        duty
        for trigger in triggers
        for duty in raise_for(
            trigger,
            case=case,
            at=at,
            ref=f"released:{hold}",
            by=by,
            vendor=contract.vendor,
            concerns=partial(_is_unmet, {rule for raised_by, rule in met if raised_by == trigger}),
        )
    ]


def _is_unmet(met: set[str], rule: Rule) -> bool:
    return rule.kind == DESTROYS and rule.key not in met


def _open_certificates(contract: Contract) -> list[Obligation]:
    owed = contract.case.obligations.filter(kind=DESTROYS, status=ObligationStatus.OPEN)
    return list(owed.filter(trigger__in=("terminated", "records_returned")).order_by("pk"))


def _letter(contract: Contract, told: list[outbox.Recipient], *, by: User) -> Message:
    subject = _("%(district)s: please keep everything under contract %(number)s") % {
        "district": contract.district.name[:100],
        "number": contract.case.number,
    }
    plain = render_to_string("contracts/mail/preserve.txt", {"contract": contract})
    return outbox.send(
        kind="preservation",
        district=contract.district,
        case=contract.case,
        texts=[outbox.Text(language="en", subject=subject, plain=plain)],
        recipients=told,
        by=by,
    )
