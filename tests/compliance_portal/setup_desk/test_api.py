"""A district is set up over the API as on its pages: the same rules, in the same words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from mail.models import Delivery
from parties.models import Invitation, Membership, Role
from policy.adoptions import adopt_pack
from policy.models import Adoption, ConfirmedYear, Edition, Parameter
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db
CT = "ct-3520.13@2017"


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 17, tzinfo=UTC))
    return DistrictFactory(slug="willow")


@pytest.fixture
def ask(district):
    client = Client()
    client.force_login(member(district, Role.ADMINISTRATOR))

    def asked(method, address, said=None):
        call = getattr(client, method)
        return call(f"/api/v1/{address}", said or {}, content_type="application/json")

    return asked


def test_facts_schools_and_holidays_are_kept_by_the_pages_rules(ask, district):
    assert ask("patch", "districts/willow/facts/", {"name": "Willow Schools"}).json()["zone"] == district.zone
    assert "slug" in ask("patch", "districts/willow/facts/", {"slug": "admin"}).json()
    ask("post", "districts/willow/schools/", {"names": ["Oak School", "oak school", "Elm School"]})
    assert [row["name"] for row in ask("get", "districts/willow/schools/").json()] == [
        "Elm School",
        "Oak School",
    ]
    days = [{"on": "2026-11-26", "name": "Thanksgiving Day"}]
    done = ask("post", "districts/willow/holidays/2026/", {"days": days})
    assert (done.status_code, done.json()["confirmed"]) == (201, days)
    assert ConfirmedYear.objects.get().year == 2026
    assert ask("post", "districts/willow/holidays/1999/", {"days": days}).status_code == 404


def test_people_are_invited_and_the_only_administrator_stays(ask, district):
    deputy = member(district, Role.CUSTODIAN)
    said = {"email": "new@willow.example", "role": "viewer"}
    assert "token" not in ask("post", "districts/willow/invitations/", said).json()
    assert Invitation.objects.get().email == "new@willow.example"
    back = f"districts/willow/invitations/{Invitation.objects.get().pk}/withdraw/"
    assert [ask("post", back).status_code, ask("post", back).status_code] == [200, 404]
    mine = Membership.objects.get(district=district, role=Role.ADMINISTRATOR)
    here = f"districts/willow/people/{mine.pk}/"
    assert ask("patch", here, {"deputy": deputy.email}).json()["deputy"] == deputy.email
    assert "deputy" in ask("patch", here, {"deputy": "nobody@willow.example"}).json()
    assert ask("post", f"{here}end/").status_code == 400
    viewer = Membership.objects.get(user=member(district, Role.VIEWER))
    refused = ask("patch", f"districts/willow/people/{viewer.pk}/", {"on_call_from": "2026-11-18T09:00:00Z"})
    assert (refused.status_code, list(refused.json())) == (400, ["on_call_from"])
    theirs = Membership.objects.get(district=district, role=Role.CUSTODIAN)
    assert ask("post", f"districts/willow/people/{theirs.pk}/end/").json()["ended_at"]


def test_a_choice_whose_name_has_a_dot_and_an_edition_are_kept(ask, district):
    head = member(district, Role.SUPERINTENDENT)
    adopt_pack(district=district, pack=CT, since=date(2026, 7, 1), by=head)
    chosen = {"district": "willow", "pack": CT, "name": "audience.students", "value": "eligible"}
    assert ask("post", "parameters/", chosen).status_code == 201
    assert Parameter.objects.get().value == "eligible"
    said = {"district": "willow", "pack": CT, "citation": "Board, item 4", "board_date": "2026-11-10"}
    made = ask("post", "editions/", {**said, "rules": {"contract-notice": {"minutes": 20}}})
    assert (made.status_code, made.json()["number"]) == (201, 1)
    for wrong in (
        {"owed_by": "vendor"}, {"minutes": {"a": 1}}, {"title": "a\0b"}, {"amount": -1}, {"amount": 10**9},
        {"verb": "x" * 60}, {"minutes": "soon"}, {"minutes": 40_000}, {"audience": "board"},
        {"unit": ["hours"]}, {"unit": "months", "amount": 10_000},
    ):  # fmt: skip
        answer = ask("post", "editions/", {**said, "rules": {"contract-notice": wrong}})
        assert (answer.status_code, "rules" in answer.json()) == (400, True)
    assert Edition.objects.count() == 1


def test_an_edition_that_gives_more_time_takes_two_and_a_statute_gives_no_more(ask, district):
    head = member(district, Role.SUPERINTENDENT)
    adoption = adopt_pack(district=district, pack=CT, since=date(2026, 7, 1), by=head)
    adopt_pack(district=district, pack="ct-10-234@2018", since=date(2026, 7, 1), by=head)
    said = {"district": "willow", "citation": "Board, item 4", "board_date": "2026-11-10"}

    def asked(pack, rule, change):
        return ask("post", "editions/", {**said, "pack": pack, "rules": {rule: change}}).status_code

    def followed():
        adoption.refresh_from_db()
        return adoption.edition and adoption.edition.number

    assert asked("ct-10-234@2018", "families-breach-notice", {"unit": "months", "amount": 2}) == 400
    assert (asked(CT, "contract-notice", {"amount": 4}), followed()) == (201, 1)
    assert (asked(CT, "contract-notice", {"unit": "calendar_days"}), followed()) == (201, 2)
    assert (asked(CT, "contract-notice", {"amount": 500}), followed()) == (201, 2)
    assert Delivery.objects.filter(message__kind="confirmation-asked", address=head.email).exists()
    again = {**said, "pack": CT, "rules": {"contract-notice": {"amount": 500}}}
    second = Client()
    second.force_login(head)
    for refused in (
        ask("post", "editions/", again),
        second.post("/api/v1/editions/", again, content_type="application/json"),
    ):
        assert (refused.status_code, followed(), Edition.objects.count()) == (409, 2, 3), "one way to agree"
        assert "already wait for a second person, as edition 3" in refused.json()["detail"]
    row = Edition.objects.latest("number")
    assert reverse("setup:edition_decision", args=["willow", row.pk]) in refused.json()["detail"]
    assert second.post(f"/api/v1/editions/{row.pk}/agree/").status_code == 200
    assert followed() == 3


def test_whoever_asked_for_more_time_does_not_agree_to_it_and_nothing_is_decided_twice(ask, district):
    counsel = Client()
    counsel.force_login(member(district, Role.COUNSEL))
    stranger = Client()
    stranger.force_login(member(DistrictFactory(), Role.SUPERINTENDENT))
    head = member(district, Role.SUPERINTENDENT)
    adopt_pack(district=district, pack=CT, since=date(2026, 7, 1), by=head)
    said = {"district": "willow", "pack": CT, "citation": "Board, item 4", "board_date": "2026-11-10"}
    more = {**said, "rules": {"contract-notice": {"amount": 9}}}
    row = ask("post", "editions/", more).json()["id"]
    assert ask("post", f"editions/{row}/agree/").status_code == 409
    for act in ("agree", "decline"):
        assert stranger.post(f"/api/v1/editions/{row}/{act}/").status_code == 404
    assert ask("post", f"editions/{row}/decline/").json()["declined_at"]
    assert counsel.post(f"/api/v1/editions/{row}/agree/").status_code == 409, "taken back"
    row = ask("post", "editions/", more).json()["id"]
    assert counsel.post(f"/api/v1/editions/{row}/agree/").status_code == 200
    for act in ("agree", "decline"):
        assert counsel.post(f"/api/v1/editions/{row}/{act}/").status_code == 409, "decided"
    assert Adoption.objects.get().edition_id == row


def test_fewer_people_or_less_to_say_takes_two_as_more_time_does(ask, district):
    head = member(district, Role.SUPERINTENDENT)
    for pack in (CT, "ct-10-234@2018"):
        adopt_pack(district=district, pack=pack, since=date(2026, 7, 1), by=head)
    said = {"district": "willow", "citation": "Board, item 4", "board_date": "2026-11-10"}
    for less in ({"audience": ["guardians"]}, {"required_parts": ["executed", "purpose"]}):
        answer = ask("post", "editions/", {**said, "pack": CT, "rules": {"contract-notice": less}})
        assert (answer.status_code, Adoption.objects.get(pack=CT).edition) == (201, None)
    none = {"families-breach-notice": {"required_parts": []}}
    refused = ask("post", "editions/", {**said, "pack": "ct-10-234@2018", "rules": none})
    assert "asks for all that it names" in refused.json()["rules"][0]
    more = {"contract-notice": {"audience": ["students", "guardians", "staff"]}}
    assert ask("post", "editions/", {**said, "pack": CT, "rules": more}).status_code == 201
    assert Adoption.objects.get(pack=CT).edition.number == 3
