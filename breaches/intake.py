"""A report arrives: one row for the installation, one breach with all its clocks in each district."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from breaches.additions import move_receipt_earlier
from breaches.calls import wake
from breaches.clocks import raise_clocks, settle_vendor_report
from breaches.models import (
    STAFF_CHANNELS,
    Breach,
    BreachSort,
    ReportChannel,
    VendorReport,
)
from breaches.roles import people_of_desk
from breaches.said import Said, check_receipt, check_reporter, check_said
from contracts.models import Contract, ContractStatus
from ledger.clock import engine_now
from ledger.entries import open_case, record
from parties.access import acting_in, visible_districts
from parties.models import District, User

SAME_WORDS: Final = timedelta(days=7)
"""So long the same words are the same report sent again; after that they tell of a new event."""


def record_report(
    *,
    districts: Collection[District],
    channel: str,
    said: Said,
    by: User | None,
    received_at: datetime | None = None,
    sort: str = BreachSort.ACCESS,
    contracts: Collection[Contract] = (),
    is_drill: bool = False,
) -> VendorReport:
    """Write down a report and open one breach in each district it names, with every clock of every actor.

    `received_at` is the first moment any mailbox, phone or person of the district had it (staff say it;
    otherwise it is now). The same report again is the same report, however often and at once it comes
    (A30); it may name further districts, and says `was_known` when nothing was opened. The same words of
    another day (from a vendor: a week later), of another sort, or after that breach ended are a new event.
    Effects, in one transaction: VendorReport, Breach with its restricted Case a district, obligations and
    deadlines, Entries, a message to the person on call and the superintendent. Nothing becomes public. A
    report by `open` stays unverified until a person checks it.
    Raises ValidationError by field, PermissionDenied. Policy 3520.13, notice of breach; Missouri B-7, B-11.
    """
    places = sorted(set(districts), key=lambda district: district.pk)
    now = engine_now()
    first_had = received_at or now
    check_said(said, channel=channel)
    check_reporter(channel, places, said, by=by)
    check_receipt(first_had, now=now)
    if sort not in BreachSort.values:
        raise ValidationError({"sort": _("Choose one of the answers.")})
    with acting_in(*{*visible_districts(), *(place.pk for place in places)}), transaction.atomic():
        report = _one_report(said, channel, places, first_had, now, sort=sort, by=by, is_drill=is_drill)
        report.was_known = True
        for place in places:
            known = report.breaches.filter(district=place).first()
            if known is None:
                _open_breach(report, place, first_had, sort=sort, contracts=contracts, by=by)
                report.was_known = False
            elif received_at is not None and first_had < known.received_at:
                move_receipt_earlier(known, to=first_had, by=by)
    return report


def _one_report(
    said: Said,
    channel: str,
    places: Collection[District],
    received_at: datetime,
    now: datetime,
    *,
    sort: str,
    by: User | None,
    is_drill: bool,
) -> VendorReport:
    """The report's row; the one that is there when the same was sent before."""
    digest = _digest(said, channel, places, sort=sort, is_drill=is_drill)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"report {digest}"])
    while (known := VendorReport.objects.filter(digest=digest).first()) is not None:
        if _is_sent_again(known, places, received_at, now):
            return known
        digest = _hash([digest, "after", known.number])  # the same words, of a later event
    return VendorReport.objects.create(
        **said.columns(),
        number=_next_number(now),
        channel=channel,
        received_at=received_at,
        recorded_at=now,
        recorded_by=by,
        is_unverified=channel == ReportChannel.OPEN,
        is_drill=is_drill,
        digest=digest,
    )


