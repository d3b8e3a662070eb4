"""The invitation's letter and the page its link opens."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from compliance_portal.setup_desk.forms import AcceptForm
from mail import outbox
from parties.invitations import INVITATION_DAYS, accept, find_open
from parties.models import Invitation, User


def send_invitation(invitation: Invitation, *, token: str, by: User) -> None:
    """Put the invitation's message in the outbox. The token is in the message's text and nowhere else."""
    place = invitation.district or invitation.vendor or "this portal"
    context = {
        "place": place,
        "by": by,
        "days": INVITATION_DAYS,
        "url": f"{settings.PORTAL_URL}{reverse('invitation', args=[token])}",
    }
    outbox.send(
        kind="invitation",
        district=invitation.district,
        case=None,
        texts=[
            outbox.Text(
                language="en",
                subject=f"You are invited to {place}",
                plain=render_to_string("mail/invitation.txt", context),
            )
        ],
        recipients=[
            outbox.Recipient(
                ref=f"invitation:{invitation.pk}", name="", address=invitation.email, language="en"
            )
        ],
        by=by,
    )


@never_cache
@login_not_required
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take up an invitation. Opening the link changes nothing; the button does."""
    found = find_open(token)
    if found is None:
        return render(request, "setup_desk/invitation_over.html", status=410)
    user = request.user if isinstance(request.user, User) else None
    form = None if user else AcceptForm(request.POST or None)
    problem = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        said = form.cleaned_data if form else {"name": "", "password": ""}
        try:
            joined = accept(token=token, user=user, **said)
        except ValidationError as error:
            if form is None or not hasattr(error, "error_dict"):
                problem = " ".join(error.messages)
            else:
                for field, errors in error.error_dict.items():
                    form.add_error(field, errors)
        else:
            if user is None:
                login(request, joined, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("today")
    status = 422 if request.method == "POST" else 200
    context = {"invitation": found, "form": form, "problem": problem}
    return render(request, "setup_desk/invitation.html", context, status=status)
