"""`manage.py restore FILE`: a backup in the place of an empty portal; its mail stays halted."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from compliance_portal.backups.database import Failed
from compliance_portal.backups.encryption import Unreadable
from compliance_portal.backups.key import KeyMissing, backup_key
from compliance_portal.backups.restoring import Contents, Refused, restore_backup
from compliance_portal.local.children import DidNotStart
from compliance_portal.local.places import AlreadyRunning, NotOurs, Places
from compliance_portal.local.standing import database_running
from ledger.entries import record
from ledger.management.commands.migrate import as_owner
from mail import valve

NEXT = """Mail is halted. What left after the backup was made would leave again, so:
 1. manage.py read_relay_log FILE   the relay's log since then: what left is marked as sent
 2. manage.py verify_ledger         the history is whole
 3. manage.py mail release --reason "..."
Then start web, workers, beat and cron."""


class Command(BaseCommand):
    help = "Puts a backup in the place of an empty database and its documents. Mail stays halted afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="what is there gives way, although somebody has used it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        try:
            key = backup_key()
            with database_running():
                with as_owner("default"):
                    found = restore_backup(source, key=key, replace=options["replace"])
                self._finish(found)
        except OSError as error:
            raise CommandError(f"Nothing was restored: {error}.") from error
        except (KeyMissing, Unreadable, Refused, Failed, DidNotStart, AlreadyRunning, NotOurs) as refusal:
            raise CommandError(f"Nothing was restored. {refusal}") from None
        self.stdout.write(
            f"Restored the backup of {found.facts['made_at'][:19]} UTC: the database and "
            f"{len(found.files):,} files, {len(found.lacking):,} of which were not here.\n{NEXT}"
        )

    def _finish(self, found: Contents) -> None:
        """Bring the tables to this version of the portal, keep the key that signs, and record the act."""
        if settings.EMBEDDED and "secret_key" in found.facts:
            Places(settings.VAR_DIR).write_facts(secret_key=found.facts["secret_key"], demo="restored")
        try:
            call_command("migrate", verbosity=0)
        except Exception as error:
            raise CommandError(
                f"The backup was restored, its mail is halted, but its tables could not be brought to this "
                f"version of the portal: {error}. Run manage.py migrate before anything else."
            ) from error
        valve.is_open()  # it finds that the database is another one, and says so in the history
        record("restored", by=None, backup_of=found.facts["made_at"], files=len(found.files))
