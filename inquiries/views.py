"""Pages of the inquiries room."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from inquiries.answering import decide_inquiry, record_inquiry, report_to_board
from inquiries.forms import BoardForm, DecisionForm, InquiryForm, LetInForm
from inquiries.models import Inquiry, InquiryStatus, Sort
from parties.access import districts_of
from parties.forms import add_refusal, status_of
from parties.models import District, User
from policy.models import Obligation
from policy.succession import name_on_case


def district_of(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def inquiry_of(request: HttpRequest, slug: str, number: str) -> Inquiry:
    found = Inquiry.objects.for_user(person(request)).select_related("case", "district", "vendor")
    return get_object_or_404(found, district=district_of(request, slug), case__number=number)


def inquiry_list(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    found = (
        Inquiry.objects.for_user(person(request)).filter(district=district).select_related("case__district")
    )
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    return render(request, "inquiries/list.html", {"district": district, "page": page})


def new(request: HttpRequest, slug: str) -> HttpResponse:
    district = district_of(request, slug)
    with timezone.override(district.tz):
        form = InquiryForm(request.POST or None, district=district)
        if request.method == "POST" and form.is_valid():
            try:
                inquiry = record_inquiry(district=district, by=person(request), **form.cleaned_data)
            except ValidationError as error:
                add_refusal(form, error)
            else:
                return redirect(inquiry.case)
        context = {"district": district, "form": form}
        return render(request, "inquiries/new.html", context, status=status_of(form))


def detail(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """One request with its clocks, and the decision to take."""
    inquiry = inquiry_of(request, slug, number)
    form = DecisionForm(request.POST or None, inquiry=inquiry)
    if request.method == "POST" and form.is_valid():
        try:
            decide_inquiry(inquiry, by=person(request), **form.said())
        except ValidationError as error:
            add_refusal(form, error)
        else:
            return redirect(inquiry.case)
    context = {
        "district": inquiry.district,
        "inquiry": inquiry,
        "form": form if inquiry.status == InquiryStatus.RECEIVED else None,
        "board_form": BoardForm() if needs_board(inquiry) else None,
        "obligations": Obligation.objects.filter(case=inquiry.case).prefetch_related("deadlines"),
    }
    return render(request, "inquiries/detail.html", context, status=status_of(form))


def needs_board(inquiry: Inquiry) -> bool:
    return inquiry.sort == Sort.IMMIGRATION and inquiry.reported_to_board_on is None


def seen_by(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Who may see a restricted request, and naming one more person."""
    inquiry = inquiry_of(request, slug, number)
    form = LetInForm(request.POST or None, inquiry=inquiry)
    if request.method == "POST" and form.is_valid():
        try:
            name_on_case(inquiry.case, by=person(request), **form.cleaned_data)
            return redirect("inquiry:seen_by", slug, number)
        except ValidationError as error:
            add_refusal(form, error)
    people = inquiry.case.allowed.order_by("name")
    context = {"district": inquiry.district, "inquiry": inquiry, "form": form, "people": people}
    return render(request, "inquiries/seen_by.html", context, status=status_of(form))


@require_POST
def board(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    inquiry = inquiry_of(request, slug, number)
    form = BoardForm(request.POST)
    if form.is_valid():
        try:
            report_to_board(inquiry, on=form.cleaned_data["on"], by=person(request))
            return redirect(inquiry.case)
        except ValidationError as error:
            add_refusal(form, error)
    context = {"district": inquiry.district, "inquiry": inquiry, "form": None, "board_form": form}
    return render(request, "inquiries/detail.html", context, status=422)
