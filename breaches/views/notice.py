"""Steps 3 to 5 and the end: write, a second person, send and post, why it was late, closing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from breaches import response
from breaches.affected import Reach, reach_of, recipients_of
from breaches.clocks import near_the_limit
from breaches.forms import ApproveForm, CloseForm, MissedForm, NoticeForm, ReasonForm, show_refusal
from breaches.models import Breach
from breaches.roles import second_persons
from breaches.views.scope import about_breach, bound, person, show, taken
from ledger.clock import engine_now
from notices.issue import render_all
from notices.models import Notice


@about_breach
def write(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 3: five short parts, with a first wording to change."""
    notice = response.current_notice(breach)
    form = bound(request, NoticeForm, initial=_texts(notice) or response.first_words(breach))
    if request.method == "POST" and form.is_valid():
        try:
            response.write_notice(breach, texts=form.cleaned_data, by=person(request))
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. Now read it as families will get it."))
            return redirect("breach:approve", breach.district.slug, breach.case.number)
    return show(request, "notice", breach, form, form=form, notice=notice)


def _texts(notice: Notice | None) -> dict[str, str]:
    if notice is None:
        return {}
    section = notice.sections.first()
    return {} if section is None else {text.part: text.body for text in section.texts.all()}


@about_breach
def approve_page(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 4: the notice exactly as families get it, and who may approve it."""
    notice = response.current_notice(breach)
    if notice is None:
        return redirect("breach:notice", breach.district.slug, breach.case.number)
    by = person(request)
    is_author = notice.drafted_by_id == by.pk
    alone = is_author and (near_the_limit(breach) or not second_persons(breach.district, first=by))
    form = bound(request, ApproveForm, "alone")
    if request.method == "POST" and request.POST.get("form") == "ask":
        response.ask_second(breach, by=by)
        messages.success(request, _("Asked. They get an e-mail now; call them too when the time is short."))
        return redirect(breach)
    if request.method == "POST" and request.POST.get("form") == "approve":
        return _approve(request, breach)
    if taken(request, form, response.approve, breach, by=by):
        messages.success(request, _("Approved by one person. The superintendent has been told."))
        return redirect("breach:send", breach.district.slug, breach.case.number)
    return show(
        request,
        "approve",
        breach,
        form,
        form=form,
        notice=notice,
        previews=render_all(notice, breach.district.languages or ["en"]),
        is_author=is_author,
        alone=alone,
        others=second_persons(breach.district, first=by),
    )


def _approve(request: HttpRequest, breach: Breach) -> HttpResponse:
    try:
        response.approve(breach, by=person(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("breach:approve", breach.district.slug, breach.case.number)
    messages.success(request, _("Approved. Now send and post it."))
    return redirect("breach:send", breach.district.slug, breach.case.number)


@about_breach
def send(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 5: how many people, by which way; one button sends and posts."""
    notice = response.current_notice(breach)
    if notice is None:
        return redirect("breach:notice", breach.district.slug, breach.case.number)
    problem = ""
    if request.method == "POST":
        try:
            sent = response.send_and_post(breach, by=person(request))
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
        else:
            words = ngettext(
                "The notice is on its way to %(n)s person.",
                "The notice is on its way to %(n)s people.",
                sent.recipients,
            )
            messages.success(request, words % {"n": f"{sent.recipients:,}"})
            return redirect(breach)
    reach, stops = _reach(breach)
    context: dict[str, Any] = {"notice": notice, "reach": reach, "problem": problem or stops}
    page = show(request, "send", breach, **context)
    if problem:
        page.status_code = 422
    return page


def _reach(breach: Breach) -> tuple[Reach | None, str]:
    if breach.listed_at is None:
        return None, str(_("List the affected people first."))
    today = engine_now().astimezone(breach.district.tz).date()
    try:
        return reach_of(breach, recipients_of(breach, on=today)), ""
    except ValidationError as refusal:
        return None, " ".join(refusal.messages)


@about_breach
def missed(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Why a limit was missed, kept on record."""
    form = bound(request, MissedForm, initial={"because": breach.missed_because})
    if taken(request, form, response.explain_missed, breach, by=person(request)):
        messages.success(request, _("Written down. It stays on record."))
        return redirect(breach)
    return show(request, "missed", breach, form, form=form)


@about_breach
def close(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Close the breach, or see what is still missing."""
    form = bound(request, CloseForm, initial={"corrective_action": breach.corrective_action})
    if taken(request, form, response.close_breach, breach, by=person(request)):
        messages.success(request, _("Closed. The evidence packet holds everything."))
        return redirect(breach)
    missing = response.missing_for_closure(breach, corrective_action="-")
    return show(request, "close", breach, form, form=form, missing=missing)


@about_breach
def reopen(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Open a closed breach again."""
    form = bound(request, ReasonForm)
    if taken(request, form, response.reopen_breach, breach, by=person(request)):
        messages.success(request, _("Open again."))
        return redirect(breach)
    title, verb = _("Open this breach again"), _("Open again")
    return show(request, "one_form", breach, form, form=form, title=title, verb=verb)
