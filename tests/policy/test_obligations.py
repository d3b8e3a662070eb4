"""The engine's verbs on real PostgreSQL, with literal instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Entry
from mail.models import Delivery
from parties.models import Role
from policy.adoptions import adopt_pack, end_adoption, set_parameter
from policy.calendars import calendar_of, change_year, confirm_year, decide_year, holidays_of
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus
from policy.obligations import cancel, raise_for, settle, settle_where
from policy.recount import move_start, restart_earlier
from tests.factories import DistrictFactory, make_case, member

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)
"""The engine's present in these tests: Monday 16 November 2026, 7 a.m. in Connecticut."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(travel):
    travel(MONDAY)


@pytest.fixture
def district():
    return DistrictFactory()


@pytest.fixture
def admin(district):
    return member(district, Role.ADMINISTRATOR)


@pytest.fixture
def custodian(district):
    return member(district, Role.CUSTODIAN)


@pytest.fixture
def connecticut(district, admin):
    """A district that follows the Connecticut policy and confirmed the holidays of 2026."""
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    confirm(district, admin)
    return district


def confirm(district, by, year=2026, **kwargs):
    calendar = calendar_of(district)
    kwargs.setdefault("holidays", holidays_of(calendar, year))
    return confirm_year(district=district, calendar=calendar, year=year, by=by, **kwargs)


def raised(district, trigger, at, by=None, ref="instrument:1", **kwargs):
    found = raise_for(trigger, case=make_case(district), at=at, ref=ref, by=by, **kwargs)
    return {obligation.rule: obligation for obligation in found}


def only_deadline(obligation):
    (deadline,) = obligation.deadlines.all()
    return deadline


@pytest.mark.obligation("L-5", "L-6")
def test_an_execution_raises_the_notice_and_the_posting_each_with_its_shown_arithmetic(connecticut):
    duties = raised(connecticut, "executed", datetime(2026, 11, 12, tzinfo=NEW_YORK))
    assert set(duties) == {"contract-notice", "contract-posting"}
    deadline = only_deadline(duties["contract-notice"])
    assert deadline.due_at == utc(2026, 11, 20, 5)
    assert deadline.pack == "ct-3520.13@2017"
    assert deadline.status == "running"
    assert not deadline.provisional
    assert deadline.basis["lines"][0] == "Thursday 12 November 2026 in America/New_York: day 0, not counted."
    assert duties["contract-notice"].cites == ["L-5"]


def test_raising_the_same_event_again_finds_the_same_rows(connecticut):
    case = make_case(connecticut)
    at = datetime(2026, 11, 12, tzinfo=NEW_YORK)
    first = raise_for("executed", case=case, at=at, ref="instrument:1", by=None)
    again = raise_for("executed", case=case, at=at, ref="instrument:1", by=None)
    assert [o.pk for o in first] == [o.pk for o in again]
    assert Deadline.objects.filter(case=case).count() == 2


def test_signed_weeks_ago_is_born_missed_dated_to_the_legal_instant(connecticut):
    deadline = only_deadline(raised(connecticut, "executed", utc(2026, 10, 1, 16))["contract-notice"])
    assert deadline.status == DeadlineStatus.MISSED
    assert deadline.due_at == deadline.ended_at == utc(2026, 10, 9, 4)


@pytest.mark.parametrize("at", [utc(2026, 6, 30, 16), utc(2026, 7, 1, 3, 59)])
def test_nothing_arises_before_go_live(connecticut, at):
    assert raised(connecticut, "executed", at) == {}


def test_nothing_arises_before_the_adoption_or_after_its_end(district, admin):
    adoption = adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 11, 1), by=admin)
    assert raised(district, "executed", utc(2026, 10, 31, 16)) == {}
    adoption.until = date(2026, 11, 10)
    adoption.save()
    assert set(raised(district, "executed", utc(2026, 11, 9, 16))) == {"contract-notice", "contract-posting"}
    assert raised(district, "executed", utc(2026, 11, 10, 16)) == {}


