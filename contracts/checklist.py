"""The checklist of a contract: what each adopted pack requires, beside what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.models import Answer, ClauseFinding, Contract, Verdict
from ledger.clock import engine_now
from notices.elements import SCHEDULE, Element
from parties.models import District
from policy.editions import followed_on
from policy.packs import Attestation, Pack, Requirement, load


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement of one pack, with the finding when the contract was read."""

    pack: Pack
    requirement: Requirement
    finding: ClauseFinding | None
    promised: bool = False
    """The contract is signed, but these words stand in a paper that nobody has signed yet."""


def packs_of(district: District) -> list[Pack]:
    """The packs that the district follows today, in the order of their names."""
    today = engine_now().astimezone(district.tz).date()
    return [followed.pack for followed in followed_on(district, today)]


def checked_packs(contract: Contract) -> list[Pack]:
    """The packs whose checklist this contract must meet; none when no policy reaches it (L-11).

    A contract executed before a pack's first day is not judged by it.
    """
    if not contract.in_scope:
        return []
    day = contract.executed_on or engine_now().astimezone(contract.district.tz).date()
    return [pack for pack in packs_of(contract.district) if pack.requirements and pack.in_force(day)]


def checklist(contract: Contract) -> list[Row]:
    """Every required term of every adopted pack, in the packs' order, with its finding."""
    found = {(finding.pack, finding.requirement): finding for finding in contract.findings.all()}
    unsigned = unsigned_documents(contract)
    return [
        Row(pack, requirement, finding, finding is not None and is_promised(finding, unsigned))
        for pack in checked_packs(contract)
        for requirement in pack.requirements
        for finding in [found.get((pack.ref, requirement.id))]
    ]


def unsigned_documents(contract: Contract) -> set[int]:
    """The papers beside a signed contract that bind nobody yet; none while nothing is signed."""
    if contract.executed_on is None:
        return set()
    papers = contract.instruments.with_a_copy().filter(executed_on=None)
    return {pk for pk in papers.values_list("document", flat=True) if pk is not None}


def is_promised(finding: ClauseFinding, unsigned: set[int]) -> bool:
    """Whether a term that is met stands in one of these papers."""
    return finding.stands == Verdict.MET and any(quote["document"] in unsigned for quote in finding.passages)


def requirement_of(finding: ClauseFinding) -> Requirement:
    """What the finding is about, as the version of the pack it was judged by says it."""
    return load(finding.pack).requirement(finding.requirement)


CODES: Final = {
    "ssn_last4": "ssn",
    "citizenship": "immigration",
    "immigration_status": "immigration",
}
"""What packs call kinds of data, where the schedule has another code for it."""


def forbidden_elements(contract: Contract) -> list[tuple[Element, Attestation]]:
    """Kinds of data that the contract claims and an adopted pack forbids (D-1, D-2; domain 1f.13).

    The claim stays on record as what the contract says; a point answered "does not apply" names the law that
    requires the exception.
    """
    claimed = {row.code for row in contract.elements.all()}
    excepted = {
        (row.pack, row.point) for row in contract.attestations.all() if row.answer == Answer.NOT_APPLICABLE
    }
    return [
        (SCHEDULE[code], point)
        for pack in packs_of(contract.district)
        for point in pack.attestations
        if (pack.ref, point.id) not in excepted
        for code in sorted({CODES.get(name, name) for name in point.elements} & claimed)
    ]


def points_before_data(contract: Contract) -> list[tuple[Pack, Attestation]]:
    """What the adopted packs want settled before the vendor gets any data (L-14, NE-I-E, FERPA)."""
    return [
        (pack, point)
        for pack in (packs_of(contract.district) if contract.in_scope else [])
        for point in pack.attestations
        if point.kind == "before_data"
    ]
