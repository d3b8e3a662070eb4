"""Row by row: what the policies ask of a contract is really asked of it, and its lack has its consequence."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.access import clear_for_data, state_point
from contracts.checklist import checklist, forbidden_elements, points_before_data
from contracts.cure import begin_cure, declare_void, give_notice_to_amend, record_delivery
from contracts.execution import execute_contract
from contracts.models import Contract
from contracts.review import confirm_batch, correct_finding
from contracts.terms import check_terms
from notices.elements import SCHEDULE
from policy.models import Obligation
from policy.packs import load
from tests.contracts.making import CT, NE, a_contract, adopt, propose, terms, with_paper
from tests.factories import DistrictFactory, SchoolFactory, member

pytestmark = pytest.mark.django_db
CA, MO = "ca-bp-5125@1", "mo-data-governance@1"
NOV_17 = date(2026, 11, 17)


def paper(words="Proof"):
    return SimpleUploadedFile("paper.txt", words.encode(), "text/plain")


@pytest.fixture
def district(travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    return DistrictFactory()


@pytest.fixture
def custodian(district):
    return member(district)


def executed(district, custodian, pack, *, lacking):
    """Signed on 16 November, every term confirmed but one, which a person found missing."""
    adopt(district, custodian, pack)
    contract = a_contract(district, custodian)
    rows = [
        propose(contract, asked.id, "missing" if asked.id == lacking else "met", pack=pack)
        for asked in load(pack).requirements
    ]
    confirm_batch(contract, findings=[row.pk for row in rows if row.requirement != lacking], by=custodian)
    (missing,) = (row for row in rows if row.requirement == lacking)
    correct_finding(missing, verdict="missing", shortfall="absent", by=custodian)
    signed = with_paper(contract, custodian)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=signed)
    contract.refresh_from_db()
    return contract, missing


def try_to_void(contract, missing, custodian, travel):
    asked = begin_cure(contract, findings=[missing.pk], words="Please amend.", by=custodian)
    asked = give_notice_to_amend(asked, sent_at=datetime(2026, 11, 18, 15, 0, tzinfo=UTC), by=custodian)
    asked = record_delivery(
        asked, delivered_at=datetime(2026, 11, 18, 15, 0, tzinfo=UTC), proof=paper(), by=custodian
    )
    travel(datetime(2027, 6, 1, tzinfo=UTC))
    counsel = member(contract.district, "counsel")
    declare_void(asked, decision=paper("Void"), reason="They did not amend", by=counsel)


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=pytest.mark.obligation(f"CT-{n}")) for n in range(1, 14)]
)
@pytest.mark.obligation("L-3", "L-4", "1f-2")
def test_a_contract_that_lacks_a_connecticut_term_is_short_and_only_the_eleven_can_void(
    district, custodian, travel, number
):
    contract, missing = executed(district, custodian, CT, lacking=f"ct-{number:02d}")
    assert (contract.status, contract.conformity) == ("executed", "short")
    assert Obligation.objects.get(case=contract.case, rule="cure-notice").status == "open"
    if number <= 11:
        try_to_void(contract, missing, custodian, travel)
        assert Contract.objects.get(pk=contract.pk).status == "void"
    else:
        with pytest.raises(ValidationError, match="None of the missing terms makes a contract void"):
            try_to_void(contract, missing, custodian, travel)
        assert Contract.objects.get(pk=contract.pk).status == "executed"


NEBRASKA = ["I-A", "I-B", "I-C", "I-D", "I-E", "I-F", "I-G", "I-H", "II-A", "II-B", "II-C", "III-A", "III-B",
            "III-C", "IV-A", "IV-B", "IV-C", "IV-D"]  # fmt: skip


@pytest.mark.parametrize(
    "term", [pytest.param(term, marks=pytest.mark.obligation(f"NE-{term}")) for term in NEBRASKA]
)
@pytest.mark.obligation("1f-2")
def test_a_contract_that_lacks_a_nebraska_term_is_short_and_never_void_for_it(district, custodian, term):
    contract, missing = executed(district, custodian, NE, lacking=f"ne-{term}")
    assert (contract.status, contract.conformity) == ("executed", "short")
    assert [row.requirement.id for row in checklist(contract) if row.finding.pk == missing.pk] == [
        f"ne-{term}"
    ]
    assert not load(NE).requirement(f"ne-{term}").voids


def answer_everything(contract, custodian, *, but=""):
    for pack, point in points_before_data(contract):
        if point.id != but:
            state_point(
                contract,
                pack=pack.ref,
                point=point.id,
                answer="yes",
                stated_on=NOV_17,
                by=custodian,
            )


def signed(district, custodian, **changes):
    contract = a_contract(district, custodian, **changes)
    execute_contract(
        contract, executed_on=date(2026, 11, 16), by=custodian, instrument=with_paper(contract, custodian)
    )
    contract.refresh_from_db()
    return contract


@pytest.mark.obligation("L-1")
def test_a_vendor_gets_no_data_before_both_sides_signed(district, custodian):
    adopt(district, custodian, CT)
    contract = a_contract(district, custodian)
    answer_everything(contract, custodian)
    with pytest.raises(ValidationError, match="both sides signed"):
        clear_for_data(contract, by=custodian)
    execute_contract(
        contract, executed_on=date(2026, 11, 16), by=custodian, instrument=with_paper(contract, custodian)
    )
    contract.refresh_from_db()
    assert clear_for_data(contract, by=custodian).cleared_for_data_on == date(2026, 11, 18)


@pytest.mark.parametrize(
    ("pack", "point"),
    [
        pytest.param(CT, "data-inventory", marks=pytest.mark.obligation("L-8")),
        pytest.param(MO, "need-to-know", marks=pytest.mark.obligation("L-14")),
        pytest.param(MO, "no-onward-disclosure", marks=pytest.mark.obligation("L-14")),
        pytest.param(NE, "parental-consent", marks=pytest.mark.obligation("NE-I-E")),
        pytest.param(NE, "district-authorisation", marks=pytest.mark.obligation("NE-I-E")),
    ],
)
def test_what_comes_before_any_data_is_named_when_it_is_missing(district, custodian, pack, point):
    adopt(district, custodian, pack)
    contract = signed(district, custodian)
    title = next(each.title for each in load(pack).attestations if each.id == point)
    answer_everything(contract, custodian, but=point)
    with pytest.raises(ValidationError) as refused:
        clear_for_data(contract, by=custodian)
    assert title in refused.value.messages[0]
    answer_everything(contract, custodian)
    assert clear_for_data(contract, by=custodian).cleared_for_data_on


@pytest.mark.parametrize(
    ("pack", "point"),
    [
        *(pytest.param(CT, point, marks=pytest.mark.obligation("L-9")) for point in (
            "no-targeted-advertising", "no-profiles", "no-sale", "no-disclosure", "hired-no-other-use",
            "hired-no-onward-disclosure", "hired-same-policy",
        )),
        *(pytest.param(CT, point, marks=pytest.mark.obligation("L-10")) for point in (
            "may-maintain", "may-adapt", "may-improve-deidentified", "may-share-aggregated",
        )),
        *(pytest.param(CT, point, marks=pytest.mark.obligation("L-12")) for point in (
            "hitech-guidance", "hitech-technical", "industry-standard",
        )),
        pytest.param(NE, "identifying-use-authorised", marks=pytest.mark.obligation("NE-II-B", "1f-8")),
    ],
)  # fmt: skip
@pytest.mark.obligation("1f-4")
def test_what_an_operator_states_is_kept_apart_from_the_contracts_terms(district, custodian, pack, point):
    adopt(district, custodian, pack)
    contract = signed(district, custodian)
    before = contract.conformity
    stated = state_point(
        contract, pack=pack, point=point, answer="yes", stated_on=NOV_17, evidence=paper(),
        by=custodian,
    )  # fmt: skip
    contract.refresh_from_db()
    assert (stated.evidence.kind, contract.conformity) == ("evidence", before)
    with pytest.raises(ValidationError) as refused:
        state_point(
            contract,
            pack=pack,
            point=point,
            answer="not_applicable",
            stated_on=NOV_17,
            by=custodian,
        )
    assert list(refused.value.error_dict) == ["remark"]


@pytest.mark.obligation("L-8")
def test_every_kind_of_data_that_the_policy_lists_can_be_recorded():
    policy_10c = {
        "name": "student-name", "address": "student-address", "phone": "student-phone", "birth": "birth-date",
        "e-mail": "student-email", "discipline": "conduct", "tests": "test-scores", "special ed": "iep-504",
        "juvenile": "juvenile", "grades": "grades", "evaluations": "observations", "criminal": "criminal",
        "medical": "medical", "ssn": "ssn", "biometric": "biometric", "disability": "disability",
        "socioeconomic": "low-income", "food": "food", "political": "political", "religious": "religious",
        "text messages": "messages", "documents": "documents", "identifiers": "local-id", "search": "search",
        "photos": "photo", "voice": "assessment-voice", "behavioral": "behavior",
    }  # fmt: skip
    assert set(policy_10c.values()) <= set(SCHEDULE)


@pytest.mark.parametrize(
    ("code", "point"),
    [
        pytest.param("ssn", "no-ssn", marks=pytest.mark.obligation("D-1", "1f-13")),
        pytest.param("immigration", "no-immigration-data", marks=pytest.mark.obligation("D-2")),
    ],
)
def test_data_that_a_pack_forbids_is_recorded_flagged_and_not_handed_over(
    district, custodian, client, code, point
):
    adopt(district, custodian, CA)
    contract = signed(district, custodian, elements=["student-name", code])
    assert [(element.code, asked.id) for element, asked in forbidden_elements(contract)] == [(code, point)]
    client.force_login(custodian)
    assert "Your policies forbid this data" in client.get(contract.get_absolute_url()).text
    answer_everything(contract, custodian)
    with pytest.raises(ValidationError, match="forbid this data"):
        clear_for_data(contract, by=custodian)
    state_point(
        contract, pack=CA, point=point, answer="not_applicable", remark="Federal law asks for it",
        stated_on=NOV_17, by=custodian,
    )  # fmt: skip
    assert forbidden_elements(contract) == []
    assert clear_for_data(contract, by=custodian).cleared_for_data_on


@pytest.mark.obligation("1f-13")
def test_connecticut_lists_the_number_as_student_information_and_does_not_forbid_it(district, custodian):
    adopt(district, custodian, CT)
    assert forbidden_elements(a_contract(district, custodian, elements=["ssn"])) == []


@pytest.mark.obligation("1f-7")
def test_where_the_data_is_kept_is_recorded_and_shown_to_be_known_places_only(district, custodian):
    contract = a_contract(district, custodian, hosting="third_party", hosting_place="Ohio")
    assert (contract.hosting, contract.hosting_place) == ("third_party", "Ohio")
    SchoolFactory(district=district)
    with pytest.raises(ValidationError) as refused:
        check_terms(terms(district, hosting="moon"), district=district, complete=False)
    assert list(refused.value.error_dict) == ["hosting"]


@pytest.mark.obligation("1f-9", "L-1")
@pytest.mark.parametrize(
    ("executed_on", "duties"),
    [
        (date(2016, 9, 30), 0),  # before the policy's first day
        (date(2026, 6, 30), 0),  # before the district went live
        (date(2026, 7, 1), 2),  # the first day that counts: born missed, and said so
        (date(2026, 11, 16), 2),
    ],
)
def test_an_execution_is_a_fact_whenever_it_was_and_starts_clocks_only_where_the_law_reaches(
    district, custodian, executed_on, duties
):
    adopt(district, custodian, CT)
    contract = a_contract(district, custodian)
    done = execute_contract(
        contract, executed_on=executed_on, by=custodian, instrument=with_paper(contract, custodian)
    )
    contract.refresh_from_db()
    assert (contract.status, contract.executed_on) == ("executed", executed_on)
    assert len(done.obligations) == duties
    late = executed_on < date(2026, 11, 18) - timedelta(days=10)
    assert len(done.late) == (duties if late else 0)
