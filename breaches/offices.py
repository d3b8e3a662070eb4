"""Reports to state offices: drafted part by part, sent by a person, recorded with their number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.measures import keep, require_open_or_no_breach
from breaches.models import (
    Breach,
    ExternalReport,
)
from breaches.roles import require_desk
from ledger.clock import check_past
from ledger.entries import Conflict, record
from notices.duties import rules_of
from parties.models import User
from policy.claims import claim_done, is_claimed
from policy.models import Obligation, ObligationStatus


def draft_external(breach: Breach, *, rule: str, parts: Mapping[str, str], by: User) -> ExternalReport:
    """Write a report to a state office part by part; nothing is sent. Effects: the draft, Entry."""
    require_open_or_no_breach(breach, by)
    duty = _external_duty(breach, rule)
    known = required_parts(duty)
    with transaction.atomic():
        draft, _made = ExternalReport.objects.select_for_update().get_or_create(
            breach=breach, rule=rule, defaults={"district": breach.district}
        )
        if draft.sent_at is not None and is_claimed(duty):
            raise Conflict(_("This report was already sent."))
        draft.parts = {name: str(parts.get(name, "")).strip()[:4000] for name in known}
        draft.save()
        record("external-report-drafted", by=by, case=breach.case, rule=rule)
    return draft


def record_external_sent(
    draft: ExternalReport, *, sent_at: datetime, reference: str, by: User, copy: File[bytes] | None = None
) -> ExternalReport:
    """A person sent the report to the office: when, its reference number, a copy (B-12, Missouri offices).

    Effects: the duty settled as of `sent_at`, or claimed where that time would undo a miss (a second person
    then confirms it), Document, Entry. Raises ValidationError naming what is missing, Conflict.
    """
    require_desk(by, draft.district)
    duty = _external_duty(draft.breach, draft.rule)
    check_past("sent_at", sent_at)
    empty = [name for name in required_parts(duty) if not draft.parts.get(name)]
    if empty:
        raise ValidationError({name: _("Please fill this in.") for name in empty})
    if not reference.strip():
        raise ValidationError(
            {"reference": _("Write the office's reference number, or the name of who took it.")}
        )
    with transaction.atomic():
        locked = ExternalReport.objects.select_for_update().get(pk=draft.pk)
        if locked.sent_at is not None and is_claimed(duty):
            raise Conflict(_("This report was already sent."))
        paper = keep(locked.breach, copy, by=by)
        locked.sent_at, locked.sent_by, locked.document = sent_at, by, paper
        locked.reference = reference.strip()[:100]
        locked.save()
        record("external-report-sent", by=by, case=locked.breach.case, rule=locked.rule,
               reference=locked.reference, sent_at=sent_at.isoformat())  # fmt: skip
        words = _("Reference: %(reference)s") % {"reference": locked.reference}
        claim_done(duty, at=sent_at, by=by, proof=paper, reason=words)
    return locked


def external_draft_of(breach: Breach, rule: str) -> dict[str, str]:
    """What the desk already knows, as a first wording of each part of a report to a state office."""
    tz = breach.district.tz
    known = {
        "began": breach.report.claimed_began_at.astimezone(tz).strftime("%B %-d, %Y")
        if breach.report.claimed_began_at
        else "",
        "detected": f"{breach.discovered_at.astimezone(tz):%B %-d, %Y, %H:%M}",
        "cause": breach.what_happened,
        "affected": str(breach.people.count() or breach.people_estimate or ""),
        "status": str(breach.get_status_display()),
        "report": breach.what_happened,
    }
    return {
        part: known.get(part, "")
        for part in required_parts(_external_duty(breach, rule))
        if part != "reference_number"
    }


def required_parts(duty: Obligation) -> list[str]:
    """The parts that the packs want in this duty's report, in the packs' order."""
    return list(
        dict.fromkeys(
            part for rule in rules_of(duty) for part in rule.required_parts if part != "reference_number"
        )
    )


def _external_duty(breach: Breach, rule: str) -> Obligation:
    duty = breach.case.obligations.filter(
        rule=rule, kind="external_report", status=ObligationStatus.OPEN
    ).first()
    if duty is None:
        raise Conflict(_("This report is not owed, or it was already sent."))
    return duty
