"""The agreement: what was signed, what it must say, what people decided about it.

VendorFile and Contract share the primary key of their ledger.Case; every other table carries `case_id`, so
that a hold protects it and a purge reaches it. Statuses move by `contracts.lifecycle` only.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ledger.models import Case, Document
from mail.models import Message
from notices.elements import SCHEDULE, Element
from parties.access import districts_of
from parties.models import District, School, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class VendorFileQuerySet(models.QuerySet["VendorFile"]):
    def for_user(self, user: User | AnonymousUser) -> VendorFileQuerySet:
        return self.filter(district__in=districts_of(user))


class VendorFile(models.Model):
    """One district's file on a vendor; its contracts hang on it."""

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="vendor_file", editable=False
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="vendor_files")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="files")
    contact_email = models.EmailField(
        blank=True, help_text="Where this district writes to: another district's word does not count"
    )
    remarks = models.TextField(blank=True)

    objects = VendorFileQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["vendor__name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "vendor"], name="one_vendor_file_a_district")
        ]

    def __str__(self) -> str:
        return str(self.vendor)

    def get_absolute_url(self) -> str:
        return reverse("vendorfile:detail", args=[self.district.slug, self.case.number])


class PurposeKind(models.TextChoices):
    STORAGE = "storage", _("Stores, manages or retrieves student records")
    SOFTWARE = "software", _("Educational software that uses student records")
    BOTH = "both", _("Both storage and software")
    CONSULTANT = "consultant", _("A consultant who sees student data")


class Scope(models.TextChoices):
    APPLIES = "applies", _("Yes, the vendor will have student data")
    GENERAL_AUDIENCE = "general_audience", _("No, it is a service for the general public")
    NO_STUDENT_DATA = "no_student_data", _("No, the vendor never has student data")


class Renewal(models.TextChoices):
    NONE = "none", _("It ends")
    AUTOMATIC = "automatic", _("It renews by itself unless somebody says no")
    AGREED = "agreed", _("It can be renewed when both sides agree")


class Hosting(models.TextChoices):
    DISTRICT = "district", _("On the district's own servers")
    THIRD_PARTY = "third_party", _("On the vendor's or another company's servers")
    CLOUD = "cloud", _("In a public cloud")


class ContractStatus(models.TextChoices):
    DRAFT = "draft", _("Not signed yet")
    EXECUTED = "executed", _("Executed")
    ENDED = "ended", _("Ended")
    VOID = "void", _("Void")


class Conformity(models.TextChoices):
    UNREAD = "unread", _("Not checked yet")
    SHORT = "short", _("Not in order")
    IN_CURE = "in_cure", _("Waiting for the vendor to amend")
    CONFORMING = "conforming", _("In order")


class ContractQuerySet(models.QuerySet["Contract"]):
    def for_user(self, user: User | AnonymousUser) -> ContractQuerySet:
        """Contracts of the districts in which the person holds a role."""
        return self.filter(district__in=districts_of(user))

    def for_vendor_member(self, user: User | AnonymousUser) -> ContractQuerySet:
        """Contracts of the vendors the person speaks for, and no others."""
        return self.filter(vendor_file__vendor__in=Vendor.objects.for_member(user))


