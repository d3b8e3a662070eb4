"""Reports without signing in: by a vendor's link, or by nobody we know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from breaches.intake import record_report
from breaches.models import (
    ReportChannel,
    ReportLink,
    VendorReport,
)
from breaches.roles import DESK, require_desk
from breaches.said import Said
from ledger.clock import engine_now
from ledger.entries import record
from parties.access import acting_in, visible_districts
from parties.models import District, Membership, User, Vendor
from parties.tokens import digest_of, new_token

LINK_DAYS: Final = 90
UNKNOWN_AN_HOUR: Final = 10  # reports from nobody we know, one district


class TooMany(ValidationError):
    """Too many reports from nobody we know in a short time (429)."""


def report_by_link(*, district: District, token: str, said: Said) -> tuple[VendorReport, bool]:
    """A report without signing in. Returns it, and whether the link was good.

    A good link speaks for its one vendor in its one district. Any other link, or none, still takes the
    report: it stays unverified, a person is woken, nothing is public (A29). Raises ValidationError, TooMany.
    """
    with acting_in(*{*visible_districts(), district.pk}):
        link = find_link(district, token)
        if link is None:
            refuse_flood(district)
            return record_report(
                districts=[district], channel=ReportChannel.OPEN, said=_without_vendor(said), by=None
            ), False
        spoken = Said(**{**_fields(said), "vendor": link.vendor})
        return record_report(districts=[district], channel=ReportChannel.LINK, said=spoken, by=None), True


def find_link(district: District, token: str) -> ReportLink | None:
    """The link of this token in this district, while it works."""
    if not token:
        return None
    return (
        ReportLink.objects.select_related("vendor")
        .filter(district=district, digest=digest_of(token), revoked_at=None, expires_at__gt=engine_now())
        .first()
    )


def working_links(user: User) -> QuerySet[ReportLink]:
    """The links that work today in the districts at whose breach desk this person works."""
    held = Membership.objects.active_for(user).filter(role__in=DESK)
    working = ReportLink.objects.filter(revoked_at=None, expires_at__gt=engine_now())
    return working.filter(district__in=held.values("district"))


def make_report_link(*, district: District, vendor: Vendor, by: User) -> tuple[ReportLink, str]:
    """A link for one vendor and one district, 90 days; returns the row and the token, shown nowhere again.

    Effects: the row with the token's digest, earlier links of the pair revoked, Entry. Raises
    ValidationError, PermissionDenied.
    """
    require_desk(by, district)
    if not vendor.districts.filter(pk=district.pk).exists():
        raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    now = engine_now()
    token, digest = new_token()
    with transaction.atomic():
        for earlier in ReportLink.objects.filter(district=district, vendor=vendor, revoked_at=None):
            earlier.revoked_at = now
            earlier.save()
        link = ReportLink.objects.create(
            district=district,
            vendor=vendor,
            digest=digest,
            made_at=now,
            made_by=by,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
        record("report-link-made", by=by, district=district, vendor=vendor.pk, link=link.pk)
    return link, token


def refuse_flood(district: District) -> None:
    """At most ten reports an hour from nobody we know; the next ones are asked to call."""
    since = engine_now() - timedelta(hours=1)
    recent = VendorReport.objects.filter(
        channel=ReportChannel.OPEN, recorded_at__gt=since, breaches__district=district
    )
    if recent.count() >= UNKNOWN_AN_HOUR:
        raise TooMany(
            _("Many reports came in within an hour. Please call %(phone)s now.")
            % {"phone": district.contact_phone or district.name}
        )


def _fields(said: Said) -> dict[str, Any]:
    return {name: getattr(said, name) for name in Said.__dataclass_fields__}


def _without_vendor(said: Said) -> Said:
    """Nobody we know speaks for no vendor: the name stays as words."""
    return Said(**{**_fields(said), "vendor": None})
