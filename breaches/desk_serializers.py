"""What the desk's further steps take in and show over the API: each field by name, no affected person."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from breaches.affected import counts_by_sort
from breaches.listings import to_take_back
from breaches.models import (
    AccessOrder,
    AskedFor,
    AskedVendor,
    Breach,
    Determination,
    DeterminationSort,
    ExternalReport,
    Investigation,
    Listing,
    ListUpload,
    NoticeConsidered,
    ReceiptChange,
    Sanction,
    SanctionKind,
    StepKind,
    Term,
    UploadStatus,
    Whom,
)
from breaches.telling_serializers import PageUpdateSerializer
from contracts.exit import Disposal
from ledger.api import Moment, RowNumber
from ledger.models import Entry
from notices.elements import SCHEDULE


class WhySerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class BecauseSerializer(serializers.Serializer[Any]):
    because = serializers.CharField(max_length=4000)


class AmendSerializer(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=8000)
    elements = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCHEDULE)), required=False, default=list
    )
    people_claimed = serializers.IntegerField(
        min_value=0, max_value=100_000_000, required=False, allow_null=True, default=None
    )
    claimed_suspected_at = Moment(required=False, allow_null=True, default=None)
    claimed_discovered_at = Moment(required=False, allow_null=True, default=None)


class ContractNumberSerializer(serializers.Serializer[Any]):
    contract = RowNumber()


class LetInSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(help_text="Of a person of the district's desk")


class EarlierSerializer(serializers.Serializer[Any]):
    to = Moment()


class LaterSerializer(serializers.Serializer[Any]):
    to = Moment()
    because = serializers.CharField(max_length=2000)
    proof = serializers.FileField(allow_empty_file=True)


class ReceiptSerializer(serializers.ModelSerializer[ReceiptChange]):
    class Meta:
        model = ReceiptChange
        fields = ("id", "to", "because", "asked_at", "agreed_at", "refused_at")
        read_only_fields = fields


class VerifySerializer(serializers.Serializer[Any]):
    how = serializers.CharField(max_length=2000)
    vendor = RowNumber(required=False, allow_null=True, default=None)


class PeopleFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)


class PeopleListSerializer(serializers.ModelSerializer[ListUpload]):
    """An uploaded list: how many people of which sort it names, and nobody by name."""

    status = serializers.ChoiceField(choices=UploadStatus.choices, read_only=True)
    counts = serializers.DictField(read_only=True)
    remarks = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ListUpload
        fields = ("id", "name", "sha256", "status", "counts", "remarks", "uploaded_at")
        read_only_fields = fields


class GroupsSerializer(serializers.Serializer[Any]):
    all_schools = serializers.BooleanField(required=False, default=False)
    schools = serializers.ListField(child=RowNumber(), required=False, default=list, max_length=500)
    grades = serializers.ListField(
        child=serializers.CharField(max_length=8), required=False, default=list, max_length=20
    )
    maybe_involved = serializers.BooleanField(required=False, default=False)


class GroupsCountSerializer(serializers.Serializer[Any]):
    students = serializers.IntegerField(read_only=True)


class ListingSerializer(serializers.ModelSerializer[Entry]):
    """The newest act that listed people: how many it added, and nobody by name."""

    how = serializers.ChoiceField(choices=Listing.choices, source="facts.how", read_only=True)
    added = serializers.IntegerField(source="facts.added", read_only=True)

    class Meta:
        model = Entry
        fields = ("id", "at", "how", "added")
        read_only_fields = fields


class StopAccessSerializer(serializers.Serializer[Any]):
    whose = serializers.CharField(max_length=200, help_text="A vendor, or a role; no person's name")
    extent = serializers.CharField(max_length=200)
    term = serializers.ChoiceField(choices=Term.choices)
    reason = serializers.CharField(max_length=2000)
    contract = RowNumber(required=False, allow_null=True, default=None)


class AccessOrderSerializer(serializers.ModelSerializer[AccessOrder]):
    term = serializers.ChoiceField(choices=Term.choices, read_only=True)

    class Meta:
        model = AccessOrder
        fields = ("id", "whose", "extent", "term", "reason", "started_at", "lifted_at", "lifted_reason")
        read_only_fields = fields


class AskVendorSerializer(serializers.Serializer[Any]):
    about = serializers.ChoiceField(choices=AskedFor.choices)
    words = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class AskedVendorSerializer(serializers.ModelSerializer[AskedVendor]):
    about = serializers.ChoiceField(choices=AskedFor.choices, read_only=True)

    class Meta:
        model = AskedVendor
        fields = ("id", "about", "words", "asked_at", "received_at")
        read_only_fields = fields


class VendorAnswerSerializer(serializers.Serializer[Any]):
    received_at = Moment()
    upload = serializers.FileField(allow_empty_file=True)


class ToldFamiliesSerializer(serializers.Serializer[Any]):
    told_at = Moment()
    proof = serializers.FileField(allow_empty_file=True)


class VendorWordSerializer(serializers.Serializer[Any]):
    received_at = Moment()
    proof = serializers.FileField(allow_empty_file=True)


class ConsiderSerializer(serializers.Serializer[Any]):
    whom = serializers.ChoiceField(choices=Whom.choices)
    is_needed = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000)


class DetermineSerializer(serializers.Serializer[Any]):
    sort = serializers.ChoiceField(choices=DeterminationSort.choices)
    determined_by = serializers.CharField(max_length=200)
    because = serializers.CharField(max_length=4000)
    evidence = serializers.FileField(required=False, allow_null=True, default=None, allow_empty_file=True)
    alone_because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DeterminationSerializer(serializers.ModelSerializer[Determination]):
    sort = serializers.ChoiceField(choices=DeterminationSort.choices, read_only=True)

    class Meta:
        model = Determination
        fields = (
            "id", "sort", "determined_by", "because", "asked_at", "agreed_at", "alone_because", "refused_at",
        )  # fmt: skip
        read_only_fields = fields


class OfficePartsSerializer(serializers.Serializer[Any]):
    rule = serializers.SlugField(max_length=60)
    parts = serializers.DictField(child=serializers.CharField(max_length=4000, allow_blank=True))


class OfficeSentSerializer(serializers.Serializer[Any]):
    sent_at = Moment()
    reference = serializers.CharField(max_length=100)
    copy = serializers.FileField(required=False, allow_null=True, default=None, allow_empty_file=True)


class OfficeSerializer(serializers.ModelSerializer[ExternalReport]):
    parts = serializers.DictField(read_only=True)

    class Meta:
        model = ExternalReport
        fields = ("id", "rule", "parts", "reference", "sent_at")
        read_only_fields = fields


class FailureSerializer(serializers.Serializer[Any]):
    finding = serializers.CharField(max_length=4000)


class SanctionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=SanctionKind.choices)
    finding = serializers.CharField(max_length=4000)
    decision = serializers.CharField(max_length=4000)
    contract = RowNumber(required=False, allow_null=True, default=None)
    disposal = serializers.ChoiceField(choices=Disposal.choices, required=False, default=Disposal.RETURN)


class LogSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=StepKind.choices)
    words = serializers.CharField(max_length=8000)
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    upload = serializers.FileField(required=False, allow_null=True, default=None, allow_empty_file=True)


class DutyDoneSerializer(serializers.Serializer[Any]):
    at = Moment()
    words = serializers.CharField(max_length=2000)
    proof = serializers.FileField(required=False, allow_null=True, default=None, allow_empty_file=True)


class PacketSerializer(serializers.Serializer[Any]):
    with_names = serializers.BooleanField(
        required=False, default=False, help_text="The restricted copy: for people named on the breach alone"
    )


class LineSerializer(serializers.ModelSerializer[Investigation]):
    kind = serializers.ChoiceField(choices=StepKind.choices, read_only=True)
    document = serializers.UUIDField(source="document.uuid", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Investigation
        fields = ("id", "kind", "words", "reference", "document", "at")
        read_only_fields = fields


class ConsideredSerializer(serializers.ModelSerializer[NoticeConsidered]):
    whom = serializers.ChoiceField(choices=Whom.choices, read_only=True)

    class Meta:
        model = NoticeConsidered
        fields = ("id", "whom", "is_needed", "reason", "at")
        read_only_fields = fields


class FollowedSerializer(serializers.ModelSerializer[Sanction]):
    kind = serializers.ChoiceField(choices=SanctionKind.choices, read_only=True)

    class Meta:
        model = Sanction
        fields = ("id", "kind", "finding", "decision", "at")
        read_only_fields = fields


class WorkSerializer(serializers.ModelSerializer[Breach]):
    """What the desk has done about a breach and what waits for somebody, each row with its number."""

    contracts: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    log = LineSerializer(source="investigation", many=True, read_only=True)
    considered = ConsideredSerializer(many=True, read_only=True)
    access = AccessOrderSerializer(source="orders", many=True, read_only=True)
    asked = AskedVendorSerializer(many=True, read_only=True)
    offices = OfficeSerializer(source="external_reports", many=True, read_only=True)
    receipt = ReceiptSerializer(source="receipt_changes", many=True, read_only=True)
    determinations = DeterminationSerializer(many=True, read_only=True)
    sanctions = FollowedSerializer(many=True, read_only=True)
    lists = PeopleListSerializer(source="uploads", many=True, read_only=True)
    listing = serializers.SerializerMethodField(help_text="What can be taken back of the people listed")
    versions = PageUpdateSerializer(source="page_updates", many=True, read_only=True)
    people = serializers.SerializerMethodField(help_text="How many of each sort are listed")

    class Meta:
        model = Breach
        fields = (
            "contracts", "log", "considered", "access", "asked", "offices", "receipt", "determinations",
            "sanctions", "lists", "listing", "versions", "people",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ListingSerializer(allow_null=True))
    def get_listing(self, breach: Breach) -> dict[str, Any] | None:
        newest = to_take_back(breach)
        return ListingSerializer(newest).data if newest else None

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_people(self, breach: Breach) -> dict[str, int]:
        return counts_by_sort(breach)
