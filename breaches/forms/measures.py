"""Forms of what is done beside telling: log, access, questions, offices, decisions, sanctions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breaches.forms.fields import choose, moment, words
from breaches.models import (
    AskedFor,
    Breach,
    DeterminationSort,
    SanctionKind,
    StepKind,
    Term,
    Whom,
)
from breaches.roles import people_of_desk
from contracts.exit import Disposal
from contracts.models import Contract
from parties.models import User


class LogForm(forms.Form):
    kind = forms.ChoiceField(label=_("What was done?"), choices=choose(StepKind.choices))
    words = words(_("In your words"), limit=8000)
    reference = forms.CharField(
        label=_("Reference number"), max_length=100, required=False, help_text=_("For example of the police")
    )
    upload = forms.FileField(label=_("File"), required=False)


class ConsideredForm(forms.Form):
    whom = forms.ChoiceField(label=_("Whom?"), choices=choose(Whom.choices))
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
