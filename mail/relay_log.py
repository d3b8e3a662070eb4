"""Read a Postfix log: which of our messages the relay took, delivered, sent back or put off.

Only Message-IDs, states and codes are kept; the addresses in the log are passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from ledger.clock import engine_now
from mail.events import Event, take_events
from mail.models import RelayLog

SOURCE = "relay-log"
HEAD = 512  # bytes by which a file is known again after it was rotated
AT_ONCE = 2000
STATES = {"sent": "delivered", "bounced": "bounced", "expired": "bounced", "deferred": "deferred"}

LINE = re.compile(
    r"^(?P<at>\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ "
    r"postfix\S*/(?P<part>\w+)\[\d+\]: (?P<queue_id>[0-9A-Za-z]{6,20}): (?P<rest>.*)$"
)
STATE = re.compile(r"dsn=(?P<code>[\d.]+), status=(?P<state>\w+)")


def read_relay_log(path: Path, *, zone: ZoneInfo | None = None) -> int:
    """Read on from where the last reading ended; the file must be the relay's live log.

    `zone` is the zone of lines without one (old syslog form), else UTC. A rotated file is finished first
    when it lies beside it as `….1`. Effects: events, the row of this log. Returns how many events were new.
    """
    now = engine_now()
    log, _ = RelayLog.objects.get_or_create(source=str(path.resolve()), defaults={"read_until": now})
    new, head = 0, head_of(path)
    rotated = path.with_name(f"{path.name}.1")
    if log.begins_with and not same_start(path, log):
        if rotated.exists() and same_start(rotated, log):
            new += read_from(rotated, log, zone)
        log.position = 0
    log.begins_with = head
    new += read_from(path, log, zone)
    log.read_until = now
    log.save()
    return new


def head_of(path: Path) -> str:
    """`length:digest` of the start of a file; a file that is still short is known by what it has."""
    with path.open("rb") as file:
        start = file.read(HEAD)
    return f"{len(start)}:{hashlib.sha256(start).hexdigest()[:40]}"


def same_start(path: Path, log: RelayLog) -> bool:
    length, _, digest = log.begins_with.partition(":")
    with path.open("rb") as file:
        start = file.read(int(length))
    return len(start) == int(length) and hashlib.sha256(start).hexdigest()[:40] == digest


def read_from(path: Path, log: RelayLog, zone: ZoneInfo | None) -> int:
    new = 0
    with path.open("rb") as file:
        file.seek(log.position)
        while batch := whole_lines(file.readlines(AT_ONCE * 200)):
            with transaction.atomic():
                new += take_events(events_in(batch, log.queue, log.position, path.name, zone))
                log.position += sum(len(line) for line in batch)
                log.save()
            file.seek(log.position)
    return new


def whole_lines(lines: list[bytes]) -> list[bytes]:
    """Without a last line that is still being written."""
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def events_in(
    lines: list[bytes], queue: dict[str, str], start: int, name: str, zone: ZoneInfo | None
) -> Iterator[Event]:
    """The events of these lines. `queue` keeps which queue id carries which Message-ID, between readings.

    cleanup names the Message-ID; the queue manager's `queue active` is the relay's word that it has it.
    """
    place = start
    for raw in lines:
        place += len(raw)
        found = LINE.match(raw.decode(errors="replace").rstrip("\n"))
        if found is None:
            continue
        queue_id, rest = found["queue_id"], found["rest"]
        if found["part"] == "cleanup" and rest.startswith("message-id="):
            queue[queue_id] = rest.removeprefix("message-id=").strip()[:120]
            continue
        header, at, code = queue.get(queue_id), instant(found["at"], zone), ""
        if header is None:
            continue
        if found["part"] == "qmgr" and "(queue active)" in rest:
            yield Event(header, "accepted", at, SOURCE, f"{queue_id}/accepted/{header}")
        elif found["part"] == "qmgr" and rest.startswith("removed"):
            del queue[queue_id]
        elif state := STATE.search(rest):
            kind, code = STATES.get(state["state"], ""), state["code"]
            if kind:
                yield Event(header, kind, at, SOURCE, f"{queue_id}/{kind}/{name}/{place}", code)


def instant(text: str, zone: ZoneInfo | None) -> datetime:
    """The line's time. The old form has no year: the latest one that is not in the future."""
    if text[4:5] == "-":
        return datetime.fromisoformat(text).astimezone(UTC)
    now = engine_now()
    for year in (now.year, now.year - 1):
        parsed = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone or UTC)
        if parsed.timestamp() <= now.timestamp() + 86_400:
            break
    return parsed.astimezone(UTC)
