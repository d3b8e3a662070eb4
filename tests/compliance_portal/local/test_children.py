"""Children end when their parent does, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compliance_portal.local.children import DidNotStart, open_child, stop_child, wait_ready
from tests.servers import wait_for

PARENT = """
import signal, sys
from pathlib import Path
from compliance_portal.local.children import open_child
child = open_child(["sleep", "600"], log=Path(sys.argv[1]), last_signal=signal.SIGTERM)
print(child.pid, flush=True)
signal.pause()
"""


def alive(pid: int) -> bool:
    """Whether a process runs under this number (a zombie waits for its parent and runs no more)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "log"], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(child), what="the child to end")


def test_it_kills_a_child_that_will_not_stop_and_what_the_child_started(tmp_path):
    log = tmp_path / "log"
    child = open_child(["sh", "-c", "trap '' TERM; sleep 600 & echo $! $$; wait"], log=log)
    wait_for(lambda: log.read_text().strip(), what="the child's children")
    grandchild = int(log.read_text().split()[0])
    stop_child(child, first=signal.SIGTERM, seconds=0.2)
    assert child.returncode == -signal.SIGKILL
    wait_for(lambda: not alive(grandchild), what="the grandchild to end")


def test_it_shows_the_end_of_the_log_of_a_child_that_ended_at_once(tmp_path):
    log = tmp_path / "log"
    child = open_child(["sh", "-c", "echo the disk is full; exit 3"], log=log)
    with pytest.raises(DidNotStart, match="the disk is full"):
        wait_ready(child, lambda: False, name="It", log=log)


def test_a_child_that_is_never_ready_is_ended(tmp_path):
    log = tmp_path / "log"
    child = open_child(["sleep", "600"], log=log)
    with pytest.raises(DidNotStart, match="was not ready"):
        wait_ready(child, lambda: False, name="It", log=log, seconds=0.1)
    assert child.returncode is not None


def test_a_log_is_readable_by_its_owner_only(tmp_path):
    log = tmp_path / "log"
    stop_child(open_child(["true"], log=log), first=signal.SIGTERM, seconds=5)
    assert os.stat(log).st_mode & 0o777 == 0o600
