"""The district, a custodian who follows the Connecticut policy, and a contract: how most tests here begin."""

from __future__ import annotations

import pytest

from tests.contracts.making import a_contract, adopt
from tests.factories import DistrictFactory, member


@pytest.fixture
def district(db):
    return DistrictFactory()


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


@pytest.fixture
def contract(district, custodian):
    return a_contract(district, custodian)
