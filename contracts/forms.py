"""What people type about contracts. The rules stand in the verbs; a form only asks and shows the answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contracts.execution import RENEWALS
from contracts.exit import Disposal
from contracts.models import (
    AgreedHow,
    Answer,
    Change,
    Contract,
    Ground,
    Hosting,
    Instrument,
    InstrumentKind,
    PurposeKind,
    Renewal,
    Scope,
    Shortfall,
    VendorFile,
)
from contracts.terms import Terms
from notices.elements import SCHEDULE, families
from parties.models import District, School, VendorKind

GRADES = ("PK", "KG", *map(str, range(1, 13)))


def show_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Put a verb's refusal beside the fields it names; what has no field stands above the form."""
    if hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, refusal)


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput, **options)


class StartForm(forms.Form):
    """Step 1: who, what, does the policy apply, how was it agreed, and the file."""

    vendor_file = forms.ModelChoiceField(
        label=_("Vendor you already have"), queryset=VendorFile.objects.none(), required=False,
        empty_label=_("A new vendor"),
    )  # fmt: skip
    vendor_name = forms.CharField(
        label=_("Name of a new vendor"), max_length=200, required=False, help_text=_("As on the contract")
    )
    vendor_kind = forms.ChoiceField(
        label=_("What does the new vendor do?"), choices=[("", _("Choose"))], required=False
    )
    product = forms.CharField(
        label=_("Product or service"), max_length=200, help_text=_("The name that families and teachers know")
    )
    scope = forms.ChoiceField(
        label=_("Will the vendor have student data?"), choices=Scope, widget=forms.RadioSelect
    )
    scope_reason = forms.CharField(
        label=_("If no: why not?"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    purpose_kind = forms.ChoiceField(
        label=_("What kind of contract is it?"), choices=PurposeKind, widget=forms.RadioSelect
    )
    agreed_how = forms.ChoiceField(label=_("How was it agreed?"), choices=AgreedHow, widget=forms.RadioSelect)
    terms_address = forms.URLField(
        label=_("If somebody clicked “I agree”: address of the terms"), required=False, max_length=500,
        assume_scheme="https", help_text=_("Save those terms as a PDF and upload that file"),
    )  # fmt: skip
    upload = forms.FileField(
        label=_("File of the contract"),
        required=False,
        help_text=_("PDF, Word (.docx) or text, up to 200 MB and 1,000 pages"),
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = VendorFile.objects.filter(district=district).select_related("vendor")
        field = self.fields["vendor_file"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = files
        kind = self.fields["vendor_kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", _("Choose")), *VendorKind.choices]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("vendor_file") and not given.get("vendor_name", "").strip():
            self.add_error("vendor_name", _("Choose a vendor above, or write the name of a new one."))
        return given


class TermsForm(forms.Form):
    """Step 3: what the computer read, for a person to correct and save. Nothing is saved unconfirmed."""

    product = forms.CharField(label=_("Product or service"), max_length=200)
    scope = forms.ChoiceField(
        label=_("Will the vendor have student data?"), choices=Scope, widget=forms.RadioSelect
    )
    scope_reason = forms.CharField(
        label=_("If no: why not?"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    purpose_kind = forms.ChoiceField(
        label=_("What kind of contract is it?"), choices=PurposeKind, widget=forms.RadioSelect
    )
    description = forms.CharField(
        label=_("What is it?"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One or two plain sentences. Families will read them"),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("What does the school use it for?"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Families will read this too"),
    )  # fmt: skip
    elements = forms.MultipleChoiceField(
        label=_("Which data may the vendor have?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    all_schools = forms.BooleanField(label=_("All schools use it"), required=False)
    schools = forms.ModelMultipleChoiceField(
        label=_("Or only these schools"), queryset=School.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    grades = forms.MultipleChoiceField(
        label=_("Only these grades"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave all empty when every grade uses it"),
    )  # fmt: skip
    starts_on = _day(_("Starts on"), required=False)
    ends_on = _day(_("Ends on"), required=False)
    renewal = forms.ChoiceField(
        label=_("What happens at the end?"), choices=Renewal, widget=forms.RadioSelect
    )
    renewal_notice_days = forms.IntegerField(
        label=_("Days before the end to say no"), required=False, min_value=0, max_value=730
    )
    agreed_breach_hours = forms.IntegerField(
        label=_("Hours the vendor has to report a breach"), required=False, min_value=1, max_value=1440,
        help_text=_("Only when the contract sets a time of its own"),
    )  # fmt: skip
    hosting = forms.ChoiceField(label=_("Where is the data kept?"), required=False)
    hosting_place = forms.CharField(
        label=_("State or country of the servers"), required=False, max_length=200
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("elements", [choice for _family, some in families() for choice in some])
        self._choose("grades", [(grade, grade) for grade in GRADES])
        self._choose("hosting", [("", _("Not known")), *Hosting.choices])
        schools = self.fields["schools"]
        assert isinstance(schools, forms.ModelMultipleChoiceField)
        schools.queryset = district.schools.all()
        self.fields["elements"].widget.attrs["class"] = "options-columns"

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def terms(self) -> Terms:
        given = dict(self.cleaned_data)
        given["schools"] = list(given["schools"])
        return Terms(**given)


def terms_of(contract: Contract) -> dict[str, Any]:
    """The recorded terms as a form's first values."""
    named = [name for name in TermsForm.base_fields if name not in ("elements", "schools")]
    return {
        **{name: getattr(contract, name) for name in named},
        "elements": [row.code for row in contract.elements.all() if row.code in SCHEDULE],
        "schools": list(contract.schools.all()),
    }


class PaperForm(forms.Form):
    """A later paper of a contract: what it is, what it changes, and the file."""

    kind = forms.ChoiceField(label=_("What is this paper?"), choices=InstrumentKind, widget=forms.RadioSelect)
    agreed_how = forms.ChoiceField(label=_("How was it agreed?"), choices=AgreedHow, widget=forms.RadioSelect)
    terms_address = forms.URLField(
        label=_("If somebody clicked “I agree”: address of the terms"), required=False, max_length=500,
        assume_scheme="https",
    )  # fmt: skip
    changes = forms.MultipleChoiceField(
        label=_("What does it change?"), choices=Change, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Families are told again when one of these changes"),
    )  # fmt: skip
    effective_on = _day(_("In effect from"), required=False)
    board_approved_on = _day(_("Approved by the Board on"), required=False)
    upload = forms.FileField(
        label=_("File"), required=False, help_text=_("PDF, Word (.docx) or text, up to 200 MB")
    )


NO_CHANGE = "none"


class ExecuteForm(forms.Form):
    """The day that bound both sides, and which paper proves it."""

    executed_on = _day(_("Day of the last signature"), help_text=_("The day on which both sides were bound"))
    instrument = forms.ModelChoiceField(
        label=_("Paper"), queryset=Instrument.objects.none(), empty_label=None
    )
    changes = forms.MultipleChoiceField(
        label=_("What does it change?"), choices=[*Change.choices, (NO_CHANGE, _("None of these"))],
        required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Families are told again when one of these changes. Needed for a paper the vendor sent"),
    )  # fmt: skip

    ends_on = _day(
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

    executed_on = _day(_("Day of the last signature"))
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
    ended_on = _day(_("Last day of the contract"))
    disposal = forms.ChoiceField(
        label=_("What happens to the data?"), choices=Disposal, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why does it end?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReturnForm(forms.Form):
    returned_on = _day(_("The data came back on"))
    proof = forms.FileField(label=_("Proof"))


class CertificateForm(forms.Form):
    signed_on = _day(_("Signed on"))
    signer = forms.CharField(label=_("Who signed it?"), max_length=200)
    method = forms.CharField(label=_("How was the data destroyed?"), max_length=300)
    upload = forms.FileField(label=_("Certificate of destruction"))


class SuspendForm(forms.Form):
    extent = forms.CharField(label=_("Which access is stopped?"), max_length=200)
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class PointForm(forms.Form):
    """What the vendor or the district states about one point of a pack."""

    answer = forms.ChoiceField(label=_("Is it so?"), choices=Answer, widget=forms.RadioSelect)
    stated_on = _day(_("Stated on"))
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)
    evidence = forms.FileField(label=_("Proof"), required=False)


class _MarkForm(forms.Form):
    """A part of one page to hide, and the legal ground."""

    ground = forms.ChoiceField(label=_("Legal ground"), choices=Ground)
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)


class WordsForm(_MarkForm):
    """Words to hide, as they stand on the page."""

    act = "words"
    text = forms.CharField(
        label=_("Words to hide"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Exactly as they stand on this page"),
    )  # fmt: skip
    everywhere = forms.BooleanField(label=_("Hide them on every page where they stand"), required=False)
    field_order = ("text", "everywhere", "ground", "remark")


class LinesForm(_MarkForm):
    """Whole lines to hide, chosen from the page's text."""

    act = "lines"
    lines = forms.MultipleChoiceField(label=_("Lines to hide"), widget=forms.CheckboxSelectMultiple)
    field_order = ("lines", "ground", "remark")

    def __init__(self, *args: Any, text_of_page: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": self.act, **kwargs})
        lines = dict.fromkeys(" ".join(line.split()) for line in text_of_page.splitlines())
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(line, line) for line in lines if line]


class PlaceForm(_MarkForm):
    """One rectangle of a page to hide, in percent of the page."""

    act = "place"
    left = forms.FloatField(label=_("From the left edge, in percent"), min_value=0, max_value=100)
    top = forms.FloatField(label=_("From the top edge, in percent"), min_value=0, max_value=100)
    width = forms.FloatField(label=_("Width, in percent"), min_value=0.1, max_value=100)
    height = forms.FloatField(label=_("Height, in percent"), min_value=0.1, max_value=100)
    field_order = ("left", "top", "width", "height", "ground", "remark")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": self.act, **kwargs})
        for name in ("left", "top", "width", "height"):
            self.fields[name].widget.attrs |= {"step": "any", "data-place": name}

    def points(self, width: float, height: float) -> dict[str, float]:
        """The box in PDF points on a page of this size, cut at the page's edges."""
        share = {name: self.cleaned_data[name] / 100 for name in ("left", "top", "width", "height")}
        return {
            "x": share["left"] * width,
            "y": share["top"] * height,
            "w": min(share["width"], 1 - share["left"]) * width,
            "h": min(share["height"], 1 - share["top"]) * height,
        }


class UploadForm(forms.Form):
    """A vendor's signed contract."""

    upload = forms.FileField(label=_("Signed contract"), help_text=_("PDF or Word, up to 200 MB"))


class AnswerForm(forms.Form):
    """What a vendor writes back about the request to amend."""

    words = forms.CharField(
        label=_("Your answer"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("You may leave this empty and only say that you have the letter"),
    )  # fmt: skip
