"""A20 and A21: markup and template words that people type, or a contract contains, stay words everywhere."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from pypdfium2 import PdfDocument

from contracts.asking import letter_of
from contracts.cure import begin_cure
from contracts.execution import execute_contract
from contracts.review import correct_finding
from inquiries.answering import record_inquiry
from ledger.documents import open_document
from ledger.packets import packet
from notices.feeds import safe_cell
from notices.models import Notice
from parties.models import School
from policy.adoptions import set_parameter
from tests.contracts.making import CT, a_contract, adopt, propose, with_paper
from tests.factories import DistrictFactory, SchoolFactory, VendorMemberFactory, member

pytestmark = pytest.mark.django_db
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea><iframe src=//evil.example>",
]
TEMPLATES = ["{{ 7*7 }}", "{% debug %}", "%(x)s", "{0.__class__}", "${7*7}"]


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    return DistrictFactory(slug="willow")


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


def planted(district, custodian, words):
    """The words in every place that a person or a contract can put them."""
    SchoolFactory(district=district, name=f"School {words}"[:200])
    contract = a_contract(
        district, custodian, vendor=f"Vendor {words}", product=f"Product {words}", purpose=words,
        description=words, scope="applies",
    )  # fmt: skip
    paper = with_paper(contract, custodian)
    row = propose(contract, "ct-10", "missing")
    found = propose(
        contract, "ct-01", quotes=[{"document": 1, "page": 1, "text": words, "boxes": []}], why=words
    )
    assert found.passages
    correct_finding(row, verdict="missing", shortfall="absent", reason=words, by=custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    begin_cure(contract, findings=[row.pk], words=words, by=custodian)
    inquiry = record_inquiry(
        district=district, sort="public-records", asks=words, asked_by=words, reply_to=words, by=custodian,
        received_at=datetime(2026, 11, 18, 14, 0, tzinfo=UTC),
    )  # fmt: skip
    contract.refresh_from_db()
    return contract, inquiry


def pages(contract, inquiry):
    here = [contract.district.slug, contract.case.number]
    notice = Notice.objects.get(district=contract.district)
    return [
        "/",
        "/deadlines/",
        reverse("contract:list", args=here[:1]),
        *(reverse(f"contract:{name}", args=here) for name in ("detail", "review", "cure", "terms", "leave")),
        reverse("contract:finding", args=[*here, contract.findings.get(requirement="ct-01").pk]),
        contract.vendor_file.get_absolute_url(),
        inquiry.case.get_absolute_url(),
        notice.get_absolute_url(),
    ]


@pytest.mark.parametrize("words", MARKUP)
def test_markup_stays_text_on_every_page_that_shows_it(district, custodian, client, words):  # A20
    contract, inquiry = planted(district, custodian, words)
    client.force_login(custodian)
    shown = 0
    for url in pages(contract, inquiry):
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, url
        assert words not in answer.text.replace("&#x27;", "'") or "<" not in words and '"' not in words, url
        shown += "alert(1)" in answer.text or "evil.example" in answer.text
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert shown >= 6


@pytest.mark.parametrize("words", TEMPLATES)
def test_template_words_are_never_worked_out(district, custodian, client, words):  # A21
    contract, inquiry = planted(district, custodian, words)
    client.force_login(custodian)
    for url in pages(contract, inquiry):
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, url
        assert "49" not in answer.text.split("<h1>")[1].split("</h1>")[0], url
    assert words in letter_of(contract.cures.get()).plain


def test_a_packet_and_a_vendors_page_show_it_as_words(district, custodian, client):  # A20
    words = MARKUP[0]
    contract, _inquiry = planted(district, custodian, words)
    set_parameter(district=district, pack=CT, name="audience.students", value="eligible", by=custodian)
    made = packet(case=contract.case, by=custodian)
    with open_document(made) as stored:
        text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(stored.read()))
    assert words in text.replace("\r\n", "").replace("\n", "")
    client.force_login(VendorMemberFactory(vendor=contract.vendor).user)
    page = client.get(reverse("vendor:contract", args=[district.slug, contract.case.number]))
    assert page.status_code == 200
    assert words not in page.text


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing_that_a_name_says(cell):  # A20, CSV cell
    assert safe_cell(cell).startswith("'")


def test_a_schools_name_is_words_at_the_set_up_desk(district, client):  # A20
    SchoolFactory(district=district, name=MARKUP[0])
    client.force_login(member(district, "administrator"))
    page = client.get(reverse("setup:schools", args=["willow"]))
    assert page.status_code == 200
    assert MARKUP[0] not in page.text
    assert School.objects.get().name == MARKUP[0]
