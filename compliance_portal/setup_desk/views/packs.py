"""The laws and policies a district follows, and what they leave to it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.steps import adopted_parameters, parameter_values
from compliance_portal.setup_desk.views.counsel import waiting_in
from compliance_portal.setup_desk.views.scope import code, desk_of, next_step, person, refusal, show
from ledger.entries import Conflict
from parties.access import districts_of, require_role
from policy.adoptions import MAY_ADOPT, adopt_pack, end_adoption, keep_adoption, set_parameter
from policy.packs import load


def packs(request: HttpRequest, slug: str) -> HttpResponse:
    """Which laws and policies the district follows, and what each will oblige it to do."""
    district = desk_of(request, slug)
    rows = district.adoptions.filter(until=None).select_related("edition", "district")
    current = {adoption.pack: adoption for adoption in rows}
    start = {"packs": list(current), "since": district.go_live_on}
    form = desk_forms.PacksForm(request.POST or None, initial=start, state=district.state)
    if request.method == "POST" and form.is_valid():
        chosen, since = set(form.cleaned_data["packs"]), form.cleaned_data["since"]
        try:
            with transaction.atomic():
                for ref in sorted(chosen - current.keys()):
                    adopt_pack(district=district, pack=ref, since=since, by=person(request))
                for ref in sorted(current.keys() - chosen):
                    if current[ref].end_asked_by is None:
                        reason = form.cleaned_data["reason"]
                        end_adoption(current[ref], by=person(request), reason=reason)
            return next_step(request, district, "packs")
        except ValidationError as error:
            refusal(form, error)
    choices = form.fields["packs"].choices  # type: ignore[attr-defined]
    shown = [(load(ref), current.get(ref)) for ref, _title in choices]
    waiting = waiting_in(current.values())
    return show(request, district, "packs", form, status=code(form), packs=shown, **waiting)


def ending(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A second person confirms that a pack is followed no longer, or keeps it."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *MAY_ADOPT)
    adoption = get_object_or_404(district.adoptions, pk=pk)
    if request.method == "POST":
        act = keep_adoption if "keep" in request.POST else end_adoption
        try:
            act(adoption, by=person(request))
            messages.success(request, "Done.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except Conflict as error:
            messages.error(request, str(error))
        return redirect("setup:ending", slug, pk)
    context = {"district": district, "adoption": adoption, "pack": load(adoption.pack)}
    return render(request, "setup_desk/ending.html", context)


def parameters(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    known = adopted_parameters(district)
    rules = {key: rule for key, (_ref, rule) in known.items()}
    form = desk_forms.ParametersForm(request.POST or None, rules=rules, values=parameter_values(district))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                for key in form.changed_data:
                    ref, rule = known[key]
                    value = form.cleaned_data[key]
                    if value not in (None, "", []):
                        set_parameter(
                            district=district, pack=ref, name=rule.name, value=value, by=person(request)
                        )
            return next_step(request, district, "parameters")
        except ValidationError as error:
            refusal(form, error)
    return show(request, district, "parameters", form, status=code(form))
