"""What the set-up desk takes in and shows over the API: each field by name, none by accident."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ledger.api import Moment
from mail.models import Relay, Route
from parties.models import District, Invitation, Membership, Role, School
from policy.models import Closure


class DistrictSerializer(serializers.ModelSerializer[District]):
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    website = serializers.CharField(read_only=True)
    contact_email = serializers.CharField(read_only=True)

    class Meta:
        model = District
        fields = (
            "slug", "name", "state", "zone", "languages", "go_live_on", "website", "contact_name",
            "contact_email", "contact_phone", "postal_address",
        )  # fmt: skip
        read_only_fields = fields


class FactsSerializer(serializers.Serializer[Any]):
    """Only what is sent is changed; the rules are those of the page."""

    name = serializers.CharField(max_length=200, required=False)
    slug = serializers.SlugField(max_length=50, required=False)
    state = serializers.CharField(max_length=2, required=False)
    zone = serializers.CharField(max_length=64, required=False)
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=[code for code, _name in settings.LANGUAGES]),
        required=False,
        max_length=len(settings.LANGUAGES),
    )
    go_live_on = serializers.DateField(required=False)
    website = serializers.CharField(max_length=200, required=False, allow_blank=True)
    contact_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    contact_email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    postal_address = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class StepSerializer(serializers.Serializer[Any]):
    """One step of the desk, and whether it is done."""

    name = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField()
    done = serializers.BooleanField()


class SchoolSerializer(serializers.ModelSerializer[School]):
    grades = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = School
        fields = ("id", "name", "grades")
        read_only_fields = fields


class SchoolsSerializer(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField(max_length=200), max_length=2000)


class ClosureSerializer(serializers.ModelSerializer[Closure]):
    class Meta:
        model = Closure
        fields = ("id", "first_day", "last_day", "name")
        read_only_fields = ("id",)


class ChoiceSerializer(serializers.Serializer[Any]):
    """One point that an adopted pack leaves to the district; `value` is null while nobody has chosen."""

    pack = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    citation = serializers.CharField()
    unit = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    usual = serializers.JSONField(allow_null=True)
    value = serializers.JSONField(allow_null=True)


class DaySerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    name = serializers.CharField(max_length=100)


class YearSerializer(serializers.Serializer[Any]):
    """The legal holidays of a year: what the calendar of the state proposes, and what a person confirmed."""

    year = serializers.IntegerField()
    calendar = serializers.CharField()
    proposed = DaySerializer(many=True)
    version = serializers.IntegerField(help_text="0 while nobody has confirmed the year")
    confirmed = DaySerializer(many=True)


class ConfirmYearSerializer(serializers.Serializer[Any]):
    days = DaySerializer(many=True, help_text="Each legal holiday; every other day may be a business day")


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """One person's role, who stands in, and when."""

    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    deputy = serializers.CharField(source="deputy.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Membership
        fields = (
            "id", "name", "email", "role", "deputy", "away_from", "away_until", "on_call_from",
            "on_call_until", "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class HoursSerializer(serializers.Serializer[Any]):
    """Only what is sent is changed."""

    deputy = serializers.EmailField(required=False, allow_null=True, help_text="Of a colleague with a role")
    away_from = Moment(required=False, allow_null=True)
    away_until = Moment(required=False, allow_null=True)
    on_call_from = Moment(required=False, allow_null=True)
    on_call_until = Moment(required=False, allow_null=True)


class AwaySerializer(serializers.Serializer[Any]):
    away_from = Moment(allow_null=True, help_text="Null: you are not away")
    away_until = Moment(required=False, allow_null=True, default=None, help_text="Null: not known yet")


class InviteSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "invited_at", "expires_at")
        read_only_fields = fields


class RouteSerializer(serializers.ModelSerializer[Route]):
    relay = serializers.ChoiceField(choices=Relay.choices)
    sender = serializers.CharField(max_length=254)
    wanted_sender = serializers.CharField(read_only=True, help_text="Empty, or used once its code came back")
    reply_to = serializers.CharField(max_length=254, required=False, allow_blank=True, default="")
    a_second = serializers.FloatField(min_value=0, max_value=1000, required=False, default=10)

    class Meta:
        model = Route
        fields = (
            "relay", "sender", "wanted_sender", "sender_name", "reply_to", "a_second", "tested_at",
        )  # fmt: skip
        read_only_fields = ("tested_at",)


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=20, help_text="Of the message to the new sender's address")


class PackSerializer(serializers.Serializer[Any]):
    """A law or policy that a district may follow, and what it obliges the district to do."""

    ref = serializers.CharField()
    title = serializers.CharField()
    jurisdiction = serializers.CharField()
    duties = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_duties(self, pack: Any) -> list[str]:
        return [f"{rule.title} ({rule.citation})" for rule in pack.rules]
