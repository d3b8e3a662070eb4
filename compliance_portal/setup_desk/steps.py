"""What of the desk is done and what is left, judged from the rows, and the choices that packs leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.clock import engine_now
from mail.models import Route
from parties.models import District, Membership, Role
from policy.models import Adoption, ConfirmedYear, Parameter
from policy.packs import ParameterRule, load


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the desk, whether it is done, and what it says about itself."""

    name: str
    title: str
    says: str
    done: bool


def steps_of(district: District) -> list[Step]:
    """What is done and what is left. Each is judged from the rows, not from a flag."""
    this_year = engine_now().astimezone(district.tz).year
    packs = Adoption.objects.filter(district=district, until=None).count()
    unset = unset_parameters(district)
    years = set(ConfirmedYear.objects.filter(district=district).values_list("year", flat=True))
    missing = [year for year in (this_year, this_year + 1) if year not in years]
    people = Membership.objects.active().filter(district=district)
    custodians = people.filter(role=Role.CUSTODIAN).count()
    route = Route.objects.filter(district=district).first()
    is_tested = route is not None and route.tested_at is not None
    schools = district.schools.count()
    return [
        Step("facts", "Name, zone and languages", district.zone, district.go_live_on is not None),
        Step("schools", "Schools", f"{schools} on the list", schools > 0),
        Step("packs", "Laws and policies you follow", f"{packs} followed", packs > 0),
        Step(
            "parameters",
            "Choices they leave to you",
            f"{len(unset)} not chosen yet" if unset else "all chosen",
            packs > 0 and not unset,
        ),
        Step(
            "holidays",
            "Legal holidays",
            f"confirm {', '.join(map(str, missing))}" if missing else "this year and next are confirmed",
            not missing,
        ),
        Step("people", "People", f"{people.count()} with a role; custodians: {custodians}", custodians > 0),
        Step(
            "mail",
            "Mail",
            "tested" if is_tested else "send yourself a test",
            is_tested,
        ),
    ]


def adopted_parameters(district: District) -> dict[str, tuple[str, ParameterRule]]:
    """Every parameter of the adopted packs, by a key that is safe as a form field's name."""
    refs = Adoption.objects.filter(district=district, until=None).values_list("pack", flat=True)
    return {f"{ref}:{rule.name}": (ref, rule) for ref in refs for rule in load(ref).parameters}


def parameter_values(district: District) -> dict[str, Any]:
    rows = Parameter.objects.filter(district=district)
    return {f"{row.pack}:{row.name}": row.value for row in rows}


def unset_parameters(district: District) -> list[str]:
    chosen = parameter_values(district)
    return [
        key
        for key, (_ref, rule) in adopted_parameters(district).items()
        if key not in chosen and rule.default is None and not rule.unset_allowed
    ]
