"""What is owed, and by when: obligations, their deadlines, warnings, and what two persons agree to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from ledger.models import Case, Document
from mail.models import Message
from parties.access import districts_of
from parties.models import District, Role, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ObligationStatus(models.TextChoices):
    OPEN = "open", "To do"
    SETTLED = "settled", "Done"
    CANCELLED = "cancelled", "Cancelled"


class OwedBy(models.TextChoices):
    DISTRICT = "district", "The district"
    VENDOR = "vendor", "The vendor"


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def for_user(self, user: User | AnonymousUser) -> ObligationQuerySet:
        return self.filter(district__in=districts_of(user), case__in=Case.objects.for_user(user))

    def open(self) -> ObligationQuerySet:
        return self.filter(status=ObligationStatus.OPEN)

    def soonest_first(self) -> ObligationQuerySet:
        """With `soonest`, the end of the first clock that still matters; undated ones on top."""
        clocks = Q(deadlines__status__in=("running", "paused", "missed"))
        found = self.annotate(soonest=models.Min("deadlines__due_at", filter=clocks))
        return found.order_by(models.F("soonest").asc(nulls_first=True), "pk")


class Obligation(models.Model):
    """One act owed in one case, whatever number of packs ask for it; each dates it with a Deadline."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="obligations")
    trigger = models.SlugField(max_length=40)
    trigger_ref = models.CharField(
        max_length=80, help_text="Which event raised it, for example instrument:12"
    )
    triggered_at = models.DateTimeField()
    rule = models.SlugField(max_length=60, help_text="The act owed: contract-notice, breach-posting …")
    kind = models.SlugField(max_length=40, help_text="notice, posting, cure, vendor_report, review …")
    owed_by = models.CharField(max_length=10, choices=OwedBy, default=OwedBy.DISTRICT)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role, default=Role.CUSTODIAN)
    title = models.CharField(max_length=200)
    verb = models.CharField(max_length=40, help_text="The button on Today: Post notice")
    minutes = models.PositiveSmallIntegerField(default=5)
    cites = ArrayField(models.CharField(max_length=20), default=list, help_text="Obligation ids: L-5, CT-6 …")
    status = models.CharField(max_length=10, choices=ObligationStatus, default=ObligationStatus.OPEN)
    settled_when = models.SlugField(max_length=40, blank=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="obligations")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    evidence = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "trigger_ref", "rule"], name="one_obligation_an_act")
        ]
        indexes = [
            models.Index(fields=["district"], condition=Q(status="open"), name="obligations_open"),
            models.Index(
                fields=["message"],
                condition=Q(status="open", message__isnull=False),
                name="obligations_awaiting_delivery",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this one duty: its clocks, their arithmetic, and what may be done about it."""
        return reverse("duty:detail", args=[self.district.slug, self.pk])

    @property
    def claims(self) -> list[DutyChange]:
        """What somebody says was done and nobody has confirmed yet; lists fetch `changes` before."""
        return [each for each in self.changes.all() if each.kind == "done" and each.is_agreed is None]


class DeadlineStatus(models.TextChoices):
    UNDATED = "undated", "No date yet"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    KEPT = "kept", "Kept"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"
    SUPERSEDED = "superseded", "Replaced"


class Deadline(models.Model):
    """By when one pack's rule (or an agreed shorter time) wants an obligation done.

    `due_at` is exclusive: done before that instant is in time. A deadline stays `missed` after the act is
    done late; the obligation is then settled. A recount is a new generation; the old row stays.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines")
    obligation = models.ForeignKey(Obligation, on_delete=models.CASCADE, related_name="deadlines")
    pack = models.CharField(max_length=80, help_text="ct-3520.13@2017, or agreed")
    rule = models.SlugField(max_length=60)
    citation = models.CharField(max_length=300)
    generation = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=DeadlineStatus)
    unit = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    basis = models.JSONField(default=dict, help_text="The shown arithmetic, frozen")
    ended_at = models.DateTimeField(
        null=True, help_text="When it was kept, cancelled or replaced; a missed one: when it was due"
    )
    alert_at = models.DateTimeField(null=True, help_text="The next warning step; none: no more warnings")

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "pack", "rule", "generation"], name="one_generation"
            ),
            models.UniqueConstraint(
                fields=["obligation", "pack", "rule"],
                condition=Q(status__in=["undated", "running", "paused"]),
                name="one_live_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["running", "paused", "missed"]) | Q(due_at__isnull=False),
                name="dated_while_it_runs",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status="running"), name="deadlines_due"),
            models.Index(
                fields=["alert_at", "id"], condition=Q(alert_at__isnull=False), name="deadlines_alerting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} by {self.due_at}"


class Pause(models.Model):
    """Time that a clock did not run, with the paper that allowed it and two people who agreed."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ground = models.TextField()
    authority = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"pause of {self.deadline_id}"


class Alert(models.Model):
    """One warning step of one deadline; written once whatever sweeps run."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="alerts")
    step = models.CharField(max_length=20, help_text="50%, 75%, 90%, 24h, 4h, 1h, due, overdue …")
    at = models.DateTimeField(help_text="The instant the step stands for")
    made_at = models.DateTimeField()
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline", "step"], name="one_alert_a_step")]

    def __str__(self) -> str:
        return f"{self.step} of {self.deadline_id}"


class ChangeKind(models.TextChoices):
    CANCEL = "cancel", "Cancel the duty"
    START = "start", "Move its start"
    PAUSE = "pause", "Stop the clock"
    DONE = "done", "Count it as done"


class DutyChange(models.Model):
    """What one person asks for, or says was done, and a second agrees to before it counts."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    obligation = models.ForeignKey(Obligation, on_delete=models.CASCADE, related_name="changes")
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=ChangeKind)
    at = models.DateTimeField(null=True, help_text="The start asked for, or when it was done")
    reason = models.TextField()
    proof = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_agreed = models.BooleanField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "kind"],
                condition=Q(is_agreed=None) & ~Q(kind="done"),
                name="one_open_change_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.obligation}"


class DailyList(models.Model):
    """The one message that tells a person, on one morning, what their day clocks say."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    made_at = models.DateTimeField()
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="one_daily_list_a_person")]

    def __str__(self) -> str:
        return f"list of {self.on}"


class Heartbeat(models.Model):
    """When a part of the engine last did its whole round: progress, not process ids, says that it lives."""

    name = models.SlugField(primary_key=True)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
