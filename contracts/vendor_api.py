"""The vendor's side over the API: its own contracts, a paper to send, an answer to the district."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from contracts import vendor_serializers as shapes
from contracts.models import Contract, CureStatus
from contracts.vendor import answer_request, receive_from_vendor
from ledger.api import ROW_ID, answers, given, person


class VendorContractViewSet(viewsets.ReadOnlyModelViewSet[Contract]):
    """The contracts of the vendors that the person speaks for, and no others."""

    serializer_class = shapes.VendorContractSerializer
    queryset = Contract.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Contract]:
        mine = Contract.objects.for_vendor_member(self.request.user)
        return mine.select_related("case", "district", "vendor_file__vendor")

    @extend_schema(
        request={"multipart/form-data": shapes.VendorPaperSerializer},
        responses=answers(shapes.VendorContractSerializer, code=201),
    )
    @action(detail=True, methods=["post"])
    def papers(self, request: Request, pk: str) -> Response:
        """Send a signed contract or amendment (multipart); the district is told."""
        contract = self.get_object()
        upload = given(shapes.VendorPaperSerializer, request).validated_data["upload"]
        receive_from_vendor(contract, upload=upload, by=person(request))
        return Response(self.get_serializer(contract).data, status=201)

    @extend_schema(request=shapes.AnswerSerializer, responses=answers(shapes.VendorContractSerializer))
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """You have the request to amend; with words, your answer to it."""
        contract = self.get_object()
        asked = get_object_or_404(contract.cures, status__in=(CureStatus.SENT, CureStatus.RUNNING))
        words = given(shapes.AnswerSerializer, request).validated_data["words"]
        answer_request(asked, words=words, by=person(request))
        return Response(self.get_serializer(contract).data)


def register(router: BaseRouter) -> None:
    """Add the noun to the portal's API."""
    router.register("vendor/contracts", VendorContractViewSet, basename="vendor-contract")
