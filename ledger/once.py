"""A request of the API that is sent twice acts once: the header `Idempotency-Key`.

A caller that does not know whether its request arrived sends it again under the same key. The first answer is
kept for a day and given again; another request under that key is refused, and so is one while the first is
still at work. What was done and its answer are one transaction: a process that dies leaves both or neither.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import ApiRequest
from parties.models import User

KEPT = timedelta(days=1)
AT_WORK = timedelta(minutes=5)  # longer than any request may last: then whoever was at work has died
FINAL = frozenset({200, 201, 202, 204, 400, 422})
"""Answers that stay as they are; a conflict or a missing right may pass, so those are not kept."""


class AnsweredBefore(Exception):
    """This request was answered before, in these words."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


class OtherRequest(ValidationError):
    """The key belongs to another request."""


class ShownOnce(Response):
    """An answer with a secret in it: what is kept for the same request again has none."""

    def __init__(self, data: dict[str, Any], secret: str, *, status: int) -> None:
        super().__init__(data, status=status)
        self.kept = {**data, secret: None}


class Once:
    """Mix into a view of the API, before the view. Acts on what changes something and carries a key."""

    asked: ApiRequest | None = None
    act: ExitStack

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self.act:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get("Idempotency-Key")
        if key is not None and request.method in {"POST", "PUT", "PATCH"}:
            self.asked = claim(request, key)  # committed at once: who comes meanwhile is told so
            self.act.enter_context(transaction.atomic())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if self.asked is not None:
            keep(self.asked, final)
        return final


def claim(request: Request, key: str) -> ApiRequest:
    """Take the key for this request. Effects: a row; the person's rows of yesterday go.

    Raises AnsweredBefore with the kept answer; OtherRequest (422) when the key was used for something else;
    Conflict (409) while the first is at work; ValidationError on a key that is none.
    """
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= 200):
        raise ValidationError({"Idempotency-Key": _("Send 1 to 200 plain characters.")})
    now, digest = engine_now(), digest_of(request)
    assert isinstance(request.user, User), "a view of the API lets nobody else so far"
    mine = ApiRequest.objects.filter(user=request.user)
    mine.filter(asked_at__lt=now - KEPT).delete()
    row, is_new = mine.get_or_create(
        key=key, defaults={"user": request.user, "digest": digest, "asked_at": now}
    )
    if is_new:
        return row
    if row.digest != digest:
        raise OtherRequest({"Idempotency-Key": _("This key was used for another request.")})
    if row.status is not None:
        body = json.loads(row.body) if row.body else None
        raise AnsweredBefore(Response(body, status=row.status, headers={"Idempotent-Replayed": "true"}))
    left_behind = mine.filter(pk=row.pk, status=None, asked_at__lt=now - AT_WORK)
    if not left_behind.update(asked_at=now):
        raise Conflict(_("The first request under this key is still at work."))
    return row


def forget_old_answers() -> None:
    """Delete what is older than a day, whosever it is. Rung by the sweep each hour."""
    ApiRequest.objects.filter(asked_at__lt=engine_now() - KEPT).delete()


def keep(row: ApiRequest, answer: Any) -> None:
    """Keep a final answer; free the key after any other."""
    rows = ApiRequest.objects.filter(pk=row.pk)
    if isinstance(answer, Response) and answer.status_code in FINAL:
        data = answer.kept if isinstance(answer, ShownOnce) else answer.data
        body = "" if data is None else JSONRenderer().render(data).decode()
        rows.update(status=answer.status_code, body=body)
    else:
        rows.delete()


def digest_of(request: Request) -> str:
    """What was asked: method, address, and every field and file."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if hasattr(request.data, "lists"):
        for name, values in sorted(request.data.lists()):
            for value in values:
                digest.update(f"{name}=".encode())
                for piece in value.chunks() if hasattr(value, "chunks") else [str(value).encode()]:
                    digest.update(piece)
                if hasattr(value, "seek"):
                    value.seek(0)
                digest.update(b"\n")
    else:
        digest.update(json.dumps(request.data, sort_keys=True).encode())
    return digest.hexdigest()
