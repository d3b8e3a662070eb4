"""A duty's clocks: how each is dated, the steps it may take, and how an act is judged by it.

One owner of a deadline's status: undated, running, paused, kept, missed, cancelled or superseded. Nothing
else writes it; whoever calls holds the lock of the obligation (`policy.obligations.lock`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ledger.clock import engine_now
from ledger.entries import Conflict
from policy.counts import Count, first_count
from policy.editions import Followed
from policy.models import Deadline, DeadlineStatus, Obligation, Pause
from policy.packs import Rule
from policy.steps import first_step

AGREED: Final = "agreed"

LIVE: Final = (DeadlineStatus.UNDATED, DeadlineStatus.RUNNING, DeadlineStatus.PAUSED)

MOVES: Final[Mapping[str, frozenset[str]]] = {
    "undated": frozenset({"running", "kept", "cancelled", "superseded"}),
    "running": frozenset({"paused", "kept", "missed", "cancelled", "superseded"}),
    "paused": frozenset({"kept", "missed", "cancelled", "superseded"}),
    "missed": frozenset({"kept", "superseded"}),
    "kept": frozenset({"superseded"}),
    "cancelled": frozenset(),
    "superseded": frozenset(),
}
"""A missed one is kept after all only when the act is proved to have been done in time; a kept one is
replaced only when whoever owes it admits that it began earlier."""


def move(deadline: Deadline, to: str, *, at: datetime) -> None:
    """One step of a deadline along MOVES. The caller holds the obligation's lock. Raises Conflict."""
    if to not in MOVES[deadline.status]:
        raise Conflict(f"A deadline cannot go from {deadline.status} to {to}.")
    deadline.status = to
    deadline.ended_at = at
    if to != DeadlineStatus.MISSED:  # a missed one still warns that it is overdue
        deadline.alert_at = None
    deadline.save(update_fields=["status", "ended_at", "alert_at"])


def date_deadline(
    obligation: Obligation,
    *,
    pack: str,
    rule: str,
    citation: str,
    count: Count,
    generation: int = 1,
    started_at: datetime | None = None,
    held: Pause | None = None,
) -> Deadline:
    """Count and save one deadline; it is missed at once when its time has passed.

    While it is `held` it stands still, unless its time was over before that pause began.
    """
    found = count.due()
    missed = found.due_at <= (held.began_at if held else engine_now())
    stopped_at = held.began_at if held and not missed else None
    start = started_at or count.since
    status = DeadlineStatus.PAUSED if stopped_at else DeadlineStatus.RUNNING
    deadline = Deadline.objects.create(
        district=obligation.case.district,
        case=obligation.case,
        obligation=obligation,
        pack=pack,
        rule=rule,
        citation=citation,
        generation=generation,
        status=DeadlineStatus.MISSED if missed else status,
        unit=count.unit,
        started_at=start,
        due_at=found.due_at,
        provisional=found.provisional,
        basis=count.as_basis(found),
        ended_at=found.due_at if missed else stopped_at,
        alert_at=None if stopped_at else first_step(count.unit, start, found.due_at),
    )
    if held and stopped_at:
        held.deadline = deadline
        held.save(update_fields=["deadline"])
    return deadline


def date_for_pack(obligation: Obligation, followed: Followed, rule: Rule, *, since: datetime) -> None:
    """The clock that one pack's rule gives a duty; without a date while the district has not set its time."""
    amount = followed.amount_of(rule)
    if amount is not None or (rule.unit == "immediately" and not rule.parameter):
        date_deadline(
            obligation,
            pack=followed.ref,
            rule=rule.key,
            citation=rule.citation,
            count=first_count(obligation.case.district, unit=rule.unit, amount=amount or 0, since=since),
        )
        return
    title = followed.pack.parameter(rule.parameter).title
    Deadline.objects.create(
        district=obligation.district,
        case=obligation.case,
        obligation=obligation,
        pack=followed.ref,
        rule=rule.key,
        citation=rule.citation,
        status=DeadlineStatus.UNDATED,
        unit=rule.unit,
        started_at=since,
        basis={
            "lines": [f"The district has not set “{title}”: until then this duty has no date."],
            "since": since.isoformat(),
            "parameter": rule.parameter,
            "zone": obligation.case.district.zone,
        },
        alert_at=since,
    )


def date_as_agreed(
    obligation: Obligation, *, rule: str, agreed: tuple[int, str], since: datetime
) -> Deadline | None:
    """Add the contract's own time when it ends before the law's; a longer one changes nothing.

    It takes the place of a longer one that another contract agreed.
    """
    amount, unit = agreed
    ours = first_count(obligation.case.district, unit=unit, amount=amount, since=since)
    counted = obligation.deadlines.exclude(status__in=(DeadlineStatus.SUPERSEDED, DeadlineStatus.CANCELLED))
    others = [row.due_at for row in counted if row.due_at]
    if others and min(others) <= ours.due().due_at:
        return None
    held = None
    for longer in counted.filter(pack=AGREED):
        held = longer.pauses.filter(ended_at=None).first()
        move(longer, DeadlineStatus.SUPERSEDED, at=engine_now())
    return date_deadline(
        obligation,
        pack=AGREED,
        rule=rule,
        citation="The contract",
        count=ours,
        generation=1 + obligation.deadlines.filter(pack=AGREED).count(),
        held=held,
    )


def judge(deadline: Deadline, at: datetime, *, over_at: datetime | None) -> None:
    """Kept or missed by the act at `at`; what is over at `over_at` stays missed whatever `at` says.

    A clock that stands still is not over: its date is only what it was when it was stopped.
    """
    ends = None if deadline.status == DeadlineStatus.PAUSED else deadline.due_at
    in_time = ends is None or at < ends
    is_over = over_at is not None and ends is not None and ends <= over_at
    if in_time and not is_over:
        move(deadline, DeadlineStatus.KEPT, at=at)
    elif deadline.status != DeadlineStatus.MISSED:
        assert deadline.due_at is not None
        move(deadline, DeadlineStatus.MISSED, at=deadline.due_at)
