"""Proof: the file a matter hangs on, what was done to it, and the papers kept with it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast
from django.urls import reverse

from parties.access import districts_of
from parties.models import District, Membership, Role, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


THIS_TRANSACTION = Cast(
    Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()
)


class CaseQuerySet(models.QuerySet["Case"]):
    def for_user(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Cases of the person's districts; a restricted one only for those named on it."""
        return (
            self.filter(district__in=districts_of(user))
            .filter(models.Q(restricted=False) | models.Q(allowed=user.pk))
            .distinct()
        )


class Case(models.Model):
    """The file that everything about one matter hangs on.

    Contract, Breach, Inquiry, VendorFile and Hold share its primary key, so that obligations, entries,
    messages and documents can point at any of them without knowing the room.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="cases")
    kind = models.SlugField(max_length=20)
    number = models.CharField(max_length=20, help_text="For example 2026-0117; never used again")
    title = models.CharField(max_length=200, help_text="What people call it; no person's name")
    restricted = models.BooleanField(default=False)
    is_drill = models.BooleanField(default=False, help_text="Practice: every message about it is marked so")
    allowed = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    related = models.ManyToManyField("self", blank=True)
    opened_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "kind", "number"], name="one_case_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    def get_absolute_url(self) -> str:
        return reverse(f"{self.kind}:detail", args=[self.district.slug, self.number])


class HeldCase(models.Model):
    """A case that a litigation hold (itself a case) keeps from deletion: PROTECT here, a trigger beneath."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    hold = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="held")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "hold"], name="one_hold_a_case")]

    def __str__(self) -> str:
        return f"case {self.case_id} held by {self.hold_id}"


class Entry(models.Model):
    """Who did which act, when and why. Append-only (a trigger refuses UPDATE, DELETE and TRUNCATE).

    `facts` holds allow-listed reference numbers, dates and counts, never a person's name. An entry
    outlives its case, hence no foreign-key constraint on it.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="entries"
    )
    case_number = models.CharField(max_length=42, blank=True)
    act = models.SlugField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    transaction = models.BigIntegerField(
        db_default=THIS_TRANSACTION, editable=False, help_text="Sealed only when all before it have ended"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["case", "id"])]

    def __str__(self) -> str:
        return f"{self.act} {self.case_number}".strip()


class Seal(models.Model):
    """One link of a district's chain: the digest of the previous seal and of one entry."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.BigIntegerField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["district", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "position"], name="one_seal_a_position", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.position}"


class Scan(models.TextChoices):
    UNSCANNED = "unscanned", "Not virus-scanned"
    QUARANTINED = "quarantined", "Waiting for the virus scan"
    CLEAN = "clean", "No virus found"
    INFECTED = "infected", "Virus found"


def document_key(document: Document, filename: str) -> str:
    """`district/uuid`: the uploaded name is shown, never used as a path."""
    return f"{document.district_id}/{document.uuid}"


NAMES_PEOPLE = ("letters", "delivery-report", "named-packet", "named-list")
"""Kinds of files in which families are named; a viewer has no need of them."""


class DocumentQuerySet(models.QuerySet["Document"]):
    def for_user(self, user: User | AnonymousUser) -> DocumentQuerySet:
        """Files of cases the person may see; those that name families only with more than a viewer's role."""
        works = Membership.objects.active_for(user).exclude(role=Role.VIEWER).values("district")
        seen = self.filter(case__in=Case.objects.for_user(user))
        return seen.filter(~models.Q(kind__in=NAMES_PEOPLE) | models.Q(district__in=works))


class Document(models.Model):
    """A file kept with its SHA-256. The bytes never change; a new version is a new row."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    kind = models.SlugField(
        max_length=30, help_text="contract, redacted, safe-copy, evidence, packet, letters …"
    )
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=document_key, max_length=255)
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.UNSCANNED)
    made_from = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="copies"
    )
    remarks = models.JSONField(default=list, help_text="What was stripped or found, in plain sentences")
    received_at = models.DateTimeField()
    received_from = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["district", "sha256"])]

    def __str__(self) -> str:
        return self.name


class JobStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    WORKING = "working", "Working"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be done"


class Job(models.Model):
    """Long work that a person can watch: the row is the truth, a Celery task only rings the bell."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="jobs")
    kind = models.SlugField(max_length=30)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, null=True, related_name="jobs")
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.WAITING)
    step = models.CharField(max_length=200, blank=True, help_text="For people: Reading page 7 of 16")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(status="waiting"), name="jobs_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class Anchor(models.Model):
    """How long a district's chain of seals was and what its last link said, signed; kept apart from it.

    A chain alone cannot show that its end was cut off. The same line is written to a file outside the
    database (`manage.py verify_ledger --anchors FILE`), and can be mailed or printed.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    signature = models.CharField(max_length=200)

    class Meta:
        ordering = ["district", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "position"], name="one_anchor_a_position", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"anchor {self.position}"


class ApiRequest(models.Model):
    """A request under a key of the caller's own, and its answer; kept for a day (ledger/once.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="None while it is at work")
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_a_key")]

    def __str__(self) -> str:
        return f"request {self.pk}"
