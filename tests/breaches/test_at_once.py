"""The same step taken by many at the same moment: one report, one breach, one approval, one sending."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from breaches.intake import record_report
from breaches.links import report_by_link
from breaches.models import Breach, ReportChannel, VendorReport
from breaches.response import approve, send_and_post
from breaches.said import Said
from ledger.entries import Conflict
from ledger.models import Case
from mail.models import Message
from notices.models import Posting
from parties.access import see_districts
from parties.models import Role
from policy.models import Obligation
from tests.breaches.factories import (
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    write,
)
from tests.factories import member

pytestmark = pytest.mark.django_db(transaction=True)
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


def together(times, verb, *districts):
    """Call `verb` in `times` threads with connections of their own; returns results, refusals as such."""

    def one(_number):
        see_districts([district.pk for district in districts])
        try:
            return verb()
        except (Conflict, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=min(times, 16)) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.obligation("B-1")
def test_the_same_report_50_times_at_once_is_one_report_and_one_breach_a_district(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    north, south = make_district(), make_district()
    vendor, speaker = make_vendor(north, south)
    said = Said(what_happened="Profiles were opened.", vendor=vendor)

    def report():
        return record_report(
            districts=[north, south], channel=ReportChannel.SIGNED_IN, said=said, by=speaker
        ).number

    numbers = together(50, report, north, south)
    assert len(set(numbers)) == 1
    assert VendorReport.objects.count() == 1
    assert Breach.objects.count() == 2
    assert Case.objects.filter(kind="breach").count() == 2
    assert Obligation.objects.filter(rule="families-breach-notice").count() == 2
    assert Message.objects.filter(kind="breach-report").count() == 2


def test_an_open_form_pressed_20_times_at_once_opens_one_breach(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    said = Said(what_happened="Profiles were opened.", reporter_contact="sam@lumen.example")
    together(20, lambda: report_by_link(district=district, token="", said=said), district)
    assert (VendorReport.objects.count(), Breach.objects.count()) == (1, 1)


def test_two_people_approving_at_once_give_one_approval(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    write(breach, by=by)
    answers = together(8, lambda: approve(breach, by=second), district)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert breach.case.entries.filter(act="notice-approved").count() == 1


def test_send_pressed_20_times_in_parallel_sends_and_posts_once(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    write(breach, by=by)
    approve(breach, by=second)
    answers = together(20, lambda: send_and_post(breach, by=by), district)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    message = Message.objects.get(kind="breach-notice")
    assert message.deliveries.count() == 10
    assert Posting.objects.count() == 1
