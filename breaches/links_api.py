"""Links over the API by which one vendor reports without signing in (A29)."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from breaches import serializers as shapes
from breaches.links import make_report_link, working_links
from breaches.models import ReportLink
from ledger.api import ROW_ID, answers, given, own_vendor, person
from ledger.once import ShownOnce


class ReportLinkViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ReportLink]):
    """Links that work today. What a link opens is shown when it is made, and never again."""

    serializer_class = shapes.LinkSerializer
    queryset = ReportLink.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[ReportLink]:
        return working_links(person(self.request)).select_related("vendor", "district")

    @extend_schema(request=shapes.MakeLinkSerializer, responses=answers(shapes.LinkSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Make a link for one vendor, for 90 days; its earlier ones stop working."""
        sent = given(shapes.MakeLinkSerializer, request).validated_data
        vendor = own_vendor(sent["district"], sent["vendor"])
        assert vendor is not None, "the shape asks for it"
        link, token = make_report_link(district=sent["district"], vendor=vendor, by=person(request))
        address = settings.PORTAL_URL + reverse("breach:link_report", args=[link.district.slug, token])
        return ShownOnce({**self.get_serializer(link).data, "address": address}, "address", status=201)


def register(router: BaseRouter) -> None:
    """Add the noun to the portal's API."""
    router.register("report-links", ReportLinkViewSet, basename="report-link")
