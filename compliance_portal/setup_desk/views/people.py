"""Who has a role: invitations, deputies, days away, and the end of a role."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.people import (
    end_role,
    invite_person,
    open_invitations,
    save_hours,
    withdraw_invitation,
)
from compliance_portal.setup_desk.views.scope import code, desk_of, person, refusal, show
from ledger.entries import Conflict
from parties.models import Membership


def people(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    form = desk_forms.InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invite_person(district, by=person(request), **form.cleaned_data)
            messages.success(request, "The invitation is on its way. The link works for 7 days.")
            return redirect("setup:people", district.slug)
        except ValidationError as error:
            refusal(form, error)
    members = Membership.objects.active().filter(district=district).select_related("user", "deputy")
    invited = open_invitations(district)
    return show(request, district, "people", form, status=code(form), members=members, invited=invited)


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an open invitation back; its link stops working at once."""
    district = desk_of(request, slug)
    try:
        withdraw_invitation(get_object_or_404(open_invitations(district), pk=pk), by=person(request))
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("setup:people", district.slug)
    messages.success(request, "The invitation is taken back. Its link no longer works.")
    return redirect("setup:people", district.slug)


def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Deputy, days away and on-call hours of one person's role."""
    district = desk_of(request, slug)
    membership = get_object_or_404(Membership.objects.active().filter(district=district), pk=pk)
    with timezone.override(district.tz):
        form = desk_forms.MembershipForm(request.POST or None, instance=membership)
        if request.method == "POST" and form.is_valid():
            save_hours(form, by=person(request))
            messages.success(request, "Saved.")
            return redirect("setup:people", district.slug)
        context = {"district": district, "membership": membership, "form": form}
        return render(request, "setup_desk/member.html", context, status=code(form))


@require_POST
def end_member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a role away; it acts at once. The last administrator cannot be removed.

    Restricted cases that only this person saw go to the superintendent (policy/succession.py).
    """
    district = desk_of(request, slug)
    membership = get_object_or_404(Membership.objects.active().filter(district=district), pk=pk)
    try:
        end_role(membership, by=person(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("setup:people", district.slug)
    messages.success(request, "The role has ended. It stopped working at once.")
    return redirect("setup:people", district.slug)
