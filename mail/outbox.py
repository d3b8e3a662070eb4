"""The only way out: a Delivery is a row before it is a letter, and leaves once (architecture §6).

Each worker claims up to fifty rows of one district in a short transaction, talks to the relay with none
open, and commits once a message: that one was taken and that the next begins. Every change of a Delivery's
status is one guarded UPDATE: when it matches no row, somebody else was faster, and nothing is done.

    pending -> sending -> sent | pending (later) | refused | uncertain -> sent | pending
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connection, transaction

from ledger.clock import engine_now
from ledger.entries import record
from ledger.jobs import ring
from ledger.models import Case
from ledger.protection import Doorway
from mail import events, valve
from mail.addresses import NOT_ONE, parse_address
from mail.letters import add_letters
from mail.line import Answer, Line, Result
from mail.models import Channel, Delivery, DeliveryStatus, Message, MessageText
from mail.routes import take_from_bucket
from mail.writing import Writer
from parties.access import acting_in
from parties.models import District, User

DRILL_SUBJECT = "DRILL: "
DRILL_LINE = "THIS IS A DRILL. Nobody's data is at risk."

log = logging.getLogger(__name__)

BATCH = 50
LINES = 12  # of one worker
LEASE_SECONDS = 90  # a message whose text flows renews its own
MOST_ATTEMPTS = 12  # then a person decides, and a letter is due
TURN_SECONDS = 60
KNOWS_AFTER = timedelta(minutes=10)  # a relay's log that says nothing by then, says nothing

READY = Doorway(
    "districts_with_mail",
    """SELECT d.id, d.id AS district_id FROM parties_district AS d WHERE EXISTS (
           SELECT 1 FROM mail_delivery AS m
           WHERE m.status = 'pending' AND m.district_id = d.id AND m.next_attempt_at <= instant)
       UNION ALL SELECT NULL, NULL WHERE EXISTS (
           SELECT 1 FROM mail_delivery AS m
           WHERE m.status = 'pending' AND m.district_id IS NULL AND m.next_attempt_at <= instant)""",
)
LEFT_BEHIND = Doorway(
    "deliveries_left_behind",
    """SELECT m.id, m.district_id FROM mail_delivery AS m
       WHERE (m.status = 'sending' AND m.lease_until < instant) OR m.status = 'uncertain' ORDER BY m.id""",
)


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a message in one language; templates are filled in before."""

    language: str
    subject: str
    plain: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person. `address` is an e-mail address; empty means a letter to `postal_address`.

    `ref` is what reports may show (guardian:1234). The snapshot is kept with the delivery.
    """

    ref: str
    name: str
    address: str
    language: str = "en"
    postal_address: str = ""


# --- a message becomes rows ---------------------------------------------------------------------------


def send(
    *,
    kind: str,
    district: District | None,
    case: Case | None = None,
    texts: Sequence[Text],
    recipients: Iterable[Recipient],
    by: User | None,
    is_legal: bool = False,
    is_drill: bool = False,
    elsewhere: bool = False,
    stop_address: str = "",
) -> Message:
    """Put one message to many people in the outbox. All or nothing, in the caller's transaction.

    `is_legal`: when nobody can know whether it left, it is sent again, and an address that fails becomes a
    letter. `elsewhere`: the district's own system sends it; the rows wait for its delivery report.
    `stop_address`: where the reader of mail they asked for ends it by one click; never of legal mail. A row
    whose address is not one plain address is refused by itself and stops no other. Two rows of the same ref
    are one. What concerns a drill's case is marked as a drill in every text, whoever writes it. Effects:
    Message, its texts, one Delivery a recipient by one INSERT, one Entry with the count and the texts'
    digest; a bell after commit. Raises ValidationError on texts that cannot be sent.
    """
    is_drill = is_drill or (case is not None and case.is_drill)
    texts = [as_drill(text) for text in texts] if is_drill else texts
    check_texts(texts)
    now = engine_now()
    with transaction.atomic():
        valve.know_database()
        message = Message.objects.create(
            district=district, case=case, kind=kind, is_legal=is_legal, is_drill=is_drill,
            stop_address=stop_address, made_at=now, made_by=by,
        )  # fmt: skip
        MessageText.objects.bulk_create(
            MessageText(message=message, language=t.language, subject=t.subject, plain=t.plain, html=t.html)
            for t in texts
        )
        made = insert_deliveries(message, list(recipients), now, elsewhere=elsewhere)
        if is_legal:
            add_letters(message.deliveries.filter(status=DeliveryStatus.REFUSED))
        record("message-made", by=by, case=case, district=district, kind=kind, message=message.pk,
               recipients=made, texts=digest_of(texts))  # fmt: skip
    ring("mail.tasks.turn")
    return message


def as_drill(text: Text) -> Text:
    """The same words under a line that nobody can overlook; plain text only, so that none is lost."""
    if text.subject.startswith(DRILL_SUBJECT):
        return text
    subject = f"{DRILL_SUBJECT}{text.subject}"[:150]
    return Text(language=text.language, subject=subject, plain=f"{DRILL_LINE}\n\n{text.plain}")


def check_texts(texts: Sequence[Text]) -> None:
    if not texts:
        raise ValidationError({"texts": "Write the message in one language at least."})
    for text in texts:
        if not text.subject.strip() or len(text.subject) > 200:
            raise ValidationError({"subject": "Give a subject of 1 to 200 characters."})
        if any(
            ord(c) < 32 or c in "\x7f\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
            for c in text.subject
        ):
            raise ValidationError({"subject": "The subject must be one line of plain text."})
        if not text.plain.strip():
            raise ValidationError({"plain": "The message is empty."})


def digest_of(texts: Sequence[Text]) -> str:
    words = "\x1e".join(f"{t.language}\x1f{t.subject}\x1f{t.plain}\x1f{t.html}" for t in texts)
    return hashlib.sha256(words.encode()).hexdigest()


INSERT = """
INSERT INTO mail_delivery (message_id, district_id, recipient_ref, recipient_name, address, postal_address,
    language, channel, status, header_id, attempts, next_attempt_at, last_code, last_answer)
