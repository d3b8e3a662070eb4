"""What the other policies oblige: each duty with its trigger and its clock, each statement."""

from __future__ import annotations

import pytest

from policy import packs


def given(pack, key):
    """(trigger, owed by, unit, amount in force without any choice of the district)"""
    loaded = packs.load(pack)
    rule = loaded.rule(key)
    return rule.trigger, rule.owed_by, rule.unit, loaded.amount_of(rule)


def attested(pack, obligation, kind=None):
    found = packs.load(pack).attestations
    return [row.id for row in found if obligation in row.obligation.split() and kind in (None, row.kind)]


MO, ST, CA, NE, CT = (
    "mo-data-governance",
    "ct-stonington-electronic-records",
    "ca-bp-5125",
    "ne-7400.1",
    "ct-3520.13",
)


def rule(obligation, pack, key, *expected):
    mark = pytest.mark.obligation(obligation)
    return pytest.param(pack, key, expected, marks=mark, id=f"{obligation} {key}")


RULES = [
    ("B-7", MO, "superintendent-told", "breach_suspected", "district", "immediately", 1),
    ("B-8", MO, "investigation", "report_received", "district", "immediately", 4),
    ("407.1500", MO, "affected-people-notice", "report_received", "district", "calendar_days", None),
    ("162.1475", MO, "state-auditor-report", "report_received", "district", "calendar_days", None),
    ("L-15", MO, "end-relationship", "vendor_failed", "district", "business_days", 10),
    ("P-3", MO, "yearly-training", "fixed_date", "district", "annual_date", "10-31"),
    ("T-1", MO, "disposal-review", "fixed_date", "district", "annual_date", "07-31"),
    ("T-3", MO, "acknowledge-hold", "hold_told", "district", "business_days", 2),
    ("R-3", MO, "public-records-answer", "inquiry_received", "district", "business_days", 3),
    ("R-3", ST, "public-records-answer", "inquiry_received", "district", "business_days", 4),
    ("P-2", ST, "records-custodian", "adopted", "district", "business_days", 10),
    ("T-2", ST, "disposal-review", "fixed_date", "district", "annual_date", "07-31"),
    ("T-4", ST, "acknowledge-hold", "hold_told", "district", "business_days", 2),
    ("R-3", CA, "public-records-answer", "inquiry_received", "district", "calendar_days", 10),
    ("B-12", CA, "cyberattack-report", "cyberattack_found", "district", "hours", None),
    ("R-2", CA, "deletion-documentation", "inquiry_received", "district", "business_days", 10),
    ("R-4", CA, "immigration-request-report", "inquiry_received", "district", "business_days", 5),
    ("R-5", CA, "restraining-order", "inquiry_received", "district", "immediately", 4),
    ("R-6", CA, "records-inspection", "inquiry_received", "district", "business_days", 5),
    ("P-1", CA, "district-custodian", "adopted", "district", "business_days", 10),
    ("P-1", CA, "school-custodians", "adopted", "district", "business_days", 10),
    ("P-4", CA, "yearly-training", "fixed_date", "district", "annual_date", "10-31"),
    ("L-13", CA, "cure", "cure_notice_given", "vendor", "calendar_days", 30),
    ("L-16", NE, "data-return", "terminated", "vendor", "calendar_days", 30),
    ("L-17", NE, "destruction-certificate", "records_returned", "vendor", "calendar_days", 30),
    ("L-18", NE, "tracking-removed", "terminated", "vendor", "calendar_days", 30),
    ("R-1", CT, "directory-request-answer", "inquiry_received", "district", "business_days", 10),
]


@pytest.mark.parametrize(("pack", "key", "expected"), [rule(*row) for row in RULES])
@pytest.mark.obligation("B-7", "B-8", "B-12", "407.1500", "162.1475", "L-13", "L-15", "L-16", "L-17", "L-18")
@pytest.mark.obligation("P-1", "P-2", "P-3", "P-4", "R-1", "R-2", "R-3", "R-4", "R-5", "R-6")
@pytest.mark.obligation("T-1", "T-2", "T-3", "T-4")
def test_the_other_policies_give_these_duties_and_times(pack, key, expected):
    assert given(pack, key) == expected


