"""Read a Postfix log: which of our messages the relay took, delivered, sent back or put off.

Only Message-IDs, states and codes are kept; the addresses in the log are passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from errno import ESTALE
from glob import escape
from itertools import count, takewhile
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

AT = r"^(?P<at>\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) "
ANY_LINE = re.compile(AT)
LINE = re.compile(
    rf"{AT}\S+ "
    r"postfix\S*/(?P<part>\w+)\[\d+\]: (?P<queue_id>[0-9A-Za-z]{6,20}): (?P<rest>.*)$"
)
STATE = re.compile(r"dsn=(?P<code>[\d.]+), status=(?P<state>\w+)")


def read_relay_log(path: Path, *, zone: ZoneInfo | None = None) -> int:
    """Read on from where the last reading ended; the file must be the relay's live log.

    `zone` is the zone of lines without one (old syslog form), else UTC. Rotated files are finished first when
    they lie beside it unpacked, as `….1` or `…-20261121`. When the last reading ended in none of them (it is
    the first, or lines were packed or taken away), the newest of them is read for what it says, but silence
    counts only from the live file's first line on. Effects: events, the row of this log. Returns how many
    events were new. Raises OSError.
    """
    now, new = engine_now(), 0
    with path.open("rb"):  # a file that is not there gets no row
        log, _ = RelayLog.objects.get_or_create(source=str(path.resolve()))
    unread = files_since(path, log)
    if unread:
        new += read_on(unread.pop(0), log, zone)
    else:
        unread, log.begins_with, log.read_from = [path], "", None
        for run in rotated(path):
            log.position = 0
            new += read_on(run[0], log, zone) if run else 0
    for file in unread:
        if head := known_as(start_of(file)):  # one that has nothing yet could not be known again
            log.position, log.begins_with = 0, head
            new += read_on(file, log, zone)
    log.read_until = now
    log.save()
    return new


def files_since(path: Path, log: RelayLog) -> list[Path]:
    """The file in which the last reading ended, and those begun since, oldest first; none when it is gone."""
    for run in rotated(path):
        for place, file in enumerate(files := [path, *run]):
            if is_same(start_of(file), log):
                return files[place::-1]
    return []


def rotated(path: Path) -> tuple[list[Path], list[Path]]:
    """What this log was before, newest first, by number and by date, as far back as nothing is packed."""
    numbered = (path.with_name(f"{path.name}.{n}") for n in count(1))
    dated = sorted(path.parent.glob(f"{escape(path.name)}-[0-9]*"), reverse=True)
    plain = re.compile(re.escape(path.name) + r"[\d-]+")
    return [*takewhile(Path.exists, numbered)], [*takewhile(lambda file: plain.fullmatch(file.name), dated)]


def start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def known_as(start: bytes) -> str:
    """`length:digest` of the start of a file; a file that is still short is known by what it has."""
    return f"{len(start)}:{hashlib.sha256(start).hexdigest()[:40]}" if start else ""


def is_same(start: bytes, log: RelayLog) -> bool:
    """Whether the file that starts like this is the one that was read last."""
    length = int(log.begins_with.partition(":")[0] or 0)
    return bool(length) and known_as(start[:length]) == log.begins_with


def read_on(path: Path, log: RelayLog, zone: ZoneInfo | None) -> int:
    new = 0
    with path.open("rb") as file:
        if log.begins_with:
            start = file.read(HEAD)
            if not is_same(start, log):
                raise OSError(ESTALE, "it was rotated just now")
            log.begins_with = known_as(start)
        file.seek(log.position)
        while batch := whole_lines(file.readlines(AT_ONCE * 200)):
            if log.begins_with and log.read_from is None:
                log.read_from = time_of_first(batch, zone)
            with transaction.atomic():
                new += take_events(events_in(batch, log.queue, log.position, path.name, zone))
                log.position += sum(len(line) for line in batch)
                log.save()
            file.seek(log.position)
    return new


def time_of_first(lines: Iterable[bytes], zone: ZoneInfo | None) -> datetime | None:
    """That of the first line that names one."""
    found = (ANY_LINE.match(raw.decode(errors="replace")) for raw in lines)
    return next((instant(each["at"], zone) for each in found if each), None)


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
