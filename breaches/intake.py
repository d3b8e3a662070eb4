"""A report arrives: from a vendor, by a link, from nobody we know, or recorded by staff."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from breaches.calls import wake
from breaches.clocks import raise_clocks, recount_receipt, settle_vendor_report
from breaches.models import (
    STAFF_CHANNELS,
    Amendment,
    Breach,
    BreachSort,
    BreachStatus,
    ReportChannel,
    ReportLink,
    VendorReport,
)
from breaches.roles import people_of_desk, require_desk
from contracts.models import Contract, ContractStatus
from ledger.clock import engine_now
from ledger.entries import Conflict, open_case, record
from notices.elements import SCHEDULE
from parties.access import acting_in, visible_districts
from parties.models import District, User, Vendor
from parties.tokens import digest_of, new_token

LONGEST: Final = 8000
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LINK_DAYS: Final = 90
UNKNOWN_AN_HOUR: Final = 10  # reports from nobody we know, one district


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a report says. The claimed times are the reporter's; they never move a district's clock."""

    what_happened: str
    vendor: Vendor | None = None
    vendor_named: str = ""
    product: str = ""
    elements: Collection[str] = ()
    people_claimed: int | None = None
    claimed_began_at: datetime | None = None
    claimed_suspected_at: datetime | None = None
    claimed_discovered_at: datetime | None = None
    reporter_name: str = ""
    reporter_contact: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "vendor_named": self.vendor_named.strip()[:200],
            "product": self.product.strip()[:200],
            "what_happened": self.what_happened.strip(),
            "elements": [code for code in SCHEDULE if code in self.elements],
            "people_claimed": self.people_claimed,
            "claimed_began_at": self.claimed_began_at,
            "claimed_suspected_at": self.claimed_suspected_at,
            "claimed_discovered_at": self.claimed_discovered_at,
            "reporter_name": self.reporter_name.strip()[:200],
            "reporter_contact": self.reporter_contact.strip()[:200],
        }


class TooMany(ValidationError):
    """Too many reports from nobody we know in a short time (429)."""


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
    (A30); it may name further districts. Effects, in one transaction: VendorReport, Breach with its
    restricted Case a district, obligations and deadlines, Entries, a message to the person on call and the
    superintendent. Nothing becomes public. A report by `open` stays unverified until a person checks it.
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
        report = _one_report(said, channel, places, first_had, now, by=by, is_drill=is_drill)
        for place in places:
            known = report.breaches.filter(district=place).first()
            if known is None:
                _open_breach(report, place, first_had, sort=sort, contracts=contracts, by=by)
            elif received_at is not None and first_had < known.received_at:
                move_receipt_earlier(known, to=first_had, by=by)
    return report


def report_by_link(*, district: District, token: str, said: Said) -> tuple[VendorReport, bool]:
    """A report without signing in. Returns it, and whether the link was good.

    A good link speaks for its one vendor in its one district. Any other link, or none, still takes the
    report: it stays unverified, a person is woken, nothing is public (A29). Raises ValidationError, TooMany.
    """
    with acting_in(*{*visible_districts(), district.pk}):
        link = find_link(district, token)
        if link is None:
            refuse_flood(district)
            return record_report(
                districts=[district], channel=ReportChannel.OPEN, said=_without_vendor(said), by=None
            ), False
        spoken = Said(**{**_fields(said), "vendor": link.vendor})
        return record_report(districts=[district], channel=ReportChannel.LINK, said=spoken, by=None), True


def find_link(district: District, token: str) -> ReportLink | None:
    """The link of this token in this district, while it works."""
    if not token:
        return None
    return (
        ReportLink.objects.select_related("vendor")
        .filter(district=district, digest=digest_of(token), revoked_at=None, expires_at__gt=engine_now())
        .first()
    )


