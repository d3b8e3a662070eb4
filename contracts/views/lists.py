"""The list of contracts, the list of vendors, and one district's file on a vendor."""

from __future__ import annotations

from datetime import timedelta

from django.core.paginator import Paginator
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from contracts.models import Conformity, Contract, ContractStatus, VendorFile
from contracts.views.scope import district_of_page, may_edit, whole_number
from ledger.clock import engine_now
from policy.models import Deadline

ON_A_PAGE = 25
LIVE = ("running", "missed", "paused")


def contract_list(request: HttpRequest, district: str) -> HttpResponse:
    """Every contract of the district, searched and filtered, newest first."""
    here = district_of_page(request, district)
    mine = Contract.objects.for_user(request.user).filter(district=here)
    asked = {
        name: request.GET.get(name, "").strip() for name in ("q", "status", "conformity", "school", "show")
    }
    found = _filtered(mine, asked).select_related("case", "vendor_file__vendor", "district")
    page = Paginator(found.annotate(next_due=_next_due()), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "district": here,
        "page_obj": page,
        "asked": asked,
        "filtered": any(asked.values()),
        "counts": counts_of(mine),
        "statuses": ContractStatus.choices,
        "conformities": Conformity.choices,
        "schools": here.schools.all(),
        "may_edit": may_edit(request, here),
    }
    return render(request, "contracts/list.html", context)


def vendor_list(request: HttpRequest, district: str) -> HttpResponse:
    """The vendors that the district keeps a file on."""
    here = district_of_page(request, district)
    asked = request.GET.get("q", "").strip()
    found = (
        VendorFile.objects.for_user(request.user)
        .filter(district=here, vendor__name__icontains=asked)
        .select_related("vendor", "case", "district")
        .annotate(contract_count=Count("contracts"))
        .order_by("vendor__name")
    )
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"district": here, "page_obj": page, "asked": asked, "may_edit": may_edit(request, here)}
    return render(request, "contracts/vendors.html", context)


def vendor_file(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """One vendor: how to reach it, and its contracts with this district."""
    mine = VendorFile.objects.for_user(request.user).select_related("vendor", "case", "district")
    shown = get_object_or_404(mine, district__slug=district, case__number=number)
    contracts = shown.contracts.select_related("case", "district").order_by("-case_id")
    context = {"file": shown, "district": shown.district, "contracts": contracts}
    return render(
        request, "contracts/vendor.html", {**context, "may_edit": may_edit(request, shown.district)}
    )


def _filtered(contracts: QuerySet[Contract], asked: dict[str, str]) -> QuerySet[Contract]:
    if asked["q"]:
        words = asked["q"]
        contracts = contracts.filter(
            Q(product__icontains=words)
            | Q(vendor_file__vendor__name__icontains=words)
            | Q(case__number__startswith=words)
            | Q(schools__name__icontains=words)
        ).distinct()
    if asked["status"] in ContractStatus.values:
        contracts = contracts.filter(status=asked["status"])
    if asked["conformity"] in Conformity.values:
        contracts = contracts.filter(conformity=asked["conformity"])
    if (school := whole_number(asked["school"])) is not None:
        contracts = contracts.filter(Q(all_schools=True) | Q(schools=school)).distinct()
    if asked["show"] == "ending":
        contracts = contracts.filter(_ending())
    return contracts


def _ending() -> Q:
    today = engine_now().date()
    return Q(status=ContractStatus.EXECUTED, ends_on__range=(today, today + timedelta(days=60)))


def counts_of(contracts: QuerySet[Contract]) -> dict[str, int]:
    """How many contracts there are, and how many of them wait for what."""
    live = ~Q(status__in=(ContractStatus.ENDED, ContractStatus.VOID))
    return contracts.aggregate(
        all=Count("pk"),
        short=Count("pk", filter=live & Q(conformity=Conformity.SHORT)),
        waiting=Count("pk", filter=live & Q(conformity=Conformity.IN_CURE)),
        unread=Count("pk", filter=live & Q(conformity=Conformity.UNREAD, scope="applies")),
        ending=Count("pk", filter=_ending()),
    )


def _next_due() -> Subquery:
    soonest = (
        Deadline.objects.filter(case=OuterRef("pk"), obligation__status="open", status__in=LIVE)
        .values("case")
        .annotate(first=Min("due_at"))
        .values("first")
    )
    return Subquery(soonest)
