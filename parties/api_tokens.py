"""Keys for the API: made by a signed-in person, shown once, kept as a digest, expiring."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from parties.access import see_districts, seen_by
from parties.models import ApiToken, User
from parties.sign_in import is_exempt
from parties.tokens import digest_of, new_token

TOKEN_DAYS = 365


def make_api_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """Make a key; returns its row and the key itself, which cannot be read again."""
    token, digest = new_token()
    expires_at = timezone.now() + timedelta(days=TOKEN_DAYS)
    return ApiToken.objects.create(user=user, name=name, digest=digest, expires_at=expires_at), token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. The person behind it needs a second factor as in the browser."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "token":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.select_related("user")
            .filter(digest=digest_of(" ".join(words[1:])), revoked_at=None, expires_at__gt=now)
            .first()
        )
        if token is None or not token.user.is_active:
            raise AuthenticationFailed("This key is unknown, revoked or too old.")
        if not (is_exempt(token.user) or is_mfa_enabled(token.user)):
            raise AuthenticationFailed("Set up a second factor first, in the browser.")
        if token.last_used_on != now.date():
            token.last_used_on = now.date()
            token.save()
        see_districts(seen_by(token.user))  # the middleware saw an anonymous request
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"
