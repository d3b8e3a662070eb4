"""The form that needs no sign-in: by a vendor's link, or open to everybody (then nobody is believed yet)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from breaches.forms import OpenReportForm, show_refusal
from breaches.links import TooMany, find_link, report_by_link
from breaches.models import VendorReport
from breaches.views.scope import bound
from parties.access import acting_in, visible_districts
from parties.models import District

RECEIPT = "breach_report_received"


@login_not_required
@never_cache
def report(request: HttpRequest, district: str, token: str = "") -> HttpResponse:
    """Take a report. A link that is dead or guessed gets the same open form, and says so plainly (A29)."""
    here = get_object_or_404(District, slug=district)
    with acting_in(*{*visible_districts(), here.pk}), timezone.override(here.tz):
        link = find_link(here, token)
        form = bound(request, OpenReportForm, vendor=link.vendor if link else None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    taken, _good = report_by_link(district=here, token=token, said=form.said())
                except TooMany as refusal:
                    show_refusal(form, refusal)
                    status = 429
                except ValidationError as refusal:
                    show_refusal(form, refusal)
                else:
                    request.session[RECEIPT] = taken.number
                    return redirect("breach:received", here.slug)
        context = {"district": here, "form": form, "link": link, "is_dead": bool(token) and link is None}
        return _private(render(request, "breaches/open_report.html", context, status=status))


@login_not_required
@never_cache
def received(request: HttpRequest, district: str) -> HttpResponse:
    """The receipt: its number and the moment the district had it; nothing of what was said."""
    here = get_object_or_404(District, slug=district)
    number = request.session.get(RECEIPT, "")
    report = get_object_or_404(VendorReport, number=number)
    with timezone.override(here.tz):
        return _private(render(request, "breaches/received.html", {"district": here, "report": report}))


def _private(response: HttpResponse) -> HttpResponse:
    """The address may hold a link's token: it is never sent on to another site."""
    response["Referrer-Policy"] = "no-referrer"
    return response