def make_report_link(*, district: District, vendor: Vendor, by: User) -> tuple[ReportLink, str]:
    """A link for one vendor and one district, 90 days; returns the row and the token, shown nowhere again.

    Effects: the row with the token's digest, earlier links of the pair revoked, Entry. Raises
    ValidationError, PermissionDenied.
    """
    require_desk(by, district)
    if not vendor.districts.filter(pk=district.pk).exists():
        raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    now = engine_now()
    token, digest = new_token()
    with transaction.atomic():
        for earlier in ReportLink.objects.filter(district=district, vendor=vendor, revoked_at=None):
            earlier.revoked_at = now
            earlier.save()
        link = ReportLink.objects.create(
            district=district,
            vendor=vendor,
            digest=digest,
            made_at=now,
            made_by=by,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
        record("report-link-made", by=by, district=district, vendor=vendor.pk, link=link.pk)
    return link, token


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

    Effects: Amendment, an Entry in each breach, clocks. Raises ValidationError, PermissionDenied.
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
        _check_aware(name, at)
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
            _take_in(breach, amendment, by=by)
    return amendment


def require_speaker(report: VendorReport, by: User) -> None:
    """Raise PermissionDenied unless the person speaks for the report's vendor or recorded it as staff."""
    speaks = report.vendor is not None and report.vendor in Vendor.objects.for_member(by)
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
        _check_aware("received_at", to)
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

    Effects: the case's list, Entry. Raises ValidationError for somebody who does not work at the desk.
    """
    require_desk(by, breach.district)
    if user not in people_of_desk(breach.district):
        raise ValidationError({"user": _("Choose somebody who works at the breach desk.")})
    breach.case.allowed.add(user)
    record("person-let-in", by=by, case=breach.case, user=user.pk)


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


# --- what a report must be ---------------------------------------------------------------------------


def check_said(said: Said, *, channel: str, field: str = "what_happened") -> None:
    """Raise ValidationError, each message under its field, when this cannot be taken as a report."""
    wrong: dict[str, str] = {}
    if not said.what_happened.strip():
        wrong[field] = _("Write what happened, as far as you know. One sentence is enough.")
    elif len(said.what_happened) > LONGEST:
        wrong[field] = _("Use at most 8,000 letters.")
    elif "\0" in said.what_happened:
        wrong[field] = _("Remove the control characters.")
    if set(said.elements) - set(SCHEDULE):
        wrong["elements"] = _("Choose from the list.")
    if said.people_claimed is not None and not 0 <= said.people_claimed <= 100_000_000:
        wrong["people_claimed"] = _("Write a number, 0 or more.")
    if channel not in ReportChannel.values:
        wrong["channel"] = _("Choose one of the answers.")
    for name in ("vendor_named", "product", "reporter_name", "reporter_contact"):
        text = getattr(said, name)
        if len(text) > 200:
            wrong[name] = _("Use at most 200 letters.")
        elif any(ord(letter) < 32 for letter in text):
            wrong[name] = _("Write it on one line.")
    if wrong:
        raise ValidationError(wrong)
    for name in ("claimed_began_at", "claimed_suspected_at", "claimed_discovered_at"):
        _check_aware(name, getattr(said, name))


def check_reporter(channel: str, districts: Collection[District], said: Said, *, by: User | None) -> None:
    """Raise unless this person may report this to these districts by this channel."""
    if not districts:
        raise ValidationError({"districts": _("Choose the districts whose data it is about.")})
    if channel in STAFF_CHANNELS:
        if by is None:
            raise PermissionDenied("Sign in to record a report.")
        for district in districts:
            require_desk(by, district)
        if said.vendor and not said.vendor.districts.filter(pk__in=[d.pk for d in districts]).exists():
            raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    elif channel == ReportChannel.SIGNED_IN:
        if by is None or said.vendor is None:
            raise PermissionDenied("Sign in to report.")
        if not Vendor.objects.for_member(by).filter(pk=said.vendor.pk).exists():
            raise PermissionDenied("You can report for your own company only.")
        dealt_with = set(said.vendor.districts.values_list("pk", flat=True))
        if any(district.pk not in dealt_with for district in districts):
            raise ValidationError({"districts": _("Choose from the list.")})


def check_receipt(at: datetime, *, now: datetime) -> None:
    """Raise ValidationError unless this can be the first moment the district had the report."""
    _check_aware("received_at", at)
    if at > now:
        raise ValidationError({"received_at": _("This time is in the future.")})
    if at < EARLIEST:
        raise ValidationError({"received_at": _("Check the year.")})


def refuse_flood(district: District) -> None:
    """At most ten reports an hour from nobody we know; the next ones are asked to call."""
    since = engine_now() - timedelta(hours=1)
    recent = VendorReport.objects.filter(
        channel=ReportChannel.OPEN, recorded_at__gt=since, breaches__district=district
    )
    if recent.count() >= UNKNOWN_AN_HOUR:
        raise TooMany(
            _("Many reports came in within an hour. Please call %(phone)s now.")
            % {"phone": district.contact_phone or district.name}
        )


def _check_aware(name: str, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise ValidationError({name: _("Give the time with its UTC offset, for example -05:00 or Z.")})


# --- what is written ---------------------------------------------------------------------------------


def _one_report(
    said: Said,
    channel: str,
    places: Collection[District],
    received_at: datetime,
    now: datetime,
    *,
    by: User | None,
    is_drill: bool,
) -> VendorReport:
    """The report's row; the one that is there when the same was sent before."""
    digest = _digest(said, channel, places, is_drill=is_drill)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"report {digest}"])
    known = VendorReport.objects.filter(digest=digest).first()
    if known is not None:
        return known
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


def _digest(said: Said, channel: str, places: Collection[District], *, is_drill: bool) -> str:
    """What makes two reports the same. A vendor's signed-in report may name more districts the next time."""
    columns = {
        name: value.isoformat() if isinstance(value, datetime) else getattr(value, "pk", value)
        for name, value in said.columns().items()
    }
    columns["what_happened"] = " ".join(said.what_happened.split())
    known_speaker = channel in (ReportChannel.SIGNED_IN, ReportChannel.LINK)
    where = [] if channel == ReportChannel.SIGNED_IN else [place.pk for place in places]
    told = [columns, where, "vendor" if known_speaker else channel, is_drill]
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
    case = open_case(district=district, kind="breach", title=_title(report, sort, district), restricted=True)
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
    breach.contracts.set(_contracts_of(breach, contracts))
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


def _contracts_of(breach: Breach, named: Collection[Contract]) -> list[Contract]:
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
    if locked.status == BreachStatus.OPEN:
        raise_clocks(locked, by=by)
        settle_vendor_report(locked, by=by)
        wake(locked, news=True)


def _fields(said: Said) -> dict[str, Any]:
    return {name: getattr(said, name) for name in Said.__dataclass_fields__}


def _without_vendor(said: Said) -> Said:
    """Nobody we know speaks for no vendor: the name stays as words."""
    return Said(**{**_fields(said), "vendor": None})
