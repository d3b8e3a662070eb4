"""The set-up desk: a district is ready in ten minutes, one short page a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk.mail_route import save_route, send_test
from compliance_portal.setup_desk.people import (
    end_role,
    invite_person,
    open_invitations,
    save_hours,
    withdraw_invitation,
)
from compliance_portal.setup_desk.places import add_closure, add_schools, save_facts, years_of
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from mail.models import Route
from mail.senders import confirm_sender
from parties.access import DESK, acting_in, districts_of, require_role
from parties.models import District, Membership, Role, User
from policy.adoptions import MAY_ADOPT, adopt_pack, end_adoption, keep_adoption, set_parameter
from policy.amending import waiting_edition
from policy.calendars import MAY_CONFIRM, calendar_of, change_year, decide_year, holidays_of
from policy.models import Adoption, Closure, ConfirmedYear, Parameter
from policy.packs import ParameterRule, load


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the desk, whether it is done, and what it says about itself."""

    name: str
    title: str
    says: str
    done: bool


def desk_of(request: HttpRequest, slug: str) -> District:
    """The district whose desk this person may use; 404 for a stranger, 403 without the role."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *DESK)
    return district


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def steps_of(district: District) -> list[Step]:
    """What is done and what is left. Each is judged from the rows, not from a flag."""
    this_year = engine_now().astimezone(district.tz).year
    packs = Adoption.objects.filter(district=district, until=None).count()
    unset = unset_parameters(district)
    years = set(ConfirmedYear.objects.filter(district=district).values_list("year", flat=True))
    missing = [year for year in (this_year, this_year + 1) if year not in years]
    people = Membership.objects.active().filter(district=district)
    custodians = people.filter(role=Role.CUSTODIAN).count()
    route = Route.objects.filter(district=district).first()
    is_tested = route is not None and route.tested_at is not None
    schools = district.schools.count()
    return [
        Step("facts", "Name, zone and languages", district.zone, district.go_live_on is not None),
        Step("schools", "Schools", f"{schools} on the list", schools > 0),
        Step("packs", "Laws and policies you follow", f"{packs} followed", packs > 0),
        Step(
            "parameters",
            "Choices they leave to you",
            f"{len(unset)} not chosen yet" if unset else "all chosen",
            packs > 0 and not unset,
        ),
        Step(
            "holidays",
            "Legal holidays",
            f"confirm {', '.join(map(str, missing))}" if missing else "this year and next are confirmed",
            not missing,
        ),
        Step("people", "People", f"{people.count()} with a role; custodians: {custodians}", custodians > 0),
        Step(
            "mail",
            "Mail",
            "tested" if is_tested else "send yourself a test",
            is_tested,
        ),
    ]


def adopted_parameters(district: District) -> dict[str, tuple[str, ParameterRule]]:
    """Every parameter of the adopted packs, by a key that is safe as a form field's name."""
    refs = Adoption.objects.filter(district=district, until=None).values_list("pack", flat=True)
    return {f"{ref}:{rule.name}": (ref, rule) for ref in refs for rule in load(ref).parameters}


def parameter_values(district: District) -> dict[str, Any]:
    rows = Parameter.objects.filter(district=district)
    return {f"{row.pack}:{row.name}": row.value for row in rows}


def unset_parameters(district: District) -> list[str]:
    chosen = parameter_values(district)
    return [
        key
        for key, (_ref, rule) in adopted_parameters(district).items()
        if key not in chosen and rule.default is None and not rule.unset_allowed
    ]


def show(
    request: HttpRequest,
    district: District,
    name: str,
    form: forms.BaseForm | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    steps = steps_of(district)
    here = next(step for step in steps if step.name == name)
    context = {"district": district, "steps": steps, "step": here, "form": form, **more}
    return render(request, f"setup_desk/{name}.html", context, status=status)


def refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a verb's refusal beside its field."""
    if hasattr(error, "error_dict"):
        for field, errors in error.error_dict.items():
            form.add_error(field if field in form.fields else None, errors)
    else:
        form.add_error(None, error)


def next_step(request: HttpRequest, district: District, name: str) -> HttpResponse:
    """After a saved step, the first one that is not done; then the desk."""
    messages.success(request, "Saved.")
    left = [step for step in steps_of(district) if not step.done and step.name != name]
    if left:
        return redirect(f"setup:{left[0].name}", district.slug)
    return redirect("setup:desk", district.slug)


def districts(request: HttpRequest) -> HttpResponse:
    """The person's districts; whoever runs the installation can add one here."""
    user = person(request)
    mine = districts_of(user)
    if not user.is_staff and not mine.exists():
        raise PermissionDenied(
            "You have no role in a district yet. Ask your administrator for an invitation."
        )
    form = desk_forms.DistrictForm(request.POST or None) if user.is_staff else None
    if request.method == "POST" and form is not None and form.is_valid():
        with transaction.atomic():
            district = form.save()
            Membership.objects.create(user=user, district=district, role=Role.ADMINISTRATOR)
            with acting_in(district):
                record("district-opened", by=user, district=district)
        return redirect("setup:desk", district.slug)
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "setup_desk/districts.html", {"districts": mine, "form": form}, status=status)


