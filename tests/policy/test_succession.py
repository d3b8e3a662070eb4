"""A restricted case never becomes invisible: who goes on when everybody named on it has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from inquiries.answering import record_inquiry
from inquiries.models import Inquiry
from ledger.clock import engine_now
from ledger.models import Case, Entry
from mail.models import Delivery
from parties.models import Membership, Role
from policy.succession import name_on_case
from policy.sweep import sweep
from tests.factories import DistrictFactory, make_case, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return DistrictFactory(slug="willow")


@pytest.fixture
def first(district):
    return member(district)


@pytest.fixture
def case(district, first):
    """A request that only the custodian who wrote it down may see."""
    inquiry = record_inquiry(
        district=district, sort="immigration", asks="All addresses",
        received_at=engine_now() - timedelta(hours=1), by=first,
    )  # fmt: skip
    return inquiry.case


def leave(user, **change):
    Membership.objects.filter(user=user).update(**change)


def told(user):
    return Delivery.objects.filter(message__kind="cases-passed-on", address=user.email).count()


@pytest.mark.parametrize("how", ["left", "viewer", "account closed"])
def test_the_superintendent_sees_a_case_whose_people_have_all_gone_and_is_told(
    how, case, first, district, travel
):
    head = member(district, Role.SUPERINTENDENT)
    assert not Case.objects.for_user(head).filter(pk=case.pk).exists()
    if how == "left":
        leave(first, ended_at=engine_now())
    elif how == "viewer":
        leave(first, role=Role.VIEWER)
    else:
        first.is_active = False
        first.save()
    travel(timedelta(hours=2))
    sweep()
    assert Case.objects.for_user(head).filter(pk=case.pk).exists()
    assert Entry.objects.get(case=case, act="case-passed-on").facts == {"to": [head.pk]}
    assert told(head) == 1
    travel(timedelta(hours=2))
    sweep()
    assert told(head) == 1


def test_without_a_superintendent_it_goes_to_the_administrators_and_to_nobody_else(
    case, first, district, travel
):
    administrator, other = member(district, Role.ADMINISTRATOR), member(district)
    leave(first, ended_at=engine_now())
    travel(timedelta(hours=2))
    sweep()
    assert Case.objects.for_user(administrator).filter(pk=case.pk).exists()
    assert not Case.objects.for_user(other).filter(pk=case.pk).exists()
    stranger = member(DistrictFactory(), Role.SUPERINTENDENT)
    assert not Case.objects.for_user(stranger).filter(pk=case.pk).exists()


def test_while_one_of_the_named_is_there_nobody_else_sees_it(case, district, travel):
    head = member(district, Role.SUPERINTENDENT)
    travel(timedelta(hours=2))
    sweep()
    assert not Case.objects.for_user(head).filter(pk=case.pk).exists()


def test_ending_the_last_named_persons_role_passes_the_case_on_at_once(case, first, district, client):
    head = member(district, Role.SUPERINTENDENT)
    client.force_login(member(district, Role.ADMINISTRATOR))
    role = Membership.objects.get(user=first)
    client.post(reverse("setup:end_member", args=["willow", role.pk]))
    assert Case.objects.for_user(head).filter(pk=case.pk).exists()
    assert told(head) == 1


def test_who_sees_it_names_the_one_who_goes_on_and_nobody_else_can(case, first, district, client):
    second = member(district)
    page = reverse("inquiry:seen_by", args=["willow", case.number])
    api = f"/api/v1/inquiries/{case.pk}/seen-by/"
    client.force_login(second)
    assert client.post(page, {"user": second.pk}).status_code == 404
    assert client.post(api, {"email": second.email}, "application/json").status_code == 404
    with pytest.raises(PermissionDenied):
        name_on_case(case, user=second, by=second)
    client.force_login(first)
    stranger = member(DistrictFactory())
    assert client.post(page, {"user": stranger.pk}).status_code == 422
    assert client.post(api, {"email": stranger.email}, "application/json").status_code == 400
    with pytest.raises(ValidationError):
        name_on_case(case, user=stranger, by=first)
    assert client.post(page, {"user": second.pk}).status_code == 302
    assert second.name in client.get(page).content.decode()
    assert Inquiry.objects.for_user(second).filter(pk=case.pk).exists()
    third = member(district)
    assert client.post(api, {"email": third.email}, "application/json").status_code == 200
    assert Inquiry.objects.for_user(third).filter(pk=case.pk).exists()


def test_a_case_that_is_not_restricted_is_left_alone(district, travel):
    member(district, Role.SUPERINTENDENT)
    open_to_all = make_case(district)
    travel(timedelta(hours=2))
    sweep()
    assert not open_to_all.allowed.exists()
