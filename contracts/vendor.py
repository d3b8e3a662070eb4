"""What a vendor's own people may do with their contract."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.intake import refuse_known_file
from contracts.models import AgreedHow, Contract, ContractStatus, Instrument, InstrumentKind
from contracts.read import ask_reading
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, record
from parties.models import User, Vendor
from policy.obligations import raise_for


def receive_from_vendor(contract: Contract, *, upload: File[bytes], by: User) -> Instrument:
    """A vendor's person sends the signed contract, or an amendment to one that is already executed.

    Effects: Document, Instrument, reading Job, Entry, and a duty on the custodian's Today to look at it
    (trigger `asked_to_answer`, practice pack). Raises PermissionDenied for anybody else's contract,
    Conflict when it is void, ValidationError for a file that cannot be used.
    """
    if not Vendor.objects.for_member(by).filter(pk=contract.vendor_file.vendor_id).exists():
        raise PermissionDenied(_("This is not a contract of yours."))
    if contract.status == ContractStatus.VOID:
        raise Conflict(_("This contract is void. Ask the district about a new one."))
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        document = receive_document(case=locked.case, kind="contract", upload=upload, by=by)
        paper = _paper_for(locked)
        refuse_known_file(document, paper)
        paper.document, paper.read_at = document, None
        paper.save()
        record("vendor-sent-contract", by=by, case=locked.case, instrument=paper.pk, sha256=document.sha256)
        raise_for("asked_to_answer", case=locked.case, at=engine_now(), ref=f"document:{document.pk}", by=by)
        ask_reading(paper, by=by)
    return paper


def _paper_for(contract: Contract) -> Instrument:
    """The unsigned original to replace, or a new paper: an amendment once the contract is executed."""
    original = contract.instruments.filter(kind=InstrumentKind.ORIGINAL).first()
    if original is not None and original.executed_on is None:
        return original
    kind = InstrumentKind.ORIGINAL if original is None else InstrumentKind.AMENDMENT
    return Instrument(
        district=contract.district,
        contract=contract,
        kind=kind,
        agreed_how=AgreedHow.SIGNED,
        received_at=engine_now(),
    )
