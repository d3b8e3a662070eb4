"""Who sees a restricted case when everybody named on it has left, and naming somebody else on one.

Only the people named on a restricted case see it. When the last of them leaves the district, or keeps no
role in which anything can be decided, the superintendent is named in their place, the administrators where
there is none: its clocks run on, and somebody has to see them (architecture §3, need to know).
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ledger.entries import record
from ledger.models import Case
from mail import outbox
from parties.access import has_role, require_role
from parties.models import District, Membership, Role, User
from policy.alerts import DECIDERS


def pass_on_cases(district: District) -> list[Case]:
    """Name the superintendent on each restricted case that nobody here sees any more.

    Nothing happens while the district has neither superintendent nor administrator. Effects: the cases'
    lists, one Entry a case, one message. Returns the cases passed on.
    """
    heirs = heirs_of(district)
    if not heirs:
        return []
    with transaction.atomic():
        found = list(unseen_cases(district).select_for_update(skip_locked=True))
        for case in found:
            case.allowed.add(*heirs)
            record("case-passed-on", by=None, case=case, to=[user.pk for user in heirs])
        if found:
            _tell(district, found, heirs)
    return found


def unseen_cases(district: District) -> QuerySet[Case]:
    """Restricted cases on which nobody is named who still works on cases in this district."""
    at_work = Membership.objects.active().filter(district=district, role__in=DECIDERS)
    seen = Case.allowed.through.objects.filter(user__in=at_work.values("user"))
    found = Case.objects.filter(district=district, restricted=True)
    return found.exclude(pk__in=seen.values("case")).order_by("pk")


def heirs_of(district: District) -> list[User]:
    """The superintendent, or else the administrators."""
    for role in (Role.SUPERINTENDENT, Role.ADMINISTRATOR):
        held = Membership.objects.active().filter(district=district, role=role)
        if held.exists():
            return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))
    return []


def name_on_case(case: Case, *, user: User, by: User) -> None:
    """Let one more person see a restricted case; only somebody who sees it can.

    Effects: the case's list, Entry. Raises ValidationError for somebody who decides nothing in this district,
    PermissionDenied.
    """
    require_role(by, case.district, *DECIDERS)
    if not Case.objects.for_user(by).filter(pk=case.pk).exists():
        raise PermissionDenied("Only people named on a case can name another.")
    if not has_role(user, case.district, *DECIDERS):
        raise ValidationError({"user": _("Choose somebody who works on cases in this district.")})
    case.allowed.add(user)
    record("person-let-in", by=by, case=case, user=user.pk)


def may_be_named(case: Case) -> QuerySet[User]:
    """Whoever works on cases in the district and is not named on this one yet."""
    held = Membership.objects.active().filter(district=case.district, role__in=DECIDERS)
    return User.objects.filter(pk__in=held.values("user")).exclude(pk__in=case.allowed.all()).order_by("name")


def _tell(district: District, cases: list[Case], heirs: list[User]) -> None:
    context = {"cases": cases[:20], "more": len(cases[20:]), "url": settings.PORTAL_URL}
    outbox.send(
        kind="cases-passed-on",
        district=district,
        texts=[
            outbox.Text(
                "en",
                f"Nobody sees {len(cases)} restricted case{'' if len(cases) == 1 else 's'} any more but you",
                render_to_string("mail/cases_passed_on.txt", context),
            )
        ],
        recipients=[
            outbox.Recipient(f"user:{user.pk}", user.name, user.email, user.language) for user in heirs
        ],
        by=None,
    )
