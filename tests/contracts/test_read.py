"""From a PDF that was not set for the reader to proposals in the database."""

from datetime import UTC, date, datetime

import pytest

from contracts.checklist import checklist
from contracts.execution import execute_contract
from contracts.models import ClauseFinding, Page
from contracts.packet import findings_of_contract
from contracts.read import ask_reading
from contracts.review import confirm_batch, confirm_finding, correct_finding
from ledger.entries import record
from ledger.jobs import run_waiting_jobs
from ledger.models import Entry, Job
from policy.models import Obligation
from tests.contracts.making import CT, NE, a_contract, a_read_contract, adopt, with_paper
from tests.contracts.papers import agreement_docx, agreement_pdf, amendment_pdf
from tests.factories import member

pytestmark = pytest.mark.django_db


def verdicts(contract):
    return dict(contract.findings.values_list("requirement", "verdict"))


def test_a_two_column_contract_gives_a_proposal_for_every_term(district, custodian):
    contract = a_read_contract(district, custodian)
    found = verdicts(contract)
    assert len(found) == 13
    assert [name for name, verdict in found.items() if verdict != "met"] == []
    assert not contract.findings.exclude(decision="").exists()
    assert contract.conformity == "unread"


def test_each_quote_stands_on_its_page_with_boxes(district, custodian):
    contract = a_read_contract(district, custodian)
    law = contract.findings.get(requirement="ct-09")
    quote = law.quotes[0]
    page = Page.objects.get(document=quote["document"], number=quote["page"])
    assert "Connecticut" in quote["text"]
    assert "Connecticut" in page.text
    assert quote["boxes"]
    assert all(0 <= x < page.width and 0 <= y < page.height for x, y, _w, _h in quote["boxes"])


def test_another_states_law_and_three_days_fall_short(district, custodian):
    content = agreement_pdf(hours="seventy-two (72)", law="Delaware")
    found = verdicts(a_read_contract(district, custodian, content))
    assert (found["ct-06"], found["ct-09"]) == ("deficient", "deficient")


def test_a_term_that_was_left_out_is_not_found(district, custodian):
    content = agreement_pdf(without=("severability", "review"))
    found = verdicts(a_read_contract(district, custodian, content))
    assert (found["ct-10"], found["ct-04"]) == ("missing", "missing")


def test_a_word_file_is_read_too(district, custodian):
    contract = a_contract(district, custodian)
    from tests.contracts.making import pdf

    with_paper(contract, custodian, upload=pdf(agreement_docx(), "contract.docx"))
    run_waiting_jobs()
    assert len(verdicts(contract)) == 13


def test_an_amendment_supplies_what_the_contract_lacks(district, custodian):
    contract = a_read_contract(district, custodian, agreement_pdf(without=("severability",)))
    assert verdicts(contract)["ct-10"] == "missing"
    paper = with_paper(contract, custodian, amendment_pdf("severability"), kind="amendment")
    run_waiting_jobs()
    row = contract.findings.get(requirement="ct-10")
    assert (row.verdict, row.instrument) == ("met", paper)
    assert verdicts(contract)["ct-01"] == "met"


