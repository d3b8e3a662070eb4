"""What a packet says of a breach, and lists of people deleted on their day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from breaches.measures import consider_notice, log_step
from breaches.retention import purge_lists
from ledger.models import HeldCase
from ledger.packets import sections_of
from parties.models import Role
from tests.breaches.factories import (
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    tell,
)
from tests.breaches.test_response import settle_everything
from tests.factories import make_case, member

RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


def closed_breach(travel):
    from breaches.closing import close_breach

    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    log_step(breach, kind="secured", words="The password was changed.", by=by)
    consider_notice(breach, whom="police", is_needed=False, reason="No crime is known.", by=by)
    tell(breach, by=by, second=second)
    settle_everything(breach, by=by)
    close_breach(breach, corrective_action="A second sign-in step.", by=by)
    breach.refresh_from_db()
    return breach


@pytest.mark.django_db
def test_a_packet_has_facts_clocks_and_decisions_and_no_affected_person(travel):
    breach = closed_breach(travel)
    sections = sections_of(breach.case)
    said = " ".join(
        str(part) for section in sections for part in (section.heading, section.paragraphs, section.rows)
    )
    for words in (
        "A staff password was stolen.",
        "The password was changed.",
        "No crime is known.",
        "A second sign-in",
    ):
        assert words in said
    assert "Kim Sample" not in said
    assert "@home.example" not in said


@pytest.mark.django_db(transaction=True)
def test_a_list_of_people_is_deleted_on_its_day_and_not_while_a_hold_keeps_it(travel):
    breach = closed_breach(travel)
    hold = HeldCase.objects.create(
        case=breach.case, hold=make_case(breach.district, kind="hold"), since=breach.received_at
    )
    assert purge_lists() == 0
    travel(timedelta(days=181))
    assert (purge_lists(), breach.people.count()) == (0, 10)
    hold.delete()
    assert (purge_lists(), breach.people.count()) == (1, 0)
    assert breach.case.entries.filter(act="people-purged").count() == 1
    assert breach.case.messages.exists()
