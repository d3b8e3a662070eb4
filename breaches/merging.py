"""Two reports of one event become one breach: the staff's record and the vendor's later word, or the reverse.

The district's clock keeps the earlier of the two receipts. Nothing of either file is lost: the one that is
taken in stays readable, and both are one packet.
"""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from breaches import lifecycle
from breaches.additions import move_receipt_earlier
from breaches.affected import require_open
from breaches.clocks import (
    NO_FAMILY_NOTICE,
    raise_again,
    raise_clocks,
    raise_fallen_away,
    settle_vendor_report,
)
from breaches.decisions import refuse_when_told
from breaches.models import AffectedPerson, Breach, BreachQuerySet, BreachSort, BreachStatus
from breaches.response import owe_to_added, put_drafts_aside, untold
from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from notices.elements import SCHEDULE
from parties.models import User
from policy.models import ObligationStatus
from policy.obligations import cancel

OWN: Final = ("own_ref", "name", "email", "postal_address")
"""What tells people outside the roster apart."""


def same_event_candidates(breach: Breach, *, by: User) -> BreachQuerySet:
    """Other open breaches of the district that this person may see: one of them may be the same event.

    Not those that name another vendor: each vendor owes a report and a notice of its own.
    """
    found = Breach.objects.for_user(by).open().filter(district=breach.district, is_drill=breach.is_drill)
    if breach.vendor is not None:
        found = found.filter(Q(report__vendor=None) | Q(report__vendor=breach.vendor))
    return found.exclude(pk=breach.pk).select_related("case", "district", "report__vendor")


