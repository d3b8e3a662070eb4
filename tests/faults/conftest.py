"""Births, deaths and the table of `make faults`."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mail.models import Delivery
from tests.conftest import Relay
from tests.mail.letters_out import family, ingest, notice
from tests.servers import Database, portal_environ, write_facts

TABLE: list[dict[str, Any]] = []
COLUMNS = ("fault", "kills", "events", "messages", "lost", "twice, log", "twice, no log", "recovered in")


class Nursery:
    """The process of tests/faults/nursery.py and its living children."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("ab"), env=environ,
        )  # fmt: skip
        self.log, self.buffer, self.ended = log, b"", dict[int, int]()
        self.living: set[int] = set()
        self.kills = 0
        self._answer("ready", seconds=60)

    def bear(self, call: str, *, die_at: int | None = None, **arguments: Any) -> int:
        command = json.dumps({"call": call, "with": arguments, "die_at": die_at})
        assert self.process.stdin is not None
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        pid = self._answer("pid", seconds=10)
        self.living.add(pid)
        return pid

    def kill(self, pid: int, how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(pid, how)
        if how == signal.SIGKILL:
            self.kills += 1
            self.living.discard(pid)

    def kill_one(self) -> None:
        self.kill(random.choice(sorted(self.living)))

    def wait(self, pid: int, *, seconds: float = 60) -> int:
        """The status with which the child ended: 0, or the signal that killed it."""
        limit = time.monotonic() + seconds
        while pid not in self.ended:
            self._read(limit - time.monotonic())
        self.living.discard(pid)
        return self.ended.pop(pid)

    def run(self, call: str, **arguments: Any) -> int:
        return self.wait(self.bear(call, **arguments))

    def end_all(self) -> None:
        for pid in sorted(self.living):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.living.clear()

    def close(self) -> None:
        self.end_all()
        self.process.kill()
        self.process.wait()

    def _answer(self, name: str, *, seconds: float) -> int:
        limit = time.monotonic() + seconds
        while True:
            for words in self._read(limit - time.monotonic()):
                if name in words:
                    return words[name]

    def _read(self, seconds: float) -> list[dict[str, int]]:
        assert self.process.stdout is not None
        assert seconds > 0, f"the nursery is silent: {self.log.read_text()[-2000:]}"
        if not select.select([self.process.stdout], [], [], min(seconds, 1))[0]:
            return []
        self.buffer += os.read(self.process.stdout.fileno(), 65536)
        *lines, self.buffer = self.buffer.split(b"\n")
        said = [json.loads(line) for line in lines]
        self.ended.update({words["ended"]: words["status"] for words in said if "ended" in words})
        return said


@pytest.fixture(scope="session")
def _nursery(
    database: Database, _relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nursery]:
    folder = tmp_path_factory.mktemp("nursery")
    write_facts(folder / "var", database.cluster, database.name)
    environ = portal_environ(folder / "var", EMAIL_URL=_relay.url)
    made = Nursery(environ, folder / "nursery.log")
    yield made
    made.close()


@pytest.fixture
def nursery(_nursery: Nursery, transactional_db: None, relay: Relay) -> Iterator[Nursery]:
    """No child is alive before or after the test; `kills` counts its own."""
    _nursery.kills = 0
    yield _nursery
    _nursery.end_all()


@dataclass
class Tally:
    """One line of the table. Lost: not accepted by the relay; twice: accepted more than once."""

    fault: str
    kills: int = 0
    events: int | str = ""
    messages: int | str = ""
    lost: int | str = ""
    twice_with_log: int | str = ""
    twice_without_log: int | str = ""
    recovered: str = ""


@pytest.fixture
def tally() -> Callable[..., None]:
    def note(fault: str, **columns: Any) -> None:
        TABLE.append(vars(Tally(fault, **columns)))

    return note


def accepted_counts(relay: Relay) -> Counter[str]:
    return Counter(line["message_id"] for line in relay.accepted)


def lost_and_twice(relay: Relay) -> tuple[int, int]:
    """Messages that the relay never had, and acceptances beyond the first."""
    counts = accepted_counts(relay)
    headers = set(Delivery.objects.emails().exclude(last_code="address").values_list("header_id", flat=True))
    return len(headers - set(counts)), sum(counts.values()) - len(counts)


def kill_senders(
    nursery: Nursery, relay: Relay, districts: list[Any], *, kills: int, workers: int = 3,
    with_log: bool = True, seed: int = 1, pause: tuple[float, float] = (0.02, 0.15), **waits: float,
) -> float:  # fmt: skip
    """Keep senders busy and kill one at a time, so many times; then let them finish. Seconds of recovery."""
    random.seed(seed)
    serial, already = 0, nursery.kills
    for _ in range(workers):
        nursery.bear("turns", **waits)
    while nursery.kills - already < kills:
        if Delivery.objects.filter(status="pending").count() < 60:
            for district in districts:
                serial += 1
                notice(district, [family(serial * 1000 + n) for n in range(100)])
        time.sleep(random.uniform(*pause))
        nursery.kill_one()
        nursery.bear("turns", **waits)
        if with_log and (nursery.kills - already) % 25 == 0:
            ingest(relay)
    began, limit = time.monotonic(), time.monotonic() + 180
    while Delivery.objects.exclude(status="sent").exists():
        assert time.monotonic() < limit, Delivery.objects.counted()
        if with_log:
            ingest(relay)
        time.sleep(0.2)
    return time.monotonic() - began


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The one table, widest column first."""
    if not TABLE:
        return
    rows = [COLUMNS] + [
        tuple(str(row[name]) for name in ("fault", "kills", "events", "messages", "lost",
                                          "twice_with_log", "twice_without_log", "recovered"))
        for row in sorted(TABLE, key=lambda row: row["fault"])
    ]  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))]
    terminalreporter.write_line("")
    for place, row in enumerate(rows):
        terminalreporter.write_line(
            "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        )
        if not place:
            terminalreporter.write_line("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    terminalreporter.write_line(f"kill -9 in all: {sum(row['kills'] for row in TABLE)}")
