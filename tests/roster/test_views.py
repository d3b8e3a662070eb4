"""Staff pages of the roster: who may look, who is refused, and that looking is written down."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from ledger.models import Entry
from mail.models import Delivery
from parties.api_tokens import make_api_token
from parties.models import Role
from roster.contact import block_contact, keep_block, lift_block
from roster.models import ContactBlock, Guardian, RosterImport, Student
from tests.factories import DistrictFactory, member
from tests.roster.factories import make_family, oneroster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }


@pytest.fixture
def district():
    return DistrictFactory(slug="northfield")


@pytest.fixture
def custodian(district):
    return member(district)


@pytest.fixture
def desk(client, custodian):
    client.force_login(custodian)
    return client


def url(name, *more):
    return reverse(f"roster:{name}", args=["northfield", *more])


def upload(desk, content):
    file = SimpleUploadedFile("roster.zip", content)
    return desk.post(url("home"), {"format": "oneroster", "file": file})


def test_a_roster_is_looked_at_before_it_is_loaded(desk):
    assert desk.get(url("home")).status_code == 200
    answer = upload(desk, oneroster())
    assert answer.status_code == 302
    page = desk.get(answer["Location"])
    assert "What this roster would change" in page.text
    assert not Student.objects.exists()
    roster = RosterImport.objects.get()
    assert desk.post(url("step", roster.uuid, "load")).status_code == 302
    assert Student.objects.count() == 2
    assert desk.post(url("step", roster.uuid, "load")).status_code == 409


def test_a_bad_file_is_said_beside_the_field(desk):
    answer = upload(desk, b"not a zip")
    assert answer.status_code == 422
    assert "This is not a zip file." in answer.text
    assert not RosterImport.objects.exists()


def test_a_second_person_agrees_on_the_page(desk, client, district):
    for _ in range(10):
        make_family(district)
    roster_page = upload(desk, oneroster())["Location"]
    assert "A second person must agree" in desk.get(roster_page).text
    roster = RosterImport.objects.get()
    assert desk.post(url("step", roster.uuid, "load")).status_code == 409
    second = member(district, role=Role.SUPERINTENDENT)
    assert desk.post(url("step", roster.uuid, "approve"), {"reason": "x"}).status_code == 422
    client.force_login(second)
    assert client.post(url("step", roster.uuid, "approve")).status_code == 302


def test_finding_a_family_is_written_down_with_the_reason(desk, district, custodian):
    child, guardian = make_family(district)
    page = desk.post(url("people"), {"q": child.family_name, "why": "A parent called."})
    assert child.name in page.text
    entry = Entry.objects.get(act="people-read")
    assert (entry.by, entry.reason) == (custodian, "A parent called.")
    assert child.ref in entry.facts["refs"]
    assert "Sample" not in str(entry.facts)
    assert desk.post(url("people"), {"q": "x", "why": ""}).status_code == 422


def test_a_guardian_is_blocked_and_unblocked_by_two_on_the_students_page(desk, district):
    child, guardian = make_family(district)
    second = member(district, Role.COUNSEL)
    assert desk.get(url("student", child.pk)).status_code == 200
    sent = {"guardian": guardian.pk, "ground": "Order of May 4, 2026", "first_day": "2026-05-04"}
    assert desk.post(url("block", child.pk), sent).status_code == 302
    block = ContactBlock.objects.get()
    assert desk.post(url("lift", block.pk), {"reason": ""}).status_code == 302
    block.refresh_from_db()
    assert block.lifted_at is None
    for _again in range(2):
        desk.post(url("lift", block.pk), {"reason": "The order ended."})
    block.refresh_from_db()
    assert block.lifted_at is None, "one person lifts no court's order"
    asked = Delivery.objects.get(message__kind="confirmation-asked")
    assert asked.address == second.email
    assert "Sample" not in asked.message.texts.get().plain
    assert "The order ended." in desk.get(url("student", child.pk)).content.decode()
    keep_block(block, by=second)
    block.refresh_from_db()
    assert (block.lift_asked_by, block.lifted_at) == (None, None)
    desk.post(url("lift", block.pk), {"reason": "The order ended."})
    with pytest.raises(PermissionDenied):
        lift_block(block, by=member(district, Role.APPROVER))
    lift_block(block, by=second)
    block.refresh_from_db()
    assert block.lifted_at is not None


def test_where_nobody_else_is_one_person_lifts_a_block_with_a_reason_and_it_is_told(district, custodian):
    child, guardian = make_family(district)
    approver = member(district, Role.APPROVER)
    block = block_contact(child, guardian=guardian, ground="x", first_day=date(2026, 5, 4), by=custodian)
    assert lift_block(block, reason="The order ended.", by=custodian).lifted_at is not None
    assert Delivery.objects.get(message__kind="acted-alone").address == approver.email
    assert Entry.objects.get(act="contact-unblocked").facts["alone"] is True


@pytest.mark.parametrize(
    "wrong", [{"ground": " "}, {"first_day": "x"}, {"last_day": "2026-05-03"}, {"guardian": "0"}]
)
def test_a_block_that_says_too_little_is_refused(desk, district, wrong):
    child, guardian = make_family(district)
    sent = {"guardian": guardian.pk, "ground": "Order of May 4, 2026", "first_day": "2026-05-04", **wrong}
    assert desk.post(url("block", child.pk), sent).status_code == 422
    assert not ContactBlock.objects.exists()


def test_a_familys_language_and_address_are_set_by_hand(desk, district):
    _, guardian = make_family(district)
    assert desk.get(url("guardian", guardian.pk)).status_code == 200
    sent = {"language": "pl", "postal_address": "5 Elm Street"}
    assert desk.post(url("guardian", guardian.pk), sent).status_code == 302
    guardian.refresh_from_db()
    assert (guardian.language, guardian.postal_address) == ("pl", "5 Elm Street")
    assert desk.post(url("guardian", guardian.pk), {"language": "xx"}).status_code == 422


def every_address(district, by, child, guardian):
    yield from (("get", url("home")), ("post", url("people")), ("get", url("student", child.pk)))
    yield from (("post", url("block", child.pk)), ("get", url("guardian", guardian.pk)))
    roster = RosterImport.objects.get(district=district)
    yield "get", url("import", roster.uuid)
    for step in ("load", "drop", "approve"):
        yield "post", url("step", roster.uuid, step)
    yield "post", url("lift", ContactBlock.objects.get(district=district).pk)


@pytest.fixture
def filled(district, custodian):
    from django.core.files.base import ContentFile

    from roster.imports import receive_roster

    child, guardian = make_family(district)
    receive_roster(
        district=district, upload=ContentFile(oneroster(), name="r.zip"), format="oneroster", by=custodian
    )
    block_contact(child, guardian=guardian, ground="x", first_day=date(2026, 5, 4), by=custodian)
    return child, guardian


def test_another_districts_pages_are_not_there(client, district, custodian, filled):
    """A12."""
    client.force_login(member(DistrictFactory()))
    for method, path in every_address(district, custodian, *filled):
        assert getattr(client, method)(path).status_code == 404, path


def test_without_sign_in_every_page_leads_to_the_door(client, district, custodian, filled):
    for method, path in every_address(district, custodian, *filled):
        assert getattr(client, method)(path).status_code == 302, path


def test_a_viewer_sees_counts_and_no_family(client, district, filled):
    child, guardian = filled
    client.force_login(member(district, role=Role.VIEWER))
    home = client.get(url("home"))
    assert home.status_code == 200
    assert "Load a roster" not in home.text
    for method, path in (
        ("get", url("student", child.pk)),
        ("get", url("guardian", guardian.pk)),
        ("post", url("people")),
        ("post", url("lift", ContactBlock.objects.get().pk)),
    ):
        assert getattr(client, method)(path, {"reason": "x"}).status_code == 403, path
    assert upload(client, oneroster()).status_code == 403
    assert Guardian.objects.get().name not in home.text


def signed_in(user):
    _row, key = make_api_token(user=user, name="registers")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def test_the_api_loads_a_roster_and_lists_no_family(district, custodian, settings):
    settings.EMBEDDED = True
    api = signed_in(custodian)
    sent = {"district": "northfield", "format": "oneroster", "file": SimpleUploadedFile("r.zip", oneroster())}
    made = api.post("/api/v1/rosters/", sent, format="multipart")
    assert (made.status_code, made.data["status"]) == (201, "preview")
    one = f"/api/v1/rosters/{made.data['id']}/"
    assert api.post(f"{one}load/").data["status"] == "applied"
    assert api.post(f"{one}drop/").status_code == 409
    assert "Sample" not in str(api.get(one).data)
    stranger = signed_in(member(DistrictFactory()))
    assert stranger.get(one).status_code == 404
    assert stranger.post(f"{one}load/").status_code == 404
    sent["file"] = SimpleUploadedFile("r.zip", oneroster())
    assert stranger.post("/api/v1/rosters/", sent, format="multipart").status_code == 400
