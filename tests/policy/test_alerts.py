"""Who is woken, when and how often; who reads it in the morning."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Document, Entry
from mail.models import Delivery, Message
from parties.models import Role
from policy import daily
from policy.adoptions import adopt_pack
from policy.alerts import acknowledge, on_call, superintendents, tell_superintendent, text_phones
from policy.changes import ask_cancel
from policy.models import Alert, DailyList, Obligation
from policy.obligations import cancel, raise_for, settle
from policy.pauses import pause, resume
from policy.recount import move_start, restart_earlier
from policy.steps import steps
from policy.sweep import sweep
from policy.two_persons import may_act_alone
from tests.factories import (
    DistrictFactory,
    UserFactory,
    VendorFactory,
    VendorMemberFactory,
    make_case,
    member,
)

MONDAY = datetime(2026, 11, 16, 14, tzinfo=UTC)
"""Monday 16 November 2026, 9 a.m. in Connecticut."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_an_hour_clock_rings_at_each_step():
    assert steps("hours", utc(2026, 11, 16), utc(2026, 11, 18)) == [
        ("start", utc(2026, 11, 16)),
        ("50%", utc(2026, 11, 17)),
        ("24h", utc(2026, 11, 17)),
        ("75%", utc(2026, 11, 17, 12)),
        ("90%", utc(2026, 11, 17, 19, 12)),
        ("4h", utc(2026, 11, 17, 20)),
        ("1h", utc(2026, 11, 17, 23)),
        ("due", utc(2026, 11, 18)),
        ("overdue", utc(2026, 11, 18, 1)),
    ]


def test_a_day_clock_warns_a_week_three_days_and_a_day_before():
    assert steps("business_days", utc(2026, 11, 12), utc(2026, 11, 18)) == [
        ("3d", utc(2026, 11, 15)),
        ("1d", utc(2026, 11, 17)),
        ("due", utc(2026, 11, 18)),
        ("overdue", utc(2026, 11, 19)),
    ]


def test_a_clock_of_no_length_and_one_without_a_date_still_speak():
    now = utc(2026, 11, 16)
    later = now + timedelta(hours=1)
    assert steps("immediately", now, now) == [("start", now), ("due", now), ("overdue", later)]
    assert steps("hours", now, None) == [("undated", now)]


@pytest.fixture
def district(db, travel):
    travel(MONDAY)
    return DistrictFactory(name="Elm Public Schools")


@pytest.fixture
def people(district):
    """A superintendent, an administrator and a custodian on call with a deputy."""
    deputy = UserFactory(email="deputy@elm.example")
    member(district, Role.CUSTODIAN, user=deputy)
    return {
        "deputy": deputy,
        "superintendent": member(
            district, Role.SUPERINTENDENT, user=UserFactory(email="superintendent@elm.example")
        ),
        "admin": member(district, Role.ADMINISTRATOR, user=UserFactory(email="admin@elm.example")),
        "custodian": member(
            district,
            Role.CUSTODIAN,
            user=UserFactory(email="custodian@elm.example"),
            on_call_from=MONDAY - timedelta(days=1),
            deputy=deputy,
        ),
    }


@pytest.fixture
def breach(district, people):
    """A report that came in at 9 a.m.: 48 hours for families and posting."""
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=people["admin"])
    case = make_case(district, kind="breach", title="Lumen Reading")
    duties = raise_for("report_received", case=case, at=engine_now(), ref="report:1", by=people["custodian"])
    settle(next(o for o in duties if o.rule == "breach-posting"), at=engine_now(), by=None)
    return next(o for o in duties if o.rule == "families-breach-notice")


def told(kind="alert"):
    """Whom the messages of this kind went to, one sorted list a message."""
    messages = Message.objects.filter(kind=kind).order_by("pk")
    return [
        sorted(d.address.partition("@")[0] for d in Delivery.objects.filter(message=message))
        for message in messages
    ]


