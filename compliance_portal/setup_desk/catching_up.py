"""A pack taken up, or a go-live day moved, from a day long past: what happened since then is owed too."""

from __future__ import annotations

from breaches.clocks import raise_clocks
from breaches.models import Breach
from contracts.execution import owe_what_scope_asks
from contracts.models import Contract
from parties.models import District, User


def owe_what_now_applies(district: District, *, by: User) -> None:
    """Raise what the packs followed today ask for events that were recorded before; nothing is owed twice.

    Signed contracts and open breaches are gone through. A clock whose time has passed is born missed.
    Effects: Obligations, Deadlines, drafts of notices, Entries.
    """
    signed = Contract.objects.filter(district=district).exclude(executed_on=None).select_related("case")
    for contract in signed.order_by("pk"):
        owe_what_scope_asks(contract, by=by)
    for breach in Breach.objects.open().filter(district=district).order_by("pk"):
        raise_clocks(breach, by=by)
