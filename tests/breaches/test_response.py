"""From the first words to closure: two persons, one sending, nothing public about a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext as _
from django.utils.translation import override

from breaches.affected import load_list, preview_list
from breaches.closing import close_breach, explain_missed, missing_for_closure, reopen_breach
from breaches.drills import start_drill
from breaches.models import BreachStatus
from breaches.reach import recipients_of
from breaches.response import (
    approve,
    ask_second,
    current_notice,
    first_words,
    send_and_post,
    write_notice,
    write_to_added,
)
from breaches.vendor_word import record_vendor_told_families
from breaches.versions import translate_notice
from ledger.clock import engine_now
from ledger.entries import Conflict
from mail.models import Delivery, Message
from notices.issue import render_all
from notices.models import Notice, Part, Posting
from parties.models import Membership, Role
from policy.adoptions import standing_case
from policy.changes import agree
from policy.models import Deadline, DutyChange, Obligation
from policy.obligations import raise_for, settle
from tests.breaches.factories import (
    csv,
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    paper,
    superintendent,
    tell,
    write,
)
from tests.factories import SchoolFactory, member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)
    return district, by, second, breach


@pytest.mark.obligation("B-2", "B-3")
def test_it_sends_and_posts_only_after_a_second_person_approved(desk):
    district, by, second, breach = desk
    families = make_families(district, 12)
    list_families(breach, families, by=by)
    write(breach, by=by)
    with pytest.raises(Conflict):
        send_and_post(breach, by=by)
    with pytest.raises(ValidationError):
        approve(breach, by=by)
    assert not Posting.objects.exists()
    assert not Delivery.objects.filter(message__kind="breach-notice").exists()
    approve(breach, by=second)
    sent = send_and_post(breach, by=by)
    assert sent.recipients == 12
    told = set(Delivery.objects.filter(message=sent.notice.message).values_list("recipient_ref", flat=True))
    assert told == {guardian.ref for _student, guardian in families}
    assert Posting.objects.get().case_id == breach.pk
    assert Obligation.objects.get(case=breach.case, rule="breach-posting").status == "settled"
    assert Deadline.objects.get(case=breach.case, rule="breach-posting").status == "kept"


def test_the_notice_goes_back_to_draft_when_its_words_change(desk):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    write(breach, by=by)
    approve(breach, by=second)
    write(breach, by=by, what_happened="We know more now.")
    assert current_notice(breach).status == "draft"
    with pytest.raises(Conflict):
        send_and_post(breach, by=by)


def test_asking_a_second_person_tells_the_others_and_not_the_author(desk):
    district, by, second, breach = desk
    write(breach, by=by)
    ask_second(breach, by=by)
    told = Message.objects.get(kind="breach-approval").deliveries.values_list("recipient_ref", flat=True)
    assert f"user:{second.pk}" in told
    assert f"user:{by.pk}" not in told


def test_from_12_hours_before_the_limit_one_person_may_approve_and_the_superintendent_is_told(desk, travel):
    district, by, _second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    write(breach, by=by)
    travel(RECEIVED + timedelta(hours=35, minutes=59))
    with pytest.raises(ValidationError):
        approve(breach, by=by, alone_because="Nobody answers the phone.")
    travel(RECEIVED + timedelta(hours=36))
    with pytest.raises(ValidationError) as refusal:
        approve(breach, by=by)
    assert "alone_because" in refusal.value.message_dict
    notice = approve(breach, by=by, alone_because="Nobody answers the phone.")
    assert (notice.approved_by, notice.approved_alone_because) == (by, "Nobody answers the phone.")
    told = Message.objects.get(kind="acted-alone").deliveries.values_list("recipient_ref", flat=True)
    assert list(told) == [f"user:{superintendent(district).pk}"]


def test_where_no_second_person_exists_one_may_approve_at_once(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = superintendent(district)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    write(breach, by=by)
    colleague = member(district, role=Role.APPROVER)
    breach.case.allowed.add(colleague)
    with pytest.raises(ValidationError):
        approve(breach, by=by, alone_because="There is nobody else.")
    write(
        breach, by=colleague, what_happened="A password was stolen."
    )  # now both wrote, and nobody only reads
    assert approve(breach, by=by, alone_because="There is nobody else.").status == "approved"


@pytest.mark.parametrize(
    "words",
    [
        "The grades of Robin Canary were seen.",
        "Write to robin@home.example.",
    ],
)
def test_the_public_words_name_no_affected_person(desk, words):
    _district, by, _second, breach = desk
    load_list(preview_list(breach, upload=csv("name,email", "Robin Canary,robin@home.example"), by=by), by=by)
    with pytest.raises(ValidationError) as refusal:
        write(breach, by=by, what_happened=words)
    assert set(refusal.value.message_dict) == {Part.WHAT_HAPPENED}
    assert not Notice.objects.exists()


def test_below_ten_people_neither_number_nor_school_is_said(desk):
    district, by, _second, breach = desk
    SchoolFactory(district=district, name="Hill Middle School")
    list_families(breach, make_families(district, 3), by=by)
    for words in ("The data of 3 students was seen.", "It happened at Hill Middle School."):
        with pytest.raises(ValidationError) as refusal:
            write(breach, by=by, data=words)
        assert set(refusal.value.message_dict) == {"data"}
    write(breach, by=by, data="The data of fewer than 10 students was seen.")


def test_words_are_checked_again_when_people_were_listed_later(desk):
    _district, by, second, breach = desk
    write(breach, by=by, what_happened="Robin Canary opened the file.")
    approve(breach, by=second)
    load_list(preview_list(breach, upload=csv("name,email", "Robin Canary,robin@home.example"), by=by), by=by)
    breach.refresh_from_db()
    with pytest.raises(ValidationError):
        send_and_post(breach, by=by)
    assert not Posting.objects.exists()


def test_a_product_that_a_reporter_named_after_a_child_is_not_published(desk):
    district, by, second, _breach = desk
    breach = make_breach(
        district, by=by, received_at=RECEIVED, vendor_named="Lumen", product="Robin Canary's tablet"
    )
    load_list(preview_list(breach, upload=csv("name,email", "Robin Canary,robin@home.example"), by=by), by=by)
    words = {**first_words(breach), "what_happened": "A tablet was lost.", "what_we_do": "We look for it."}
    with pytest.raises(ValidationError) as refusal:
        write_notice(breach, texts=words, by=by)
    assert set(refusal.value.message_dict) == {"product"}
    write_notice(breach, texts=words, product="A tablet", by=by)
    approve(breach, by=second)
    send_and_post(breach, by=by)
    assert Posting.objects.get().facts["sections"][0]["product"] == "A tablet"
    assert (
        "Personal data was at risk: A tablet" in Message.objects.get(kind="breach-notice").texts.get().subject
    )


def test_a_district_named_like_its_school_can_tell_of_its_own_breach(desk):
    district, by, _second, _breach = desk
    SchoolFactory(district=district, name=district.name.split()[0])
    breach = make_breach(district, by=by, received_at=RECEIVED, what_happened="A file was lost.")
    load_list(preview_list(breach, upload=csv("name,email", "Robin Canary,robin@home.example"), by=by), by=by)
    breach.refresh_from_db()
    write(breach, by=by)
    assert current_notice(breach).sections.get().vendor == district.name
    with pytest.raises(ValidationError):
        write(breach, by=by, what_happened=f"A file was lost at {district.name.split()[0]}.")


def test_an_empty_part_is_refused_beside_it(desk):
    _district, by, _second, breach = desk
    with pytest.raises(ValidationError) as refusal:
        write_notice(breach, texts={"what_happened": "Something."}, by=by)
    assert set(refusal.value.message_dict) == {"data", "what_we_do", "what_you_can_do", "contact"}


def test_nothing_is_sent_while_nobody_is_listed(desk):
    _district, by, second, breach = desk
    write(breach, by=by)
    approve(breach, by=second)
    with pytest.raises(ValidationError) as refusal:
        send_and_post(breach, by=by)
    assert "people" in refusal.value.message_dict


def test_who_is_reached_is_asked_without_questions_within_questions(desk):
    """Tables just filled have no statistics: nested, 200 families took three minutes."""
    district, by, _second, breach = desk
    families = make_families(district, 12)
    list_families(breach, families, by=by)
    with CaptureQueriesContext(connection) as asked:
        assert len(recipients_of(breach, on=date(2026, 11, 20))) == 12
    assert [sql["sql"] for sql in asked if sql["sql"].count("SELECT") > 1] == []


def test_it_is_sent_once(desk):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    tell(breach, by=by, second=second)
    with pytest.raises(Conflict):
        send_and_post(breach, by=by)
    assert Message.objects.filter(kind="breach-notice").count() == 1


LANGUAGES = ["en", "es", "pt-br", "ar", "zh-hans", "pl", "ht"]


def test_the_families_message_speaks_of_the_breach_and_of_no_contract_in_every_language(desk):
    district, by, second, breach = desk
    district.languages = LANGUAGES
    district.save()
    list_families(breach, make_families(district, 10), by=by)
    tell(breach, by=by, second=second)
    rendered = render_all(current_notice(breach), LANGUAGES)
    assert sorted(each.language for each in rendered) == sorted(LANGUAGES)
    for each in rendered:
        with override(each.language):
            of_contracts = _("Read this notice and the contract in your language")
            of_breaches = _("Read this notice in your language")
        assert of_breaches in each.plain
        assert of_breaches in each.html
        assert of_contracts not in each.plain + each.html
        assert (each.language == "en") == (of_breaches == "Read this notice in your language")


def test_a_small_number_in_another_language_is_refused_beside_its_part(desk):
    district, by, _second, breach = desk
    district.languages = ["en", "es"]
    district.save()
    list_families(breach, make_families(district, 3), by=by)
    write(breach, by=by)
    with pytest.raises(ValidationError) as refusal:
        translate_notice(
            breach, language="es", texts={"data": "Los datos de tres alumnos."}, checked=True, by=by
        )
    assert set(refusal.value.message_dict) == {"data"}


@pytest.mark.obligation("1f-1")
@pytest.mark.obligation("B-1")
def test_the_vendors_letter_settles_its_own_duty_once_confirmed_and_never_ours(desk):
    _district, by, second, breach = desk
    record_vendor_told_families(breach, told_at=engine_now(), proof=paper(), by=by)
    assert Obligation.objects.get(case=breach.case, rule="vendor-families-notice").status == "open"
    agree(DutyChange.objects.get(kind="done"), by=second)
    assert Obligation.objects.get(case=breach.case, rule="vendor-families-notice").status == "settled"
    assert Obligation.objects.get(case=breach.case, rule="families-breach-notice").status == "open"


def test_it_cannot_be_closed_early_and_says_what_is_missing(desk):
    _district, by, _second, breach = desk
    with pytest.raises(ValidationError) as refusal:
        close_breach(breach, corrective_action="", by=by)
    said = " ".join(refusal.value.message_dict["corrective_action"])
    assert "Tell families about the breach" in said
    assert "Post the breach notice" in said
    assert "Say what changes" in said
    breach.refresh_from_db()
    assert breach.status == BreachStatus.OPEN


def settle_everything(breach, *, by):
    for duty in Obligation.objects.open().filter(case=breach.case):
        settle(duty, at=engine_now(), by=by)


def test_a_missed_limit_needs_its_reason_before_closing(desk, travel):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    travel(RECEIVED + timedelta(hours=49))
    tell(breach, by=by, second=second)
    settle_everything(breach, by=by)
    assert missing_for_closure(breach, corrective_action="x") == ["A limit was missed: say why."]
    explain_missed(breach, because="The list came late.", by=by)
    closed = close_breach(breach, corrective_action="A second sign-in step for all.", by=by)
    assert (closed.status, closed.purge_on is not None) == ("closed", True)
    assert "missed" in set(Deadline.objects.filter(case=breach.case).values_list("status", flat=True))


def test_a_closed_breach_opens_again_with_a_reason(desk):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    tell(breach, by=by, second=second)
    settle_everything(breach, by=by)
    close_breach(breach, corrective_action="A second sign-in step for all.", by=by)
    with pytest.raises(ValidationError):
        reopen_breach(breach, reason=" ", by=by)
    assert reopen_breach(breach, reason="More people were found.", by=by).status == "open"


def test_a_drill_writes_to_staff_only_posts_nothing_and_settles_the_yearly_duty(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    vendor, _speaker = make_vendor(district)
    families = make_families(district, 10)
    (yearly,) = raise_for(
        "fixed_date",
        case=standing_case(district),
        at=engine_now(),
        ref="year:2026",
        by=None,
        concerns=lambda rule: rule.key == "yearly-drill",
    )
    breach = start_drill(district=district, by=by, vendor=vendor)
    assert breach.case.title.startswith("Drill")
    assert not breach.case.obligations.filter(owed_by="vendor").exists()
    list_families(breach, families, by=by)
    tell(breach, by=by, second=second)
    message = Message.objects.get(kind="breach-notice")
    assert message.is_drill
    assert all(text.subject.startswith("DRILL") for text in message.texts.all())
    assert all("DRILL" in text.plain for text in message.texts.all())
    assert not any("http" in text.plain for text in message.texts.all())  # no page is made
    staff = {f"user:{row.user_id}" for row in Membership.objects.filter(district=district)}
    assert set(message.deliveries.values_list("recipient_ref", flat=True)) == staff
    assert not Posting.objects.exists()
    assert all(ref.startswith("user:") for ref in Delivery.objects.values_list("recipient_ref", flat=True))
    settle_everything(breach, by=by)
    close_breach(breach, corrective_action="We know how it goes.", by=by)
    yearly.refresh_from_db()
    assert yearly.status == "settled"


def test_only_one_drill_at_a_time(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = member(district)
    start_drill(district=district, by=by)
    with pytest.raises(ValidationError):
        start_drill(district=district, by=by)


def test_people_listed_after_the_sending_are_told_by_a_second_notice_and_nobody_twice(desk):
    district, by, second, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    tell(breach, by=by, second=second)
    list_families(breach, make_families(district, 2), by=by)
    assert any("2 people were listed after" in line for line in missing_for_closure(breach))
    draft = write_to_added(breach, by=by)
    with pytest.raises(Conflict):
        write_to_added(breach, by=by)
    owed = Obligation.objects.open().get(case=breach.case, rule="families-breach-notice", message=None)
    assert owed.deadlines.get().due_at == datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
    approve(breach, by=second)
    assert send_and_post(breach, by=by).recipients == 2
    told = Delivery.objects.filter(message__notice__case=breach.case)
    refs = list(told.values_list("recipient_ref", flat=True))
    assert len(refs) == len(set(refs)) == 12
    draft.refresh_from_db()
    assert draft.status == "issued"
    assert Posting.objects.filter(case=breach.case).count() == 1
    assert not any("listed after" in line for line in missing_for_closure(breach))