def test_the_person_on_call_and_the_deputy_are_told_at_once(breach):
    sweep()
    assert told() == [["custodian", "deputy"]]
    text = Message.objects.get(kind="alert").texts.get()
    assert text.subject.startswith("47 hours left: Tell families about the breach")
    assert "Wednesday, November 18, 2026, 9:00 a.m. (EST)" in text.plain
    assert "Policy 3520.13, notice of breach, paragraph 1" in text.plain


def test_each_step_is_told_once_however_often_it_is_swept(breach, travel):
    sweep()
    sweep()
    travel(MONDAY + timedelta(hours=24, minutes=1))
    sweep()
    sweep()
    alerts = Alert.objects.filter(deadline__obligation=breach).order_by("at", "pk")
    assert list(alerts.values_list("step", flat=True)) == ["start", "50%", "24h"]
    assert len(told()) == 2 + 1  # and one to the superintendent: the first went unanswered


def test_nobody_answers_for_half_an_hour_so_the_superintendent_is_told(breach, travel):
    sweep()
    travel(MONDAY + timedelta(minutes=29))
    sweep()
    assert len(told()) == 1
    travel(MONDAY + timedelta(minutes=31))
    sweep()
    sweep()
    assert told()[1:] == [["superintendent"]]
    assert "Nobody has answered" in Message.objects.filter(kind="alert").latest("pk").texts.get().plain


def test_an_answered_alert_does_not_wake_the_superintendent(breach, people, travel):
    sweep()
    alert = acknowledge(Alert.objects.get(step="start"), by=people["custodian"])
    acknowledge(alert, by=people["deputy"])
    assert alert.acknowledged_by == people["custodian"]
    travel(MONDAY + timedelta(minutes=31))
    sweep()
    assert told() == [["custodian", "deputy"]]
    assert Entry.objects.filter(act="alert-acknowledged").count() == 1


def test_from_ninety_percent_the_superintendent_is_always_told(breach, travel):
    travel(MONDAY + timedelta(hours=43, minutes=13))
    sweep()
    assert told() == [["custodian", "deputy", "superintendent"]]


def test_a_missed_clock_says_so(breach, travel):
    travel(MONDAY + timedelta(hours=48, minutes=1))
    sweep()
    text = Message.objects.get(kind="alert").texts.get()
    assert text.subject.startswith("The time is over: Tell families about the breach")
    assert breach.deadlines.get().status == "missed"


def test_a_settled_duty_is_silent(breach, travel):
    settle(breach, at=engine_now(), by=None)
    travel(MONDAY + timedelta(hours=47))
    sweep()
    assert told() == []


def test_when_nobody_is_on_call_whoever_holds_the_role_is_told_and_for_the_absent_the_deputy(
    breach, people, district
):
    row = district.memberships.get(user=people["custodian"])
    row.on_call_from = None
    row.away_from = MONDAY - timedelta(days=1)
    row.save()
    sweep()
    assert told() == [["deputy"]]


def test_a_deputy_who_has_left_or_decides_nothing_is_told_of_nothing(breach, people, district):
    for change in ({"ended_at": MONDAY}, {"ended_at": None, "role": Role.VIEWER}):
        district.memberships.filter(user=people["deputy"]).update(**change)
        district.memberships.filter(role__in=(Role.SUPERINTENDENT, Role.CUSTODIAN)).update(
            deputy=people["deputy"], away_from=MONDAY - timedelta(days=1)
        )
        assert on_call(district, Role.CUSTODIAN) == [people["custodian"], people["admin"]]
        assert superintendents(district) == [people["superintendent"], people["admin"]]
        assert people["deputy"] not in [user for user, _posts in daily.people(engine_now())]


