"""Real PostgreSQL, Valkey, Celery, SMTP and Chromium for the tests, each started when first needed.

`db` and `django_db` work as in pytest-django; rows are made and read as role `portal`. Further fixtures:
`travel` (time), `broker` (Valkey), `worker` (Celery), `relay` (SMTP), `browser` and `new_page` (Chromium).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase, testcases

from compliance_portal.local.children import open_child, stop_child, wait_ready
from compliance_portal.local.valkey import Valkey
from tests import servers
from tests.servers import Database, Postgres, portal_environ, start_valkey, wait_for, write_facts

CHROMIUM_LINE = "apt-get install -y chromium fonts-dejavu-core"

postgres = Postgres(settings.TESTS_FOLDER)


# --- the run -----------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Before its workers start, the run starts the one server that they share."""
    postgres.start()


def pytest_unconfigure() -> None:
    postgres.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that asks for Chromium is a browser test; BROWSER=0, and nothing else, leaves those out."""
    for test in items:
        if "browser" in getattr(test, "fixturenames", ()):
            test.add_marker("browser")
    if os.environ.get("BROWSER") == "0":
        left_out = [test for test in items if test.get_closest_marker("browser")]
        items[:] = [test for test in items if not test.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)


# --- the database ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """This worker's database, with what `migrate` leaves in it."""
    if not postgres.running:
        postgres.start()
    database = Database(postgres.cluster, settings.DATABASES["default"]["NAME"])
    yield database
    connections.close_all()
    database.superuser.close()


@pytest.fixture(scope="session")
def django_db_setup(
    database: Database, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Instead of pytest-django's own, which would create the database as the role that runs the portal."""

    def clean(case: TransactionTestCase) -> None:
        for connection in connections.all(initialized_only=True):
            connection.close()
        database.clean()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clean)
        yield


@pytest.fixture
def travel(database: Database) -> Iterator[Callable[[timedelta | datetime], None]]:
    """Moves engine_now(), for this test, its web server and its workers: by a timedelta, or to an instant."""

    def move(to: timedelta | datetime) -> None:
        if isinstance(to, datetime):
            to = to - database.now()
        database.travel(to.total_seconds())

    yield move
    database.come_back()


# --- processes ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Valkey]:
    valkey, child = start_valkey(settings.TESTS_VAR)
    yield valkey
    stop_child(child, first=signal.SIGTERM, seconds=2)


@pytest.fixture
def broker(_valkey: Valkey) -> Valkey:
    """An empty Valkey, where `task.delay()` arrives."""
    import redis

    with redis.Redis(unix_socket_path=str(_valkey.socket)) as client:
        client.flushall()
    return _valkey


@dataclass
class Worker:
    """A Celery worker in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As the kernel does when memory runs out: the worker and its children, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        stop_child(self.process, first=signal.SIGQUIT, seconds=5)


@pytest.fixture
def worker(
    broker: Valkey, database: Database, transactional_db: None, relay_url: str, tmp_path: Path
) -> Iterator[Callable[..., Worker]]:
    """Starts real workers against the test's database: `worker(concurrency=2, beat=False, NAME="value")`."""
    started: list[Worker] = []

    def start(*, concurrency: int = 1, beat: bool = False, **environ: str) -> Worker:
        name = f"worker{len(started)}"
        log = tmp_path / f"{name}.log"
        var = tmp_path / "var"
        write_facts(var, database.cluster, database.name, redis_url=broker.url)
        options = ["-c", str(concurrency), "-n", f"{name}@test", "--loglevel", "INFO", "--without-mingle"]
        options += ["-B", "-s", str(tmp_path / f"{name}.beat")] if beat else []
        child = open_child(
            [sys.executable, "-m", "celery", "-A", "compliance_portal", "worker", *options],
            log=log,
            environ=portal_environ(
                var,
                **{"EMAIL_URL": relay_url, "STORAGE_URL": f"file://{settings.TESTS_VAR}/files", **environ},
            ),
            last_signal=signal.SIGKILL,
        )
        started.append(Worker(child, log))
        wait_ready(child, lambda: " ready." in log.read_text(), name="Celery", log=log)
        return started[-1]

    yield start
    for each in started:
        each.stop()


@dataclass
class Relay:
    """The relay of tests/sink.py and what it has accepted."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def accepted(self) -> list[dict[str, Any]]:
        log = self.folder / "accepted.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def close(self, answer: str = "") -> None:
        (self.folder / "down").write_text(answer)

    def open(self) -> None:
        (self.folder / "down").unlink(missing_ok=True)

    def forget(self) -> None:
        self.open()
        (self.folder / "accepted.jsonl").write_text("")


@pytest.fixture(scope="session")
def _relay() -> Iterator[Relay]:
    folder = settings.TESTS_VAR / "relay"
    folder.mkdir()
    child = open_child(
        [sys.executable, "-m", "tests.sink", folder], log=folder / "log", environ=portal_environ(folder)
    )
    wait_ready(child, (folder / "port").exists, name="The relay", log=folder / "log")
    yield Relay(folder, int((folder / "port").read_text()))
    stop_child(child, first=signal.SIGTERM, seconds=2)


@pytest.fixture
def relay(_relay: Relay, settings: Any) -> Relay:
    """A real SMTP relay; the settings of the test lead to it, and so do its workers."""
    _relay.forget()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _relay.port
    return _relay


@pytest.fixture
def relay_url(_relay: Relay) -> str:
    _relay.forget()
    return _relay.url


# --- the browser -------------------------------------------------------------------------------------

# No stored file has an address (MEDIA_URL is None), so the test's web server has none to look for.
testcases._MediaFilesHandler._should_handle = lambda _handler, _path: False


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium under Playwright. Its absence fails the test; BROWSER=0 leaves such tests out."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.fail(
            f"Chromium is absent. Install it: {CHROMIUM_LINE}. Or leave it out: BROWSER=0", pytrace=False
        )
    quiet = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=[*quiet, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        )
        yield chromium
        chromium.close()


@dataclass
class Complaints:
    """What the browser said unasked; anything left at the end fails the test."""

    said: list[str] = field(default_factory=list)

    def expect(self, part: str) -> None:
        """Takes one complaint that the test brought about on purpose, such as a page that is not there."""
        for complaint in self.said:
            if part in complaint:
                self.said.remove(complaint)
                return
        raise AssertionError(f"The browser did not say {part!r}, but {self.said}.")


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def new_page(browser: Any, live_server: Any, complaints: Complaints) -> Iterator[Callable[..., Any]]:
    """Opens pages on the live server: `new_page(width=390, scripts=False, locale="es-US")`.

    An error of a page, a refusal of its content security policy or any console message fails the test.
    """
    contexts = []

    def open_page(
        *, width: int = 1280, height: int = 900, scripts: bool = True, locale: str = "en-US"
    ) -> Any:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale=locale,
            timezone_id="America/New_York",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.said.append(f"error: {error}"))
        page.on("console", lambda message: complaints.said.append(f"{message.type}: {message.text}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.said == []


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One page, 1280 px wide."""
    return new_page()


__all__ = ["servers", "wait_for"]
