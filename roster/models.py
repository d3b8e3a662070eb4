"""Whom a notice reaches: students, their guardians, and where they are enrolled.

What a roster file cannot know (relationship, language, court orders, postal addresses added by hand) is
kept here and an import never overwrites it. Nobody is deleted by an import: a person who is no longer in
the file has left; `ledger.purge` deletes by retention rule.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parties.access import districts_of
from parties.models import District, School, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


Row = TypeVar("Row", bound=models.Model)


class RosterQuerySet(models.QuerySet[Row]):
    """Rows of the districts in which a person holds a role."""

    def for_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(district__in=districts_of(user))


class PersonQuerySet(RosterQuerySet[Row]):
    def current(self) -> Self:
        return self.filter(left_at=None)


def student_ref(pk: int) -> str:
    """What a report may show of a student: never a name."""
    return f"student:{pk}"


def guardian_ref(pk: int) -> str:
    """What a report may show of a guardian."""
    return f"guardian:{pk}"


class Student(models.Model):
    """A child (or, from 18, an eligible student) of the district, as the roster names them."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="students")
    sourced_id = models.CharField("id in the roster", max_length=255)
    given_name = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)
    email = models.EmailField("school e-mail", max_length=254, blank=True)
    has_account = models.BooleanField("has a district account", default=False)
    grade = models.CharField(max_length=8, blank=True)
    birth_on = models.DateField("date of birth", null=True, blank=True)
    postal_address = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True, help_text="Never overwritten by an import")
    added_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "sourced_id"], name="one_student_of_an_id")
        ]

    def __str__(self) -> str:
        return f"student {self.sourced_id}"

    @property
    def ref(self) -> str:
        return student_ref(self.pk)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def is_eligible(self, on: date) -> bool:
        """Whether the student is 18 or older on this day (policy definition 6, L-7)."""
        if self.birth_on is None:
            return False
        years = on.year - self.birth_on.year
        return years - ((on.month, on.day) < (self.birth_on.month, self.birth_on.day)) >= 18


class Guardian(models.Model):
    """A parent or legal guardian. Parents never need an account."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="guardians")
    sourced_id = models.CharField("id in the roster", max_length=255)
    given_name = models.CharField(max_length=200, blank=True)
    family_name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    postal_address = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True, help_text="Never overwritten by an import")
    added_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "sourced_id"], name="one_guardian_of_an_id")
        ]

    def __str__(self) -> str:
        return f"guardian {self.sourced_id}"

    @property
    def ref(self) -> str:
        return guardian_ref(self.pk)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Guardianship(models.Model):
    """Who is a guardian of whom. The relationship is the district's own knowledge."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="guardianships")
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="guardianships")
    relationship = models.CharField(max_length=60, blank=True, help_text="Never overwritten by an import")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "guardian"], name="one_guardianship_a_pair")
        ]
        indexes = [models.Index(fields=["guardian"], condition=Q(ended_at=None), name="guardianships_live")]

    def __str__(self) -> str:
        return f"guardianship {self.pk}"


class ContactBlock(models.Model):
    """A court's (or the district's) order not to tell this guardian about this student.

    It hangs on the pair of people, not on the imported link, so no import can lift it.
    """

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="contact_blocks")
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="contact_blocks")
    ground = models.CharField(max_length=300, help_text="For example: court order of May 4, 2026")
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lift_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lift_reason = models.CharField(max_length=300, blank=True, default="")
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="contact_block_order"
            )
        ]

    def __str__(self) -> str:
        return f"contact block {self.pk}"


class Enrollment(models.Model):
    """Where a student goes to school, from and until which day (both included)."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrollments")
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="enrollments")
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the roster stopped naming it")

    objects = RosterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "school"], name="one_enrollment_a_school")]
        indexes = [models.Index(fields=["school"], condition=Q(ended_at=None), name="enrollments_live")]

    def __str__(self) -> str:
        return f"enrollment {self.pk}"


class ImportFormat(models.TextChoices):
    ONEROSTER = "oneroster", "OneRoster 1.1 or 1.2 (zip of CSV files)"
    SIMPLE = "simple", "One CSV table"


class ImportStatus(models.TextChoices):
    PREVIEW = "preview", "Waiting for you to look"
    WAITING = "waiting", "Waiting for a second person"
    APPLIED = "applied", "Loaded"
    DROPPED = "dropped", "Not loaded"


def roster_key(roster: RosterImport, filename: str) -> str:
    """`district/uuid`: the uploaded name is shown, never used as a path."""
    return f"{roster.district_id}/{roster.uuid}"


class RosterImport(models.Model):
    """One roster file: what it would change (counts only), who looked, who agreed, when it was loaded.

    The file itself is kept only until it is loaded or dropped; its digest stays.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="roster_imports")
    format = models.CharField(max_length=10, choices=ImportFormat)
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.PREVIEW)
    name = models.CharField("file name", max_length=255)
    file = models.FileField(upload_to=roster_key, max_length=255, blank=True)
    sha256 = models.CharField(max_length=64)
    is_bulk = models.BooleanField(default=True, help_text="The file names everybody, not only changes")
    counts = models.JSONField(default=dict)
    warnings = ArrayField(models.CharField(max_length=300), default=list)
    stops = ArrayField(
        models.CharField(max_length=300), default=list, help_text="Why a second person must agree"
    )
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return f"roster {self.name}"
