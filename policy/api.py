"""Duties over the API: what Today shows and what a duty's page can do; and what the district follows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from ledger.api import ROW_ID, answers, given, person, within
from parties.access import districts_of
from policy import alerts, changes, pauses
from policy import serializers as shapes
from policy.adoptions import adopt_pack, end_adoption, keep_adoption, set_parameter
from policy.amending import agree_to_edition, decline_edition, make_edition
from policy.models import (
    Adoption,
    Alert,
    DutyChange,
    Edition,
    Obligation,
    ObligationStatus,
    OwedBy,
    Parameter,
)
from policy.reports import report_done


class ObligationViewSet(viewsets.ReadOnlyModelViewSet[Obligation]):
    """Acts owed: Today's list, soonest first, each with its clocks and their arithmetic."""

    serializer_class = shapes.ObligationSerializer
    queryset = Obligation.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Obligation]:
        seen = Obligation.objects.for_user(person(self.request)).select_related("case", "district")
        for name, known in (("status", ObligationStatus.values), ("owed_by", OwedBy.values)):
            asked = self.request.query_params.get(name)
            if asked is not None:
                seen = seen.filter(**{name: asked}) if asked in known else seen.none()
        return seen.soonest_first().prefetch_related("deadlines__alerts", "changes")

    @extend_schema(
        parameters=[
            OpenApiParameter("status", enum=ObligationStatus.values),
            OpenApiParameter("owed_by", enum=OwedBy.values),
        ],
        responses=answers(shapes.ObligationSerializer(many=True)),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": shapes.DoneSerializer}, responses=answers(shapes.ObligationSerializer)
    )
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Say when it was done, and show it; a time that would undo a miss waits for a second person."""
        duty = self.get_object()
        report_done(duty, by=person(request), **given(shapes.DoneSerializer, request).validated_data)
        return self._shown(duty)

    @extend_schema(
        request={"multipart/form-data": shapes.CancelSerializer},
        responses=answers(shapes.ObligationSerializer),
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """The duty falls away, because …: done, or asked of a second person (see `changes`)."""
        duty = self.get_object()
        changes.ask_cancel(duty, by=person(request), **given(shapes.CancelSerializer, request).validated_data)
        return self._shown(duty)

    @extend_schema(
        request={"multipart/form-data": shapes.StartSerializer},
        responses=answers(shapes.ObligationSerializer),
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """The event was at another time: earlier at once, later only with proof and a second person."""
        duty = self.get_object()
        changes.ask_start(duty, by=person(request), **given(shapes.StartSerializer, request).validated_data)
        return self._shown(duty)

    @extend_schema(
        parameters=[within("clock")],
        request={"multipart/form-data": shapes.PauseSerializer},
        responses=answers(shapes.ObligationSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"clocks/(?P<clock>{ROW_ID})/pause")
    def pause(self, request: Request, pk: str, clock: str) -> Response:
        """Ask that a clock stand still, with the paper that allows it; a second person agrees."""
        duty = self.get_object()
        deadline = get_object_or_404(duty.deadlines, pk=clock)
        changes.ask_pause(
            deadline, by=person(request), **given(shapes.PauseSerializer, request).validated_data
        )
        return self._shown(duty)

    @extend_schema(parameters=[within("clock")], request=None, responses=answers(shapes.ObligationSerializer))
    @action(detail=True, methods=["post"], url_path=rf"clocks/(?P<clock>{ROW_ID})/resume")
    def resume(self, request: Request, pk: str, clock: str) -> Response:
        """Let a paused clock run again."""
        duty = self.get_object()
        pauses.resume(get_object_or_404(duty.deadlines, pk=clock), by=person(request))
        return self._shown(duty)

    @extend_schema(
        parameters=[within("change")],
        request=shapes.AgreeToChangeSerializer,
        responses=answers(shapes.ObligationSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"changes/(?P<change>{ROW_ID})/agree")
    def agree(self, request: Request, pk: str, change: str) -> Response:
        """Agree, as the second person, to what was asked."""
        duty = self.get_object()
        asked = get_object_or_404(DutyChange, pk=change, obligation=duty)
        changes.agree(
            asked, by=person(request), **given(shapes.AgreeToChangeSerializer, request).validated_data
        )
        return self._shown(duty)

    @extend_schema(
        parameters=[within("change")],
        request=shapes.DeclineSerializer,
        responses=answers(shapes.ObligationSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"changes/(?P<change>{ROW_ID})/decline")
    def decline(self, request: Request, pk: str, change: str) -> Response:
        """Do not agree, because …"""
        duty = self.get_object()
        asked = get_object_or_404(DutyChange, pk=change, obligation=duty)
        reason = given(shapes.DeclineSerializer, request).validated_data["reason"]
        changes.decline(asked, by=person(request), reason=reason)
        return self._shown(duty)

    @extend_schema(parameters=[within("alert")], request=None, responses=answers(shapes.ObligationSerializer))
    @action(detail=True, methods=["post"], url_path=rf"alerts/(?P<alert>{ROW_ID})/answer")
    def answer(self, request: Request, pk: str, alert: str) -> Response:
        """You are on it: the superintendent is not woken."""
        duty = self.get_object()
        found = get_object_or_404(Alert, pk=alert, deadline__obligation=duty)
        alerts.acknowledge(found, by=person(request))
        return self._shown(duty)

    def _shown(self, duty: Obligation) -> Response:
        stored = Obligation.objects.select_related("case", "district").get(pk=duty.pk)
        return Response(self.get_serializer(stored).data)


class AdoptionViewSet(viewsets.ReadOnlyModelViewSet[Adoption]):
    """Which laws and policies a district follows, and since when."""

    serializer_class = shapes.AdoptionSerializer
    queryset = Adoption.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Adoption]:
        mine = Adoption.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district", "edition")

    @extend_schema(request=shapes.AdoptSerializer, responses=answers(shapes.AdoptionSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Have the district follow a pack; the duties of doing so arise at once."""
        sent = given(shapes.AdoptSerializer, request).validated_data
        return Response(self.get_serializer(adopt_pack(by=person(request), **sent)).data, status=201)

    @extend_schema(request=shapes.EndAdoptionSerializer, responses=answers(shapes.AdoptionSerializer))
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Ask that it be followed no longer, or confirm it as the second person; running clocks stay."""
        adoption = self.get_object()
        sent = given(shapes.EndAdoptionSerializer, request).validated_data
        return Response(self.get_serializer(end_adoption(adoption, by=person(request), **sent)).data)

    @extend_schema(request=None, responses=answers(shapes.AdoptionSerializer))
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: str) -> Response:
        """Go on following a pack that somebody asked to end."""
        return Response(self.get_serializer(keep_adoption(self.get_object(), by=person(request))).data)


class EditionViewSet(viewsets.ReadOnlyModelViewSet[Edition]):
    """A district's own versions of packs, by decision of its Board; frozen."""

    serializer_class = shapes.EditionSerializer
    queryset = Edition.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Edition]:
        mine = Edition.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district").order_by("pack", "-number")

    @extend_schema(
        request=shapes.MakeEditionSerializer, responses=answers(shapes.EditionSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Freeze a version; from now on duties arise by it, and running clocks keep theirs.

        One that gives more time than the pack waits until a second approver agrees to it (`agree`); the
        adoption then names it. Sent again, the same changes are refused while they wait; others take their
        place.
        """
        sent = given(shapes.MakeEditionSerializer, request).validated_data
        return Response(self.get_serializer(make_edition(by=person(request), **sent)).data, status=201)

    @extend_schema(request=None, responses=answers(shapes.EditionSerializer))
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str) -> Response:
        """Agree, as the second approver, to one that gives more time."""
        return Response(self.get_serializer(agree_to_edition(self.get_object(), by=person(request))).data)

    @extend_schema(request=None, responses=answers(shapes.EditionSerializer))
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Do not agree to one that gives more time, or take back your own."""
        return Response(self.get_serializer(decline_edition(self.get_object(), by=person(request))).data)


class ParameterViewSet(viewsets.ReadOnlyModelViewSet[Parameter]):
    """What the policies leave to the district, as the district set it."""

    serializer_class = shapes.ParameterSerializer
    queryset = Parameter.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Parameter]:
        mine = Parameter.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district").order_by("pack", "name", "pk")

    @extend_schema(
        request=shapes.SetParameterSerializer, responses=answers(shapes.ParameterSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Set one; clocks that waited for it get their date, running ones keep theirs."""
        sent = given(shapes.SetParameterSerializer, request).validated_data
        return Response(self.get_serializer(set_parameter(by=person(request), **sent)).data, status=201)


def register(router: BaseRouter) -> None:
    """Add the engine's nouns to the portal's API."""
    router.register("obligations", ObligationViewSet, basename="obligation")
    router.register("adoptions", AdoptionViewSet, basename="adoption")
    router.register("editions", EditionViewSet, basename="edition")
    router.register("parameters", ParameterViewSet, basename="parameter")
