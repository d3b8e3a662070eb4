"""A breach from hour 0 to closure: real workers, a real relay, time travelled."""

from __future__ import annotations

import base64
import logging
import re
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from breaches.affected import list_groups, load_list, preview_list
from breaches.closing import close_breach, explain_missed
from breaches.decisions import settle_duty
from breaches.intake import record_report
from breaches.measures import consider_notice, log_step
from breaches.models import ReportChannel
from breaches.packet import breach_packet
from breaches.response import approve, send_and_post, write_notice
from breaches.response import first_words as first_words_of
from breaches.said import Said
from breaches.vendor_word import record_vendor_told_families
from ledger.clock import engine_now
from ledger.documents import open_document
from ledger.models import Entry
from mail.models import Delivery
from notices.letters import mark_posted, print_letters
from notices.models import Posting
from parties.models import Role
from policy.changes import agree
from policy.models import Alert, Deadline, DutyChange, Obligation
from roster.models import Guardian
from tests.breaches.factories import (
    CT,
    MISSOURI,
    csv,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    paper,
    superintendent,
)
from tests.conftest import wait_for
from tests.factories import SchoolFactory, member
from tests.roster.factories import make_family

FRIDAY = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)  # Friday, 6:20 a.m. in New York
CANARIES = ("Canaryson", "canary@home.example", "Wrenfield", "wren@old.example", "9 Canary Lane")


def duty(breach, rule):
    return Obligation.objects.get(case=breach.case, rule=rule)


def clock(breach, rule):
    return Deadline.objects.exclude(status="superseded").get(case=breach.case, rule=rule, pack=CT)


def is_settled(breach, rule):
    return lambda: duty(breach, rule).status == "settled"


def told_at(relay):
    return [address for line in relay.accepted for address in line["to"]]


def mail_to(relay, address):
    return [
        (relay.folder / line["file"]).read_bytes().decode(errors="replace")
        for line in relay.accepted
        if address in line["to"]
    ]


@pytest.mark.obligation("B-1", "B-2", "B-3")
@pytest.mark.parametrize("families", [200, pytest.param(50_000, marks=pytest.mark.long)])
def test_a_vendors_report_becomes_a_sent_posted_proven_and_closed_breach(
    families, travel, worker, relay, broker, transactional_db, caplog
):
    caplog.set_level(logging.DEBUG)
    travel(FRIDAY - timedelta(minutes=1))
    district = make_district(CT, MISSOURI)
    custodian, approver = member(district), member(district, role=Role.APPROVER)
    head = superintendent(district)
    vendor, speaker = make_vendor(district)
    people = make_families(district, families - 1)
    child, parent = make_family(district, given_name="Wendy", family_name="Wrenfield")
    parent.given_name, parent.family_name, parent.email = "Robin", "Canaryson", "canary@home.example"
    parent.save()
    by_letter = people[0][1]
    by_letter.email, by_letter.postal_address = "", "9 Canary Lane\nNorthfield"
    by_letter.save()
    started = worker(beat=True)

    # Hour 0: the vendor reports; the superintendent is told by the worker, and Missouri's duty is settled.
    report = record_report(
        districts=[district],
        channel=ReportChannel.SIGNED_IN,
        said=Said(what_happened="A staff password was stolen.", vendor=vendor, elements=["grades"]),
        by=speaker,
    )
    breach = report.breaches.select_related("case__district", "district", "report__vendor").get()
    wait_for(is_settled(breach, "superintendent-told"), seconds=180, what="the superintendent to be told")
    assert head.email in told_at(relay)
    assert duty(breach, "vendor-report-suspicion").status == "settled"

    # Hour 1: the superintendent's investigation has its log, well inside Missouri's four hours.
    travel(FRIDAY + timedelta(hours=1))
    log_step(breach, kind="secured", words="The password was changed.", by=custodian)
    consider_notice(breach, whom="police", is_needed=False, reason="No crime is known.", by=custodian)
    assert duty(breach, "investigation").status == "settled"

    # Hour 6: the list, the words, the second person, sent and posted.
    travel(FRIDAY + timedelta(hours=6))
    upload = csv(
        "student_id,name,email",
        *(f"{student.sourced_id},," for student, _guardian in people),
        f"{child.sourced_id},,",
        ",Wilma Wrenfield,wren@old.example",
    )
    load_list(preview_list(breach, upload=upload, by=custodian), by=custodian)
    breach.refresh_from_db()
    write_notice(breach, texts=first_words_of(breach), by=custodian)
    approve(breach, by=approver)
    sent = send_and_post(breach, by=custodian)
    assert sent.recipients == families + 1
    assert clock(breach, "breach-posting").status == "kept"
    print_letters(sent.notice, by=custodian)
    mark_posted(sent.notice, by=custodian)
    wait_for(
        is_settled(breach, "families-breach-notice"),
        seconds=180 + families / 20,
        what="every e-mail to leave",
    )
    assert clock(breach, "families-breach-notice").status == "kept"
    to_families = [
        address for address in told_at(relay) if address.endswith(("@home.example", "@old.example"))
    ]
    assert len(to_families) == len(set(to_families)) == families

    # Days later: what is left, then closure and its proof.
    travel(FRIDAY + timedelta(hours=30))
    record_vendor_told_families(breach, told_at=engine_now(), proof=paper(), by=custodian)
    agree(DutyChange.objects.get(kind="done"), by=approver)
    for rest in Obligation.objects.open().filter(case=breach.case):
        settle_duty(rest, at=engine_now(), words="Done by phone.", by=head)
    breach.refresh_from_db()
    closed = close_breach(breach, corrective_action="A second sign-in step for all staff.", by=custodian)
    assert closed.status == "closed"
    said = packet_words(breach_packet(breach, by=custodian, with_names=False))
    assert "A second sign-in step for all staff." in said
    assert "48 hours" in said
    assert "as it was sent" in said

    logs = f"{caplog.text}\n{started.log.read_text()}"
    find_no_canary(breach, custodian, relay, packet_text=said, logs=logs, tasks=tasks_of(broker))
    restricted = packet_words(breach_packet(breach, by=custodian, with_names=True))
    assert "Canaryson" not in restricted  # a guardian is told, but is not affected
    beside = breach.case.documents.get(kind="named-list")  # more than 200 people: a file of its own
    assert beside.sha256 in restricted.replace(" ", "")
    with open_document(beside) as file:
        names = file.read().decode("utf-8-sig").splitlines()[1:]
    assert len(names) == families + 1
    assert f"Student,Wendy Wrenfield,{child.ref}" in names


