"""A district's own times on the pages of the set-up desk: entered, waiting, read, agreed to or not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from mail.models import Delivery
from parties.models import Role
from policy.adoptions import adopt_pack
from policy.models import Edition
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db
CT, STATUTE = "ct-3520.13@2017", "ct-10-234@2018"
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
    assert desk.post(notice, sent).status_code == 302
    assert followed(adoption) == {"contract-notice": {"amount": 3, "unit": "business_days"}}
    named = {**SAID, "amount": "5", "unit": "business_days", "title": "Put it on our website"}
    assert desk.post(posting, named).status_code == 302
    assert set(followed(adoption)) == {"contract-notice", "contract-posting"}
    assert followed(adoption)["contract-posting"] == {"title": "Put it on our website"}
    shown = words(desk, address(adoption))
    assert "<strong>3 business days</strong>" in shown
    assert "Regular meeting, item 7.2, Nov 10, 2026" in shown

    again = {**SAID, "amount": "3", "unit": "business_days", "title": title}
    assert "has this already" in desk.post(notice, again).content.decode()
    assert desk.post(notice, {**again, "as_pack": ""}).status_code == 302
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
        answer = desk.post(where, {**sent, **wrong})
        assert (answer.status_code, answer.context["form"].errors) == (422, {field: [said]})
    of_law = address(law, "families-breach-notice")
    assert "never more" in words(desk, of_law)
    more = {**SAID, "amount": "90", "unit": "calendar_days", "title": adoption_title(desk, of_law)}
    (said,) = desk.post(of_law, more).context["form"].errors["amount"]
    assert said.startswith("The law gives no more time than this")
    assert not Edition.objects.exists()


def test_more_time_waits_until_a_second_approver_has_read_it_and_agrees(adoption, district, head):
    counsel = member(district, Role.COUNSEL)
    desk, second = signed_in(head), signed_in(counsel)
    where = address(adoption, "contract-posting")
    sent = {**SAID, "amount": "7", "unit": "business_days", "title": adoption_title(desk, where)}
    desk.post(where, sent)
    row = Edition.objects.get()
    page = reverse("setup:edition_decision", args=["willow", row.pk])
    letter = Delivery.objects.get(message__kind="confirmation-asked", address=counsel.email)
    assert page in letter.message.texts.get().plain
    for overview in (reverse("setup:packs", args=["willow"]), address(adoption), where):
        assert page in words(desk, overview)

    desk.post(page, {"agree": ""})
    assert followed(adoption) is None, "one person is not two"
    shown = words(second, page)
    for said in ("5 business days", "7 business days", "end of Wed, Nov 25", "end of Fri, Nov 27"):
        assert said in shown
    second.post(page, {"decline": ""})
    row.refresh_from_db()
    assert (row.declined_by, followed(adoption)) == (counsel, None)
    assert "Not agreed" in words(second, page)

    desk.post(where, sent)
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
    desk.post(where, more)
    page = reverse("setup:edition_decision", args=["willow", Edition.objects.get().pk])
    for person, answer in (
        (member(district, Role.CUSTODIAN), 403),
        (member(district, Role.VIEWER), 403),
        (member(DistrictFactory(), Role.SUPERINTENDENT), 404),
    ):
        client = signed_in(person)
        for each in (address(adoption), where, page):
            assert client.get(each).status_code == answer
        assert client.post(where, more).status_code == answer
        assert client.post(page, {"agree": ""}).status_code == answer
    assert Client().get(where).status_code == 302
    assert (Edition.objects.count(), followed(adoption)) == (1, None)
