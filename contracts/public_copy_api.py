"""The public copy over the API: hide words or boxes with their ground, make the copy, confirm it (1f.5)."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from contracts import public_copy_serializers as shapes
from contracts import redaction
from contracts.models import Contract, Instrument, RedactionBox
from contracts.printing import print_paper, printed_pages
from ledger.api import ROW_ID, answers, given, person, within
from ledger.case_api import DocumentSerializer

PAPER = "paper"
CHOSEN = OpenApiParameter(PAPER, int, description="A paper of the contract; without it the contract itself")


class RedactionViewSet(viewsets.GenericViewSet[RedactionBox]):
    """What the public must not see of one paper: of the contract itself, unless `paper` is named."""

    serializer_class = shapes.BoxSerializer
    queryset = RedactionBox.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[RedactionBox]:
        boxes = RedactionBox.objects.filter(case=self._contract().pk)
        return boxes.filter(document=printed_pages(self._paper())) if PAPER in self.request.GET else boxes

    def _contract(self) -> Contract:
        mine = Contract.objects.for_user(self.request.user).select_related("case", "district")
        return get_object_or_404(mine, pk=self.kwargs["contract"])

    def _paper(self) -> Instrument:
        papers = self._contract().instruments.with_a_copy().select_related("document", "contract__case")
        if PAPER in self.request.GET:
            named = self.request.GET[PAPER]
            papers = papers.filter(pk=named) if re.fullmatch(ROW_ID, named) else papers.none()
        paper = papers.first()
        if paper is None:
            raise Http404
        return paper

    @extend_schema(
        parameters=[within("contract"), CHOSEN], responses=answers(shapes.BoxSerializer(many=True))
    )
    def list(self, request: Request, contract: str) -> Response:
        """The hidden places."""
        page = self.paginate_queryset(self.get_queryset().order_by("page", "pk"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        parameters=[within("contract"), CHOSEN],
        request=shapes.MarkSerializer,
        responses=answers(shapes.BoxSerializer(many=True), code=201),
    )
    def create(self, request: Request, contract: str) -> Response:
        """Hide words, or a box, on a page."""
        paper = self._paper()
        sent = dict(given(shapes.MarkSerializer, request).validated_data)
        text, box = sent.pop("text"), sent.pop("box", None)
        if bool(text) is (box is not None):
            raise ValidationError({"text": _("Send the words to hide, or a box.")})
        if box is None:
            made = redaction.mark_words(paper, text=text, by=person(request), **sent)
        else:
            x, y, w, h = box
            made = [redaction.mark_box(paper, x=x, y=y, w=w, h=h, by=person(request), **sent)]
        return Response(self.get_serializer(made, many=True).data, status=201)

    @extend_schema(
        parameters=[within("contract"), CHOSEN], responses={**answers(None, code=204), 204: OpenApiResponse()}
    )
    def destroy(self, request: Request, contract: str, pk: str) -> Response:
        """Show a place again."""
        redaction.unmark_box(self.get_object(), by=person(request))
        return Response(status=204)

    @extend_schema(
        parameters=[within("contract"), CHOSEN], request=None, responses=answers(DocumentSerializer, code=201)
    )
    @action(detail=False, methods=["post"])
    def pages(self, request: Request, contract: str) -> Response:
        """Set a Word or text file on pages that can be looked at, marked and posted."""
        made = print_paper(self._paper(), by=person(request))
        return Response(DocumentSerializer(made).data, status=201)

    @extend_schema(
        parameters=[within("contract"), CHOSEN],
        request=None,
        responses=answers(shapes.CopySerializer, code=201),
    )
    @action(detail=False, methods=["post"], url_path="copy")
    def make(self, request: Request, contract: str) -> Response:
        """Make the copy, to look at. It is a document of the contract."""
        made = redaction.make_public_copy(self._paper(), by=person(request))
        return Response(shapes.CopySerializer(made).data, status=201)

    @extend_schema(
        parameters=[within("contract"), CHOSEN], request=None, responses=answers(shapes.CopySerializer)
    )
    @action(detail=False, methods=["post"], url_path="copy/confirm")
    def confirm(self, request: Request, contract: str) -> Response:
        """You have looked at the copy: this is what the public gets."""
        draft = redaction.draft_copy(self._paper())
        if draft is None:
            raise Http404
        done = redaction.confirm_public_copy(draft, by=person(request))
        return Response(shapes.CopySerializer(done).data)


def register(router: BaseRouter) -> None:
    """Add the noun to the portal's API, beneath its contract."""
    router.register(rf"contracts/(?P<contract>{ROW_ID})/redactions", RedactionViewSet, basename="redaction")
