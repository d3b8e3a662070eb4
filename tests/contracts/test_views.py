"""The pages, and who is refused them."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from contracts.letters import request_to_amend
from contracts.models import Contract, Instrument, Page
from contracts.review import confirm_batch
from ledger.jobs import run_waiting_jobs
from ledger.models import Document
from tests.contracts.making import a_contract, a_read_contract, pdf, propose, propose_all, with_paper
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, SchoolFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    district = DistrictFactory(slug="northfield")
    SchoolFactory(district=district, name="Hill School")
    return district


@pytest.fixture
def desk(client, custodian):
    client.force_login(custodian)
    return client


def at(contract, name="detail", *more):
    return reverse(f"contract:{name}", args=[contract.district.slug, contract.case.number, *more])


START = {
    "vendor_name": "Lumen Reading, Inc.",
    "vendor_kind": "operator",
    "product": "Lumen Reading",
    "scope": "applies",
    "purpose_kind": "software",
    "agreed_how": "signed",
}
TERMS = {
    "product": "Lumen Reading",
    "scope": "applies",
    "purpose_kind": "software",
    "description": "An online reading program.",
    "purpose": "Practice in reading",
    "elements": ["student-name", "grade-level"],
    "all_schools": "on",
    "starts_on": "2026-07-01",
    "ends_on": "2027-06-30",
    "renewal": "none",
}


def test_the_walk_from_upload_to_executed(desk, district, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    answer = desk.post(reverse("contract:new", args=["northfield"]), {**START, "upload": pdf()})
    contract = Contract.objects.get()
    assert answer.url == at(contract, "reading")
    assert "Waiting to start." in desk.get(answer.url).text
    run_waiting_jobs()
    assert "Go on: is this right?" in desk.get(at(contract, "reading_progress")).text
    assert "from page" in desk.get(at(contract, "terms")).text
    assert desk.post(at(contract, "terms"), TERMS).url == at(contract, "review")
    together = desk.get(at(contract, "together"))
    ids = [row.finding.pk for row in together.context["rows"]]
    assert len(ids) >= 8
    desk.post(at(contract, "together"), {"finding": ids})
    for row in contract.findings.undecided():
        desk.post(at(contract, "finding", row.pk), {"answer": "yes"})
    contract.refresh_from_db()
    assert contract.conformity == "conforming"
    paper = contract.instruments.get()
    foreseen = desk.get(at(contract, "execute"), {"executed_on": "2026-11-16"})
    assert "end of Mon, Nov 23" in foreseen.text
    done = desk.post(at(contract, "execute"), {"executed_on": "2026-11-16", "instrument": paper.pk})
    assert done.url == at(contract)
    page = desk.get(done.url)
    assert "In order" in page.text
    assert "Tell families about the contract" in page.text


def test_a_refused_file_keeps_nothing_and_says_so_beside_its_field(desk):
    bad = pdf(b"<html></html>", "contract.pdf")
    answer = desk.post(reverse("contract:new", args=["northfield"]), {**START, "upload": bad})
    assert answer.status_code == 422
    assert "something else inside" in answer.context["form"].errors["upload"][0]
    assert Contract.objects.count() == 0
    assert Document.objects.count() == 0


def test_without_a_file_it_is_refused(desk):
    answer = desk.post(reverse("contract:new", args=["northfield"]), START)
    assert answer.status_code == 422
    assert "upload" in answer.context["form"].errors
    assert Contract.objects.count() == 0


@pytest.mark.parametrize("day", ["2031-01-01", "soon", "2026-02-30", ""])
def test_an_impossible_day_is_refused_beside_its_field(desk, district, custodian, day):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    answer = desk.post(at(contract, "execute"), {"executed_on": day, "instrument": paper.pk})
    assert answer.status_code == 422
    assert "executed_on" in answer.context["form"].errors
    contract.refresh_from_db()
    assert contract.status == "draft"


def test_executing_twice_says_what_happened(desk, district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    given = {"executed_on": "2026-11-16", "instrument": paper.pk}
    desk.post(at(contract, "execute"), given)
    again = desk.post(at(contract, "execute"), given)
    assert again.status_code == 422
    assert Instrument.objects.get().executed_on == date(2026, 11, 16)


def test_the_list_is_searched_filtered_and_paged(desk, district, custodian):
    lumen = a_contract(district, custodian)
    for number in range(26):
        a_contract(district, custodian, product=f"Math {number}", vendor="MathPath, Inc.")
    page = reverse("contract:list", args=["northfield"])
    assert len(desk.get(page).context["page_obj"]) == 25
    assert len(desk.get(page, {"page": 2}).context["page_obj"]) == 2
    assert list(desk.get(page, {"q": "lumen"}).context["page_obj"]) == [lumen]
    assert list(desk.get(page, {"q": "zzz"}).context["page_obj"]) == []
    assert len(desk.get(page, {"status": "executed"}).context["page_obj"]) == 0
    assert desk.get(page, {"school": "999999999999", "status": "x", "page": "x"}).status_code == 200


def test_the_list_asks_the_database_the_same_number_of_times_for_any_length(
    desk, district, custodian, django_assert_max_num_queries
):
    a_contract(district, custodian)
    page = reverse("contract:list", args=["northfield"])
    desk.get(page)
    for number in range(20):
        a_contract(district, custodian, product=f"Math {number}")
    with django_assert_max_num_queries(18):
        desk.get(page)


def test_a_page_of_the_contract_is_a_picture_that_the_browser_may_keep(desk, district, custodian):
    contract = a_read_contract(district, custodian)
    document = contract.instruments.get().document
    answer = desk.get(at(contract, "page_image", document.uuid, 1))
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "private" in answer["Cache-Control"]
    again = desk.get(at(contract, "page_image", document.uuid, 1), headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_a_word_file_has_no_picture_of_a_page(desk, district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    Document.objects.filter(pk=paper.document_id).update(content_type=word)
    facts = {"district": district, "case": contract.case, "number": 1, "width": 612, "height": 792}
    Page.objects.create(document=paper.document, text="Terms", source="flow", **facts)
    assert desk.get(at(contract, "page_image", paper.document.uuid, 1)).status_code == 404
    assert desk.get(at(contract, "page_text", paper.document.uuid, 1)).status_code == 200


def test_the_page_as_text_marks_the_passage_and_gives_lines_to_choose(desk, district, custodian):
    contract = a_read_contract(district, custodian)
    row = contract.findings.get(requirement="ct-09")
    quote = row.quotes[0]
    document = Document.objects.get(pk=quote["document"])
    answer = desk.get(at(contract, "page_text", document.uuid, quote["page"]), {"finding": row.pk})
    assert "<mark>" in answer.text
    line = next(each for each in answer.context["lines"] if "Connecticut" in each)
    chosen = desk.get(at(contract, "finding", row.pk), {"page": quote["page"], "line": [line]})
    assert chosen.context["form"]["text"].value() == line


@pytest.fixture
def with_nearest_words(district, custodian):
    """A term that was not found, with the words nearest to it on a page of the contract."""
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian).document
    Page.objects.create(
        district=district, case=contract.case, document=paper, number=1, width=0, height=0, source="flow",
        text="12. Void words. If a court\nstrikes out a line, the rest lives on.",
    )  # fmt: skip
    words = "If a court strikes out a line, the rest lives on."
    nearest = [{"document": paper.pk, "page": 1, "text": words, "boxes": []}]
    return propose(contract, "ct-10", "missing", nearest=nearest)


def test_a_term_that_was_not_found_shows_its_nearest_words_and_counts_as_missing(desk, with_nearest_words):
    contract = with_nearest_words.contract
    shown = desk.get(at(contract, "finding", with_nearest_words.pk))
    assert "Not found. Nearest words:" in shown.text
    assert "strikes out a line" in shown.text
    assert "0 of" in shown.text
    assert list(shown.context["form"].fields["answer"].choices)[0] == (
        "nearest",
        "Yes, the nearest words say it",
    )
    desk.post(at(contract, "finding", with_nearest_words.pk), {"answer": "no", "shortfall": "absent"})
    with_nearest_words.refresh_from_db()
    assert with_nearest_words.stands == "missing"
    assert with_nearest_words.passages == []
    assert "strikes out a line" not in request_to_amend(contract, [with_nearest_words])


def test_a_person_may_say_that_the_nearest_words_are_the_term(desk, custodian, with_nearest_words):
    answer = desk.post(
        at(with_nearest_words.contract, "finding", with_nearest_words.pk), {"answer": "nearest"}
    )
    assert answer.status_code == 302
    with_nearest_words.refresh_from_db()
    assert (with_nearest_words.decision, with_nearest_words.stands) == ("corrected", "met")
    assert with_nearest_words.passages[0]["text"] == "If a court strikes out a line, the rest lives on."
    assert (
        "Nearest words:"
        not in desk.get(at(with_nearest_words.contract, "finding", with_nearest_words.pk)).text
    )


def test_a_file_is_a_download_with_its_own_bytes(desk, district, custodian):
    contract = a_contract(district, custodian)
    document = with_paper(contract, custodian).document
    answer = desk.get(at(contract, "download", document.uuid))
    assert b"".join(answer.streaming_content) == agreement_pdf()
    assert answer["Content-Disposition"].startswith("attachment")


NAMES = ["detail", "reading", "reading_progress", "terms", "add_paper", "review", "together", "execute",
         "clocks", "ask", "cure", "leave", "certificate", "suspend", "public_copy"]  # fmt: skip
POSTS = ["cure_sent", "cure_withdraw", "clear", "make_copy", "confirm_copy"]


@pytest.mark.parametrize("name", [*NAMES, *POSTS])
def test_another_districts_contract_is_not_there(client, district, custodian, name):
    contract = a_contract(district, custodian)
    client.force_login(member(DistrictFactory()))
    answer = client.post(at(contract, name)) if name in POSTS else client.get(at(contract, name))
    assert answer.status_code == 404


def test_another_districts_files_pictures_and_terms_are_not_there(client, district, custodian):
    contract = a_read_contract(district, custodian)
    document = contract.instruments.get().document
    row = contract.findings.first()
    client.force_login(member(DistrictFactory()))
    for url in (
        at(contract, "download", document.uuid),
        at(contract, "page_image", document.uuid, 1),
        at(contract, "page_text", document.uuid, 1),
        at(contract, "finding", row.pk),
        at(contract, "act", "contract-notice"),
        reverse("contract:list", args=["northfield"]),
        reverse("contract:new", args=["northfield"]),
        reverse("vendorfile:list", args=["northfield"]),
        contract.vendor_file.get_absolute_url(),
    ):
        assert client.get(url).status_code == 404, url


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_is_asked_to_sign_in(client, district, custodian, name):
    answer = client.get(at(a_contract(district, custodian), name))
    assert answer.status_code == 302
    assert "login" in answer.url


def test_a_viewer_reads_and_may_not_write(client, district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    client.force_login(member(district, "viewer"))
    assert client.get(at(contract)).status_code == 200
    given = {"executed_on": "2026-11-16", "instrument": paper.pk}
    assert client.post(at(contract, "execute"), given).status_code == 403
    assert client.post(at(contract, "terms"), TERMS).status_code == 403
    assert client.get(reverse("contract:new", args=["northfield"])).status_code == 403
    contract.refresh_from_db()
    assert contract.status == "draft"


def test_another_contracts_term_cannot_be_reached_through_this_one(desk, district, custodian):
    mine = a_contract(district, custodian)
    other = a_contract(district, custodian, product="MathPath")
    row = propose_all(other)[0]
    assert desk.get(at(mine, "finding", row.pk)).status_code == 404


def test_no_answer_is_chosen_beforehand(desk, district, custodian):
    contract = a_contract(district, custodian)
    row = propose_all(contract)[0]
    assert " checked" not in desk.get(at(contract, "finding", row.pk)).text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"answer": "no"}, "shortfall"),
        ({"answer": "elsewhere"}, "text"),
        ({}, "answer"),
    ],
)
def test_an_answer_that_says_too_little_is_refused_beside_its_field(desk, district, custodian, given, field):
    contract = a_read_contract(district, custodian)
    row = contract.findings.get(requirement="ct-01")
    answer = desk.post(at(contract, "finding", row.pk), given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_contract_page_says_not_in_order_and_what_is_next(desk, district, custodian):
    contract = a_contract(district, custodian)
    rows = propose_all(contract, short={"ct-06": "missing"})
    confirm_batch(contract, findings=[row.pk for row in rows if row.verdict == "met"], by=custodian)
    desk.post(at(contract, "finding", rows[5].pk), {"answer": "no", "shortfall": "absent"})
    page = desk.get(at(contract)).text
    assert "Not in order" in page
    assert "1 required term is missing. Do not share data yet." in page
    assert "Ask the vendor" in page


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "{{7*7}}", "%(x)s", "{0.__class__}"])
def test_what_people_type_is_shown_as_typed(desk, district, custodian, words):
    contract = a_contract(district, custodian, product=words, purpose=words, vendor=f"Vendor {words}")
    page = desk.get(at(contract)).text
    assert "<script>alert" not in page
    assert ">49<" not in page
    assert desk.get(reverse("contract:list", args=["northfield"])).status_code == 200


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 17, "٣", "-1", "x"])
def test_a_number_that_no_row_has_is_no_fault_of_the_server(desk, district, custodian, number):
    contract = a_read_contract(district, custodian)
    term = at(contract, "finding", contract.findings.first().pk)
    asked = [(term, "document"), (term, "page"), (at(contract, "execute"), "instrument")]
    for page, name in [*asked, (reverse("contract:list", args=["northfield"]), "school")]:
        assert desk.get(page, {name: number}).status_code == 200
    assert desk.post(at(contract, "together"), {"finding": [number]}).status_code in (302, 422)
