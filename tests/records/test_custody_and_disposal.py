"""Custodians without gaps, yearly training, and disposal only when the time is over and two agree."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.entries import Conflict
from parties.models import Role
from records.custody import designate, places_without_custodian, record_training, untrained
from records.disposal import (
    add_rule,
    authorise_disposal,
    propose_disposal,
    record_disposal,
    refuse_disposal,
)
from records.holds import place_hold
from records.models import DispositionStatus, RetentionRule
from tests.factories import DistrictFactory, SchoolFactory, member

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
def superintendent(district):
    return member(district, Role.SUPERINTENDENT)


@pytest.fixture
def custodian(district):
    return member(district, Role.CUSTODIAN)


@pytest.fixture
def rule(district):
    return RetentionRule.objects.create(
        district=district,
        series="M8-110",
        title="Attendance",
        schedule="M8, 2020",
        years=6,
        counted_from="end",
    )


def signed_form() -> SimpleUploadedFile:
    return SimpleUploadedFile("rc-075.txt", b"Authorised by the State.", "text/plain")


@pytest.mark.obligation("P-1", "P-2")
def test_a_school_without_a_custodian_is_a_gap(district, superintendent, custodian):
    school = SchoolFactory(district=district)
    assert places_without_custodian(district) == [None, school]

    designate(
        district=district,
        user=custodian,
        school=None,
        certificated=True,
        since=date(2026, 8, 1),
        by=superintendent,
    )

    assert places_without_custodian(district) == [school]


@pytest.mark.obligation("P-1")
def test_a_new_custodian_follows_the_old_one_without_a_day_between(district, superintendent, custodian):
    facts = {"district": district, "school": None, "certificated": True, "by": superintendent}
    first = designate(user=custodian, since=date(2026, 8, 1), **facts)
    designate(user=superintendent, since=date(2026, 11, 2), **facts)

    first.refresh_from_db()
    assert first.until == date(2026, 11, 1)


@pytest.mark.obligation("P-1")
def test_only_the_superintendent_or_an_administrator_designates(district, custodian):
    with pytest.raises(PermissionDenied):
        designate(
            district=district,
            user=custodian,
            school=None,
            certificated=True,
            since=date(2026, 8, 1),
            by=custodian,
        )


@pytest.mark.obligation("P-3", "P-4")
def test_training_is_good_for_twelve_months(district, custodian):
    row = record_training(
        district=district, user=custodian, course="Records", done_on=date(2025, 11, 20), by=custodian
    )

    assert row.good_until == date(2026, 11, 20)
    assert untrained(district, date(2026, 11, 19)) == []
    assert untrained(district, date(2026, 11, 20)) == [custodian]


@pytest.mark.obligation("P-3")
def test_training_cannot_lie_ahead(district, custodian):
    with pytest.raises(ValidationError):
        record_training(
            district=district, user=custodian, course="Records", done_on=date(2026, 11, 21), by=custodian
        )


@pytest.mark.obligation("T-1", "T-2")
def test_records_are_kept_until_their_period_is_over(rule, custodian):
    with pytest.raises(ValidationError, match="November 30, 2026"):
        propose_disposal(
            rule=rule,
            description="Attendance 2019",
            oldest_on=date(2019, 9, 1),
            newest_on=date(2020, 11, 30),
            by=custodian,
        )


@pytest.mark.parametrize("years", [-1, 201, 9999])
def test_a_rule_keeps_records_for_at_most_two_hundred_years_or_for_ever(district, custodian, years):
    with pytest.raises(ValidationError) as refusal:
        add_rule(
            district=district, series="M8-111", title="Grades", schedule="M8", counted_from="end",
            years=years, by=custodian,
        )  # fmt: skip
    assert list(refusal.value.error_dict) == ["years"]


@pytest.fixture
def proposed(rule, custodian):
    return propose_disposal(
        rule=rule,
        description="Attendance 2018",
        oldest_on=date(2017, 9, 1),
        newest_on=date(2018, 6, 30),
        by=custodian,
    )


@pytest.mark.obligation("1f-12")
@pytest.mark.obligation("T-2")
def test_a_disposal_needs_a_second_person_and_the_state_s_signed_form(proposed, district, superintendent):
    with pytest.raises(PermissionDenied):
        authorise_disposal(proposed, authorisation=signed_form(), by=proposed.proposed_by)
    with pytest.raises(ValidationError, match="RC-075"):
        authorise_disposal(proposed, authorisation=None, by=superintendent)

    done = authorise_disposal(proposed, authorisation=signed_form(), by=superintendent)

    assert done.status == DispositionStatus.AUTHORISED


@pytest.mark.obligation("T-2")
def test_a_proposed_disposal_is_refused_with_a_reason_and_the_records_are_kept(
    proposed, superintendent, custodian, client
):
    client.force_login(superintendent)
    page = reverse("disposal:refuse", args=["willow", proposed.case.number])
    assert client.post(page, {"refuse-reason": " "}).status_code == 422
    answer = client.post(page, {"refuse-reason": "An audit needs them"}, follow=True)
    assert "An audit needs them" in answer.text
    proposed.refresh_from_db()
    assert proposed.status == DispositionStatus.REFUSED
    with pytest.raises(Conflict):
        authorise_disposal(proposed, authorisation=signed_form(), by=superintendent)
    with pytest.raises(PermissionDenied):
        refuse_disposal(proposed, reason="No", by=member(proposed.district, Role.VIEWER))
    client.force_login(member(DistrictFactory(), Role.SUPERINTENDENT))
    assert client.post(page, {"refuse-reason": "No"}).status_code == 404


def test_the_records_page_is_paged_and_asks_the_database_no_more_for_a_longer_one(
    rule, custodian, superintendent, client, django_assert_num_queries
):
    def add(count):
        for _number in range(count):
            propose_disposal(
                rule=rule, description="Attendance", oldest_on=date(2017, 9, 1), newest_on=date(2018, 6, 30),
                by=custodian,
            )  # fmt: skip
            place_hold(
                district=rule.district, title="Bus", ground="pending", scope="All", directed_by="Counsel",
                directive=signed_form(), cases=[], tell=[], by=superintendent,
            )  # fmt: skip

    client.force_login(custodian)
    page = reverse("records:home", args=["willow"])
    add(1)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    add(3)
    with django_assert_num_queries(len(few)):
        assert len(client.get(page).context["disposals"]) == 4


@pytest.mark.obligation("T-3")
def test_nothing_is_disposed_of_while_a_hold_is_in_force(proposed, district, superintendent, custodian):
    authorised = authorise_disposal(proposed, authorisation=signed_form(), by=superintendent)
    place_hold(
        district=district,
        title="Bus accident",
        ground="anticipated",
        scope="All of it",
        directed_by="The superintendent",
        directive=signed_form(),
        cases=[],
        tell=[custodian],
        by=superintendent,
    )

    with pytest.raises(ValidationError, match="hold is in force"):
        record_disposal(authorised, method="Shredded", by=custodian)


def test_the_pages_open_for_the_district_only(proposed, custodian):
    mine, stranger = Client(), Client()
    mine.force_login(custodian)
    stranger.force_login(member(DistrictFactory()))
    address = reverse("disposal:detail", args=["willow", proposed.case.number])

    assert mine.get(address).status_code == 200
    assert mine.get(reverse("records:home", args=["willow"])).status_code == 200
    assert stranger.get(address).status_code == 404
