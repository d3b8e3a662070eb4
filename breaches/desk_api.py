"""The desk's further steps over the API: the pages' verbs beside the straight line from report to closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from breaches import (
    additions,
    affected,
    closing,
    decisions,
    measures,
    offices,
    response,
    sanctions,
    vendor_word,
)
from breaches import desk_serializers as shapes
from breaches.models import Breach
from breaches.roles import people_of_desk
from breaches.serializers import BreachSerializer
from contracts.models import Contract
from ledger.api import ROW_ID, answers, given, person, within

Step = TypeVar("Step", bound=Callable[..., Response])


def takes(shape: type[serializers.Serializer[Any]], *, files: bool = False) -> Callable[[Step], Step]:
    """An act of the desk that answers with the breach."""
    request = {"multipart/form-data": shape} if files else shape
    return extend_schema(request=request, responses=answers(BreachSerializer))


class DeskSteps(viewsets.GenericViewSet[Breach]):
    """Mix into the view of breaches."""

    def _do(self, verb: Callable[..., Any], shape: type[serializers.Serializer[Any]]) -> Response:
        breach = self.get_object()
        verb(breach, by=person(self.request), **given(shape, self.request).validated_data)
        return self.answer(breach)

    def answer(self, breach: Breach) -> Response:
        breach.refresh_from_db()
        return Response(self.get_serializer(breach).data)

    def _own_contract(self, breach: Breach, pk: int | None) -> Contract | None:
        if pk is None:
            return None
        contract = breach.contracts.filter(pk=pk).first()
        if contract is None:
            raise ValidationError({"contract": _("Choose a contract of this breach.")})
        return contract

    @takes(shapes.AmendSerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, pk: str) -> Response:
        """Add to the report; what was said before stays."""
        breach = self.get_object()
        sent = given(shapes.AmendSerializer, request).validated_data
        additions.amend_report(breach.report, by=person(request), **sent)
        return self.answer(breach)

    @takes(shapes.ContractNumberSerializer)
    @action(detail=True, methods=["post"])
    def contracts(self, request: Request, pk: str) -> Response:
        """Name one more contract as part of the breach."""
        breach = self.get_object()
        wanted = given(shapes.ContractNumberSerializer, request).validated_data["contract"]
        mine = Contract.objects.for_user(request.user).filter(district=breach.district, pk=wanted).first()
        if mine is None:
            raise ValidationError({"contract": _("There is no such contract.")})
        additions.add_contract(breach, contract=mine, by=person(request))
        return self.answer(breach)

    @takes(shapes.LetInSerializer)
    @action(detail=True, methods=["post"], url_path="seen-by")
    def seen_by(self, request: Request, pk: str) -> Response:
        """Let one more person of the desk see the breach."""
        breach = self.get_object()
        email = given(shapes.LetInSerializer, request).validated_data["email"]
        found = [
            each for each in people_of_desk(breach.district) if each.email.casefold() == email.casefold()
        ]
        if not found:
            raise ValidationError({"email": _("Choose a person of the district's desk.")})
        additions.let_in(breach, user=found[0], by=person(request))
        return self.answer(breach)

    @takes(shapes.EarlierSerializer)
    @action(detail=True, methods=["post"], url_path="receipt/earlier")
    def earlier(self, request: Request, pk: str) -> Response:
        """The district had the report already then: one person suffices."""
        return self._do(additions.move_receipt_earlier, shapes.EarlierSerializer)

    @extend_schema(
        request={"multipart/form-data": shapes.LaterSerializer},
        responses=answers(shapes.ReceiptSerializer, code=201),
    )
    @action(detail=True, methods=["post"], url_path="receipt/later")
    def later(self, request: Request, pk: str) -> Response:
        """The district had it only then: with proof, and a second person agrees."""
        breach = self.get_object()
        sent = given(shapes.LaterSerializer, request).validated_data
        asked = decisions.ask_later_receipt(breach, by=person(request), **sent)
        return Response(shapes.ReceiptSerializer(asked).data, status=201)

    @extend_schema(parameters=[within("change")], request=None, responses=answers(BreachSerializer))
    @action(detail=True, methods=["post"], url_path=rf"receipt/(?P<change>{ROW_ID})/agree")
    def agree_receipt(self, request: Request, pk: str, change: str) -> Response:
        """Agree, as the second person, that the district had it only then."""
        breach = self.get_object()
        asked = get_object_or_404(breach.receipt_changes, pk=change)
        decisions.agree_later_receipt(asked, by=person(request))
        return self.answer(breach)

    @takes(shapes.VerifySerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """You checked the report: it is genuine."""
        breach = self.get_object()
        sent = dict(given(shapes.VerifySerializer, request).validated_data)
        if sent["vendor"] is not None:
            sent["vendor"] = breach.district.vendors.filter(pk=sent["vendor"]).first()
            if sent["vendor"] is None:
                raise ValidationError({"vendor": _("Choose a vendor of this district.")})
        decisions.verify_report(breach, by=person(request), **sent)
        return self.answer(breach)

    @extend_schema(
        request={"multipart/form-data": shapes.PeopleFileSerializer},
        responses=answers(shapes.PeopleListSerializer, code=201),
    )
    @action(detail=True, methods=["post"], url_path="people/lists")
    def people_list(self, request: Request, pk: str) -> Response:
        """Send a list of affected people, and see how many it names; nothing counts yet."""
        breach = self.get_object()
        upload = given(shapes.PeopleFileSerializer, request).validated_data["file"]
        made = affected.preview_list(breach, upload=upload, by=person(request))
        return Response(shapes.PeopleListSerializer(made).data, status=201)

    @extend_schema(parameters=[within("list")], request=None, responses=answers(BreachSerializer))
    @action(detail=True, methods=["post"], url_path=rf"people/lists/(?P<list>{ROW_ID})/load")
    def load_people(self, request: Request, pk: str, list: str) -> Response:
        """Take the list: these people are affected."""
        breach = self.get_object()
        affected.load_list(get_object_or_404(breach.uploads, pk=list), by=person(request))
        return self.answer(breach)

    @extend_schema(parameters=[within("list")], request=None, responses=answers(BreachSerializer))
    @action(detail=True, methods=["post"], url_path=rf"people/lists/(?P<list>{ROW_ID})/drop")
    def drop_people(self, request: Request, pk: str, list: str) -> Response:
        """Do not use the list."""
        breach = self.get_object()
        affected.drop_list(get_object_or_404(breach.uploads, pk=list), by=person(request))
        return self.answer(breach)

    @takes(shapes.GroupsSerializer)
    @action(detail=True, methods=["post"], url_path="people/groups")
    def groups(self, request: Request, pk: str) -> Response:
        """All users at these schools and grades are affected."""
        breach = self.get_object()
        sent = dict(given(shapes.GroupsSerializer, request).validated_data)
        wanted = set(sent["schools"])
        sent["schools"] = [*breach.district.schools.filter(pk__in=wanted)]
        if len(sent["schools"]) != len(wanted):
            raise ValidationError({"schools": _("Choose schools of this district.")})
        affected.list_groups(breach, by=person(request), **sent)
        return self.answer(breach)

    @extend_schema(
        request=shapes.StopAccessSerializer, responses=answers(shapes.AccessOrderSerializer, code=201)
    )
    @action(detail=True, methods=["post"])
    def access(self, request: Request, pk: str) -> Response:
        """Stop access while this is looked into."""
        breach = self.get_object()
        sent = dict(given(shapes.StopAccessSerializer, request).validated_data)
        sent["contract"] = self._own_contract(breach, sent["contract"])
        order = measures.stop_access(breach, by=person(request), **sent)
        return Response(shapes.AccessOrderSerializer(order).data, status=201)

    @extend_schema(
        parameters=[within("order")],
        request=shapes.WhySerializer,
        responses=answers(shapes.AccessOrderSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"access/(?P<order>{ROW_ID})/give-back")
    def give_back(self, request: Request, pk: str, order: str) -> Response:
        """Give access back, because …"""
        found = get_object_or_404(self.get_object().orders, pk=order)
        reason = given(shapes.WhySerializer, request).validated_data["reason"]
        done = measures.give_back_access(found, reason=reason, by=person(request))
        return Response(shapes.AccessOrderSerializer(done).data)

    @extend_schema(
        request=shapes.AskVendorSerializer, responses=answers(shapes.AskedVendorSerializer, code=201)
    )
    @action(detail=True, methods=["post"], url_path="asked")
    def ask_vendor(self, request: Request, pk: str) -> Response:
        """Ask the vendor for what a policy lets the district ask for."""
        breach = self.get_object()
        sent = given(shapes.AskVendorSerializer, request).validated_data
        made = vendor_word.ask_vendor(breach, by=person(request), **sent)
        return Response(shapes.AskedVendorSerializer(made).data, status=201)

    @extend_schema(
        parameters=[within("asked")],
        request={"multipart/form-data": shapes.VendorAnswerSerializer},
        responses=answers(shapes.AskedVendorSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"asked/(?P<asked>{ROW_ID})/answer")
    def vendor_answer(self, request: Request, pk: str, asked: str) -> Response:
        """Record the vendor's answer."""
        found = get_object_or_404(self.get_object().asked, pk=asked)
        sent = given(shapes.VendorAnswerSerializer, request).validated_data
        done = vendor_word.record_answer(found, by=person(request), **sent)
        return Response(shapes.AskedVendorSerializer(done).data)

    @takes(shapes.ToldFamiliesSerializer, files=True)
    @action(detail=True, methods=["post"], url_path="vendor-told-families")
    def told_families(self, request: Request, pk: str) -> Response:
        """The vendor told the families; that settles its own duty and never the district's."""
        return self._do(vendor_word.record_vendor_told_families, shapes.ToldFamiliesSerializer)

    @takes(shapes.VendorWordSerializer, files=True)
    @action(detail=True, methods=["post"], url_path="vendor-word")
    def vendor_word(self, request: Request, pk: str) -> Response:
        """The vendor's own report came after all."""
        return self._do(vendor_word.record_vendor_word, shapes.VendorWordSerializer)

    @takes(shapes.ConsiderSerializer)
    @action(detail=True, methods=["post"])
    def consider(self, request: Request, pk: str) -> Response:
        """Whether an office must be told, and why."""
        return self._do(measures.consider_notice, shapes.ConsiderSerializer)

    @extend_schema(
        request={"multipart/form-data": shapes.DetermineSerializer},
        responses=answers(shapes.DeterminationSerializer, code=201),
    )
    @action(detail=True, methods=["post"])
    def determinations(self, request: Request, pk: str) -> Response:
        """No unauthorised access, determined by X because Y; a second person agrees."""
        breach = self.get_object()
        sent = given(shapes.DetermineSerializer, request).validated_data
        asked = decisions.determine(breach, by=person(request), **sent)
        return Response(shapes.DeterminationSerializer(asked).data, status=201)

    @extend_schema(
        parameters=[within("asked")], request=None, responses=answers(shapes.DeterminationSerializer)
    )
    @action(detail=True, methods=["post"], url_path=rf"determinations/(?P<asked>{ROW_ID})/agree")
    def agree(self, request: Request, pk: str, asked: str) -> Response:
        """Agree, as the second person."""
        found = get_object_or_404(self.get_object().determinations, pk=asked)
        return Response(shapes.DeterminationSerializer(decisions.agree(found, by=person(request))).data)

    @extend_schema(
        parameters=[within("asked")], request=None, responses=answers(shapes.DeterminationSerializer)
    )
    @action(detail=True, methods=["post"], url_path=rf"determinations/(?P<asked>{ROW_ID})/refuse")
    def refuse(self, request: Request, pk: str, asked: str) -> Response:
        """Do not agree."""
        found = get_object_or_404(self.get_object().determinations, pk=asked)
        return Response(shapes.DeterminationSerializer(decisions.refuse(found, by=person(request))).data)

    @takes(shapes.WhySerializer)
    @action(detail=True, methods=["post"], url_path="more-than-an-attempt")
    def more_than_an_attempt(self, request: Request, pk: str) -> Response:
        """Somebody got in after all."""
        return self._do(decisions.find_access, shapes.WhySerializer)

    @extend_schema(request=shapes.OfficePartsSerializer, responses=answers(shapes.OfficeSerializer, code=201))
    @action(detail=True, methods=["post"])
    def offices(self, request: Request, pk: str) -> Response:
        """Draft the report to an office."""
        breach = self.get_object()
        sent = given(shapes.OfficePartsSerializer, request).validated_data
        get_object_or_404(breach.case.obligations, rule=sent["rule"], kind="external_report")
        made = offices.draft_external(breach, by=person(request), **sent)
        return Response(shapes.OfficeSerializer(made).data, status=201)

    @extend_schema(
        parameters=[within("office")],
        request={"multipart/form-data": shapes.OfficeSentSerializer},
        responses=answers(shapes.OfficeSerializer),
    )
    @action(detail=True, methods=["post"], url_path=rf"offices/(?P<office>{ROW_ID})/sent")
    def office_sent(self, request: Request, pk: str, office: str) -> Response:
        """The report went to the office, under this number."""
        found = get_object_or_404(self.get_object().external_reports, pk=office)
        sent = given(shapes.OfficeSentSerializer, request).validated_data
        done = offices.record_external_sent(found, by=person(request), **sent)
        return Response(shapes.OfficeSerializer(done).data)

    @takes(shapes.FailureSerializer)
    @action(detail=True, methods=["post"])
    def failure(self, request: Request, pk: str) -> Response:
        """The vendor failed to do what it must: the district decides what follows (L-15)."""
        return self._do(sanctions.find_failure, shapes.FailureSerializer)

    @takes(shapes.SanctionSerializer)
    @action(detail=True, methods=["post"])
    def sanctions(self, request: Request, pk: str) -> Response:
        """What follows for a vendor, an employee or a volunteer."""
        breach = self.get_object()
        sent = dict(given(shapes.SanctionSerializer, request).validated_data)
        sent["contract"] = self._own_contract(breach, sent["contract"])
        sanctions.record_sanction(breach, by=person(request), **sent)
        return self.answer(breach)

    @extend_schema(request=None, responses=answers(BreachSerializer))
    @action(detail=True, methods=["post"], url_path="ask-second")
    def ask_second(self, request: Request, pk: str) -> Response:
        """Ask a second person to approve the notice."""
        breach = self.get_object()
        response.ask_second(breach, by=person(request))
        return self.answer(breach)

    @takes(shapes.BecauseSerializer)
    @action(detail=True, methods=["post"])
    def missed(self, request: Request, pk: str) -> Response:
        """Why a limit was missed."""
        return self._do(closing.explain_missed, shapes.BecauseSerializer)

    @takes(shapes.WhySerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a closed breach again, because …"""
        return self._do(closing.reopen_breach, shapes.WhySerializer)
