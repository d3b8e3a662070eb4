"""What somebody failed to do, and what follows for them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.measures import log_step
from breaches.models import (
    Breach,
    Investigation,
    Sanction,
    SanctionKind,
    StepKind,
)
from contracts.exit import end_contract
from contracts.models import Contract, ContractStatus
from ledger.clock import engine_now
from ledger.entries import record
from parties.access import require_role
from parties.models import Role, User
from policy.obligations import raise_for, settle_where

END_RELATIONSHIP = "end-relationship"


def find_failure(breach: Breach, *, finding: str, by: User) -> Investigation:
    """Find that the vendor failed the law, the policy or its contract: now somebody must decide (L-15).

    Effects: a line of the log, the duty to decide where a pack gives it, Entry.
    """
    step = log_step(breach, kind=StepKind.FINDING, words=finding, by=by)
    raise_for(
        "vendor_failed", case=breach.case, at=step.at, ref=f"finding:{step.pk}", vendor=breach.vendor, by=by
    )
    return step


def record_sanction(
    breach: Breach,
    *,
    kind: str,
    finding: str,
    decision: str,
    by: User,
    contract: Contract | None = None,
    disposal: str = "return",
) -> Sanction:
    """Decide what follows for whoever failed; ending the business with a vendor starts the exit (L-15).

    Only the superintendent or counsel decides. Effects: Sanction, the duty to decide settled, the contract
    ended with its duties, Entries. Raises ValidationError, PermissionDenied.
    """
    require_role(by, breach.district, Role.SUPERINTENDENT, Role.COUNSEL, Role.ADMINISTRATOR)
    wrong = {
        name: _("Please fill this in.")
        for name, value in (("finding", finding), ("decision", decision))
        if not value.strip()
    }
    if kind not in SanctionKind.values:
        wrong["kind"] = _("Choose one of the answers.")
    if kind == SanctionKind.ENDED and (contract is None or contract.district_id != breach.district_id):
        wrong["contract"] = _("Choose the contract that ends.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        now = engine_now()
        row = Sanction.objects.create(
            district=breach.district,
            breach=breach,
            kind=kind,
            contract=contract,
            finding=finding.strip(),
            decision=decision.strip(),
            at=now,
            by=by,
        )
        record("sanction-decided", by=by, case=breach.case, kind=kind, sanction=row.pk)
        settle_where(case=breach.case, rule=END_RELATIONSHIP, at=now, by=by)
        if kind == SanctionKind.ENDED and contract is not None and contract.status == ContractStatus.EXECUTED:
            today = now.astimezone(breach.district.tz).date()
            end_contract(contract, ended_on=today, disposal=disposal, reason=decision, by=by)
    return row
