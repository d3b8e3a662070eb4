"""Clause review: the list of terms beside the page's picture, one question at a time, or many together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from contracts.checklist import Row, checklist
from contracts.forms import FindingForm, show_refusal
from contracts.models import ClauseFinding, Contract, Page, Shortfall, Verdict
from contracts.paper import local_copy
from contracts.passages import marked_text, rects_on
from contracts.printing import PDF
from contracts.reading import page_png
from contracts.review import (
    confirm_batch,
    confirm_finding,
    correct_finding,
    mark_not_applicable,
    same_passage,
)
from contracts.views.scope import about_contract, may_edit, person, sent, whole_number
from ledger.models import Document


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of the contract shown beside the question."""

    page: Page
    pages: int
    rects: list[tuple[float, float, float, float]]

    @property
    def document(self) -> Document:
        return self.page.document

    @property
    def is_picture(self) -> bool:
        return self.page.source != "flow" and self.page.width > 0


@about_contract
def review(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Open the first term that still needs eyes; when none does, the list with what was decided."""
    rows = checklist(contract)
    waiting = next((row.finding for row in _in_order(rows) if row.finding and not row.finding.decision), None)
    if waiting is not None and "all" not in request.GET:
        return redirect("contract:finding", contract.district.slug, contract.case.number, waiting.pk)
    return render(request, "contracts/review.html", _context(request, contract, rows, None))


@about_contract
def finding(request: HttpRequest, contract: Contract, pk: int) -> HttpResponse:
    """One term: the question, the quote, the page. The answer is a person's."""
    rows = checklist(contract)
    row = next((each for each in rows if each.finding is not None and each.finding.pk == pk), None)
    if row is None or row.finding is None:
        raise Http404
    alike = same_passage(row.finding)
    form = FindingForm(sent(request), answers=_answers(row, alike), initial=_chosen_lines(request, contract))
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, row.finding, alike, form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            return _go_on(request, contract)
    context = _context(request, contract, rows, row) | {
        "form": form,
        "alike": [_label(rows, a) for a in alike],
    }
    return render(request, "contracts/review.html", context, status=422 if form.is_bound else 200)


@about_contract
def together(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Every quote of the found terms on one page, and one button for all of them."""
    rows = checklist(contract)
    ready = set(contract.findings.proposed_met().values_list("pk", flat=True))
    chosen = [row for row in rows if row.finding is not None and row.finding.pk in ready]
    if request.method == "POST":
        try:
            ids = [pk for pk in map(whole_number, request.POST.getlist("finding")) if pk is not None]
            confirm_batch(contract, findings=ids, by=person(request))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("%(count)s terms are confirmed.") % {"count": len(ids)})
            return _go_on(request, contract)
    context = {"contract": contract, "rows": chosen, "may_edit": may_edit(request, contract.district)}
    return render(
        request, "contracts/together.html", context, status=422 if request.method == "POST" else 200
    )


@about_contract
def page_text(request: HttpRequest, contract: Contract, document: str, page: int) -> HttpResponse:
    """One page as text, the passage in <mark>, each line to be chosen for a term."""
    stored = _page(contract, document, page)
    term = _term(request, contract)
    passages = [
        quote["text"]
        for quote in (_shown(term) if term else [])
        if quote["page"] == page and quote["document"] == stored.document_id
    ]
    context = {
        "contract": contract,
        "page": stored,
        "pages": Page.objects.filter(document=stored.document).count(),
        "finding": term,
        "pieces": marked_text(stored.text, passages),
        "lines": [line for line in stored.text.splitlines() if line.strip()],
    }
    return render(request, "contracts/page_text.html", context)


@about_contract
def page_image(request: HttpRequest, contract: Contract, document: str, page: int) -> HttpResponse:
    """The picture of a page. It never changes for these bytes, so the browser may keep it."""
    stored = _page(contract, document, page)
    if stored.document.content_type != PDF:
        raise Http404  # a Word or text file has words and no picture of a page
    tag = f'"{stored.document.sha256[:32]}-{page}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304)
    with local_copy(stored.document) as path:
        picture = page_png(path, page, 1.5)
    answer = HttpResponse(picture, content_type="image/png")
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    answer["ETag"] = tag
    return answer


def _context(
    request: HttpRequest, contract: Contract, rows: list[Row], open_row: Row | None
) -> dict[str, Any]:
    undecided = [row for row in rows if row.finding is not None and not row.finding.decision]
    sure = [
        row for row in undecided if row.finding and row.finding.verdict == Verdict.MET and row.finding.sure
    ]
    sheet = _sheet(request, contract, open_row.finding if open_row else None)
    return {
        "contract": contract,
        "rows": rows,
        "open": open_row,
        "sheet": sheet,
        "whole": request.GET.get("view") == "whole",
        "waiting": len(undecided),
        "need_eyes": len(undecided) - len(sure),
        "together": len(sure),
        "found": sum(row.finding is not None and row.finding.stands == Verdict.MET for row in rows),
        "may_edit": may_edit(request, contract.district),
    }


def _in_order(rows: list[Row]) -> list[Row]:
    """What needs eyes first: unsure and short before what may be confirmed together."""
    return sorted(
        rows, key=lambda row: bool(row.finding and row.finding.verdict == Verdict.MET and row.finding.sure)
    )


def _answers(row: Row, alike: list[ClauseFinding]) -> list[tuple[str, str]]:
    assert row.finding is not None
    answers = []
    if row.finding.quotes:
        answers.append(("yes", _("Yes")))
    if alike and row.finding.verdict == Verdict.MET:
        labels = ", ".join(each.requirement.upper() for each in alike)
        answers.append(("yes_for_all", _("Yes, and it also answers %(terms)s") % {"terms": labels}))
    if row.finding.nearest:
        answers.append(("nearest", _("Yes, the nearest words say it")))
    answers.append(("elsewhere", _("It is on another page")))
    answers.append(("no", _("No. Ask the vendor to add it")))
    if row.requirement.may_be_not_applicable:
        answers.append(("not_applicable", _("It does not apply to this contract")))
    return answers


def _decide(
    request: HttpRequest, found: ClauseFinding, alike: list[ClauseFinding], given: dict[str, Any]
) -> None:
    by, answer, reason = person(request), given["answer"], given["reason"]
    if answer == "not_applicable":
        mark_not_applicable(found, reason=reason, by=by)
    elif answer == "no":
        absent = given["shortfall"] == Shortfall.ABSENT
        verdict = Verdict.MISSING if absent else Verdict.DEFICIENT
        correct_finding(found, verdict=verdict, shortfall=given["shortfall"], reason=reason, by=by)
    elif answer == "elsewhere":
        quote = {"page": given["page"] or 0, "text": given["text"]}
        document = whole_number(request.GET.get("document", ""))
        if document is not None:
            quote["document"] = document
        correct_finding(found, verdict=Verdict.MET, quotes=[quote], reason=reason, by=by)
    elif answer == "nearest":
        near = [
            {"document": each["document"], "page": each["page"] or 1, "text": each["text"]}
            for each in found.nearest
        ]
        correct_finding(found, verdict=Verdict.MET, quotes=near, reason=reason, by=by)
    elif found.verdict == Verdict.MET and not found.decision:
        confirm_finding(found, also=alike if answer == "yes_for_all" else (), by=by)
    else:
        correct_finding(found, verdict=Verdict.MET, reason=reason, by=by)


def _go_on(request: HttpRequest, contract: Contract) -> HttpResponse:
    if contract.findings.undecided().exists():
        return redirect("contract:review", contract.district.slug, contract.case.number)
    messages.success(request, _("Every term is decided."))
    return redirect(contract)


def _chosen_lines(request: HttpRequest, contract: Contract) -> dict[str, Any]:
    """Lines that the person ticked on the page's text come back into the form."""
    lines = request.GET.getlist("line")[:40]
    return {"text": "\n".join(lines)[:5000], "page": request.GET.get("page") if lines else None}


def _sheet(request: HttpRequest, contract: Contract, found: ClauseFinding | None) -> Sheet | None:
    quotes = _shown(found) if found else []
    first = next((quote for quote in quotes if quote["page"]), None)
    papers = contract.instruments.with_a_copy()
    asked = whole_number(request.GET.get("document", ""))
    document = asked if asked is not None else first["document"] if first else None
    paper = papers.filter(document=document).first() if document else papers.first()
    if paper is None or paper.document_id is None:
        return None
    number = whole_number(request.GET.get("page", ""))
    wanted = number if number is not None else first["page"] if first else 1
    pages = Page.objects.filter(document=paper.document_id).select_related("document").defer("text", "words")
    shown = pages.filter(number=wanted).first()
    if shown is None:
        return None
    return Sheet(shown, pages.count(), rects_on(quotes, document=paper.document_id, page=wanted))


def _shown(found: ClauseFinding) -> list[dict[str, Any]]:
    """What is marked on the page: the quotes, or of a term that was not found the words nearest to it."""
    near: list[dict[str, Any]] = found.nearest if found.stands == Verdict.MISSING else []
    return found.passages or near


def _page(contract: Contract, document: str, page: int) -> Page:
    mine = Page.objects.filter(case=contract.case_id, document__uuid=document).select_related("document")
    return get_object_or_404(mine, number=page)


def _term(request: HttpRequest, contract: Contract) -> ClauseFinding | None:
    asked = whole_number(request.GET.get("finding", ""))
    return contract.findings.filter(pk=asked).first() if asked is not None else None


def _label(rows: list[Row], found: ClauseFinding) -> str:
    row = next(each for each in rows if each.finding is not None and each.finding.pk == found.pk)
    return f"{row.requirement.label} {row.requirement.title}"
