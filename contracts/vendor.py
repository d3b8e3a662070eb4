"""What a vendor's own people may do with their contract."""

from __future__ import annotations

import hashlib

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.cure import start_time_to_amend
from contracts.intake import refuse_known_file
from contracts.models import (
    AgreedHow,
    Contract,
    ContractStatus,
    CurePeriod,
    CureStatus,
    Instrument,
    InstrumentKind,
)
from contracts.read import ask_reading
from contracts.redaction import overtake_copies
from ledger.clock import engine_now
from ledger.documents import keep_made, receive_document
from ledger.entries import Conflict, record
from parties.models import User, Vendor
from policy.obligations import raise_for


def receive_from_vendor(contract: Contract, *, upload: File[bytes], by: User) -> Instrument:
    """A vendor's person sends the signed contract, or an amendment to one that is already executed.

    Effects: Document, Instrument, reading Job, Entry, and a duty on the custodian's Today to look at it
    (trigger `asked_to_answer`, practice pack). Raises PermissionDenied for anybody else's contract,
    Conflict when it is void, ValidationError for a file that cannot be used.
    """
    _require_own(contract, by)
    if contract.status == ContractStatus.VOID:
        raise Conflict(_("This contract is void. Ask the district about a new one."))
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        document = receive_document(case=locked.case, kind="contract", upload=upload, by=by)
        paper = _paper_for(locked)
        refuse_known_file(document, paper)
        replaced, paper.document, paper.read_at = paper.document, document, None
        paper.save()
        if replaced is not None and replaced != document:
            overtake_copies(replaced, by=by)
        record("vendor-sent-contract", by=by, case=locked.case, instrument=paper.pk, sha256=document.sha256)
        raise_for("asked_to_answer", case=locked.case, at=engine_now(), ref=f"document:{document.pk}", by=by)
        ask_reading(paper, by=by)
    return paper


def answer_request(cure: CurePeriod, *, words: str, by: User) -> CurePeriod:
    """A vendor's person says in the portal that they have the notice to amend, and may write an answer.

    The confirmation is the proof of delivery: the vendor's time to amend starts, unless it runs already.
    Effects: Document (evidence) and the clock (L-4) for the first confirmation; the answer with a duty on
    the custodian's Today to read it; Entries. Raises ValidationError, Conflict, PermissionDenied.
    """
    _require_own(cure.contract, by)
    with transaction.atomic():
        locked = CurePeriod.objects.select_for_update(of=("self",)).get(pk=cure.pk)
        if locked.status not in (CureStatus.SENT, CureStatus.RUNNING):
            raise Conflict(_("The district no longer asks for this."))
        if locked.answer and words.strip():
            raise Conflict(_("You have answered already. Call the district to say more."))
        if locked.status == CureStatus.SENT:
            _confirm_receipt(locked, by=by)
        elif not words.strip():
            raise ValidationError({"words": _("Write your answer.")})
        if words.strip():
            _keep_answer(locked, words.strip(), by=by)
    cure.refresh_from_db()
    return cure


def _confirm_receipt(cure: CurePeriod, *, by: User) -> None:
    contract, now = cure.contract, engine_now()
    said = f"{contract.vendor.name} confirmed in the portal at {now.isoformat()} that it has the notice to "
    said += f"amend contract {contract.case.number}.\nSHA-256 of the notice: "
    said += f"{hashlib.sha256(cure.words.encode()).hexdigest()}\n"
    proof = keep_made(
        case=contract.case, kind="evidence", name=_("confirmation.txt"), content=said.encode(), by=by
    )
    start_time_to_amend(cure, delivered_at=now, proof=proof, by=by)


def _keep_answer(cure: CurePeriod, words: str, *, by: User) -> None:
    now, case = engine_now(), cure.contract.case
    cure.answer, cure.answered_at, cure.answered_by = words, now, by
    cure.save(update_fields=["answer", "answered_at", "answered_by"])
    record("notice-to-amend-answered", by=by, case=case, cure=cure.pk)
    raise_for("asked_to_answer", case=case, at=now, ref=f"answer:{cure.pk}", by=by)


def _require_own(contract: Contract, by: User) -> None:
    """Raise PermissionDenied unless the person speaks for the contract's vendor."""
    if not Vendor.objects.for_member(by).filter(pk=contract.vendor_file.vendor_id).exists():
        raise PermissionDenied(_("This is not a contract of yours."))


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
        is_change_stated=kind == InstrumentKind.ORIGINAL,
        received_at=engine_now(),
    )
