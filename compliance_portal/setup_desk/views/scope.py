"""Whose desk it is, and what every page of it does alike."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from compliance_portal.setup_desk.steps import steps_of
from parties.access import DESK, districts_of, require_role
from parties.models import District, User


def desk_of(request: HttpRequest, slug: str) -> District:
    """The district whose desk this person may use; 404 for a stranger, 403 without the role."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *DESK)
    return district


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def show(
    request: HttpRequest,
    district: District,
    name: str,
    form: forms.BaseForm | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    steps = steps_of(district)
    here = next(step for step in steps if step.name == name)
    context = {"district": district, "steps": steps, "step": here, "form": form, **more}
    return render(request, f"setup_desk/{name}.html", context, status=status)


def refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a verb's refusal beside its field."""
    if hasattr(error, "error_dict"):
        for field, errors in error.error_dict.items():
            form.add_error(field if field in form.fields else None, errors)
    else:
        form.add_error(None, error)


def next_step(request: HttpRequest, district: District, name: str) -> HttpResponse:
    """After a saved step, the first one that is not done; then the desk."""
    messages.success(request, "Saved.")
    left = [step for step in steps_of(district) if not step.done and step.name != name]
    if left:
        return redirect(f"setup:{left[0].name}", district.slug)
    return redirect("setup:desk", district.slug)


def code(form: forms.BaseForm) -> int:
    return 422 if form.is_bound else 200
