"""What every room's API shares: how a refusal is said, how it is documented, and pages of a list."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from operator import attrgetter
from typing import Any, Literal, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.fields import empty
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from ledger.clock import EARLIEST, LATEST, has_offset
from ledger.documents import MADE_TYPES, Quota
from ledger.entries import Conflict
from ledger.once import AnsweredBefore, OtherRequest
from parties.access import districts_of
from parties.models import District, User, Vendor

ROW_ID = r"[0-9]{1,18}"
"""A row's number in an address: never more than the database can hold."""


Shape = TypeVar("Shape", bound=serializers.Serializer[Any])


def person(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def given(shape: type[Shape], request: Request, **context: Any) -> Shape:
    """What was sent, in its shape; refused with 400 when it does not fit."""
    sent = shape(data=request.data, context={"request": request, **context})
    sent.is_valid(raise_exception=True)
    return sent


def within(name: str, kind: Any = OpenApiTypes.INT) -> OpenApiParameter:
    """The number of a row inside another, in the address."""
    return OpenApiParameter(name, kind, OpenApiParameter.PATH)


class OwnDistrict(serializers.SlugRelatedField[District]):
    """A district by its short name; only the person's own exist."""

    def get_queryset(self) -> QuerySet[District]:
        return districts_of(self.context["request"].user)


def own_vendor(district: District, pk: int | None) -> Vendor | None:
    """The vendor with this number that the district deals with. Raises ValidationError beside `vendor`."""
    if pk is None:
        return None
    vendor = district.vendors.filter(pk=pk).first()
    if vendor is None:
        raise ValidationError({"vendor": _("Choose a vendor of this district.")})
    return vendor


class RowNumber(serializers.IntegerField):
    """A row's number in what is sent: never more than the database can hold."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**62, **options)


class Moment(serializers.DateTimeField):
    """An instant with its UTC offset; one without is refused (A41)."""

    def enforce_timezone(self, value: datetime) -> datetime:
        if not has_offset(value):
            raise serializers.ValidationError("Give the time with its UTC offset, for example -05:00 or Z.")
        if not EARLIEST <= value < LATEST:
            raise serializers.ValidationError("Check the year.")
        return value


class RefusalSerializer(serializers.Serializer[Any]):
    """Why not: `detail`, or each message under the field it is about."""

    detail = serializers.CharField(required=False)


class Pages(LimitOffsetPagination):
    """At most 200 rows, and no further on than a list can be."""

    max_limit = 200

    def get_offset(self, request: Request) -> int:
        return min(super().get_offset(request), 1_000_000)


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """The verbs' refusals as answers: 400 beside the field, 409 for a conflict, 429 for too many files.

    A request that was answered before gets that answer; 422 when its key belongs to another request.
    """
    if isinstance(error, AnsweredBefore):
        return error.answer
    if isinstance(error, Conflict):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, ValidationError):
        status = {Quota: 429, OtherRequest: 422}.get(type(error), 400)
        if hasattr(error, "error_dict"):
            return Response(error.message_dict, status=status)
        return Response({"detail": " ".join(error.messages)}, status=status)
    return exception_handler(error, context)


WHY_NOT = {
    400: "Refused",
    401: "Sign in",
    403: "Your role does not allow it",
    404: "Not there",
    405: "Nothing can be done this way",
    406: "This form of answer is not made",
    409: "Conflict",
    415: "This form of words is not read",
    422: "The Idempotency-Key belongs to another request",
    429: "Too many files",
}
ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,200}$"},
    "description": "Sent again with the same key, the request acts once and is answered as the first time.",
}
FILE: dict[tuple[int, str], Any] = {(200, kind): OpenApiTypes.BINARY for kind in {*MADE_TYPES.values()}}
"""What a file is handed over as."""


def answers(ok: Any, *, code: int = 200) -> dict[Any, Any]:
    """What an endpoint answers when it does its work, and what each refusal is, for the schema."""
    said = ok if isinstance(ok, dict) else {code: ok}
    return {**said, 400: OpenApiResponse(RefusalSerializer, WHY_NOT[400])}


Shown = type[serializers.BaseSerializer[Any]]


def step(
    takes: type[serializers.Serializer[Any]] | None = None,
    *,
    at: str = "",
    row: str = "",
    shows: Shown | None = None,
    code: int = 0,
    files: bool = False,
    method: Literal["post", "put", "patch"] = "post",
    beside: Any = None,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """One act of a view: find the row, read what was sent, act, answer.

    The method below it gets the view's row, or the one in the row's `row` whose number the address `at` names
    as `{name}`; then what was sent, by its names; and the person as `by`. What it returns is shown as `shows`
    (201 unless `code` says otherwise, 200 for a row that was there); without `shows`, the view's row as it
    stands then (200). `beside` is the action that answers GET at the same address.
    """
    inner = re.search(r"{(\w+)}", at) if row else None
    code = code or (201 if shows and not row else 200)

    def as_operation(act: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(act)
        def operation(view: Any, request: Request, *_args: Any, **named: Any) -> Response:
            mine = view.get_object()
            found = get_object_or_404(attrgetter(row)(mine), pk=named[inner[1]]) if inner else mine
            sent = given(takes, request).validated_data if takes else {}
            done = act(view, found, by=person(request), **sent)
            if shows is not None:
                return Response(shows(done, context={"request": request}).data, status=code)
            mine.refresh_from_db()
            return Response(view.get_serializer(mine).data)

        path = re.sub(r"{(\w+)}", rf"(?P<\1>{ROW_ID})", at) or act.__name__.replace("_", "-")
        schema = extend_schema(
            parameters=[within(inner[1])] if inner else [],
            request={"multipart/form-data": takes} if files and takes else takes,
            responses=answers(shows, code=code) if shows else empty,
        )
        if beside is not None:
            getattr(beside.mapping, method)(operation)
            return schema(operation)
        return schema(action(detail=True, methods=[method], url_path=path)(operation))

    return as_operation


def document_refusals(result: dict[str, Any], generator: Any, **_more: Any) -> dict[str, Any]:
    """Every operation may refuse, and always in the same form; what changes something may carry a key.

    A hook of the schema's last pass.
    """
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method in ("post", "put", "patch"):
                operation.setdefault("parameters", []).append(ONCE)
            for code, words in WHY_NOT.items():
                operation["responses"].setdefault(str(code), {"content": refused, "description": words})
    return result
