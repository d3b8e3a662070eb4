"""The public copy truly lacks what is hidden, and nothing else of the source goes over."""

import io
from datetime import date, timedelta

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.models import Page, RedactionBox
from contracts.printing import print_paper
from contracts.redaction import (
    confirm_public_copy,
    make_public_copy,
    mark_box,
    mark_words,
    public_copy,
    unmark_box,
)
from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.jobs import run_waiting_jobs
from ledger.models import Document, Entry
from notices.copies import Copy
from notices.postings import publish_posting, withdraw_posting
from tests.contracts.making import a_contract, a_read_contract, pdf, with_paper
from tests.contracts.papers import agreement_docx
from tests.factories import DistrictFactory, member
from tests.notices.factories import make_notice

pytestmark = pytest.mark.django_db
SECRET = "004417729"


@pytest.fixture
def paper(district, custodian):
    return a_read_contract(district, custodian).instruments.get()


def page_of(paper, words):
    return next(p.number for p in paper.document.pages.all() if words in p.text)


def content_of(document):
    with document.file.open("rb") as file:
        return file.read()


def execute(paper):
    paper.executed_on = date(2026, 11, 18)
    paper.save()


def everything_in(content):
    """All text a reader can get out, and every stream unpacked."""
    shown = pypdfium2.PdfDocument(content)
    words = "\n".join(page.get_textpage().get_text_bounded() for page in shown)
    raw = b""
    with pikepdf.open(io.BytesIO(content)) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") != "/Image":
                raw += thing.read_bytes()
        raw += str(opened.docinfo).encode()
    return words, raw


@pytest.mark.obligation("1f-5")
def test_hidden_words_are_gone_from_the_copy_and_the_rest_can_be_read(paper, custodian):
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    words, raw = everything_in(content_of(make_public_copy(paper, by=custodian)))
    assert SECRET not in words
    assert SECRET.encode() not in raw
    assert "Harbor Savings" in " ".join(words.split())
    assert "M. Okafor" in words
    assert "Connecticut" in words


def test_the_painted_place_is_black(paper, custodian):
    number = page_of(paper, SECRET)
    (box,) = mark_words(paper, page=number, text=SECRET, ground="bank", by=custodian)
    copy = make_public_copy(paper, by=custodian)
    picture = pypdfium2.PdfDocument(content_of(copy))[number - 1].render(scale=1).to_pil()
    middle = (int(box.x + box.w / 2), int(box.y + box.h / 2))
    assert picture.getpixel(middle)[:3] == (0, 0, 0)


def test_nothing_but_pages_goes_over(paper, custodian):
    with pikepdf.open(io.BytesIO(content_of(make_public_copy(paper, by=custodian)))) as copy:
        assert set(copy.Root.keys()) <= {"/Type", "/Pages", "/Lang", "/ViewerPreferences"}
        assert all("/Annots" not in page for page in copy.pages)
        assert "Lumen Reading" in str(copy.docinfo["/Title"])


@pytest.mark.obligation("1f-5")
def test_the_original_stays_as_it_was(paper, custodian):
    before = content_of(paper.document)
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    copy = make_public_copy(paper, by=custodian)
    assert content_of(paper.document) == before
    assert copy.made_from == paper.document
    assert copy.sha256 != paper.document.sha256


@pytest.mark.obligation("1f-5")
def test_a_copy_is_posted_only_after_a_person_confirmed_it(paper, custodian):
    copy = make_public_copy(paper, by=custodian)
    assert public_copy(paper) is None
    confirm_public_copy(copy, by=custodian)
    assert public_copy(paper) == copy
    with pytest.raises(Conflict):
        confirm_public_copy(copy, by=custodian)


def test_a_copy_older_than_its_boxes_is_not_confirmed(paper, custodian):
    copy = make_public_copy(paper, by=custodian)
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    # However late the copy was kept: what counts is what it was made without.
    Document.objects.filter(pk=copy.pk).update(received_at=engine_now() + timedelta(minutes=2))
    with pytest.raises(Conflict, match="Make the copy again"):
        confirm_public_copy(copy, by=custodian)


def test_what_is_hidden_later_takes_the_confirmed_copy_back(paper, custodian):
    confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    assert public_copy(paper) is None
    again = make_public_copy(paper, by=custodian)
    confirm_public_copy(again, by=custodian)
    assert public_copy(paper) == again
    assert paper.contract.case.documents.filter(kind="redacted-before").count() == 1


