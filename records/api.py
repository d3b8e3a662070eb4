"""Records over the API: holds, disposals, retention rules, custodians and trainings."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from ledger.api import ROW_ID, answers, given, person
from ledger.models import Case, HeldCase
from parties.access import districts_of
from parties.models import District, User
from records import custody, disposal, holds
from records import serializers as shapes
from records.models import Designation, Disposition, HoldNotice, LitigationHold, RetentionRule, Training


def colleague(district: District, email: str) -> User:
    """The person with this address and a role in the district. Raises ValidationError."""
    here = User.objects.filter(memberships__district=district, memberships__ended_at=None)
    found = here.filter(email__iexact=email).first()
    if found is None:
        raise ValidationError({"email": _("Choose a person with a role in this district.")})
    return found


class HoldViewSet(viewsets.ReadOnlyModelViewSet[LitigationHold]):
    """Litigation holds: what they cover cannot be deleted until they are released."""

    serializer_class = shapes.HoldSerializer
    queryset = LitigationHold.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[LitigationHold]:
        seen = LitigationHold.objects.for_user(person(self.request))
        return seen.select_related("case__district", "directive", "release").prefetch_related(
            Prefetch(
                "case__held",
                HeldCase.objects.filter(case__in=Case.objects.for_user(person(self.request))).order_by("pk"),
                to_attr="held_and_seen",  # beside the relation: a release must still reach every case
            ),
            "case__hold_notices",
        )

    @extend_schema(
        request={"multipart/form-data": shapes.PlaceHoldSerializer},
        responses=answers(shapes.HoldSerializer, code=201),
    )
    def create(self, request: Request) -> Response:
        """Place a hold by its signed directive and tell people, by e-mail address, what they must keep."""
        sent = dict(given(shapes.PlaceHoldSerializer, request).validated_data)
        tell = [colleague(sent["district"], email) for email in sent.pop("tell")]
        return self._shown(holds.place_hold(by=person(request), tell=tell, **sent), status=201)

    @extend_schema(request=shapes.CoverSerializer, responses=answers(shapes.HoldSerializer))
    @action(detail=True, methods=["post"])
    def cover(self, request: Request, pk: str) -> Response:
        """Put further cases under the hold."""
        hold = self.get_object()
        cases = given(shapes.CoverSerializer, request).validated_data["cases"]
        holds.cover_cases(hold, cases=cases, by=person(request))
        return self._shown(hold)

    @extend_schema(request=shapes.TellSerializer, responses=answers(shapes.HoldSerializer))
    @action(detail=True, methods=["post"])
    def tell(self, request: Request, pk: str) -> Response:
        """Tell one more person of the hold."""
        hold = self.get_object()
        email = given(shapes.TellSerializer, request).validated_data["email"]
        holds.tell_of_hold(hold, user=colleague(hold.case.district, email), by=person(request))
        return self._shown(hold)

    @extend_schema(request=None, responses=answers(shapes.HoldSerializer))
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that you were told and understood."""
        hold = self.get_object()
        told = HoldNotice.objects.filter(case=hold.case, user=person(request)).first()
        if told is None:
            raise PermissionDenied("Only the person who was told can acknowledge a hold.")
        holds.acknowledge_hold(told, by=person(request))
        return self._shown(hold)

    @extend_schema(
        request={"multipart/form-data": shapes.ReleaseSerializer}, responses=answers(shapes.HoldSerializer)
    )
    @action(detail=True, methods=["post"], url_path="ask-release")
    def ask_release(self, request: Request, pk: str) -> Response:
        """Lay the signed release on the table; a second person then releases the hold."""
        hold = self.get_object()
        paper = given(shapes.ReleaseSerializer, request).validated_data["release"]
        return self._shown(holds.ask_release(hold, release=paper, by=person(request)))

    @extend_schema(request=None, responses=answers(shapes.HoldSerializer))
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Release it, as the second person."""
        return self._shown(holds.release_hold(self.get_object(), by=person(request)))

    def _shown(self, hold: LitigationHold, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=hold.pk)).data, status=status)


class RetentionRuleViewSet(viewsets.ReadOnlyModelViewSet[RetentionRule]):
    """How long each series of records is kept."""

    serializer_class = shapes.RetentionRuleSerializer
    queryset = RetentionRule.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[RetentionRule]:
        mine = RetentionRule.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district")

    @extend_schema(
        request=shapes.AddRuleSerializer, responses=answers(shapes.RetentionRuleSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Add the rule of one series."""
        sent = given(shapes.AddRuleSerializer, request).validated_data
        rule = disposal.add_rule(by=person(request), **sent)
        return Response(self.get_serializer(rule).data, status=201)


