"""Taking in a contract: upload, reading with progress, "is this right?", and later papers."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from contracts.forms import PaperForm, StartForm, TermsForm, show_refusal, terms_of
from contracts.intake import change_terms, open_vendor_file, receive_instrument, record_contract
from contracts.models import Contract, InstrumentKind, Scope
from contracts.read import READING
from contracts.roles import require_editor
from contracts.terms import Terms
from contracts.views.scope import about_contract, district_of_page, files_sent, person, sent, whole_number
from ledger.models import Job, JobStatus
from parties.models import District

FACT_FIELDS = {
    "starts_on": "starts_on",
    "ends_on": "ends_on",
    "breach_hours": "agreed_breach_hours",
}
DATE_FORMS = ("%B %d, %Y", "%B %d %Y", "%d %B %Y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d")


def start(request: HttpRequest, district: str) -> HttpResponse:
    """Step 1 of a new contract. All of it is saved, or nothing."""
    here = district_of_page(request, district)
    require_editor(person(request), here)
    form = StartForm(sent(request), files_sent(request), district=here, initial=_chosen(request))
    if request.method == "POST" and form.is_valid():
        try:
            contract = _save_start(request, here, form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, _renamed(refusal))
        else:
            messages.success(request, _("Saved as number %(number)s.") % {"number": contract.case.number})
            step = "contract:reading" if contract.instruments.exists() else "contract:terms"
            return redirect(step, here.slug, contract.case.number)
    status = 422 if form.is_bound else 200
    return render(request, "contracts/start.html", {"form": form, "district": here}, status=status)


@about_contract
def reading(request: HttpRequest, contract: Contract) -> HttpResponse:
    """How far the computer is. Without scripts the page asks to be loaded again."""
    return render(request, "contracts/reading.html", {"contract": contract, "job": _job(contract)})


@about_contract
def reading_progress(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The same block for htmx to ask for: one indexed row."""
    return render(request, "contracts/_progress.html", {"contract": contract, "job": _job(contract)})


@about_contract
def terms(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Step 3: is this right? What was read stands in the form with its page; saving is the person's act."""
    facts = _facts(contract)
    first = {**terms_of(contract), **{k: v for k, v in _proposed(contract, facts).items() if v}}
    form = TermsForm(sent(request), district=contract.district, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            change_terms(contract, terms=form.terms(), by=person(request))
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The terms are saved."))
            return redirect(_after_terms(contract), contract.district.slug, contract.case.number)
    context = {"contract": contract, "form": form, "facts": facts}
    return render(request, "contracts/terms.html", context, status=422 if form.is_bound else 200)


@about_contract
def add_paper(request: HttpRequest, contract: Contract) -> HttpResponse:
    """A renewal, an amendment, an accepted offer, or a better copy of the unsigned contract."""
    require_editor(person(request), contract.district)
    form = PaperForm(sent(request), files_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            paper = receive_instrument(contract, by=person(request), **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, _renamed(refusal))
        else:
            step = "contract:reading" if paper.document_id else "contract:execute"
            return redirect(step, contract.district.slug, contract.case.number)
    context = {"contract": contract, "form": form}
    return render(request, "contracts/add_paper.html", context, status=422 if form.is_bound else 200)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    return {"vendor_file": request.GET.get("vendor") or None}


def _save_start(request: HttpRequest, district: District, given: dict[str, Any]) -> Contract:
    by = person(request)
    with transaction.atomic():
        file = given["vendor_file"] or open_vendor_file(
            district=district, name=given["vendor_name"], kind=given["vendor_kind"], by=by
        )
        terms = Terms(
            product=given["product"],
            purpose_kind=given["purpose_kind"],
            scope=given["scope"],
            scope_reason=given["scope_reason"],
        )
        contract = record_contract(file, terms=terms, by=by)
        if given["upload"] is not None or given["scope"] == Scope.APPLIES:
            receive_instrument(
                contract,
                kind=InstrumentKind.ORIGINAL,
                agreed_how=given["agreed_how"],
                terms_address=given["terms_address"],
                upload=given["upload"],
                by=by,
            )
    return contract


def _renamed(refusal: ValidationError) -> ValidationError:
    """The verbs' names for fields, as this page calls them."""
    names = {"file": "upload", "name": "vendor_name", "kind": "vendor_kind"}
    if not hasattr(refusal, "error_dict"):
        return refusal
    return ValidationError({names.get(name, name): errors for name, errors in refusal.error_dict.items()})


def _job(contract: Contract) -> Job | None:
    return Job.objects.filter(case=contract.case_id, kind=READING).first()


def _facts(contract: Contract) -> list[dict[str, Any]]:
    """What reading found in the papers, each with its page; the last paper speaks last."""
    return [fact for paper in contract.instruments.all() for fact in paper.proposed]


def _proposed(contract: Contract, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """First values of the form for what nobody has recorded yet."""
    values: dict[str, Any] = {}
    for fact in facts:
        name = FACT_FIELDS.get(fact["name"])
        if name and getattr(contract, name) in (None, ""):
            values[name] = _typed(name, fact["value"])
    return values


def _typed(name: str, value: str) -> Any:
    if name.endswith("_on"):
        return read_day(value)
    return whole_number(value)


def read_day(words: str) -> date | None:
    """The day that a contract's words name, where they name one plainly."""
    for form in DATE_FORMS:
        with suppress(ValueError):
            return datetime.strptime(" ".join(words.split()), form).date()  # noqa: DTZ007 (a day, no instant)
    return None


def _after_terms(contract: Contract) -> str:
    job = _job(contract)
    if contract.in_scope and job is not None and job.status == JobStatus.DONE:
        return "contract:review"
    return "contract:detail"
