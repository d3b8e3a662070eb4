"""A report arrives: whose clock starts when, and what cannot start or dodge it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from breaches.additions import add_contract, amend_report, move_receipt_earlier, own_reports
from breaches.closing import close_breach
from breaches.decisions import agree, determine
from breaches.forms import StaffReportForm
from breaches.intake import record_report
from breaches.links import make_report_link, report_by_link
from breaches.models import Breach, BreachSort, ReportChannel, VendorReport
from breaches.said import Said
from ledger.clock import engine_now
from mail.models import Delivery, Message
from notices.models import Posting
from parties.models import Role
from policy.models import Deadline, Obligation
from policy.obligations import cancel, settle
from tests.breaches.factories import (
    CALIFORNIA,
    CT,
    MISSOURI,
    STATUTE,
    make_breach,
    make_district,
    make_vendor,
    superintendent,
)
from tests.factories import member

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)  # 6:20 a.m. in New York


def clock(breach: Breach, rule: str, pack: str = CT) -> Deadline:
    return Deadline.objects.exclude(status="superseded").get(case=breach.case, rule=rule, pack=pack)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def friday(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


@pytest.mark.obligation("B-2", "B-3")
def test_the_districts_48_hours_run_from_the_first_moment_it_had_the_report(friday):
    district = make_district()
    by = member(district)
    vendor, _speaker = make_vendor(district)
    breach = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY)
    assert clock(breach, "families-breach-notice").due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    assert clock(breach, "breach-posting").due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    assert Obligation.objects.get(case=breach.case, rule="families-breach-notice").status == "open"


@pytest.mark.obligation("B-2")
def test_the_statutes_two_business_days_stand_beside_the_48_hours(friday):
    district = make_district(CT, STATUTE)
    breach = make_breach(district, by=member(district), vendor=make_vendor(district)[0], received_at=FRIDAY)
    duty = Obligation.objects.get(case=breach.case, rule="families-breach-notice")
    due = {row.pack: row.due_at for row in duty.deadlines.all()}
    assert due[CT] == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    # Friday is day 0; Monday 1, Tuesday 2: before Wednesday 25 November, midnight in New York.
    assert due[STATUTE] == datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


@pytest.mark.obligation("1f-1")
@pytest.mark.obligation("B-1")
def test_the_vendors_48_hours_run_from_its_suspicion_and_are_missed_when_it_told_late(friday):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    suspected = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
    breach = make_breach(
        district, by=member(district), vendor=vendor, received_at=FRIDAY, claimed_suspected_at=suspected
    )
    told = clock(breach, "vendor-report-suspicion")
    assert (told.due_at, told.status) == (datetime(2026, 11, 14, 15, 0, tzinfo=UTC), "missed")
    # It still owes the families its own letter, and that clock is another one.
    families = clock(breach, "vendor-families-notice")
    assert families.due_at == datetime(2026, 11, 14, 15, 0, tzinfo=UTC)
    assert families.obligation.status == "open"
    assert families.obligation.owed_by == "vendor"


@pytest.mark.obligation("B-4")
def test_student_information_gives_the_vendor_30_calendar_days_from_discovery(friday):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    found = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
    breach = make_breach(
        district,
        by=member(district),
        vendor=vendor,
        received_at=FRIDAY,
        elements=["messages"],
        claimed_discovered_at=found,
    )
    deadline = clock(breach, "vendor-report-student-information")
    # 12 November is day 0, the 30th day is 12 December: before the 13th, midnight in New York.
    assert (deadline.due_at, deadline.status) == (datetime(2026, 12, 13, 5, 0, tzinfo=UTC), "kept")
    assert not Deadline.objects.filter(case=breach.case, rule="vendor-report-other-records").exists()


@pytest.mark.obligation("B-5")
def test_directory_information_gives_60_days_and_not_30(friday):
    from policy.adoptions import set_parameter

    district = make_district()
    head = superintendent(district)
    set_parameter(district=district, pack=CT, name="directory-elements", value=["student_name"], by=head)
    found = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
    breach = make_breach(
        district,
        by=head,
        vendor=make_vendor(district)[0],
        received_at=FRIDAY,
        elements=["student-name"],
        claimed_discovered_at=found,
    )
    assert clock(breach, "vendor-report-other-records").due_at == datetime(2027, 1, 12, 5, 0, tzinfo=UTC)
    assert not Deadline.objects.filter(case=breach.case, rule="vendor-report-student-information").exists()


@pytest.mark.obligation("B-4", "B-5")
def test_both_clocks_run_while_nobody_knows_which_data_it_was(friday):
    district = make_district()
    breach = make_breach(
        district, by=member(district), vendor=make_vendor(district)[0], received_at=FRIDAY, elements=[]
    )
    rules = set(Deadline.objects.filter(case=breach.case).values_list("rule", flat=True))
    assert {"vendor-report-student-information", "vendor-report-other-records"} <= rules


@pytest.mark.obligation("B-6")
def test_a_shorter_time_of_the_contract_also_runs(friday):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    by = member(district)
    from tests.breaches.contracts import make_contract

    make_contract(district, vendor, agreed_breach_hours=24)
    suspected = FRIDAY - timedelta(hours=30)
    breach = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY, claimed_suspected_at=suspected)
    assert breach.contracts.count() == 1
    assert clock(breach, "vendor-report-suspicion").status == "kept"
    agreed = clock(breach, "vendor-report-suspicion", pack="agreed")
    assert (agreed.due_at, agreed.status) == (suspected + timedelta(hours=24), "missed")


@pytest.mark.obligation("B-6")
def test_a_contract_named_later_also_runs_its_shorter_time_and_judges_what_is_done(friday):
    from tests.breaches.contracts import make_contract

    district = make_district()
    vendor, _speaker = make_vendor(district)
    by, suspected = member(district), FRIDAY - timedelta(hours=30)
    breach = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY, claimed_suspected_at=suspected)
    assert not Deadline.objects.filter(case=breach.case, pack="agreed").exists()
    for hours in (40, 24, 44):  # only a shorter one counts, and naming it twice changes nothing
        contract = make_contract(district, vendor, agreed_breach_hours=hours)
        for _again in range(2):
            add_contract(breach, contract=contract, by=by)
    agreed = clock(breach, "vendor-report-suspicion", pack="agreed")
    assert (agreed.due_at, agreed.status) == (suspected + timedelta(hours=24), "missed")
    longer = Deadline.objects.get(case=breach.case, rule=agreed.rule, pack="agreed", status="superseded")
    assert (longer.due_at, longer.generation, agreed.generation) == (suspected + timedelta(hours=40), 1, 2)
    assert clock(breach, "vendor-report-suspicion").status == "kept"
    families = clock(breach, "vendor-families-notice", pack="agreed")  # still owed, and over
    assert (families.status, families.obligation.status) == ("missed", "open")
    # What another company agreed binds it alone.
    add_contract(
        breach, contract=make_contract(district, make_vendor(district)[0], agreed_breach_hours=1), by=by
    )
    assert clock(breach, "vendor-report-suspicion", pack="agreed").pk == agreed.pk


@pytest.mark.obligation("B-7", "B-8")
def test_missouri_tells_the_superintendent_at_once_and_owes_an_investigation(friday):
    district = make_district(MISSOURI)
    by = member(district)
    breach = make_breach(district, by=by, received_at=FRIDAY, channel=ReportChannel.EMPLOYEE)
    told = Deadline.objects.get(case=breach.case, rule="superintendent-told")
    assert told.due_at == FRIDAY + timedelta(hours=1)
    assert told.obligation.message is not None  # settled by the sweep, once it is handed over
    refs = set(
        Delivery.objects.filter(message=told.obligation.message).values_list("recipient_ref", flat=True)
    )
    assert f"user:{superintendent(district).pk}" in refs
    assert Obligation.objects.get(case=breach.case, rule="investigation").status == "open"


@pytest.mark.obligation("B-11")
def test_an_attempt_raises_the_investigation_and_no_family_notice(friday):
    district = make_district(CT, MISSOURI)
    breach = make_breach(
        district, by=member(district), received_at=FRIDAY, sort=BreachSort.ATTEMPT, channel=ReportChannel.OWN
    )
    rules = set(Obligation.objects.filter(case=breach.case).values_list("rule", flat=True))
    assert "investigation" in rules
    assert not rules & {
        "families-breach-notice",
        "breach-posting",
        "affected-people-notice",
        "state-auditor-report",
    }
    assert breach.case.title.startswith("Attempt")


@pytest.mark.obligation("B-12")
def test_a_cyberattack_in_california_is_reported_to_the_state_above_the_threshold(friday):
    district = make_district(CALIFORNIA, zone="America/Los_Angeles", state="CA")
    by = member(district)
    few = make_breach(
        district,
        by=by,
        received_at=FRIDAY,
        sort=BreachSort.CYBERATTACK,
        channel=ReportChannel.OWN,
        people_claimed=500,
    )
    assert not few.case.obligations.filter(rule="cyberattack-report").exists()
    many = make_breach(
        district,
        by=by,
        received_at=FRIDAY,
        sort=BreachSort.CYBERATTACK,
        channel=ReportChannel.OWN,
        people_claimed=501,
        what_happened="Ransomware in the office.",
    )
    duty = many.case.obligations.get(rule="cyberattack-report")
    assert duty.kind == "external_report"


@pytest.mark.obligation("B-12")
def test_the_california_duty_ends_with_its_section_of_the_code(travel):
    travel(datetime(2027, 1, 4, 18, 0, tzinfo=UTC))
    district = make_district(CALIFORNIA, zone="America/Los_Angeles", state="CA")
    breach = make_breach(
        district,
        by=member(district),
        received_at=datetime(2027, 1, 4, 17, 0, tzinfo=UTC),
        sort=BreachSort.CYBERATTACK,
        channel=ReportChannel.OWN,
    )
    assert not breach.case.obligations.filter(rule="cyberattack-report").exists()


def test_a_breach_of_our_own_systems_owes_nothing_for_a_vendor(friday):
    district = make_district()
    breach = make_breach(district, by=member(district), received_at=FRIDAY, channel=ReportChannel.OWN)
    assert breach.contracts.count() == 0
    assert not breach.case.obligations.filter(owed_by="vendor").exists()
    assert breach.case.obligations.filter(rule="families-breach-notice").exists()


def test_a_report_long_after_the_limit_is_born_missed(travel):
    travel(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    district = make_district()
    breach = make_breach(district, by=member(district), received_at=FRIDAY)
    assert clock(breach, "families-breach-notice").status == "missed"


def test_one_report_opens_a_breach_in_each_district_with_its_own_clock(friday):
    north, south = make_district(), make_district(zone="America/Chicago")
    vendor, speaker = make_vendor(north, south)
    report = record_report(
        districts=[north, south],
        channel=ReportChannel.SIGNED_IN,
        said=Said(what_happened="Profiles were opened.", vendor=vendor),
        by=speaker,
    )
    assert VendorReport.objects.count() == 1
    assert {breach.district for breach in report.breaches.all()} == {north, south}
    assert report.breaches.filter(case__restricted=True).count() == 2


def test_the_desk_is_named_on_the_restricted_case_and_a_viewer_is_not(friday):
    district = make_district()
    worker, viewer = member(district), member(district, role=Role.VIEWER)
    breach = make_breach(district, by=worker, received_at=FRIDAY)
    assert Breach.objects.for_user(worker).count() == 1
    assert Breach.objects.for_user(viewer).count() == 0
    with pytest.raises(PermissionDenied):
        make_breach(district, by=viewer, received_at=FRIDAY, what_happened="Something else.")
    assert breach.case.restricted


def test_the_person_on_call_and_the_superintendent_are_told_at_once_and_no_family_is(friday):
    district = make_district()
    on_call = member(district, on_call_from=FRIDAY - timedelta(days=1))
    breach = make_breach(district, by=member(district), received_at=FRIDAY)
    message = Message.objects.get(case=breach.case, kind="breach-report")
    refs = set(message.deliveries.values_list("recipient_ref", flat=True))
    assert {f"user:{on_call.pk}", f"user:{superintendent(district).pk}"} <= refs
    assert all(ref.startswith("user:") for ref in Delivery.objects.values_list("recipient_ref", flat=True))
    assert not Posting.objects.exists()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("what_happened", {"what_happened": "  "}),
        ("elements", {"elements": ["shoe-size"]}),
        ("people_claimed", {"people_claimed": -1}),
    ],
)
def test_a_report_that_says_nothing_usable_is_refused_beside_its_field(friday, field, given):
    district = make_district()
    with pytest.raises(ValidationError) as refusal:
        make_breach(district, by=member(district), received_at=FRIDAY, **given)
    assert field in refusal.value.message_dict
    assert not VendorReport.objects.exists()


def test_a_receipt_in_the_future_or_without_a_zone_is_refused(friday):
    district = make_district()
    by = member(district)
    for wrong in (engine_now() + timedelta(minutes=1), datetime(2026, 11, 20, 6, 20)):
        with pytest.raises(ValidationError) as refusal:
            make_breach(district, by=by, received_at=wrong)
        assert "received_at" in refusal.value.message_dict


def test_a_vendor_names_only_districts_it_works_for(friday):
    ours, others = make_district(), make_district()
    vendor, speaker = make_vendor(ours)
    with pytest.raises(ValidationError) as refusal:
        record_report(
            districts=[ours, others],
            channel=ReportChannel.SIGNED_IN,
            said=Said(what_happened="Profiles were opened.", vendor=vendor),
            by=speaker,
        )
    assert refusal.value.message_dict == {"districts": ["Choose from the list."]}
    assert not Breach.objects.exists()


def test_nobody_reports_for_a_vendor_they_do_not_speak_for(friday):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    _other, stranger = make_vendor(district)
    with pytest.raises(PermissionDenied):
        record_report(
            districts=[district],
            channel=ReportChannel.SIGNED_IN,
            said=Said(what_happened="Profiles were opened.", vendor=vendor),
            by=stranger,
        )


def test_one_person_may_move_the_receipt_earlier_and_every_clock_is_counted_again(friday):
    district = make_district()
    by = member(district)
    breach = make_breach(district, by=by, received_at=FRIDAY)
    earlier = FRIDAY - timedelta(hours=5)
    settle(Obligation.objects.get(case=breach.case, rule="breach-posting"), at=engine_now(), by=by)
    move_receipt_earlier(breach, to=earlier, by=by)
    assert clock(breach, "breach-posting").status == "kept"
    now = clock(breach, "families-breach-notice")
    assert (now.due_at, now.generation) == (earlier + timedelta(hours=48), 2)
    assert (
        Deadline.objects.filter(case=breach.case, rule="families-breach-notice", status="superseded").count()
        == 1
    )
    # What was done already is judged again too: done in time as it seemed, and 49 hours after the receipt.
    move_receipt_earlier(breach, to=FRIDAY - timedelta(hours=49), by=by)
    late = clock(breach, "breach-posting")
    assert (late.status, late.due_at) == ("missed", FRIDAY - timedelta(hours=1))


def test_one_person_cannot_move_the_receipt_later(friday):
    district = make_district()
    by = member(district)
    breach = make_breach(district, by=by, received_at=FRIDAY)
    with pytest.raises(ValidationError) as refusal:
        move_receipt_earlier(breach, to=FRIDAY + timedelta(minutes=10), by=by)
    assert "received_at" in refusal.value.message_dict
    assert clock(breach, "families-breach-notice").due_at == FRIDAY + timedelta(hours=48)


def test_a_link_speaks_for_its_one_vendor_in_its_one_district(friday):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    link, token = make_report_link(district=district, vendor=vendor, by=member(district))
    assert token not in link.digest
    report, good = report_by_link(
        district=district, token=token, said=Said(what_happened="Profiles were opened.")
    )
    assert good
    assert (report.vendor, report.is_unverified, report.channel) == (vendor, False, ReportChannel.LINK)
    told = Deadline.objects.get(case__breach__report=report, rule="vendor-report-suspicion")
    assert told.obligation.status == "settled"


def test_an_expired_or_replaced_link_still_takes_the_report_unverified(friday, travel):
    district = make_district()
    vendor, _speaker = make_vendor(district)
    by = member(district)
    _first, replaced = make_report_link(district=district, vendor=vendor, by=by)
    _second, token = make_report_link(district=district, vendor=vendor, by=by)
    travel(timedelta(days=91))
    for number, dead in enumerate((replaced, token, "guessed")):
        report, good = report_by_link(
            district=district, token=dead, said=Said(what_happened=f"Profiles were opened {number}.")
        )
        assert (good, report.is_unverified, report.vendor) == (False, True, None)


def test_adding_to_a_report_changes_nothing_that_was_said_and_adds_clocks(friday):
    district = make_district()
    vendor, speaker = make_vendor(district)
    report = record_report(
        districts=[district],
        channel=ReportChannel.SIGNED_IN,
        said=Said(what_happened="Work was seen.", vendor=vendor, elements=["messages"]),
        by=speaker,
    )
    amend_report(report, words="Grades too.", elements=["grades"], people_claimed=30, by=speaker)
    report.refresh_from_db()
    breach = report.breaches.get()
    assert report.what_happened == "Work was seen."
    assert report.elements == ["messages"]
    assert breach.elements == ["grades", "messages"]
    assert breach.people_estimate == 30
    assert Deadline.objects.filter(case=breach.case, rule="vendor-report-other-records").exists()


def test_another_vendor_cannot_add_to_the_report(friday):
    district = make_district()
    vendor, speaker = make_vendor(district)
    _other, stranger = make_vendor(district)
    report = record_report(
        districts=[district],
        channel=ReportChannel.SIGNED_IN,
        said=Said(what_happened="Work was seen.", vendor=vendor),
        by=speaker,
    )
    with pytest.raises(PermissionDenied):
        amend_report(report, words="It was nothing.", by=stranger)


def test_the_same_words_of_another_time_or_another_sort_or_after_the_end_are_a_new_breach(friday, travel):
    district = make_district()
    by, second = member(district), superintendent(district)
    vendor, speaker = make_vendor(district)

    def theirs():
        said = Said(what_happened="Someone got in.", vendor=vendor)
        return record_report(districts=[district], channel=ReportChannel.SIGNED_IN, said=said, by=speaker)

    def ours(at, sort=BreachSort.ACCESS):
        return make_breach(district, by=by, channel="employee", received_at=at, sort=sort)

    first, staffs = theirs(), ours(FRIDAY)
    assert (theirs(), theirs().was_known, first.was_known) == (first, True, False)
    assert ours(FRIDAY + timedelta(minutes=20)) == staffs
    assert ours(FRIDAY - timedelta(days=1)) != staffs  # the day before
    attempt = ours(FRIDAY, sort=BreachSort.ATTEMPT)
    assert attempt.sort == "attempt"
    agree(
        determine(staffs, sort="not_genuine", determined_by="Our team", because="A drill of theirs.", by=by),
        by=second,
    )
    after = ours(FRIDAY)
    assert (after != staffs, after.status, ours(FRIDAY)) == (True, "open", after)
    travel(timedelta(days=6))
    assert theirs() == first
    travel(timedelta(days=2))
    later = theirs()
    assert (later != first, later.was_known, theirs()) == (True, False, later)
    assert clock(later.breaches.get(), "families-breach-notice").status == "running"


def test_what_a_vendor_adds_after_the_end_opens_the_breach_again_and_wakes_the_desk(friday):
    district = make_district()
    by, second = superintendent(district), member(district, on_call_from=FRIDAY - timedelta(days=1))
    vendor, speaker = make_vendor(district)
    breach = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY, elements=["messages"])
    no_access = determine(
        breach, sort="no_access", determined_by="Our team", because="The logs show no log-in.", by=by
    )
    agree(no_access, by=second)
    for duty in Obligation.objects.open().filter(case=breach.case):
        cancel(duty, reason="Not needed.", by=by, approved_by=second)
    breach.refresh_from_db()
    assert close_breach(breach, corrective_action="None needed.", by=by).status == "closed"
    woken = Message.objects.filter(case=breach.case, kind="breach-report")
    before = woken.count()

    amend_report(breach.report, words="A note for our own file.", by=by)  # the desk decides for itself
    breach.refresh_from_db()
    assert (breach.status, woken.count()) == ("closed", before + 1)

    amend_report(breach.report, words="We were wrong: grades were taken.", elements=["grades"], by=speaker)
    breach.refresh_from_db()
    assert (breach.status, breach.purge_on, breach.closed_at) == ("open", None, None)
    assert woken.count() == before + 2
    assert "It is open again" in woken.order_by("-pk").first().texts.get().plain
    again = Deadline.objects.get(case=breach.case, rule="families-breach-notice", obligation__status="open")
    assert (again.due_at, again.status) == (FRIDAY + timedelta(hours=48), "running")
    assert Deadline.objects.filter(case=breach.case, rule="vendor-report-other-records").exists()


def test_what_a_parent_told_about_a_vendor_is_not_the_vendors_report_and_not_its_to_read(friday):
    district = make_district()
    vendor, speaker = make_vendor(district)
    by = member(district)
    heard = make_breach(district, by=by, vendor=vendor, received_at=FRIDAY, channel=ReportChannel.OTHER)
    called = make_breach(
        district,
        by=by,
        vendor=vendor,
        received_at=FRIDAY,
        channel=ReportChannel.PHONE,
        what_happened="A key.",
    )
    owed = {breach: clock(breach, "vendor-report-suspicion").obligation.status for breach in (heard, called)}
    assert owed == {heard: "open", called: "settled"}
    assert list(own_reports(speaker)) == [called.report]
    amend_report(called.report, words="A parent says that it was in May.", by=by)
    amend_report(called.report, words="It was one key.", by=speaker)
    page = signed_in(speaker).get(reverse("vendor_report:detail", args=[called.report.number]))
    shown = page.content.decode()
    assert ("It was one key." in shown, "A parent says" in shown) == (True, False)
    read = signed_in(speaker).get(f"/api/v1/vendor/reports/{called.report.pk}/").json()
    assert [each["words"] for each in read["amendments"]] == ["It was one key."]
    labels = dict(StaffReportForm(district=district).fields["channel"].choices)
    assert [str(labels[each]) for each in ("mail", "phone", "other")] == [
        "The vendor, by e-mail or letter", "The vendor, by phone", "A parent or somebody else told us",
    ]  # fmt: skip


@pytest.mark.obligation("B-1")
def test_a_vendor_that_admits_an_earlier_suspicion_has_missed_its_own_clocks_and_moves_none_of_ours(friday):
    district = make_district()
    vendor, speaker = make_vendor(district)
    report = record_report(
        districts=[district],
        channel=ReportChannel.SIGNED_IN,
        said=Said(
            what_happened="Work was seen.", vendor=vendor, elements=["grades"],
            claimed_suspected_at=FRIDAY - timedelta(hours=10),
        ),
        by=speaker,
    )  # fmt: skip
    breach = report.breaches.get()
    assert clock(breach, "vendor-report-suspicion").status == "kept"
    assert clock(breach, "vendor-families-notice").status == "running"
    ours = clock(breach, "families-breach-notice")

    tuesday = FRIDAY - timedelta(days=3)
    amend_report(report, words="We saw it on Tuesday.", claimed_suspected_at=tuesday, by=speaker)

    for rule in ("vendor-report-suspicion", "vendor-families-notice"):
        late = clock(breach, rule)
        assert (late.status, late.due_at) == ("missed", tuesday + timedelta(hours=48))
        assert Deadline.objects.filter(case=breach.case, rule=rule, status="superseded").exists()
    reported = Obligation.objects.get(case=breach.case, rule="vendor-report-suspicion")
    assert reported.status == "settled"
    again = clock(breach, "families-breach-notice")
    assert (again.pk, again.due_at, again.status) == (ours.pk, ours.due_at, "running")
    amend_report(report, words="No, later.", claimed_suspected_at=FRIDAY, by=speaker)
    assert clock(breach, "vendor-report-suspicion").due_at == tuesday + timedelta(hours=48)
