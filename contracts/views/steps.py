"""The steps of a contract's life: executed, the vendor asked, ended, access stopped, points stated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts import access, cure, exit
from contracts.asking import decide_delivery, recipients_of, send_notice_to_amend
from contracts.checklist import packs_of, requirement_of
from contracts.execution import correct_execution, execute_contract, foresee_execution
from contracts.forms import (
    AskForm,
    CertificateForm,
    CorrectDayForm,
    DeliveryForm,
    EndForm,
    ExecuteForm,
    PointForm,
    ReasonForm,
    ReturnForm,
    SuspendForm,
    VoidForm,
    show_refusal,
)
from contracts.letters import request_to_amend
from contracts.models import Contract, ContractStatus, CurePeriod, CureStatus
from contracts.review import is_short
from contracts.views.scope import about_contract, files_sent, may_edit, person, sent, whole_number
from ledger.clock import engine_now


def _answer(form: forms.Form, verb: Callable[..., Any], *args: Any, **given: Any) -> Any:
    """The verb's result; None when it refused, with the reasons beside the form's fields."""
    try:
        return verb(*args, **given)
    except ValidationError as refusal:
        show_refusal(form, refusal)
        return None


def _shown(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    context = {"form": form, "may_edit": may_edit(request, context["contract"].district), **context}
    return render(request, f"contracts/{template}.html", context, status=422 if form.is_bound else 200)


@about_contract
def execute(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Mark as executed: says when the notice is due, and why, before the button is pressed."""
    last = contract.instruments.filter(executed_on=None).last()
    first = {"instrument": last, "executed_on": _asked_day(request)}
    form = ExecuteForm(sent(request), contract=contract, initial=first)
    if request.method == "POST" and form.is_valid():
        done = _answer(form, execute_contract, contract, by=person(request), **form.cleaned_data)
        if done is not None:
            messages.success(request, _("Marked as executed."))
            if done.late:
                names = "; ".join(duty.title for duty in done.late)
                messages.warning(
                    request, _("Already late: %(names)s. Do it now; the record says so.") % {"names": names}
                )
            return redirect(contract)
    clocks, problem = _foreseen(request, contract, form, last)
    return _shown(request, "execute", form, contract=contract, clocks=clocks, problem=problem, paper=last)


