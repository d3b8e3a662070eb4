"""A person's own address, days away and keys for the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance_portal.setup_desk.people import write_own_absence
from ledger.clock import engine_now
from ledger.entries import record
from parties.access import districts_of
from parties.api_tokens import TOKEN_DAYS, make_api_token
from parties.models import ApiToken, District, Membership, User
from policy.alerts import deputies_of

MOMENT: Final = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


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


class AwayForm(forms.Form):
    away_from = forms.DateTimeField(label="Away from", required=False, widget=MOMENT)
    away_until = forms.DateTimeField(
        label="Back on", required=False, widget=MOMENT, help_text="Leave it empty if you do not know yet."
    )


@dataclass(frozen=True, slots=True)
class Absence:
    """What one district knows of the person's absence, and the form to change it."""

    district: District
    roles: list[Membership]
    standing_in: dict[int, User]
    """Who is there to stand in, by the role's key: then, or now when nothing is written down."""
    now: Membership | None
    form: AwayForm


def own_absence(request: HttpRequest, slug: str = "") -> HttpResponse:
    """When the person is away, in each district where they have a role; 404 where they have none."""
    assert isinstance(request.user, User)
    held = districts_of(request.user)
    sent = None
    if slug:
        district = get_object_or_404(held, slug=slug)
        with timezone.override(district.tz):
            sent = AwayForm(request.POST or None, prefix=slug)
            if request.method == "POST" and _write(sent, district, by=request.user):
                messages.success(request, "Saved.")
                return redirect("own_absence")
    shown = [_absence(each, request.user, sent if each.slug == slug else None) for each in held]
    refused = sent is not None and bool(sent.errors)
    return render(request, "account/away.html", {"absences": shown}, status=422 if refused else 200)


def _write(form: AwayForm, district: District, *, by: User) -> bool:
    """Whether it could be kept; what was wrong stands beside its field."""
    none = {"away_from": None, "away_until": None}
    if "back" not in form.data and not form.is_valid():
        return False
    try:
        write_own_absence(district, by=by, **(none if "back" in form.data else form.cleaned_data))
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _absence(district: District, user: User, form: AwayForm | None) -> Absence:
    roles = list(Membership.objects.active_for(user).filter(district=district).select_related("deputy"))
    now = engine_now()
    away = next((row for row in roles if row.away_from and (row.away_until or now) >= now), None)
    if form is None or not form.is_bound:
        known = {name: getattr(away, name, None) for name in AwayForm.base_fields}
        local = {name: f"{at.astimezone(district.tz):%Y-%m-%dT%H:%M}" for name, at in known.items() if at}
        form = AwayForm(initial=local, prefix=district.slug)
    then = max(now, away.away_from or now) if away else now
    return Absence(district, roles, deputies_of(roles, at=then), away, form)


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
