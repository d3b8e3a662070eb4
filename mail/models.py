"""The only way out: one Message, and one Delivery for each person it goes to.

A Delivery is a row before it is a letter. Nothing has a foreign key into Delivery, so that the table can be
partitioned by message when it grows.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from ledger.models import Case
from parties.models import District, User


class Relay(models.TextChoices):
    SMTP = "smtp", "Send through this portal"
    ELSEWHERE = "elsewhere", "Our own system sends; we upload the delivery report"


class Route(models.Model):
    """How one district's mail leaves: its sender address, its relay and the relay's rate."""

    district = models.OneToOneField(District, on_delete=models.CASCADE, related_name="route")
    relay = models.CharField(max_length=10, choices=Relay, default=Relay.SMTP)
    sender = models.EmailField("From address")
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.EmailField(blank=True)
    a_second = models.FloatField("messages a second", default=10.0)
    bucket = models.FloatField(default=0.0, editable=False, help_text="Messages that may leave now")
    bucket_at = models.DateTimeField(null=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True)
    halted_reason = models.TextField(blank=True, editable=False)

    def __str__(self) -> str:
        return f"mail of {self.district}"


class Message(models.Model):
    """One thing said on one matter, in one or more languages. Its words are frozen when it is made."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="messages")
    kind = models.SlugField(max_length=40, help_text="contract-notice, breach-notice, cure-notice, alert …")
    is_legal = models.BooleanField(
        default=False, help_text="When nobody can know, send again rather than lose it"
    )
    is_drill = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MessageText(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    plain = models.TextField()
    html = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "language"], name="one_text_a_language")]

    def __str__(self) -> str:
        return self.subject


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letter"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Waiting to leave"
    SENDING = "sending", "Leaving now"
    SENT = "sent", "Handed over"
    REFUSED = "refused", "Refused"
    UNCERTAIN = "uncertain", "Perhaps handed over"
    TO_PRINT = "to_print", "To print"
    PRINTED = "printed", "Printed"
    POSTED = "posted", "Put in the post"
    EXPORTED = "exported", "Given to your own system"


class Delivery(models.Model):
    """One recipient of one message by one channel. Address, name and language are a snapshot."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    recipient_ref = models.CharField(max_length=80, help_text="guardian:1234; what a report may show")
    recipient_name = models.CharField(max_length=200, blank=True)
    address = models.TextField(help_text="An e-mail address, or the lines of a postal address")
    language = models.CharField(max_length=12, default="en")
    channel = models.CharField(max_length=10, choices=Channel)
    status = models.CharField(max_length=10, choices=DeliveryStatus)
    header_id = models.CharField("Message-ID", max_length=120, unique=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    began_data_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    last_code = models.CharField(max_length=20, blank=True)
    last_answer = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "recipient_ref", "channel"], name="one_delivery_a_recipient_and_channel"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(status="pending"), name="deliveries_ready"
            ),
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="deliveries_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_ref} by {self.channel}"


class DeliveryEvent(models.Model):
    """What came back about a delivery: a bounce, a complaint, a relay's log line. Matched by Message-ID."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    header_id = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(
        max_length=12,
        choices=[
            ("accepted", "Accepted by the relay"),
            ("delivered", "Delivered"),
            ("bounced", "Bounced"),
            ("complained", "Complained"),
            ("deferred", "Deferred"),
        ],
    )
    at = models.DateTimeField()
    source = models.CharField(max_length=40, help_text="relay-log, or the provider's name")
    source_id = models.CharField(max_length=200, default=uuid.uuid4)
    code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="one_event_of_a_source")]

    def __str__(self) -> str:
        return f"{self.kind} {self.header_id}"
