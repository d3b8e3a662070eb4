"""Contracts told to families, for tests: a district that follows the policy, a notice, a posting."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pikepdf

from contracts.models import Contract, Instrument, VendorFile
from ledger.clock import engine_now
from ledger.documents import keep_made
from ledger.entries import open_case
from ledger.models import Case, Document
from notices.compose import draft_breach_notice, draft_contract_notice
from notices.models import Notice, Posting
from notices.postings import publish_posting
from parties.models import District, Role, User
from policy.adoptions import adopt_pack, set_parameter
from policy.obligations import raise_for
from tests.factories import DistrictFactory, VendorFactory, make_case, member
from tests.roster.factories import make_family

POLICY = "ct-3520.13@2017"
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)


def make_district(*, audience: str | None = "eligible", families: int = 2, **fields: Any) -> District:
    """A district that follows the Connecticut policy and has decided which students are told."""
    district = DistrictFactory(**fields)
    head = member(district, role=Role.SUPERINTENDENT)
    adopt_pack(district=district, pack=POLICY, since=date(2020, 1, 1), by=head)
    if audience:
        set_parameter(district=district, pack=POLICY, name="audience.students", value=audience, by=head)
    for _ in range(families):
        make_family(district)
    return district


def make_notice(district: District, *, by: User, case: Case | None = None, **given: Any) -> Notice:
    """A drafted notice about a contract executed today, with its two duties raised."""
    case = case or make_case(district, title=given.get("product", "MathPath"))
    now = engine_now()
    raise_for("executed", case=case, at=now, ref="instrument:1", by=by)
    words = {
        "executed_on": now.astimezone(district.tz).date(),
        "vendor": "Lumen Learning, Inc.",
        "product": "MathPath",
        "description": "Online math practice.",
        "purpose": "Practice at each child's own pace.",
        "elements": ["student-name", "grade-level"],
        "schools": [],
        **given,
    }
    return draft_contract_notice(case, by=by, **words)


def pdf_with(text: str) -> bytes:
    """A one-page PDF that says this."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(612, 792))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
        page.Contents = pdf.make_stream(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode())
        pdf.save(made)
    return made.getvalue()


def redact(case: Case, *, by: User, text: str = "The Board owns all student data.") -> Document:
    """The confirmed public copy of a contract."""
    return keep_made(
        case=case,
        kind="redacted",
        name="public copy.pdf",
        content=pdf_with(text),
        by=by,
        made_from=signed_paper(case, by=by),
    )


def signed_paper(case: Case, *, by: User) -> Document:
    """The signed contract of this case as its own room keeps it."""
    known = Instrument.objects.filter(contract=case.pk).first()
    if known is not None and known.document is not None:
        return known.document
    day = engine_now().astimezone(case.district.tz).date()
    file = VendorFile.objects.create(
        case=open_case(district=case.district, kind="vendorfile", title="Lumen"),
        district=case.district,
        vendor=VendorFactory(),
    )
    contract = Contract.objects.create(
        case=case,
        district=case.district,
        vendor_file=file,
        product=case.title,
        purpose_kind="software",
        scope="applies",
        status="executed",
        executed_on=day,
    )
    signed = keep_made(case=case, kind="contract", name="signed.pdf", content=pdf_with("Signed."), by=by)
    Instrument.objects.create(
        district=case.district,
        contract=contract,
        kind="original",
        agreed_how="signed",
        document=signed,
        executed_on=day,
        received_at=engine_now(),
    )
    return signed


def make_breach_notice(district: District, *, by: User, **given: Any) -> Notice:
    """A drafted notice about a breach that fell on no list yet."""
    texts = {
        "what_happened": "Somebody saw reading levels.",
        "data": "Reading levels.",
        "what_we_do": "The door is closed.",
        "what_you_can_do": "Change the password.",
        "contact": "Call the records office.",
    }
    case = make_case(district, kind="breach", title="Lumen Reading")
    words: dict[str, Any] = {"vendor": "Lumen", "product": "Lumen Reading", "elements": ["assessment-other"]}
    return draft_breach_notice(case, texts=texts, by=by, **{**words, **given})


def make_posting(district: District, *, by: User | None = None, **given: Any) -> Posting:
    by = by or member(district)
    notice = make_notice(district, by=by, **given)
    redact(notice.case, by=by)
    return publish_posting(notice, by=by)


__all__ = ["NOON", "POLICY", "timedelta"]
