"""The demo's records room and the requests it has: custodians, training, a hold, disposals, inquiries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance_portal.demo.people import Cast
from contracts.models import Contract
from inquiries.answering import decide_inquiry, record_inquiry
from inquiries.models import Inquiry, Sort
from ledger.pdf import render_pdf
from records.custody import designate, record_training
from records.disposal import authorise_disposal, propose_disposal, record_disposal
from records.holds import acknowledge_hold, place_hold
from records.models import HoldGround, RetentionRule


def paper(title: str, words: str) -> SimpleUploadedFile:
    """A signed page for the file."""
    content = render_pdf("demo/letter.html", {"title": title, "words": words})
    return SimpleUploadedFile(f"{title}.pdf", content, "application/pdf")


def keep_records(cast: Cast, contracts: Collection[Contract], *, now: datetime) -> None:
    today = now.astimezone(cast.district.tz).date()
    designate(
        district=cast.district,
        user=cast.custodian,
        school=None,
        certificated=True,
        since=today - timedelta(days=90),
        by=cast.superintendent,
    )
    for school in cast.schools[:3]:
        designate(
            district=cast.district,
            user=cast.approver,
            school=school,
            certificated=True,
            since=today - timedelta(days=90),
            by=cast.superintendent,
        )
    for user in (cast.custodian, cast.approver, cast.superintendent):
        record_training(
            district=cast.district,
            user=user,
            course="Student data privacy, yearly course",
            done_on=today - timedelta(days=60),
            by=cast.custodian,
        )
    dispose(cast, now=now)
    hold(cast, contracts)


def dispose(cast: Cast, *, now: datetime) -> None:
    """One disposal that was done, and one that waits for the second person."""
    today = now.astimezone(cast.district.tz).date()
    rules = [
        RetentionRule.objects.create(
            district=cast.district,
            series=series,
            title=title,
            schedule="State schedule M8 (2024)",
            years=years,
            counted_from=counted,
            needs_state_authorisation=signed,
        )
        for series, title, years, counted, signed in (
            ("M8-210", "Attendance registers", 6, "the end of the school year", False),
            ("M8-325", "Contracts with vendors", 7, "the end of the contract", True),
            ("M8-510", "Permanent record cards", None, "", True),
        )
    ]
    registers, contracts, _cards = rules
    old = today - relativedelta(years=8)
    done = propose_disposal(
        rule=registers,
        description="Paper registers of Hill Elementary, 4 boxes.",
        oldest_on=old - timedelta(days=280),
        newest_on=old,
        by=cast.custodian,
    )
    authorise_disposal(done, authorisation=None, by=cast.superintendent)
    record_disposal(done, method="Shredded by the records firm, certificate on file.", by=cast.custodian)
    propose_disposal(
        rule=contracts,
        description="Contracts that ended before July, eight school years ago.",
        oldest_on=old - timedelta(days=900),
        newest_on=old,
        by=cast.custodian,
    )


def hold(cast: Cast, contracts: Collection[Contract]) -> None:
    buses = next(contract for contract in contracts if contract.product == "Northwind Routes")
    placed = place_hold(
        district=cast.district,
        title="Bus accident on Route 7",
        ground=HoldGround.ANTICIPATED,
        scope="Routes, stops and messages with the bus company since September.",
        directed_by="District counsel",
        directive=paper("Directive to keep records", "Keep every record about Route 7 until counsel writes."),
        cases=[buses.case],
        tell=[cast.custodian, cast.superintendent],
        by=cast.counsel,
    )
    acknowledge_hold(placed.case.hold_notices.get(user=cast.superintendent), by=cast.superintendent)


def take_requests(cast: Cast, contracts: Collection[Contract], *, now: datetime) -> None:
    """Requests of every sort that has a clock; one of them is answered."""
    tern = next(contract for contract in contracts if contract.product == "Tern")
    ask(cast, Sort.PUBLIC_RECORDS, "All contracts with makers of reading programs.", now - timedelta(days=1))
    ask(cast, Sort.TEACHER, "May my class use SketchPad for a week?", now - timedelta(days=2))
    ask(cast, Sort.IMMIGRATION, "Addresses of students who arrived this year.", now - timedelta(hours=20))
    record_inquiry(
        district=cast.district,
        sort=Sort.DELETION,
        asks="Please have my daughter's recordings deleted. We moved in the summer.",
        received_at=now - timedelta(days=2),
        asked_by="A parent",
        reply_to="parent@families.example",
        vendor=tern.vendor_file.vendor,
        left_district_on=(now - timedelta(days=130)).astimezone(cast.district.tz).date(),
        by=cast.custodian,
    )
    answered = ask(cast, Sort.FAMILY, "Which company keeps the lunch accounts?", now - timedelta(days=6))
    decide_inquiry(
        answered,
        granted=True,
        decision="Saffron Meals. The contract is on the public page.",
        by=cast.custodian,
    )


def ask(cast: Cast, sort: Sort, words: str, at: datetime) -> Inquiry:
    return record_inquiry(district=cast.district, sort=sort, asks=words, received_at=at, by=cast.custodian)
