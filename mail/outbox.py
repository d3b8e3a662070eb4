"""The only way out: a Delivery is a row before it is a letter, and leaves once (architecture §6).

A worker claims up to fifty rows of a district in a short transaction (`claiming`), talks to the relay with
none open (`sending`), and commits for each message that it was taken and that the next begins (`marking`).
Every change of a Delivery's status is one guarded UPDATE: when it matches no row, somebody else was faster,
and nothing is done. What a dead worker left behind is decided by the relay's log (`reconciling`).

    pending -> sending -> sent | pending (later) | refused | uncertain -> sent | pending
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from ledger.clock import engine_now
from ledger.entries import record
from ledger.jobs import ring
from ledger.models import Case
from mail import valve
from mail.addresses import NOT_ONE, parse_address
from mail.letters import add_letters
from mail.models import Channel, DeliveryStatus, Message, MessageText
from mail.reconciling import sort_out_left_behind
from mail.sending import Desk
from parties.models import District, User, is_one_line

DRILL_SUBJECT = "DRILL: "
DRILL_LINE = "THIS IS A DRILL. Nobody's data is at risk."

LINES = 12  # to the relay, of one worker: most of a message's time is waiting for the relay or the disk
TURN_SECONDS = 60


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
        made = insert_deliveries(message, recipients, now, elsewhere=elsewhere)
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
        if not is_one_line(text.subject):
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
"""


def insert_deliveries(
    message: Message, recipients: Iterable[Recipient], now: datetime, *, elsewhere: bool
) -> int:
    """One statement for all recipients; of two rows of the same ref and channel the first is kept.

    They are kept apart here: asked to pass over the second, the database would look for each row before it
    writes it.
    """
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for recipient in recipients:
        row = as_row(recipient, elsewhere=elsewhere)
        rows.setdefault((row["ref"], row["channel"]), row)
    if not rows:
        return 0
    values = {
        "message": message.pk, "district": message.district_id, "host": settings.PORTAL_HOST, "now": now,
        "rows": json.dumps(list(rows.values())),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        return int(cursor.rowcount)


def as_row(recipient: Recipient, *, elsewhere: bool) -> dict[str, str]:
    row: dict[str, str] = {
        "ref": recipient.ref[:80], "name": recipient.name[:200].replace("\0", ""),
        "postal": recipient.postal_address.replace("\0", ""), "language": recipient.language,
        "channel": Channel.EMAIL, "code": "", "answer": "",
    }  # fmt: skip
    if not recipient.address.strip():
        return row | {
            "channel": Channel.LETTER, "address": row["postal"], "postal": "",
            "status": DeliveryStatus.TO_PRINT,
        }  # fmt: skip
    try:
        address = parse_address(recipient.address)
    except ValidationError:
        kept = recipient.address.replace("\0", "")[:400]
        return row | {
            "address": kept, "status": DeliveryStatus.REFUSED, "code": "address", "answer": NOT_ONE,
        }  # fmt: skip
    return row | {
        "address": address, "status": DeliveryStatus.EXPORTED if elsewhere else DeliveryStatus.PENDING
    }  # fmt: skip


# --- one pass ----------------------------------------------------------------------------------------


def turn(*, seconds: float = TURN_SECONDS, lines: int = 1, patient: bool = False) -> int:
    """One pass of the outbox: take up what was left behind, then send, district by district in turn.

    Run by Celery every few seconds, and by `manage.py sweep` each minute; any number at once. `lines` are
    open to the relay at once. `patient` waits for a route's bucket to fill again while seconds are left: cron
    alone then sends at the full rate. Returns how many messages were handed over. Does nothing while the
    valve is closed.
    """
    if not valve.is_open():
        return 0
    sort_out_left_behind()
    return Desk(lines=lines, seconds=seconds, patient=patient).run()
