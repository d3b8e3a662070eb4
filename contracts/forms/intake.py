"""Taking in a contract: who and what it is, its terms, its papers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.fields import day
from contracts.models import (
    AgreedHow,
    Change,
    Contract,
    Hosting,
    InstrumentKind,
    PurposeKind,
    Renewal,
    Scope,
    VendorFile,
)
from contracts.terms import Terms
from notices.elements import SCHEDULE, families
from parties.models import District, School, VendorKind

GRADES = ("PK", "KG", *map(str, range(1, 13)))


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
    starts_on = day(_("Starts on"), required=False)
    ends_on = day(_("Ends on"), required=False)
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
    effective_on = day(_("In effect from"), required=False)
    board_approved_on = day(_("Approved by the Board on"), required=False)
    upload = forms.FileField(
        label=_("File"), required=False, help_text=_("PDF, Word (.docx) or text, up to 200 MB")
    )


class UploadForm(forms.Form):
    """A vendor's signed contract."""

    upload = forms.FileField(label=_("Signed contract"), help_text=_("PDF or Word, up to 200 MB"))
