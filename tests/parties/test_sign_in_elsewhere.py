"""Signing in by an OpenID Connect issuer: only accounts connected from inside, by issuer and subject."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from parties.models import User
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANNA = {"sub": "anna-7", "email": "anna@northfield.example", "email_verified": True, "name": "Anna"}


class Issuer(ThreadingHTTPServer):
    """An issuer that signs in, as whoever `person` says, everybody who comes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.person = ANNA
        self.audience = "portal"


class Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        at = self.server.address
        pages: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "userinfo_endpoint": f"{at}/userinfo",
                "jwks_uri": f"{at}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/keys": {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))]},
            "/userinfo": self.server.person,
        }
        self.say(pages[urlsplit(self.path).path])

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert sent["code"] == ["once"]
        assert sent["client_secret"] == ["secret"]
        assert sent["code_verifier"]
        now = datetime.now(UTC)
        claims = {
            **self.server.person,
            "iss": self.server.address,
            "aud": self.server.audience,
            "iat": now,
            "exp": now + timedelta(minutes=5),
        }
        token = jwt.encode(claims, KEY, algorithm="RS256")
        self.say({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def say(self, words: dict[str, Any]) -> None:
        body = json.dumps(words).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def issuers(settings) -> Iterator[dict[str, Issuer]]:
    """Two tenants of the same maker, each with an issuer of its own."""
    found = {name: Issuer() for name in ("entra-elm", "entra-oak")}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": name,
                    "name": name,
                    "client_id": "portal",
                    "secret": "secret",
                    "settings": {"server_url": issuer.address, "oauth_pkce_enabled": True},
                }
                for name, issuer in found.items()
            ]
        }
    }
    for issuer in found.values():
        threading.Thread(target=issuer.serve_forever, daemon=True).start()
    yield found
    for issuer in found.values():
        issuer.shutdown()
        issuer.server_close()


@pytest.fixture
def anna() -> User:
    return member(DistrictFactory(), user__email="anna@northfield.example")


def come_by(client: Client, name: str, *, process: str = "login") -> Any:
    """Press the button, sign in over there, and come back with the code."""
    away = client.post(reverse("openid_connect_login", args=[name]) + f"?process={process}")
    sent = parse_qs(urlsplit(away["Location"]).query)
    assert sent["redirect_uri"] == [f"http://testserver/accounts/oidc/{name}/login/callback/"]
    assert sent["code_challenge_method"] == ["S256"]
    back = {"code": "once", "state": sent["state"][0]}
    return client.get(reverse("openid_connect_callback", args=[name]), back, follow=True)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_matching_address_signs_nobody_in_and_makes_no_account(issuers, anna):
    client = Client()
    answer = come_by(client, "entra-elm")
    assert "Accounts are by invitation" in answer.content.decode()
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.filter(email="anna@northfield.example").count() == 1


def test_an_account_connected_from_inside_opens_from_then_on(issuers, anna):
    inside = Client()
    inside.force_login(anna)
    page = inside.get(reverse("socialaccount_connections")).content.decode()
    assert "None is connected." in page
    come_by(inside, "entra-elm", process="connect")
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.user) == ("entra-elm", "anna-7", anna)
    assert "Take it away" in inside.get(reverse("socialaccount_connections")).content.decode()

    later = Client()
    come_by(later, "entra-elm")
    assert later.session["_auth_user_id"] == str(anna.pk)


def test_the_same_subject_of_another_tenant_is_somebody_else(issuers, anna):
    SocialAccount.objects.create(user=anna, provider="entra-elm", uid="anna-7")
    client = Client()
    come_by(client, "entra-oak")
    assert not is_signed_in(client)


def test_a_token_made_for_another_application_is_refused(issuers, anna):
    SocialAccount.objects.create(user=anna, provider="entra-elm", uid="anna-7")
    issuers["entra-elm"].audience = "another application"
    client = Client()
    come_by(client, "entra-elm")
    assert not is_signed_in(client)


def test_an_answer_nobody_asked_for_is_refused(issuers, anna):
    SocialAccount.objects.create(user=anna, provider="entra-elm", uid="anna-7")
    client = Client()
    client.get(reverse("openid_connect_callback", args=["entra-elm"]), {"code": "once", "state": "guessed"})
    assert not is_signed_in(client)


def test_nobody_connects_an_account_without_signing_in(issuers):
    answer = Client().get(reverse("socialaccount_connections"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
