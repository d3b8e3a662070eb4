"""A look at contracts as the database has them, for staff of an installation who also work in the district.

Nothing can be added, changed or deleted here: every step of a contract is a verb with its Entry.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from contracts.models import ClauseFinding, Contract, Instrument, VendorFile
from parties.access import districts_of


class Look(admin.ModelAdmin[Any]):
    """Rows of the person's own districts, to read."""

    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[models.Model] = super().get_queryset(request)
        return rows.filter(district__in=districts_of(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VendorFile)
class VendorFileLook(Look):
    list_display = ("vendor", "district")
    search_fields = ("vendor__name",)


@admin.register(Contract)
class ContractLook(Look):
    list_display = ("product", "district", "status", "conformity", "executed_on", "ends_on")
    list_filter = ("status", "conformity")
    search_fields = ("product",)


@admin.register(Instrument)
class InstrumentLook(Look):
    list_display = ("contract", "kind", "agreed_how", "executed_on", "read_at")
    list_filter = ("kind",)


@admin.register(ClauseFinding)
class ClauseFindingLook(Look):
    list_display = ("contract", "pack", "requirement", "verdict", "sure", "decision", "decided_verdict")
    list_filter = ("pack", "verdict", "decision")
