"""What the forms about contracts are made of; the verbs judge what they say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def show_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Put a verb's refusal beside the fields it names; what has no field stands above the form."""
    if hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, refusal)


def day(label: Any, **options: Any) -> forms.DateField:
    """A field for a date."""
    return forms.DateField(label=label, widget=forms.DateInput, **options)
