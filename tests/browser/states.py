"""States of the demo's district that its own story does not reach, each made by the verb that people use.

Every function returns addresses that no link shows: links with a token, pages of a file just sent.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile

from breaches.affected import list_groups, load_list, preview_list
from breaches.decisions import determine
from breaches.intake import record_report
from breaches.links import make_report_link
from breaches.measures import consider_notice, log_step, stop_access
from breaches.models import AskedFor, Breach, DeterminationSort, ReportChannel, StepKind, Term, Whom
from breaches.response import approve, ask_second, first_words, send_and_post, write_notice
from breaches.said import Said
from breaches.vendor_word import ask_vendor
from contracts.cure import begin_cure
from contracts.intake import receive_instrument, record_contract
from contracts.models import Contract, CurePeriod
from contracts.redaction import make_public_copy, mark_words
from contracts.review import is_short
from contracts.terms import Terms
from inquiries.answering import record_inquiry
from ledger.clock import engine_now
from ledger.jobs import run_waiting_jobs
from mail.models import MessageText, Relay, Route
from mail.senders import ask_for_sender
from notices.compose import write_text
from notices.followers import ask_to_follow, stop_address
from notices.issue import ask_for_approval, issue_notice
from notices.letters import print_letters
from notices.models import Follower, Notice, Posting, Question
from parties.api_tokens import make_api_token
from parties.invitations import invite
from parties.models import District, Role, User, VendorMember
from policy.adoptions import adopt_pack, end_adoption, set_parameter
from policy.amending import make_edition
from policy.calendars import change_year
from policy.changes import ask_start
from policy.editions import rule_of
from policy.models import Adoption, Alert, ConfirmedYear, Deadline, Obligation
from policy.pauses import pause
from policy.reports import keep_proof
from policy.sweep import sweep
from records.holds import ask_release
from records.models import LitigationHold
from roster.contact import block_contact
from roster.imports import receive_roster
from roster.models import Student
from tests.contracts.papers import agreement_docx
from tests.roster.factories import ORGS, oneroster

MISSOURI = "mo-data-governance@1"


def proof(words: str = "It happened like this.") -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.txt", words.encode(), "text/plain")


def breaches(district: District, by: User, second: User) -> list[str]:
    """One breach whose list waits to be looked at, one that waits for approval, one that may be sent.

    The district follows Missouri's policy too, so that offices of the State must be told.
    """
    adopt_pack(district=district, pack=MISSOURI, since=date(2020, 1, 1), by=by)
    for name in ("affected-notice-days", "state-report-days"):
        set_parameter(district=district, pack=MISSOURI, name=name, value=30, by=by)
    contract = Contract.objects.get(product="Orbit LMS")
    found = [_breach(district, by, contract, f"Case {n}.") for n in range(5)]
    waiting, written, ready, told, cleared = found
    students = Student.objects.filter(district=district)[:3]
    rows = "\n".join(["student_id", *(student.sourced_id for student in students)])
    upload = SimpleUploadedFile("list.csv", rows.encode(), "text/csv")
    preview = preview_list(waiting, upload=upload, by=by)
    log_step(waiting, kind=StepKind.SECURED, words="The password was changed.", by=by, upload=proof())
    consider_notice(waiting, whom=Whom.ATTORNEY_GENERAL, is_needed=False, reason="No crime is known.", by=by)
    stop_access(
        waiting, whose="Orbit", extent="All", term=Term.TEMPORARY, reason="Until it is clear.",
        contract=contract, by=by,
    )  # fmt: skip
    ask_vendor(waiting, about=AskedFor.values[0], words="What was seen?", by=by)
    for breach in (written, ready, told):
        list_groups(breach, schools=[], grades=[], all_schools=True, by=by)
        breach.refresh_from_db()
        write_notice(breach, texts=first_words(breach), by=by)
        ask_second(breach, by=by)
    approve(ready, by=second)
    approve(told, by=second)
    send_and_post(told, by=by)
    load_list(preview_list(told, upload=_later(), by=by), by=by)  # one more, whom nobody has told
    determine(
        cleared, sort=DeterminationSort.NO_ACCESS, determined_by="A security firm", because="Logs show it.",
        by=by, evidence=proof(),
    )  # fmt: skip
    vendor = contract.vendor_file.vendor
    _link, token = make_report_link(district=district, vendor=vendor, by=by)
    desk = f"/d/{district.slug}/breaches/"
    here = f"{desk}{waiting.case.number}/"
    duties = Obligation.objects.open().filter(case=waiting.case).values_list("rule", flat=True)
    return [
        f"/d/{district.slug}/report-a-breach/{token}/",
        f"{here}people/{preview.pk}/",
        f"{here}log/",
        f"{here}same-event/",
        f"{desk}{written.case.number}/notice/es/",
        f"{desk}{told.case.number}/",
        f"{desk}{told.case.number}/page/",
        f"{desk}{cleared.case.number}/more-than-an-attempt/",
        *(f"{here}do/{rule}/" for rule in duties),
    ]


def _later() -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", b"name,email\nRobin Lateson,robin@home.example", "text/csv")


def _breach(district: District, by: User, contract: Contract, words: str) -> Breach:
    report = record_report(
        districts=[district], channel=ReportChannel.PHONE, contracts=[contract], by=by,
        said=Said(what_happened=words, vendor=contract.vendor_file.vendor, elements=["ssn"]),
    )  # fmt: skip
    return report.breaches.select_related("case__district", "district", "report__vendor").get()


def contracts(district: District, by: User) -> list[str]:
    """A contract that came as a Word file, read and set on pages; one with a part hidden; a cure."""
    demo = Contract.objects.get(product="Cobalt")
    word = record_contract(demo.vendor_file, terms=Terms(product="Cobalt Notes", purpose_kind="software",
                           scope="applies"), by=by)  # fmt: skip
    upload = SimpleUploadedFile("notes.docx", agreement_docx())
    receive_instrument(word, kind="original", agreed_how="signed", upload=upload, by=by)
    run_waiting_jobs()
    hidden = Contract.objects.get(product="MathPath").instruments.get()
    mark_words(hidden, page=1, text="MathPath, Inc.", ground="trade_secret", by=by)
    make_public_copy(hidden, by=by)
    short = Contract.objects.filter(conformity="short").order_by("pk").last()
    assert short is not None
    missing = [row.pk for row in short.findings.all() if is_short(row)]
    begin_cure(short, findings=missing, words="Please add the missing terms.", by=by)
    return [
        f"/d/{district.slug}/contracts/{short.case.number}/cure/",
        f"/d/{district.slug}/contracts/{word.case.number}/public-copy/",
        f"/d/{district.slug}/contracts/{hidden.contract.case.number}/public-copy/?ruler",
    ]


def of_the_vendor(district: District) -> list[str]:
    """The contract that its vendor is asked to amend, for the vendor's own person."""
    sent = CurePeriod.objects.filter(contract__district=district).exclude(sent_at=None)
    short = sent.latest("pk").contract
    speaker = VendorMember.objects.filter(ended_at=None).first()
    assert speaker is not None
    VendorMember.objects.get_or_create(user=speaker.user, vendor=short.vendor_file.vendor)
    return [f"/vendor/{district.slug}/{short.case.number}/"]


