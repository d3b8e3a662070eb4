"""Rosters over the API: upload and look, the second person, load. No student and no guardian is listed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from ledger.api import ROW_ID, answers, person
from parties.access import districts_of
from roster.imports import apply_roster, approve_roster, drop_roster, receive_roster
from roster.models import ImportFormat, ImportStatus, RosterImport


class RosterSerializer(serializers.ModelSerializer[RosterImport]):
    district = serializers.CharField(source="district.slug", read_only=True)
    format = serializers.ChoiceField(choices=ImportFormat.choices, read_only=True)
    status = serializers.ChoiceField(choices=ImportStatus.choices, read_only=True)
    counts = serializers.DictField(read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    stops = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = RosterImport
        fields = (
            "id",
            "district",
            "format",
            "status",
            "name",
            "sha256",
            "is_bulk",
            "counts",
            "warnings",
            "stops",
            "uploaded_at",
            "approved_at",
            "applied_at",
        )
        read_only_fields = fields


class RosterFileSerializer(serializers.Serializer[Any]):
    district = serializers.SlugField(max_length=50)
    format = serializers.ChoiceField(choices=ImportFormat.choices)
    file = serializers.FileField(allow_empty_file=True)


class AgreeRosterSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RosterViewSet(viewsets.ReadOnlyModelViewSet[RosterImport]):
    """Roster files and what they would change or changed."""

    serializer_class = RosterSerializer
    queryset = RosterImport.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[RosterImport]:
        return RosterImport.objects.for_user(self.request.user).select_related("district")

    @extend_schema(
        request={"multipart/form-data": RosterFileSerializer}, responses=answers(RosterSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Send a roster file (multipart) and see what it would change; nothing changes yet."""
        sent = RosterFileSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        district = districts_of(person(request)).filter(slug=sent.validated_data["district"]).first()
        if district is None:
            raise ValidationError({"district": _("There is no such district.")})
        roster = receive_roster(
            district=district,
            upload=sent.validated_data["file"],
            format=sent.validated_data["format"],
            by=person(request),
        )
        return Response(self.get_serializer(roster).data, status=201)

    @extend_schema(request=AgreeRosterSerializer, responses=answers(RosterSerializer))
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Agree, as the second person, to a file that takes much away."""
        roster = self.get_object()
        sent = AgreeRosterSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        done = approve_roster(roster, by=person(request), reason=sent.validated_data["reason"])
        return Response(self.get_serializer(done).data)

    @extend_schema(request=None, responses=answers(RosterSerializer))
    @action(detail=True, methods=["post"])
    def load(self, request: Request, pk: str) -> Response:
        """Load it: all of it, or nothing."""
        return Response(self.get_serializer(apply_roster(self.get_object(), by=person(request))).data)

    @extend_schema(request=None, responses=answers(RosterSerializer))
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Do not load it."""
        return Response(self.get_serializer(drop_roster(self.get_object(), by=person(request))).data)


def register(router: BaseRouter) -> None:
    """Add the roster's noun to the portal's API."""
    router.register("rosters", RosterViewSet, basename="roster")
