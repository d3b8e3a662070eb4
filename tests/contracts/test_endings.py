from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from contracts.endings import remind_of_endings, start_exits
from contracts.execution import execute_contract
from contracts.exit import end_contract
from contracts.intake import change_terms
from ledger.clock import engine_now
from ledger.models import Entry
from policy.models import Obligation
from policy.obligations import settle
from tests.contracts.making import a_contract, adopt, terms, with_paper
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


def test_cron_alone_asks_once_and_the_bell_beside_it_asks_nothing_more(custodian):
    contract = executed(custodian, date(2026, 12, 1))
    call_command("sweep", verbosity=0)
    assert asked(contract) == ["open"]
    call_command("sweep", verbosity=0)
    assert remind_of_endings() == 0
    assert asked(contract) == ["open"]


def owed_at_the_end(contract):
    found = Obligation.objects.filter(case=contract.case, trigger="terminated")
    return list(found.values_list("rule", flat=True))


@pytest.mark.obligation("CT-7", "L-16")
@pytest.mark.parametrize(
    ("now", "owed"),
    [
        (datetime(2027, 1, 18, 4, 59, tzinfo=UTC), []),  # still 17 January in Connecticut
        (datetime(2027, 1, 18, 5, 0, tzinfo=UTC), ["destruction-certificate"]),
    ],
)
def test_the_exit_starts_by_itself_on_the_day_after_the_last(custodian, travel, now, owed):
    contract = executed(custodian, date(2027, 1, 17))
    travel(now)
    start_exits()
    start_exits()
    assert owed_at_the_end(contract) == owed


def test_a_contract_that_renews_does_not_end_by_itself(custodian, travel):
    contract = a_contract(
        custodian.memberships.get().district, custodian, ends_on=date(2026, 12, 1), renewal="automatic",
        renewal_notice_days=30,
    )  # fmt: skip
    execute_contract(
        contract, executed_on=date(2026, 11, 16), by=custodian, instrument=with_paper(contract, custodian)
    )
    travel(datetime(2027, 1, 1, tzinfo=UTC))
    start_exits()
    assert owed_at_the_end(contract) == []


def test_a_person_who_then_records_the_end_starts_no_second_exit(custodian, travel):
    contract = executed(custodian, date(2026, 12, 1))
    travel(datetime(2026, 12, 5, 15, 0, tzinfo=UTC))
    start_exits()
    end_contract(contract, ended_on=date(2026, 12, 1), disposal="destroy", reason="Over", by=custodian)
    assert owed_at_the_end(contract) == ["destruction-certificate"]


RENEWED = date(2027, 12, 1)


@pytest.fixture
def over(custodian, travel):
    """Its term ended on 1 December; the sweep began the exit on the 5th."""
    contract = executed(custodian, date(2026, 12, 1))
    travel(datetime(2026, 12, 5, 15, 0, tzinfo=UTC))
    start_exits()
    return contract


def renew(contract, custodian, ends_on):
    paper = with_paper(contract, custodian, None, kind="automatic_renewal", upload=None)
    day = date(2026, 12, 1)
    return execute_contract(contract, executed_on=day, ends_on=ends_on, by=custodian, instrument=paper)


def exit_statuses(contract):
    found = Obligation.objects.filter(case=contract.case, trigger="terminated").order_by("pk")
    return list(found.values_list("status", flat=True))


@pytest.mark.obligation("CT-7", "L-16")
@pytest.mark.parametrize("met", [False, True])
def test_a_renewal_takes_the_begun_exit_back_and_the_real_end_begins_its_own(over, custodian, travel, met):
    """Signed after the sweep: the vendor of a live contract must not go on being told to destroy."""
    if met:
        settle(Obligation.objects.get(case=over.case, trigger="terminated"), at=engine_now(), by=custodian)
    renew(over, custodian, RENEWED)
    before = "settled" if met else "cancelled"
    assert (over.ends_on, exit_statuses(over)) == (RENEWED, [before])
    assert Entry.objects.filter(case=over.case, act="obligation-cancelled").count() == (0 if met else 1)
    start_exits()
    assert exit_statuses(over) == [before]
    travel(datetime(2027, 12, 3, 15, 0, tzinfo=UTC))
    start_exits()
    start_exits()
    end_contract(over, ended_on=RENEWED, disposal="destroy", reason="Over", by=custodian)
    assert exit_statuses(over) == [before, "open"]


@pytest.mark.parametrize("ends_on", [None, date(2026, 11, 30), date(2226, 12, 1)])
def test_a_renewal_says_until_when_the_contract_now_runs(over, custodian, ends_on):
    with pytest.raises(ValidationError) as refused:
        renew(over, custodian, ends_on)
    assert list(refused.value.error_dict) == ["ends_on"]
    assert exit_statuses(over) == ["open"]


def test_an_end_recorded_wrongly_takes_the_begun_exit_back_and_can_be_right_again(over, custodian):
    district = over.district
    change_terms(over, terms=terms(district, ends_on=RENEWED), by=custodian)
    assert exit_statuses(over) == ["cancelled"]
    change_terms(over, terms=terms(district, ends_on=date(2026, 12, 1)), by=custodian)
    start_exits()
    assert exit_statuses(over) == ["cancelled", "open"]