def _is_sent_again(
    known: VendorReport, places: Collection[District], received_at: datetime, now: datetime
) -> bool:
    """Whether these words are that report again, and not a new event told like an old one.

    What staff write is the same when the district had it on the same local day; what others send, for a week.
    Nothing joins a breach that has ended: its clocks have stopped.
    """
    if known.channel in STAFF_CHANNELS:
        both = (known.received_at, received_at)
        is_near = all(len({at.astimezone(place.tz).date() for at in both}) == 1 for place in places)
    else:
        is_near = now - known.recorded_at < SAME_WORDS
    there = known.breaches.filter(district__in=places)
    return is_near and all(breach.carried_by.is_open for breach in there)


def _digest(said: Said, channel: str, places: Collection[District], *, sort: str, is_drill: bool) -> str:
    """What makes two reports the same. A vendor's signed-in report may name more districts the next time."""
    columns = {
        name: value.isoformat() if isinstance(value, datetime) else getattr(value, "pk", value)
        for name, value in said.columns().items()
    }
    columns["what_happened"] = " ".join(said.what_happened.split())
    known_speaker = channel in (ReportChannel.SIGNED_IN, ReportChannel.LINK)
    where = [] if channel == ReportChannel.SIGNED_IN else [place.pk for place in places]
    return _hash([columns, where, "vendor" if known_speaker else channel, sort, is_drill])


def _hash(told: list[object]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _next_number(now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"reports of {now.year}"])
    start = f"R-{now.year}-"
    last = (
        VendorReport.objects.filter(number__startswith=start)
        .order_by("-number")
        .values_list("number", flat=True)
    )
    serial = int(last[0].rpartition("-")[2]) + 1 if last else 1
    return f"{start}{serial:04d}"


def _open_breach(
    report: VendorReport,
    district: District,
    received_at: datetime,
    *,
    sort: str,
    contracts: Collection[Contract],
    by: User | None,
) -> Breach:
    case = open_case(
        district=district,
        kind="breach",
        title=_title(report, sort, district),
        restricted=True,
        is_drill=report.is_drill,
    )
    case.allowed.set(people_of_desk(district))
    # The vendor's word counts against the vendor, never past the moment the district had the report (A31).
    suspected = report.claimed_suspected_at or report.claimed_discovered_at or received_at
    discovered = report.claimed_discovered_at or report.claimed_suspected_at or received_at
    breach = Breach.objects.create(
        case=case,
        district=district,
        report=report,
        sort=sort,
        is_drill=report.is_drill,
        received_at=received_at,
        suspected_at=min(suspected, received_at),
        discovered_at=min(discovered, received_at),
        what_happened=report.what_happened,
        elements=report.elements,
        people_estimate=report.people_claimed,
    )
    breach.contracts.set(contracts_of(breach, contracts))
    record(
        "breach-opened",
        by=by,
        case=case,
        report=report.number,
        channel=report.channel,
        received_at=received_at.isoformat(),
        unverified=report.is_unverified,
        drill=report.is_drill,
    )
    raise_clocks(breach, by=by)
    settle_vendor_report(breach, by=by)
    wake(breach)
    return breach


def contracts_of(breach: Breach, named: Collection[Contract] = ()) -> list[Contract]:
    """The contracts staff named, or every executed one of the vendor; none for the district's own systems."""
    own = [contract for contract in named if contract.district_id == breach.district_id]
    if own or breach.vendor is None:
        return own
    found = Contract.objects.filter(
        district=breach.district,
        vendor_file__vendor=breach.vendor,
        status__in=(ContractStatus.EXECUTED, ContractStatus.ENDED),
    )
    return list(found)


def _title(report: VendorReport, sort: str, district: District) -> str:
    where = report.product or (report.vendor.name if report.vendor else report.vendor_named)
    if sort == BreachSort.CYBERATTACK:
        words = _("Attack on our own systems")
    elif sort == BreachSort.ATTEMPT:
        words = _("Attempt at %(where)s") % {"where": where or district.name}
    else:
        words = _("Breach at %(where)s") % {"where": where or district.name}
    return _("Drill: %(words)s") % {"words": words} if report.is_drill else words
