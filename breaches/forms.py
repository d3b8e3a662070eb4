"""Forms of the breach desk; the verbs judge what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from breaches.models import (
    STAFF_CHANNELS,
    AskedFor,
    Breach,
    BreachQuerySet,
    BreachSort,
    DeterminationSort,
    SanctionKind,
    StepKind,
    Term,
    Whom,
)
from breaches.response import PARTS
from breaches.roles import people_of_desk
from breaches.said import Said
from contracts.exit import Disposal
from contracts.models import Contract
from notices.elements import families
from parties.models import District, School, User, Vendor
from roster.grades import grade_name


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


class ElementsField(forms.MultipleChoiceField):
    """Kinds of data of the fixed schedule."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Which kinds of data"))
        options.setdefault("help_text", _("Leave it empty while nobody knows. You can add it later."))
        choices = [(code, label) for _family, rows in families() for code, label in rows if code != "none"]
        super().__init__(choices=choices, required=False, **options)


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


class StaffReportForm(SaidForm):
    """Staff write down a report that came by mail or phone, or what they found themselves."""

    vendor = forms.ModelChoiceField(
        label=_("Company"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("No company: our own systems"),
    )
    channel = forms.ChoiceField(
        label=_("How did you learn of it?"),
        choices=[(channel.value, channel.label) for channel in STAFF_CHANNELS],
        widget=forms.RadioSelect,
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

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = Vendor.objects.filter(districts=district).order_by("name")


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
    """The five parts of the notice."""

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


class ApproveForm(forms.Form):
    alone_because = words(_("Why do you approve your own notice?"), limit=2000, rows=3)


class LogForm(forms.Form):
    kind = forms.ChoiceField(label=_("What was done?"), choices=StepKind.choices)
    words = words(_("In your words"), limit=8000)
    reference = forms.CharField(
        label=_("Reference number"), max_length=100, required=False, help_text=_("For example of the police")
    )
    upload = forms.FileField(label=_("File"), required=False)


class ConsideredForm(forms.Form):
    whom = forms.ChoiceField(label=_("Whom?"), choices=Whom.choices)
    is_needed = forms.TypedChoiceField(
        label=_("Must they be told?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    reason = words(_("Why?"), limit=2000, rows=3)


class AccessForm(forms.Form):
    contract = forms.ModelChoiceField(
        label=_("Contract"), queryset=Contract.objects.none(), required=False, empty_label=_("Not a vendor")
    )
    whose = forms.CharField(
        label=_("Whose access?"), max_length=200, help_text=_("A company or a role, no person's name")
    )
    extent = forms.CharField(label=_("Which access is stopped?"), max_length=200)
    term = forms.ChoiceField(label=_("For how long?"), choices=Term.choices, widget=forms.RadioSelect)
    reason = words(_("Why?"), limit=2000, rows=3)

    def __init__(self, *args: Any, breach: Breach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.fields["contract"]
        assert isinstance(contract, forms.ModelChoiceField)
        contract.queryset = breach.contracts.all()


class ReasonForm(forms.Form):
    reason = words(_("Why?"), limit=2000, rows=3)


class AskVendorForm(forms.Form):
    about = forms.ChoiceField(
        label=_("What do you ask for?"), choices=AskedFor.choices, widget=forms.RadioSelect
    )
    words = words(_("In your words"), required=False, rows=3)


class AnswerForm(forms.Form):
    received_at = moment(_("When did it come in?"))
    file = forms.FileField(label=_("File"))


class ToldFamiliesForm(forms.Form):
    told_at = moment(_("When did the company tell the families?"))
    file = forms.FileField(label=_("Proof"), help_text=_("For example its letter with the list of dates"))


class DutyForm(forms.Form):
    at = moment(_("When was it done?"))
    words = words(_("What was done, and by whom?"), limit=2000, rows=3)
    proof = forms.FileField(label=_("Proof"), required=False)


class OfficeForm(forms.Form):
    """A report to a state office: one field a part that the pack asks for."""

    PART_LABELS = {
        "began": _("When it began"),
        "detected": _("When and how it was found"),
        "cause": _("What caused it"),
        "affected": _("Who is affected, and how many"),
        "records": _("How many records, from which years"),
        "directory_or_identifying": _("Directory information, or more than that?"),
        "status": _("Where it stands"),
        "parties_told": _("Who has been told"),
        "plans": _("What is planned"),
        "report": _("The report"),
    }

    def __init__(self, *args: Any, parts: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in parts:
            label = self.PART_LABELS.get(part, part.replace("_", " ").capitalize())
            self.fields[part] = words(label, rows=2, required=False)


class OfficeSentForm(forms.Form):
    sent_at = moment(_("When was it sent?"))
    reference = forms.CharField(label=_("Reference number"), max_length=100)
    copy = forms.FileField(label=_("Copy of what was sent"), required=False)


class DetermineForm(forms.Form):
    sort = forms.ChoiceField(
        label=_("What was found?"), choices=DeterminationSort.choices, widget=forms.RadioSelect
    )
    determined_by = forms.CharField(
        label=_("Who determined it?"), max_length=200, help_text=_("A firm, a team or a role")
    )
    because = words(_("Why is that so?"))
    evidence = forms.FileField(label=_("Evidence"), required=False)
    alone_because = words(
        _("Only when nobody else can be reached: why do you decide alone?"),
        limit=2000,
        rows=2,
        required=False,
    )


class VerifyForm(forms.Form):
    vendor = forms.ModelChoiceField(
        label=_("Which company sent it?"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("None that we know"),
    )
    how = words(_("How did you check?"), limit=2000, rows=3, help_text=_("Whom you called, at which number"))

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = Vendor.objects.filter(districts=district).order_by("name")


class FindingForm(forms.Form):
    finding = words(_("What did the company fail to do?"))


class SanctionForm(forms.Form):
    kind = forms.ChoiceField(label=_("What follows?"), choices=SanctionKind.choices, widget=forms.RadioSelect)
    contract = forms.ModelChoiceField(
        label=_("Contract"), queryset=Contract.objects.none(), required=False, empty_label=_("None")
    )
    disposal = forms.ChoiceField(
        label=_("If the contract ends: what happens to the data?"), choices=Disposal.choices, required=False
    )
    finding = words(_("What was found?"), help_text=_("No person's name"))
    decision = words(_("What was decided, and why?"))

    def __init__(self, *args: Any, breach: Breach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.fields["contract"]
        assert isinstance(contract, forms.ModelChoiceField)
        contract.queryset = breach.contracts.all()


class LetInForm(forms.Form):
    user = forms.ModelChoiceField(label=_("Who else may see this breach?"), queryset=User.objects.none())

    def __init__(self, *args: Any, breach: Breach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        known = breach.case.allowed.values_list("pk", flat=True)
        others = [person.pk for person in people_of_desk(breach.district) if person.pk not in set(known)]
        user.queryset = User.objects.filter(pk__in=others)


class MissedForm(forms.Form):
    because = words(_("Why was the limit missed?"), limit=4000, help_text=_("It stays on record."))


class CloseForm(forms.Form):
    corrective_action = words(
        _("What changes, so that it does not happen again?"),
        help_text=_("For example: all staff accounts need a second sign-in step from January on"),
    )


class DrillForm(forms.Form):
    vendor = forms.ModelChoiceField(
        label=_("Which company shall the drill be about?"),
        queryset=Vendor.objects.none(),
        required=False,
        empty_label=_("Our own systems"),
        help_text=_("The company hears nothing of it."),
    )
    story = words(_("The story"), required=False, rows=3, limit=1000)

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = Vendor.objects.filter(districts=district).order_by("name")


class LinkForm(forms.Form):
    vendor = forms.ModelChoiceField(label=_("Company"), queryset=Vendor.objects.none())

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendor = self.fields["vendor"]
        assert isinstance(vendor, forms.ModelChoiceField)
        vendor.queryset = Vendor.objects.filter(districts=district).order_by("name")