SELECT %(message)s, %(district)s, u.ref, u.name, u.address, u.postal, u.language, u.channel, u.status,
       '<' || gen_random_uuid() || '@' || %(host)s || '>', 0,
       CASE WHEN u.status = 'pending' THEN %(now)s::timestamptz END, u.code, u.answer
FROM json_to_recordset(%(rows)s::json) AS u(ref text, name text, address text, postal text, language text,
     channel text, status text, code text, answer text)
ON CONFLICT DO NOTHING
"""
COLUMNS = ("ref", "name", "address", "postal", "language", "channel", "status", "code", "answer")


def insert_deliveries(
    message: Message, recipients: Sequence[Recipient], now: datetime, *, elsewhere: bool
) -> int:
    """One statement for all recipients: 50,000 in about a second."""
    rows = [as_row(recipient, elsewhere=elsewhere) for recipient in recipients]
    if not rows:
        return 0
    values = {
        "message": message.pk, "district": message.district_id, "host": settings.PORTAL_HOST, "now": now,
        "rows": json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        return int(cursor.rowcount)


def as_row(recipient: Recipient, *, elsewhere: bool) -> tuple[str, ...]:
    fixed = (recipient.ref[:80], recipient.name[:200].replace("\0", ""))
    postal, language = recipient.postal_address.replace("\0", ""), recipient.language
    if not recipient.address.strip():
        return (*fixed, postal, "", language, Channel.LETTER, DeliveryStatus.TO_PRINT, "", "")
    try:
        address = parse_address(recipient.address)
    except ValidationError:
        kept = recipient.address.replace("\0", "")[:400]
        return (*fixed, kept, postal, language, Channel.EMAIL, DeliveryStatus.REFUSED, "address", NOT_ONE)
    status = DeliveryStatus.EXPORTED if elsewhere else DeliveryStatus.PENDING
    return (*fixed, address, postal, language, Channel.EMAIL, status, "", "")


# --- one pass ----------------------------------------------------------------------------------------


def turn(*, seconds: float = TURN_SECONDS, patient: bool = False) -> int:
    """One pass of the outbox: take up what was left behind, then send, district by district in turn.

    Run by Celery every few seconds, and by `manage.py sweep` each minute; any number at once. `patient`
    waits for a route's bucket to fill again while seconds are left: cron alone then sends at the full rate.
    Returns how many messages were handed over. Does nothing while the valve is closed.
    """
    if not valve.is_open():
        return 0
    sort_out_left_behind()
    ends, sent = time.monotonic() + seconds, 0
    with Line() as line:
        while time.monotonic() < ends:
            waiting = [district for _, district in READY.ids(limit=10_000)]
            random.shuffle(waiting)
            moved, is_limited = 0, False
            for district in waiting:
                try:
                    claimed, handed_over = send_batch(district, line)
                except (OperationalError, InterfaceError):
                    raise  # the database is away: no use to go on
                except Exception:  # one district's fault must not hold up the others' mail
                    log.exception("The batch of district %s failed; its leases run out", district)
                    continue
                is_limited |= claimed is None
                moved, sent = moved + (claimed or 0), sent + handed_over
                if time.monotonic() > ends or not valve.is_open():
                    return sent
            if not moved and not (patient and is_limited):
                return sent
            if not moved:
                time.sleep(0.5)  # until a bucket holds a message again
    return sent


def turn_on_lines(*, lines: int = LINES, seconds: float = TURN_SECONDS) -> int:
    """A turn on several lines to the relay at once, each a thread with a database session of its own.

    Most of a message's time is waiting, for the relay and for the disk; lines wait side by side. Returns how
    many messages were handed over. Opens nothing when nothing waits.
    """
    if not READY.ids(limit=1) and not LEFT_BEHIND.ids(limit=1):
        return 0

    def one_line(_: int) -> int:
        try:
            return turn(seconds=seconds)
        finally:
            connection.close()

    with ThreadPoolExecutor(lines) as pool:
        return sum(pool.map(one_line, range(lines)))


def send_batch(district: int | None, line: Line) -> tuple[int | None, int]:
    """Claim and send up to fifty messages of one district: (claimed, handed over); None: its rate forbids."""
    with acting_in(*([] if district is None else [district])):
        allowed = take_from_bucket(district, wanted=BATCH)
        token = uuid.uuid4()
        if not allowed:
            return None, 0
        batch = claim(district, token, limit=allowed)
        if not batch:
            return 0, 0
        sent, stop_at = 0, time.monotonic() + LEASE_SECONDS / 2
        writer, marks = Writer(batch), Marks(token)
        try:
            for place, delivery in enumerate(batch):
                if time.monotonic() > stop_at:
                    release(batch[place:], token, after=0)
                    break
                answer = send_one(delivery, writer, line, marks)
                if answer is not None and answer.result is Result.SENT:
                    sent += 1
                if answer is not None and answer.result is Result.DOWN:
                    release(batch[place:], token, after=backoff(delivery.attempts), answer=answer)
                    return 0, sent  # the relay is away: no use to go on
        finally:
            marks.settle()
        return len(batch), sent


CLAIM = """
UPDATE mail_delivery AS m
SET status = 'sending', lease_token = %(token)s, attempts = m.attempts + 1,
    lease_until = engine_now() + make_interval(secs => %(lease)s)
