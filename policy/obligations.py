"""The engine's verbs: a trigger raises obligations, each dated by every pack that asks for it.

One owner of an obligation's status: open, settled or cancelled. Nothing else writes it; its deadlines move by
policy/deadlines.py. Every verb locks the obligation first and its deadlines after it, so that the sweep and
people never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.models import Case, Document
from mail.models import Message
from parties.models import User, Vendor
from policy import clock
from policy.deadlines import AGREED, LIVE, date_as_agreed, date_for_pack, judge, move
from policy.editions import Followed, followed_on
from policy.models import DeadlineStatus, Obligation, ObligationStatus, OwedBy
from policy.packs import TRIGGERS, Rule
from policy.two_persons import agree_to_less

BEFORE_GO_LIVE: Final = frozenset({"adopted", "parameter_unset", "fixed_date"})
"""Setting up a district is work too; everything else that lies before its go-live day is history."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, as the rooms know it."""

    trigger: str
    case: Case
    at: datetime
    ref: str
    about: str = ""
    data_categories: frozenset[str] | None = None
    people: int | None = None

    def calls(self, rule: Rule) -> bool:
        """Whether the rule is about this sort of event; what nobody knows yet never rules a duty out."""
        if rule.about and self.about not in rule.about:
            return False
        if rule.data_categories and self.data_categories is not None:
            return not self.data_categories.isdisjoint(rule.data_categories)
        return True


def raise_for(
    trigger: str,
    *,
    case: Case,
    at: datetime,
    ref: str,
    by: User | None,
    about: str = "",
    agreed: Mapping[str, tuple[int, str]] | None = None,
    data_categories: Collection[str] | None = None,
    people: int | None = None,
    vendor: Vendor | None = None,
    only: str = "",
    concerns: Callable[[Rule], bool] | None = None,
) -> list[Obligation]:
    """Raise what the district's packs owe for this event: one obligation an act, one deadline a pack.

    `at` is an aware instant; rules in days count from its local day. `ref` names the event
    (``instrument:12``): raising it again finds the same rows. `only` names the one pack that is asked;
    `concerns` leaves out rules that cannot touch this case (an own system has no vendor to answer).
    `vendor` is kept with the duties that are the vendor's: its people are alerted of them. `agreed` maps a
    rule to a shorter time of the contract, (24, "hours"). Duties arise only inside a pack's dates, from the
    district's adoption and from its go-live day. A deadline whose time has passed is born missed; one whose
    parameter is unset has no date and asks loudly for it.
    Effects: Obligations, Deadlines, one Entry each. Architecture §5.2 to §5.5.
    """
    if trigger not in TRIGGERS:
        raise ValueError(f"No pack can name the trigger {trigger!r}.")
    day = clock.local_day(at, case.district.tz)
    live_on = case.district.go_live_on
    if live_on and day < live_on and trigger not in BEFORE_GO_LIVE:
        return []
    known = None if data_categories is None else frozenset(data_categories)
    event = Event(trigger, case, at, ref, about, known, people)
    owed: dict[str, list[tuple[Followed, Rule]]] = {}
    for followed in followed_on(case.district, day):
        if only and followed.pack.ref != only:
            continue
        for rule in followed.pack.raised_by(trigger, day):
            if event.calls(rule) and followed.reaches(rule, people) and (concerns is None or concerns(rule)):
                owed.setdefault(rule.key, []).append((followed, rule))
    with transaction.atomic():
        return [
            _raise_one(event, rows, (agreed or {}).get(key), vendor=vendor, by=by)
            for key, rows in owed.items()
        ]


def settle(
    obligation: Obligation,
    *,
    at: datetime,
    by: User | None,
    evidence: Document | None = None,
    reason: str = "",
    revives: bool = True,
) -> Obligation:
    """The act was done at `at` (aware; not in the future): every clock of it is kept or missed accordingly.

    A clock that is over is kept after all when `at` lies before it, unless `revives` is False: one person's
    own word does not undo a miss (policy/claims.py). A second time changes nothing.
    Effects: the obligation settled, its deadlines kept or missed, one Entry. Raises ValidationError,
    Conflict.
    """
    now = engine_now()
    if clock.instant(at) > now:
        raise ValidationError({"at": _("This time is in the future.")})
    with transaction.atomic():
        locked = lock(obligation)
        if locked.status == ObligationStatus.CANCELLED:
            raise Conflict(_("This duty was cancelled."))
        if locked.status == ObligationStatus.OPEN:
            for deadline in locked.deadlines.filter(status__in=(*LIVE, DeadlineStatus.MISSED)):
                judge(deadline, at, over_at=None if revives else now)
            _end(locked, ObligationStatus.SETTLED, at=at, by=by, evidence=evidence, reason=reason)
            record(
                "obligation-settled",
                by=by,
                case=locked.case,
                reason=reason,
                obligation=locked.pk,
                rule=locked.rule,
                done_at=at.isoformat(),
                clocks={row.pack: row.status for row in locked.deadlines.exclude(status="superseded")},
                evidence=evidence.sha256 if evidence else "",
            )
    obligation.refresh_from_db()
    return locked


def settle_where(
    *,
    case: Case,
    at: datetime,
    by: User | None,
    ref: str = "",
    rule: str = "",
    kind: str = "",
    evidence: Document | None = None,
) -> list[Obligation]:
    """Settle the open duties of a case that match every name given; none is no error."""
    named = {name: value for name, value in (("trigger_ref", ref), ("rule", rule), ("kind", kind)) if value}
    if not named:
        raise ValueError("Name the event, the rule or the kind: not every duty of a case at once.")
    found = Obligation.objects.open().filter(case=case, **named).order_by("pk")
    return [settle(obligation, at=at, by=by, evidence=evidence) for obligation in found]


