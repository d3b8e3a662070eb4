from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from mail.relay_log import read_relay_log


class Command(BaseCommand):
    help = "Read a Postfix log on from where the last reading ended. Run it every minute, beside the sweep."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="+", help="the relay's live log, e.g. /var/log/mail.log")
        parser.add_argument("--zone", type=ZoneInfo, help="zone of lines that state none")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["file"]:
            try:
                new = read_relay_log(path, zone=options["zone"])
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
            self.stdout.write(f"{path.name}: {new} new events")
