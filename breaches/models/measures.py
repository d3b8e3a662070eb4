"""What is done beside telling: log, access, questions to the vendor, offices, sanctions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from breaches.models.breach import Breach, DeskQuerySet
from contracts.models import Contract, Suspension
from ledger.models import Document
from parties.models import District, User


class StepKind(models.TextChoices):
    NOTE = "note", _("Note")
    SECURED = "secured", _("Made data safe")
    EVIDENCE = "evidence", _("Kept evidence")
    INTERVIEW = "interview", _("Talked to somebody")
    FINDING = "finding", _("Found out")
    POLICE = "police", _("Police")


class Investigation(models.Model):
    """One line of the investigation's log (B-8, B-10). Append-only."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="investigation", db_column="case_id"
    )
    kind = models.CharField(max_length=10, choices=StepKind)
    words = models.TextField(max_length=8000)
    reference = models.CharField(max_length=100, blank=True, help_text="For example the police case number")
    document = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects: DeskQuerySet[Investigation] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Whom(models.TextChoices):
    """Whom one may have to tell beside families; which of them must be told is the packs' to say."""

    ATTORNEY_GENERAL = "attorney_general", _("Attorney General")
    STATE_AUDITOR = "state_auditor", _("State Auditor")
    EDUCATION_DEPARTMENT = "state_education_department", _("State education department")
    CAL_CSIC = "cal_csic", _("California Cybersecurity Integration Center")
    CREDIT_BUREAUS = "credit_bureaus", _("Credit bureaus")
    POLICE = "police", _("Police")
    INSURER = "insurer", _("Insurer")
    AFFECTED_PEOPLE = "affected_people", _("People outside the families")


class NoticeConsidered(models.Model):
    """Whether one more notice is needed, and why (B-8: all required legal notices)."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="considered", db_column="case_id"
    )
    whom = models.CharField(max_length=40, choices=Whom)
    is_needed = models.BooleanField()
    reason = models.TextField(max_length=2000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects: DeskQuerySet[NoticeConsidered] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.whom}: {self.is_needed}"


class Term(models.TextChoices):
    TEMPORARY = "temporary", _("Until the investigation is over")
    LONG = "long", _("For a long time")
    PERMANENT = "permanent", _("For good")


class AccessOrder(models.Model):
    """Access stopped while a breach is looked into (B-9): the order, its extent, and who lifted it.

    `suspension` is the contract's own row, when the order reaches a vendor; a person is named by their role.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="orders", db_column="case_id")
    suspension = models.OneToOneField(
        Suspension, on_delete=models.SET_NULL, null=True, related_name="access_order"
    )
    whose = models.CharField(max_length=200, help_text="A vendor, or a role; no person's name")
    extent = models.CharField(max_length=200)
    term = models.CharField(max_length=10, choices=Term)
    reason = models.TextField(max_length=2000)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_reason = models.TextField(max_length=2000, blank=True)

    objects: DeskQuerySet[AccessOrder] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"access order {self.pk}"


class SanctionKind(models.TextChoices):
    WARNING = "warning", _("Written warning")
    DISCIPLINE = "discipline", _("Discipline of an employee")
    EXCLUSION = "exclusion", _("Exclusion of a volunteer")
    ADMONITION = "admonition", _("Admonition by the Board")
    ENDED = "ended", _("End of the business with the vendor")
    NONE = "none", _("No sanction")


class Sanction(models.Model):
    """What followed for whoever failed (P-5, L-15). Restricted with its breach; no person's name."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="sanctions", db_column="case_id"
    )
    kind = models.CharField(max_length=12, choices=SanctionKind)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="+")
    finding = models.TextField(max_length=4000)
    decision = models.TextField(max_length=4000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects: DeskQuerySet[Sanction] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AskedFor(models.TextChoices):
    INTRUSION_ANALYSIS = (
        "intrusion_analysis",
        _("The intrusion analysis: dates, times and places of attempts"),
    )
    ACCESS_LOG = "access_log", _("The log of every request for student information")
    DOCUMENTS = "documents", _("Its policies, licences and certificates")
    ENCRYPTION_UPGRADE = "encryption_upgrade", _("Stronger encryption")


class AskedVendor(models.Model):
    """Something the district asked the vendor for (NE-I-C, I-D, I-G, I-H): asked, received, overdue."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="asked", db_column="case_id")
    about = models.CharField(max_length=20, choices=AskedFor)
    words = models.TextField(max_length=4000, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True)
    document = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")

    objects: DeskQuerySet[AskedVendor] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["breach", "about"], condition=Q(received_at=None), name="one_open_question_a_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.pk}"


class ExternalReport(models.Model):
    """A report to a state office: drafted part by part, then sent by a person, with its reference number."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(
        Breach, on_delete=models.CASCADE, related_name="external_reports", db_column="case_id"
    )
    rule = models.SlugField(max_length=60)
    parts = models.JSONField(default=dict)
    reference = models.CharField(max_length=100, blank=True)
    document = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects: DeskQuerySet[ExternalReport] = DeskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["breach", "rule"], name="one_external_report_a_rule")]

    def __str__(self) -> str:
        return f"{self.rule} of {self.breach_id}"