FROM (SELECT id FROM mail_delivery
      WHERE status = 'pending' AND district_id {same} AND next_attempt_at <= %(now)s
      ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS ready
WHERE m.id = ready.id RETURNING m.id
"""


def claim(district: int | None, token: uuid.UUID, *, limit: int) -> list[Delivery]:
    """Take rows under a lease that others cannot see past. Effects: status, token, lease, attempts."""
    same = "= %(district)s" if district is not None else "IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM.format(same=same),
            {
                "token": token,
                "lease": LEASE_SECONDS,
                "limit": limit,
                "district": district,
                "now": engine_now(),
            },
        )
        taken = [pk for (pk,) in cursor.fetchall()]
    return list(Delivery.objects.filter(pk__in=taken).select_related("message").order_by("pk"))


def send_one(delivery: Delivery, writer: Writer, line: Line, marks: Marks) -> Answer | None:
    """Send one claimed message and mark it. A message that cannot even be written is parked by itself."""
    try:
        written = writer.content(delivery) if line.speaks_smtp else writer.email(delivery)
    except Exception as error:  # a poison row must not stop the others
        log.exception("Delivery %s cannot be written", delivery.pk)
        park(delivery, marks.token, type(error).__name__)
        return None
    if not line.is_open:
        marks.settle()  # connecting may take its time
    answer = line.deliver(
        written, sender=writer.sender, to=delivery.address, begin=partial(marks.begin, delivery)
    )
    if answer is not None and answer.result is Result.SENT:
        marks.owe(delivery, answer)
    elif answer is not None and answer.result is not Result.DOWN:
        mark(delivery, marks.token, answer)
    return answer


class Marks:
    """Writes that a message was taken together with the beginning of the next: one commit a message.

    Between the relay's word and this commit nothing is asked of the relay, so that the moment in which
    nobody can know is as short as with a commit of its own. `settle` writes what is owed by itself.
    """

    def __init__(self, token: uuid.UUID) -> None:
        self.token = token
        self.owed: tuple[Delivery, Answer] | None = None

    def owe(self, delivery: Delivery, answer: Answer) -> None:
        self.owed = (delivery, answer)

    def begin(self, delivery: Delivery) -> bool:
        """Whether the message is still this worker's; its text may flow from now on."""
        if self.owed is None:
            return begin_data(delivery, self.token)
        (taken, answer), self.owed = self.owed, None
        with connection.cursor() as cursor:
            cursor.execute(
                MARK_AND_BEGIN,
                {"taken": taken.pk, "next": delivery.pk, "token": self.token, "lease": LEASE_SECONDS,
                 "code": answer.code, "answer": answer.words},
            )  # fmt: skip
            return bool(cursor.rowcount)

    def settle(self) -> None:
        if self.owed is not None:
            (taken, answer), self.owed = self.owed, None
            mark(taken, self.token, answer)


# --- marks: each one guarded UPDATE -------------------------------------------------------------------


def update_held(delivery: Delivery, token: uuid.UUID, changes: str, **values: Any) -> bool:
    """Change the row while this worker holds it. False: the lease was lost, somebody else decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE mail_delivery SET {changes} "  # noqa: S608 (constants of this module)
            "WHERE id = %(id)s AND status = 'sending' AND lease_token = %(token)s",
            {"id": delivery.pk, "token": token, **values},
        )
        return bool(cursor.rowcount)


BEGIN = "began_data_at = engine_now(), lease_until = engine_now() + make_interval(secs => %(lease)s)"
FREE = "lease_token = NULL, lease_until = NULL, last_code = %(code)s, last_answer = %(answer)s"
SENT = f"status = 'sent', sent_at = engine_now(), {FREE}"
MARK_AND_BEGIN = f"""
WITH taken AS (UPDATE mail_delivery SET {SENT}
               WHERE id = %(taken)s AND status = 'sending' AND lease_token = %(token)s)
UPDATE mail_delivery SET {BEGIN} WHERE id = %(next)s AND status = 'sending' AND lease_token = %(token)s
"""  # noqa: S608 (constants of this module)


def begin_data(delivery: Delivery, token: uuid.UUID) -> bool:
    """Commit that the text may flow from now on. Renews the lease of this message."""
    return update_held(delivery, token, BEGIN, lease=LEASE_SECONDS)


def mark(delivery: Delivery, token: uuid.UUID, answer: Answer) -> None:
    """Write down what the relay said. Effects: the row; a letter where a legal message was refused."""
    said: dict[str, Any] = {"code": answer.code, "answer": answer.words}
    if answer.result is Result.SENT:
        update_held(delivery, token, SENT, **said)
    elif answer.result is Result.UNKNOWN:
        update_held(delivery, token, f"status = 'uncertain', {FREE}", **said)
    elif answer.result is Result.REFUSED or delivery.attempts >= MOST_ATTEMPTS:
        refuse(delivery, token, code=answer.code, words=answer.words)
    else:
        update_held(
            delivery, token,
            "status = 'pending', began_data_at = NULL,"
            f" next_attempt_at = engine_now() + make_interval(secs => %(after)s), {FREE}",
            after=backoff(delivery.attempts), **said,
        )  # fmt: skip


def park(delivery: Delivery, token: uuid.UUID, why: str) -> None:
    refuse(
        delivery, token, code="parked", words=f"This message cannot be written ({why}). A person must look."
    )


def refuse(delivery: Delivery, token: uuid.UUID, *, code: str, words: str) -> None:
    with transaction.atomic():
        said = {"code": code[:20], "answer": words[:300]}
        if update_held(delivery, token, f"status = 'refused', {FREE}", **said) and delivery.message.is_legal:
            add_letters(Delivery.objects.filter(pk=delivery.pk))


def release(
    batch: Sequence[Delivery], token: uuid.UUID, *, after: float, answer: Answer | None = None
) -> None:
    """Give claimed rows back that surely did not leave: no attempt is counted, no recipient was at fault."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_delivery SET status = 'pending', attempts = attempts - 1, lease_token = NULL,"
            " lease_until = NULL, began_data_at = NULL, last_code = %s, last_answer = %s,"
            " next_attempt_at = engine_now() + make_interval(secs => %s)"
            " WHERE id = ANY(%s) AND status = 'sending' AND lease_token = %s",
            [answer.code if answer else "", answer.words if answer else "", after,
             [delivery.pk for delivery in batch], token],
        )  # fmt: skip


