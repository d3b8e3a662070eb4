"""The public copy truly lacks what is hidden, and nothing else of the source goes over."""

import io

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.models import RedactionBox
from contracts.redaction import (
    confirm_public_copy,
    make_public_copy,
    mark_box,
    mark_words,
    public_copy,
    unmark_box,
)
from ledger.entries import Conflict
from tests.contracts.making import a_contract, a_read_contract, adopt, pdf, with_paper
from tests.contracts.papers import agreement_docx
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db
SECRET = "004417729"


@pytest.fixture
def district():
    return DistrictFactory()


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


@pytest.fixture
def paper(district, custodian):
    return a_read_contract(district, custodian).instruments.get()


def page_of(paper, words):
    return next(p.number for p in paper.document.pages.all() if words in p.text)


def content_of(document):
    with document.file.open("rb") as file:
        return file.read()


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


def test_the_original_stays_as_it_was(paper, custodian):
    before = content_of(paper.document)
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    copy = make_public_copy(paper, by=custodian)
    assert content_of(paper.document) == before
    assert copy.made_from == paper.document
    assert copy.sha256 != paper.document.sha256


def test_a_copy_is_posted_only_after_a_person_confirmed_it(paper, custodian):
    copy = make_public_copy(paper, by=custodian)
    assert public_copy(paper.contract) is None
    confirm_public_copy(copy, by=custodian)
    assert public_copy(paper.contract) == copy
    with pytest.raises(Conflict):
        confirm_public_copy(copy, by=custodian)


def test_a_copy_older_than_its_boxes_is_not_confirmed(paper, custodian):
    copy = make_public_copy(paper, by=custodian)
    mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=custodian)
    with pytest.raises(Conflict, match="Make the copy again"):
        confirm_public_copy(copy, by=custodian)


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


def test_a_word_file_has_to_come_as_a_pdf_first(district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian, upload=pdf(agreement_docx(), "contract.docx"))
    with pytest.raises(ValidationError, match="Only a PDF"):
        make_public_copy(paper, by=custodian)


def test_a_stranger_and_a_viewer_may_hide_nothing(paper, district):
    for person in (member(district, "viewer"), member(DistrictFactory())):
        with pytest.raises(PermissionDenied):
            mark_words(paper, page=page_of(paper, SECRET), text=SECRET, ground="bank", by=person)
        with pytest.raises(PermissionDenied):
            make_public_copy(paper, by=person)
