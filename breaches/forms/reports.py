"""Forms of what comes in: a report, what is added to it, when the district had it; drills and links."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breaches.forms.fields import CompanyField, ElementsField, moment, words
from breaches.models import (
    STAFF_CHANNELS,
    Breach,
    BreachQuerySet,
    BreachSort,
)
from breaches.said import Said
from parties.models import District, Vendor


class OwnVendors(forms.Form):
    """A form whose field `vendor` offers the vendors of one district and no other."""

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = Vendor.objects.filter(districts=district).order_by("name")


class SaidForm(forms.Form):
    """What a report says, whoever brings it."""

    what_happened = words(
        _("What happened?"), rows=5, limit=8000, help_text=_("As far as you know. One sentence is enough.")
    )
    product = forms.CharField(
        label=_("Product or service"),
        max_length=200,
        required=False,
        help_text=_("As families know it, for example Lumen Reading"),
    )
    people_claimed = forms.IntegerField(
        label=_("How many people, about?"), min_value=0, max_value=100_000_000, required=False
    )
    claimed_suspected_at = moment(
        _("When did the company first suspect it?"),
        required=False,
        help_text=_("What the company says. It never moves the district's clock."),
    )
    claimed_discovered_at = moment(_("When was it found out for certain?"), required=False)
    elements = ElementsField()
    reporter_name = forms.CharField(label=_("Who reports it?"), max_length=200, required=False)
    reporter_contact = forms.CharField(
        label=_("Phone or e-mail for questions"), max_length=200, required=False
    )

    def said(self, vendor: Vendor | None = None) -> Said:
        """The form's words as the verb takes them."""
        known = {name: self.cleaned_data[name] for name in SaidForm.base_fields}
        return Said(vendor=vendor, vendor_named=self.cleaned_data.get("vendor_named", ""), **known)


class StaffReportForm(OwnVendors, SaidForm):
    """Staff write down a report that came by mail or phone, or what they found themselves."""

    vendor = CompanyField(label=_("Company"))
    channel = forms.ChoiceField(
        label=_("How did you learn of it?"),
        choices=[(channel.value, channel.label) for channel in STAFF_CHANNELS],
        widget=forms.RadioSelect,
        help_text=_(
            "Choose the vendor only if the company itself told you: its duty to report ends then, and it can "
            "read these words. For a parent, a student or the press, choose somebody else."
        ),
    )
    sort = forms.ChoiceField(
        label=_("What is it?"),
        choices=BreachSort.choices,
        widget=forms.RadioSelect,
    )
    received_at = moment(
        _("When did anybody in the district first have it?"),
        help_text=_("The first mailbox, phone or person. The clock starts at this moment."),
    )

    field_order = ["vendor", "product", "channel", "sort", "received_at", "what_happened"]


class VendorReportForm(SaidForm):
    """A vendor's person, signed in, names the districts."""

    vendor = forms.ModelChoiceField(label=_("Your company"), queryset=Vendor.objects.none())
    districts = forms.ModelMultipleChoiceField(
        label=_("Which school districts' data?"),
        queryset=District.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ["vendor", "districts", "what_happened"]

    def __init__(self, *args: Any, vendors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor, districts = self.fields["vendor"], self.fields["districts"]
        assert isinstance(vendor, forms.ModelChoiceField)
        assert isinstance(districts, forms.ModelMultipleChoiceField)
        vendor.queryset = vendors
        districts.queryset = District.objects.filter(vendors__in=vendors).distinct().order_by("name")
        if vendors.count() == 1:
            vendor.initial = vendors.get()


class OpenReportForm(SaidForm):
    """Somebody without an account; the field that people do not see stays empty."""

    vendor_named = forms.CharField(label=_("Name of the company"), max_length=200, required=False)
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ["vendor_named", "product", "what_happened"]

    def __init__(self, *args: Any, vendor: Vendor | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if vendor is not None:
            del self.fields["vendor_named"]
        self.fields["reporter_contact"].required = vendor is None


class AmendForm(forms.Form):
    words = words(_("What is new?"), limit=8000)
    people_claimed = forms.IntegerField(label=_("How many people, about?"), min_value=0, required=False)
    claimed_suspected_at = moment(_("When did the company first suspect it?"), required=False)
    claimed_discovered_at = moment(_("When was it found out for certain?"), required=False)
    elements = ElementsField(label=_("More kinds of data"))


class EarlierForm(forms.Form):
    received_at = moment(_("The district had it already at"))


class LaterForm(forms.Form):
    to = moment(_("The district had it only at"))
    because = words(_("Why?"), limit=2000)
    proof = forms.FileField(label=_("Proof"), help_text=_("For example the e-mail with its times"))


class VerifyForm(OwnVendors):
    vendor = forms.ModelChoiceField(
        label=_("Which company sent it?"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("None that we know"),
    )
    how = words(_("How did you check?"), limit=2000, rows=3, help_text=_("Whom you called, at which number"))


class DrillForm(OwnVendors):
    vendor = forms.ModelChoiceField(
        label=_("Which company shall the drill be about?"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("Our own systems"),
        help_text=_("The company hears nothing of it."),
    )
    story = words(
        _("The story"),
        required=False,
        rows=3,
        limit=1000,
        help_text=_("What has happened, in the drill. Leave it empty for a stolen password."),
    )


class LinkForm(OwnVendors):
    vendor = forms.ModelChoiceField(label=_("Company"), queryset=Vendor.objects.none())


class SameEventForm(forms.Form):
    into = forms.ModelChoiceField(
        label=_("Which breach goes on?"),
        queryset=Breach.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    reason = words(_("Why is it the same event?"), limit=2000, rows=3)

    def __init__(self, *args: Any, others: BreachQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into = self.fields["into"]
        assert isinstance(into, forms.ModelChoiceField)
        into.queryset = others
