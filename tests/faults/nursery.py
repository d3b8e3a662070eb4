"""A process that has loaded the portal once and forks workers on command, so that killing one is cheap.

Each worker is a process of its own with a database session and a line to the relay of its own; a `kill -9`
of it is the real thing. Commands are JSON lines: {"call": "turns", "with": {...}, "die_at": n}. Answers:
{"pid": n} for a birth, {"ended": pid, "status": n} for a death that nobody in here caused.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys


def die_at_statement(n: int) -> None:
    """Kill this process, as the kernel would, just before it would send its n-th statement."""
    from django.db import connection

    count = 0

    def count_down(execute, sql, params, many, context):
        nonlocal count
        count += 1
        if count == n:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(count_down)


def live(command: dict) -> None:
    from tests.faults import acts

    random.seed(os.getpid())
    if command.get("die_at"):
        die_at_statement(command["die_at"])
    getattr(acts, command["call"])(**command.get("with", {}))


def bear(command: dict) -> int:
    from compliance_portal.local.children import die_with_parent

    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        die_with_parent(signal.SIGKILL)  # a fork does not inherit it
        live(command)
        status = 0
    except BaseException:  # noqa: BLE001 (told, and then this process ends)
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def say(**words: int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    import django

    django.setup()
    from django.template.loader import get_template
    from django.urls import get_resolver

    import tests.faults.acts  # noqa: F401 (loaded once, before any birth)
    from compliance_portal.local.children import die_with_parent

    get_template("mail/alert.txt")
    _ = get_resolver().url_patterns  # with every view, which a child would else import for its first link

    die_with_parent(signal.SIGKILL)
    say(ready=os.getpid())
    waiting = b""
    while True:
        if select.select([0], [], [], 0.01)[0]:
            piece = os.read(0, 65536)
            if not piece:
                os._exit(0)
            waiting += piece
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                say(pid=bear(json.loads(line)))
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                say(ended=ended[0], status=ended[1])
        except ChildProcessError:
            pass


if __name__ == "__main__":
    main()