def test_what_is_hidden_later_takes_the_posted_copy_off_the_public_page(paper, custodian, client):
    case = paper.contract.case
    first = confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    notice = make_notice(case.district, by=custodian, case=case)
    with pytest.raises(ValidationError, match="public copy is missing"):
        publish_posting(notice, by=custodian)  # nobody has signed this paper
    execute(paper)
    posting = publish_posting(notice, by=custodian)
    duties = case.obligations.filter(kind="posting")
    assert list(duties.values_list("status", flat=True)) == ["settled"]
    here = f"/{case.district.slug}/en/n/{posting.number}"
    file = f"{here}/v1/contract-{posting.files.get().pk}"
    assert [client.get(where).status_code for where in (file, f"{file}/text/")] == [200, 200]
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    assert [client.get(where).status_code for where in (file, f"{file}/text/")] == [404, 404]
    assert file not in client.get(f"{here}/").content.decode()
    assert Entry.objects.filter(case=case, act="posted-copy-withheld").count() == 1
    with pytest.raises(ValidationError, match="not a confirmed copy"):  # by somebody who still had it open
        publish_posting(notice, by=custodian, copies=[Copy(first)], what_changed="x")
    again = duties.get(status="open")
    assert (again.rule, again.deadlines.get().status) == ("contract-posting", "running")
    client.force_login(custodian)
    assert "Posting is owed again" in client.get(notice.get_absolute_url()).content.decode()
    confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    again = publish_posting(notice, by=custodian, what_changed="A number is hidden.")
    assert client.get(f"{here}/v2/contract-{again.files.get().pk}").status_code == 200
    assert not duties.filter(status="open").exists()
    withdraw_posting(again, reason="The wrong contract.", by=custodian)
    assert duties.filter(status="open").count() == 1


@pytest.mark.obligation("L-6")
def test_each_signed_paper_is_posted_with_a_copy_of_its_own(paper, custodian, client):
    case = paper.contract.case
    confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    notice = make_notice(case.district, by=custodian, case=case)
    execute(paper)
    words = pdf(b"Amendment 1. The vendor may keep grades.", "amendment.txt")
    amendment = with_paper(paper.contract, custodian, kind="amendment", changes=["data"], upload=words)
    run_waiting_jobs()
    client.force_login(custodian)
    desk = f"{paper.contract.get_absolute_url()}public-copy/"
    assert "amendment.txt" in client.get(desk).content.decode()
    for act in ("pages", "make", "confirm"):
        assert client.post(f"{desk}{act}/?paper={amendment.pk}").status_code == 302
    assert client.get(f"{desk}?paper={amendment.pk}").status_code == 200
    assert client.get(f"{desk}?paper=0").status_code == 404
    assert "Amendment 1" in everything_in(content_of(public_copy(amendment)))[0]
    assert publish_posting(notice, by=custodian).files.count() == 1  # nobody has signed the amendment
    execute(amendment)
    shown = publish_posting(notice, by=custodian, what_changed="Amended.").files.values_list(
        "name", flat=True
    )
    assert list(shown) == ["Lumen Reading.pdf", "Lumen Reading (An amendment or addendum).pdf"]
    (box,) = mark_words(amendment, page=1, text="grades", ground="bank", by=custodian)
    assert client.post(f"{desk}{box.pk}/unmark/?paper={amendment.pk}").status_code == 302
    with pytest.raises(ValidationError, match="An amendment or addendum"):
        publish_posting(notice, by=custodian, what_changed="Without the amendment.")


def test_a_copy_of_a_file_that_was_replaced_is_neither_posted_nor_confirmed(paper, custodian):
    contract = paper.contract
    confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    draft = make_public_copy(paper, by=custodian)
    notice = make_notice(contract.district, by=custodian, case=contract.case)
    signed = with_paper(contract, custodian, upload=pdf(b"Signed by both sides.", "signed.txt"))
    assert public_copy(signed) is None
    with pytest.raises(Conflict, match="replaced"):
        confirm_public_copy(draft, by=custodian)
    execute(signed)
    with pytest.raises(ValidationError, match="public copy is missing"):
        publish_posting(notice, by=custodian)
    assert contract.case.documents.filter(kind="redacted").count() == 0


