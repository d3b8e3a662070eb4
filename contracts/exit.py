"""The end: what the vendor must give back, destroy and certify (L-15 to L-18), in that order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts import held, lifecycle
from contracts.models import Contract, ContractStatus
from contracts.roles import require_editor
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record, transition
from ledger.models import Document
from parties.models import User
from policy.claims import claim_done, is_claimed
from policy.models import Obligation, ObligationStatus
from policy.obligations import cancel, raise_for, settle_where


class Disposal(models.TextChoices):
    """What the district wants done with its data (NE-III-A: at the District's option)."""

    RETURN = "return", gettext_lazy("Give it back, then destroy every copy")
    TRANSFER = "transfer", gettext_lazy("Hand it to another vendor, then destroy every copy")
    DESTROY = "destroy", gettext_lazy("Destroy every copy")


def end_contract(contract: Contract, *, ended_on: date, disposal: str, reason: str, by: User) -> Contract:
    """The contract ended on this local day; the vendor must now give back and destroy what it holds.

    Effects: status with Entry, duties of trigger `terminated` (L-16, L-17, L-18).
    Raises ValidationError for an impossible day or no reason, Conflict, PermissionDenied.
    """
    require_editor(by, contract.district)
    today = engine_now().astimezone(contract.district.tz).date()
    wrong = {}
    if ended_on > today:
        wrong["ended_on"] = _("This day is in the future.")
    elif contract.executed_on is None or ended_on < contract.executed_on:
        wrong["ended_on"] = _("The contract cannot end before it was executed.")
    if disposal not in Disposal.values:
        wrong["disposal"] = _("Choose what happens to the data.")
    if not reason.strip():
        wrong["reason"] = _("Say why it ended. It stays on record.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        ended = transition(
            contract,
            to=ContractStatus.ENDED,
            graph=lifecycle.CONTRACT,
            act="contract-ended",
            case=contract.case,
            by=by,
            reason=reason.strip(),
            changes={"ended_on": ended_on},
            ended_on=ended_on.isoformat(),
            disposal=disposal,
        )
        start_exit(ended, at=exit_instant(ended), ref=f"ended:{ended_on.isoformat()}", by=by)
        settle_where(case=contract.case, at=engine_now(), by=by, kind="renew")
    return ended


def exit_instant(contract: Contract) -> datetime:
    """The first instant of the local day on which the contract ended: its exit counts from there."""
    assert contract.ended_on is not None
    return datetime.combine(contract.ended_on, time(0), contract.district.tz)


def start_exit(contract: Contract, *, at: datetime, ref: str, by: User | None) -> list[Obligation]:
    """Raise the duties of the end; none for a contract the policy does not reach or that is history.

    What began with the end of its term, before a person recorded the end, goes on and is not owed twice.
    """
    if not contract.in_scope or contract.was_before_go_live(contract.ended_on):
        return []
    begun = [duty for duty in held.owed_at_the_end(contract) if duty.trigger == "terminated"]
    rules = {duty.rule for duty in begun}
    new = raise_for(
        "terminated",
        case=contract.case,
        at=at,
        ref=ref,
        by=by,
        vendor=contract.vendor,
        concerns=lambda rule: rule.key not in rules and held.may_arise(contract, rule),
    )
    return [*begun, *new]


def withdraw_begun_exit(
    contract: Contract, *, reason: str, by: User | None, evidence: Document | None = None
) -> None:
    """The term goes on after all: what the vendor owed for its end falls away, with this reason.

    The end that comes one day is another event: what was raised for this one, settled or not, no longer
    stands for it (NE-III-A, L-16 to L-18). Effects: open duties of trigger `terminated` cancelled, one Entry
    each. Nothing for a contract whose end a person recorded.
    """
    if contract.status != ContractStatus.EXECUTED:
        return
    raised = contract.case.obligations.filter(trigger="terminated")
    for duty in raised.exclude(trigger_ref__startswith="withdrawn:").order_by("pk"):
        if duty.status == ObligationStatus.OPEN:
            cancel(duty, reason=reason, by=by, evidence=evidence)
        duty.trigger_ref = f"withdrawn:{duty.pk}"
        duty.save(update_fields=["trigger_ref"])


def record_return(contract: Contract, *, returned_on: date, proof: File[bytes], by: User) -> Document:
    """The data came back (or went where the district said). Only now the destruction clock runs (L-17).

    Effects: Document (evidence), the return duty settled, duties of trigger `records_returned`, Entry.
    """
    _require_exit(contract, by, returned_on)
    at = datetime.combine(returned_on, time(0), contract.district.tz)
    with transaction.atomic():
        Contract.objects.select_for_update().get(pk=contract.pk)
        paper = receive_document(case=contract.case, kind="evidence", upload=proof, by=by)
        record("data-returned", by=by, case=contract.case, on=returned_on.isoformat(), sha256=paper.sha256)
        for duty in exit_duties(contract):
            if duty.kind != "certificate" and not is_claimed(duty):
                claim_done(duty, at=at, by=by, proof=paper)
        ref = f"document:{paper.pk}"
        raise_for(
            "records_returned",
            case=contract.case,
            at=at,
            ref=ref,
            by=by,
            vendor=contract.vendor,
            concerns=partial(held.may_arise, contract),
        )
    return paper


def record_certificate(
    contract: Contract, *, signed_on: date, signer: str, method: str, upload: File[bytes], by: User
) -> Document:
    """The vendor states that every known copy is destroyed: the certificate with its signer and method.

    Effects: Document (certificate), the certificate duties settled, Entry. The signer stands on the paper;
    the Entry keeps only its hash. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_editor(by, contract.district)
    wrong = {
        name: _("This is needed: it makes the certificate worth something.")
        for name, value in (("signer", signer), ("method", method))
        if not value.strip()
    }
    if wrong:
        raise ValidationError(wrong)
    _require_exit(contract, by, signed_on)
    held.refuse_destruction(contract)
    at = datetime.combine(signed_on, time(0), contract.district.tz)
    with transaction.atomic():
        Contract.objects.select_for_update().get(pk=contract.pk)
        paper = receive_document(case=contract.case, kind="certificate", upload=upload, by=by)
        paper.remarks = [
            *paper.remarks,
            _("Signed by %(signer)s. Method: %(method)s.")
            % {"signer": signer.strip(), "method": method.strip()},
        ]
        paper.save()
        record(
            "certificate-received", by=by, case=contract.case, on=signed_on.isoformat(), sha256=paper.sha256
        )
        for duty in exit_duties(contract):
            if duty.kind == "certificate" and not is_claimed(duty):
                claim_done(duty, at=at, by=by, proof=paper)
    return paper


def exit_duties(contract: Contract) -> Sequence[Obligation]:
    """What is still owed after the end."""
    triggers = ("terminated", "records_returned")
    return list(
        contract.case.obligations.filter(trigger__in=triggers, status=ObligationStatus.OPEN).order_by("pk")
    )


def _require_exit(contract: Contract, by: User, day: date) -> None:
    require_editor(by, contract.district)
    if contract.status not in (ContractStatus.ENDED, ContractStatus.VOID):
        raise Conflict(_("The contract has not ended."))
    if day > engine_now().astimezone(contract.district.tz).date():
        raise ValidationError({"on": _("This day is in the future.")})
    if contract.ended_on is not None and day < contract.ended_on:
        raise ValidationError({"on": _("This day lies before the end of the contract.")})
