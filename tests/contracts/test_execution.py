from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse

from contracts.execution import correct_execution, execute_contract, foresee_execution
from contracts.models import Contract, Instrument
from ledger.entries import Conflict
from ledger.models import Entry
from notices.models import Notice, NoticeSection
from parties.access import see_districts
from policy.models import Deadline, Obligation
from tests.contracts.making import a_contract, adopt, propose_all, with_paper
from tests.contracts.papers import agreement_pdf, amendment_pdf
from tests.factories import DistrictFactory, SchoolFactory, member

NOV_18 = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # Wednesday, 10 a.m. in New York


@pytest.fixture
def signed(district, custodian, travel):
    """A contract with its paper; nobody has looked at a term. It is Wednesday, 18 November 2026."""
    travel(NOV_18)
    contract = a_contract(district, custodian)
    return with_paper(contract, custodian)


def execute(paper, custodian, day=date(2026, 11, 16), **given):
    return execute_contract(paper.contract, executed_on=day, by=custodian, instrument=paper, **given)


@pytest.mark.obligation("L-5", "L-6")
def test_executing_starts_the_notice_and_the_posting_on_the_day_of_the_signature(signed, custodian):
    done = execute(signed, custodian)
    due = {duty.rule: duty.deadlines.get().due_at for duty in done.obligations}
    # Monday 16 November is day 0; the fifth business day is Monday the 23rd; exclusive: Tuesday 0:00 EST.
    assert due == {
        "contract-notice": datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
        "contract-posting": datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
    }
    assert done.late == []
    assert done.contract.status == "executed"
    assert done.contract.executed_on == date(2026, 11, 16)


@pytest.mark.obligation("L-5")
def test_the_draft_notice_carries_the_policys_three_parts(signed, custodian):
    notice = execute(signed, custodian).notice
    section = NoticeSection.objects.get(notice=notice)
    assert section.executed_on == date(2026, 11, 16)
    assert (section.description, section.purpose) == ("An online reading program.", "Practice in reading")
    assert section.elements == ["student-name", "grade-level", "student-work"]
    assert section.all_schools is True
    assert notice.status == "draft"


def test_a_contract_of_some_schools_is_told_to_those(district, custodian, travel):
    travel(NOV_18)
    school = SchoolFactory(district=district, name="Lake School")
    contract = a_contract(district, custodian, all_schools=False, schools=[school])
    done = execute(with_paper(contract, custodian), custodian)
    section = NoticeSection.objects.get(notice=done.notice)
    assert section.all_schools is False
    assert list(section.schools.all()) == [school]


def test_missing_clauses_never_stand_in_the_way(signed, custodian):
    propose_all(signed.contract, short={"ct-06": "missing", "ct-09": "deficient"})
    done = execute(signed, custodian)
    assert done.contract.status == "executed"
    assert {duty.rule for duty in done.obligations} == {"contract-notice", "contract-posting"}


def test_a_contract_signed_weeks_ago_is_born_missed(signed, custodian):
    done = execute(signed, custodian, date(2026, 10, 5))
    assert {duty.rule for duty in done.late} == {"contract-notice", "contract-posting"}
    deadline = Deadline.objects.get(obligation__rule="contract-notice")
    # 5 October is day 0; 12 October is nobody's confirmed holiday yet: the fifth day is Monday the 12th.
    assert deadline.due_at == datetime(2026, 10, 13, 4, 0, tzinfo=UTC)
    assert deadline.status == "missed"
    assert deadline.provisional is True


def test_a_day_in_the_future_is_refused_and_nothing_is_kept(signed, custodian):
    with pytest.raises(ValidationError) as refused:
        execute(signed, custodian, date(2026, 11, 19))
    assert list(refused.value.error_dict) == ["executed_on"]
    assert (Obligation.objects.count(), Notice.objects.count()) == (0, 0)
    assert Contract.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("now", "accepted"), [("2026-11-19T04:59:59Z", False), ("2026-11-19T05:00:00Z", True)]
)
def test_today_is_the_districts_day(signed, custodian, travel, now, accepted):
    travel(datetime.fromisoformat(now))
    if accepted:
        assert execute(signed, custodian, date(2026, 11, 19)).contract.executed_on == date(2026, 11, 19)
    else:
        with pytest.raises(ValidationError):
            execute(signed, custodian, date(2026, 11, 19))


