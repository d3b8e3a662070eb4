"""The agreement itself: the vendor's file, the contract with its terms, its data, and a stop of access."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ledger.models import Case
from notices.elements import SCHEDULE, Element
from parties.access import districts_of
from parties.models import District, School, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class VendorFileQuerySet(models.QuerySet["VendorFile"]):
    def for_user(self, user: User | AnonymousUser) -> VendorFileQuerySet:
        return self.filter(district__in=districts_of(user))


class VendorFile(models.Model):
    """One district's file on a vendor; its contracts hang on it."""

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="vendor_file", editable=False
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="vendor_files")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="files")
    contact_email = models.EmailField(
        blank=True, help_text="Where this district writes to: another district's word does not count"
    )
    remarks = models.TextField(blank=True)

    objects = VendorFileQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["vendor__name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "vendor"], name="one_vendor_file_a_district")
        ]

    def __str__(self) -> str:
        return str(self.vendor)

    def get_absolute_url(self) -> str:
        return reverse("vendorfile:detail", args=[self.district.slug, self.case.number])


class PurposeKind(models.TextChoices):
    STORAGE = "storage", _("Stores, manages or retrieves student records")
    SOFTWARE = "software", _("Educational software that uses student records")
    BOTH = "both", _("Both storage and software")
    CONSULTANT = "consultant", _("A consultant who sees student data")


class Scope(models.TextChoices):
    APPLIES = "applies", _("Yes, the vendor will have student data")
    GENERAL_AUDIENCE = "general_audience", _("No, it is a service for the general public")
    NO_STUDENT_DATA = "no_student_data", _("No, the vendor never has student data")


class Renewal(models.TextChoices):
    NONE = "none", _("It ends")
    AUTOMATIC = "automatic", _("It renews by itself unless somebody says no")
    AGREED = "agreed", _("It can be renewed when both sides agree")


class Hosting(models.TextChoices):
    DISTRICT = "district", _("On the district's own servers")
    THIRD_PARTY = "third_party", _("On the vendor's or another company's servers")
    CLOUD = "cloud", _("In a public cloud")


class ContractStatus(models.TextChoices):
    DRAFT = "draft", _("Not signed yet")
    EXECUTED = "executed", _("Executed")
    ENDED = "ended", _("Ended")
    VOID = "void", _("Void")


class Conformity(models.TextChoices):
    UNREAD = "unread", _("Not checked yet")
    SHORT = "short", _("Not in order")
    IN_CURE = "in_cure", _("Waiting for the vendor to amend")
    CONFORMING = "conforming", _("In order")


class ContractQuerySet(models.QuerySet["Contract"]):
    def for_user(self, user: User | AnonymousUser) -> ContractQuerySet:
        """Contracts of the districts in which the person holds a role."""
        return self.filter(district__in=districts_of(user))

    def for_vendor_member(self, user: User | AnonymousUser) -> ContractQuerySet:
        """Contracts of the vendors the person speaks for, and no others."""
        return self.filter(vendor_file__vendor__in=Vendor.objects.for_member(user))


class Contract(models.Model):
    """One agreement with one vendor: its scope, its terms, and two independent facts.

    `status` says whether it is executed; `conformity` says whether it has what the adopted packs ask.
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="contract", editable=False
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="contracts")
    vendor_file = models.ForeignKey(VendorFile, on_delete=models.PROTECT, related_name="contracts")
    product = models.CharField(max_length=200)
    purpose_kind = models.CharField(max_length=12, choices=PurposeKind)
    scope = models.CharField(max_length=20, choices=Scope)
    scope_reason = models.TextField(blank=True)
    description = models.CharField(
        max_length=300, blank=True, help_text="What it is, in one or two plain sentences"
    )
    purpose = models.CharField(max_length=300, blank=True, help_text="What the school uses it for")
    all_schools = models.BooleanField(default=False)
    schools = models.ManyToManyField(School, blank=True, related_name="contracts")
    grades = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    renewal = models.CharField(max_length=12, choices=Renewal, default=Renewal.NONE)
    renewal_notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    hosting = models.CharField(max_length=12, choices=Hosting, blank=True)
    hosting_place = models.CharField(max_length=200, blank=True)
    agreed_breach_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )
    status = models.CharField(
        max_length=10, choices=ContractStatus, default=ContractStatus.DRAFT, editable=False
    )
    conformity = models.CharField(
        max_length=12, choices=Conformity, default=Conformity.UNREAD, editable=False
    )
    executed_on = models.DateField(null=True, editable=False)
    ended_on = models.DateField(null=True, editable=False)
    cleared_for_data_on = models.DateField(null=True, editable=False)

    objects = ContractQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[schools])

    class Meta:
        ordering = ["-case_id"]
        indexes = [models.Index(fields=["district", "status", "conformity"], name="contracts_of_a_district")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(executed_on__isnull=False), name="executed_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.product

    def get_absolute_url(self) -> str:
        return reverse("contract:detail", args=[self.district.slug, self.case.number])

    @property
    def vendor(self) -> Vendor:
        return self.vendor_file.vendor

    @property
    def in_scope(self) -> bool:
        return self.scope == Scope.APPLIES

    @property
    def is_history(self) -> bool:
        """Signed before the district went live: kept, but it starts no clock (architecture §4)."""
        return self.was_before_go_live(self.executed_on)

    def was_before_go_live(self, day: date | None) -> bool:
        live = self.district.go_live_on
        return day is not None and live is not None and day < live

    @property
    def needs_decision(self) -> bool:
        return self.conformity in (Conformity.UNREAD, Conformity.SHORT)

    @property
    def schools_named(self) -> list[str]:
        """Names of the schools it reaches; all of the district's when it is for all."""
        reached = self.district.schools.all() if self.all_schools else self.schools.all()
        return [school.name for school in reached]


class DataElement(models.Model):
    """One kind of data that a contract lets the vendor collect, by its code in the fixed schedule."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="elements", db_column="case_id"
    )
    code = models.SlugField(max_length=40, help_text="A code of notices.elements.SCHEDULE")
    required = models.BooleanField(default=True)
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["contract", "code"], name="one_element_a_code")]

    def __str__(self) -> str:
        return str(self.element.label)

    @property
    def element(self) -> Element:
        return SCHEDULE[self.code]


class Suspension(models.Model):
    """The vendor's access is stopped for a while (MO: B-9). Not a status of the contract."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="suspensions", db_column="case_id"
    )
    extent = models.CharField(max_length=200, help_text="Which access is stopped")
    reason = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(lifted_at=None), name="one_open_suspension"
            )
        ]

    def __str__(self) -> str:
        return f"suspension of {self.contract_id}"
