"""What a district follows: the adopted packs with its own editions and values.

An edition changes amounts, audience or wording of a pack by decision of the Board. It is a new frozen version
with its date, citation and approver; running clocks keep the version they began with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import record
from parties.access import require_role
from parties.models import District, Role, User
from policy.models import Adoption, Edition, Parameter
from policy.packs import Pack, PackError, ParameterRule, Rule, load, problems, shipped

PRACTICE: Final = "practice"
"""The built-in pack of good practice: every district follows its newest version unless it adopted one."""

CHANGEABLE: Final = frozenset(
    {"amount", "unit", "audience", "required_parts", "title", "verb", "minutes", "role"}
)
"""What an edition may change in a rule; who owes it, what starts it and what it is stay the law's."""

APPROVERS: Final = (Role.SUPERINTENDENT, Role.COUNSEL, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Followed:
    """One pack as one district follows it: with its edition and the values it set."""

    pack: Pack
    ref: str
    """``ct-3520.13@2017``, with the edition's number when there is one: ``ct-3520.13@2017+1``."""
    values: Mapping[str, Any]

    def amount_of(self, rule: Rule) -> int | str | None:
        """The rule's amount in this district; None while a parameter it needs is unset."""
        return self.pack.amount_of(rule, self.values)

    def reaches(self, rule: Rule, people: int | None) -> bool:
        """Whether so many people are enough for the rule; not knowing how many is enough."""
        limit = rule.people_over
        if isinstance(limit, str):
            limit = self.values.get(limit, self.pack.parameter(limit).default)
        return people is None or not isinstance(limit, int) or people > limit


def followed_on(district: District, day: date) -> list[Followed]:
    """The packs that the district follows on this day, good practice included, in order of name."""
    adoptions = (
        Adoption.objects.filter(district=district, since__lte=day)
        .filter(Q(until=None) | Q(until__gt=day))
        .select_related("edition")
    )
    values = values_of(district)
    found = [_followed(adoption, values.get(adoption.pack, {})) for adoption in adoptions]
    if not any(each.pack.name == PRACTICE for each in found):
        pack = load(PRACTICE)
        found.append(Followed(pack, pack.ref, values.get(pack.ref, {})))
    return sorted(found, key=lambda each: each.ref)


def values_of(district: District) -> dict[str, dict[str, Any]]:
    """What the district set, by pack and name."""
    found: dict[str, dict[str, Any]] = {}
    for parameter in Parameter.objects.filter(district=district):
        found.setdefault(parameter.pack, {})[parameter.name] = parameter.value
    return found


def rule_of(ref: str, key: str) -> Rule | None:
    """The rule behind a deadline, as its pack's file says it; None for an agreed time."""
    try:
        return load(ref.partition("+")[0]).rule(key)
    except PackError:
        return None


def unset_parameters(followed: Followed) -> Iterator[ParameterRule]:
    """The points this district must still decide."""
    for parameter in followed.pack.parameters:
        if (
            parameter.default is None
            and not parameter.unset_allowed
            and parameter.name not in followed.values
        ):
            yield parameter


def make_edition(
    *,
    district: District,
    pack: str,
    rules: Mapping[str, Mapping[str, Any]],
    citation: str,
    board_date: date,
    by: User,
) -> Edition:
    """Freeze the district's own version of an adopted pack; from now on its duties arise by it.

    `rules` maps a rule's key to what changes in it. Effects: Edition, the adoption points to it, Entry.
    Running clocks keep the version they began with. Raises ValidationError (nothing saved), PermissionDenied.
    """
    require_role(by, district, *APPROVERS)
    if not citation.strip():
        raise ValidationError({"citation": _("Name the decision of the Board.")})
    if board_date > engine_now().astimezone(district.tz).date():
        raise ValidationError({"board_date": _("This day is in the future.")})
    changes = {"rules": {key: dict(change) for key, change in rules.items()}}
    check_changes(pack, changes)
    with transaction.atomic():
        adoption = (
            Adoption.objects.select_for_update().filter(district=district, pack=pack, until=None).first()
        )
        if adoption is None:
            raise ValidationError({"pack": _("Adopt this pack first.")})
        edition = Edition.objects.create(
            district=district,
            pack=pack,
            number=Edition.objects.filter(district=district, pack=pack).count() + 1,
            changes=changes,
            citation=citation.strip(),
            board_date=board_date,
            digest=hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest(),
            approved_by=by,
            approved_at=engine_now(),
        )
        adoption.edition = edition
        adoption.save()
        record(
            "edition-made",
            by=by,
            district=district,
            pack=pack,
            number=edition.number,
            board_date=board_date.isoformat(),
            digest=edition.digest,
        )
    return edition


def check_changes(ref: str, changes: Mapping[str, Any]) -> None:
    """Raise ValidationError unless the changes stay inside the grammar and what an edition may change."""
    try:
        pack = load(ref)
        for key, change in changes["rules"].items():
            pack.rule(key)
            if extra := set(change) - CHANGEABLE:
                raise PackError(f"An edition cannot change “{min(extra)}” of {key}.")
        wrong = problems(amend(pack, changes))
    except PackError as error:
        raise ValidationError({"rules": str(error)}) from error
    if wrong:
        raise ValidationError({"rules": wrong})


def amend(pack: Pack, changes: Mapping[str, Any]) -> Pack:
    """The pack with an edition's changes; an amount given there takes the parameter's place."""

    def changed(rule: Rule) -> Rule:
        change: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in changes["rules"].get(rule.key, {}).items()
        }
        if "amount" in change:
            change["parameter"] = ""
        return replace(rule, **change)

    return replace(pack, rules=tuple(changed(rule) for rule in pack.rules))


def known_packs() -> tuple[str, ...]:
    """The packs a district may adopt: all but the built-in one."""
    return tuple(ref for ref in shipped() if ref.partition("@")[0] != PRACTICE)


def _followed(adoption: Adoption, values: Mapping[str, Any]) -> Followed:
    pack = load(adoption.pack)
    if adoption.edition is None:
        return Followed(pack, pack.ref, values)
    return Followed(amend(pack, adoption.edition.changes), str(adoption.edition), values)
