"""A40 to A42: edges of days, clients that lie about the time, and machines set to other zones."""

import json
import time
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from contracts.execution import execute_contract
from inquiries.models import Inquiry
from policy.models import Deadline
from tests.contracts.making import a_contract, adopt, with_paper
from tests.factories import DistrictFactory, member

NOV_18 = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def explained(at, zone, calendar="US-CT"):
    said = StringIO()
    call_command(
        "explain_deadline", "ct-3520.13@2017", "contract-notice", "--at", at, "--zone", zone,
        "--calendar", calendar, "--json", stdout=said,
    )  # fmt: skip
    return json.loads(said.getvalue())["due_at"]


@pytest.mark.parametrize(
    ("at", "zone", "due_at"),
    [
        # The last instant of Wednesday and the first of Thursday are two different days 0.
        ("2026-07-08T23:59:59.999999-04:00", "America/New_York", "2026-07-16T04:00:00Z"),
        ("2026-07-09T00:00:00-04:00", "America/New_York", "2026-07-17T04:00:00Z"),
        # Friday, the eve of Labor Day weekend: Monday 7 September is no business day.
        ("2026-09-04", "America/New_York", "2026-09-15T04:00:00Z"),
        # From 29 February; from 31 December over New Year's Day.
        ("2028-02-29", "America/New_York", "2028-03-08T05:00:00Z"),
        ("2026-12-31", "America/New_York", "2027-01-09T05:00:00Z"),
        # Zones far east and west, and one without summer time.
        ("2026-07-09", "Pacific/Pago_Pago", "2026-07-17T11:00:00Z"),
        ("2026-07-09", "Pacific/Guam", "2026-07-16T14:00:00Z"),
        ("2026-07-09", "Pacific/Chatham", "2026-07-16T11:15:00Z"),
        ("2026-07-09", "America/Phoenix", "2026-07-17T07:00:00Z"),
    ],
)
def test_the_edges_of_days_years_and_zones(at, zone, due_at):  # A40
    assert datetime.fromisoformat(explained(at, zone)) == datetime.fromisoformat(due_at)


@pytest.fixture
def district(db, travel, settings):
    settings.EMBEDDED = True
    travel(NOV_18)
    return DistrictFactory(slug="northfield")


@pytest.fixture
def api(district):
    client = APIClient()
    client.force_login(member(district))
    return client


def ask(api, received_at):
    given = {
        "district": "northfield",
        "sort": "access",
        "asks": "My child's file",
        "received_at": received_at,
    }
    return api.post("/api/v1/inquiries/", given, format="json")


@pytest.mark.parametrize("naive", ["2026-11-18T09:00:00", "2026-11-18", "09:00", "2026-11-18T09:00:00-23:13"])
def test_a_time_without_its_offset_is_refused(api, naive):  # A41
    answer = ask(api, naive)
    assert (answer.status_code, list(answer.data)) == (400, ["received_at"])
    assert not Inquiry.objects.exists()


def test_an_offset_from_the_other_side_of_the_world_is_the_same_instant(api, district):  # A41
    assert ask(api, "2026-11-19T03:00:00+14:00").status_code == 201  # 8 a.m. in Connecticut
    assert Inquiry.objects.get().received_at == datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
    refused = ask(api, "2026-11-18T09:00:00-12:00")  # it sounds past, and lies ahead
    assert (refused.status_code, list(refused.data)) == (400, ["received_at"])


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Pacific/Pago_Pago"])
def test_the_zones_of_the_server_and_the_visitor_change_no_instant(district, zone, monkeypatch):  # A42
    custodian = member(district)
    adopt(district, custodian)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with timezone.override(zone):
            execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    finally:
        monkeypatch.undo()
        time.tzset()
    due = set(Deadline.objects.filter(rule="contract-notice").values_list("due_at", flat=True))
    # Monday 16 November is day 0, Monday 23 November is day 5; exclusive.
    assert due == {datetime(2026, 11, 24, 5, 0, tzinfo=UTC)}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Pago_Pago"])
def test_a_database_server_set_to_another_zone_is_asked_in_utc(db, zone, monkeypatch):  # A42
    monkeypatch.setenv("PGTZ", zone)  # what the server, or its role, would have by default
    fresh = connection.copy()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SHOW TimeZone")
            assert cursor.fetchone() == ("UTC",)
    finally:
        fresh.close()