def test_a_pack_is_let_go_by_two_and_never_as_of_a_past_day(district, admin):
    adoption = adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    second = member(district, Role.SUPERINTENDENT)
    today = engine_now().astimezone(district.tz).date()
    with pytest.raises(ValidationError):
        end_adoption(adoption, by=admin, reason="Repealed.", until=today - timedelta(days=1))
    end_adoption(adoption, by=admin, reason="Repealed.")
    with pytest.raises(Conflict):
        end_adoption(adoption, by=admin, reason="Repealed.")
    adoption.refresh_from_db()
    assert adoption.until is None
    assert raised(district, "executed", engine_now())
    assert Delivery.objects.filter(message__kind="confirmation-asked", address=second.email).exists()
    assert end_adoption(adoption, by=second).until == today


def test_whoever_is_alone_lets_a_pack_go_with_a_reason(district, admin):
    adoption = adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    with pytest.raises(ValidationError):
        end_adoption(adoption, by=admin)
    assert end_adoption(adoption, by=admin, reason="Repealed.").until is not None


@pytest.mark.obligation("B-2")
def test_two_packs_date_one_act_each_with_its_own_clock(connecticut, admin):
    adopt_pack(district=connecticut, pack="ct-10-234@2018", since=date(2026, 7, 1), by=admin)
    families = raised(connecticut, "report_received", utc(2026, 11, 14, 3))["families-breach-notice"]
    assert {row.pack: row.due_at for row in families.deadlines.all()} == {
        "ct-3520.13@2017": utc(2026, 11, 16, 3),  # 48 hours from Friday 10 p.m.
        "ct-10-234@2018": utc(2026, 11, 18, 5),  # two business days: before Wednesday
    }
    assert {row.pack: row.status for row in families.deadlines.all()} == {
        "ct-3520.13@2017": "missed",
        "ct-10-234@2018": "running",
    }


@pytest.mark.obligation("B-4", "B-5")
@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ({"student_information"}, {"vendor-report-student-information"}),
        ({"directory_information"}, {"vendor-report-other-records"}),
        (
            {"student_information", "student_records"},
            {"vendor-report-student-information", "vendor-report-other-records"},
        ),
        (None, {"vendor-report-student-information", "vendor-report-other-records"}),
    ],
)
def test_the_data_that_was_taken_chooses_the_vendors_clock(connecticut, categories, expected):
    found = raised(connecticut, "breach_discovered", utc(2026, 11, 12, 15), data_categories=categories)
    assert set(found) == expected


@pytest.mark.obligation("B-6")
def test_a_shorter_agreed_time_adds_a_clock_and_a_longer_one_does_not(connecticut):
    at = utc(2026, 11, 16, 3)
    agreed = {"vendor-report-suspicion": (24, "hours"), "vendor-families-notice": (72, "hours")}
    found = raised(connecticut, "breach_suspected", at, agreed=agreed)
    assert [(d.pack, d.due_at) for d in found["vendor-report-suspicion"].deadlines.all()] == [
        ("agreed", utc(2026, 11, 17, 3)),
        ("ct-3520.13@2017", utc(2026, 11, 18, 3)),
    ]
    assert only_deadline(found["vendor-families-notice"]).pack == "ct-3520.13@2017"


@pytest.mark.parametrize(("people", "arises"), [(500, False), (501, True), (None, True)])
def test_a_threshold_lets_a_duty_arise_only_above_it_or_when_nobody_knows(people, arises):
    district = DistrictFactory(state="CA", zone="America/Los_Angeles")
    admin = member(district, Role.ADMINISTRATOR)
    adopt_pack(district=district, pack="ca-bp-5125@1", since=date(2026, 7, 1), by=admin)
    found = raised(district, "cyberattack_found", utc(2026, 11, 16, 3), people=people)
    assert ("cyberattack-report" in found) is arises


