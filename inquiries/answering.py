"""Requests: recorded when they reach the district, answered in the form and time that the policy names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from contracts.held import holds_data_of
from inquiries.lifecycle import INQUIRY
from inquiries.models import Inquiry, InquiryStatus, Sort
from ledger.clock import engine_now
from ledger.entries import open_case, record, transition
from parties.access import require_role
from parties.models import District, Membership, Role, User, Vendor
from policy.obligations import raise_for, settle_where

ENROLLED_DAYS = 60
"""Bus. & Prof. Code 22584: the operator deletes for a student not enrolled for at least 60 days (R-2)."""


ABOUT: Final = {
    Sort.PUBLIC_RECORDS: "public_records",
    Sort.DIRECTORY: "directory",
    Sort.ACCESS: "access",
    Sort.DELETION: "deletion",
    Sort.IMMIGRATION: "immigration",
    Sort.TEACHER: "use_of_a_product",
    Sort.FAMILY: "use_of_a_product",
    Sort.COURT_ORDER: "court_order",
}
"""What the packs call each sort of request: a rule says which it is about."""

RESTRICTED: Final = frozenset({Sort.IMMIGRATION, Sort.COURT_ORDER})
ANSWERS: Final = ("answer", "decide")


@transaction.atomic
def record_inquiry(
    *,
    district: District,
    sort: str,
    asks: str,
    received_at: datetime,
    by: User | None,
    asked_by: str = "",
    reply_to: str = "",
    vendor: Vendor | None = None,
    left_district_on: date | None = None,
) -> Inquiry:
    """Record a request as of the moment it reached anybody in the district. Raises ValidationError.

    Effects: a case (restricted for immigration enforcement and court orders: R-4 and R-5 ask that identities
    stay protected), the clocks of the adopted packs, one Entry. `by` is None when it came in by the public
    form.
    """
    if by is not None:
        require_role(by, district, Role.CUSTODIAN, Role.ADMINISTRATOR, Role.SUPERINTENDENT, Role.COUNSEL)
    now = engine_now()
    if received_at > now:
        raise ValidationError({"received_at": "This time has not come yet."})
    if left_district_on is not None and left_district_on > now.astimezone(district.tz).date():
        raise ValidationError({"left_district_on": "This day has not come yet."})
    if sort == Sort.DELETION and vendor is None:
        raise ValidationError({"vendor": "Choose the vendor that holds the data."})
    case = open_case(
        district=district, kind="inquiry", title=str(Sort(sort).label), restricted=sort in RESTRICTED
    )
    if case.restricted:
        trusted = Membership.objects.active().filter(
            district=district, role__in=[Role.SUPERINTENDENT, Role.COUNSEL]
        )
        case.allowed.set({member.user_id for member in trusted} | ({by.pk} if by else set()))
    inquiry = Inquiry.objects.create(
        case=case,
        district=district,
        sort=sort,
        asks=asks,
        received_at=received_at,
        asked_by=asked_by,
        reply_to=reply_to,
        vendor=vendor,
        left_district_on=left_district_on,
    )
    record("inquiry-received", by=by, case=case, sort=sort, received_at=received_at.isoformat())
    ref, about = f"inquiry:{case.pk}", ABOUT[Sort(sort)]
    raise_for("inquiry_received", case=case, at=received_at, ref=ref, about=about, by=by)
    return inquiry


@transaction.atomic
def decide_inquiry(
    inquiry: Inquiry, *, granted: bool, decision: str, by: User, for_school_purposes: bool | None = None
) -> Inquiry:
    """Answer or refuse a request, with the reason. Raises ValidationError.

    Directory information goes out only for school purposes (R-1: otherwise the Board shall not disclose).
    Deletion needs 60 days since the student left (R-2). Effects: status, Entry, its duties settled.
    """
    require_role(by, inquiry.district, Role.CUSTODIAN, Role.SUPERINTENDENT, Role.COUNSEL)
    if not decision.strip():
        raise ValidationError({"decision": "Write what you decided and why."})
    at = engine_now()
    if inquiry.sort == Sort.DIRECTORY:
        if for_school_purposes is None:
            raise ValidationError({"for_school_purposes": "Decide whether it is for school purposes."})
        if granted and not for_school_purposes:
            raise ValidationError(
                {"granted": "Outside school purposes the Board shall not disclose it (R-1)."}
            )
    if inquiry.sort == Sort.DELETION and granted:
        _require_sixty_days(inquiry, at)
        if inquiry.vendor is not None and holds_data_of(inquiry.vendor, inquiry.district):
            raise ValidationError(
                {"granted": "A litigation hold covers this vendor's contract: nothing may be deleted."}
            )
    decided = transition(
        inquiry,
        to=InquiryStatus.ANSWERED if granted else InquiryStatus.REFUSED,
        graph=INQUIRY,
        act="inquiry-answered" if granted else "inquiry-refused",
        case=inquiry.case,
        by=by,
        changes={
            "decision": decision.strip(),
            "for_school_purposes": for_school_purposes,
            "decided_at": at,
            "decided_by": by,
        },
    )
    for kind in ANSWERS:
        settle_where(case=inquiry.case, ref=f"inquiry:{inquiry.case_id}", kind=kind, at=at, by=by)
    return decided


def _require_sixty_days(inquiry: Inquiry, at: datetime) -> None:
    left = inquiry.left_district_on
    if left is None:
        raise ValidationError({"left_district_on": "Enter the day the student left the district."})
    if left > at.astimezone(inquiry.district.tz).date():
        raise ValidationError({"left_district_on": "This day has not come yet."})
    first = left + timedelta(days=ENROLLED_DAYS)
    if at.astimezone(inquiry.district.tz).date() < first:
        raise ValidationError(
            {"left_district_on": f"The student must have left for 60 days: from {first:%B %-d, %Y} on (R-2)."}
        )


@transaction.atomic
def report_to_board(inquiry: Inquiry, *, on: date, by: User) -> Inquiry:
    """Record that the superintendent told the Board of a request for immigration enforcement (R-4)."""
    require_role(by, inquiry.district, Role.SUPERINTENDENT)
    if on > engine_now().astimezone(inquiry.district.tz).date():
        raise ValidationError({"on": "This day has not come yet."})
    locked = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
    locked.reported_to_board_on = on
    locked.save()
    record("inquiry-reported-to-board", by=by, case=locked.case, on=on.isoformat())
    at = engine_now()
    settle_where(case=locked.case, ref=f"inquiry:{locked.case_id}", kind="internal_report", at=at, by=by)
    return locked
