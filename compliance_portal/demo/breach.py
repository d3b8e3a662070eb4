"""The demo's breach: reported 31 hours ago, so that 17 of the 48 are left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from breaches.intake import record_report
from breaches.models import ReportChannel
from breaches.said import Said
from compliance_portal.demo.people import Cast
from contracts.models import Contract

HOURS_AGO = 31


def report_breach(cast: Cast, contracts: Collection[Contract], *, now: datetime) -> None:
    lumen = next(contract for contract in contracts if contract.product == "Lumen Reading")
    record_report(
        districts=[cast.district],
        channel=ReportChannel.PHONE,
        said=Said(
            vendor=lumen.vendor_file.vendor,
            what_happened="A staff member's password was stolen and used to open student profiles.",
            product=lumen.product,
            elements=["student-name", "grade-level", "performance-scores"],
            people_claimed=21,
            claimed_suspected_at=now - timedelta(days=9),
            claimed_discovered_at=now - timedelta(days=9),
            reporter_name="Lumen Reading privacy office",
        ),
        received_at=now - timedelta(hours=HOURS_AGO),
        contracts=[lumen],
        by=cast.custodian,
    )
