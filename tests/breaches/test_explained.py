"""Each clock of a breach is the one that `explain_deadline` counts from the same start."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from breaches.models import BreachSort, ReportChannel
from policy.models import Deadline, DeadlineStatus
from tests.breaches.factories import (
    CALIFORNIA,
    CT,
    MISSOURI,
    NEBRASKA,
    STATUTE,
    make_breach,
    make_district,
    make_vendor,
)
from tests.factories import member

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


def explained(deadline, capsys):
    call_command(
        "explain_deadline", deadline.pack, deadline.rule, "--at", deadline.started_at.isoformat(),
        "--zone", deadline.district.zone, "--json",
    )  # fmt: skip
    return json.loads(capsys.readouterr().out)


@pytest.mark.obligation("B-1", "B-2", "B-3", "B-4", "B-5", "B-7", "B-8", "B-12")
@pytest.mark.parametrize(
    ("packs", "fields", "rules"),
    [
        (
            (CT, STATUTE, MISSOURI, NEBRASKA),
            {},
            {
                "vendor-report-suspicion", "vendor-families-notice", "vendor-report-student-information",
                "vendor-report-other-records", "families-breach-notice", "breach-posting",
                "superintendent-told", "investigation", "affected-people-notice",
            },
        ),
        ((CALIFORNIA,), {"zone": "America/Los_Angeles", "state": "CA"}, {"cyberattack-report"}),
    ],
)  # fmt: skip
def test_every_clock_agrees_with_explain_deadline(travel, capsys, packs, fields, rules):
    travel(FRIDAY + timedelta(hours=1))
    district = make_district(*packs, **fields)
    is_attack = CALIFORNIA in packs
    breach = make_breach(
        district, by=member(district), vendor=None if is_attack else make_vendor(district)[0],
        received_at=FRIDAY, people_claimed=2_000, elements=["student-name", "grades", "ssn"],
        channel=ReportChannel.OWN if is_attack else ReportChannel.PHONE,
        sort=BreachSort.CYBERATTACK if is_attack else BreachSort.ACCESS,
        claimed_suspected_at=FRIDAY - timedelta(hours=30), claimed_discovered_at=FRIDAY - timedelta(days=4),
    )  # fmt: skip
    clocks = Deadline.objects.filter(case=breach.case).exclude(pack="agreed").select_related("district")
    assert rules <= set(clocks.values_list("rule", flat=True))
    for deadline in clocks:
        answer = explained(deadline, capsys)
        due_at = answer["due_at"] and datetime.fromisoformat(answer["due_at"])
        assert (deadline.rule, deadline.due_at) == (deadline.rule, due_at)
        assert (deadline.due_at is None) == (deadline.status == DeadlineStatus.UNDATED)
        assert answer["in_force"]
        if due_at:
            assert deadline.basis["lines"] == answer["lines"]
