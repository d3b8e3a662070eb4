"""The vendor's side, thin: its own contracts, a signed PDF to upload, and which terms were not found."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from contracts.checklist import checklist
from contracts.forms import UploadForm, show_refusal
from contracts.models import Contract, ContractStatus, Verdict
from contracts.vendor import receive_from_vendor
from contracts.views.scope import files_sent, person, sent


def home(request: HttpRequest) -> HttpResponse:
    """The contracts of the vendors this person speaks for, in every district."""
    mine = Contract.objects.for_vendor_member(request.user).select_related(
        "case", "district", "vendor_file__vendor"
    )
    asked = [each for contract in mine for each in contract.cures.filter(status__in=("sent", "running"))]
    return render(request, "contracts/vendor_home.html", {"contracts": mine, "asked": asked})


def contract(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """One contract as its vendor sees it: the file, and the terms that were not found."""
    mine = Contract.objects.for_vendor_member(request.user).select_related(
        "case", "district", "vendor_file__vendor"
    )
    shown = get_object_or_404(mine, district__slug=district, case__number=number)
    form = UploadForm(sent(request), files_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            receive_from_vendor(shown, upload=form.cleaned_data["upload"], by=person(request))
        except ValidationError as refusal:
            if hasattr(refusal, "error_dict") and "file" in refusal.error_dict:
                refusal = ValidationError({"upload": refusal.error_dict["file"]})
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Thank you. The district has been told."))
            return redirect("vendor:contract", district, number)
    rows = checklist(shown)
    context = {
        "contract": shown,
        "form": form,
        "may_upload": shown.status != ContractStatus.VOID,
        "not_found": [row for row in rows if row.finding and row.finding.stands != Verdict.MET],
        "read": any(row.finding for row in rows),
        "asked": shown.cures.filter(status__in=("sent", "running")).first(),
    }
    return render(request, "contracts/vendor_contract.html", context, status=422 if form.is_bound else 200)
