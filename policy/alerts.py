"""Warnings to staff and vendors, never to families. Written once a step, whatever sweeps run.

Hour clocks ring at once: the person on call and the deputy, the superintendent when nobody answers within 30
minutes and always from 90 % of the time. Day clocks go into one daily message a person (policy/daily.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from ledger.clock import engine_now
from ledger.entries import record
from ledger.jobs import ring
from ledger.models import Case
from mail import outbox
from mail.models import Message
from mail.texting import send_text
from parties.access import require_role
from parties.models import District, Membership, MembershipQuerySet, Role, User, VendorMember
from policy.models import Alert, Deadline, DeadlineStatus, DutyChange, Obligation, ObligationStatus, OwedBy
from policy.steps import ALWAYS_TO_SUPERINTENDENT, HOUR_UNITS, next_after, passed, steps

DECIDERS: Final = (Role.CUSTODIAN, Role.APPROVER, Role.COUNSEL, Role.SUPERINTENDENT, Role.ADMINISTRATOR)
AFTER_THE_ROLE: Final = ((Role.CUSTODIAN,), (Role.ADMINISTRATOR,), DECIDERS)
"""Who is rung, in this order, when nobody of the duty's own role is there."""
WARNS: Final = (DeadlineStatus.UNDATED, DeadlineStatus.RUNNING, DeadlineStatus.MISSED)


def make_alerts(deadline: Deadline) -> list[Alert]:
    """Write an alert for each step that has come and has none; an hour clock rings for the last of them.

    The caller holds the obligation's lock. Effects: Alerts, at most one Message, the next step's instant.
    """
    now = engine_now()
    found = steps(deadline.unit, deadline.started_at, deadline.due_at)
    is_open = deadline.obligation.status == ObligationStatus.OPEN and deadline.status in WARNS
    made: list[Alert] = []
    if is_open:
        written = set(deadline.alerts.values_list("step", flat=True))
        due = [(name, at) for name, at in passed(found, now) if name not in written]
        made = Alert.objects.bulk_create(
            Alert(district_id=deadline.district_id, deadline=deadline, step=name, at=at, made_at=now)
            for name, at in due
        )
    if made and deadline.unit in HOUR_UNITS:
        _ring(deadline, made[-1], now)
    deadline.alert_at = next_after(found, now) if is_open else None
    deadline.save(update_fields=["alert_at"])
    return made


def escalate(alert: Alert) -> bool:
    """Nobody answered within 30 minutes: tell the superintendent. Effects: Message, Entry, alert marked."""
    now = engine_now()
    with transaction.atomic():
        locked = Alert.objects.select_for_update(of=("self",), skip_locked=True).filter(
            pk=alert.pk, acknowledged_at=None, escalated_at=None
        )
        row = locked.select_related("deadline__obligation__case__district").first()
        if row is None or row.deadline.obligation.status != ObligationStatus.OPEN:
            return False
        row.escalated_at = now
        row.save(update_fields=["escalated_at"])
        people = superintendents(row.deadline.obligation.district, case=row.deadline.case)
        _write(row.deadline, step=row.step, people=people, vendor=[], now=now, unanswered=True)
        record("alert-escalated", by=None, case=row.deadline.case, deadline=row.deadline_id, step=row.step)
    return True


def acknowledge(alert: Alert, *, by: User) -> Alert:
    """A person has seen it and acts: the superintendent is not woken for it. Twice changes nothing.

    Effects: every unanswered alert of the same deadline answered, one Entry. Raises PermissionDenied for
    somebody who can do nothing about it.
    """
    require_role(by, alert.district_id, *DECIDERS)
    with transaction.atomic():
        rows = Alert.objects.filter(deadline=alert.deadline_id, acknowledged_at=None)
        answered = rows.update(acknowledged_at=engine_now(), acknowledged_by=by)
        if answered:
            deadline = alert.deadline
            record("alert-acknowledged", by=by, case=deadline.case, deadline=deadline.pk, step=alert.step)
    alert.refresh_from_db()
    return alert


