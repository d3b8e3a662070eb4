"""Child processes that end when this one does, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_BYTES = 10 * 1024 * 1024


class DidNotStart(Exception):
    """A child ended, or was not ready in time; the message is for the person at the terminal."""


def die_with_parent(last_signal: signal.Signals) -> None:
    """Asks the kernel to send this process `last_signal` the moment its parent is gone, even by kill -9."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(last_signal))


def open_child(
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    last_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own (a terminal's Ctrl-C is ours to pass on), output to `log`."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    parent = os.getpid()

    def before_exec() -> None:
        die_with_parent(last_signal)
        if os.getppid() != parent:  # the parent went between fork and prctl
            os._exit(1)

    # The child only calls prctl and getppid between fork and exec, which is safe beside our few threads.
    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        return subprocess.Popen(  # noqa: S603  (our own programs, an argument list, no shell)
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environ) if environ is not None else None,
            start_new_session=True,
            preexec_fn=before_exec,
        )


def wait_ready(
    child: subprocess.Popen[bytes], ready: Callable[[], bool], *, name: str, log: Path, seconds: float = 180
) -> None:
    """Returns when `ready()`; otherwise ends the child and raises DidNotStart with the end of its log."""
    limit = time.monotonic() + seconds
    try:
        while not ready():
            if child.poll() is not None:
                raise DidNotStart(f"{name} ended at once. The end of {log}:\n{_tail(log)}")
            if time.monotonic() > limit:
                raise DidNotStart(f"{name} was not ready in {seconds:.0f} s. The end of {log}:\n{_tail(log)}")
            time.sleep(0.05)
    except BaseException:
        stop_child(child, first=signal.SIGTERM, seconds=0.5)
        raise


def stop_child(child: subprocess.Popen[bytes], *, first: signal.Signals, seconds: float) -> None:
    """Asks with `first`, waits `seconds`, then kills the child and all that is left of its session."""
    stop_children([(child, first)], seconds=seconds)


def stop_children(
    children: Sequence[tuple[subprocess.Popen[bytes], signal.Signals]], *, seconds: float
) -> None:
    """Asks all at once, each with its own signal; after `seconds` in all kills whatever is left."""
    alive = [(child, first) for child, first in children if child.returncode is None]
    for child, first in alive:
        with suppress(ProcessLookupError):
            os.kill(child.pid, first)
    limit = time.monotonic() + seconds
    while not all(_has_ended(child.pid) for child, _ in alive) and time.monotonic() < limit:
        time.sleep(0.02)
    for child, _ in alive:
        # Before it is reaped, so that the number is still the child's.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _tail(log: Path, lines: int = 20) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
