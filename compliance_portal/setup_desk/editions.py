"""A district's own times and names for the duties of a pack, by decision of its Board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from compliance_portal.setup_desk.views.scope import person, refusal
from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Entry
from parties.access import DESK, districts_of, has_role, require_role
from parties.models import District, User
from policy import clock
from policy.amending import (
    APPROVERS,
    agree_to_edition,
    change_duty,
    decline_edition,
    state_of,
    waiting_edition,
)
from policy.editions import Followed, amend, followed_by
from policy.holidays import holidays_for
from policy.models import Adoption, Edition
from policy.packs import Pack, PackError, Rule, load
from policy.templatetags.deadlines import AMOUNTS, due_day, local_time

COUNTED_IN: Final = [
    ("hours", "Hours"),
    ("business_days", "Business days"),
    ("calendar_days", "Days, weekends too"),
    ("months", "Months"),
    ("annual_date", "A day of each year"),
    ("immediately", "At once"),
]

BESIDES: Final = {
    "role": "Who does it",
    "audience": "Who is told",
    "required_parts": "What the notice must say",
    "minutes": "Minutes it takes",
    "verb": "Word on the button",
}
"""What an edition may change besides time and name; only the API enters it."""


class EditionForm(forms.Form):
    """The time and the name of one duty, and the decision of the Board they rest on."""

    amount = forms.CharField(
        label="How much time",
        required=False,
        max_length=10,
        help_text="A whole number. For a day of each year the month and the day, for example 09-01.",
    )
    unit = forms.ChoiceField(label="Counted in", choices=COUNTED_IN)
    title = forms.CharField(
        label="Name of the duty", max_length=200, help_text="As your people read it on Today and in alerts."
    )
    citation = forms.CharField(
        label="Decision of the Board", max_length=300, help_text="For example: regular meeting, item 7.2."
    )
    board_date = forms.DateField(label="Day of the decision", widget=forms.DateInput(attrs={"type": "date"}))
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text, unit = str(cleaned.get("amount", "")).strip(), cleaned.get("unit")
        if {"amount", "unit"} & set(self.changed_data) and unit != "annual_date":
            if unit == "immediately" and not text:
                text = "0"
            if not text.isascii() or not text.isdigit():
                self.add_error("amount", "Give a whole number.")
        cleaned["amount"] = text
        return cleaned

    def change(self) -> dict[str, Any] | None:
        """What becomes different in the duty; None for the button that makes it as the pack has it again."""
        if "as_pack" in self.data:
            return None
        said: dict[str, Any] = {}
        if {"amount", "unit"} & set(self.changed_data):
            text, unit = self.cleaned_data["amount"], self.cleaned_data["unit"]
            said = {"amount": text if unit == "annual_date" else int(text), "unit": unit}
        if "title" in self.changed_data:
            said["title"] = self.cleaned_data["title"]
        return said


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty as the pack has it, as the district has it now, and as an edition would have it."""

    key: str
    title: str
    pack: str
    now: str
    is_own: bool = False
    would_be: str = ""
    renamed: str = ""
    also: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """When a duty that began today would be due, with the arithmetic."""

    heading: str
    due: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One edition of the district in the list of all, with what came of it."""

    edition: Edition
    state: str
    agreed_by: User | None
    changes: list[str]


def edition(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Every duty of a followed pack with its time, what waits for a second person, and what was decided."""
    district, adoption = _adoption_of(request, slug, pk)
    followed = followed_by(adoption)
    context = {
        **_frame(request, district, adoption),
        "duties": [_duty(adoption, rule, followed) for rule in load(adoption.pack).rules],
        "made": _made(adoption),
    }
    return render(request, "setup_desk/edition.html", context)


def edition_rule(request: HttpRequest, slug: str, pk: int, key: str) -> HttpResponse:
    """Enter another time or name of one duty, with the decision of the Board."""
    district, adoption = _adoption_of(request, slug, pk)
    pack, followed = load(adoption.pack), followed_by(adoption)
    try:
        rule, now = pack.rule(key), followed.pack.rule(key)
    except PackError as error:
        raise Http404 from error
    amount = followed.amount_of(now)
    start = {
        "amount": "" if amount is None else str(amount),
        "unit": now.unit,
        "title": now.title,
        "seen": state_of(adoption),
    }
    form = EditionForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            change = form.change()
            if change == {}:
                raise ValidationError({"amount": "Your district has this already. Enter what is to change."})
            rest = {name: form.cleaned_data[name] for name in ("seen", "citation", "board_date")}
            made = change_duty(adoption, key, change, **rest, by=person(request))
            _say(request, made)
            return redirect("setup:edition", slug, pk)
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("setup:edition_rule", slug, pk, key)
        except ValidationError as error:
            refusal(form, _beside(error, key))
    context = {
        **_frame(request, district, adoption),
        "duty": _duty(adoption, rule, followed),
        "rule": rule,
        "most": pack.parameter(rule.parameter) if rule.parameter else None,
        "form": form,
    }
    return render(request, "setup_desk/edition_rule.html", context, status=422 if form.is_bound else 200)


