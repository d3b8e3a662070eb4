"""The vendor's side, thin: its own contracts, a signed PDF to upload, and which terms were not found."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts.checklist import checklist
from contracts.forms import AnswerForm, UploadForm, show_refusal
from contracts.models import Contract, ContractStatus, CurePeriod, CureStatus, Verdict
from contracts.vendor import answer_request, receive_from_vendor
from contracts.views.scope import files_sent, person, sent
from ledger.entries import Conflict
from policy.models import Deadline

ASKED = (CureStatus.SENT, CureStatus.RUNNING)


def home(request: HttpRequest) -> HttpResponse:
    """The contracts of the vendors this person speaks for, in every district."""
    mine = Contract.objects.for_vendor_member(request.user).select_related(
        "case", "district", "vendor_file__vendor"
    )
    asked = CurePeriod.objects.filter(contract__in=mine.values("pk"), status__in=ASKED)
    asked = asked.select_related("contract__case", "contract__district").order_by("pk")
    page = Paginator(mine, 25).get_page(request.GET.get("page"))
    return render(request, "contracts/vendor_home.html", {"contracts": page, "asked": asked})


def own_contract(request: HttpRequest, district: str, number: str) -> Contract:
    mine = Contract.objects.for_vendor_member(request.user).select_related(
        "case", "district", "vendor_file__vendor"
    )
    return get_object_or_404(mine, district__slug=district, case__number=number)


def contract(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """One contract as its vendor sees it: the file, and the terms that were not found."""
    shown = own_contract(request, district, number)
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
    return show(request, shown, form, AnswerForm(auto_id="answer_%s"))


@require_POST
def answer(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """The vendor has the request to amend, and may write back."""
    shown = own_contract(request, district, number)
    asked = get_object_or_404(shown.cures, status__in=ASKED)
    form = AnswerForm(request.POST, auto_id="answer_%s")
    if form.is_valid():
        try:
            answer_request(asked, by=person(request), **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("Thank you. The district has been told."))
            return redirect("vendor:contract", district, number)
    return show(request, shown, UploadForm(), form)


def show(request: HttpRequest, shown: Contract, form: UploadForm, reply: AnswerForm) -> HttpResponse:
    rows = checklist(shown)
    asked = shown.cures.filter(status__in=ASKED).first()
    context = {
        "contract": shown,
        "form": form,
        "reply": reply,
        "may_upload": shown.status != ContractStatus.VOID,
        "not_found": [row for row in rows if row.finding and row.finding.stands != Verdict.MET],
        "read": any(row.finding for row in rows),
        "asked": asked,
        "clocks": Deadline.objects.filter(obligation__trigger_ref=f"cure:{asked.pk}") if asked else (),
    }
    status = 422 if form.is_bound or reply.is_bound else 200
    return render(request, "contracts/vendor_contract.html", context, status=status)
