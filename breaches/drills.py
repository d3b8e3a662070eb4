"""Practising a breach: the whole desk with real clocks, every message marked and to staff only."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from breaches.intake import record_report
from breaches.models import Breach, ReportChannel
from breaches.roles import require_desk
from breaches.said import Said
from ledger.clock import engine_now
from parties.models import District, User, Vendor


def start_drill(*, district: District, by: User, vendor: Vendor | None = None, story: str = "") -> Breach:
    """Start a drill as if this vendor had just reported. No vendor and no family hears of it.

    Effects: as record_report, marked as a drill. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_desk(by, district)
    if Breach.objects.open().filter(district=district, is_drill=True).exists():
        raise ValidationError({"vendor": _("A drill is already going on. Finish that one first.")})
    now = engine_now()
    words = story.strip() or _("A drill: a stolen staff password was used to open student profiles.")
    told = Said(
        # The time makes this year's drill another report than last year's with the same story.
        what_happened=f"{words} ({now.astimezone(district.tz):%B %-d, %Y, %H:%M})",
        vendor=vendor,
        elements=["student-name", "grade-level"],
    )
    report = record_report(
        districts=[district], channel=ReportChannel.PHONE, said=told, by=by, received_at=now, is_drill=True
    )
    return report.breaches.get(district=district)