class Contract(models.Model):
    """One agreement with one vendor: its scope, its terms, and two independent facts.

    `status` says whether it is executed; `conformity` says whether it has what the adopted packs ask.
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="contract", editable=False
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="contracts")
    vendor_file = models.ForeignKey(VendorFile, on_delete=models.PROTECT, related_name="contracts")
    product = models.CharField(max_length=200)
    purpose_kind = models.CharField(max_length=12, choices=PurposeKind)
    scope = models.CharField(max_length=20, choices=Scope)
    scope_reason = models.TextField(blank=True)
    description = models.CharField(
        max_length=300, blank=True, help_text="What it is, in one or two plain sentences"
    )
    purpose = models.CharField(max_length=300, blank=True, help_text="What the school uses it for")
    all_schools = models.BooleanField(default=False)
    schools = models.ManyToManyField(School, blank=True, related_name="contracts")
    grades = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    renewal = models.CharField(max_length=12, choices=Renewal, default=Renewal.NONE)
    renewal_notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    hosting = models.CharField(max_length=12, choices=Hosting, blank=True)
    hosting_place = models.CharField(max_length=200, blank=True)
    agreed_breach_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )
    status = models.CharField(
        max_length=10, choices=ContractStatus, default=ContractStatus.DRAFT, editable=False
    )
    conformity = models.CharField(
        max_length=12, choices=Conformity, default=Conformity.UNREAD, editable=False
    )
    executed_on = models.DateField(null=True, editable=False)
    ended_on = models.DateField(null=True, editable=False)
    cleared_for_data_on = models.DateField(null=True, editable=False)

    objects = ContractQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[schools])

    class Meta:
        ordering = ["-case_id"]
        indexes = [models.Index(fields=["district", "status", "conformity"], name="contracts_of_a_district")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(executed_on__isnull=False), name="executed_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.product

    def get_absolute_url(self) -> str:
        return reverse("contract:detail", args=[self.district.slug, self.case.number])

    @property
    def vendor(self) -> Vendor:
        return self.vendor_file.vendor

    @property
    def in_scope(self) -> bool:
        return self.scope == Scope.APPLIES

    @property
    def is_history(self) -> bool:
        """Signed before the district went live: kept, but it starts no clock (architecture §4)."""
        return self.was_before_go_live(self.executed_on)

    def was_before_go_live(self, day: date | None) -> bool:
        live = self.district.go_live_on
        return day is not None and live is not None and day < live

    @property
    def needs_decision(self) -> bool:
        return self.conformity in (Conformity.UNREAD, Conformity.SHORT)

    @property
    def schools_named(self) -> list[str]:
        """Names of the schools it reaches; all of the district's when it is for all."""
        reached = self.district.schools.all() if self.all_schools else self.schools.all()
        return [school.name for school in reached]


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


class Verdict(models.TextChoices):
    MET = "met", _("Has it")
    DEFICIENT = "deficient", _("Falls short")
    MISSING = "missing", _("Not found")


