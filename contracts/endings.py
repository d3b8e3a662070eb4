"""Contracts that come near their end: somebody must renew or end each of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import transaction

from contracts.exit import start_exit
from contracts.models import Contract, ContractStatus
from ledger.clock import engine_now
from ledger.protection import Doorway
from parties.access import acting_in
from policy.obligations import raise_for

ENDING_SOON = Doorway(
    "contracts_ending_soon",
    """SELECT c.case_id AS id, c.district_id FROM contracts_contract AS c
       WHERE c.status = 'executed' AND c.ends_on <= (instant + interval '60 days')::date
       AND NOT EXISTS (SELECT 1 FROM policy_obligation AS o WHERE o.case_id = c.case_id
                       AND o.trigger = 'ends_soon' AND o.trigger_ref = 'end:' || c.ends_on)
       ORDER BY c.ends_on, c.case_id""",
)


OVER = Doorway(
    "contracts_over",
    """SELECT c.case_id AS id, c.district_id FROM contracts_contract AS c
       WHERE c.status = 'executed' AND c.renewal = 'none' AND c.scope = 'applies'
       AND c.ends_on < (instant AT TIME ZONE 'UTC')::date
       AND NOT EXISTS (SELECT 1 FROM policy_obligation AS o WHERE o.case_id = c.case_id
                       AND o.trigger = 'terminated' AND o.trigger_ref NOT LIKE 'withdrawn:%')
       ORDER BY c.ends_on, c.case_id""",
)


def start_exits() -> int:
    """The term of a contract is over and it does not renew: its vendor owes the exit from that day (CT-7).

    By state: any number of runs raise it once; a person still records the end and what happens to the data.
    A term that a later paper made longer comes to its end anew (`exit.withdraw_begun_exit`).
    Effects: the duties of trigger `terminated`. Returns how many contracts it looked at.
    """
    return _visit(OVER, begin_exit)


def begin_exit(pk: int) -> None:
    contract = Contract.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    if contract.status != ContractStatus.EXECUTED or contract.ends_on is None:
        return
    first_day_after = contract.ends_on + timedelta(days=1)
    at = datetime.combine(first_day_after, time(0), contract.district.tz)
    if at <= engine_now():
        start_exit(contract, at=at, ref=f"term:{contract.ends_on.isoformat()}", by=None)


def remind_of_endings() -> int:
    """Raise `ends_soon` for contracts that end within 60 days. By state: any number of runs raise it once.

    Effects: an obligation with its deadline for each contract. Returns how many contracts it looked at.
    """
    return _visit(ENDING_SOON, remind_of)


def remind_of(pk: int) -> None:
    contract = Contract.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    if contract.status == ContractStatus.EXECUTED and contract.ends_on is not None:
        ref = f"end:{contract.ends_on.isoformat()}"
        raise_for("ends_soon", case=contract.case, at=engine_now(), ref=ref, by=None)


def _visit(door: Doorway, act: Callable[[int], None]) -> int:
    """Do this for each contract behind the doorway, each in its own transaction. Returns how many."""
    seen: set[int] = set()
    while True:
        # Contracts for which nothing is raised (a district before its go-live day) are named again each time:
        # they must not stand before those of others.
        found = [row for row in door.ids(limit=len(seen) + 200) if row[0] not in seen]
        if not found:
            return len(seen)
        for pk, district in found:
            assert district is not None
            seen.add(pk)
            with acting_in(district), transaction.atomic():
                act(pk)
