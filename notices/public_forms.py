"""What visitors may send: the wish for e-mails, and a question. Both without sign-in and without script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ledger.clock import engine_now
from notices.followers import ask_to_follow, confirm_following, stop_following
from notices.models import Posting, Question
from notices.public_access import public_page
from notices.public_views import page_context
from parties.models import District
from roster.tables import read_email

QUESTIONS_AN_HOUR = 60


def clean_address(value: str) -> str:
    """One plain address (A16, A17)."""
    address = read_email(value)
    if address is None:
        raise ValidationError(_("Write one e-mail address, like name@example.org."))
    return address


class FollowForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Your e-mail address"), max_length=254)

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class AskForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("Please do not write facts about your child's health or grades here."),
        widget=forms.Textarea,
        max_length=2000,
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Only if you want an answer by e-mail."),
        required=False,
        max_length=254,
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


def number_asked(request: HttpRequest, district: District) -> str:
    """The notice that the form is about, when the address names one that is posted."""
    number = request.GET.get("about", "")[:20]
    if number.isprintable() and Posting.objects.filter(district=district, number=number).exists():
        return number
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def follow(request: HttpRequest, district: District) -> HttpResponse:
    """Ask for e-mails: a message asks back first, and nothing is sent without the answer."""
    number = number_asked(request, district)
    form = FollowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        language = request.language  # type: ignore[attr-defined]
        ask_to_follow(district, email=form.cleaned_data["email"], language=language, number=number)
        return say(
            request,
            district,
            heading=_("Look in your mail"),
            text=_("We sent you a message with a link. Press the link within 48 hours, or you get nothing."),
        )
    lead = (
        _("We write to you when notice %(number)s changes.") % {"number": number}
        if number
        else _("We write to you each time the district posts a notice.")
    )
    context = {"form": form, "heading": _("Get e-mail alerts"), "lead": lead, "verb": _("Send me a link")}
    return show_form(request, district, context, here="follow")


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def confirm(request: HttpRequest, district: District, token: str) -> HttpResponse:
    """The link of the message: a button, so that a mail scanner that opens links subscribes nobody."""
    if request.method != "POST":
        return say(
            request,
            district,
            heading=_("Get e-mail alerts"),
            text=_("Press the button to get an e-mail each time."),
            verb=_("Yes, send me e-mails"),
        )
    if confirm_following(district, token=token) is None:
        return say(
            request,
            district,
            heading=_("This link no longer works"),
            text=_("It is older than 48 hours, or was changed. Ask for a new one."),
            status=410,
        )
    return say(
        request,
        district,
        heading=_("Done"),
        text=_("You will get our e-mails. Each one says how to stop them."),
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def stop(request: HttpRequest, district: District, token: str) -> HttpResponse:
    """Stop the e-mails: by the button, or by the mail program itself (RFC 8058 posts without a form)."""
    if request.method != "POST":
        return say(
            request,
            district,
            heading=_("Stop the e-mails"),
            text=_("Press the button and you get no more."),
            verb=_("Stop the e-mails"),
        )
    if not stop_following(district, token=token):
        return say(
            request,
            district,
            heading=_("This link does not work"),
            text=_("Was it cut off in the mail?"),
            status=404,
        )
    return say(request, district, heading=_("Done"), text=_("You get no more e-mails from this list."))


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def ask(request: HttpRequest, district: District) -> HttpResponseBase:
    """A question to the district: kept for its staff, who answer outside the portal."""
    number = number_asked(request, district)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if too_many_questions(district):
            return say(
                request,
                district,
                heading=_("Please try again later"),
                text=_("Many questions came in this hour. You can also call the district."),
                status=429,
            )
        Question.objects.create(
            district=district,
            number=number,
            words=form.cleaned_data["words"],
            email=form.cleaned_data["email"],
            language=request.language,  # type: ignore[attr-defined]
            asked_at=engine_now(),
        )
        return say(
            request,
            district,
            heading=_("Thank you"),
            text=_("The district has your question. A person will read it."),
        )
    lead = _("Your question is about notice %(number)s.") % {"number": number} if number else ""
    context = {"form": form, "heading": _("Ask the district"), "lead": lead, "verb": _("Send the question")}
    return show_form(request, district, context, here="ask")


def too_many_questions(district: District) -> bool:
    """A flood from outside must not bury the district's staff."""
    since = engine_now().replace(minute=0, second=0, microsecond=0)
    return Question.objects.filter(district=district, asked_at__gte=since).count() >= QUESTIONS_AN_HOUR


def show_form(
    request: HttpRequest, district: District, context: dict[str, Any], *, here: str
) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(
        request, "public/form.html", page_context(request, district, here=here, **context), status=status
    )


def say(request: HttpRequest, district: District, *, status: int = 200, **words: str) -> HttpResponse:
    return render(request, "public/said.html", page_context(request, district, **words), status=status)