class Decision(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    CORRECTED = "corrected", _("Corrected")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class Shortfall(models.TextChoices):
    """What is wrong, asked of the person who rejects a term (architecture §7)."""

    CONFLICTS = "conflicts", _("It says the opposite")
    FALLS_SHORT = "falls_short", _("It says too little")
    ABSENT = "absent", _("It is not there")


class ClauseFindingQuerySet(models.QuerySet["ClauseFinding"]):
    def for_user(self, user: User | AnonymousUser) -> ClauseFindingQuerySet:
        return self.filter(district__in=districts_of(user))

    def undecided(self) -> ClauseFindingQuerySet:
        return self.filter(decision="")

    def proposed_met(self) -> ClauseFindingQuerySet:
        """What may be confirmed together: undecided, found, and the computer is sure."""
        return self.undecided().filter(verdict=Verdict.MET, sure=True)


class ClauseFinding(models.Model):
    """What the computer proposes about one requirement, and what a person decided.

    `quotes` is a list of {text, page, document, boxes: [[x, y, w, h], …]} in PDF points from the page's top
    left corner. The machine's half changes when the contract is read again; the decision stays while the
    machine's verdict and quotes stay the same. `nearest` has the same form: of a term that was not found, the
    words nearest to it, for a person to look at. They are no quotes of the term and count for nothing.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="findings", db_column="case_id"
    )
    instrument = models.ForeignKey(Instrument, on_delete=models.RESTRICT, null=True, related_name="findings")
    pack = models.CharField(max_length=60)
    requirement = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(max_length=10, choices=Verdict)
    sure = models.BooleanField(default=False)
    quotes = models.JSONField(default=list)
    nearest = models.JSONField(default=list)
    why = models.TextField(blank=True)
    engine = models.CharField(max_length=80)
    document_sha256 = models.CharField(max_length=64)
    decision = models.CharField(max_length=15, choices=Decision, blank=True)
    decided_verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    decided_quotes = models.JSONField(default=list)
    shortfall = models.CharField(max_length=12, choices=Shortfall, blank=True)
    reason = models.TextField(blank=True)
    batch = models.UUIDField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ClauseFindingQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["pack", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "pack", "requirement"], name="one_finding_a_requirement"
            ),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="a_decision_has_its_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement}: {self.get_verdict_display()}"

    @property
    def stands(self) -> str:
        """What holds now: the person's verdict, or the computer's while nobody has decided."""
        return self.decided_verdict or self.verdict

    @property
    def passages(self) -> list[dict[str, Any]]:
        """The quotes that hold now."""
        quotes: list[dict[str, Any]] = self.decided_quotes or self.quotes
        return quotes

    @property
    def please_check(self) -> bool:
        return not self.decision and not self.sure


class CureStatus(models.TextChoices):
    DRAFT = "draft", _("Being written")
    SENT = "sent", _("Sent, delivery not proven yet")
    RUNNING = "running", _("The vendor has time to amend")
    AMENDED = "amended", _("The vendor amended")
    VOID = "void", _("The contract was declared void")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CurePeriod(models.Model):
    """The vendor was asked to amend. Its clock starts when the notice was delivered with proof."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="cures", db_column="case_id"
    )
    status = models.CharField(max_length=10, choices=CureStatus, default=CureStatus.DRAFT)
    findings = models.ManyToManyField(ClauseFinding, related_name="cures")
    words = models.TextField(help_text="What the vendor is asked, as sent")
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="+", help_text="None: sent another way"
    )
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    proof = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    answer = models.TextField(blank=True, help_text="What the vendor's person wrote back")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(status__in=["draft", "sent", "running"]),
                name="one_open_cure_a_contract",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["running", "void"])
                | Q(delivered_at__isnull=False, proof__isnull=False),
                name="a_cure_runs_on_proof",
            ),
            models.CheckConstraint(
                condition=~Q(status="void") | Q(decision__isnull=False), name="void_needs_a_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"cure of {self.contract_id}: {self.get_status_display()}"


class DataElement(models.Model):
    """One kind of data that a contract lets the vendor collect, by its code in the fixed schedule."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="elements", db_column="case_id"
    )
    code = models.SlugField(max_length=40, help_text="A code of notices.elements.SCHEDULE")
    required = models.BooleanField(default=True)
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["contract", "code"], name="one_element_a_code")]

    def __str__(self) -> str:
        return str(self.element.label)

    @property
    def element(self) -> Element:
        return SCHEDULE[self.code]


class Answer(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    NOT_APPLICABLE = "not_applicable", _("Does not apply here")


class Attestation(models.Model):
    """What a vendor or the district stated about a point of a pack without a clock (L-9, L-12)."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="attestations", db_column="case_id"
    )
    pack = models.CharField(max_length=60)
    point = models.CharField(max_length=60)
    answer = models.CharField(max_length=15, choices=Answer)
    remark = models.CharField(max_length=300, blank=True)
    evidence = models.ForeignKey(Document, on_delete=models.RESTRICT, null=True, related_name="+")
    stated_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["pack", "point"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "pack", "point"], name="one_attestation_a_point")
        ]

    def __str__(self) -> str:
        return f"{self.point}: {self.get_answer_display()}"


class Suspension(models.Model):
    """The vendor's access is stopped for a while (MO: B-9). Not a status of the contract."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, related_name="suspensions", db_column="case_id"
    )
    extent = models.CharField(max_length=200, help_text="Which access is stopped")
    reason = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(lifted_at=None), name="one_open_suspension"
            )
        ]

    def __str__(self) -> str:
        return f"suspension of {self.contract_id}"


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
