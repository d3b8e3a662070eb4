"""Forms of the records room; the verbs judge what they say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ledger.models import Case
from parties.models import District, School, User
from records.models import Disposition, HoldGround, LitigationHold, RetentionRule

DAY = forms.DateInput(attrs={"type": "date"})


def people_of(district: District) -> QuerySet[User]:
    return User.objects.filter(memberships__district=district, memberships__ended_at=None).distinct()


KINDS = {
    "contract": _("contract"),
    "vendorfile": _("vendor's file"),
    "breach": _("breach"),
    "inquiry": _("request"),
    "disposal": _("disposal"),
}


class CasesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Matters of the district by name, with what kind of matter each is."""

    def label_from_instance(self, obj: Case) -> str:
        return f"{obj.title} ({KINDS.get(obj.kind, obj.kind)} {obj.number})"


class HoldForm(forms.Form):
    title = forms.CharField(label=_("Name of the matter"), max_length=200, help_text=_("No person's name"))
    ground = forms.ChoiceField(label=_("Why"), choices=HoldGround.choices, widget=forms.RadioSelect)
    scope = forms.CharField(
        label=_("What must be kept"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kinds of records, accounts and dates"),
    )
    directed_by = forms.CharField(
        label=_("Who directed it"), max_length=200, help_text=_("For example: district counsel")
    )
    directive = forms.FileField(label=_("Signed directive (PDF)"))
    cases = CasesField(
        label=_("Contracts, breaches and requests it covers"),
        queryset=Case.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tell = forms.ModelMultipleChoiceField(
        label=_("People to tell"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, district: District, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases, tell = self.fields["cases"], self.fields["tell"]
        assert isinstance(cases, forms.ModelMultipleChoiceField)
        assert isinstance(tell, forms.ModelMultipleChoiceField)
        cases.queryset = (
            Case.objects.for_user(user).filter(district=district).exclude(kind="hold").order_by("title")
        )
        tell.queryset = people_of(district)


class TellForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Who else must keep this?"), queryset=User.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, hold: LitigationHold, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        told = hold.case.hold_notices.values("user")
        user.queryset = people_of(hold.case.district).exclude(pk__in=told)


class ReleaseForm(forms.Form):
    release = forms.FileField(label=_("Signed release (PDF)"))


class DesignationForm(forms.Form):
    school = forms.ModelChoiceField(
        label=_("For"), queryset=School.objects.none(), required=False, empty_label=_("The whole district")
    )
    certificated = forms.BooleanField(label=_("A certificated employee or the principal"), required=False)
    since = forms.DateField(label=_("From"), widget=DAY)

    field_order = ["user", "school", "certificated", "since"]

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        school = self.fields["school"]
        assert isinstance(school, forms.ModelChoiceField)
        school.queryset = district.schools.all()
        self.fields["user"] = forms.ModelChoiceField(
            people_of(district), label=_("Person"), empty_label=_("Choose")
        )
        self.order_fields(self.field_order)


class TrainingForm(forms.Form):
    course = forms.CharField(
        label=_("Training"), max_length=200, initial=_("Confidentiality of student records")
    )
    done_on = forms.DateField(label=_("Done on"), widget=DAY)

    field_order = ["user", "course", "done_on"]

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = forms.ModelChoiceField(
            people_of(district), label=_("Person"), empty_label=_("Choose")
        )
        self.order_fields(self.field_order)


class RetentionRuleForm(forms.ModelForm[RetentionRule]):
    class Meta:
        model = RetentionRule
        fields = ["series", "title", "schedule", "years", "counted_from", "needs_state_authorisation"]


class DisposalForm(forms.ModelForm[Disposition]):
    class Meta:
        model = Disposition
        fields = ["rule", "description", "oldest_on", "newest_on"]
        widgets = {"oldest_on": DAY, "newest_on": DAY}

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.fields["rule"]
        assert isinstance(rule, forms.ModelChoiceField)
        rule.queryset = district.retention_rules.all()


class AuthoriseForm(forms.Form):
    authorisation = forms.FileField(label=_("Form the State signed (PDF)"), required=False)


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why are the records kept?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class DoneForm(forms.Form):
    method = forms.CharField(label=_("How it was done"), max_length=200)
