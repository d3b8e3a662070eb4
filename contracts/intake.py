"""Taking in: a district's file on a vendor, a contract and its terms, and the papers that come later."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import EmailValidator, URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.execution import owe_what_scope_asks
from contracts.exit import exit_instant, start_exit, withdraw_begun_exit
from contracts.models import (
    AgreedHow,
    Change,
    Contract,
    ContractStatus,
    Instrument,
    InstrumentKind,
    VendorFile,
)
from contracts.read import ask_reading
from contracts.redaction import overtake_copies
from contracts.review import judge
from contracts.roles import require_editor
from contracts.terms import Terms, check_terms, save_elements
from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import Conflict, open_case, record
from ledger.models import Document
from parties.models import District, User, Vendor, VendorKind

WITHOUT_A_PAPER = (InstrumentKind.AUTOMATIC_RENEWAL,)


def open_vendor_file(
    *,
    district: District,
    name: str,
    kind: str,
    by: User,
    website: str = "",
    contact_name: str = "",
    contact_email: str = "",
    security_contact: str = "",
) -> VendorFile:
    """The district's file on a vendor: the one it has, or a new one under the next number.

    Vendors are shared by the installation and found by name, whatever the case; contact facts fill what is
    still empty and never overwrite what another district relies on. The address that mail goes to is each
    district's own: nobody can have another district's letters sent to themselves.
    Effects of a new file: Case (kind vendorfile), Entry. Raises ValidationError, PermissionDenied.
    """
    require_editor(by, district)
    given = {
        "website": website.strip(),
        "contact_name": contact_name.strip(),
        "contact_email": contact_email.strip(),
        "security_contact": security_contact.strip(),
    }
    _check_vendor(name, kind, given)
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update().filter(name__iexact=name.strip()).first()
        if vendor is None:
            vendor = Vendor.objects.create(name=name.strip(), kind=kind)
        for column, value in given.items():
            if value and not getattr(vendor, column):
                setattr(vendor, column, value)
        vendor.save()
        address = given["contact_email"]
        if known := VendorFile.objects.filter(district=district, vendor=vendor).first():
            if address and not known.contact_email:
                known.contact_email = address
                known.save()
            return known
        case = open_case(district=district, kind="vendorfile", title=vendor.name)
        opened = VendorFile.objects.create(case=case, district=district, vendor=vendor, contact_email=address)
        vendor.districts.add(district)
        record("vendor-file-opened", by=by, case=case)
        return opened


def record_contract(vendor_file: VendorFile, *, terms: Terms, by: User) -> Contract:
    """Open a contract with this vendor, not signed yet, with the terms a person gave.

    Effects: Case (kind contract, related to the vendor's file), Contract, DataElement rows, Entry.
    Raises ValidationError with each message under its field, PermissionDenied.
    """
    district = vendor_file.district
    require_editor(by, district)
    check_terms(terms, district=district, complete=False)
    with transaction.atomic():
        case = open_case(district=district, kind="contract", title=terms.product.strip())
        case.related.add(vendor_file.case)
        contract = Contract.objects.create(
            case=case, district=district, vendor_file=vendor_file, **terms.columns()
        )
        contract.schools.set(terms.schools)
        save_elements(contract, terms)
        record("contract-recorded", by=by, case=case, scope=terms.scope, elements=sorted(terms.elements))
    return contract


def change_terms(contract: Contract, *, terms: Terms, by: User) -> Contract:
    """Replace the recorded terms. Says in the Entry which ones changed; starts no clock by itself.

    The change that two parties agreed to is an Instrument; this only corrects what was recorded of it. A
    signed contract that the policy was wrongly said not to reach owes from then on what it always owed.
    Raises ValidationError, PermissionDenied; Conflict when the contract is void.
    """
    require_editor(by, contract.district)
    check_terms(terms, district=contract.district, complete=True)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        if locked.status == ContractStatus.VOID:
            raise Conflict(_("This contract is void; its terms stay as they were."))
        before, was_in_scope = set(locked.elements.values_list("code", flat=True)), locked.in_scope
        changed = [name for name, value in terms.columns().items() if getattr(locked, name) != value]
        for name, value in terms.columns().items():
            setattr(locked, name, value)
        locked.save()
        locked.schools.set(terms.schools)
        save_elements(locked, terms)
        if before != set(terms.elements):
            changed.append("elements")
        record("terms-changed", by=by, case=locked.case, changed=changed)
        if {"ends_on", "renewal"} & set(changed):
            withdraw_begun_exit(locked, reason=_("Its term was recorded wrongly."), by=None)
        if locked.in_scope and not was_in_scope and locked.executed_on is not None:
            owe_what_scope_asks(locked, by=by)
            if locked.ended_on is not None:
                ref = f"ended:{locked.ended_on.isoformat()}"
                start_exit(locked, at=exit_instant(locked), ref=ref, by=by)
            judge(locked, by=by)
    contract.refresh_from_db()
    return contract


def receive_instrument(
    contract: Contract,
    *,
    kind: str,
    agreed_how: str,
    upload: File[bytes] | None,
    by: User,
    terms_address: str = "",
    changes: Collection[str] = (),
    effective_on: date | None = None,
    board_approved_on: date | None = None,
) -> Instrument:
    """Take in a paper of the contract, and ask for it to be read.

    Before the contract is executed, a second copy of the original replaces the first (both files are kept,
    and public copies of the first are posted no more).
    Effects: Document, Instrument, Job of kind reading (rung after commit), Entry.
    Raises ValidationError, PermissionDenied; Conflict when the original is already bound.
    """
    require_editor(by, contract.district)
    _check_instrument(kind, agreed_how, upload, terms_address, changes)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        document = None
        if upload is not None:
            document = receive_document(case=locked.case, kind="contract", upload=upload, by=by)
        paper = _replaceable(locked, kind)
        refuse_known_file(document, paper)
        replaced = paper.document if paper else None
        paper = paper or Instrument(
            district=locked.district, contract=locked, kind=kind, received_at=engine_now()
        )
        paper.agreed_how = agreed_how
        paper.terms_address = terms_address
        paper.changes = sorted(changes)
        paper.effective_on = effective_on
        paper.board_approved_on = board_approved_on
        paper.document = document
        paper.read_at = None
        paper.save()
        if replaced is not None and replaced != document:
            overtake_copies(replaced, by=by)
        record(
            "instrument-received",
            by=by,
            case=locked.case,
            instrument=paper.pk,
            kind=kind,
            sha256=document.sha256 if document else "",
        )
        if document is not None:
            ask_reading(paper, by=by)
    return paper


def refuse_known_file(document: Document | None, paper: Instrument | None) -> None:
    """The same bytes are one paper: sent again as another, they are a mistake."""
    known = Instrument.objects.filter(document=document).first() if document else None
    if known is not None and known != paper:
        raise ValidationError({"file": _("This file is already here. Choose the other one.")})


def _check_vendor(name: str, kind: str, given: dict[str, str]) -> None:
    wrong: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > 200:
        wrong["name"] = _("Write the vendor's name, with at most 200 letters.")
    if kind not in VendorKind.values:
        wrong["kind"] = _("Choose one of the answers.")
    try:
        if given["contact_email"]:
            EmailValidator()(given["contact_email"])
    except ValidationError:
        wrong["contact_email"] = _("Write one e-mail address, like name@example.com.")
    try:
        if given["website"]:
            URLValidator(schemes=["http", "https"])(given["website"])
    except ValidationError:
        wrong["website"] = _("Write a web address that starts with https://.")
    for field in ("contact_name", "security_contact", "website"):
        if len(given[field]) > 200:
            wrong[field] = _("Use at most 200 letters.")
    if wrong:
        raise ValidationError(wrong)


def _check_instrument(
    kind: str, agreed_how: str, upload: File[bytes] | None, terms_address: str, changes: Collection[str]
) -> None:
    wrong: dict[str, str] = {}
    if kind not in InstrumentKind.values:
        wrong["kind"] = _("Choose one of the answers.")
    if agreed_how not in AgreedHow.values:
        wrong["agreed_how"] = _("Choose how it was agreed.")
    if upload is None and kind not in WITHOUT_A_PAPER:
        wrong["upload"] = _("Choose the file of the contract.")
    if agreed_how == AgreedHow.CLICKED and not terms_address:
        wrong["terms_address"] = _("Write the web address of the terms that somebody agreed to.")
    if set(changes) - set(Change.values):
        wrong["changes"] = _("Choose from the list.")
    if wrong:
        raise ValidationError(wrong)


def _replaceable(contract: Contract, kind: str) -> Instrument | None:
    """The unsigned original that a better copy may replace; None when this paper is a further one."""
    if kind != InstrumentKind.ORIGINAL:
        return None
    paper = contract.instruments.select_for_update().filter(kind=InstrumentKind.ORIGINAL).first()
    if paper is not None and paper.executed_on is not None:
        raise Conflict(_("The signed contract is already here. Add a change to it as an amendment."))
    return paper
