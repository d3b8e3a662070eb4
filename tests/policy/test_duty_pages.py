"""The page of one duty in the hands of people: what they may do, and who is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ledger.clock import engine_now
from mail.models import Delivery
from parties.models import Role
from policy.adoptions import adopt_pack
from policy.alerts import acknowledge
from policy.models import Alert, DutyChange
from policy.obligations import raise_for
from policy.standing import standing_case
from policy.sweep import sweep
from tests.factories import DistrictFactory, make_case, member

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 16, 14, tzinfo=UTC)


@pytest.fixture
def district(travel):
    travel(MONDAY)
    return DistrictFactory(slug="elm", state="MO", zone="America/Chicago")


@pytest.fixture
def admin(district):
    return member(district, Role.ADMINISTRATOR)


@pytest.fixture
def custodian(district):
    return member(district, Role.CUSTODIAN)


@pytest.fixture
def duty(district, admin):
    """Tell the Attorney General: an hour clock of law that a person reports as done and that may pause."""
    adopt_pack(district=district, pack="mo-data-governance@1", since=date(2026, 7, 1), by=admin)
    raised = raise_for(
        "breach_suspected",
        case=make_case(district, kind="breach", title="Lumen Reading"),
        at=engine_now(),
        ref="report:1",
        by=None,
    )
    return next(o for o in raised if o.rule == "superintendent-told")


def url(name, duty, *args):
    return reverse(f"duty:{name}", args=[duty.district.slug, duty.pk, *args])


def proof(name="note.txt"):
    return SimpleUploadedFile(name, b"Told by telephone at 8 a.m.", content_type="text/plain")


def test_the_page_shows_the_clock_its_rule_and_its_arithmetic(client, duty, custodian):
    client.force_login(custodian)
    page = client.get(url("detail", duty)).content.decode()
    assert "Tell the superintendent at once" in page
    assert "Board policy, Data Governance and Security, paragraph 4" in page
    assert "1 hour of elapsed time" in page


def test_another_districts_people_viewers_and_strangers_are_refused(client, duty, district):
    client.force_login(member(DistrictFactory(), Role.CUSTODIAN))
    for name in ("detail", "done", "cancel", "start"):
        answer = client.post(url(name, duty)) if name != "detail" else client.get(url(name, duty))
        assert answer.status_code == 404
    client.force_login(member(district, Role.VIEWER))
    assert client.get(url("detail", duty)).status_code == 200
    form = {"at": "2026-11-16T08:00", "reason": "By telephone.", "proof": proof()}
    assert client.post(url("done", duty), form).status_code == 403
    client.logout()
    assert client.get(url("detail", duty)).status_code == 302


def test_what_the_law_asks_is_not_done_without_proof(client, duty, custodian):
    client.force_login(custodian)
    answer = client.post(url("done", duty), {"at": "2026-11-16T08:00", "reason": "By telephone."})
    assert answer.status_code == 422
    assert "add the proof" in answer.content.decode()
    duty.refresh_from_db()
    assert duty.status == "open"


@pytest.mark.parametrize(
    ("act", "at", "words"),
    [
        ("done", "0001-01-01T00:00", "Check the year."),
        ("start", "0206-11-16T08:00", "Check the year."),
        ("start", "9999-12-31T23:59", "Check the year."),
        ("done", "2026-11-16T07:59", "This is before it began."),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_beside_its_field(client, duty, custodian, act, at, words):
    client.force_login(custodian)
    began = duty.triggered_at
    answer = client.post(url(act, duty), {"at": at, "reason": "By telephone.", "proof": proof()})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    duty.refresh_from_db()
    assert (duty.status, duty.triggered_at) == ("open", began)


def test_done_is_recorded_on_the_districts_wall_clock_with_its_proof(client, duty, custodian):
    client.force_login(custodian)
    form = {"at": "2026-11-16T08:00", "reason": "By telephone.", "proof": proof()}
    assert client.post(url("done", duty), form).status_code == 302
    duty.refresh_from_db()
    assert (duty.status, duty.settled_at) == ("settled", MONDAY)
    assert duty.evidence.name == "note.txt"
    assert duty.deadlines.get().status == "kept"


def test_cancelling_waits_for_a_second_person_who_is_told_and_agrees(client, duty, admin, custodian, travel):
    # Not near its limit: the same act, for a notice with days left.
    duty = _with_days_left(duty)
    client.force_login(custodian)
    client.post(url("cancel", duty), {"reason": "It was another district."})
    change = DutyChange.objects.get()
    duty.refresh_from_db()
    assert duty.status == "open"
    assert Delivery.objects.filter(message__kind="change-asked").get().address == admin.email
    client.post(url("agree", duty, change.pk))
    duty.refresh_from_db()
    assert duty.status == "open"  # one person is not two
    client.force_login(admin)
    assert "It was another district." in client.get(url("detail", duty)).content.decode()
    client.post(url("agree", duty, change.pk))
    duty.refresh_from_db()
    assert duty.status == "cancelled"


def test_a_declined_change_leaves_the_duty_open_and_its_reason_on_record(client, duty, admin, custodian):
    duty = _with_days_left(duty)
    client.force_login(custodian)
    client.post(url("cancel", duty), {"reason": "It was another district."})
    change = DutyChange.objects.get()
    client.force_login(admin)
    assert client.get(url("decline", duty, change.pk)).status_code == 200
    client.post(url("decline", duty, change.pk), {"reason": "It was ours."})
    change.refresh_from_db()
    duty.refresh_from_db()
    assert (change.is_agreed, duty.status) == (False, "open")
    client.post(url("agree", duty, change.pk))
    duty.refresh_from_db()
    assert duty.status == "open"


def test_a_start_moves_earlier_at_once_and_later_only_with_proof(client, duty, custodian):
    client.force_login(custodian)
    client.post(url("start", duty), {"at": "2026-11-16T07:30", "reason": "A voice message."})
    duty.refresh_from_db()
    assert duty.triggered_at == MONDAY - timedelta(minutes=30)
    answer = client.post(url("start", duty), {"at": "2026-11-16T07:50", "reason": "It came later."})
    assert answer.status_code == 422
    assert "needs its proof" in answer.content.decode()


def test_an_alert_is_answered_by_one_button(client, duty, custodian):
    sweep()
    alert = Alert.objects.get(deadline__obligation=duty, step="start")
    client.force_login(custodian)
    assert "I am on it" in client.get(url("detail", duty)).content.decode()
    client.post(url("answer", duty, alert.pk))
    alert.refresh_from_db()
    assert alert.acknowledged_by == custodian
    assert "I am on it" not in client.get(url("detail", duty)).content.decode()
    assert acknowledge(alert, by=custodian).acknowledged_by == custodian


def test_standing_duties_have_a_page_and_lead_to_where_they_are_done(client, duty, district, custodian):
    sweep()
    case = standing_case(district)
    client.force_login(custodian)
    page = client.get(case.get_absolute_url())
    assert page.status_code == 200
    assert "Set: Days to tell the people affected" in page.content.decode()
    act = reverse("standing:act", args=["elm", case.number, "yearly-drill"])
    assert client.get(act).url == "/d/elm/breaches/drill/"
    client.force_login(member(DistrictFactory(), Role.CUSTODIAN))
    assert client.get(case.get_absolute_url()).status_code == 404


def test_a_person_who_was_told_twice_presses_twice_and_nothing_breaks(client, duty, custodian):
    client.force_login(custodian)
    form = {"at": "2026-11-16T08:00", "reason": "By telephone."}
    client.post(url("done", duty), {**form, "proof": proof()})
    assert client.post(url("done", duty), {**form, "proof": proof()}).status_code == 302
    client.post(url("cancel", duty), {"reason": "No."})
    duty.refresh_from_db()
    assert duty.status == "settled"


def _with_days_left(duty):
    """Another duty of the same breach, with weeks to its limit."""
    raised = raise_for("vendor_failed", case=duty.case, at=engine_now(), ref="failure:1", by=None)
    return raised[0]
