"""Recording a report, adding to it, checking who sent it, links for vendors, starting a drill."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from breaches.additions import amend_report, let_in, move_receipt_earlier
from breaches.decisions import (
    agree_later_receipt,
    ask_later_receipt,
    refuse_later_receipt,
    verify_report,
    waiting_receipt,
)
from breaches.drills import start_drill
from breaches.forms import (
    AmendForm,
    DrillForm,
    EarlierForm,
    LaterForm,
    LetInForm,
    LinkForm,
    SameEventForm,
    StaffReportForm,
    VerifyForm,
    show_refusal,
)
from breaches.intake import record_report
from breaches.links import make_report_link, working_links
from breaches.merging import merge_breach, same_event_candidates
from breaches.models import Breach, ReceiptChange
from breaches.roles import require_desk
from breaches.views.scope import about_breach, bound, district_of_page, person, show, taken
from ledger.clock import engine_now
from parties.models import District


def new(request: HttpRequest, district: str) -> HttpResponse:
    """Staff write down a report: by mail, by phone, found by themselves, or an attempt."""
    here = district_of_page(request, district)
    require_desk(person(request), here)
    with timezone.override(here.tz):
        start = {"received_at": engine_now().astimezone(here.tz).replace(second=0, microsecond=0)}
        form = bound(request, StaffReportForm, district=here, initial=start)
        if request.method == "POST" and form.is_valid():
            breach = _record(request, here, form)
            if breach is not None:
                return redirect(breach)
        status = 422 if form.is_bound else 200
        return render(request, "breaches/new.html", {"district": here, "form": form}, status=status)


def _record(request: HttpRequest, district: District, form: StaffReportForm) -> Breach | None:
    chosen = form.cleaned_data
    try:
        report = record_report(
            districts=[district],
            channel=chosen["channel"],
            said=form.said(chosen["vendor"]),
            by=person(request),
            received_at=chosen["received_at"],
            sort=chosen["sort"],
        )
    except ValidationError as refusal:
        show_refusal(form, refusal)
        return None
    breach = report.breaches.select_related("case", "district").get(district=district)
    if report.was_known:
        words = _(
            "This was recorded already, in the same words. Nothing new was opened. Is it another event? Then "
            "record it again, and say in the words what is different."
        )
        messages.warning(request, words)
    else:
        messages.success(request, _("Recorded. The clock runs. Take the next step below."))
    return breach


def drill(request: HttpRequest, district: str) -> HttpResponse:
    """Practise: the whole desk with real clocks, and nobody outside hears of it."""
    here = district_of_page(request, district)
    require_desk(person(request), here)
    form = bound(request, DrillForm, district=here)
    if request.method == "POST" and form.is_valid():
        try:
            breach = start_drill(district=here, by=person(request), **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The drill has begun. Do as if it were real."))
            return redirect(breach)
    status = 422 if form.is_bound else 200
    return render(request, "breaches/drill.html", {"district": here, "form": form}, status=status)


def links(request: HttpRequest, district: str) -> HttpResponse:
    """Make a link by which one vendor can report without signing in. The link is shown once."""
    here = district_of_page(request, district)
    require_desk(person(request), here)
    form = bound(request, LinkForm, district=here)
    address = ""
    if request.method == "POST" and form.is_valid():
        try:
            _link, token = make_report_link(district=here, by=person(request), **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            address = f"{settings.PORTAL_URL}{reverse('breach:link_report', args=[here.slug, token])}"
    known = working_links(person(request)).filter(district=here)
    context = {
        "district": here,
        "form": form,
        "address": address,
        "open_address": f"{settings.PORTAL_URL}{reverse('breach:open_report', args=[here.slug])}",
        "links": known.select_related("vendor"),
    }
    status = 422 if form.is_bound and form.errors else 200
    response = render(request, "breaches/links.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@about_breach
def report(request: HttpRequest, breach: Breach) -> HttpResponse:
    """What was reported, word for word, what was added, and when the district first had it."""
    by = person(request)
    amend = bound(request, AmendForm, "amend")
    earlier = bound(request, EarlierForm, "earlier")
    later = bound(request, LaterForm, "later")
    if taken(request, amend, amend_report, breach.report, by=by):
        words = _("Added. What was said before stays as it was.")
        if not breach.carried_by.is_open:
            words += " " + _("This breach has ended: if the new facts change what is owed, open it again.")
        return _done(request, breach, words)
    if taken(request, earlier, _earlier, breach, by):
        return _done(request, breach, _("The clocks were counted again from the earlier time."))
    if taken(request, later, ask_later_receipt, breach, by=by):
        return _done(request, breach, _("A second person must agree. Until then the clocks run as they are."))
    change = waiting_receipt(breach)
    if request.method == "POST" and change is not None and request.POST.get("form") in ("agree", "refuse"):
        return _decide_receipt(request, breach, change)
    context: dict[str, Any] = {
        "amend": amend,
        "earlier": earlier,
        "later": later,
        "amendments": breach.report.amendments.select_related("by"),
        "change": change,
        "is_author": change is not None and change.asked_by == by,
        "may_amend": breach.report.channel not in ("signed_in", "link"),
    }
    return show(request, "report", breach, amend, earlier, later, **context)


def _decide_receipt(request: HttpRequest, breach: Breach, change: ReceiptChange) -> HttpResponse:
    if request.POST.get("form") == "refuse":
        refuse_later_receipt(change, by=person(request))
        return _done(request, breach, _("The receipt stays as it is."))
    try:
        agree_later_receipt(change, by=person(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("breach:report", breach.district.slug, breach.case.number)
    return _done(request, breach, _("Agreed. The clocks were counted again."))


def _earlier(breach: Breach, by: Any, *, received_at: Any) -> None:
    move_receipt_earlier(breach, to=received_at, by=by)


@about_breach
def check(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Check a report from somebody nobody knows: it is genuine, or it is not."""
    form = bound(request, VerifyForm, district=breach.district)
    if taken(request, form, verify_report, breach, by=person(request)):
        return _done(request, breach, _("Noted as genuine."))
    return show(request, "check", breach, form, form=form)


@about_breach
def same_event(request: HttpRequest, breach: Breach) -> HttpResponse:
    """This is the same event as another breach: one goes on, with the earlier receipt."""
    others = same_event_candidates(breach, by=person(request))
    form = bound(request, SameEventForm, others=others)
    if taken(request, form, merge_breach, breach, by=person(request)):
        messages.success(request, _("Both are one breach now. The earlier receipt counts."))
        return redirect(form.cleaned_data["into"])
    return show(request, "same_event", breach, form, form=form, others=others)


@about_breach
def seen_by(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Who may see this breach, and naming one more person of the desk."""
    form = bound(request, LetInForm, breach=breach)
    if taken(request, form, let_in, breach, by=person(request)):
        return _done(request, breach, _("From now on this person sees the breach."))
    return show(request, "seen_by", breach, form, form=form, people=breach.case.allowed.order_by("name"))


def _done(request: HttpRequest, breach: Breach, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(breach)
