"""Requests over the API: recorded, decided, reported to the Board; restricted ones only for those named."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from inquiries.answering import decide_inquiry, record_inquiry, report_to_board
from inquiries.models import Inquiry, InquiryStatus, Sort
from ledger.api import ROW_ID, Moment, OwnDistrict, RowNumber, answers, given, own_vendor, person
from parties.models import District
from policy.succession import may_be_named, name_on_case


class InquirySerializer(serializers.ModelSerializer[Inquiry]):
    """One request, with what names the person who asks: only people of the district see it."""

    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    vendor = serializers.CharField(source="vendor.name", read_only=True, allow_null=True, default=None)
    sort = serializers.ChoiceField(choices=Sort.choices, read_only=True)
    status = serializers.ChoiceField(choices=InquiryStatus.choices, read_only=True)

    class Meta:
        model = Inquiry
        fields = (
            "id", "number", "district", "sort", "received_at", "asks", "asked_by", "reply_to", "vendor",
            "left_district_on", "for_school_purposes", "status", "decision", "decided_at",
            "reported_to_board_on",
        )  # fmt: skip
        read_only_fields = fields


class RecordInquirySerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    sort = serializers.ChoiceField(choices=Sort.choices)
    asks = serializers.CharField(max_length=8000)
    received_at = Moment()
    asked_by = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    reply_to = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    vendor = RowNumber(required=False, allow_null=True, default=None)
    left_district_on = serializers.DateField(required=False, allow_null=True, default=None)


class DecideSerializer(serializers.Serializer[Any]):
    granted = serializers.BooleanField()
    decision = serializers.CharField(max_length=8000)
    for_school_purposes = serializers.BooleanField(required=False, allow_null=True, default=None)


class BoardSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()


class SeenBySerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(help_text="Of a person of the district who is not named yet")


class InquiryViewSet(viewsets.ReadOnlyModelViewSet[Inquiry]):
    """Questions and requests that the policies give an answer's time or form to."""

    serializer_class = InquirySerializer
    queryset = Inquiry.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Inquiry]:
        seen = Inquiry.objects.for_user(person(self.request)).select_related("case", "district", "vendor")
        asked = self.request.query_params.get("status")
        if asked is not None:
            seen = seen.filter(status=asked) if asked in InquiryStatus.values else seen.none()
        return seen

    @extend_schema(
        parameters=[OpenApiParameter("status", enum=InquiryStatus.values)],
        responses=answers(InquirySerializer(many=True)),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=RecordInquirySerializer, responses=answers(InquirySerializer, code=201))
    def create(self, request: Request) -> Response:
        """Record a request as of the moment it reached anybody in the district."""
        sent = dict(given(RecordInquirySerializer, request).validated_data)
        sent["vendor"] = own_vendor(sent["district"], sent["vendor"])
        return Response(self.get_serializer(record_inquiry(by=person(request), **sent)).data, status=201)

    @extend_schema(request=DecideSerializer, responses=answers(InquirySerializer))
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Answer or refuse it, with the reason."""
        inquiry = self.get_object()
        sent = given(DecideSerializer, request).validated_data
        return Response(self.get_serializer(decide_inquiry(inquiry, by=person(request), **sent)).data)

    @extend_schema(request=SeenBySerializer, responses=answers(InquirySerializer))
    @action(detail=True, methods=["post"], url_path="seen-by")
    def seen_by(self, request: Request, pk: str) -> Response:
        """Let one more person of the district see a restricted request."""
        inquiry = self.get_object()
        email = given(SeenBySerializer, request).validated_data["email"]
        found = may_be_named(inquiry.case).filter(email__iexact=email).first()
        if found is None:
            raise ValidationError({"email": _("Choose somebody who works on cases in this district.")})
        name_on_case(inquiry.case, user=found, by=person(request))
        return Response(self.get_serializer(inquiry).data)

    @extend_schema(request=BoardSerializer, responses=answers(InquirySerializer))
    @action(detail=True, methods=["post"])
    def board(self, request: Request, pk: str) -> Response:
        """Record that the superintendent told the Board (R-4)."""
        inquiry = self.get_object()
        sent = given(BoardSerializer, request).validated_data
        return Response(self.get_serializer(report_to_board(inquiry, by=person(request), **sent)).data)


def register(router: BaseRouter) -> None:
    """Add the room's noun to the portal's API."""
    router.register("inquiries", InquiryViewSet, basename="inquiry")
