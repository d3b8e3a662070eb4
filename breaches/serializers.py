"""What the API shows of breaches and takes in: each field by name, and no affected person anywhere."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from breaches.models import STAFF_CHANNELS, Breach, BreachSort, BreachStatus
from ledger.api import Moment, OwnDistrict
from notices.elements import SCHEDULE
from parties.models import District, Vendor


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
        fields = (
            "id", "number", "title", "district", "report", "vendor", "sort", "status", "is_drill",
            "received_at", "what_happened", "elements", "people_estimate", "people", "listed_at",
            "missed_because", "corrective_action", "closed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_people(self, breach: Breach) -> int:
        return breach.people.count()


class RecordReportSerializer(serializers.Serializer[Any]):
    """A report that staff write down for one of their districts."""

    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    vendor = serializers.PrimaryKeyRelatedField(
        queryset=Vendor.objects.all(), required=False, allow_null=True, default=None
    )
    channel = serializers.ChoiceField(choices=[(each.value, each.label) for each in STAFF_CHANNELS])
    sort = serializers.ChoiceField(choices=BreachSort.choices, default=BreachSort.ACCESS)
    received_at = Moment()
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


class LogSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=10)
    words = serializers.CharField(max_length=8000)
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class NoticeWordsSerializer(serializers.Serializer[Any]):
    what_happened = serializers.CharField(max_length=4000)
    data = serializers.CharField(max_length=4000)  # type: ignore[assignment]
    what_we_do = serializers.CharField(max_length=4000)
    what_you_can_do = serializers.CharField(max_length=4000)
    contact = serializers.CharField(max_length=4000)


class ApproveBreachNoticeSerializer(serializers.Serializer[Any]):
    alone_because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class CloseSerializer(serializers.Serializer[Any]):
    corrective_action = serializers.CharField(max_length=4000)


class SentSerializer(serializers.Serializer[Any]):
    notice = serializers.CharField()
    recipients = serializers.IntegerField()
    posting = serializers.IntegerField(allow_null=True, help_text="The version that was posted")
