"""Forty contracts in every state. Each is taken in and decided by the same verbs that people use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile

from compliance_portal.demo.clauses import WEAK, sections_of
from compliance_portal.demo.people import Cast
from contracts.cure import begin_cure, give_notice_to_amend, record_delivery
from contracts.execution import execute_contract
from contracts.exit import end_contract
from contracts.intake import open_vendor_file, receive_instrument, record_contract
from contracts.models import ClauseFinding, Contract, Instrument, Shortfall, Verdict
from contracts.redaction import confirm_public_copy, make_public_copy
from contracts.review import confirm_batch, correct_finding, is_short
from contracts.terms import Terms
from ledger.jobs import run_job
from ledger.models import Job
from ledger.pdf import render_pdf
from notices.issue import issue_notice
from notices.letters import mark_posted, print_letters
from notices.models import Notice
from notices.postings import publish_posting
from parties.models import VendorMember
from policy import clock
from policy.holidays import holidays_for
from policy.packs import load

ELEMENTS: Final = ("student-name", "grade-level", "student-email", "in-app-performance")
NOT_REQUIRED: Final = frozenset({"ct-12", "ne-I-F", "ne-I-B", "ne-II-A", "ne-III-A"})


@dataclass(frozen=True, slots=True)
class Story:
    """One contract's life so far, in days before today (a negative number lies ahead)."""

    vendor: str
    product: str
    purpose: str
    signed: int | None = None
    weak: frozenset[str] = frozenset()
    absent: frozenset[str] = NOT_REQUIRED - {"ct-12"}
    ends_in: int = 500
    then: str = ""
    elements: tuple[str, ...] = field(default=ELEMENTS)


def stories(*, in_time: int) -> Iterator[Story]:
    """What the district has: some things are due now, most are in order, as in life.

    `in_time`: how many days ago the oldest contract was signed whose notice is not late yet.
    """
    yield Story("MathPath, Inc.", "MathPath", "Online math practice.", signed=in_time, then="read")
    yield Story("Lumen Reading, Inc.", "Lumen Reading", "Reading practice with levelled books.", signed=200)
    yield Story(
        "ClassClip LLC",
        "ClassClip",
        "Short videos that classes make.",
        signed=3,
        weak=frozenset({"ct-04"}),
        then="read",
    )
    yield Story("Orbit Learning Co.", "Orbit LMS", "Assignments and grades.", signed=300, ends_in=26)
    yield Story("Harbor Scheduling", "Harbor Bell", "Class schedules.", signed=2, then="letters")
    yield Story("Tern Languages", "Tern", "Practice in new languages.", signed=4, then="post")
    yield Story("Pinecone Labs", "Pinecone Science", "Science labs on screen.", signed=1, then="post")
    yield Story(
        "Quill & Co.",
        "QuillCheck",
        "Feedback on essays.",
        signed=15,
        weak=frozenset({"ct-06", "ct-09"}),
        then="cure",
    )
    yield Story(
        "Beacon Forms",
        "Beacon Permission",
        "Permission slips.",
        signed=40,
        weak=frozenset({"ct-11"}),
        then="cure",
    )
    yield Story(
        "Saffron Meals", "Saffron Pay", "Lunch accounts.", signed=30, weak=frozenset({"ct-07"}), then="read"
    )
    yield Story("Northwind Buses", "Northwind Routes", "Bus routes and stops.", then="draft")
    yield Story(
        "Cobalt Tutors", "Cobalt", "Tutoring by video.", weak=frozenset({"ct-01", "ct-08"}), then="draft"
    )
    yield Story("Driftwood Media", "Driftwood", "School yearbook.", then="draft")
    yield Story(
        "Falcon Archive", "Falcon Vault", "Storage of old records.", signed=400, ends_in=-3, then="end"
    )
    for number, (product, purpose) in enumerate(OTHERS):
        weak = frozenset([sorted(WEAK)[number % len(WEAK)]]) if number % 6 == 5 else frozenset()
        yield Story(
            f"{product} Learning",
            product,
            purpose,
            signed=150 + 23 * number,
            weak=weak,
            ends_in=40 + 31 * number,
        )


OTHERS: Final = (
    ("Acorn", "Spelling games for grades 1 to 3."),
    ("Bluebell", "Music practice."),
    ("Cedar", "Typing lessons."),
    ("Dahlia", "Art portfolios."),
    ("Elmwood", "Library loans."),
    ("Fern", "Health room visits."),
    ("Gale", "Weather projects."),
    ("Heron", "Book clubs."),
    ("Indigo", "Drawing on tablets."),
    ("Jasper", "Geometry."),
    ("Kelp", "Ocean science."),
    ("Lantern", "Career plans."),
    ("Marigold", "Attendance calls."),
    ("Nimbus", "Shared documents."),
    ("Osprey", "Practice tests."),
    ("Pebble", "Counting games."),
    ("Quartz", "Chemistry labs."),
    ("Raven", "History sources."),
    ("Sorrel", "Reading groups."),
    ("Thistle", "Parent meetings."),
    ("Umber", "Photography."),
    ("Vireo", "Bird counts."),
    ("Willow", "Counselling notes."),
    ("Xylo", "Rhythm games."),
    ("Yarrow", "Garden journals."),
    ("Zephyr", "Physical education."),
)


def tell_stories(cast: Cast, *, now: datetime) -> list[Contract]:
    """Take in every contract. Reading is done here, not by a worker, so that the demo opens complete."""
    today = now.astimezone(cast.district.tz).date()
    in_time = days_in_time(cast, now=now)
    return [tell(story, cast, today=today) for story in stories(in_time=in_time)]