def test_a_box_can_be_taken_back(paper, custodian):
    (box,) = mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    unmark_box(box, by=custodian)
    words, _raw = everything_in(content_of(make_public_copy(paper, by=custodian)))
    assert SECRET in words


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("text", {"text": "not in this contract"}),
        ("text", {"text": "  "}),
        ("page", {"page": 99}),
        ("ground", {"ground": "because"}),
    ],
)
def test_what_cannot_be_hidden_is_refused(paper, custodian, field, changes):
    given = {"page": page_of(paper, SECRET), "text": SECRET, "ground": "bank", **changes}
    with pytest.raises(ValidationError) as refused:
        mark_words(paper, by=custodian, **given)
    assert list(refused.value.error_dict) == [field]
    assert RedactionBox.objects.count() == 0


def test_a_box_off_the_page_is_refused(paper, custodian):
    with pytest.raises(ValidationError):
        mark_box(paper, page=1, x=9000, y=10, w=10, h=10, ground="bank", by=custodian)


def test_a_box_drawn_over_a_place_takes_the_words_beneath_and_the_ink(paper, custodian):
    number = page_of(paper, SECRET)
    stored = paper.document.pages.get(number=number)
    half = stored.height / 2
    mark_box(paper, page=number, x=0, y=0, w=stored.width, h=half, ground="security", by=custodian)
    content = content_of(make_public_copy(paper, by=custodian))
    shown = pypdfium2.PdfDocument(content)[number - 1]
    assert shown.get_textpage().get_text_bounded(bottom=half + 8).strip() == ""
    assert shown.get_textpage().get_text_bounded(top=half - 8).strip() != ""
    upper = shown.render(scale=1).to_pil().convert("L").crop((1, 1, int(stored.width) - 1, int(half) - 1))
    assert upper.getextrema() == (0, 0)


def test_words_that_stand_twice_are_hidden_twice(district, custodian):
    contract = a_contract(district, custodian)
    twice = pdf(b"Account 55120. Pay to 55120, please.\n\nNothing else.", "contract.txt")
    paper = with_paper(contract, custodian, upload=twice)
    run_waiting_jobs()
    boxes = mark_words(paper, page=1, text="55120", ground="bank", by=custodian)
    assert len(boxes) == 2
    words, raw = everything_in(content_of(make_public_copy(paper, by=custodian)))
    assert "55120" not in words
    assert b"55120" not in raw


def test_words_can_be_hidden_on_every_page_at_once(paper, custodian):
    pages = [p.number for p in paper.document.pages.all() if "student" in p.text]
    assert len(pages) > 1
    boxes = mark_words(
        paper, page=pages[0], text="student", everywhere=True, ground="trade_secret", by=custodian
    )
    assert sorted({box.page for box in boxes}) == pages
    words, _raw = everything_in(content_of(make_public_copy(paper, by=custodian)))
    assert "student" not in words
    assert "Contractor" in words


@pytest.mark.obligation("L-5")
def test_a_word_file_is_set_on_pages_and_its_copy_lacks_what_is_hidden(district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian, upload=pdf(agreement_docx(), "contract.docx"))
    with pytest.raises(ValidationError, match="not been read yet"):
        make_public_copy(paper, by=custodian)
    run_waiting_jobs()
    printed = print_paper(paper, by=custodian)
    assert print_paper(paper, by=custodian) == printed
    assert printed.made_from == paper.document
    page = next(p.number for p in printed.pages.all() if "Connecticut" in p.text)
    mark_words(paper, page=page, text="Connecticut", everywhere=True, ground="security", by=custodian)
    copy = make_public_copy(paper, by=custodian)
    words, raw = everything_in(content_of(copy))
    assert "Connecticut" not in words
    assert b"Connecticut" not in raw
    assert "The signed original is the file contract.docx" in " ".join(words.split())
    assert paper.document.sha256 in "".join(words.split())
    assert "Lumen Reading" in words
    confirm_public_copy(copy, by=custodian)
    assert public_copy(paper) == copy


def test_a_place_on_a_scan_is_hidden_but_its_words_have_no_place(district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian, upload=pdf())
    run_waiting_jobs()
    Page.objects.filter(document=paper.document, number=1).update(text="Only in the picture", source="ocr")
    with pytest.raises(ValidationError, match="is a scan"):
        mark_words(paper, page=1, text="Only in the picture", ground="bank", by=custodian)


def test_a_stranger_and_a_viewer_may_hide_nothing(paper, district):
    for person in (member(district, "viewer"), member(DistrictFactory())):
        with pytest.raises(PermissionDenied):
            mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=person)
        with pytest.raises(PermissionDenied):
            make_public_copy(paper, by=person)
