"""Who sees the families' site: everybody, one district and one language at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language_from_request, get_language_info, override

from parties.access import acting_in
from parties.models import District


def public_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page without sign-in, inside one district and one of its languages; anything else is not found.

    The database session sees this district only, whoever asks, so that a public page cannot show a row of
    another. An address without a language leads to the visitor's own, or else to the district's first.
    """

    @login_not_required
    @wraps(view)
    def page(request: HttpRequest, district: str, language: str = "", **kwargs: Any) -> HttpResponseBase:
        found = get_object_or_404(District, slug=district)
        if not language:
            return _to_own_language(request, found, kwargs)
        if language not in found.languages:
            raise Http404
        with acting_in(found), override(language):
            request.language = language  # type: ignore[attr-defined]
            response = view(request, found, **kwargs)
            response.headers.setdefault("Content-Language", language)
            return response

    return page


def _to_own_language(request: HttpRequest, district: District, kwargs: dict[str, Any]) -> HttpResponse:
    wanted = get_language_from_request(request)
    language = wanted if wanted in district.languages else district.languages[0]
    match = request.resolver_match
    assert match is not None
    address = reverse(match.view_name, kwargs={"district": district.slug, "language": language, **kwargs})
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address)


def language_links(request: HttpRequest, district: District) -> list[dict[str, Any]]:
    """This same page in each language of the district, each named in its own script."""
    match = request.resolver_match
    assert match is not None
    links = []
    for code in district.languages:
        about = get_language_info(code)
        kwargs = {**match.kwargs, "district": district.slug, "language": code}
        links.append(
            {
                "code": code,
                "name": about["name_local"],
                "url": reverse(match.view_name, kwargs=kwargs),
                "current": code == match.kwargs.get("language"),
                "dir": "rtl" if about["bidi"] else "ltr",
            }
        )
    return links