def backoff(attempts: int) -> float:
    """Seconds until the next try: 30 s doubled each time, a fifth more or less, at most 15 minutes."""
    return float(min(30 * 2 ** min(max(attempts - 1, 0), 6), 900) * random.uniform(0.8, 1.2))  # noqa: S311


# --- what was left behind ------------------------------------------------------------------------------


def sort_out_left_behind() -> int:
    """Decide about rows whose worker died, and about those that nobody can be sure of.

    Text had not begun to flow: it waits again. It had: `uncertain`, and the relay's log is asked. Returns
    how many rows moved.
    """
    moved = 0
    for pk, district in LEFT_BEHIND.ids(limit=2000):
        try:
            moved += sort_out_one(pk, district)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one row's fault must not hold up all mail
            log.exception("Delivery %s cannot be sorted out", pk)
    return moved


def sort_out_one(pk: int, district: int | None) -> bool:
    with acting_in(*([] if district is None else [district])), transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("message").filter(pk=pk).first()
        )  # fmt: skip
        return delivery is not None and sort_out(delivery)


def sort_out(delivery: Delivery) -> bool:
    now, before = engine_now(), delivery.status
    if delivery.status == DeliveryStatus.SENDING and delivery.lease_until and delivery.lease_until < now:
        delivery.lease_token = delivery.lease_until = None
        if delivery.began_data_at is not None:
            delivery.status = DeliveryStatus.UNCERTAIN
        elif delivery.attempts >= MOST_ATTEMPTS:
            delivery.status, delivery.last_code = DeliveryStatus.REFUSED, "parked"
            delivery.last_answer = "Its worker died each time. A person must look."
        else:
            delivery.status, delivery.next_attempt_at = DeliveryStatus.PENDING, now
    if delivery.status == DeliveryStatus.UNCERTAIN:
        reconcile(delivery, now)
    if delivery.status == before:
        return False
    delivery.save()
    if delivery.status == DeliveryStatus.REFUSED and delivery.message.is_legal:
        add_letters(Delivery.objects.filter(pk=delivery.pk))
    return True


