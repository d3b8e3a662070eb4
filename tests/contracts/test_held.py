"""A litigation hold on a contract: its vendor destroys nothing until the hold is released (domain 1f.11)."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.endings import start_exits
from contracts.execution import execute_contract
from contracts.exit import end_contract, exit_duties, record_certificate, record_return
from inquiries.answering import decide_inquiry, record_inquiry
from mail.models import Delivery, Message
from parties.models import Role
from records.holds import ask_release, place_hold, release_hold
from tests.contracts.making import NE, a_contract, adopt, with_paper
from tests.factories import DistrictFactory, VendorMemberFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.obligation("T-3", "T-4", "1f-11")]

BOTH = ["destruction-certificate", "tracking-removed"]


def text(words="Keep everything."):
    return SimpleUploadedFile("paper.txt", words.encode(), "text/plain")


@pytest.fixture
def district(travel):
    travel(datetime(2026, 12, 10, 15, 0, tzinfo=UTC))
    return DistrictFactory()


@pytest.fixture
def custodian(district):
    return member(district)


@pytest.fixture
def counsel(district):
    return member(district, Role.COUNSEL)


@pytest.fixture
def ended(district, custodian):
    """A contract under the Nebraska rule that ended on 1 December; the data came back on the 5th."""
    adopt(district, custodian, NE)
    contract = a_contract(district, custodian)
    VendorMemberFactory(vendor=contract.vendor, user__email="legal@lumen.example")
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    end_contract(contract, ended_on=date(2026, 12, 1), disposal="return", reason="Over", by=custodian)
    record_return(contract, returned_on=date(2026, 12, 5), proof=text(), by=custodian)
    return contract


def hold_on(contract, custodian, counsel):
    return place_hold(
        district=contract.district, title="Bus accident", ground="pending", scope="Everything",
        directed_by="District counsel", directive=text(), cases=[contract.case], tell=[custodian], by=counsel,
    )  # fmt: skip


def destruction(contract):
    return sorted(duty.rule for duty in exit_duties(contract) if duty.kind == "certificate")


def certify(contract, by):
    record_certificate(
        contract, signed_on=date(2026, 12, 8), signer="P. Lind", method="Wiped", upload=text(), by=by
    )


def test_what_the_vendor_owed_to_destroy_falls_away_and_its_certificate_is_refused(ended, custodian, counsel):
    assert destruction(ended) == BOTH
    hold_on(ended, custodian, counsel)
    assert destruction(ended) == []
    with pytest.raises(ValidationError, match="Nothing may be destroyed"):
        certify(ended, custodian)


def test_the_vendor_is_told_to_keep_everything(ended, custodian, counsel):
    hold_on(ended, custodian, counsel)
    letter = Message.objects.get(kind="preservation")
    assert Delivery.objects.get(message=letter).address == "legal@lumen.example"
    words = letter.texts.get().plain
    assert "Do not change, return or destroy anything" in words
    assert "Bus accident" not in words


def test_a_contract_that_ends_under_a_hold_owes_its_return_and_no_destruction(district, custodian, counsel):
    adopt(district, custodian, NE)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    hold_on(contract, custodian, counsel)
    end_contract(contract, ended_on=date(2026, 12, 1), disposal="return", reason="Over", by=custodian)
    assert exit_duties(contract)
    record_return(contract, returned_on=date(2026, 12, 5), proof=text(), by=custodian)
    assert destruction(contract) == []


def test_the_release_starts_the_time_to_destroy_again(ended, district, custodian, counsel, travel):
    hold = hold_on(ended, custodian, counsel)
    ask_release(hold, release=text("Released."), by=custodian)
    hold.refresh_from_db()
    travel(datetime(2027, 2, 1, 15, 0, tzinfo=UTC))
    release_hold(hold, by=member(district, Role.SUPERINTENDENT))
    assert destruction(ended) == BOTH
    for duty in exit_duties(ended):
        assert duty.triggered_at >= datetime(2027, 2, 1, 15, 0, tzinfo=UTC)
        assert duty.vendor == ended.vendor
    certify(ended, custodian)
    assert destruction(ended) == []


def test_one_of_two_holds_released_frees_nothing(ended, district, custodian, counsel):
    hold_on(ended, custodian, counsel)
    second = hold_on(ended, custodian, counsel)
    ask_release(second, release=text("Released."), by=custodian)
    second.refresh_from_db()
    release_hold(second, by=counsel)
    assert destruction(ended) == []


def test_a_deletion_at_the_vendor_is_refused_while_the_hold_is_in_force(ended, district, custodian, counsel):
    hold_on(ended, custodian, counsel)
    asked = record_inquiry(
        district=district, sort="deletion", asks="Delete my child's data", vendor=ended.vendor, by=custodian,
        received_at=datetime(2026, 12, 9, 15, 0, tzinfo=UTC), left_district_on=date(2026, 6, 1),
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        decide_inquiry(asked, granted=True, decision="Deleted", by=custodian)
    assert list(refused.value.error_dict) == ["granted"]
    decide_inquiry(asked, granted=False, decision="A hold is in force", by=custodian)


def test_a_certificate_that_came_before_the_hold_is_not_asked_for_again(ended, custodian, counsel):
    certify(ended, custodian)
    hold = ask_release(hold_on(ended, custodian, counsel), release=text("Released."), by=custodian)
    release_hold(hold, by=counsel)
    assert destruction(ended) == []


def test_a_term_that_ran_out_under_the_hold_owes_destruction_from_the_release(
    district, custodian, counsel, travel
):
    """Nobody recorded the end: the certificate counts from the release, not from the end of the term."""
    adopt(district, custodian)
    contract = a_contract(district, custodian, ends_on=date(2026, 12, 15))
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    hold = ask_release(hold_on(contract, custodian, counsel), release=text("Released."), by=custodian)
    travel(datetime(2027, 6, 1, 15, 0, tzinfo=UTC))
    start_exits()
    assert destruction(contract) == []
    release_hold(hold, by=counsel)
    start_exits()
    (owed,) = exit_duties(contract)
    assert (owed.rule, owed.triggered_at.date()) == ("destruction-certificate", date(2027, 6, 1))
    end_contract(contract, ended_on=date(2026, 12, 15), disposal="destroy", reason="Over", by=custodian)
    assert exit_duties(contract) == [owed]