def test_without_the_agreements_copy_it_is_refused(district, custodian, travel):
    travel(NOV_18)
    contract = a_contract(district, custodian)
    paper = Instrument.objects.create(
        district=district, contract=contract, kind="original", agreed_how="signed", received_at=NOV_18
    )
    with pytest.raises(ValidationError) as refused:
        execute(paper, custodian)
    assert list(refused.value.error_dict) == ["instrument"]


def test_a_paper_of_another_contract_is_refused(signed, district, custodian):
    other = a_contract(district, custodian, product="MathPath")
    with pytest.raises(ValidationError) as refused:
        execute_contract(other, executed_on=date(2026, 11, 16), by=custodian, instrument=signed)
    assert list(refused.value.error_dict) == ["instrument"]


def test_a_second_time_is_a_conflict(signed, custodian):
    execute(signed, custodian)
    with pytest.raises(Conflict, match="2026-11-16"):
        execute(signed, custodian)
    assert Obligation.objects.filter(rule="contract-notice").count() == 1
    assert Entry.objects.filter(act="contract-executed").count() == 1


@pytest.mark.parametrize("role", ["viewer"])
def test_a_viewer_may_not_execute(signed, district, role):
    with pytest.raises(PermissionDenied):
        execute(signed, member(district, role))


def test_a_custodian_of_another_district_may_not_execute(signed):
    with pytest.raises(PermissionDenied):
        execute(signed, member(DistrictFactory()))


@pytest.mark.obligation("L-11")
def test_a_contract_outside_the_policy_starts_no_clock(district, custodian, travel):
    travel(NOV_18)
    contract = a_contract(
        district, custodian, scope="no_student_data", scope_reason="Only staff use it", elements=["none"]
    )
    done = execute(with_paper(contract, custodian), custodian)
    assert (done.obligations, done.notice) == ([], None)
    assert done.contract.status == "executed"


def test_a_contract_before_go_live_is_history_without_clocks(signed, custodian):
    done = execute(signed, custodian, date(2026, 6, 30))
    assert (done.obligations, done.notice) == ([], None)
    assert done.contract.is_history is True


def test_a_wrong_year_is_corrected_and_the_contract_owes_what_it_always_owed(signed, custodian, client):
    execute(signed, custodian, date(2025, 11, 16))
    contract = signed.contract
    client.force_login(custodian)
    page = reverse("contract:correct_day", args=[contract.district.slug, contract.case.number, signed.pk])
    sent = {"executed_on": "2026-11-16", "reason": ""}
    assert client.post(page, sent).status_code == 422
    assert client.post(page, {**sent, "reason": "The year was wrong"}).status_code == 302
    contract.refresh_from_db()
    assert (contract.executed_on, contract.is_history) == (date(2026, 11, 16), False)
    due = dict(Obligation.objects.values_list("rule", "deadlines__due_at"))
    assert due["contract-notice"] == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert Notice.objects.get().sections.get().executed_on == date(2026, 11, 16)
    entry = Entry.objects.get(act="execution-corrected")
    assert (entry.reason, entry.facts["before"]) == ("The year was wrong", "2025-11-16")
    client.force_login(member(DistrictFactory()))
    assert client.post(page, sent).status_code == 404


def test_a_day_is_corrected_earlier_by_one_person_and_gives_no_more_time_alone(signed, custodian):
    execute(signed, custodian)
    for day in (date(2026, 11, 17), date(2026, 6, 30)):  # later, and before the district's go-live day
        with pytest.raises(ValidationError, match="second person"):
            correct_execution(signed, executed_on=day, reason="Typo", by=custodian)
    correct_execution(signed, executed_on=date(2026, 11, 13), reason="Typo", by=custodian)
    clock = Obligation.objects.get(rule="contract-notice").deadlines.exclude(status="superseded").get()
    # Friday 13 November is day 0; the fifth business day is Friday the 20th; exclusive: Saturday 0:00 EST.
    assert clock.due_at == datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    assert Notice.objects.get().sections.get().executed_on == date(2026, 11, 13)
    with pytest.raises(PermissionDenied):
        correct_execution(signed, executed_on=date(2026, 11, 12), reason="x", by=member(DistrictFactory()))