def test_a_deputy_who_is_away_stands_in_for_nobody_and_the_alert_goes_on_to_the_next(
    breach, people, district
):
    theirs, since = district.memberships.filter(user=people["deputy"]), MONDAY - timedelta(days=1)
    theirs.update(role=Role.APPROVER)
    district.memberships.filter(role__in=(Role.SUPERINTENDENT, Role.CUSTODIAN)).update(
        deputy=people["deputy"], away_from=since
    )
    assert on_call(district, Role.CUSTODIAN) == superintendents(district) == [people["deputy"]]
    theirs.update(away_from=since)
    assert on_call(district, Role.CUSTODIAN) == [people["custodian"], people["admin"]]
    assert superintendents(district) == [people["superintendent"], people["admin"]]
    posts = {user: [post.role for post in posts] for user, posts in daily.people(engine_now())}
    assert (posts[people["deputy"]], posts[people["custodian"]]) == (["approver"], ["custodian"])
    sweep()
    assert told() == [["admin", "custodian"]]


def test_a_viewer_on_call_silences_nobody(breach, people, district):
    member(district, Role.VIEWER, user=UserFactory(email="v@elm.example"), on_call_from=MONDAY)
    district.memberships.filter(role=Role.CUSTODIAN).update(on_call_from=None)
    sweep()
    assert told() == [["custodian", "deputy"]]


def test_of_a_restricted_case_only_those_named_and_the_superintendent_are_told(breach, people, travel):
    case, counsel = (
        breach.case,
        member(breach.district, Role.COUNSEL, user=UserFactory(email="c@elm.example")),
    )
    case.restricted = True
    case.save()
    case.allowed.set([people["admin"], counsel])
    ask_cancel(breach, reason="Nothing was opened.", by=counsel)
    assert told("change-asked") == [["admin"]]
    sweep()
    travel(MONDAY + timedelta(minutes=31))
    sweep()
    assert told() == [["admin"], ["superintendent"]]
    case.allowed.set([counsel])
    assert may_act_alone(breach, counsel)
    tell_superintendent(breach, by=counsel, reason="Nobody else is named.")
    tell_superintendent(breach, by=people["superintendent"], reason="Nobody else is named.")
    assert told("acted-alone") == [["superintendent"], ["c"]]
    case.allowed.clear()
    assert on_call(breach.district, Role.CUSTODIAN, case=case) == [people["superintendent"]]


def test_nobody_acts_alone_by_writing_down_that_the_others_are_away(breach, people, district):
    away = {"away_from": MONDAY - timedelta(hours=2), "away_until": None}
    rest = district.memberships.exclude(user=people["admin"])
    for counts_from, alone in ((None, False), (MONDAY + timedelta(hours=20), False), (MONDAY, True)):
        rest.update(**away, away_counts_from=counts_from)
        assert may_act_alone(breach, people["admin"]) is alone


def test_a_vendor_is_told_of_its_own_duty_and_of_no_other(district, people):
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=people["admin"])
    vendor = VendorFactory()
    VendorMemberFactory(vendor=vendor, user=UserFactory(email="vendor@lumen.example"))
    VendorMemberFactory(user=UserFactory(email="other@sums.example"))
    case = make_case(district, kind="breach")
    at = engine_now()
    raise_for("breach_suspected", case=case, at=at, ref="report:1", by=None, vendor=vendor)
    raise_for("report_received", case=case, at=at, ref="report:1", by=None, vendor=vendor)
    sweep()
    assert sorted(told()) == [
        ["custodian", "deputy"],
        ["custodian", "deputy"],
        ["custodian", "deputy", "vendor"],
        ["custodian", "deputy", "vendor"],
    ]


def test_one_person_acting_alone_near_the_limit_is_told_to_the_superintendent_at_once(breach, people, travel):
    with pytest.raises(ValidationError, match="second person"):
        cancel(breach, reason="Nothing was opened.", by=people["custodian"])
    travel(MONDAY + timedelta(hours=36, minutes=1))
    cancel(breach, reason="Nothing was opened.", by=people["custodian"])
    assert told("acted-alone") == [["superintendent"]]
    assert Entry.objects.get(act="obligation-cancelled").facts["alone"] is True


