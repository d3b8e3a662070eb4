"""What a packet says about messages: how many, where they stand, and those that did not arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ledger.models import Case
from ledger.packets import Section, packet_section
from mail.models import Delivery, DeliveryStatus, Message
from mail.outbox import Text, digest_of

MOST_ROWS = 500
ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
"""Relays repeat the address that they refuse; a packet shows recipients by their refs alone."""


@packet_section(order=40)
def messages_section(case: Case) -> Iterable[Section]:
    for message in Message.objects.filter(case=case).order_by("pk"):
        yield tell_of(message)


def tell_of(message: Message) -> Section:
    zone = message.district.tz if message.district else None
    counts, names = message.deliveries.counted(), dict(DeliveryStatus.choices)
    texts = [Text(t.language, t.subject, t.plain, t.html) for t in message.texts.order_by("pk")]
    stand = ", ".join(f"{names[status]}: {count:,}" for status, count in sorted(counts.items()))
    paragraphs = [
        f"Made on {message.made_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}. {stand}.",
        f"Words in {', '.join(text.language for text in texts)}; SHA-256 {digest_of(texts)}.",
    ]
    again = message.deliveries.tried_again().count()
    if again:
        paragraphs.append(f"{again:,} were tried more than once, always under their one Message-ID.")
    shown, left_out = singled_out(message)
    if left_out:
        paragraphs.append(
            f"The first {len(shown):,} of {len(shown) + left_out:,} that failed or are letters."
        )
    rows = [row_of(delivery, zone) for delivery in shown]
    columns = ("Recipient", "By", "State", "Since", "Answer of the relay") if rows else ()
    return Section(f"Message {message.kind} ({message.pk})", paragraphs, columns, rows)


def singled_out(message: Message) -> tuple[list[Delivery], int]:
    """All of a small message; of a large one those that failed, and the letters; and how many do not fit."""
    rows = message.deliveries.order_by("recipient_ref", "channel")
    if rows.count() <= MOST_ROWS:
        return list(rows), 0
    wanted = rows.failed() | rows.letters()
    return list(wanted[:MOST_ROWS]), max(wanted.count() - MOST_ROWS, 0)


def row_of(delivery: Delivery, zone: object) -> tuple[object, ...]:
    since = delivery.bounced_at or delivery.sent_at
    state = "Came back" if delivery.bounced_at else delivery.get_status_display()
    shown = since.astimezone(zone) if since else ""  # type: ignore[arg-type]
    answer = ADDRESS.sub("(address)", f"{delivery.last_code} {delivery.last_answer}".strip())
    return delivery.recipient_ref, delivery.get_channel_display(), state, shown, answer
