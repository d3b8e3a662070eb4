"""People and roles of a district: invited, their hours and deputies, the end of a role."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from compliance_portal.setup_desk.forms import MembershipForm
from compliance_portal.setup_desk.invitations import send_invitation
from compliance_portal.setup_desk.places import DESK
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.access import require_role
from parties.invitations import invite
from parties.models import District, Invitation, Membership, Role, User
from policy.succession import pass_on_cases


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


def save_hours(form: MembershipForm, *, by: User) -> Membership:
    """Keep deputy, days away and hours on call of a role, of a valid form. Effects: the row, Entry.

    Raises PermissionDenied.
    """
    district = form.instance.district
    require_role(by, district, *DESK)
    with transaction.atomic():
        membership = form.save()
        record("role-changed", by=by, district=district, membership=membership.pk)
    return membership


def end_role(membership: Membership, *, by: User) -> Membership:
    """Take a role away; it stops working at once. Effects: the row, Entry.

    Restricted cases that only this person saw go to the superintendent (policy/succession.py). Raises
    ValidationError for the only administrator, Conflict when it has ended, PermissionDenied.
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
        pass_on_cases(district)
    return locked
