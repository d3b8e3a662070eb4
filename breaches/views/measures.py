"""What is done beside telling: log, access, questions to the vendor, state offices, decisions, sanctions."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from breaches import decisions, offices, vendor_word
from breaches import measures as acts
from breaches import sanctions as follow
from breaches.forms import (
    AccessForm,
    AnswerForm,
    AskVendorForm,
    ConsideredForm,
    DetermineForm,
    DutyForm,
    FindingForm,
    LogForm,
    OfficeForm,
    OfficeSentForm,
    ReasonForm,
    SanctionForm,
    ToldFamiliesForm,
    show_refusal,
)
from breaches.models import Breach
from breaches.packet import breach_packet
from breaches.views.scope import about_breach, bound, breach_of_page, person, show, taken
from ledger.clock import engine_now
from ledger.documents import hand_over
from ledger.models import Document
from policy.models import Obligation, ObligationStatus


@about_breach
def log(request: HttpRequest, breach: Breach) -> HttpResponse:
    """The investigation's log, and whom else one must tell."""
    by = person(request)
    line, considered = bound(request, LogForm, "line"), bound(request, ConsideredForm, "considered")
    if taken(request, line, acts.log_step, breach, by=by):
        return _again(request, breach, "log", _("Written into the log."))
    if taken(request, considered, acts.consider_notice, breach, by=by):
        return _again(request, breach, "log", _("Noted."))
    context = {
        "line": line,
        "considered": considered,
        "steps": breach.investigation.select_related("by", "document"),
        "decided": breach.considered.select_related("by"),
    }
    return show(request, "log", breach, line, considered, **context)


def download(request: HttpRequest, district: str, number: str, document: uuid.UUID) -> HttpResponseBase:
    """One file of the breach, for people who are named on it."""
    breach = breach_of_page(request, district, number)
    mine = Document.objects.for_user(request.user).filter(case=breach.case)
    return hand_over(get_object_or_404(mine, uuid=document), by=person(request))


@require_POST
@about_breach
def make_packet(request: HttpRequest, breach: Breach) -> HttpResponse:
    """The evidence packet, made anew and handed over: to give away, or with the names for those allowed."""
    made = breach_packet(breach, by=person(request), with_names=request.POST.get("copy") == "restricted")
    return redirect("breach:download", breach.district.slug, breach.case.number, made.uuid)


