"""What the API shows of records and takes in: each field by name, none by accident."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from ledger.api import OwnDistrict, RowNumber
from ledger.models import Case
from parties.models import District
from records.models import (
    Designation,
    Disposition,
    DispositionStatus,
    HoldGround,
    HoldNotice,
    HoldStatus,
    LitigationHold,
    RetentionRule,
    Training,
)


class OwnCase(serializers.PrimaryKeyRelatedField[Case]):
    """A case that the person may see."""

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.for_user(self.context["request"].user).exclude(kind="hold")


class HoldNoticeSerializer(serializers.ModelSerializer[HoldNotice]):
    class Meta:
        model = HoldNotice
        fields = ("id", "told_at", "acknowledged_at")
        read_only_fields = fields


class HoldSerializer(serializers.ModelSerializer[LitigationHold]):
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    title = serializers.CharField(source="case.title", read_only=True)
    district = serializers.CharField(source="case.district.slug", read_only=True)
    ground = serializers.ChoiceField(choices=HoldGround.choices, read_only=True)
    status = serializers.ChoiceField(choices=HoldStatus.choices, read_only=True)
    directive = serializers.UUIDField(source="directive.uuid", read_only=True)
    release = serializers.UUIDField(source="release.uuid", read_only=True, allow_null=True, default=None)
    cases: Any = serializers.SerializerMethodField()
    told = HoldNoticeSerializer(source="case.hold_notices", many=True, read_only=True)

    class Meta:
        model = LitigationHold
        fields = (
            "id", "number", "title", "district", "ground", "scope", "directed_by", "status", "placed_at",
            "released_at", "directive", "release", "cases", "told",
        )  # fmt: skip
        read_only_fields = fields

    def get_cases(self, hold: LitigationHold) -> list[int]:
        """The cases it covers that the person may see."""
        case: Any = hold.case
        return [row.case_id for row in case.held_and_seen]


class PlaceHoldSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    title = serializers.CharField(max_length=200, help_text="No person's name")
    ground = serializers.ChoiceField(choices=HoldGround.choices)
    scope = serializers.CharField(max_length=8000)
    directed_by = serializers.CharField(max_length=200)
    directive = serializers.FileField(allow_empty_file=True)
    cases: Any = OwnCase(
        many=True,
        required=False,
        default=list,
        queryset=Case.objects.none(),
        pk_field=RowNumber(),
    )
    tell = serializers.ListField(child=serializers.EmailField(), min_length=1, max_length=500)


class CoverSerializer(serializers.Serializer[Any]):
    cases: Any = OwnCase(many=True, queryset=Case.objects.none(), pk_field=RowNumber(), allow_empty=False)


class TellSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()


class ReleaseSerializer(serializers.Serializer[Any]):
    release = serializers.FileField(allow_empty_file=True)


class RetentionRuleSerializer(serializers.ModelSerializer[RetentionRule]):
    district = serializers.CharField(source="district.slug", read_only=True)

    class Meta:
        model = RetentionRule
        fields = (
            "id", "district", "series", "title", "schedule", "years", "counted_from",
            "needs_state_authorisation",
        )  # fmt: skip
        read_only_fields = fields


class AddRuleSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    series = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=200)
    schedule = serializers.CharField(max_length=200)
    years = serializers.IntegerField(
        min_value=0, max_value=200, required=False, allow_null=True, default=None
    )
    counted_from = serializers.CharField(max_length=200)
    needs_state_authorisation = serializers.BooleanField(required=False, default=True)


class DisposalSerializer(serializers.ModelSerializer[Disposition]):
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    series = serializers.CharField(source="rule.series", read_only=True)
    status = serializers.ChoiceField(choices=DispositionStatus.choices, read_only=True)
    authorisation = serializers.UUIDField(
        source="authorisation.uuid", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Disposition
        fields = (
            "id", "number", "district", "series", "description", "oldest_on", "newest_on", "status",
            "authorisation", "done_at", "method",
        )  # fmt: skip
        read_only_fields = fields


class ProposeSerializer(serializers.Serializer[Any]):
    rule = RowNumber()
    description = serializers.CharField(max_length=8000)
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class AuthoriseSerializer(serializers.Serializer[Any]):
    authorisation = serializers.FileField(required=False, allow_null=True, allow_empty_file=True)


class RefuseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class MethodSerializer(serializers.Serializer[Any]):
    method = serializers.CharField(max_length=200)


class DesignationSerializer(serializers.ModelSerializer[Designation]):
    district = serializers.CharField(source="district.slug", read_only=True)
    user = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = Designation
        fields = ("id", "district", "school", "user", "certificated", "since", "until")
        read_only_fields = fields


class DesignateSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    email = serializers.EmailField(help_text="Of a person with a role in the district")
    school = RowNumber(required=False, allow_null=True, default=None)
    certificated = serializers.BooleanField(required=False, default=False)
    since = serializers.DateField()


class TrainingSerializer(serializers.ModelSerializer[Training]):
    district = serializers.CharField(source="district.slug", read_only=True)
    user = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = Training
        fields = ("id", "district", "user", "course", "done_on", "good_until")
        read_only_fields = fields


class TrainSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    email = serializers.EmailField(help_text="Of a person with a role in the district")
    course = serializers.CharField(max_length=200)
    done_on = serializers.DateField()
