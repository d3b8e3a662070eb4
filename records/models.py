"""Keeping and disposing: litigation holds, retention, disposals, custodians, training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ledger.models import Case, Document
from parties.models import District, School, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class LitigationHoldQuerySet(models.QuerySet["LitigationHold"]):
    def for_user(self, user: User | AnonymousUser) -> LitigationHoldQuerySet:
        return self.filter(case__in=Case.objects.for_user(user))


class HoldGround(models.TextChoices):
    PENDING = "pending", _("A lawsuit is pending")
    THREATENED = "threatened", _("A lawsuit is threatened")
    ANTICIPATED = "anticipated", _("A lawsuit can reasonably be expected")


class HoldStatus(models.TextChoices):
    ACTIVE = "active", _("In force")
    RELEASED = "released", _("Released")


class LitigationHold(models.Model):
    """A directive that overrides every retention schedule until it is released (MO; ST).

    The cases it covers are `ledger.HeldCase` rows; the database refuses to delete them.
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="litigation_hold"
    )
    ground = models.CharField(_("Why"), max_length=12, choices=HoldGround)
    scope = models.TextField(_("What must be kept"), help_text=_("Kinds of records, accounts and dates"))
    directive = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    directed_by = models.CharField(
        _("Who directed it"), max_length=200, help_text=_("Office, for example District counsel")
    )
    status = models.CharField(max_length=10, choices=HoldStatus, default=HoldStatus.ACTIVE)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    release = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    release_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = LitigationHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return str(self.case)


class HoldNotice(models.Model):
    """One person told of a hold, and when they said they understood: from then on they may not delete."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hold_notices")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="hold_notices")
    told_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="one_hold_notice_a_person")]

    def __str__(self) -> str:
        return f"hold notice {self.pk}"


class RetentionRule(models.Model):
    """How long one series of records is kept. The period follows content, the same for paper and screen."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="retention_rules")
    series = models.CharField(_("Series number"), max_length=40)
    title = models.CharField(_("Records"), max_length=200)
    schedule = models.CharField(_("Schedule and its version"), max_length=200)
    years = models.PositiveSmallIntegerField(
        _("Years to keep"), null=True, blank=True, help_text=_("Empty: for ever")
    )
    counted_from = models.CharField(_("Counted from"), max_length=200)
    model_label = models.CharField(
        max_length=60, blank=True, help_text=_("For rows without a case: app.Model")
    )
    needs_state_authorisation = models.BooleanField(_("The State must sign before disposal"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["series"]
        constraints = [models.UniqueConstraint(fields=["district", "series"], name="one_rule_a_series")]

    def __str__(self) -> str:
        return f"{self.series} {self.title}"


class DispositionStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    AUTHORISED = "authorised", _("Authorised")
    DONE = "done", _("Disposed of")
    REFUSED = "refused", _("Kept")


class Disposition(models.Model):
    """Records proposed for disposal under one rule; done only after the authorisation came back signed."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="dispositions")
    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="disposition")
    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="dispositions")
    description = models.TextField(_("Which records"))
    oldest_on = models.DateField(_("Oldest record"))
    newest_on = models.DateField(_("Newest record"))
    status = models.CharField(max_length=12, choices=DispositionStatus, default=DispositionStatus.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    authorised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    authorisation = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    method = models.CharField(_("How it was done"), max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(newest_on__gte=F("oldest_on")), name="disposition_order")
        ]

    def __str__(self) -> str:
        return str(self.case)


class Designation(models.Model):
    """Who is the custodian of records: one for the district, one at each school (P-1, P-2)."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="designations")
    school = models.ForeignKey(
        School, on_delete=models.CASCADE, null=True, blank=True, related_name="designations"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="designations")
    certificated = models.BooleanField(_("Certificated employee or principal"), default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    designated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["school__name", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "school"],
                condition=Q(until=None),
                nulls_distinct=False,
                name="one_custodian_a_place",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="designation_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.school or self.district}"


class Training(models.Model):
    """One person's training in the confidentiality of student records (P-3, P-4)."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="trainings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="trainings")
    course = models.CharField(max_length=200)
    done_on = models.DateField()
    good_until = models.DateField()

    class Meta:
        ordering = ["-done_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "user", "course", "done_on"], name="one_training_a_day"
            ),
            models.CheckConstraint(condition=Q(good_until__gt=F("done_on")), name="training_order"),
        ]

    def __str__(self) -> str:
        return f"{self.course}: {self.user}"
