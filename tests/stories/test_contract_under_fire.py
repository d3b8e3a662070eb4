"""The main job in the browser while its helpers die: Valkey wiped again and again, workers killed outright.

What must hold (architecture §5.8, §6): PostgreSQL alone knows what is due, so nothing is lost; and nothing
is sent twice but a message whose worker died after its text had begun to flow, which is shown as uncertain.
"""

import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
import redis

from contracts.models import ClauseFinding, Contract
from ledger.models import Document, Job
from mail.models import Delivery, Route
from notices.models import Notice, Posting
from parties.access import see_districts
from policy.adoptions import set_parameter
from policy.models import Deadline, Obligation
from tests.browser.test_contracts import press, sign_in
from tests.conftest import wait_for
from tests.contracts.making import CT, adopt
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, SchoolFactory, member
from tests.roster.factories import make_family

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
SLOW = "slow.family@home.example"  # the relay takes the text, and answers ten seconds later


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))  # Wednesday, 10 a.m. in New York
    district = DistrictFactory(name="Northfield Public Schools", slug="northfield")
    school = SchoolFactory(district=district, name="Hill School")
    Route.objects.create(district=district, sender="records@northfield.example")
    for _ in range(5):
        make_family(district, school=school)
    _child, slow = make_family(district, school=school)
    slow.email = SLOW
    slow.save()
    return district


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    administrator = member(district, "administrator")
    set_parameter(district=district, pack=CT, name="audience.students", value="eligible", by=administrator)
    return person


@pytest.fixture
def wipe(broker):
    """Empties Valkey: every bell that waits, every result, every schedule is gone."""

    def now():
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            client.flushall()

    return now


def upload(page, custodian, live_server):
    sign_in(page, custodian, live_server)
    page.goto("/d/northfield/contracts/new/")
    page.get_by_label("Name of a new vendor").fill("Lumen Reading, Inc.")
    page.get_by_label("What does the new vendor do?").select_option("operator")
    page.get_by_label("Product or service").fill("Lumen Reading")
    page.get_by_text("Yes, the vendor will have student data").click()
    page.get_by_text("Educational software that uses student records").click()
    page.get_by_text("Both sides signed").click()
    file = {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": agreement_pdf()}
    page.set_input_files("input[type=file]", file)
    press(page, "Save and read the file")
    page.wait_for_url("**/reading/")


def check_terms(page):
    page.reload()
    page.get_by_role("link", name="Go on: is this right?").click()
    page.get_by_label("What is it?", exact=False).fill("An online reading program.")
    page.get_by_label("What does the school use it for?", exact=False).fill("Practice in reading")
    page.get_by_text("Student's name", exact=True).click()
    page.get_by_text("All schools use it").click()
    press(page, "Yes, save these terms")
    together = page.get_by_role("link", name=re.compile("Read and confirm"))
    if together.count():
        together.click()
        page.get_by_role("button", name=re.compile("I have read")).click()
    while "/review/" in page.url:
        page.get_by_text(re.compile("^Yes$")).click()
        press(page, "Save, go to the next term")
    assert page.get_by_text("In order").first.is_visible()


def execute(page):
    page.get_by_role("link", name="Mark as executed").first.click()
    page.get_by_label("Day of the last signature").fill("2026-11-16")
    press(page, "Mark as executed")
    page.get_by_text("Marked as executed.").wait_for()


def post(page, contract):
    page.goto(f"{contract}public-copy/")
    press(page, "Make the public copy")
    page.get_by_role("button", name=re.compile("confirm the copy")).click()
    page.get_by_text("This copy is posted with the notice").wait_for()
    page.goto(f"/d/northfield/notices/{Notice.objects.get().number}/")
    press(page, "Post on the public site")
    page.get_by_role("link", name="Version 1").wait_for()


def slow_is_with_the_relay(relay):
    return any(SLOW in each["to"] for each in relay.accepted)


@pytest.mark.obligation("L-1", "L-5", "L-6")
def test_dying_workers_and_a_wiped_valkey_lose_nothing_and_repeat_nothing(
    new_page, live_server, travel, worker, relay, wipe, district, custodian
):
    page = new_page(scripts=False)
    upload(page, custodian, live_server)
    wipe()  # the bell for the reading is gone; beat finds the row
    see_districts([district.pk])
    first = worker(beat=True)
    wait_for(lambda: Job.objects.get().status == "working", seconds=90, what="the reading to begin")
    first.kill()
    wipe()
    assert Job.objects.get().status == "working"
    travel(timedelta(minutes=6))  # the dead worker's lease runs out
    second = worker(beat=True)
    wait_for(lambda: Job.objects.get().status == "done", seconds=150, what="the reading")
    assert ClauseFinding.objects.count() == 13

    wipe()
    check_terms(page)
    execute(page)
    second.kill()
    wipe()
    contract = Contract.objects.get()
    base = f"/d/northfield/contracts/{contract.case.number}/"
    post(page, base)
    due = {duty.rule: duty.deadlines.get().due_at for duty in Obligation.objects.filter(trigger="executed")}
    assert due["contract-notice"] == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    third = worker(beat=True)
    page.get_by_role("link", name="Send to families").click()
    page.get_by_role("button", name="Send to 6 people now").click()
    wait_for(lambda: slow_is_with_the_relay(relay), seconds=90, what="the relay")
    third.kill()  # after DATA, before the relay's answer
    wipe()
    assert Delivery.objects.get(address=SLOW).status == "sending"
    travel(timedelta(minutes=2))
    worker(beat=True)
    wait_for(
        lambda: Counter(Delivery.objects.values_list("status", flat=True)) == {"sent": 5, "uncertain": 1},
        seconds=90,
        what="the others",
    )
    page.goto(f"/d/northfield/notices/{Notice.objects.get().number}/deliveries/")
    row = page.locator("tr").filter(has_text=SLOW)
    assert "Perhaps handed over" in row.inner_text()
    assert Obligation.objects.get(rule="contract-notice").status == "open"

    wipe()
    travel(
        timedelta(minutes=10)
    )  # no log of the relay can say; a legal message goes again rather than be lost
    wait_for(lambda: not Delivery.objects.exclude(status="sent").exists(), seconds=120, what="the last one")
    wait_for(
        lambda: Obligation.objects.get(rule="contract-notice").status == "settled",
        seconds=60,
        what="the duty",
    )
    taken = Counter(address for each in relay.accepted for address in each["to"])
    families = Delivery.objects.exclude(address=SLOW).values_list("address", flat=True)
    assert taken == {SLOW: 2, **dict.fromkeys(families, 1)}
    assert len({each["message_id"] for each in relay.accepted if SLOW in each["to"]}) == 1

    page.goto(base)
    with page.expect_download() as saved:
        press(page, "Get the evidence packet")
    shown = pypdfium2.PdfDocument(io.BytesIO(saved.value.path().read_bytes()))
    words = "".join(" ".join(each.get_textpage().get_text_bounded() for each in shown).split())
    assert Document.objects.get(kind="contract").sha256 in words
    assert Posting.objects.get().files.get().sha256 in words
    assert (Contract.objects.get().status, Job.objects.count(), Notice.objects.count()) == ("executed", 1, 1)
    assert set(Deadline.objects.filter(obligation__trigger="executed").values_list("status", flat=True)) == {
        "kept"
    }