def tell_superintendent(obligation: Obligation, *, by: User, reason: str) -> Message | None:
    """One person acted alone on a legal duty: the superintendent hears of it at once (architecture §7).

    Where the superintendent is the one who acted, everybody else who may decide hears of it; of a restricted
    case everybody else named on it.
    """
    case = obligation.case
    people = [person for person in superintendents(obligation.district, case=case) if person != by]
    people = people or _users(deciders(obligation.district, case=case).exclude(user=by))
    context = {"obligation": obligation, "by": by, "reason": reason, "url": _url(obligation)}
    subject = f"Decided by one person: {obligation.title}"
    return _send(obligation, "acted-alone", subject, "mail/acted_alone.txt", context, people, vendor=[])


def tell_deciders(change: DutyChange) -> Message | None:
    """Somebody asks for less than the law asks: everybody who may agree hears of it.

    Where nobody named on a restricted case is left to agree, the superintendent hears of it: somebody has to
    be named on it.
    """
    askable = Membership.objects.askable_at(engine_now())
    rows = deciders(change.district, case=change.case).filter(pk__in=askable.values("pk"))
    people = _users(rows.exclude(user=change.asked_by))
    if not people and change.case.restricted:
        heads = superintendents(change.district, case=change.case)
        people = [person for person in heads if person != change.asked_by]
    obligation = change.obligation
    url = f"{settings.PORTAL_URL}{obligation.get_absolute_url()}"
    context = {"change": change, "obligation": obligation, "url": url}
    subject = f"Please agree or decline: {obligation.title} ({obligation.case.number})"
    return _send(obligation, "change-asked", subject, "mail/change_asked.txt", context, people, vendor=[])


def deciders(district: District, *, case: Case | None = None) -> MembershipQuerySet:
    """The roles in which something is decided here; of a restricted case only those of people named on it."""
    rows = Membership.objects.active().filter(district=district, role__in=DECIDERS)
    return rows.filter(user__in=case.allowed.all()) if case is not None and case.restricted else rows


def on_call(district: District, role: str, *, case: Case | None = None) -> list[User]:
    """Who is rung: those on call now with their deputies; failing that, whoever holds the role, or any
    custodian, or else anybody who may decide. For a restricted case only people named on it, and the
    superintendent where none of them is there.

    Somebody away is replaced by their deputy. Where the deputy is away too, or there is none, they are rung
    all the same and the next in this line with them.
    """
    rows = deciders(district, case=case)
    lines = [rows.on_call_at(engine_now())]
    lines += [rows.filter(role__in=each) for each in ((role,), *AFTER_THE_ROLE)]
    people, is_there = _first_there(lines, case=case, with_deputies=True)
    return people if is_there else _once([*people, *superintendents(district, case=case)])


def superintendents(district: District, *, case: Case | None = None) -> list[User]:
    """The superintendent, or while away the deputy; where neither is there, the administrators too.

    The superintendent hears of a restricted case too, named on it or not: that somebody acted alone, or that
    nobody answers (architecture §7). Nobody else does who is not named on it, but where there is neither a
    superintendent nor an administrator who is.
    """
    every, named = deciders(district), deciders(district, case=case)
    lines = [every.filter(role=Role.SUPERINTENDENT), named.filter(role=Role.ADMINISTRATOR)]
    people, _is_there = _first_there(lines, case=case)
    return people or _first_there([every.filter(role=Role.ADMINISTRATOR)], case=case)[0]


def _first_there(
    lines: Iterable[MembershipQuerySet], *, case: Case | None, with_deputies: bool = False
) -> tuple[list[User], bool]:
    """The people of each line in turn, until somebody of one is there or stands in; and whether anybody is.

    `with_deputies`: the deputies of those who are there, too.
    """
    now = engine_now()
    found: list[User] = []
    for line in lines:
        rows = list(line.select_related("user", "deputy"))
        there = set(line.present_at(now).values_list("pk", flat=True))
        deputies = deputies_of(rows, at=now, case=case)
        found += [row.user for row in rows if row.pk in there or row.pk not in deputies]
        found += [deputy for pk, deputy in deputies.items() if with_deputies or pk not in there]
        if there or deputies:
            return _once(found), True
    return _once(found), False


