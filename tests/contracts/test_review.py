import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.models import ClauseFinding
from contracts.read import Proposal, save_proposals
from contracts.review import (
    confirm_batch,
    confirm_finding,
    correct_finding,
    mark_not_applicable,
    same_passage,
)
from ledger.entries import Conflict
from ledger.models import Entry
from tests.contracts.making import CT, a_contract, a_read_contract, propose, propose_all, with_paper
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db


def conformity(contract):
    contract.refresh_from_db()
    return contract.conformity


def test_a_confirmed_finding_has_its_person_and_its_entry(contract, custodian):
    row = propose(contract, "ct-01")
    confirm_finding(row, by=custodian)
    row.refresh_from_db()
    assert (row.decision, row.decided_verdict, row.decided_by) == ("confirmed", "met", custodian)
    assert Entry.objects.get(act="finding-confirmed").facts["requirements"] == [f"{CT} ct-01"]
    assert [past.decision for past in row.history.all()] == ["confirmed", ""]


def test_a_finding_is_confirmed_once(contract, custodian):
    row = propose(contract, "ct-01")
    confirm_finding(row, by=custodian)
    with pytest.raises(Conflict):
        confirm_finding(row, by=custodian)


def test_a_term_that_was_not_found_cannot_be_confirmed_as_it_stands(contract, custodian):
    with pytest.raises(ValidationError):
        confirm_finding(propose(contract, "ct-01", "missing"), by=custodian)


def test_one_passage_that_answers_several_terms_is_confirmed_once(contract, custodian):
    quote = [{"document": 1, "page": 3, "text": "within 48 hours", "boxes": []}]
    six = propose(contract, "ct-06", quotes=quote)
    twelve = propose(contract, "ct-12", quotes=quote)
    propose(contract, "ct-01")
    assert same_passage(six) == [twelve]
    confirm_finding(six, also=[twelve], by=custodian)
    rows = ClauseFinding.objects.exclude(decision="")
    assert {row.requirement for row in rows} == {"ct-06", "ct-12"}
    assert len({row.batch for row in rows}) == 1


def test_terms_on_different_passages_are_not_confirmed_as_one(contract, custodian):
    one, other = propose(contract, "ct-01"), propose(contract, "ct-02")
    with pytest.raises(ValidationError):
        confirm_finding(one, also=[other], by=custodian)
    assert not ClauseFinding.objects.exclude(decision="").exists()


def test_a_batch_is_recorded_as_a_batch(contract, custodian):
    rows = propose_all(contract)
    batch = confirm_batch(contract, findings=[row.pk for row in rows], by=custodian)
    assert set(ClauseFinding.objects.values_list("batch", "decision")) == {(batch, "confirmed")}
    entry = Entry.objects.get(act="findings-confirmed-together")
    assert (entry.facts["batch"], len(entry.facts["requirements"])) == (str(batch), 13)
    assert conformity(contract) == "conforming"


def test_a_batch_with_an_unsure_term_is_refused_whole(contract, custodian):
    rows = [propose(contract, "ct-01"), propose(contract, "ct-02", sure=False)]
    with pytest.raises(Conflict):
        confirm_batch(contract, findings=[row.pk for row in rows], by=custodian)
    assert not ClauseFinding.objects.exclude(decision="").exists()


def test_a_batch_of_another_contract_is_refused(contract, district, custodian):
    other = propose(a_contract(district, custodian, product="MathPath"), "ct-01")
    with pytest.raises(Conflict):
        confirm_batch(contract, findings=[other.pk], by=custodian)


def test_overriding_falls_short_needs_a_typed_reason(contract, custodian):
    row = propose(contract, "ct-06", "deficient")
    with pytest.raises(ValidationError) as refused:
        correct_finding(row, verdict="met", by=custodian)
    assert list(refused.value.error_dict) == ["reason"]
    correct_finding(row, verdict="met", reason="Exhibit C sets 24 hours.", by=custodian)
    row.refresh_from_db()
    assert (row.decision, row.decided_verdict, row.reason) == ("corrected", "met", "Exhibit C sets 24 hours.")
    assert Entry.objects.get(act="finding-corrected").reason == "Exhibit C sets 24 hours."


@pytest.mark.obligation("L-2")
def test_rejecting_a_term_asks_which_way_it_fails(contract, custodian):
    row = propose(contract, "ct-09")
    with pytest.raises(ValidationError) as refused:
        correct_finding(row, verdict="deficient", by=custodian)
    assert list(refused.value.error_dict) == ["shortfall"]
    correct_finding(row, verdict="deficient", shortfall="conflicts", by=custodian)
    row.refresh_from_db()
    assert (row.decided_verdict, row.shortfall) == ("deficient", "conflicts")
    assert conformity(contract) == "short"


