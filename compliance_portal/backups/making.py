"""Making a backup: the database of one moment and every stored file, in one encrypted archive.

Inside is an ordinary tar: `portal.json` (what this is), `database/…` (the SQL in compressed pieces),
`files/…` (the stored files under their names).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage

from compliance_portal.backups import database
from compliance_portal.backups.encryption import Encrypted
from ledger.clock import engine_now
from ledger.seals import ANCHORS

FACTS: Final = "portal.json"
END: Final = "end.json"
DATABASE: Final = "database/"
FILES: Final = "files/"


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds: stored files, their bytes, and the bytes of the archive."""

    files: int
    file_bytes: int
    archive_bytes: int


def make_backup(target: Path, *, key: bytes) -> Made:
    """Write the backup to `target`, which must not exist. The connection is the owner's.

    The portal may go on working meanwhile: the database is copied as of one moment, and files are only ever
    added. Anchors are listed first, so that none tells of history that the copy does not hold yet. Effects:
    the file, readable by its owner only, in place when it is whole and on the disk. Raises Failed,
    FileExistsError, OSError.
    """
    if target.exists():
        raise FileExistsError(target)
    unfinished = target.with_name(f"{target.name}.unfinished")
    anchors = sorted(stored_names(ANCHORS))
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            encrypted = Encrypted(out, key)
            with tarfile.open(fileobj=encrypted, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
                files, size = fill(archive, anchors)
            encrypted.close()
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(target)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return Made(files=files, file_bytes=size, archive_bytes=target.stat().st_size)


def fill(archive: tarfile.TarFile, anchors: list[str]) -> tuple[int, int]:
    add(archive, FACTS, json.dumps(facts()).encode())
    pieces = 0
    for pieces, piece in enumerate(database.dump(), start=1):
        add(archive, f"{DATABASE}{pieces:08}.sql.gz", gzip.compress(piece, 6, mtime=0))
    others = sorted(name for name in stored_names("") if not name.startswith(f"{ANCHORS}/"))
    size = 0
    for name in (*anchors, *others):
        size += add_stored(archive, name)
    files = len(anchors) + len(others)
    add(archive, END, json.dumps({"pieces": pieces, "files": files}).encode())
    return files, size


def facts() -> dict[str, Any]:
    """What a restore must know. One-machine mode made its own secret key, which signs the anchors."""
    found = {
        "made_at": engine_now().isoformat(),
        "postgres": database.version(),
        "portal": settings.PORTAL_URL,
    }
    return found | ({"secret_key": settings.SECRET_KEY} if settings.EMBEDDED else {})


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def add_stored(archive: tarfile.TarFile, name: str) -> int:
    member = tarfile.TarInfo(FILES + name)
    with default_storage.open(name) as file:
        member.size = file.size
        archive.addfile(member, file)
    return int(member.size)


def stored_names(folder: str) -> Iterator[str]:
    """The names of all stored files in this folder and below it; a store that is not there yet has none."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        yield f"{folder}/{name}" if folder else name
    for inner in folders:
        yield from stored_names(f"{folder}/{inner}" if folder else inner)
