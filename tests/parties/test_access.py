"""Who belongs where: roles, and the districts that the database shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from parties.access import acting_in, districts_of, require_role, seen_by, visible_districts
from parties.models import Membership, Role
from tests.factories import DistrictFactory, MembershipFactory, UserFactory, VendorMemberFactory, member

pytestmark = pytest.mark.django_db


def test_a_person_sees_the_districts_of_their_roles_and_no_others():
    mine, other = DistrictFactory(), DistrictFactory()
    user = member(mine)

    assert list(districts_of(user)) == [mine]
    assert other.pk not in seen_by(user)


def test_a_stranger_sees_no_district():
    DistrictFactory()
    assert seen_by(AnonymousUser()) == []
    assert not districts_of(AnonymousUser()).exists()


def test_a_role_that_ended_shows_nothing_at_once():
    membership = MembershipFactory()
    membership.ended_at = datetime(2026, 11, 1, tzinfo=UTC)
    membership.save()

    assert not districts_of(membership.user).exists()


def test_a_person_who_was_switched_off_sees_nothing():
    user = member(DistrictFactory())
    user.is_active = False
    user.save()

    assert seen_by(user) == []


def test_a_vendor_s_person_sees_the_districts_that_keep_a_file_on_the_vendor():
    district = DistrictFactory()
    speaker = VendorMemberFactory()
    speaker.vendor.districts.add(district)
    DistrictFactory()

    assert seen_by(speaker.user) == [district.pk]
    assert not districts_of(speaker.user).exists()


def test_a_role_in_one_district_allows_nothing_in_another():
    here, there = DistrictFactory(), DistrictFactory()
    user = member(here, Role.SUPERINTENDENT)

    require_role(user, here, Role.SUPERINTENDENT)
    with pytest.raises(PermissionDenied):
        require_role(user, there, Role.SUPERINTENDENT)
    with pytest.raises(PermissionDenied):
        require_role(user, here, Role.COUNSEL)


def test_acting_in_a_district_ends_with_the_block():
    first, second = DistrictFactory(), DistrictFactory()
    before = visible_districts()

    with acting_in(second):
        assert visible_districts() == [second.pk]
    assert visible_districts() == before
    assert first.pk in before


def test_somebody_away_is_not_on_call():
    district = DistrictFactory()
    night = datetime(2026, 11, 22, 8, tzinfo=UTC)
    on_call = MembershipFactory(district=district, on_call_from=datetime(2026, 11, 20, tzinfo=UTC))
    MembershipFactory(
        district=district,
        user=UserFactory(),
        on_call_from=datetime(2026, 11, 20, tzinfo=UTC),
        away_from=datetime(2026, 11, 21, tzinfo=UTC),
        away_until=datetime(2026, 11, 23, tzinfo=UTC),
    )

    assert list(Membership.objects.on_call_at(night)) == [on_call]
