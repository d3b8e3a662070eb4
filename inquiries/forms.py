"""Forms of the inquiries room; the verbs judge what they say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.models import Inquiry, Sort
from parties.models import District, User, Vendor
from policy.succession import may_be_named

DAY = forms.DateInput(attrs={"type": "date"})
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class InquiryForm(forms.Form):
    sort = forms.ChoiceField(label=_("What is it about?"), choices=Sort.choices, widget=forms.RadioSelect)
    received_at = forms.DateTimeField(
        label=_("When it first reached anybody in the district"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("The clock starts there, not when you type it in."),
    )
    asks = forms.CharField(label=_("What they ask for"), widget=forms.Textarea(attrs={"rows": 4}))
    asked_by = forms.CharField(label=_("Who asks"), max_length=200, required=False)
    reply_to = forms.CharField(label=_("How to answer"), max_length=300, required=False)
    vendor = forms.ModelChoiceField(
        label=_("Vendor (for a deletion)"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("None"),
    )
    left_district_on = forms.DateField(
        label=_("The student left on (for a deletion)"), widget=DAY, required=False
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = district.vendors.all()


class DecisionForm(forms.Form):
    granted = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("yes", _("Answer it")), ("no", _("Refuse it"))],
        widget=forms.RadioSelect,
    )
    for_school_purposes = forms.ChoiceField(
        label=_("Is the request for school purposes?"), choices=YES_NO, widget=forms.RadioSelect
    )
    decision = forms.CharField(label=_("What you decided and why"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, inquiry: Inquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if inquiry.sort != Sort.DIRECTORY:
            del self.fields["for_school_purposes"]

    def said(self) -> dict[str, Any]:
        """The verb's arguments."""
        for_school = self.cleaned_data.get("for_school_purposes")
        return {
            "granted": self.cleaned_data["granted"] == "yes",
            "decision": self.cleaned_data["decision"],
            "for_school_purposes": None if for_school is None else for_school == "yes",
        }


class LetInForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Who else may see this request?"), queryset=User.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, inquiry: Inquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        user.queryset = may_be_named(inquiry.case)


class BoardForm(forms.Form):
    on = forms.DateField(label=_("The Board was told on"), widget=DAY)