def test_an_unset_parameter_makes_an_undated_duty_and_a_loud_task_and_setting_it_gives_the_date():
    district = DistrictFactory(state="CA", zone="America/Los_Angeles")
    admin = member(district, Role.ADMINISTRATOR)
    adopt_pack(district=district, pack="ca-bp-5125@1", since=date(2026, 7, 1), by=admin)
    report = raised(district, "cyberattack_found", utc(2026, 11, 16, 3))["cyberattack-report"]
    waiting = only_deadline(report)
    assert (waiting.status, waiting.due_at) == ("undated", None)
    task = Obligation.objects.get(rule="set-parameter")
    assert task.title == "Set: Hours to report a cyberattack"

    set_parameter(district=district, pack="ca-bp-5125@1", name="cyberattack-report-hours", value=72, by=admin)
    old, new = report.deadlines.order_by("generation")
    assert (old.status, new.status, new.generation) == ("superseded", "running", 2)
    assert new.due_at == utc(2026, 11, 19, 3)
    task.refresh_from_db()
    assert task.status == ObligationStatus.SETTLED


@pytest.mark.parametrize("value", [0, 181, "soon", True, None])
def test_a_parameter_refuses_what_its_pack_does_not_allow(connecticut, admin, value):
    with pytest.raises(ValidationError, match="from 5 to 180"):
        set_parameter(district=connecticut, pack="ct-3520.13@2017", name="cure-days", value=value, by=admin)


def test_a_running_clock_keeps_the_value_it_began_with(connecticut, admin):
    cure = raised(connecticut, "cure_notice_given", utc(2026, 11, 12, 16), ref="cure:1")["cure"]
    set_parameter(district=connecticut, pack="ct-3520.13@2017", name="cure-days", value=60, by=admin)
    assert only_deadline(cure).due_at == utc(2026, 12, 13, 5)
    later = raised(connecticut, "cure_notice_given", utc(2026, 11, 12, 16), ref="cure:2")["cure"]
    assert only_deadline(later).due_at == utc(2027, 1, 12, 5)


def test_done_before_the_end_is_kept_and_done_at_the_end_is_missed(connecticut, travel):
    travel(utc(2026, 11, 21))
    at = datetime(2026, 11, 12, tzinfo=NEW_YORK)
    in_time = raised(connecticut, "executed", at, ref="instrument:1")["contract-notice"]
    settle(in_time, at=utc(2026, 11, 20, 4, 59, 59), by=None)
    assert only_deadline(in_time).status == "kept"
    too_late = raised(connecticut, "executed", at, ref="instrument:2")["contract-notice"]
    settle(too_late, at=utc(2026, 11, 20, 5), by=None)
    assert only_deadline(too_late).status == "missed"
    assert only_deadline(too_late).ended_at == utc(2026, 11, 20, 5)
    assert too_late.status == ObligationStatus.SETTLED