@pytest.fixture
def gateway(settings):
    """A text gateway on this machine and what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.taken.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.taken = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TEXT_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.TEXT_TOKEN = "secret"
    yield server
    server.shutdown()
    server.server_close()


def test_an_alarm_is_texted_to_those_who_gave_a_number(breach, people, gateway):
    people["custodian"].phone = "+1 860 555 0100"
    people["custodian"].save()
    sweep()
    message = Message.objects.get(kind="alert")
    assert text_phones(message) == 1
    assert gateway.taken == [
        ("Bearer secret", {"to": "+1 860 555 0100", "text": message.texts.get().subject}),
    ]


def test_a_gateway_that_is_away_fails_nothing(breach, people, settings):
    settings.TEXT_URL, settings.TEXT_TOKEN = "http://127.0.0.1:9/send", "secret"
    people["custodian"].phone = "+1 860 555 0100"
    people["custodian"].save()
    sweep()
    assert text_phones(Message.objects.get(kind="alert")) == 0


# --- day clocks --------------------------------------------------------------------------------------


@pytest.fixture
def contract(district, people):
    """Executed on Thursday 12 November; a year nobody confirmed: due before Friday 20."""
    adopt_pack(district=district, pack="ct-3520.13@2017", since=date(2026, 7, 1), by=people["admin"])
    Obligation.objects.filter(rule="set-parameter").delete()
    DailyList.objects.all().delete()
    case = make_case(district, title="MathPath")
    return raise_for("executed", case=case, at=utc(2026, 11, 12, 17), ref="instrument:1", by=None)


def lists_to(user):
    return [
        (row.on.isoformat(), row.message.texts.get().subject if row.message else "nothing")
        for row in DailyList.objects.filter(user=user).order_by("on")
    ]


def test_day_clocks_go_into_one_daily_message_a_person(contract, people, travel):
    sweep()  # Monday 9 a.m.: the step of seven days has passed
    travel(utc(2026, 11, 17, 5, 1))  # the step of three days, in the night
    sweep()
    travel(utc(2026, 11, 17, 11, 59))  # 6:59 a.m.
    sweep()
    assert lists_to(people["custodian"]) == [("2026-11-16", "2 things to do: Monday, November 16")]
    travel(utc(2026, 11, 17, 12, 1))
    sweep()
    travel(utc(2026, 11, 17, 15))
    sweep()
    assert lists_to(people["custodian"]) == [
        ("2026-11-16", "2 things to do: Monday, November 16"),
        ("2026-11-17", "2 things to do: Tuesday, November 17"),
    ]
    plain = DailyList.objects.get(user=people["custodian"], on="2026-11-17").message.texts.get().plain
    assert "By the end of Thursday, November 19: Tell families about the contract" in plain
    assert lists_to(people["superintendent"])[-1] == ("2026-11-17", "nothing")
    assert told("alert") == []


def test_on_friday_the_list_names_everything_that_is_open(contract, people, travel):
    for day in (16, 17, 18, 19):
        travel(utc(2026, 11, day, 13))
        sweep()
    travel(utc(2026, 11, 20, 4))
    for duty in contract:
        duty.deadlines.update(alert_at=None)
    travel(utc(2026, 11, 20, 13))
    sweep()
    assert lists_to(people["custodian"])[-1] == ("2026-11-20", "3 things to do: Friday, November 20")


def test_an_absent_persons_list_goes_to_the_deputy(contract, people, district, travel):
    row = district.memberships.get(user=people["custodian"])
    row.away_from = MONDAY
    row.save()
    travel(utc(2026, 11, 17, 13))
    sweep()
    assert lists_to(people["custodian"]) == []
    assert lists_to(people["deputy"]) == [("2026-11-17", "2 things to do: Tuesday, November 17")]


# --- pauses ------------------------------------------------------------------------------------------


@pytest.fixture
def statute(district, people):
    """A rule that the law lets stand still: the Attorney General's 60 days, and its paper."""
    adopt_pack(district=district, pack="ct-10-234@2018", since=date(2026, 7, 1), by=people["admin"])
    case = make_case(district, kind="breach")
    duties = raise_for("breach_discovered", case=case, at=utc(2026, 11, 12, 17), ref="breach:1", by=None)
    paper = Document.objects.create(
        district=district,
        case=case,
        kind="evidence",
        name="request.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        file=ContentFile(b"x", name="x"),
        received_at=MONDAY,
    )
    return {duty.rule: duty for duty in duties}, paper


