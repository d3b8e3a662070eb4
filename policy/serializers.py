"""What the API shows of duties and of what a district follows: each field by name, none by accident."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ledger.api import Moment, OwnDistrict
from parties.models import District, Role
from policy.editions import known_packs
from policy.models import (
    Adoption,
    Alert,
    ChangeKind,
    Deadline,
    DeadlineStatus,
    DutyChange,
    Edition,
    Obligation,
    ObligationStatus,
    OwedBy,
    Parameter,
)
from policy.packs import shipped


class AlertSerializer(serializers.ModelSerializer[Alert]):
    class Meta:
        model = Alert
        fields = ("id", "step", "at", "acknowledged_at", "escalated_at")
        read_only_fields = fields


class ClockSerializer(serializers.ModelSerializer[Deadline]):
    """One clock: rule, start, exclusive end and its arithmetic in words."""

    status = serializers.ChoiceField(choices=DeadlineStatus.choices, read_only=True)
    lines = serializers.SerializerMethodField()
    alerts = AlertSerializer(many=True, read_only=True)

    class Meta:
        model = Deadline
        fields = (
            "id", "pack", "rule", "citation", "status", "started_at", "due_at", "provisional", "lines",
            "alerts",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_lines(self, deadline: Deadline) -> list[str]:
        return list(deadline.basis.get("lines", []))


class ChangeSerializer(serializers.ModelSerializer[DutyChange]):
    """What one person asked for, and what the second said; null while nobody did."""

    kind = serializers.ChoiceField(choices=ChangeKind.choices, read_only=True)

    class Meta:
        model = DutyChange
        fields = ("id", "kind", "at", "reason", "asked_at", "decided_at", "is_agreed")
        read_only_fields = fields


class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    """One act owed by the district or a vendor, with a clock for each pack that dates it."""

    district = serializers.CharField(source="district.slug", read_only=True)
    case = serializers.CharField(source="case.number", read_only=True)
    case_kind = serializers.CharField(source="case.kind", read_only=True)
    owed_by = serializers.ChoiceField(choices=OwedBy.choices, read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    status = serializers.ChoiceField(choices=ObligationStatus.choices, read_only=True)
    clocks = ClockSerializer(source="deadlines", many=True, read_only=True)
    changes = ChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Obligation
        fields = (
            "id", "district", "case_kind", "case", "rule", "title", "kind", "verb", "minutes", "owed_by",
            "role", "cites", "status", "triggered_at", "settled_at", "reason", "clocks", "changes",
        )  # fmt: skip
        read_only_fields = fields


class DoneSerializer(serializers.Serializer[Any]):
    at = Moment()
    reason = serializers.CharField(max_length=2000)
    proof = serializers.FileField(required=False, allow_empty_file=True)


class CancelSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)
    proof = serializers.FileField(required=False, allow_empty_file=True)


class StartSerializer(serializers.Serializer[Any]):
    at = Moment()
    reason = serializers.CharField(max_length=2000)
    proof = serializers.FileField(required=False, allow_empty_file=True)


class PauseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)
    proof = serializers.FileField(allow_empty_file=True)


class AgreeToChangeSerializer(serializers.Serializer[Any]):
    alone_because = serializers.CharField(
        max_length=2000,
        required=False,
        default="",
        help_text="Only to confirm your own record: near the limit, or when nobody else is there",
    )


class DeclineSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class AdoptionSerializer(serializers.ModelSerializer[Adoption]):
    district = serializers.CharField(source="district.slug", read_only=True)
    edition = serializers.IntegerField(source="edition.number", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Adoption
        fields = (
            "id", "district", "pack", "edition", "since", "until", "adopted_at", "end_asked_for",
            "end_reason",
        )  # fmt: skip
        read_only_fields = fields


AdoptablePack = [(ref, ref) for ref in known_packs()]


class AdoptSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    pack = serializers.ChoiceField(choices=AdoptablePack)
    since = serializers.DateField()


class EndAdoptionSerializer(serializers.Serializer[Any]):
    until = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(
        max_length=2000, required=False, default="", help_text="Needed from whoever asks first"
    )


class EditionSerializer(serializers.ModelSerializer[Edition]):
    district = serializers.CharField(source="district.slug", read_only=True)
    changes = serializers.JSONField(read_only=True)

    class Meta:
        model = Edition
        fields = (
            "id", "district", "pack", "number", "changes", "citation", "board_date", "digest", "approved_at",
            "declined_at",
        )  # fmt: skip
        read_only_fields = fields


class PlainValue(serializers.JSONField):
    """A whole number, words, or a list of words: all that a pack's points and rules are made of."""

    def to_internal_value(self, sent: Any) -> Any:
        value: Any = super().to_internal_value(sent)
        listed: list[Any] = value if isinstance(value, list) else [value]
        for each in listed:
            words = isinstance(each, str) and "\0" not in each and len(each) <= 200
            if not words and (isinstance(each, bool) or not isinstance(each, int) or isinstance(value, list)):
                raise serializers.ValidationError("Give a whole number, words, or a list of words.")
        return value


class MakeEditionSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    pack = serializers.ChoiceField(choices=AdoptablePack)
    rules = serializers.DictField(
        child=serializers.DictField(child=PlainValue()),
        help_text='What changes, by rule: {"families-breach-notice": {"amount": 24}}',
    )
    citation = serializers.CharField(max_length=300, help_text="The decision of the Board")
    board_date = serializers.DateField()


class ParameterSerializer(serializers.ModelSerializer[Parameter]):
    district = serializers.CharField(source="district.slug", read_only=True)

    class Meta:
        model = Parameter
        fields = ("id", "district", "pack", "name", "value", "set_at")
        read_only_fields = fields


class SetParameterSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    pack = serializers.ChoiceField(choices=[(ref, ref) for ref in shipped()])
    name = serializers.CharField(max_length=60, help_text="For example audience.students")
    value = PlainValue(help_text="A whole number, words, or a list of words")
