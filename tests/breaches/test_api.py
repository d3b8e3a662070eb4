"""Breaches over the API: the same verbs and refusals, and nobody else's rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from breaches.links import find_link
from breaches.models import Breach
from ledger.models import ApiRequest
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
    assert (first.json()["was_known"], again.json()["was_known"]) == (False, True)
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


def put(client, address, said):
    return client.put(address, said, content_type="application/json")


def post(client, address, said=None, **headers):
    return client.post(address, said or {}, content_type="application/json", headers=headers)


def test_a_drill_is_begun_once_and_no_stranger_begins_one(desk):
    district, by = desk
    client, said = signed_in(by), {"district": district.slug, "vendor": make_vendor(district)[0].pk}
    begun = post(client, "/api/v1/breaches/drill/", said)
    assert (begun.status_code, begun.json()["is_drill"]) == (201, True)
    assert post(client, "/api/v1/breaches/drill/", said).json().keys() == {"vendor"}
    other = make_vendor(make_district())[0]
    assert post(client, "/api/v1/breaches/drill/", {**said, "vendor": other.pk}).status_code == 400
    assert post(signed_in(member(make_district())), "/api/v1/breaches/drill/", said).status_code == 400


def test_a_report_link_is_shown_once_and_kept_nowhere(desk, client):
    district, by = desk
    vendor = make_vendor(district)[0]
    mine, said = signed_in(by), {"district": district.slug, "vendor": vendor.pk}
    made = post(mine, "/api/v1/report-links/", said, **{"Idempotency-Key": "once"})
    token = made.json()["address"].rstrip("/").rpartition("/")[2]
    assert find_link(district, token).vendor == vendor
    again = post(mine, "/api/v1/report-links/", said, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, {**made.json(), "address": None})
    assert token not in "".join(ApiRequest.objects.values_list("body", flat=True))
    listed = mine.get("/api/v1/report-links/").json()["results"]
    assert listed == [{**made.json(), "address": None}]
    for stranger in (member(district, Role.VIEWER), member(make_district())):
        assert signed_in(stranger).get("/api/v1/report-links/").json()["count"] == 0


def test_two_reports_of_one_event_become_one_breach(desk):
    district, by = desk
    mine = make_breach(district, by=by, received_at=RECEIVED)
    theirs = make_breach(district, by=by, received_at=RECEIVED, what_happened="Our vendor called again.")
    client, address = signed_in(by), f"/api/v1/breaches/{theirs.pk}/same-event/"
    elsewhere = make_district()
    unseen = make_breach(elsewhere, by=member(elsewhere), received_at=RECEIVED)
    assert "into" in post(client, address, {"into": unseen.pk, "reason": "The same."}).json()
    done = post(client, address, {"into": mine.pk, "reason": "The same."})
    assert (done.status_code, done.json()["id"]) == (200, mine.pk)
    theirs.refresh_from_db()
    assert theirs.merged_into == mine


def test_a_translation_and_a_new_version_wait_for_a_second_person(desk):
    district, by = desk
    district.languages = ["en", "es"]
    district.save()
    second = User.objects.get(memberships__district=district, memberships__role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    mine, theirs, here = signed_in(by), signed_in(second), f"/api/v1/breaches/{breach.pk}/"
    assert put(mine, f"{here}notice/", WORDS).status_code == 200
    spanish = {"language": "es", "data": "Notas.", "checked": True}
    assert put(mine, f"{here}notice/translation/", spanish).status_code == 200
    assert "language" in put(mine, f"{here}notice/translation/", {"language": "pl"}).json()
    assert post(mine, f"{here}letters-instead/", {"reason": "Mail is down."}).status_code == 409
    assert post(theirs, f"{here}approve/").status_code == post(mine, f"{here}send/").status_code == 200
    assert mine.get(f"{here}page/").json()["texts"]["data"] == {"en": "Grades.", "es": "Notas."}
    changed = {**WORDS, "language": "en", "data": "Grades and names.", "what_changed": "Names, too."}
    asked = post(mine, f"{here}page/versions/", changed)
    assert (asked.status_code, asked.json()["agreed_at"]) == (201, None)
    agree = f"{here}page/versions/{asked.json()['id']}/agree/"
    assert post(mine, agree).status_code == 400
    assert post(theirs, agree).json()["version"] == 2
    assert mine.get(f"{here}page/").json()["texts"]["data"] == {"en": "Grades and names."}
    assert mine.get(f"{here}work/").json()["versions"][0]["version"] == 2
    assert post(mine, f"{here}letters-instead/", {"reason": "Mail is down."}).json() == {"letters": 10}


def test_a_vendor_reports_to_its_own_districts_and_reads_its_own_receipts(desk):
    district, by = desk
    vendor, speaker = make_vendor(district)
    other, stranger = make_vendor(make_district())
    said = {"vendor": vendor.pk, "districts": [district.slug], "what_happened": "A password was stolen."}
    client = signed_in(speaker)
    elsewhere = {**said, "districts": [other.districts.get().slug]}
    assert "districts" in post(client, "/api/v1/vendor/reports/", elsewhere).json()
    assert "vendor" in post(client, "/api/v1/vendor/reports/", {**said, "vendor": other.pk}).json()
    sent = post(client, "/api/v1/vendor/reports/", said)
    assert (sent.status_code, sent.json()["districts"]) == (201, [district.slug])
    mine = f"/api/v1/vendor/reports/{sent.json()['id']}/"
    assert post(client, f"{mine}amend/", {"words": "Two passwords."}).status_code == 200
    assert client.get(mine).json()["amendments"][0]["words"] == "Two passwords."
    for somebody in (stranger, by):
        assert signed_in(somebody).get(mine).status_code == 404
        assert signed_in(somebody).get("/api/v1/vendor/reports/").json()["count"] == 0
    assert post(signed_in(by), "/api/v1/vendor/reports/", said).status_code == 403


def test_a_status_cannot_be_written_by_patch(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    answer = signed_in(by).patch(
        f"/api/v1/breaches/{breach.pk}/", {"status": "closed"}, content_type="application/json"
    )
    assert answer.status_code == 405
