"""What becomes known later: more words, an earlier receipt, one more person or contract."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from breaches.calls import wake
from breaches.clocks import (
    raise_clocks,
    recount_receipt,
    recount_vendor,
    settle_vendor_report,
)
from breaches.closing import open_again
from breaches.models import (
    FROM_THE_VENDOR,
    STAFF_CHANNELS,
    Amendment,
    Breach,
    BreachStatus,
    ReportChannel,
    VendorReport,
)
from breaches.roles import require_desk
from breaches.said import Said, check_aware, check_said
from contracts.models import Contract
from ledger.clock import EARLIEST, engine_now
from ledger.entries import Conflict, record
from notices.elements import SCHEDULE
from parties.access import acting_in, visible_districts
from parties.models import User, Vendor
from policy.succession import name_on_case

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def amend_report(
    report: VendorReport,
    *,
    words: str,
    by: User,
    elements: Collection[str] = (),
    people_claimed: int | None = None,
    claimed_suspected_at: datetime | None = None,
    claimed_discovered_at: datetime | None = None,
) -> Amendment:
    """Add to a report; what was said before stays (A32). Further kinds of data raise their further clocks.

    A breach that has ended is open again when somebody outside its desk adds to it: whoever decided that it
    was over did not know this, and its clocks run on while the desk reads. The desk itself decides that.
    Effects: Amendment, an Entry in each breach, clocks, a message to those on call. Raises ValidationError,
    PermissionDenied.
    """
    require_speaker(report, by)
    check_said(
        Said(what_happened=words, vendor=report.vendor, elements=elements, people_claimed=people_claimed),
        channel=ReportChannel.OTHER,
        field="words",
    )
    for name, at in (
        ("claimed_suspected_at", claimed_suspected_at),
        ("claimed_discovered_at", claimed_discovered_at),
    ):
        check_aware(name, at)
    held = list(report.breaches.values_list("district_id", flat=True))
    with acting_in(*{*visible_districts(), *held}), transaction.atomic():
        VendorReport.objects.select_for_update().get(pk=report.pk)
        amendment = Amendment.objects.create(
            report=report,
            at=engine_now(),
            by=by,
            words=words.strip(),
            elements=[code for code in SCHEDULE if code in elements],
            people_claimed=people_claimed,
            claimed_suspected_at=claimed_suspected_at,
            claimed_discovered_at=claimed_discovered_at,
        )
        for breach in report.breaches.select_related("case", "district"):
            _take_in(breach.carried_by, amendment, by=by)
    return amendment


def own_reports(user: User | AnonymousUser) -> QuerySet[VendorReport]:
    """What the person's vendor itself has reported; what staff found, or heard from others, is not its to
    read."""
    own = VendorReport.objects.filter(vendor__in=Vendor.objects.for_member(user), channel__in=FROM_THE_VENDOR)
    return own.filter(is_drill=False, is_unverified=False)


def require_speaker(report: VendorReport, by: User) -> None:
    """Raise PermissionDenied unless the person speaks for the report's vendor or recorded it as staff."""
    is_theirs = report.vendor is not None and report.is_from_vendor
    speaks = is_theirs and report.vendor in Vendor.objects.for_member(by)
    if speaks or (report.recorded_by_id == by.pk and report.channel in STAFF_CHANNELS):
        return
    if Breach.objects.for_user(by).filter(report=report).exists() and report.channel in (
        *STAFF_CHANNELS,
        ReportChannel.OPEN,
    ):
        return
    raise PermissionDenied("Only those who sent this report can add to it.")


def move_receipt_earlier(breach: Breach, *, to: datetime, by: User | None) -> Breach:
    """Say that the district had the report earlier than recorded. One person may (architecture §7).

    Effects: `received_at`, a new generation of every clock that starts from it, Entry. Raises
    ValidationError when `to` is not earlier, Conflict when the breach is closed.
    """
    if by is not None:
        require_desk(by, breach.district)
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        if locked.status != BreachStatus.OPEN:
            raise Conflict(_("This breach is closed."))
        if to >= locked.received_at:
            raise ValidationError(
                {
                    "received_at": _(
                        "This is not earlier. To move it later, give proof and ask a second person."
                    )
                }
            )
        check_aware("received_at", to)
        if to < EARLIEST:
            raise ValidationError({"received_at": _("Check the year.")})
        was, locked.received_at = locked.received_at, to
        locked.suspected_at = min(locked.suspected_at, to)
        locked.discovered_at = min(locked.discovered_at, to)
        locked.save()
        record(
            "receipt-moved-earlier",
            by=by,
            case=locked.case,
            was=was.isoformat(),
            received_at=to.isoformat(),
        )
        recount_receipt(locked, by=by, reason=_("The district had the report earlier."))
    breach.received_at = to
    return locked


def let_in(breach: Breach, *, user: User, by: User) -> None:
    """Name one more person of the desk on the restricted case: somebody who began after it was opened.

    Effects: the case's list, Entry. Raises ValidationError for somebody who does not work at the desk,
    PermissionDenied.
    """
    name_on_case(breach.case, user=user, by=by)


def add_contract(breach: Breach, *, contract: Contract, by: User) -> None:
    """Say that a contract belongs to the breach; a shorter agreed time then also runs (B-6)."""
    require_desk(by, breach.district)
    if contract.district_id != breach.district_id:
        raise ValidationError({"contract": _("Choose a contract of this district.")})
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        locked.contracts.add(contract)
        record("breach-contract-added", by=by, case=locked.case, contract=contract.case.number)
        raise_clocks(locked, by=by)


def _take_in(breach: Breach, amendment: Amendment, *, by: User) -> None:
    """Put what an amendment adds into the district's own facts: more data, an earlier start; never less."""
    locked = Breach.objects.select_for_update().get(pk=breach.pk)
    locked.elements = [code for code in SCHEDULE if code in {*locked.elements, *amendment.elements}]
    if amendment.people_claimed is not None:
        locked.people_estimate = max(locked.people_estimate or 0, amendment.people_claimed)
    if amendment.claimed_suspected_at:
        locked.suspected_at = min(locked.suspected_at, amendment.claimed_suspected_at)
    if amendment.claimed_discovered_at:
        locked.discovered_at = min(locked.discovered_at, amendment.claimed_discovered_at)
    locked.save()
    record("report-amended", by=by, case=locked.case, report=amendment.report.number, amendment=amendment.pk)
    recount_vendor(locked, by=by)
    was_over = not locked.is_open
    if was_over and not Breach.objects.for_user(by).filter(pk=locked.pk).exists():
        locked = open_again(locked, reason=_("Something was added to the report after it had ended."), by=by)
    if locked.is_open:
        raise_clocks(locked, by=by)
        settle_vendor_report(locked, by=by)
    wake(locked, news=True, was_over=was_over)
