"""Requests are recorded from the moment anybody had them and answered as the policies say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inquiries.answering import ABOUT, decide_inquiry, record_inquiry, report_to_board
from inquiries.models import Inquiry, InquiryStatus, Sort
from ledger.entries import Conflict
from ledger.models import Entry
from parties.models import Role
from policy import packs
from policy.models import Obligation
from tests.contracts.making import adopt
from tests.factories import DistrictFactory, VendorFactory, member

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def friday(travel):
    """Friday, 20 November 2026, noon in Connecticut."""
    travel(NOON)


@pytest.fixture
def district():
    return DistrictFactory(slug="willow")


@pytest.fixture
def custodian(district):
    return member(district)


@pytest.fixture
def ask(district, custodian):
    def ask(sort: str, **facts) -> Inquiry:
        return record_inquiry(
            district=district,
            sort=sort,
            asks="A list of all students",
            received_at=NOON - timedelta(hours=3),
            by=custodian,
            **facts,
        )

    return ask


@pytest.mark.obligation("R-1")
def test_directory_information_does_not_go_out_for_other_purposes(ask, custodian):
    inquiry = ask("directory")

    with pytest.raises(ValidationError, match="shall not disclose"):
        decide_inquiry(inquiry, granted=True, decision="Ok", for_school_purposes=False, by=custodian)
    refused = decide_inquiry(
        inquiry, granted=False, decision="Not for school", for_school_purposes=False, by=custodian
    )

    assert refused.status == InquiryStatus.REFUSED


@pytest.mark.obligation("R-1")
def test_directory_information_needs_the_decision_about_its_purpose(ask, custodian):
    with pytest.raises(ValidationError) as refusal:
        decide_inquiry(ask("directory"), granted=True, decision="Ok", by=custodian)
    assert list(refusal.value.message_dict) == ["for_school_purposes"]


@pytest.mark.obligation("R-2")
@pytest.mark.parametrize(("left", "allowed"), [(date(2026, 9, 21), True), (date(2026, 9, 22), False)])
def test_deletion_waits_until_the_student_has_been_gone_for_sixty_days(ask, custodian, left, allowed):
    inquiry = ask("deletion", vendor=VendorFactory(), left_district_on=left)

    if allowed:
        assert decide_inquiry(inquiry, granted=True, decision="Sent", by=custodian).status == "answered"
    else:
        with pytest.raises(ValidationError, match="November 21, 2026"):
            decide_inquiry(inquiry, granted=True, decision="Sent", by=custodian)


@pytest.mark.obligation("R-4")
def test_a_request_for_immigration_enforcement_is_seen_by_few(ask, district, custodian):
    inquiry = ask("immigration")
    other = member(district, Role.CUSTODIAN)
    superintendent = member(district, Role.SUPERINTENDENT)

    assert inquiry.case.restricted
    assert list(Inquiry.objects.for_user(custodian)) == [inquiry]
    assert not Inquiry.objects.for_user(other).exists()
    assert not Inquiry.objects.for_user(superintendent).exists()  # appointed after it came


@pytest.mark.obligation("R-4")
def test_the_superintendent_tells_the_board_and_nobody_else_can_record_it(ask, district, custodian):
    superintendent = member(district, Role.SUPERINTENDENT)
    inquiry = ask("immigration")

    with pytest.raises(PermissionDenied):
        report_to_board(inquiry, on=date(2026, 11, 20), by=custodian)
    assert report_to_board(inquiry, on=date(2026, 11, 20), by=superintendent).reported_to_board_on == date(
        2026, 11, 20
    )


@pytest.mark.obligation("R-3", "R-6")
def test_the_clock_starts_when_the_request_reached_anybody_and_never_ahead_of_time(district, custodian):
    with pytest.raises(ValidationError):
        record_inquiry(
            district=district,
            sort="public-records",
            asks="E-mails",
            received_at=NOON + timedelta(minutes=1),
            by=custodian,
        )
    assert not Inquiry.objects.exists()


def test_history_names_nobody(ask):
    inquiry = ask("access", asked_by="Pat Parent", reply_to="pat@families.example")

    entries = Entry.objects.filter(case=inquiry.case)
    assert entries.exists()
    assert "Pat" not in repr(list(entries.values()))


def test_a_request_is_decided_once(ask, custodian):
    inquiry = ask("access")
    decide_inquiry(inquiry, granted=True, decision="Shown on Friday", by=custodian)

    with pytest.raises(Conflict):
        decide_inquiry(inquiry, granted=True, decision="Again", by=custodian)


def test_the_pages_are_for_the_district_only(ask, custodian):
    inquiry = ask("access")
    mine, stranger = Client(), Client()
    mine.force_login(custodian)
    stranger.force_login(member(DistrictFactory()))
    address = reverse("inquiry:detail", args=["willow", inquiry.case.number])

    assert mine.get(address).status_code == 200
    assert mine.get(reverse("inquiry:list", args=["willow"])).status_code == 200
    assert stranger.get(address).status_code == 404
    assert stranger.get(reverse("inquiry:list", args=["willow"])).status_code == 404


def test_a_request_is_recorded_in_the_browser_in_the_district_s_own_time(district, custodian):
    client = Client()
    client.force_login(custodian)

    client.post(
        reverse("inquiry:new", args=["willow"]),
        {"sort": "access", "received_at": "2026-11-20T09:15", "asks": "My child's record"},
    )

    assert Inquiry.objects.get().received_at == datetime(2026, 11, 20, 14, 15, tzinfo=UTC)


def test_somebody_who_was_slower_gets_a_plain_page_and_nothing_is_decided_twice(ask, custodian):
    inquiry = ask("access")
    client = Client()
    client.force_login(custodian)
    address = reverse("inquiry:detail", args=["willow", inquiry.case.number])
    decide_inquiry(inquiry, granted=True, decision="Shown on Friday", by=custodian)

    answer = client.post(address, {"granted": "no", "decision": "No"})

    assert answer.status_code == 409
    inquiry.refresh_from_db()
    assert inquiry.decision == "Shown on Friday"


@pytest.mark.parametrize(
    ("sort", "pack", "rule"),
    [
        ("public-records", "mo-data-governance@1", "public-records-answer"),
        ("public-records", "ct-stonington-electronic-records@2017", "public-records-answer"),
        ("directory", "ct-3520.13@2017", "directory-request-answer"),
        ("access", "ca-bp-5125@1", "records-inspection"),
        ("deletion", "ca-bp-5125@1", "deletion-documentation"),
        ("immigration", "ca-bp-5125@1", "immigration-request-report"),
        ("teacher", "practice@1", "answer-inquiry"),
        ("family", "practice@1", "answer-inquiry"),
        pytest.param("court-order", "ca-bp-5125@1", "restraining-order", marks=pytest.mark.obligation("R-5")),
    ],
)
@pytest.mark.obligation("R-1", "R-2", "R-3", "R-4", "R-6")
def test_every_sort_of_request_starts_the_clock_that_the_pack_gives_it(ask, district, sort, pack, rule):
    adopt(district, member(district, Role.ADMINISTRATOR), pack)
    facts = {"vendor": VendorFactory()} if sort == "deletion" else {}
    inquiry = ask(sort, **facts)
    owed = Obligation.objects.get(case=inquiry.case, rule=rule)
    assert pack in {clock.pack for clock in owed.deadlines.all()}


def test_every_request_that_a_pack_names_can_be_recorded():
    named = {
        about
        for pack in map(packs.load, packs.shipped())
        for rule in pack.rules
        if rule.trigger == "inquiry_received"
        for about in rule.about
    }
    assert named - set(ABOUT.values()) == {"correction"}  # recorded as "see or correct a student's record"
    assert set(ABOUT) == set(Sort)


def test_deciding_about_a_court_order_settles_its_clock(ask, district, custodian):
    adopt(district, custodian, "ca-bp-5125@1")
    inquiry = ask("court-order")
    assert inquiry.case.restricted
    decide_inquiry(inquiry, granted=True, decision="The parent is blocked at both schools", by=custodian)
    assert list(inquiry.case.obligations.values_list("rule", "status")) == [("restraining-order", "settled")]


def test_the_list_asks_the_database_no_more_for_a_longer_one(
    ask, custodian, client, django_assert_num_queries
):
    client.force_login(custodian)
    page = reverse("inquiry:list", args=["willow"])
    ask("directory")
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for _number in range(5):
        ask("directory")
    with django_assert_num_queries(len(few)):
        assert len(client.get(page).context["page"]) == 6
