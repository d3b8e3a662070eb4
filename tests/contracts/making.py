"""Contracts for tests, made by the verbs that people use."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.intake import open_vendor_file, receive_instrument, record_contract
from contracts.models import ClauseFinding, Contract, Instrument
from contracts.terms import Terms
from ledger.jobs import run_waiting_jobs
from parties.models import District, User
from policy.models import Adoption
from tests.contracts.papers import agreement_pdf
from tests.factories import SchoolFactory

CT = "ct-3520.13@2017"
NE = "ne-7400.1@2023"


def adopt(district: District, by: User, *packs: str) -> None:
    """The district follows these packs since it went live."""
    for pack in packs or (CT,):
        Adoption.objects.create(
            district=district,
            pack=pack,
            since=date(2026, 7, 1),
            adopted_by=by,
            adopted_at="2026-07-01T12:00:00Z",
        )


def pdf(content: bytes | None = None, name: str = "signed.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or agreement_pdf(), content_type="application/pdf")


def terms(district: District, **changes: Any) -> Terms:
    given = {
        "product": "Lumen Reading",
        "purpose_kind": "software",
        "scope": "applies",
        "description": "An online reading program.",
        "purpose": "Practice in reading",
        "all_schools": True,
        "elements": ["student-name", "grade-level", "student-work"],
        "starts_on": date(2026, 7, 1),
        "ends_on": date(2027, 6, 30),
    }
    return Terms(**{**given, **changes})


def a_contract(
    district: District, by: User, *, vendor: str = "Lumen Reading, Inc.", **changes: Any
) -> Contract:
    """A contract that is not signed, without a paper."""
    if not district.schools.exists():
        SchoolFactory(district=district, name="Hill School")
    file = open_vendor_file(district=district, name=vendor, kind="operator", by=by)
    return record_contract(file, terms=terms(district, **changes), by=by)


def with_paper(contract: Contract, by: User, content: bytes | None = None, **changes: Any) -> Instrument:
    given = {"kind": "original", "agreed_how": "signed", "upload": pdf(content)}
    return receive_instrument(contract, by=by, **{**given, **changes})


def a_read_contract(district: District, by: User, content: bytes | None = None, **changes: Any) -> Contract:
    """A contract whose paper the computer has read."""
    contract = a_contract(district, by, **changes)
    with_paper(contract, by, content)
    run_waiting_jobs()
    contract.refresh_from_db()
    return contract


def propose(contract: Contract, requirement: str, verdict: str = "met", **changes: Any) -> ClauseFinding:
    """One proposal as reading would store it, for tests of what people do with it."""
    given = {
        "pack": CT,
        "position": int(requirement[-2:]) if requirement[-2:].isdecimal() else 0,
        "verdict": verdict,
        "sure": verdict == "met",
        "quotes": []
        if verdict == "missing"
        else [{"document": 1, "page": 1, "text": requirement, "boxes": []}],
        "why": "",
        "engine": "reading-1",
        "document_sha256": "0" * 64,
    }
    return ClauseFinding.objects.create(
        district=contract.district, contract=contract, requirement=requirement, **{**given, **changes}
    )


def propose_all(contract: Contract, *, short: dict[str, str] | None = None) -> list[ClauseFinding]:
    """A proposal for each of the policy's thirteen terms, met unless `short` says otherwise."""
    rows = [f"ct-{number:02d}" for number in range(1, 14)]
    return [propose(contract, row, (short or {}).get(row, "met")) for row in rows]