def test_what_nobody_signed_is_a_promise_until_it_is_executed(district, custodian, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    contract = a_read_contract(district, custodian, agreement_pdf(without=("severability",)))
    confirm_batch(
        contract, findings=contract.findings.proposed_met().values_list("pk", flat=True), by=custodian
    )
    for row in contract.findings.undecided():
        kind = {"met": "", "missing": "absent", "deficient": "falls_short"}[row.verdict]
        correct_finding(row, verdict=row.verdict, shortfall=kind, by=custodian)
    execute_contract(
        contract, executed_on=date(2026, 11, 16), by=custodian, instrument=contract.instruments.get()
    )
    paper = with_paper(contract, custodian, amendment_pdf("severability"), kind="amendment")
    run_waiting_jobs()
    confirm_finding(contract.findings.get(requirement="ct-10"), by=custodian)
    contract.refresh_from_db()
    assert contract.conformity == "short"
    assert [row.requirement.id for row in checklist(contract) if row.promised] == ["ct-10"]

    execute_contract(contract, executed_on=date(2026, 11, 17), by=custodian, instrument=paper)
    run_waiting_jobs()
    contract.refresh_from_db()
    assert contract.conformity == "conforming"
    assert not any(row.promised for row in checklist(contract))


def test_an_unsigned_paper_changes_nothing_that_was_signed(district, custodian, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    contract = a_read_contract(district, custodian)
    original = contract.instruments.get()
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=original)
    worse = agreement_pdf(hours="seventy-two (72)")
    with_paper(contract, custodian, worse, kind="amendment")
    run_waiting_jobs()
    row = contract.findings.get(requirement="ct-06")
    assert (row.verdict, row.instrument) == ("met", original)


def test_what_a_later_paper_deletes_is_no_term_any_more(district, custodian, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    contract = a_read_contract(district, custodian)
    original = contract.instruments.get()
    execute_contract(contract, executed_on=date(2026, 11, 2), by=custodian, instrument=original)
    assert (verdicts(contract)["ct-08"], verdicts(contract)["ct-11"]) == ("met", "met")
    changes = "Section 8 (Federal law) is deleted in its entirety."
    paper = with_paper(contract, custodian, amendment_pdf("price", changes=changes), kind="amendment")
    run_waiting_jobs()
    assert verdicts(contract)["ct-08"] == "met"

    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    run_waiting_jobs()
    assert (verdicts(contract)["ct-08"], verdicts(contract)["ct-11"]) == ("missing", "met")


def test_words_that_a_later_paper_changes_are_read_as_changed_and_never_sure(district, custodian, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    contract = a_read_contract(district, custodian, agreement_pdf(hours="seventy-two (72)"))
    assert verdicts(contract)["ct-06"] == "deficient"
    changes = 'In Section 6, "seventy-two (72) hours" is replaced by "forty-eight (48) hours".'
    paper = with_paper(contract, custodian, amendment_pdf("price", changes=changes), kind="amendment")
    run_waiting_jobs()
    row = contract.findings.get(requirement="ct-06")
    assert (row.verdict, row.sure, row.instrument) == ("met", False, contract.instruments.first())
    assert row.why.endswith("(its words are changed by a later paper)")
    assert (row.quotes[-1]["document"], row.quotes[-1]["text"]) == (paper.document_id, changes)
    section = next(iter(findings_of_contract(contract.case)))
    words = next(cells[3] for cells in section.rows if cells[0] == "CT-6")
    assert words.endswith(f"“{changes}” (page 1, An amendment or addendum)")


def test_papers_amend_each_other_in_the_order_they_were_signed(district, custodian, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    contract = a_read_contract(district, custodian)
    execute_contract(
        contract, executed_on=date(2026, 11, 2), by=custodian, instrument=contract.instruments.get()
    )
    newer = with_paper(contract, custodian, amendment_pdf("law"), kind="amendment")
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=newer)
    found_late = with_paper(contract, custodian, agreement_pdf(law="Delaware"), kind="amendment")
    execute_contract(contract, executed_on=date(2026, 11, 9), by=custodian, instrument=found_late)
    run_waiting_jobs()
    row = contract.findings.get(requirement="ct-09")
    assert (row.verdict, row.instrument) == ("met", newer)


def test_two_packs_are_judged_apart(district):
    custodian = member(district)
    adopt(district, custodian, CT, NE)
    contract = a_read_contract(district, custodian)
    assert {row.pack for row in contract.findings.all()} == {CT, NE}
    assert contract.findings.count() == 13 + 18


def test_reading_again_ends_in_the_same_rows(district, custodian):
    contract = a_read_contract(district, custodian)
    before = list(ClauseFinding.objects.values_list("pk", "requirement", "verdict", "quotes"))
    pages = Page.objects.count()
    ask_reading(contract.instruments.get(), by=custodian)
    run_waiting_jobs()
    assert list(Job.objects.values_list("kind", "status")) == [("reading", "done")] * 2
    assert list(ClauseFinding.objects.values_list("pk", "requirement", "verdict", "quotes")) == before
    assert Page.objects.count() == pages
    assert Obligation.objects.filter(case=contract.case, kind="review").count() == 1


def test_reading_leaves_a_duty_to_check_the_terms(district, custodian):
    contract = a_read_contract(district, custodian)
    assert contract.case.obligations.get().rule == "review-reading"
    assert Entry.objects.get(act="instrument-read").facts["found"] == 13


def test_facts_are_proposals_with_their_page_and_save_nothing(district, custodian):
    contract = a_contract(district, custodian, starts_on=None, ends_on=None)
    paper = with_paper(contract, custodian)
    run_waiting_jobs()
    paper.refresh_from_db()
    contract.refresh_from_db()
    assert {"vendor", "governing_law", "breach_hours"} <= {fact["name"] for fact in paper.proposed}
    assert all(fact["page"] for fact in paper.proposed)
    assert (contract.ends_on, contract.executed_on) == (None, None)


def test_a_contract_outside_the_policy_has_no_checklist(district, custodian):
    contract = a_read_contract(
        district, custodian, scope="general_audience", scope_reason="A public encyclopedia", elements=["none"]
    )
    assert contract.findings.count() == 0
    assert Page.objects.filter(case=contract.case).exists()


def test_a_picture_that_is_no_pdf_ends_the_job_with_a_sentence(district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    paper.document.file.storage.delete(paper.document.file.name)
    from django.core.files.base import ContentFile

    broken = b"%PDF-1.7\nnothing to see\n%%EOF"
    paper.document.file.storage.save(paper.document.file.name, ContentFile(broken))
    record("test", by=None, case=contract.case)
    run_waiting_jobs()
    job = Job.objects.get(kind="reading")
    assert job.status in ("failed", "waiting")
    assert contract.findings.count() == 0
