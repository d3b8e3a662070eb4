"""Signing in: the second factor, how long a session lasts, keys for the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from parties.api_tokens import TokenAuthentication, make_api_token
from parties.models import User
from tests.factories import DistrictFactory, UserFactory, member

pytestmark = pytest.mark.django_db

PASSWORD = "blue lamp quiet river"


def request_with(key: str) -> Request:
    return Request(APIRequestFactory().get("/", headers={"Authorization": f"Token {key}"}))


@pytest.fixture
def real_person():
    """Somebody whose account is not the demo's."""
    user = member(DistrictFactory())
    user.is_demo = False
    user.save()
    return user


def test_nobody_can_sign_up_alone():
    sent = {"email": "a@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post(reverse("account_signup"), sent)

    assert not User.objects.filter(email="a@example.org").exists()


def test_no_page_opens_before_the_second_factor_is_set_up(real_person):
    client = Client()
    client.force_login(real_person)

    answer = client.get(reverse("account_change_password"))

    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_activate_totp")


def test_pages_open_once_the_second_factor_is_set_up(real_person):
    TOTP.activate(real_person, generate_totp_secret())
    client = Client()
    client.force_login(real_person)

    assert client.get(reverse("mfa_index")).status_code == 200
    assert Authenticator.objects.filter(user=real_person).exists()


def test_the_demo_s_people_need_none_in_one_machine_mode_only(settings):
    user = member(DistrictFactory())
    client = Client()
    client.force_login(user)
    settings.EMBEDDED = False

    assert client.get(reverse("account_change_password"))["Location"] == reverse("mfa_activate_totp")


def test_a_session_ends_twelve_hours_after_signing_in():
    user = member(DistrictFactory())
    client = Client()
    client.force_login(user)
    user.last_login = timezone.now() - timedelta(hours=12, minutes=1)
    user.save()

    answer = client.get(reverse("mfa_index"))

    assert answer["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_signing_in_elsewhere_does_not_prolong_a_session():
    user = member(DistrictFactory())
    stolen = Client()
    stolen.force_login(user)
    assert stolen.get(reverse("mfa_index")).status_code == 200
    session = stolen.session
    session["began"] -= timedelta(hours=12, minutes=1).total_seconds()
    session.save()
    Client().force_login(user)

    assert stolen.get(reverse("mfa_index"))["Location"] == reverse("account_login")


def test_the_api_asks_a_session_for_the_second_factor_and_for_its_age_as_a_page_does(real_person):
    client = Client()
    client.force_login(real_person)
    refused = client.get("/api/v1/contracts/")
    assert (refused.status_code, "second factor" in refused.json()["detail"]) == (403, True)

    TOTP.activate(real_person, generate_totp_secret())
    assert client.get("/api/v1/contracts/").status_code == 200
    _row, key = make_api_token(user=real_person, name="x")

    real_person.last_login = timezone.now() - timedelta(hours=12, minutes=1)
    real_person.save()
    assert client.get("/api/v1/contracts/").status_code == 401
    assert "_auth_user_id" not in client.session
    by_key = Client().get("/api/v1/contracts/", headers={"Authorization": f"Token {key}"})
    assert by_key.status_code == 200


def test_an_unproven_address_never_takes_the_place_of_the_one_in_use():
    user = member(DistrictFactory())
    client = Client()
    assert client.login(username=user.email, password="plain words for a test")
    page, mine = reverse("account_email"), user.email
    client.get(page)  # the library writes the address in use among the person's addresses
    EmailAddress.objects.create(user=user, email="elsewhere@mail.example")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp()}]
    session.save()

    client.post(page, {"action_primary": "", "email": "elsewhere@mail.example"})
    client.post(page, {"action_remove": "", "email": mine})
    user.refresh_from_db()
    assert user.email == mine

    EmailAddress.objects.filter(email="elsewhere@mail.example").update(verified=True)
    client.post(page, {"action_primary": "", "email": "elsewhere@mail.example"})
    user.refresh_from_db()
    assert user.email == "elsewhere@mail.example"


def test_an_api_key_is_shown_once_and_kept_as_a_digest():
    user = UserFactory()
    row, key = make_api_token(user=user, name="Nightly export")

    row.refresh_from_db()
    assert len(key) >= 32
    assert key not in row.digest


def test_an_api_key_of_a_person_without_a_second_factor_is_refused(real_person):
    _row, key = make_api_token(user=real_person, name="x")

    with pytest.raises(AuthenticationFailed, match="second factor"):
        TokenAuthentication().authenticate(request_with(key))


def test_an_api_key_stands_for_its_person_until_it_is_revoked():
    user = member(DistrictFactory())
    row, key = make_api_token(user=user, name="x")

    assert TokenAuthentication().authenticate(request_with(key)) == (user, row)

    row.revoked_at = timezone.now()
    row.save()
    with pytest.raises(AuthenticationFailed, match="revoked"):
        TokenAuthentication().authenticate(request_with(key))
