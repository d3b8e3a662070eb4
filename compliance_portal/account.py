"""A person's own address and keys for the API."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ledger.entries import record
from parties.api_tokens import TOKEN_DAYS, make_api_token
from parties.models import ApiToken, User


class OwnAddresses(EmailView):  # type: ignore[misc]
    """The library's page, but for one of its rules: no address is used before its owner has proved it.

    Alarms go to the address in use, and a person signs in with it. The library lets an unproven one be used
    while none is marked as proven; here an invitation proves the first, and leaves no such mark.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        proven = EmailAddress.objects.filter(
            user=request.user, email=request.POST.get("email"), verified=True
        )
        if "action_primary" in request.POST and not proven.exists():
            messages.error(request, "Open the link we sent to this address first. Then you can use it.")
            return redirect("account_email")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


class KeyForm(forms.Form):
    name = forms.CharField(label="What the key is for", max_length=100)


@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the person's keys and make one. A new key is shown once, in the answer to the form."""
    assert isinstance(request.user, User)
    form = KeyForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        row, key = make_api_token(user=request.user, name=form.cleaned_data["name"])
        record("api-key-made", by=request.user, key=row.pk)
        form = KeyForm()
    keys = request.user.api_tokens.filter(revoked_at=None, expires_at__gt=timezone.now())
    context = {"form": form, "keys": keys, "key": key, "days": TOKEN_DAYS}
    return render(request, "account/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
def revoke_api_key(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key; the next call with it is refused."""
    assert isinstance(request.user, User)
    key = get_object_or_404(ApiToken, user=request.user, pk=pk, revoked_at=None)
    key.revoked_at = timezone.now()
    key.save()
    record("api-key-revoked", by=request.user, key=key.pk)
    messages.success(request, "The key no longer works.")
    return redirect("api_keys")