def days_in_time(cast: Cast, *, now: datetime) -> int:
    """How long ago a contract can have been signed whose notice is still in time, by the law's own count."""
    zone, rule = cast.district.tz, load("ct-3520.13").rule("contract-notice")
    today = now.astimezone(zone).date()
    calendar = holidays_for(cast.district)

    def in_time(days: int) -> bool:
        day = today - timedelta(days=days)
        return (
            clock.due(unit=rule.unit, amount=rule.amount, at=day, zone=zone, calendar=calendar).due_at > now
        )

    return max(filter(in_time, range(15)))


def tell(story: Story, cast: Cast, *, today: date) -> Contract:
    signed_on = None if story.signed is None else today - timedelta(days=story.signed)
    contract = take_in(story, cast, today=today, signed_on=signed_on)
    paper = contract.instruments.get()
    if story.then != "draft" or "ct-01" in story.weak:
        read_now(contract)
    if story.then not in ("read", "draft"):
        decide_all(contract, story, cast)
    if signed_on is not None:
        execution = execute_contract(contract, executed_on=signed_on, by=cast.custodian, instrument=paper)
        if story.then in ("post", "letters", "cure") and execution.notice is not None:
            issued = tell_families(paper, execution.notice, cast)
            if story.then != "letters":
                post_letters(issued, cast)
    if story.then == "cure":
        ask_to_amend(contract, cast)
    if story.then == "end":
        end_contract(
            contract,
            ended_on=today - timedelta(days=3),
            disposal="destroy",
            reason="The service was replaced.",
            by=cast.custodian,
        )
    contract.refresh_from_db()
    return contract


def take_in(story: Story, cast: Cast, *, today: date, signed_on: date | None) -> Contract:
    file = open_vendor_file(
        district=cast.district,
        name=story.vendor,
        kind="operator",
        contact_email=f"privacy@{story.product.split()[0].lower()}.example",
        by=cast.custodian,
    )
    if story.product == "Lumen Reading":
        VendorMember.objects.create(vendor=file.vendor, user=cast.vendor_person)
    terms = Terms(
        product=story.product,
        purpose_kind="software",
        scope="applies",
        description=f"{story.product} is an online service.",
        purpose=story.purpose,
        all_schools=True,
        elements=story.elements,
        starts_on=signed_on,
        ends_on=today + timedelta(days=story.ends_in),
    )
    contract = record_contract(file, terms=terms, by=cast.custodian)
    words = {
        "vendor": story.vendor,
        "product": story.product,
        "district": cast.district.name,
        "purpose": story.purpose,
        "signed_on": signed_on,
        "sections": sections_of(
            vendor=story.vendor, product=story.product, weak=story.weak, absent=story.absent
        ),
    }
    name = f"{story.product} agreement.pdf"
    receive_instrument(
        contract,
        kind="original",
        agreed_how="signed",
        upload=SimpleUploadedFile(name, render_pdf("demo/contract.html", words), "application/pdf"),
        by=cast.custodian,
    )
    return contract


def read_now(contract: Contract) -> None:
    for job in Job.objects.filter(case=contract.case, status="waiting"):
        run_job(job.pk, contract.district_id)


def decide_all(contract: Contract, story: Story, cast: Cast) -> None:
    """Confirm what was found for sure together, then decide each other term as a careful person would."""
    found = list(contract.findings.proposed_met().values_list("pk", flat=True))
    if found:
        confirm_batch(contract, findings=found, by=cast.custodian)
    for finding in contract.findings.filter(decision=""):
        is_good = finding.requirement not in story.weak | story.absent
        if is_good and finding.quotes:
            reason = "" if finding.verdict == Verdict.MET else "The clause says it in other words."
            correct_finding(finding, verdict=Verdict.MET, reason=reason, by=cast.custodian)
        else:
            verdict, shortfall = shortfall_of(finding)
            correct_finding(finding, verdict=verdict, shortfall=shortfall, by=cast.custodian)


def shortfall_of(finding: ClauseFinding) -> tuple[str, str]:
    if finding.quotes:
        return Verdict.DEFICIENT, Shortfall.FALLS_SHORT
    return Verdict.MISSING, Shortfall.ABSENT


def tell_families(paper: Instrument, notice: Notice, cast: Cast) -> Notice:
    copy = make_public_copy(paper, by=cast.custodian)
    confirm_public_copy(copy, by=cast.custodian)
    publish_posting(notice, by=cast.custodian)
    return issue_notice(notice, by=cast.custodian)


def post_letters(notice: Notice, cast: Cast) -> None:
    """The letters to families without e-mail are printed and in the post."""
    print_letters(notice, by=cast.custodian)
    mark_posted(notice, by=cast.custodian)


def ask_to_amend(contract: Contract, cast: Cast) -> None:
    short = [row.pk for row in contract.findings.all() if is_short(row)]
    if not short:
        return
    words = "Please add the terms that Connecticut policy 3520.13 asks of every contract."
    cure = begin_cure(contract, findings=short, words=words, by=cast.custodian)
    give_notice_to_amend(cure, by=cast.custodian)
    proof = SimpleUploadedFile("delivery.txt", b"Delivered to the vendor's privacy office.", "text/plain")
    record_delivery(
        cure, delivered_at=cure.sent_at or contract.case.opened_at, proof=proof, by=cast.custodian
    )
