"""Printed letters: for people without an e-mail address, and where an e-mail failed."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from mail.models import Channel, Delivery, DeliveryQuerySet, DeliveryStatus, Message

ADD = """
INSERT INTO mail_delivery (message_id, district_id, recipient_ref, recipient_name, address, postal_address,
    language, channel, status, header_id, attempts, last_code, last_answer)
SELECT message_id, district_id, recipient_ref, recipient_name, postal_address, '', language, 'letter',
       'to_print', '<' || gen_random_uuid() || '@letter>', 0, '', ''
FROM mail_delivery WHERE id = ANY(%s) AND channel = 'email'
ON CONFLICT DO NOTHING
"""


def add_letters(failed: DeliveryQuerySet) -> int:
    """A letter to each person whose e-mail failed, once. An empty postal address is for people to find."""
    ids = list(failed.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(ADD, [ids])
        return int(cursor.rowcount)


def give_up_waiting(message: Message, *, why: str) -> int:
    """Stop trying the e-mails that have not left yet; each of these people gets a letter. Returns how many.

    Only rows that wait: what a sender holds at this moment may still leave. Guarded by the state before.
    """
    waiting = Delivery.objects.select_for_update().filter(
        message=message, channel=Channel.EMAIL, status=DeliveryStatus.PENDING
    )
    ids = list(waiting.values_list("pk", flat=True))
    rows = Delivery.objects.filter(pk__in=ids, status=DeliveryStatus.PENDING)
    rows.update(status=DeliveryStatus.REFUSED, last_answer=why[:200])
    return add_letters(Delivery.objects.filter(pk__in=ids))


def letters_of(message: Message, *, status: str, limit: int) -> list[Delivery]:
    """The message's letters in this state, locked until the transaction ends, in the order of the rows."""
    wanted = Delivery.objects.select_for_update().filter(
        message=message, channel=Channel.LETTER, status=status
    )
    return list(wanted.order_by("pk")[:limit])


def mark_printed(letters: list[Delivery]) -> int:
    """These letters are on paper. Guarded by the state before; returns how many moved."""
    rows = Delivery.objects.filter(pk__in=[letter.pk for letter in letters], status=DeliveryStatus.TO_PRINT)
    return rows.update(status=DeliveryStatus.PRINTED)


def post_printed(message: Message, *, at: datetime) -> int:
    """All printed letters of the message were put in the post at this instant. Returns how many moved."""
    printed = Delivery.objects.filter(message=message, channel=Channel.LETTER, status=DeliveryStatus.PRINTED)
    return printed.update(status=DeliveryStatus.POSTED, sent_at=at)
