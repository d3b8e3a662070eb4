"""The page of one duty, and the page of a district's yearly and standing duties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ledger.entries import Conflict
from ledger.models import Case
from parties.access import districts_of, has_role
from parties.forms import add_refusal, status_of
from parties.models import District, User
from policy import alerts, changes, pauses
from policy.claims import may_confirm_alone
from policy.editions import rule_of
from policy.forms import AloneForm, CancelForm, DeclineForm, DoneForm, PauseForm, StartForm
from policy.models import (
    Alert,
    ChangeKind,
    Deadline,
    DeadlineStatus,
    DutyChange,
    Obligation,
    ObligationStatus,
)
from policy.reports import may_be_reported, report_done
from policy.standing import STANDING
from policy.two_persons import MAY_AGREE, may_act_alone

ELSEWHERE: Final = {
    "set-parameter": "setup:parameters",
    "confirm-holidays": "setup:holidays",
    "yearly-drill": "breach:drill",
}
"""Standing duties that are done on a page of their own."""

WAITS: Final = gettext_lazy("Recorded. It counts once a second person confirms it. They have been told.")

FORMS: Final[Mapping[str, type[forms.Form]]] = {"done": DoneForm, "cancel": CancelForm, "start": StartForm}


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def district_of(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


def duty_of(request: HttpRequest, slug: str, pk: int) -> Obligation:
    """The duty, for somebody who may see its case; 404 for everybody else."""
    district = district_of(request, slug)
    seen = Obligation.objects.for_user(person(request)).select_related("case", "district")
    return get_object_or_404(seen, pk=pk, district=district)


def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return show(request, duty_of(request, slug, pk))


def show(
    request: HttpRequest, duty: Obligation, name: str = "", form: forms.BaseForm | None = None
) -> HttpResponse:
    """The duty's page; `form` is the one of `name` that was refused."""
    clocks = list(duty.deadlines.order_by("pack", "generation").prefetch_related("pauses"))
    is_open = duty.status == ObligationStatus.OPEN
    may_change = is_open and has_role(request.user, duty.district, *MAY_AGREE)
    offered = {
        "done": may_change and may_be_reported(duty),
        "cancel": may_change,
        "start": may_change and any(clock.due_at for clock in clocks),
    }
    context = {
        "district": duty.district,
        "duty": duty,
        "clocks": [clock for clock in clocks if clock.status != DeadlineStatus.SUPERSEDED],
        "replaced": [clock for clock in clocks if clock.status == DeadlineStatus.SUPERSEDED],
        "forms": {
            key: form if key == name else FORMS[key](auto_id=f"{key}_%s") for key in FORMS if offered[key]
        },
        "refused": name,
        "alone": may_change and may_act_alone(duty, person(request)),
        "changes": [_asked(change, person(request)) for change in _waiting(duty)] if is_open else [],
        "alone_form": form if name == "agree" else AloneForm(auto_id="agree_%s"),
        "may_change": may_change,
        "alerts": Alert.objects.filter(
            deadline__obligation=duty, acknowledged_at=None, message__isnull=False
        ).order_by("at")[:1],
        "pausable": [clock for clock in clocks if may_change and _may_pause(clock)],
        "pause_form": form if name == "pause" else PauseForm(auto_id="pause_%s"),
    }
    status = status_of(form) if form is not None else 200
    return render(request, "duties/detail.html", context, status=status)


@require_POST
def done(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)

    def act(form: forms.BaseForm) -> str:
        done = report_done(duty, by=person(request), **form.cleaned_data)
        return _("Recorded.") if done.status != ObligationStatus.OPEN else str(WAITS)

    return _act(request, duty, "done", DoneForm, act)


@require_POST
def cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)

    def act(form: forms.BaseForm) -> str:
        asked = changes.ask_cancel(duty, by=person(request), **form.cleaned_data)
        return _("A second person must agree. They have been told.") if asked else _("The duty is cancelled.")

    return _act(request, duty, "cancel", CancelForm, act)


@require_POST
def start(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)

    def act(form: forms.BaseForm) -> str:
        asked = changes.ask_start(duty, by=person(request), **form.cleaned_data)
        return (
            _("A second person must agree. They have been told.")
            if asked
            else _("The clocks were counted again.")
        )

    return _act(request, duty, "start", StartForm, act)


@require_POST
def pause(request: HttpRequest, slug: str, pk: int, clock: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)
    deadline = get_object_or_404(duty.deadlines, pk=clock)

    def act(form: forms.BaseForm) -> str:
        changes.ask_pause(deadline, by=person(request), **form.cleaned_data)
        return _("A second person must agree. They have been told.")

    return _act(request, duty, "pause", PauseForm, act)