def packet_words(document):
    with open_document(document) as file:
        pages = pypdfium2.PdfDocument(file.read())
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())


def tasks_of(broker):
    """Every task message that went through the broker, decoded: its append-only file forgets nothing."""
    kept = b"".join(path.read_bytes() for path in broker.folder.rglob("*.aof"))
    bodies = re.findall(rb'"body": ?"([A-Za-z0-9+/=]+)"', kept)
    assert bodies
    return "\n".join(base64.b64decode(body).decode() for body in bodies)


def find_no_canary(breach, custodian, relay, *, packet_text, logs, tasks):
    """No affected person in any page, feed, log line, task, entry, packet or other recipient's mail."""
    places = {"packet": packet_text, "logs": logs, "tasks": tasks}
    places["entries"] = " ".join(f"{entry.reason} {entry.facts} {entry.act}" for entry in Entry.objects.all())
    posting = Posting.objects.get(case=breach.case)
    slug = breach.district.slug
    public = Client()
    for name, arguments in (
        ("home", [slug, "en"]),
        ("notice", [slug, "en", posting.number]),
        ("feed", [slug, "en"]),
    ):
        page = public.get(reverse(f"public:{name}", args=arguments))
        assert page.status_code == 200
        places[name] = page.content.decode()
    staff = Client()
    staff.force_login(custodian)
    for name in ("detail", "report", "people", "notice", "approve", "send", "log", "vendor", "close"):
        page = staff.get(reverse(f"breach:{name}", args=[slug, breach.case.number]), follow=True)
        places[f"page {name}"] = page.content.decode()
    for name in ("today", "deadlines"):
        places[name] = staff.get(reverse(name)).content.decode()
    for address in ("", f"{breach.pk}/", f"{breach.pk}/duties/"):
        places[f"API {address}"] = staff.get(f"/api/v1/breaches/{address}").content.decode()
    for query in ("", "?q=password", "?kind=breach"):
        places[f"search {query}"] = public.get(
            f"{reverse('public:home', args=[slug, 'en'])}{query}"
        ).content.decode()
    for extension in ("csv", "xlsx"):
        answer = public.get(reverse("public:list", args=[slug, "en", extension]))
        places[f"list {extension}"] = b"".join(answer).decode(errors="replace")
    for line in relay.accepted:
        if not set(line["to"]) & {"canary@home.example", "wren@old.example"}:
            places[f"mail to {line['to']}"] = (
                (relay.folder / line["file"]).read_bytes().decode(errors="replace")
            )
    found = [(place, canary) for place, text in places.items() for canary in CANARIES if canary in text]
    assert found == []
    assert mail_to(relay, "canary@home.example")  # the canary itself was told: the scan can find something


@pytest.mark.obligation("B-2")
def test_a_breach_that_misses_its_limit_is_sent_late_and_says_why(travel, worker, relay, transactional_db):
    travel(FRIDAY)
    district = make_district()
    custodian, approver = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=custodian, received_at=FRIDAY)
    people = make_families(district, 12)
    worker(beat=True)
    travel(FRIDAY + timedelta(hours=50))
    wait_for(lambda: clock(breach, "families-breach-notice").status == "missed", seconds=180, what="the miss")
    missed = clock(breach, "families-breach-notice")
    assert missed.ended_at == FRIDAY + timedelta(hours=48)  # dated by law, not by when a worker looked
    wait_for(
        lambda: Alert.objects.filter(deadline=missed, step="due").exists(), seconds=180, what="the alarm"
    )
    wait_for(lambda: superintendent(district).email in told_at(relay), seconds=180, what="the superintendent")

    load_list(
        preview_list(breach, upload=csv("student_id", *(s.sourced_id for s, _g in people)), by=custodian),
        by=custodian,
    )
    breach.refresh_from_db()
    write_notice(breach, texts=first_words_of(breach), by=custodian)
    approve(breach, by=approver)
    send_and_post(breach, by=custodian)
    wait_for(is_settled(breach, "families-breach-notice"), seconds=180, what="the e-mails to leave")
    assert clock(breach, "families-breach-notice").status == "missed"
    assert duty(breach, "families-breach-notice").status == "settled"
    explain_missed(breach, because="The list came on Sunday.", by=custodian)
    breach.refresh_from_db()
    for rest in Obligation.objects.open().filter(case=breach.case):
        settle_duty(rest, at=engine_now(), words="Done.", by=custodian)
    assert close_breach(breach, corrective_action="Two people on call.", by=custodian).status == "closed"


