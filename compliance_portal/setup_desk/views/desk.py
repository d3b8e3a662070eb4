"""The desk itself: the districts a person has, the steps, and what a district says about itself."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.places import add_schools, save_facts
from compliance_portal.setup_desk.steps import steps_of
from compliance_portal.setup_desk.views.counsel import counsel_desk
from compliance_portal.setup_desk.views.scope import code, desk_of, next_step, person, show
from ledger.entries import record
from parties.access import DESK, acting_in, districts_of, has_role
from parties.models import Membership, Role


def districts(request: HttpRequest) -> HttpResponse:
    """The person's districts; whoever runs the installation can add one here."""
    user = person(request)
    mine = districts_of(user)
    if not user.is_staff and not mine.exists():
        raise PermissionDenied(
            "You have no role in a district yet. Ask your administrator for an invitation."
        )
    form = desk_forms.DistrictForm(request.POST or None) if user.is_staff else None
    if request.method == "POST" and form is not None and form.is_valid():
        with transaction.atomic():
            district = form.save()
            Membership.objects.create(user=user, district=district, role=Role.ADMINISTRATOR)
            with acting_in(district):
                record("district-opened", by=user, district=district)
        return redirect("setup:desk", district.slug)
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "setup_desk/districts.html", {"districts": mine, "form": form}, status=status)


def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps and how far they are; for counsel, who sets nothing up, what counsel can act on here."""
    mine = get_object_or_404(districts_of(request.user), slug=slug)
    if has_role(request.user, mine, Role.COUNSEL) and not has_role(request.user, mine, *DESK):
        return counsel_desk(request, mine)
    district = desk_of(request, slug)
    steps = steps_of(district)
    done = sum(step.done for step in steps)
    return render(request, "setup_desk/desk.html", {"district": district, "steps": steps, "done": done})


def facts(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    zone = district.zone
    form = desk_forms.DistrictForm(request.POST or None, instance=district)
    if request.method == "POST" and form.is_valid():
        save_facts(form, by=person(request))
        if zone != district.zone:
            messages.warning(request, "The time zone changed. Clocks that run keep the zone they began in.")
        return next_step(request, district, "facts")
    return show(
        request, get_object_or_404(districts_of(request.user), slug=slug), "facts", form, status=code(form)
    )


def schools(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    start = {"names": "\n".join(school.name for school in district.schools.all())}
    form = desk_forms.SchoolsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        add_schools(district, names=form.cleaned_data["names"], by=person(request))
        return next_step(request, district, "schools")
    return show(request, district, "schools", form, status=code(form))
