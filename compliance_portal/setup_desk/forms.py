"""The forms of the set-up desk: one a step."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from ledger.clock import check_year
from mail.addresses import parse_address
from mail.models import Route
from parties.models import District, Membership, Role, School
from policy.alerts import deciders
from policy.models import Closure, Obligation
from policy.obligations import BEFORE_GO_LIVE
from policy.packs import ParameterRule, load, shipped

# The public site lies under /<short name>/, beside the portal's own addresses.
RESERVED = frozenset(
    [
        "account",
        "accounts",
        "admin",
        "api",
        "d",
        "deadlines",
        "healthz",
        "invitation",
        "metrics",
        "setup",
        "static",
        "vendor",
        "webhooks",
    ]
)
US_ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
]


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    others = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and zone not in US_ZONES)
    return [
        ("United States", [(zone, zone.replace("_", " ")) for zone in US_ZONES]),
        ("Elsewhere", [(zone, zone.replace("_", " ")) for zone in others]),
    ]


class DistrictForm(forms.ModelForm[District]):
    zone = forms.ChoiceField(
        label="Time zone", choices=zone_choices, help_text="Every deadline is counted in this zone."
    )
    languages = forms.MultipleChoiceField(
        label="Languages of your public pages",
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    go_live_on = forms.DateField(
        label="Go-live date",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Contracts signed before this day are kept as history. No clock runs for them.",
    )
    website = forms.URLField(label="Website", required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = District
        fields = [
            "name",
            "slug",
            "state",
            "zone",
            "languages",
            "go_live_on",
            "website",
            "contact_name",
            "contact_email",
            "contact_phone",
            "postal_address",
        ]
        labels = {
            "slug": "Short name for web addresses",
            "state": "State",
            "contact_name": "Whom families can ask",
            "contact_email": "E-mail for families' questions",
            "contact_phone": "Phone for families' questions",
            "postal_address": "Return address on letters",
        }
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3})}

    def clean_go_live_on(self) -> date:
        """Never later once clocks run: what happened in between would stop being owed (architecture §7)."""
        day: date = self.cleaned_data["go_live_on"]
        before = self.initial.get("go_live_on")
        if self.instance.pk and before and day > before:
            running = Obligation.objects.filter(district=self.instance).exclude(trigger__in=BEFORE_GO_LIVE)
            if running.exists():
                raise ValidationError("Clocks run since the day before. It can move earlier, not later.")
        return day

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in RESERVED:
            raise ValidationError("This name is used by the portal itself. Choose another.")
        return slug

    def clean_state(self) -> str:
        state = str(self.cleaned_data["state"]).upper()
        if len(state) != 2 or not state.isalpha():
            raise ValidationError("Enter the two letters of the state, for example CT.")
        return state


class SchoolsForm(forms.Form):
    """All schools at once, one a line: quick to paste from a list."""

    names = forms.CharField(
        label="Schools, one a line",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="A school that is already in use stays, even when you take it off this list.",
    )

    def clean_names(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]
        longest = School._meta.get_field("name").max_length or 200
        if too_long := [line for line in lines if len(line) > longest]:
            raise ValidationError(f"Shorten this name: {too_long[0][:60]}…")
        return list({line.casefold(): line for line in reversed(lines)}.values())[::-1]


class PacksForm(forms.Form):
    packs = forms.MultipleChoiceField(label="Follow these", widget=forms.CheckboxSelectMultiple)
    since = forms.DateField(
        label="From this day",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Duties arise for what happens on or after this day, never before the pack's own date.",
    )

    reason = forms.CharField(
        label="If you untick one: why?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A second person must confirm it. Until then it is followed.",
    )

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        packs = [pack for ref in shipped() if (pack := load(ref)).kind != "practice"]  # practice is built in
        packs.sort(key=lambda pack: (state not in pack.jurisdiction, pack.title))
        field = self.fields["packs"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(pack.ref, pack.title) for pack in packs]


class ParametersForm(forms.Form):
    """What the adopted packs leave to the district; a default is shown as one, and is not yet a choice."""

    def __init__(
        self, *args: Any, rules: dict[str, ParameterRule], values: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for key, rule in rules.items():
            self.fields[key] = parameter_field(rule)
            self.fields[key].initial = values.get(key)


def parameter_field(rule: ParameterRule) -> forms.Field:
    """The form field for one parameter, by its unit."""
    default = "" if rule.default is None else f" Usual: {shown(rule.default)}."
    common: dict[str, Any] = {
        "label": rule.title,
        "help_text": f"{rule.why}{default} ({rule.citation})",
        "required": False,
    }
    if rule.unit == "choice":
        choices = [("", "Not chosen yet"), *((choice, words(choice)) for choice in rule.choices)]
        return forms.ChoiceField(choices=choices, **common)
    if rule.unit == "choices":
        return forms.MultipleChoiceField(
            choices=[(choice, words(choice)) for choice in rule.choices],
            widget=forms.CheckboxSelectMultiple,
            **common,
        )
    if rule.unit in {"text", "annual_date"}:
        return forms.CharField(max_length=300, **common)
    return forms.IntegerField(min_value=rule.min, max_value=rule.max, **common)


def words(choice: str) -> str:
    return choice.replace("_", " ").replace("-", " ").capitalize()


def shown(value: object) -> str:
    return ", ".join(map(words, value)) if isinstance(value, tuple | list) else words(str(value))


class HolidaysForm(forms.Form):
    """The legal holidays of one year, each ticked by a person: an unticked day counts as a business day."""

    days = forms.MultipleChoiceField(
        label="Legal holidays", widget=forms.CheckboxSelectMultiple, required=False
    )
    more = forms.CharField(
        label="Further legal holidays, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "2026-11-03 Election Day"}),
        help_text="Write year-month-day, then the name. Days when only schools close do not belong here.",
    )

    reason = forms.CharField(
        label="If you correct a confirmed year: why?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A day you take away counts at once. A day you add needs a second person.",
    )

    def __init__(
        self,
        *args: Any,
        year: int,
        holidays: list[tuple[date, str]],
        confirmed: list[list[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        shipped = {day.isoformat() for day, _name in holidays}
        own = [f"{day} {name}" for day, name in confirmed or [] if day not in shipped]
        kwargs["initial"] = {"days": [day for day, _name in confirmed or []], "more": "\n".join(own)}
        super().__init__(*args, **kwargs)
        if confirmed is None:
            del self.fields["reason"]
        self.year = year
        self.named = {day.isoformat(): name for day, name in holidays}
        field = self.fields["days"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(day.isoformat(), f"{day:%A, %B} {day.day}: {name}") for day, name in holidays]

    def clean_more(self) -> list[tuple[date, str]]:
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["more"].splitlines())):
            text, _, name = line.partition(" ")
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise ValidationError(
                    f"“{line[:40]}”: write the date as 2026-11-03, then the name."
                ) from None
            if day.year != self.year or not name.strip():
                raise ValidationError(f"“{line[:40]}”: give a day of {self.year} and its name.")
            found.append((day, name.strip()[:100]))
        return found

    def confirmed(self) -> list[tuple[date, str]]:
        ticked = [(date.fromisoformat(text), self.named[text]) for text in self.cleaned_data["days"]]
        return sorted({**dict(ticked), **dict(self.cleaned_data["more"])}.items())


class ClosureForm(forms.ModelForm[Closure]):
    class Meta:
        model = Closure
        fields = ["first_day", "last_day", "name"]
        widgets = {
            "first_day": forms.DateInput(attrs={"type": "date"}),
            "last_day": forms.DateInput(attrs={"type": "date"}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day comes before the first.")
        return cleaned


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(label="What this person will do", choices=[("", "Choose"), *Role.choices])


class MembershipForm(forms.ModelForm[Membership]):
    """Who stands in, when the person is away, and when they are on call for hour clocks."""

    class Meta:
        model = Membership
        fields = ["deputy", "away_from", "away_until", "on_call_from", "on_call_until"]
        widgets = {
            name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
            for name in ("away_from", "away_until", "on_call_from", "on_call_until")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deputy = self.fields["deputy"]
        assert isinstance(deputy, forms.ModelChoiceField)
        colleagues = deciders(self.instance.district)
        assert deputy.queryset is not None
        deputy.queryset = (
            deputy.queryset.filter(memberships__in=colleagues).exclude(pk=self.instance.user_id).distinct()
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.Meta.widgets:
            check_year(name, cleaned.get(name))
        for start, end in (("away_from", "away_until"), ("on_call_from", "on_call_until")):
            if cleaned.get(start) and cleaned.get(end) and cleaned[end] <= cleaned[start]:
                self.add_error(end, "The end comes before the start.")
        if self.instance.role == Role.VIEWER:
            for name in ("on_call_from", "on_call_until"):
                if cleaned.get(name):
                    self.add_error(name, "A viewer cannot be on call: they may not answer an alert.")
        return cleaned


class RouteForm(forms.ModelForm[Route]):
    class Meta:
        model = Route
        fields = ["relay", "sender", "sender_name", "reply_to", "a_second"]
        labels = {"relay": "How mail to families leaves", "a_second": "Messages a second your relay allows"}
        widgets = {"relay": forms.RadioSelect}
        help_texts = {
            "sender": "We send a code to a new address. It is used once you have typed the code in."
        }

    def save(self, commit: bool = True) -> Route:
        """Everything but the address, which waits for its code (mail/senders.py) and may change meanwhile."""
        kept, _ = Route.objects.get_or_create(
            district=self.instance.district, defaults={"sender": settings.DEFAULT_FROM_EMAIL}
        )
        own = [name for name in self.Meta.fields if name != "sender"]
        for name in own:
            setattr(kept, name, self.cleaned_data[name])
        kept.save(update_fields=own)
        return kept

    def clean_sender(self) -> str:
        return parse_address(self.cleaned_data["sender"])

    def clean_reply_to(self) -> str:
        given = str(self.cleaned_data["reply_to"])
        return parse_address(given) if given else ""

    def clean_a_second(self) -> float:
        rate = float(self.cleaned_data["a_second"])
        if not 0 < rate <= 1000:
            raise ValidationError("Enter a number above 0 and up to 1,000.")
        return rate


class CodeForm(forms.Form):
    code = forms.CharField(
        label="The code we sent",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class AcceptForm(forms.Form):
    name = forms.CharField(
        label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 letters. Four or five plain words do well.",
    )