def desk(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    steps = steps_of(district)
    done = sum(step.done for step in steps)
    return render(request, "setup_desk/desk.html", {"district": district, "steps": steps, "done": done})


def facts(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    zone = district.zone
    form = desk_forms.DistrictForm(request.POST or None, instance=district)
    if request.method == "POST" and form.is_valid():
        save_facts(form, by=person(request))
        if zone != district.zone:
            messages.warning(request, "The time zone changed. Clocks that run keep the zone they began in.")
        return next_step(request, district, "facts")
    return show(
        request, get_object_or_404(districts_of(request.user), slug=slug), "facts", form, status=code(form)
    )


def code(form: forms.BaseForm) -> int:
    return 422 if form.is_bound else 200


def schools(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    start = {"names": "\n".join(school.name for school in district.schools.all())}
    form = desk_forms.SchoolsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        add_schools(district, names=form.cleaned_data["names"], by=person(request))
        return next_step(request, district, "schools")
    return show(request, district, "schools", form, status=code(form))


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
    ending = [(load(row.pack).title, row) for row in current.values() if row.end_asked_by is not None]
    longer = [(load(row.pack).title, asked) for row in current.values() if (asked := waiting_edition(row))]
    return show(
        request, district, "packs", form, status=code(form), packs=shown, ending=ending, longer=longer
    )


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


def holidays(request: HttpRequest, slug: str, year: int | None = None) -> HttpResponse:
    """Confirm each legal holiday of a year. Until then the year is counted with weekends only."""
    district = desk_of(request, slug)
    this_year = engine_now().astimezone(district.tz).year
    confirmed = {row.year: row for row in district.confirmed_years.order_by("version")}
    if year is None:
        year = next((y for y in (this_year, this_year + 1) if y not in confirmed), this_year)
    if year not in years_of(district):
        return redirect("setup:holidays", district.slug)
    calendar = calendar_of(district)
    listed = holidays_of(calendar, year)
    row = confirmed.get(year)
    form = desk_forms.HolidaysForm(
        request.POST or None, year=year, holidays=listed, confirmed=row.holidays if row else None
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = change_year(
                district=district,
                calendar=calendar,
                year=year,
                holidays=form.confirmed(),
                by=person(request),
                reason=form.cleaned_data.get("reason", ""),
            )
            if asked is not None:
                messages.success(request, "A second person must agree to the further days. They were told.")
                return redirect("setup:holidays", district.slug, year)
            return next_step(request, district, "holidays")
        except ValidationError as error:
            refusal(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
    years = [(y, y in confirmed) for y in range(this_year - 1, this_year + 3)]
    return show(
        request,
        district,
        "holidays",
        form,
        status=code(form),
        year=year,
        years=years,
        row=row,
        calendar=calendar,
        change=district.year_changes.filter(year=year, is_agreed=None).first(),
    )


def year_change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A second person agrees to further holidays of a confirmed year, or does not."""
    district = get_object_or_404(districts_of(request.user), slug=slug)
    require_role(request.user, district, *MAY_CONFIRM)
    change = get_object_or_404(district.year_changes, pk=pk)
    if request.method == "POST":
        try:
            decide_year(change, by=person(request), is_agreed="agree" in request.POST)
            messages.success(request, "Done.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except Conflict as error:
            messages.error(request, str(error))
        return redirect("setup:year_change", slug, pk)
    row = district.confirmed_years.filter(year=change.year).order_by("-version").first()
    known = {day for day, _name in row.holidays} if row else set()
    further = [(date.fromisoformat(day), name) for day, name in change.holidays if day not in known]
    context = {"district": district, "change": change, "further": further}
    return render(request, "setup_desk/year_change.html", context)


def closures(request: HttpRequest, slug: str) -> HttpResponse:
    """School vacations and closures: shown beside clocks, never counted."""
    district = desk_of(request, slug)
    form = desk_forms.ClosureForm(request.POST or None, instance=Closure(district=district))
    if request.method == "POST" and form.is_valid():
        add_closure(form, by=person(request))
        return redirect("setup:closures", district.slug)
    context = {"district": district, "form": form, "closures": district.closures.all()}
    return render(request, "setup_desk/closures.html", context, status=code(form))


def people(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    form = desk_forms.InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invite_person(district, by=person(request), **form.cleaned_data)
            messages.success(request, "The invitation is on its way. The link works for 7 days.")
            return redirect("setup:people", district.slug)
        except ValidationError as error:
            refusal(form, error)
    members = Membership.objects.active().filter(district=district).select_related("user", "deputy")
    invited = open_invitations(district)
    return show(request, district, "people", form, status=code(form), members=members, invited=invited)


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an open invitation back; its link stops working at once."""
    district = desk_of(request, slug)
    try:
        withdraw_invitation(get_object_or_404(open_invitations(district), pk=pk), by=person(request))
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("setup:people", district.slug)
    messages.success(request, "The invitation is taken back. Its link no longer works.")
    return redirect("setup:people", district.slug)


def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Deputy, days away and on-call hours of one person's role."""
    district = desk_of(request, slug)
    membership = get_object_or_404(Membership.objects.active().filter(district=district), pk=pk)
    with timezone.override(district.tz):
        form = desk_forms.MembershipForm(request.POST or None, instance=membership)
        if request.method == "POST" and form.is_valid():
            save_hours(form, by=person(request))
            messages.success(request, "Saved.")
            return redirect("setup:people", district.slug)
        context = {"district": district, "membership": membership, "form": form}
        return render(request, "setup_desk/member.html", context, status=code(form))


@require_POST
def end_member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a role away; it acts at once. The last administrator cannot be removed.

    Restricted cases that only this person saw go to the superintendent (policy/succession.py).
    """
    district = desk_of(request, slug)
    membership = get_object_or_404(Membership.objects.active().filter(district=district), pk=pk)
    try:
        end_role(membership, by=person(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("setup:people", district.slug)
    messages.success(request, "The role has ended. It stopped working at once.")
    return redirect("setup:people", district.slug)


def mail(request: HttpRequest, slug: str) -> HttpResponse:
    district = desk_of(request, slug)
    route = Route.objects.filter(district=district).first() or Route(district=district)
    form = desk_forms.RouteForm(request.POST or None, instance=route)
    if request.method == "POST" and form.is_valid():
        try:
            route = save_route(form, by=person(request))
            if (wanted := form.cleaned_data["sender"]) != route.sender:
                messages.success(request, f"A code is on its way to {wanted}. Type it in below.")
            return redirect("setup:mail", district.slug)
        except ValidationError as error:
            refusal(form, error)
    code_form = desk_forms.CodeForm()
    return show(request, district, "mail", form, status=code(form), route=route, code_form=code_form)


@require_POST
def mail_code(request: HttpRequest, slug: str) -> HttpResponse:
    """The code that was sent to the new From address; from then on it is the sender."""
    district = desk_of(request, slug)
    route = get_object_or_404(Route, district=district)
    code_form = desk_forms.CodeForm(request.POST)
    if code_form.is_valid():
        try:
            confirm_sender(route, by=person(request), **code_form.cleaned_data)
            messages.success(request, "Mail to families leaves from this address from now on.")
            return redirect("setup:mail", district.slug)
        except ValidationError as error:
            refusal(code_form, error)
        except Conflict as error:
            code_form.add_error(None, str(error))
    form = desk_forms.RouteForm(instance=route)
    return show(request, district, "mail", form, status=422, route=route, code_form=code_form)


@require_POST
def mail_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the person one message over the district's own route; it is tested once the relay took it."""
    district = desk_of(request, slug)
    route = get_object_or_404(Route, district=district)
    user = person(request)
    try:
        send_test(route, by=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        form, code_form = desk_forms.RouteForm(instance=route), desk_forms.CodeForm()
        return show(request, district, "mail", form, status=422, route=route, code_form=code_form)
    messages.success(request, f"A test is on its way to {user.email}. Check that it arrives.")
    return redirect("setup:mail", district.slug)
