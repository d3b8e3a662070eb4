"""The breach desk: one report for the whole installation, one breach for each district it names.

A Breach shares the primary key of its ledger.Case, which is restricted: only the people named on the case
see it. VendorReport and its amendments are never edited. People in AffectedPerson reach nothing but the
notice that was written for them, and are deleted when `purge_on` has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contracts.models import Contract, Suspension
from ledger.models import Case, Document
from parties.access import districts_of
from parties.models import District, School, User, Vendor
from roster.models import Guardian, Student

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Row = TypeVar("Row", bound=models.Model)


class ReportChannel(models.TextChoices):
    """How the district first had the word."""

    SIGNED_IN = "signed_in", _("The vendor, signed in")
    LINK = "link", _("The vendor, by its report link")
    OPEN = "open", _("The open form, nobody known")
    MAIL = "mail", _("E-mail or letter")
    PHONE = "phone", _("Phone")
    OWN = "own", _("We found it ourselves")
    EMPLOYEE = "employee", _("An employee told us")
    OTHER = "other", _("Somebody else")


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
        seen = Q(breaches__in=Breach.objects.for_user(user))
        sent = Q(vendor__in=Vendor.objects.for_member(user), is_unverified=False)
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

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received_at__lte=F("recorded_at")), name="report_received_before_recorded"
            )
        ]

    def __str__(self) -> str:
        return f"Report {self.number}"


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
        ]

    def __str__(self) -> str:
        return self.case.title

    def get_absolute_url(self) -> str:
        return reverse("breach:detail", args=[self.district.slug, self.case.number])

    @property
    def vendor(self) -> Vendor | None:
        return self.report.vendor

    @property
    def vendor_name(self) -> str:
        """The vendor, what an unknown reporter called it, or the district itself."""
        return (
            self.report.vendor.name if self.report.vendor else self.report.vendor_named or self.district.name
        )

    @property
    def product(self) -> str:
        return self.report.product or self.vendor_name

    def deadlines_missed(self) -> bool:
        """Whether a limit of the district passed before the act was done."""
        return self.case.deadlines.filter(status="missed", obligation__owed_by="district").exists()

    @property
    def is_open(self) -> bool:
        return self.status == BreachStatus.OPEN


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
