"""How a verb's refusal reaches the field it is about: the same in every room."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError


def add_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put each message of a refusal beside its field; one about no field of the form on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, messages in error.error_dict.items():
        form.add_error(field if field in form.fields else None, messages)


def status_of(form: forms.BaseForm) -> int:
    """The HTTP status of a page that shows this form: 422 once something in it was refused."""
    return 422 if form.is_bound and form.errors else 200
