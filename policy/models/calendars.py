"""Which days count: shared calendars of legal holidays, the years a district confirmed, its closures."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from parties.models import District, User


class Calendar(models.Model):
    """A shared calendar of legal holidays, for example US-CT; seeded, then frozen."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.slug


class Holiday(models.Model):
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=100)
    history = HistoricalRecords()

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="one_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class ConfirmedYear(models.Model):
    """The holidays a person of the district confirmed for one year; a later confirmation is a new version."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="confirmed_years")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")
    holidays = models.JSONField(help_text='[["2026-07-03", "Independence Day (observed)"], …]')
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["year", "version"]
        constraints = [
            models.UniqueConstraint(fields=["district", "year", "version"], name="one_year_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.district} {self.year}"


class YearChange(models.Model):
    """Further holidays of a confirmed year: they may lengthen a clock, so a second person must agree."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="year_changes")
    year = models.PositiveSmallIntegerField()
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")
    holidays = models.JSONField(help_text="As in ConfirmedYear: the whole year as it would be")
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_agreed = models.BooleanField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "year"], condition=Q(is_agreed=None), name="one_open_change_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.district} {self.year}"


class Closure(models.Model):
    """A day the district is closed. Shown beside a clock, never counted: it lengthens no legal time."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField()
    last_day = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=models.F("first_day")), name="closure_order")
        ]

    def __str__(self) -> str:
        return self.name
