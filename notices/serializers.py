"""What the API shows of notices and postings and takes in: each field by name, none by accident."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ledger.api import Moment
from mail.models import Channel, Delivery, DeliveryStatus
from notices.elements import SCHEDULE
from notices.models import (
    Notice,
    NoticeKind,
    NoticeSection,
    NoticeStatus,
    NoticeText,
    Origin,
    Part,
    Posting,
    Question,
)
from notices.phrases import PURPOSES
from parties.models import School


class SectionSerializer(serializers.ModelSerializer[NoticeSection]):
    case = serializers.CharField(source="case.number", read_only=True)
    schools: Any = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = NoticeSection
        fields = (
            "id",
            "case",
            "vendor",
            "product",
            "executed_on",
            "description",
            "purpose",
            "purposes",
            "elements",
            "elements_confirmed",
            "all_schools",
            "schools",
            "grades",
            "ends_on",
        )


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    district = serializers.CharField(source="district.slug", read_only=True)
    kind = serializers.ChoiceField(choices=NoticeKind.choices, read_only=True)
    status = serializers.ChoiceField(choices=NoticeStatus.choices, read_only=True)
    sections = SectionSerializer(many=True, read_only=True)
    reached = serializers.DictField(read_only=True)

    class Meta:
        model = Notice
        fields = (
            "id",
            "number",
            "district",
            "kind",
            "status",
            "drafted_at",
            "approved_at",
            "issued_at",
            "audience",
            "reached",
            "sent_elsewhere",
            "sections",
        )
        read_only_fields = fields


class EditSectionSerializer(serializers.Serializer[Any]):
    """Only what is sent is changed."""

    vendor = serializers.CharField(max_length=200, required=False)
    product = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    purpose = serializers.CharField(max_length=300, required=False, allow_blank=True)
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=sorted(PURPOSES)), required=False)
    elements = serializers.ListField(child=serializers.ChoiceField(choices=sorted(SCHEDULE)), required=False)
    elements_confirmed = serializers.BooleanField(required=False)
    all_schools = serializers.BooleanField(required=False)
    schools = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    grades = serializers.ListField(child=serializers.CharField(max_length=8), required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)

    def changes(self, section: NoticeSection) -> dict[str, Any]:
        """The fields as `edit_draft` takes them; schools by their names in this district."""
        fields = dict(self.validated_data)
        if "schools" in fields:
            known = {school.name: school for school in School.objects.filter(district=section.district)}
            unknown = [name for name in fields["schools"] if name not in known]
            if unknown:
                raise serializers.ValidationError({"schools": "Choose schools of this district."})
            fields["schools"] = [known[name] for name in fields["schools"]]
        return fields


class TextSerializer(serializers.ModelSerializer[NoticeText]):
    part = serializers.ChoiceField(choices=Part.choices)
    origin = serializers.ChoiceField(choices=Origin.choices, default=Origin.PERSON)
    reviewed = serializers.SerializerMethodField()

    class Meta:
        model = NoticeText
        fields = ("id", "section", "part", "language", "body", "origin", "reviewed")
        read_only_fields = ("id", "section", "reviewed")

    def get_reviewed(self, text: NoticeText) -> bool:
        return text.reviewed_at is not None


class PreviewSerializer(serializers.Serializer[Any]):
    language = serializers.CharField()
    subject = serializers.CharField()
    plain = serializers.CharField()
    html = serializers.CharField()


class ForecastSerializer(serializers.Serializer[Any]):
    people = serializers.IntegerField()
    emails = serializers.IntegerField()
    letters = serializers.IntegerField()
    without_address = serializers.IntegerField()
    takes = serializers.CharField(help_text="How long the e-mails take at the district's rate")
    limit = serializers.CharField(help_text="How far off the limit is; empty when none runs or it is over")
    is_late = serializers.BooleanField(help_text="Whether some would leave after the limit")
    languages = serializers.DictField(child=serializers.IntegerField())
    problems = serializers.DictField(child=serializers.CharField())


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """No name and no address: a report needs neither."""

    channel = serializers.ChoiceField(choices=Channel.choices, read_only=True)
    status = serializers.ChoiceField(choices=DeliveryStatus.choices, read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "recipient_ref",
            "language",
            "channel",
            "status",
            "sent_at",
            "bounced_at",
            "last_code",
        )
        read_only_fields = fields


class ApproveSerializer(serializers.Serializer[Any]):
    alone_because = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CombineSerializer(serializers.Serializer[Any]):
    others = serializers.ListField(child=serializers.CharField(max_length=20), min_length=1, max_length=50)


class PostSerializer(serializers.Serializer[Any]):
    what_changed = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PostElsewhereSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=500)
    posted_at = Moment()
    capture = serializers.FileField(allow_empty_file=True)


class ReportSerializer(serializers.Serializer[Any]):
    report = serializers.FileField(allow_empty_file=True)


class CountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class WithdrawSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class PostingSerializer(serializers.ModelSerializer[Posting]):
    elsewhere_url = serializers.CharField(read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    kind = serializers.ChoiceField(choices=NoticeKind.choices, read_only=True)
    facts = serializers.DictField(read_only=True)

    class Meta:
        model = Posting
        fields = (
            "id",
            "number",
            "version",
            "is_current",
            "district",
            "kind",
            "title",
            "facts",
            "what_changed",
            "posted_at",
            "withdrawn_at",
            "withdrawn_reason",
            "elsewhere_url",
            "elsewhere_at",
        )
        read_only_fields = fields


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """One question with the address to answer to: only those who write notices see it."""

    district = serializers.CharField(source="district.slug", read_only=True)
    email = serializers.CharField(read_only=True, help_text="Empty once the question is answered")

    class Meta:
        model = Question
        fields = ("id", "district", "number", "words", "email", "language", "asked_at", "answered_at")
        read_only_fields = fields
