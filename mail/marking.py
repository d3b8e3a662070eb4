"""What became of a claimed message, written while its lease is held: each mark is one guarded UPDATE.

When it matches no row, somebody else has taken the row up, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from mail import claiming
from mail.claiming import Claimed
from mail.letters import add_letters
from mail.line import Answer, Result
from mail.models import Delivery

MOST_ATTEMPTS = 12  # then a person decides, and a letter is due

Outcome = tuple[Claimed, Answer]

FREE = "lease_token = NULL, lease_until = NULL"
# Each id is named twice: the planner takes the rows that are being sent for none, and would read them all.
MARK_AND_BEGIN = f"""
WITH taken AS (
    UPDATE mail_delivery AS m
    SET status = 'sent', sent_at = engine_now(), {FREE}, last_code = t.code, last_answer = t.answer
    FROM unnest(%(taken)s::bigint[], %(their_tokens)s::uuid[], %(codes)s::text[], %(answers)s::text[])
         AS t(id, token, code, answer)
    WHERE m.id = ANY(%(taken)s::bigint[]) AND m.id = t.id
      AND m.status = 'sending' AND m.lease_token = t.token)
UPDATE mail_delivery AS m
SET began_data_at = engine_now(), lease_until = engine_now() + make_interval(secs => %(lease)s)
FROM unnest(%(begun)s::bigint[], %(tokens)s::uuid[]) AS b(id, token)
WHERE m.id = ANY(%(begun)s::bigint[]) AND m.id = b.id
  AND m.status = 'sending' AND m.lease_token = b.token
RETURNING m.id
"""  # noqa: S608 (constants of this module)


def mark_and_begin(taken: Sequence[Outcome], begun: Sequence[Claimed]) -> set[int]:
    """Commit at once that the relay took some messages, and that the text of others may flow from now on.

    Effects: `taken` are sent; each of `begun` has its beginning noted and its lease renewed. Returns which of
    `begun` are still this worker's; no text of any other may flow.
    """
    if not taken and not begun:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            MARK_AND_BEGIN,
            {
                "taken": [delivery.pk for delivery, _ in taken],
                "their_tokens": [delivery.lease_token for delivery, _ in taken],
                "codes": [answer.code for _, answer in taken],
                "answers": [answer.words for _, answer in taken],
                "begun": [delivery.pk for delivery in begun],
                "tokens": [delivery.lease_token for delivery in begun],
                "lease": claiming.LEASE_SECONDS,
            },
        )
        return {pk for (pk,) in cursor.fetchall()}


def mark(delivery: Claimed, answer: Answer) -> None:
    """Write down what the relay said. Effects: the row; a letter where a legal message was refused."""
    if answer.result is Result.SENT:
        mark_and_begin([(delivery, answer)], [])
    elif answer.result is Result.UNKNOWN:
        update_held(delivery, answer, "status = 'uncertain'")
    elif answer.result is Result.REFUSED or delivery.attempts >= MOST_ATTEMPTS:
        refuse(delivery, answer)
    else:
        update_held(
            delivery, answer,
            "status = 'pending', began_data_at = NULL,"
            " next_attempt_at = engine_now() + make_interval(secs => %(after)s)",
            after=claiming.backoff(delivery.attempts),
        )  # fmt: skip


def refuse(delivery: Claimed, answer: Answer) -> None:
    with transaction.atomic():
        if update_held(delivery, answer, "status = 'refused'"):
            add_letters(Delivery.objects.filter(pk=delivery.pk, message__is_legal=True))


def update_held(delivery: Claimed, answer: Answer, changes: str, **values: Any) -> bool:
    """Change the row while this worker holds it. False: the lease was lost, somebody else decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE mail_delivery SET {changes}, {FREE}, last_code = %(code)s, last_answer = %(answer)s "  # noqa: S608 (constants of this module)
            "WHERE id = %(id)s AND status = 'sending' AND lease_token = %(token)s",
            {"id": delivery.pk, "token": delivery.lease_token, "code": answer.code[:20],
             "answer": answer.words[:300], **values},
        )  # fmt: skip
        return bool(cursor.rowcount)
