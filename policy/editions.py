"""What a district follows: the adopted packs with its own editions and values.

An edition changes amounts, audience or wording of a pack by decision of the Board. It is a new frozen version
with its date, citation and approver; running clocks keep the version they began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.db.models import Q

from parties.models import District
from policy.models import Adoption, Deadline, Edition, Parameter
from policy.packs import Pack, PackError, ParameterRule, Rule, load, shipped

PRACTICE: Final = "practice"
"""The built-in pack of good practice: every district follows its newest version unless it adopted one."""


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


def followed_by(adoption: Adoption) -> Followed:
    """The pack of this adoption with the edition and the values that the district has now."""
    return _followed(adoption, values_of(adoption.district).get(adoption.pack, {}))


def values_of(district: District) -> dict[str, dict[str, Any]]:
    """What the district set, by pack and name."""
    found: dict[str, dict[str, Any]] = {}
    for parameter in Parameter.objects.filter(district=district):
        found.setdefault(parameter.pack, {})[parameter.name] = parameter.value
    return found


def rule_of(clock: Deadline) -> Rule | None:
    """The rule behind a clock with the edition it was raised under, whatever the district follows by now.

    A later edition may ask for other people or parts; a duty that runs keeps its own (architecture §7). None
    for an agreed time.
    """
    ref, _plus, number = clock.pack.partition("+")
    try:
        pack = load(ref)
        if number:
            made = Edition.objects.get(district=clock.district_id, pack=ref, number=int(number))
            pack = amend(pack, made.changes)
        return pack.rule(clock.rule)
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
