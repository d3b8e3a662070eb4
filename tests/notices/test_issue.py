"""Issuing: decided once, frozen, sent once, and never without the parts the policy asks for."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Entry
from mail.models import Delivery, Message, Route
from notices.compose import combine_drafts, edit_draft, review_text, write_text
from notices.duties import notice_duties, required_parts, rules_of
from notices.issue import approve_notice, ask_for_approval, forecast, issue_notice, render_all
from notices.models import Notice
from parties.access import acting_in
from parties.models import Role
from policy.amending import make_edition
from policy.models import Obligation
from policy.obligations import raise_for
from policy.sweep import sweep
from roster.models import Guardian
from tests.factories import DistrictFactory, SchoolFactory, make_case, member
from tests.notices.factories import POLICY, make_district, make_notice
from tests.roster.factories import make_family

pytestmark = pytest.mark.django_db


@pytest.mark.obligation("L-5")
def test_issuing_makes_one_message_with_one_delivery_for_each_guardian():
    district = make_district(families=3)
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    assert notice.status == "issued"
    deliveries = Delivery.objects.filter(message=notice.message)
    assert {d.recipient_ref for d in deliveries} == {
        g.ref for g in Guardian.objects.filter(district=district)
    }
    assert {d.status for d in deliveries} == {"pending"}
    assert notice.reached["people"] == 3
    duty = Obligation.objects.get(case=notice.case, rule="contract-notice")
    assert (duty.message, duty.status) == (notice.message, "open")


@pytest.mark.obligation("L-5")
def test_the_message_has_the_three_parts_of_the_policy():
    district = make_district()
    notice = make_notice(district, by=member(district))
    (english,) = render_all(notice, {"en"})
    assert "has signed a contract with Lumen Learning, Inc. for MathPath. It was signed on" in english.plain
    assert "Online math practice." in english.plain
    assert "Practice at each child's own pace." in english.plain
    assert "- Grade level" in english.plain
    assert "Online math practice." in english.html


def test_each_family_gets_the_text_of_its_language():
    district = make_district(families=1)
    polish = Guardian.objects.get(district=district)
    polish.language = "pl"
    polish.save()
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    assert list(notice.message.texts.values_list("language", flat=True)) == ["pl"]


@pytest.mark.obligation("L-7")
def test_an_undecided_audience_stops_the_notice_with_a_plain_sentence():
    district = make_district(audience=None)
    by = member(district)
    notice = make_notice(district, by=by)
    with pytest.raises(ValidationError) as refused:
        issue_notice(notice, by=by)
    assert "audience" in refused.value.message_dict
    assert "audience" in forecast(notice).problems
    assert not Message.objects.filter(kind="contract-notice").exists()


@pytest.mark.obligation("L-7")
def test_the_choice_of_students_and_who_made_it_are_on_record():
    district = make_district(audience="all_with_account")
    student, _ = make_family(district, email="kim@school.example", has_account=True)
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    assert notice.message.deliveries.filter(recipient_ref=student.ref).exists()
    facts = Entry.objects.get(act="notice-issued").facts
    assert facts["audience"] == "all_with_account"
    assert facts["audience_set_by"] is not None


@pytest.mark.parametrize(
    ("missing", "part"),
    [
        ({"description": ""}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"elements": []}, "data"),
        ({"executed_on": None}, "executed"),
    ],
)
@pytest.mark.obligation("L-5")
def test_a_required_part_that_is_missing_is_refused_and_nothing_is_sent(missing, part):
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by, **missing)
    with pytest.raises(ValidationError) as refused:
        issue_notice(notice, by=by)
    assert list(refused.value.message_dict) == [part]
    notice.refresh_from_db()
    assert notice.status == "draft"
    assert not Delivery.objects.filter(message__kind="contract-notice").exists()


def test_a_contract_that_collects_nothing_says_so_once_a_person_confirmed_it():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by, elements=[])
    edit_draft(notice.sections.get(), by=by, elements=["none"], elements_confirmed=True)
    issued = issue_notice(notice, by=by)
    assert "The company gets no facts about students." in issued.message.texts.get(language="en").plain


def test_who_has_no_email_gets_a_letter_and_printing_is_a_duty():
    district = make_district(families=1)
    _, guardian = make_family(district)
    guardian.email, guardian.postal_address = "", "5 Elm Street"
    guardian.save()
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    letter = Delivery.objects.get(message=notice.message, channel="letter")
    assert (letter.recipient_ref, letter.address, letter.status) == (guardian.ref, "5 Elm Street", "to_print")
    sweep()
    assert Obligation.objects.filter(case=notice.case, rule="print-letters").count() == 1
    assert not Obligation.objects.filter(case=notice.case, rule="reach-otherwise").exists()


def test_who_has_no_address_at_all_gets_a_letter_and_a_duty_of_its_own():
    district = make_district(families=0)
    _, guardian = make_family(district)
    guardian.email = ""
    guardian.save()
    by = member(district)
    notice = make_notice(district, by=by)
    assert forecast(notice).without_address == 1
    issue_notice(notice, by=by)
    assert Delivery.objects.get(message__kind="contract-notice").channel == "letter"
    assert Obligation.objects.filter(case=notice.case, rule="reach-otherwise").count() == 1


def test_a_roster_that_changes_after_issuing_changes_no_delivery():
    district = make_district(families=1)
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    Guardian.objects.filter(district=district).update(email="late@home.example")
    make_family(district)
    assert notice.message.deliveries.get().address != "late@home.example"


def test_issuing_again_is_refused():
    district = make_district()
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    with pytest.raises(Conflict):
        issue_notice(notice, by=by)
    with pytest.raises(Conflict):
        combine_drafts(notice, others=[], by=by)
    Notice.objects.filter(pk=notice.pk).update(kind="breach")
    with pytest.raises(Conflict):
        edit_draft(notice.sections.get(), by=by, description="Other words")


@pytest.mark.parametrize("role", [Role.VIEWER])
def test_a_viewer_cannot_issue_edit_or_approve(role):
    district = make_district()
    notice = make_notice(district, by=member(district))
    viewer = member(district, role=role)
    for verb in (
        lambda: issue_notice(notice, by=viewer),
        lambda: edit_draft(notice.sections.get(), by=viewer, description="x"),
        lambda: approve_notice(notice, by=viewer),
        lambda: ask_for_approval(notice, by=viewer),
    ):
        with pytest.raises(PermissionDenied):
            verb()


def test_a_person_of_another_district_cannot_issue():
    district = make_district()
    notice = make_notice(district, by=member(district))
    with pytest.raises(PermissionDenied):
        issue_notice(notice, by=member(DistrictFactory()))


def test_where_approval_was_asked_the_notice_waits_for_it():
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    notice = make_notice(district, by=by)
    ask_for_approval(notice, by=by)
    with pytest.raises(Conflict):
        issue_notice(notice, by=by)
    with pytest.raises(ValidationError):
        approve_notice(notice, by=by, alone_because="I know it is right.")
    approve_notice(notice, by=second)
    assert Obligation.objects.get(case=notice.case, rule="approve-draft").status == "settled"
    assert issue_notice(notice, by=by).status == "issued"


def test_within_12_hours_of_the_limit_one_may_approve_alone_with_a_reason(travel):
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    ask_for_approval(notice, by=by)
    due = Obligation.objects.get(case=notice.case, rule="contract-notice").deadlines.get().due_at
    travel(due - timedelta(hours=11))
    with pytest.raises(ValidationError):
        approve_notice(notice, by=by)
    approved = approve_notice(notice, by=by, alone_because="Nobody else is in the office.")
    assert approved.approved_alone_because == "Nobody else is in the office."
    assert Message.objects.filter(kind="acted-alone").exists()


def test_an_edit_after_approval_takes_the_approval_away():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    approve_notice(notice, by=member(district, role=Role.APPROVER))
    edit_draft(notice.sections.get(), by=by, description="Other words.")
    notice.refresh_from_db()
    assert (notice.status, notice.approved_by) == ("draft", None)


def test_several_contracts_go_out_in_one_message_and_settle_several_duties():
    district = make_district(families=1)
    by = member(district)
    hill, lake = SchoolFactory(district=district), SchoolFactory(district=district)
    _, at_hill = make_family(district, school=hill)
    _, at_lake = make_family(district, school=lake)
    first = make_notice(district, by=by, product="MathPath", schools=[hill])
    second = make_notice(district, by=by, product="ReadWell", schools=[lake])
    combine_drafts(first, others=[second], by=by)
    issued = issue_notice(Notice.objects.get(pk=first.pk), by=by)
    assert {d.recipient_ref for d in issued.message.deliveries.all()} == {at_hill.ref, at_lake.ref}
    text = issued.message.texts.get().plain
    assert "MathPath" in text
    assert "ReadWell" in text
    duties = Obligation.objects.filter(rule="contract-notice", message=issued.message)
    assert duties.count() == 2
    second.refresh_from_db()
    assert second.status == "combined"


def test_a_running_duty_asks_for_what_its_own_edition_asked_whatever_is_followed_by_now():
    district = make_district(families=0)
    more = {"audience": ["students", "guardians", "staff"], "required_parts": ["executed", "purpose", "term"]}
    decided = {"citation": "Item 4", "board_date": date(2026, 1, 12)}
    head = district.memberships.get().user
    cases = []
    for rules in ({}, {"contract-notice": more}, {}):
        make_edition(district=district, pack=POLICY, rules=rules, **decided, by=head)
        cases.append(make_case(district))
        raise_for("executed", case=cases[-1], at=engine_now(), ref="instrument:1", by=None)
    own = [notice_duties([case]) for case in cases]
    assert ["term" in required_parts(duties) for duties in own] == [False, True, False]
    assert ["staff" in rules_of(duties[0])[0].audience for duties in own] == [False, True, False]


def test_the_number_of_a_draft_that_was_put_into_another_is_never_used_again():
    district = make_district()
    by = member(district)
    first, second = make_notice(district, by=by), make_notice(district, by=by)
    combine_drafts(first, others=[second], by=by)
    third = make_notice(district, by=by)
    year = first.number.partition("-")[0]
    assert [n.number for n in (first, second, third)] == [f"{year}-1", f"{year}-2", f"{year}-3"]


def test_a_reviewed_translation_is_shown_and_an_unreviewed_one_is_not():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    section = notice.sections.get()
    text = write_text(section, part="description", language="es", body="Práctica de matemáticas.", by=by)
    (before,) = render_all(notice, {"es"})
    assert "Práctica" not in before.plain
    assert "Online math practice." in before.plain
    review_text(text, by=by)
    (after,) = render_all(notice, {"es"})
    assert "Práctica de matemáticas." in after.plain
    edit_draft(section, by=by, description="Math practice for all.")
    (changed,) = render_all(notice, {"es"})
    assert "Práctica" not in changed.plain


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"description": "x" * 301}, "description"),
        ({"elements": ["no-such-code"]}, "elements"),
        ({"elements": ["none", "grades"]}, "elements"),
        ({"purposes": ["spying"]}, "purposes"),
        ({"grades": ["99"]}, "grades"),
        ({"product": " "}, "product"),
        ({"purpose": "A vertical\x0btab."}, "purpose"),
        ({"executed_on": None}, "executed_on"),
    ],
)
def test_a_bad_edit_is_refused_beside_its_field_and_saves_nothing(fields, field):
    district = make_district()
    by = member(district)
    section = make_notice(district, by=by).sections.get()
    with pytest.raises(ValidationError) as refused:
        edit_draft(section, by=by, **fields)
    assert field in refused.value.message_dict
    section.refresh_from_db()
    assert section.description == "Online math practice."


def test_a_school_of_another_district_cannot_be_named():
    district = make_district()
    by = member(district)
    section = make_notice(district, by=by).sections.get()
    with pytest.raises(ValidationError):
        edit_draft(section, by=by, schools=[SchoolFactory()])


@pytest.mark.parametrize("name", ["{{7*7}}", "%(x)s", "{0.__class__}", "{% now 'Y' %}"])
def test_template_words_in_a_name_stay_words(name):
    """A21."""
    district = make_district()
    notice = make_notice(district, by=member(district), product=name, vendor=name, description=name)
    (english,) = render_all(notice, {"en"})
    assert name in english.plain
    assert name in english.subject


def test_a_name_cannot_break_the_subject_into_headers():
    """A15, A18."""
    district = make_district()
    notice = make_notice(
        district, by=member(district), product="A\r\nBcc: x@evil.example" + "\u202e" + "z" * 200
    )
    (english,) = render_all(notice, {"en"})
    assert "\n" not in english.subject
    assert "\r" not in english.subject
    assert "\u202e" not in english.subject
    assert len(english.subject) <= 150


@pytest.mark.django_db(transaction=True)
def test_pressing_send_twenty_times_at_once_sends_once():
    """A35."""
    district = make_district(families=3)
    by = member(district)
    notice = make_notice(district, by=by)
    outcomes: list[str] = []
    gate = threading.Barrier(20)

    def press():
        gate.wait()
        try:
            with acting_in(district):
                issue_notice(Notice.objects.get(pk=notice.pk), by=by)
            outcomes.append("sent")
        except Conflict:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 19 + ["sent"]
    assert Message.objects.filter(kind="contract-notice").count() == 1
    assert Delivery.objects.filter(message__kind="contract-notice").count() == 3


def test_a_notice_about_a_case_of_no_pack_still_needs_recipients():
    district = make_district(families=0)
    by = member(district)
    notice = make_notice(district, by=by, case=make_case(district))
    with pytest.raises(ValidationError) as refused:
        issue_notice(notice, by=by)
    assert "recipients" in refused.value.message_dict


def test_before_sending_it_says_how_long_it_takes_and_when_the_limit_is(travel):
    """Executed on Monday 16 November at 10:00 in Connecticut: families know by the end of Monday the 23rd."""
    travel(datetime(2026, 11, 16, 15, tzinfo=UTC))
    district = make_district(families=2)
    route = Route.objects.create(district=district, sender="privacy@elm.example", a_second=14)
    notice = make_notice(district, by=member(district))
    said = forecast(notice)
    assert (said.takes, said.limit, said.is_late) == (
        "less than a minute at 14 a second", "182 h 0 min", False,
    )  # fmt: skip
    Route.objects.filter(pk=route.pk).update(a_second=0.000001)
    said = forecast(notice)
    assert (said.takes, said.is_late) == ("about 555 h 33 min at 1e-06 a second", True)
