"""Forms of the five steps after the report: people, words, approval; and of the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breaches.forms.fields import words
from breaches.response import PARTS
from parties.models import District, School
from roster.grades import grade_name


class ListForm(forms.Form):
    file = forms.FileField(
        label=_("List of people (CSV)"),
        help_text=_(
            "One line a person: student_id, or name with email or address. Other columns: kind, "
            "guardian_email, language. No social security numbers."
        ),
    )


class GroupsForm(forms.Form):
    all_schools = forms.BooleanField(label=_("All schools"), required=False)
    schools = forms.ModelMultipleChoiceField(
        label=_("Schools"),
        queryset=School.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    grades = forms.CharField(
        label=_("Grades"),
        required=False,
        max_length=100,
        help_text=_("For example: KG, 1, 2. Empty means all grades."),
    )
    maybe_involved = forms.BooleanField(
        label=_("We do not know who it was: tell them that they may be involved"), required=False
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = self.fields["schools"]
        assert isinstance(schools, forms.ModelMultipleChoiceField)
        schools.queryset = district.schools.all()

    def clean_grades(self) -> list[str]:
        return [
            grade_name(grade)
            for grade in self.cleaned_data["grades"].replace(";", ",").split(",")
            if grade.strip()
        ]


class NoticeForm(forms.Form):
    """The names families know, and the five parts of the notice."""

    vendor = forms.CharField(label=_("Company, as families know it"), max_length=200)
    product = forms.CharField(
        label=_("Product, as families know it"),
        max_length=200,
        help_text=_("It stands in the title that everybody reads."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            self.fields[str(part.value)] = words(part.label, rows=4)


class TranslateForm(forms.Form):
    """The five parts in one more language; the district's own words stand above each field."""

    checked = forms.BooleanField(
        label=_("Somebody who knows both languages well has checked these words"),
        required=False,
        help_text=_("Until then families read your own words, and where to get an interpreter."),
    )
    field_order = [*(str(part.value) for part in PARTS), "checked"]

    def __init__(self, *args: Any, own: Mapping[str, str], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            name = str(part.value)
            self.fields[name] = words(part.label, rows=4, required=False, help_text=own.get(name, ""))
            self.fields[name].widget.attrs |= {"lang": language, "dir": "auto"}
        self.order_fields(self.field_order)


class PageForm(forms.Form):
    """New words for the public page, and what is new in them."""

    what_changed = forms.CharField(
        label=_("What is new?"), max_length=300, help_text=_("One sentence. Families read it.")
    )

    def __init__(
        self, *args: Any, language: str, is_first: bool, own: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            name = str(part.value)
            hint = "" if is_first else own.get(name, "")
            self.fields[name] = words(part.label, rows=4, required=is_first, help_text=hint)
            self.fields[name].widget.attrs |= {"lang": language, "dir": "auto"}
        self.fields["alone_because"] = words(
            _("Only when nobody else is there: why do you decide alone?"), limit=2000, rows=2, required=False
        )


class TakeBackForm(forms.Form):
    """Why the public page is taken back."""

    reason = words(_("Why? Families read it."), limit=300, rows=2)
    alone_because = words(
        _("Only when nobody else is there: why do you decide alone?"), limit=2000, rows=2, required=False
    )


class ApproveForm(forms.Form):
    alone_because = words(_("Why do you approve your own notice?"), limit=2000, rows=3)


class MissedForm(forms.Form):
    because = words(_("Why was the limit missed?"), limit=4000, help_text=_("It stays on record."))


class CloseForm(forms.Form):
    corrective_action = words(
        _("What changes, so that it does not happen again?"),
        help_text=_("For example: all staff accounts need a second sign-in step from January on"),
    )
