"""A district is set up in one sitting, page by page, and only by who may."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from compliance_portal.setup_desk.forms import RouteForm
from compliance_portal.setup_desk.mail_route import save_route
from compliance_portal.setup_desk.people import write_own_absence
from ledger.clock import engine_now
from mail.models import Delivery, Route
from parties.models import District, Invitation, Membership, Role, User
from policy.models import Adoption, ConfirmedYear, Parameter, YearChange
from tests.factories import DistrictFactory, MembershipFactory, UserFactory, member

pytestmark = pytest.mark.django_db

FACTS = {
    "name": "Willow Public Schools",
    "slug": "willow",
    "state": "ct",
    "zone": "America/New_York",
    "languages": ["en", "es"],
    "go_live_on": "2026-07-01",
    "contact_email": "records@willow.example",
}


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def district():
    return DistrictFactory(slug="willow")


@pytest.fixture
def desk(district):
    return signed_in(member(district, Role.ADMINISTRATOR))


def test_whoever_runs_the_installation_adds_a_district_and_becomes_its_administrator():
    founder = UserFactory(is_staff=True)

    answer = signed_in(founder).post(reverse("setup:districts"), FACTS)

    district = District.objects.get(slug="willow")
    assert answer["Location"] == reverse("setup:desk", args=["willow"])
    assert district.state == "CT"
    assert Membership.objects.get(user=founder).role == Role.ADMINISTRATOR


def test_a_newcomer_is_led_from_today_to_the_desk():
    answer = signed_in(UserFactory(is_staff=True)).get(reverse("today"))
    assert answer["Location"] == reverse("setup:districts")


def test_a_wrong_state_is_said_beside_its_field_and_nothing_is_saved():
    answer = signed_in(UserFactory(is_staff=True)).post(reverse("setup:districts"), FACTS | {"state": "Conn"})

    assert answer.status_code == 422
    assert not District.objects.exists()


@pytest.mark.parametrize(
    "page", ["desk", "facts", "schools", "packs", "parameters", "holidays", "people", "mail"]
)
def test_every_page_opens_for_the_administrator_and_for_nobody_else(desk, district, page):
    address = reverse(f"setup:{page}", args=["willow"])
    stranger = member(DistrictFactory(), Role.ADMINISTRATOR)

    assert desk.get(address).status_code == 200
    assert signed_in(stranger).get(address).status_code == 404
    assert signed_in(member(district, Role.CUSTODIAN)).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_schools_are_pasted_one_a_line_and_never_twice(desk, district):
    desk.post(reverse("setup:schools", args=["willow"]), {"names": "Oak School\n\noak school\nElm School\n"})
    desk.post(reverse("setup:schools", args=["willow"]), {"names": "OAK SCHOOL\nAsh School"})

    assert sorted(school.name for school in district.schools.all()) == [
        "Ash School",
        "Elm School",
        "Oak School",
    ]


def test_adopting_a_pack_says_what_it_obliges_and_is_kept(desk, district):
    address = reverse("setup:packs", args=["willow"])

    assert "48 hours" in desk.get(address).content.decode()
    desk.post(address, {"packs": ["ct-3520.13@2017", "ne-7400.1@2023"], "since": "2026-07-01"})

    followed = Adoption.objects.filter(district=district, until=None).values_list("pack", flat=True)
    assert set(followed) == {"ct-3520.13@2017", "ne-7400.1@2023"}


def test_a_pack_that_is_unticked_is_followed_until_a_second_person_confirms(desk, district):
    second = signed_in(member(district, Role.COUNSEL))
    address = reverse("setup:packs", args=["willow"])
    desk.post(address, {"packs": ["ct-3520.13@2017", "ne-7400.1@2023"], "since": "2026-07-01"})
    sent = {"packs": ["ne-7400.1@2023"], "since": "2026-07-01"}
    assert desk.post(address, sent).status_code == 422  # without a reason
    desk.post(address, {**sent, "reason": "Repealed."})
    row = Adoption.objects.get(district=district, pack="ct-3520.13@2017")
    page = reverse("setup:ending", args=["willow", row.pk])
    assert page in desk.get(address).content.decode()
    desk.post(page, {"end": ""})
    row.refresh_from_db()
    assert row.until is None
    assert signed_in(member(district, Role.CUSTODIAN)).post(page).status_code == 403
    assert signed_in(member(DistrictFactory(), Role.COUNSEL)).post(page).status_code == 404
    assert "Repealed." in second.get(page).content.decode()
    second.post(page, {"keep": ""})
    row.refresh_from_db()
    assert (row.until, row.end_asked_by) == (None, None)
    desk.post(address, {**sent, "reason": "Repealed, see the minutes."})
    second.post(page, {"end": ""})
    row.refresh_from_db()
    assert row.until is not None


def test_a_year_s_holidays_are_confirmed_day_by_day(desk, district):
    address = reverse("setup:holidays", args=["willow", 2026])

    desk.post(address, {"days": ["2026-11-26", "2026-12-25"], "more": "2026-11-03 Election Day"})

    year = ConfirmedYear.objects.get(district=district, year=2026, version=2)
    assert [day for day, _name in year.holidays] == ["2026-11-03", "2026-11-26", "2026-12-25"]


def test_a_confirmed_year_is_corrected_down_at_once_and_up_by_two(desk, district):
    address = reverse("setup:holidays", args=["willow", 2026])
    desk.post(address, {"days": ["2026-11-26", "2026-12-25"], "more": "2026-11-03 Election Day"})

    def days():
        newest = ConfirmedYear.objects.filter(district=district, year=2026).latest("version")
        return [day for day, _name in newest.holidays]

    assert "2026-11-03 Election Day" in desk.get(address).content.decode()
    sent = {"days": ["2026-12-25", "2026-07-03"], "more": "2026-11-03 Election Day"}
    assert desk.post(address, sent).status_code == 422  # no reason
    assert days() == ["2026-11-03", "2026-11-26", "2026-12-25"]
    desk.post(address, {**sent, "reason": "The decree of May."})
    assert days() == ["2026-11-03", "2026-12-25"], "what is taken away counts at once"
    change = YearChange.objects.get()
    page = reverse("setup:year_change", args=["willow", change.pk])
    assert page in desk.get(address).content.decode()
    desk.post(page, {"agree": ""})
    assert days() == ["2026-11-03", "2026-12-25"], "one person is not two"
    assert signed_in(member(district, Role.VIEWER)).post(page, {"agree": ""}).status_code == 403
    assert signed_in(member(DistrictFactory())).post(page, {"agree": ""}).status_code == 404
    second = signed_in(member(district, Role.COUNSEL))
    assert "The decree of May." in second.get(page).content.decode()
    second.post(page, {"agree": ""})
    assert days() == ["2026-07-03", "2026-11-03", "2026-12-25"]


def test_a_holiday_of_another_year_is_refused(desk):
    answer = desk.post(reverse("setup:holidays", args=["willow", 2026]), {"more": "2027-11-02 Election Day"})

    assert answer.status_code == 422
    assert "give a day of 2026" in answer.content.decode()
    assert not ConfirmedYear.objects.exists()


def test_a_choice_is_kept_and_a_default_is_not_yet_a_choice(desk, district):
    desk.post(reverse("setup:packs", args=["willow"]), {"packs": ["ct-3520.13@2017"], "since": "2026-07-01"})
    assert not Parameter.objects.exists()
    page = desk.get(reverse("setup:parameters", args=["willow"]))

    assert page.status_code == 200
    assert "audience" in page.content.decode()


def test_an_invitation_leaves_as_mail_and_its_token_is_in_no_other_place(desk, district):
    desk.post(reverse("setup:people", args=["willow"]), {"email": "new@willow.example", "role": "custodian"})

    delivery = Delivery.objects.get()
    words = delivery.message.texts.get().plain
    token = words.split("/invitation/")[1].split("/")[0]
    assert delivery.address == "new@willow.example"
    assert Invitation.objects.get().token_digest != token
    assert Client().get(reverse("invitation", args=[token])).status_code == 200


def test_an_open_invitation_is_taken_back_by_the_desk_of_its_district_alone(desk, district):
    desk.post(reverse("setup:people", args=["willow"]), {"email": "new@willow.example", "role": "custodian"})
    row = Invitation.objects.get()
    token = Delivery.objects.get().message.texts.get().plain.split("/invitation/")[1].split("/")[0]
    address = reverse("setup:withdraw", args=["willow", row.pk])
    assert address in desk.get(reverse("setup:people", args=["willow"])).content.decode()
    assert signed_in(member(district, Role.CUSTODIAN)).post(address).status_code == 403
    other = DistrictFactory()
    away = reverse("setup:withdraw", args=[other.slug, row.pk])
    assert signed_in(member(other, Role.ADMINISTRATOR)).post(away).status_code == 404

    desk.post(address)

    assert Client().get(reverse("invitation", args=[token])).status_code == 410
    assert desk.post(address).status_code == 404


def test_the_last_administrator_stays(desk, district):
    only = Membership.objects.get(district=district, role=Role.ADMINISTRATOR)

    desk.post(reverse("setup:end_member", args=["willow", only.pk]))

    only.refresh_from_db()
    assert only.ended_at is None


def test_a_role_that_is_ended_stops_working_at_once(desk, district):
    leaving = member(district, Role.CUSTODIAN)
    membership = Membership.objects.get(user=leaving)
    client = signed_in(leaving)

    desk.post(reverse("setup:end_member", args=["willow", membership.pk]))

    assert client.get(reverse("deadlines") + "?district=willow").status_code == 404


def test_a_role_that_ends_ends_standing_in_for_others_too(desk, district):
    leaving = Membership.objects.get(user=member(district, Role.CUSTODIAN))
    rest = Membership.objects.get(user=member(district, Role.SUPERINTENDENT, deputy=leaving.user))

    desk.post(reverse("setup:end_member", args=["willow", leaving.pk]))

    rest.refresh_from_db()
    assert rest.deputy is None


def test_an_absence_that_somebody_else_wrote_down_counts_a_day_later_and_its_person_is_told(desk, district):
    theirs = Membership.objects.get(user=member(district, Role.SUPERINTENDENT))
    mine = Membership.objects.get(district=district, role=Role.ADMINISTRATOR)
    before = engine_now()
    for row in (theirs, mine):
        desk.post(reverse("setup:member", args=["willow", row.pk]), {"away_from": "2026-01-05T09:00"})
        row.refresh_from_db()
    assert mine.away_counts_from - before < timedelta(hours=1)
    assert theirs.away_counts_from - before >= timedelta(hours=24)
    letter = Delivery.objects.get(message__kind="absence")
    assert letter.address == theirs.user.email
    assert "away from Monday, January 5, 2026, 9 a.m." in letter.message.texts.get().plain


def test_everybody_writes_their_own_days_away_and_they_count_at_once(district):
    person, other = member(district, Role.CUSTODIAN), DistrictFactory(slug="elm")
    MembershipFactory(user=person, district=district, role=Role.APPROVER)
    theirs = Membership.objects.get(user=member(district, Role.COUNSEL))
    client, page, here = signed_in(person), reverse("own_absence"), reverse("own_absence_in", args=["willow"])
    assert page in client.get(reverse("today")).content.decode()
    before = engine_now()
    days = {"willow-away_from": "2026-01-05T09:00", "willow-away_until": "2126-01-09T17:00"}
    assert client.post(here, days).status_code == 302
    for row in Membership.objects.filter(user=person):
        assert row.away_from == datetime(2026, 1, 5, 14, tzinfo=UTC)
        assert before <= row.away_counts_from <= engine_now()
    assert list(Membership.objects.askable_at(engine_now()).filter(district=district)) == [theirs]
    assert "You are away from Mon, Jan 5, 9:00 a.m." in client.get(page).content.decode()
    for wrong, field in (
        ({"willow-away_until": "2026-01-05T08:00"}, "away_until"), ({"willow-away_from": ""}, "away_from"),
        ({"willow-away_until": "9999-12-31T23:59"}, "away_until"),
    ):  # fmt: skip
        answer = client.post(here, days | wrong)
        (absence,) = answer.context["absences"]
        assert (answer.status_code, list(absence.form.errors)) == (422, [field])
    assert client.post(here, {"back": ""}).status_code == 302
    assert not Membership.objects.exclude(away_from=None, away_until=None).exists()
    api, json = "/api/v1/districts/{}/away/", {"content_type": "application/json"}
    said = {"away_from": "2026-01-05T09:00:00-05:00", "away_until": "2126-01-09T22:00:00Z"}
    assert client.put(api.format("willow"), said, **json).json() == client.get(api.format("willow")).json()
    assert {row.user for row in Membership.objects.exclude(away_from=None)} == {person}, "their own, no other"
    roles = [(row["role"], row["away_from"]) for row in client.get(api.format("willow")).json()]
    assert roles == [(role, "2026-01-05T14:00:00Z") for role in ("custodian", "approver")]
    for wrong, field in (
        ({"away_until": "2026-01-05T08:00:00Z"}, "away_until"), ({"away_from": None}, "away_from"),
        ({"away_from": "2026-01-05T09:00"}, "away_from"),
    ):  # fmt: skip
        answer = client.put(api.format("willow"), said | wrong, **json)
        assert (answer.status_code, list(answer.json())) == (400, [field])
    assert client.put(api.format("willow"), {"away_from": None}, **json).status_code == 200
    assert not Membership.objects.exclude(away_from=None).exists()
    assert client.post(reverse("own_absence_in", args=[other.slug]), days).status_code == 404
    for stranger, slug in ((client, other.slug), (signed_in(UserFactory()), "willow")):
        assert stranger.put(api.format(slug), said, **json).status_code == 404
        assert stranger.get(api.format(slug)).status_code == 404
    assert signed_in(UserFactory()).post(here, days).status_code == 404
    assert Client().get(page).status_code == 302


def test_days_away_that_leave_a_desk_to_nobody_are_told_to_those_who_can_name_a_deputy(desk, district):
    deputy = member(district, Role.APPROVER)
    person = member(district, Role.CUSTODIAN, deputy=deputy)
    days = {"away_from": datetime(2026, 1, 5, 14, tzinfo=UTC), "away_until": None}
    write_own_absence(district, **days, by=person)
    assert not Delivery.objects.filter(message__kind="absence").exists()
    write_own_absence(district, **days, by=deputy)
    letter = Delivery.objects.get(message__kind="absence")
    assert letter.address == User.objects.get(memberships__role=Role.ADMINISTRATOR).email
    assert f"{deputy.name} is away from Monday, January 5, 2026" in letter.message.texts.get().plain
    write_own_absence(district, away_from=None, away_until=None, by=person)
    write_own_absence(district, **days, by=person)
    told = Delivery.objects.filter(message__kind="absence").latest("pk").message.texts.get().plain
    assert f"{person.name} is away" in told, "the deputy is away too"
    own = " ".join(signed_in(person).get(reverse("own_absence")).content.decode().split())
    assert f"{deputy.name} stands in for you, but is not there either." in own
    assert write_own_absence(district, **days, by=deputy) == []
    Membership.objects.filter(user=deputy).update(away_counts_from=engine_now() + timedelta(hours=9))
    write_own_absence(district, **days, by=deputy)
    assert not Membership.objects.askable_at(engine_now()).filter(user=deputy).exists(), "their own word now"


def test_a_year_that_nobody_means_is_refused_since_no_page_could_show_it(desk, district):
    mine = Membership.objects.get(district=district, role=Role.ADMINISTRATOR)
    sent = {"on_call_from": "2026-01-05T09:00", "on_call_until": "9999-12-31T23:59"}
    answer = desk.post(reverse("setup:member", args=["willow", mine.pk]), sent)
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"on_call_until": ["Check the year."]},
    )
    sent["on_call_until"] = "2026-02-05T09:00-23:13"  # no place is so far from UTC, and no database takes it
    answer = desk.post(reverse("setup:member", args=["willow", mine.pk]), sent)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["on_call_until"])


def test_a_viewer_cannot_be_on_call_and_stands_in_for_nobody(desk, district):
    viewer = Membership.objects.get(user=member(district, Role.VIEWER))
    mine = Membership.objects.get(district=district, role=Role.ADMINISTRATOR)
    sent = {"on_call_from": "2026-01-05T09:00"}
    answer = desk.post(reverse("setup:member", args=["willow", viewer.pk]), sent)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["on_call_from"])
    answer = desk.post(reverse("setup:member", args=["willow", mine.pk]), {"deputy": viewer.user_id})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["deputy"])


def test_another_district_s_role_cannot_be_ended(desk):
    other = Membership.objects.get(user=member(DistrictFactory()))

    assert desk.post(reverse("setup:end_member", args=["willow", other.pk])).status_code == 404


def test_the_mail_route_is_tried_with_a_message_to_oneself(desk, district):
    address = reverse("setup:mail", args=["willow"])
    desk.post(address, {"relay": "smtp", "sender": "privacy@willow.example", "a_second": "5"})
    desk.post(reverse("setup:mail_test", args=["willow"]))

    assert Route.objects.get(district=district).a_second == 5
    test = Delivery.objects.get(message__kind="route-test")

    def is_tested():
        return "<p>Last test sent" in desk.get(address).content.decode()

    assert not is_tested()  # nothing has left
    Delivery.objects.update(status="sent", sent_at=test.next_attempt_at)
    assert is_tested()
    Delivery.objects.update(bounced_at=test.next_attempt_at)
    assert not is_tested()


def test_a_name_that_would_break_the_head_of_every_mail_is_refused_beside_its_field(desk, district):
    address, tried = (reverse(f"setup:{name}", args=["willow"]) for name in ("mail", "mail_test"))
    sent = {"relay": "smtp", "sender": "privacy@willow.example", "a_second": "5", "sender_name": "Willow"}
    Route.objects.create(district=district, sender="privacy@willow.example")
    assert desk.post(address, sent).status_code == 302
    for wrong in (
        {"sender_name": "Willow\r\nBcc: all@willow.example"}, {"reply_to": "a@willow.example\nx"},
        {"reply_to": "a@willow.example, b@willow.example"},
    ):  # fmt: skip
        answer = desk.post(address, sent | wrong)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))
    assert Route.objects.get().sender_name == "Willow"
    answer = desk.post(reverse("setup:facts", args=["willow"]), FACTS | {"name": "Willow\nSchools"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])
    District.objects.update(name="Willow\nSchools")  # kept before names were checked
    answer = desk.post(tried)
    assert (answer.status_code, Delivery.objects.count()) == (422, 0)
    assert "one line of plain text" in answer.content.decode()
    District.objects.update(name="W" * 200)
    assert desk.post(tried).status_code == 302


def test_a_route_that_is_saved_brings_no_old_sender_back(district):
    route = Route.objects.create(district=district, sender="old@willow.example")
    sent = {"relay": "smtp", "sender": "old@willow.example", "a_second": "5", "reply_to": "a@willow.example"}
    form = RouteForm(sent, instance=Route.objects.get())
    assert form.is_valid()
    Route.objects.update(sender="new@willow.example", bucket=3)  # its code came back meanwhile
    save_route(form, by=member(district, Role.ADMINISTRATOR))
    route.refresh_from_db()
    assert (route.sender, route.bucket, route.reply_to) == ("new@willow.example", 3, "a@willow.example")


def test_mail_leaves_from_a_new_address_only_once_its_code_came_back(desk, district):
    address, code_page = (reverse(f"setup:{name}", args=["willow"]) for name in ("mail", "mail_code"))
    sent = {"relay": "smtp", "sender": "superintendent@another.example", "a_second": "5"}
    desk.post(address, sent)
    route = Route.objects.get(district=district)
    assert route.sender == settings.DEFAULT_FROM_EMAIL
    letter = Delivery.objects.get(message__kind="sender-code")
    assert (letter.address, letter.district) == ("superintendent@another.example", None)
    code = re.search(r"code: (\d{8})", letter.message.texts.get().plain)[1]
    assert code not in route.code_digest
    assert desk.post(code_page, {"code": "00000000"}).status_code == 422
    assert desk.post(code_page, {"code": code}).status_code == 302
    assert Route.objects.get(district=district).sender == "superintendent@another.example"
    assert desk.post(code_page, {"code": code}).status_code == 422  # once
    custodian = signed_in(member(district, Role.CUSTODIAN))
    assert custodian.post(code_page, {"code": code}).status_code == 403
    assert signed_in(member(DistrictFactory(), Role.ADMINISTRATOR)).post(code_page).status_code == 404


def test_a_code_for_the_sender_bears_five_wrong_tries_and_a_day(desk, district, travel):
    address, code_page = (reverse(f"setup:{name}", args=["willow"]) for name in ("mail", "mail_code"))
    sent = {"relay": "smtp", "sender": "records@willow.example", "a_second": "5"}

    def newest_code():
        letter = Delivery.objects.filter(message__kind="sender-code").latest("pk")
        return re.search(r"code: (\d{8})", letter.message.texts.get().plain)[1]

    desk.post(address, sent)
    for _try in range(5):
        desk.post(code_page, {"code": "wrong"})
    assert desk.post(code_page, {"code": newest_code()}).status_code == 422
    desk.post(address, sent)
    travel(timedelta(days=1))
    assert desk.post(code_page, {"code": newest_code()}).status_code == 422
    for _again in range(5):
        desk.post(address, sent)
    assert desk.post(address, sent).status_code == 422
    assert Delivery.objects.filter(message__kind="sender-code").count() == 7


@pytest.mark.parametrize("slug", ["admin", "D", "setup"])
def test_a_district_cannot_take_an_address_of_the_portal(slug):
    answer = signed_in(UserFactory(is_staff=True)).post(reverse("setup:districts"), FACTS | {"slug": slug})

    assert answer.status_code == 422
    assert not District.objects.exists()
