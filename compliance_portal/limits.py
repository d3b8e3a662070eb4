"""How much one request may carry."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

# A form around the largest file: its other fields and the multipart borders.
FORM_BYTES = 1024 * 1024


def refusal(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """A refusal before any view is found: as the API words its own under /api/, else one plain sentence."""
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": sentence}, status=status)
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


class NullCharacterMiddleware:
    """Nothing here has a name with a null character: an address that holds one is not found.

    PostgreSQL takes no such text, so that each view would fail on it with an error of the server. A cookie
    that holds one is none of the portal's, and counts as not sent: a session is looked up by its cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return refusal(request, gettext("Not found."), status=404)
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class RequestSizeMiddleware:
    """Refuses a body over the upload limit (200 MB) before a byte of it is read or written to disk.

    A body sent without its length is never read at all: WSGI hands Django zero bytes of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.UPLOAD_LIMIT_BYTES + FORM_BYTES:
            megabytes = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
            sentence = gettext("This file is larger than %(megabytes)s MB. Nothing was saved.")
            return refusal(request, sentence % {"megabytes": megabytes}, status=413)
        return self.get_response(request)
