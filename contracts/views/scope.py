"""Which row a page is about. Another district's row is not there: 404, never 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.datastructures import MultiValueDict

from contracts.models import Contract
from contracts.roles import EDITORS
from ledger.documents import Quarantined
from ledger.entries import Conflict
from parties.access import districts_of, has_role
from parties.models import District, User

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Contract, P], HttpResponse]


def person(request: HttpRequest) -> User:
    """Who asks; every page of a room is for people who have signed in."""
    assert isinstance(request.user, User)
    return request.user


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted; None when the page is only asked for. A form posted empty is still posted."""
    return request.POST if request.method == "POST" else None


def files_sent(request: HttpRequest) -> MultiValueDict[str, Any] | None:
    return request.FILES if request.method == "POST" else None


def whole_number(text: str) -> int | None:
    """The number that an address or a form names; None for anything that no row or page can have."""
    return int(text) if text.isdecimal() and len(text) < 18 else None


def district_of_page(request: HttpRequest, slug: str) -> District:
    return get_object_or_404(districts_of(request.user), slug=slug)


def contract_of_page(request: HttpRequest, slug: str, number: str) -> Contract:
    mine = Contract.objects.for_user(request.user).select_related(
        "case", "district", "vendor_file__vendor", "vendor_file__case"
    )
    return get_object_or_404(mine, district__slug=slug, case__number=number)


def about_contract(page: Page[P]) -> Callable[..., HttpResponse]:
    """Give the page its contract, and turn a conflict into words on the contract's own page."""

    @wraps(page)
    def shown(
        request: HttpRequest, district: str, number: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        contract = contract_of_page(request, district, number)
        try:
            return page(request, contract, *args, **kwargs)
        except Quarantined as error:
            return render(
                request, "contracts/waiting.html", {"contract": contract, "words": error}, status=409
            )
        except Conflict as error:
            messages.error(request, str(error))
            return redirect(contract)

    return shown


def may_edit(request: HttpRequest, district: District) -> bool:
    """Whether to show the buttons; the verbs decide."""
    return has_role(request.user, district, *EDITORS)
