"""Legal holidays, year by year, and the days on which schools are closed."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.places import add_closure, years_of
from compliance_portal.setup_desk.views.scope import code, desk_of, next_step, person, refusal, show
from ledger.clock import engine_now
from ledger.entries import Conflict
from parties.access import districts_of, require_role
from policy.calendars import MAY_CONFIRM, calendar_of, change_year, decide_year, holidays_of
from policy.models import Closure


def holidays(request: HttpRequest, slug: str, year: int | None = None) -> HttpResponse:
    """Confirm each legal holiday of a year. Until then the year is counted with weekends only."""
    district = desk_of(request, slug)
    this_year = engine_now().astimezone(district.tz).year
    confirmed = {row.year: row for row in district.confirmed_years.order_by("version")}
    if year is None:
        year = next((y for y in (this_year, this_year + 1) if y not in confirmed), this_year)
    if year not in years_of(district):
        return redirect("setup:holidays", district.slug)
    calendar = calendar_of(district)
    listed = holidays_of(calendar, year)
    row = confirmed.get(year)
    form = desk_forms.HolidaysForm(
        request.POST or None, year=year, holidays=listed, confirmed=row.holidays if row else None
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = change_year(
                district=district,
                calendar=calendar,
                year=year,
                holidays=form.confirmed(),
                by=person(request),
                reason=form.cleaned_data.get("reason", ""),
            )
            if asked is not None:
                messages.success(request, "A second person must agree to the further days. They were told.")
                return redirect("setup:holidays", district.slug, year)
            return next_step(request, district, "holidays")
        except ValidationError as error:
            refusal(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
    years = [(y, y in confirmed) for y in range(this_year - 1, this_year + 3)]
    return show(
        request,
        district,
        "holidays",
        form,
        status=code(form),
        year=year,
        years=years,
        row=row,
        calendar=calendar,
        change=district.year_changes.filter(year=year, is_agreed=None).first(),
    )


def year_change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A second person agrees to further holidays of a confirmed year, or does not."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *MAY_CONFIRM)
    change = get_object_or_404(district.year_changes, pk=pk)
    if request.method == "POST":
        try:
            decide_year(change, by=person(request), is_agreed="agree" in request.POST)
            messages.success(request, "Done.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except Conflict as error:
            messages.error(request, str(error))
        return redirect("setup:year_change", slug, pk)
    row = district.confirmed_years.filter(year=change.year).order_by("-version").first()
    known = {day for day, _name in row.holidays} if row else set()
    further = [(date.fromisoformat(day), name) for day, name in change.holidays if day not in known]
    context = {"district": district, "change": change, "further": further}
    return render(request, "setup_desk/year_change.html", context)


def closures(request: HttpRequest, slug: str) -> HttpResponse:
    """School vacations and closures: shown beside clocks, never counted."""
    district = desk_of(request, slug)
    form = desk_forms.ClosureForm(request.POST or None, instance=Closure(district=district))
    if request.method == "POST" and form.is_valid():
        add_closure(form, by=person(request))
        return redirect("setup:closures", district.slug)
    context = {"district": district, "form": form, "closures": district.closures.all()}
    return render(request, "setup_desk/closures.html", context, status=code(form))
