"""Who: districts, schools, people and vendors.

User, Vendor and VendorMember belong to the whole installation; a person reaches a district's rows only
through a Membership, and a vendor's person only through a VendorMember.
"""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


TURNING: Final = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
"""Letters that nobody sees and that turn what follows."""


def validate_zone(value: str) -> None:
    """Refuse a name that the IANA time-zone database does not know: a wrong zone moves every deadline."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone from the list, for example America/New_York.")


def validate_one_line(value: str) -> None:
    """Refuse what breaks or turns a line: such a name in the head of an e-mail stops all mail with it."""
    if not is_one_line(value):
        raise ValidationError("Use one line of plain text.")


def is_one_line(text: str) -> bool:
    """Whether the text has no control characters, no breaks of lines, and none that turn its direction."""
    return not any(category(c) in {"Cc", "Zl", "Zp"} or c in TURNING for c in text)


def default_languages() -> list[str]:
    return ["en", "es", "pt-br"]


class DistrictQuerySet(models.QuerySet["District"]):
    def for_user(self, user: User | AnonymousUser) -> DistrictQuerySet:
        return self.filter(memberships__in=Membership.objects.active_for(user)).distinct()


class District(models.Model):
    """A school district: the Board's side of every contract."""

    name = models.CharField(max_length=200, validators=[validate_one_line])
    slug = models.SlugField(unique=True)
    state = models.CharField(max_length=2, help_text="Two letters, for example CT")
    zone = models.CharField("time zone", max_length=64, validators=[validate_zone])
    languages = ArrayField(models.CharField(max_length=12), default=default_languages)
    go_live_on = models.DateField(
        "go-live date",
        null=True,
        blank=True,
        help_text="Contracts signed before this day are history: no clocks run.",
    )
    website = models.URLField(blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    postal_address = models.TextField(blank=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)


class School(models.Model):
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="schools")
    name = models.CharField(max_length=200)
    sourced_id = models.CharField(
        max_length=255, blank=True, help_text="The school's id in the roster export"
    )
    grades = ArrayField(models.CharField(max_length=8), default=list, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("district", Lower("name"), name="one_school_of_a_name")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail address. Parents never need to be one."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=200)
    phone = models.CharField("phone for urgent alerts", max_length=40, blank=True)
    language = models.CharField(max_length=12, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("runs this installation", default=False)
    is_demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_email")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class Role(models.TextChoices):
    CUSTODIAN = "custodian", "Records custodian"
    APPROVER = "approver", "Approver"
    COUNSEL = "counsel", "Counsel"
    SUPERINTENDENT = "superintendent", "Superintendent"
    ADMINISTRATOR = "administrator", "Administrator"
    VIEWER = "viewer", "Viewer"


def away_at(at: datetime) -> Q:
    return Q(away_from__lte=at) & (Q(away_until__gt=at) | Q(away_until=None))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_for(self, user: User | AnonymousUser) -> MembershipQuerySet:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(user=user, ended_at=None)

    def active(self) -> MembershipQuerySet:
        return self.filter(ended_at=None, user__is_active=True)

    def present_at(self, at: datetime) -> MembershipQuerySet:
        """Those not away at this instant: whom alarms reach."""
        return self.active().exclude(away_at(at))

    def askable_at(self, at: datetime) -> MembershipQuerySet:
        """Those who count as there to be asked, so that nobody acts alone by declaring the others away.

        Everybody present, and those away by somebody else's word alone until it is a day old.
        """
        return self.active().exclude(away_at(at) & Q(away_counts_from__lte=at))

    def on_call_at(self, at: datetime) -> MembershipQuerySet:
        return self.present_at(at).filter(
            Q(on_call_until=None) | Q(on_call_until__gt=at), on_call_from__lte=at
        )


class Membership(models.Model):
    """What one person may do in one district, and who stands in when they are away."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    deputy = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="deputy_of"
    )
    on_call_from = models.DateTimeField(null=True, blank=True)
    on_call_until = models.DateTimeField(null=True, blank=True)
    away_from = models.DateTimeField(null=True, blank=True)
    away_until = models.DateTimeField(null=True, blank=True)
    away_counts_from = models.DateTimeField(
        null=True,
        editable=False,
        help_text="From when the absence lets others act alone: at once by the person's own word",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["district", "role", "user__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "district", "role"], condition=Q(ended_at=None), name="one_membership_a_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"


class VendorKind(models.TextChoices):
    OPERATOR = "operator", "Operator (runs a site, app or online service)"
    CONSULTANT = "consultant", "Consultant (professional services)"


class VendorQuerySet(models.QuerySet["Vendor"]):
    def for_member(self, user: User | AnonymousUser) -> VendorQuerySet:
        """The vendors this person speaks for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(members__user=user, members__ended_at=None)


class Vendor(models.Model):
    """The other side of a contract; known once to the whole installation."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=VendorKind)
    website = models.URLField(blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    security_contact = models.CharField("24-hour security contact", max_length=200, blank=True)
    districts = models.ManyToManyField(
        District, blank=True, related_name="vendors", help_text="The districts that keep a file on it"
    )

    objects = VendorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_vendor_of_a_name")]

    def __str__(self) -> str:
        return self.name


class VendorMember(models.Model):
    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="vendor_memberships")
    joined_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "user"], condition=Q(ended_at=None), name="one_vendor_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.vendor}"


class Invitation(models.Model):
    """A link that lets one person join a district in a role, or a vendor. Only the token's digest is kept.

    Without district and vendor it invites a person to run the installation and set up districts.
    """

    email = models.EmailField()
    district = models.ForeignKey(
        District, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    role = models.CharField(max_length=20, choices=Role, blank=True)
    vendor = models.ForeignKey(
        Vendor, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(vendor=None) | Q(role="", district=None),
                name="invitation_to_a_vendor_or_else",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class ApiToken(models.Model):
    """A person's key to the API. Only its digest is kept; the key is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.name
