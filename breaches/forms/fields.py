"""What the forms of the breach desk are made of; the verbs judge what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from notices.elements import families
from parties.models import Vendor

OWN: Final = "own"


def show_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Put a verb's refusal beside the fields it names; what has no field stands above the form."""
    if hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, refusal)


def words(label: Any, *, rows: int = 4, limit: int = 4000, **options: Any) -> forms.CharField:
    """A field for some sentences."""
    return forms.CharField(
        label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


def moment(label: Any, **options: Any) -> forms.DateTimeField:
    """A field for a date and hour on the district's wall clock."""
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput, **options)


def choose(choices: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """A list to choose from that has chosen nothing itself."""
    return [("", _("Choose")), *choices]


class Companies(ModelChoiceIterator):  # type: ignore[type-arg]
    """The vendors, after the two answers that name none."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield "", _("Choose")
        yield OWN, _("No company: our own systems")
        yield from super().__iter__()


class CompanyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One vendor, or None for the district's own systems: an answer of its own, which somebody must give."""

    iterator = Companies

    def __init__(self, **options: Any) -> None:
        super().__init__(Vendor.objects.none(), empty_label=None, **options)

    def clean(self, value: Any) -> Any:
        return None if value == OWN else super().clean(value)


class ElementsField(forms.MultipleChoiceField):
    """Kinds of data of the fixed schedule."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Which kinds of data"))
        options.setdefault("help_text", _("Leave it empty while nobody knows. You can add it later."))
        choices = [(code, label) for _family, rows in families() for code, label in rows if code != "none"]
        super().__init__(choices=choices, required=False, **options)
