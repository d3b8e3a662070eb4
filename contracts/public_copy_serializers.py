"""What the API shows of a public copy and of the places it hides, and takes in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.models import Ground, RedactionBox
from contracts.redaction import CONFIRMED
from ledger.models import Document


class BoxSerializer(serializers.ModelSerializer[RedactionBox]):
    """One hidden place, in PDF points from the page's top left corner, and its legal ground."""

    ground = serializers.ChoiceField(choices=Ground.choices, read_only=True)

    class Meta:
        model = RedactionBox
        fields = ("id", "page", "x", "y", "w", "h", "ground", "remark", "marked_at")
        read_only_fields = fields


class MarkSerializer(serializers.Serializer[Any]):
    """Words that stand on the page, or a box of its own."""

    page = serializers.IntegerField(min_value=1, max_value=1000)
    ground = serializers.ChoiceField(choices=Ground.choices)
    remark = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    box = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=20000),
        min_length=4, max_length=4, required=False, help_text="x, y, width, height",
    )  # fmt: skip


class CopySerializer(serializers.ModelSerializer[Document]):
    """The public copy: a draft to look at, or what may be posted."""

    is_confirmed = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ("uuid", "name", "size", "sha256", "received_at", "is_confirmed")
        read_only_fields = fields

    def get_is_confirmed(self, copy: Document) -> bool:
        return copy.kind == CONFIRMED
