"""What came in: the report, word for word, what was added to it, and the links by which vendors report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Case
from parties.access import districts_of
from parties.models import District, User, Vendor, VendorMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ReportChannel(models.TextChoices):
    """How the district first had the word."""

    SIGNED_IN = "signed_in", _("The vendor, signed in")
    LINK = "link", _("The vendor, by its report link")
    OPEN = "open", _("The open form, nobody known")
    MAIL = "mail", _("The vendor, by e-mail or letter")
    PHONE = "phone", _("The vendor, by phone")
    OWN = "own", _("We found it ourselves")
    EMPLOYEE = "employee", _("An employee told us")
    OTHER = "other", _("A parent or somebody else told us")


FROM_THE_VENDOR = (
    ReportChannel.SIGNED_IN,
    ReportChannel.LINK,
    ReportChannel.MAIL,
    ReportChannel.PHONE,
)
"""The vendor's own word: it settles the vendor's duty to report, and the vendor may read it again."""

STAFF_CHANNELS = (
    ReportChannel.MAIL,
    ReportChannel.PHONE,
    ReportChannel.OWN,
    ReportChannel.EMPLOYEE,
    ReportChannel.OTHER,
)


class VendorReportQuerySet(models.QuerySet["VendorReport"]):
    def for_user(self, user: User | AnonymousUser) -> VendorReportQuerySet:
        """Reports that opened a breach the person may see, or that the person's own vendor sent."""
        seen = Q(breaches__district__in=districts_of(user), breaches__case__in=Case.objects.for_user(user))
        sent = Q(vendor__in=Vendor.objects.for_member(user), channel__in=FROM_THE_VENDOR, is_drill=False)
        return self.filter(seen | sent).distinct()


class VendorReport(models.Model):
    """The first word of a breach, as it came in; for the whole installation, never edited.

    `received_at` is the first moment any district mailbox, phone or person had it. What the vendor says
    about its own times stands apart in the `claimed_` columns and never moves a district's clock (A31).
    """

    number = models.CharField(max_length=20, unique=True, help_text="Shown on the receipt: R-2026-0001")
    vendor = models.ForeignKey(
        Vendor, on_delete=models.PROTECT, null=True, related_name="breach_reports", db_index=True
    )
    vendor_named = models.CharField(
        max_length=200, blank=True, help_text="What somebody we do not know called the vendor"
    )
    product = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=10, choices=ReportChannel)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reporter_name = models.CharField(max_length=200, blank=True)
    reporter_contact = models.CharField(max_length=200, blank=True)
    what_happened = models.TextField(max_length=8000)
    elements = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    people_claimed = models.PositiveIntegerField(null=True, blank=True)
    claimed_began_at = models.DateTimeField(null=True, blank=True)
    claimed_suspected_at = models.DateTimeField(null=True, blank=True)
    claimed_discovered_at = models.DateTimeField(null=True, blank=True)
    is_unverified = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_drill = models.BooleanField(default=False)
    digest = models.CharField(
        max_length=64, unique=True, help_text="The same report sent again is one report"
    )

    objects = VendorReportQuerySet.as_manager()

    was_known = False
    """Whether `record_report` found it there already and opened nothing; kept nowhere."""

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received_at__lte=F("recorded_at")), name="report_received_before_recorded"
            )
        ]

    def __str__(self) -> str:
        return f"Report {self.number}"

    @property
    def is_from_vendor(self) -> bool:
        return self.channel in FROM_THE_VENDOR

    @property
    def vendors_amendments(self) -> models.QuerySet[Amendment]:
        """What the vendor's own people added: what staff add to its report is not the vendor's to read."""
        theirs = VendorMember.objects.filter(vendor=self.vendor)
        return self.amendments.filter(by__in=theirs.values("user"))


class Amendment(models.Model):
    """What was added to a report later. Append-only: nothing that was said is taken back (A32)."""

    report = models.ForeignKey(VendorReport, on_delete=models.CASCADE, related_name="amendments")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField(max_length=8000)
    elements = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    people_claimed = models.PositiveIntegerField(null=True, blank=True)
    claimed_suspected_at = models.DateTimeField(null=True, blank=True)
    claimed_discovered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"amendment of {self.report}"


class ReportLink(models.Model):
    """A link by which one vendor reports to one district without signing in; only its digest is kept."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="report_links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"report link {self.pk}"
