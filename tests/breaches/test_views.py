"""The desk in the browser, without a browser: each step by its page, and who is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from breaches.links import make_report_link
from breaches.models import Breach, VendorReport
from notices.models import Posting
from parties.models import Role, User
from policy.models import Obligation
from tests.breaches.factories import (
    CT,
    MISSOURI,
    csv,
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    tell,
    write,
)
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
PAGES = [
    "detail", "report", "check", "people", "notice", "approve", "send", "missed", "close", "reopen", "log",
    "access", "vendor", "decision", "sanctions", "seen_by",
]  # fmt: skip


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def approver(district) -> User:
    return User.objects.get(memberships__district=district, memberships__role=Role.APPROVER)


def plain(answer) -> str:
    """The page without the one token that differs each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = member(district)
    member(district, Role.APPROVER)
    return district, by, make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)


def address(breach, page, *more):
    return reverse(f"breach:{page}", args=[breach.district.slug, breach.case.number, *more])


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_the_desk_and_is_not_there_for_others(desk, page):
    district, by, breach = desk
    write(breach, by=by)
    url = address(breach, page)
    answer = signed_in(by).get(url)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    other = make_district()
    for stranger in (member(district, Role.VIEWER), member(other), make_vendor(district)[1]):
        assert signed_in(stranger).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_another_districts_number_is_answered_as_one_that_never_was(desk):
    _district, _by, breach = desk
    stranger = signed_in(member(make_district()))
    theirs = stranger.get(address(breach, "detail"))
    nothing = stranger.get(reverse("breach:detail", args=[breach.district.slug, "2026-9999"]))
    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert plain(theirs) == plain(nothing)