def test_what_is_foreseen_is_what_happens_and_nothing_is_kept(signed, custodian):
    foreseen = foresee_execution(
        signed.contract, executed_on=date(2026, 11, 16), instrument=signed, by=custodian
    )
    assert [(clock.obligation.rule, clock.due_at) for clock in foreseen] == [
        ("contract-notice", datetime(2026, 11, 24, 5, 0, tzinfo=UTC)),
        ("contract-posting", datetime(2026, 11, 24, 5, 0, tzinfo=UTC)),
    ]
    assert Obligation.objects.count() == 0
    assert Entry.objects.filter(act="obligation-raised").count() == 0
    done = execute(signed, custodian)
    assert [duty.deadlines.get().due_at for duty in done.obligations] == [c.due_at for c in foreseen]


def test_an_amendment_of_the_data_tells_families_again(signed, custodian):
    execute(signed, custodian)
    paper = with_paper(signed.contract, custodian, amendment_pdf("price"), kind="amendment", changes=["data"])
    done = execute(paper, custodian, date(2026, 11, 17))
    assert {duty.trigger for duty in done.obligations} == {"amended"}
    assert Obligation.objects.filter(rule="contract-notice").count() == 2
    assert Notice.objects.count() == 2
    assert done.contract.executed_on == date(2026, 11, 16)


def test_an_amendment_of_the_fee_is_no_news_to_families(signed, custodian):
    execute(signed, custodian)
    paper = with_paper(signed.contract, custodian, amendment_pdf("price"), kind="amendment")
    done = execute(paper, custodian, date(2026, 11, 17))
    assert (done.obligations, done.notice) == ([], None)


def test_a_renewal_starts_the_clocks_again(signed, custodian):
    execute(signed, custodian)
    paper = with_paper(signed.contract, custodian, None, kind="automatic_renewal", upload=None)
    done = execute(paper, custodian, date(2026, 11, 17), ends_on=date(2028, 6, 30))
    assert {duty.trigger for duty in done.obligations} == {"renewed"}
    assert done.notice.sections.get().ends_on == date(2028, 6, 30)


def test_an_amendment_before_the_contract_itself_is_refused(signed, custodian):
    paper = with_paper(signed.contract, custodian, amendment_pdf("law"), kind="amendment", changes=["term"])
    with pytest.raises(ValidationError) as refused:
        execute(paper, custodian)
    assert list(refused.value.error_dict) == ["instrument"]


def test_a_short_contract_owes_the_vendor_a_notice_to_amend_once_it_is_executed(signed, custodian):
    from contracts.review import correct_finding

    rows = propose_all(signed.contract, short={"ct-06": "missing"})
    correct_finding(rows[5], verdict="missing", shortfall="absent", by=custodian)
    assert Obligation.objects.filter(rule="cure-notice").count() == 0
    execute(signed, custodian)
    assert Obligation.objects.get(rule="cure-notice").status == "open"


@pytest.mark.obligation("L-5")
@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_make_one_execution_and_one_set_of_duties(travel):
    travel(NOV_18)
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    paper = with_paper(a_contract(district, custodian), custodian, agreement_pdf())

    def press(_turn):
        try:
            see_districts([district.pk])
            execute(Instrument.objects.get(pk=paper.pk), custodian)
        except Conflict:
            return "conflict"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(press, range(50)))
    see_districts([district.pk])
    assert (answers.count("done"), answers.count("conflict")) == (1, 49)
    assert Obligation.objects.filter(trigger="executed").count() == 2
    assert Deadline.objects.filter(obligation__trigger="executed").count() == 2
    assert Notice.objects.count() == 1
    assert Entry.objects.filter(act="contract-executed").count() == 1
