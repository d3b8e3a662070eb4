"""Files of a contract: served to those who may see it, and the public copy with what it hides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts.models import Contract, Instrument, Page, RedactionBox
from contracts.printing import print_paper, printed_pages
from contracts.redaction import (
    confirm_public_copy,
    draft_copy,
    make_public_copy,
    public_copy,
    unmark_box,
)
from contracts.views.marking import Marking, ruler_of
from contracts.views.scope import about_contract, contract_of_page, may_edit, person, whole_number
from ledger.documents import Quarantined, hand_over
from ledger.models import Document
from ledger.packets import packet


def download(request: HttpRequest, district: str, number: str, document: str) -> HttpResponseBase:
    """One file of the contract, as a download."""
    contract = contract_of_page(request, district, number)
    seen = Document.objects.for_user(request.user).filter(case=contract.case)
    file = get_object_or_404(seen, uuid=document)
    try:
        return hand_over(file, by=person(request))
    except Quarantined as error:
        return render(request, "contracts/waiting.html", {"contract": contract, "words": error}, status=409)


@require_POST
@about_contract
def make_packet(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The evidence packet: made anew, kept with its hash, and handed over."""
    made = packet(case=contract.case, by=person(request))
    return redirect("contract:download", contract.district.slug, contract.case.number, made.uuid)


@about_contract
def public_copy_page(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Mark what the public must not see, page by page; make the copy; look at it; confirm it."""
    paper = _paper(request, contract)
    printed = printed_pages(paper)
    if printed is None:
        return render(request, "contracts/print.html", _first(request, contract, paper))
    number = whole_number(request.GET.get("page", "1"))
    page = get_object_or_404(Page, document=printed, number=1 if number is None else number)
    marking = Marking.of(request, page)
    if marking.hide(request, paper):
        return _back(paper, page=page.number)
    boxes = list(RedactionBox.objects.filter(document=printed).select_related("marked_by"))
    context = {
        **_first(request, contract, paper),
        "page": page,
        "pages": Page.objects.filter(document=printed).count(),
        "is_set_by_us": printed != paper.document,
        "boxes": boxes,
        "here": [box for box in boxes if box.page == page.number],
        "ruler": ruler_of(page) if "ruler" in request.GET else None,
        "marking": marking,
    }
    return render(request, "contracts/public_copy.html", context, status=422 if marking.is_refused else 200)


def _first(request: HttpRequest, contract: Contract, paper: Instrument) -> dict[str, Any]:
    return {
        "contract": contract,
        "paper": paper,
        "papers": contract.instruments.with_a_copy(),
        "draft": draft_copy(paper),
        "confirmed": public_copy(paper),
        "may_edit": may_edit(request, contract.district),
    }


@require_POST
@about_contract
def print_pages(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Set a Word or text file on pages that can be looked at, marked and posted."""
    paper = _paper(request, contract)
    try:
        print_paper(paper, by=person(request))
        messages.success(request, _("The pages are ready. Hide what the public must not see."))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return _back(paper)


@require_POST
@about_contract
def unmark(request: HttpRequest, contract: Contract, pk: int) -> HttpResponse:
    paper = _paper(request, contract)
    box = get_object_or_404(RedactionBox, pk=pk, case=contract.case_id, document=printed_pages(paper))
    unmark_box(box, by=person(request))
    return _back(paper, page=box.page)


@require_POST
@about_contract
def make_copy(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Make the copy to look at."""
    paper = _paper(request, contract)
    try:
        make_public_copy(paper, by=person(request))
        messages.success(request, _("The copy is ready. Open it, look at every page, then confirm it."))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return _back(paper)


@require_POST
@about_contract
def confirm_copy(request: HttpRequest, contract: Contract) -> HttpResponse:
    """This is what the public may get."""
    draft = draft_copy(_paper(request, contract))
    if draft is None:
        raise Http404
    confirm_public_copy(draft, by=person(request))
    messages.success(request, _("Confirmed. This copy is posted with the notice."))
    return redirect(contract)


def _paper(request: HttpRequest, contract: Contract) -> Instrument:
    """The paper that the address names (`?paper=`), else the contract itself."""
    papers = contract.instruments.with_a_copy().select_related("document", "contract__case")
    if "paper" in request.GET:
        number = whole_number(request.GET["paper"])
        papers = papers.filter(pk=number) if number is not None else papers.none()
    paper = papers.first()
    if paper is None:
        raise Http404
    return paper


def _back(paper: Instrument, *, page: int = 1) -> HttpResponse:
    contract = paper.contract
    here = reverse("contract:public_copy", args=[contract.district.slug, contract.case.number])
    return redirect(f"{here}?paper={paper.pk}&page={page}")
