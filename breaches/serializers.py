"""What the API shows of breaches and takes in: each field by name, and no affected person anywhere."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from breaches.models import STAFF_CHANNELS, Breach, BreachSort, BreachStatus, ReportLink
from ledger.api import Moment, OwnDistrict, RowNumber
from notices.elements import SCHEDULE
from parties.models import District


class BreachSerializer(serializers.ModelSerializer[Breach]):
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    title = serializers.CharField(source="case.title", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    report = serializers.CharField(source="report.number", read_only=True)
    vendor = serializers.CharField(source="vendor_name", read_only=True)
    sort = serializers.ChoiceField(choices=BreachSort.choices, read_only=True)
    status = serializers.ChoiceField(choices=BreachStatus.choices, read_only=True)
    people = serializers.SerializerMethodField(help_text="How many people are listed")

    class Meta:
        model = Breach
        fields: tuple[str, ...] = (
            "id", "number", "title", "district", "report", "vendor", "sort", "status", "is_drill",
            "received_at", "what_happened", "elements", "people_estimate", "people", "listed_at",
            "missed_because", "corrective_action", "closed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_people(self, breach: Breach) -> int:
        return breach.people.count()


class RecordedSerializer(BreachSerializer):
    was_known = serializers.BooleanField(
        source="report.was_known", read_only=True, help_text="Written down before: nothing new was opened"
    )

    class Meta(BreachSerializer.Meta):
        fields = (*BreachSerializer.Meta.fields, "was_known")
        read_only_fields = fields


class SaidSerializer(serializers.Serializer[Any]):
    """What a report says, whoever brings it."""

    what_happened = serializers.CharField(max_length=8000)
    product = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    elements = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCHEDULE)), required=False, default=list
    )
    people_claimed = serializers.IntegerField(
        min_value=0, max_value=100_000_000, required=False, allow_null=True, default=None
    )
    claimed_suspected_at = Moment(required=False, allow_null=True, default=None)
    claimed_discovered_at = Moment(required=False, allow_null=True, default=None)


class RecordReportSerializer(SaidSerializer):
    """A report that staff write down for one of their districts."""

    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    vendor = RowNumber(required=False, allow_null=True, default=None)
    channel = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in STAFF_CHANNELS],
        help_text="Who told the district. `mail` and `phone` are the vendor's own word: its duty to report "
        "ends, and it can read what is written here. A parent, a student or the press is `other`.",
    )
    sort = serializers.ChoiceField(choices=BreachSort.choices, default=BreachSort.ACCESS)
    received_at = Moment()


class DrillSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    vendor = RowNumber(required=False, allow_null=True, default=None, help_text="It hears nothing of it")
    story = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class LinkSerializer(serializers.ModelSerializer[ReportLink]):
    """A link by which one vendor reports without signing in."""

    district = serializers.CharField(source="district.slug", read_only=True)
    vendor = serializers.CharField(source="vendor.name", read_only=True)
    address = serializers.CharField(
        allow_null=True, read_only=True, default=None, help_text="Shown once, when it is made; kept nowhere"
    )

    class Meta:
        model = ReportLink
        fields = ("id", "district", "vendor", "made_at", "expires_at", "address")
        read_only_fields = fields


class MakeLinkSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    vendor = RowNumber()


class SameEventSerializer(serializers.Serializer[Any]):
    into = RowNumber(help_text="The breach that goes on")
    reason = serializers.CharField(max_length=2000)


class CloseSerializer(serializers.Serializer[Any]):
    corrective_action = serializers.CharField(max_length=4000)
