"""Day clocks: one message a person and morning; on Fridays the whole list of what is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string

from ledger.clock import engine_now
from mail import outbox
from parties.access import acting_in
from parties.models import District, Membership, Role, User
from policy.alerts import deputies_of
from policy.models import Alert, DailyList, Obligation, ObligationQuerySet
from policy.steps import HOUR_UNITS

HOUR: Final = 7
"""When the morning begins, in the person's first district."""

FRIDAY: Final = 4
CATCH_ALL: Final = frozenset({Role.CUSTODIAN, Role.ADMINISTRATOR})
"""They also hear of what is for a role that nobody holds; without any of them, everybody does."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role somebody fills in a district today: their own, or that of an absent one they stand in for."""

    district: District
    role: str


def write_lists() -> int:
    """Write the daily list of everybody whose morning has come and who has none yet; how many left.

    Effects: one DailyList a person and day, written even when there is nothing to say; Messages.
    """
    now = engine_now()
    written = 0
    done = set(DailyList.objects.filter(on__gte=now - timedelta(days=2)).values_list("user_id", "on"))
    for user, posts in people(now):
        first = min((post.district for post in posts), key=lambda district: (district.name, district.pk))
        local = now.astimezone(first.tz)
        if local.hour < HOUR or (user.pk, local.date()) in done:
            continue
        with acting_in(*{post.district.pk for post in posts}):
            written += _write(user, posts, first, local.date(), now)
    return written


def people(now: datetime) -> Iterable[tuple[User, list[Post]]]:
    """Everybody who fills a post today, with the posts; those away are left to their deputies.

    Somebody away with nobody there to stand in is written to all the same: a list that waits beats none.
    """
    memberships = Membership.objects.active().exclude(role=Role.VIEWER)
    present = set(Membership.objects.present_at(now).values_list("pk", flat=True))
    found: dict[int, tuple[User, list[Post]]] = {}
    rows = list(memberships.select_related("user", "deputy", "district"))
    deputies = deputies_of((row for row in rows if row.pk not in present), at=now)
    for row in rows:
        person = deputies.get(row.pk, row.user)
        if person.is_active:
            found.setdefault(person.pk, (person, []))[1].append(Post(row.district, row.role))
    return found.values()


def due_for(user: User, posts: list[Post], *, since: datetime | None, whole: bool) -> ObligationQuerySet:
    """The person's open day-clock duties: all, or those whose clock has warned since the last list."""
    mine = Q(pk__in=[])
    for district in {post.district for post in posts}:
        mine |= Q(district=district, role__in=roles_in(district, posts))
    warned = Alert.objects.filter(deadline__obligation=OuterRef("pk")).exclude(deadline__unit__in=HOUR_UNITS)
    if since is not None:
        warned = warned.filter(made_at__gt=since)
    found = (
        Obligation.objects.open()
        .for_user(user)
        .filter(mine)
        .exclude(deadlines__unit__in=HOUR_UNITS)
        .soonest_first()
        .select_related("district", "case")
    )
    return found if whole else found.filter(Exists(warned))


def roles_in(district: District, posts: list[Post]) -> set[str]:
    """The roles whose work the person does in the district."""
    mine = {post.role for post in posts if post.district == district}
    held = set(Membership.objects.active().filter(district=district).values_list("role", flat=True))
    if mine & CATCH_ALL or not held & CATCH_ALL:
        mine |= set(Role.values) - held
    return mine


def when(due_at: datetime | None, district: District, now: datetime) -> str:
    """By the end of Thursday, November 19. The end is exclusive, so its last day is the one before."""
    if due_at is None:
        return "No date yet"
    last = (due_at - timedelta(seconds=1)).astimezone(district.tz)
    day = f"{last:%A}, {last:%B} {last.day}"
    return f"Late since {day}" if due_at <= now else f"By the end of {day}"


def _write(user: User, posts: list[Post], first: District, on: date, now: datetime) -> bool:
    last = DailyList.objects.filter(user=user).order_by("-on").first()
    found = list(due_for(user, posts, since=last.made_at if last else None, whole=on.weekday() == FRIDAY))
    try:
        with transaction.atomic():
            row = DailyList.objects.create(user=user, on=on, made_at=now)
            if found:
                duties = [(duty, when(getattr(duty, "soonest", None), duty.district, now)) for duty in found]
                context = {"duties": duties, "url": settings.PORTAL_URL}
                count = len(found)
                subject = f"{count} thing{'' if count == 1 else 's'} to do: {on:%A}, {on:%B} {on.day}"
                row.message = outbox.send(
                    kind="daily-list",
                    district=first,
                    case=None,
                    texts=[outbox.Text("en", subject, render_to_string("mail/daily_list.txt", context))],
                    recipients=[outbox.Recipient(f"user:{user.pk}", user.name, user.email, user.language)],
                    by=None,
                )
                row.save(update_fields=["message"])
    except IntegrityError:
        return False  # another sweep wrote it meanwhile
    return bool(found)
