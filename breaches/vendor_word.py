"""What the vendor is asked for, what it sends, and the proof that it told the families."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from breaches.clocks import open_vendor_reports
from breaches.measures import require_open_or_no_breach
from breaches.models import (
    AskedFor,
    AskedVendor,
    Breach,
)
from breaches.roles import require_desk
from contracts.models import VendorFile
from ledger.clock import check_past, engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record
from mail import outbox
from parties.models import User, VendorMember
from policy.claims import claim_done, was_declined
from policy.obligations import raise_for


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
    """The vendor sent what it was asked for. Effects: Document, the duty settled as of then, Entry.

    A time that would undo a miss waits for a second person; when they decline it, it is recorded anew.
    """
    require_desk(by, asked.district)
    check_past("received_at", received_at)
    with transaction.atomic():
        locked = AskedVendor.objects.select_for_update().get(pk=asked.pk)
        owed = locked.breach.case.obligations.open().filter(trigger_ref=f"asked:{locked.pk}")
        if locked.received_at is not None and not was_declined(owed):
            raise Conflict(_("This was already received."))
        paper = receive_document(case=locked.breach.case, kind="evidence", upload=upload, by=by)
        locked.received_at, locked.document = received_at, paper
        locked.save()
        record("vendor-answered", by=by, case=locked.breach.case, asked=locked.pk, sha256=paper.sha256)
        for duty in owed.order_by("pk"):
            claim_done(duty, at=received_at, by=by, proof=paper)
    return locked


def record_vendor_told_families(breach: Breach, *, told_at: datetime, proof: File[bytes], by: User) -> Breach:
    """The vendor proved that it told the families (B-1). Its letter never settles the district's own duty.

    Effects: the vendor's duty claimed as done at `told_at`: it counts once a second person has confirmed the
    proof; Document, Entries. Raises ValidationError.
    """
    require_open_or_no_breach(breach, by)
    check_past("told_at", told_at)
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        paper = receive_document(case=locked.case, kind="evidence", upload=proof, by=by)
        locked.vendor_told_families_at = told_at
        locked.save()
        record("vendor-told-families", by=by, case=locked.case, at=engine_now(), told_at=told_at.isoformat(),
               sha256=paper.sha256)  # fmt: skip
        for duty in locked.case.obligations.open().filter(kind="vendor_families_notice").order_by("pk"):
            claim_done(duty, at=told_at, by=by, proof=paper, reason=_("The vendor's proof."), always=True)
    return locked


def record_vendor_word(breach: Breach, *, received_at: datetime, proof: File[bytes], by: User) -> Breach:
    """The vendor's own report came in after the district knew already: its duties end as of that moment.

    A time that would undo a miss waits for a second person. Effects: Document, duties settled or claimed,
    Entry.
    """
    require_open_or_no_breach(breach, by)
    check_past("received_at", received_at)
    with transaction.atomic():
        paper = receive_document(case=breach.case, kind="evidence", upload=proof, by=by)
        record("vendor-word-received", by=by, case=breach.case, received_at=received_at.isoformat(),
               sha256=paper.sha256)  # fmt: skip
        for duty in open_vendor_reports(breach):
            claim_done(duty, at=received_at, by=by, proof=paper)
    return breach


def _write_to_vendor(breach: Breach, asked: AskedVendor, *, by: User) -> None:
    """To the vendor's people who sign in, and to the address on the district's file. Names no person."""
    assert breach.vendor is not None
    members = VendorMember.objects.filter(vendor=breach.vendor, ended_at=None, user__is_active=True)
    told = [
        outbox.Recipient(
            ref=f"user:{m.user_id}", name=m.user.name, address=m.user.email, language=m.user.language
        )
        for m in members.select_related("user")
    ]
    file = VendorFile.objects.filter(district=breach.district, vendor=breach.vendor).first()
    if file is not None and file.contact_email:
        told.append(
            outbox.Recipient(
                ref=f"vendor:{breach.vendor.pk}", name=breach.vendor.name, address=file.contact_email
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