@pytest.mark.obligation("B-2", "B-3")
def test_the_mail_server_is_down_for_the_last_three_hours_and_letters_and_posting_keep_the_limit(
    travel, worker, relay, transactional_db
):
    travel(FRIDAY)
    district = make_district()
    custodian, approver = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=custodian, received_at=FRIDAY)
    people = make_families(district, 12)
    Guardian.objects.filter(district=district).update(postal_address="9 Elm Street")
    worker(beat=True)
    relay.close()
    travel(FRIDAY + timedelta(hours=45))
    wait_for(lambda: Alert.objects.filter(deadline__case=breach.case).exists(), seconds=180, what="the alarm")
    listed = preview_list(breach, upload=csv("student_id", *(s.sourced_id for s, _g in people)), by=custodian)
    load_list(listed, by=custodian)
    breach.refresh_from_db()
    write_notice(breach, texts=first_words_of(breach), by=custodian)
    approve(breach, by=approver)
    sent = send_and_post(breach, by=custodian)
    assert clock(breach, "breach-posting").status == "kept"

    travel(FRIDAY + timedelta(hours=46))
    client = Client()
    client.force_login(custodian)
    assert "The e-mail is not leaving" in client.get(breach.get_absolute_url()).content.decode()
    page = reverse("breach:by_letter", args=[district.slug, breach.case.number])
    assert client.post(page, {"reason": ""}).status_code == 422
    assert letters_made(client, page) == 12
    print_letters(sent.notice, by=custodian)
    mark_posted(sent.notice, by=custodian)
    wait_for(is_settled(breach, "families-breach-notice"), seconds=180, what="the letters to count")
    assert clock(breach, "families-breach-notice").status == "kept"
    relay.open()
    assert not [to for to in told_at(relay) if to.endswith("@home.example")]


def letters_made(client, page):
    """Press until no e-mail waits: a sender may hold some for a moment while it tries them."""
    made = 0

    def none_waits():
        nonlocal made
        client.post(page, {"reason": "The mail server is down."})
        made = Delivery.objects.filter(message__kind="breach-notice", channel="letter").count()
        return made == 12

    wait_for(none_waits, seconds=180, what="every waiting e-mail to become a letter")
    return made


@pytest.mark.obligation("B-2", "B-3")
def test_one_person_awake_at_three_on_sunday_with_the_mail_down_still_keeps_the_posting(
    travel, worker, relay, transactional_db
):
    travel(FRIDAY)
    district = make_district()
    awake = member(district, on_call_from=FRIDAY - timedelta(days=1))
    member(district, role=Role.APPROVER)  # asleep
    breach = make_breach(district, by=awake, received_at=FRIDAY)
    school = SchoolFactory(district=district)
    for _number in range(10):
        make_family(district, school=school)
    worker(beat=True)
    wait_for(lambda: awake.email in told_at(relay), seconds=180, what="the person on call to be woken")
    relay.close()
    travel(datetime(2026, 11, 22, 8, 0, tzinfo=UTC))  # Sunday, 3 a.m.; the limit is 6:20 a.m.

    client = Client()
    client.force_login(awake)
    page = client.get(breach.get_absolute_url()).content.decode()
    assert re.search(r"3 h (19|20) min", page)
    assert "Tell all users of this product that they may be involved" in page
    list_groups(breach, schools=[], grades=[], all_schools=True, maybe_involved=True, by=awake)
    breach.refresh_from_db()
    words = first_words_of(breach)
    assert "may be involved" in words["data"]
    write_notice(breach, texts=words, by=awake)
    approve(breach, by=awake, alone_because="It is three in the morning and nobody answers.")
    send_and_post(breach, by=awake)
    assert clock(breach, "breach-posting").status == "kept"
    assert Posting.objects.filter(case=breach.case, is_current=True).exists()
    assert duty(breach, "families-breach-notice").status == "open"

    relay.open()
    travel(datetime(2026, 11, 22, 10, 30, tzinfo=UTC))  # the mail is back 50 minutes before the limit
    wait_for(is_settled(breach, "families-breach-notice"), seconds=180, what="the e-mails to leave")
    assert clock(breach, "families-breach-notice").status == "kept"
    assert superintendent(district).email in told_at(relay)
