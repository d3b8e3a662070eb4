"""A litigation hold overrides every schedule until the right people release it."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from ledger.entries import open_case
from ledger.models import Entry, HeldCase
from parties.models import Role
from policy.adoptions import adopt_pack
from policy.models import Obligation
from policy.packs import load
from records.holds import (
    acknowledge_hold,
    ask_release,
    cover_cases,
    place_hold,
    release_hold,
)
from records.models import HoldNotice, HoldStatus
from tests.factories import DistrictFactory, make_case, member

pytestmark = pytest.mark.django_db


def paper(name: str = "directive.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"Keep everything about the bus accident of May 4.", "text/plain")


@pytest.fixture
def district():
    return DistrictFactory(slug="willow")


@pytest.fixture
def counsel(district):
    return member(district, Role.COUNSEL)


@pytest.fixture
def told(district):
    return member(district, Role.CUSTODIAN)


@pytest.fixture
def held_case(district):
    return make_case(district)


@pytest.fixture
def hold(district, counsel, told, held_case):
    return place_hold(
        district=district,
        title="Bus accident",
        ground="threatened",
        scope="All records of the May 4 bus accident",
        directed_by="District counsel",
        directive=paper(),
        cases=[held_case],
        tell=[told],
        by=counsel,
    )


@pytest.mark.obligation("T-3", "T-4")
def test_django_refuses_to_delete_a_held_case(hold, held_case):
    with pytest.raises(ProtectedError):
        held_case.delete()


@pytest.mark.obligation("T-3")
def test_the_database_refuses_it_too(hold, held_case):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_case WHERE id = %s", [held_case.pk])


@pytest.mark.obligation("T-3")
def test_the_directive_is_kept_with_its_hash_and_the_hold_goes_on_record(hold):
    assert len(hold.directive.sha256) == 64
    assert Entry.objects.filter(case=hold.case, act="hold-placed").exists()


@pytest.mark.obligation("T-3")
def test_whoever_was_told_acknowledges_and_nobody_does_it_for_them(hold, told, counsel):
    notice = HoldNotice.objects.get(case=hold.case, user=told)

    with pytest.raises(PermissionDenied):
        acknowledge_hold(notice, by=counsel)
    assert acknowledge_hold(notice, by=told).acknowledged_at is not None


@pytest.mark.obligation("T-3")
def test_the_duty_to_acknowledge_is_settled_with_the_answer(district, counsel, told, held_case):
    adopt_pack(
        district=district,
        pack=load("mo-data-governance").ref,
        since=district.go_live_on,
        by=member(district, Role.ADMINISTRATOR),
    )
    hold = place_hold(
        district=district,
        title="Bus accident",
        ground="pending",
        scope="All of it",
        directed_by="District counsel",
        directive=paper(),
        cases=[],
        tell=[told],
        by=counsel,
    )
    notice = HoldNotice.objects.get(case=hold.case)
    owed = Obligation.objects.filter(case=hold.case, trigger="hold_told")
    assert owed.exists()

    acknowledge_hold(notice, by=told)

    assert set(owed.values_list("status", flat=True)) == {"settled"}


@pytest.mark.obligation("T-3")
def test_two_people_release_a_hold_with_the_signed_paper(district, hold, counsel):
    superintendent = member(district, Role.SUPERINTENDENT)
    with pytest.raises(ValidationError, match="signed release"):
        release_hold(hold, by=superintendent)

    asked = ask_release(hold, release=paper("release.txt"), by=counsel)
    with pytest.raises(PermissionDenied, match="second person"):
        release_hold(asked, by=counsel)
    released = release_hold(asked, by=superintendent)

    assert released.status == HoldStatus.RELEASED
    assert not HeldCase.objects.filter(hold=hold.case).exists()


def test_a_viewer_places_no_hold(district, told):
    with pytest.raises(PermissionDenied):
        place_hold(
            district=district,
            title="x",
            ground="pending",
            scope="x",
            directed_by="x",
            directive=paper(),
            cases=[],
            tell=[told],
            by=member(district, Role.VIEWER),
        )


def test_cases_of_another_district_cannot_be_held(district, counsel, told):
    elsewhere = make_case(DistrictFactory())
    with pytest.raises(ValidationError) as refusal:
        place_hold(
            district=district,
            title="x",
            ground="pending",
            scope="x",
            directed_by="x",
            directive=paper(),
            cases=[elsewhere],
            tell=[told],
            by=counsel,
        )
    assert list(refusal.value.message_dict) == ["cases"]


def test_a_hold_is_placed_and_read_in_the_browser(district, counsel, told, held_case):
    client = Client()
    client.force_login(counsel)
    sent = {
        "title": "Bus accident",
        "ground": "pending",
        "scope": "All of it",
        "directed_by": "District counsel",
        "directive": paper(),
        "cases": [held_case.pk],
        "tell": [told.pk],
    }

    answer = client.post(reverse("hold:new", args=["willow"]), sent, follow=True)

    assert answer.status_code == 200
    assert "Bus accident" in answer.content.decode()


def test_nobody_of_another_district_reads_a_hold(hold):
    stranger = Client()
    stranger.force_login(member(DistrictFactory(), Role.COUNSEL))

    assert stranger.get(reverse("hold:detail", args=["willow", hold.case.number])).status_code == 404
    assert stranger.get(reverse("records:home", args=["willow"])).status_code == 404
    assert Client().get(reverse("records:home", args=["willow"])).status_code == 302


def test_a_hold_is_read_by_those_who_place_holds_and_by_whoever_was_told(district, hold, held_case, counsel):
    other, viewer = member(district, Role.ADMINISTRATOR), member(district, Role.VIEWER)
    case = hold.case
    for person in (other, viewer):
        client = Client()
        client.force_login(person)
        assert client.get(reverse("hold:detail", args=["willow", case.number])).status_code == 404
        assert "Bus accident" not in client.get(reverse("records:home", args=["willow"])).text
        assert client.get("/api/v1/holds/").json()["results"] == []
    desk = Client()
    desk.force_login(counsel)
    page = reverse("hold:tell", args=["willow", case.number])
    assert client.post(page, {"tell-user": viewer.pk}).status_code == 404
    assert desk.post(page, {"tell-user": member(DistrictFactory()).pk}).status_code == 422
    assert desk.post(page, {"tell-user": viewer.pk}).status_code == 302
    assert client.get(reverse("hold:detail", args=["willow", case.number])).status_code == 200


def test_a_restricted_matter_under_a_hold_is_named_only_to_those_who_see_it(district, hold, told, counsel):
    breach = open_case(district=district, kind="breach", title="Lost laptop", restricted=True)
    breach.allowed.add(counsel)
    cover_cases(hold, cases=[breach], by=counsel)
    seen = {}
    for person in (told, counsel):
        client = Client()
        client.force_login(person)
        page = client.get(reverse("hold:detail", args=["willow", hold.case.number])).text
        listed = client.get(f"/api/v1/holds/{hold.pk}/").json()["cases"]
        seen[person] = ("Lost laptop" in page, "matter that you may not see" in page, breach.pk in listed)
    assert seen == {told: (False, True, False), counsel: (True, False, True)}
