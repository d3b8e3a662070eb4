"""The log, stopped access, questions to the vendor, state offices, and what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from breaches.measures import consider_notice, give_back_access, log_step, stop_access
from breaches.models import ReportChannel
from breaches.offices import draft_external, external_draft_of, record_external_sent
from breaches.sanctions import find_failure, record_sanction
from breaches.vendor_word import ask_vendor, record_answer, record_vendor_word
from contracts.models import Suspension
from ledger.clock import engine_now
from ledger.entries import Conflict
from mail.models import Message
from parties.models import Role
from policy.adoptions import set_parameter
from policy.changes import agree
from policy.models import Deadline, DutyChange, Obligation
from tests.breaches.contracts import make_contract
from tests.breaches.factories import (
    CALIFORNIA,
    CT,
    MISSOURI,
    NEBRASKA,
    make_breach,
    make_district,
    make_vendor,
    paper,
    superintendent,
)
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


def status(breach, rule):
    return Obligation.objects.get(case=breach.case, rule=rule).status


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT, MISSOURI, NEBRASKA)
    vendor, _speaker = make_vendor(district)
    contract = make_contract(district, vendor)
    by = member(district)
    return district, by, contract, make_breach(district, by=by, vendor=vendor, received_at=RECEIVED)


@pytest.mark.obligation("B-8")
def test_the_investigation_is_done_when_the_log_and_the_notices_considered_are_there(desk):
    _district, by, _contract, breach = desk
    log_step(breach, kind="secured", words="The password was changed.", by=by)
    assert status(breach, "investigation") == "open"
    consider_notice(breach, whom="attorney_general", is_needed=False, reason="No account numbers.", by=by)
    assert status(breach, "investigation") == "settled"


@pytest.mark.obligation("B-10")
def test_a_referral_to_the_police_stands_in_the_log_with_its_number(desk):
    _district, by, _contract, breach = desk
    step = log_step(
        breach, kind="police", words="Complaint signed.", reference="26-1187", upload=paper(), by=by
    )
    assert (step.reference, step.document.kind) == ("26-1187", "evidence")


@pytest.mark.obligation("B-9")
def test_access_is_stopped_by_an_order_and_given_back_with_a_reason(desk):
    _district, by, contract, breach = desk
    order = stop_access(
        breach,
        contract=contract,
        whose="The vendor",
        extent="All",
        term="temporary",
        reason="Until we know.",
        by=by,
    )
    stopped = Suspension.objects.get(contract=contract)
    assert (order.suspension, stopped.lifted_at) == (stopped, None)
    with pytest.raises(ValidationError):
        give_back_access(order, reason=" ", by=by)
    give_back_access(order, reason="The hole is closed.", by=by)
    stopped.refresh_from_db()
    assert stopped.lifted_reason == "The hole is closed."


@pytest.mark.obligation("B-9")
def test_a_persons_access_is_stopped_by_their_role(desk):
    _district, by, _contract, breach = desk
    order = stop_access(breach, whose="A teacher", extent="Sign-in", term="long", reason="Shared it.", by=by)
    assert order.suspension is None


@pytest.mark.obligation("NE-I-C", "NE-I-D", "NE-I-H")
def test_the_vendor_is_asked_and_its_answer_is_timed(desk, travel):
    _district, by, _contract, breach = desk
    asked = ask_vendor(breach, about="intrusion_analysis", by=by)
    assert Deadline.objects.get(case=breach.case, rule="intrusion-analysis").due_at == datetime(
        2026, 12, 1, 5, 0, tzinfo=UTC
    )
    assert Message.objects.filter(kind="vendor-asked", case=breach.case).count() == 1
    with pytest.raises(Conflict):
        ask_vendor(breach, about="intrusion_analysis", by=by)
    ask_vendor(breach, about="access_log", by=by)
    travel(datetime(2026, 12, 2, 12, 0, tzinfo=UTC))
    record_answer(asked, upload=paper(), received_at=engine_now() - timedelta(days=1, hours=8), by=by)
    assert status(breach, "intrusion-analysis") == "open"  # in time by one person's word, a day after
    agree(DutyChange.objects.get(kind="done"), by=member(breach.district))
    assert status(breach, "intrusion-analysis") == "settled"
    assert status(breach, "access-log") == "open"


@pytest.mark.obligation("B-1")
def test_a_vendor_that_we_found_out_ourselves_still_owes_its_own_report(desk):
    district, by, contract, _breach = desk
    found = make_breach(
        district,
        by=by,
        vendor=contract.vendor,
        received_at=RECEIVED,
        channel=ReportChannel.OWN,
        what_happened="We saw it.",
    )
    assert status(found, "vendor-report-suspicion") == "open"
    record_vendor_word(found, received_at=engine_now(), proof=paper(), by=by)
    assert status(found, "vendor-report-suspicion") == "settled"


@pytest.mark.obligation("B-8", "B-12")
def test_a_report_to_a_state_office_is_drafted_in_parts_and_sent_by_a_person(desk):
    district, by, _contract, breach = desk
    head = superintendent(district)
    first = external_draft_of(breach, "state-auditor-report")
    assert first["cause"] == "A staff password was stolen."
    draft = draft_external(breach, rule="state-auditor-report", parts=first, by=by)
    with pytest.raises(ValidationError) as refusal:
        record_external_sent(draft, sent_at=engine_now(), reference="A-1", by=by)
    assert "plans" in refusal.value.message_dict
    full = {**{name: "Said." for name in draft.parts}, "cause": "A stolen password."}
    draft = draft_external(breach, rule="state-auditor-report", parts=full, by=by)
    record_external_sent(draft, sent_at=engine_now(), reference="A-1", copy=paper(), by=head)
    assert status(breach, "state-auditor-report") == "settled"
    with pytest.raises(Conflict):
        draft_external(breach, rule="state-auditor-report", parts=full, by=by)


@pytest.mark.obligation("B-12")
def test_the_california_report_gets_its_date_when_the_district_sets_the_hours(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CALIFORNIA, state="CA", zone="America/Los_Angeles")
    head = superintendent(district)
    breach = make_breach(
        district,
        by=head,
        received_at=RECEIVED,
        sort="cyberattack",
        channel=ReportChannel.OWN,
        people_claimed=900,
    )
    assert Deadline.objects.get(case=breach.case, rule="cyberattack-report").status == "undated"
    set_parameter(district=district, pack=CALIFORNIA, name="cyberattack-report-hours", value=72, by=head)
    live = Deadline.objects.exclude(status="superseded").get(case=breach.case, rule="cyberattack-report")
    assert live.due_at == RECEIVED + timedelta(hours=72)


@pytest.mark.obligation("L-15")
def test_a_failing_vendor_is_decided_on_and_its_end_starts_the_exit(desk):
    district, by, contract, breach = desk
    head = superintendent(district)
    find_failure(breach, finding="It told us six days late.", by=by)
    assert status(breach, "end-relationship") == "open"
    decided = {"kind": "ended", "finding": "Six days late.", "decision": "We end it.", "contract": contract}
    with pytest.raises(PermissionDenied):
        record_sanction(breach, by=by, **decided)
    record_sanction(breach, by=head, **decided)
    contract.refresh_from_db()
    assert (status(breach, "end-relationship"), contract.status) == ("settled", "ended")
    assert Obligation.objects.filter(case=contract.case, trigger="terminated").exists()


@pytest.mark.parametrize(
    ("verb", "given", "fields"),
    [
        (log_step, {"kind": "x", "words": " "}, {"kind", "words"}),
        (consider_notice, {"whom": "x", "is_needed": None, "reason": ""}, {"whom", "is_needed", "reason"}),
        (
            stop_access,
            {"whose": "", "extent": "", "term": "x", "reason": ""},
            {"whose", "extent", "term", "reason"},
        ),
        (ask_vendor, {"about": "x"}, {"about"}),
    ],
)
def test_what_is_missing_is_said_beside_its_field(desk, verb, given, fields):
    _district, by, _contract, breach = desk
    with pytest.raises(ValidationError) as refusal:
        verb(breach, by=by, **given)
    assert set(refusal.value.message_dict) == fields


def test_a_viewer_takes_none_of_these_steps(desk):
    district, _by, _contract, breach = desk
    viewer = member(district, Role.VIEWER)
    with pytest.raises(PermissionDenied):
        log_step(breach, kind="note", words="Hello.", by=viewer)