def test_a_pause_needs_a_law_that_allows_it_a_paper_and_a_second_person(statute, people):
    duties, paper = statute
    both = {"by": people["custodian"], "approved_by": people["admin"]}
    clock = duties["attorney-general-notice"].deadlines.get()
    with pytest.raises(ValidationError, match="allows no pause"):
        pause(duties["vendor-report-other-records"].deadlines.get(), ground="Police", authority=paper, **both)
    with pytest.raises(ValidationError, match="somebody else"):
        pause(clock, ground="Police", authority=paper, by=people["admin"], approved_by=people["admin"])
    with pytest.raises(ValidationError, match="Name the law"):
        pause(clock, ground=" ", authority=paper, **both)
    pause(clock, ground="A request of the police.", authority=paper, **both)
    assert clock.status == "paused"
    with pytest.raises(Conflict):
        pause(clock, ground="Again", authority=paper, **both)


def test_a_paused_clock_stands_still_and_runs_on_for_the_days_that_were_left(statute, people, travel):
    duties, paper = statute
    clock = duties["attorney-general-notice"].deadlines.get()
    assert clock.due_at == utc(2027, 1, 12, 5)  # 60 days from 12 November: 11 January is the last
    pause(clock, ground="Police", authority=paper, by=people["custodian"], approved_by=people["admin"])
    travel(utc(2027, 1, 20, 17))
    sweep()
    clock.refresh_from_db()
    assert clock.status == "paused"
    new = resume(clock, by=people["custodian"])
    assert (new.generation, new.status) == (2, "running")
    assert new.due_at == utc(2027, 3, 18, 4)  # 56 days were left: 17 March is the last
    assert new.basis["paused"]["ground"] == "Police"
    clock.refresh_from_db()
    assert clock.status == "superseded"
    with pytest.raises(Conflict, match="not paused"):
        resume(new, by=people["custodian"])


def held(statute, people, rule="attorney-general-notice"):
    duties, paper = statute
    clock = duties[rule].deadlines.get()
    pause(clock, ground="Police", authority=paper, by=people["custodian"], approved_by=people["admin"])
    return clock


def test_a_clock_that_stood_still_is_counted_again_whole_when_its_start_moves(statute, people, travel):
    clock = held(statute, people)
    travel(utc(2027, 1, 20, 17))
    resume(clock, by=people["custodian"])
    duty = move_start(clock.obligation, at=utc(2026, 11, 10, 17), reason="A mail.", by=people["custodian"])
    new = duty.deadlines.get(status="running")
    assert new.due_at == utc(2027, 3, 16, 4)  # 60 days from 10 November, 54 of them left on the 16th
    lines = " ".join(new.basis["lines"])
    assert "60 calendar days, every day counts: Saturday 9 January 2027." in lines
    assert "54 calendar days were left" in lines
    move_start(duty, at=utc(2026, 9, 1, 16), reason="An older mail.", by=people["custodian"])
    over = duty.deadlines.latest("generation")
    assert (over.status, over.due_at) == ("missed", utc(2026, 11, 1, 4))  # before it was stopped at all


def test_a_paused_clock_begins_earlier_too_and_is_not_over_while_it_stands_still(statute, people, travel):
    clock = held(statute, people)
    residents = held(statute, people, "residents-breach-notice").obligation
    restart_earlier(clock.obligation, at=utc(2026, 11, 10, 17), by=None, reason="The vendor says so.")
    earlier = clock.obligation.deadlines.get(status="paused")
    assert (earlier.due_at, earlier.alert_at) == (utc(2027, 1, 10, 5), None)
    travel(utc(2027, 1, 20, 17))
    settle(residents, at=engine_now(), by=people["custodian"])
    assert residents.deadlines.get().status == "kept"
    assert resume(earlier, by=people["custodian"]).due_at == utc(2027, 3, 16, 4)