def edition_decision(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A second approver reads what would give more time, the old and the new side by side, and decides."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *APPROVERS)
    row = get_object_or_404(
        Edition.objects.select_related("approved_by", "declined_by"), district=district, pk=pk
    )
    if request.method == "POST":
        act = agree_to_edition if "agree" in request.POST else decline_edition
        try:
            act(row, by=person(request))
            messages.success(request, "Done.")
        except Conflict as error:
            messages.error(request, str(error))
        return redirect("setup:edition_decision", slug, pk)
    mine = district.adoptions.select_related("edition")
    adoption = mine.filter(pack=row.pack, until=None).first()
    waits = adoption is not None and waiting_edition(adoption) == row
    context = {
        **_frame(request, district, adoption),
        "pack": load(row.pack),
        "edition": row,
        "waits": waits,
        "replaced_by": None if waits else _replaced_by(row),
        "is_followed": adoption is not None and adoption.edition_id == row.pk,
        "duties": list(_would_be(row, followed_by(adoption))) if waits and adoption else [],
    }
    return render(request, "setup_desk/edition_decision.html", context)


def _adoption_of(request: HttpRequest, slug: str, pk: int) -> tuple[District, Adoption]:
    """A pack that the district follows now; 404 for a stranger, 403 for who may make no edition."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *APPROVERS)
    mine = Adoption.objects.filter(district=district, until=None).select_related("edition", "district")
    return district, get_object_or_404(mine, pk=pk)


def _frame(request: HttpRequest, district: District, adoption: Adoption | None) -> dict[str, Any]:
    return {
        "district": district,
        "adoption": adoption,
        "pack": load(adoption.pack) if adoption else None,
        "waiting": waiting_edition(adoption) if adoption else None,
        "may_desk": has_role(request.user, district, *DESK),
    }


def _say(request: HttpRequest, made: Edition) -> None:
    if Adoption.objects.filter(edition=made, until=None).exists():
        messages.success(request, "Followed from now on. Clocks that run keep the time they began with.")
    else:
        messages.success(request, "This gives more time. It waits for a second person. They were told.")


def _beside(error: ValidationError, key: str) -> ValidationError:
    """The verb's refusal of a rule, beside the field that it speaks of."""
    found: dict[str, list[str]] = {}
    for field, said in error.message_dict.items():
        for text in said:
            where = "title" if f"{key}, title: " in text else "amount" if field == "rules" else field
            words = text.rpartition(f"{key}, {where}: ")[2].rpartition(f"{key}: ")[2]
            found.setdefault(where, []).append(words[:1].upper() + words[1:])
    return ValidationError(found)


def time_in_words(rule: Rule, amount: int | str | None) -> str:
    """The time of a rule in a few words: 5 business days; at once; by September 1 each year."""
    if rule.unit == "immediately":
        return (
            f"at once, {AMOUNTS['hours'](amount)} at most"
            if isinstance(amount, int) and amount
            else "at once"
        )
    if isinstance(amount, int) and rule.unit in AMOUNTS:
        return AMOUNTS[rule.unit](amount)
    if isinstance(amount, str):
        month, day = clock.parse_month_day(amount)
        return f"by {date(2000, month, day):%B} {day} each year"
    return "not chosen yet"


def _of_pack(pack: Pack, rule: Rule) -> str:
    """The pack's own time; of a point that it leaves to the district, how far that reaches."""
    if not rule.parameter:
        return time_in_words(rule, rule.amount)
    most, unit = pack.parameter(rule.parameter).max, rule.unit.replace("immediately", "hours")
    choice = f"you choose, {AMOUNTS[unit](most)} at most" if unit in AMOUNTS and most else "you choose"
    return f"at once; {choice}" if rule.unit == "immediately" else choice


def _duty(adoption: Adoption, rule: Rule, followed: Followed) -> Duty:
    now = followed.pack.rule(rule.key)
    return Duty(
        rule.key,
        now.title,
        _of_pack(load(adoption.pack), rule),
        time_in_words(now, followed.amount_of(now)),
        is_own=adoption.edition is not None and rule.key in adoption.edition.changes["rules"],
    )


def _would_be(row: Edition, followed: Followed) -> Iterator[Duty]:
    """Every duty that this edition leaves otherwise than it is now, or than the pack has it."""
    pack = load(row.pack)
    then = Followed(amend(pack, row.changes), str(row), followed.values)
    for rule in pack.rules:
        now, after = followed.pack.rule(rule.key), then.pack.rule(rule.key)
        if rule.key not in row.changes["rules"] and now == after:
            continue
        yield Duty(
            rule.key,
            now.title,
            _of_pack(pack, rule),
            time_in_words(now, followed.amount_of(now)),
            would_be=time_in_words(after, then.amount_of(after)),
            renamed=after.title if after.title != now.title else "",
            also=tuple(_other_changes(now, after)),
            counts=tuple(_counts(row.district, (("Now", now, followed), ("Then", after, then)))),
        )


def _other_changes(now: Rule, after: Rule) -> Iterator[str]:
    """What becomes different besides time and name: nobody agrees to what the page does not show."""
    for name, words in BESIDES.items():
        was, would_be = (getattr(rule, name) for rule in (now, after))
        if was != would_be:
            yield f"{words}: {_listed(would_be)} instead of {_listed(was)}"


def _listed(value: Any) -> str:
    words = ", ".join(value) if isinstance(value, tuple) else str(value)
    return words.replace("_", " ") or "nobody or nothing"


def _counts(district: District, sides: tuple[tuple[str, Rule, Followed], ...]) -> Iterator[Count]:
    """The arithmetic of both, from today; nothing where a time is not chosen or both are alike."""
    amounts = [(rule.unit, side.amount_of(rule)) for _heading, rule, side in sides]
    if amounts[0] == amounts[1]:
        return
    at, holidays = engine_now().replace(microsecond=0), holidays_for(district)
    for (heading, rule, _side), (unit, amount) in zip(sides, amounts, strict=True):
        if amount is None and unit != "immediately":
            continue
        due = clock.due(unit=unit, amount=amount, at=at, zone=district.tz, calendar=holidays)
        yield Count(heading, _due(rule, due.due_at, district), due.lines)


def _due(rule: Rule, at: datetime, district: District) -> str:
    by_hour = rule.unit in ("hours", "immediately")
    return local_time(at, district) if by_hour else f"end of {due_day(at, district)}"


def _made(adoption: Adoption) -> list[Made]:
    """The district's editions of this pack, the newest first."""
    district = adoption.district
    done = Entry.objects.filter(district=district, act="edition-made", facts__pack=adoption.pack)
    replaced = set(_replacing(district, adoption.pack).values_list("facts__number", flat=True))
    agreed = {entry.facts["number"]: entry.by for entry in done.select_related("by")}
    waits = waiting_edition(adoption)
    rows = Edition.objects.filter(district=district, pack=adoption.pack).select_related("approved_by")
    return [
        Made(
            row,
            "Replaced by the next" if row.number in replaced else _state(row, adoption, waits, agreed),
            agreed.get(row.number) if agreed.get(row.number) != row.approved_by else None,
            list(_in_words(load(row.pack), row.changes["rules"])),
        )
        for row in rows.order_by("-number")
    ]


def _replacing(district: District, pack: str) -> QuerySet[Entry]:
    return Entry.objects.filter(district=district, act="edition-replaced", facts__pack=pack)


def _replaced_by(row: Edition) -> Edition | None:
    """The edition that took the place of this one before a second person agreed to it."""
    said = _replacing(row.district, row.pack).filter(facts__number=row.number).first()
    made = Edition.objects.filter(district=row.district, pack=row.pack)
    return made.get(number=said.facts["replaced_by"]) if said else None


def _state(row: Edition, adoption: Adoption, waits: Edition | None, agreed: Mapping[int, User | None]) -> str:
    if row.pk == adoption.edition_id:
        return "Followed now"
    if row == waits:
        return "Waits for a second person"
    if row.declined_at is not None:
        return "Not agreed"
    return "Earlier" if row.number in agreed else "Nobody agreed"


def _in_words(pack: Pack, rules: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    amended = amend(pack, {"rules": rules})
    for key, change in rules.items():
        before, after = pack.rule(key), amended.rule(key)
        if {"amount", "unit"} & change.keys():
            yield f"{before.title}: {time_in_words(after, after.amount)} instead of {_of_pack(pack, before)}"
        if "title" in change:
            yield f"{before.title}: called “{after.title}”"
        if others := ", ".join(sorted(change.keys() - {"amount", "unit", "title"})):
            yield f"{before.title}: {others}"
