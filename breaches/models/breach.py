"""One district's breach: its facts and the state of the desk's work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from breaches.models.reports import VendorReport
from contracts.models import Contract
from ledger.models import Case
from parties.access import districts_of
from parties.models import District, School, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Row = TypeVar("Row", bound=models.Model)


class DeskQuerySet(models.QuerySet[Row]):
    """Rows of the breach desk: only for people who are named on the breach's case (need to know)."""

    def for_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(district__in=districts_of(user), breach__case__in=Case.objects.for_user(user))


class BreachQuerySet(models.QuerySet["Breach"]):
    def for_user(self, user: User | AnonymousUser) -> BreachQuerySet:
        return self.filter(district__in=districts_of(user), case__in=Case.objects.for_user(user))

    def open(self) -> BreachQuerySet:
        return self.filter(status=BreachStatus.OPEN)


class BreachSort(models.TextChoices):
    ACCESS = "access", _("Somebody saw, took or lost data, or may have")
    ATTEMPT = "attempt", _("Somebody tried and did not get in")
    CYBERATTACK = "cyberattack", _("An attack on our own systems")


class BreachStatus(models.TextChoices):
    OPEN = "open", _("Open")
    NO_BREACH = "no_breach", _("No unauthorised access")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Same event as another breach")


class Listing(models.TextChoices):
    """How the affected people were named."""

    LIST = "list", _("A list of people")
    GROUPS = "groups", _("All users at these schools and grades")


class Breach(models.Model):
    """One district's breach: its facts, its list of people and the state of the desk's work."""

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="breach", editable=False
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="breaches")
    report = models.ForeignKey(VendorReport, on_delete=models.PROTECT, related_name="breaches")
    contracts = models.ManyToManyField(Contract, blank=True, related_name="breaches")
    sort = models.CharField(max_length=12, choices=BreachSort, default=BreachSort.ACCESS)
    status = models.CharField(max_length=10, choices=BreachStatus, default=BreachStatus.OPEN, editable=False)
    is_drill = models.BooleanField(default=False)
    received_at = models.DateTimeField(help_text="The first moment this district had it")
    suspected_at = models.DateTimeField(help_text="When anybody first knew or suspected, as far as is proven")
    discovered_at = models.DateTimeField()
    what_happened = models.TextField(max_length=8000)
    elements = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    people_estimate = models.PositiveIntegerField(null=True, blank=True)
    listed_how = models.CharField(max_length=10, choices=Listing, blank=True)
    listed_at = models.DateTimeField(null=True, editable=False)
    listed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    listed_schools = models.ManyToManyField(School, blank=True, related_name="+")
    listed_grades = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    maybe_involved = models.BooleanField(
        default=False, help_text="The list is wider than what is known: families read “may be involved”"
    )
    vendor_told_families_at = models.DateTimeField(null=True)
    missed_because = models.TextField(blank=True, help_text="Why a limit was missed; kept on record")
    corrective_action = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    purge_on = models.DateField(null=True, help_text="When the list of people is deleted")
    page_until = models.DateField(null=True, help_text="When the public page is taken down")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", editable=False
    )

    objects = BreachQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[contracts, listed_schools])

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(fields=["district", "report"], name="one_breach_a_district_and_report"),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False, corrective_action__gt=""),
                name="closed_names_its_corrective_action",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | ~Q(status="merged") & Q(merged_into=None),
                name="merged_names_the_other_breach",
            ),
        ]

    def __str__(self) -> str:
        return self.case.title

    def get_absolute_url(self) -> str:
        return reverse("breach:detail", args=[self.district.slug, self.case.number])

    @cached_property
    def vendor(self) -> Vendor | None:
        """The vendor of the report, or of a later one about the same event, however it came here."""
        if self.report.vendor is not None:
            return self.report.vendor
        later = self.merged.select_related("report__vendor").order_by("pk")
        return next((each.vendor for each in later if each.vendor is not None), None)

    @property
    def carried_by(self) -> Breach:
        """The breach that goes on for this one: itself, or the one it was merged into."""
        found = self
        while found.merged_into is not None:
            found = found.merged_into
        return found

    @property
    def vendor_name(self) -> str:
        """The vendor, what an unknown reporter called it, or the district itself."""
        return self.vendor.name if self.vendor else self.report.vendor_named or self.district.name

    @property
    def is_own(self) -> bool:
        """Whether it happened in the district's own systems: no vendor is part of it."""
        return self.vendor is None and not self.report.vendor_named

    @property
    def product(self) -> str:
        return self.report.product or self.vendor_name

    def deadlines_missed(self) -> bool:
        """Whether a limit of the district passed before the act was done."""
        return self.case.deadlines.filter(status="missed", obligation__owed_by="district").exists()

    @property
    def is_open(self) -> bool:
        return self.status == BreachStatus.OPEN
