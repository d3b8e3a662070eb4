"""The terms a person records about a contract, and the rules they meet in a form, the API or a script."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contracts.models import Contract, DataElement, Hosting, PurposeKind, Renewal, Scope
from notices.elements import SCHEDULE
from notices.plain import UNPRINTABLE
from parties.models import District, School


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the contract is for, which data and schools it reaches, and how long it runs."""

    product: str
    purpose_kind: str
    scope: str
    scope_reason: str = ""
    description: str = ""
    purpose: str = ""
    all_schools: bool = False
    schools: Collection[School] = ()
    grades: Collection[str] = ()
    elements: Collection[str] = ()
    element_purposes: dict[str, str] = field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None
    renewal: str = Renewal.NONE
    renewal_notice_days: int | None = None
    hosting: str = ""
    hosting_place: str = ""
    agreed_breach_hours: int | None = None

    def columns(self) -> dict[str, Any]:
        """The values that are columns of Contract."""
        apart = {"schools", "elements", "element_purposes"}
        named = {name: value for name, value in asdict(self).items() if name not in apart}
        return {**named, "grades": list(self.grades)}


def check_terms(terms: Terms, *, district: District, complete: bool) -> None:
    """Raise ValidationError, each message under its field, when the terms cannot be recorded.

    A contract may be opened before everything is known; `complete` asks for all that a notice needs.
    """
    wrong: dict[str, str] = {}
    for name, choices in (("purpose_kind", PurposeKind), ("scope", Scope), ("renewal", Renewal)):
        if getattr(terms, name) not in choices.values:
            wrong[name] = _("Choose one of the answers.")
    if terms.hosting and terms.hosting not in Hosting.values:
        wrong["hosting"] = _("Choose one of the answers.")
    wrong |= _words(terms) | _data(terms) | _dates(terms)
    if any(school.district_id != district.pk for school in terms.schools):
        wrong["schools"] = _("Choose schools of this district.")
    if complete and terms.scope == Scope.APPLIES:
        wrong |= _still_needed(terms)
    if wrong:
        raise ValidationError(wrong)


def save_elements(contract: Contract, terms: Terms) -> None:
    """Make the contract's data elements what the terms say."""
    contract.elements.exclude(code__in=terms.elements).delete()
    for code in SCHEDULE:
        if code in terms.elements:
            DataElement.objects.update_or_create(
                contract=contract,
                code=code,
                defaults={
                    "district": contract.district,
                    "purpose": terms.element_purposes.get(code, "")[:200],
                },
            )


def _still_needed(terms: Terms) -> dict[str, str]:
    wrong = {}
    if not terms.all_schools and not terms.schools:
        wrong["schools"] = _("Choose the schools that use it, or say that all of them do.")
    if not terms.elements:
        wrong["elements"] = _("Choose the data that the vendor may have.")
    if not terms.purpose.strip():
        wrong["purpose"] = _("Write what the school uses it for. Families will read it.")
    if not terms.description.strip():
        wrong["description"] = _("Write what it is. Families will read it.")
    return wrong


def _words(terms: Terms) -> dict[str, str]:
    wrong = {}
    if not terms.product.strip():
        wrong["product"] = _("Write the name of the product or service.")
    for name, limit in (("product", 200), ("description", 300), ("purpose", 300), ("hosting_place", 200)):
        text = getattr(terms, name)
        if len(text) > limit:
            wrong[name] = _("Use at most %(limit)s letters.") % {"limit": limit}
        elif UNPRINTABLE.search(text):
            wrong[name] = _("Remove the control characters.")
    if terms.scope in (Scope.GENERAL_AUDIENCE, Scope.NO_STUDENT_DATA) and not terms.scope_reason.strip():
        wrong["scope_reason"] = _("Say why the policy does not apply. It stays on record.")
    return wrong


def _data(terms: Terms) -> dict[str, str]:
    if unknown := [code for code in terms.elements if code not in SCHEDULE]:
        return {"elements": _("“%(code)s” is not in the schedule.") % {"code": unknown[0][:40]}}
    if "none" in terms.elements and len(terms.elements) > 1:
        return {"elements": _("“No student data” cannot stand beside other data.")}
    if terms.scope == Scope.APPLIES and "none" in terms.elements:
        return {"elements": _("You said the vendor has student data. Choose which.")}
    return {}


def _dates(terms: Terms) -> dict[str, str]:
    wrong = {}
    if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
        wrong["ends_on"] = _("The end must not come before the start.")
    for name in ("starts_on", "ends_on"):
        day = getattr(terms, name)
        if day and not 1990 <= day.year <= 2100:
            wrong[name] = _("Check the year.")
    hours = terms.agreed_breach_hours
    if hours is not None and not 1 <= hours <= 1440:
        wrong["agreed_breach_hours"] = _("Use a number of hours from 1 to 1440.")
    days = terms.renewal_notice_days
    if days is not None and not 0 <= days <= 730:
        wrong["renewal_notice_days"] = _("Use a number of days from 0 to 730.")
    return wrong
