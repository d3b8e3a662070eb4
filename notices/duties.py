"""Which duties of a case a notice or a posting can do, and what the packs want it to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.models import Case
from notices.models import Notice
from policy.models import DeadlineStatus, Obligation
from policy.packs import PackError, Rule, load

FAMILIES: Final = frozenset({"students", "guardians", "affected_students", "affected_guardians"})


def rules_of(obligation: Obligation) -> list[Rule]:
    """The packs' rules that ask for this act; an agreed shorter time has none of its own."""
    found = []
    for deadline in obligation.deadlines.all():
        try:
            found.append(load(deadline.pack.partition("+")[0]).rule(deadline.rule))
        except PackError:
            continue
    return found


def _open(case: Case, kind: str) -> list[Obligation]:
    wanted = Obligation.objects.open().filter(case=case, kind=kind, owed_by="district")
    return list(wanted.prefetch_related("deadlines").order_by("pk"))


def notice_duties(cases: Iterable[Case]) -> list[Obligation]:
    """Open duties to tell families about these cases (not those to ask a vendor)."""
    return [
        duty
        for case in cases
        for duty in _open(case, "notice")
        if any(FAMILIES & set(rule.audience) for rule in rules_of(duty))
    ]


def posting_duties(cases: Iterable[Case]) -> list[Obligation]:
    """Open duties to post about these cases on the public site."""
    return [duty for case in cases for duty in _open(case, "posting")]


def cases_of(notice: Notice) -> list[Case]:
    return [section.case for section in notice.sections.select_related("case")]


def required_parts(duties: Iterable[Obligation]) -> frozenset[str]:
    """What the packs' rules want said; each part is enforced, whichever pack asks (architecture §5.2)."""
    return frozenset(part for duty in duties for rule in rules_of(duty) for part in rule.required_parts)


def soonest(duties: Iterable[Obligation]) -> Obligation | None:
    """The duty whose live deadline ends first."""
    dated = [
        (deadline.due_at, duty.pk, duty)
        for duty in duties
        for deadline in duty.deadlines.all()
        if deadline.due_at and deadline.status in (DeadlineStatus.RUNNING, DeadlineStatus.MISSED)
    ]
    return min(dated)[2] if dated else None
