"""Stopping a clock and starting it again: only where the law allows it, with its paper and two people."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.models import Document
from parties.access import require_role
from parties.models import User
from policy.counts import count_again
from policy.deadlines import date_deadline, move
from policy.editions import rule_of
from policy.models import Deadline, DeadlineStatus, ObligationStatus, Pause
from policy.obligations import lock
from policy.two_persons import MAY_AGREE, check_second


def pause(deadline: Deadline, *, ground: str, authority: Document, by: User, approved_by: User) -> Pause:
    """Stop a running clock from now on, because the law allows it: a request of the police, for example.

    Effects: the deadline paused, Pause, Entry; its warnings stop. Raises ValidationError when the rule allows
    no pause, no ground is given or the second person will not do; Conflict when it does not run (architecture
    §7).
    """
    if not ground.strip():
        raise ValidationError({"ground": _("Name the law or the order that allows it.")})
    with transaction.atomic():
        obligation = lock(deadline.obligation)
        row = obligation.deadlines.get(pk=deadline.pk)
        rule = rule_of(row)
        if rule is None or not rule.may_pause:
            raise ValidationError(_("The law behind this clock allows no pause."))
        if authority.case_id != obligation.case_id:
            raise ValidationError({"authority": _("Add the paper to this case first.")})
        check_second(obligation.district, by=by, approved_by=approved_by)
        now = engine_now()
        if row.due_at is not None and row.due_at <= now:
            raise Conflict(_("The time of this clock is over."))
        move(row, DeadlineStatus.PAUSED, at=now)
        paused = Pause.objects.create(
            deadline=row,
            began_at=now,
            ground=ground.strip(),
            authority=authority,
            asked_by=by,
            approved_by=approved_by,
        )
        record(
            "clock-paused",
            by=by,
            case=obligation.case,
            reason=ground.strip(),
            deadline=row.pk,
            rule=row.rule,
            approved_by=approved_by.pk,
            authority=authority.sha256,
        )
    deadline.refresh_from_db()
    return paused


def resume(deadline: Deadline, *, by: User, reason: str = "") -> Deadline:
    """Let a paused clock run on for what was left of it: a new generation, the paused one kept beside it.

    Hours: exactly what was left. Days: the whole days left, counted from today as day 0. One person may, for
    it only brings the end nearer. Effects: Pause ended, superseded and new deadline, Entry. Raises Conflict,
    PermissionDenied.
    """
    require_role(by, deadline.district_id, *MAY_AGREE)
    with transaction.atomic():
        obligation = lock(deadline.obligation)
        row = obligation.deadlines.get(pk=deadline.pk)
        if row.status != DeadlineStatus.PAUSED or obligation.status != ObligationStatus.OPEN:
            raise Conflict(_("This clock is not paused."))
        held = row.pauses.get(ended_at=None)
        now = engine_now()
        held.ended_at = now
        held.save(update_fields=["ended_at"])
        move(row, DeadlineStatus.SUPERSEDED, at=now)
        new = date_deadline(
            obligation,
            pack=row.pack,
            rule=row.rule,
            citation=row.citation,
            count=count_again(row, start=row.started_at),
            generation=row.generation + 1,
            started_at=row.started_at,
        )
        record(
            "clock-resumed",
            by=by,
            case=obligation.case,
            reason=reason.strip(),
            deadline=new.pk,
            rule=row.rule,
            paused_at=held.began_at.isoformat(),
            due_at=new.due_at.isoformat() if new.due_at else None,
        )
    return new
