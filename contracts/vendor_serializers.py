"""What the API shows a vendor of its own contracts, and takes from it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contracts.checklist import checklist
from contracts.models import Contract, CureStatus, Verdict


class VendorContractSerializer(serializers.ModelSerializer[Contract]):
    """A contract as its vendor sees it."""

    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    not_found = serializers.SerializerMethodField(help_text="Required terms that were not found")
    asked: Any = serializers.SerializerMethodField(help_text="The open request to amend")

    class Meta:
        model = Contract
        fields = ("id", "number", "district", "product", "status", "executed_on", "ends_on", "not_found",
                  "asked")  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_not_found(self, contract: Contract) -> list[str]:
        rows = checklist(contract)
        return [row.requirement.title for row in rows if row.finding and row.finding.stands != Verdict.MET]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_asked(self, contract: Contract) -> str | None:
        asked = contract.cures.filter(status__in=(CureStatus.SENT, CureStatus.RUNNING)).first()
        return asked.words if asked else None


class VendorPaperSerializer(serializers.Serializer[Any]):
    upload = serializers.FileField(allow_empty_file=True)


class AnswerSerializer(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