def test_a_second_settling_changes_nothing(connecticut, custodian):
    notice = raised(connecticut, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    settle(notice, at=utc(2026, 11, 13, 16), by=None)
    settle(notice, at=utc(2026, 11, 14, 16), by=custodian)
    assert notice.settled_at == utc(2026, 11, 13, 16)
    assert Entry.objects.filter(act="obligation-settled").count() == 1


def test_nothing_is_settled_in_the_future(connecticut):
    notice = raised(connecticut, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    with pytest.raises(ValidationError, match="in the future"):
        settle(notice, at=engine_now() + timedelta(minutes=1), by=None)


def test_settle_where_settles_the_named_event_and_no_other(connecticut):
    case = make_case(connecticut)
    at = utc(2026, 11, 12, 16)
    raise_for("executed", case=case, at=at, ref="instrument:1", by=None)
    raise_for("renewed", case=case, at=at, ref="instrument:2", by=None)
    done = settle_where(case=case, ref="instrument:1", kind="posting", at=utc(2026, 11, 13), by=None)
    assert [o.rule for o in done] == ["contract-posting"]
    assert Obligation.objects.open().filter(case=case).count() == 3


def test_a_legal_duty_is_cancelled_by_two_people_only(connecticut, admin, custodian):
    notice = raised(connecticut, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    with pytest.raises(ValidationError, match="second person"):
        cancel(notice, reason="No student uses it.", by=custodian)
    with pytest.raises(ValidationError, match="somebody else"):
        cancel(notice, reason="No student uses it.", by=custodian, approved_by=custodian)
    with pytest.raises(ValidationError, match="no deciding role"):
        cancel(notice, reason="No.", by=custodian, approved_by=member(connecticut, Role.VIEWER))
    with pytest.raises(ValidationError, match="Say why"):
        cancel(notice, reason=" ", by=custodian, approved_by=admin)
    cancel(notice, reason="No student uses it.", by=custodian, approved_by=admin)
    assert only_deadline(notice).status == "cancelled"
    assert Entry.objects.get(act="obligation-cancelled").facts["alone"] is False
    with pytest.raises(Conflict):
        settle(notice, at=MONDAY, by=custodian)


def test_a_missed_clock_stays_missed_when_its_duty_is_cancelled(connecticut, admin, custodian):
    notice = raised(connecticut, "executed", utc(2026, 10, 1, 16))["contract-notice"]
    cancel(notice, reason="No student uses it.", by=custodian, approved_by=admin)
    assert only_deadline(notice).status == "missed"


def test_an_unconfirmed_year_gives_the_earliest_date_and_confirming_it_moves_it_later(district, admin):
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    notice = raised(district, "executed", utc(2026, 11, 25, 16) - timedelta(days=13))["contract-notice"]
    first = raised(district, "executed", utc(2026, 11, 10, 16), ref="instrument:2")["contract-notice"]
    assert only_deadline(first).provisional
    assert only_deadline(first).due_at == utc(2026, 11, 18, 5)
    confirm(district, admin)
    old, new = first.deadlines.order_by("generation")
    assert (old.status, new.due_at, new.provisional) == ("superseded", utc(2026, 11, 19, 5), False)
    assert new.basis["skipped"] == [{"date": "2026-11-11", "name": "Veterans Day"}]
    assert notice.deadlines.order_by("-generation")[0].due_at == utc(2026, 11, 20, 5)


def test_a_holiday_taken_away_moves_clocks_earlier_at_once_and_one_added_needs_a_second_person(
    connecticut, admin, custodian
):
    notice = raised(connecticut, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    calendar = calendar_of(connecticut)
    days = holidays_of(calendar, 2026)
    extra = [*days, (date(2026, 11, 18), "A day to push the date")]
    with pytest.raises(ValidationError, match="second person"):
        confirm(connecticut, admin, holidays=extra)
    with pytest.raises(ValidationError, match="Say why"):
        confirm(connecticut, admin, holidays=extra, approved_by=custodian)
    assert only_deadline(notice).due_at == utc(2026, 11, 20, 5)
    confirm(connecticut, admin, holidays=extra, approved_by=custodian, reason="A new legal holiday.")
    assert notice.deadlines.get(status="running").due_at == utc(2026, 11, 21, 5)
    confirm(connecticut, admin, holidays=days)
    assert notice.deadlines.get(status="running").due_at == utc(2026, 11, 20, 5)
    assert [d.generation for d in notice.deadlines.order_by("generation")] == [1, 2, 3]


def test_a_holiday_of_another_year_is_refused(district, admin):
    with pytest.raises(ValidationError, match="2027-01-01 is not in 2026"):
        confirm(district, admin, holidays=[(date(2027, 1, 1), "New Year")])


def test_a_start_moves_earlier_by_one_person_and_later_only_with_proof_and_a_second(
    connecticut, admin, custodian
):
    report = raised(connecticut, "report_received", utc(2026, 11, 16, 6), ref="report:1")["breach-posting"]
    move_start(report, at=utc(2026, 11, 15, 20), reason="A voice message.", by=custodian)
    assert report.deadlines.get(status="running").due_at == utc(2026, 11, 17, 20)
    with pytest.raises(ValidationError, match="needs its proof"):
        move_start(report, at=utc(2026, 11, 16, 7), reason="It came later.", by=custodian, approved_by=admin)
    with pytest.raises(ValidationError, match="in the future"):
        move_start(report, at=utc(2026, 11, 16, 13), reason="It came later.", by=custodian)
    assert report.triggered_at == utc(2026, 11, 15, 20)


def test_a_start_moved_far_enough_back_is_missed_at_once(connecticut, custodian):
    report = raised(connecticut, "report_received", utc(2026, 11, 16, 6), ref="report:1")["breach-posting"]
    move_start(report, at=utc(2026, 11, 14, 6), reason="Mail found on Saturday.", by=custodian)
    assert report.deadlines.get(generation=2).status == "missed"


def running(obligation):
    return obligation.deadlines.get(status="running")


def test_a_day_of_ones_own_lengthens_no_running_clock_by_any_later_act_of_one_person(
    district, admin, custodian
):
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    notice = raised(district, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    days = [*holidays_of(calendar_of(district), 2026), (date(2026, 11, 18), "Founders' Day")]
    confirm(district, admin, holidays=days)
    confirm(district, admin, year=2027)
    move_start(notice, at=notice.triggered_at, reason="A second look.", by=admin)
    confirm(district, admin, holidays=[day for day in days if day[0] != date(2026, 12, 25)])
    assert running(notice).due_at == utc(2026, 11, 20, 5)
    later = raised(district, "executed", utc(2026, 11, 16, 12), ref="instrument:2")["contract-notice"]
    assert running(later).due_at == utc(2026, 11, 25, 5), "a clock that begins afterwards leaves it out"
    days.append((date(2026, 11, 19), "A day of mourning"))
    confirm(district, admin, holidays=days, approved_by=custodian, reason="The decree.")
    assert running(notice).due_at == utc(2026, 11, 24, 5)


def test_further_days_are_agreed_to_though_whoever_asked_has_left(connecticut, admin, custodian):
    notice = raised(connecticut, "executed", utc(2026, 11, 12, 16))["contract-notice"]
    calendar = calendar_of(connecticut)
    days = [*holidays_of(calendar, 2026), (date(2026, 11, 18), "A day of mourning")]
    change = change_year(
        district=connecticut, calendar=calendar, year=2026, holidays=days, by=admin, reason="The decree."
    )
    admin.memberships.update(ended_at=MONDAY)
    decide_year(change, by=custodian, is_agreed=True)
    assert running(notice).due_at == utc(2026, 11, 21, 5)


def test_a_running_clock_keeps_the_zone_it_began_in(district, admin):
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=admin)
    notice = raised(district, "executed", utc(2026, 11, 10, 16))["contract-notice"]
    district.zone = "America/Los_Angeles"
    district.save()
    confirm(district, admin)
    assert running(notice).due_at == utc(2026, 11, 19, 5)
    move_start(notice, at=utc(2026, 11, 9, 16), reason="The paper says so.", by=admin)
    assert running(notice).due_at == utc(2026, 11, 18, 5)
    assert running(notice).basis["zone"] == "America/New_York"


def test_a_clock_without_a_date_that_began_earlier_is_dated_from_there():
    district = DistrictFactory(state="CA", zone="America/Los_Angeles")
    admin = member(district, Role.ADMINISTRATOR)
    adopt_pack(district=district, pack="ca-bp-5125@1", since=date(2026, 7, 1), by=admin)
    report = raised(district, "cyberattack_found", utc(2026, 11, 16, 3))["cyberattack-report"]
    restart_earlier(report, at=utc(2026, 11, 15, 3), by=admin, reason="It began earlier.")
    set_parameter(district=district, pack="ca-bp-5125@1", name="cyberattack-report-hours", value=72, by=admin)
    assert running(report).due_at == utc(2026, 11, 18, 3)
