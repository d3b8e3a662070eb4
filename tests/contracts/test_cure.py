from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.cure import (
    begin_cure,
    declare_void,
    give_notice_to_amend,
    record_delivery,
    withdraw_cure,
)
from contracts.execution import execute_contract
from contracts.exit import end_contract, exit_duties, record_certificate, record_return
from contracts.letters import request_to_amend, suggested_wording
from contracts.review import confirm_batch, correct_finding
from ledger.entries import Conflict
from ledger.models import Entry
from policy.models import Deadline, Obligation
from tests.contracts.making import CT, NE, a_contract, adopt, propose_all, with_paper
from tests.factories import member

pytestmark = pytest.mark.django_db
NOV_18 = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def letter(name="receipt.txt", words=b"Delivered to P. Lind on 20 November"):
    return SimpleUploadedFile(name, words)


@pytest.fixture
def counsel(district):
    return member(district, "counsel")


@pytest.fixture
def short(district, custodian, travel):
    """Executed on 16 November, and somebody found that severability and the 60 days are missing."""
    travel(NOV_18)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    rows = propose_all(contract, short={"ct-10": "missing", "ct-13": "missing"})
    confirm_batch(contract, findings=[row.pk for row in rows if row.verdict == "met"], by=custodian)
    for row in (rows[9], rows[12]):
        correct_finding(row, verdict="missing", shortfall="absent", by=custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    contract.refresh_from_db()
    return contract


@pytest.fixture
def asked(short, custodian):
    missing = list(short.findings.filter(requirement__in=("ct-10", "ct-13")).values_list("pk", flat=True))
    cure = begin_cure(short, findings=missing, words="Please add these terms.", by=custodian)
    return give_notice_to_amend(cure, by=custodian)


def state(contract):
    contract.refresh_from_db()
    return contract.status, contract.conformity


@pytest.mark.obligation("L-3")
def test_asking_settles_the_duty_to_ask_and_starts_no_clock_yet(short, asked):
    assert Obligation.objects.get(rule="cure-notice").status == "settled"
    assert not Obligation.objects.filter(rule="cure").exists()
    assert state(short) == ("executed", "in_cure")


@pytest.mark.obligation("L-4")
def test_the_clock_starts_at_the_proven_delivery(asked, custodian, travel):
    travel(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    delivered = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    record_delivery(asked, delivered_at=delivered, proof=letter(), by=custodian)
    clock = Deadline.objects.get(obligation__rule="cure")
    # 20 November is day 0, the thirtieth calendar day is 20 December; exclusive: 21 December 0:00 EST.
    assert clock.due_at == datetime(2026, 12, 21, 5, 0, tzinfo=UTC)
    assert (clock.obligation.owed_by, clock.obligation.vendor) == ("vendor", asked.contract.vendor)


def test_a_delivery_to_come_or_before_the_sending_is_refused(asked, custodian):
    for when in (datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        with pytest.raises(ValidationError) as refused:
            record_delivery(asked, delivered_at=when, proof=letter(), by=custodian)
        assert list(refused.value.error_dict) == ["delivered_at"]
    assert not Obligation.objects.filter(rule="cure").exists()


def test_a_delivery_without_a_usable_proof_is_refused(asked, custodian):
    with pytest.raises(ValidationError) as refused:
        record_delivery(asked, delivered_at=NOV_18, proof=letter(words=b""), by=custodian)
    assert list(refused.value.error_dict) in (["file"], ["delivered_at"])
    assert not Obligation.objects.filter(rule="cure").exists()


@pytest.fixture
def running(asked, custodian, travel):
    travel(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    delivered = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    return record_delivery(asked, delivered_at=delivered, proof=letter(), by=custodian)


def test_void_is_refused_while_the_vendor_has_time(running, counsel):
    with pytest.raises(ValidationError, match="still has time"):
        declare_void(running, decision=letter("decision.txt"), reason="Nothing came", by=counsel)
    assert state(running.contract) == ("executed", "in_cure")


def test_void_is_refused_without_proof_of_the_notice(asked, counsel, travel):
    travel(datetime(2027, 3, 1, tzinfo=UTC))
    with pytest.raises(ValidationError, match="no proof"):
        declare_void(asked, decision=letter("decision.txt"), reason="Nothing came", by=counsel)


@pytest.mark.obligation("L-4")
def test_counsel_may_declare_it_void_when_the_time_has_passed_and_the_exit_begins(running, counsel, travel):
    travel(datetime(2026, 12, 21, 5, 0, 1, tzinfo=UTC))
    declare_void(running, decision=letter("decision.txt", b"Void."), reason="Nothing came", by=counsel)
    assert state(running.contract)[0] == "void"
    entry = Entry.objects.get(act="contract-void")
    assert (entry.by, entry.reason) == (counsel, "Nothing came")
    assert [duty.rule for duty in exit_duties(running.contract)] == ["destruction-certificate"]
    assert Obligation.objects.get(rule="cure").status == "settled"
    assert Deadline.objects.get(obligation__rule="cure").status == "missed"


@pytest.mark.parametrize("role", ["custodian", "administrator", "viewer"])
def test_nobody_but_counsel_or_the_superintendent_may_void(running, district, travel, role):
    travel(datetime(2026, 12, 22, tzinfo=UTC))
    with pytest.raises(PermissionDenied):
        declare_void(running, decision=letter("d.txt"), reason="Nothing came", by=member(district, role))


def test_a_term_that_does_not_void_cannot_void(short, custodian, counsel, travel):
    sixty = short.findings.get(requirement="ct-13")
    cure = begin_cure(short, findings=[sixty.pk], words="Please add it.", by=custodian)
    sent = give_notice_to_amend(cure, by=custodian)
    travel(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    delivered = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    running = record_delivery(sent, delivered_at=delivered, proof=letter(), by=custodian)
    travel(datetime(2027, 1, 4, tzinfo=UTC))
    with pytest.raises(ValidationError, match="makes a contract void"):
        declare_void(running, decision=letter("d.txt", b"Void."), reason="Nothing came", by=counsel)


def test_when_the_terms_come_the_cure_ends_and_its_duty_is_kept(running, custodian):
    for row in running.findings.all():
        correct_finding(
            row, verdict="met", quotes=(), reason="First amendment", by=custodian
        ) if row.quotes else None
    for row in running.contract.findings.filter(requirement__in=("ct-10", "ct-13")):
        row.quotes = [{"document": 1, "page": 1, "text": "If any provision", "boxes": []}]
        row.save()
        correct_finding(row, verdict="met", reason="First amendment", by=custodian)
    assert state(running.contract) == ("executed", "conforming")
    running.refresh_from_db()
    assert running.status == "amended"
    assert Obligation.objects.get(rule="cure").status == "settled"


def test_one_request_at_a_time(short, asked, custodian):
    row = short.findings.get(requirement="ct-10")
    with pytest.raises(Conflict):
        begin_cure(short, findings=[row.pk], words="Again", by=custodian)


def test_only_terms_that_a_person_found_short_are_asked_for(short, custodian):
    row = short.findings.get(requirement="ct-01")
    with pytest.raises(ValidationError) as refused:
        begin_cure(short, findings=[row.pk], words="Please", by=custodian)
    assert list(refused.value.error_dict) == ["findings"]


def test_a_withdrawn_request_leaves_the_contract_short_again(short, asked, custodian):
    with pytest.raises(ValidationError):
        withdraw_cure(asked, reason=" ", by=custodian)
    withdraw_cure(asked, reason="We misread the exhibit", by=custodian)
    assert state(short) == ("executed", "short")


def test_the_letter_names_the_terms_and_offers_words(short):
    row = short.findings.get(requirement="ct-10")
    words = request_to_amend(short, [row])
    assert "CT-10" in words
    assert suggested_wording(CT, "ct-10") in words
    assert suggested_wording(CT, "ct-10") != ""


@pytest.mark.obligation("L-16", "L-17")
def test_destruction_is_owed_only_after_the_data_came_back(district, travel):
    travel(datetime(2026, 12, 10, 15, 0, tzinfo=UTC))
    custodian = member(district)
    adopt(district, custodian, NE)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    end_contract(contract, ended_on=date(2026, 12, 1), disposal="return", reason="Too costly", by=custodian)
    first = exit_duties(contract)
    assert first
    assert {duty.vendor for duty in first if duty.owed_by == "vendor"} == {contract.vendor}
    record_return(contract, returned_on=date(2026, 12, 5), proof=letter(), by=custodian)
    (second,) = (duty for duty in exit_duties(contract) if duty.rule == "destruction-certificate")
    assert (second.owed_by, second.vendor) == ("vendor", contract.vendor)
    record_certificate(
        contract, signed_on=date(2026, 12, 8), signer="P. Lind", method="Wiped", by=custodian,
        upload=letter("certificate.txt", b"All known copies are destroyed."),
    )  # fmt: skip
    assert not [duty for duty in exit_duties(contract) if duty.kind == "certificate"]
    assert "P. Lind" not in str(Entry.objects.get(act="certificate-received").facts)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ended_on", {"ended_on": date(2026, 11, 30)}),
        ("ended_on", {"ended_on": date(2026, 11, 15)}),
        ("disposal", {"disposal": "keep"}),
        ("reason", {"reason": " "}),
    ],
)
def test_an_end_that_cannot_be_is_refused(short, custodian, field, changes):
    given = {"ended_on": date(2026, 11, 18), "disposal": "return", "reason": "Over", **changes}
    with pytest.raises(ValidationError) as refused:
        end_contract(short, by=custodian, **given)
    assert list(refused.value.error_dict) == [field]
    assert state(short)[0] == "executed"


@pytest.mark.obligation("L-4", "1f-2")
def test_no_one_person_puts_the_request_back_in_time_and_then_declares_the_contract_void(
    short, counsel, district, travel
):
    travel(datetime(2027, 6, 1, 15, 0, tzinfo=UTC))
    missing = [short.findings.get(requirement="ct-10").pk]
    cure = begin_cure(short, findings=missing, words="Please add it.", by=counsel)
    with pytest.raises(ValidationError, match="found that the terms are missing"):
        give_notice_to_amend(cure, sent_at=datetime(2026, 11, 18, 14, 59, tzinfo=UTC), by=counsel)
    give_notice_to_amend(cure, sent_at=datetime(2026, 11, 19, 15, 0, tzinfo=UTC), by=counsel)
    record_delivery(cure, delivered_at=datetime(2026, 11, 20, 15, 0, tzinfo=UTC), proof=letter(), by=counsel)
    with pytest.raises(ValidationError, match="second person"):
        declare_void(cure, decision=letter(), reason="Silence", by=counsel)
    declare_void(cure, decision=letter(), reason="Silence", by=member(district, "superintendent"))
    assert state(short)[0] == "void"
