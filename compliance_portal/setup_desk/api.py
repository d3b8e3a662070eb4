"""The set-up desk over the API: a district's facts, schools, holidays, people and mail, as on its pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from compliance_portal.setup_desk import forms as desk_forms
from compliance_portal.setup_desk import serializers as shapes
from compliance_portal.setup_desk.mail_route import save_route, send_test
from compliance_portal.setup_desk.people import (
    end_role,
    invite_person,
    open_invitations,
    save_hours,
    withdraw_invitation,
    write_own_absence,
)
from compliance_portal.setup_desk.places import add_closure, add_schools, save_facts, years_of
from compliance_portal.setup_desk.steps import adopted_parameters, parameter_values, steps_of
from ledger.api import answers, given, person, step
from mail.models import Route
from mail.senders import confirm_sender
from parties.access import DESK, districts_of, require_role
from parties.models import District, Invitation, Membership, User
from policy.calendars import calendar_of, confirm_year, holidays_of
from policy.models import Closure, ConfirmedYear
from policy.packs import load, shipped

YEAR = "(?P<year>[0-9]{4})"


def checked(form: Any) -> Any:
    """The form, when what was sent is right; else its refusals, each under its field."""
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form


def changed(form: type[forms.ModelForm[Any]], row: Any, sent: dict[str, Any]) -> Any:
    """The page's form with the row's own values, but for those that were sent."""
    assert form._meta.fields is not None
    return checked(form({**model_to_dict(row, fields=list(form._meta.fields)), **sent}, instance=row))


class DistrictViewSet(viewsets.ReadOnlyModelViewSet[District]):
    """The person's districts; whoever administers one sets it up."""

    serializer_class = shapes.DistrictSerializer
    queryset = District.objects.none()
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"

    def get_queryset(self) -> QuerySet[District]:
        return districts_of(self.request.user)

    def _desk(self) -> District:
        """The district, for people of its set-up desk."""
        district: District = self.get_object()
        require_role(person(self.request), district, *DESK)
        return district

    @step(shapes.FactsSerializer, method="patch")
    def facts(self, district: District, *, by: User, **sent: Any) -> None:
        """Change facts of the district. A go-live day moves only earlier once clocks run."""
        require_role(by, district, *DESK)
        save_facts(changed(desk_forms.DistrictForm, district, sent), by=by)

    @extend_schema(responses=answers(shapes.StepSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def steps(self, request: Request, slug: str) -> Response:
        """What is set up and what is left."""
        return Response(shapes.StepSerializer(steps_of(self._desk()), many=True).data)

    @extend_schema(responses=answers(shapes.SchoolSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def schools(self, request: Request, slug: str) -> Response:
        """The district's schools."""
        return Response(shapes.SchoolSerializer(self.get_object().schools.all(), many=True).data)

    @step(shapes.SchoolsSerializer, beside=schools)
    def more_schools(self, district: District, *, names: list[str], by: User) -> None:
        """Add schools; one that is on the list already stays as it is."""
        form = checked(desk_forms.SchoolsForm({"names": "\n".join(names)}))
        add_schools(district, names=form.cleaned_data["names"], by=by)

    @extend_schema(responses=answers(shapes.ClosureSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def closures(self, request: Request, slug: str) -> Response:
        """Days on which schools are closed: shown beside clocks, never counted."""
        return Response(shapes.ClosureSerializer(self.get_object().closures.all(), many=True).data)

    @step(shapes.ClosureSerializer, shows=shapes.ClosureSerializer, beside=closures)
    def close_days(self, district: District, *, by: User, **sent: Any) -> Closure:
        """Add days on which schools are closed. They lengthen no legal time."""
        form = desk_forms.ClosureForm(sent, instance=Closure(district=district))
        return add_closure(checked(form), by=by)

    @extend_schema(responses=answers(shapes.PackSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def packs(self, request: Request, slug: str) -> Response:
        """Laws and policies that a district may follow, and what each will oblige it to do."""
        self.get_object()
        return Response(shapes.PackSerializer([load(ref) for ref in shipped()], many=True).data)

    @extend_schema(responses=answers(shapes.ChoiceSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def choices(self, request: Request, slug: str) -> Response:
        """What the adopted packs leave to the district, with the usual answer and the district's own."""
        district = self.get_object()
        values = parameter_values(district)
        found = [
            {
                "pack": ref, "name": rule.name, "title": rule.title, "citation": rule.citation,
                "unit": rule.unit, "choices": rule.choices, "usual": rule.default, "value": values.get(key),
            }
            for key, (ref, rule) in adopted_parameters(district).items()
        ]  # fmt: skip
        return Response(shapes.ChoiceSerializer(found, many=True).data)

    @extend_schema(responses=answers(shapes.YearSerializer))
    @action(detail=True, url_path=f"holidays/{YEAR}")
    def holidays(self, request: Request, slug: str, year: str) -> Response:
        """A year's legal holidays: the calendar's proposal, and what a person confirmed."""
        district = self.get_object()
        return self._year(district, self._known(district, year))

    @extend_schema(request=shapes.ConfirmYearSerializer, responses=answers(shapes.YearSerializer, code=201))
    @holidays.mapping.post
    def confirm_holidays(self, request: Request, slug: str, year: str) -> Response:
        """Confirm each legal holiday of the year; running clocks are counted again."""
        district = self.get_object()
        sent = given(shapes.ConfirmYearSerializer, request).validated_data
        days = [(each["on"], each["name"]) for each in sent["days"]]
        calendar, asked = calendar_of(district), self._known(district, year)
        confirm_year(district=district, calendar=calendar, year=asked, holidays=days, by=person(request))
        return self._year(district, asked, status=201)

    def _known(self, district: District, year: str) -> int:
        if int(year) not in years_of(district):
            raise Http404
        return int(year)

    def _year(self, district: District, year: int, *, status: int = 200) -> Response:
        calendar = calendar_of(district)
        row = ConfirmedYear.objects.filter(district=district, year=year).order_by("-version").first()
        shown = {
            "year": year,
            "calendar": calendar.slug,
            "proposed": [{"on": day, "name": name} for day, name in holidays_of(calendar, year)],
            "version": row.version if row else 0,
            "confirmed": [{"on": day, "name": name} for day, name in (row.holidays if row else [])],
        }
        return Response(shapes.YearSerializer(shown).data, status=status)

    @extend_schema(responses=answers(shapes.MembershipSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def people(self, request: Request, slug: str) -> Response:
        """Who holds which role today."""
        held = Membership.objects.active().filter(district=self._desk()).select_related("user", "deputy")
        return Response(shapes.MembershipSerializer(held, many=True).data)

    @step(
        shapes.HoursSerializer,
        at="people/{membership}",
        row="memberships",
        shows=shapes.MembershipSerializer,
        method="patch",
    )
    def hours(self, membership: Membership, *, by: User, **sent: Any) -> Membership:
        """Deputy, days away and hours on call of one person's role."""
        require_role(by, membership.district, *DESK)
        if sent.get("deputy") is not None:
            found = User.objects.filter(
                email__iexact=sent["deputy"], memberships__district=membership.district
            )
            sent["deputy"] = getattr(found.first(), "pk", 0)
        return save_hours(changed(desk_forms.MembershipForm, membership, sent), by=by)

    @extend_schema(responses=answers(shapes.MembershipSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def away(self, request: Request, slug: str) -> Response:
        """Your own roles here, with your days away and who stands in for you."""
        return self._own_roles(self.get_object())

    @extend_schema(
        request=shapes.AwaySerializer,
        responses=answers(shapes.MembershipSerializer(many=True)),
        filters=False,
    )
    @away.mapping.put
    def write_away(self, request: Request, slug: str) -> Response:
        """Say when you are away, for all your roles here. Your word counts at once, and only for yourself."""
        sent = given(shapes.AwaySerializer, request).validated_data
        district = self.get_object()
        write_own_absence(district, by=person(request), **sent)
        return self._own_roles(district)

    def _own_roles(self, district: District) -> Response:
        mine = Membership.objects.active_for(self.request.user).filter(district=district)
        shown = mine.select_related("user", "deputy").order_by("pk")
        return Response(shapes.MembershipSerializer(shown, many=True).data)

    @step(at="people/{membership}/end", row="memberships", shows=shapes.MembershipSerializer)
    def end(self, membership: Membership, *, by: User) -> Membership:
        """Take a role away; it stops working at once. The only administrator stays."""
        return end_role(membership, by=by)

    @extend_schema(responses=answers(shapes.InvitationSerializer(many=True)), filters=False)
    @action(detail=True, pagination_class=None)
    def invitations(self, request: Request, slug: str) -> Response:
        """Invitations that wait to be taken up."""
        return Response(shapes.InvitationSerializer(open_invitations(self._desk()), many=True).data)

    @step(shapes.InviteSerializer, shows=shapes.InvitationSerializer, beside=invitations)
    def invite(self, district: District, **said: Any) -> Invitation:
        """Invite one person to a role; the link goes by e-mail and works for 7 days."""
        return invite_person(district, **said)

    @step(at="invitations/{invitation}/withdraw", row="invitations")
    def withdraw(self, invitation: Invitation, *, by: User) -> None:
        """Take an open invitation back; its link stops working at once."""
        withdraw_invitation(invitation, by=by)

    @extend_schema(responses=answers(shapes.RouteSerializer))
    @action(detail=True)
    def mail(self, request: Request, slug: str) -> Response:
        """How the district's mail leaves."""
        return Response(shapes.RouteSerializer(route_of(self._desk())).data)

    @step(shapes.RouteSerializer, shows=shapes.RouteSerializer, code=200, method="put", beside=mail)
    def set_mail(self, district: District, *, by: User, **sent: Any) -> Route:
        """Say how the district's mail leaves."""
        require_role(by, district, *DESK)
        return save_route(checked(desk_forms.RouteForm(sent, instance=route_of(district))), by=by)

    @step(shapes.CodeSerializer, at="mail/code", shows=shapes.RouteSerializer, code=200)
    def mail_code(self, district: District, *, code: str, by: User) -> Route:
        """The code that came to the new sender's address: from then on mail leaves from there."""
        return confirm_sender(own_route(district, by), code=code, by=by)

    @step(at="mail/test", shows=shapes.RouteSerializer, code=200)
    def test_mail(self, district: District, *, by: User) -> Route:
        """Send yourself a message over the district's route."""
        return send_test(own_route(district, by), by=by)


def route_of(district: District) -> Route:
    """The district's route; a blank one while it has none."""
    return Route.objects.filter(district=district).first() or Route(district=district)


def own_route(district: District, by: User) -> Route:
    """The district's route, for people of its set-up desk; 404 while it has none."""
    require_role(by, district, *DESK)
    return get_object_or_404(Route, district=district)


def register(router: BaseRouter) -> None:
    """Add the desk's noun to the portal's API."""
    router.register("districts", DistrictViewSet, basename="district")
