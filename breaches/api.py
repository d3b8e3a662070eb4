"""Breaches over the API: the pages' nouns, verbs and refusals; only for people named on the breach."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from breaches import closing, response
from breaches import serializers as shapes
from breaches.desk_api import DeskSteps
from breaches.intake import record_report
from breaches.measures import log_step
from breaches.models import Breach, BreachStatus
from breaches.said import Said
from ledger.api import ROW_ID, answers, given, person
from policy.serializers import ObligationSerializer


class BreachViewSet(DeskSteps, viewsets.ReadOnlyModelViewSet[Breach]):
    """Breaches, their clocks, and the steps from the report to closure."""

    serializer_class = shapes.BreachSerializer
    queryset = Breach.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Breach]:
        mine = Breach.objects.for_user(self.request.user).select_related(
            "case__district", "district", "report__vendor"
        )
        asked = self.request.query_params.get("status")
        if asked is not None:
            mine = mine.filter(status=asked) if asked in BreachStatus.values else mine.none()
        return mine

    @extend_schema(
        parameters=[OpenApiParameter("status", enum=BreachStatus.values)],
        responses=answers(shapes.BreachSerializer(many=True)),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=shapes.RecordReportSerializer, responses=answers(shapes.BreachSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Write down a report; the clocks of all actors start. The same report again is the same breach."""
        sent = dict(given(shapes.RecordReportSerializer, request).validated_data)
        district = sent.pop("district")
        known = {name: sent.pop(name) for name in ("channel", "sort", "received_at")}
        vendor = sent["vendor"]
        if vendor is not None and not vendor.districts.filter(pk=district.pk).exists():
            raise ValidationError({"vendor": _("Choose a vendor of this district.")})
        report = record_report(districts=[district], said=Said(**sent), by=person(request), **known)
        mine = Breach.objects.for_user(request.user).filter(report=report, district=district)
        breach = get_object_or_404(mine.select_related("case__district", "district", "report__vendor"))
        return Response(self.get_serializer(breach).data, status=201)

    @extend_schema(responses=answers(ObligationSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def duties(self, request: Request, pk: str) -> Response:
        """All acts owed, by whom, with each clock's arithmetic."""
        owed = self.get_object().case.obligations.prefetch_related("deadlines").order_by("pk")
        return Response(ObligationSerializer(owed, many=True).data)

    @extend_schema(request=shapes.LogSerializer, responses=answers(shapes.BreachSerializer, code=201))
    @action(detail=True, methods=["post"])
    def log(self, request: Request, pk: str) -> Response:
        """Write one line of the investigation's log."""
        breach = self.get_object()
        log_step(breach, by=person(request), **given(shapes.LogSerializer, request).validated_data)
        return Response(self.get_serializer(breach).data, status=201)

    @extend_schema(request=shapes.NoticeWordsSerializer, responses=answers(shapes.BreachSerializer))
    @action(detail=True, methods=["put"])
    def notice(self, request: Request, pk: str) -> Response:
        """Write the notice's five parts; a notice that was approved has to be approved again."""
        breach = self.get_object()
        words = given(shapes.NoticeWordsSerializer, request).validated_data
        response.write_notice(breach, texts=words, by=person(request))
        return self.answer(breach)

    @extend_schema(request=shapes.ApproveBreachNoticeSerializer, responses=answers(shapes.BreachSerializer))
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve as the second person, or alone where that is allowed, with the reason."""
        breach = self.get_object()
        response.approve(
            breach, by=person(request), **given(shapes.ApproveBreachNoticeSerializer, request).validated_data
        )
        return self.answer(breach)

    @extend_schema(request=None, responses=answers(shapes.SentSerializer))
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Send the approved notice to everybody affected, and post it."""
        sent = response.send_and_post(self.get_object(), by=person(request))
        posted = sent.posting.version if sent.posting else None
        return Response({"notice": sent.notice.number, "recipients": sent.recipients, "posting": posted})

    @extend_schema(request=shapes.CloseSerializer, responses=answers(shapes.BreachSerializer))
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close the breach; refused with everything that is missing."""
        breach = self.get_object()
        closing.close_breach(
            breach, by=person(request), **given(shapes.CloseSerializer, request).validated_data
        )
        return self.answer(breach)


def register(router: BaseRouter) -> None:
    """Add the room's nouns to the portal's API."""
    router.register("breaches", BreachViewSet, basename="breach")
