"""Staff pages of notices: every page and act, and who is refused."""

from __future__ import annotations

import pytest
from django.urls import reverse

from ledger.models import Entry
from notices.issue import issue_notice
from notices.models import Notice, Question
from parties.models import Role
from roster.models import Guardian
from tests.factories import DistrictFactory, member
from tests.notices.factories import make_district, make_notice, make_posting, redact

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district(slug="northfield")


@pytest.fixture
def custodian(district):
    return member(district)


@pytest.fixture
def desk(client, custodian):
    client.force_login(custodian)
    return client


def url(name, notice, *more):
    return reverse(f"notice:{name}", args=[notice.district.slug, notice.number, *more])


def form_of(section, **changed):
    prefix = f"s{section.pk}-"
    fields = {
        "description": "Math.",
        "purpose": "Practice.",
        "elements": ["photo"],
        "all_schools": "on",
        **changed,
    }
    return {prefix + name: value for name, value in fields.items()}


def test_the_composer_shows_what_families_will_read(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    page = desk.get(url("detail", notice))
    assert page.status_code == 200
    assert "has signed a contract with" in page.text
    assert "Goes to 2 people: 2 e-mails, 0 letters." in page.text


def test_the_preview_is_in_the_language_asked_for(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    assert "firmó un contrato" in desk.get(url("detail", notice), {"language": "es"}).text
    assert "firmó un contrato" in desk.get(url("message", notice), {"language": "es"}).text
    assert desk.get(url("detail", notice), {"language": "xx"}).status_code == 200


def test_an_edit_is_saved(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    section = notice.sections.get()
    answer = desk.post(url("edit_section", notice, section.pk), form_of(section))
    assert answer.status_code == 302
    section.refresh_from_db()
    assert (section.description, section.elements, section.all_schools) == ("Math.", ["photo"], True)


def test_a_bad_edit_is_said_beside_its_field(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    section = notice.sections.get()
    answer = desk.post(url("edit_section", notice, section.pk), form_of(section, grades="99"))
    assert answer.status_code == 422
    assert "Write grades like PK, KG, 1 or 12." in answer.text
    section.refresh_from_db()
    assert section.description == "Online math practice."


def test_words_in_another_language_are_added_and_reviewed(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    section = notice.sections.get()
    prefix = f"t{section.pk}-"
    sent = {"part": "description", "language": "es", "body": "Práctica.", "origin": "machine_draft"}
    assert (
        desk.post(url("add_text", notice, section.pk), {prefix + k: v for k, v in sent.items()}).status_code
        == 302
    )
    text = section.texts.get()
    assert "Waits for review" in desk.get(url("detail", notice)).text
    assert desk.post(url("review", notice, text.pk)).status_code == 302
    assert "Práctica." in desk.get(url("message", notice), {"language": "es"}).text


def test_send_asks_first_and_sends_once(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    asked = desk.get(url("confirm_issue", notice))
    assert "Send to 2 people now" in asked.text
    assert desk.post(url("issue", notice)).status_code == 302
    again = desk.post(url("issue", notice))
    assert again.status_code == 409
    assert "This notice was already sent." in again.text


def test_what_stands_in_the_way_is_listed_before_sending(desk, district, custodian):
    notice = make_notice(district, by=custodian, description="")
    page = desk.get(url("confirm_issue", notice)).text
    assert "It cannot be sent yet" in page
    assert "Describe the contract in a few words." in page
    assert desk.post(url("issue", notice)).status_code == 422


def test_posting_new_version_and_taking_back(desk, district, custodian):
    notice = make_notice(district, by=custodian)
    assert desk.post(url("post", notice)).status_code == 422
    redact(notice.case, by=custodian)
    assert desk.post(url("post", notice)).status_code == 302
    assert desk.post(url("post", notice), {"what_changed": "A school was added."}).status_code == 302
    assert desk.post(url("withdraw", notice), {}).status_code == 422
    assert desk.post(url("withdraw", notice), {"reason": "A mistake."}).status_code == 302
    assert notice.postings.get(is_current=True).withdrawn


def test_drafts_are_put_together(desk, district, custodian):
    first, second = (make_notice(district, by=custodian, product=name) for name in ("MathPath", "ReadWell"))
    assert second.number in desk.get(url("detail", first)).text
    assert desk.post(url("combine", first), {"others": [second.number]}).status_code == 302
    assert first.sections.count() == 2
    assert desk.post(url("combine", first), {}).status_code == 422


def test_approval_is_asked_and_given_by_somebody_else(desk, client, district, custodian):
    second = member(district, role=Role.APPROVER)
    notice = make_notice(district, by=custodian)
    assert desk.post(url("ask_approval", notice)).status_code == 302
    assert desk.post(url("approve", notice), {"alone_because": "x"}).status_code == 422
    client.force_login(second)
    assert client.post(url("approve", notice)).status_code == 302
    assert Notice.objects.get(pk=notice.pk).status == "approved"


def test_who_looks_at_the_deliveries_is_written_down(desk, district, custodian):
    notice = issue_notice(make_notice(district, by=custodian), by=custodian)
    page = desk.get(url("deliveries", notice))
    assert Guardian.objects.filter(district=district).first().email in page.text
    entry = Entry.objects.get(act="deliveries-read")
    assert entry.by == custodian
    assert "@" not in str(entry.facts)


def test_letters_are_printed_from_the_page(desk, district, custodian):
    Guardian.objects.filter(district=district).update(email="", postal_address="5 Elm Street")
    notice = issue_notice(make_notice(district, by=custodian), by=custodian)
    printed = desk.post(url("letters", notice))
    assert printed["Content-Type"] == "application/pdf"
    assert desk.post(url("letters_posted", notice)).status_code == 302
    assert desk.post(url("letters", notice)).status_code == 302


def test_questions_from_the_site_are_shown_inert_and_marked_answered(desk, district):
    question = Question.objects.create(
        district=district, words="<script>alert(1)</script>", asked_at="2026-11-18T12:00Z"
    )
    page = desk.get(reverse("notice:questions", args=["northfield"]))
    assert "<script>alert(1)" not in page.text
    assert desk.post(reverse("notice:answer_question", args=["northfield", question.pk])).status_code == 302
    question.refresh_from_db()
    assert question.answered_at is not None


XSS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "'-alert(1)-'"]


@pytest.mark.parametrize("words", XSS)
def test_no_word_of_a_contract_becomes_markup(desk, client, district, custodian, words):
    """A20."""
    posting = make_posting(
        district, by=custodian, product=words, vendor=words, description=words, purpose=words
    )
    for path in (
        url("detail", posting.notice),
        url("message", posting.notice),
        reverse("notice:list", args=["northfield"]),
        "/northfield/en/",
        f"/northfield/en/n/{posting.number}/",
        f"/northfield/en/?q={words}",
    ):
        page = desk.get(path).text
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
    feed = desk.get("/northfield/en/feed.atom").text
    assert "<script>alert(1)" not in feed


def every_address(notice, posting, question):
    section, text = notice.sections.get(), 1
    gets = ["detail", "message", "confirm_issue", "deliveries"]
    posts = [
        "ask_approval",
        "approve",
        "combine",
        "issue",
        "post",
        "elsewhere",
        "withdraw",
        "report",
        "letters",
        "letters_posted",
    ]
    yield from (("get", url(name, notice)) for name in gets)
    yield from (("post", url(name, notice)) for name in posts)
    yield "get", url("export", notice, "csv")
    yield "post", url("edit_section", notice, section.pk)
    yield "post", url("add_text", notice, section.pk)
    yield "post", url("review", notice, text)
    slug = notice.district.slug
    yield "get", reverse("notice:list", args=[slug])
    yield "get", reverse("notice:questions", args=[slug])
    yield "post", reverse("notice:answer_question", args=[slug, question.pk])


def test_another_districts_pages_are_not_there(client, district, custodian):
    """A12."""
    posting = make_posting(district, by=custodian)
    question = Question.objects.create(district=district, words="x", asked_at="2026-11-18T12:00Z")
    client.force_login(member(DistrictFactory()))
    for method, path in every_address(posting.notice, posting, question):
        assert getattr(client, method)(path).status_code == 404, path


def test_without_sign_in_every_page_leads_to_the_door(client, district, custodian):
    posting = make_posting(district, by=custodian)
    question = Question.objects.create(district=district, words="x", asked_at="2026-11-18T12:00Z")
    for method, path in every_address(posting.notice, posting, question):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), path


def test_a_viewer_reads_the_notice_and_nothing_personal(client, district, custodian):
    notice = issue_notice(make_notice(district, by=custodian), by=custodian)
    client.force_login(member(district, role=Role.VIEWER))
    assert client.get(url("detail", notice)).status_code == 200
    for method, name, more in (
        ("get", "deliveries", []),
        ("get", "export", ["csv"]),
        ("post", "letters", []),
        ("post", "post", []),
    ):
        assert getattr(client, method)(url(name, notice, *more)).status_code == 403, name
    assert client.get(reverse("notice:questions", args=["northfield"])).status_code == 403


@pytest.mark.parametrize("name", ["issue", "post", "approve", "withdraw", "letters"])
def test_a_link_alone_changes_nothing(desk, district, custodian, name):
    """A46: no state changes by GET."""
    notice = make_notice(district, by=custodian)
    assert desk.get(url(name, notice)).status_code == 405
