"""A district's legal holidays: the calendar it starts from, and how a person confirms a year."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.access import require_role
from parties.models import District, Role, User
from policy.models import Calendar, ConfirmedYear, Holiday, YearChange
from policy.recount import recount
from policy.two_persons import Asked, tell_others

MOST_FURTHER = 5
MAY_CONFIRM = (Role.ADMINISTRATOR, Role.CUSTODIAN, Role.SUPERINTENDENT, Role.COUNSEL)


def calendar_of(district: District) -> Calendar:
    """The shipped calendar of the district's state, or the federal one when the state has none."""
    found = Calendar.objects.filter(slug__in=(f"US-{district.state}", "US")).order_by("-slug").first()
    if found is None:
        raise Calendar.DoesNotExist("The shipped calendars are missing: run manage.py migrate.")
    return found


def holidays_of(calendar: Calendar, year: int) -> list[tuple[date, str]]:
    """What the calendar proposes for a year, in order; empty when it does not reach so far."""
    return [(row.on, row.name) for row in Holiday.objects.filter(calendar=calendar, on__year=year)]


def confirm_year(
    *,
    district: District,
    calendar: Calendar,
    year: int,
    holidays: Iterable[tuple[date, str]],
    by: User,
    approved_by: User | None = None,
    reason: str = "",
) -> ConfirmedYear:
    """A person confirms the legal holidays of one year; running clocks are counted again.

    The first confirmation of a year may move a provisional date later: that is what it is for. Days that the
    shipped calendar does not know (at most five) become a version of their own, which counts from then on and
    lengthens no running clock. A later version that adds a holiday could, so it takes a second person and a
    reason; one that only takes holidays away takes effect at once (architecture §5.5, §7).
    Effects: ConfirmedYear, new generations of running deadlines, Entries.
    Raises ValidationError for a day outside the year or a missing second person, PermissionDenied.
    """
    require_role(by, district, *MAY_CONFIRM)
    days = _checked(year, holidays)
    with transaction.atomic():
        return _confirm(district, calendar, year, days, by=by, approved_by=approved_by, reason=reason.strip())


