"""Duties that come round by the calendar, not by an event: training, the drill, next year's holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from django.db import transaction

from ledger.clock import engine_now
from ledger.entries import open_case
from ledger.models import Case
from parties.models import District
from policy import clock
from policy.editions import followed_on
from policy.models import Obligation
from policy.obligations import raise_for
from policy.packs import Rule

STANDING = "standing"
"""The kind of the one case on which a district's yearly and standing duties hang."""

AHEAD = timedelta(days=120)
"""How long before its day a yearly duty appears."""


def standing_case(district: District) -> Case:
    """The district's case for yearly and standing duties; opened when first needed."""
    found = Case.objects.filter(district=district, kind=STANDING).order_by("pk").first()
    if found is not None:
        return found
    with transaction.atomic():
        District.objects.select_for_update().get(pk=district.pk)
        found = Case.objects.filter(district=district, kind=STANDING).order_by("pk").first()
        return found or open_case(district=district, kind=STANDING, title="Yearly and standing duties")


def raise_yearly(district: District) -> list[Obligation]:
    """Raise each yearly duty from 120 days before its day, once a year and act, whichever packs ask for it.

    Effects: Obligations and Deadlines. The earliest day of the packs that ask names the year.
    """
    now = engine_now()
    today = clock.local_day(now, district.tz)
    days: dict[str, list[date]] = {}
    for followed in followed_on(district, today):
        for rule in followed.pack.raised_by("fixed_date", today):
            if month_day := followed.amount_of(rule):
                days.setdefault(rule.key, []).append(clock.annual_day(today, str(month_day)))
    raised: list[Obligation] = []
    for key, found in days.items():
        first = min(found)
        if first - today <= AHEAD and not _is_raised(district, key, first.year):
            case = standing_case(district)
            raised += raise_for(
                "fixed_date",
                case=case,
                at=now,
                ref=f"year:{first.year}:{key}",
                by=None,
                concerns=partial(_is, key),
            )
    return raised


def _is(key: str, rule: Rule) -> bool:
    return rule.key == key


def _is_raised(district: District, key: str, year: int) -> bool:
    ref = f"year:{year}:{key}"
    return Obligation.objects.filter(
        district=district, case__kind=STANDING, trigger_ref=ref, rule=key
    ).exists()
