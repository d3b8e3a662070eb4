"""How the district's mail leaves: its route, the sender's code, and a test."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.mail_route import save_route, send_test
from compliance_portal.setup_desk.views.scope import code, desk_of, person, refusal, show
from ledger.entries import Conflict
from mail.models import Route
from mail.senders import confirm_sender


def mail(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    route = Route.objects.filter(district=district).first() or Route(district=district)
    form = desk_forms.RouteForm(request.POST or None, instance=route)
    if request.method == "POST" and form.is_valid():
        try:
            route = save_route(form, by=person(request))
            if (wanted := form.cleaned_data["sender"]) != route.sender:
                messages.success(request, f"A code is on its way to {wanted}. Type it in below.")
            return redirect("setup:mail", district.slug)
        except ValidationError as error:
            refusal(form, error)
    code_form = desk_forms.CodeForm()
    return show(request, district, "mail", form, status=code(form), route=route, code_form=code_form)


@require_POST
def mail_code(request: HttpRequest, slug: str) -> HttpResponse:
    """The code that was sent to the new From address; from then on it is the sender."""
    district = desk_of(request, slug)
    route = get_object_or_404(Route, district=district)
    code_form = desk_forms.CodeForm(request.POST)
    if code_form.is_valid():
        try:
            confirm_sender(route, by=person(request), **code_form.cleaned_data)
            messages.success(request, "Mail to families leaves from this address from now on.")
            return redirect("setup:mail", district.slug)
        except ValidationError as error:
            refusal(code_form, error)
        except Conflict as error:
            code_form.add_error(None, str(error))
    form = desk_forms.RouteForm(instance=route)
    return show(request, district, "mail", form, status=422, route=route, code_form=code_form)


@require_POST
def mail_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the person one message over the district's own route; it is tested once the relay took it."""
    district = desk_of(request, slug)
    route = get_object_or_404(Route, district=district)
    user = person(request)
    try:
        send_test(route, by=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        form, code_form = desk_forms.RouteForm(instance=route), desk_forms.CodeForm()
        return show(request, district, "mail", form, status=422, route=route, code_form=code_form)
    messages.success(request, f"A test is on its way to {user.email}. Check that it arrives.")
    return redirect("setup:mail", district.slug)
