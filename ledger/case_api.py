"""What hangs on a case, over the API: its history in sentences, its files, its evidence packet."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from ledger.api import FILE, ROW_ID, Pages, answers, person
from ledger.documents import hand_over
from ledger.history import tell
from ledger.models import Case, Document, Entry, Scan
from ledger.packets import packet


class CaseSerializer(serializers.ModelSerializer[Case]):
    district = serializers.CharField(source="district.slug", read_only=True)

    class Meta:
        model = Case
        fields = ("id", "district", "kind", "number", "title", "restricted", "opened_at")
        read_only_fields = fields


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """One act, as a sentence and as it was recorded."""

    by = serializers.CharField(source="by.name", read_only=True, allow_null=True, default=None)
    words = serializers.SerializerMethodField()
    facts = serializers.DictField(read_only=True)

    class Meta:
        model = Entry
        fields = ("id", "act", "at", "by", "words", "reason", "facts")
        read_only_fields = fields

    def get_words(self, entry: Entry) -> str:
        return tell(entry)


class DocumentSerializer(serializers.ModelSerializer[Document]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    scan = serializers.ChoiceField(choices=Scan.choices, read_only=True)
    remarks = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Document
        fields = (
            "id", "case", "kind", "name", "content_type", "size", "sha256", "scan", "remarks", "received_at",
        )  # fmt: skip
        read_only_fields = fields


class CaseViewSet(viewsets.ReadOnlyModelViewSet[Case]):
    """The files that matters hang on; a contract, a breach or a request has its case's number as its id."""

    serializer_class = CaseSerializer
    queryset = Case.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Case]:
        seen = Case.objects.for_user(self.request.user).select_related("district")
        kind = self.request.query_params.get("kind")
        return seen if kind is None else seen.filter(kind=kind.replace("\0", "")[:20])

    @extend_schema(parameters=[OpenApiParameter("kind", str)], responses=answers(CaseSerializer(many=True)))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=answers(EntrySerializer(many=True)), filters=False)
    @action(detail=True)
    def entries(self, request: Request, pk: str) -> Response:
        """What was done, by whom, when and why; oldest first."""
        rows = Entry.objects.filter(case=self.get_object()).select_related("by").order_by("pk")
        pages = Pages()
        shown = pages.paginate_queryset(rows, request) or []
        return pages.get_paginated_response(EntrySerializer(shown, many=True).data)

    @extend_schema(responses=answers(DocumentSerializer(many=True)), filters=False)
    @action(detail=True)
    def documents(self, request: Request, pk: str) -> Response:
        """The case's files, newest first."""
        rows = Document.objects.for_user(request.user).filter(case=self.get_object())
        pages = Pages()
        shown = pages.paginate_queryset(rows, request) or []
        return pages.get_paginated_response(DocumentSerializer(shown, many=True).data)

    @extend_schema(request=None, responses=answers(DocumentSerializer, code=201))
    @action(detail=True, methods=["post"])
    def packet(self, request: Request, pk: str) -> Response:
        """Make the evidence packet anew; it is kept with its hash."""
        made = packet(case=self.get_object(), by=person(request))
        return Response(DocumentSerializer(made).data, status=201)


class DocumentViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Document]):
    """Files kept with their SHA-256."""

    serializer_class = DocumentSerializer
    queryset = Document.objects.none()
    lookup_field = "uuid"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Document]:
        return Document.objects.for_user(self.request.user).select_related("case__district")

    @extend_schema(responses=answers(FILE))
    @action(detail=True)
    def file(self, request: Request, uuid: str) -> HttpResponseBase:
        """The bytes, as a download; not before the virus scan has passed."""
        return hand_over(self.get_object(), by=person(request))


def register(router: BaseRouter) -> None:
    """Add the nouns to the portal's API."""
    router.register("cases", CaseViewSet, basename="case")
    router.register("documents", DocumentViewSet, basename="document")
