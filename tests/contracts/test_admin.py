"""The admin shows contracts of one's own districts and changes nothing."""

import pytest
from django.urls import reverse

from contracts.models import Contract
from tests.contracts.making import a_contract, propose
from tests.factories import DistrictFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract():
    district = DistrictFactory()
    contract = a_contract(district, member(district), product="<script>alert(1)</script>")
    propose(contract, "ct-01")
    return contract


def keeper(client, district=None):
    person = member(district) if district else UserFactory()
    person.is_staff = person.is_superuser = True
    person.save()
    client.force_login(person)
    return client


def test_a_keeper_who_works_in_the_district_reads_and_can_change_nothing(client, contract):
    keeper(client, contract.district)
    listed = client.get(reverse("admin:contracts_contract_changelist"))
    assert listed.status_code == 200
    assert "&lt;script&gt;alert(1)" in listed.text
    assert "<script>alert(1)" not in listed.text
    one = reverse("admin:contracts_contract_change", args=[contract.pk])
    assert client.get(one).status_code == 200
    assert client.post(one, {"product": "Changed"}).status_code == 403
    assert client.get(reverse("admin:contracts_contract_add")).status_code == 403
    assert client.post(reverse("admin:contracts_contract_delete", args=[contract.pk])).status_code == 403
    assert Contract.objects.get().product == "<script>alert(1)</script>"


@pytest.mark.parametrize("model", ["vendorfile", "contract", "instrument", "clausefinding"])
def test_whoever_only_runs_the_installation_sees_no_districts_rows(client, contract, model):
    keeper(client)
    listed = client.get(reverse(f"admin:contracts_{model}_changelist"))
    assert listed.status_code == 200
    assert listed.context["cl"].result_count == 0


def test_people_who_are_no_staff_are_sent_away(client, contract):
    client.force_login(member(contract.district))
    assert client.get(reverse("admin:contracts_contract_changelist")).status_code == 302
