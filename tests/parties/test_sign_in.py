"""Signing in: the second factor, how long a session lasts, keys for the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from parties.api_tokens import make_api_token
from tests.factories import DistrictFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def real_person():
    """Somebody whose account is not the demo's."""
    user = member(DistrictFactory())
    user.is_demo = False
    user.save()
    return user


def test_nobody_can_sign_up_alone():
    page = Client().get(reverse("account_signup"))
    assert "sign up" not in page.content.decode().lower() or page.status_code in {200, 302}
    sent = {"email": "a@example.org", "password1": "blue lamp quiet river", "password2": "blue lamp quiet river"}
    Client().post(reverse("account_signup"), sent)
    from parties.models import User

    assert not User.objects.filter(email="a@example.org").exists()


def test_no_page_opens_before_the_second_factor_is_set_up(real_person):
    client = Client()
    client.force_login(real_person)

    answer = client.get("/")

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

    assert client.get("/")["Location"] == reverse("mfa_activate_totp")


def test_a_session_ends_twelve_hours_after_signing_in():
    user = member(DistrictFactory())
    client = Client()
    client.force_login(user)
    user.last_login = timezone.now() - timedelta(hours=12, minutes=1)
    user.save()

    answer = client.get(reverse("mfa_index"))

    assert answer["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_an_api_key_is_shown_once_and_kept_as_a_digest():
    user = UserFactory()
    row, key = make_api_token(user=user, name="Nightly export")

    row.refresh_from_db()
    assert len(key) >= 32
    assert key not in row.digest


def test_an_api_key_of_a_person_without_a_second_factor_is_refused(real_person):
    _row, key = make_api_token(user=real_person, name="x")

    answer = Client().get("/api/v1/contracts/", headers={"Authorization": f"Token {key}"})

    assert answer.status_code in {401, 404}
