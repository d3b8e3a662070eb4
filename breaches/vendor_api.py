"""The vendor's side over the API: report a breach, read the receipt, add to it; its own reports alone."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from breaches.additions import amend_report, own_reports
from breaches.desk_serializers import AmendSerializer
from breaches.intake import record_report
from breaches.models import Amendment, ReportChannel, VendorReport
from breaches.said import Said
from breaches.serializers import SaidSerializer
from ledger.api import ROW_ID, RowNumber, answers, given, person, step
from parties.models import District, Vendor


class AmendmentSerializer(serializers.ModelSerializer[Amendment]):
    class Meta:
        model = Amendment
        fields = ("at", "words", "elements", "people_claimed")
        read_only_fields = fields


class VendorReportSerializer(serializers.ModelSerializer[VendorReport]):
    """The receipt: its number, when the districts had it, what was said and added."""

    vendor = serializers.CharField(source="vendor.name", read_only=True)
    districts = serializers.SerializerMethodField()
    amendments = AmendmentSerializer(source="vendors_amendments", many=True, read_only=True)

    class Meta:
        model = VendorReport
        fields: tuple[str, ...] = (
            "id", "number", "vendor", "districts", "product", "received_at", "what_happened", "elements",
            "people_claimed", "amendments",
        )  # fmt: skip
        read_only_fields = fields

    def get_districts(self, report: VendorReport) -> list[str]:
        return [breach.district.slug for breach in report.breaches.all()]


class ReceivedSerializer(VendorReportSerializer):
    was_known = serializers.BooleanField(
        read_only=True,
        help_text="Sent before: it is one report. Add news to it; of another event say what differs",
    )

    class Meta(VendorReportSerializer.Meta):
        fields = (*VendorReportSerializer.Meta.fields, "was_known")
        read_only_fields = fields


class SendReportSerializer(SaidSerializer):
    vendor = RowNumber()
    districts = serializers.ListField(
        child=serializers.SlugField(max_length=50), max_length=500, help_text="Whose data, by short name"
    )
    reporter_name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    reporter_contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class VendorReportViewSet(viewsets.ReadOnlyModelViewSet[VendorReport]):
    """What the vendors that the person speaks for have reported."""

    serializer_class = VendorReportSerializer
    queryset = VendorReport.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[VendorReport]:
        mine = own_reports(self.request.user).select_related("vendor")
        return mine.prefetch_related("breaches__district")

    @extend_schema(request=SendReportSerializer, responses=answers(ReceivedSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Report a breach for every district it names; the receipt is the answer."""
        mine = Vendor.objects.for_member(request.user)
        if not mine.exists():
            raise PermissionDenied("Only people who speak for a vendor report here.")
        sent = dict(given(SendReportSerializer, request).validated_data)
        vendor, named = mine.filter(pk=sent.pop("vendor")).first(), {*sent.pop("districts")}
        if vendor is None:
            raise ValidationError({"vendor": _("Choose your company.")})
        districts = list(District.objects.filter(vendors=vendor, slug__in=named))
        if not named or len(districts) != len(named):
            raise ValidationError({"districts": _("Choose districts that your company works with.")})
        said = Said(vendor=vendor, **sent)
        report = record_report(
            districts=districts, channel=ReportChannel.SIGNED_IN, said=said, by=person(request)
        )
        return Response(ReceivedSerializer(report).data, status=201)

    @step(AmendSerializer)
    def amend(self, report: VendorReport, **said: Any) -> None:
        """Add to a report; nothing that was said is taken back. The districts are told."""
        amend_report(report, **said)


def register(router: BaseRouter) -> None:
    """Add the noun to the portal's API."""
    router.register("vendor/reports", VendorReportViewSet, basename="vendor-report")
