"""What it must say: what the computer found, what people decided, and what the vendor was asked or stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contracts.models.contract import Contract
from contracts.models.papers import Instrument
from ledger.models import Document
from mail.models import Message
from parties.access import districts_of
from parties.models import District, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


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