@about_breach
def access(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Stop access while this is looked into; the orders so far."""
    form = bound(request, AccessForm, breach=breach)
    if taken(request, form, acts.stop_access, breach, by=person(request)):
        return _again(request, breach, "access", _("The access is stopped."))
    return show(request, "access", breach, form, form=form, orders=breach.orders.select_related("started_by"))


@about_breach
def give_back(request: HttpRequest, breach: Breach, pk: int) -> HttpResponse:
    """Give stopped access back."""
    order = get_object_or_404(breach.orders, pk=pk)
    form = bound(request, ReasonForm)
    if taken(request, form, acts.give_back_access, order, by=person(request)):
        return _again(request, breach, "access", _("The access is given back."))
    title = _("Give back the access of %(whose)s") % {"whose": order.whose}
    return show(request, "one_form", breach, form, form=form, title=title, verb=_("Give it back"))


@about_breach
def vendor(request: HttpRequest, breach: Breach) -> HttpResponse:
    """What the vendor was asked, its answers, its own report, and the proof that it told the families."""
    by = person(request)
    ask = bound(request, AskVendorForm, "ask")
    told = bound(request, ToldFamiliesForm, "told")
    word = bound(request, AnswerForm, "word")
    if taken(request, ask, vendor_word.ask_vendor, breach, by=by):
        return _again(request, breach, "vendor", _("The vendor has been asked."))
    if taken(request, told, _told, breach, by):
        return _again(
            request, breach, "vendor", _("Recorded. Your own duty to tell families is not changed by it.")
        )
    if taken(request, word, _word, breach, by):
        return _again(request, breach, "vendor", _("Recorded."))
    owed = breach.case.obligations.filter(owed_by="vendor").prefetch_related("deadlines")
    context = {
        "ask": ask,
        "told": told,
        "word": word,
        "asked": breach.asked.select_related("document"),
        "owes_report": any(d.kind == "vendor_report" and d.status == "open" for d in owed),
        "owes_families": any(d.kind == "vendor_families_notice" and d.status == "open" for d in owed),
    }
    return show(request, "vendor", breach, ask, told, word, **context)


def _told(breach: Breach, by: Any, *, told_at: Any, file: Any) -> None:
    vendor_word.record_vendor_told_families(breach, told_at=told_at, proof=file, by=by)


def _word(breach: Breach, by: Any, *, received_at: Any, file: Any) -> None:
    vendor_word.record_vendor_word(breach, received_at=received_at, proof=file, by=by)


@about_breach
def answer(request: HttpRequest, breach: Breach, pk: int) -> HttpResponse:
    """The vendor's answer came in."""
    asked = get_object_or_404(breach.asked, pk=pk)
    form = bound(request, AnswerForm)
    if taken(request, form, _answered, asked, person(request)):
        return _again(request, breach, "vendor", _("Recorded."))
    title = asked.get_about_display()
    return show(request, "one_form", breach, form, form=form, title=title, verb=_("Record the answer"))


def _answered(asked: Any, by: Any, *, received_at: Any, file: Any) -> None:
    vendor_word.record_answer(asked, upload=file, received_at=received_at, by=by)


@about_breach
def office(request: HttpRequest, breach: Breach, rule: str) -> HttpResponse:
    """A report to a state office: write it part by part, then record that it was sent."""
    by = person(request)
    owed = _duty(breach, rule, kind="external_report")
    draft = breach.external_reports.filter(rule=rule).first()
    parts = offices.required_parts(owed)
    is_open = owed.status == ObligationStatus.OPEN
    first = draft.parts if draft else offices.external_draft_of(breach, rule) if is_open else {}
    form = bound(request, OfficeForm, "draft", parts=parts, initial=first)
    sent = bound(request, OfficeSentForm, "sent")
    if request.method == "POST" and request.POST.get("form") == "draft" and form.is_valid():
        offices.draft_external(breach, rule=rule, parts=form.cleaned_data, by=by)
        messages.success(request, _("Saved. Send it, then record when and with which number."))
        return redirect("breach:office", breach.district.slug, breach.case.number, rule)
    if draft is not None and taken(request, sent, offices.record_external_sent, draft, by=by):
        return _again(request, breach, "detail", _("Recorded as sent."))
    return show(
        request, "office", breach, form, sent, form=form, sent=sent, draft=draft, duty=owed, is_open=is_open
    )


@about_breach
def duty(request: HttpRequest, breach: Breach, rule: str) -> HttpResponse:
    """Record that a duty was done outside the portal."""
    owed = _duty(breach, rule)
    now = engine_now().astimezone(breach.district.tz).replace(second=0, microsecond=0)
    form = bound(request, DutyForm, initial={"at": now})
    if taken(request, form, decisions.settle_duty, owed, by=person(request)):
        return _again(request, breach, "detail", _("Recorded."))
    return show(request, "duty", breach, form, form=form, duty=owed)


def _duty(breach: Breach, rule: str, **named: str) -> Obligation:
    """What is owed by this rule: there are several once it was owed again. The newest open one, or else the
    newest."""
    found = breach.case.obligations.filter(rule=rule, **named).prefetch_related("deadlines")
    is_over = Case(When(status=ObligationStatus.OPEN, then=0), default=1)
    return get_object_or_404(found.order_by(is_over, "-pk")[:1])


@about_breach
def decision(request: HttpRequest, breach: Breach) -> HttpResponse:
    """“Nobody got at the data, determined by X because Y”: asked for by one, agreed by a second."""
    by = person(request)
    waiting = breach.determinations.filter(agreed_at=None, refused_at=None).first()
    form = bound(request, DetermineForm, "determine")
    pressed = request.POST.get("form") if request.method == "POST" else ""
    if waiting is not None and pressed in ("agree", "refuse"):
        try:
            (decisions.agree if pressed == "agree" else decisions.refuse)(waiting, by=by)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("breach:decision", breach.district.slug, breach.case.number)
        return _again(request, breach, "detail", _("Decided."))
    if request.method == "POST" and form.is_valid():
        try:
            asked = decisions.determine(breach, by=by, **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            done = (
                _("Decided.")
                if asked.agreed_at
                else _("What could not wait is decided. A second person must agree to the rest.")
                if asked.alone_because
                else _("A second person must agree. The clocks run on until then.")
            )
            return _again(request, breach, "detail", done)
    return show(
        request,
        "decision",
        breach,
        form,
        form=form,
        waiting=waiting,
        is_author=waiting and waiting.asked_by == by,
    )


@about_breach
def more_than_attempt(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Somebody did get at the data: the duties to tell begin, from the first receipt."""
    form = bound(request, ReasonForm)
    if taken(request, form, decisions.find_access, breach, by=person(request)):
        return _again(request, breach, "detail", _("Noted. Families must be told: the clock is below."))
    title, verb = _("Somebody did get at the data"), _("Start the clocks to tell families")
    return show(request, "one_form", breach, form, form=form, title=title, verb=verb)


@about_breach
def sanctions(request: HttpRequest, breach: Breach) -> HttpResponse:
    """What the vendor failed to do, and what follows."""
    by = person(request)
    finding = bound(request, FindingForm, "finding")
    form = bound(request, SanctionForm, "sanction", breach=breach)
    if taken(request, finding, follow.find_failure, breach, by=by):
        return _again(request, breach, "sanctions", _("Written into the log. Now somebody must decide."))
    if taken(request, form, follow.record_sanction, breach, by=by):
        return _again(request, breach, "sanctions", _("Decided."))
    rows = breach.sanctions.select_related("by", "contract")
    return show(request, "sanctions", breach, finding, form, finding=finding, form=form, rows=rows)


def _again(request: HttpRequest, breach: Breach, page: str, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(f"breach:{page}", breach.district.slug, breach.case.number)
