"""The agreement: what was signed, what it must say, what people decided about it.

VendorFile and Contract share the primary key of their ledger.Case; every other table carries `case_id`, so
that a hold protects it and a purge reaches it. Statuses move by `contracts.lifecycle` only.
"""

from contracts.models.contract import (
    Conformity,
    Contract,
    ContractQuerySet,
    ContractStatus,
    DataElement,
    Hosting,
    PurposeKind,
    Renewal,
    Scope,
    Suspension,
    VendorFile,
    VendorFileQuerySet,
)
from contracts.models.findings import (
    Answer,
    Attestation,
    ClauseFinding,
    ClauseFindingQuerySet,
    CurePeriod,
    CureStatus,
    Decision,
    Shortfall,
    Verdict,
)
from contracts.models.papers import (
    AgreedHow,
    Change,
    Ground,
    Instrument,
    InstrumentKind,
    InstrumentQuerySet,
    Page,
    RedactionBox,
)

__all__ = [
    "AgreedHow",
    "Answer",
    "Attestation",
    "Change",
    "ClauseFinding",
    "ClauseFindingQuerySet",
    "Conformity",
    "Contract",
    "ContractQuerySet",
    "ContractStatus",
    "CurePeriod",
    "CureStatus",
    "DataElement",
    "Decision",
    "Ground",
    "Hosting",
    "Instrument",
    "InstrumentKind",
    "InstrumentQuerySet",
    "Page",
    "PurposeKind",
    "RedactionBox",
    "Renewal",
    "Scope",
    "Shortfall",
    "Suspension",
    "VendorFile",
    "VendorFileQuerySet",
    "Verdict",
]
