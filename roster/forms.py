"""What staff type about the roster; the rules stand in the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from roster.models import Guardian, ImportFormat, Student


def show_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a verb's refusal beside the field it names, or on top of the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


class UploadForm(forms.Form):
    format = forms.ChoiceField(
        label=_("What kind of file is it?"), choices=ImportFormat.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=_("Roster file"),
        help_text=_("A OneRoster zip, or one CSV table. Nothing changes before you have looked."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea, max_length=300, required=False)


class FindForm(forms.Form):
    q = forms.CharField(label=_("Name or id in the roster"), max_length=100, min_length=2)
    why = forms.CharField(
        label=_("Why do you look?"), max_length=200, help_text=_("It is written down with your name.")
    )


class GuardianField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Guardian) -> str:
        return obj.name


class BlockForm(forms.Form):
    guardian = GuardianField(label=_("Guardian who must not be told"), queryset=Guardian.objects.none())
    ground = forms.CharField(label=_("Which order, of which date"), max_length=300)
    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Until (empty: until lifted)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, student: Student, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["guardian"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Guardian.objects.filter(guardianships__student=student).distinct()


class ContactForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language the family reads"),
        required=False,
        choices=[("", _("The district's first language")), *settings.LANGUAGES],
    )
    postal_address = forms.CharField(
        label=_("Postal address"), required=False, max_length=500, widget=forms.Textarea
    )
