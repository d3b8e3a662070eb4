"""When less than the law asks takes two people, and when one may act alone (architecture §7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from parties.access import has_role
from parties.models import District, Membership, User
from policy import alerts
from policy.models import DeadlineStatus, Obligation, OwedBy

MAY_AGREE: Final = alerts.DECIDERS
ALONE_BEFORE: Final = timedelta(hours=12)


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
    return not is_legal_duty(obligation) or was_always_near(obligation) or not others(obligation.district, by)


def check_second(district: District, *, by: User, approved_by: User) -> None:
    """Raise ValidationError unless `approved_by` is somebody else with a deciding role in the district."""
    if approved_by == by:
        raise ValidationError({"approved_by": _("The second person must be somebody else.")})
    if not has_role(approved_by, district, *MAY_AGREE):
        raise ValidationError({"approved_by": _("This person has no deciding role in this district.")})


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


def others(district: District, by: User) -> bool:
    """Whether somebody else with a deciding role is present now."""
    present = Membership.objects.present_at(engine_now()).filter(district=district, role__in=MAY_AGREE)
    return present.exclude(user=by).exists()
