"""What is done about a breach beside telling: log, access, questions to the vendor, state offices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from breaches.affected import require_open
from breaches.clocks import settle_vendor_report
from breaches.models import (
    AccessOrder,
    AskedFor,
    AskedVendor,
    Breach,
    ExternalReport,
    Investigation,
    NoticeConsidered,
    Sanction,
    SanctionKind,
    StepKind,
    Term,
    Whom,
)
from breaches.roles import require_desk
from contracts.access import lift_suspension, suspend_access
from contracts.exit import end_contract
from contracts.models import Contract, ContractStatus
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record
from ledger.models import Document
from mail import outbox
from notices.duties import rules_of
from parties.access import require_role
from parties.models import Role, User, VendorMember
from policy.models import Obligation, ObligationStatus
from policy.obligations import raise_for, settle, settle_where

INVESTIGATION = "investigate"
END_RELATIONSHIP = "end-relationship"


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


def ask_vendor(breach: Breach, *, about: str, by: User, words: str = "") -> AskedVendor:
    """Ask the vendor for its intrusion analysis, access log, papers or stronger encryption (NE-I-C, D, G, H).

    Effects: AskedVendor, the vendor's duty where a pack gives it a clock, a message to the vendor's people,
    Entry. Raises ValidationError, Conflict when it was asked already. In a drill nothing is sent to vendors.
    """
    require_open_or_no_breach(breach, by)
    if about not in AskedFor.values:
        raise ValidationError({"about": _("Choose one of the answers.")})
    vendor = breach.vendor
    if vendor is None:
        raise ValidationError({"about": _("No vendor is part of this breach.")})
    with transaction.atomic():
        Breach.objects.select_for_update().get(pk=breach.pk)
        if breach.asked.filter(about=about, received_at=None).exists():
            raise Conflict(_("The vendor was already asked for this."))
        now = engine_now()
        asked = AskedVendor.objects.create(
            district=breach.district,
            breach=breach,
            about=about,
            words=words.strip(),
            asked_at=now,
            asked_by=by,
        )
        record("vendor-asked", by=by, case=breach.case, about=about, asked=asked.pk)
        if breach.is_drill:
            return asked
        raise_for(
            "vendor_asked",
            case=breach.case,
            at=now,
            ref=f"asked:{asked.pk}",
            about=about,
            vendor=vendor,
            by=by,
        )
        _write_to_vendor(breach, asked, by=by)
    return asked


def record_answer(asked: AskedVendor, *, upload: File[bytes], received_at: datetime, by: User) -> AskedVendor:
    """The vendor sent what it was asked for. Effects: Document, the duty settled as of then, Entry."""
    require_desk(by, asked.district)
    _check_past("received_at", received_at)
    with transaction.atomic():
        locked = AskedVendor.objects.select_for_update().get(pk=asked.pk)
        if locked.received_at is not None:
            raise Conflict(_("This was already received."))
        paper = receive_document(case=locked.breach.case, kind="evidence", upload=upload, by=by)
        locked.received_at, locked.document = received_at, paper
        locked.save()
        record("vendor-answered", by=by, case=locked.breach.case, asked=locked.pk, sha256=paper.sha256)
        settle_where(case=locked.breach.case, ref=f"asked:{locked.pk}", at=received_at, by=by, evidence=paper)
    return locked


def record_vendor_told_families(breach: Breach, *, told_at: datetime, proof: File[bytes], by: User) -> Breach:
    """The vendor proved that it told the families (B-1). Its letter never settles the district's own duty.

    Effects: the vendor's duty kept or missed as of `told_at`, Document, Entry. Raises ValidationError.
    """
    require_open_or_no_breach(breach, by)
    _check_past("told_at", told_at)
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        paper = receive_document(case=locked.case, kind="evidence", upload=proof, by=by)
        locked.vendor_told_families_at = told_at
        locked.save()
        record("vendor-told-families", by=by, case=locked.case, at=engine_now(), told_at=told_at.isoformat(),
               sha256=paper.sha256)  # fmt: skip
        settle_where(case=locked.case, kind="vendor_families_notice", at=told_at, by=by, evidence=paper)
    return locked


def record_vendor_word(breach: Breach, *, received_at: datetime, proof: File[bytes], by: User) -> Breach:
    """The vendor's own report came in after the district knew already: its duties end as of that moment."""
    require_open_or_no_breach(breach, by)
    _check_past("received_at", received_at)
    with transaction.atomic():
        paper = receive_document(case=breach.case, kind="evidence", upload=proof, by=by)
        record("vendor-word-received", by=by, case=breach.case, received_at=received_at.isoformat(),
               sha256=paper.sha256)  # fmt: skip
        settle_vendor_report(breach, by=by, at=received_at, evidence=paper)
    return breach


