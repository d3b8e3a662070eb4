"""The breach desk in the browser: hour 0 to closure with real workers, and a newcomer's drill."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from breaches.models import Breach
from ledger.clock import engine_now
from mail.outbox import turn
from notices.models import Posting
from parties.access import see_districts
from parties.models import Role
from policy.models import Deadline, Obligation
from policy.standing import raise_yearly
from policy.sweep import sweep
from tests.breaches.factories import (
    csv,
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
)
from tests.browser.looks import look_at_widths
from tests.conftest import wait_for
from tests.factories import SchoolFactory, member
from tests.roster.factories import make_family

pytestmark = pytest.mark.django_db(transaction=True)
FRIDAY = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)  # 6:20 a.m. in New York


def sign_in(page, person, live_server):
    page.set_default_timeout(60_000)
    client = Client()
    client.force_login(person)
    cookie = client.cookies["session"]
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": live_server.url}])
    page.goto("/")


def press(page, name):
    page.get_by_role("button", name=name).first.click()


def follow(page, name):
    page.get_by_role("link", name=name).first.click()


@pytest.fixture
def district(travel):
    travel(FRIDAY)
    return make_district(name="Northfield Public Schools", slug="northfield", languages=["en", "es"])


@pytest.mark.obligation("B-1", "B-2", "B-3")
def test_from_the_vendors_word_to_the_closed_breach(new_page, live_server, district, worker, relay, travel):
    custodian, approver = member(district), member(district, role=Role.APPROVER)
    vendor, speaker = make_vendor(district, name="Lumen Reading, Inc.")
    people = make_families(district, 12)
    worker(beat=True)

    # Hour 0: the vendor's person reports, signed in, and keeps a receipt.
    theirs = new_page()
    sign_in(theirs, speaker, live_server)
    theirs.goto("/vendor/reports/new/")
    theirs.get_by_text("Northfield Public Schools").last.click()
    theirs.get_by_label("What happened?").fill("A staff password was stolen.")
    look_at_widths(theirs)
    press(theirs, "Send the report")
    theirs.get_by_text("Received. This page is your receipt.").wait_for()
    look_at_widths(theirs)

    # Hour 6: the person on call begins at Today and follows the page.
    travel(FRIDAY + timedelta(hours=6))
    mine = new_page()
    sign_in(mine, custodian, live_server)
    look_at_widths(mine)
    follow(mine, "Write the notice")
    mine.get_by_role("heading", name="Affected people").wait_for()
    look_at_widths(mine)
    upload = csv("student_id", *(child.sourced_id for child, _parent in people)).read()
    mine.set_input_files("input[type=file]", {"name": "list.csv", "mimeType": "text/csv", "buffer": upload})
    press(mine, "Read the list")
    mine.get_by_text("Nobody is listed before you press the button.").wait_for()
    look_at_widths(mine)
    press(mine, "Use this list")
    mine.get_by_text("12 people are listed.").wait_for()
    look_at_widths(mine)
    follow(mine, "Write the notice")
    look_at_widths(mine)
    press(mine, "Save and read it")
    mine.get_by_text("This is exactly what families get.").wait_for()
    look_at_widths(mine)
    press(mine, "Ask them now")
    mine.get_by_text("Call them when the time is short.").wait_for()
    look_at_widths(mine)

    second = new_page()
    sign_in(second, approver, live_server)
    breach_url = mine.url
    second.goto(breach_url)
    follow(second, "Read and approve")
    press(second, "Approve")
    second.get_by_text("Approved. Now send and post it.").wait_for()
    look_at_widths(second)
    press(second, "Send and post now")
    second.get_by_text("The notice is on its way to 12 people.").wait_for()
    look_at_widths(second)
    see_districts([district.pk])
    breach = Breach.objects.get()
    posting = Posting.objects.get(case=breach.case)
    wait_for(
        lambda: Obligation.objects.get(case=breach.case, rule="families-breach-notice").status == "settled",
        seconds=180,
        what="the e-mails to leave",
    )
    kept = Deadline.objects.get(case=breach.case, rule="families-breach-notice")
    assert kept.status == "kept"
    families = [to for line in relay.accepted for to in line["to"] if to.endswith("@home.example")]
    assert len(families) == len(set(families)) == 12

    # The public page, for a visitor without an account, with no affected person on it.
    visitor = new_page(scripts=False)
    visitor.goto(f"/northfield/en/n/{posting.number}/")
    assert visitor.get_by_text("What happened").first.is_visible()
    assert "Sample" not in visitor.content()

    # Days later: the rest is recorded from the page, then the breach is closed with its packet.
    travel(FRIDAY + timedelta(days=2))
    mine.goto(breach_url)
    look_at_widths(mine)
    for duty in Obligation.objects.open().filter(case=breach.case).order_by("pk"):
        mine.goto(f"{breach_url}do/{duty.rule}/")
        if duty.kind == "vendor_families_notice":
            proof = mine.locator("form").filter(has_text="When did the company tell the families?")
            proof.locator("input[type=text], input[type=datetime-local]").first.fill("2026-11-21 06:00")
            proof.locator("input[type=file]").set_input_files(
                {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"To all families"}
            )
            proof.get_by_role("button", name="Record the proof").click()
        else:
            mine.get_by_label("What was done, and by whom?").fill("Done by phone.")
            press(mine, "Record it")
        mine.get_by_text(re.compile("^Recorded")).first.wait_for()
    told = Obligation.objects.open().get(case=breach.case, kind="vendor_families_notice")
    second.goto(told.get_absolute_url())
    look_at_widths(second)
    press(second, "Agree")
    wait_for(
        lambda: not Obligation.objects.open().filter(pk=told.pk).exists(),
        what="the company's proof to count",
    )
    mine.goto(breach_url)
    follow(mine, "Close the breach")
    look_at_widths(mine)
    mine.get_by_label("What changes", exact=False).fill("A second sign-in step for all staff.")
    press(mine, "Close the breach")
    mine.get_by_text("Closed. The evidence packet holds everything.").wait_for()
    look_at_widths(mine)
    with mine.expect_download() as got:
        press(mine, "Get the evidence packet, no names")
    assert got.value.suggested_filename.endswith(".pdf")
    breach.refresh_from_db()
    assert breach.status == "closed"


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.long)], ids=["scripts", "no-scripts"]
)
def test_a_newcomer_finishes_the_yearly_drill_from_today_by_following_the_page(
    new_page, live_server, district, relay, travel, scripts
):
    custodian, approver = member(district), member(district, role=Role.APPROVER)
    school = SchoolFactory(district=district, name="Hill School")
    for _number in range(3):
        make_family(district, school=school)
    see_districts([district.pk])
    raise_yearly(district)
    page, second = new_page(scripts=scripts), new_page(scripts=scripts)
    seen = look_at_widths if scripts else (lambda page: None)

    sign_in(page, custodian, live_server)
    seen(page)
    follow(page, re.compile("Start the drill"))
    seen(page)
    press(page, "Start the drill")
    page.get_by_text("The drill has begun.").wait_for()
    seen(page)
    drill = page.url
    follow(page, "List the people")
    page.get_by_text("All schools", exact=True).click()
    press(page, "List them")
    page.get_by_text("3 people are listed.").wait_for()
    seen(page)
    follow(page, "Write the notice")
    press(page, "Save and read it")
    seen(page)
    press(page, "Ask them now")

    # The second person comes by the link in the e-mail, which says that it is a drill.
    see_districts([district.pk])
    turn()
    asked = [line for line in relay.accepted if approver.email in line["to"]]
    words = [(relay.folder / line["file"]).read_bytes().decode(errors="replace") for line in asked]
    assert words
    assert all("DRILL" in text for text in words)
    sign_in(second, approver, live_server)
    second.goto(drill)
    follow(second, "Read and approve")
    press(second, "Approve")
    second.get_by_text("Approved. Now send and post it.").wait_for()
    press(second, "Send and post now")
    second.get_by_text("Nobody else hears of it.").wait_for()
    seen(second)

    see_districts([district.pk])
    turn()
    sweep()
    page.goto(drill)
    seen(page)
    follow(page, "Close the breach")
    page.get_by_label("What changes", exact=False).fill("We know whom to call by night.")
    press(page, "Close the breach")
    page.get_by_text("Closed. The evidence packet holds everything.").wait_for()
    seen(page)
    see_districts([district.pk])
    assert Obligation.objects.get(rule="yearly-drill").status == "settled"
    assert not Posting.objects.exists()
    to = {address for line in relay.accepted for address in line["to"]}
    assert not any(address.endswith("@home.example") for address in to)


def test_the_pages_beside_the_five_steps_look_right(new_page, live_server, district, travel):
    by, second = member(district), member(district, role=Role.APPROVER)
    vendor, _speaker = make_vendor(district)
    breach = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY)
    make_breach(district, by=by, channel="own", what_happened="Odd log-ins.", received_at=FRIDAY)
    list_families(breach, make_families(district, 10), by=by)
    page = new_page()
    sign_in(page, by, live_server)
    base = breach.get_absolute_url()
    for step in (
        "log/",
        "access/",
        "vendor/",
        "sanctions/",
        "decision/",
        "seen-by/",
        "report/",
        "same-event/",
    ):
        page.goto(base + step)
        look_at_widths(page)
    page.goto(base + "notice/")
    press(page, "Save and read it")
    page.goto(base + "notice/")
    look_at_widths(page)
    follow(page, "Spanish")
    look_at_widths(page)
    page.get_by_label("What happened").fill("Alguien vio datos de estudiantes.")
    press(page, "Save the translation")
    page.get_by_text("Families do not see it yet.").wait_for()
    other = new_page()
    sign_in(other, second, live_server)
    other.goto(base)
    follow(other, "Read and approve")
    press(other, "Approve")
    press(other, "Send and post now")
    other.get_by_text("The notice is on its way").first.wait_for()
    travel(engine_now() + timedelta(minutes=30))
    other.goto(base)
    assert other.get_by_text("The e-mail is not leaving").is_visible()
    look_at_widths(other)
    follow(other, "Say more on the public page")
    look_at_widths(other)
    other.get_by_label("What is new?").fill("We know which data it was.")
    other.get_by_label("What data, and whose").fill("Names and grades of grade 5.")
    press(other, "Ask a second person")
    other.get_by_text("Somebody else must agree.").wait_for()
    look_at_widths(other)
    page.goto(base + "page/")
    press(page, "Agree and post it")
    page.get_by_text("The new version is public.").wait_for()
    look_at_widths(page)
