"""An expelled employee, a vendor, a stranger and a careless district, each trying what is not theirs."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from breaches.affected import preview_list
from breaches.closing import close_breach
from breaches.intake import record_report
from breaches.models import ListUpload
from breaches.retention import purge_lists
from breaches.said import Said
from breaches.vendor_word import ask_vendor
from compliance_portal.logs import WithoutRows
from compliance_portal.setup_desk.forms import DistrictForm, RouteForm
from contracts.intake import open_vendor_file
from ledger.clock import engine_now
from mail import outbox
from mail.models import Delivery, Route
from notices import followers
from parties.invitations import find_open, invite
from parties.models import Membership, Role
from policy import daily
from policy.adoptions import adopt_pack
from policy.calendars import calendar_of, confirm_year, holidays_of
from policy.models import Obligation
from policy.obligations import raise_for
from tests.breaches.factories import CT, csv, make_breach, make_district, make_vendor
from tests.contracts.making import a_contract, with_paper
from tests.factories import DistrictFactory, make_case, member
from tests.mail.letters_out import family, notice

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


# --- an expelled employee -------------------------------------------------------------------------------


def test_an_invitation_ends_with_the_role_of_whoever_made_it():
    district = DistrictFactory()
    leaver = member(district, role=Role.ADMINISTRATOR)
    _row, token = invite(email="second@mail.example", by=leaver, district=district, role="administrator")
    assert find_open(token) is not None
    Membership.objects.filter(user=leaver).update(ended_at=engine_now())
    assert find_open(token) is None


# --- a vendor -------------------------------------------------------------------------------------------


def test_a_vendor_does_not_read_what_an_employee_told_the_district_about_it(travel, client):
    travel(NOW)
    district = make_district()
    by = member(district)
    vendor, speaker = make_vendor(district)
    said = Said(what_happened="Ms. Roe saw our files for sale.", vendor=vendor, reporter_name="J. Roe")
    report = record_report(districts=[district], channel="employee", said=said, by=by)
    client.force_login(speaker)
    assert client.get(reverse("vendor_report:detail", args=[report.number])).status_code == 404
    assert "Roe" not in client.get(reverse("vendor_report:list")).content.decode()


@pytest.mark.parametrize("year", [1, 9999])
def test_a_claimed_time_at_the_end_of_the_calendar_is_refused_beside_its_field(travel, year):
    travel(NOW)
    district = make_district()
    vendor, speaker = make_vendor(district)
    at = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    said = Said(what_happened="A breach.", vendor=vendor, claimed_suspected_at=at)
    with pytest.raises(ValidationError) as refusal:
        record_report(districts=[district], channel="signed_in", said=said, by=speaker)
    assert "claimed_suspected_at" in refusal.value.message_dict


def test_a_filter_in_the_address_of_a_report_over_the_api_breaks_nothing(travel, client):
    travel(NOW)
    district = make_district()
    client.force_login(member(district))
    said = {"district": district.slug, "channel": "phone", "received_at": "2026-11-20T14:00:00Z",
            "what_happened": "A laptop was lost."}  # fmt: skip
    answer = client.post("/api/v1/breaches/?status=closed", said, content_type="application/json")
    assert answer.status_code == 201


# --- a stranger -----------------------------------------------------------------------------------------


def test_strangers_cannot_have_the_district_write_to_thousands_of_addresses(travel, monkeypatch):
    travel(NOW)
    district = DistrictFactory(languages=["en"])
    monkeypatch.setattr(followers, "QUESTIONS_AN_HOUR", 3)
    for number in range(6):
        followers.ask_to_follow(district, email=f"victim{number}@mail.example", language="en")
    assert Delivery.objects.filter(message__kind="follow-question").count() == 3


@pytest.mark.parametrize(
    "path", ["/{slug}/en/?q=%00", "/d/{slug}/contracts/%00/", "/d/{slug}/contracts/?q=%00"]
)
def test_a_null_character_in_an_address_is_not_found(client, path):
    district = DistrictFactory(languages=["en"])
    client.force_login(member(district))
    assert client.get(path.format(slug=district.slug)).status_code == 404


def test_a_cookie_with_a_null_character_counts_as_not_sent(client):
    answer = client.get("/", headers={"Cookie": 'session="aaaaaaaa\\000"; csrf="\\000"'})
    assert answer["Location"].startswith(reverse("account_login"))


def test_the_log_of_a_database_error_holds_no_row(caplog):
    first = DistrictFactory(name="Secret Family Name")
    record = None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE parties_district SET zone = NULL WHERE id = %s", [first.pk])
    except IntegrityError as error:
        info = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), info)
    assert record is not None
    line = WithoutRows("%(message)s").format(record)
    assert "IntegrityError" in line
    assert "not-null" in line
    assert "Secret Family Name" not in line


# --- a careless or cunning district ---------------------------------------------------------------------


def test_a_sender_in_other_letters_does_not_stop_the_mail_of_other_districts(relay):
    odd, other = DistrictFactory(), DistrictFactory()
    Route.objects.create(district=odd, sender="schule@bücher.example")
    notice(odd, [family(1)])
    notice(other, [family(2)])
    for _turn in range(3):
        outbox.turn()
    assert Delivery.objects.get(district=other).status == "sent"
    assert Delivery.objects.get(district=odd).status == "pending"


def test_the_form_keeps_a_sender_in_the_letters_of_the_network():
    sent = {"relay": "smtp", "sender": "schule@bücher.example", "a_second": "10"}
    form = RouteForm(sent, instance=Route(district=DistrictFactory()))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["sender"] == "schule@xn--bcher-kva.example"


def facts(district, **changes):
    kept = {name: getattr(district, name) for name in DistrictForm.Meta.fields}
    return {**{name: value or "" for name, value in kept.items()}, **changes}


def test_the_go_live_day_does_not_move_later_once_clocks_run(travel):
    travel(NOW)
    district = make_district()
    make_breach(district, by=member(district))
    form = DistrictForm(facts(district, go_live_on="2099-01-01"), instance=district)
    assert "go_live_on" in form.errors
    assert DistrictForm(facts(district, go_live_on="2026-06-01"), instance=district).is_valid()


def test_a_pack_taken_up_from_a_past_day_is_owed_for_what_happened_since(travel, client):
    travel(NOW)
    district = DistrictFactory()
    head = member(district, role=Role.ADMINISTRATOR)
    contract = a_contract(district, head)
    paper = with_paper(contract, head)
    from contracts.execution import execute_contract

    execute_contract(contract, executed_on=date(2026, 11, 16), by=head, instrument=paper)
    assert not Obligation.objects.filter(case=contract.case, rule="contract-notice").exists()
    client.force_login(head)
    where = reverse("setup:packs", args=[district.slug])
    assert client.post(where, {"packs": [CT], "since": "2026-07-01"}).status_code == 302
    assert Obligation.objects.filter(case=contract.case, rule="contract-notice").count() == 1


def test_a_pack_taken_up_later_dates_a_duty_that_is_open_already(travel):
    travel(NOW)
    district = make_district()
    case = make_case(district)
    head = member(district, role=Role.ADMINISTRATOR)
    raise_for("executed", case=case, at=NOW, ref="instrument:1", by=None)
    duty = Obligation.objects.get(case=case, rule="contract-posting")
    packs = set(duty.deadlines.values_list("pack", flat=True))
    adopt_pack(district=district, pack="ct-10-234@2018", since=date(2020, 1, 1), by=head)
    raise_for("executed", case=case, at=NOW, ref="instrument:1", by=None)
    assert set(duty.deadlines.values_list("pack", flat=True)) > packs


def test_holidays_of_ones_own_lengthen_no_running_clock_and_are_few(travel):
    travel(datetime(2026, 12, 1, 15, 0, tzinfo=UTC))
    district = make_district()
    head = member(district, role=Role.ADMINISTRATOR)
    raise_for("executed", case=make_case(district), at=engine_now(), ref="instrument:1", by=None)
    duty = Obligation.objects.get(district=district, rule="contract-notice")
    before = duty.deadlines.get(status="running").due_at
    calendar = calendar_of(district)
    shipped = holidays_of(calendar, 2026)
    confirm_year(
        district=district, calendar=calendar, year=2026,
        holidays=[*shipped, (date(2026, 12, 3), "Founders' Day")], by=head,
    )  # fmt: skip
    assert duty.deadlines.get(status="running").due_at == before
    many = [(date(2027, 3, day), f"Day {day}") for day in range(1, 20)]
    with pytest.raises(ValidationError):
        confirm_year(
            district=district, calendar=calendar, year=2027,
            holidays=[*holidays_of(calendar, 2027), *many], by=head,
        )  # fmt: skip


def test_the_morning_list_of_somebody_away_without_a_deputy_is_still_written(travel):
    travel(NOW)
    district = DistrictFactory()
    away = member(district, role=Role.CUSTODIAN, away_from=NOW - timedelta(days=3))
    assert [user for user, _posts in daily.people(NOW)] == [away]


def test_a_list_that_was_looked_at_and_never_taken_is_deleted_with_its_breach(travel):
    travel(NOW)
    district = make_district()
    by = member(district)
    breach = make_breach(district, by=by, sort="attempt")
    preview_list(breach, upload=csv("name,email", "Ann Example,ann@home.example"), by=by)
    Obligation.objects.filter(case=breach.case).update(status="settled")
    close_breach(breach, corrective_action="A second sign-in step.", by=by)
    travel(NOW + timedelta(days=4000))
    assert purge_lists() == 1
    assert not ListUpload.objects.exists()


def test_mail_to_a_vendor_does_not_go_where_another_district_wrote(travel):
    travel(NOW)
    cunning, ours = make_district(), make_district()
    open_vendor_file(
        district=cunning, name="Lumen", kind="operator", by=member(cunning), contact_email="me@mail.example"
    )
    by = member(ours)
    file = open_vendor_file(district=ours, name="Lumen", kind="operator", by=by)
    breach = make_breach(ours, by=by, vendor=file.vendor)
    ask_vendor(breach, about="access_log", by=by)
    assert not Delivery.objects.filter(address="me@mail.example").exists()
