"""The papers of a contract: what bound both sides, its pages as they were read, what a public copy hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contracts.models.contract import Contract
from ledger.models import Case, Document
from parties.access import districts_of
from parties.models import District, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class InstrumentKind(models.TextChoices):
    ORIGINAL = "original", _("The contract itself")
    RENEWAL = "renewal", _("A renewal")
    AUTOMATIC_RENEWAL = "automatic_renewal", _("A renewal that came by itself")
    AMENDMENT = "amendment", _("An amendment or addendum")
    ACCEPTED_OFFER = "accepted_offer", _("An offer we accepted (Exhibit E)")


class AgreedHow(models.TextChoices):
    SIGNED = "signed", _("Both sides signed")
    CLICKED = "clicked", _("Somebody clicked “I agree”")
    PURCHASE_ORDER = "purchase_order", _("A purchase order")
    OFFER = "offer", _("We signed the vendor's general offer")


class Change(models.TextChoices):
    DATA = "data", _("Which data")
    PURPOSE = "purpose", _("What it is for")
    SCHOOLS = "schools", _("Which schools")
    TERM = "term", _("How long it runs")


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def for_user(self, user: User | AnonymousUser) -> InstrumentQuerySet:
        return self.filter(district__in=districts_of(user))

    def with_a_copy(self) -> InstrumentQuerySet:
        return self.exclude(document=None)

    def in_force_order(self) -> InstrumentQuerySet:
        """As they bound the two sides, whenever they were taken in; those nobody has signed come last."""
        return self.order_by(F("executed_on").asc(nulls_last=True), "pk")


class Instrument(models.Model):
    """One paper of a contract. `executed_on` is the day of the last act that bound both sides."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="instruments", db_column="case_id"
    )
    kind = models.CharField(max_length=20, choices=InstrumentKind)
    agreed_how = models.CharField(max_length=16, choices=AgreedHow)
    terms_address = models.URLField(
        max_length=500, blank=True, help_text="Where the terms stood that were agreed to"
    )
    document = models.OneToOneField(Document, on_delete=models.RESTRICT, null=True, related_name="instrument")
    changes = ArrayField(models.CharField(max_length=10, choices=Change), default=list, blank=True)
    is_change_stated = models.BooleanField(
        default=True, help_text="Whether a person of the district said what it changes; a vendor cannot"
    )
    executed_on = models.DateField(null=True)
    effective_on = models.DateField(null=True, blank=True)
    board_approved_on = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, help_text="When the computer finished reading it")
    flags = models.JSONField(default=list, help_text="What reading noticed, in plain sentences")
    signatures = models.JSONField(default=list)
    proposed = models.JSONField(
        default=list, help_text="Facts that reading found: name, value, page, quote; proposals only"
    )

    objects = InstrumentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(kind="original"), name="one_original_a_contract"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.contract}"


class Page(models.Model):
    """The text and size (PDF points) of one page of a document, as it was read."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pages")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    width = models.FloatField()
    height = models.FloatField()
    text = models.TextField()
    source = models.CharField(
        max_length=8, choices=[("text", "Text"), ("ocr", "Read from a scan"), ("flow", "Word document")]
    )
    words = models.JSONField(
        null=True,
        help_text="Of a scan's words: start, end, x, y, width, height, confidence; null until it is read",
    )

    class Meta:
        ordering = ["document", "number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_page_a_number")]

    def __str__(self) -> str:
        return f"page {self.number} of {self.document_id}"


class Ground(models.TextChoices):
    PERSONAL = "personal", _("A person's private facts (address, phone, number)")
    STUDENT = "student", _("Facts about a student")
    SECURITY = "security", _("How systems are protected")
    BANK = "bank", _("Bank or payment details")
    TRADE_SECRET = "trade_secret", _("A trade secret the law protects")


class RedactionBox(models.Model):
    """A rectangle (PDF points, top left) that the public copy must lack, and the legal ground."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="redaction_boxes")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="redaction_boxes")
    page = models.PositiveSmallIntegerField()
    x = models.FloatField()
    y = models.FloatField()
    w = models.FloatField()
    h = models.FloatField()
    ground = models.CharField(max_length=12, choices=Ground)
    remark = models.CharField(max_length=200, blank=True)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()
    hidden_in = models.ManyToManyField(
        Document, blank=True, related_name="hides", help_text="The copies that were made without this place"
    )

    class Meta:
        verbose_name_plural = "redaction boxes"
        ordering = ["page", "y", "x"]
        constraints = [
            models.CheckConstraint(
                condition=Q(w__gt=0, h__gt=0, x__gte=0, y__gte=0), name="a_redaction_box_has_a_size"
            )
        ]

    def __str__(self) -> str:
        return f"redaction on page {self.page}"