def reconcile(delivery: Delivery, now: datetime) -> None:
    """Ask the relay's log about a message whose fate is unknown.

    The log has it: sent. The log was read beyond it and is silent: it waits again. No log can say, ten
    minutes on: a legal message goes again under its own Message-ID, since a double beats a lost duty; any
    other stays for a person to decide.
    """
    began = delivery.began_data_at
    assert began is not None, "uncertain is only what began"
    # How far the log was read is asked first: a reader that commits between the two questions must not make
    # a message look refused that it has just found.
    is_silent = events.logs_are_silent_since(began)
    accepted = events.accepted_at(delivery.header_id)
    if accepted is not None:
        delivery.status, delivery.sent_at = DeliveryStatus.SENT, accepted
        delivery.last_code, delivery.last_answer = "log", "The relay's log shows that it was accepted."
    elif is_silent or (delivery.message.is_legal and now >= began + KNOWS_AFTER):
        delivery.status, delivery.began_data_at, delivery.next_attempt_at = DeliveryStatus.PENDING, None, now


def resolve_uncertain(delivery: Delivery, *, arrived: bool, by: User | None, reason: str) -> bool:
    """A person decides what nobody else can: it arrived, or it goes again. Effects: the row, one Entry.

    Returns whether it was still uncertain.
    """
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update()
            .filter(pk=delivery.pk, status=DeliveryStatus.UNCERTAIN)
            .first()
        )
        if row is None:
            return False
        row.status = DeliveryStatus.SENT if arrived else DeliveryStatus.PENDING
        row.sent_at = row.began_data_at if arrived else None
        row.next_attempt_at, row.began_data_at = engine_now(), row.began_data_at if arrived else None
        row.save()
        record("delivery-decided", by=by, case=row.message.case, district=row.district, reason=reason,
               recipient=row.recipient_ref, arrived=arrived)  # fmt: skip
    return True
