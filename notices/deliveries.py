"""Staff pages: how far the messages are, the letters to print, the list for the district's own system."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger.entries import Conflict, record
from mail.models import Channel, Delivery, DeliveryStatus
from notices.compose import WRITERS
from notices.elsewhere import export_recipients, take_report, told_by
from notices.feeds import XLSX, as_file
from notices.forms import ReportForm, show_refusal
from notices.letters import mark_posted, print_letters
from notices.models import Notice, Question
from notices.questions import mark_answered
from notices.views import act, find_district, find_notice, who
from parties.access import require_role

A_PAGE = 50


def deliveries_of(notice: Notice) -> QuerySet[Delivery]:
    if notice.message_id is None:
        raise Http404
    return Delivery.objects.filter(message=notice.message_id, district=notice.district)


@require_safe
def delivery_table(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """Each recipient's delivery. Names and addresses are shown to those who need them, and that is logged."""
    notice = find_notice(request, district, number)
    require_role(request.user, notice.district, *WRITERS)
    everything = deliveries_of(notice)
    wanted = request.GET.get("status", "")
    chosen = everything.filter(status=wanted) if wanted in DeliveryStatus.values else everything
    page = Paginator(chosen.order_by("pk"), A_PAGE).get_page(request.GET.get("page"))
    record(
        "deliveries-read",
        by=who(request),
        case=notice.case,
        notice=notice.number,
        refs=[delivery.recipient_ref for delivery in page],
    )
    counts = everything.order_by("channel", "status").values_list("channel", "status").annotate(Count("pk"))
    context = {
        "district": notice.district,
        "notice": notice,
        "page_obj": page,
        "counts": [
            (Channel(channel).label, status, DeliveryStatus(status).label, count)
            for channel, status, count in counts
        ],
        "to_print": everything.filter(channel=Channel.LETTER, status=DeliveryStatus.TO_PRINT).count(),
        "printed": everything.filter(channel=Channel.LETTER, status=DeliveryStatus.PRINTED).count(),
        "report_form": ReportForm(),
        "claimed": [duty for duty in told_by(notice).prefetch_related("changes") if duty.claims],
    }
    return render(request, "notices/deliveries.html", context)


@require_POST
def letters(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """All letters that wait to be printed, as one PDF; each then counts as printed."""
    notice = find_notice(request, district, number)
    try:
        made = print_letters(notice, by=who(request))
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("notice:deliveries", district, number)
    return as_file(made, f"letters-{notice.number}.pdf", "application/pdf")


@require_POST
def letters_posted(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_notice(request, district, number)
    return act(
        request,
        notice,
        lambda: mark_posted(notice, by=who(request)),
        _("Recorded: the letters are in the post."),
    )


@require_safe
def export(request: HttpRequest, district: str, number: str, extension: str) -> HttpResponse:
    """The frozen list and text for the district's own system, as CSV or Excel."""
    notice = find_notice(request, district, number)
    if extension not in ("csv", "xlsx") or notice.message_id is None:
        raise Http404
    made = export_recipients(notice, extension=extension, by=who(request))
    content_type = "text/csv; charset=utf-8" if extension == "csv" else XLSX
    return as_file(made, f"recipients-{notice.number}.{extension}", content_type)


@require_POST
def report(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """The delivery report of the district's own system, matched to the frozen list."""
    notice = find_notice(request, district, number)
    form = ReportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            matched = take_report(notice, upload=form.cleaned_data["report"], by=who(request))
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("%(count)d lines matched. A second person must confirm the report.") % {"count": matched},
            )
    for problem in (str(each) for listed in form.errors.values() for each in listed):
        messages.error(request, problem)
    return redirect("notice:deliveries", district, number)


@require_safe
def questions(request: HttpRequest, district: str) -> HttpResponse:
    """What visitors of the public site asked."""
    here = find_district(request, district)
    require_role(request.user, here, *WRITERS)
    asked = Question.objects.filter(district=here)
    page = Paginator(asked.order_by("answered_at", "-asked_at"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/questions.html", {"district": here, "page_obj": page})


@require_POST
def answer_question(request: HttpRequest, district: str, pk: int) -> HttpResponse:
    """A person says that this question was answered."""
    here = find_district(request, district)
    mark_answered(get_object_or_404(Question, district=here, pk=pk), by=who(request))
    messages.success(request, _("Marked as answered."))
    return redirect("notice:questions", district)
