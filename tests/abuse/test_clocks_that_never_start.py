"""Ways in which a clock that the law starts might never start, or stop by the wrong person's word."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from contracts.execution import execute_contract
from contracts.intake import change_terms
from contracts.models import Scope
from contracts.vendor import receive_from_vendor
from notices.issue import approve_notice
from notices.models import Notice
from parties.models import Role
from policy.models import Obligation
from tests.breaches.factories import make_breach, make_district, superintendent, write
from tests.contracts.making import a_contract, adopt, pdf, terms, with_paper
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, VendorMemberFactory, member

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def room(travel):
    travel(TODAY)
    district = DistrictFactory()
    custodian = member(district, role=Role.CUSTODIAN)
    adopt(district, custodian)
    return district, custodian


def signed(district, custodian, **changes):
    contract = a_contract(district, custodian, **changes)
    paper = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    contract.refresh_from_db()
    return contract


def notices_owed(contract):
    return Obligation.objects.filter(case=contract.case, rule="contract-notice")


def test_a_contract_first_said_to_be_out_of_scope_owes_its_notice_once_that_is_corrected(room):
    district, custodian = room
    contract = signed(district, custodian, scope=Scope.GENERAL_AUDIENCE, scope_reason="Everybody may use it.")
    assert not notices_owed(contract).exists()
    change_terms(contract, terms=terms(district), by=custodian)
    duty = notices_owed(contract).get()
    assert duty.triggered_at == datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
    assert Notice.objects.filter(case=contract.case).count() == 1
    change_terms(contract, terms=terms(district, purpose="Practice in reading and writing"), by=custodian)
    assert notices_owed(contract).count() == 1, "owed once"


def test_a_vendors_amendment_is_not_executed_before_a_person_says_what_it_changes(room, client):
    district, custodian = room
    contract = signed(district, custodian)
    speaker = VendorMemberFactory(vendor=contract.vendor_file.vendor).user
    longer = pdf(agreement_pdf() + b"\n% a longer term\n%%EOF\n", name="addendum.pdf")
    paper = receive_from_vendor(contract, upload=longer, by=speaker)
    with pytest.raises(ValidationError) as refusal:
        execute_contract(contract, executed_on=date(2026, 11, 18), by=custodian, instrument=paper)
    assert "changes" in refusal.value.message_dict
    client.force_login(custodian)
    where = reverse("contract:execute", args=[district.slug, contract.case.number])
    said = {"executed_on": "2026-11-18", "instrument": paper.pk}
    assert client.post(where, said).status_code == 422
    assert client.post(where, {**said, "changes": ["data", "term"]}).status_code == 302
    paper.refresh_from_db()
    assert paper.changes == ["data", "term"]
    assert notices_owed(contract).filter(trigger="amended").exists()


def test_an_amendment_said_to_change_nothing_raises_no_notice(room):
    district, custodian = room
    contract = signed(district, custodian)
    speaker = VendorMemberFactory(vendor=contract.vendor_file.vendor).user
    other = pdf(agreement_pdf() + b"\n% the missing terms\n%%EOF\n", name="addendum.pdf")
    paper = receive_from_vendor(contract, upload=other, by=speaker)
    execute_contract(contract, executed_on=date(2026, 11, 18), by=custodian, instrument=paper, changes=[])
    assert notices_owed(contract).count() == 1


def test_whoever_wrote_words_of_a_breach_notice_does_not_approve_it(travel):
    travel(TODAY)
    district = make_district()
    first, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=first)
    write(breach, by=first)
    write(breach, by=second, what_happened="Nothing much. There is no need to worry.")
    notice = Notice.objects.get(case=breach.case)
    for author in (first, second):
        with pytest.raises(ValidationError):
            approve_notice(notice, by=author)
    head = superintendent(district)
    assert approve_notice(notice, by=head).status == "approved"
    # What a second person has approved is read: now only the words written since count.
    write(breach, by=second, what_happened="A password was stolen. There is no need to worry.")
    with pytest.raises(ValidationError):
        approve_notice(notice, by=second)
    assert approve_notice(notice, by=first).status == "approved"