class DisposalViewSet(viewsets.ReadOnlyModelViewSet[Disposition]):
    """Records proposed for disposal: authorised by a second person, then done."""

    serializer_class = shapes.DisposalSerializer
    queryset = Disposition.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Disposition]:
        seen = Disposition.objects.filter(case__in=Case.objects.for_user(person(self.request)))
        return seen.select_related("case", "district", "rule", "authorisation")

    @extend_schema(request=shapes.ProposeSerializer, responses=answers(shapes.DisposalSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Propose records whose time is over."""
        sent = dict(given(shapes.ProposeSerializer, request).validated_data)
        mine = RetentionRule.objects.filter(district__in=districts_of(request.user))
        rule = mine.filter(pk=sent.pop("rule")).first()
        if rule is None:
            raise ValidationError({"rule": _("There is no such rule.")})
        made = disposal.propose_disposal(rule=rule, by=person(request), **sent)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(
        request={"multipart/form-data": shapes.AuthoriseSerializer},
        responses=answers(shapes.DisposalSerializer),
    )
    @action(detail=True, methods=["post"])
    def authorise(self, request: Request, pk: str) -> Response:
        """Authorise it as the second person, with the State's signed form where the rule asks for it."""
        row = self.get_object()
        paper = given(shapes.AuthoriseSerializer, request).validated_data.get("authorisation")
        done = disposal.authorise_disposal(row, authorisation=paper, by=person(request))
        return Response(self.get_serializer(done).data)

    @extend_schema(request=shapes.RefuseSerializer, responses=answers(shapes.DisposalSerializer))
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """The records are kept, because …"""
        row = self.get_object()
        sent = given(shapes.RefuseSerializer, request).validated_data
        return Response(self.get_serializer(disposal.refuse_disposal(row, by=person(request), **sent)).data)

    @extend_schema(request=shapes.MethodSerializer, responses=answers(shapes.DisposalSerializer))
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Record that it was done, and how."""
        row = self.get_object()
        sent = given(shapes.MethodSerializer, request).validated_data
        return Response(self.get_serializer(disposal.record_disposal(row, by=person(request), **sent)).data)


class DesignationViewSet(viewsets.ReadOnlyModelViewSet[Designation]):
    """Custodians of records, of the district and of each school."""

    serializer_class = shapes.DesignationSerializer
    queryset = Designation.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Designation]:
        mine = Designation.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district", "user").order_by("pk")

    @extend_schema(
        request=shapes.DesignateSerializer, responses=answers(shapes.DesignationSerializer, code=201)
    )
    def create(self, request: Request) -> Response:
        """Name a custodian; the one before ends the day before."""
        sent = dict(given(shapes.DesignateSerializer, request).validated_data)
        user, wanted = colleague(sent["district"], sent.pop("email")), sent.pop("school")
        school = sent["district"].schools.filter(pk=wanted).first() if wanted else None
        if wanted and school is None:
            raise ValidationError({"school": _("Choose a school of this district.")})
        made = custody.designate(user=user, school=school, by=person(request), **sent)
        return Response(self.get_serializer(made).data, status=201)


class TrainingViewSet(viewsets.ReadOnlyModelViewSet[Training]):
    """Trainings in the confidentiality of student records."""

    serializer_class = shapes.TrainingSerializer
    queryset = Training.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Training]:
        mine = Training.objects.filter(district__in=districts_of(self.request.user))
        return mine.select_related("district", "user").order_by("-done_on", "pk")

    @extend_schema(request=shapes.TrainSerializer, responses=answers(shapes.TrainingSerializer, code=201))
    def create(self, request: Request) -> Response:
        """Record one person's training."""
        sent = dict(given(shapes.TrainSerializer, request).validated_data)
        user = colleague(sent["district"], sent.pop("email"))
        made = custody.record_training(user=user, by=person(request), **sent)
        return Response(self.get_serializer(made).data, status=201)


def register(router: BaseRouter) -> None:
    """Add the room's nouns to the portal's API."""
    router.register("holds", HoldViewSet, basename="hold")
    router.register("disposals", DisposalViewSet, basename="disposal")
    router.register("retention-rules", RetentionRuleViewSet, basename="retention-rule")
    router.register("designations", DesignationViewSet, basename="designation")
    router.register("trainings", TrainingViewSet, basename="training")
