"""A staff record and the vendor's later report of the same event become one breach, and the reverse."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from breaches.additions import amend_report, move_receipt_earlier
from breaches.affected import list_groups, load_list, preview_list
from breaches.decisions import verify_report
from breaches.intake import record_report
from breaches.links import report_by_link
from breaches.measures import stop_access
from breaches.merging import merge_breach, same_event_candidates
from breaches.models import Breach, ReportChannel
from breaches.response import approve, send_and_post, untold, write_to_added
from breaches.retention import purge_lists
from breaches.said import Said
from ledger.clock import engine_now
from ledger.documents import keep_made
from ledger.entries import Conflict
from ledger.models import HeldCase
from ledger.packets import sections_of
from mail.models import Message
from parties.models import Role
from policy.models import Deadline, Obligation
from policy.obligations import cancel, settle
from tests.breaches.factories import (
    csv,
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    tell,
    write,
)
from tests.factories import make_case, member

pytestmark = pytest.mark.django_db
STAFF_HAD_IT = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


@pytest.fixture
def two(travel):
    """Staff wrote down what a teacher saw; three hours later the vendor reports the same event."""
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = member(district)
    vendor, speaker = make_vendor(district)
    ours = make_breach(
        district, by=by, received_at=STAFF_HAD_IT, channel="employee", elements=["grades"], vendor=vendor,
        claimed_suspected_at=STAFF_HAD_IT,
    )  # fmt: skip
    travel(datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    said = Said(
        what_happened="A key was stolen.", vendor=vendor, elements=["student-name"], people_claimed=300
    )
    report = record_report(districts=[district], channel=ReportChannel.SIGNED_IN, said=said, by=speaker)
    return district, by, speaker, ours, report.breaches.select_related("case", "district").get()


def families_clock(breach):
    return Deadline.objects.exclude(status="superseded").get(
        case=breach.case, rule="families-breach-notice", obligation__status="open"
    )


@pytest.mark.obligation("B-1", "B-2")
def test_the_vendors_later_report_joins_the_staffs_record_and_the_earlier_receipt_counts(two):
    _district, by, _speaker, ours, theirs = two
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    assert kept.received_at == STAFF_HAD_IT
    assert families_clock(kept).due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    assert (sorted(kept.elements), kept.people_estimate) == (["grades", "student-name"], 300)
    word = Obligation.objects.get(case=kept.case, rule="vendor-report-suspicion")
    assert (word.status, f"{word.settled_at:%Y-%m-%d %H:%M}") == ("settled", "2026-11-20 15:00")
    theirs.refresh_from_db()
    assert (theirs.status, theirs.merged_into) == ("merged", kept)
    assert not Obligation.objects.open().filter(case=theirs.case).exists()


@pytest.mark.obligation("B-2")
def test_the_staffs_record_joins_the_vendors_report_and_the_earlier_receipt_still_counts(two):
    _district, by, _speaker, ours, theirs = two
    kept = merge_breach(ours, into=theirs, reason="The same stolen key.", by=by)
    assert kept.pk == theirs.pk
    assert kept.received_at == STAFF_HAD_IT
    assert families_clock(kept).due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    old = Deadline.objects.get(case=kept.case, rule="families-breach-notice", status="superseded")
    assert f"{old.due_at:%Y-%m-%d %H:%M}" == "2026-11-22 15:00"


def test_the_people_of_both_are_one_list_and_the_packet_tells_of_both(two):
    district, by, _speaker, ours, theirs = two
    shared, mine, yours = make_families(district, 3)
    list_families(ours, [shared, mine], by=by)
    list_families(theirs, [shared, yours], by=by)
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    students = {person.student_id for person in kept.people.all()}
    assert students == {child.pk for child, _parent in (shared, mine, yours)}
    headings = [section.heading for section in sections_of(kept.case)]
    assert any(theirs.report.number in heading for heading in headings)
    assert theirs.case in kept.case.related.all()


def test_copies_with_names_made_before_the_merging_end_with_the_list_and_not_while_held(two, travel):
    district, by, _speaker, ours, theirs = two
    list_families(theirs, make_families(district, 1), by=by)
    made = {"name": "packet.csv", "content": b"Kim Sample", "by": by}
    keep_made(case=theirs.case, kind="named-packet", **made)
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    hold = HeldCase.objects.create(
        case=theirs.case, hold=make_case(district, kind="hold"), since=kept.received_at
    )
    Breach.objects.filter(pk=kept.pk).update(
        status="closed", closed_at=engine_now(), corrective_action="A new key.", purge_on=date(2027, 5, 20)
    )
    assert purge_lists() == 0
    travel(datetime(2027, 5, 20, 12, 0, tzinfo=UTC))
    assert (purge_lists(), kept.people.count()) == (1, 0)
    assert theirs.case.documents.filter(kind="named-packet").exists()
    hold.delete()
    assert (purge_lists(), purge_lists()) == (1, 0)
    assert not theirs.case.documents.filter(kind="named-packet").exists()
    assert theirs.case.entries.filter(act="files-purged").exists()


def test_what_the_vendor_adds_later_reaches_the_breach_that_goes_on(two):
    _district, by, speaker, ours, theirs = two
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    amend_report(theirs.report, words="Grades of 2025 too.", elements=["birth-date"], by=speaker)
    kept.refresh_from_db()
    assert "birth-date" in kept.elements
    assert kept.case.entries.filter(act="report-amended").exists()


def test_a_vendor_that_reports_what_nobody_had_named_gives_the_breach_its_vendor(two, travel):
    district, by, _speaker, _ours, theirs = two
    unknown = make_breach(
        district, by=by, channel="own", what_happened="Odd log-ins.", received_at=STAFF_HAD_IT
    )
    assert unknown.vendor is None
    kept = merge_breach(theirs, into=unknown, reason="Their key was used.", by=by)
    assert kept.vendor == theirs.report.vendor
    assert Obligation.objects.filter(case=kept.case, owed_by="vendor").exists()


def test_what_cannot_be_merged_is_refused_and_nothing_is_changed(two):
    district, by, _speaker, ours, theirs = two
    elsewhere = make_district()
    other = make_breach(elsewhere, by=member(elsewhere))
    for breach, into, reason in ((ours, ours, "x"), (ours, theirs, " "), (ours, other, "x")):
        with pytest.raises(Exception) as refusal:  # noqa: PT011 (another district's is not even allowed)
            merge_breach(breach, into=into, reason=reason, by=by)
        assert refusal.typename in ("ValidationError", "PermissionDenied")
    stop_access(theirs, whose="The vendor", extent="Sign-in", term="temporary", reason="Until known.", by=by)
    with pytest.raises(ValidationError):
        merge_breach(theirs, into=ours, reason="The same.", by=by)
    assert set(Breach.objects.filter(district=district).values_list("status", flat=True)) == {"open"}


@pytest.mark.obligation("B-1")
def test_breaches_of_two_vendors_stay_two_and_each_vendor_keeps_its_clocks(two):
    district, by, _speaker, ours, theirs = two
    another, _person = make_vendor(district, name="Second Vendor")
    second = make_breach(district, by=by, vendor=another)
    assert list(same_event_candidates(theirs, by=by)) == [ours]
    with pytest.raises(ValidationError, match="two vendors"):
        merge_breach(second, into=ours, reason="The same.", by=by)
    owed = Obligation.objects.open().filter(case=second.case, owed_by="vendor")
    assert owed.filter(rule="vendor-families-notice").exists()


def test_a_vendor_that_came_by_another_file_keeps_its_duties_and_stays_the_only_one(two):
    district, by, _speaker, _ours, theirs = two
    seen, noticed = (
        make_breach(district, by=by, channel="own", what_happened=words, received_at=STAFF_HAD_IT)
        for words in ("Odd log-ins.", "Odd exports.")
    )
    kept = merge_breach(theirs, into=seen, reason="Their key was used.", by=by)
    last = merge_breach(kept, into=noticed, reason="The same key.", by=by)
    assert last.vendor == theirs.report.vendor
    owed = Obligation.objects.open().filter(case=last.case, owed_by="vendor")
    assert owed.filter(rule="vendor-families-notice").exists()
    another, _person = make_vendor(district, name="Second Vendor")
    second = make_breach(district, by=by, vendor=another)
    with pytest.raises(ValidationError, match="two vendors"):
        merge_breach(second, into=last, reason="The same.", by=by)


def test_a_report_is_not_verified_as_of_a_vendor_beside_another_that_was_taken_in(two):
    district, by, _speaker, _ours, theirs = two
    report, _good = report_by_link(district=district, token="", said=Said(what_happened="Profiles seen."))
    unknown = merge_breach(theirs, into=report.breaches.get(), reason="The same key.", by=by)
    another, _person = make_vendor(district, name="Second Vendor")
    with pytest.raises(ValidationError, match="about another vendor"):
        verify_report(unknown, how="Called them.", vendor=another, by=by)
    assert verify_report(unknown, how="Called them.", vendor=theirs.report.vendor, by=by).verified_at


def test_a_breach_that_told_families_is_not_taken_in_but_takes_the_other_in(two):
    district, by, _speaker, ours, theirs = two
    second = member(district, role=Role.APPROVER)
    told, more = make_families(district, 10), make_families(district, 2)
    outside = "name,email", "Pat Doe,pat@home.example"
    list_families(theirs, [told[0], *more], by=by)  # looked up before the other one was sent
    list_families(ours, told, by=by)
    for breach in (ours, theirs):
        load_list(preview_list(breach, upload=csv(*outside), by=by), by=by)
        breach.refresh_from_db()
    tell(ours, by=by, second=second)
    assert not untold(ours)
    write(theirs, by=by)
    with pytest.raises(Conflict):
        merge_breach(ours, into=theirs, reason="The same.", by=by)
    kept = merge_breach(theirs, into=ours, reason="The same.", by=by)
    assert kept.pk == ours.pk
    assert theirs.case.notices.get().status == "aside"
    assert sorted(person.ref for person in untold(kept)) == sorted(f"guardian:{each.pk}" for _, each in more)
    owed = Obligation.objects.open().filter(case=kept.case, rule="families-breach-notice", message=None)
    assert owed.get().deadlines.get().due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    write_to_added(kept, by=by)
    assert owed.count() == 1
    approve(kept, by=second)
    assert send_and_post(kept, by=by).recipients == 2
    assert not owed.exists()


@pytest.mark.obligation("B-2")
def test_what_was_done_in_time_is_late_when_the_other_file_had_the_word_before(two):
    _district, by, _speaker, ours, theirs = two
    duty = Obligation.objects.get(case=ours.case, rule="families-breach-notice")
    settle(duty, at=engine_now(), by=by)
    assert duty.deadlines.get().status == "kept"
    days_before = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    move_receipt_earlier(theirs, to=days_before, by=by)
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    late = duty.deadlines.exclude(status="superseded").get()
    assert (late.status, late.due_at) == ("missed", datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
    assert kept.deadlines_missed()


def test_a_duty_that_fell_away_in_the_one_is_owed_when_the_other_still_owed_it(two):
    district, by, _speaker, ours, theirs = two
    second = member(district, role=Role.APPROVER)
    for rule in ("families-breach-notice", "breach-posting"):
        duty = Obligation.objects.get(case=ours.case, rule=rule)
        cancel(duty, reason="Nobody is affected.", by=by, approved_by=second)
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    due = {deadline.rule: deadline.due_at for deadline in Deadline.objects.filter(
        case=kept.case, obligation__status="open", obligation__kind__in=("notice", "posting"))}  # fmt: skip
    both = datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    assert due == {"families-breach-notice": both, "breach-posting": both}


def test_a_step_taken_on_a_page_loaded_before_the_merging_is_refused(two):
    district, by, _speaker, ours, theirs = two
    second = member(district, role=Role.APPROVER)
    families = make_families(district, 10)
    upload = csv("student_id", families[0][0].sourced_id)
    list_families(theirs, families, by=by)
    write(theirs, by=by)
    approve(theirs, by=second)
    preview = preview_list(theirs, upload=upload, by=by)
    loaded = Breach.objects.select_related("case", "district", "report__vendor").get(pk=theirs.pk)
    kept = merge_breach(theirs, into=ours, reason="The same stolen key.", by=by)
    assert loaded.is_open  # as the page that was loaded before has it
    for step in (
        lambda: send_and_post(loaded, by=by),
        lambda: load_list(preview, by=by),
        lambda: list_groups(loaded, schools=[], grades=(), all_schools=True, by=by),
        lambda: write(loaded, by=by),
    ):
        with pytest.raises(Conflict, match="closed"):
            step()
    assert not Message.objects.filter(kind="breach-notice").exists()
    assert (kept.people.count(), loaded.people.count()) == (10, 0)


def test_the_page_offers_the_other_breach_and_leads_on(two):
    district, by, _speaker, ours, theirs = two
    client = Client()
    client.force_login(by)
    assert "Is this the same event?" in client.get(theirs.get_absolute_url()).content.decode()
    page = reverse("breach:same_event", args=[district.slug, theirs.case.number])
    assert client.post(page, {"into": ours.pk, "reason": ""}).status_code == 422
    done = client.post(page, {"into": ours.pk, "reason": "The same key."}, follow=True)
    assert done.redirect_chain[-1][0] == ours.get_absolute_url()
    assert "Everything goes on there" in client.get(theirs.get_absolute_url()).content.decode()
    stranger = Client()
    stranger.force_login(member(make_district()))
    assert stranger.get(page).status_code == 404
