"""What a report must be before it is taken: its words, who brings it, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from breaches.models import (
    STAFF_CHANNELS,
    ReportChannel,
)
from breaches.roles import require_desk
from ledger.clock import check_year
from notices.elements import SCHEDULE
from parties.models import District, User, Vendor

LONGEST: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a report says. The claimed times are the reporter's; they never move a district's clock."""

    what_happened: str
    vendor: Vendor | None = None
    vendor_named: str = ""
    product: str = ""
    elements: Collection[str] = ()
    people_claimed: int | None = None
    claimed_began_at: datetime | None = None
    claimed_suspected_at: datetime | None = None
    claimed_discovered_at: datetime | None = None
    reporter_name: str = ""
    reporter_contact: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "vendor_named": self.vendor_named.strip()[:200],
            "product": self.product.strip()[:200],
            "what_happened": self.what_happened.strip(),
            "elements": [code for code in SCHEDULE if code in self.elements],
            "people_claimed": self.people_claimed,
            "claimed_began_at": self.claimed_began_at,
            "claimed_suspected_at": self.claimed_suspected_at,
            "claimed_discovered_at": self.claimed_discovered_at,
            "reporter_name": self.reporter_name.strip()[:200],
            "reporter_contact": self.reporter_contact.strip()[:200],
        }


def check_said(said: Said, *, channel: str, field: str = "what_happened") -> None:
    """Raise ValidationError, each message under its field, when this cannot be taken as a report."""
    wrong: dict[str, str] = {}
    if not said.what_happened.strip():
        wrong[field] = _("Write what happened, as far as you know. One sentence is enough.")
    elif len(said.what_happened) > LONGEST:
        wrong[field] = _("Use at most 8,000 letters.")
    elif "\0" in said.what_happened:
        wrong[field] = _("Remove the control characters.")
    if set(said.elements) - set(SCHEDULE):
        wrong["elements"] = _("Choose from the list.")
    if said.people_claimed is not None and not 0 <= said.people_claimed <= 100_000_000:
        wrong["people_claimed"] = _("Write a number, 0 or more.")
    if channel not in ReportChannel.values:
        wrong["channel"] = _("Choose one of the answers.")
    for name in ("vendor_named", "product", "reporter_name", "reporter_contact"):
        text = getattr(said, name)
        if len(text) > 200:
            wrong[name] = _("Use at most 200 letters.")
        elif any(ord(letter) < 32 for letter in text):
            wrong[name] = _("Write it on one line.")
    if wrong:
        raise ValidationError(wrong)
    for name in ("claimed_began_at", "claimed_suspected_at", "claimed_discovered_at"):
        check_aware(name, getattr(said, name))


def check_reporter(channel: str, districts: Collection[District], said: Said, *, by: User | None) -> None:
    """Raise unless this person may report this to these districts by this channel."""
    if not districts:
        raise ValidationError({"districts": _("Choose the districts whose data it is about.")})
    if channel in STAFF_CHANNELS:
        if by is None:
            raise PermissionDenied("Sign in to record a report.")
        for district in districts:
            require_desk(by, district)
        if said.vendor and not said.vendor.districts.filter(pk__in=[d.pk for d in districts]).exists():
            raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    elif channel == ReportChannel.SIGNED_IN:
        if by is None or said.vendor is None:
            raise PermissionDenied("Sign in to report.")
        if not Vendor.objects.for_member(by).filter(pk=said.vendor.pk).exists():
            raise PermissionDenied("You can report for your own company only.")
        dealt_with = set(said.vendor.districts.values_list("pk", flat=True))
        if any(district.pk not in dealt_with for district in districts):
            raise ValidationError({"districts": _("Choose from the list.")})


def check_receipt(at: datetime, *, now: datetime) -> None:
    """Raise ValidationError unless this can be the first moment the district had the report."""
    check_aware("received_at", at)
    if at > now:
        raise ValidationError({"received_at": _("This time is in the future.")})


def check_aware(name: str, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise ValidationError({name: _("Give the time with its UTC offset, for example -05:00 or Z.")})
    check_year(name, at)