def test_staff_record_a_report_and_see_its_clock(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by = member(district)
    client = signed_in(by)
    url = reverse("breach:new", args=[district.slug])
    assert client.get(url).status_code == 200
    said = {
        "vendor": make_vendor(district)[0].pk,
        "channel": "phone",
        "sort": "access",
        "received_at": "2026-11-20T06:20",
        "what_happened": "A staff password was stolen.",
    }
    answer = client.post(url, said)
    breach = Breach.objects.get()
    assert answer.status_code == 302
    assert breach.received_at == RECEIVED
    shown = client.get(breach.get_absolute_url()).content.decode()
    assert "47 h 19 min" in shown or "47 h 20 min" in shown
    assert "Sun, Nov 22, 6:20 a.m." in shown
    assert "Recorded. The clock runs." in shown
    again = client.post(url, said, follow=True).content.decode()
    assert ("recorded already" in again, "The clock runs" in again) == (True, False)
    client.post(url, {**said, "received_at": "2026-11-19T06:20"})  # the same words, of the day before
    assert Breach.objects.count() == 2


def test_a_form_that_says_nothing_is_refused_beside_its_fields(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    client, url = signed_in(member(district)), reverse("breach:new", args=[district.slug])
    answer = client.post(url, {})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    whole = {"channel": "own", "sort": "access", "received_at": "2026-11-20T06:20", "what_happened": "Odd."}
    unsaid = client.post(url, whole)  # no company, or one nobody chose yet: a person must say which
    assert (unsaid.status_code, list(unsaid.context["form"].errors)) == (422, ["vendor"])
    assert not VendorReport.objects.exists()
    assert client.post(url, {**whole, "vendor": "own"}).status_code == 302
    assert VendorReport.objects.get().vendor is None


def test_the_five_steps_lead_from_page_to_page_to_the_end(desk):
    district, by, breach = desk
    second = approver(district)
    families = make_families(district, 11)
    client = signed_in(by)

    def go_on(rule="families-breach-notice"):
        return client.get(address(breach, "act", rule)).url

    assert go_on() == address(breach, "people")
    upload = csv("student_id", *(student.sourced_id for student, _guardian in families))
    preview = client.post(go_on(), {"form": "list", "file": upload})
    assert "Nobody is listed before" in client.get(preview.url).content.decode()
    assert client.post(preview.url, {"do": "load"}).status_code == 302
    assert go_on() == address(breach, "notice")
    form = client.get(go_on()).context["form"]
    written = client.post(go_on(), dict(form.initial))
    assert written.url == address(breach, "approve")
    assert go_on() == address(breach, "approve")
    assert "A second person must approve" in client.get(go_on()).content.decode()
    assert client.post(go_on(), {"form": "ask"}).status_code == 302
    assert signed_in(second).post(go_on(), {"form": "approve"}).status_code == 302
    assert go_on("breach-posting") == address(breach, "send")
    shown = client.get(go_on()).content.decode()
    assert "Send and post now" in shown
    assert client.post(go_on(), {}).status_code == 302
    assert Posting.objects.filter(case=breach.case).exists()
    assert "before the limit" in client.get(breach.get_absolute_url()).content.decode()


def test_the_author_sees_no_button_to_approve_and_cannot_post_it(desk):
    _district, by, breach = desk
    write(breach, by=by)
    client = signed_in(by)
    client.post(address(breach, "approve"), {"form": "approve"})
    assert breach.case.notices.get().status == "draft"


def test_names_are_shown_only_when_asked_for_and_the_reading_is_written_down(desk):
    district, by, breach = desk
    list_families(breach, make_families(district, 1), by=by)
    client = signed_in(by)
    assert "Kim Sample" not in client.get(address(breach, "people")).content.decode()
    assert not breach.case.entries.filter(act="affected-people-read").exists()
    assert "Kim Sample" in client.post(address(breach, "people"), {"form": "names"}).content.decode()
    assert breach.case.entries.filter(act="affected-people-read", by=by).count() == 1


def test_each_duty_leads_to_the_page_where_it_is_done(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT, MISSOURI)
    by = member(district)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)
    client = signed_in(by)
    for duty in Obligation.objects.open().filter(case=breach.case):
        answer = client.get(address(breach, "act", duty.rule), follow=True)
        assert answer.status_code == 200
        assert answer.request["PATH_INFO"] != breach.get_absolute_url(), duty.rule
    assert client.get(address(breach, "act", "investigation")).url == address(breach, "log")
    office = address(breach, "office", "state-auditor-report")
    assert client.get(address(breach, "act", "state-auditor-report")).url == office


def test_today_leads_to_the_step_that_is_next(desk):
    _district, by, breach = desk
    shown = signed_in(by).get("/").content.decode()
    assert (
        address(breach, "act", "families-breach-notice") in shown
        or address(breach, "act", "breach-posting") in shown
    )


def test_a_late_breach_says_send_now_and_then_write_why(desk, travel):
    from policy.obligations import settle

    _district, by, breach = desk
    travel(RECEIVED + timedelta(hours=50))
    for duty in Obligation.objects.open().filter(case=breach.case, owed_by="vendor"):
        settle(duty, at=RECEIVED, by=by)
    from policy.sweep import sweep

    sweep()
    shown = signed_in(by).get(breach.get_absolute_url()).content.decode()
    assert "The limit has passed" in shown
    assert "Write why the limit was missed" in shown


def test_a_vendors_person_reports_and_gets_a_receipt_and_sees_no_other_vendors(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    north, south = make_district(), make_district()
    vendor, speaker = make_vendor(north, south)
    _other, stranger = make_vendor(north)
    client = signed_in(speaker)
    answer = client.post(
        reverse("vendor_report:new"),
        {"vendor": vendor.pk, "districts": [north.pk, south.pk], "what_happened": "Profiles were opened."},
    )
    report = VendorReport.objects.get()
    assert answer.url == reverse("vendor_report:detail", args=[report.number])
    shown = client.get(answer.url).content.decode()
    assert report.number in shown
    assert north.name in shown
    assert signed_in(stranger).get(answer.url).status_code == 404
    assert signed_in(member(north)).get(answer.url).status_code == 403
    assert client.get(report.breaches.first().get_absolute_url()).status_code == 404


def test_a_link_takes_a_report_without_sign_in_and_its_token_goes_nowhere_else(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    vendor, _speaker = make_vendor(district)
    _link, token = make_report_link(district=district, vendor=vendor, by=member(district))
    client = Client()
    url = reverse("breach:link_report", args=[district.slug, token])
    page = client.get(url)
    assert vendor.name in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    answer = client.post(url, {"what_happened": "Profiles were opened."})
    assert token not in answer.url
    assert VendorReport.objects.get().number in client.get(answer.url).content.decode()
    assert Client().get(answer.url).status_code == 404


def test_a_dead_link_says_so_and_still_takes_the_report(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    member(district)
    client = Client()
    url = reverse("breach:link_report", args=[district.slug, "nothing-of-ours"])
    assert "no longer works" in client.get(url).content.decode()
    answer = client.post(
        url,
        {
            "what_happened": "Profiles were opened.",
            "reporter_contact": "sam@lumen.example",
            "vendor_named": "Lumen",
        },
    )
    assert answer.status_code == 302
    report = VendorReport.objects.get()
    assert report.is_unverified
    assert Obligation.objects.filter(case__breach__report=report, rule="unverified-report").exists()
    assert not Posting.objects.exists()


def test_the_public_sees_nothing_of_a_breach_before_it_is_posted(desk):
    district, by, breach = desk
    second = approver(district)
    public = Client()
    home = reverse("public:home", args=[district.slug])
    before = public.get(home, follow=True).content.decode()
    list_families(breach, make_families(district, 10), by=by)
    write(breach, by=by)
    assert breach.vendor_name not in public.get(home, follow=True).content.decode()
    assert breach.vendor_name not in before
    tell(breach, by=by, second=second)
    assert breach.vendor_name in public.get(home, follow=True).content.decode()


def test_a_message_on_its_way_to_the_superintendent_is_not_the_draft_to_families(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(CT, MISSOURI)
    by = member(district)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0])
    write(breach, by=by)
    told = Obligation.objects.get(case=breach.case, rule="superintendent-told")
    assert told.message_id is not None
    answer = signed_in(by).get(address(breach, "act", "superintendent-told"), follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == address(breach, "duty", "superintendent-told")
