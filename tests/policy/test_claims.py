"""No one person's word turns a duty into a kept one: it is recorded at once and counts once confirmed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from breaches.decisions import settle_duty
from breaches.vendor_word import record_vendor_told_families, record_vendor_word
from ledger.clock import engine_now
from ledger.models import Entry
from mail.models import Delivery, Route
from notices.elsewhere import take_report
from notices.issue import issue_notice
from notices.postings import post_elsewhere
from parties.models import Role
from policy.changes import agree, decline
from policy.models import DutyChange, Obligation
from policy.sweep import sweep
from tests.breaches import factories as desk
from tests.factories import DistrictFactory, member
from tests.notices.factories import make_district, make_notice, redact

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 11, 18, 17, tzinfo=UTC)
WEEKS_LATER = datetime(2026, 12, 9, 17, tzinfo=UTC)
"""Five business days (one a holiday) after the Wednesday are over."""


@pytest.fixture
def district(travel):
    travel(WEDNESDAY)
    return make_district(families=1)


@pytest.fixture
def by(district):
    return member(district)


@pytest.fixture
def second(district):
    return member(district, role=Role.APPROVER)


def duty_of(notice, rule):
    return Obligation.objects.get(case=notice.case, rule=rule)


def state(duty):
    duty.refresh_from_db()
    return duty.status, duty.deadlines.get().status


def posted(notice, *, at, by):
    page = ContentFile(b"What the page said.", name="page.txt")
    post_elsewhere(notice, address="https://www.northfield.example/", posted_at=at, capture=page, by=by)
    return duty_of(notice, "contract-posting")


def reported(notice, *, at, by):
    row = notice.message.deliveries.get()
    text = f"ref,status,at\n{row.recipient_ref},delivered,{at.isoformat()}\n"
    take_report(notice, upload=ContentFile(text.encode(), name="report.csv"), by=by)
    return duty_of(notice, "contract-notice")


def sent_elsewhere(district, by):
    Route.objects.create(district=district, relay="elsewhere", sender="school@northfield.example")
    return issue_notice(make_notice(district, by=by), by=by)


# --- posted elsewhere -----------------------------------------------------------------------------------


def test_a_past_posting_elsewhere_leaves_a_missed_duty_missed_until_somebody_else_confirms(
    district, by, second, travel
):
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    travel(WEEKS_LATER)
    sweep()
    duty = posted(notice, at=WEDNESDAY + timedelta(hours=1), by=by)
    assert state(duty) == ("open", "missed")
    claim = DutyChange.objects.get(obligation=duty, kind="done")
    assert claim.proof.kind == "capture"
    assert Entry.objects.filter(case=notice.case, act="done-claimed").exists()
    assert Delivery.objects.filter(message__kind="change-asked", address=second.email).exists()
    agree(claim, by=second)
    assert state(duty) == ("settled", "kept")
    assert duty.settled_at == WEDNESDAY + timedelta(hours=1)


def test_what_is_declined_counts_for_nothing(district, by, second):
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    duty = posted(notice, at=WEDNESDAY, by=by)
    decline(duty.changes.get(), by=second, reason="The copy shows another contract.")
    assert state(duty) == ("open", "running")


def test_alone_and_late_the_duty_ends_and_the_miss_stays(district, by, travel):
    """Nobody else is there: the act counts, the claimed time does not undo the miss."""
    district.memberships.exclude(user=by).delete()
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    travel(WEEKS_LATER)
    sweep()
    duty = posted(notice, at=WEDNESDAY, by=by)
    with pytest.raises(ValidationError):
        agree(duty.changes.get(), by=by)
    agree(duty.changes.get(), by=by, alone_because="I work alone this week.")
    assert state(duty) == ("settled", "missed")


def test_near_the_limit_one_person_confirms_with_a_reason_and_the_superintendent_is_told(
    district, by, second, travel
):
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    duty = posted(notice, at=WEDNESDAY, by=by)
    claim = duty.changes.get()
    with pytest.raises(ValidationError):
        agree(claim, by=by, alone_because="I am in a hurry.")  # days are left
    travel(duty.deadlines.get().due_at - timedelta(hours=3))
    agree(claim, by=by, alone_because="It is 9 p.m. and nobody answers.")
    assert state(duty) == ("settled", "kept")
    assert Delivery.objects.filter(message__kind="acted-alone").exists()


# --- sent elsewhere -------------------------------------------------------------------------------------


def test_a_delivery_report_of_one_person_keeps_no_duty_before_a_second_confirms_it(
    district, by, second, travel
):
    notice = sent_elsewhere(district, by)
    travel(WEEKS_LATER)
    sweep()
    duty = reported(notice, at=WEDNESDAY + timedelta(hours=1), by=by)
    sweep()
    assert state(duty) == ("open", "missed")
    assert notice.message.deliveries.get().status == "sent"  # facts first
    agree(duty.changes.get(), by=second)
    sweep()
    assert state(duty) == ("settled", "kept")
    assert duty.settled_at == WEDNESDAY + timedelta(hours=1)


def test_a_report_that_is_not_believed_leaves_the_messages_waiting_for_another(district, by, second):
    notice = sent_elsewhere(district, by)
    duty = reported(notice, at=WEDNESDAY, by=by)
    decline(duty.changes.get(), by=second, reason="The system was down that day.")
    sweep()
    assert state(duty) == ("open", "running")
    assert notice.message.deliveries.get().status == "exported"
    reported(notice, at=WEDNESDAY, by=by)
    agree(duty.changes.get(is_agreed=None), by=second)
    sweep()
    assert state(duty) == ("settled", "kept")


def test_alone_a_late_report_leaves_the_miss(district, by, travel):
    district.memberships.exclude(user=by).delete()
    notice = sent_elsewhere(district, by)
    travel(WEEKS_LATER)
    sweep()
    duty = reported(notice, at=WEDNESDAY, by=by)
    agree(duty.changes.get(), by=by, alone_because="I work alone.")
    sweep()
    assert state(duty) == ("settled", "missed")


# --- done by somebody's word ----------------------------------------------------------------------------


@pytest.fixture
def breach(travel):
    travel(WEDNESDAY)
    here = desk.make_district(desk.CT, desk.MISSOURI)
    return desk.make_breach(here, by=member(here), vendor=desk.make_vendor(here)[0], channel="own")


def test_the_vendor_told_the_families_only_once_a_second_person_has_seen_its_proof(breach, travel):
    by, second = member(breach.district), member(breach.district, role=Role.APPROVER)
    travel(WEEKS_LATER)
    sweep()
    record_vendor_told_families(breach, told_at=WEDNESDAY, proof=desk.paper(), by=by)
    duty = Obligation.objects.get(case=breach.case, rule="vendor-families-notice")
    assert state(duty) == ("open", "missed")
    agree(duty.changes.get(), by=second)
    assert state(duty) == ("settled", "kept")


def test_an_earlier_word_of_the_vendor_undoes_no_miss_by_one_person(breach, travel):
    by = member(breach.district)
    travel(WEEKS_LATER)
    sweep()
    record_vendor_word(breach, received_at=WEDNESDAY + timedelta(minutes=1), proof=desk.paper(), by=by)
    duty = Obligation.objects.get(case=breach.case, rule="vendor-report-suspicion")
    assert state(duty) == ("open", "missed")


def test_a_late_act_is_settled_late_by_one_person_and_a_past_one_waits(breach, travel):
    by = member(breach.district)
    duty = Obligation.objects.get(case=breach.case, rule="superintendent-told")
    travel(WEDNESDAY + timedelta(hours=5))
    sweep()
    settle_duty(duty, at=WEDNESDAY, words="I told her at once.", by=by)
    assert state(duty) == ("open", "missed")
    settle_duty(duty, at=engine_now(), words="I told her now.", by=by)
    assert state(duty) == ("settled", "missed")


# --- forms and API --------------------------------------------------------------------------------------


def test_pages_and_api_say_that_it_waits_and_let_the_second_person_confirm(client, district, by, second):
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    duty = posted(notice, at=WEDNESDAY, by=by)
    waits = "Claimed, waiting for a second person"
    client.force_login(by)
    for where in (duty.get_absolute_url(), notice.get_absolute_url(), "/"):
        assert waits in client.get(where).content.decode()
    change = duty.changes.get()
    web = reverse("duty:agree", args=[district.slug, duty.pk, change.pk])
    api = f"/api/v1/obligations/{duty.pk}/changes/{change.pk}/agree/"
    assert client.post(web, {"alone_because": "I am sure."}).status_code == 422
    assert client.post(api, {}, "application/json").status_code == 400
    client.force_login(member(district, role=Role.VIEWER))
    assert client.post(api, {}, "application/json").status_code == 403
    client.force_login(member(DistrictFactory()))
    assert client.post(web).status_code == 404
    assert client.post(api, {}, "application/json").status_code == 404
    assert state(duty)[0] == "open"
    client.force_login(second)
    assert "page.txt" in client.get(duty.get_absolute_url()).content.decode()
    assert client.post(api, {}, "application/json").status_code == 200
    assert state(duty) == ("settled", "kept")


def test_a_viewer_confirms_nothing(district, by):
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    duty = posted(notice, at=WEDNESDAY, by=by)
    with pytest.raises(PermissionDenied):
        agree(duty.changes.get(), by=member(district, role=Role.VIEWER))
