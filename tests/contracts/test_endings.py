from datetime import UTC, date, datetime

import pytest

from contracts.endings import remind_of_endings
from contracts.execution import execute_contract
from contracts.exit import end_contract
from policy.models import Obligation
from tests.contracts.making import a_contract, adopt, with_paper
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def custodian(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    person = member(DistrictFactory())
    adopt(person.memberships.get().district, person)
    return person


def executed(custodian, ends_on):
    contract = a_contract(custodian.memberships.get().district, custodian, ends_on=ends_on)
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    return contract


def asked(contract):
    return list(
        Obligation.objects.filter(case=contract.case, rule="renew-or-end").values_list("status", flat=True)
    )


@pytest.mark.parametrize(("ends_on", "duties"), [(date(2027, 1, 17), ["open"]), (date(2027, 1, 18), [])])
def test_sixty_days_before_its_end_somebody_must_decide_once(custodian, ends_on, duties):
    contract = executed(custodian, ends_on)
    remind_of_endings()
    assert remind_of_endings() == 0
    assert asked(contract) == duties


def test_ending_the_contract_settles_the_question(custodian):
    contract = executed(custodian, date(2026, 12, 1))
    remind_of_endings()
    end_contract(contract, ended_on=date(2026, 11, 17), disposal="destroy", reason="Over", by=custodian)
    assert asked(contract) == ["settled"]


def test_a_draft_is_not_asked_about(custodian):
    a_contract(custodian.memberships.get().district, custodian, ends_on=date(2026, 12, 1))
    assert remind_of_endings() == 0
