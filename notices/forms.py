"""What staff type about a notice. The rules stand in the verbs; a form carries their answer to its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from notices.elements import families
from notices.models import NoticeKind, NoticeSection, Origin, Part
from notices.phrases import PURPOSES
from notices.reading_level import hint_on
from parties.models import School


def show_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a verb's refusal beside the field it names, or on top of the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


class SectionForm(forms.Form):
    """One contract's three parts: the date stands fixed; what it is and is for; what may be collected."""

    description = forms.CharField(
        label=_("What it is, in a few plain words"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    purposes = forms.MultipleChoiceField(
        label=_("What it is for"),
        required=False,
        choices=list(PURPOSES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.CharField(
        label=_("More about what it is for"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    elements = forms.MultipleChoiceField(
        label=_("What may be collected"), required=False, widget=forms.CheckboxSelectMultiple
    )
    all_schools = forms.BooleanField(label=_("All schools of the district"), required=False)
    schools = forms.ModelMultipleChoiceField(
        label=_("Schools"),
        queryset=School.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    grades = forms.CharField(
        label=_("Grades"),
        required=False,
        help_text=_("For example KG, 1, 2. Empty means all."),
        max_length=80,
    )
    ends_on = forms.DateField(
        label=_("The contract ends on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, section: NoticeSection, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", f"s{section.pk}")
        super().__init__(*args, **kwargs)
        self.section = section
        self.fields["elements"].choices = families()  # type: ignore[attr-defined]
        self.fields["schools"].queryset = section.district.schools.all()  # type: ignore[attr-defined]
        self.initial = {
            "description": section.description,
            "purposes": section.purposes,
            "purpose": section.purpose,
            "elements": section.elements,
            "all_schools": section.all_schools,
            "schools": list(section.schools.all()),
            "grades": ", ".join(section.grades),
            "ends_on": section.ends_on,
            **self.initial,
        }
        for name in ("description", "purpose"):  # English is the language that staff write in
            typed = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial[name]
            self.fields[name].help_text = hint_on(typed or "")

    def clean_grades(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["grades"].split(",") if part.strip()]

    def changes(self) -> dict[str, Any]:
        """The fields as `edit_draft` takes them."""
        fields = {**self.cleaned_data}
        fields["schools"] = list(fields["schools"])
        fields["elements_confirmed"] = bool(fields["elements"])
        return fields


class TextForm(forms.Form):
    """One part of a section in one language."""

    part = forms.ChoiceField(label=_("Which part"))
    language = forms.ChoiceField(label=_("Language"))
    body = forms.CharField(label=_("The words"), widget=forms.Textarea, max_length=4000)
    origin = forms.ChoiceField(label=_("Who wrote it"), choices=Origin.choices, initial=Origin.PERSON)

    def __init__(self, *args: Any, section: NoticeSection, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", f"t{section.pk}")
        super().__init__(*args, **kwargs)
        contract_parts = (Part.DESCRIPTION, Part.PURPOSE)
        is_breach = section.notice.kind == NoticeKind.BREACH
        parts = [part for part in Part if (part not in contract_parts) == is_breach]
        self.fields["part"].choices = [(part.value, part.label) for part in parts]  # type: ignore[attr-defined]
        languages = section.district.languages or ["en"]
        offered = languages if is_breach else languages[1:] or languages
        self.fields["language"].choices = [(code, code) for code in offered]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea, max_length=300)


class ApproveForm(forms.Form):
    alone_because = forms.CharField(
        label=_("If you approve your own notice: why"), required=False, widget=forms.Textarea, max_length=300
    )


class PostForm(forms.Form):
    what_changed = forms.CharField(label=_("What is new in this version"), required=False, max_length=300)


class ElsewhereForm(forms.Form):
    address = forms.URLField(label=_("Address of the page"), assume_scheme="https", max_length=500)
    posted_at = forms.DateTimeField(
        label=_("When it was posted (your district's time)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    capture = forms.FileField(label=_("A saved copy or picture of that page"))


class ReportForm(forms.Form):
    report = forms.FileField(label=_("The delivery report (CSV)"))
