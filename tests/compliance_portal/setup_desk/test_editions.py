"""A district's own times on the pages of the set-up desk: entered, waiting, read, agreed to or not."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from ledger.entries import Conflict
from mail.models import Delivery
from parties.models import Role
from policy.adoptions import adopt_pack
from policy.amending import agree_to_edition, make_edition
from policy.models import Adoption, Edition
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db
CT, STATUTE = "ct-3520.13@2017", "ct-10-234@2018"
STUDENT_REPORT = "vendor-report-student-information"
SAID = {"citation": "Regular meeting, item 7.2", "board_date": "2026-11-10"}
FIVE = {"amount": "5", "unit": "business_days", "title": "Tell the families about the contract"}


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 17, tzinfo=UTC))
    return DistrictFactory(slug="willow")


@pytest.fixture
def head(district):
    return member(district, Role.SUPERINTENDENT)


@pytest.fixture
def adoption(district, head):
    return adopt_pack(district=district, pack=CT, since=date(2026, 7, 1), by=head)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def address(adoption, key=""):
    return reverse(
        f"setup:edition{'_rule' if key else ''}", args=["willow", adoption.pk, *([key] if key else [])]
    )


def save(client, where, sent):
    """Post what the page holds and what is typed into it."""
    (seen,) = re.findall(r'<input type="hidden" name="seen" value="([^"]+)"', words(client, where))
    return client.post(where, {**sent, "seen": seen})


def words(client, where):
    return " ".join(client.get(where).content.decode().split())


def followed(adoption):
    adoption.refresh_from_db()
    return adoption.edition.changes["rules"] if adoption.edition else None


def test_less_time_counts_at_once_and_what_was_decided_before_stays(adoption, head):
    desk = signed_in(head)
    notice, posting = address(adoption, "contract-notice"), address(adoption, "contract-posting")
    assert address(adoption) in words(desk, reverse("setup:packs", args=["willow"]))
    assert notice in words(desk, address(adoption))
    assert desk.get(address(adoption, "no-such-duty")).status_code == 404
    title = adoption_title(desk, notice)

    sent = {**SAID, "amount": "3", "unit": "business_days", "title": title}
    assert save(desk, notice, sent).status_code == 302
    assert followed(adoption) == {"contract-notice": {"amount": 3, "unit": "business_days"}}
    named = {**SAID, "amount": "5", "unit": "business_days", "title": "Put it on our website"}
    assert save(desk, posting, named).status_code == 302
    assert set(followed(adoption)) == {"contract-notice", "contract-posting"}
    assert followed(adoption)["contract-posting"] == {"title": "Put it on our website"}
    shown = words(desk, address(adoption))
    assert "<strong>3 business days</strong>" in shown
    assert "Regular meeting, item 7.2, Nov 10, 2026" in shown

    again = {**SAID, "amount": "3", "unit": "business_days", "title": title}
    assert "has this already" in save(desk, notice, again).content.decode()
    assert save(desk, notice, {**again, "as_pack": ""}).status_code == 302
    assert set(followed(adoption)) == {"contract-posting"}
    assert Edition.objects.count() == 3


def adoption_title(desk, where):
    """The duty's name as its form holds it."""
    return desk.get(where).context["form"]["title"].value()


def test_a_refusal_stands_beside_its_field_and_nothing_is_kept(adoption, district, head):
    desk = signed_in(head)
    law = adopt_pack(district=district, pack=STATUTE, since=date(2026, 7, 1), by=head)
    where = address(adoption, "contract-notice")
    sent = {**SAID, "amount": "4", "unit": "business_days", "title": adoption_title(desk, where)}
    for wrong, field, said in (
        ({"amount": "soon"}, "amount", "Give a whole number."),
        ({"amount": "5000"}, "amount", "Give a whole number from 0 to 1000."),
        ({"unit": "annual_date", "amount": "13-40"}, "amount", "An annual date is written MM-DD."),
        ({"title": ""}, "title", "This field is required."),
        ({"citation": " "}, "citation", "This field is required."),
        ({"board_date": "2026-11-30"}, "board_date", "This day is in the future."),
    ):
        answer = save(desk, where, {**sent, **wrong})
        assert (answer.status_code, answer.context["form"].errors) == (422, {field: [said]})
    of_law = address(law, "families-breach-notice")
    assert "never more" in words(desk, of_law)
    more = {**SAID, "amount": "90", "unit": "calendar_days", "title": adoption_title(desk, of_law)}
    (said,) = save(desk, of_law, more).context["form"].errors["amount"]
    assert said.startswith("The law gives no more time than this")
    assert not Edition.objects.exists()


