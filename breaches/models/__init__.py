"""The breach desk: one report for the whole installation, one breach for each district it names.

A Breach shares the primary key of its ledger.Case, which is restricted: only the people named on the case
see it. VendorReport and its amendments are never edited. People in AffectedPerson reach nothing but the
notice that was written for them, and are deleted when `purge_on` has come.
"""

from breaches.models.breach import (
    Breach,
    BreachQuerySet,
    BreachSort,
    BreachStatus,
    DeskQuerySet,
    Listing,
)
from breaches.models.decisions import (
    Determination,
    DeterminationSort,
    PageUpdate,
    ReceiptChange,
)
from breaches.models.measures import (
    AccessOrder,
    AskedFor,
    AskedVendor,
    ExternalReport,
    Investigation,
    NoticeConsidered,
    Sanction,
    SanctionKind,
    StepKind,
    Term,
    Whom,
)
from breaches.models.people import (
    AffectedPerson,
    ListUpload,
    PersonSort,
    UploadStatus,
)
from breaches.models.reports import (
    FROM_THE_VENDOR,
    STAFF_CHANNELS,
    Amendment,
    ReportChannel,
    ReportLink,
    VendorReport,
    VendorReportQuerySet,
)

__all__ = [
    "FROM_THE_VENDOR",
    "STAFF_CHANNELS",
    "AccessOrder",
    "AffectedPerson",
    "Amendment",
    "AskedFor",
    "AskedVendor",
    "Breach",
    "BreachQuerySet",
    "BreachSort",
    "BreachStatus",
    "DeskQuerySet",
    "Determination",
    "DeterminationSort",
    "ExternalReport",
    "Investigation",
    "ListUpload",
    "Listing",
    "NoticeConsidered",
    "PageUpdate",
    "PersonSort",
    "ReceiptChange",
    "ReportChannel",
    "ReportLink",
    "Sanction",
    "SanctionKind",
    "StepKind",
    "Term",
    "UploadStatus",
    "VendorReport",
    "VendorReportQuerySet",
    "Whom",
]
