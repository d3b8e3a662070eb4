"""Requests to amend over the API: written, sent, proven to have arrived, and what follows (L-3, L-4)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from contracts import cure
from contracts import serializers as shapes
from contracts.asking import decide_delivery, send_notice_to_amend
from contracts.models import Contract, CurePeriod
from ledger.api import ROW_ID, answers, given, person, within
from mail.models import Delivery
from parties.access import districts_of


class RequestViewSet(viewsets.ReadOnlyModelViewSet[CurePeriod]):
    """What vendors are asked to amend."""

    serializer_class = shapes.RequestSerializer
    queryset = CurePeriod.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[CurePeriod]:
        mine = CurePeriod.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related(
            "contract__case", "contract__district", "contract__vendor_file__vendor", "proof", "decision"
        ).prefetch_related("findings", "message__deliveries")

    @extend_schema(request=shapes.AskSerializer, responses=answers(shapes.RequestSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Write down what the vendor is asked to amend; nothing is sent yet."""
        sent = dict(given(shapes.AskSerializer, request).validated_data)
        contract = Contract.objects.for_user(request.user).filter(pk=sent.pop("contract")).first()
        if contract is None:
            raise ValidationError({"contract": _("There is no such contract.")})
        return self._shown(cure.begin_cure(contract, by=person(request), **sent), status=201)

    @extend_schema(request=None, responses=answers(shapes.RequestSerializer))
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """E-mail it to the vendor."""
        return self._shown(send_notice_to_amend(self.get_object(), by=person(request)))

    @extend_schema(request=shapes.SentAnotherWaySerializer, responses=answers(shapes.RequestSerializer))
    @action(detail=True, methods=["post"], url_path="sent-another-way")
    def sent_another_way(self, request: Request, pk: str) -> Response:
        """It went out by post or by hand."""
        asked = self.get_object()
        sent = given(shapes.SentAnotherWaySerializer, request).validated_data
        return self._shown(cure.give_notice_to_amend(asked, by=person(request), **sent))

    @extend_schema(
        request={"multipart/form-data": shapes.DeliveredSerializer},
        responses=answers(shapes.RequestSerializer),
    )
    @action(detail=True, methods=["post"])
    def delivered(self, request: Request, pk: str) -> Response:
        """It arrived, and here is the proof: the vendor's time runs."""
        asked = self.get_object()
        sent = given(shapes.DeliveredSerializer, request).validated_data
        return self._shown(cure.record_delivery(asked, by=person(request), **sent))

    @extend_schema(
        request={"multipart/form-data": shapes.VoidSerializer}, responses=answers(shapes.RequestSerializer)
    )
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Counsel or the superintendent decides that the contract is void."""
        asked = self.get_object()
        cure.declare_void(asked, by=person(request), **given(shapes.VoidSerializer, request).validated_data)
        return self._shown(asked)

    @extend_schema(request=shapes.ReasonSerializer, responses=answers(shapes.RequestSerializer))
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Stop asking, because …"""
        asked = self.get_object()
        reason = given(shapes.ReasonSerializer, request).validated_data["reason"]
        return self._shown(cure.withdraw_cure(asked, reason=reason, by=person(request)))

    @extend_schema(
        parameters=[within("delivery")],
        request=shapes.DecideDeliverySerializer,
        responses=answers(shapes.RequestSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"deliveries/(?P<delivery>{ROW_ID})/decide")
    def decide_delivery(self, request: Request, pk: str, delivery: str) -> Response:
        """Nobody could know whether this e-mail left: say that it did, or that it goes again."""
        asked = self.get_object()
        row = get_object_or_404(Delivery, message=asked.message_id, district=asked.district, pk=delivery)
        sent = given(shapes.DecideDeliverySerializer, request).validated_data
        decide_delivery(asked, delivery=row.pk, by=person(request), **sent)
        return self._shown(asked)

    def _shown(self, asked: CurePeriod, status: int = 200) -> Response:
        stored = self.get_queryset().get(pk=asked.pk)
        return Response(self.get_serializer(stored).data, status=status)


def register(router: BaseRouter) -> None:
    """Add the noun to the portal's API."""
    router.register("requests-to-amend", RequestViewSet, basename="request-to-amend")
