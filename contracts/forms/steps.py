"""The steps of a contract: a term is decided, it is executed, the vendor is asked, it ends, access stops."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.execution import RENEWALS
from contracts.exit import Disposal
from contracts.forms.fields import day
from contracts.models import Answer, Change, Contract, Instrument, Shortfall

NO_CHANGE = "none"


class ExecuteForm(forms.Form):
    """The day that bound both sides, and which paper proves it."""

    executed_on = day(_("Day of the last signature"), help_text=_("The day on which both sides were bound"))
    instrument = forms.ModelChoiceField(
        label=_("Paper"), queryset=Instrument.objects.none(), empty_label=None
    )
    changes = forms.MultipleChoiceField(
        label=_("What does it change?"), choices=[*Change.choices, (NO_CHANGE, _("None of these"))],
        required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Families are told again when one of these changes. Needed for a paper the vendor sent"),
    )  # fmt: skip

    ends_on = day(
        _("If it is a renewal: the contract now runs until"), required=False,
        help_text=_("The last day of the new term. Until then the vendor keeps the data"),
    )  # fmt: skip

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper = self.fields["instrument"]
        assert isinstance(paper, forms.ModelChoiceField)
        paper.queryset = contract.instruments.filter(executed_on=None).select_related("document")
        if contract.executed_on is None:
            del self.fields["changes"]
        if not paper.queryset.filter(kind__in=RENEWALS).exists():
            del self.fields["ends_on"]

    def clean_changes(self) -> list[str] | None:
        """None: nothing was ticked, so nothing was said."""
        ticked = self.cleaned_data["changes"]
        if NO_CHANGE in ticked and len(ticked) > 1:
            raise forms.ValidationError(_("You ticked “none of these” and also a change."))
        return None if not ticked else [] if ticked == [NO_CHANGE] else ticked


class CorrectDayForm(forms.Form):
    """The right day on which a paper bound both sides, and why the other was wrong."""

    executed_on = day(_("Day of the last signature"))
    reason = forms.CharField(
        label=_("Why was it wrong?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class FindingForm(forms.Form):
    """One question about one term. No answer is chosen beforehand."""

    answer = forms.ChoiceField(label=_("Does the marked passage say it?"), widget=forms.RadioSelect)
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=1000)
    text = forms.CharField(
        label=_("The words on that page"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Copy them from “Read this page as text”"),
    )  # fmt: skip
    shortfall = forms.ChoiceField(
        label=_("If no: what is wrong?"), choices=Shortfall, widget=forms.RadioSelect, required=False
    )
    reason = forms.CharField(
        label=_("Why?"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed when you decide against the computer, or say that it does not apply"),
    )  # fmt: skip

    def __init__(self, *args: Any, answers: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answer = self.fields["answer"]
        assert isinstance(answer, forms.ChoiceField)
        answer.choices = answers
        if not any(value == "yes" for value, _label in answers):
            answer.label = _("Is the term in the contract?")


class AskForm(forms.Form):
    """What the vendor is asked to amend."""

    findings = forms.MultipleChoiceField(label=_("Terms to ask for"), widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(
        label=_("Your letter to the vendor"), max_length=20000, widget=forms.Textarea(attrs={"rows": 14})
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        findings = self.fields["findings"]
        assert isinstance(findings, forms.MultipleChoiceField)
        findings.choices = choices


class DeliveryForm(forms.Form):
    """When the request reached the vendor, and the proof."""

    delivered_at = forms.DateTimeField(
        label=_("When did the vendor get it?"), widget=forms.DateTimeInput, help_text=_("Local time")
    )
    proof = forms.FileField(
        label=_("Proof"), help_text=_("A receipt, an answer by e-mail (.eml) or a delivery report")
    )


class VoidForm(forms.Form):
    decision = forms.FileField(label=_("Decision of counsel or the superintendent"))
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(forms.Form):
    ended_on = day(_("Last day of the contract"))
    disposal = forms.ChoiceField(
        label=_("What happens to the data?"), choices=Disposal, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why does it end?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReturnForm(forms.Form):
    returned_on = day(_("The data came back on"))
    proof = forms.FileField(label=_("Proof"))


class CertificateForm(forms.Form):
    signed_on = day(_("Signed on"))
    signer = forms.CharField(label=_("Who signed it?"), max_length=200)
    method = forms.CharField(label=_("How was the data destroyed?"), max_length=300)
    upload = forms.FileField(label=_("Certificate of destruction"))


class SuspendForm(forms.Form):
    extent = forms.CharField(label=_("Which access is stopped?"), max_length=200)
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class PointForm(forms.Form):
    """What the vendor or the district states about one point of a pack."""

    answer = forms.ChoiceField(label=_("Is it so?"), choices=Answer, widget=forms.RadioSelect)
    stated_on = day(_("Stated on"))
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)
    evidence = forms.FileField(label=_("Proof"), required=False)


class AnswerForm(forms.Form):
    """What a vendor writes back about the request to amend."""

    words = forms.CharField(
        label=_("Your answer"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("You may leave this empty and only say that you have the letter"),
    )  # fmt: skip