def draft_external(breach: Breach, *, rule: str, parts: Mapping[str, str], by: User) -> ExternalReport:
    """Write a report to a state office part by part; nothing is sent. Effects: the draft, Entry."""
    require_open_or_no_breach(breach, by)
    duty = _external_duty(breach, rule)
    known = required_parts(duty)
    with transaction.atomic():
        draft, _made = ExternalReport.objects.select_for_update().get_or_create(
            breach=breach, rule=rule, defaults={"district": breach.district}
        )
        if draft.sent_at is not None:
            raise Conflict(_("This report was already sent."))
        draft.parts = {name: str(parts.get(name, "")).strip()[:4000] for name in known}
        draft.save()
        record("external-report-drafted", by=by, case=breach.case, rule=rule)
    return draft


def record_external_sent(
    draft: ExternalReport, *, sent_at: datetime, reference: str, by: User, copy: File[bytes] | None = None
) -> ExternalReport:
    """A person sent the report to the office: when, its reference number, a copy (B-12, Missouri offices).

    Effects: the duty settled as of `sent_at`, Document, Entry. Raises ValidationError naming what is missing.
    """
    require_desk(by, draft.district)
    duty = _external_duty(draft.breach, draft.rule)
    _check_past("sent_at", sent_at)
    empty = [name for name in required_parts(duty) if not draft.parts.get(name)]
    if empty:
        raise ValidationError({name: _("Please fill this in.") for name in empty})
    if not reference.strip():
        raise ValidationError(
            {"reference": _("Write the office's reference number, or the name of who took it.")}
        )
    with transaction.atomic():
        locked = ExternalReport.objects.select_for_update().get(pk=draft.pk)
        if locked.sent_at is not None:
            raise Conflict(_("This report was already sent."))
        paper = _keep(locked.breach, copy, by=by)
        locked.sent_at, locked.sent_by, locked.document = sent_at, by, paper
        locked.reference = reference.strip()[:100]
        locked.save()
        record("external-report-sent", by=by, case=locked.breach.case, rule=locked.rule,
               reference=locked.reference, sent_at=sent_at.isoformat())  # fmt: skip
        settle(duty, at=sent_at, by=by, evidence=paper)
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


def required_parts(duty: Obligation) -> list[str]:
    """The parts that the packs want in this duty's report, in the packs' order."""
    return list(
        dict.fromkeys(
            part for rule in rules_of(duty) for part in rule.required_parts if part != "reference_number"
        )
    )


def require_open_or_no_breach(breach: Breach, by: User) -> None:
    """Raise unless the person works at the desk and the breach is not closed."""
    if breach.status == "no_breach":
        require_desk(by, breach.district)
    else:
        require_open(breach, by)


def _settle_investigation(breach: Breach, *, by: User) -> None:
    if breach.investigation.exists() and breach.considered.exists():
        settle_where(case=breach.case, kind=INVESTIGATION, at=engine_now(), by=by)


def _external_duty(breach: Breach, rule: str) -> Obligation:
    duty = breach.case.obligations.filter(
        rule=rule, kind="external_report", status=ObligationStatus.OPEN
    ).first()
    if duty is None:
        raise Conflict(_("This report is not owed, or it was already sent."))
    return duty


def _keep(breach: Breach, upload: File[bytes] | None, *, by: User) -> Document | None:
    return receive_document(case=breach.case, kind="evidence", upload=upload, by=by) if upload else None


def _check_past(name: str, at: datetime) -> None:
    if at.tzinfo is None:
        raise ValidationError({name: _("Give the time with its UTC offset, for example -05:00 or Z.")})
    if at > engine_now():
        raise ValidationError({name: _("This time is in the future.")})


def _write_to_vendor(breach: Breach, asked: AskedVendor, *, by: User) -> None:
    """To the vendor's people who sign in, and to its contact address; no affected person is named."""
    assert breach.vendor is not None
    members = VendorMember.objects.filter(vendor=breach.vendor, ended_at=None, user__is_active=True)
    told = [
        outbox.Recipient(
            ref=f"user:{m.user_id}", name=m.user.name, address=m.user.email, language=m.user.language
        )
        for m in members.select_related("user")
    ]
    if breach.vendor.contact_email:
        told.append(
            outbox.Recipient(
                ref=f"vendor:{breach.vendor.pk}", name=breach.vendor.name, address=breach.vendor.contact_email
            )
        )
    if not told:
        return
    context = {"asked": asked, "breach": breach, "district": breach.district, "url": settings.PORTAL_URL}
    outbox.send(
        kind="vendor-asked",
        district=breach.district,
        case=breach.case,
        texts=[
            outbox.Text(
                language="en",
                subject=_("%(district)s asks you about report %(number)s")
                % {"district": breach.district.name[:80], "number": breach.report.number},
                plain=render_to_string("breaches/mail/asked.txt", context),
            )
        ],
        recipients=told,
        by=by,
    )
