"""`manage.py backup FILE`: the database and the documents in one encrypted file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance_portal.backups.database import Failed
from compliance_portal.backups.key import KeyMissing, backup_key
from compliance_portal.backups.making import make_backup
from compliance_portal.local.children import DidNotStart
from compliance_portal.local.places import AlreadyRunning, NotOurs
from compliance_portal.local.standing import database_running
from ledger.management.commands.migrate import as_owner


class Command(BaseCommand):
    help = "Writes the database and the stored documents to one file, encrypted with PORTAL_BACKUP_KEY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"]
        try:
            key = backup_key()
            with database_running(), as_owner("default"):
                made = make_backup(target, key=key)
        except FileExistsError:
            raise CommandError(f"{target} is already there. Name another file.") from None
        except OSError as error:
            raise CommandError(f"The backup was not made: {error}.") from error
        except (KeyMissing, Failed, DidNotStart, AlreadyRunning, NotOurs) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{target}: {made.archive_bytes:,} bytes; the database and {made.files:,} files"
            f" ({made.file_bytes:,} bytes)."
        )
