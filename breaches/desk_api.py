"""The desk's further steps over the API: the pages' verbs beside the straight line from report to closure."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from breaches import (
    additions,
    affected,
    closing,
    decisions,
    listings,
    measures,
    offices,
    sanctions,
    vendor_word,
)
from breaches import desk_serializers as shapes
from breaches.models import (
    AccessOrder,
    AskedVendor,
    Breach,
    Determination,
    ExternalReport,
    Investigation,
    ListUpload,
    ReceiptChange,
)
from breaches.packet import breach_packet
from breaches.roles import people_of_desk, require_desk
from contracts.models import Contract
from ledger.api import answers, own_vendor, person, step
from ledger.case_api import DocumentSerializer
from ledger.models import Document, Entry
from parties.models import School, User
from policy.models import Obligation


def own_contract(breach: Breach, pk: int | None) -> Contract | None:
    """The contract of the breach with this number. Raises ValidationError when it has none such."""
    if pk is None:
        return None
    contract = breach.contracts.filter(pk=pk).first()
    if contract is None:
        raise ValidationError({"contract": _("Choose a contract of this breach.")})
    return contract


def schools_of(breach: Breach, numbers: list[int]) -> list[School]:
    """The district's schools with these numbers. Raises ValidationError when one is not the district's."""
    found = [*breach.district.schools.filter(pk__in=numbers)]
    if len(found) != len({*numbers}):
        raise ValidationError({"schools": _("Choose schools of this district.")})
    return found


class DeskSteps(viewsets.GenericViewSet[Breach]):
    """Mix into the view of breaches."""

    @extend_schema(responses=answers(shapes.WorkSerializer))
    @action(detail=True)
    def work(self, request: Request, pk: str) -> Response:
        """What the desk has done and what waits for somebody: each row with the number its steps ask for."""
        breach: Breach = self.get_object()
        require_desk(person(request), breach.district)
        return Response(shapes.WorkSerializer(breach).data)

    @step(shapes.LogSerializer, shows=shapes.LineSerializer, files=True)
    def log(self, breach: Breach, **said: Any) -> Investigation:
        """Write one line of the investigation's log."""
        return measures.log_step(breach, **said)

    @step(shapes.PacketSerializer, shows=DocumentSerializer)
    def packet(self, breach: Breach, *, with_names: bool, by: User) -> Document:
        """Make the evidence packet anew: a copy to give away, or the restricted one with the names."""
        return breach_packet(breach, by=by, with_names=with_names)

    @step(shapes.DutyDoneSerializer, at="duties/{duty}/done", row="case.obligations", files=True)
    def duty_done(self, duty: Obligation, **said: Any) -> None:
        """A duty was done outside the portal: when, how, with the proof."""
        decisions.settle_duty(duty, **said)

    @step(shapes.AmendSerializer)
    def amend(self, breach: Breach, **said: Any) -> None:
        """Add to the report; what was said before stays."""
        additions.amend_report(breach.report, **said)

    @step(shapes.ContractNumberSerializer)
    def contracts(self, breach: Breach, *, contract: int, by: User) -> None:
        """Name one more contract as part of the breach."""
        mine = Contract.objects.for_user(by).filter(district=breach.district, pk=contract).first()
        if mine is None:
            raise ValidationError({"contract": _("There is no such contract.")})
        additions.add_contract(breach, contract=mine, by=by)

    @step(shapes.LetInSerializer)
    def seen_by(self, breach: Breach, *, email: str, by: User) -> None:
        """Let one more person of the desk see the breach."""
        desk = people_of_desk(breach.district)
        found = [each for each in desk if each.email.casefold() == email.casefold()]
        if not found:
            raise ValidationError({"email": _("Choose a person of the district's desk.")})
        additions.let_in(breach, user=found[0], by=by)

    @step(shapes.EarlierSerializer, at="receipt/earlier")
    def earlier(self, breach: Breach, **said: Any) -> None:
        """The district had the report already then: one person suffices."""
        additions.move_receipt_earlier(breach, **said)

    @step(shapes.LaterSerializer, at="receipt/later", shows=shapes.ReceiptSerializer, files=True)
    def later(self, breach: Breach, **said: Any) -> ReceiptChange:
        """The district had it only then: with proof, and a second person agrees."""
        return decisions.ask_later_receipt(breach, **said)

    @step(at="receipt/{change}/agree", row="receipt_changes")
    def agree_receipt(self, change: ReceiptChange, *, by: User) -> None:
        """Agree, as the second person, that the district had it only then."""
        decisions.agree_later_receipt(change, by=by)

    @step(at="receipt/{change}/refuse", row="receipt_changes")
    def refuse_receipt(self, change: ReceiptChange, *, by: User) -> None:
        """Do not agree, or take it back: the receipt stays as it is."""
        decisions.refuse_later_receipt(change, by=by)

    @step(shapes.VerifySerializer)
    def verify(self, breach: Breach, *, vendor: int | None, **said: Any) -> None:
        """You checked the report: it is genuine."""
        decisions.verify_report(breach, vendor=own_vendor(breach.district, vendor), **said)

    @step(shapes.PeopleFileSerializer, at="people/lists", shows=shapes.PeopleListSerializer, files=True)
    def people_list(self, breach: Breach, *, file: Any, by: User) -> ListUpload:
        """Send a list of affected people, and see how many it names; nothing counts yet."""
        return affected.preview_list(breach, upload=file, by=by)

    @step(at="people/lists/{list}/load", row="uploads")
    def load_people(self, upload: ListUpload, *, by: User) -> None:
        """Take the list: these people are affected."""
        affected.load_list(upload, by=by)

    @step(at="people/lists/{list}/drop", row="uploads")
    def drop_people(self, upload: ListUpload, *, by: User) -> None:
        """Do not use the list."""
        affected.drop_list(upload, by=by)

    @step(shapes.GroupsSerializer, at="people/groups")
    def groups(self, breach: Breach, *, schools: list[int], **said: Any) -> None:
        """All users at these schools and grades are affected."""
        affected.list_groups(breach, schools=schools_of(breach, schools), **said)

    @step(shapes.GroupsSerializer, at="people/groups/count", shows=shapes.GroupsCountSerializer, code=200)
    def groups_count(
        self, breach: Breach, *, schools: list[int], maybe_involved: bool, **said: Any
    ) -> dict[str, int]:
        """How many students that would be; nobody is listed."""
        return {"students": affected.count_groups(breach, schools=schools_of(breach, schools), **said)}

    @step(shapes.WhySerializer, at="people/listings/{listing}/take-back", row="case.entries")
    def take_people_back(self, listing: Entry, **said: Any) -> None:
        """The newest list was wrong: take back the people it added, while nobody has been told by it."""
        listings.take_back_listing(listing, **said)

    @step(shapes.StopAccessSerializer, shows=shapes.AccessOrderSerializer)
    def access(self, breach: Breach, *, contract: int | None, **said: Any) -> AccessOrder:
        """Stop access while this is looked into."""
        return measures.stop_access(breach, contract=own_contract(breach, contract), **said)

    @step(
        shapes.WhySerializer, at="access/{order}/give-back", row="orders", shows=shapes.AccessOrderSerializer
    )
    def give_back(self, order: AccessOrder, **said: Any) -> AccessOrder:
        """Give access back, because …"""
        return measures.give_back_access(order, **said)

    @step(shapes.AskVendorSerializer, at="asked", shows=shapes.AskedVendorSerializer)
    def ask_vendor(self, breach: Breach, **said: Any) -> AskedVendor:
        """Ask the vendor for what a policy lets the district ask for."""
        return vendor_word.ask_vendor(breach, **said)

    @step(
        shapes.VendorAnswerSerializer,
        at="asked/{asked}/answer",
        row="asked",
        shows=shapes.AskedVendorSerializer,
        files=True,
    )
    def vendor_answer(self, asked: AskedVendor, **said: Any) -> AskedVendor:
        """Record the vendor's answer."""
        return vendor_word.record_answer(asked, **said)

    @step(shapes.ToldFamiliesSerializer, at="vendor-told-families", files=True)
    def told_families(self, breach: Breach, **said: Any) -> None:
        """The vendor told the families; that settles its own duty and never the district's."""
        vendor_word.record_vendor_told_families(breach, **said)

    @step(shapes.VendorWordSerializer, files=True)
    def vendor_word(self, breach: Breach, **said: Any) -> None:
        """The vendor's own report came after all."""
        vendor_word.record_vendor_word(breach, **said)

    @step(shapes.ConsiderSerializer)
    def consider(self, breach: Breach, **said: Any) -> None:
        """Whether an office must be told, and why."""
        measures.consider_notice(breach, **said)

    @step(shapes.DetermineSerializer, shows=shapes.DeterminationSerializer, files=True)
    def determinations(self, breach: Breach, **said: Any) -> Determination:
        """No unauthorised access, determined by X because Y; a second person agrees."""
        return decisions.determine(breach, **said)

    @step(at="determinations/{sought}/agree", row="determinations", shows=shapes.DeterminationSerializer)
    def agree(self, asked: Determination, *, by: User) -> Determination:
        """Agree, as the second person."""
        return decisions.agree(asked, by=by)

    @step(at="determinations/{sought}/refuse", row="determinations", shows=shapes.DeterminationSerializer)
    def refuse(self, asked: Determination, *, by: User) -> Determination:
        """Do not agree."""
        return decisions.refuse(asked, by=by)

    @step(shapes.WhySerializer)
    def more_than_an_attempt(self, breach: Breach, **said: Any) -> None:
        """Somebody got in after all."""
        decisions.find_access(breach, **said)

    @step(shapes.OfficePartsSerializer, shows=shapes.OfficeSerializer)
    def offices(self, breach: Breach, *, rule: str, **said: Any) -> ExternalReport:
        """Draft the report to an office."""
        if not breach.case.obligations.filter(rule=rule, kind="external_report").exists():
            raise Http404
        return offices.draft_external(breach, rule=rule, **said)

    @step(
        shapes.OfficeSentSerializer,
        at="offices/{office}/sent",
        row="external_reports",
        shows=shapes.OfficeSerializer,
        files=True,
    )
    def office_sent(self, office: ExternalReport, **said: Any) -> ExternalReport:
        """The report went to the office, under this number."""
        return offices.record_external_sent(office, **said)

    @step(shapes.FailureSerializer)
    def failure(self, breach: Breach, **said: Any) -> None:
        """The vendor failed to do what it must: the district decides what follows (L-15)."""
        sanctions.find_failure(breach, **said)

    @step(shapes.SanctionSerializer)
    def sanctions(self, breach: Breach, *, contract: int | None, **said: Any) -> None:
        """What follows for a vendor, an employee or a volunteer."""
        sanctions.record_sanction(breach, contract=own_contract(breach, contract), **said)

    @step(shapes.BecauseSerializer)
    def missed(self, breach: Breach, **said: Any) -> None:
        """Why a limit was missed."""
        closing.explain_missed(breach, **said)

    @step(shapes.WhySerializer)
    def reopen(self, breach: Breach, **said: Any) -> None:
        """Open a closed breach again, because …"""
        closing.reopen_breach(breach, **said)