def notices(district: District, by: User) -> list[str]:
    """A draft that waits for the second person, one that the district's own system sends, printed letters."""
    drafts = Notice.objects.filter(status="draft", kind="contract").order_by("-pk")
    asked, elsewhere, plain = drafts[0], drafts[1], drafts[2]
    write_text(asked.sections.get(), part="description", language="es", body="Servicio en línea.", by=by,
               origin="machine_draft")  # fmt: skip
    ask_for_approval(asked, by=by)
    route = Route.objects.get(district=district)
    relay, route.relay = route.relay, Relay.ELSEWHERE
    route.save()
    issue_notice(elsewhere, by=by)
    route.relay = relay
    route.save()
    posted = Notice.objects.get(sections__product="Harbor Bell")
    print_letters(posted, by=by)
    Question.objects.create(district=district, words="Who sees this?", asked_at=engine_now())
    here = f"/d/{district.slug}/notices"
    return [
        *(f"{here}/{each.number}/" for each in (asked, plain, posted)),
        f"{here}/{plain.number}/send/",
        *(f"{here}/{each.number}/deliveries/" for each in (elsewhere, posted)),
    ]


def followers(district: District) -> list[str]:
    """The two links that go out by e-mail: the question, and the way to stop."""
    ask_to_follow(district, email="parent@families.example", language="en")
    follower = Follower.objects.get(district=district, email="parent@families.example")
    question = follower_question(follower)
    return [urlsplit(question).path, urlsplit(stop_address(follower)).path]


def follower_question(follower: Follower) -> str:
    text = MessageText.objects.filter(message__kind="follow-question").latest("pk").plain
    found = re.search(r"https?://\S+/alerts/confirm/\S+", text)
    assert found is not None
    return found.group()


def people(district: District, by: User) -> list[str]:
    """An invitation that can be taken up, one that is over, and a key for the API."""
    _row, token = invite(email="newcomer@northfield.example", by=by, district=district, role=Role.VIEWER)
    make_api_token(user=by, name="Spreadsheet")
    return [f"/invitation/{token}/"]


