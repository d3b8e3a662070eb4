"""Questions and requests that the policies give an answer's time or form to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ledger.models import Case, Document
from parties.models import District, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Sort(models.TextChoices):
    PUBLIC_RECORDS = "public-records", _("Public records (freedom of information)")
    DIRECTORY = "directory", _("Directory information")
    ACCESS = "access", _("See or correct a student's record")
    DELETION = "deletion", _("Delete a former student's data at a vendor")
    IMMIGRATION = "immigration", _("Records for immigration enforcement")
    TEACHER = "teacher", _("A teacher asks: may I use this product?")
    FAMILY = "family", _("A family asks about a vendor")
    COURT_ORDER = "court-order", _("A court order bars a person from records")


class InquiryStatus(models.TextChoices):
    RECEIVED = "received", _("To answer")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def for_user(self, user: User | AnonymousUser) -> InquiryQuerySet:
        """Inquiries of the person's districts; a restricted one only for those named on its case."""
        return self.filter(case__in=Case.objects.for_user(user))


class Inquiry(models.Model):
    """One request. What names the person who asks is kept apart from the case's title and from history."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="inquiry")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="inquiries")
    sort = models.CharField(_("What is it about?"), max_length=20, choices=Sort)
    received_at = models.DateTimeField(_("When it reached the district"))
    asked_by = models.CharField(_("Who asks"), max_length=200, blank=True)
    reply_to = models.CharField(_("How to answer"), max_length=300, blank=True)
    asks = models.TextField(_("What they ask for"))
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    left_district_on = models.DateField(_("The student left on"), null=True, blank=True)
    for_school_purposes = models.BooleanField(_("Is it for school purposes?"), null=True)
    status = models.CharField(max_length=10, choices=InquiryStatus, default=InquiryStatus.RECEIVED)
    decision = models.TextField(_("Decision and why"), blank=True)
    answer = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reported_to_board_on = models.DateField(_("Reported to the Board on"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["asked_by", "reply_to", "asks"])

    objects = InquiryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        verbose_name_plural = "inquiries"

    def __str__(self) -> str:
        return str(self.case)
