"""The main job at the custodian's desk, with scripts and without: upload, check, execute, hide, prove."""

import re
from datetime import UTC, datetime

import pypdfium2
import pytest
from django.test import Client

from contracts.models import Contract, RedactionBox
from ledger.jobs import run_waiting_jobs
from parties.access import see_districts
from tests.browser.looks import look_at_widths
from tests.contracts.making import a_contract, a_read_contract, adopt, pdf, with_paper
from tests.contracts.papers import agreement_docx, agreement_pdf
from tests.factories import DistrictFactory, SchoolFactory, VendorMemberFactory, member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    district = DistrictFactory(name="Northfield Public Schools", slug="northfield")
    SchoolFactory(district=district, name="Hill School")
    return district


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


def sign_in(page, person, live_server):
    page.set_default_timeout(60_000)  # pages of a contract are drawn in a child process
    client = Client()
    client.force_login(person)
    cookie = client.cookies["session"]
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": live_server.url}])


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def in_the_background(district):
    """What a worker would do meanwhile."""
    see_districts([district.pk])
    assert run_waiting_jobs() == 1


def look(page, scripts):
    if scripts:
        look_at_widths(page)


@pytest.mark.obligation("L-1", "L-5")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_file_to_executed(new_page, live_server, district, custodian, scripts):
    page = new_page(scripts=scripts)
    sign_in(page, custodian, live_server)
    page.goto("/d/northfield/contracts/")
    look(page, scripts)
    page.get_by_role("link", name="Add a contract").first.click()
    look(page, scripts)
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
    assert page.get_by_text("Waiting to start").is_visible()
    look(page, scripts)
    in_the_background(district)
    if not scripts:
        page.reload()
    page.get_by_role("link", name="Go on: is this right?").click()
    look(page, scripts)
    page.get_by_label("What is it?", exact=False).fill("An online reading program.")
    page.get_by_label("What does the school use it for?", exact=False).fill("Practice in reading")
    page.get_by_text("Student's name", exact=True).click()
    page.get_by_text("All schools use it").click()
    press(page, "Yes, save these terms")
    page.wait_for_url("**/review/**")
    look(page, scripts)
    assert page.locator("svg.page-picture image").count() == 1
    assert page.locator("input[type=radio]:checked").count() == 0
    page.get_by_text(re.compile("^Yes$")).click()
    press(page, "Save, go to the next term")
    if page.get_by_role("link", name=re.compile("Read and confirm")).count():
        page.get_by_role("link", name=re.compile("Read and confirm")).click()
        page.wait_for_url("**/review/together/**")
        look(page, scripts)
        page.get_by_role("button", name=re.compile("I have read")).click()
    while "/review/" in page.url:
        page.get_by_text(re.compile("^Yes$")).click()
        press(page, "Save, go to the next term")
    assert page.get_by_text("In order").first.is_visible()
    look(page, scripts)
    page.get_by_role("link", name="Mark as executed").first.click()
    page.get_by_label("Day of the last signature").fill("2026-11-16")
    press(page, "Show when the notice is due")
    page.get_by_text("Mon, Nov 23").first.wait_for()
    look(page, scripts)
    press(page, "Mark as executed")
    page.get_by_text("Marked as executed.").wait_for()
    look(page, scripts)
    see_districts([district.pk])
    assert Contract.objects.get().status == "executed"


def test_a_passage_is_chosen_from_the_page_as_text(new_page, live_server, district, custodian):
    contract = a_read_contract(district, custodian)
    row = contract.findings.get(requirement="ct-09")
    page = new_page(scripts=False)
    sign_in(page, custodian, live_server)
    page.goto(f"/d/northfield/contracts/{contract.case.number}/review/{row.pk}/")
    page.get_by_role("link", name="Read this page as text").click()
    assert "Connecticut" in page.locator("mark").first.inner_text()
    page.locator("label").filter(has_text="Connecticut").first.click()
    press(page, "Use these lines")
    assert "Connecticut" in page.get_by_label("The words on that page", exact=False).input_value()


