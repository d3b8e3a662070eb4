"""Who in a district may take which step at the breach desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from breaches.models import Breach
from parties.access import require_role
from parties.models import District, Membership, Role, User

DESK: Final = (Role.CUSTODIAN, Role.APPROVER, Role.COUNSEL, Role.SUPERINTENDENT, Role.ADMINISTRATOR)
"""Everybody but viewers: they work on a breach and are named on its case."""
DECIDERS: Final = (Role.APPROVER, Role.COUNSEL, Role.SUPERINTENDENT, Role.ADMINISTRATOR, Role.CUSTODIAN)


def require_desk(by: User, district: District) -> None:
    """Raise PermissionDenied unless the person works at the district's breach desk (not a viewer)."""
    require_role(by, district, *DESK)


def people_of_desk(district: District) -> list[User]:
    """Everybody who works at the district's breach desk today."""
    held = Membership.objects.active().filter(district=district, role__in=DESK)
    return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))


def second_persons(breach: Breach, *, first: User | None, but_not: Collection[int] = ()) -> list[User]:
    """Those who can agree to what `first` asks for: other people of the desk who are named on the case.

    `but_not` are the keys of people who cannot either: who wrote words of a notice does not approve it.
    """
    named = set(breach.case.allowed.values_list("pk", flat=True)) - {*([first.pk] if first else []), *but_not}
    return [user for user in people_of_desk(breach.district) if user.pk in named]
