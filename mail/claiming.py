"""Which messages a worker may send now: rows taken under a lease, and rows given back (architecture §6)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from ledger.protection import Doorway
from mail.line import Answer
from mail.routes import take_from_bucket

BATCH = 50  # rows of one district, before the next district's turn
LEASE_SECONDS = 90  # a message whose text flows renews its own

READY = Doorway(
    "districts_with_mail",
    """SELECT d.id, d.id AS district_id FROM parties_district AS d WHERE EXISTS (
           SELECT 1 FROM mail_delivery AS m
           WHERE m.status = 'pending' AND m.district_id = d.id AND m.next_attempt_at <= instant)
       UNION ALL SELECT NULL, NULL WHERE EXISTS (
           SELECT 1 FROM mail_delivery AS m
           WHERE m.status = 'pending' AND m.district_id IS NULL AND m.next_attempt_at <= instant)""",
)

CLAIM = """
UPDATE mail_delivery AS m
SET status = 'sending', lease_token = %(token)s, attempts = m.attempts + 1,
    lease_until = engine_now() + make_interval(secs => %(lease)s)
FROM (SELECT id FROM mail_delivery
      WHERE status = 'pending' AND district_id {same} AND next_attempt_at <= (SELECT engine_now())
      ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS ready
WHERE m.id = ready.id
RETURNING m.id, m.message_id, m.district_id, m.address, m.language, m.header_id, m.attempts, m.lease_token
"""


class Claimed(NamedTuple):
    """What sending needs of a Delivery, under its names; to make whole rows takes ten times as long."""

    pk: int
    message_id: int
    district_id: int | None
    address: str
    language: str
    header_id: str
    attempts: int
    lease_token: uuid.UUID


def claim(district: int | None, *, limit: int) -> list[Claimed]:
    """Take rows under a lease that others cannot see past; each carries its token as `lease_token`.

    Effects: status, token, lease, attempts. Oldest row first.
    """
    same = "= %(district)s" if district is not None else "IS NULL"
    values: dict[str, Any] = {"token": uuid.uuid4(), "lease": LEASE_SECONDS}
    values |= {"district": district, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(same=same), values)
        return sorted(Claimed(*row) for row in cursor.fetchall())


def claim_within_rate(district: int | None) -> list[Claimed] | None:
    """A batch of a district as far as its route's rate allows; None when that forbids any now."""
    with transaction.atomic():
        allowed = take_from_bucket(district, wanted=BATCH)
        return claim(district, limit=allowed) if allowed else None


RELEASE = """
UPDATE mail_delivery AS m
SET status = 'pending', attempts = m.attempts - 1, lease_token = NULL, lease_until = NULL,
    began_data_at = NULL, last_code = %(code)s, last_answer = %(answer)s,
    next_attempt_at = engine_now() + make_interval(secs => %(after)s)
FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS held(id, token)
WHERE m.id = held.id AND m.status = 'sending' AND m.lease_token = held.token
"""


def release(held: Sequence[Claimed], *, after: float, answer: Answer | None = None) -> None:
    """Give claimed rows back that surely did not leave: no attempt is counted, no recipient was at fault.

    `after` is in seconds. Rows whose lease another worker has by now stay as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            RELEASE,
            {"ids": [each.pk for each in held], "tokens": [each.lease_token for each in held], "after": after,
             "code": answer.code if answer else "", "answer": answer.words if answer else ""},
        )  # fmt: skip


def backoff(attempts: int) -> float:
    """Seconds until the next try: 30 s doubled each time, a fifth more or less, at most 15 minutes."""
    return float(min(30 * 2 ** min(max(attempts - 1, 0), 6), 900) * random.uniform(0.8, 1.2))  # noqa: S311
