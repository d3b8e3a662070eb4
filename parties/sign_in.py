"""Signing in: who may have an account, the second factor, and how long a session lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _

LONGEST_SESSION = timedelta(hours=12)
BEGAN = "began"  # in the session: when it was first seen, in seconds
ALLOWED_WITHOUT_SECOND_FACTOR = {"account_logout", "account_reauthenticate", "mfa_reauthenticate"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from invitations only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def can_delete_email(self, email_address: Any) -> bool:
        """Never the address in use: the library would put any other in its place, a proven one or not."""
        in_use = email_address.email == email_address.user.email
        return not in_use and bool(super().can_delete_email(email_address))


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Single sign-on adds a way in to an account that an invitation made; it never makes one.

    The provider's account is keyed on issuer and subject. A matching e-mail address alone signs nobody
    in: the person connects the provider once from inside their account.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


def is_exempt(user: Any) -> bool:
    """The demo's accounts need no second factor, in one-machine mode only (a banner says so)."""
    return bool(user.is_demo and settings.EMBEDDED)


def is_over(request: HttpRequest) -> bool:
    """Whether this session is older than 12 hours. Signing in elsewhere does not make it younger."""
    now = timezone.now()
    began = request.session.setdefault(BEGAN, now.timestamp())
    last: datetime | None = request.user.last_login  # type: ignore[union-attr]
    oldest = min(began, last.timestamp() if last else began)
    return bool(now.timestamp() - oldest > LONGEST_SESSION.total_seconds())


class SecondFactorMiddleware:
    """No page that may show personal data before a second factor is enrolled; sign out after 12 hours.

    Idle sessions end after 30 minutes by their own expiry (settings). Pages open to everybody stay open. The
    API's views call themselves open because they look at keys too; a session asks the same of them as of a
    page, and is answered 401 or 403 instead of being led elsewhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        is_api = hasattr(view, "cls")  # Django REST framework's own mark
        if not user.is_authenticated or not (is_api or getattr(view, "login_required", True)):
            return None
        if is_over(request):
            logout(request)
            return None if is_api else redirect("account_login")  # without a session the API says 401 itself
        if is_exempt(user) or is_mfa_enabled(user):
            return None
        name = resolve(request.path_info).view_name
        if name.startswith("mfa_") or name in ALLOWED_WITHOUT_SECOND_FACTOR:
            return None
        if is_api:
            return JsonResponse({"detail": _("Set up a second factor first, in the browser.")}, status=403)
        return redirect("mfa_activate_totp")
