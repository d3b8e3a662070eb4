"""Nobody signs up alone: roles are given by invitation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from parties.invitations import accept, find_open, invite
from parties.models import Invitation, Membership, Role, User, VendorMember
from tests.factories import DistrictFactory, UserFactory, VendorFactory, member

pytestmark = pytest.mark.django_db

WORDS = "blue lamp quiet river"


@pytest.fixture
def district():
    return DistrictFactory()


@pytest.fixture
def administrator(district):
    return member(district, role=Role.ADMINISTRATOR)


def test_a_new_person_joins_with_the_role_of_the_invitation(district, administrator):
    _row, token = invite(email="New@Example.org", by=administrator, district=district, role="custodian")

    user = accept(token=token, name="New Person", password=WORDS)

    assert user.email == "new@example.org"
    assert Membership.objects.get(user=user).role == Role.CUSTODIAN


def test_only_the_digest_of_the_token_is_kept(district, administrator):
    row, token = invite(email="a@example.org", by=administrator, district=district, role="viewer")

    assert token not in repr(Invitation.objects.filter(pk=row.pk).values().get())


def test_a_link_works_once(district, administrator):
    _row, token = invite(email="a@example.org", by=administrator, district=district, role="viewer")
    accept(token=token, name="A", password=WORDS)

    with pytest.raises(ValidationError, match="used or is too old"):
        accept(token=token, name="B", password=WORDS)
    assert User.objects.filter(name="B").count() == 0


def test_a_link_is_dead_after_seven_days(district, administrator):
    row, token = invite(email="a@example.org", by=administrator, district=district, role="viewer")
    Invitation.objects.filter(pk=row.pk).update(expires_at=row.invited_at - timedelta(seconds=1))

    assert find_open(token) is None


def test_a_new_invitation_replaces_the_open_one(district, administrator):
    _row, old = invite(email="a@example.org", by=administrator, district=district, role="viewer")
    invite(email="a@example.org", by=administrator, district=district, role="viewer")

    assert find_open(old) is None


def test_a_link_alone_never_opens_an_account_that_exists(district, administrator):
    known = UserFactory(email="known@example.org")
    _row, token = invite(email="known@example.org", by=administrator, district=district, role="viewer")

    with pytest.raises(ValidationError, match="Sign in first"):
        accept(token=token, name="Someone else", password=WORDS)
    assert accept(token=token, user=known) == known


def test_somebody_else_who_is_signed_in_cannot_take_it_up(district, administrator):
    _row, token = invite(email="a@example.org", by=administrator, district=district, role="viewer")

    with pytest.raises(ValidationError, match=r"a@example\.org"):
        accept(token=token, user=UserFactory())


def test_a_vendor_s_person_joins_the_vendor_and_no_district(administrator):
    vendor = VendorFactory()
    _row, token = invite(email="v@vendor.example", by=administrator, vendor=vendor)

    user = accept(token=token, name="V", password=WORDS)

    assert VendorMember.objects.get(user=user).vendor == vendor
    assert not Membership.objects.filter(user=user).exists()


@pytest.mark.parametrize("left", ["viewer", "custodian"])
def test_an_invitation_ends_when_whoever_made_it_may_no_longer_invite(district, administrator, left):
    administrator.is_staff = True  # running the installation lets nobody into a district
    administrator.save()
    _row, token = invite(email="friend@mail.example", by=administrator, district=district, role="custodian")
    Membership.objects.filter(user=administrator).update(role=left)

    with pytest.raises(ValidationError, match="used or is too old"):
        accept(token=token, name="A friend", password=WORDS)
    assert not User.objects.filter(email="friend@mail.example").exists()


def test_an_invitation_to_run_the_installation_ends_with_the_right_to_run_it(administrator):
    administrator.is_staff = True
    administrator.save()
    _row, token = invite(email="friend@mail.example", by=administrator)
    assert find_open(token) is not None

    administrator.is_staff = False
    administrator.save()
    assert find_open(token) is None


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [("not an address", "custodian", "email"), ("a@example.org", "headteacher", "role")],
)
def test_bad_input_is_refused_beside_its_field(district, administrator, email, role, field):
    with pytest.raises(ValidationError) as refusal:
        invite(email=email, by=administrator, district=district, role=role)
    assert list(refusal.value.message_dict) == [field]
    assert not Invitation.objects.exists()


def test_a_weak_password_is_refused_and_nothing_is_saved(district, administrator):
    _row, token = invite(email="a@example.org", by=administrator, district=district, role="viewer")

    with pytest.raises(ValidationError) as refusal:
        accept(token=token, name="A", password="short")
    assert list(refusal.value.message_dict) == ["password"]
    assert not User.objects.filter(email="a@example.org").exists()
