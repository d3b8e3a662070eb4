"""Letters, and a district whose own system sends."""

from __future__ import annotations

import csv
import io
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from ledger.entries import Conflict
from ledger.models import Document
from mail.models import Delivery, Route
from notices.elsewhere import export_recipients, take_report
from notices.issue import issue_notice
from notices.letters import mark_posted, print_letters
from parties.models import Role
from policy.models import Obligation
from roster.models import Guardian
from tests.factories import DistrictFactory, member
from tests.notices.factories import make_district, make_notice

pytestmark = pytest.mark.django_db


def issued(district, by, **given):
    return issue_notice(make_notice(district, by=by, **given), by=by)


def by_letter(district):
    Guardian.objects.filter(district=district).update(email="", postal_address="5 Elm Street")


def test_letters_are_printed_once_then_posted_and_the_duty_is_done():
    district = make_district(families=2)
    by_letter(district)
    by = member(district)
    notice = issued(district, by)
    assert print_letters(notice, by=by).startswith(b"%PDF-")
    assert Document.objects.filter(case=notice.case, kind="letters").count() == 1
    with pytest.raises(Conflict):
        print_letters(notice, by=by)
    assert mark_posted(notice, by=by) == 2
    assert set(notice.message.deliveries.values_list("status", flat=True)) == {"posted"}
    assert Obligation.objects.get(case=notice.case, rule="print-letters").status == "settled"
    with pytest.raises(Conflict):
        mark_posted(notice, by=by)


def elsewhere(district):
    Route.objects.create(district=district, relay="elsewhere", sender="school@northfield.example")


def test_a_district_that_sends_itself_gets_the_frozen_list_and_text():
    district = make_district(families=2)
    elsewhere(district)
    by = member(district)
    notice = issued(district, by)
    assert notice.sent_elsewhere
    assert set(notice.message.deliveries.values_list("status", flat=True)) == {"exported"}
    rows = list(
        csv.reader(io.StringIO(export_recipients(notice, extension="csv", by=by).decode("utf-8-sig")))
    )
    assert rows[0] == ["ref", "name", "email", "language", "subject", "text"]
    assert {row[0] for row in rows[1:]} == {g.ref for g in Guardian.objects.filter(district=district)}
    assert "MathPath" in rows[1][5]


def test_no_cell_of_the_list_is_a_formula():
    """A24."""
    district = make_district(families=1)
    Guardian.objects.filter(district=district).update(given_name="=HYPERLINK(1)", family_name="+1")
    elsewhere(district)
    by = member(district)
    notice = issued(district, by)
    rows = list(
        csv.reader(io.StringIO(export_recipients(notice, extension="csv", by=by).decode("utf-8-sig")))
    )
    assert rows[1][1] == "'=HYPERLINK(1) +1"
    book = ZipFile(io.BytesIO(export_recipients(notice, extension="xlsx", by=by)))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def report(text, name="report.csv"):
    return ContentFile(text.encode(), name=name)


def test_the_delivery_report_is_matched_and_a_failure_becomes_a_letter():
    district = make_district(families=3)
    elsewhere(district)
    by = member(district)
    notice = issued(district, by)
    first, second, third = notice.message.deliveries.order_by("pk")
    matched = take_report(
        notice,
        upload=report(
            f"ref,status,at\n{first.recipient_ref},delivered,2026-11-18T09:30-05:00\n"
            f"{second.recipient_ref},bounced,\nguardian:999999,sent,\n".replace("2026-11-18", "2026-01-18")
        ),
        by=by,
    )
    assert matched == 2
    statuses = dict(
        Delivery.objects.filter(message=notice.message, channel="email").values_list(
            "recipient_ref", "status"
        )
    )
    assert statuses == {
        first.recipient_ref: "sent",
        second.recipient_ref: "refused",
        third.recipient_ref: "exported",
    }
    assert (
        Delivery.objects.get(message=notice.message, channel="letter").recipient_ref == second.recipient_ref
    )
    assert Document.objects.filter(case=notice.case, kind="delivery-report").exists()


def test_a_report_may_name_addresses_and_reading_it_twice_changes_nothing():
    district = make_district(families=1)
    elsewhere(district)
    by = member(district)
    notice = issued(district, by)
    text = f"email,status\n{notice.message.deliveries.get().address.upper()},Sent\n"
    assert take_report(notice, upload=report(text), by=by) == 1
    assert take_report(notice, upload=report(text), by=by) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ref\nguardian:1\n", "“status” is missing"),
        ("name,status\nx,sent\n", "“ref” or “email” is missing"),
        ("ref,status\nguardian:1,perhaps\n", "line 2: status “perhaps”"),
        ("ref,status,at\nguardian:1,sent,yesterday\n", "line 2: write times"),
        ("ref,status,at\nguardian:1,sent,2026-01-01T00:00\n", "line 2: write times"),
        ("ref,status,at\nguardian:1,sent,2999-01-01T00:00Z\n", "line 2: this time is in the future"),
        ("", "empty"),
    ],
)
def test_a_report_that_cannot_be_read_whole_is_refused_with_its_line(text, said):
    district = make_district(families=1)
    elsewhere(district)
    by = member(district)
    notice = issued(district, by)
    with pytest.raises(ValidationError) as refused:
        take_report(notice, upload=report(text), by=by)
    assert said in " ".join(refused.value.message_dict["report"])
    assert notice.message.deliveries.get().status == "exported"


def test_nobody_without_a_role_gets_the_list_the_letters_or_reads_a_report():
    district = make_district()
    notice = issued(district, member(district))
    for stranger in (member(DistrictFactory()), member(district, role=Role.VIEWER)):
        for verb in (
            lambda by: export_recipients(notice, extension="csv", by=by),
            lambda by: print_letters(notice, by=by),
            lambda by: mark_posted(notice, by=by),
            lambda by: take_report(notice, upload=report("ref,status\n"), by=by),
        ):
            with pytest.raises(PermissionDenied):
                verb(stranger)
