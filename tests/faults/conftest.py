"""Births, deaths, and what `make faults` writes down of them."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from compliance_portal.local.postgres import Cluster
from ledger.clock import engine_now
from mail import events
from mail.models import Delivery, RelayLog
from tests.conftest import Relay
from tests.faults.servers import OwnPostgres
from tests.faults.table import Tally, as_markdown, broken_promises, kills_of, write_between_marks
from tests.mail.letters_out import FAR_BACK, family, notice
from tests.servers import TEMPLATE, Database, migrated_template, portal_environ, write_facts

LINES: dict[str, list[Tally]] = {}
"""The lines of each test, by its name."""

CACHE = "faults/lines"


class Nursery:
    """The process of tests/faults/nursery.py and its living children."""

    def __init__(self, environ: dict[str, str], log: Path, *, files: Path | None = None) -> None:
        self.files = files
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

    def run(self, call: str, *, patience: float = 120, **arguments: Any) -> int:
        return self.wait(self.bear(call, **arguments), seconds=patience)

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
    files = folder / "files"
    environ = portal_environ(folder / "var", EMAIL_URL=_relay.url, STORAGE_URL=f"file://{files}")
    made = Nursery(environ, folder / "nursery.log", files=files)
    yield made
    made.close()


@pytest.fixture
def nursery(_nursery: Nursery, transactional_db: None, relay: Relay) -> Iterator[Nursery]:
    """No child is alive before or after the test; `kills` counts its own."""
    _nursery.kills = 0
    yield _nursery
    _nursery.end_all()


@pytest.fixture
def elsewhere(relay: Relay) -> Iterator[tuple[OwnPostgres, Nursery]]:
    """A durable server of the test's own, and a nursery whose children work in it."""
    folder = Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
    with migrated_template() as template:
        subprocess.run(["cp", "-a", "--reflink=auto", template, folder / "postgres"], check=True)
    (folder / "s").mkdir(mode=0o700)
    server = OwnPostgres(Cluster(folder / "postgres", folder / "s", folder / "postgres.log"))
    write_facts(folder / "var", server.cluster, TEMPLATE)
    nursery = Nursery(portal_environ(folder / "var", EMAIL_URL=relay.url), folder / "nursery.log")
    yield server, nursery
    nursery.close()
    if server.child.poll() is None:
        server.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Adds one line to the table: `tally("F01 senders killed", kills=10, lost=0)`."""

    def note(fault: str, **columns: Any) -> None:
        LINES.setdefault(request.node.nodeid, []).append(Tally(fault, **columns))

    return note


class Stopwatch:
    """Milliseconds since it was made, for the table; nothing is asserted about them."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def ms(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


class LogReader:
    """Gives the portal the relay's log, each time from where the last reading ended."""

    def __init__(self, relay: Relay) -> None:
        self.log, self.place = relay.folder / "accepted.jsonl", 0

    def read(self) -> None:
        now = engine_now()
        with self.log.open("rb") as file:
            file.seek(self.place)
            whole = file.read().rpartition(b"\n")[0]
        self.place += len(whole) + 1 if whole else 0
        said = [json.loads(line) for line in whole.splitlines()]
        events.take_events(
            events.Event(line["message_id"], "accepted", now, "relay-log", line["file"]) for line in said
        )
        RelayLog.objects.update_or_create(source="relay", defaults={"read_from": FAR_BACK, "read_until": now})


def wait_until_idle(relay: Relay) -> None:
    """Return when the relay, which does one thing after another, has dealt with all it was given before."""
    with smtplib.SMTP("127.0.0.1", relay.port, timeout=60) as line:
        for _ in range(3):
            line.noop()


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
) -> int:  # fmt: skip
    """Keep senders busy and kill one at a time, so many times; then let them finish.

    Returns the milliseconds from the last death until everything had left.
    """
    random.seed(seed)
    serial, already, log = seed * 1_000_000, nursery.kills, LogReader(relay)
    for _ in range(workers):
        nursery.bear("turns", **waits)
    while nursery.kills - already < kills:
        if Delivery.objects.filter(status="pending").count() < 60:
            for district in districts:
                serial += 1000
                notice(district, [family(serial + n) for n in range(100)])
        time.sleep(random.uniform(*pause))
        nursery.kill_one()
        nursery.bear("turns", **waits)
        if with_log and (nursery.kills - already) % 25 == 0:
            log.read()
    recovery, limit = Stopwatch(), time.monotonic() + 180
    while Delivery.objects.exclude(status="sent").exists():
        assert time.monotonic() < limit, Delivery.objects.counted()
        if with_log:
            log.read()
        time.sleep(0.2)
    return recovery.ms


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults-table", type=Path, help="judge the table as a whole, and write it here")
    parser.addoption("--faults-resume", action="store_true", help="go on where a run broke off or failed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Taken up again, a run leaves out what has passed in it before, and keeps its lines."""
    if config.cache is None or not config.getoption("--faults-resume", False):
        return
    for name, kept in config.cache.get(CACHE, {}).items():
        LINES[name] = [Tally(**row) for row in kept]
    config.hook.pytest_deselected(items=[test for test in items if test.nodeid in LINES])
    items[:] = [test for test in items if test.nodeid not in LINES]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed leaves no line in the table."""
    report = yield
    if report.failed:
        LINES.pop(item.nodeid, None)
    elif report.when == "teardown" and item.config.cache is not None:
        kept = {name: [asdict(row) for row in rows] for name, rows in LINES.items()}
        item.config.cache.set(CACHE, kept)
    return report


def table() -> list[Tally]:
    return [row for rows in LINES.values() for row in rows]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run that broke a promise of the table fails, even when each of its tests passed."""
    asked = session.config.getoption("--faults-table", None)
    if asked and session.exitstatus == 0 and broken_promises(table()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """The one table; a whole run without a failure also writes it into the document."""
    rows, asked = table(), config.getoption("--faults-table", None)
    if not rows:
        return
    shown, broken = as_markdown(rows), broken_promises(rows) if asked else []
    terminalreporter.write_line(f"\n{shown}\n\nkill -9 in all: {kills_of(rows)}")
    for promise in broken:
        terminalreporter.write_line(f"BROKEN: {promise}", red=True)
    if asked and exitstatus == 0 and not broken:
        write_between_marks(asked, shown)
