"""What every room's API shares: how a refusal is said, how it is documented, and pages of a list."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from ledger.documents import Quota
from ledger.entries import Conflict
from ledger.once import AnsweredBefore, OtherRequest

ROW_ID = r"[0-9]{1,18}"
"""A row's number in an address: never more than the database can hold."""


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


def answers(ok: Any, *, code: int = 200) -> dict[int, Any]:
    """What an endpoint may answer, for the schema."""
    why = {
        400: "Refused",
        401: "Sign in",
        403: "Your role does not allow it",
        404: "Not there",
        409: "Conflict",
    }
    refused = {number: OpenApiResponse(RefusalSerializer, words) for number, words in why.items()}
    return {code: ok, **refused, 429: OpenApiResponse(RefusalSerializer, "Too many files")}
