"""Where one-machine mode keeps things: one private folder, and sockets whose path is short enough."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# A Unix socket's path holds 107 bytes; PostgreSQL's is the longest of ours.
SOCKET_BYTES = 107
LONGEST_SOCKET = ".s.PGSQL.5432"


class AlreadyRunning(Exception):
    """Another supervisor holds the folder."""


class NotOurs(Exception):
    """The folder belongs to somebody else."""


@dataclass(frozen=True)
class Places:
    """The folders of one-machine mode under `var`."""

    var: Path

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def facts(self) -> Path:
        """What settings.py reads: sockets, passwords of owner and portal, the secret key."""
        return self.var / "local.json"

    @property
    def welcome(self) -> Path:
        """The demo's sign-ins and what to try first, as the demo's own command said them."""
        return self.var / "welcome.txt"

    def make(self) -> None:
        """Creates the private folders. Raises NotOurs when `var` belongs to another user."""
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.var.stat().st_uid
        if owner != os.geteuid():
            raise NotOurs(
                f"{self.var} belongs to user {owner}, and this is user {os.geteuid()}. "
                "Run as that user, or set PORTAL_VAR to a folder of your own."
            )
        self.var.chmod(0o700)
        for folder in (self.postgres, self.valkey, self.logs, self.var / "mail", self.var / "files"):
            folder.mkdir(mode=0o700, exist_ok=True)

    def hold(self) -> IO[str]:
        """Takes the folder for this process until the returned file is closed. Raises AlreadyRunning."""
        lock = open(self.var / "lock", "w")  # noqa: SIM115  (held as long as the supervisor lives)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(f"The portal is already running from {self.var}.") from None
        return lock

    def sockets(self) -> Path:
        """A private folder for the sockets: in `var`, or a temporary one when that path cannot hold one."""
        inside = self.var / "run"
        plain = re.fullmatch(r"[A-Za-z0-9_./-]+", str(inside)) is not None
        if plain and len(os.fsencode(inside / LONGEST_SOCKET)) <= SOCKET_BYTES:
            inside.mkdir(mode=0o700, exist_ok=True)
            return inside
        # In /tmp by name: TMPDIR may itself be long.
        return Path(tempfile.mkdtemp(prefix="portal-", dir="/tmp"))

    def forget_sockets(self, sockets: Path) -> None:
        """Removes a temporary folder of sockets."""
        if sockets != self.var / "run":
            shutil.rmtree(sockets, ignore_errors=True)

    def read_facts(self) -> dict[str, str]:
        with suppress(FileNotFoundError):
            facts: dict[str, str] = json.loads(self.facts.read_text())
            return facts
        return {}

    def write_facts(self, **facts: str) -> None:
        """Adds to the facts; readable by their owner only, and never half written."""
        unfinished = self.facts.with_suffix(".new")
        with suppress(FileNotFoundError):
            unfinished.unlink()
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(self.read_facts() | facts, out, indent=1)
        unfinished.replace(self.facts)

    def secret(self, name: str) -> str:
        """A random value, made once and kept among the facts."""
        kept = self.read_facts().get(name)
        if kept is None:
            kept = secrets.token_urlsafe(50)
            self.write_facts(**{name: kept})
        return kept