def cancel(
    obligation: Obligation,
    *,
    reason: str,
    by: User | None,
    approved_by: User | None = None,
    evidence: Document | None = None,
) -> Obligation:
    """The duty falls away, because … (its ground is gone, or it never was one).

    What law asks of the district takes two people; alone only near the limit or when nobody else is there,
    and then the superintendent is told at once (architecture §7). A missed clock stays missed.
    Effects: the obligation and its live deadlines cancelled, one Entry. Raises ValidationError, Conflict.
    """
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = lock(obligation)
        if locked.status != ObligationStatus.OPEN:
            raise Conflict(_("This duty is no longer open."))
        alone = agree_to_less(locked, by=by, approved_by=approved_by, reason=reason)
        now = engine_now()
        for deadline in locked.deadlines.filter(status__in=LIVE):
            move(deadline, DeadlineStatus.CANCELLED, at=now)
        _end(locked, ObligationStatus.CANCELLED, at=now, by=by, evidence=evidence, reason=reason.strip())
        record(
            "obligation-cancelled",
            by=by,
            case=locked.case,
            reason=reason.strip(),
            obligation=locked.pk,
            rule=locked.rule,
            approved_by=approved_by.pk if approved_by else None,
            alone=alone,
            evidence=evidence.sha256 if evidence else "",
        )
    obligation.refresh_from_db()
    return locked


def settle_by_delivery(obligations: Iterable[Obligation], *, message: Message) -> None:
    """From now on the sweep settles these when the message has reached or been lettered to everybody."""
    with transaction.atomic():
        for obligation in obligations:
            locked = lock(obligation)
            if locked.status != ObligationStatus.OPEN:
                raise Conflict(_("This duty is no longer open."))
            locked.message = message
            locked.save(update_fields=["message"])
            obligation.message = message


def lock(obligation: Obligation) -> Obligation:
    """The stored row, locked until the transaction ends: the first lock every verb takes."""
    return (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("case__district")
        .get(pk=obligation.pk)
    )


def _raise_one(
    event: Event,
    rows: list[tuple[Followed, Rule]],
    agreed: tuple[int, str] | None,
    *,
    vendor: Vendor | None,
    by: User | None,
) -> Obligation:
    rule = rows[0][1]
    obligation, is_new = Obligation.objects.get_or_create(
        case=event.case,
        trigger_ref=event.ref,
        rule=rule.key,
        defaults={
            "district": event.case.district,
            "trigger": event.trigger,
            "triggered_at": event.at,
            "kind": rule.kind,
            "owed_by": rule.owed_by,
            "vendor": vendor if rule.owed_by == OwedBy.VENDOR else None,
            "role": rule.role,
            "title": rule.title,
            "verb": rule.verb,
            "minutes": rule.minutes,
            "cites": sorted({name for _, each in rows for name in each.obligation.split()}),
            "settled_when": rule.settled_when,
        },
    )
    ours = agreed if any(each.agreed_shorter for _, each in rows) else None
    if not is_new:
        _date_by_further_packs(obligation, rows, event)
        if ours:
            _agree_later(obligation, rule.key, ours, event, by=by)
        return obligation
    for followed, each in rows:
        date_for_pack(obligation, followed, each, since=event.at)
    if ours:
        date_as_agreed(obligation, rule=rule.key, agreed=ours, since=event.at)
    record(
        "obligation-raised",
        by=by,
        case=event.case,
        obligation=obligation.pk,
        rule=rule.key,
        trigger=event.trigger,
        ref=event.ref,
        event_at=event.at.isoformat(),
        clocks={
            row.pack: row.due_at.isoformat() if row.due_at else None for row in obligation.deadlines.all()
        },
    )
    return obligation


def _date_by_further_packs(obligation: Obligation, rows: list[tuple[Followed, Rule]], event: Event) -> None:
    """An open duty gets the clock of a pack that asks for it only now; no pack dates it twice."""
    if lock(obligation).status != ObligationStatus.OPEN:
        return
    known = {row.pack.partition("+")[0] for row in obligation.deadlines.all()}
    for followed, rule in rows:
        if followed.pack.ref not in known:
            date_for_pack(obligation, followed, rule, since=event.at)


def _agree_later(
    obligation: Obligation, key: str, agreed: tuple[int, str], event: Event, *, by: User | None
) -> None:
    """A contract became part of the matter when the duty was there already: its shorter time counts too.

    What was done already is judged by it, by when it was done. Effects: a Deadline, an Entry.
    """
    locked = lock(obligation)
    if locked.status == ObligationStatus.CANCELLED:
        return
    new = date_as_agreed(locked, rule=key, agreed=agreed, since=event.at)
    if new is None:
        return
    if locked.settled_at is not None:
        judge(new, locked.settled_at, over_at=None)
    record(
        "deadline-recounted",
        by=by,
        case=locked.case,
        reason=_("A contract that agreed a shorter time was named."),
        rule=key,
        pack=AGREED,
        before=None,
        after=new.due_at.isoformat() if new.due_at else None,
    )


def _end(
    obligation: Obligation, to: str, *, at: datetime, by: User | None, evidence: Document | None, reason: str
) -> None:
    obligation.status = to
    obligation.settled_at = at
    obligation.settled_by = by
    obligation.evidence = evidence or obligation.evidence
    obligation.reason = reason
    obligation.save(update_fields=["status", "settled_at", "settled_by", "evidence", "reason"])
