"""What a district follows: its own versions of packs, the packs it took up, the choices they leave to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from parties.models import District, User


class Edition(models.Model):
    """A district's own version of a pack: changed amounts, audience or wording, frozen when approved."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="editions")
    pack = models.CharField(max_length=60, help_text="The pack it changes, for example ct-3520.13@2017")
    number = models.PositiveSmallIntegerField()
    changes = models.JSONField()
    citation = models.CharField(max_length=300)
    board_date = models.DateField()
    digest = models.CharField(max_length=64)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "pack", "number"], name="one_edition_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.pack}+{self.number}"


class Adoption(models.Model):
    """A district follows a pack from a day on: only then do its duties arise."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="adoptions")
    pack = models.CharField(max_length=60)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()
    end_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_asked_for = models.DateField(null=True, blank=True, help_text="The day from which it would end")
    end_reason = models.TextField(blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        ordering = ["pack"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "pack"], condition=Q(until=None), name="one_adoption_a_pack"
            )
        ]

    def __str__(self) -> str:
        return f"{self.district}: {self.pack}"


class Parameter(models.Model):
    """A number or choice that a pack leaves to the district, with who set it."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="parameters")
    pack = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    value = models.JSONField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "pack", "name"], name="one_value_a_parameter")
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
