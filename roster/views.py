"""Staff pages of the roster: upload and look, the second person, and a family's own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger.entries import Conflict
from parties.access import districts_of, has_role, require_role
from parties.models import District, User
from roster.contact import block_contact, keep_block, lift_block, set_contact
from roster.forms import BlockForm, ContactForm, FindForm, ReasonForm, UploadForm, show_refusal
from roster.imports import LOADERS, apply_roster, approve_roster, drop_roster, receive_roster
from roster.models import ContactBlock, Guardian, RosterImport, Student
from roster.reading_log import READERS, read_people

FOUND_LIMIT = 50


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def find_district(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest, district: str) -> HttpResponse:
    """How many people the roster knows, the uploads so far, and a new upload."""
    here = find_district(request, district)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            roster = receive_roster(
                district=here,
                upload=form.cleaned_data["file"],
                format=form.cleaned_data["format"],
                by=who(request),
            )
            return redirect("roster:import", here.slug, roster.uuid)
        except ValidationError as error:
            show_refusal(form, error)
    context = {
        "district": here,
        "form": form,
        "students": Student.objects.filter(district=here, left_at=None).count(),
        "guardians": Guardian.objects.filter(district=here, left_at=None).count(),
        "without_email": Guardian.objects.filter(district=here, left_at=None, email="").count(),
        "imports": RosterImport.objects.for_user(request.user).filter(district=here)[:20],
        "may_load": has_role(request.user, here, *LOADERS),
        "may_read": has_role(request.user, here, *READERS),
        "find_form": FindForm(),
    }
    return render(request, "roster/home.html", context, status=422 if form.errors else 200)


def find_import(request: HttpRequest, slug: str, uuid: UUID) -> RosterImport:
    imports = RosterImport.objects.for_user(request.user).select_related("district", "uploaded_by")
    return get_object_or_404(imports, district__slug=slug, uuid=uuid)


@require_safe
def show_import(request: HttpRequest, district: str, uuid: UUID) -> HttpResponse:
    return show_roster(request, find_import(request, district, uuid), ReasonForm())


def show_roster(
    request: HttpRequest, roster: RosterImport, form: ReasonForm, *, status: int = 200
) -> HttpResponse:
    context = {"district": roster.district, "roster": roster, "form": form, "rows": count_rows(roster)}
    return render(request, "roster/import.html", context, status=status)


def count_rows(roster: RosterImport) -> list[dict[str, Any]]:
    names = {
        "schools": _("Schools"),
        "students": _("Students"),
        "guardians": _("Guardians"),
        "guardianships": _("Links between them"),
        "enrollments": _("Enrollments"),
        "addresses": _("E-mail addresses of guardians"),
    }
    return [
        {
            "name": names[name],
            **{key: counts.get(key) for key in ("added", "changed", "unchanged", "removed")},
        }
        for name, counts in roster.counts.items()
        if name in names
    ]


@require_POST
def step(request: HttpRequest, district: str, uuid: UUID, step: str) -> HttpResponse:
    """Load, drop or approve what the preview showed."""
    roster = find_import(request, district, uuid)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_roster(request, roster, form, status=422)
    by, reason = who(request), form.cleaned_data["reason"]
    verbs = {
        "load": lambda: apply_roster(roster, by=by),
        "drop": lambda: drop_roster(roster, by=by),
        "approve": lambda: approve_roster(roster, by=by, reason=reason),
    }
    if step not in verbs:
        raise Http404
    try:
        done = verbs[step]()
    except ValidationError as error:
        show_refusal(form, error)
        return show_roster(request, roster, form, status=422)
    except Conflict as error:
        form.add_error(None, str(error))
        return show_roster(request, roster, form, status=409)
    messages.success(request, _("Done: %(state)s.") % {"state": done.get_status_display().lower()})
    return redirect("roster:import", district, uuid)


@require_POST
def people(request: HttpRequest, district: str) -> HttpResponse:
    """Find a family. By POST, so that no name stands in an address; who looked, and why, is written down."""
    here = find_district(request, district)
    require_role(request.user, here, *READERS)
    form = FindForm(request.POST)
    found: list[Any] = []
    if form.is_valid():
        words = form.cleaned_data["q"]
        match = Q(sourced_id=words) | Q(family_name__icontains=words) | Q(given_name__icontains=words)
        students = Student.objects.filter(match, district=here)[:FOUND_LIMIT]
        guardians = Guardian.objects.filter(match, district=here)[:FOUND_LIMIT]
        found = list(
            read_people([*students, *guardians], district=here, by=who(request), why=form.cleaned_data["why"])
        )
    context = {"district": here, "form": form, "found": found}
    return render(request, "roster/people.html", context, status=200 if form.is_valid() else 422)


@require_safe
def student(request: HttpRequest, district: str, pk: int) -> HttpResponse:
    here = find_district(request, district)
    found = get_object_or_404(Student, district=here, pk=pk)
    return show_student(request, found, BlockForm(student=found))


def show_student(request: HttpRequest, found: Student, form: BlockForm, *, status: int = 200) -> HttpResponse:
    guardianships = list(found.guardianships.filter(ended_at=None).select_related("guardian"))
    read_people(
        [found, *(pair.guardian for pair in guardianships)],
        district=found.district,
        by=who(request),
        why="page of a student",
    )
    context = {
        "district": found.district,
        "student": found,
        "guardianships": guardianships,
        "enrollments": found.enrollments.filter(ended_at=None).select_related("school"),
        "blocks": found.contact_blocks.select_related("guardian", "placed_by", "lift_asked_by"),
        "form": form,
        "reason_form": ReasonForm(),
    }
    return render(request, "roster/student.html", context, status=status)


@require_POST
def block(request: HttpRequest, district: str, pk: int) -> HttpResponse:
    here = find_district(request, district)
    found = get_object_or_404(Student, district=here, pk=pk)
    form = BlockForm(request.POST, student=found)
    if form.is_valid():
        try:
            block_contact(found, by=who(request), **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
    if form.errors:
        return show_student(request, found, form, status=422)
    messages.success(request, _("From that day this guardian is not told about this student."))
    return redirect("roster:student", district, pk)


@require_POST
def lift(request: HttpRequest, district: str, pk: int) -> HttpResponse:
    here = find_district(request, district)
    found = get_object_or_404(ContactBlock, district=here, pk=pk)
    try:
        if "keep" in request.POST:
            keep_block(found, by=who(request))
            said = _("The block stays.")
        else:
            done = lift_block(found, reason=request.POST.get("reason", ""), by=who(request))
            said = (
                _("Lifted. This guardian is told again.")
                if done.lifted_at
                else _("Asked. The block stays until a second person confirms it. They have been told.")
            )
    except (ValidationError, Conflict) as error:
        messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
    else:
        messages.success(request, said)
    return redirect("roster:student", district, found.student_id)


@require_http_methods(["GET", "HEAD", "POST"])
def guardian(request: HttpRequest, district: str, pk: int) -> HttpResponse:
    here = find_district(request, district)
    found = get_object_or_404(Guardian, district=here, pk=pk)
    read_people([found], district=here, by=who(request), why="page of a guardian")
    initial = {"language": found.language, "postal_address": found.postal_address}
    form = ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_contact(found, by=who(request), **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("roster:guardian", district, pk)
    context = {"district": here, "guardian": found, "form": form}
    return render(request, "roster/guardian.html", context, status=422 if form.errors else 200)
