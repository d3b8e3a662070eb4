"""Messages for the tests of the outbox."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.clock import engine_now
from mail import events, outbox
from mail.models import Message, RelayLog

FAR_BACK = datetime(2000, 1, 1, tzinfo=UTC)  # the first line of a relay's log that was kept for ever
TEXTS = [
    outbox.Text(
        "en", "A new agreement", "We made an agreement with MathPath.", "<p>We made an agreement.</p>"
    ),
    outbox.Text("es", "Un nuevo acuerdo", "Hicimos un acuerdo con MathPath."),
]


def family(
    n: int, *, local: str = "family", language: str = "en", postal: str = "1 Elm St\nElm, CT"
) -> outbox.Recipient:
    return outbox.Recipient(f"guardian:{n}", f"Family {n}", f"{local}{n}@homes.example", language, postal)


def notice(district, recipients, *, is_legal: bool = True, **more) -> Message:
    return outbox.send(
        kind="contract-notice", district=district, texts=TEXTS, recipients=recipients, by=None,
        is_legal=is_legal, **more,
    )  # fmt: skip


def ingest(relay, *, read_until: datetime | None = None) -> None:
    """Read the relay's own log, to its end."""
    now = engine_now()
    events.take_events(
        events.Event(line["message_id"], "accepted", now, "relay-log", line["file"])
        for line in relay.accepted
    )
    RelayLog.objects.update_or_create(
        source="relay", defaults={"read_from": FAR_BACK, "read_until": read_until or now}
    )
