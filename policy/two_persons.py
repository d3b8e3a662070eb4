"""When less than the law asks takes two people, and when one may act alone (architecture §7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.models import Case
from mail import outbox
from parties.access import has_role
from parties.models import District, Membership, User
from policy import alerts
from policy.models import DeadlineStatus, Obligation, OwedBy

MAY_AGREE: Final = alerts.DECIDERS
ALONE_BEFORE: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one person wants that takes two, as the others read it; names nobody but staff."""

    title: str
    reason: str
    url: str


def is_legal_duty(obligation: Obligation) -> bool:
    """Whether law or policy, and not good practice alone, asks it of the district."""
    if obligation.owed_by != OwedBy.DISTRICT:
        return False
    return obligation.deadlines.exclude(pack__startswith="practice@").exists()


def agree_to_less(obligation: Obligation, *, by: User | None, approved_by: User | None, reason: str) -> bool:
    """Raise ValidationError unless a second person agrees, or one may act alone; True when alone.

    Alone: from 12 hours before the first limit, or when nobody else is there to ask. The superintendent is
    then told at once. Vendors' duties, good practice and the portal's own acts need one person, or none.
    """
    if by is None or not is_legal_duty(obligation):
        return False
    if approved_by is not None:
        check_second(obligation.district, by=by, approved_by=approved_by)
        return False
    if not may_act_alone(obligation, by):
        raise ValidationError({"approved_by": _("A second person must agree.")})
    alerts.tell_superintendent(obligation, by=by, reason=reason)
    return True


def may_act_alone(obligation: Obligation, by: User) -> bool:
    """Whether one person may decide: no legal duty, near the limit, or nobody else to ask."""
    return (
        not is_legal_duty(obligation)
        or was_always_near(obligation)
        or not others(obligation.district, by, case=obligation.case)
    )


def check_second(district: District, *, by: User, approved_by: User) -> None:
    """Raise ValidationError unless `approved_by` is somebody else with a deciding role in the district."""
    if approved_by == by:
        raise ValidationError({"approved_by": _("The second person must be somebody else.")})
    if not has_role(approved_by, district, *MAY_AGREE):
        raise ValidationError({"approved_by": _("This person has no deciding role in this district.")})


def others_with(district: District, by: User, *roles: str) -> list[User]:
    """Everybody else who can be asked now and holds one of these roles in the district."""
    askable = Membership.objects.askable_at(engine_now()).filter(district=district, role__in=roles)
    return list(User.objects.filter(pk__in=askable.values("user")).exclude(pk=by.pk).order_by("pk"))


def ask_or_act_alone(district: District, *, by: User, roles: tuple[str, ...], asked: Asked) -> bool:
    """Tell everybody else who may confirm; True when nobody is there, so that one may act alone.

    The superintendent (or whoever else decides here) then hears of it at once. Effects: one message.
    """
    if tell_others(district, by=by, roles=roles, asked=asked):
        return False
    told = [person for person in alerts.superintendents(district) if person != by]
    if not told:
        rows = Membership.objects.active().filter(district=district, role__in=MAY_AGREE).exclude(user=by)
        told = [row.user for row in rows.select_related("user")]
    _write(district, asked, by=by, told=told, alone=True)
    return True


def tell_others(district: District, *, by: User, roles: tuple[str, ...], asked: Asked) -> bool:
    """Ask everybody else who can be asked and may confirm; whether there is anybody. Effects: one message."""
    seconds = others_with(district, by, *roles)
    _write(district, asked, by=by, told=seconds, alone=False)
    return bool(seconds)


def _write(district: District, asked: Asked, *, by: User, told: list[User], alone: bool) -> None:
    if not told:
        return
    context = {"asked": asked, "by": by, "alone": alone, "url": settings.PORTAL_URL + asked.url}
    subject = f"Decided by one person: {asked.title}" if alone else f"Please confirm: {asked.title}"
    outbox.send(
        kind="acted-alone" if alone else "confirmation-asked",
        district=district,
        texts=[outbox.Text("en", subject[:200], render_to_string("mail/confirmation_asked.txt", context))],
        recipients=[
            outbox.Recipient(f"user:{user.pk}", user.name, user.email, user.language) for user in told
        ],
        by=None,
    )


def is_near(obligation: Obligation) -> bool:
    """Whether the first live or missed clock ends within 12 hours, or has ended."""
    clocks = obligation.deadlines.filter(
        status__in=(DeadlineStatus.RUNNING, DeadlineStatus.MISSED), due_at__lte=engine_now() + ALONE_BEFORE
    )
    return clocks.exists()


def was_always_near(obligation: Obligation) -> bool:
    """Whether the limit is near by every count of a clock, the replaced ones too.

    One person may move a start earlier. That makes the district act sooner; it must not be a way to drop the
    duty alone (architecture §7).
    """
    if not is_near(obligation):
        return False
    replaced = obligation.deadlines.filter(status=DeadlineStatus.SUPERSEDED)
    return not replaced.filter(due_at__gt=engine_now() + ALONE_BEFORE).exists()


def others(district: District, by: User, *, case: Case, but_not: Collection[int] = ()) -> bool:
    """Whether somebody else with a deciding role can be asked now; on a restricted case one named on it.

    `but_not` are the keys of people who cannot be the second person either.
    """
    askable = Membership.objects.askable_at(engine_now())
    rows = alerts.deciders(district, case=case).filter(pk__in=askable.values("pk"))
    return rows.exclude(user=by).exclude(user__in=but_not).exists()
