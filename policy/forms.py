"""Forms of the duty page; the verbs judge what they say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

AT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
LINES = forms.Textarea(attrs={"rows": 3})


class DoneForm(forms.Form):
    at = forms.DateTimeField(label=_("When was it done?"), widget=AT)
    reason = forms.CharField(label=_("What was done, and by whom?"), widget=LINES, max_length=2000)
    proof = forms.FileField(label=_("Proof"), required=False, help_text=_("PDF, picture or e-mail"))


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why does it fall away?"), widget=LINES, max_length=2000)
    proof = forms.FileField(label=_("Proof"), required=False)


class StartForm(forms.Form):
    at = forms.DateTimeField(label=_("When was it really?"), widget=AT)
    reason = forms.CharField(label=_("How do you know?"), widget=LINES, max_length=2000)
    proof = forms.FileField(label=_("Proof"), required=False, help_text=_("Needed for a later time"))


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("Which law or order allows it?"), widget=LINES, max_length=2000)
    proof = forms.FileField(label=_("The paper that says so"))


class AloneForm(forms.Form):
    alone_because = forms.CharField(
        label=_("Why can nobody else confirm it in time?"), widget=LINES, max_length=2000, required=False
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(label=_("Why not?"), widget=LINES, max_length=2000)
