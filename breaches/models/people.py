"""Who was affected, and the uploaded lists that name them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from breaches.models.breach import Breach, DeskQuerySet
from parties.models import District, User
from roster.models import Guardian, Student


class PersonSort(models.TextChoices):
    STUDENT = "student", _("Student")
    FORMER_STUDENT = "former_student", _("Former student")
    GUARDIAN = "guardian", _("Parent or guardian")
    EMPLOYEE = "employee", _("Employee")
    APPLICANT = "applicant", _("Applicant")
    OTHER = "other", _("Other person")


class AffectedPerson(models.Model):
    """Somebody whose data was touched: a row of the roster, or a person with an address of their own."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="people", db_column="case_id")
    sort = models.CharField(max_length=15, choices=PersonSort)
    student = models.ForeignKey(Student, on_delete=models.SET_NULL, null=True, related_name="+")
    guardian = models.ForeignKey(Guardian, on_delete=models.SET_NULL, null=True, related_name="+")
    own_ref = models.CharField(max_length=80, blank=True, help_text="The row's own id, when it had one")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    postal_address = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects: DeskQuerySet[AffectedPerson] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "affected people"
        constraints = [
            models.UniqueConstraint(
                fields=["breach", "student"], condition=Q(student__isnull=False), name="one_affected_student"
            ),
            models.UniqueConstraint(
                fields=["breach", "guardian"],
                condition=Q(guardian__isnull=False),
                name="one_affected_guardian",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """What a report may show: never a name."""
        return f"affected:{self.pk}"


class UploadStatus(models.TextChoices):
    PREVIEW = "preview", _("Waiting for you to look")
    LOADED = "loaded", _("Loaded")
    DROPPED = "dropped", _("Not loaded")


class ListUpload(models.Model):
    """An uploaded list of people, looked at before it counts; `rows` are emptied once it is decided on."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="uploads", db_column="case_id")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=UploadStatus, default=UploadStatus.PREVIEW)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    remarks = ArrayField(models.CharField(max_length=300), default=list)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects: DeskQuerySet[ListUpload] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"list {self.pk}"
