"""The notice to amend leaves by e-mail; the vendor answers in its portal; a bounce is no notice."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from contracts.asking import decide_delivery, letter_of, recipients_of, send_notice_to_amend
from contracts.cure import begin_cure, give_notice_to_amend
from contracts.execution import execute_contract
from contracts.letters import suggested_wording
from contracts.models import CurePeriod
from contracts.review import confirm_batch, correct_finding
from contracts.vendor import answer_request
from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.packets import sections_of
from mail import outbox
from mail.models import Delivery, Message
from policy.models import Deadline, Obligation
from policy.sweep import sweep
from tests.contracts.making import CT, a_contract, propose_all, with_paper
from tests.factories import DistrictFactory, VendorMemberFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.obligation("L-3", "L-4")]
NOV_18 = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


@pytest.fixture
def district():
    return DistrictFactory(slug="northfield", name="Northfield Public Schools")


@pytest.fixture
def written(district, custodian, travel) -> CurePeriod:
    """Executed on 16 November without severability; somebody has written what the vendor is asked."""
    travel(NOV_18)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    rows = propose_all(contract, short={"ct-10": "missing"})
    confirm_batch(contract, findings=[row.pk for row in rows if row.verdict == "met"], by=custodian)
    correct_finding(rows[9], verdict="missing", shortfall="absent", by=custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    contract.refresh_from_db()
    return begin_cure(contract, findings=[rows[9].pk], words="Dear vendor, please amend.", by=custodian)


@pytest.fixture
def speaker(written):
    return VendorMemberFactory(vendor=written.contract.vendor, user__email="legal@lumen.example").user


@pytest.fixture
def sent(written, speaker, custodian):
    send_notice_to_amend(written, by=custodian)
    written.refresh_from_db()
    return written


def asking() -> Obligation:
    return Obligation.objects.get(trigger="deficiency_recorded")


def page_of(cure, name="contract"):
    return reverse(f"vendor:{name}", args=["northfield", cure.contract.case.number])


def test_the_letter_names_the_terms_suggests_words_and_gives_the_time_with_its_citation(written):
    letter = letter_of(written)
    assert "Dear vendor, please amend." in letter.plain
    assert "CT-10. " in letter.plain
    assert suggested_wording(CT, "ct-10") in letter.plain
    # 18 November is day 0; the thirtieth calendar day is 18 December.
    assert (
        "If you get this on November 18, 2026, please amend the contract by the end of December 18, 2026."
        in (letter.plain)
    )
    assert "Policy 3520.13, paragraph on void contracts" in letter.plain
    assert page_of(written) in letter.plain
    assert not Obligation.objects.filter(rule="cure").exists()


def test_a_term_that_the_persons_words_name_is_not_said_twice(written):
    written.words = "Please add CT-10, severability."
    assert letter_of(written).plain.count("CT-10") == 1


def test_it_reaches_the_vendors_people_and_the_address_on_its_file_once_each(sent):
    told = set(Delivery.objects.filter(message=sent.message).values_list("address", flat=True))
    assert told == {"legal@lumen.example"}
    sent.contract.vendor_file.contact_email = "Legal@lumen.example"
    assert len(recipients_of(sent.contract.vendor_file)) == 1
    sent.contract.vendor_file.contact_email = "office@lumen.example"
    assert [each.address for each in recipients_of(sent.contract.vendor_file)] == [
        "legal@lumen.example",
        "office@lumen.example",
    ]


def test_it_leaves_through_the_relay_and_settles_the_duty_to_ask(sent, relay):
    assert asking().status == "open"
    assert relay.accepted == []
    outbox.turn()
    (left,) = relay.accepted
    mail = message_from_bytes((relay.folder / left["file"]).read_bytes(), policy=policy.default)
    assert (
        mail["Subject"] == f"Northfield Public Schools asks you to amend contract {sent.contract.case.number}"
    )
    assert "CT-10" in mail.get_body(("plain",)).get_content()
    sweep()
    assert asking().status == "settled"
    assert not Obligation.objects.filter(rule="cure").exists()


def test_a_vendor_without_an_address_is_not_written_to_and_nothing_is_half_saved(written, custodian):
    with pytest.raises(ValidationError, match="no e-mail address"):
        send_notice_to_amend(written, by=custodian)
    written.refresh_from_db()
    assert (written.status, written.sent_at) == ("draft", None)
    assert not Message.objects.filter(kind="notice-to-amend").exists()


def test_it_is_sent_once(sent, custodian):
    with pytest.raises(Conflict):
        send_notice_to_amend(sent, by=custodian)
    with pytest.raises(Conflict):
        give_notice_to_amend(sent, by=custodian)
    assert Message.objects.filter(kind="notice-to-amend").count() == 1


def test_a_viewer_and_another_districts_custodian_send_nothing(written, speaker, district):
    for person in (member(district, "viewer"), member(DistrictFactory()), speaker):
        with pytest.raises(PermissionDenied):
            send_notice_to_amend(written, by=person)


def test_handed_over_or_bounced_starts_no_clock_and_the_contract_shows_it(sent, custodian, client):
    Delivery.objects.filter(message=sent.message).update(
        status="sent", sent_at=engine_now(), bounced_at=engine_now()
    )
    sweep()
    assert not Obligation.objects.filter(rule="cure").exists()
    client.force_login(custodian)
    where = ["northfield", sent.contract.case.number]
    assert "Came back: this is no notice" in client.get(reverse("contract:cure", args=where)).text
    assert "e-mail came back" in client.get(reverse("contract:detail", args=where)).text


def test_the_vendors_word_that_it_has_the_letter_starts_its_time(sent, speaker, travel):
    travel(datetime(2026, 11, 20, 14, 30, tzinfo=UTC))
    office = Client()
    office.force_login(speaker)
    assert "Dear vendor, please amend." in office.get(page_of(sent)).text
    assert office.post(page_of(sent, "answer"), {"words": ""}).status_code == 302
    sent.refresh_from_db()
    assert (sent.status, sent.answer) == ("running", "")
    assert sent.proof.kind == "evidence"
    assert speaker.email not in sent.proof.file.read().decode()
    clock = Deadline.objects.get(obligation__rule="cure")
    # 20 November is day 0, the thirtieth calendar day is 20 December; exclusive: 21 December 0:00 EST.
    assert clock.due_at == datetime(2026, 12, 21, 5, 0, tzinfo=UTC)
    assert clock.obligation.vendor == sent.contract.vendor
    assert asking().status == "settled"
    assert "Dec 20" in office.get(page_of(sent)).text


def test_the_vendors_answer_is_a_duty_of_the_custodian_and_stands_in_the_packet(sent, speaker):
    answer_request(sent, words="We will sign the addendum on Monday.", by=speaker)
    duty = Obligation.objects.get(case=sent.contract.case, rule="answer-vendor")
    assert (duty.status, duty.owed_by) == ("open", "district")
    section = next(
        each for each in sections_of(sent.contract.case) if each.heading.startswith("Request to amend")
    )
    assert ("The vendor's answer", "We will sign the addendum on Monday.") in section.rows
    with pytest.raises(Conflict):
        answer_request(sent, words="And one thing more.", by=speaker)


def test_another_vendor_and_the_district_do_not_answer_for_it(sent, custodian):
    stranger = VendorMemberFactory().user
    for person in (stranger, custodian):
        office = Client()
        office.force_login(person)
        assert office.post(page_of(sent, "answer"), {"words": "Yes"}).status_code == 404
        with pytest.raises(PermissionDenied):
            answer_request(sent, words="Yes", by=person)
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_the_buttons_of_the_page_send_it(written, speaker, custodian, client):
    client.force_login(custodian)
    where = ["northfield", written.contract.case.number]
    assert "E-mail it to the vendor now" in client.get(reverse("contract:cure", args=where)).text
    client.post(reverse("contract:cure_send", args=where))
    written.refresh_from_db()
    assert written.status == "sent"
    assert written.message.deliveries.get().status == "pending"
    assert "legal@lumen.example" in client.get(reverse("contract:cure", args=where)).text


def test_the_letter_holds_nothing_about_a_person_of_the_schools(written, custodian):
    letter = letter_of(written)
    assert custodian.email not in letter.plain
    assert custodian.name not in letter.plain


def test_a_request_that_runs_wants_words_in_an_answer(sent, speaker):
    answer_request(sent, words="", by=speaker)
    with pytest.raises(ValidationError) as refused:
        answer_request(sent, words=" ", by=speaker)
    assert list(refused.value.error_dict) == ["words"]


def test_an_email_of_which_nobody_can_be_sure_is_a_persons_to_decide_once(sent, custodian, client, relay):
    row = Delivery.objects.get(message=sent.message)
    Delivery.objects.filter(pk=row.pk).update(
        status="uncertain", began_data_at=engine_now() - timedelta(hours=1), next_attempt_at=None
    )
    client.force_login(custodian)
    where = ["northfield", sent.contract.case.number]
    assert (
        "Nobody knows whether legal@lumen.example got it"
        in client.get(reverse("contract:cure", args=where)).text
    )
    decide = reverse("contract:cure_decide", args=[*where, row.pk])
    client.post(decide, {"arrived": "no", "decide-reason": ""})
    assert Delivery.objects.get(pk=row.pk).status == "uncertain"
    client.post(decide, {"arrived": "no", "decide-reason": "Their office has nothing"})
    outbox.turn()
    assert len(relay.accepted) == 1
    with pytest.raises(Conflict):
        decide_delivery(sent, delivery=row.pk, arrived=False, reason="Again", by=custodian)