def merge_breach(breach: Breach, *, into: Breach, reason: str, by: User) -> Breach:
    """Say that `breach` is the same event as `into`, which goes on alone with all that both know.

    `into` takes the earlier receipt (one person may move it earlier, architecture §7), the earlier suspicion,
    all kinds of data, contracts and listed people; its missing clocks are raised, and the vendor's duty to
    report is kept or missed as of the vendor's own report. The duties of `breach` end, because `into` carries
    them from no later a start: those that had fallen away there are owed again, and so is the telling of
    people whom `into` has not told. Breaches of two vendors stay two: each vendor has clocks of its own.
    Effects: both breaches, obligations, people, a draft notice put aside, Entries. Returns `into`.
    Raises ValidationError by field, Conflict when families were told by `breach`.
    """
    require_open(breach, by)
    require_open(into, by)
    wrong: dict[str, str] = {}
    if into.pk == breach.pk or into.district_id != breach.district_id or into.is_drill != breach.is_drill:
        wrong["into"] = _("Choose another open breach of this district.")
    if not reason.strip():
        wrong["reason"] = _("Say why. It stays on record.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        both = Breach.objects.select_for_update().filter(pk__in=(breach.pk, into.pk)).order_by("pk")
        found = {row.pk: row for row in both}
        source, target = found[breach.pk], found[into.pk]
        if {source.status, target.status} != {BreachStatus.OPEN}:
            raise Conflict(_("This breach is closed."))
        _check_one_vendor(source, target)
        _check_finished(source)
        put_drafts_aside(source, act="notice-fell-away", by=by)
        _move_people(source, target)
        merged = transition(
            source,
            to=BreachStatus.MERGED,
            graph=lifecycle.BREACH,
            act="breach-merged",
            case=source.case,
            by=by,
            reason=reason.strip(),
            changes={"merged_into": target},
            into=target.case.number,
        )
        target.case.related.add(source.case)
        _take_facts(merged, target, by=by, reason=reason.strip())
        _owe_again(merged, target, by=by)
        _end_duties(merged, target)
    return Breach.objects.select_related("case__district", "district", "report__vendor").get(pk=into.pk)


def _check_one_vendor(source: Breach, target: Breach) -> None:
    """CT 3520.13 item 6: each contractor owes its own word, and one file keeps the clocks of one.

    Asked once both are locked: a third file may have brought a vendor a moment before.
    """
    both = Breach.objects.filter(pk__in=(source.pk, target.pk)).select_related("report__vendor")
    if len({breach.vendor for breach in both} - {None}) > 1:
        raise ValidationError(
            {"into": _("These name two vendors, and each owes its own report. Keep both files.")}
        )


def _check_finished(source: Breach) -> None:
    """What was begun in this file is finished there, or the other one is merged into it."""
    refuse_when_told(source)
    pending = (
        source.asked.filter(received_at=None).exists()
        or source.orders.filter(lifted_at=None).exists()
        or source.determinations.filter(agreed_at=None, refused_at=None).exists()
        or source.receipt_changes.filter(agreed_at=None, refused_at=None).exists()
        or source.external_reports.exists()
    )
    if pending:
        raise ValidationError(
            {"into": _("Work has begun in this file: a question, an order or a decision. "
                       "Open the other breach, and say there that it is the same event as this one.")}
        )  # fmt: skip


def _owe_again(source: Breach, target: Breach, *, by: User) -> None:
    """No duty to tell ends because it fell away in the other file, or was done there for other people."""
    alive = target.case.obligations.exclude(status=ObligationStatus.CANCELLED)
    owed = source.case.obligations.filter(status=ObligationStatus.OPEN, kind__in=NO_FAMILY_NOTICE)
    lost = set(owed.exclude(rule__in=alive.values("rule")).values_list("rule", flat=True))
    if lost:
        raise_again(target, by=by, only=lost)
    if untold(target):
        owe_to_added(target, by=by)


def _end_duties(source: Breach, target: Breach) -> None:
    reason = _("The same event as %(number)s, which carries this duty.") % {"number": target.case.number}
    for duty in source.case.obligations.filter(status=ObligationStatus.OPEN).order_by("pk"):
        cancel(duty, reason=reason, by=None)


def _move_people(source: Breach, target: Breach) -> None:
    """One list of both, each person once. Those who come are listed from now on: perhaps after a sending."""
    known = AffectedPerson.objects.filter(breach=target)
    moving = source.people.exclude(student__in=known.filter(student__isnull=False).values("student")).exclude(
        guardian__in=known.filter(guardian__isnull=False).values("guardian")
    )
    outside = Q(student=None, guardian=None)
    same = known.filter(outside, **{name: OuterRef(name) for name in OWN})
    moving.exclude(outside & Q(Exists(same))).update(breach=target, added_at=engine_now())
    source.people.all().delete()
    source.uploads.update(rows=[])  # what was looked at and not taken would outlive the target's retention
    if target.listed_at is None and source.listed_at is not None:
        target.listed_how, target.listed_at, target.listed_by = (
            source.listed_how,
            source.listed_at,
            source.listed_by,
        )
    target.maybe_involved = target.maybe_involved or source.maybe_involved


def _take_facts(source: Breach, target: Breach, *, by: User, reason: str) -> None:
    target.elements = [code for code in SCHEDULE if code in {*target.elements, *source.elements}]
    counts = [count for count in (target.people_estimate, source.people_estimate) if count is not None]
    target.people_estimate = max(counts, default=None)
    target.suspected_at = min(target.suspected_at, source.suspected_at)
    target.discovered_at = min(target.discovered_at, source.discovered_at)
    more_than_an_attempt = target.sort == BreachSort.ATTEMPT != source.sort
    if more_than_an_attempt:
        target.sort = source.sort
    target.save()
    target.contracts.add(*source.contracts.all())
    record(
        "breach-took-in",
        by=by,
        case=target.case,
        reason=reason,
        was=source.case.number,
        report=source.report.number,
        received_at=source.received_at.isoformat(),
    )
    if source.received_at < target.received_at:
        move_receipt_earlier(target, to=source.received_at, by=by)
        target.refresh_from_db()
    if more_than_an_attempt:
        raise_fallen_away(target, by=by)
    raise_clocks(target, by=by)
    report = source.report
    if report.vendor is not None and (report.is_from_vendor or report.verified_at is not None):
        settle_vendor_report(target, by=by, at=source.received_at)
