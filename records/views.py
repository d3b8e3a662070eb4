"""Pages of the records room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ledger.clock import engine_now
from ledger.models import Case
from parties.access import districts_of, require_role
from parties.forms import add_refusal, status_of
from parties.models import District, Role, User
from records import custody, disposal, holds
from records.forms import (
    AuthoriseForm,
    DesignationForm,
    DisposalForm,
    DoneForm,
    HoldForm,
    RefuseForm,
    ReleaseForm,
    RetentionRuleForm,
    TellForm,
    TrainingForm,
)
from records.models import Disposition, HoldNotice, LitigationHold


def district_of(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def did(form: forms.BaseForm, act: Callable[[], Any]) -> bool:
    """Whether the form is sound and the verb did its work; a refusal lands beside its field."""
    if not form.is_valid():
        return False
    try:
        act()
    except ValidationError as error:
        add_refusal(form, error)
        return False
    return True


def home(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    today = engine_now().astimezone(district.tz).date()
    holds_seen = LitigationHold.objects.for_user(person(request))
    disposals = Disposition.objects.filter(district=district)
    context = {
        "district": district,
        "holds": holds_seen.filter(case__district=district).select_related("case__district"),
        "disposals": Paginator(disposals.select_related("case__district"), 25).get_page(
            request.GET.get("page")
        ),
        "gaps": custody.places_without_custodian(district),
        "designations": district.designations.filter(until=None).select_related("user", "school"),
        "untrained": custody.untrained(district, today),
        "trained": district.trainings.filter(good_until__gt=today).count(),
        "rules": district.retention_rules.all(),
        "to_acknowledge": HoldNotice.objects.filter(
            user=person(request), acknowledged_at=None, case__district=district
        ).select_related("case"),
    }
    return render(request, "records/home.html", context)


def _form_page(
    request: HttpRequest, district: District, title: str, button: str, form: forms.BaseForm, lead: str = ""
) -> HttpResponse:
    context = {"district": district, "title": title, "button": button, "form": form, "lead": lead}
    return render(request, "records/form.html", context, status=status_of(form))


def new_hold(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    require_role(request.user, district, *holds.MAY_PLACE)
    form = HoldForm(request.POST or None, request.FILES or None, district=district, user=person(request))
    placed: list[LitigationHold] = []

    def act() -> None:
        placed.append(holds.place_hold(district=district, by=person(request), **form.cleaned_data))

    if request.method == "POST" and did(form, act):
        messages.success(request, _("The hold is in force."))
        return redirect(placed[0].case)
    lead = _("From the moment you place it, nothing it covers can be deleted here.")
    return _form_page(request, district, _("Place a litigation hold"), _("Place the hold"), form, lead)


def hold_of(request: HttpRequest, district: District, number: str) -> LitigationHold:
    mine = LitigationHold.objects.for_user(person(request)).select_related("case__district")
    return get_object_or_404(mine, case__district=district, case__number=number)


def hold_detail(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    hold = hold_of(request, district_of(request, slug), number)
    form = ReleaseForm(request.POST or None, request.FILES or None)

    def act() -> None:
        holds.ask_release(hold, release=form.cleaned_data["release"], by=person(request))

    if request.method == "POST" and did(form, act):
        messages.success(request, _("Now a second person can release the hold."))
        return redirect(hold.case)
    return _hold_page(request, hold, form, TellForm(hold=hold, prefix="tell"), status_of(form))


@require_POST
def tell(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Tell one more person of the hold: whoever took office since it was placed, for example."""
    hold = hold_of(request, district_of(request, slug), number)
    form = TellForm(request.POST, hold=hold, prefix="tell")

    def act() -> None:
        holds.tell_of_hold(hold, user=form.cleaned_data["user"], by=person(request))

    if did(form, act):
        return redirect(hold.case)
    return _hold_page(request, hold, ReleaseForm(), form, status_of(form))


def _hold_page(
    request: HttpRequest, hold: LitigationHold, form: ReleaseForm, tell: TellForm, status: int
) -> HttpResponse:
    held, seen = hold.case.held.all(), Case.objects.for_user(person(request))
    context = {
        "district": hold.case.district,
        "hold": hold,
        "form": form,
        "tell": tell,
        "held": held.filter(case__in=seen).select_related("case__district").order_by("pk"),
        "unseen": held.exclude(case__in=seen).count(),
        "notices": hold.case.hold_notices.select_related("user"),
    }
    return render(request, "records/hold.html", context, status=status)


