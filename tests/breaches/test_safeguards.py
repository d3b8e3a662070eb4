"""California BP 5125: records are guarded against loss and theft, and the district can show its controls."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from contracts.access import state_point
from ledger.documents import open_document
from ledger.models import Entry
from tests.breaches.contracts import make_contract
from tests.breaches.factories import CALIFORNIA, CT, make_district, make_vendor, paper
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.mark.obligation("B-13")
def test_the_list_of_controls_against_loss_theft_and_ai_is_stated_dated_and_kept_with_its_hash(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CALIFORNIA)
    by = member(district)
    contract = make_contract(district, make_vendor(district)[0])
    controls = paper("controls.txt", "1. No student data in AI tools. 2. Encrypted disks. 3. Backups.")
    stated = state_point(
        contract, pack=CALIFORNIA, point="safeguards", answer="yes", stated_on=date(2026, 11, 19), by=by,
        evidence=controls,
    )  # fmt: skip
    assert (stated.answer, stated.stated_on) == ("yes", date(2026, 11, 19))
    with open_document(stated.evidence) as kept:
        assert b"No student data in AI tools" in kept.read()
    told = Entry.objects.get(act="point-stated", case=contract.case)
    assert told.facts["sha256"] == stated.evidence.sha256


@pytest.mark.obligation("B-13")
def test_safeguards_are_asked_only_where_the_policy_of_california_is_followed(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT)
    by = member(district)
    contract = make_contract(district, make_vendor(district)[0])
    with pytest.raises(ValidationError):
        state_point(
            contract, pack=CALIFORNIA, point="safeguards", answer="yes", stated_on=date(2026, 11, 19), by=by
        )
