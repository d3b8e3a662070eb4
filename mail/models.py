"""The only way out: one Message, and one Delivery for each person it goes to.

A Delivery is a row before it is a letter. Nothing has a foreign key into Delivery, so that the table can be
partitioned by message when it grows.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import Q

from ledger.models import Case
from parties.access import districts_of
from parties.models import District, User, validate_one_line

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


ROUTE_TEST: Final = "route-test"  # the kind of a message by which somebody tries a district's route


class Relay(models.TextChoices):
    SMTP = "smtp", "Send through this portal"
    ELSEWHERE = "elsewhere", "Our own system sends; we upload the delivery report"


class Route(models.Model):
    """How one district's mail leaves: its sender address, its relay and the relay's rate."""

    district = models.OneToOneField(District, on_delete=models.CASCADE, related_name="route")
    relay = models.CharField(max_length=10, choices=Relay, default=Relay.SMTP)
    sender = models.EmailField("From address")
    wanted_sender = models.EmailField(
        blank=True, default="", editable=False, help_text="Used once its code came back (mail/senders.py)"
    )
    code_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    code_until = models.DateTimeField(null=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    sender_name = models.CharField(max_length=200, blank=True, validators=[validate_one_line])
    reply_to = models.EmailField(blank=True)
    a_second = models.FloatField("messages a second", default=10.0)
    bucket = models.FloatField(default=0.0, editable=False, help_text="Messages that may leave now")
    bucket_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"mail of {self.district}"

    @property
    def tested_at(self) -> datetime | None:
        """When a relay last took a test over this route that did not come back."""
        tests = Delivery.objects.handed_over().filter(
            message__district=self.district_id, message__kind=ROUTE_TEST, bounced_at=None
        )
        last: datetime | None = tests.aggregate(last=models.Max("sent_at"))["last"]
        return last


class MessageQuerySet(models.QuerySet["Message"]):
    def for_user(self, user: User | AnonymousUser) -> MessageQuerySet:
        """Messages of cases the person may see, and of no case in their districts."""
        seen = Q(case__in=Case.objects.for_user(user)) | Q(case=None)
        return self.filter(seen, district__in=districts_of(user))


class Message(models.Model):
    """One thing said on one matter, in one or more languages. Its words are frozen when it is made."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="messages")
    kind = models.SlugField(max_length=40, help_text="contract-notice, breach-notice, cure-notice, alert …")
    is_legal = models.BooleanField(
        default=False, help_text="When nobody can know, send again rather than lose it"
    )
    is_drill = models.BooleanField(default=False)
    stop_address = models.CharField(
        max_length=500, blank=True, db_default="", help_text="Where its reader ends such mail by one click"
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_legal=False) | Q(stop_address=""), name="nobody_stops_legal_mail"
            )
        ]

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


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_user(self, user: User | AnonymousUser) -> DeliveryQuerySet:
        """Deliveries of cases the person may see."""
        return self.filter(message__in=Message.objects.for_user(user))

    def emails(self) -> DeliveryQuerySet:
        return self.filter(channel=Channel.EMAIL)

    def letters(self) -> DeliveryQuerySet:
        return self.filter(channel=Channel.LETTER)

    def on_the_way(self) -> DeliveryQuerySet:
        """E-mails of which nobody can say yet that a relay has them."""
        return self.emails().filter(
            status__in=[
                DeliveryStatus.PENDING,
                DeliveryStatus.SENDING,
                DeliveryStatus.UNCERTAIN,
                DeliveryStatus.EXPORTED,
            ]
        )

    def handed_over(self) -> DeliveryQuerySet:
        return self.emails().filter(status=DeliveryStatus.SENT)

    def failed(self) -> DeliveryQuerySet:
        """E-mails that were refused, or came back: these people must be reached by other means."""
        return self.emails().filter(Q(status=DeliveryStatus.REFUSED) | Q(bounced_at__isnull=False))

    def letters_due(self) -> DeliveryQuerySet:
        return self.letters().exclude(status=DeliveryStatus.POSTED)

    def tried_again(self) -> DeliveryQuerySet:
        """Tried more than once: shown openly, since a person may have got it twice."""
        return self.filter(attempts__gt=1)

    def counted(self) -> dict[str, int]:
        """How many deliveries stand where: {"sent": 412, "to_print": 3}."""
        return dict(self.order_by().values_list("status").annotate(models.Count("pk")))


class Delivery(models.Model):
    """One recipient of one message by one channel. Address, name and language are a snapshot."""

    # That of the message, whose own key the database checks: twice would cost a second in 50,000 rows.
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    message = models.ForeignKey(  # found by the constraint that begins with it
        Message, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    recipient_ref = models.CharField(max_length=80, help_text="guardian:1234; what a report may show")
    recipient_name = models.CharField(max_length=200, blank=True)
    address = models.TextField(help_text="An e-mail address, or the lines of a postal address")
    postal_address = models.TextField(blank=True, help_text="Where a letter goes when the e-mail fails")
    language = models.CharField(max_length=12, default="en")
    channel = models.CharField(max_length=10, choices=Channel)
    status = models.CharField(max_length=10, choices=DeliveryStatus)
    header_id = models.CharField("Message-ID", max_length=120, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    began_data_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    last_code = models.CharField(max_length=20, blank=True)
    last_answer = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "recipient_ref", "channel"], name="one_delivery_a_recipient_and_channel"
            ),
            # A constraint of its own: a unique field would bring a second index, for searches by beginning.
            models.UniqueConstraint(fields=["header_id"], name="one_delivery_a_message_id"),
        ]
        indexes = [
            models.Index(
                fields=["district", "next_attempt_at", "id"],
                condition=Q(status="pending"),
                name="deliveries_ready",
            ),
            # by id: a lease is renewed with each message, and an index of its end would be written each time
            models.Index(fields=["id"], condition=Q(status="sending"), name="deliveries_leased"),
            models.Index(fields=["id"], condition=Q(status="uncertain"), name="deliveries_uncertain"),
            models.Index(
                fields=["message"], condition=Q(status__in=["to_print", "printed"]), name="letters_waiting"
            ),
            models.Index(
                fields=["message", "recipient_ref"],
                condition=Q(channel="email") & (Q(status="refused") | Q(bounced_at__isnull=False)),
                name="deliveries_failed",
            ),
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


class RelayLog(models.Model):
    """How far a relay's log has been read without a gap: silence about a message that began outside of
    `read_from` to `read_until` proves nothing.
    """

    source = models.CharField(max_length=200, unique=True)
    read_from = models.DateTimeField(null=True, help_text="Time of the first line; none before it is read")
    read_until = models.DateTimeField(null=True, help_text="When it was last read to its end")
    position = models.BigIntegerField(default=0, help_text="Bytes of the file that were read")
    begins_with = models.CharField(
        max_length=64, blank=True, help_text="Digest of its start: was it rotated?"
    )
    queue = models.JSONField(default=dict, help_text="Queue ids seen and not yet settled, with Message-IDs")

    def __str__(self) -> str:
        return self.source


class Valve(models.Model):
    """Whether mail may leave this installation. One row; it closes itself when the database was restored.

    `identity` names the database that the row was written in (server, timeline, database): in a restored
    copy it no longer fits, and rows sent since the back-up would go out again (reliability §1.9).
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    identity = models.CharField(max_length=100)
    halted_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_valve")]

    def __str__(self) -> str:
        return "halted" if self.halted_at else "open"
