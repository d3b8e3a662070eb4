"""The vendor's side: report a breach in a minute, get a receipt, add to it later."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from breaches.additions import amend_report, own_reports
from breaches.forms import AmendForm, VendorReportForm, show_refusal
from breaches.intake import record_report
from breaches.models import ReportChannel
from breaches.views.scope import bound, person, taken
from parties.models import Vendor, VendorQuerySet


def vendors_of(request: HttpRequest) -> VendorQuerySet:
    """The vendors this person speaks for; somebody who speaks for none has no page here."""
    mine = Vendor.objects.for_member(request.user).distinct()
    if not mine.exists():
        raise PermissionDenied
    return mine


def report_list(request: HttpRequest) -> HttpResponse:
    """The reports of the person's own vendors."""
    vendors_of(request)
    return render(request, "breaches/vendor_list.html", {"reports": own_reports(request.user)})


def new(request: HttpRequest) -> HttpResponse:
    """Report a breach for every district it names."""
    form = bound(request, VendorReportForm, vendors=vendors_of(request))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            report = record_report(
                districts=list(chosen["districts"]),
                channel=ReportChannel.SIGNED_IN,
                said=form.said(chosen["vendor"]),
                by=person(request),
            )
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            if report.was_known:
                messages.warning(
                    request, _("You sent this before: it is one report. Is there news? Add it below.")
                )
            else:
                messages.success(request, _("Received. This page is your receipt."))
            return redirect("vendor_report:detail", report.number)
    return render(request, "breaches/vendor_new.html", {"form": form}, status=422 if form.is_bound else 200)


def detail(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt: number, when each district had it, what was said; more can be added, nothing removed."""
    vendors_of(request)
    report = get_object_or_404(own_reports(request.user), number=number)
    form = bound(request, AmendForm)
    if taken(request, form, amend_report, report, by=person(request)):
        messages.success(request, _("Added. The districts have been told."))
        return redirect("vendor_report:detail", report.number)
    told = report.breaches.select_related("district").order_by("district__name")
    context = {"report": report, "form": form, "told": told, "amendments": report.vendors_amendments}
    return render(request, "breaches/vendor_report.html", context, status=422 if form.is_bound else 200)
