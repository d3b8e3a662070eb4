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

from breaches import closing, links_api, vendor_api
from breaches import serializers as shapes
from breaches.desk_api import DeskSteps
from breaches.drills import start_drill
from breaches.intake import record_report
from breaches.merging import merge_breach, same_event_candidates
from breaches.models import Breach, BreachStatus
from breaches.said import Said
from breaches.telling_api import TellingSteps
from ledger.api import ROW_ID, answers, given, own_vendor, person, step
from parties.models import User
from policy.serializers import ObligationSerializer


class BreachViewSet(TellingSteps, DeskSteps, viewsets.ReadOnlyModelViewSet[Breach]):
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
        request=shapes.RecordReportSerializer, responses=answers(shapes.RecordedSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Write down a report; the clocks of all actors start.

        `was_known`: the same words of the same day were written down before, and nothing new was opened. Of
        another event say in the words what is different.
        """
        sent = dict(given(shapes.RecordReportSerializer, request).validated_data)
        district = sent.pop("district")
        known = {name: sent.pop(name) for name in ("channel", "sort", "received_at")}
        said = Said(**{**sent, "vendor": own_vendor(district, sent["vendor"])})
        report = record_report(districts=[district], said=said, by=person(request), **known)
        mine = Breach.objects.for_user(request.user).filter(report=report, district=district)
        breach = get_object_or_404(mine.select_related("case__district", "district", "report__vendor"))
        breach.report = report
        return Response(shapes.RecordedSerializer(breach).data, status=201)

    @extend_schema(request=shapes.DrillSerializer, responses=answers(shapes.BreachSerializer, code=201))
    @action(detail=False, methods=["post"])
    def drill(self, request: Request) -> Response:
        """Practise: the whole desk with real clocks, and nobody outside hears of it."""
        sent = dict(given(shapes.DrillSerializer, request).validated_data)
        vendor = own_vendor(sent["district"], sent["vendor"])
        breach = start_drill(by=person(request), **{**sent, "vendor": vendor})
        return Response(self.get_serializer(breach).data, status=201)

    @extend_schema(responses=answers(ObligationSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def duties(self, request: Request, pk: str) -> Response:
        """All acts owed, by whom, with each clock's arithmetic."""
        owed = self.get_object().case.obligations.prefetch_related("deadlines").order_by("pk")
        return Response(ObligationSerializer(owed, many=True).data)

    @step(shapes.SameEventSerializer, shows=shapes.BreachSerializer, code=200)
    def same_event(self, breach: Breach, *, into: int, reason: str, by: User) -> Breach:
        """This is the same event as another breach, which goes on with all that both know; it is shown."""
        other = same_event_candidates(breach, by=by).filter(pk=into).first()
        if other is None:
            raise ValidationError({"into": _("Choose another open breach of this district.")})
        return merge_breach(breach, into=other, reason=reason, by=by)

    @step(shapes.CloseSerializer)
    def close(self, breach: Breach, **said: Any) -> None:
        """Close the breach; refused with everything that is missing."""
        closing.close_breach(breach, **said)


def register(router: BaseRouter) -> None:
    """Add the room's nouns to the portal's API."""
    router.register("breaches", BreachViewSet, basename="breach")
    links_api.register(router)
    vendor_api.register(router)
