"""Today: what is due, under headings people plan by; acts of one case due together are one line."""

from datetime import UTC, date, datetime

import lxml.html
import pytest

from compliance_portal.today import grouped, open_obligations, rows_of
from contracts.execution import execute_contract
from ledger.clock import engine_now
from tests.contracts.making import a_read_contract, adopt
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))  # Wednesday, 10 a.m. in New York
    return DistrictFactory(slug="northfield")


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


def execute(district, custodian, day):
    contract = a_read_contract(district, custodian)
    execute_contract(contract, executed_on=day, by=custodian, instrument=contract.instruments.get())
    return contract


def page_of(client, person):
    client.force_login(person)
    return lxml.html.fromstring(client.get("/").content)


def test_notice_and_posting_of_one_contract_are_one_line_with_both_acts(client, district, custodian):
    contract = execute(district, custodian, date(2026, 11, 17))  # due by the end of Tuesday, November 24
    row = page_of(client, custodian).xpath("//h2[.='In the next 7 days']/following::tbody[1]/tr")[-1]
    assert "Tell families about the contract" in row.text_content()
    assert "Post the notice and the contract" in row.text_content()
    (button,) = row.xpath(".//a[contains(@class, 'usa-button')]")
    assert button.get("href") == f"/d/northfield/contracts/{contract.case.number}/do/contract-notice/"
    assert "about 25 min" in row.text_content()


def test_lines_stand_under_the_day_they_are_due_by_the_districts_calendar(travel, rf, district, custodian):
    execute(district, custodian, date(2026, 11, 16))  # due by the end of Monday, November 23

    def headings():
        request = rf.get("/")
        request.user = custodian
        rows = rows_of(open_obligations(request).filter(rule="contract-notice"), engine_now())
        return [heading for heading, _rows in grouped(rows, engine_now())]

    assert headings() == ["In the next 7 days"]
    travel(datetime(2026, 11, 23, 4, 30, tzinfo=UTC))  # still Sunday evening in New York
    assert headings() == ["Tomorrow"]
    travel(datetime(2026, 11, 24, 4, 59, tzinfo=UTC))  # 11:59 p.m. of Monday
    assert headings() == ["Today"]
    travel(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    assert headings() == ["Overdue"]


def test_another_districts_work_is_not_on_the_page(client, district, custodian):
    execute(district, custodian, date(2026, 11, 16))
    stranger = member(DistrictFactory())
    assert "Lumen Reading" not in page_of(client, stranger).text_content()
