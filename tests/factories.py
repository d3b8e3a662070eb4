"""Rows for tests. Whatever a factory makes is visible to the test: its district joins `app.districts`."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from ledger.entries import open_case
from ledger.models import Case
from parties.access import see_districts, visible_districts
from parties.models import District, Membership, Role, School, User, Vendor, VendorMember


class DistrictFactory(DjangoModelFactory[District]):
    """A Connecticut district that went live on 1 July 2026."""

    class Meta:
        model = District

    name = factory.Sequence(lambda n: f"Northfield {n} Public Schools")
    slug = factory.Sequence(lambda n: f"northfield-{n}")
    state = "CT"
    zone = "America/New_York"
    go_live_on = "2026-07-01"
    contact_name = "Records office"
    contact_email = "records@northfield.example"
    contact_phone = "860-555-0100"
    postal_address = "1 School Street\nNorthfield, CT 06000"

    @classmethod
    def _create(cls, model_class: type[District], *args: Any, **kwargs: Any) -> District:
        district = super()._create(model_class, *args, **kwargs)
        district.refresh_from_db()
        see_districts([*visible_districts(), district.pk])
        return district


class SchoolFactory(DjangoModelFactory[School]):
    class Meta:
        model = School

    district = factory.SubFactory(DistrictFactory)
    name = factory.Sequence(lambda n: f"Hill School {n}")


class UserFactory(DjangoModelFactory[User]):
    """A demo person: no second factor is asked of them where the demo may run."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@northfield.example")
    name = factory.Sequence(lambda n: f"Pat Example {n}")
    is_demo = True
    password = factory.django.Password("plain words for a test")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    district = factory.SubFactory(DistrictFactory)
    role = Role.CUSTODIAN


class VendorFactory(DjangoModelFactory[Vendor]):
    class Meta:
        model = Vendor

    name = factory.Sequence(lambda n: f"Lumen Reading {n}, Inc.")
    kind = "operator"
    contact_email = "privacy@lumen.example"


class VendorMemberFactory(DjangoModelFactory[VendorMember]):
    class Meta:
        model = VendorMember

    vendor = factory.SubFactory(VendorFactory)
    user = factory.SubFactory(UserFactory)


def make_case(district: District, kind: str = "contract", title: str = "MathPath") -> Case:
    return open_case(district=district, kind=kind, title=title)


def member(district: District, role: str = Role.CUSTODIAN, **fields: Any) -> User:
    """A person with one role in a district."""
    return MembershipFactory(district=district, role=role, **fields).user
