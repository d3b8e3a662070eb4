"""Step 2: the list of affected people."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from breaches.affected import (
    count_groups,
    counts_by_sort,
    drop_list,
    list_groups,
    load_list,
    offer_everybody,
    preview_list,
)
from breaches.forms import GroupsForm, ListForm, ReasonForm, show_refusal
from breaches.listings import take_back_listing, to_take_back
from breaches.models import Breach, ListUpload, PersonSort, UploadStatus
from breaches.reach import reach_of, recipients_of
from breaches.views.scope import about_breach, bound, person, show, taken
from ledger.clock import engine_now
from ledger.entries import record


@about_breach
def people(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Who is on the list, as counts; a list to upload; or everybody at some schools and grades."""
    by = person(request)
    upload = bound(request, ListForm, "list")
    groups = bound(request, GroupsForm, "groups", district=breach.district)
    back = bound(request, ReasonForm, "take-back")
    would_be = _counted(request, groups, breach)
    if taken(request, back, _take_back, request, breach):
        messages.success(request, _("Taken back. Who was on that list only is not on it any more."))
        return redirect("breach:people", breach.district.slug, breach.case.number)
    if taken(request, upload, _preview, breach, by):
        waiting = _waiting(breach)
        assert waiting is not None
        return redirect("breach:people_preview", breach.district.slug, breach.case.number, waiting.pk)
    if request.POST.get("do") != "count" and taken(request, groups, list_groups, breach, by=by):
        count = breach.people.count()
        said = ngettext("%(n)s person is listed.", "%(n)s people are listed.", count)
        messages.success(request, said % {"n": f"{count:,}"})
        return redirect(breach)
    reach, problem = None, ""
    if breach.listed_at:
        today = engine_now().astimezone(breach.district.tz).date()
        try:
            reach = reach_of(breach, recipients_of(breach, on=today))
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
    labels = dict(PersonSort.choices)
    return show(
        request,
        "people",
        breach,
        upload,
        groups,
        back,
        back=back,
        newest=to_take_back(breach),
        would_be=would_be,
        upload=upload,
        groups=groups,
        offer=offer_everybody(breach),
        waiting=_waiting(breach),
        counts=[(labels[sort], count) for sort, count in counts_by_sort(breach).items()],
        reach=reach,
        problem=problem,
        shown=_shown_people(request, breach),
    )


def _counted(request: HttpRequest, groups: GroupsForm, breach: Breach) -> int | None:
    """How many students the chosen groups are, when that was asked; nobody is listed."""
    if request.POST.get("do") != "count" or not groups.is_bound or not groups.is_valid():
        return None
    chosen = {name: groups.cleaned_data[name] for name in ("schools", "grades", "all_schools")}
    try:
        return count_groups(breach, by=person(request), **chosen)
    except ValidationError as refusal:
        show_refusal(groups, refusal)
        return None


def _take_back(request: HttpRequest, breach: Breach, *, reason: str) -> None:
    """The act that the page showed, and not whichever is the newest by now."""
    shown = request.POST.get("listing", "")
    listing = get_object_or_404(breach.case.entries, pk=int(shown) if shown.isdecimal() else 0)
    take_back_listing(listing, reason=reason, by=person(request))


def _waiting(breach: Breach) -> ListUpload | None:
    """The list that somebody must look at; its lines, of which there may be 250,000, stay where they are."""
    return breach.uploads.filter(status=UploadStatus.PREVIEW).defer("rows").first()


def _preview(breach: Breach, by: object, *, file: object) -> None:
    preview_list(breach, upload=file, by=by)  # type: ignore[arg-type]


def _shown_people(request: HttpRequest, breach: Breach) -> list[object] | None:
    """The people themselves only when asked for, and never without a trace of who read them."""
    if request.method != "POST" or request.POST.get("form") != "names":
        return None
    found = list(breach.people.select_related("student", "guardian")[:500])
    record("affected-people-read", by=person(request), case=breach.case, count=len(found))
    return [(row.get_sort_display(), (row.student or row.guardian or row).name) for row in found]


@about_breach
def preview(request: HttpRequest, breach: Breach, pk: int) -> HttpResponse:
    """What the uploaded list would add. Nothing counts before the button is pressed."""
    upload = get_object_or_404(breach.uploads.defer("rows"), pk=pk)
    if request.method == "POST":
        if request.POST.get("do") == "load":
            load_list(upload, by=person(request))
            count = breach.people.count()
            messages.success(
                request,
                ngettext("%(n)s person is listed.", "%(n)s people are listed.", count) % {"n": f"{count:,}"},
            )
            return redirect(breach)
        drop_list(upload, by=person(request))
        messages.info(request, _("The list was not used, and it was not kept."))
        return redirect("breach:people", breach.district.slug, breach.case.number)
    labels = dict(PersonSort.choices)
    counts = [(labels[sort], count) for sort, count in upload.counts.items() if sort in labels]
    return show(request, "people_preview", breach, upload=upload, counts=counts)
