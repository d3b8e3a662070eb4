"""Who may see and do what: the one place that turns a signed-in person into districts and roles.

Row-level security stands beneath: the database shows a session only the districts named in its setting
`app.districts`. `acting_in` writes that setting; the middleware calls it for each request and a task for
the one district it works on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from parties.models import District, DistrictQuerySet, Membership, Role, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

DESK: Final = (Role.ADMINISTRATOR, Role.SUPERINTENDENT)
"""Who sets a district up and lets people in."""


def districts_of(user: User | AnonymousUser) -> DistrictQuerySet:
    """The districts in which this person holds a role today."""
    return District.objects.for_user(user)


def has_role(user: User | AnonymousUser, district: District | int, *roles: str) -> bool:
    """Whether the person holds one of the roles (any role, when none is named) in the district."""
    held = Membership.objects.active_for(user).filter(district=district)
    return (held.filter(role__in=roles) if roles else held).exists()


def require_role(user: User | AnonymousUser, district: District | int, *roles: str) -> None:
    """Raise PermissionDenied (403) unless the person holds one of the roles in the district."""
    if not has_role(user, district, *roles):
        raise PermissionDenied("Your role in this district does not allow this step.")


def visible_districts() -> list[int]:
    """The district ids that row-level security lets the current database session see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.districts', true)")
        (value,) = cursor.fetchone()
    return [int(part) for part in (value or "").split(",") if part]


def see_districts(ids: Iterable[int]) -> None:
    """Let the current database session see these districts and no others, until it is set again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.districts', %s, false)", [",".join(str(pk) for pk in sorted(set(ids)))]
        )


@contextmanager
def acting_in(*districts: District | int) -> Iterator[None]:
    """See exactly these districts inside the block, and what was seen before after it."""
    before = visible_districts()
    see_districts(d if isinstance(d, int) else d.pk for d in districts)
    try:
        yield
    except BaseException:
        # In a failed transaction nothing can be set; its rollback restores the setting by itself.
        with suppress(DatabaseError):
            see_districts(before)
        raise
    see_districts(before)


class DistrictScopeMiddleware:
    """Narrow the database session to the districts of the person who asks (after authentication)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_in(*seen_by(request.user)):
            return self.get_response(request)


def seen_by(user: User | AnonymousUser) -> list[int]:
    """District ids of a person: by membership, or by the contracts of the vendor they speak for."""
    if not user.is_authenticated:
        return []
    held = Membership.objects.active_for(user).values_list("district_id", flat=True)
    dealt_with = Vendor.objects.for_member(user).values_list("districts", flat=True)
    return [pk for pk in held.union(dealt_with) if pk is not None]
