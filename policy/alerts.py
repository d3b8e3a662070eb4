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
    superintendent where nobody is.

    Somebody away is replaced by their deputy, and rung all the same where there is none.
    """
    now = engine_now()
    memberships = deciders(district, case=case).select_related("user", "deputy")
    found = list(memberships.on_call_at(now))
    for fallback in ((role,), (Role.CUSTODIAN,), (Role.ADMINISTRATOR,), DECIDERS):
        found = found or list(memberships.filter(role__in=fallback))
    if not found:
        return superintendents(district, case=case)
    present = set(memberships.present_at(now).values_list("pk", flat=True))
    deputies = deputies_of(found, case=case)
    people = [row.user for row in found if row.pk in present or row.pk not in deputies]
    return _once([*people, *deputies.values()])


def superintendents(district: District, *, case: Case | None = None) -> list[User]:
    """The superintendent and, while away, the deputy; where there is none, the administrators.

    The superintendent hears of a restricted case too, named on it or not: that somebody acted alone, or that
    nobody answers (architecture §7). Nobody else does who is not named on it, but where there is neither a
    superintendent nor an administrator who is.
    """
    every, named = deciders(district), deciders(district, case=case)
    found = (
        every.filter(role=Role.SUPERINTENDENT)
        or named.filter(role=Role.ADMINISTRATOR)
        or every.filter(role=Role.ADMINISTRATOR)
    )
    rows = list(found.select_related("user", "deputy"))
    present = set(every.present_at(engine_now()).values_list("pk", flat=True))
    deputies = deputies_of(rows, case=case)
    return _once(row.user if row.pk in present else deputies.get(row.pk, row.user) for row in rows)


def deputies_of(rows: Iterable[Membership], *, case: Case | None = None) -> dict[int, User]:
    """Who stands in, by the role's key: a deputy counts while deciding in the same district, and no longer.

    For a restricted case only one named on it does.
    """
    found = {row.pk: row for row in rows if row.deputy is not None}
    at_work = {
        district: set(deciders(district, case=case).values_list("user_id", flat=True))
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
