"""What two people decide together: no breach after all, a later receipt."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from breaches.models.breach import Breach, DeskQuerySet
from ledger.models import Document
from parties.models import District, User


class DeterminationSort(models.TextChoices):
    NO_ACCESS = "no_access", _("There was no unauthorised access")
    NOT_GENUINE = "not_genuine", _("The report is not genuine")
    ATTEMPT_ONLY = "attempt_only", _("It was an attempt, nobody got in")


class Determination(models.Model):
    """“No unauthorised access, determined by X because Y”: asked for by one person, agreed by a second."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="determinations", db_column="case_id"
    )
    sort = models.CharField(max_length=12, choices=DeterminationSort)
    determined_by = models.CharField(max_length=200, help_text="A firm, a team or a role")
    because = models.TextField(max_length=4000)
    evidence = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    alone_because = models.TextField(max_length=2000, blank=True)
    refused_at = models.DateTimeField(null=True)

    objects: DeskQuerySet[Determination] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")) | ~Q(alone_because=""),
                name="a_determination_has_two_persons_or_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sort} {self.pk}"


class ReceiptChange(models.Model):
    """A proposal to say that the district had the report later than recorded: proof and a second person."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="receipt_changes", db_column="case_id"
    )
    to = models.DateTimeField()
    because = models.TextField(max_length=2000)
    proof = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    refused_at = models.DateTimeField(null=True)

    objects: DeskQuerySet[ReceiptChange] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")),
                name="a_receipt_change_has_two_persons",
            )
        ]

    def __str__(self) -> str:
        return f"receipt change {self.pk}"


class PageUpdate(models.Model):
    """New words for the public page after the notice was sent: the next version, once a second person agrees.

    `texts` maps a part to its wording in `language`. What was sent to families stays as it was sent.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="page_updates", db_column="case_id"
    )
    language = models.CharField(max_length=12)
    texts = models.JSONField(default=dict)
    what_changed = models.CharField(max_length=300)
    takes_back = models.BooleanField(
        default=False, help_text="The page is taken back; `what_changed` says why"
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    alone_because = models.TextField(max_length=2000, blank=True)
    refused_at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(null=True, help_text="The version of the page it became")

    objects: DeskQuerySet[PageUpdate] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["breach"],
                condition=Q(agreed_at=None, refused_at=None),
                name="one_page_update_waits",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")) | ~Q(alone_because=""),
                name="a_page_update_has_two_persons_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"page update {self.pk}"
