"""Restoring a backup: read through and judged whole first, then put in place, then its mail stays halted."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage

from compliance_portal.backups import database
from compliance_portal.backups.encryption import PIECE, Decrypted, Unreadable
from compliance_portal.backups.making import DATABASE, END, FACTS, FILES, stored_names
from ledger.seals import ANCHORS

INCOMPLETE = "This backup is not complete: it cannot be used."


class Refused(Exception):
    """The backup may not be restored here; says why, and nothing was touched."""


@dataclass(slots=True)
class Contents:
    """What a first reading found: the facts, and the files that this store lacks or holds otherwise."""

    facts: dict[str, Any] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    pieces: int = 0


def restore_backup(source: Path, *, key: bytes, replace: bool) -> Contents:
    """Put the backup in the place of the empty database and the file store. The connection is the owner's.

    `replace`: a database that is in use, and stored files that differ, give way. Effects, after everything
    was judged: files that are lacking; the database in one transaction, its mail halted; anchors of history
    that the backup does not hold are put aside, since the chain ends earlier now. When the database refuses,
    the new files are removed again. Raises Unreadable, Refused, Failed, OSError.
    """
    found = read_through(source, key)
    refuse_use(found, replace=replace)
    try:
        put_files(source, key, found.lacking)
        database.load(sql(source, key))
    except BaseException:
        for name in found.lacking:
            default_storage.delete(name)
        raise
    put_files(source, key, found.differing)
    put_later_anchors_aside(found)
    return found


def read_through(source: Path, key: bytes) -> Contents:
    """Every byte of the backup, authenticated and compared with the store; touches nothing."""
    found, end = Contents(), None
    for name, content in members(source, key):
        if name == FACTS:
            found.facts = json.load(content)
        elif name == END:
            end = json.load(content)
        elif name.startswith(DATABASE):
            found.pieces += 1
        else:
            stored = name.removeprefix(FILES)
            found.files.add(stored)
            if not default_storage.exists(stored):
                found.lacking.add(stored)
            elif digest(content) != stored_digest(stored):
                found.differing.add(stored)
    if not found.facts or not found.pieces or end != {"pieces": found.pieces, "files": len(found.files)}:
        raise Unreadable(INCOMPLETE)
    return found


def refuse_use(found: Contents, *, replace: bool) -> None:
    others = database.other_sessions()
    if others:
        raise Refused(f"{others} other sessions use this database. Stop web, workers, beat and cron first.")
    if replace:
        return
    if database.is_used():
        raise Refused(
            "This database is not empty. Restore into an empty one, or say --replace: then everything "
            "in it gives way to the backup."
        )
    if found.differing:
        raise Refused(
            f"{len(found.differing)} stored files differ from those of the backup, for example "
            f"{min(found.differing)}. Say --replace to take the backup's."
        )


def put_files(source: Path, key: bytes, wanted: set[str]) -> None:
    for name, content in members(source, key):
        stored = name.removeprefix(FILES)
        if not name.startswith(FILES) or stored not in wanted:
            continue
        with tempfile.TemporaryFile() as whole:  # stores read a file more than once
            shutil.copyfileobj(content, whole)
            default_storage.delete(stored)
            kept_as = default_storage.save(stored, File(whole))
        if kept_as != stored:
            default_storage.delete(kept_as)
            raise Refused(f"The file store would not keep {stored} under its name.")


def sql(source: Path, key: bytes) -> Iterator[bytes]:
    for name, content in members(source, key):
        if name.startswith(DATABASE):
            yield gzip.decompress(content.read())


def put_later_anchors_aside(found: Contents) -> None:
    """They prove history after the backup, which is gone here: kept for whoever asks, out of the way."""
    for name in sorted(set(stored_names(ANCHORS)) - found.files):
        with default_storage.open(name) as file:
            default_storage.save(f"anchors-before-restore/{name.removeprefix(f'{ANCHORS}/')}", File(file))
        default_storage.delete(name)


def members(source: Path, key: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of everything in the backup, in its order; each must be read before the next."""
    with source.open("rb") as file:
        plain = Decrypted(file, key)
        try:
            with tarfile.open(fileobj=plain, mode="r|") as archive:  # type: ignore[call-overload]
                for member in archive:
                    content = archive.extractfile(member)
                    if content is None:
                        raise Unreadable(INCOMPLETE)
                    yield member.name, content
            while plain.read(PIECE):  # what follows the archive's own end is authenticated too
                pass
        except tarfile.TarError as error:
            raise Unreadable(INCOMPLETE) from error


def digest(content: IO[bytes]) -> str:
    return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]


def stored_digest(name: str) -> str:
    with default_storage.open(name) as file:
        found = hashlib.sha256()
        for piece in file.chunks():
            found.update(piece)
    return found.hexdigest()
