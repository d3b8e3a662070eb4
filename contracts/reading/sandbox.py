"""Untrusted files are parsed in a child process with limits on time, memory and files; never in the portal itself."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from .model import Unreadable

MEMORY = 3 * 1024**3
SECONDS = 900
BEAT = 30.0  # seconds after which a silent child is waited for again


def limit_child(memory: int, seconds: int) -> None:
    """No more than this memory and processor time, no core files, no network, and death with the parent."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024**2, 64 * 1024**2))
    os.nice(5)

    def no_network(*_: Any, **__: Any) -> Any:
        raise PermissionError("reading uses no network")

    socket.socket.connect = no_network  # type: ignore[method-assign]


def child(
    connection: Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    memory: int,
    seconds: int,
) -> None:
    limit_child(memory, seconds)

    def on_page(done: int, total: int) -> None:
        connection.send(("page", (done, total)))

    try:
        connection.send(("done", function(*arguments, on_page=on_page)))
    except Unreadable as refused:
        connection.send(("refused", (refused.code, refused.message)))
    except MemoryError:
        connection.send(
            ("refused", ("bomb", "Reading this file needs more memory than is allowed. It was not read."))
        )
    except Exception as error:  # noqa: BLE001 - whatever a hostile file breaks must come back as one clear sentence
        connection.send(("refused", ("unreadable", f"This file could not be read ({type(error).__name__}).")))
    finally:
        connection.close()


def run(
    function: Callable[..., Any], *arguments: Any, on_page: Callable[[int, int], None] | None = None,
    on_wait: Callable[[], None] | None = None, seconds: float = SECONDS, processor: int | None = None,
    memory: int = MEMORY, ready: str = "",
) -> Any:  # fmt: skip
    """`function(*arguments, on_page=...)` in a limited child; its result, or Unreadable in plain words.

    The child may be silent for `seconds`, and use as many of processor time where `processor` says no other
    number. `on_wait()` is called every half minute of silence. `ready` is a module that the process from which
    children are forked imports first, if it does not run yet.
    """
    context = multiprocessing.get_context("forkserver")
    if ready:
        context.set_forkserver_preload(["__main__", ready])
    ours, theirs = context.Pipe(duplex=False)
    limits = (memory, processor or int(seconds))
    process = context.Process(target=child, args=(theirs, function, arguments, *limits), daemon=False)
    process.start()
    theirs.close()
    try:
        while True:
            wait_for_word(ours, seconds, on_wait)
            try:
                kind, value = ours.recv()
            except EOFError:
                raise died(process) from None
            if kind == "page" and on_page is not None:
                on_page(*value)
            elif kind == "done":
                return value
            elif kind == "refused":
                raise Unreadable(*value)
    finally:
        ours.close()
        with contextlib.suppress(ProcessLookupError):
            if process.is_alive():
                process.join(0.5)
            if process.is_alive():
                process.kill()
        process.join(5)


def wait_for_word(ours: Connection, seconds: float, on_wait: Callable[[], None] | None) -> None:
    silent = 0.0
    while not ours.poll(min(BEAT, seconds - silent)):
        silent += BEAT
        if silent >= seconds:
            raise Unreadable("too_slow", "Reading this file took too long. It was stopped.")
        if on_wait is not None:
            on_wait()


def died(process: Any) -> Unreadable:
    process.join(5)
    if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Unreadable("too_slow", "Reading this file took too long. It was stopped.")
    return Unreadable("unreadable", "This file breaks the reader and could not be read.")
