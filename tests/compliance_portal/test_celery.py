"""Bells: a real worker hears them, and every one of them rings something."""

import pytest
import redis

from compliance_portal.celery import SCHEDULE, app
from tests.servers import wait_for


@pytest.fixture
def tasks():
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_bell_rings_a_task_that_exists(tasks):
    assert SCHEDULE
    assert {bell["task"] for bell in SCHEDULE.values()} <= set(tasks)


def test_every_task_that_asks_for_nothing_is_rung_by_somebody(tasks):
    """Such a task looks for its own work, so without a bell it would never run."""
    lonely = {name for name, task in tasks.items() if task.run.__code__.co_argcount == 0}
    assert lonely <= {bell["task"] for bell in SCHEDULE.values()}


def test_an_unheard_bell_is_forgotten_when_the_next_one_rings():
    assert all(bell["options"]["expires"] <= bell["schedule"] for bell in SCHEDULE.values())


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_a_bell_and_leaves_nothing_behind_when_it_is_killed(worker, broker):
    started = worker(concurrency=1)
    app.send_task("ledger.tasks.ring_waiting_jobs")
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        # A bell is taken out of `unacked` when its task has ended well, and not before.
        wait_for(
            lambda: not client.llen("celery") and not client.hlen("unacked"), what="the bell to be heard"
        )
    assert "ERROR" not in started.log.read_text()
    started.process.kill()
    started.process.wait()
    wait_for(lambda: not _alive(started.process.pid), what="the worker's children to end")


def _alive(session: int) -> list[str]:
    """The processes of the worker's session that still run."""
    from pathlib import Path

    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_session) == session and state != "Z":
            found.append(stat.parent.name)
    return found
