"""An executed contract for a breach to be about."""

from __future__ import annotations

from datetime import date
from typing import Any

from contracts.models import Contract, ContractStatus, PurposeKind, Scope, VendorFile
from ledger.entries import open_case
from parties.models import District, Vendor


def make_contract(district: District, vendor: Vendor, **fields: Any) -> Contract:
    """A contract of this vendor, executed on 1 August 2026."""
    file = VendorFile.objects.filter(district=district, vendor=vendor).first() or VendorFile.objects.create(
        case=open_case(district=district, kind="vendorfile", title=vendor.name),
        district=district,
        vendor=vendor,
    )
    return Contract.objects.create(
        case=open_case(district=district, kind="contract", title="Lumen Reading"),
        district=district,
        vendor_file=file,
        product="Lumen Reading",
        purpose_kind=PurposeKind.SOFTWARE,
        scope=Scope.APPLIES,
        status=ContractStatus.EXECUTED,
        executed_on=date(2026, 8, 1),
        **fields,
    )
