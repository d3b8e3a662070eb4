"""Breaches over the API: the same verbs and refusals, and nobody else's rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from breaches.models import Breach
from parties.models import Role, User
from tests.breaches.factories import list_families, make_breach, make_district, make_families, make_vendor
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
WORDS = {
    "what_happened": "A staff password was stolen.",
    "data": "Grades.",
    "what_we_do": "The password was changed.",
    "what_you_can_do": "Change your password.",
    "contact": "Records office, 860-555-0100",
}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = member(district)
    member(district, Role.APPROVER)
    return district, by


def report(here, **given):
    return {
        "district": here.slug,
        "channel": "phone",
        "received_at": "2026-11-20T06:20:00-05:00",
        "what_happened": "A staff password was stolen.",
        **given,
    }


def test_a_report_is_written_down_once_and_its_clocks_are_shown(desk):
    district, by = desk
    client = signed_in(by)
    said = report(district, vendor=make_vendor(district)[0].pk, elements=["grades"])
    first, again = (client.post("/api/v1/breaches/", said, content_type="application/json") for _ in range(2))
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    duties = client.get(f"/api/v1/breaches/{first.json()['id']}/duties/").json()
    families = next(duty for duty in duties if duty["rule"] == "families-breach-notice")
    assert families["clocks"][0]["due_at"] == "2026-11-22T11:20:00Z"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("received_at", {"received_at": "2026-11-20T06:20:00"}),
        ("received_at", {"received_at": "2026-11-21T06:20:00-05:00"}),
        ("channel", {"channel": "signed_in"}),
        ("elements", {"elements": ["shoe-size"]}),
        ("what_happened", {"what_happened": ""}),
        ("vendor", {"vendor": 999_999}),
        ("district", {"district": "nowhere"}),
    ],
)
def test_what_does_not_fit_is_refused_under_its_field(desk, field, given):
    district, by = desk
    answer = signed_in(by).post(
        "/api/v1/breaches/", report(district, **given), content_type="application/json"
    )
    assert (answer.status_code, field in answer.json()) == (400, True)
    assert not Breach.objects.exists()


def test_the_steps_to_sending_are_the_pages_steps(desk):
    district, by = desk
    second = User.objects.get(memberships__district=district, memberships__role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    mine, theirs = signed_in(by), signed_in(second)
    address = f"/api/v1/breaches/{breach.pk}/"
    assert mine.put(f"{address}notice/", WORDS, content_type="application/json").status_code == 200
    assert mine.post(f"{address}send/").status_code == 409
    assert mine.post(f"{address}approve/", {}, content_type="application/json").status_code == 400
    assert theirs.post(f"{address}approve/", {}, content_type="application/json").status_code == 200
    sent = mine.post(f"{address}send/")
    assert (sent.status_code, sent.json()["recipients"], sent.json()["posting"]) == (200, 10, 1)
    early = mine.post(f"{address}close/", {"corrective_action": "x"}, content_type="application/json")
    assert (early.status_code, "corrective_action" in early.json()) == (400, True)


def test_nobody_else_finds_a_breach_and_no_person_is_named(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 1), by=by)
    shown = signed_in(by).get(f"/api/v1/breaches/{breach.pk}/")
    assert shown.json()["people"] == 1
    assert b"Sample" not in shown.content
    for stranger in (member(district, Role.VIEWER), member(make_district()), make_vendor(district)[1]):
        client = signed_in(stranger)
        assert client.get(f"/api/v1/breaches/{breach.pk}/").status_code == 404
        assert client.get(f"/api/v1/breaches/{breach.pk}/duties/").status_code == 404
        assert client.get("/api/v1/breaches/").json()["count"] == 0
    assert Client().get(f"/api/v1/breaches/{breach.pk}/").status_code in (401, 403)


def test_a_status_cannot_be_written_by_patch(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    answer = signed_in(by).patch(
        f"/api/v1/breaches/{breach.pk}/", {"status": "closed"}, content_type="application/json"
    )
    assert answer.status_code == 405
