"""Printed letters: for people without an e-mail address, and where an e-mail failed."""

from __future__ import annotations

from django.db import connection

from mail.models import DeliveryQuerySet

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
