"""Which breach a page is about. Another district's, or one the person is not named on, is not there: 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from breaches.forms import show_refusal
from breaches.models import Breach
from ledger.documents import Quarantined
from ledger.entries import Conflict
from parties.access import districts_of
from parties.models import District, User

P = ParamSpec("P")
Asked = TypeVar("Asked", bound=forms.Form)
Page = Callable[Concatenate[HttpRequest, Breach, P], HttpResponse]
Shown = Callable[Concatenate[HttpRequest, str, str, P], HttpResponse]


def person(request: HttpRequest) -> User:
    """Who asks; every page of the desk is for people who have signed in."""
    assert isinstance(request.user, User)
    return request.user


def district_of_page(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


def breach_of_page(request: HttpRequest, slug: str, number: str) -> Breach:
    mine = Breach.objects.for_user(request.user).select_related(
        "case__district", "district", "report__vendor"
    )
    return get_object_or_404(mine, district__slug=slug, case__number=number)


def about_breach(page: Page[P]) -> Shown[P]:
    """Give the page its breach, in the district's zone; a conflict becomes words on the breach's own page."""

    @wraps(page)
    def shown(
        request: HttpRequest, district: str, number: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        breach = breach_of_page(request, district, number)
        with timezone.override(breach.district.tz):
            try:
                response = page(request, breach, *args, **kwargs)
            except (Conflict, Quarantined) as error:
                messages.error(request, str(error))
                response = redirect(breach)
        response["Cache-Control"] = "private, no-store"
        return response

    return cast("Shown[P]", shown)


def taken(request: HttpRequest, form: forms.Form, verb: Callable[..., Any], *args: Any, **given: Any) -> bool:
    """Whether a posted, valid form was carried out by the verb; its refusals stand beside the fields."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb(*args, **given, **form.cleaned_data)
    except ValidationError as refusal:
        show_refusal(form, refusal)
        return False
    return True


def bound(request: HttpRequest, form: type[Asked], name: str = "", **options: Any) -> Asked:
    """The form, with what was posted; on a page of several forms only when its own button was pressed."""
    pressed = request.method == "POST" and (not name or request.POST.get("form") == name)
    if pressed:
        return form(request.POST, request.FILES, **options)
    return form(**options)


def show(
    request: HttpRequest, template: str, breach: Breach, *asked: forms.Form, **context: Any
) -> HttpResponse:
    """The page; 422 when one of its forms was refused."""
    refused = any(form.is_bound and form.errors for form in asked)
    said = {"breach": breach, "district": breach.district, **context}
    return render(request, f"breaches/{template}.html", said, status=422 if refused else 200)
