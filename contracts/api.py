"""Contracts over the API: the pages' nouns, verbs and refusals, each row scoped to the person's districts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from contracts import access, asking_api, public_copy_api, vendor_api
from contracts import serializers as shapes
from contracts.execution import correct_execution, execute_contract, foresee_execution
from contracts.exit import end_contract, record_certificate, record_return
from contracts.intake import change_terms, open_vendor_file, receive_instrument, record_contract
from contracts.models import ClauseFinding, Conformity, Contract, ContractStatus, Instrument, VendorFile
from contracts.review import confirm_batch, confirm_finding, correct_finding, mark_not_applicable
from ledger.api import ROW_ID, answers, given, person, within
from policy.serializers import ClockSerializer


def own_paper(request: Request, pk: int) -> Instrument:
    """A paper of the person's districts. Raises ValidationError beside `instrument`."""
    paper = Instrument.objects.for_user(request.user).filter(pk=pk).first()
    if paper is None:
        raise ValidationError({"instrument": _("There is no such paper.")})
    return paper


class VendorFileViewSet(viewsets.ReadOnlyModelViewSet[VendorFile]):
    """Files on vendors."""

    serializer_class = shapes.VendorFileSerializer
    queryset = VendorFile.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[VendorFile]:
        return VendorFile.objects.for_user(self.request.user).select_related("case", "district", "vendor")

    @extend_schema(
        request=shapes.OpenVendorFileSerializer, responses=answers(shapes.VendorFileSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Open the district's file on a vendor, or get the one it has."""
        sent = given(shapes.OpenVendorFileSerializer, request).validated_data
        opened = open_vendor_file(by=person(request), **sent)
        return Response(self.get_serializer(opened).data, status=201)


class ContractViewSet(viewsets.ReadOnlyModelViewSet[Contract]):
    """Contracts, their papers and findings, and the steps of their life."""

    serializer_class = shapes.ContractSerializer
    queryset = Contract.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Contract]:
        mine = Contract.objects.for_user(self.request.user).select_related(
            "case", "district", "vendor_file__vendor"
        )
        for name, known in (("status", ContractStatus.values), ("conformity", Conformity.values)):
            asked = self.request.query_params.get(name)
            if asked is not None:
                mine = mine.filter(**{name: asked}) if asked in known else mine.none()
        if words := self.request.query_params.get("search", "").replace("\0", ""):
            mine = mine.filter(product__icontains=words[:200])
        return mine.prefetch_related("elements", "schools")

    @extend_schema(
        parameters=[
            OpenApiParameter("status", enum=ContractStatus.values),
            OpenApiParameter("conformity", enum=Conformity.values),
            OpenApiParameter("search", str),
        ],
        responses=answers(shapes.ContractSerializer(many=True)),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=shapes.RecordContractSerializer, responses=answers(shapes.ContractSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Record a contract that is not signed yet."""
        sent = given(shapes.RecordContractSerializer, request)
        mine = VendorFile.objects.for_user(request.user)
        file = mine.filter(pk=sent.validated_data["vendor_file"]).first()
        if file is None:
            raise ValidationError({"vendor_file": _("There is no such file.")})
        contract = record_contract(file, terms=sent.terms(), by=person(request))
        return Response(self.get_serializer(contract).data, status=201)

    @extend_schema(request=shapes.TermsSerializer, responses=answers(shapes.ContractSerializer))
    @action(detail=True, methods=["put"])
    def terms(self, request: Request, pk: str) -> Response:
        """Replace the recorded terms."""
        contract = self.get_object()
        changed = change_terms(
            contract, terms=given(shapes.TermsSerializer, request).terms(), by=person(request)
        )
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses=answers(shapes.InstrumentSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def instruments(self, request: Request, pk: str) -> Response:
        """The contract's papers."""
        papers = self.get_object().instruments.select_related("document")
        return Response(shapes.InstrumentSerializer(papers, many=True).data)

    @extend_schema(
        request={"multipart/form-data": shapes.ReceiveInstrumentSerializer},
        responses=answers(shapes.InstrumentSerializer, code=201),
    )
    @instruments.mapping.post
    def receive(self, request: Request, pk: str) -> Response:
        """Send a paper (multipart); it is read in the background."""
        contract = self.get_object()
        sent = dict(given(shapes.ReceiveInstrumentSerializer, request).validated_data)
        paper = receive_instrument(contract, by=person(request), upload=sent.pop("upload", None), **sent)
        return Response(shapes.InstrumentSerializer(paper).data, status=201)

    @extend_schema(responses=answers(shapes.FindingSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def findings(self, request: Request, pk: str) -> Response:
        """What the computer proposes and what people decided, term by term."""
        return Response(shapes.FindingSerializer(self.get_object().findings.all(), many=True).data)

    @extend_schema(request=shapes.ConfirmTogetherSerializer, responses=answers(shapes.BatchSerializer))
    @action(detail=True, methods=["post"], url_path="findings/confirm-together")
    def confirm_together(self, request: Request, pk: str) -> Response:
        """Confirm several found terms, all or none."""
        contract = self.get_object()
        sent = given(shapes.ConfirmTogetherSerializer, request).validated_data
        batch = confirm_batch(contract, findings=sent["findings"], by=person(request))
        return Response({"batch": str(batch)})

    @extend_schema(request=shapes.ExecuteSerializer, responses=answers(shapes.ExecutionSerializer))
    @action(detail=True, methods=["post"])
    def execute(self, request: Request, pk: str) -> Response:
        """Record that a paper bound both sides on a day; the clocks run from it."""
        contract = self.get_object()
        sent = given(shapes.ExecuteSerializer, request).validated_data
        paper = own_paper(request, sent["instrument"])
        done = execute_contract(contract, by=person(request), **{**sent, "instrument": paper})
        return Response(
            {
                "contract": self.get_serializer(done.contract).data,
                "obligations": [duty.pk for duty in done.obligations],
                "late": [duty.pk for duty in done.late],
                "notice": done.notice.number if done.notice else None,
            }
        )

    @extend_schema(request=shapes.CorrectDaySerializer, responses=answers(shapes.InstrumentSerializer))
    @action(detail=True, methods=["post"], url_path="execute/correct")
    def correct_day(self, request: Request, pk: str) -> Response:
        """The day of the last signature was recorded wrongly."""
        sent = dict(given(shapes.CorrectDaySerializer, request).validated_data)
        paper = get_object_or_404(self.get_object().instruments, pk=sent.pop("instrument"))
        corrected = correct_execution(paper, by=person(request), **sent)
        return Response(shapes.InstrumentSerializer(corrected).data)

    @extend_schema(request=shapes.EndSerializer, responses=answers(shapes.ContractSerializer))
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Record that the contract ended; the vendor owes return and destruction."""
        contract = self.get_object()
        sent = given(shapes.EndSerializer, request).validated_data
        return Response(self.get_serializer(end_contract(contract, by=person(request), **sent)).data)

    @extend_schema(
        request=shapes.ExecuteSerializer, responses=answers(ClockSerializer(many=True)), filters=False
    )
    @action(detail=True, methods=["post"], url_path="execute/clocks", pagination_class=None)
    def clocks(self, request: Request, pk: str) -> Response:
        """The clocks that recording this execution would start. Nothing is kept."""
        contract = self.get_object()
        sent = given(shapes.ExecuteSerializer, request).validated_data
        found = foresee_execution(
            contract,
            executed_on=sent["executed_on"],
            instrument=own_paper(request, sent["instrument"]),
            by=person(request),
        )
        return Response(ClockSerializer(found, many=True).data)

    @extend_schema(
        request={"multipart/form-data": shapes.ReturnSerializer}, responses=answers(shapes.ContractSerializer)
    )
    @action(detail=True, methods=["post"], url_path="data-returned")
    def data_returned(self, request: Request, pk: str) -> Response:
        """The data came back, and here is the proof: now the time to destroy every copy runs (L-17)."""
        contract = self.get_object()
        record_return(contract, by=person(request), **given(shapes.ReturnSerializer, request).validated_data)
        return Response(self.get_serializer(contract).data)

    @extend_schema(
        request={"multipart/form-data": shapes.CertificateSerializer},
        responses=answers(shapes.ContractSerializer),
    )
    @action(detail=True, methods=["post"])
    def certificate(self, request: Request, pk: str) -> Response:
        """The vendor's statement that every known copy is destroyed."""
        contract = self.get_object()
        sent = given(shapes.CertificateSerializer, request).validated_data
        record_certificate(contract, by=person(request), **sent)
        return Response(self.get_serializer(contract).data)

    @extend_schema(responses=answers(shapes.PointSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def points(self, request: Request, pk: str) -> Response:
        """What was stated about the points of the adopted packs."""
        stated = self.get_object().attestations.select_related("evidence")
        return Response(shapes.PointSerializer(stated, many=True).data)

    @extend_schema(
        request={"multipart/form-data": shapes.StatePointSerializer},
        responses=answers(shapes.PointSerializer, code=201),
    )
    @points.mapping.post
    def state(self, request: Request, pk: str) -> Response:
        """Record what the vendor or the district states about one point; a later one replaces it."""
        contract = self.get_object()
        sent = given(shapes.StatePointSerializer, request).validated_data
        stated = access.state_point(contract, by=person(request), **sent)
        return Response(shapes.PointSerializer(stated).data, status=201)

    @extend_schema(request=None, responses=answers(shapes.ContractSerializer))
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: str) -> Response:
        """The vendor may have the data from today."""
        contract = self.get_object()
        access.clear_for_data(contract, by=person(request))
        return Response(self.get_serializer(contract).data)

    @extend_schema(responses=answers(shapes.SuspensionSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def suspensions(self, request: Request, pk: str) -> Response:
        """When the vendor's access was stopped, and given back."""
        return Response(shapes.SuspensionSerializer(self.get_object().suspensions.all(), many=True).data)

    @extend_schema(request=shapes.SuspendSerializer, responses=answers(shapes.SuspensionSerializer, code=201))
    @suspensions.mapping.post
    def suspend(self, request: Request, pk: str) -> Response:
        """Stop the vendor's access."""
        contract = self.get_object()
        sent = given(shapes.SuspendSerializer, request).validated_data
        stopped = access.suspend_access(contract, by=person(request), **sent)
        return Response(shapes.SuspensionSerializer(stopped).data, status=201)

    @extend_schema(
        parameters=[within("suspension")],
        request=shapes.ReasonSerializer,
        responses=answers(shapes.SuspensionSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"suspensions/(?P<suspension>{ROW_ID})/lift")
    def lift(self, request: Request, pk: str, suspension: str) -> Response:
        """Give the access back, because …"""
        stopped = get_object_or_404(self.get_object().suspensions, pk=suspension)
        reason = given(shapes.ReasonSerializer, request).validated_data["reason"]
        lifted = access.lift_suspension(stopped, reason=reason, by=person(request))
        return Response(shapes.SuspensionSerializer(lifted).data)


class FindingViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[ClauseFinding]):
    """One finding, and a person's decision about it."""

    serializer_class = shapes.FindingSerializer
    queryset = ClauseFinding.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[ClauseFinding]:
        return ClauseFinding.objects.for_user(self.request.user).select_related("contract__district")

    @extend_schema(request=shapes.ConfirmSerializer, responses=answers(shapes.FindingSerializer))
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Agree with the computer; `also` names further terms on the same passage."""
        found = self.get_object()
        ids = given(shapes.ConfirmSerializer, request).validated_data["also"]
        also = [get_object_or_404(found.contract.findings, pk=each) for each in ids]
        confirm_finding(found, also=also, by=person(request))
        return self._shown(found)

    @extend_schema(request=shapes.CorrectSerializer, responses=answers(shapes.FindingSerializer))
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Decide otherwise, with the words or the shortfall."""
        found = self.get_object()
        sent = dict(given(shapes.CorrectSerializer, request).validated_data)
        correct_finding(found, by=person(request), **sent)
        return self._shown(found)

    @extend_schema(request=shapes.ReasonSerializer, responses=answers(shapes.FindingSerializer))
    @action(detail=True, methods=["post"], url_path="not-applicable")
    def not_applicable(self, request: Request, pk: str) -> Response:
        """The term does not apply, because …"""
        found = self.get_object()
        reason = given(shapes.ReasonSerializer, request).validated_data["reason"]
        mark_not_applicable(found, reason=reason, by=person(request))
        return self._shown(found)

    def _shown(self, found: ClauseFinding) -> Response:
        found.refresh_from_db()
        return Response(self.get_serializer(found).data)


def register(router: BaseRouter) -> None:
    """Add the room's nouns to the portal's API."""
    router.register("vendor-files", VendorFileViewSet, basename="vendor-file")
    router.register("contracts", ContractViewSet, basename="contract")
    router.register("findings", FindingViewSet, basename="finding")
    asking_api.register(router)
    public_copy_api.register(router)
    vendor_api.register(router)
