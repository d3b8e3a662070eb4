"""Decisions of two people, checking who sent a report, and a receipt that was later after all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from breaches.closing import close_breach, reopen_breach
from breaches.decisions import (
    agree,
    agree_later_receipt,
    ask_later_receipt,
    determine,
    find_access,
    refuse,
    settle_duty,
    verify_report,
)
from breaches.links import report_by_link
from breaches.models import BreachSort
from breaches.said import Said
from ledger.clock import engine_now
from ledger.entries import Conflict
from mail.models import Message
from parties.models import Role
from policy.models import Deadline, Obligation
from tests.breaches.contracts import make_contract
from tests.breaches.factories import (
    CT,
    MISSOURI,
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    paper,
    superintendent,
    tell,
)
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT, MISSOURI)
    by, second = member(district), member(district, role=Role.COUNSEL)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)
    return district, by, second, breach


def no_access(breach, *, by, **given):
    said = {"sort": "no_access", "determined_by": "Forensics team", "because": "The logs show no reading."}
    return determine(breach, by=by, **{**said, **given})


def status(breach, rule):
    return Obligation.objects.get(case=breach.case, rule=rule).status


def test_the_clocks_run_on_until_a_second_person_agrees(desk):
    _district, by, second, breach = desk
    asked = no_access(breach, by=by, evidence=paper())
    assert status(breach, "families-breach-notice") == "open"
    with pytest.raises(ValidationError):
        agree(asked, by=by)
    agree(asked, by=second)
    breach.refresh_from_db()
    assert breach.status == "no_breach"
    duty = Obligation.objects.get(case=breach.case, rule="families-breach-notice")
    assert duty.status == "cancelled"
    assert "Forensics team: The logs show no reading." in duty.reason
    assert duty.evidence.sha256 == asked.evidence.sha256
    # The investigation is still owed: that nobody got in is its finding, not a reason to stop looking.
    assert status(breach, "investigation") == "open"


def test_one_person_alone_decides_only_near_the_limit_and_the_superintendent_hears_of_it(desk, travel):
    district, by, _second, breach = desk
    with pytest.raises(ValidationError):
        no_access(breach, by=by, alone_because="Nobody answers.")
    assert status(breach, "families-breach-notice") == "open"
    travel(RECEIVED + timedelta(hours=37))
    done = no_access(breach, by=by, alone_because="Nobody answers.")
    assert done.alone_because == "Nobody answers."
    assert status(breach, "families-breach-notice") == "cancelled"
    # What is not near its limit waits for the second person.
    assert status(breach, "state-auditor-report") == "open"
    breach.refresh_from_db()
    assert breach.status == "open"
    told = Message.objects.filter(kind="acted-alone").first()
    refs = set(told.deliveries.values_list("recipient_ref", flat=True))
    assert refs == {f"user:{superintendent(district).pk}"}


def test_what_one_person_could_not_decide_alone_waits_for_the_second(desk, travel):
    _district, by, second, breach = desk
    travel(RECEIVED + timedelta(hours=37))
    asked = no_access(breach, by=by, alone_because="Nobody answers.")
    assert asked.agreed_at is None
    assert Message.objects.filter(kind="breach-decision").exists()
    travel(RECEIVED + timedelta(hours=44))
    agree(asked, by=second)
    asked.refresh_from_db()
    assert (asked.agreed_by, asked.alone_because) == (second, "Nobody answers.")
    assert status(breach, "state-auditor-report") == "cancelled"
    breach.refresh_from_db()
    assert breach.status == "no_breach"


def test_what_one_person_let_fall_is_owed_again_when_the_second_does_not_agree(desk, travel):
    _district, by, second, breach = desk
    travel(RECEIVED + timedelta(hours=37))
    asked = no_access(breach, by=by, alone_because="Nobody answers.")
    assert status(breach, "families-breach-notice") == "cancelled"
    refuse(asked, by=second)
    again = Obligation.objects.open().get(case=breach.case, rule="families-breach-notice")
    assert again.deadlines.get().due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    # What had never fallen away is not owed twice.
    assert Obligation.objects.filter(case=breach.case, rule="state-auditor-report").count() == 1


def test_new_facts_bring_back_the_duties_from_the_first_receipt(desk, travel):
    _district, by, second, breach = desk
    agree(no_access(breach, by=by), by=second)
    travel(RECEIVED + timedelta(days=5))
    breach.refresh_from_db()
    reopen_breach(breach, reason="The logs were of the wrong server.", by=by)
    owed = Obligation.objects.open().get(case=breach.case, rule="families-breach-notice")
    clock = owed.deadlines.get()
    assert (clock.status, clock.due_at) == ("missed", datetime(2026, 11, 22, 11, 20, tzinfo=UTC))
    # The report to the state is owed a second time as well: its page and its address know which one is meant.
    rule, client = "state-auditor-report", Client()
    client.force_login(by)
    page = client.get(reverse("breach:office", args=[breach.district.slug, breach.case.number, rule]))
    assert (page.status_code, page.context["duty"].status) == (200, "open")
    said = {"rule": rule, "parts": {"cause": "A stolen password."}}
    sent = client.post(f"/api/v1/breaches/{breach.pk}/offices/", said, content_type="application/json")
    assert (sent.status_code, sent.json()["parts"]["cause"]) == (201, "A stolen password.")


@pytest.mark.obligation("B-11", "B-2")
def test_an_attempt_that_got_in_after_all_starts_the_family_clock_from_the_receipt(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT, MISSOURI)
    by = member(district)
    breach = make_breach(district, by=by, sort="attempt", received_at=RECEIVED, channel="employee")
    assert not Obligation.objects.filter(case=breach.case, kind="notice").exists()
    travel(datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    with pytest.raises(ValidationError):
        find_access(breach, reason=" ", by=by)
    find_access(breach, reason="A second log shows a download.", by=by)
    owed = Obligation.objects.open().get(case=breach.case, rule="families-breach-notice")
    assert owed.deadlines.get().due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    with pytest.raises(Conflict):
        find_access(breach, reason="Again.", by=by)


def test_a_refused_decision_changes_no_clock(desk):
    _district, by, second, breach = desk
    asked = no_access(breach, by=by)
    refuse(asked, by=second)
    with pytest.raises(Conflict):
        agree(asked, by=second)
    assert status(breach, "families-breach-notice") == "open"


@pytest.mark.obligation("B-11")
def test_an_attempt_after_all_leaves_the_investigation_and_drops_the_family_notice(desk):
    _district, by, second, breach = desk
    agree(no_access(breach, by=by, sort="attempt_only"), by=second)
    breach.refresh_from_db()
    assert (breach.sort, breach.status) == (BreachSort.ATTEMPT, "open")
    assert status(breach, "families-breach-notice") == "cancelled"
    assert status(breach, "investigation") == "open"


def test_what_families_were_told_cannot_be_decided_away(desk):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    tell(breach, by=by, second=second)
    with pytest.raises(Conflict):
        no_access(breach, by=by)


def test_a_decision_without_its_reason_is_refused_beside_the_fields(desk):
    _district, by, _second, breach = desk
    with pytest.raises(ValidationError) as refusal:
        determine(breach, sort="x", determined_by="", because=" ", by=by)
    assert set(refusal.value.message_dict) == {"sort", "determined_by", "because"}


def test_a_later_receipt_needs_proof_and_a_second_person_and_keeps_the_old_clock(desk):
    _district, by, second, breach = desk
    later = RECEIVED + timedelta(minutes=30)
    change = ask_later_receipt(breach, to=later, because="The mail server shows it.", proof=paper(), by=by)
    live = Deadline.objects.exclude(status="superseded")
    mine = {"case": breach.case, "rule": "families-breach-notice", "pack": CT}
    assert live.get(**mine).due_at == RECEIVED + timedelta(hours=48)
    with pytest.raises(ValidationError):
        agree_later_receipt(change, by=by)
    with pytest.raises(Conflict):
        ask_later_receipt(breach, to=later, because="Once more.", proof=paper(), by=second)
    client = Client()
    client.force_login(second)
    page = reverse("breach:report", args=[breach.district.slug, breach.case.number])
    assert "Do not agree" in client.get(page).content.decode()
    assert client.post(page, {"form": "refuse"}).status_code == 302
    with pytest.raises(Conflict):
        agree_later_receipt(change, by=second)
    assert live.get(**mine).due_at == RECEIVED + timedelta(hours=48)
    change = ask_later_receipt(breach, to=later, because="Look here.", proof=paper(), by=by)
    agree_later_receipt(change, by=second)
    assert live.get(**mine).due_at == later + timedelta(hours=48)
    assert Deadline.objects.get(**mine, status="superseded").due_at == RECEIVED + timedelta(hours=48)
    change = ask_later_receipt(breach, to=engine_now(), because="Later still.", proof=paper(), by=by)
    agree(no_access(breach, by=by), by=second)
    with pytest.raises(Conflict):
        agree_later_receipt(change, by=second)
    # Whoever asked takes it back, over the API too.
    client.force_login(by)
    done = client.post(f"/api/v1/breaches/{breach.pk}/receipt/{change.pk}/refuse/")
    change.refresh_from_db()
    assert (done.status_code, change.refused_at is not None) == (200, True)


def test_a_report_from_nobody_known_is_checked_and_its_clock_has_run_all_the_time(travel):
    travel(RECEIVED)
    district = make_district()
    head = superintendent(district)
    report, _good = report_by_link(
        district=district, token="", said=Said(what_happened="Profiles were opened.")
    )
    breach = report.breaches.select_related("case", "district").get()
    started = breach.received_at
    assert status(breach, "unverified-report") == "open"
    assert not breach.case.obligations.filter(owed_by="vendor").exists()
    travel(timedelta(hours=1))
    vendor, _speaker = make_vendor(district)
    contract = make_contract(district, vendor, agreed_breach_hours=24)
    verify_report(breach, how="Called the number of our contract.", vendor=vendor, by=head)
    assert status(breach, "unverified-report") == "settled"
    assert status(breach, "vendor-report-suspicion") == "settled"
    assert list(breach.contracts.all()) == [contract]
    agreed = Deadline.objects.get(case=breach.case, rule="vendor-report-suspicion", pack="agreed")
    assert agreed.due_at == started + timedelta(hours=24)
    due = Deadline.objects.get(case=breach.case, rule="families-breach-notice").due_at
    assert due == started + timedelta(hours=48)
    with pytest.raises(Conflict):
        verify_report(breach, how="Again.", by=head)


def test_a_forged_report_is_cancelled_by_two_and_can_then_be_closed(travel):
    travel(RECEIVED)
    district = make_district()
    by, second = superintendent(district), member(district)
    report, _good = report_by_link(district=district, token="", said=Said(what_happened="Send money."))
    breach = report.breaches.select_related("case", "district").get()
    agree(no_access(breach, by=by, sort="not_genuine", because="The vendor knows nothing of it."), by=second)
    assert not Obligation.objects.open().filter(case=breach.case).exists()
    breach.refresh_from_db()
    assert close_breach(breach, corrective_action="None needed.", by=by).status == "closed"


def test_a_duty_done_elsewhere_is_recorded_with_when_and_how(desk):
    _district, by, _second, breach = desk
    duty = Obligation.objects.get(case=breach.case, rule="superintendent-told")
    with pytest.raises(ValidationError) as refusal:
        settle_duty(duty, at=engine_now(), words=" ", by=by)
    assert "words" in refusal.value.message_dict
    settle_duty(duty, at=engine_now(), words="Called at 6:30 a.m.", by=by)
    assert (duty.status, duty.reason) == ("settled", "Called at 6:30 a.m.")