def test_absent_does_not_fit_a_term_that_falls_short(contract, custodian):
    with pytest.raises(ValidationError) as refused:
        correct_finding(propose(contract, "ct-09"), verdict="deficient", shortfall="absent", by=custodian)
    assert list(refused.value.error_dict) == ["shortfall"]


def test_not_applicable_is_only_for_terms_whose_pack_allows_it(contract, custodian):
    with pytest.raises(ValidationError) as refused:
        mark_not_applicable(propose(contract, "ct-01"), reason="No need", by=custodian)
    assert list(refused.value.error_dict) == ["decision"]
    two = propose(contract, "ct-02")
    with pytest.raises(ValidationError) as refused:
        mark_not_applicable(two, reason=" ", by=custodian)
    assert list(refused.value.error_dict) == ["reason"]
    mark_not_applicable(two, reason="Students make nothing in it.", by=custodian)
    two.refresh_from_db()
    assert two.decision == "not_applicable"


def test_the_contract_is_in_order_only_when_every_term_is_decided_and_met(contract, custodian):
    rows = propose_all(contract, short={"ct-13": "missing"})
    confirm_batch(contract, findings=[row.pk for row in rows[:12]], by=custodian)
    assert conformity(contract) == "unread"
    correct_finding(rows[12], verdict="missing", shortfall="absent", by=custodian)
    assert conformity(contract) == "short"


def test_a_person_may_decide_again_and_the_record_keeps_both(contract, custodian):
    row = propose(contract, "ct-01")
    correct_finding(row, verdict="deficient", shortfall="falls_short", by=custodian)
    correct_finding(row, verdict="met", by=custodian)
    row.refresh_from_db()
    assert (row.decided_verdict, row.shortfall) == ("met", "")
    assert Entry.objects.filter(act="finding-corrected").count() == 2


def test_a_decision_stays_when_the_computer_says_the_same_again(contract, custodian):
    paper = with_paper(contract, custodian)
    row = propose(contract, "ct-01")
    confirm_finding(row, by=custodian)
    same = proposal(paper, row.quotes)
    assert save_proposals(contract, [same]) == []
    row.refresh_from_db()
    assert row.decision == "confirmed"


def test_a_decision_is_open_again_when_the_computer_finds_other_words(contract, custodian):
    paper = with_paper(contract, custodian)
    row = propose(contract, "ct-01")
    confirm_finding(row, by=custodian)
    other = proposal(paper, [{"document": 2, "page": 1, "text": "other words", "boxes": []}])
    assert save_proposals(contract, [other]) == [f"{CT} ct-01"]
    row.refresh_from_db()
    assert (row.decision, row.decided_by) == ("", None)


def proposal(paper, quotes):
    return Proposal(CT, "ct-01", 0, "met", True, quotes, "", "reading-1 1", paper)


def test_words_on_another_page_must_stand_there(district, custodian):
    contract = a_read_contract(district, custodian)
    row = contract.findings.get(requirement="ct-09")
    with pytest.raises(ValidationError) as refused:
        correct_finding(row, verdict="met", quotes=[{"page": 1, "text": "The moon governs"}], by=custodian)
    assert list(refused.value.error_dict) == ["text"]
    with pytest.raises(ValidationError) as refused:
        correct_finding(row, verdict="met", quotes=[{"page": 9, "text": "The laws"}], by=custodian)
    assert list(refused.value.error_dict) == ["page"]
    words = "The laws of the State of Connecticut govern"
    page = next(
        p.number for p in contract.case.pages.all() if "laws of the State" in " ".join(p.text.split())
    )
    correct_finding(row, verdict="met", quotes=[{"page": page, "text": words}], by=custodian)
    row.refresh_from_db()
    assert row.passages[0]["text"] == words
    assert row.passages[0]["boxes"]


@pytest.mark.parametrize("role", ["viewer"])
def test_a_viewer_may_not_decide(contract, district, role):
    with pytest.raises(PermissionDenied):
        confirm_finding(propose(contract, "ct-01"), by=member(district, role))


def test_a_custodian_of_another_district_may_not_decide(contract):
    stranger = member(DistrictFactory())
    row = propose(contract, "ct-01")
    with pytest.raises(PermissionDenied):
        confirm_finding(row, by=stranger)
    assert list(ClauseFinding.objects.for_user(stranger)) == []