@require_POST
def release(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    hold = hold_of(request, district_of(request, slug), number)
    try:
        holds.release_hold(hold, by=person(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The hold is released."))
    return redirect(hold.case)


@require_POST
def acknowledge(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    district = district_of(request, slug)
    notice = get_object_or_404(HoldNotice, pk=pk, user=person(request), case__district=district)
    holds.acknowledge_hold(notice, by=person(request))
    messages.success(request, _("Thank you. It is on record that you were told."))
    return redirect("records:home", slug)


def designate(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    require_role(request.user, district, Role.SUPERINTENDENT, Role.ADMINISTRATOR)
    form = DesignationForm(request.POST or None, district=district)

    def act() -> None:
        custody.designate(district=district, by=person(request), **form.cleaned_data)

    if request.method == "POST" and did(form, act):
        return redirect("records:home", slug)
    return _form_page(request, district, _("Name a custodian of records"), _("Name this person"), form)


def train(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    require_role(request.user, district, Role.CUSTODIAN, Role.ADMINISTRATOR, Role.SUPERINTENDENT)
    form = TrainingForm(request.POST or None, district=district)

    def act() -> None:
        custody.record_training(district=district, by=person(request), **form.cleaned_data)

    if request.method == "POST" and did(form, act):
        return redirect("records:home", slug)
    return _form_page(request, district, _("Record a training"), _("Record it"), form)


def new_rule(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    require_role(request.user, district, Role.CUSTODIAN, Role.ADMINISTRATOR)
    form = RetentionRuleForm(request.POST or None)

    def act() -> None:
        disposal.add_rule(district=district, by=person(request), **form.cleaned_data)

    if request.method == "POST" and did(form, act):
        return redirect("records:home", slug)
    return _form_page(request, district, _("Add a retention rule"), _("Add the rule"), form)


def new_disposal(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    require_role(request.user, district, Role.CUSTODIAN, Role.ADMINISTRATOR)
    form = DisposalForm(request.POST or None, district=district)
    made: list[Disposition] = []

    def act() -> None:
        made.append(disposal.propose_disposal(by=person(request), **form.cleaned_data))

    if request.method == "POST" and did(form, act):
        return redirect(made[0].case)
    return _form_page(request, district, _("Propose records for disposal"), _("Propose it"), form)


def disposal_of(request: HttpRequest, district: District, number: str) -> Disposition:
    known = Disposition.objects.filter(district=district).select_related("case__district", "rule")
    return get_object_or_404(known, case__number=number)


def disposal_detail(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """One disposal: a second person authorises it, then somebody records that it was done."""
    district = district_of(request, slug)
    row = disposal_of(request, district, number)
    authorise = AuthoriseForm(request.POST or None, request.FILES or None)
    done = DoneForm(request.POST or None)
    step: forms.BaseForm = authorise if row.status == "proposed" else done

    def act() -> None:
        if step is authorise:
            paper = authorise.cleaned_data["authorisation"]
            disposal.authorise_disposal(row, authorisation=paper, by=person(request))
        else:
            disposal.record_disposal(row, method=done.cleaned_data["method"], by=person(request))

    if request.method == "POST" and did(step, act):
        return redirect(row.case)
    return _disposal_page(request, row, step, RefuseForm(prefix="refuse"), status_of(step))


@require_POST
def refuse_disposal(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The records are kept, because …"""
    row = disposal_of(request, district_of(request, slug), number)
    form = RefuseForm(request.POST, prefix="refuse")

    def act() -> None:
        disposal.refuse_disposal(row, by=person(request), **form.cleaned_data)

    if did(form, act):
        return redirect(row.case)
    step: forms.BaseForm = AuthoriseForm() if row.status == "proposed" else DoneForm()
    return _disposal_page(request, row, step, form, status_of(form))


def _disposal_page(
    request: HttpRequest, row: Disposition, step: forms.BaseForm, refuse: RefuseForm, status: int
) -> HttpResponse:
    refused = row.case.entries.filter(act="disposal-refused").select_related("by").last()
    context = {"district": row.district, "disposal": row, "form": step, "refuse": refuse, "refused": refused}
    return render(request, "records/disposal.html", context, status=status)
