"""What a vendor's own people see and may do."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Contract, CurePeriod
from contracts.review import correct_finding
from contracts.vendor import receive_from_vendor
from ledger.clock import engine_now
from ledger.models import Entry, Job
from policy.models import Obligation
from tests.contracts.making import a_contract, pdf, propose, with_paper
from tests.contracts.papers import amendment_pdf
from tests.factories import DistrictFactory, VendorMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return DistrictFactory(slug="northfield")


@pytest.fixture
def speaker(contract):
    return VendorMemberFactory(vendor=contract.vendor).user


@pytest.fixture
def office(client, speaker):
    client.force_login(speaker)
    return client


def page_of(contract):
    return reverse("vendor:contract", args=[contract.district.slug, contract.case.number])


def test_a_vendor_sees_its_own_contracts_and_no_others(office, contract, district, custodian):
    other = a_contract(district, custodian, product="MathPath", vendor="MathPath, Inc.")
    home = office.get(reverse("vendor:home"))
    assert list(home.context["contracts"]) == [contract]
    assert "MathPath" not in home.text
    assert office.get(page_of(contract)).status_code == 200
    assert office.get(page_of(other)).status_code == 404


def test_the_vendors_list_is_paged_and_asks_the_database_no_more_for_a_longer_one(
    office, contract, district, custodian, django_assert_num_queries
):
    office.get(reverse("vendor:home"))
    with CaptureQueriesContext(connection) as few:
        office.get(reverse("vendor:home"))
    for number in range(25):
        other = a_contract(district, custodian, product=f"Math {number}")
        CurePeriod.objects.create(
            district=district, contract=other, words="Amend.", status="sent", begun_at=engine_now(),
            begun_by=custodian,
        )  # fmt: skip
    with django_assert_num_queries(len(few)):
        home = office.get(reverse("vendor:home"))
    assert (len(home.context["contracts"]), len(home.context["asked"])) == (25, 25)
    assert list(office.get(reverse("vendor:home"), {"page": 2}).context["contracts"]) == [contract]


def test_a_vendor_does_not_see_the_districts_pages(office, contract, district, custodian):
    document = with_paper(contract, custodian).document
    assert office.get(contract.get_absolute_url()).status_code == 404
    where = [district.slug, contract.case.number, document.uuid]
    assert office.get(reverse("contract:download", args=where)).status_code == 404
    assert office.get(f"/api/v1/contracts/{contract.pk}/").status_code == 404
    assert list(Contract.objects.for_user(contract.vendor.members.get().user)) == []


def test_a_signed_contract_arrives_is_read_and_the_custodian_is_told(office, contract, speaker):
    answer = office.post(page_of(contract), {"upload": pdf()})
    assert answer.status_code == 302
    paper = contract.instruments.get()
    assert (paper.kind, paper.document.received_from) == ("original", speaker)
    assert Job.objects.get(kind="reading").document == paper.document
    assert Obligation.objects.get(case=contract.case).rule == "answer-vendor"
    assert Entry.objects.get(act="vendor-sent-contract").by == speaker


def test_to_an_executed_contract_the_vendor_adds_an_amendment(office, contract, custodian):
    paper = with_paper(contract, custodian)
    paper.executed_on = "2026-11-16"
    paper.save()
    office.post(page_of(contract), {"upload": pdf(amendment_pdf("severability"))})
    assert [each.kind for each in contract.instruments.all()] == ["original", "amendment"]


def test_the_vendor_sees_which_terms_were_not_found(office, contract, custodian):
    row = propose(contract, "ct-10", "missing")
    propose(contract, "ct-01")
    correct_finding(row, verdict="missing", shortfall="absent", by=custodian)
    page = office.get(page_of(contract))
    assert [each.requirement.id for each in page.context["not_found"]] == ["ct-10"]


def test_a_bad_file_is_refused_beside_its_field(office, contract):
    answer = office.post(page_of(contract), {"upload": pdf(b"<html></html>")})
    assert answer.status_code == 422
    assert "upload" in answer.context["form"].errors
    assert contract.instruments.count() == 0


def test_another_vendors_person_may_send_nothing(contract):
    stranger = VendorMemberFactory().user
    with pytest.raises(PermissionDenied):
        receive_from_vendor(contract, upload=pdf(), by=stranger)
