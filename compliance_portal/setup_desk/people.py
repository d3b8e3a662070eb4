"""People and roles of a district: invited, their hours and deputies, the end of a role."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from compliance_portal.setup_desk.forms import MembershipForm
from compliance_portal.setup_desk.invitations import send_invitation
from ledger.clock import check_year, engine_now
from ledger.entries import Conflict, record
from mail import outbox
from parties.access import DESK, require_role
from parties.invitations import invite
from parties.models import District, Invitation, Membership, Role, User
from policy.alerts import DECIDERS, deciders, deputies_of
from policy.succession import pass_on_cases

ANOTHERS_WORD: Final = timedelta(hours=24)
"""How long an absence that somebody else wrote down does not count where two persons are asked for."""


def open_invitations(district: District) -> QuerySet[Invitation]:
    """Invitations that nobody has taken up and that are not too old."""
    return Invitation.objects.filter(district=district, accepted_at=None, expires_at__gt=timezone.now())


def invite_person(district: District, *, email: str, role: str, by: User) -> Invitation:
    """Invite one person to a role; the link goes by e-mail and is shown nowhere.

    Effects: Invitation, Message, Entry. Raises ValidationError by field, PermissionDenied.
    """
    require_role(by, district, *DESK)
    with transaction.atomic():
        invitation, token = invite(email=email, by=by, district=district, role=role)
        send_invitation(invitation, token=token, by=by)
        record("person-invited", by=by, district=district, role=invitation.role)
    return invitation


def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """Take an open invitation back; its link stops working at once. Effects: the row deleted, Entry.

    Raises Conflict when it was taken up meanwhile, PermissionDenied.
    """
    district = invitation.district
    assert district is not None
    require_role(by, district, *DESK)
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().filter(pk=invitation.pk, accepted_at=None).first()
        if locked is None:
            raise Conflict("This invitation was taken up or taken back already.")
        record("invitation-withdrawn", by=by, district=district, role=locked.role)
        locked.delete()


def save_hours(form: MembershipForm, *, by: User) -> Membership:
    """Keep deputy, days away and hours on call of a role, of a valid form.

    An absence that somebody else writes down lets nobody act alone for a day, and the person is told of it
    (policy/two_persons.py). Effects: the row, Entry, Message. Raises PermissionDenied.
    """
    district, membership = form.instance.district, form.instance
    require_role(by, district, *DESK)
    with transaction.atomic():
        before = Membership.objects.select_for_update().get(pk=membership.pk)
        moved = (before.away_from, before.away_until) != (membership.away_from, membership.away_until)
        if moved:
            own = by == membership.user
            membership.away_counts_from = engine_now() + (timedelta(0) if own else ANOTHERS_WORD)
        membership = form.save()
        record("role-changed", by=by, district=district, membership=membership.pk, absence=moved)
        if moved and by != membership.user:
            _tell_of_absence(membership, by=by)
    return membership


def write_own_absence(
    district: District, *, away_from: datetime | None, away_until: datetime | None, by: User
) -> list[Membership]:
    """A person says when they are away, for all their roles in the district; None and None: they are not.

    Their own word counts at once where two persons are asked for (policy/two_persons.py); alerts go to their
    deputies. Where nobody stands in, those who can name somebody hear of it. Effects: the rows that change,
    one Entry each, a Message. Raises ValidationError, PermissionDenied.
    """
    require_role(by, district)
    check_year("away_from", away_from)
    check_year("away_until", away_until)
    if away_until is not None and away_from is None:
        raise ValidationError({"away_from": "Say from when you are away."})
    if away_from is not None and away_until is not None and away_until <= away_from:
        raise ValidationError({"away_until": "The end comes before the start."})
    with transaction.atomic():
        held = Membership.objects.select_for_update(of=("self",)).active_for(by).filter(district=district)
        said, now = (away_from, away_until), engine_now()
        moved = [
            row
            for row in held.order_by("pk")
            if (row.away_from, row.away_until) != said or (row.away_counts_from or now) > now
        ]
        for row in moved:
            row.away_from, row.away_until = said
            row.away_counts_from = now
            row.save()
            record("role-changed", by=by, district=district, membership=row.pk, absence=True)
        if moved and away_from is not None:
            _tell_who_names_deputies(moved, by=by)
    return moved


def end_role(membership: Membership, *, by: User) -> Membership:
    """Take a role away; it stops working at once, and so does standing in for others.

    Restricted cases that only this person saw go to the superintendent (policy/succession.py). Effects: the
    row, the others' deputies, Entry. Raises ValidationError for the only administrator, Conflict when it has
    ended, PermissionDenied.
    """
    district = membership.district
    require_role(by, district, *DESK)
    with transaction.atomic():
        District.objects.select_for_update().get(pk=district.pk)
        locked = Membership.objects.select_for_update().get(pk=membership.pk)
        if locked.ended_at is not None:
            raise Conflict("This role has ended already.")
        administrators = Membership.objects.active().filter(district=district, role=Role.ADMINISTRATOR)
        if locked.role == Role.ADMINISTRATOR and administrators.count() == 1:
            raise ValidationError("This is the only administrator. Give someone else the role first.")
        locked.ended_at = engine_now()
        locked.save()
        record("role-ended", by=by, district=district, membership=locked.pk)
        if not deciders(district).filter(user=locked.user).exists():
            for row in Membership.objects.select_for_update().filter(district=district, deputy=locked.user):
                row.deputy = None
                row.save()
        pass_on_cases(district)
    return locked


def _tell_who_names_deputies(rows: list[Membership], *, by: User) -> None:
    """Alerts of a role may reach nobody at work: who can name a deputy hears of it, those present first."""
    now = engine_now()
    deputies = deputies_of(rows, at=max(now, rows[0].away_from or now))
    alone = [row for row in rows if row.role in DECIDERS and row.pk not in deputies]
    if not alone:
        return
    district, others = rows[0].district, Membership.objects.exclude(user=by).filter(role__in=DESK)
    told = others.filter(district=district)
    reached = told.present_at(now) or told.active()
    users = {row.user_id: row.user for row in reached.select_related("user") if row.user.is_active}
    if not users:
        return
    _tell(
        users.values(),
        district=district,
        subject="Nobody stands in for somebody who is away",
        template="mail/unattended.txt",
        context={"alone": alone, "by": by},
    )


def _tell_of_absence(membership: Membership, *, by: User) -> None:
    _tell(
        [membership.user],
        district=membership.district,
        subject="Somebody changed the days you are away",
        template="mail/absence.txt",
        context={"membership": membership, "by": by},
    )


def _tell(
    users: Iterable[User], *, district: District, subject: str, template: str, context: dict[str, Any]
) -> None:
    with timezone.override(district.tz):
        words = render_to_string(template, {**context, "district": district, "url": settings.PORTAL_URL})
    outbox.send(
        kind="absence",
        district=district,
        texts=[outbox.Text("en", subject, words)],
        recipients=[outbox.Recipient(f"user:{u.pk}", u.name, u.email, u.language) for u in users],
        by=None,
    )