def families(district: District, by: User) -> list[str]:
    """A roster that waits to be looked at, and one guardian who may not be told."""
    upload = SimpleUploadedFile(
        "roster.zip",
        oneroster(mode="delta", orgs=ORGS.replace("Hill School", "Hill Elementary")),
        "application/zip",
    )
    roster = receive_roster(district=district, upload=upload, format="oneroster", by=by)
    child = Student.objects.filter(district=district).first()
    assert child is not None
    guardian = child.guardianships.first().guardian
    today = engine_now().astimezone(district.tz).date()
    block_contact(child, guardian=guardian, ground="Order of the court, May 4", first_day=today, by=by)
    here = f"/d/{district.slug}/roster"
    return [
        f"{here}/imports/{roster.uuid}/",
        f"{here}/students/{child.pk}/",
        f"{here}/guardians/{guardian.pk}/",
    ]


def duties(district: District, by: User, second: User) -> list[str]:
    """A change that waits for the second person, a clock that stands still, an alert that nobody answered."""
    duty = Obligation.objects.open().filter(district=district, rule="contract-notice").first()
    assert duty is not None
    later = duty.triggered_at + timedelta(hours=1)
    ask_start(duty, at=later, reason="The paper says so.", by=second, proof=proof())
    clocks = Deadline.objects.filter(district=district, pack=MISSOURI, status="running")
    running = [clock for clock in clocks if rule_of(clock).may_pause]
    stopped = running[0]
    paper = keep_proof(stopped.obligation, proof(), by=by)
    pause(stopped, ground="A request of the police", authority=paper, by=by, approved_by=second)
    sweep()
    alert = Alert.objects.filter(deadline__district=district).latest("pk")
    wanted = (duty.pk, stopped.obligation_id, running[1].obligation_id, alert.deadline.obligation_id)
    return [f"/d/{district.slug}/duties/{pk}/" for pk in wanted]


def records(district: District, by: User) -> list[str]:
    """A hold whose signed release waits for another person than the one who asked."""
    hold = LitigationHold.objects.filter(case__district=district, status="active").get()
    counsel = User.objects.get(email="counsel@northfield.example")
    ask_release(hold, release=proof("Released."), by=counsel)
    return [f"/d/{district.slug}/holds/{hold.case.number}/"]


def setting_up(district: District, by: User) -> list[str]:
    """A pack to let go, more time, a further holiday, a new sender, each waiting; a request few may see."""
    counsel = User.objects.get(email="counsel@northfield.example")
    followed = Adoption.objects.filter(district=district, until=None).latest("pk")
    end_adoption(followed, reason="Another policy takes its place.", by=counsel)
    longer = make_edition(
        district=district, pack="ct-3520.13@2017", rules={"contract-posting": {"amount": 7}}, by=counsel,
        citation="Regular meeting, item 7.2", board_date=date(2026, 1, 12),
    )  # fmt: skip
    year = engine_now().astimezone(district.tz).year
    listed = ConfirmedYear.objects.filter(district=district, year=year).latest("version")
    days = [(date.fromisoformat(day), name) for day, name in listed.holidays]
    further = change_year(
        district=district, calendar=listed.calendar, year=year, by=counsel, reason="The decree of May.",
        holidays=[*days, (date(year, 8, 12), "Founders' Day")],
    )  # fmt: skip
    assert further is not None
    ask_for_sender(Route.objects.get(district=district), address="new@northfield.example", by=by)
    asked = record_inquiry(
        district=district, sort="immigration", asks="Addresses", received_at=engine_now(), by=by
    )
    return [
        f"/setup/{district.slug}/packs/{followed.pk}/end/",
        f"/setup/{district.slug}/packs/editions/{longer.pk}/",
        f"/setup/{district.slug}/holidays/changes/{further.pk}/",
        f"/d/{district.slug}/inquiries/{asked.case.number}/seen-by/",
    ]


def make_states(district: District, by: User, second: User) -> dict[str, list[str]]:
    """Everything above; the addresses by the kind of person who may open them."""
    records_first = records(district, by)
    posting = Posting.objects.latest("pk")
    public, desk = f"/{district.slug}", f"/d/{district.slug}"
    standing = Obligation.objects.open().filter(district=district, case__kind="standing").latest("pk")
    return {
        "staff": [
            *records_first,
            f"{desk}/standing/{standing.case.number}/{standing.rule}/",
            *breaches(district, by, second),
            *contracts(district, by),
            *notices(district, by),
            *families(district, by),
            *duties(district, by, second),
            *setting_up(district, by),
            "/setup/",
            "/accounts/logout/",
            "/accounts/reauthenticate/",
        ],
        "vendor": of_the_vendor(district),
        "visitor": [
            *followers(district),
            *people(district, by),
            "/accounts/signup/",
            f"{public}/sitemap.xml",
            f"{public}/n/{posting.number}/v1/",
            f"{desk}/report-a-breach/",
        ],
    }