@about_contract
def clocks(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The block that says when the notice would be due, for htmx."""
    last = contract.instruments.filter(executed_on=None).last()
    form = ExecuteForm(contract=contract)
    found, problem = _foreseen(request, contract, form, last)
    return render(
        request, "contracts/_clocks.html", {"contract": contract, "clocks": found, "problem": problem}
    )


@about_contract
def correct_day(request: HttpRequest, contract: Contract, pk: int) -> HttpResponse:
    """The day of the last signature was recorded wrongly."""
    paper = get_object_or_404(contract.instruments.exclude(executed_on=None), pk=pk)
    form = CorrectDayForm(sent(request), initial={"executed_on": paper.executed_on})
    valid = request.method == "POST" and form.is_valid()
    if valid and _answer(form, correct_execution, paper, by=person(request), **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect(contract)
    return _shown(request, "correct_day", form, contract=contract, paper=paper)


def _foreseen(
    request: HttpRequest, contract: Contract, form: ExecuteForm, last: Any
) -> tuple[list[Any], str]:
    day = _asked_day(request)
    if day is None or last is None:
        return [], ""
    asked = whole_number(request.GET.get("instrument", ""))
    paper = contract.instruments.filter(pk=asked).first() if asked is not None else last
    try:
        return foresee_execution(contract, executed_on=day, instrument=paper or last, by=person(request)), ""
    except ValidationError as refusal:
        return [], " ".join(refusal.messages)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("executed_on", "") or request.POST.get("executed_on", ""))
    except ValueError:
        return None


@about_contract
def ask(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Write what the vendor is asked to amend."""
    open_now = contract.cures.filter(status__in=cure.OPEN).first()
    if open_now is not None:
        return redirect("contract:cure", contract.district.slug, contract.case.number)
    short = [row for row in contract.findings.all() if is_short(row)]
    choices = [(str(row.pk), f"{requirement_of(row).label} {requirement_of(row).title}") for row in short]
    first = {"words": request_to_amend(contract, short), "findings": [pk for pk, _label in choices]}
    form = AskForm(sent(request), choices=choices, initial=first)
    if request.method == "POST" and form.is_valid():
        chosen = [int(pk) for pk in form.cleaned_data["findings"]]
        words = form.cleaned_data["words"]
        if _answer(form, cure.begin_cure, contract, findings=chosen, words=words, by=person(request)):
            return redirect("contract:cure", contract.district.slug, contract.case.number)
    return _shown(request, "ask", form, contract=contract, short=short)


@about_contract
def cure_page(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Where the request to amend stands, and its one next step."""
    asked = contract.cures.exclude(status=CureStatus.WITHDRAWN).first()
    if asked is None:
        return redirect("contract:ask", contract.district.slug, contract.case.number)
    step, form = _cure_step(request, contract, asked)
    if request.method == "POST" and form.is_valid():
        verb: Callable[..., Any] = cure.record_delivery if step == "sent" else cure.declare_void
        if _answer(form, verb, asked, by=person(request), **form.cleaned_data):
            return redirect(contract if step == "running" else request.path)
    context = {
        "asked": asked,
        "step": step,
        "stop": ReasonForm(prefix="stop"),
        "decide": ReasonForm(prefix="decide"),
        "voiding": cure.voiding(asked),
        "deliveries": asked.message.deliveries.order_by("pk") if asked.message else (),
        "has_address": bool(recipients_of(contract.vendor_file)),
    }
    return _shown(request, "cure", form, contract=contract, **context)


def _cure_step(request: HttpRequest, contract: Contract, asked: CurePeriod) -> tuple[str, forms.Form]:
    given = (sent(request), files_sent(request))
    if asked.status == CureStatus.SENT:
        return "sent", DeliveryForm(*given)
    if asked.status == CureStatus.RUNNING and cure.time_has_passed(asked, engine_now()):
        return "running", VoidForm(*given)
    return "wait", forms.Form(None)


@require_POST
@about_contract
def cure_send(request: HttpRequest, contract: Contract) -> HttpResponse:
    """E-mail the request to the vendor."""
    asked = get_object_or_404(contract.cures, status=CureStatus.DRAFT)
    try:
        send_notice_to_amend(asked, by=person(request))
        messages.success(request, _("The request is on its way to the vendor."))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("contract:cure", contract.district.slug, contract.case.number)


@require_POST
@about_contract
def cure_decide(request: HttpRequest, contract: Contract, pk: int) -> HttpResponse:
    """What became of an e-mail of which nobody could be sure."""
    asked = get_object_or_404(contract.cures, message__deliveries=pk)
    form = ReasonForm(request.POST, prefix="decide")
    if form.is_valid():
        arrived = request.POST.get("arrived") == "yes"
        decide_delivery(asked, delivery=pk, arrived=arrived, by=person(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Say why. It stays on record."))
    return redirect("contract:cure", contract.district.slug, contract.case.number)


@require_POST
@about_contract
def cure_sent(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The request went out."""
    asked = get_object_or_404(contract.cures, status=CureStatus.DRAFT)
    cure.give_notice_to_amend(asked, by=person(request))
    messages.success(request, _("Saved. The vendor's time starts when you have proof that it arrived."))
    return redirect("contract:cure", contract.district.slug, contract.case.number)


@require_POST
@about_contract
def cure_withdraw(request: HttpRequest, contract: Contract) -> HttpResponse:
    asked = contract.cures.filter(status__in=cure.OPEN).first()
    if asked is None:
        raise Http404
    form = ReasonForm(request.POST, prefix="stop")
    if form.is_valid() and _answer(form, cure.withdraw_cure, asked, by=person(request), **form.cleaned_data):
        return redirect(contract)
    messages.error(request, _("Say why. It stays on record."))
    return redirect("contract:cure", contract.district.slug, contract.case.number)


@about_contract
def leave(request: HttpRequest, contract: Contract) -> HttpResponse:
    """End the contract; after that, say that the data came back."""
    given = (sent(request), files_sent(request))
    over = contract.status != ContractStatus.EXECUTED
    form: forms.Form = ReturnForm(*given) if over else EndForm(*given)
    verb: Callable[..., Any] = exit.record_return if over else exit.end_contract
    valid = request.method == "POST" and form.is_valid()
    if valid and _answer(form, verb, contract, by=person(request), **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("contract:leave", contract.district.slug, contract.case.number)
    owed = exit.exit_duties(contract)
    return _shown(request, "leave", form, contract=contract, owed=owed, over=over)


@about_contract
def certificate(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The vendor's statement that every known copy is destroyed."""
    form = CertificateForm(sent(request), files_sent(request))
    valid = request.method == "POST" and form.is_valid()
    if valid and _answer(form, exit.record_certificate, contract, by=person(request), **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect(contract)
    return _shown(request, "certificate", form, contract=contract)


@about_contract
def suspend(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Stop the vendor's access, or give it back."""
    stopped = contract.suspensions.filter(lifted_at=None).first()
    form: forms.Form = ReasonForm(sent(request)) if stopped else SuspendForm(sent(request))
    if request.method == "POST" and form.is_valid():
        verb, about = (access.lift_suspension, stopped) if stopped else (access.suspend_access, contract)
        if _answer(form, verb, about, by=person(request), **form.cleaned_data):
            return redirect(contract)
    return _shown(request, "suspend", form, contract=contract, stopped=stopped)


@about_contract
def point(request: HttpRequest, contract: Contract, pack: str, point: str) -> HttpResponse:
    """Record what the vendor or the district states about one point."""
    asked = next(
        (each for known in packs_of(contract.district) if known.ref == pack for each in known.attestations
         if each.id == point),
        None,
    )  # fmt: skip
    if asked is None:
        raise Http404
    form = PointForm(sent(request), files_sent(request))
    if request.method == "POST" and form.is_valid():
        given = {"pack": pack, "point": point, **form.cleaned_data}
        if _answer(form, access.state_point, contract, by=person(request), **given):
            return redirect(contract)
    return _shown(request, "point", form, contract=contract, point=asked)


@require_POST
@about_contract
def clear(request: HttpRequest, contract: Contract) -> HttpResponse:
    """The vendor may have the data now."""
    try:
        access.clear_for_data(contract, by=person(request))
        messages.success(request, _("The vendor may have the data from today."))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(contract)
