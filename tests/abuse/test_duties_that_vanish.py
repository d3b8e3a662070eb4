"""A duty to tell families ends by telling them, or by two people: no lone act makes it vanish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from breaches.additions import move_receipt_earlier
from breaches.decisions import determine, settle_duty
from breaches.merging import merge_breach
from ledger.clock import engine_now
from parties.models import Role
from policy import alerts, changes, pauses
from policy.models import Alert, Obligation
from policy.sweep import sweep
from tests.breaches.factories import (
    make_breach,
    make_district,
    paper,
    superintendent,
)
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


@pytest.fixture
def desk(travel):
    """A district with a custodian, and an hour after a report."""
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    return district, member(district, role=Role.CUSTODIAN)


def open_rules(breach):
    duties = Obligation.objects.open().filter(case=breach.case, owed_by="district")
    return set(duties.values_list("rule", flat=True))


# --- merging --------------------------------------------------------------------------------------------


def test_a_breach_merged_into_an_attempt_still_owes_its_notice(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    attempt = make_breach(district, by=by, sort="attempt", what_happened="Somebody tried passwords.")
    assert "families-breach-notice" in open_rules(breach)
    assert "families-breach-notice" not in open_rules(attempt)
    into = merge_breach(breach, into=attempt, reason="The same evening.", by=by)
    assert "families-breach-notice" in open_rules(into)
    assert into.sort == "access"


# --- saying that it was done ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["families-breach-notice", "breach-posting"])
def test_telling_families_is_not_settled_by_saying_so(desk, rule):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    duty = Obligation.objects.get(case=breach.case, rule=rule)
    with pytest.raises(ValidationError):
        settle_duty(duty, at=engine_now(), words="Done, trust me.", by=by, proof=paper())
    duty.refresh_from_db()
    assert duty.status == "open"


def test_the_form_of_a_duty_does_not_settle_the_notice(desk, client):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    client.force_login(by)
    where = reverse("breach:duty", args=[district.slug, breach.case.number, "families-breach-notice"])
    answer = client.post(where, {"at": "2026-11-20T06:30", "words": "Done."})
    assert answer.status_code == 422
    assert "families-breach-notice" in open_rules(breach)


# --- making a limit look near ---------------------------------------------------------------------------


def test_moving_the_receipt_earlier_does_not_let_one_person_drop_the_duty(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    move_receipt_earlier(breach, to=RECEIVED - timedelta(days=3), by=by)
    breach.refresh_from_db()
    with pytest.raises(ValidationError):
        determine(
            breach, sort="no_access", determined_by="Our IT", because="The log is empty.", by=by,
            alone_because="It is late.",
        )  # fmt: skip
    assert "families-breach-notice" in open_rules(breach)


def test_moving_a_start_earlier_does_not_let_one_person_cancel(desk):
    district, by = desk
    breach = make_breach(district, by=by, received_at=RECEIVED)
    duty = Obligation.objects.get(case=breach.case, rule="families-breach-notice")
    changes.ask_start(duty, at=RECEIVED - timedelta(days=3), reason="An older mail was found.", by=by)
    duty.refresh_from_db()
    asked = changes.ask_cancel(duty, reason="No longer needed.", by=by)
    assert asked is not None, "a second person is asked"
    duty.refresh_from_db()
    assert duty.status == "open"


# --- silencing the alarm --------------------------------------------------------------------------------


def test_a_viewer_cannot_answer_an_alarm_and_so_keep_it_from_the_superintendent(desk):
    district, by = desk
    viewer = member(district, role=Role.VIEWER)
    make_breach(district, by=by, received_at=RECEIVED)
    sweep()
    alert = Alert.objects.filter(message__isnull=False, acknowledged_at=None).first()
    with pytest.raises(PermissionDenied):
        alerts.acknowledge(alert, by=viewer)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_a_viewer_cannot_start_a_clock_again(desk):
    district, by = desk
    viewer = member(district, role=Role.VIEWER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    deadline = breach.case.deadlines.filter(status="running").first()
    with pytest.raises(PermissionDenied):
        pauses.resume(deadline, by=viewer)


# --- nobody hears ---------------------------------------------------------------------------------------


def test_an_alarm_finds_somebody_even_where_nobody_holds_the_role(desk):
    district = make_district()
    assert alerts.on_call(district, Role.CUSTODIAN) == [superintendent(district)]


def test_an_alarm_finds_somebody_when_the_one_on_duty_is_away_and_the_deputy_has_left(desk):
    district, _by = desk
    lonely = make_district()
    gone = member(district, role=Role.CUSTODIAN)
    gone.is_active = False
    gone.save()
    away = {"away_from": engine_now() - timedelta(days=1), "away_until": None, "deputy": gone}
    member(lonely, role=Role.CUSTODIAN, **away)
    assert alerts.on_call(lonely, Role.CUSTODIAN)


def test_when_the_superintendent_acts_alone_somebody_else_is_told(desk):
    district, by = desk
    head = superintendent(district)
    counsel = member(district, role=Role.COUNSEL)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    duty = Obligation.objects.get(case=breach.case, rule="families-breach-notice")
    message = alerts.tell_superintendent(duty, by=head, reason="The limit is near.")
    assert message is not None
    told = set(message.deliveries.values_list("recipient_ref", flat=True))
    assert f"user:{counsel.pk}" in told
    assert f"user:{head.pk}" not in told