def deputies_of(rows: Iterable[Membership], *, at: datetime, case: Case | None = None) -> dict[int, User]:
    """Who stands in at this instant, by the role's key.

    A deputy counts while deciding in the same district and not away; for a restricted case only one named on
    it does.
    """
    found = {row.pk: row for row in rows if row.deputy is not None}
    at_work = {
        district: set(deciders(district, case=case).present_at(at).values_list("user_id", flat=True))
        for district in {row.district for row in found.values()}
    }
    return {
        pk: row.deputy
        for pk, row in found.items()
        if row.deputy is not None and row.deputy_id in at_work[row.district]
    }


def _ring(deadline: Deadline, alert: Alert, now: datetime) -> None:
    obligation = deadline.obligation
    people = on_call(obligation.district, obligation.role, case=obligation.case)
    if alert.step in ALWAYS_TO_SUPERINTENDENT:
        people = _once([*people, *superintendents(obligation.district, case=obligation.case)])
    vendor = _vendor_people(obligation)
    alert.message = _write(deadline, step=alert.step, people=people, vendor=vendor, now=now)
    alert.save(update_fields=["message"])


def text_phones(message: Message) -> int:
    """Text the subject of an alert to those it went to who gave a phone number; how many were taken.

    The subject names the duty and the case's number, and no person.
    """
    refs = message.deliveries.values_list("recipient_ref", flat=True)
    people = User.objects.filter(pk__in=[int(ref.removeprefix("user:")) for ref in refs]).exclude(phone="")
    words = message.texts.get(language="en").subject
    return sum(send_text(person.phone, words) for person in people)


def _vendor_people(obligation: Obligation) -> list[User]:
    if obligation.owed_by != OwedBy.VENDOR or obligation.vendor is None:
        return []
    members = VendorMember.objects.filter(vendor=obligation.vendor, ended_at=None, user__is_active=True)
    return [member.user for member in members.select_related("user")]


def _write(
    deadline: Deadline,
    *,
    step: str,
    people: list[User],
    vendor: list[User],
    now: datetime,
    unanswered: bool = False,
) -> Message | None:
    obligation = deadline.obligation
    left = deadline.due_at - now if deadline.due_at else None
    context = {
        "obligation": obligation,
        "deadline": deadline,
        "step": step,
        "hours_left": int(left.total_seconds() // 3600)
        if left is not None and left.total_seconds() > 0
        else 0,
        "is_over": left is not None and left.total_seconds() <= 0,
        "unanswered": unanswered,
        "url": _url(obligation),
    }
    subject = _subject(obligation, context)
    message = _send(obligation, "alert", subject, "mail/alert.txt", context, people, vendor)
    if message is not None and settings.TEXT_URL:
        ring("policy.tasks.text_phones", message.pk, obligation.district_id)
    return message


def _subject(obligation: Obligation, context: dict[str, Any]) -> str:
    if context["is_over"]:
        left = "The time is over"
    elif context["deadline"].due_at is None:
        left = "No date yet"
    else:
        left = f"{context['hours_left']} hours left"
    return f"{left}: {obligation.title} ({obligation.case.number})"


def _send(
    obligation: Obligation,
    kind: str,
    subject: str,
    template: str,
    context: dict[str, Any],
    people: list[User],
    vendor: list[User],
) -> Message | None:
    told = _once([*people, *vendor])
    if not told:
        return None
    text = outbox.Text(language="en", subject=subject[:200], plain=render_to_string(template, context))
    return outbox.send(
        kind=kind,
        district=obligation.district,
        case=obligation.case,
        texts=[text],
        recipients=[
            outbox.Recipient(
                ref=f"user:{user.pk}", name=user.name, address=user.email, language=user.language
            )
            for user in told
        ],
        by=None,
    )


def _url(obligation: Obligation) -> str:
    return f"{settings.PORTAL_URL}{obligation.get_absolute_url()}"


def _users(rows: MembershipQuerySet) -> list[User]:
    return [row.user for row in rows.select_related("user")]


def _once(people: Iterable[User]) -> list[User]:
    return list({person.pk: person for person in people if person.is_active}.values())