@require_POST
def resume(request: HttpRequest, slug: str, pk: int, clock: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)
    return _press(
        request, duty, lambda: pauses.resume(get_object_or_404(duty.deadlines, pk=clock), by=person(request)),
        _("The clock runs again."),
    )  # fmt: skip


@require_POST
def agree(request: HttpRequest, slug: str, pk: int, change: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)
    asked = get_object_or_404(DutyChange, pk=change, obligation=duty)

    def act(form: forms.BaseForm) -> str:
        changes.agree(asked, by=person(request), **form.cleaned_data)
        return _("Agreed, and done.")

    return _act(request, duty, "agree", AloneForm, act)


def decline(request: HttpRequest, slug: str, pk: int, change: int) -> HttpResponse:
    duty = duty_of(request, slug, pk)
    asked = get_object_or_404(DutyChange, pk=change, obligation=duty)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        return _press(
            request, duty, lambda: changes.decline(asked, by=person(request), reason=reason), _("Declined.")
        )
    context = {"district": duty.district, "duty": duty, "change": asked, "form": form}
    return render(request, "duties/decline.html", context, status=status_of(form))


@require_POST
def answer(request: HttpRequest, slug: str, pk: int, alert: int) -> HttpResponse:
    """Somebody has seen the alarm and acts: the superintendent is not woken for it."""
    duty = duty_of(request, slug, pk)
    found = get_object_or_404(Alert, pk=alert, deadline__obligation=duty)
    return _press(
        request, duty, lambda: alerts.acknowledge(found, by=person(request)), _("Noted: you are on it.")
    )


def standing(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """A district's yearly and standing duties: what is open, and what was done last."""
    district = district_of(request, slug)
    case = get_object_or_404(
        Case.objects.for_user(person(request)), district=district, kind=STANDING, number=number
    )
    duties = Obligation.objects.filter(case=case).prefetch_related("deadlines")
    context = {
        "district": district,
        "case": case,
        "open": [(duty, _page_of(duty)) for duty in duties.open().soonest_first()],
        "ended": duties.exclude(status=ObligationStatus.OPEN).order_by("-settled_at")[:30],
    }
    return render(request, "duties/standing.html", context)


def standing_act(request: HttpRequest, slug: str, number: str, rule: str) -> HttpResponse:
    """Where a standing duty is done: the set-up desk's page, or the duty's own."""
    district = district_of(request, slug)
    seen = Obligation.objects.for_user(person(request)).open().soonest_first()
    duty = seen.filter(district=district, case__kind=STANDING, case__number=number, rule=rule).first()
    if duty is None:
        return redirect("standing:detail", slug, number)
    return redirect(_page_of(duty))


def _page_of(duty: Obligation) -> str:
    try:
        return reverse(ELSEWHERE[duty.rule], args=[duty.district.slug])
    except (KeyError, NoReverseMatch):
        return duty.get_absolute_url()


def _waiting(duty: Obligation) -> QuerySet[DutyChange]:
    found = duty.changes.filter(is_agreed=None).select_related("asked_by", "proof", "district", "case")
    return found.select_related("obligation__district").order_by("pk")


def _asked(change: DutyChange, by: User) -> dict[str, Any]:
    """What a person asks for, where its proof can be read, and whether they may confirm it themselves."""
    proof_url = ""
    if change.proof is not None:
        where = [change.district.slug, change.case.number, change.proof.uuid]
        with suppress(NoReverseMatch):
            proof_url = reverse(f"{change.case.kind}:download", args=where)
    return {
        "row": change,
        "proof_url": proof_url,
        "is_own": change.asked_by_id == by.pk,
        "alone": change.kind == ChangeKind.DONE and may_confirm_alone(change, by),
    }


def _may_pause(clock: Deadline) -> bool:
    rule = rule_of(clock)
    return clock.status == DeadlineStatus.RUNNING and rule is not None and rule.may_pause


def _act(
    request: HttpRequest,
    duty: Obligation,
    name: str,
    kind: type[forms.Form],
    act: Callable[[forms.BaseForm], str],
) -> HttpResponse:
    """Do what a form says. Its times are on the district's wall clock. A refusal lands beside its field."""
    with timezone.override(ZoneInfo(duty.district.zone)):
        form = kind(request.POST, request.FILES, auto_id=f"{name}_%s")
        valid = form.is_valid()
    if valid:
        try:
            messages.success(request, act(form))
            return redirect(duty)
        except ValidationError as error:
            add_refusal(form, error)
        except Conflict as error:
            messages.error(request, str(error))
            return redirect(duty)
    return show(request, duty, name, form)


def _press(request: HttpRequest, duty: Obligation, act: Callable[[], Any], said: str) -> HttpResponse:
    """Do what one button says; a refusal is shown on top of the duty's page."""
    try:
        act()
        messages.success(request, said)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect(duty)