@pytest.mark.obligation("10-234bb", "36a-701b", "annual-notice", "annual-report", "iep-exception")
def test_the_statute_has_its_own_list_and_its_own_clocks():
    statute = packs.load("ct-10-234")
    assert [row.id for row in statute.requirements] == [f"bb-{n:02d}" for n in range(1, 11)]
    assert statute.requirement("bb-02").title == "The Board can have data deleted"
    assert given("ct-10-234", "contract-posting") == ("executed", "district", "business_days", 5)
    assert given("ct-10-234", "annual-site-notice")[2:] == ("annual_date", "09-01")
    assert given("ct-10-234", "uncontracted-services-report")[2:] == ("annual_date", None)
    assert given("ct-10-234", "attorney-general-notice")[2:] == ("calendar_days", 60)
    assert len(attested("ct-10-234", "iep-exception", "before_data")) == 5


@pytest.mark.obligation("L-9", "L-10", "L-12")
def test_an_operator_states_what_it_may_not_do_what_it_may_and_how_it_protects():
    assert attested(CT, "L-9", "prohibition") == [
        "no-targeted-advertising",
        "no-profiles",
        "no-sale",
        "no-disclosure",
        "hired-no-other-use",
        "hired-no-onward-disclosure",
        "hired-same-policy",
    ]
    assert len(attested(CT, "L-10", "permitted_use")) == 5
    assert attested(CT, "L-12", "safeguard") == ["hitech-guidance", "hitech-technical", "industry-standard"]


@pytest.mark.obligation("L-1", "L-8", "L-14", "NE-I-E", "D-3")
def test_some_things_come_before_any_data():
    assert attested(CT, "L-1", "before_data") == ["written-contract"]
    assert attested(CT, "L-8", "before_data") == ["data-inventory"]
    assert attested(MO, "L-14", "before_data") == ["need-to-know", "no-onward-disclosure"]
    assert attested(NE, "NE-I-E", "before_data") == ["parental-consent", "district-authorisation"]
    assert attested(CA, "D-3", "before_data") == ["social-media-notice"]


@pytest.mark.obligation("D-1", "D-2", "D-4", "D-5", "B-9", "B-10", "B-11", "B-13", "P-5", "L-19")
def test_what_is_forbidden_or_stands_without_a_clock():
    california = {row.id: row.elements for row in packs.load(CA).attestations}
    assert california["no-ssn"] == ("ssn", "ssn_last4")
    assert california["no-immigration-data"] == ("citizenship", "immigration_status")
    assert attested(CA, "B-13") == ["safeguards"]
    assert attested(MO, "D-4") == ["only-when-necessary", "need-to-know-access"]
    assert attested(ST, "D-5") == ["passwords-encryption"]
    assert [attested(MO, name) for name in ("B-9", "B-10", "B-11", "P-5")] == [
        ["access-may-be-suspended"],
        ["police-cooperation"],
        ["attempts-count"],
        ["sanctions"],
    ]
    assert attested(NE, "L-19") == ["not-its-property"]


@pytest.mark.obligation("T-3", "T-4")
def test_the_pack_says_who_places_and_lifts_a_hold():
    assert packs.load(MO).hold.placed_by == packs.load(MO).hold.released_by == ("counsel",)
    assert packs.load(ST).hold.placed_by == ("superintendent", "counsel")


@pytest.mark.obligation("L-11")
def test_the_connecticut_policy_names_seven_things_it_does_not_reach():
    assert len(packs.load(CT).exclusions) == 7


@pytest.mark.obligation("L-2")
def test_a_conflicting_clause_has_no_effect_and_that_is_no_clock():
    assert attested(CT, "L-2", "standing") == ["conflicting-clause"]
