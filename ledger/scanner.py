"""Ask a ClamAV daemon about a file: the INSTREAM command of its protocol, and nothing else of it."""

from __future__ import annotations

import socket
import struct
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.base import File

PIECE = 1 << 16
SECONDS = 30  # one answer of the daemon; a person waits for it


class ScannerUnreachable(Exception):
    """Nobody can say whether the file is clean: it stays in quarantine."""


def is_configured() -> bool:
    return bool(settings.SCANNER_URL)


def find_virus(file: IO[Any] | File[Any]) -> str:
    """The name of the virus in the file, or nothing. Raises ScannerUnreachable; leaves the file at its end.

    The address is `clamd://host:3310` or `clamd+unix:///path/of/the/socket` (SCANNER_URL).
    """
    file.seek(0)
    try:
        with connect() as daemon:
            daemon.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE):
                daemon.sendall(struct.pack("!I", len(piece)) + piece)
            daemon.sendall(struct.pack("!I", 0))
            answer = daemon.makefile("rb").read(4096)
    except OSError as error:
        raise ScannerUnreachable(str(error)) from error
    words = answer.rstrip(b"\0\n").decode(errors="replace")
    if words.endswith(" OK"):
        return ""
    if words.endswith(" FOUND"):
        return words.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerUnreachable(words or "no answer")


def connect() -> socket.socket:
    address = urlsplit(settings.SCANNER_URL)
    if address.scheme == "clamd+unix":
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        daemon.settimeout(SECONDS)
        daemon.connect(unquote(address.path))
        return daemon
    return socket.create_connection((address.hostname or "localhost", address.port or 3310), timeout=SECONDS)
