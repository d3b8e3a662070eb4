"""Inviting people. Nobody signs up by themselves: a role in a district or at a vendor is given."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from parties.access import DESK
from parties.models import District, Invitation, Membership, Role, User, Vendor, VendorMember
from parties.tokens import digest_of, new_token

INVITATION_DAYS = 7


def invite(
    *, email: str, by: User, district: District | None = None, role: str = "", vendor: Vendor | None = None
) -> tuple[Invitation, str]:
    """Invite one person; returns the row and the token for their link, which is shown nowhere again.

    Raises ValidationError by field. An earlier open invitation for the same place is replaced.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": "Enter an e-mail address, like name@example.org."}) from None
    if district is not None and role not in Role.values:
        raise ValidationError({"role": "Choose what this person will do."})
    token, digest = new_token()
    with transaction.atomic():
        same = {"email": email, "district": district, "role": role, "vendor": vendor}
        Invitation.objects.filter(**same, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            **same,
            token_digest=digest,
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
    return invitation, token


def find_open(token: str) -> Invitation | None:
    """The invitation of a link, unless it was used, is too old, or comes from somebody who has since left."""
    found = (
        Invitation.objects.select_related("district", "vendor", "invited_by")
        .filter(token_digest=digest_of(token), accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )
    return found if found is None or still_stands(found) else None


def still_stands(invitation: Invitation) -> bool:
    """Whether whoever invited may still let people in: nobody does after their own right to has ended.

    To a district whoever sets it up; to a vendor whoever sets any district up; to the installation whoever
    runs it.
    """
    inviter, district = invitation.invited_by, invitation.district
    if district is None and inviter.is_staff:
        return inviter.is_active
    desks = Membership.objects.active_for(inviter).filter(role__in=DESK)
    if district is not None:
        return desks.filter(district=district).exists()
    return invitation.vendor is not None and desks.exists()


@transaction.atomic
def accept(*, token: str, name: str = "", password: str = "", user: User | None = None) -> User:
    """Take up an invitation, as a new person or as the one signed in. Raises ValidationError by field.

    A person who already has an account must be signed in to it: a link alone never opens it.
    """
    invitation = _lock_open(token)
    if invitation is None:
        raise ValidationError("This link was used or is too old. Ask for a new one.")
    if user is None:
        user = _new_person(invitation, name=name, password=password)
    elif user.email != invitation.email:
        raise ValidationError(f"This link is for {invitation.email}. Sign out first, then open it again.")
    if invitation.vendor is not None:
        VendorMember.objects.get_or_create(vendor=invitation.vendor, user=user, ended_at=None)
    elif invitation.district is not None:
        Membership.objects.get_or_create(
            district=invitation.district, user=user, role=invitation.role, ended_at=None
        )
    else:
        user.is_staff = True
        user.save()
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save()
    return user


def _lock_open(token: str) -> Invitation | None:
    """The open invitation, locked with its district: roles end under the same lock, so the right is sure."""
    found = find_open(token)
    if found is not None and found.district_id is not None:
        District.objects.select_for_update().get(pk=found.district_id)
    if found is not None and Invitation.objects.select_for_update().filter(pk=found.pk).first() is not None:
        return find_open(token)
    return None


def _new_person(invitation: Invitation, *, name: str, password: str) -> User:
    if User.objects.filter(email=invitation.email).exists():
        raise ValidationError("You already have an account. Sign in first, then open the link again.")
    if not name.strip():
        raise ValidationError({"name": "Enter your name."})
    try:
        validate_password(password, User(email=invitation.email, name=name))
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    return User.objects.create_user(invitation.email, password, name=name.strip())
