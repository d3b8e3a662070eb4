"""What the API shows of contracts and takes in: each field by name, none by accident."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.models import (
    AgreedHow,
    Answer,
    Attestation,
    Change,
    ClauseFinding,
    Contract,
    CurePeriod,
    CureStatus,
    Decision,
    Hosting,
    Instrument,
    InstrumentKind,
    PurposeKind,
    Renewal,
    Scope,
    Shortfall,
    Suspension,
    VendorFile,
    Verdict,
)
from contracts.terms import Terms
from ledger.api import Moment, OwnDistrict, RowNumber
from notices.elements import SCHEDULE
from notices.serializers import DeliverySerializer
from parties.access import districts_of
from parties.models import District, School, VendorKind


class VendorFileSerializer(serializers.ModelSerializer[VendorFile]):
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    vendor = serializers.CharField(source="vendor.name", read_only=True)
    kind = serializers.ChoiceField(source="vendor.kind", choices=VendorKind.choices, read_only=True)
    website = serializers.CharField(source="vendor.website", read_only=True)

    class Meta:
        model = VendorFile
        fields = ("id", "number", "district", "vendor", "kind", "website")


class OpenVendorFileSerializer(serializers.Serializer[Any]):
    district = OwnDistrict(slug_field="slug", queryset=District.objects.none())
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=VendorKind.choices)
    website = serializers.CharField(max_length=200, required=False, allow_blank=True)
    contact_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    contact_email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    security_contact = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ContractSerializer(serializers.ModelSerializer[Contract]):
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(source="case.number", read_only=True)
    district = serializers.CharField(source="district.slug", read_only=True)
    vendor = serializers.CharField(source="vendor_file.vendor.name", read_only=True)
    elements: serializers.RelatedField[Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True
    )
    schools: serializers.RelatedField[Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True
    )
    hosting = serializers.ChoiceField(choices=Hosting.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Contract
        fields = (
            "id", "number", "district", "vendor", "vendor_file", "product", "purpose_kind", "scope",
            "scope_reason", "description", "purpose", "all_schools", "schools", "grades", "elements",
            "starts_on", "ends_on", "renewal", "renewal_notice_days", "agreed_breach_hours", "hosting",
            "hosting_place", "status", "conformity", "executed_on", "ended_on", "cleared_for_data_on",
        )  # fmt: skip
        read_only_fields = fields


class TermsSerializer(serializers.Serializer[Any]):
    """The terms of a contract; the same rules as on the page stand in the verb."""

    product = serializers.CharField(max_length=200)
    purpose_kind = serializers.ChoiceField(choices=PurposeKind.choices)
    scope = serializers.ChoiceField(choices=Scope.choices)
    scope_reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    description = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    purpose = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    all_schools = serializers.BooleanField(required=False, default=False)
    schools = serializers.PrimaryKeyRelatedField(
        many=True,
        queryset=School.objects.none(),
        required=False,
        default=list,
        pk_field=RowNumber(),
    )
    grades = serializers.ListField(
        child=serializers.CharField(max_length=8), required=False, default=list, max_length=20
    )
    elements = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCHEDULE)), required=False, default=list
    )
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    renewal = serializers.ChoiceField(choices=Renewal.choices, required=False, default=Renewal.NONE)
    renewal_notice_days = serializers.IntegerField(
        min_value=0, max_value=730, required=False, allow_null=True, default=None
    )
    agreed_breach_hours = serializers.IntegerField(
        min_value=1, max_value=1440, required=False, allow_null=True, default=None
    )
    hosting = serializers.ChoiceField(choices=Hosting.choices, required=False, allow_blank=True, default="")
    hosting_place = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if request := self.context.get("request"):
            mine = School.objects.filter(district__in=districts_of(request.user))
            fields["schools"].child_relation.queryset = mine  # type: ignore[attr-defined]
        return fields

    def terms(self) -> Terms:
        given = {name: self.validated_data[name] for name in TermsSerializer._declared_fields}
        return Terms(**given)


class RecordContractSerializer(TermsSerializer):
    vendor_file = RowNumber()


class InstrumentSerializer(serializers.ModelSerializer[Instrument]):
    terms_address = serializers.CharField(read_only=True)
    document = serializers.UUIDField(source="document.uuid", read_only=True, allow_null=True, default=None)
    sha256 = serializers.CharField(source="document.sha256", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Instrument
        fields = (
            "id", "kind", "agreed_how", "terms_address", "changes", "executed_on", "effective_on",
            "board_approved_on", "received_at", "read_at", "document", "sha256",
        )  # fmt: skip
        read_only_fields = fields


class ReceiveInstrumentSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=InstrumentKind.choices)
    agreed_how = serializers.ChoiceField(choices=AgreedHow.choices)
    terms_address = serializers.URLField(max_length=500, required=False, allow_blank=True)
    changes = serializers.ListField(
        child=serializers.ChoiceField(choices=Change.choices), required=False, default=list
    )
    effective_on = serializers.DateField(required=False, allow_null=True)
    board_approved_on = serializers.DateField(required=False, allow_null=True)
    upload = serializers.FileField(required=False, allow_empty_file=True)


class QuoteSerializer(serializers.Serializer[Any]):
    document = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    boxes = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))


class FindingSerializer(serializers.ModelSerializer[ClauseFinding]):
    contract = serializers.IntegerField(source="contract_id", read_only=True)
    quotes = QuoteSerializer(many=True, read_only=True)
    nearest = QuoteSerializer(
        many=True,
        read_only=True,
        help_text="Of a term that was not found: the words nearest to it, for a person to check.",
    )
    decided_quotes = QuoteSerializer(many=True, read_only=True)
    decision = serializers.ChoiceField(choices=Decision.choices, allow_blank=True, read_only=True)
    decided_verdict = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True, read_only=True)
    shortfall = serializers.ChoiceField(choices=Shortfall.choices, allow_blank=True, read_only=True)
    stands = serializers.ChoiceField(choices=Verdict.choices, read_only=True)

    class Meta:
        model = ClauseFinding
        fields = (
            "id", "contract", "pack", "requirement", "verdict", "sure", "quotes", "nearest", "why", "engine",
            "document_sha256", "decision", "decided_verdict", "decided_quotes", "shortfall", "reason",
            "batch", "decided_at", "stands",
        )  # fmt: skip
        read_only_fields = fields


class ConfirmSerializer(serializers.Serializer[Any]):
    also = serializers.ListField(
        child=RowNumber(),
        required=False,
        default=list,
        max_length=100,
    )


class ConfirmTogetherSerializer(serializers.Serializer[Any]):
    findings = serializers.ListField(child=RowNumber(), max_length=500)


class BatchSerializer(serializers.Serializer[Any]):
    batch = serializers.UUIDField()


class OwnQuoteSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=1000)
    text = serializers.CharField(max_length=5000)
    document = RowNumber(required=False)


class CorrectSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    quotes = OwnQuoteSerializer(many=True, required=False, default=list)
    shortfall = serializers.ChoiceField(choices=Shortfall.choices, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class ExecuteSerializer(serializers.Serializer[Any]):
    executed_on = serializers.DateField()
    instrument = RowNumber()
    changes = serializers.ListField(
        child=serializers.ChoiceField(choices=Change.choices),
        required=False,
        help_text="What a later paper changes; needed, and perhaps empty, for one that the vendor sent",
    )
    ends_on = serializers.DateField(
        required=False, allow_null=True, help_text="Until when a renewal makes the contract run"
    )


class CorrectDaySerializer(serializers.Serializer[Any]):
    executed_on = serializers.DateField()
    instrument = RowNumber()
    reason = serializers.CharField(max_length=2000)


class ExecutionSerializer(serializers.Serializer[Any]):
    contract = ContractSerializer()
    obligations = serializers.ListField(child=serializers.IntegerField())
    late = serializers.ListField(child=serializers.IntegerField())
    notice = serializers.CharField(allow_null=True)


class ReturnSerializer(serializers.Serializer[Any]):
    returned_on = serializers.DateField()
    proof = serializers.FileField(allow_empty_file=True)


class CertificateSerializer(serializers.Serializer[Any]):
    signed_on = serializers.DateField()
    signer = serializers.CharField(max_length=200)
    method = serializers.CharField(max_length=300)
    upload = serializers.FileField(allow_empty_file=True)


class PointSerializer(serializers.ModelSerializer[Attestation]):
    """What was stated about one point of a pack."""

    answer = serializers.ChoiceField(choices=Answer.choices, read_only=True)
    evidence = serializers.UUIDField(source="evidence.uuid", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Attestation
        fields = ("pack", "point", "answer", "remark", "stated_on", "recorded_at", "evidence")
        read_only_fields = fields


class StatePointSerializer(serializers.Serializer[Any]):
    pack = serializers.CharField(max_length=60)
    point = serializers.CharField(max_length=60)
    answer = serializers.ChoiceField(choices=Answer.choices)
    stated_on = serializers.DateField()
    remark = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    evidence = serializers.FileField(required=False, allow_null=True, default=None, allow_empty_file=True)


class SuspensionSerializer(serializers.ModelSerializer[Suspension]):
    class Meta:
        model = Suspension
        fields = ("id", "extent", "reason", "started_at", "lifted_at", "lifted_reason")
        read_only_fields = fields


class SuspendSerializer(serializers.Serializer[Any]):
    extent = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=2000)


class RequestSerializer(serializers.ModelSerializer[CurePeriod]):
    """A request to amend: what was asked, how it went out, and what came back."""

    contract = serializers.IntegerField(source="contract_id", read_only=True)
    status = serializers.ChoiceField(choices=CureStatus.choices, read_only=True)
    findings: serializers.RelatedField[Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True
    )
    proof = serializers.UUIDField(source="proof.uuid", read_only=True, allow_null=True, default=None)
    decision = serializers.UUIDField(source="decision.uuid", read_only=True, allow_null=True, default=None)
    deliveries = DeliverySerializer(source="message.deliveries", many=True, read_only=True, default=())

    class Meta:
        model = CurePeriod
        fields = (
            "id", "contract", "status", "findings", "words", "begun_at", "sent_at", "delivered_at", "proof",
            "answer", "answered_at", "ended_at", "decision", "deliveries",
        )  # fmt: skip
        read_only_fields = fields


class AskSerializer(serializers.Serializer[Any]):
    contract = RowNumber()
    findings = serializers.ListField(child=RowNumber(), max_length=500)
    words = serializers.CharField(max_length=20000)


class SentAnotherWaySerializer(serializers.Serializer[Any]):
    sent_at = Moment(required=False, allow_null=True, default=None)


class DeliveredSerializer(serializers.Serializer[Any]):
    delivered_at = Moment()
    proof = serializers.FileField(allow_empty_file=True)


class VoidSerializer(serializers.Serializer[Any]):
    decision = serializers.FileField(allow_empty_file=True)
    reason = serializers.CharField(max_length=2000)


class EndSerializer(serializers.Serializer[Any]):
    ended_on = serializers.DateField()
    disposal = serializers.ChoiceField(choices=["return", "transfer", "destroy"])
    reason = serializers.CharField(max_length=2000)


class DecideDeliverySerializer(serializers.Serializer[Any]):
    arrived = serializers.BooleanField(help_text="False: it goes again")
    reason = serializers.CharField(max_length=2000)