def test_more_time_waits_until_a_second_approver_has_read_it_and_agrees(adoption, district, head):
    counsel = member(district, Role.COUNSEL)
    desk, second = signed_in(head), signed_in(counsel)
    where = address(adoption, "contract-posting")
    sent = {**SAID, "amount": "7", "unit": "business_days", "title": adoption_title(desk, where)}
    save(desk, where, sent)
    row = Edition.objects.get()
    page = reverse("setup:edition_decision", args=["willow", row.pk])
    letter = Delivery.objects.get(message__kind="confirmation-asked", address=counsel.email)
    assert page in letter.message.texts.get().plain
    for overview in (reverse("setup:packs", args=["willow"]), address(adoption), where):
        assert page in words(desk, overview)
    theirs = reverse("setup:desk", args=["willow"])
    assert theirs in words(second, reverse("today")), "counsel's way there"
    assert page in words(second, theirs)
    assert address(adoption) in words(second, theirs)
    assert theirs in words(second, page)

    desk.post(page, {"agree": ""})
    assert followed(adoption) is None, "one person is not two"
    shown = words(second, page)
    for said in ("5 business days", "7 business days", "end of Wed, Nov 25", "end of Fri, Nov 27"):
        assert said in shown
    second.post(page, {"decline": ""})
    row.refresh_from_db()
    assert (row.declined_by, followed(adoption)) == (counsel, None)
    assert "Not agreed" in words(second, page)

    save(desk, where, sent)
    again = Edition.objects.latest("number")
    assert again.number == 2
    second.post(reverse("setup:edition_decision", args=["willow", again.pk]), {"agree": ""})
    assert followed(adoption) == {"contract-posting": {"amount": 7, "unit": "business_days"}}
    shown = words(desk, address(adoption))
    assert f"agreed: {counsel.name}" in shown
    assert "Followed now" in shown
    assert "Not agreed" in shown


def test_only_those_who_may_make_an_edition_see_its_pages(adoption, district, head):
    member(district, Role.COUNSEL)
    where = address(adoption, "contract-posting")
    desk = signed_in(head)
    more = {**SAID, "amount": "7", "unit": "business_days", "title": adoption_title(desk, where)}
    save(desk, where, more)
    page = reverse("setup:edition_decision", args=["willow", Edition.objects.get().pk])
    for person, answer in (
        (member(district, Role.CUSTODIAN), 403),
        (member(district, Role.VIEWER), 403),
        (member(DistrictFactory(), Role.SUPERINTENDENT), 404),
    ):
        client = signed_in(person)
        for each in (address(adoption), where, page, reverse("setup:desk", args=["willow"])):
            assert client.get(each).status_code == answer
        assert client.post(where, more).status_code == answer
        assert client.post(page, {"agree": ""}).status_code == answer
    assert Client().get(where).status_code == 302
    assert (Edition.objects.count(), followed(adoption)) == (1, None)


def made(district, by, rules, pack=CT):
    return make_edition(
        district=district, pack=pack, rules=rules, citation="Item 7.2", board_date=date(2026, 11, 10), by=by
    )


def test_a_page_opened_before_somebody_else_decided_undoes_nothing(adoption, district, head):
    desk, where = signed_in(head), address(adoption, "contract-notice")
    old = {**SAID, "amount": "5", "unit": "business_days", "title": "Tell the families"}
    old["seen"] = desk.get(where).context["form"]["seen"].value()
    made(district, head, {"contract-notice": {"amount": 3}})
    for button in ({}, {"as_pack": ""}):
        answer = desk.post(where, {**old, **button}, follow=True)
        assert "Somebody changed these times" in answer.content.decode()
    assert followed(adoption) == {"contract-notice": {"amount": 3}}

    counsel = member(district, Role.COUNSEL)
    waits = made(district, head, {"contract-posting": {"amount": 7}})
    old["seen"] = desk.get(where).context["form"]["seen"].value()
    agree_to_edition(waits, by=counsel)
    desk.post(where, old)
    assert followed(adoption) == {"contract-posting": {"amount": 7}}, "agreed to since the page was opened"


