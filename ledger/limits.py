"""Run one of our scripts on somebody else's file, with as little of this machine as it needs.

As a module: `run_limited`. As a script (`limits.py MEGABYTES SECONDS SCRIPT ARGUMENT…`): the child's first
act, which lowers its own limits before anything is parsed. Nothing of Django is loaded in the child.
"""

from __future__ import annotations

import resource
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path


class OverLimit(Exception):
    """The child ran out of memory or time, or died: its input must be refused."""


def run_limited(script: Path, *arguments: str, megabytes: int, seconds: int, words: bytes = b"") -> bytes:
    """Run a script of ours in a child and return what it printed.

    The child may use so many megabytes of address space and seconds of processor time; twice that on the
    wall clock. It gets no environment (so no passwords) and an empty working folder. `words` is its standard
    input. Raises OverLimit when it dies or does not end.
    """
    command = [sys.executable, "-I", __file__, str(megabytes), str(seconds), str(script), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        try:
            ended = subprocess.run(  # noqa: S603 (an argument list of ours, no shell)
                command, input=words, capture_output=True, timeout=2 * seconds + 5, cwd=folder,
                env={"LC_ALL": "C.UTF-8", "HOME": folder, "TMPDIR": folder},
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise OverLimit("it did not end in time") from error
    if ended.returncode != 0:
        raise OverLimit(ended.stderr.decode(errors="replace")[-500:] or f"it ended with {ended.returncode}")
    return ended.stdout


if __name__ == "__main__":
    limit_mb, limit_s = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 << 20, 512 << 20))
    sys.argv = sys.argv[3:]
    runpy.run_path(sys.argv[0], run_name="__main__")
