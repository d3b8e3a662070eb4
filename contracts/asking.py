"""The notice to amend leaves through the outbox: its terms, suggested words, and the time there is (L-3)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.checklist import requirement_of
from contracts.cure import foresee_time_to_amend, give_notice_to_amend
from contracts.letters import suggested_wording
from contracts.models import CurePeriod, CureStatus, VendorFile
from contracts.roles import require_editor
from ledger.clock import engine_now
from ledger.entries import Conflict
from mail import outbox
from mail.models import Delivery, DeliveryStatus
from mail.reconciling import resolve_uncertain
from parties.models import User, VendorMember


def send_notice_to_amend(cure: CurePeriod, *, by: User) -> CurePeriod:
    """E-mail the request to the vendor: to its people here, and to its address on the file.

    Handed over is not delivered: the vendor's time starts when it confirms in its portal, or when somebody
    records another proof. Effects: Message with its deliveries, and all of `give_notice_to_amend`.
    Raises ValidationError when no address of the vendor is known, Conflict, PermissionDenied.
    """
    contract = cure.contract
    require_editor(by, contract.district)
    told = recipients_of(contract.vendor_file)
    if not told:
        raise ValidationError(
            _("We have no e-mail address of this vendor. Send the letter another way, or invite its people.")
        )
    with transaction.atomic():
        locked = CurePeriod.objects.select_for_update(of=("self",)).get(pk=cure.pk)
        if locked.status != CureStatus.DRAFT:
            raise Conflict(_("This request was already sent."))
        message = outbox.send(
            kind="notice-to-amend",
            district=contract.district,
            case=contract.case,
            texts=[letter_of(cure)],
            recipients=told,
            by=by,
        )
        return give_notice_to_amend(cure, by=by, message=message)


def decide_delivery(cure: CurePeriod, *, delivery: int, arrived: bool, reason: str, by: User) -> None:
    """Nobody could know whether this e-mail left: a person decides that it did, or that it goes again.

    Effects: the delivery, Entry. Raises ValidationError without a reason, Conflict when it is known by now.
    """
    require_editor(by, cure.contract.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    mine = Delivery.objects.filter(message=cure.message_id, status=DeliveryStatus.UNCERTAIN)
    row = mine.filter(pk=delivery).first() if cure.message_id else None
    if row is None:
        raise Conflict(_("It is known by now what became of this e-mail."))
    resolve_uncertain(row, arrived=arrived, by=by, reason=reason.strip())


def recipients_of(file: VendorFile) -> list[outbox.Recipient]:
    """The vendor's own people, and the address on the district's file when that is nobody's of them."""
    members = VendorMember.objects.filter(vendor=file.vendor_id, ended_at=None, user__is_active=True)
    users = [member.user for member in members.select_related("user").order_by("pk")]
    told = [
        outbox.Recipient(ref=f"user:{user.pk}", name=user.name, address=user.email, language=user.language)
        for user in users
    ]
    if file.contact_email and file.contact_email.casefold() not in {user.email.casefold() for user in users}:
        told.append(
            outbox.Recipient(
                ref=f"vendor:{file.vendor_id}", name=file.vendor.name, address=file.contact_email
            )
        )
    return told


def letter_of(cure: CurePeriod) -> outbox.Text:
    """The e-mail: the person's own words, every term asked for, and the time with its citation."""
    contract = cure.contract
    terms = [
        (requirement_of(row), suggested_wording(row.pack, row.requirement)) for row in cure.findings.all()
    ]
    tz = contract.district.tz
    clocks = [
        {"last_day": (clock.due_at - timedelta(microseconds=1)).astimezone(tz).date(), "clock": clock}
        for clock in foresee_time_to_amend(cure)
        if clock.due_at
    ]
    page = reverse("vendor:contract", args=[contract.district.slug, contract.case.number])
    context = {
        "cure": cure,
        "contract": contract,
        "left_out": [
            {"requirement": asked, "wording": wording}
            for asked, wording in terms
            if asked.label not in cure.words
        ],
        "today": engine_now().astimezone(tz).date(),
        "clocks": clocks,
        "url": f"{settings.PORTAL_URL}{page}",
    }
    subject = _("%(district)s asks you to amend contract %(number)s") % {
        "district": contract.district.name[:100],
        "number": contract.case.number,
    }
    plain = render_to_string("contracts/mail/notice_to_amend.txt", context)
    return outbox.Text(language="en", subject=subject, plain=plain)