def test_less_time_counts_at_once_beside_more_that_two_have_agreed_to(adoption, district, head):
    counsel = member(district, Role.COUNSEL)
    agree_to_edition(made(district, head, {"contract-posting": {"amount": 7}}), by=counsel)
    desk, where = signed_in(head), address(adoption, "contract-notice")
    sent = {**SAID, "amount": "3", "unit": "business_days", "title": adoption_title(desk, where)}
    save(desk, where, sent)
    assert set(followed(adoption)) == {"contract-posting", "contract-notice"}
    waits = made(district, counsel, {"contract-posting": {"amount": 8}})
    with pytest.raises(Conflict, match="already wait for a second person, as edition 3"):
        made(district, head, {"contract-posting": {"amount": 8}})
    made(district, head, {"contract-posting": {"amount": 6}})
    assert followed(adoption)["contract-posting"]["amount"] == 7
    letter = Delivery.objects.get(message__kind="edition-replaced")
    assert letter.address == counsel.email, "who asked for what was replaced hears of it"
    page = reverse("setup:edition_decision", args=["willow", waits.pk])
    assert page in letter.message.texts.get().plain
    assert f"when {head.name} made another one" in words(desk, page)
    assert "Replaced by the next" in words(desk, address(adoption)), "both stay on record"
    with pytest.raises(Conflict):
        agree_to_edition(waits, by=head)
    made(district, head, {})
    made(district, head, {"contract-posting": {"amount": 7}})
    assert followed(adoption) == {}, "given up, it takes two again"
    assert Delivery.objects.filter(message__kind="edition-replaced").count() == 1, "her own, twice"


def test_business_days_never_give_more_than_a_law_whatever_holidays_lie_between(adoption, district, head):
    law = adopt_pack(district=district, pack=STATUTE, since=date(2026, 7, 1), by=head)
    # 30 days from Friday, December 11, 2026 end on January 10; 20 business days, two of them holidays, on 12
    with pytest.raises(ValidationError, match="The law gives no more time"):
        made(district, head, {STUDENT_REPORT: {"amount": 20, "unit": "business_days"}}, pack=STATUTE)
    made(district, head, {STUDENT_REPORT: {"amount": 10, "unit": "business_days"}}, pack=STATUTE)
    assert set(followed(law)) == {STUDENT_REPORT}


def test_a_name_of_two_lines_is_refused_because_no_alert_could_carry_it(adoption, district, head):
    desk, where = signed_in(head), address(adoption, "contract-notice")
    sent = {**SAID, "amount": "5", "unit": "business_days", "title": "Tell the\nfamilies"}
    assert save(desk, where, sent).context["form"].errors == {"title": ["Use one line of plain text."]}
    assert followed(adoption) is None


def test_the_second_person_reads_what_changes_besides_the_time(adoption, district, head):
    rules = {"contract-posting": {"amount": 7, "required_parts": [], "minutes": 90}}
    row = made(district, member(district, Role.COUNSEL), rules)
    shown = words(signed_in(head), reverse("setup:edition_decision", args=["willow", row.pk]))
    assert "Minutes it takes: 90 instead of" in shown


def test_what_was_asked_before_the_pack_was_let_go_is_not_agreed_to_afterwards(adoption, district, head):
    row = made(district, member(district, Role.COUNSEL), {"contract-posting": {"amount": 7}})
    Adoption.objects.update(until=date(2026, 11, 18))
    with pytest.raises(Conflict):
        agree_to_edition(row, by=head)
    again = adopt_pack(district=district, pack=CT, since=date(2026, 11, 18), by=head)
    with pytest.raises(Conflict):
        agree_to_edition(row, by=head)
    assert followed(again) is None
