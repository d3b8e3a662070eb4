"""The frame shows a person's own districts, and nobody else's."""

import pytest
from django.contrib.auth.models import AnonymousUser

from compliance_portal.frame import make_frame
from tests.factories import DistrictFactory, MembershipFactory, UserFactory, VendorMemberFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked_by(rf):
    def ask(person):
        request = rf.get("/")
        request.user = person
        return make_frame(request)

    return ask


def test_a_visitor_sees_no_district_and_no_links(asked_by):
    DistrictFactory()
    frame = asked_by(AnonymousUser())
    assert (frame.name, frame.districts, frame.nav, frame.demo) == ("Compliance Portal", [], [], False)


def test_a_custodian_of_one_district_works_under_its_name(asked_by):
    frame = asked_by(member(DistrictFactory(name="Northfield Public Schools")))
    assert frame.name == "Northfield Public Schools"
    assert frame.districts == []


def test_a_custodian_of_two_districts_can_go_to_either_and_to_no_third(asked_by):
    DistrictFactory(name="Eastbrook")
    person = UserFactory()
    for name in ("Northfield", "Southfield"):
        MembershipFactory(user=person, district=DistrictFactory(name=name))
    frame = asked_by(person)
    assert frame.district is None
    assert [link.name for link in frame.districts] == ["All your districts", "Northfield", "Southfield"]


def test_a_vendors_person_sees_no_staff_links(asked_by):
    frame = asked_by(VendorMemberFactory().user)
    assert frame.districts == []
    assert "Set-up" not in [link.label for link in frame.nav]


def test_the_demos_banner_is_shown_to_demo_people_only(asked_by, settings):
    settings.EMBEDDED = True
    district = DistrictFactory()
    assert asked_by(member(district)).demo
    assert not asked_by(member(district, user=UserFactory(is_demo=False))).demo
    settings.EMBEDDED = False
    assert not asked_by(member(district)).demo