def change_year(
    *,
    district: District,
    calendar: Calendar,
    year: int,
    holidays: Iterable[tuple[date, str]],
    by: User,
    reason: str = "",
) -> YearChange | None:
    """Confirm a year, or correct one that was confirmed before; None when all of it took effect.

    What is taken away makes clocks end earlier: at once. What is added may lengthen a running clock: it is
    asked of a second person, and never taken alone (architecture §7). Effects: as `confirm_year`; YearChange,
    a message, Entry. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_role(by, district, *MAY_CONFIRM)
    wanted = _checked(year, holidays)
    with transaction.atomic():
        District.objects.select_for_update().get(pk=district.pk)
        before = ConfirmedYear.objects.filter(district=district, year=year).order_by("-version").first()
        known = {date.fromisoformat(day): name for day, name in before.holidays} if before else wanted
        kept = {day: name for day, name in wanted.items() if day in known}
        if before is None or set(kept) != set(known):
            confirm_year(
                district=district, calendar=calendar, year=year, holidays=kept.items(), by=by, reason=reason
            )
        if set(wanted) == set(kept):
            return None
        return _ask_further(district, calendar, year, wanted, by=by, reason=reason)


def decide_year(change: YearChange, *, by: User, is_agreed: bool) -> YearChange:
    """The second person agrees to further holidays, or does not; whoever asked may take it back.

    Whoever asked may have left since: it is the second person who answers for it now.
    Effects: YearChange, and when agreed a new version of the year with the clocks counted again; Entry.
    """
    require_role(by, change.district, *MAY_CONFIRM)
    with transaction.atomic():
        locked = YearChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
        if locked.is_agreed is not None:
            raise Conflict(_("This was already decided."))
        locked.decided_by, locked.decided_at, locked.is_agreed = by, engine_now(), is_agreed
        locked.save()
        if is_agreed:
            days = {date.fromisoformat(day): name for day, name in locked.holidays}
            _confirm(
                locked.district,
                locked.calendar,
                locked.year,
                days,
                by=locked.asked_by,
                approved_by=by,
                reason=locked.reason,
            )
        else:
            record("holidays-declined", by=by, district=locked.district, year=locked.year)
    return locked


def _confirm(
    district: District,
    calendar: Calendar,
    year: int,
    days: dict[date, str],
    *,
    by: User,
    approved_by: User | None,
    reason: str,
) -> ConfirmedYear:
    District.objects.select_for_update().get(pk=district.pk)
    before = ConfirmedYear.objects.filter(district=district, year=year).order_by("-version").first()
    adds = before is not None and not set(days) <= {date.fromisoformat(day) for day, _name in before.holidays}
    if adds:
        _require_second(district, by, approved_by, reason)
    version = before.version + 1 if before else 1
    shipped = {day for day, _name in holidays_of(calendar, year)}
    further = set(days) - shipped if before is None else set()
    if len(further) > MOST_FURTHER:
        raise ValidationError({"more": _("A year has no more than five legal holidays of its own.")})
    keep = partial(_keep, district, year, calendar=calendar, by=by, approved_by=approved_by, reason=reason)
    if further:
        keep(version, {day: name for day, name in days.items() if day in shipped})
        version += 1
    return keep(version, days, agreed=frozenset(days) if adds else frozenset())


def _ask_further(
    district: District, calendar: Calendar, year: int, wanted: dict[date, str], *, by: User, reason: str
) -> YearChange:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    if YearChange.objects.filter(district=district, year=year, is_agreed=None).exists():
        raise Conflict(_("A change of this year already waits for a second person."))
    change = YearChange.objects.create(
        district=district,
        year=year,
        calendar=calendar,
        holidays=[[day.isoformat(), name] for day, name in sorted(wanted.items())],
        reason=reason.strip(),
        asked_by=by,
        asked_at=engine_now(),
    )
    record("holidays-asked", by=by, district=district, reason=change.reason, year=year)
    asked = Asked(
        title=f"Further legal holidays of {year}",
        reason=change.reason,
        url=reverse("setup:year_change", args=[district.slug, change.pk]),
    )
    tell_others(district, by=by, roles=MAY_CONFIRM, asked=asked)
    return change


def _keep(
    district: District,
    year: int,
    version: int,
    days: dict[date, str],
    *,
    calendar: Calendar,
    by: User,
    approved_by: User | None,
    reason: str,
    agreed: Collection[date] = (),
) -> ConfirmedYear:
    confirmed = ConfirmedYear.objects.create(
        district=district,
        year=year,
        version=version,
        calendar=calendar,
        holidays=[[day.isoformat(), name] for day, name in sorted(days.items())],
        confirmed_by=by,
        confirmed_at=engine_now(),
    )
    record(
        "holidays-confirmed",
        by=by,
        district=district,
        reason=reason,
        year=year,
        version=confirmed.version,
        calendar=calendar.slug,
        days=[day for day, _name in confirmed.holidays],
        approved_by=approved_by.pk if approved_by else None,
    )
    why = reason or f"The holidays of {year} were confirmed."
    recount(district, by=by, reason=why, agreed=agreed)
    return confirmed


def _checked(year: int, holidays: Iterable[tuple[date, str]]) -> dict[date, str]:
    days = dict(holidays)
    if outside := sorted(day for day in days if day.year != year):
        text = _("%(day)s is not in %(year)s.") % {"day": outside[0].isoformat(), "year": year}
        raise ValidationError({"days": text})
    if not all(name.strip() for name in days.values()):
        raise ValidationError({"days": _("Every holiday needs its name.")})
    return days


def _require_second(district: District, by: User, approved_by: User | None, reason: str) -> None:
    if approved_by is None or approved_by == by:
        raise ValidationError(
            {"approved_by": _("A further holiday may lengthen a running clock: a second person must agree.")}
        )
    require_role(approved_by, district, *MAY_CONFIRM)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
