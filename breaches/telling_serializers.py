"""What telling families takes in and shows over the API: each field by name, no affected person."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from breaches.models import PageUpdate


class NoticeWordsSerializer(serializers.Serializer[Any]):
    vendor = serializers.CharField(
        max_length=200, required=False, default="", help_text="As families know it; left out: as it is"
    )
    product = serializers.CharField(
        max_length=200, required=False, default="", help_text="As families know it; left out: as it is"
    )
    what_happened = serializers.CharField(max_length=4000)
    data = serializers.CharField(max_length=4000)  # type: ignore[assignment]
    what_we_do = serializers.CharField(max_length=4000)
    what_you_can_do = serializers.CharField(max_length=4000)
    contact = serializers.CharField(max_length=4000)


class SomePartsSerializer(serializers.Serializer[Any]):
    """The five parts in one language; families read a part left out in the district's own words."""

    language = serializers.CharField(max_length=12)
    what_happened = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    data = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    what_we_do = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    what_you_can_do = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    contact = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class TranslationSerializer(SomePartsSerializer):
    checked = serializers.BooleanField(
        required=False, default=False, help_text="Somebody who knows both languages well has checked it"
    )


class NewVersionSerializer(SomePartsSerializer):
    what_changed = serializers.CharField(max_length=300, help_text="One sentence. Families read it.")
    alone_because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class TakeBackSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, help_text="Families read it.")
    alone_because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class PageUpdateSerializer(serializers.ModelSerializer[PageUpdate]):
    """New words for the public page, and what the second person said; null while nobody did."""

    texts = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = PageUpdate
        fields = (
            "id", "language", "texts", "what_changed", "asked_at", "agreed_at", "refused_at", "alone_because",
            "version", "takes_back",
        )  # fmt: skip
        read_only_fields = fields


class PageSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(allow_null=True, help_text="Null while nothing is posted")
    texts = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    waiting = PageUpdateSerializer(allow_null=True)


class ApproveBreachNoticeSerializer(serializers.Serializer[Any]):
    alone_because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class SentSerializer(serializers.Serializer[Any]):
    notice = serializers.CharField()
    recipients = serializers.IntegerField()
    posting = serializers.IntegerField(allow_null=True, help_text="The version that was posted")


class LettersSerializer(serializers.Serializer[Any]):
    letters = serializers.IntegerField(help_text="How many letters wait to be printed")