def test_the_public_copy_is_marked_made_and_confirmed(new_page, live_server, district, custodian):
    contract = a_read_contract(district, custodian)
    number = next(p.number for p in contract.case.pages.all() if "004417729" in p.text)
    page = new_page()
    sign_in(page, custodian, live_server)
    page.goto(f"/d/northfield/contracts/{contract.case.number}/public-copy/?page={number}")
    look(page, scripts=True)
    page.get_by_label("Words to hide").fill("004417729")
    page.get_by_label("Legal ground").first.select_option("bank")
    press(page, "Hide these words")
    page.locator("svg rect.redacted").wait_for(state="attached")
    page.set_viewport_size({"width": 1280, "height": 1400})
    picture = page.locator("svg.page-picture").bounding_box()
    page.mouse.move(picture["x"] + 0.2 * picture["width"], picture["y"] + 0.1 * picture["height"])
    page.mouse.down()
    page.mouse.move(picture["x"] + 0.6 * picture["width"], picture["y"] + 0.15 * picture["height"])
    page.mouse.up()
    assert float(page.locator("[data-place=left]").input_value()) == pytest.approx(20, abs=1)
    assert float(page.locator("[data-place=width]").input_value()) == pytest.approx(40, abs=1)
    look(page, scripts=True)
    page.locator("#id_place-ground").select_option("security")
    press(page, "Hide this place")
    page.get_by_text("Hidden so far (2)").wait_for()
    press(page, "Make the public copy")
    page.get_by_role("button", name=re.compile("confirm the copy")).click()
    page.get_by_text("Confirmed.").wait_for()
    see_districts([district.pk])
    boxes = {box.ground: box for box in RedactionBox.objects.all()}
    stored = contract.case.pages.get(number=number)
    assert boxes["security"].x == pytest.approx(0.2 * stored.width, abs=0.01 * stored.width)
    assert boxes["security"].h == pytest.approx(0.05 * stored.height, abs=0.01 * stored.height)


def test_a_word_contract_is_marked_and_copied_without_scripts(
    new_page, live_server, complaints, district, custodian
):
    contract = a_contract(district, custodian)
    with_paper(contract, custodian, upload=pdf(agreement_docx(), "contract.docx"))
    in_the_background(district)
    page = new_page(scripts=False)
    sign_in(page, custodian, live_server)
    page.goto(f"/d/northfield/contracts/{contract.case.number}/public-copy/")
    press(page, "Make the pages")
    page.get_by_text("The pages are ready.").wait_for()
    page.get_by_text("A place on the picture").click()
    page.get_by_role("link", name="Show a ruler on the page").click()
    page.locator("svg .ruler line").first.wait_for(state="attached")
    assert page.locator("svg .ruler line").count() == 18
    place = page.locator("form").filter(has=page.locator("input[value=place]"))
    for name, percent in (("left", "10"), ("top", "5"), ("width", "80"), ("height", "150")):
        page.locator(f"[data-place={name}]").fill(percent)
    place.get_by_label("Legal ground").select_option("security")
    place.get_by_role("button", name="Show me the box first").click()
    assert page.get_by_text("less than or equal to 100").first.is_visible()
    complaints.expect("422")
    page.locator("[data-place=height]").fill("7")
    place.get_by_role("button", name="Show me the box first").click()
    assert page.locator("svg rect.tried").count() == 1
    assert page.get_by_text("Hidden so far (0)").is_visible()
    place.get_by_role("button", name="Hide this place").click()
    page.get_by_text("Whole lines").click()
    line = page.locator("label.usa-checkbox__label").filter(has_text="Connecticut").first
    words = line.inner_text()
    line.click()
    press(page, "Hide these lines")
    assert page.locator("svg rect.redacted").count() >= 2
    press(page, "Make the public copy")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Open the copy").click()
    shown = pypdfium2.PdfDocument(saved.value.path().read_bytes())
    text = " ".join(" ".join(each.get_textpage().get_text_bounded().split()) for each in shown)
    assert " ".join(words.split()) not in text
    assert "Harbor Savings" in text


def test_the_pages_of_a_short_contract_and_of_its_vendor(new_page, live_server, district, custodian):
    contract = a_read_contract(district, custodian, agreement_pdf(without=("severability",), law="Delaware"))
    page = new_page()
    sign_in(page, custodian, live_server)
    base = f"/d/northfield/contracts/{contract.case.number}/"
    row = contract.findings.get(requirement="ct-10")
    page.goto(f"{base}review/{row.pk}/")
    page.get_by_text("No. Ask the vendor to add it").click()
    page.get_by_text("Another page, not enough, or not needed").click()
    page.get_by_text("It is not there").click()
    press(page, "Save, go to the next term")
    for step in ("", "ask/", "add/", "leave/", "access/", "execute/", "review/?all"):
        page.goto(base + step)
        look(page, scripts=True)
    page.goto("/d/northfield/vendors/")
    look(page, scripts=True)
    page.get_by_role("link", name="Lumen Reading, Inc.").click()
    look(page, scripts=True)
    see_districts([district.pk])
    speaker = VendorMemberFactory(vendor=contract.vendor_file.vendor).user
    vendor = new_page()
    sign_in(vendor, speaker, live_server)
    vendor.goto("/vendor/")
    look(vendor, scripts=True)
    vendor.get_by_role("link", name="Lumen Reading").click()
    assert vendor.get_by_text("Terms that were not found").is_visible()
    look(vendor, scripts=True)
